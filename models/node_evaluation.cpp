#include <espalier/models/node_evaluation.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <espalier/ops/argmax.h>

namespace espalier::models {

void NodeEvaluation::add(MatrixView probabilities, std::span<const std::int32_t> labels) {
  classes_.add(argmax_rows(probabilities), labels);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0) continue;
    const float p = probabilities.row(i)[static_cast<std::size_t>(labels[i])];
    loss_ -= std::log(static_cast<double>(std::max(p, std::numeric_limits<float>::min())));
    ++num_labelled_;
  }
}

training::Metrics NodeEvaluation::compute() const {
  training::Metrics metrics = classes_.compute();
  metrics["micro_f1"] = metrics.at("accuracy");
  metrics["loss"] = num_labelled_ > 0 ? loss_ / static_cast<double>(num_labelled_)
                                      : std::numeric_limits<double>::quiet_NaN();
  return metrics;
}

}  // namespace espalier::models
