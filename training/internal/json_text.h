#pragma once

#include <string>
#include <string_view>

namespace espalier::training {

/// Throws ParseError, naming `source` and `what`, if a text in a file that should be JSON has a NUL
/// byte, at which parsers stop, or nests more than 32 deep, which costs stack in whoever reads it.
/// Whether it is JSON, its parser says.
void check_json_text(std::string_view text, const std::string& source, std::string_view what);

/// For messages: in quotes, control characters as \u0007, and no more than its first 100 bytes.
std::string in_quotes(std::string_view text);

}  // namespace espalier::training
