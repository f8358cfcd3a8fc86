#include <espalier/datasets/karma.h>

#include <algorithm>
#include <utility>

#include <espalier/base/error.h>

namespace espalier::datasets {
namespace {

constexpr std::int32_t kFirstScore = 1;  // A comment's author votes for it.

}  // namespace

KarmaLevels::KarmaLevels(std::vector<std::int32_t> upper_bounds)
    : upper_bounds_(std::move(upper_bounds)) {
  if (upper_bounds_.empty()) throw OptionError("found no bounds of karma levels, expected some");
  for (std::size_t i = 1; i < upper_bounds_.size(); ++i) {
    if (upper_bounds_[i] > upper_bounds_[i - 1]) continue;
    throw OptionError(message("karma level ", i, " ends at ", upper_bounds_[i],
                              ", expected it to be > ", upper_bounds_[i - 1],
                              ", where the level before ends"));
  }
}

KarmaLevels KarmaLevels::from_scores(std::span<const std::int32_t> scores, std::size_t num_levels) {
  if (num_levels < 2) {
    throw OptionError(message("num_levels is ", num_levels, ", expected at least 2"));
  }
  std::vector<std::int32_t> sorted(scores.begin(), scores.end());
  std::ranges::sort(sorted);
  std::vector<std::int32_t> bounds = {kFirstScore};
  for (;;) {
    const auto rest = std::ranges::upper_bound(sorted, bounds.back());
    const auto num_rest = sorted.end() - rest;
    if (num_rest == 0) {
      throw OptionError(message(scores.size(), " scores fill ", bounds.size(),
                                " karma levels, expected ", num_levels));
    }
    if (bounds.size() == num_levels - 1) return KarmaLevels(std::move(bounds));
    bounds.push_back(*(rest + (num_rest - 1) / 2));
  }
}

std::int32_t KarmaLevels::level(std::int32_t score) const {
  const auto bound = std::ranges::lower_bound(upper_bounds_, score);
  return static_cast<std::int32_t>(bound - upper_bounds_.begin());
}

std::vector<std::string> KarmaLevels::names() const {
  std::vector<std::string> names = {message("<= ", upper_bounds_.front())};
  for (std::size_t i = 1; i < upper_bounds_.size(); ++i) {
    const std::int32_t first = upper_bounds_[i - 1] + 1;  // No overflow: a bound is above it.
    const std::int32_t last = upper_bounds_[i];
    names.push_back(first == last ? message(first) : message(first, " .. ", last));
  }
  names.push_back(message("> ", upper_bounds_.back()));
  return names;
}

}  // namespace espalier::datasets
