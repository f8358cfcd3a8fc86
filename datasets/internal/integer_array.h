#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>
#include <vector>

namespace espalier::datasets {

/// Whole numbers in the form that a file has them in; the bytes are the file's and must outlive it.
struct IntegerArray {
  std::vector<std::uint64_t> shape = {};
  bool by_columns = false;     ///< As Fortran has them; else by rows, as C does.
  std::size_t item_bytes = 8;  ///< 1, 2, 4 or 8.
  bool is_signed = true;
  bool is_big_endian = false;
  std::string_view bytes = {};  ///< As many as the shape takes.

  /// Of an array with two sizes. What is more than 64 bits with a sign hold is the most they hold.
  std::int64_t at(std::uint64_t row, std::uint64_t column) const {
    return item(by_columns ? column * shape[0] + row : row * shape[1] + column);
  }

 private:
  std::int64_t item(std::uint64_t i) const {
    std::uint64_t bits = 0;
    for (std::size_t b = 0; b < item_bytes; ++b) {
      const std::size_t place = is_big_endian ? b : item_bytes - 1 - b;
      bits = bits << 8 | static_cast<unsigned char>(bytes[i * item_bytes + place]);
    }
    if (!is_signed) {
      constexpr auto kMost = std::uint64_t{std::numeric_limits<std::int64_t>::max()};
      return static_cast<std::int64_t>(bits < kMost ? bits : kMost);
    }
    const std::size_t unused = 64 - 8 * item_bytes;
    return static_cast<std::int64_t>(bits << unused) >> unused;
  }
};

}  // namespace espalier::datasets
