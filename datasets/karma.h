#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace espalier::datasets {

/// Levels 0, 1, ... of the score ("karma") of comments, so that few comments with many points do
/// not outweigh the many with few. Fang, Cheng and Ostendorf, "Learning Latent Local Conversation
/// Modes for Predicting Comment Endorsement in Online Discussions", SocialNLP 2016.
class KarmaLevels {
 public:
  /// Level i is of scores up to upper_bounds[i], and one more level of those above the last.
  /// Throws OptionError unless there is a bound and each is greater than the one before.
  explicit KarmaLevels(std::vector<std::int32_t> upper_bounds);

  /// The levels of the paper. Level 0 is of scores up to 1, which is what a comment begins with;
  /// each level after it takes the lower half of the scores that remain, with all that equal the
  /// greatest of them; the last level takes the rest. O(n log n) for n scores.
  ///
  /// Throws OptionError if `num_levels` < 2 or the scores do not fill so many levels.
  static KarmaLevels from_scores(std::span<const std::int32_t> scores, std::size_t num_levels = 8);

  std::size_t num_levels() const { return upper_bounds_.size() + 1; }

  /// Of all levels but the last.
  const std::vector<std::int32_t>& upper_bounds() const { return upper_bounds_; }

  std::int32_t level(std::int32_t score) const;

  /// Of each level, its scores: "<= 1", "2 .. 5", ..., "> 204".
  std::vector<std::string> names() const;

 private:
  std::vector<std::int32_t> upper_bounds_;
};

}  // namespace espalier::datasets
