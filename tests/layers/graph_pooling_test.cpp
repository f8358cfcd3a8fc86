#include <espalier/layers/graph_pooling.h>

#include <cmath>

#include <espalier/ops/gradient_check.h>

#include "tests/layers/testing.h"

namespace espalier {
namespace {

using test::error_of;
using Offsets = std::vector<std::uint64_t>;

constexpr Pooling kAll[] = {Pooling::kMean, Pooling::kSum, Pooling::kAttention};
constexpr std::size_t kInput = 3;
const Offsets kOffsets = {0, 0, 3, 4, 4, 9};  // Graphs of 0, 3, 1, 0 and 5 nodes.

GraphPooling pooling_of(Pooling pooling, Rng& rng) {
  return GraphPooling({.input_size = kInput, .pooling = pooling, .attention_size = 4}, rng);
}

// What a node counts, by the equations.
double plain_weight(const GraphPooling& layer, const Tensor& h, std::size_t node, std::size_t begin,
                    std::size_t end) {
  if (layer.options().pooling == Pooling::kSum) return 1.0;
  if (layer.options().pooling == Pooling::kMean) return 1.0 / static_cast<double>(end - begin);
  const auto at = [&](const char* name, std::size_t i) {
    return static_cast<double>(layer.parameter(name).value().data()[i]);
  };
  const auto exp_score = [&](std::size_t v) {
    double score = 0.0;
    for (std::size_t a = 0; a < 4; ++a) {
      double u = at("attention.projection.bias", a);
      for (std::size_t c = 0; c < kInput; ++c) {
        u += at("attention.projection.weight", a * kInput + c) * static_cast<double>(h.at(v, c));
      }
      score += at("attention.context", a) * std::tanh(u);
    }
    return std::exp(score);
  };
  double total = 0.0;
  for (std::size_t v = begin; v < end; ++v) total += exp_score(v);
  return exp_score(node) / total;
}

TEST(GraphPoolingTest, AgreesWithTheEquationsAndItsGradientsMatchDifferences) {
  Rng rng(1);
  for (const Pooling pooling : kAll) {
    const GraphPooling layer = pooling_of(pooling, rng);
    EXPECT_EQ(layer.parameters().empty(), pooling != Pooling::kAttention);
    const Variable h = Variable::parameter(normal_tensor({9, kInput}, 1.0f, rng));
    const Variable pooled = layer.forward(h, kOffsets);
    const Tensor weights = layer.weights(h, kOffsets);
    ASSERT_EQ(pooled.shape(), (Shape{5, kInput}));
    ASSERT_EQ(weights.shape(), (Shape{9, 1}));
    for (std::size_t g = 0; g < 5; ++g) {
      std::vector<double> sums(kInput);
      for (std::size_t v = kOffsets[g]; v < kOffsets[g + 1]; ++v) {
        const double weight = plain_weight(layer, h.value(), v, kOffsets[g], kOffsets[g + 1]);
        EXPECT_NEAR(weights.data()[v], weight, 1e-6);
        for (std::size_t c = 0; c < kInput; ++c) {
          sums[c] += weight * static_cast<double>(h.value().at(v, c));
        }
      }
      for (std::size_t c = 0; c < kInput; ++c) {
        EXPECT_NEAR(pooled.value().at(g, c), sums[c], 1e-5);
      }
    }
    std::vector<NamedParameter> all(layer.parameters().begin(), layer.parameters().end());
    all.push_back({"h", h});
    const Variable out(normal_tensor({5, kInput}, 1.0f, rng));
    const GradientCheck check =
        check_gradients([&] { return (layer.forward(h, kOffsets) * out).sum(); }, all);
    EXPECT_TRUE(check.ok) << check.to_string();
  }
}

TEST(GraphPoolingTest, PoolsTheGraphsOfABatch) {
  const std::vector<Graph> graphs = {Graph::from_edges(3, {{0, 1}, {1, 2}}),
                                     Graph::from_edges(0, {}), Graph::from_edges(2, {{1, 0}})};
  Rng rng(2);
  const Variable h(normal_tensor({5, kInput}, 1.0f, rng));
  for (const Pooling pooling : kAll) {
    const GraphPooling layer = pooling_of(pooling, rng);
    EXPECT_TRUE(bitwise_equal(layer.forward(h, GraphBatch(graphs)).value(),
                              layer.forward(h, Offsets{0, 3, 3, 5}).value()));
  }
}

TEST(GraphPoolingTest, HasTheSameBitsAtAnyNumberOfThreads) {
  Offsets offsets = {0};
  Rng rng(3);
  while (offsets.size() < 400) offsets.push_back(offsets.back() + rng.below(60));
  for (const Pooling pooling : kAll) {
    const GraphPooling layer = pooling_of(pooling, rng);
    const Variable h = Variable::parameter(normal_tensor({offsets.back(), kInput}, 1.0f, rng));
    std::vector<Tensor> expected;
    test::for_each_number_of_threads([&](int threads) {
      layer.clear_gradients();
      h.clear_gradient();
      const Variable pooled = layer.forward(h, offsets);
      (pooled * pooled).sum().backward();
      std::vector<Tensor> actual;
      actual.push_back(pooled.value().clone());
      actual.push_back(h.gradient().clone());
      for (const NamedParameter& p : layer.parameters()) {
        actual.push_back(p.variable.gradient().clone());
      }
      if (threads == 1) return void(expected = std::move(actual));
      for (std::size_t i = 0; i < actual.size(); ++i) {
        EXPECT_TRUE(bitwise_equal(actual[i], expected[i])) << i;
      }
    });
  }
}

TEST(GraphPoolingTest, RefusesWhatDoesNotFit) {
  Rng rng(4);
  EXPECT_EQ(error_of<OptionError>([&] { GraphPooling({.input_size = 0}, rng); }).find("input_size"),
            0u);
  EXPECT_EQ(error_of<OptionError>([&] {
              GraphPooling({.input_size = 2, .attention_size = -1}, rng);
            }).find("attention_size"),
            0u);
  for (const Pooling pooling : kAll) {
    const GraphPooling layer = pooling_of(pooling, rng);
    const Variable h(Tensor::zeros({4, kInput}));
    for (const Offsets& offsets : {Offsets{}, Offsets{0, 3}, Offsets{0, 3, 2, 4}, Offsets{0, 9}}) {
      EXPECT_THROW(layer.forward(h, offsets), ShapeError);
      EXPECT_THROW(layer.weights(h, offsets), ShapeError);
    }
    EXPECT_EQ(error_of<ShapeError>([&] {
                layer.forward(Variable(Tensor::zeros({4, 2})), Offsets{0, 4});
              }).find("nodes to be pooled"),
              0u);
  }
}

}  // namespace
}  // namespace espalier
