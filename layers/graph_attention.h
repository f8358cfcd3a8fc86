#pragma once

#include <span>

#include <espalier/graph/adjacency.h>
#include <espalier/layers/node_features.h>
#include <espalier/ops/linear.h>
#include <espalier/ops/module.h>
#include <espalier/ops/neighbour_attention.h>
#include <espalier/ops/random.h>

namespace espalier {

/// What becomes of the heads' results.
enum class Heads { kConcatenated, kAveraged };

struct GraphAttentionOptions {
  int input_size = 0;  ///< > 0.
  int heads = 8;       ///< > 0.
  int head_size = 8;   ///< > 0.
  Heads result = Heads::kConcatenated;
  float negative_slope = 0.2f;

  // In training, of what falls:
  float input_dropout = 0.0f;       ///< Features,
  float projection_dropout = 0.0f;  ///< projected features, where they are summed up,
  float attention_dropout = 0.0f;   ///< coefficients.

  /// Without, every neighbour counts alike: the mean of the projected neighbours.
  bool attends = true;
};

/// Attention of nodes over their neighbours, with several heads.
///
/// Velickovic et al., "Graph Attention Networks", ICLR 2018. With x_j of neighbour j and for each
/// head:
///
///     h_j  = W x_j
///     e_ij = leaky_relu(a_to . h_i + a_from . h_j),  alpha_i = softmax of e_i over i's neighbours
///     z_i  = sum over j of alpha_ij h_j, then the heads side by side or their mean, and + b
///
/// Whether a node is its own neighbour, the adjacency says. One without neighbours gets b.
///
/// Parameters, as PyTorch Geometric's GATConv has them: lin.weight [heads * head_size, input];
/// att_dst (a_to) and att_src (a_from), [1, heads, head_size], if it attends; bias [heads *
/// head_size, or head_size].
class GraphAttention : public Module {
 public:
  /// Weights are uniform as Glorot and Bengio (2010) have it, the bias 0. Throws OptionError if a
  /// size is not positive or a dropout not in 0 <= p < 1.
  GraphAttention(const GraphAttentionOptions& options, Rng& rng);

  /// z, [rows, output_size()]; columns of `neighbours` are nodes of x. Row i is node rows[i] of x,
  /// or node i if none are said. Throws ShapeError if they do not fit.
  Variable forward(const NodeFeatures& x, const Adjacency& neighbours, Rng& rng,
                   std::span<const NodeId> rows = {}) const;

  /// alpha, [edges, heads].
  Tensor coefficients(const NodeFeatures& x, const Adjacency& neighbours,
                      std::span<const NodeId> rows = {}) const;

  std::size_t output_size() const;
  const GraphAttentionOptions& options() const { return options_; }

 private:
  AttentionScores scores(const Variable& h, const Adjacency& neighbours,
                         std::span<const NodeId> rows) const;
  Variable sum(const Variable& h, const Adjacency& neighbours, std::span<const NodeId> rows,
               Rng& rng) const;

  GraphAttentionOptions options_;
  LinearWeight weight_;
  Variable to_, from_, bias_;
};

}  // namespace espalier
