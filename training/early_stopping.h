#pragma once

#include <cstdint>
#include <optional>

namespace espalier::training {

/// Remembers the best score so far, and says when it has not been beaten for too long.
class EarlyStopping {
 public:
  /// Stops after `patience` scores in a row without a better one; 0: never.
  EarlyStopping(std::uint64_t patience, bool higher_is_better)
      : patience_(patience), higher_is_better_(higher_is_better) {}

  /// Is `score` better than every one before? The first number is; one that is no number never is,
  /// and a tie is not.
  bool update(double score);

  bool should_stop() const { return patience_ > 0 && state_.scores_since_best >= patience_; }

  struct State {
    std::optional<double> best_score;
    std::uint64_t scores_since_best = 0;
    friend bool operator==(const State&, const State&) = default;
  };
  const State& state() const { return state_; }
  void set_state(const State& state) { state_ = state; }

 private:
  std::uint64_t patience_;
  bool higher_is_better_;
  State state_;
};

}  // namespace espalier::training
