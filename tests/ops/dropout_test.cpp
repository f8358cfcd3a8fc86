#include <espalier/ops/dropout.h>

#include <limits>
#include <numeric>
#include <vector>

#include "tests/ops/testing.h"

namespace espalier {
namespace {

TEST(DropoutTest, DropsThatManyAndKeepsTheMean) {
  Rng rng(1);
  const Variable y = dropout(Variable(Tensor::filled({300, 333}, 3.0f)), 0.2f, rng);
  double dropped = 0;
  for (const float v : y.value().flat()) {
    if (v == 0) {
      ++dropped;
    } else {
      ASSERT_FLOAT_EQ(v, 3.0f / 0.8f);
    }
  }
  EXPECT_NEAR(dropped / (300 * 333), 0.2, 0.005);
}

// The documented rule, written out: an element's bits are a word of philox(row, column / 4).
TEST(DropoutTest, DrawsByRowAndColumn) {
  Rng rng(2);
  Rng same(2);
  const Variable y = dropout(Variable(Tensor::filled({5, 19}, 1.0f)), 0.5f, rng);
  const std::uint64_t key = same.next64();
  EXPECT_EQ(rng.state(), same.state());
  for (std::uint32_t r = 0; r < 5; ++r) {
    for (std::uint32_t c = 0; c < 19; ++c) {
      const auto bits = philox({r, c / 8, 0, 0}, {static_cast<std::uint32_t>(key),
                                                  static_cast<std::uint32_t>(key >> 32)});
      const std::uint32_t draw = bits[c % 8 / 2] >> (c % 2 * 16) & 0xffffu;
      EXPECT_EQ(y.value().at(r, c), draw < 0x8000u ? 0.0f : 2.0f);
    }
  }
}

TEST(DropoutTest, FollowsRowIdsWhereverTheRowsStand) {
  const Variable x(Tensor::filled({4, 50}, 1.0f));
  Rng rng(3);
  const Rng::State state = rng.state();
  const Variable by_place = dropout(x, 0.5f, rng);
  rng.set_state(state);
  const std::vector<std::uint32_t> ids = {2, 0, 3, 2};
  const Variable by_id = dropout(x, 0.5f, rng, ids);
  for (std::size_t r = 0; r < 4; ++r) {
    EXPECT_TRUE(std::equal(by_id.value().row(r).begin(), by_id.value().row(r).end(),
                           by_place.value().row(ids[r]).begin()));
  }
}

TEST(DropoutTest, DrawsAnewEachTime) {
  const Variable x(Tensor::filled({4, 50}, 1.0f));
  Rng rng(4);
  const Variable first = dropout(x, 0.5f, rng);
  EXPECT_FALSE(bitwise_equal(first.value(), dropout(x, 0.5f, rng).value()));
}

TEST(DropoutTest, AtProbabilityZeroIsTheInputItself) {
  Rng rng(5);
  const Variable x = test::random_parameter({2, 2}, rng);
  const Rng::State before = rng.state();
  EXPECT_EQ(dropout(x, 0, rng).value().data(), x.value().data());
  EXPECT_EQ(rng.state(), before);
}

TEST(DropoutTest, GradientsMatch) {
  Rng rng(6);
  const Variable x = test::random_parameter({5, 6}, rng);
  const Rng::State state = rng.state();
  EXPECT_TRUE(test::gradients_match(
      [&] {
        rng.set_state(state);
        return dropout(x, 0.4f, rng);
      },
      {x}));
}

TEST(DropoutTest, GivesTheSameBitsAtAnyNumberOfThreads) {
  Rng rng(7);
  const Variable x = test::random_parameter({1000, 31}, rng);
  const Rng::State state = rng.state();
  EXPECT_TRUE(test::same_bits_at_any_number_of_threads(
      [&] {
        rng.set_state(state);
        return dropout(x, 0.4f, rng);
      },
      {x}));
}

TEST(DropoutTest, TakesEmptyInput) {
  Rng rng(8);
  EXPECT_EQ(dropout(Variable(Tensor::zeros({0, 3})), 0.5f, rng, {}).shape(), Shape({0, 3}));
  EXPECT_EQ(dropout(Variable(Tensor::zeros({3, 0})), 0.5f, rng).shape(), Shape({3, 0}));
}

TEST(DropoutTest, NamesWhatDoesNotFit) {
  Rng rng(9);
  const Variable x(Tensor::zeros({3, 2}));
  EXPECT_EQ(test::error_of<OptionError>([&] { dropout(x, 1, rng); }),
            "dropout: probability 1, expected 0 <= p < 1");
  EXPECT_THROW(dropout(x, -0.1f, rng), OptionError);
  EXPECT_THROW(dropout(x, std::numeric_limits<float>::quiet_NaN(), rng), OptionError);
  const std::vector<std::uint32_t> ids = {1};
  EXPECT_EQ(test::error_of<ShapeError>([&] { dropout(x, 0.5f, rng, ids); }),
            "dropout: 1 row ids, expected 3, one for each row");
}

}  // namespace
}  // namespace espalier
