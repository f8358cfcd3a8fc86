#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace espalier::training {

/// How good a model is, by name: "accuracy", "macro_f1", "weighted_f1", "pearson", "spearman",
/// "mse".
using Metrics = std::map<std::string, double, std::less<>>;

// All throw ShapeError if the two spans differ in length, and give NaN where there is nothing to
// measure: for no examples, for no labelled examples.

/// The part of the labelled examples that is predicted right. Examples labelled `ignored_label`
/// do not count.
double accuracy(std::span<const std::int32_t> predicted, std::span<const std::int32_t> labels,
                std::int32_t ignored_label = -1);

/// The mean of the classes' F1 = 2 TP / (2 TP + FP + FN), over the classes that occur among the
/// labels or the predictions of labelled examples (as scikit-learn has it).
double macro_f1(std::span<const std::int32_t> predicted, std::span<const std::int32_t> labels,
                std::int32_t ignored_label = -1);

/// The mean of the same F1, weighted by how many examples are labelled with each class.
double weighted_f1(std::span<const std::int32_t> predicted, std::span<const std::int32_t> labels,
                   std::int32_t ignored_label = -1);

/// How good classes that are levels 0, 1, … of one scale are, as the answers to "above level i?".
struct LevelF1 {
  std::vector<double> levels;  ///< F1 of "above level i" for each level but the last; 0 if neither
                               ///< a label nor a prediction is.
  double mean = 0.0;           ///< Of these.
  double weighted_mean = 0.0;  ///< The same with weight i + 1 for level i.
};

/// Throws OptionError if `num_levels` < 2. Without labelled examples all is NaN.
LevelF1 level_f1(std::span<const std::int32_t> predicted, std::span<const std::int32_t> labels,
                 int num_levels, std::int32_t ignored_label = -1);

/// Pearson's r, in -1 .. 1. If one side is constant no correlation can be seen: 0. NaN if a value
/// is not finite.
double pearson(std::span<const float> predicted, std::span<const float> targets);

/// Spearman's rho: Pearson's r of the ranks; equal values share the mean of their ranks. Constants
/// give 0, NaN gives NaN; infinities are values like others here.
double spearman(std::span<const float> predicted, std::span<const float> targets);

/// The mean of (predicted - target)^2.
double mean_squared_error(std::span<const float> predicted, std::span<const float> targets);

}  // namespace espalier::training
