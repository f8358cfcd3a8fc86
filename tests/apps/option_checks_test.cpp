#include <espalier/apps/commands/option_checks.h>

#include <gtest/gtest.h>

namespace espalier::apps {
namespace {

TEST(OptionChecksTest, WholeNumbersAreDecimalAndOf64Bits) {
  EXPECT_EQ(whole_number("010"), 10);
  EXPECT_EQ(whole_number("-7"), -7);
  EXPECT_EQ(whole_number("9223372036854775807"), 9223372036854775807);
  for (const char* text : {"", "0x10", "1.5", "1e3", "9223372036854775808", "18446744073709551616",
                           "7 ", " 7", "seven", "--7"}) {
    EXPECT_EQ(whole_number(text), std::nullopt) << text;
  }
}

TEST(OptionChecksTest, NumbersAreFinite) {
  EXPECT_EQ(finite_number("0.25"), 0.25);
  EXPECT_EQ(finite_number("-1e-3"), -1e-3);
  for (const char* text : {"", "nan", "inf", "-inf", "1e999", "0x1p3", "1,5", "one"}) {
    EXPECT_EQ(finite_number(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace espalier::apps
