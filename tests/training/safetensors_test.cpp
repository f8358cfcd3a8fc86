#include <espalier/training/safetensors.h>

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include <espalier/base/error.h>

#include "tests/training/training_test_support.h"

namespace espalier::training {
namespace {

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

// A file with this header and these data.
std::string file(const std::string& header, const std::string& data) {
  return bytes_of(std::vector<std::uint64_t>{header.size()}) + header + data;
}

Safetensors read(const std::string& bytes) {
  std::istringstream in(bytes);
  return read_safetensors(in, "memory");
}

template <class T>
Safetensors read_as(const std::string& dtype, const std::vector<T>& values) {
  return read(file(message("{\"x\":{\"dtype\":\"", dtype, "\",\"shape\":[", values.size(),
                           "],\"data_offsets\":[0,", values.size() * sizeof(T), "]}}"),
                   bytes_of(values)));
}

Safetensors example() {
  Safetensors content;
  content.tensors.emplace("w", Tensor::from_values({2, 3}, {1, 2, 3, 4, 5, -0.0f}));
  content.tensors.emplace("scalar", Tensor::from_values(Shape(), {7}));
  content.tensors.emplace("none", Tensor::zeros({0, 3}));
  content.integers.emplace("steps", std::vector<std::uint64_t>{~std::uint64_t{0}, 1});
  content.metadata.emplace("note", "a \"quote\", a\nline, ü");
  return content;
}

TEST(SafetensorsTest, ComesBackBitForBit) {
  const test::TemporaryFolder folder;
  const Safetensors written = example();
  write_safetensors(folder / "x.safetensors", written);
  const Safetensors back = read_safetensors(folder / "x.safetensors");
  ASSERT_EQ(back.tensors.size(), written.tensors.size());
  for (const auto& [name, tensor] : written.tensors) {
    EXPECT_TRUE(bitwise_equal(back.tensors.at(name), tensor)) << name;
  }
  EXPECT_EQ(back.integers, written.integers);
  EXPECT_EQ(back.metadata, written.metadata);
}

// As the reference implementation lays it out: 8 bytes of length, the header, the data.
TEST(SafetensorsTest, WritesTheFormat) {
  const test::TemporaryFolder folder;
  Safetensors content;
  content.tensors.emplace("a", Tensor::from_values({2}, {1, 2}));
  write_safetensors(folder / "x", content);
  EXPECT_EQ(test::read_file(folder / "x"),
            file("{\"a\":{\"data_offsets\":[0,8],\"dtype\":\"F32\",\"shape\":[2]}}  ",
                 bytes_of(std::vector<float>{1, 2})));
}

TEST(SafetensorsTest, AlignsTheData) {
  const test::TemporaryFolder folder;
  write_safetensors(folder / "x", example());
  std::uint64_t length = 0;
  std::memcpy(&length, test::read_file(folder / "x").data(), sizeof length);
  EXPECT_EQ(length % 8, 0u);
}

TEST(SafetensorsTest, ReadsOtherNumbersAsFloat) {
  const Tensor f64 = read_as<double>("F64", {0.1, -2.5}).tensors.at("x").clone();
  EXPECT_TRUE(bitwise_equal(f64, Tensor::from_values({2}, {0.1f, -2.5f})));

  const Tensor bf16 = read_as<std::uint16_t>("BF16", {0x3f80, 0xc049}).tensors.at("x").clone();
  EXPECT_TRUE(bitwise_equal(bf16, Tensor::from_values({2}, {1.0f, -3.140625f})));

  // 1, -2, the largest number, the smallest normal and subnormal, minus zero, infinity.
  const Tensor f16 =
      read_as<std::uint16_t>("F16", {0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x8000, 0xfc00})
          .tensors.at("x")
          .clone();
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(bitwise_equal(
      f16, Tensor::from_values({7}, {1, -2, 65504, 0x1p-14f, 0x1p-24f, -0.0f, -infinity})));
  EXPECT_TRUE(std::isnan(read_as<std::uint16_t>("F16", {0x7e00}).tensors.at("x").item()));

  EXPECT_EQ(read_as<std::int64_t>("I64", {-1, 3}).integers.at("x"),
            (std::vector<std::uint64_t>{~std::uint64_t{0}, 3}));
}

TEST(SafetensorsTest, AFileCutShortAnywhereIsAParseError) {
  const test::TemporaryFolder folder;
  write_safetensors(folder / "x", example());
  const std::string whole = test::read_file(folder / "x");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THROW(read(whole.substr(0, size)), ParseError) << size << " of " << whole.size();
  }
  EXPECT_THROW(read(whole + '\0'), ParseError);
}

TEST(SafetensorsTest, AFileWithAnyByteChangedIsReadOrRefused) {
  const test::TemporaryFolder folder;
  write_safetensors(folder / "x", example());
  const std::string whole = test::read_file(folder / "x");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const char flip : {'\x01', '\x10', '\x80', '\xff'}) {
      std::string changed = whole;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      try {
        read(changed);
      } catch (const ParseError&) {
      }
    }
  }
}

