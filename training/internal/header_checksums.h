#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <espalier/training/internal/safetensors_header.h>

// How checksums lie in a safetensors file: as two entries of its metadata, which other readers
// skip.
//
//     "crc32_header":  "0a1b2c3d", of the header's length and the header, these digits taken as 0
//     "crc32_tensors": "{\"name\":\"4e5f6071\", …}", of each tensor's data
namespace espalier::training {

inline constexpr const char* kHeaderChecksum = "crc32_header";
inline constexpr const char* kTensorChecksums = "crc32_tensors";

/// What the entry of the header itself is before its checksum is known.
inline constexpr const char* kUnknownChecksum = "00000000";

/// The other entry.
std::string tensor_checksums(const SafetensorsHeader& header);

/// Puts the header's checksum into its text, which has the entry kHeaderChecksum.
void seal_header(std::string& text);

/// Whether the text of a header has a checksum. Throws ParseError if that is not the text's.
bool check_seal(std::string_view text, const std::string& source);

/// Moves checksums out of the metadata into the entries. `sealed` is what check_seal() said. Throws
/// ParseError unless there are all of them or none.
void take_checksums(SafetensorsHeader& header, bool sealed, const std::string& source);

}  // namespace espalier::training
