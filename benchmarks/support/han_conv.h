#pragma once

#include <memory>
#include <vector>

#include <espalier/layers/linear.h>
#include <espalier/layers/semantic_attention.h>
#include <espalier/models/node_classifier.h>

namespace espalier::bench {

/// HAN as PyTorch Geometric's HANConv is it, for comparison: one projection, with a bias, for all
/// meta-paths; relu in place of elu; no dropout and no bias after the sum; semantic attention of as
/// many units as there are columns. Then a linear map to the classes. Parameters, as there:
/// proj.weight, proj.bias, lin_src.<p> and lin_dst.<p> [1, heads, width], semantic's,
/// classifier.weight and classifier.bias.
class HANConv final : public models::NodeClassifier {
 public:
  HANConv(const models::NodeGraph& graph, int num_classes, int heads, int width, Rng& rng);

  Variable logits(const models::NodeBatch& batch, Rng& rng) const override;
  Tensor embeddings(const models::NodeGraph& graph) const override;

 private:
  Variable join(const models::NodeGraph& graph) const;

  Linear projection_;
  std::vector<Variable> from_, to_;
  SemanticAttention semantic_;
  Linear classifier_;
};

}  // namespace espalier::bench
