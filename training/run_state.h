#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/ops/platform.h>
#include <espalier/training/early_stopping.h>
#include <espalier/training/reporter.h>

namespace espalier::training {

/// What a run is given, by name, in words: {"learning rate", "0.003"}.
using Settings = std::map<std::string, std::string, std::less<>>;

/// A number as a setting, exact.
std::string setting(double number);

/// How far a training run has come, apart from tensors.
///
/// There is no state of a random number generator: the order of an epoch's examples is a function
/// of (seed, epoch), and dropout of (seed, epoch, step).
struct RunState {
  // What the run is one of; another order of examples would not be the same run.
  std::uint64_t seed = 0;
  std::uint64_t batch_size = 0;
  std::uint64_t num_examples = 0;
  Settings settings = {};  ///< All else that must not change; empty in files of earlier versions.
  std::string data = {};   ///< The fingerprint of the data; empty if there is none.

  // What may change from one part of a run to the next.
  std::uint64_t num_epochs = 0;           ///< That it is to have; 0 in files of earlier versions.
  Platform platform = {};                 ///< Likewise empty.
  std::vector<std::string> changes = {};  ///< In words, as they came.

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
