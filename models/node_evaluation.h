#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include <espalier/ops/tensor.h>
#include <espalier/training/evaluation.h>
#include <espalier/training/metrics.h>

namespace espalier::models {

/// Predicted classes of nodes beside the true ones: "accuracy", which chooses the best epoch,
/// "macro_f1", "micro_f1", which is the accuracy where a node has one class, and "loss", the mean
/// of - log of the true class's probability. Labels of -1 are none.
class NodeEvaluation {
 public:
  /// `probabilities` are [labels, classes]. Throws ShapeError if they are not as many.
  void add(MatrixView probabilities, std::span<const std::int32_t> labels);

  training::Metrics compute() const;
  std::string_view selection_metric() const { return classes_.selection_metric(); }
  bool higher_is_better() const { return classes_.higher_is_better(); }

 private:
  training::ClassEvaluation classes_;
  double loss_ = 0.0;  // Summed up.
  std::size_t num_labelled_ = 0;
};

}  // namespace espalier::models
