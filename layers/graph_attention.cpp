#include <espalier/layers/graph_attention.h>

#include <numeric>
#include <utility>

#include <espalier/base/checks.h>
#include <espalier/base/error.h>
#include <espalier/layers/initialize.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/dropout.h>
#include <espalier/ops/rows.h>
#include <espalier/ops/training_mode.h>

namespace espalier {
namespace {

const GraphAttentionOptions& checked(const GraphAttentionOptions& o) {
  positive_size(o.input_size, "input_size");
  positive_size(o.heads, "heads");
  positive_size(o.head_size, "head_size");
  for (const auto& [name, p] : {std::pair{"input_dropout", o.input_dropout},
                                {"projection_dropout", o.projection_dropout},
                                {"attention_dropout", o.attention_dropout}}) {
    if (!(p >= 0.0f && p < 1.0f))
      throw OptionError(message(name, " is ", p, ", expected 0 <= p < 1"));
  }
  return o;
}

// 1 / (number of a row's entries) for each entry.
Variable even_weights(const Adjacency& neighbours) {
  Tensor weights = Tensor::uninitialized({neighbours.num_edges(), 1});
  for (NodeId r = 0; r < neighbours.num_rows(); ++r) {
    const std::size_t count = neighbours.of(r).size();
    for (float& w : weights.flat().subspan(neighbours.offsets()[r], count)) {
      w = 1.0f / static_cast<float>(count);
    }
  }
  return Variable(std::move(weights));
}

}  // namespace

GraphAttention::GraphAttention(const GraphAttentionOptions& options, Rng& rng)
    : options_(checked(options)), weight_([&] {
        const auto input = static_cast<std::size_t>(options.input_size);
        const auto rows =
            static_cast<std::size_t>(options.heads) * static_cast<std::size_t>(options.head_size);
        return add_parameter("lin.weight", glorot_uniform({rows, input}, rng));
      }()) {
  const auto heads = static_cast<std::size_t>(options.heads);
  const auto width = static_cast<std::size_t>(options.head_size);
  if (options.attends) {
    const auto scorer = [&] {
      return glorot_uniform({heads, width}, rng).alias({1, heads, width});
    };
    from_ = add_parameter("att_src", scorer());
    to_ = add_parameter("att_dst", scorer());
  }
  bias_ = add_parameter("bias", Tensor::zeros({output_size()}));
  add_warm_up([weight = weight_] { weight.forward().warm_up(/*bias=*/false); });
}

std::size_t GraphAttention::output_size() const {
  const int heads = options_.result == Heads::kConcatenated ? options_.heads : 1;
  return static_cast<std::size_t>(heads) * static_cast<std::size_t>(options_.head_size);
}

AttentionScores GraphAttention::scores(const Variable& h, const Adjacency& neighbours,
                                       std::span<const NodeId> rows) const {
  Variable to = head_scores(h, to_);
  if (!rows.empty()) {
    to = gather_rows(to, rows);
  } else if (neighbours.num_rows() < to.rows()) {
    PoolVector<NodeId> first(neighbours.num_rows());
    std::iota(first.begin(), first.end(), NodeId{0});
    to = gather_rows(to, first);
  }
  return {.to = to, .from = head_scores(h, from_), .negative_slope = options_.negative_slope};
}

Variable GraphAttention::sum(const Variable& h, const Adjacency& neighbours,
                             std::span<const NodeId> rows, Rng& rng) const {
  const Variable summed = is_training() ? dropout(h, options_.projection_dropout, rng) : h;
  if (!options_.attends) {
    return sparse_product(pattern_of(neighbours), even_weights(neighbours), summed);
  }
  // Scores see all of h, as in the authors' code: what falls, falls from the sum alone.
  return neighbour_attention(pattern_of(neighbours), scores(h, neighbours, rows), summed,
                             is_training() ? options_.attention_dropout : 0.0f, rng);
}

Variable GraphAttention::forward(const NodeFeatures& x, const Adjacency& neighbours, Rng& rng,
                                 std::span<const NodeId> rows) const {
  if (x.num_nodes() != neighbours.num_columns()) {
    throw ShapeError(message("graph attention: features of ", x.num_nodes(), " nodes, expected ",
                             neighbours.num_columns(), ", the columns of the adjacency"));
  }
  const Variable h = x.project(weight_, {}, options_.input_dropout, rng);
  Variable z = sum(h, neighbours, rows, rng);
  if (options_.result == Heads::kAveraged) {
    const auto width = static_cast<std::size_t>(options_.head_size);
    Variable total = columns(z, 0, width);
    for (int head = 1; head < options_.heads; ++head) {
      total = total + columns(z, static_cast<std::size_t>(head) * width, width);
    }
    z = scale(total, 1.0f / static_cast<float>(options_.heads));
  }
  return z + bias_;
}

Tensor GraphAttention::coefficients(const NodeFeatures& x, const Adjacency& neighbours,
                                    std::span<const NodeId> rows) const {
  const Answering answering;
  Rng unused(0);
  if (!options_.attends) return even_weights(neighbours).value().clone();
  const Variable h = x.project(weight_, {}, 0.0f, unused);
  return attention_coefficients(pattern_of(neighbours), scores(h, neighbours, rows));
}

}  // namespace espalier
