#include <espalier/datasets/characters.h>

#include <cassert>
#include <cstddef>

#include <espalier/base/utf8.h>

namespace espalier::datasets {
namespace {

// By the lead byte; the text may be shorter, or no UTF-8.
std::size_t sequence_length(unsigned char lead) {
  return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

}  // namespace

Character first_character(std::string_view text) {
  assert(!text.empty());
  const auto lead = static_cast<unsigned char>(text.front());
  const std::string_view bytes = text.substr(0, sequence_length(lead));
  if (bytes.size() == 1 && lead < 0x80) return {bytes, lead, true};
  if (find_invalid_utf8(bytes) != std::string_view::npos) return {text.substr(0, 1), lead, false};

  char32_t code = lead & (0x7Fu >> bytes.size());  // Lead bytes are 110xxxxx, 1110xxxx, 11110xxx.
  for (const char c : bytes.substr(1)) code = code << 6 | (static_cast<unsigned char>(c) & 0x3F);
  return {bytes, code, true};
}

void append_utf8(char32_t code, std::string& text) {
  assert(code <= 0xFFFF);
  const auto low_bits = [&](unsigned shift) {
    return static_cast<char>(0x80 | (code >> shift & 0x3F));
  };
  if (code < 0x80) {
    text += static_cast<char>(code);
  } else if (code < 0x800) {
    text += static_cast<char>(0xC0 | code >> 6);
    text += low_bits(0);
  } else {
    text += static_cast<char>(0xE0 | code >> 12);
    text += low_bits(6);
    text += low_bits(0);
  }
}

}  // namespace espalier::datasets