TEST(SafetensorsTest, WithChecksumsEveryChangeIsFound) {
  const test::TemporaryFolder folder;
  const Safetensors content = example();
  SafetensorsView view{.tensors = {}, .integers = {}, .metadata = {}, .with_checksums = true};
  for (const auto& [name, tensor] : content.tensors) view.tensors.emplace(name, &tensor);
  for (const auto& [name, values] : content.integers) view.integers.emplace(name, values);
  write_safetensors(folder / "x", view);
  const std::string whole = test::read_file(folder / "x");
  const Safetensors back = read(whole);
  EXPECT_TRUE(back.had_checksums && back.metadata.empty());
  EXPECT_EQ(back.integers, content.integers);

  constexpr std::size_t kNumDataBytes = 2 * 8 + 7 * 4;
  for (std::size_t bit = 8 * (whole.size() - kNumDataBytes); bit < 8 * whole.size(); ++bit) {
    std::string changed = whole;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
    const std::string text = test::error_of<ParseError>([&] { read(changed); });
    EXPECT_TRUE(test::contains(text, "its data have the checksum")) << text;
  }
}

// As PyTorch has beside weights: counters, masks, tensors of five sizes.
TEST(SafetensorsTest, WhatIsNotOfFloatsIsPassedOver) {
  const std::string header = R"({"steps":{"dtype":"I64","shape":[],"data_offsets":[8,16]},)"
                             R"("deep":{"dtype":"F32","shape":[1,1,1,1,1],"data_offsets":[4,8]},)"
                             R"("mask":{"dtype":"BOOL","shape":[2,2],"data_offsets":[0,4]},)"
                             R"("w":{"dtype":"F32","shape":[1],"data_offsets":[16,20]}})";
  const Safetensors content = read(file(header, std::string("\1\0\1\1\0\0\0\0", 8) +
                                                    bytes_of(std::vector<std::uint64_t>{7}) +
                                                    bytes_of(std::vector<float>{1.5f})));
  EXPECT_EQ(content.tensors.size(), 1u);
  EXPECT_EQ(content.tensors.at("w").item(), 1.5f);
  EXPECT_EQ(content.integers.at("steps"), std::vector<std::uint64_t>{7});
  EXPECT_EQ(content.unread.at("mask"), "BOOL");
  EXPECT_EQ(content.unread.at("deep"), "F32 of 5 sizes");
}

TEST(SafetensorsTest, AHeaderLongerThanTheFileIsNotBelieved) {
  const std::string text = test::error_of<ParseError>(
      [] { read(bytes_of(std::vector<std::uint64_t>{std::uint64_t{1} << 60}) + "{}"); });
  EXPECT_TRUE(test::contains(text, "expected at most 2")) << text;
}

TEST(SafetensorsTest, NamesAFileThatCannotBeRead) {
  const test::TemporaryFolder folder;
  const std::string text = test::error_of<FileError>([&] { read_safetensors(folder / "absent"); });
  EXPECT_TRUE(test::contains(text, "absent: cannot be opened: No such file")) << text;
  std::filesystem::create_directory(folder / "folder");
  EXPECT_THROW(read_safetensors(folder / "folder"), FileError);
}

TEST(SafetensorsTest, RefusesANameThatComesTwice) {
  const test::TemporaryFolder folder;
  Safetensors content = example();
  content.integers.emplace("w", std::vector<std::uint64_t>{1});
  EXPECT_THROW(write_safetensors(folder / "x", content), OptionError);
  EXPECT_EQ(folder.num_files(), 0u);
}

TEST(SafetensorsTest, IntegersOfOtherProgramsComeWithTheirShapes) {
  const test::TemporaryFolder folder;
  const auto path = folder / "ids.safetensors";
  std::ofstream(path, std::ios::binary) << file(
      "{\"a\":{\"dtype\":\"I64\",\"shape\":[2,2],\"data_offsets\":[0,32]},"
      "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[32,36]},"
      "\"c\":{\"dtype\":\"I32\",\"shape\":[1,3],\"data_offsets\":[36,48]},"
      "\"d\":{\"dtype\":\"I32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[48,52]},"
      "\"e\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[52,56]}}",
      bytes_of(std::vector<std::int64_t>{1, -2, std::int64_t{1} << 40, 4}) + "1234" +
          bytes_of(std::vector<std::int32_t>{-1, 7, 9, 8}) + "abcd");
  const auto tensors = read_integer_tensors(path);
  ASSERT_EQ(tensors.size(), 2u);  // Not d, which has more sizes than a Shape.
  EXPECT_EQ(tensors.at("a").shape, (Shape{2, 2}));
  EXPECT_EQ(tensors.at("a").values, (std::vector<std::int64_t>{1, -2, std::int64_t{1} << 40, 4}));
  EXPECT_EQ(tensors.at("c").shape, (Shape{1, 3}));
  EXPECT_EQ(tensors.at("c").values, (std::vector<std::int64_t>{-1, 7, 9}));
  EXPECT_THROW(read_integer_tensors(folder / "none"), FileError);
}

}  // namespace
}  // namespace espalier::training
