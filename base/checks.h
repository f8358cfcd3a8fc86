#pragma once

#include <cstddef>

// The words in which options that are numbers are refused, said once for all folders.
namespace espalier {

/// An option that must be positive, as a size. Throws OptionError "<name> is -1, expected …".
std::size_t positive_size(int value, const char* name);

/// The same of an input size, which may be 0: the layer is given its terms.
std::size_t size_or_given(int value, const char* name);

/// Throws OptionError "<what> is <value>, expected …" unless low <= value < high.
void check_option(double value, double low, double high, const char* what);

}  // namespace espalier
