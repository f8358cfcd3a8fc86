#pragma once

#include <span>

#include <espalier/layers/linear.h>
#include <espalier/ops/module.h>
#include <espalier/ops/random.h>
#include <espalier/ops/variable.h>

namespace espalier {

/// Whose weights meta-paths have.
enum class SemanticWeights {
  kGlobal,   ///< One for all nodes, as in the paper.
  kPerNode,  ///< Each node its own, as in the authors' code.
};

struct SemanticAttentionOptions {
  int input_size = 0;        ///< > 0.
  int attention_size = 128;  ///< > 0.
  SemanticWeights weights = SemanticWeights::kGlobal;
};

/// What attention over several views of the same nodes gives.
struct JoinedViews {
  Variable joined;   ///< [nodes, input_size]
  Variable weights;  ///< beta: [1, views], or [nodes, views] if each node has its own.
};

/// Attention over what several meta-paths say of the same nodes.
///
/// Wang et al., "Heterogeneous Graph Attention Network", WWW 2019, arXiv:1903.07293, eq. 7-9. With
/// z_ip of node i and path p:
///
///     w_p  = mean over nodes i of q . tanh(W z_ip + b)       for each node: without the mean
///     beta = softmax of w over the paths
///     z_i  = sum over p of beta_p z_ip
///
/// Parameters: projection.weight [attention, input], projection.bias, q [attention, 1]; all begin
/// as N(0, 0.1).
class SemanticAttention : public Module {
 public:
  /// Throws OptionError if a size is not positive.
  SemanticAttention(const SemanticAttentionOptions& options, Rng& rng);

  /// `views` are [nodes, input_size] each. Throws ShapeError if there is none or they do not fit.
  JoinedViews forward(std::span<const Variable> views) const;

 private:
  SemanticAttentionOptions options_;
  Linear projection_;
  Variable q_;
};

}  // namespace espalier
