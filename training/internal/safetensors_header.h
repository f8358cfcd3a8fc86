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
  enum class DType { kF64, kF32, kF16, kBF16, kI64, kU64, kOther };

  struct Entry {
    std::string name = {};
    DType dtype = DType::kF32;
    Shape shape = {};
    std::uint64_t begin = 0;  ///< In bytes, from the end of the header.
    std::uint64_t end = 0;
    std::uint32_t checksum = 0;  ///< Of the data, if the header has checksums.
    std::string kind = {};       ///< Of kOther, in words: "U8", "F32 of 5 sizes".
  };

  std::vector<Entry> entries = {};                                ///< In the order of their data.
  std::map<std::string, std::string, std::less<>> metadata = {};  ///< Without the checksums.
  bool has_checksums =
      false;  ///< Of all data, and of the header itself: docs/checkpoint-format.md.
};

/// The format's own limit.
inline constexpr std::uint64_t kMaxSafetensorsHeaderBytes = 100'000'000;

/// The header of a file with `num_data_bytes` after it. What it returns is consistent: the entries
/// fit their shapes, one after the other fill the data exactly, and if there is a checksum of the
/// header, it is right. Throws ParseError otherwise.
SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t num_data_bytes,
                                           const std::string& source);

/// As JSON, filled up with spaces to a multiple of 8 bytes. Throws OptionError if a name is
/// "__metadata__", comes twice, has a control character or is no UTF-8, or if the metadata have the
/// name of a checksum.
std::string format_safetensors_header(const SafetensorsHeader& header);

}  // namespace espalier::training
