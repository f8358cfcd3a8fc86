#pragma once

#include <string>
#include <string_view>

namespace espalier::datasets {

/// A UTF-8 character of some text, which it views.
struct Character {
  std::string_view bytes;
  char32_t code = 0;     ///< The code point; of an invalid character, its byte.
  bool is_valid = true;  ///< Otherwise `bytes` is the one byte that begins no character.
};

/// The first character of `text`, which is not empty.
Character first_character(std::string_view text);

/// Appends the character with code point `code`, at most U+FFFF.
void append_utf8(char32_t code, std::string& text);

}  // namespace espalier::datasets
