#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace espalier {

/// The position of the first byte that begins no well-formed UTF-8 sequence, npos if there is none.
/// As the Unicode Standard has it (Table 3-7): overlong forms, surrogates, code points beyond
/// U+10FFFF and sequences that are cut off are ill-formed.
std::size_t find_invalid_utf8(std::string_view text);

/// The text as it may be shown on a terminal, whatever it is: nothing in it moves the cursor, sets
/// a colour, begins a line or turns the direction of what stands around it. Control characters and
/// bytes that are no UTF-8 become `\x1b`, line separators and marks of direction `\u{202e}`; all
/// else stays as it is, backslashes too, so that printable text is not changed again.
std::string printable(std::string_view text);

/// The text with U+FFFD for what XML 1.0 and HTML cannot hold, not even as a reference (control
/// characters but line breaks and tabs, U+FFFE, U+FFFF, bytes that are no UTF-8), and for marks of
/// direction, which would turn what stands around.
std::string xml_characters(std::string_view text);

/// The same, with & < > " ' as references: for texts and attributes.
std::string xml_text(std::string_view text);

}  // namespace espalier
