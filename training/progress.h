#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include <espalier/training/reporter.h>

namespace espalier::training {

struct LinePart;

/// A line for every epoch and for the result; and, on a terminal, one that says meanwhile how far
/// the epoch is, the loss, nodes per second, the time left. Lines are as long as the terminal is
/// wide just then, and say the less; where there is none, they say all.
class ProgressBar final : public Reporter {
 public:
  ProgressBar();  ///< On standard error.
  /// A terminal only if `out` is std::cout, std::cerr or std::clog, and that is one; not if TERM is
  /// dumb. `out` must outlive the bar.
  explicit ProgressBar(std::ostream& out);
  /// A terminal of any width, or none. (A function that is one of columns is no bool.)
  template <std::same_as<bool> Bool>
  ProgressBar(std::ostream& out, Bool is_terminal)
      : ProgressBar(out, std::function<std::size_t()>(
                             [is_terminal] { return is_terminal ? kAnyWidth : std::size_t{0}; })) {}
  /// One of `columns()` columns, which is asked before each line; 0: none.
  ProgressBar(std::ostream& out, std::function<std::size_t()> columns)
      : out_(out), columns_(std::move(columns)) {}

  void on_notice(std::string_view notice) override;
  void on_step(const StepReport& step) override;
  void on_epoch(const EpochReport& epoch) override;
  void on_result(const Metrics& test) override;

 private:
  static constexpr std::size_t kAnyWidth = std::numeric_limits<std::uint16_t>::max();

  void clear(std::size_t columns);
  void write_line(const std::vector<LinePart>& parts);

  std::ostream& out_;
  std::function<std::size_t()> columns_;
  std::uint64_t num_epochs_ = 0;
  double drawn_s_ = 0.0;       // When it was last drawn, in seconds of the epoch.
  std::size_t on_screen_ = 0;  // Characters of what was drawn.
};

}  // namespace espalier::training
