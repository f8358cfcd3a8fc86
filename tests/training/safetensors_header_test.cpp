#include <espalier/training/internal/safetensors_header.h>

#include <gtest/gtest.h>

#include <string>

#include <espalier/base/error.h>

#include "tests/training/training_test_support.h"

namespace espalier::training {
namespace {

using DType = SafetensorsHeader::DType;

std::string entry(const std::string& name, const std::string& shape, int begin, int end) {
  return message("\"", name, "\":{\"dtype\":\"F32\",\"shape\":", shape, ",\"data_offsets\":[",
                 begin, ",", end, "]}");
}

std::string error_of(const std::string& text, std::uint64_t num_data_bytes = 8) {
  return test::error_of<ParseError>(
      [&] { parse_safetensors_header(text, num_data_bytes, "file"); });
}

TEST(SafetensorsHeaderTest, ComesBack) {
  const SafetensorsHeader header{
      .entries = {{.name = "z", .dtype = DType::kU64, .shape = {2}, .begin = 0, .end = 16},
                  {.name = "a", .dtype = DType::kF32, .shape = {2, 1}, .begin = 16, .end = 24}},
      .metadata = {{"format", "pt"}}};
  const std::string text = format_safetensors_header(header);
  EXPECT_EQ(text.size() % 8, 0u);
  const SafetensorsHeader back = parse_safetensors_header(text, 24, "file");
  ASSERT_EQ(back.entries.size(), 2u);
  EXPECT_EQ(back.entries[0].name, "z");
  EXPECT_EQ(back.entries[0].dtype, DType::kU64);
  EXPECT_EQ(back.entries[1].shape, Shape({2, 1}));
  EXPECT_EQ(back.entries[1].end, 24u);
  EXPECT_EQ(back.metadata, header.metadata);
}

TEST(SafetensorsHeaderTest, AcceptsScalarsAndEmptyTensors) {
  const std::string text = "{" + entry("none", "[0,7]", 0, 0) + "," + entry("one", "[]", 0, 4) +
                           "," + entry("more", "[1]", 4, 8) + "}  ";
  const SafetensorsHeader header = parse_safetensors_header(text, 8, "file");
  ASSERT_EQ(header.entries.size(), 3u);
  EXPECT_EQ(header.entries[0].name, "none");
  EXPECT_EQ(header.entries[1].shape, Shape());
  EXPECT_TRUE(parse_safetensors_header("{}", 0, "file").entries.empty());
}

TEST(SafetensorsHeaderTest, NamesTheTensorAtFault) {
  struct Case {
    std::string text;
    std::string expected;
  };
  const std::string good = entry("a", "[1]", 0, 4);
  const Case cases[] = {
      {"{" + good + "," + entry("b", "[1]", 0, 4) + "}",
       "tensor \"b\": data begin at byte 0, expected 4"},
      {"{" + good + "," + entry("b", "[1]", 2, 6) + "}", "they overlap"},
      {"{" + entry("b", "[1]", 4, 8) + "}", "they leave a hole"},
      {"{" + good + "}", "4 bytes after the last tensor, expected none"},
      {"{" + entry("b", "[3]", 0, 12) + "}", "there are only 8 bytes of data"},
      {"{" + entry("b", "[3]", 0, 8) + "}", "tensor \"b\": 8 bytes, expected 12 for shape [3]"},
      {"{" + entry("b", "[2]", 8, 0) + "}", "data_offsets [8,0]"},
      {"{" + entry("b", "[4294967296,4294967296]", 0, 8) + "}", "is too large"},
      {"{" + entry("b", "[1099511627776,1099511627776,0]", 0, 0) + "}", "is too large"},
      {"{" + entry("b", "[-2]", 0, 8) + "}", "tensor \"b\": \"shape\" is [-2]"},
      {"{" + entry("b", "[2.0]", 0, 8) + "}", "\"shape\" is [2.0]"},
      {"{" + entry("b", "2", 0, 8) + "}", "\"shape\" is 2"},
      {"{\"b\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", "\"shape\" is missing"},
      {"{\"b\":{\"shape\":[2],\"data_offsets\":[0,8]}}", "dtype is missing"},
      {"{\"b\":{\"dtype\":\"BOOLE\",\"shape\":[8],\"data_offsets\":[0,8]}}",
       "tensor \"b\": dtype is \"BOOLE\", expected one of F64, F32, F16, BF16, I64, U64, BOOL"},
      {"{\"b\":{\"dtype\":\"I16\",\"shape\":[8],\"data_offsets\":[0,8]}}",
       "tensor \"b\": 8 bytes, expected 16 for shape [8]"},
      {"{\"b\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,1]}}", "expected whole bytes"},
      {"{\"b\\u0000c\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]}}",
       "tensor \"b\\u0000c\": a control character in its name"},
      {"{\"b\":{\"dtype\":3,\"shape\":[8],\"data_offsets\":[0,8]}}", "dtype is 3"},
      {"{\"b\":[2]}", "tensor \"b\": array, expected an object"},
      {"{" + good + "," + good + "}", "\"a\" comes twice"},
      {"{\"b\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", "\"dtype\" comes twice"},
      {"{\"b\":{\"shape\":[[2]]}}", "nested too deep"},
      {"{\"b\":{\"shape\":{}}}", "nested too deep"},
      {"{\"__metadata__\":{\"a\":1}}", "no object of strings"},
      {"{\"__metadata__\":\"a\"}", "no object of strings"},
      {"[1]", "expected a JSON object"},
      {" {}", "expected a JSON object"},
      {"", "expected a JSON object"},
      {"{", "header: "},
      {"{} {}", "header: "},
      {"{\"\xff\":1}", "header: no JSON at byte 3"},
      {std::string("{}\0{\"more\": 1}", 14), "header: byte 3 is NUL"},
      {std::string("{}\0", 3), "header: byte 3 is NUL"}};
  for (const Case& c : cases) {
    const std::string text = error_of(c.text);
    EXPECT_TRUE(text.starts_with("file: ")) << text;
    EXPECT_TRUE(test::contains(text, c.expected)) << c.text << " gave: " << text;
  }
}

TEST(SafetensorsHeaderTest, RefusesToWriteNamesThatCouldNotBeRead) {
  const auto format = [](const std::string& name) {
    return format_safetensors_header(
        {.entries = {{.name = name, .begin = 0, .end = 4}}, .metadata = {}});
  };
  EXPECT_THROW(format("__metadata__"), OptionError);
  EXPECT_THROW(format("\xff"), OptionError);
  EXPECT_THROW(format(std::string("a\0b", 3)), OptionError);
  EXPECT_THROW(format("a\x1b"), OptionError);
  EXPECT_THROW(format_safetensors_header({.entries = {{.name = "a", .begin = 0, .end = 4},
                                                      {.name = "a", .begin = 4, .end = 8}},
                                          .metadata = {}}),
               OptionError);
}

}  // namespace
}  // namespace espalier::training
