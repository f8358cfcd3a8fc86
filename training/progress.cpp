#include <espalier/training/progress.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>
#include <string>

#include <espalier/base/error.h>
#include <espalier/training/internal/terminal.h>

namespace espalier::training {
namespace {

constexpr double kRedrawSeconds = 0.1;  // A terminal is slower than a step.

// What is left out first has the greatest rank.
enum Rank { kEpoch, kStep, kScore, kLoss, kSkipped, kLeft, kBar, kOtherScores, kSeconds, kSpeed };

std::string text(const char* format, double number) {
  std::array<char, 400> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, number);
  return buffer.data();
}

void add_metrics(std::vector<LinePart>& parts, const Metrics& metrics, const char* title) {
  bool is_first = true;
  for (const auto& [name, value] : metrics) {
    parts.push_back({message(is_first ? title : "", "  ", name, text(" %.4f", value)),
                     is_first ? kScore : kOtherScores});
    is_first = false;
  }
}

std::string time_left(const StepReport& step) {
  const double step_s = step.seconds / static_cast<double>(std::max<std::uint64_t>(1, step.step));
  const auto left_s = static_cast<long long>(
      std::clamp(step_s * static_cast<double>(step.num_steps - step.step), 0.0, 1e9));
  return message("  ", left_s / 60, left_s % 60 < 10 ? ":0" : ":", left_s % 60, " left");
}

std::string bar(const StepReport& step) {
  constexpr std::size_t kLength = 20;
  const std::size_t full = kLength * step.step / std::max<std::uint64_t>(1, step.num_steps);
  return message(" [", std::string(full, '#'), std::string(kLength - full, '.'), ']');
}

}  // namespace

ProgressBar::ProgressBar() : ProgressBar(std::cerr) {}

ProgressBar::ProgressBar(std::ostream& out)
    : ProgressBar(out, [&out] { return terminal_columns(out); }) {}

// A terminal that was made narrower has broken the line into several rows.
void ProgressBar::clear(std::size_t columns) {
  if (columns == 0) return;
  const std::size_t rows_above = on_screen_ == 0 ? 0 : (on_screen_ - 1) / columns;
  if (rows_above > 0) out_ << "\x1b[" << rows_above << 'A';
  out_ << (rows_above > 0 ? "\r\x1b[J" : "\r\x1b[K");
  on_screen_ = 0;
}

void ProgressBar::write_line(const std::vector<LinePart>& parts) {
  const std::size_t columns = columns_();
  clear(columns);
  // The last column stays free: some terminals go to the next row when it is written.
  out_ << fitted(parts, columns == 0 ? kAnyWidth : columns - 1) << '\n' << std::flush;
}

void ProgressBar::on_notice(std::string_view notice) {
  clear(columns_());
  out_ << notice << '\n' << std::flush;
}

void ProgressBar::on_step(const StepReport& step) {
  num_epochs_ = step.num_epochs;
  if (step.step == 1) drawn_s_ = 0.0;
  if (step.seconds < drawn_s_ + kRedrawSeconds && step.step < step.num_steps) return;
  drawn_s_ = step.seconds;
  const std::size_t columns = columns_();
  if (columns == 0) return;
  const std::string line = fitted({{message("epoch ", step.epoch, '/', step.num_epochs), kEpoch},
                                   {bar(step), kBar},
                                   {message(' ', step.step, '/', step.num_steps), kStep},
                                   {text("  loss %.4f", step.mean_loss), kLoss},
                                   {text("  %.0f nodes/s", step.nodes_per_second), kSpeed},
                                   {time_left(step), kLeft}},
                                  columns - 1);
  clear(columns);
  out_ << line << std::flush;
  on_screen_ = line.size();
}

void ProgressBar::on_epoch(const EpochReport& epoch) {
  std::vector<LinePart> parts = {{message("epoch ", epoch.epoch, '/', num_epochs_), kEpoch},
                                 {text("  loss %.4f", epoch.train_loss), kLoss},
                                 {text("  %.0f nodes/s", epoch.nodes_per_second), kSpeed},
                                 {text("  %.1f s", epoch.seconds), kSeconds}};
  if (epoch.skipped_steps > 0) {
    parts.push_back({message("  ", epoch.skipped_steps, " steps skipped"), kSkipped});
  }
  add_metrics(parts, epoch.dev, "  dev");
  write_line(parts);
}

void ProgressBar::on_result(const Metrics& test) {
  std::vector<LinePart> parts = {{"test", kEpoch}};
  add_metrics(parts, test, "");
  write_line(parts);
}

}  // namespace espalier::training
