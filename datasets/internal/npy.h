#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <espalier/datasets/internal/integer_array.h>

namespace espalier::datasets {

/// Whether bytes begin as numpy.save begins a file.
bool is_npy(std::string_view bytes);

/// An array of whole numbers of 1 to 8 bytes, of either byte order and either order of elements, as
/// numpy.save writes it (numpy.lib.format, versions 1 to 3); refers to `bytes`. Throws ParseError
/// with `source` at anything else, and unless there are exactly as many bytes as the shape takes.
IntegerArray parse_npy(std::string_view bytes, const std::string& source);

/// What comes before the numbers of a little-endian array of int64, by rows.
std::string npy_header(std::span<const std::uint64_t> shape);

}  // namespace espalier::datasets
