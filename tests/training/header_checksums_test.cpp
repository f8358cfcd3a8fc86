#include <espalier/training/internal/header_checksums.h>

#include <gtest/gtest.h>

#include <string>

#include <espalier/base/error.h>

#include "tests/training/training_test_support.h"

namespace espalier::training {
namespace {

SafetensorsHeader example() {
  // The metadata try to look like a checksum.
  return {.entries = {{.name = "a", .shape = {1}, .begin = 0, .end = 4, .checksum = 0x1234abcd},
                      {.name = "crc32_header", .shape = {1}, .begin = 4, .end = 8, .checksum = 7}},
          .metadata = {{"a", "\"crc32_header\":\"00000000\""}, {"b\",", "\\"}},
          .has_checksums = true};
}

std::string error_of(const std::string& text) {
  return test::error_of<ParseError>([&] { parse_safetensors_header(text, 8, "file"); });
}

TEST(HeaderChecksumsTest, ComeBack) {
  const std::string text = format_safetensors_header(example());
  const SafetensorsHeader back = parse_safetensors_header(text, 8, "file");
  EXPECT_TRUE(back.has_checksums);
  EXPECT_EQ(back.entries[0].checksum, 0x1234abcdu);
  EXPECT_EQ(back.entries[1].checksum, 7u);
  EXPECT_EQ(back.metadata, example().metadata);
}

TEST(HeaderChecksumsTest, EveryByteOfTheHeaderCounts) {
  const std::string text = format_safetensors_header(example());
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const int flip : {1, 2, 3, 4, 8, 16, 32, 64, 128, 255}) {
      std::string changed = text;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      try {
        // Only a file that no longer has the entry can pass; a checkpoint must have it.
        EXPECT_FALSE(parse_safetensors_header(changed, 8, "file").has_checksums) << i;
      } catch (const ParseError&) {
      }
    }
  }
  error_of(text + ' ');
}

TEST(HeaderChecksumsTest, AllOrNoneMustBeThere) {
  const std::string a = R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  const auto with = [&](const std::string& metadata) {
    return "{" + a + ",\"__metadata__\":{" + metadata + "}}";
  };
  const auto sealed = [&](const std::string& tensors) {
    std::string text = with(R"("crc32_header":"00000000","crc32_tensors":")" + tensors + "\"");
    seal_header(text);
    return text;
  };
  EXPECT_TRUE(test::contains(error_of(with(R"("crc32_tensors":"{}")")), "expected both"));
  EXPECT_TRUE(test::contains(error_of(with(R"("crc32_header": "00000000")")), "expected both"));
  EXPECT_TRUE(
      test::contains(error_of(with(R"("crc32_header":"00000000")")), "header: its checksum is "));
  parse_safetensors_header(sealed(R"({\"a\":\"00000001\"})"), 8, "file");
  for (const char* tensors :
       {R"({})", R"([1])", R"({\"b\":\"00000001\"})", R"({\"a\":\"0000001\"})", R"({\"a\":1})",
        R"({\"a\":\"0000000A\"})", R"({\"a\":\"00000001\",\"b\":\"00000001\"})", ""}) {
    EXPECT_TRUE(test::contains(error_of(sealed(tensors)), "crc32_tensors")) << tensors;
  }
  EXPECT_TRUE(test::contains(error_of(sealed(std::string(100'000, '['))), "nested too deep"));
}

TEST(HeaderChecksumsTest, TheirNamesAreTaken) {
  for (const char* name : {kHeaderChecksum, kTensorChecksums}) {
    EXPECT_THROW(format_safetensors_header({.entries = {}, .metadata = {{name, ""}}}), OptionError);
  }
}

}  // namespace
}  // namespace espalier::training
