#include <espalier/layers/block_linear.h>

#include <gtest/gtest.h>

#include <vector>

#include <espalier/base/error.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/gradient_check.h>
#include <espalier/ops/parallel.h>
#include <espalier/ops/random.h>

#include "tests/support/errors.h"

namespace espalier {
namespace {

using test::error_of;

constexpr std::size_t kInputs = 7, kOutputs = 9;

// Two blocks that share column 3, one of which gives two runs.
std::vector<LinearBlock> some_blocks(Rng& rng) {
  const auto weight = [&](std::size_t outputs, std::size_t inputs) {
    return LinearWeight(Variable::parameter(normal_tensor({outputs, inputs}, 0.5f, rng)));
  };
  return {{weight(5, 3), {0, 3, 2}, {{0, 2}, {4, 3}}},
          {weight(4, 4), {3, 6, 1, 4}, {{2, 2}, {7, 2}}}};
}

// The whole matrix, with its zeros.
Tensor whole(const std::vector<LinearBlock>& blocks) {
  Tensor w = Tensor::zeros({kOutputs, kInputs});
  for (const LinearBlock& block : blocks) {
    std::size_t row = 0;
    for (const ColumnRun& run : block.to) {
      for (std::size_t i = 0; i < run.count; ++i, ++row) {
        for (std::size_t c = 0; c < block.columns.size(); ++c) {
          w.at(run.first + i, block.columns[c]) = block.weight.variable().value().at(row, c);
        }
      }
    }
  }
  return w;
}

class BlockLinearTest : public testing::Test {
 protected:
  Rng rng_{1};
  std::vector<LinearBlock> blocks_ = some_blocks(rng_);
  Variable bias_ = Variable::parameter(normal_tensor({kOutputs}, 1.0f, rng_));
};

TEST_F(BlockLinearTest, IsTheMapOfTheWholeMatrix) {
  for (const std::size_t rows : {1u, 5u, 64u, 200u}) {
    const Variable x(normal_tensor({rows, kInputs}, 1.0f, rng_));
    const Variable expected = linear(x, LinearWeight(Variable(whole(blocks_))), bias_);
    EXPECT_TRUE(all_close(block_linear(x, blocks_, bias_).value(), expected.value()));
  }
  EXPECT_EQ(block_linear(Variable(Tensor::zeros({0, kInputs})), blocks_, bias_).rows(), 0u);
}

TEST_F(BlockLinearTest, GradientsMatchDifferences) {
  const Variable x = Variable::parameter(normal_tensor({6, kInputs}, 1.0f, rng_));
  const Variable weights(normal_tensor({6, kOutputs}, 1.0f, rng_));
  const GradientCheck check =
      check_gradients([&] { return (block_linear(x, blocks_, bias_) * weights).sum(); },
                      std::vector<NamedParameter>{{"x", x},
                                                  {"bias", bias_},
                                                  {"first", blocks_[0].weight.variable()},
                                                  {"second", blocks_[1].weight.variable()}});
  EXPECT_TRUE(check.ok) << check.to_string();
}

TEST_F(BlockLinearTest, HasTheSameBitsAtAnyNumberOfThreads) {
  const Variable x = Variable::parameter(normal_tensor({300, kInputs}, 1.0f, rng_));
  const auto run = [&](int threads) {
    set_num_threads(threads);
    x.clear_gradient();
    for (const LinearBlock& block : blocks_) block.weight.variable().clear_gradient();
    const Variable y = block_linear(x, blocks_, bias_);
    (y * y).sum().backward();
    std::vector<Tensor> results;
    results.push_back(y.value().clone());
    results.push_back(x.gradient().clone());
    for (const LinearBlock& block : blocks_) {
      results.push_back(block.weight.variable().gradient().clone());
    }
    return results;
  };
  const auto one = run(1), two = run(2);
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(bitwise_equal(one[i], two[i])) << i;
}

TEST_F(BlockLinearTest, RefusesBlocksThatDoNotFit) {
  const Variable x(Tensor::zeros({2, kInputs}));
  const auto error = [&] { return error_of<ShapeError>([&] { block_linear(x, blocks_, bias_); }); };
  blocks_[0].to[0].count = 1;
  EXPECT_EQ(error(), "a block reads 3 columns and gives 4, expected [5, 3] as its weight is");
  blocks_[0].to[0] = {1, 2};
  EXPECT_EQ(error(), "output 0 is that of 0 blocks, expected one");
  blocks_[0].to[0] = {8, 2};
  EXPECT_EQ(error(), "a block gives outputs 8 .. 9, expected those of a bias of 9");
  blocks_[0].to[0] = {0, 2};
  blocks_[1].columns[0] = 7;
  EXPECT_EQ(error(), "a block reads column 7, expected one of 0 .. 6");
}

}  // namespace
}  // namespace espalier
