#include <espalier/base/utf8.h>

#include <cstdint>
#include <cstring>

namespace espalier {
namespace {

unsigned byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

bool starts_with_8_ascii(std::string_view text) {
  if (text.size() < 8) return false;
  std::uint64_t bytes;
  std::memcpy(&bytes, text.data(), 8);
  return (bytes & 0x8080'8080'8080'8080) == 0;
}

// What a lead byte asks for: so many bytes in all, the second one in low .. high. Where the second
// byte's range is narrower than 80 .. BF, the rest would be overlong, a surrogate or too large.
struct Form {
  std::size_t num_bytes;
  unsigned low = 0x80;
  unsigned high = 0xBF;
};

Form form(unsigned lead) {
  if (lead <= 0x7F) return {1};
  if (lead <= 0xC1) return {0};
  if (lead <= 0xDF) return {2};
  if (lead == 0xE0) return {3, 0xA0, 0xBF};
  if (lead == 0xED) return {3, 0x80, 0x9F};
  if (lead <= 0xEF) return {3};
  if (lead == 0xF0) return {4, 0x90, 0xBF};
  if (lead <= 0xF3) return {4};
  if (lead == 0xF4) return {4, 0x80, 0x8F};
  return {0};
}

// The number of bytes of the sequence that `text` starts with; 0 if it is ill-formed.
std::size_t sequence_length(std::string_view text) {
  const auto [num_bytes, low, high] = form(byte_at(text, 0));
  if (num_bytes <= 1) return num_bytes;
  if (text.size() < num_bytes) return 0;
  if (byte_at(text, 1) < low || byte_at(text, 1) > high) return 0;
  for (std::size_t i = 2; i < num_bytes; ++i) {
    if ((byte_at(text, i) & 0xC0) != 0x80) return 0;
  }
  return num_bytes;
}

}  // namespace

std::size_t find_invalid_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const std::string_view rest = text.substr(i);
    const std::size_t length = starts_with_8_ascii(rest) ? 8 : sequence_length(rest);
    if (length == 0) return i;
    i += length;
  }
  return std::string_view::npos;
}

}  // namespace espalier
