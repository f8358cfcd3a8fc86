#pragma once

#include <cstdint>

#include <CLI/CLI.hpp>

/// Checks of numbers on the command line; CLI11's own accept what is no number ("nan").
namespace espalier::apps {

/// A whole number, not less than `least`.
CLI::Validator check_at_least(std::int64_t least);

/// A number in least .. greatest.
CLI::Validator check_between(double least, double greatest);

}  // namespace espalier::apps
