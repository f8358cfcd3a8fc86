#include <espalier/training/internal/json_text.h>

#include <gtest/gtest.h>

#include <string>

#include <espalier/base/error.h>

#include "tests/training/training_test_support.h"

namespace espalier::training {
namespace {

TEST(JsonTextTest, RefusesWhatIsNestedTooDeep) {
  const std::string open(32, '['), close(32, ']');
  check_json_text("[" + close + "]" + open, "file", "it");  // 32 after each other, not in another.
  const std::string text =
      test::error_of<ParseError>([&] { check_json_text("{\"a\":" + open, "file", "it"); });
  EXPECT_EQ(text, "file: it: nested too deep, expected at most 32 lists and objects in another");
  check_json_text("\"\\\"" + open + open + "\"", "file", "it");  // Within a text it is none.
}

TEST(JsonTextTest, RefusesANulByte) {
  const std::string text = test::error_of<ParseError>(
      [] { check_json_text(std::string_view("{}\0{", 4), "file", "it"); });
  EXPECT_EQ(text, "file: it: byte 3 is NUL, expected JSON to the end");
}

TEST(JsonTextTest, QuotesForMessages) {
  EXPECT_EQ(in_quotes("w\x1b[2J\""), "\"w\\u001b[2J\\\"\"");
  EXPECT_EQ(in_quotes(std::string(1000, 'x')), "\"" + std::string(100, 'x') + "…\"");
  EXPECT_EQ(in_quotes("\xff"), "\"\xef\xbf\xbd\"");
}

}  // namespace
}  // namespace espalier::training
