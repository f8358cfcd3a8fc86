#pragma once

#include <filesystem>

#include <espalier/ops/tensor.h>

namespace espalier::training {

/// Writes a tensor as numpy.load reads it: a .npy file of version 1.0, little-endian float32 in the
/// order of rows. Replaces the file atomically. Throws FileError.
void write_npy(const std::filesystem::path& path, const Tensor& tensor);

/// Reads such a file, as numpy.save writes an array of float32 in C order.
/// Throws FileError if it cannot be read; ParseError, naming the file, if it is cut short, goes on
/// after the array, is of another version, type or order, or has more than Shape::kMaxRank sizes.
Tensor read_npy(const std::filesystem::path& path);

}  // namespace espalier::training
