#include <espalier/datasets/internal/fields.h>

#include <gtest/gtest.h>

namespace espalier::datasets {
namespace {

using Texts = std::vector<std::string_view>;
using Offsets = std::vector<std::size_t>;

TEST(FieldsTest, SplitsAtEverySeparator) {
  const auto texts = [](std::string_view line) {
    Texts result;
    for (const Field& field : split_fields(line, ' ')) result.push_back(field.text);
    return result;
  };
  EXPECT_EQ(texts("a bc d"), (Texts{"a", "bc", "d"}));
  EXPECT_EQ(texts(""), Texts{""});
  EXPECT_EQ(texts(" "), (Texts{"", ""}));
  EXPECT_EQ(texts("a  b "), (Texts{"a", "", "b", ""}));
}

TEST(FieldsTest, SaysWhereFieldsBegin) {
  Offsets offsets;
  for (const Field& field : split_fields("a\tbc\t\td", '\t')) offsets.push_back(field.offset);
  EXPECT_EQ(offsets, (Offsets{0, 2, 5, 6}));
}

TEST(FieldsTest, ReadsWholeNumbers) {
  EXPECT_EQ(whole_number("0"), 0u);
  EXPECT_EQ(whole_number("007"), 7u);
  EXPECT_EQ(whole_number("18446744073709551615"), 18446744073709551615u);
  for (const char* text : {"", "-1", "+1", " 1", "1 ", "1.0", "x", "18446744073709551616"}) {
    EXPECT_EQ(whole_number(text), std::nullopt) << text;
  }
}

TEST(FieldsTest, LowersAsciiLettersAlone) {
  EXPECT_EQ(lower_case("AZaz@[0\xC3\x89"), "azaz@[0\xC3\x89");
}

}  // namespace
}  // namespace espalier::datasets
