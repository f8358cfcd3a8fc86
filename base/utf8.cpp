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

// Of a sequence of that many bytes, well-formed.
char32_t code_point(std::string_view text, std::size_t num_bytes) {
  if (num_bytes == 1) return byte_at(text, 0);
  char32_t code = byte_at(text, 0) & (0x7Fu >> num_bytes);
  for (std::size_t i = 1; i < num_bytes; ++i) code = code << 6 | (byte_at(text, i) & 0x3F);
  return code;
}

// C0, DEL and C1; U+009B begins an escape sequence as ESC [ does.
bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c <= 0x9F); }

// Turns the direction of what stands around it.
bool is_direction_mark(char32_t c) {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

bool is_line_separator(char32_t c) { return c == 0x2028 || c == 0x2029; }

// U+FFFE, U+FFFF and their like of the other planes, and U+FDD0 .. U+FDEF: no characters.
bool is_noncharacter(char32_t c) { return (c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF); }

std::string hexadecimal(char32_t value, std::size_t num_digits) {
  std::string digits;
  for (; value > 0 || digits.size() < num_digits; value >>= 4) {
    digits.insert(digits.begin(), "0123456789abcdef"[value & 15]);
  }
  return digits;
}

// `text` with each code point as `show(code, bytes)` has it, and bytes that are no UTF-8 as
// `show_byte(byte)`.
template <class Show, class ShowByte>
std::string rewritten(std::string_view text, const Show& show, const ShowByte& show_byte) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) {
      result += show_byte(byte_at(text, 0));
    } else {
      result += show(code_point(text, length), text.substr(0, length));
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return result;
}

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD.

std::string_view xml_reference(char32_t c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

}  // namespace

std::string printable(std::string_view text) {
  return rewritten(
      text,
      [](char32_t c, std::string_view bytes) {
        if (is_control(c)) return "\\x" + hexadecimal(c, 2);
        if (is_direction_mark(c) || is_line_separator(c)) return "\\u{" + hexadecimal(c, 4) + '}';
        return std::string(bytes);
      },
      [](unsigned byte) { return "\\x" + hexadecimal(byte, 2); });
}

std::string xml_characters(std::string_view text) {
  return rewritten(
      text,
      [](char32_t c, std::string_view bytes) {
        const bool is_break = c == '\n' || c == '\t' || c == '\r';
        const bool is_bad = (is_control(c) && !is_break) || is_noncharacter(c);
        return is_bad || is_direction_mark(c) ? kReplacement : bytes;
      },
      [](unsigned) { return kReplacement; });
}

std::string xml_text(std::string_view text) {
  return rewritten(
      xml_characters(text),
      [](char32_t c, std::string_view bytes) {
        const std::string_view reference = xml_reference(c);
        return reference.empty() ? bytes : reference;
      },
      [](unsigned) { return kReplacement; });
}

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
