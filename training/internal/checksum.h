#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace espalier::training {

/// CRC-32 as of gzip, PNG and Python's zlib.crc32: every change within 32 bits in a row is found,
/// and all but one in 2^32 of others. `before` is the checksum of what comes before these bytes.
std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t before = 0);

/// Eight digits, 0-9 and a-f.
std::string checksum_text(std::uint32_t checksum);

}  // namespace espalier::training
