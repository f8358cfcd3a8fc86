#include <espalier/layers/attention_scores.h>

#include <cmath>
#include <vector>

#include <espalier/ops/gradient_check.h>

#include "tests/layers/testing.h"
#include "tests/support/threads.h"

namespace espalier {
namespace {

class AttentionScoresTest : public testing::Test {
 protected:
  Rng rng_{1};
  Linear projection_{{.input_size = 5, .output_size = 7}, rng_};
  Variable context_ = Variable::parameter(normal_tensor({1, 7}, 1.0f, rng_));
};

TEST_F(AttentionScoresTest, AgreeWithTheEquationsAndGradientsMatchDifferences) {
  const Variable h = Variable::parameter(normal_tensor({6, 5}, 1.0f, rng_));
  const Tensor scores = attention_scores(h, projection_, context_).value().clone();
  ASSERT_EQ(scores.shape(), (Shape{6, 1}));
  const Tensor hidden = projection_.forward(h).value().clone();
  for (std::size_t r = 0; r < 6; ++r) {
    double expected = 0.0;
    for (std::size_t k = 0; k < 7; ++k) {
      expected += std::tanh(static_cast<double>(hidden.at(r, k))) *
                  static_cast<double>(context_.value().data()[k]);
    }
    EXPECT_NEAR(scores.data()[r], expected, 1e-5);
  }
  std::vector<NamedParameter> all(projection_.parameters().begin(), projection_.parameters().end());
  all.push_back({"h", h});
  all.push_back({"context", context_});
  const GradientCheck check =
      check_gradients([&] { return attention_scores(h, projection_, context_).sum(); }, all);
  EXPECT_TRUE(check.ok) << check.to_string();
}

TEST_F(AttentionScoresTest, HaveTheSameBitsAtAnyNumberOfThreads) {
  const Variable h(normal_tensor({900, 5}, 1.0f, rng_));
  const Tensor expected = attention_scores(h, projection_, context_).value().clone();
  test::for_each_number_of_threads([&](int) {
    EXPECT_TRUE(bitwise_equal(attention_scores(h, projection_, context_).value(), expected));
  });
}

TEST_F(AttentionScoresTest, RefuseWhatDoesNotFit) {
  const Variable h(Tensor::zeros({3, 4})), fits(Tensor::zeros({3, 5}));
  EXPECT_EQ(test::error_of<ShapeError>([&] { attention_scores(h, projection_, context_); }),
            "input of attention: shape [3, 4], expected [3, 5]");
  EXPECT_EQ(test::error_of<ShapeError>([&] { attention_scores(fits, projection_, h); }),
            "attention: a context of 12 units, expected 7");
}

}  // namespace
}  // namespace espalier
