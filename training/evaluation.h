#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <espalier/training/metrics.h>

namespace espalier::training {

/// Predicted classes beside the true ones, gathered batch by batch.
class ClassEvaluation {
 public:
  /// Throws ShapeError if they are not as many of either. Labels of -1 are none.
  void add(std::span<const std::int32_t> predicted, std::span<const std::int32_t> labels);

  /// "accuracy" and "macro_f1".
  Metrics compute() const;

  std::string_view selection_metric() const { return "accuracy"; }
  bool higher_is_better() const { return true; }

  const std::vector<std::int32_t>& predicted() const { return predicted_; }
  const std::vector<std::int32_t>& labels() const { return labels_; }

 private:
  std::vector<std::int32_t> predicted_, labels_;
};

/// Predicted numbers beside the true ones, gathered batch by batch.
class RegressionEvaluation {
 public:
  /// Throws ShapeError if they are not as many of either.
  void add(std::span<const float> predicted, std::span<const float> targets);

  /// "mse" and "pearson".
  Metrics compute() const;

  std::string_view selection_metric() const { return "mse"; }
  bool higher_is_better() const { return false; }

  const std::vector<float>& predicted() const { return predicted_; }
  const std::vector<float>& targets() const { return targets_; }

 private:
  std::vector<float> predicted_, targets_;
};

}  // namespace espalier::training
