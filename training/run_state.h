#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/training/early_stopping.h>
#include <espalier/training/reporter.h>

namespace espalier::training {

/// How far a training run has come, apart from tensors.
///
/// There is no state of a random number generator: the order of an epoch's examples is a function
/// of (seed, epoch), and dropout of (seed, epoch, step).
struct RunState {
  // What the run is one of; another order of examples would not be the same run.
  std::uint64_t seed = 0;
  std::uint64_t batch_size = 0;
  std::uint64_t num_examples = 0;

  std::uint64_t epoch = 0;  ///< Epochs that are complete.
  std::uint64_t step = 0;   ///< Steps done in the one after them.

  // Sums over those steps.
  double loss_sum = 0.0;  ///< Over examples.
  double seconds = 0.0;
  std::uint64_t nodes = 0;
  std::uint64_t skipped_steps = 0;

  EarlyStopping::State early_stopping;
  std::uint64_t best_epoch = 0;      ///< From 1; 0: none yet.
  std::vector<EpochReport> history;  ///< One for each complete epoch.
};

/// As JSON; numbers come back bit for bit, infinities as NaN.
std::string to_json(const RunState& state);

/// Throws ParseError, naming `source` and the entry that is missing or of another kind.
RunState run_state_from_json(std::string_view text, const std::string& source);

}  // namespace espalier::training
