#include <espalier/training/learning_rate.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include <espalier/base/error.h>

namespace espalier::training {
namespace {

void check_length(std::uint64_t length) {
  if (length == 0) throw OptionError("learning rate: a length of 0, expected at least 1");
}

void check_factor(double factor) {
  if (factor >= 0.0 && std::isfinite(factor)) return;
  throw OptionError(message("learning rate: factor ", factor, ", expected at least 0 and finite"));
}

}  // namespace

LearningRateSchedule constant_rate() {
  return [](std::uint64_t) { return 1.0; };
}

LearningRateSchedule step_decay(std::uint64_t every, double factor) {
  check_length(every);
  check_factor(factor);
  return [=](std::uint64_t time) {
    const std::uint64_t num_decays = time / every;
    return std::pow(factor, static_cast<double>(num_decays));
  };
}

LearningRateSchedule exponential_decay(double factor) { return step_decay(1, factor); }

LearningRateSchedule cosine_decay(std::uint64_t length, double last) {
  check_length(length);
  check_factor(last);
  return [=](std::uint64_t time) {
    const double part = static_cast<double>(std::min(time, length)) / static_cast<double>(length);
    return last + (1.0 - last) * 0.5 * (1.0 + std::cos(std::numbers::pi * part));
  };
}

LearningRateSchedule linear_warm_up(std::uint64_t length, LearningRateSchedule after) {
  check_length(length);
  if (after == nullptr) after = constant_rate();
  return [length, after = std::move(after)](std::uint64_t time) {
    if (time >= length) return after(time - length);
    return static_cast<double>(time + 1) / static_cast<double>(length);
  };
}

}  // namespace espalier::training
