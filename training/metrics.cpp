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

namespace {

struct Counts {
  std::size_t right = 0;
  std::size_t predicted = 0;
  std::size_t labelled = 0;

  // 2 TP / (2 TP + FP + FN); the sum below is predicted + labelled, and must not be 0.
  double f1() const {
    return 2.0 * static_cast<double>(right) / static_cast<double>(predicted + labelled);
  }
};
using CountsByClass = std::map<std::int32_t, Counts>;

CountsByClass count_classes(std::span<const std::int32_t> predicted,
                            std::span<const std::int32_t> labels, std::int32_t ignored_label) {
  CountsByClass classes;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] == ignored_label) continue;
    ++classes[labels[i]].labelled;
    ++classes[predicted[i]].predicted;
    if (predicted[i] == labels[i]) ++classes[labels[i]].right;
  }
  return classes;
}

}  // namespace

double macro_f1(std::span<const std::int32_t> predicted, std::span<const std::int32_t> labels,
                std::int32_t ignored_label) {
  check_lengths(predicted.size(), labels.size(), "macro_f1");
  const CountsByClass classes = count_classes(predicted, labels, ignored_label);
  if (classes.empty()) return kNothing;
  double sum = 0.0;
  for (const auto& [label, counts] : classes) sum += counts.f1();
  return sum / static_cast<double>(classes.size());
}

double weighted_f1(std::span<const std::int32_t> predicted, std::span<const std::int32_t> labels,
                   std::int32_t ignored_label) {
  check_lengths(predicted.size(), labels.size(), "weighted_f1");
  double sum = 0.0;
  double num_labelled = 0.0;
  for (const auto& [label, counts] : count_classes(predicted, labels, ignored_label)) {
    sum += static_cast<double>(counts.labelled) * counts.f1();
    num_labelled += static_cast<double>(counts.labelled);
  }
  return sum / num_labelled;  // 0 / 0 is NaN.
}

LevelF1 level_f1(std::span<const std::int32_t> predicted, std::span<const std::int32_t> labels,
                 int num_levels, std::int32_t ignored_label) {
  check_lengths(predicted.size(), labels.size(), "level_f1");
  if (num_levels < 2) {
    throw OptionError(message("num_levels is ", num_levels, ", expected 2 or more"));
  }
  const bool any = std::ranges::any_of(labels, [&](auto label) { return label != ignored_label; });
  LevelF1 result;
  double weights = 0.0;
  for (int level = 0; level + 1 < num_levels; ++level) {
    Counts above;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (labels[i] == ignored_label) continue;
      const bool is_predicted = predicted[i] > level, is_labelled = labels[i] > level;
      above.predicted += is_predicted ? 1 : 0;
      above.labelled += is_labelled ? 1 : 0;
      above.right += is_predicted && is_labelled ? 1 : 0;
    }
    const double f1 = !any ? kNothing : above.predicted + above.labelled == 0 ? 0.0 : above.f1();
    const double weight = level + 1;
    result.levels.push_back(f1);
    result.weighted_mean += weight * f1;
    weights += weight;
  }
  result.mean = mean(result.levels);
  result.weighted_mean /= weights;
  return result;
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
