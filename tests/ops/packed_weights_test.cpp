#include <espalier/ops/packed_weights.h>

#include <atomic>
#include <latch>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

class PackedWeightsTest : public testing::Test {
 protected:
  // Which directions a refresh packs: 1 forward, 2 backward, 3 both.
  int packs(PackDirections wanted) {
    int packed = 0;
    weights_.refresh(wanted, [&](PackDirections d) { packed = d.forward + 2 * d.backward; });
    return packed;
  }

  Variable a_ = Variable::parameter(Tensor::zeros({2})), b_ = Variable(Tensor::zeros({2}));
  PackedWeights weights_{{a_, b_}};
};

TEST_F(PackedWeightsTest, PacksOnceWhatIsAskedFor) {
  EXPECT_EQ(packs({.forward = true}), 1);
  EXPECT_EQ(packs({.forward = true}), 0);
  EXPECT_EQ(packs({.forward = true, .backward = true}), 2);
  EXPECT_EQ(packs({.forward = true, .backward = true}), 0);
}

TEST_F(PackedWeightsTest, PacksAnewWhenAnySourceHasChanged) {
  packs({.forward = true, .backward = true});
  b_.mutable_value();
  EXPECT_EQ(packs({.forward = true}), 1);
  a_.mutable_value();
  EXPECT_EQ(packs({.forward = true, .backward = true}), 3);
}

TEST_F(PackedWeightsTest, PackingThatThrewIsDoneAgain) {
  const auto fail = [](PackDirections) { throw std::runtime_error("no memory"); };
  EXPECT_THROW(weights_.refresh({.forward = true, .backward = true}, fail), std::runtime_error);
  EXPECT_EQ(packs({.forward = true, .backward = true}), 3);
  a_.mutable_value();
  EXPECT_THROW(weights_.refresh({.backward = true}, fail), std::runtime_error);
  EXPECT_EQ(packs({.forward = true, .backward = true}), 3);
}

TEST_F(PackedWeightsTest, OneOfManyThreadsPacksAndAllSeeIt) {
  for (int round = 0; round < 50; ++round) {
    a_.mutable_value();
    std::vector<float> packed(20, 0.0f);  // Not atomic: whoever returns must see all of it.
    std::atomic<int> times_packed = 0, wrong = 0;
    std::latch ready(8);
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        ready.arrive_and_wait();
        weights_.refresh({.forward = true}, [&](PackDirections) {
          ++times_packed;
          parallel_blocks(packed.size(), [&](std::size_t i) { packed[i] = 1.0f; });
        });
        for (const float value : packed) wrong += value != 1.0f;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(times_packed, 1);
    EXPECT_EQ(wrong, 0);
  }
}

}  // namespace
}  // namespace espalier
