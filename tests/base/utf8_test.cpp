#include <espalier/base/utf8.h>

#include <cstdint>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace espalier {
namespace {

constexpr std::size_t kValid = std::string_view::npos;

// By the definition of UTF-8; code points up to 0x1FFFFF, whether or not they exist.
std::string encode(std::uint32_t code_point, int num_bytes) {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
  const auto tail = [&](int i) { return byte(0x80 | ((code_point >> (6 * i)) & 0x3F)); };
  if (num_bytes == 1) return {byte(code_point)};
  if (num_bytes == 2) return {byte(0xC0 | (code_point >> 6)), tail(0)};
  if (num_bytes == 3) return {byte(0xE0 | (code_point >> 12)), tail(1), tail(0)};
  return {byte(0xF0 | (code_point >> 18)), tail(2), tail(1), tail(0)};
}

int shortest_form(std::uint32_t code_point) {
  return code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
}

TEST(Utf8Test, TakesTheShortestFormOfEveryCodePointAndNoOther) {
  for (std::uint32_t c = 0; c < 0x200000; ++c) {
    const bool exists = c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
    for (int num_bytes = shortest_form(c); num_bytes <= 4; ++num_bytes) {
      const bool expected = exists && num_bytes == shortest_form(c);
      ASSERT_EQ(find_invalid_utf8(encode(c, num_bytes)), expected ? kValid : 0)
          << "U+" << std::hex << c << " in " << num_bytes << " bytes";
    }
  }
}

TEST(Utf8Test, RefusesBytesThatBeginNothing) {
  for (int byte = 0x80; byte <= 0xFF; ++byte) {
    EXPECT_EQ(find_invalid_utf8(std::string(1, static_cast<char>(byte))), 0u) << byte;
  }
  EXPECT_EQ(find_invalid_utf8("\xF8\x88\x80\x80\x80"), 0u);
}

TEST(Utf8Test, RefusesSequencesThatAreCutOff) {
  for (const std::string whole : {"\xC2\xA0", "\xE2\x80\xA6", "\xF0\x9F\x8C\xB3"}) {
    for (std::size_t length = 1; length < whole.size(); ++length) {
      EXPECT_EQ(find_invalid_utf8("ab" + whole.substr(0, length)), 2u);
      EXPECT_EQ(find_invalid_utf8("ab" + whole.substr(0, length) + "cdefghij"), 2u);
    }
  }
}

// The fast way over ASCII takes 8 bytes at a time.
TEST(Utf8Test, FindsTheFirstBadByteWhereverItStands) {
  for (std::size_t length = 1; length < 30; ++length) {
    for (std::size_t i = 0; i < length; ++i) {
      std::string text(length, 'x');
      text[i] = '\x80';
      EXPECT_EQ(find_invalid_utf8(text), i);
      text[length - 1] = '\xFF';
      EXPECT_EQ(find_invalid_utf8(text), i);
    }
  }
}

TEST(Utf8Test, TakesTextsOfMixedLengths) {
  EXPECT_EQ(find_invalid_utf8(""), kValid);
  EXPECT_EQ(find_invalid_utf8(std::string_view("\0", 1)), kValid);
  EXPECT_EQ(find_invalid_utf8("na\xC3\xAFve, 3\xC2\xA0km \xE2\x80\xA6 \xF0\x9F\x8C\xB3 and on"),
            kValid);
}

// Nothing that a terminal would obey is left, whatever a file holds.
TEST(Utf8Test, PrintableTextShowsWhatWouldSteerATerminal) {
  EXPECT_EQ(printable("\x1B[31mred"), "\\x1b[31mred");
  EXPECT_EQ(printable("a\tb\r\nc\x7F"), "a\\x09b\\x0d\\x0ac\\x7f");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(printable("\xC2\x9B"
                      "31m"),
            "\\x9b31m");  // U+009B, one character for ESC [.
  EXPECT_EQ(printable("\xFF\xC3"), "\\xff\\xc3");
  EXPECT_EQ(printable("a\xE2\x80\xAEz\xE2\x80\xA8"), "a\\u{202e}z\\u{2028}");
}

TEST(Utf8Test, PrintableTextStaysAsItIs) {
  const std::string text = "Caf\xC3\xA9 \\x1b \xF0\x9F\x98\x80 \"\xE2\x80\xA6\"\xC2\xA0";
  EXPECT_EQ(printable(text), text);
  EXPECT_EQ(printable(printable("\x1B\xFF")), printable("\x1B\xFF"));
}

TEST(Utf8Test, XmlTextHoldsNothingThatXmlCannot) {
  const std::string unknown = "\xEF\xBF\xBD";
  EXPECT_EQ(xml_text("<a b=\"c\">'&'"), "&lt;a b=&quot;c&quot;&gt;&#39;&amp;&#39;");
  EXPECT_EQ(xml_text("a\nb\x01\x7F\x1B"), "a\nb" + unknown + unknown + unknown);
  EXPECT_EQ(xml_text("\xEF\xBF\xBE\xEF\xBF\xBF\xF0\x9F\xBF\xBE"), unknown + unknown + unknown);
  EXPECT_EQ(xml_text("\xE2\x80\x8F\xE2\x80\xAE\xC3"), unknown + unknown + unknown);
  EXPECT_EQ(xml_text("\xEF\xBF\xBC\xF0\x9F\x98\x80"), "\xEF\xBF\xBC\xF0\x9F\x98\x80");
}

}  // namespace
}  // namespace espalier
