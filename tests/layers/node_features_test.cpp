#include <espalier/layers/node_features.h>

#include <espalier/ops/training_mode.h>

#include "tests/layers/testing.h"

namespace espalier {
namespace {

using test::error_of;

// Three nodes, four features.
const std::vector<Edge> kEntries = {{0, 1}, {0, 3}, {2, 0}};
const std::vector<float> kValues = {2.0f, -1.0f, 0.5f};

Tensor dense_of(const std::vector<Edge>& entries, const std::vector<float>& values,
                std::size_t rows, std::size_t cols) {
  Tensor dense = Tensor::zeros({rows, cols});
  for (std::size_t i = 0; i < entries.size(); ++i) {
    dense.at(entries[i].source, entries[i].target) += values[i];
  }
  return dense;
}

TEST(NodeFeaturesTest, SparseAndOneHotOnesAreProjectedLikeDenseOnes) {
  Rng rng(1);
  const LinearWeight four(Variable::parameter(normal_tensor({5, 4}, 1.0f, rng)));
  const LinearWeight three(Variable::parameter(normal_tensor({5, 3}, 1.0f, rng)));
  const Variable bias = Variable::parameter(normal_tensor({5}, 1.0f, rng));
  const NodeFeatures sparse = NodeFeatures::sparse(Adjacency::from_edges(3, 4, kEntries, kValues));
  const NodeFeatures dense(Variable(dense_of(kEntries, kValues, 3, 4)));
  const NodeFeatures one_hot = NodeFeatures::one_hot(3);
  const NodeFeatures identity(
      Variable(dense_of({{0, 0}, {1, 1}, {2, 2}}, {1.0f, 1.0f, 1.0f}, 3, 3)));
  const auto compare = [&](const NodeFeatures& a, const NodeFeatures& b, const LinearWeight& w) {
    EXPECT_EQ(a.num_nodes(), b.num_nodes());
    EXPECT_EQ(a.num_features(), b.num_features());
    Tensor results[2], gradients[2];
    for (const std::size_t i : {0u, 1u}) {
      w.variable().clear_gradient();
      const Variable y = (i == 0 ? a : b).project(w, bias, 0.5f, rng);  // Evaluating: none falls.
      results[i] = y.value().clone();
      Rng seed(9);
      y.backward(normal_tensor(y.shape(), 1.0f, seed));
      gradients[i] = w.variable().gradient().clone();
    }
    EXPECT_TRUE(all_close(results[0], results[1]));
    EXPECT_TRUE(all_close(gradients[0], gradients[1]));
  };
  compare(sparse, dense, four);
  compare(one_hot, identity, three);
  const std::vector<NodeId> some = {2, 0, 2};
  compare(sparse.of(some), dense.of(some), four);
  compare(one_hot.of(some), identity.of(some), three);
  compare(sparse.with_normalized_rows(), dense.with_normalized_rows(), four);
}

TEST(NodeFeaturesTest, RowsSumToOneUnlessTheySumToNothing) {
  Rng rng(1);
  const LinearWeight ones(Variable(Tensor::filled({1, 2}, 1.0f)));
  const NodeFeatures x(Variable(Tensor::from_values({3, 2}, {1, 3, 0, 0, 2, -2})));
  const Tensor sums = x.with_normalized_rows().project(ones, {}, 0.0f, rng).value().clone();
  EXPECT_FLOAT_EQ(sums.data()[0], 1.0f);
  EXPECT_EQ(sums.data()[1], 0.0f);
  EXPECT_EQ(sums.data()[2], 0.0f);
}

TEST(NodeFeaturesTest, EntriesFallInTraining) {
  Rng rng(2);
  constexpr std::size_t kNodes = 2000;
  const LinearWeight one(Variable(Tensor::filled({1, kNodes}, 1.0f)));
  std::vector<Edge> entries;
  for (NodeId v = 0; v < kNodes; ++v) entries.push_back({v, v});
  const Training training;
  for (const NodeFeatures& x :
       {NodeFeatures::one_hot(kNodes),
        NodeFeatures::sparse(Adjacency::from_edges(kNodes, kNodes, entries))}) {
    const Variable y = x.project(one, {}, 0.5f, rng);
    std::size_t fallen = 0;
    for (const float value : y.value().flat()) {
      EXPECT_TRUE(value == 0.0f || value == 2.0f);
      fallen += value == 0.0f;
    }
    EXPECT_NEAR(static_cast<double>(fallen), kNodes / 2.0, 120.0);
  }
}

TEST(NodeFeaturesTest, RefusesWeightsThatDoNotFit) {
  Rng rng(1);
  const LinearWeight weight(Variable(Tensor::zeros({5, 3})));
  EXPECT_EQ(error_of<ShapeError>([&] { NodeFeatures::one_hot(4).project(weight, {}, 0.0f, rng); }),
            "weight of node features: shape [5, 3], expected [5, 4]");
}

}  // namespace
}  // namespace espalier
