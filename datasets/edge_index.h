#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <espalier/graph/adjacency.h>

namespace espalier::datasets {

struct EdgeIndexOptions {
  /// Of the array, in a file of several; empty: "edge_index", or the only one there is.
  std::string name = {};
  /// How many nodes there are at either end; without, one more than the greatest number there.
  std::optional<NodeId> num_rows = std::nullopt;
  std::optional<NodeId> num_columns = std::nullopt;
};

/// Whether a file is one that load_edge_index() reads, by its first bytes and not by its name.
/// Throws FileError if it cannot be read.
bool is_edge_index(const std::filesystem::path& path);

/// Edges as PyTorch Geometric and DGL have them: an array of whole numbers "edge_index", [2,
/// edges], sources and then targets, which numpy.save (.npy), numpy.savez, numpy.savez_compressed
/// (.npz) or safetensors wrote. Of numpy any whole numbers, byte order and order of elements will
/// do, of safetensors I64 and I32. Parallel edges are kept.
///
/// Throws FileError if the file cannot be read, ParseError, naming the file, what was found and
/// what was expected, if it is none of these, damaged or cut short, at an array that is not there,
/// is of no whole numbers or not [2, edges], and at a number that is out of range (without a range,
/// 2^28 or more, or many times what the file has bytes).
Adjacency load_edge_index(const std::filesystem::path& path, const EdgeIndexOptions& options = {});

/// Writes such a file, of int64; which, the ending of the name says: ".npy", ".npz" or
/// ".safetensors". Weights are not in it. Throws OptionError at another ending, and if an .npz file
/// would be of 4 GiB or more; FileError.
void save_edge_index(const Adjacency& adjacency, const std::filesystem::path& path);

}  // namespace espalier::datasets
