#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <espalier/graph/graph_batch.h>
#include <espalier/layers/attention_pooling.h>
#include <espalier/ops/module.h>
#include <espalier/ops/random.h>
#include <espalier/ops/variable.h>

namespace espalier {

/// How a graph's nodes become one vector.
enum class Pooling {
  kMean,       ///< Tells shares of kinds of nodes.
  kSum,        ///< Tells numbers of them.
  kAttention,  ///< A mean in which nodes count as they answer to a learnt question.
};

struct GraphPoolingOptions {
  int input_size = 0;  ///< Of a node, > 0.
  Pooling pooling = Pooling::kMean;
  int attention_size = 64;  ///< Of attention's question, > 0.
};

/// Each graph of a batch as one vector, for classifiers of graphs.
///
/// Mean and sum: Xu et al., "How Powerful are Graph Neural Networks?", ICLR 2019, arXiv:1810.00826,
/// section 5.2, who show what either cannot tell apart. Attention: AttentionPooling over the
/// graph's nodes, the softmax of Yang et al. 2016, eq. 5-7; the read-out of Li et al., "Gated Graph
/// Sequence Neural Networks", ICLR 2016, eq. 7, has a gate for each unit in its place.
///
/// Parameters: attention.<AttentionPooling's>; the others have none.
class GraphPooling : public Module {
 public:
  /// Throws OptionError if a size is not positive.
  GraphPooling(const GraphPoolingOptions& options, Rng& rng);

  /// [graphs, input_size]: of graph i, whose nodes are rows offsets[i] .. offsets[i + 1] - 1 of h,
  /// [nodes, input_size]; zeros for one without nodes. Throws ShapeError if h does not fit, or
  /// offsets do not ascend from 0 to its rows.
  Variable forward(const Variable& h, std::span<const std::uint64_t> offsets) const;
  Variable forward(const Variable& h, const GraphBatch& graphs) const;

  /// What each node counts, [nodes, 1]: by attention, 1 / (the graph's nodes), or 1.
  Tensor weights(const Variable& h, std::span<const std::uint64_t> offsets) const;

  const GraphPoolingOptions& options() const { return options_; }

 private:
  GraphPoolingOptions options_;
  std::optional<AttentionPooling> attention_;
};

}  // namespace espalier
