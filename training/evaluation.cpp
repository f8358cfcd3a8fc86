#include <espalier/training/evaluation.h>

#include <espalier/base/error.h>

namespace espalier::training {
namespace {

template <class T>
void append(std::span<const T> predicted, std::span<const T> expected,
            std::vector<T>& all_predicted, std::vector<T>& all_expected) {
  if (predicted.size() != expected.size()) {
    throw ShapeError(message(predicted.size(), " predictions of ", expected.size(),
                             " examples, expected one of each"));
  }
  all_predicted.insert(all_predicted.end(), predicted.begin(), predicted.end());
  all_expected.insert(all_expected.end(), expected.begin(), expected.end());
}

}  // namespace

void ClassEvaluation::add(std::span<const std::int32_t> predicted,
                          std::span<const std::int32_t> labels) {
  append(predicted, labels, predicted_, labels_);
}

Metrics ClassEvaluation::compute() const {
  return {{"accuracy", accuracy(predicted_, labels_)}, {"macro_f1", macro_f1(predicted_, labels_)}};
}

void RegressionEvaluation::add(std::span<const float> predicted, std::span<const float> targets) {
  append(predicted, targets, predicted_, targets_);
}

Metrics RegressionEvaluation::compute() const {
  return {{"mse", mean_squared_error(predicted_, targets_)},
          {"pearson", pearson(predicted_, targets_)}};
}

}  // namespace espalier::training
