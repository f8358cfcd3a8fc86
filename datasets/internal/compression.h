#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <streambuf>
#include <string>
#include <string_view>

#include <espalier/base/error.h>

namespace espalier::datasets {

/// What a file is, by its first bytes and not by its name.
enum class Compression { kNone, kGzip, kZstd, kXz, kBzip2, kZip };

/// Takes from `in` no more bytes than tell the compression, of plain text often one, and appends
/// them to `head`.
Compression compression_of(std::streambuf& in, std::string& head);

std::string_view name_of(Compression compression);

/// The bytes that `compressed`, which must outlive it, stands for; nothing for kNone and kZip.
/// An xz file may ask for 100 MB of memory, a zstd file for a window of 2 GiB.
std::unique_ptr<std::streambuf> decompressor(Compression compression, std::streambuf& compressed);

/// Calls `read`, in which a decompressor may find its data damaged or cut off: that becomes a
/// ParseError at `where`.
std::size_t checked_read(const TextPosition& where, Compression compression,
                         const std::function<std::size_t()>& read);

}  // namespace espalier::datasets
