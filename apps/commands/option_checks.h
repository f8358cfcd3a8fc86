#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

/// Checks of what stands on the command line; CLI11's own read 010 as 8, clamp what is too large,
/// and accept what is no number ("nan").
namespace espalier::apps {

/// Texts as numbers, or nothing: digits of the decimal system, and for numbers a point and an
/// exponent; neither nan, inf nor what 64 bits do not hold.
std::optional<std::int64_t> whole_number(std::string_view text);
std::optional<double> finite_number(std::string_view text);

/// A whole number in least .. greatest, which is left in decimal digits: for Option::transform().
CLI::Validator whole_between(std::int64_t least,
                             std::int64_t greatest = std::numeric_limits<std::int64_t>::max());

/// A number in least .. greatest.
CLI::Validator check_between(double least, double greatest);

/// One of `names`; what is nearly one is suggested.
CLI::Validator check_one_of(std::vector<std::string> names);

/// Throws UsageError at an argument that is empty, as an unset variable of a shell is, and at an
/// option whose value is missing, empty or begins with "--". `words` are those of the program.
void check_words(const CLI::App& app, std::span<const std::string> words);

/// What to say of words that no option took, those that `app` was left with by parsing.
std::string what_is_unknown(const CLI::App& app);

/// Files by what they are to a user, "--metrics". Throws UsageError if two are the same file, under
/// whatever names: one would destroy the other. Empty paths, "-" and devices such as terminals are
/// none.
void check_distinct(const std::vector<std::pair<std::string, std::filesystem::path>>& files);

}  // namespace espalier::apps
