#pragma once

#include <filesystem>
#include <optional>

#include <espalier/graph/adjacency.h>

namespace espalier::datasets {

/// How many nodes there are at either end; without, one more than the file's greatest number there.
struct EdgeListOptions {
  std::optional<NodeId> num_rows = std::nullopt;
  std::optional<NodeId> num_columns = std::nullopt;
};

/// Edges as text, plain or compressed: a line "source<TAB>target" or "source<TAB>target<TAB>weight"
/// for each, in any order; lines that begin with '#' are passed over. Parallel edges are kept.
///
/// Throws FileError and ParseError as LineReader does, and ParseError, naming the place, at any
/// other line, a number that is out of range (without a range, it is neither
/// below 2^20 nor below 2^28 and 16 for each byte of the file), a weight that is not
/// finite, and a line with a weight among lines without or the other way round.
Adjacency load_edge_list(const std::filesystem::path& path, const EdgeListOptions& options = {});

/// Writes such a file; a weight is read back as the same bits. Throws FileError.
void save_edge_list(const Adjacency& adjacency, const std::filesystem::path& path);

}  // namespace espalier::datasets
