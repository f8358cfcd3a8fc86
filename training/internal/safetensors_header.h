#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/ops/tensor.h>

namespace espalier::training {

/// The part of a safetensors file between its first 8 bytes and the tensors' data: a JSON object
/// {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …, "__metadata__": {…}}.
struct SafetensorsHeader {
  enum class DType { kF64, kF32, kF16, kBF16, kI64, kU64 };

  struct Entry {
    std::string name;
    DType dtype = DType::kF32;
    Shape shape;
    std::uint64_t begin = 0;  ///< In bytes, from the end of the header.
    std::uint64_t end = 0;
  };

  std::vector<Entry> entries;  ///< In the order of their data.
  std::map<std::string, std::string, std::less<>> metadata;
};

/// The format's own limit.
inline constexpr std::uint64_t kMaxSafetensorsHeaderBytes = 100'000'000;

/// The header of a file with `num_data_bytes` after it. What it returns is consistent: the entries
/// fit their shapes, and one after the other fill the data exactly. Throws ParseError otherwise.
SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t num_data_bytes,
                                           const std::string& source);

/// As JSON, filled up with spaces to a multiple of 8 bytes. Throws OptionError if a name is
/// "__metadata__", comes twice or is no UTF-8.
std::string format_safetensors_header(const SafetensorsHeader& header);

}  // namespace espalier::training
