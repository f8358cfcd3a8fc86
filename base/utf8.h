#pragma once

#include <cstddef>
#include <string_view>

namespace espalier {

/// The position of the first byte that begins no well-formed UTF-8 sequence, npos if there is none.
/// As the Unicode Standard has it (Table 3-7): overlong forms, surrogates, code points beyond
/// U+10FFFF and sequences that are cut off are ill-formed.
std::size_t find_invalid_utf8(std::string_view text);

}  // namespace espalier
