#include <espalier/layers/semantic_attention.h>

#include <cmath>

#include <espalier/ops/arithmetic.h>
#include <espalier/ops/gradient_check.h>

#include "tests/layers/testing.h"

namespace espalier {
namespace {

constexpr std::size_t kNodes = 7, kInput = 4, kAttention = 5;

std::vector<Variable> random_views(std::size_t count, Rng& rng) {
  std::vector<Variable> views;
  for (std::size_t p = 0; p < count; ++p) {
    views.push_back(Variable::parameter(normal_tensor({kNodes, kInput}, 1.0f, rng)));
  }
  return views;
}

TEST(SemanticAttentionTest, AgreesWithTheEquationsAndItsGradientsMatchDifferences) {
  Rng rng(1);
  for (const SemanticWeights kind : {SemanticWeights::kGlobal, SemanticWeights::kPerNode}) {
    const SemanticAttention layer(
        {.input_size = kInput, .attention_size = kAttention, .weights = kind}, rng);
    for (const NamedParameter& p : layer.parameters()) {
      p.variable.mutable_value() = normal_tensor(p.variable.shape(), 1.0f, rng);
    }
    for (const std::size_t num_views : {1u, 3u}) {
      const std::vector<Variable> views = random_views(num_views, rng);
      const JoinedViews result = layer.forward(views);
      const Tensor &w = layer.parameter("projection.weight").value(),
                   &b = layer.parameter("projection.bias").value(),
                   &q = layer.parameter("q").value();
      const auto score = [&](std::size_t p, std::size_t v) {
        double sum = 0.0;
        for (std::size_t k = 0; k < kAttention; ++k) {
          double pre = static_cast<double>(b.data()[k]);
          for (std::size_t i = 0; i < kInput; ++i) {
            pre += static_cast<double>(w.at(k, i)) * static_cast<double>(views[p].value().at(v, i));
          }
          sum += static_cast<double>(q.data()[k]) * std::tanh(pre);
        }
        return sum;
      };
      for (std::size_t v = 0; v < kNodes; ++v) {
        std::vector<double> beta;
        double total = 0.0;
        for (std::size_t p = 0; p < num_views; ++p) {
          double mean = score(p, v);
          if (kind == SemanticWeights::kGlobal) {
            mean = 0.0;
            for (std::size_t u = 0; u < kNodes; ++u) mean += score(p, u) / kNodes;
          }
          beta.push_back(std::exp(mean));
          total += beta.back();
        }
        for (std::size_t i = 0; i < kInput; ++i) {
          double joined = 0.0;
          for (std::size_t p = 0; p < num_views; ++p) {
            joined += beta[p] / total * static_cast<double>(views[p].value().at(v, i));
            const std::size_t row = kind == SemanticWeights::kGlobal ? 0 : v;
            EXPECT_NEAR(result.weights.value().at(row, p), beta[p] / total, 1e-5);
          }
          EXPECT_NEAR(result.joined.value().at(v, i), joined, 1e-5);
        }
      }
      std::vector<NamedParameter> all(layer.parameters().begin(), layer.parameters().end());
      for (const Variable& view : views) all.push_back({"view", view});
      const Variable weights(normal_tensor({kNodes, kInput}, 1.0f, rng));
      const GradientCheck check =
          check_gradients([&] { return (layer.forward(views).joined * weights).sum(); }, all);
      EXPECT_TRUE(check.ok) << check.to_string();
    }
  }
}

TEST(SemanticAttentionTest, RefusesWhatCannotBe) {
  Rng rng(2);
  const SemanticAttention layer({.input_size = kInput, .attention_size = kAttention}, rng);
  EXPECT_EQ(test::error_of<ShapeError>([&] { layer.forward({}); }),
            "semantic attention over no view, expected one or more");
  std::vector<Variable> views = random_views(2, rng);
  views[1] = Variable(Tensor::zeros({kNodes - 1, kInput}));
  EXPECT_EQ(test::error_of<ShapeError>([&] { layer.forward(views); }),
            "a view: shape [6, 4], expected [7, 4]");
}

}  // namespace
}  // namespace espalier
