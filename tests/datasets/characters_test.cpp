#include <espalier/datasets/characters.h>

#include <cstdint>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace espalier::datasets {
namespace {

// Of 1, 2, 3 and 4 bytes.
TEST(CharactersTest, ReadsTheFirstCharacter) {
  struct Case {
    std::string_view bytes;
    char32_t code;
  };
  for (const auto& [bytes, code] :
       {Case{"a", U'a'}, Case{std::string_view("\0", 1), 0}, Case{"\xC2\x85", 0x85},
        Case{"\xC3\xA9", 0xE9}, Case{"\xE2\x80\xA6", 0x2026}, Case{"\xEF\xBF\xBF", 0xFFFF},
        Case{"\xF0\x9F\x98\x80", 0x1F600}, Case{"\xF4\x8F\xBF\xBF", 0x10FFFF}}) {
    const Character c = first_character(std::string(bytes) + "\xC3\xA9z");
    EXPECT_EQ(c.bytes.size(), bytes.size());
    EXPECT_EQ(std::uint32_t{c.code}, std::uint32_t{code});
    EXPECT_TRUE(c.is_valid);
  }
}

TEST(CharactersTest, TakesInvalidBytesOneByOne) {
  for (const std::string_view text : {"\x80", "\xC3", "\xC3z", "\xE2\x80", "\xFF\xFF", "\xC0\x80",
                                      "\xED\xA0\x80", "\xF5\x80\x80\x80"}) {
    const Character c = first_character(text);
    EXPECT_EQ(c.bytes, text.substr(0, 1));
    EXPECT_EQ(std::uint32_t{c.code}, static_cast<unsigned char>(text[0]));
    EXPECT_FALSE(c.is_valid);
  }
}

TEST(CharactersTest, WritesWhatItReads) {
  for (char32_t code = 0; code <= 0xFFFF; ++code) {
    if (code >= 0xD800 && code <= 0xDFFF) continue;  // Surrogates are no characters.
    std::string text;
    append_utf8(code, text);
    const Character c = first_character(text);
    ASSERT_TRUE(c.is_valid && c.bytes.size() == text.size() && c.code == code)
        << std::uint32_t{code};
  }
}

}  // namespace
}  // namespace espalier::datasets
