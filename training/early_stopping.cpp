#include <espalier/training/early_stopping.h>

#include <cmath>

namespace espalier::training {

bool EarlyStopping::update(double score) {
  const std::optional<double>& best = state_.best_score;
  const bool better =
      !std::isnan(score) && (!best || (higher_is_better_ ? score > *best : score < *best));
  if (better) {
    state_ = {.best_score = score, .scores_since_best = 0};
  } else {
    ++state_.scores_since_best;
  }
  return better;
}

}  // namespace espalier::training
