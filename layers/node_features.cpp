#include <espalier/layers/node_features.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/dropout.h>
#include <espalier/ops/embedding.h>
#include <espalier/ops/reshape.h>
#include <espalier/ops/rows.h>
#include <espalier/ops/training_mode.h>

namespace espalier {
namespace {

Variable dropped(const Variable& x, float dropout_probability, Rng& rng) {
  return is_training() ? dropout(x, dropout_probability, rng) : x;
}

// Of a column; as one row, since eight elements of a row share what is drawn.
Variable dropped_column(const Variable& x, float probability, Rng& rng) {
  if (!is_training() || probability == 0.0f) return x;
  return reshape(dropout(reshape(x, {1, x.rows()}), probability, rng), x.shape());
}

Tensor values_of(const Adjacency& rows) {
  if (rows.has_weights()) return Tensor::from_values({rows.num_edges(), 1}, rows.weights());
  return Tensor::filled({rows.num_edges(), 1}, 1.0f);
}

}  // namespace

SparsePattern pattern_of(const Adjacency& adjacency) {
  auto owner = std::make_shared<const Adjacency>(adjacency);
  return {.num_rows = adjacency.num_rows(),
          .num_columns = adjacency.num_columns(),
          .offsets = adjacency.offsets(),
          .columns = adjacency.columns(),
          .column_offsets = adjacency.column_offsets(),
          .rows = adjacency.rows(),
          .entries = adjacency.edges(),
          .owner = std::move(owner)};
}

NodeFeatures NodeFeatures::sparse(const Adjacency& rows) {
  NodeFeatures features;
  features.sparse_ = rows;
  features.values_ = Variable(values_of(rows));
  return features;
}

NodeFeatures NodeFeatures::one_hot(std::size_t num_nodes) {
  NodeFeatures features;
  features.one_hot_ = true;
  features.num_features_ = num_nodes;
  features.ids_.resize(num_nodes);
  std::iota(features.ids_.begin(), features.ids_.end(), 0u);
  return features;
}

std::size_t NodeFeatures::num_nodes() const {
  if (one_hot_) return ids_.size();
  return dense_.defined() ? dense_.rows() : sparse_.num_rows();
}

std::size_t NodeFeatures::num_features() const {
  if (one_hot_) return num_features_;
  return dense_.defined() ? dense_.cols() : sparse_.num_columns();
}

Variable NodeFeatures::project(const LinearWeight& weight, const Variable& bias, float dropout,
                               Rng& rng) const {
  if (dense_.defined()) return linear(dropped(dense_, dropout, rng), weight, bias);
  check_shape(weight.variable().shape(), {weight.outputs(), num_features()},
              "weight of node features");
  const Variable by_feature = transpose(weight.variable());
  Variable y;
  if (one_hot_) {
    y = gather_rows(by_feature, ids_);
    // The one number that a node has falls, or is scaled.
    if (is_training() && dropout > 0.0f) {
      y = y * dropped_column(Variable(Tensor::filled({ids_.size(), 1}, 1.0f)), dropout, rng);
    }
  } else {
    y = sparse_product(pattern_of(sparse_), dropped_column(values_, dropout, rng), by_feature);
  }
  return bias.defined() ? y + bias : y;
}

NodeFeatures NodeFeatures::of(std::span<const NodeId> nodes) const {
  if (dense_.defined()) return gather_rows(dense_, nodes);
  check_ids(nodes, num_nodes(), "nodes with features");
  if (one_hot_) {
    NodeFeatures some = one_hot(0);
    some.num_features_ = num_features_;
    for (const NodeId node : nodes) some.ids_.push_back(ids_[node]);
    return some;
  }
  std::vector<EdgeId> offsets = {0};
  std::vector<NodeId> columns;
  std::vector<float> values;
  for (const NodeId node : nodes) {
    const std::span<const NodeId> row = sparse_.of(node);
    columns.insert(columns.end(), row.begin(), row.end());
    const auto first = values_.value().flat().subspan(sparse_.offsets()[node], row.size());
    values.insert(values.end(), first.begin(), first.end());
    offsets.push_back(columns.size());
  }
  return sparse(
      Adjacency(sparse_.num_columns(), std::move(offsets), std::move(columns), std::move(values)));
}

NodeFeatures NodeFeatures::with_normalized_rows() const {
  if (one_hot_) return *this;
  const auto normalize = [](std::span<float> row) {
    const double sum = std::accumulate(row.begin(), row.end(), 0.0);
    if (sum == 0.0) return;
    for (float& x : row) x = static_cast<float>(static_cast<double>(x) / sum);
  };
  if (dense_.defined()) {
    Tensor rows = dense_.value().clone();
    for (std::size_t r = 0; r < rows.rows(); ++r) normalize(rows.row(r));
    return Variable(std::move(rows));
  }
  NodeFeatures result = *this;
  Tensor values = values_.value().clone();
  for (NodeId r = 0; r < sparse_.num_rows(); ++r) {
    normalize(values.flat().subspan(sparse_.offsets()[r], sparse_.of(r).size()));
  }
  result.values_ = Variable(std::move(values));
  return result;
}

}  // namespace espalier
