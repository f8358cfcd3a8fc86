#include <espalier/base/checks.h>

#include <espalier/base/error.h>

namespace espalier {

std::size_t positive_size(int value, const char* name) {
  if (value < 1) throw OptionError(message(name, " is ", value, ", expected 1 or more"));
  return static_cast<std::size_t>(value);
}

std::size_t size_or_given(int value, const char* name) {
  return value == 0 ? 0 : positive_size(value, name);
}

void check_option(double value, double low, double high, const char* what) {
  if (low <= value && value < high) return;
  throw OptionError(
      message(what, " is ", value, ", expected at least ", low, " and less than ", high));
}

}  // namespace espalier
