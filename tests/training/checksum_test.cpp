#include <espalier/training/internal/checksum.h>

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace espalier::training {
namespace {

std::uint32_t sum_of(std::string_view text, std::uint32_t before = 0) {
  return crc32(std::as_bytes(std::span(text.data(), text.size())), before);
}

// The check value of the standard, and what Python's zlib.crc32 says.
TEST(ChecksumTest, IsTheCrc32OfOthers) {
  EXPECT_EQ(checksum_text(sum_of("")), "00000000");
  EXPECT_EQ(checksum_text(sum_of("123456789")), "cbf43926");
  EXPECT_EQ(checksum_text(sum_of(std::string(1000, 'x'))), "3b41c9e6");
}

TEST(ChecksumTest, GoesOnWhereItStopped) {
  const std::string text = "a text of some length, cut at every place";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    EXPECT_EQ(sum_of(text.substr(cut), sum_of(text.substr(0, cut))), sum_of(text)) << cut;
  }
}

TEST(ChecksumTest, EveryBitCounts) {
  std::string text(21, 'x');
  const std::uint32_t before = sum_of(text);
  for (std::size_t bit = 0; bit < 8 * text.size(); ++bit) {
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ 1 << bit % 8);
    EXPECT_NE(sum_of(text), before) << bit;
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ 1 << bit % 8);
  }
}

}  // namespace
}  // namespace espalier::training
