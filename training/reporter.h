#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include <espalier/training/metrics.h>

namespace espalier::training {

/// Where training stands after a step.
struct StepReport {
  std::uint64_t epoch = 0;  ///< From 1.
  std::uint64_t num_epochs = 0;
  std::uint64_t step = 0;  ///< From 1, in the epoch.
  std::uint64_t num_steps = 0;
  double mean_loss = 0.0;  ///< Per example, over the epoch's steps so far.
  double seconds = 0.0;    ///< Spent on them.
  double nodes_per_second = 0.0;
};

/// What came of an epoch.
struct EpochReport {
  std::uint64_t epoch = 0;          ///< From 1.
  double train_loss = 0.0;          ///< Mean over its examples, each as its batch came up.
  Metrics dev;                      ///< Of the model at its end.
  double seconds = 0.0;             ///< Spent on its steps: no evaluation, no checkpoints.
  double nodes_per_second = 0.0;    ///< In that time.
  std::uint64_t skipped_steps = 0;  ///< Left out because the gradient was not finite.
};

/// Is told how training goes: a progress bar, a log. The trainer prints nothing by itself.
/// Calls come one at a time, from the thread that trains.
class Reporter {
 public:
  Reporter() = default;
  Reporter(const Reporter&) = delete;
  Reporter& operator=(const Reporter&) = delete;
  virtual ~Reporter() = default;

  /// At the start, with the epochs that a run being resumed has done already.
  virtual void on_start(std::span<const EpochReport> /*done*/) {}
  /// What is worth knowing of a run that goes on: what of it has changed, and what cannot be
  /// checked.
  virtual void on_notice(std::string_view /*notice*/) {}
  virtual void on_step(const StepReport& /*step*/) {}
  virtual void on_epoch(const EpochReport& /*epoch*/) {}
  /// At the end, with the test metrics of the best epoch's model.
  virtual void on_result(const Metrics& /*test*/) {}
};

}  // namespace espalier::training
