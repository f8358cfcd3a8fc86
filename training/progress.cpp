#include <espalier/training/progress.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>
#include <string_view>

namespace espalier::training {
namespace {

constexpr double kRedrawSeconds = 0.1;  // A terminal is slower than a step.
constexpr const char* kClearLine = "\r\x1b[K";

bool is_terminal(const std::ostream& out) {
  if (&out == &std::cout) return ::isatty(STDOUT_FILENO) != 0;
  if (&out == &std::cerr || &out == &std::clog) return ::isatty(STDERR_FILENO) != 0;
  return false;
}

void write_metrics(std::ostream& out, const Metrics& metrics) {
  std::array<char, 32> number{};
  for (const auto& [name, value] : metrics) {
    std::snprintf(number.data(), number.size(), " %.4f", value);
    out << "  " << name << number.data();
  }
}

}  // namespace

ProgressBar::ProgressBar() : ProgressBar(std::cerr) {}

ProgressBar::ProgressBar(std::ostream& out) : ProgressBar(out, is_terminal(out)) {}

void ProgressBar::on_step(const StepReport& step) {
  num_epochs_ = step.num_epochs;
  if (step.step == 1) drawn_s_ = 0.0;
  if (!visible_ || (step.seconds < drawn_s_ + kRedrawSeconds && step.step < step.num_steps)) return;
  drawn_s_ = step.seconds;

  constexpr std::string_view kFull = "####################";
  constexpr std::string_view kRest = "....................";
  const std::size_t full = kFull.size() * step.step / std::max<std::uint64_t>(1, step.num_steps);
  const double step_s = step.seconds / static_cast<double>(std::max<std::uint64_t>(1, step.step));
  const auto left_s = static_cast<long long>(
      std::clamp(step_s * static_cast<double>(step.num_steps - step.step), 0.0, 1e9));
  std::array<char, 128> numbers{};
  std::snprintf(numbers.data(), numbers.size(), "  loss %.4f  %.0f nodes/s  %lld:%02lld left",
                step.mean_loss, step.nodes_per_second, left_s / 60, left_s % 60);
  out_ << kClearLine << "epoch " << step.epoch << '/' << step.num_epochs << " ["
       << kFull.substr(0, full) << kRest.substr(full) << "] " << step.step << '/' << step.num_steps
       << numbers.data() << std::flush;
}

void ProgressBar::on_epoch(const EpochReport& epoch) {
  if (!visible_) return;
  std::array<char, 96> numbers{};
  std::snprintf(numbers.data(), numbers.size(), "  loss %.4f  %.0f nodes/s  %.1f s",
                epoch.train_loss, epoch.nodes_per_second, epoch.seconds);
  out_ << kClearLine << "epoch " << epoch.epoch << '/' << num_epochs_ << numbers.data();
  if (epoch.skipped_steps > 0) out_ << "  " << epoch.skipped_steps << " steps skipped";
  out_ << "  dev";
  write_metrics(out_, epoch.dev);
  out_ << '\n' << std::flush;
}

void ProgressBar::on_result(const Metrics& test) {
  if (!visible_) return;
  out_ << kClearLine << "test";
  write_metrics(out_, test);
  out_ << '\n' << std::flush;
}

}  // namespace espalier::training
