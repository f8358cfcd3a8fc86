#pragma once

#include <cstdint>
#include <functional>

namespace espalier::training {

/// The factor on the learning rate at a time, which counts epochs or steps from 0.
///
/// A function of the time alone: it has nothing to save, and a resumed run sees the same rates. A
/// null function stands for the factor 1.
using LearningRateSchedule = std::function<double(std::uint64_t time)>;

// Each throws OptionError if a length is 0 or a factor is negative or not finite.

/// 1 at all times.
LearningRateSchedule constant_rate();

/// factor^floor(time / every).
LearningRateSchedule step_decay(std::uint64_t every, double factor);

/// factor^time.
LearningRateSchedule exponential_decay(double factor);

/// From 1 at time 0 along half a cosine to `last` at time `length`, and so from then on (Loshchilov
/// and Hutter, "SGDR", ICLR 2017, arXiv:1608.03983, Eq. 5, without restarts).
LearningRateSchedule cosine_decay(std::uint64_t length, double last = 0.0);

/// (time + 1) / length before `length`, and so never 0; then `after`, whose time begins at 0.
LearningRateSchedule linear_warm_up(std::uint64_t length,
                                    LearningRateSchedule after = constant_rate());

}  // namespace espalier::training
