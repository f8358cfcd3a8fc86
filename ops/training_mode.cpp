#include <espalier/ops/training_mode.h>

#include <utility>

namespace espalier {
namespace {

thread_local bool training_is_on = false;

}  // namespace

bool is_training() { return training_is_on; }

Training::Training() : before_(std::exchange(training_is_on, true)) {}
Training::~Training() { training_is_on = before_; }

Evaluating::Evaluating() : before_(std::exchange(training_is_on, false)) {}
Evaluating::~Evaluating() { training_is_on = before_; }

}  // namespace espalier
