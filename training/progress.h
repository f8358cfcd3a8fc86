#pragma once

#include <cstdint>
#include <iosfwd>

#include <espalier/training/reporter.h>

namespace espalier::training {

/// One line on a terminal: how far the epoch is, the loss, nodes per second, the time left; and one
/// that stays for every epoch. Says nothing if the stream is no terminal.
class ProgressBar final : public Reporter {
 public:
  ProgressBar();  ///< On standard error.
  /// A terminal only if `out` is std::cout, std::cerr or std::clog, and that is one. `out` must
  /// outlive the bar.
  explicit ProgressBar(std::ostream& out);
  ProgressBar(std::ostream& out, bool visible) : out_(out), visible_(visible) {}

  void on_step(const StepReport& step) override;
  void on_epoch(const EpochReport& epoch) override;
  void on_result(const Metrics& test) override;

 private:
  std::ostream& out_;
  bool visible_;
  std::uint64_t num_epochs_ = 0;
  double drawn_s_ = 0.0;  // When it was last drawn, in seconds of the epoch.
};

}  // namespace espalier::training
