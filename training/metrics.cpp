#include <espalier/training/metrics.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <vector>

#include <espalier/base/error.h>

namespace espalier::training {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

void check_lengths(std::size_t predicted, std::size_t expected, const char* what) {
  if (predicted == expected) return;
  throw ShapeError(message(what, ": ", predicted, " predictions, expected ", expected));
}

template <class Values>
double mean(const Values& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.empty()) return kNothing;
  const double mean_a = mean(a);
  const double mean_b = mean(b);
  double aa = 0.0;
  double bb = 0.0;
  double ab = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
    ab += (a[i] - mean_a) * (b[i] - mean_b);
  }
  if (std::isnan(aa) || std::isnan(bb)) return kNothing;
  if (aa == 0.0 || bb == 0.0) return 0.0;
  return std::clamp(ab / (std::sqrt(aa) * std::sqrt(bb)), -1.0, 1.0);
}

// From 1; equal values share the mean of the ranks they take up.
std::vector<double> ranks(std::span<const float> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
  std::vector<double> ranks(values.size());
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    const double shared = static_cast<double>(begin + 1 + end) / 2.0;
    for (std::size_t i = begin; i < end; ++i) ranks[order[i]] = shared;
  }
  return ranks;
}

bool has_nan(std::span<const float> values) {
  return std::ranges::any_of(values, [](float x) { return std::isnan(x); });
}

}  // namespace

double accuracy(std::span<const std::int32_t> predicted, std::span<const std::int32_t> labels,
                std::int32_t ignored_label) {
  check_lengths(predicted.size(), labels.size(), "accuracy");
  std::size_t num_right = 0;
  std::size_t num_labelled = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] == ignored_label) continue;
    ++num_labelled;
    if (predicted[i] == labels[i]) ++num_right;
  }
  if (num_labelled == 0) return kNothing;
  return static_cast<double>(num_right) / static_cast<double>(num_labelled);
}

double macro_f1(std::span<const std::int32_t> predicted, std::span<const std::int32_t> labels,
                std::int32_t ignored_label) {
  check_lengths(predicted.size(), labels.size(), "macro_f1");
  struct Counts {
    std::size_t right = 0;
    std::size_t predicted = 0;
    std::size_t labelled = 0;
  };
  std::map<std::int32_t, Counts> classes;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] == ignored_label) continue;
    ++classes[labels[i]].labelled;
    ++classes[predicted[i]].predicted;
    if (predicted[i] == labels[i]) ++classes[labels[i]].right;
  }
  if (classes.empty()) return kNothing;
  double sum = 0.0;
  for (const auto& [label, n] : classes) {  // 2 TP + FP + FN = predicted + labelled > 0.
    sum += 2.0 * static_cast<double>(n.right) / static_cast<double>(n.predicted + n.labelled);
  }
  return sum / static_cast<double>(classes.size());
}

double pearson(std::span<const float> predicted, std::span<const float> targets) {
  check_lengths(predicted.size(), targets.size(), "pearson");
  return correlation({predicted.begin(), predicted.end()}, {targets.begin(), targets.end()});
}

double spearman(std::span<const float> predicted, std::span<const float> targets) {
  check_lengths(predicted.size(), targets.size(), "spearman");
  if (has_nan(predicted) || has_nan(targets)) return kNothing;
  return correlation(ranks(predicted), ranks(targets));
}

double mean_squared_error(std::span<const float> predicted, std::span<const float> targets) {
  check_lengths(predicted.size(), targets.size(), "mean_squared_error");
  double sum = 0.0;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const double difference = static_cast<double>(predicted[i]) - static_cast<double>(targets[i]);
    sum += difference * difference;
  }
  return sum / static_cast<double>(targets.size());  // 0 / 0 is NaN.
}

}  // namespace espalier::training
