#include <espalier/layers/temporal_pooling.h>

#include <gtest/gtest.h>

#include <vector>

#include <espalier/base/error.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/gradient_check.h>
#include <espalier/ops/random.h>

namespace espalier {
namespace {

using Lengths = std::vector<NodeId>;

// A step of 5, none of 0 and of 1, two of 4; the fifth of 5 is left out.
TEST(TemporalPoolingTest, WindowsBecomeTheirMeansAndTailsAreLeftOut) {
  Rng rng(1);
  const SequenceBatch sequences{Lengths{5, 0, 1, 4}};
  const Variable x = Variable::parameter(normal_tensor({10, 3}, 1.0f, rng));
  const PooledSequences pooled = average_pooling(x, sequences, 2);
  ASSERT_EQ(pooled.sequences.num_sequences(), 4u);
  const NodeId first_steps[] = {0, 2, 6, 8};
  ASSERT_EQ(pooled.x.rows(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      EXPECT_FLOAT_EQ(
          pooled.x.value().at(i, c),
          (x.value().at(first_steps[i], c) + x.value().at(first_steps[i] + 1, c)) / 2.0f);
    }
  }
  EXPECT_EQ(pooled.sequences.length(0), 2u);
  EXPECT_EQ(pooled.sequences.length(2), 0u);
  const Variable weights(normal_tensor({4, 3}, 1.0f, rng));
  const GradientCheck check =
      check_gradients([&] { return average_pooling(x, sequences, 2).x * weights; },
                      std::vector<NamedParameter>{{"x", x}});
  EXPECT_TRUE(check.ok) << check.to_string();
  EXPECT_TRUE(bitwise_equal(average_pooling(x, sequences, 1).x.value(), x.value()));
}

TEST(TemporalPoolingTest, DifferencesBeginAnewWithEachSequence) {
  const SequenceBatch sequences{Lengths{2, 3}};
  const Variable x = Variable::parameter(Tensor::from_values({5, 1}, {1, 4, 9, 7, 8}));
  const Variable v = step_differences(x, sequences);
  EXPECT_TRUE(bitwise_equal(v.value(), Tensor::from_values({5, 1}, {0, 3, 0, -2, 1})));
  const Variable weights(Tensor::from_values({5, 1}, {1, 2, 3, 4, 5}));
  const GradientCheck check =
      check_gradients([&] { return step_differences(x, sequences) * weights; },
                      std::vector<NamedParameter>{{"x", x}});
  EXPECT_TRUE(check.ok) << check.to_string();
}

TEST(TemporalPoolingTest, RefusesWhatDoesNotFit) {
  const SequenceBatch sequences{Lengths{2, 3}};
  const Variable x(Tensor::zeros({4, 1}));
  EXPECT_THROW(average_pooling(x, sequences, 2), ShapeError);
  EXPECT_THROW(step_differences(x, sequences), ShapeError);
  EXPECT_THROW(average_pooling(Variable(Tensor::zeros({5, 1})), sequences, 0), OptionError);
}

}  // namespace
}  // namespace espalier
