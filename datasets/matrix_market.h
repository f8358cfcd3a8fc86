#pragma once

#include <filesystem>

#include <espalier/graph/adjacency.h>

namespace espalier::datasets {

/// A sparse matrix of Matrix Market's exchange format (Boisvert, Pozo and Remington, "The Matrix
/// Market Exchange Formats", NISTIR 5935, 1996), plain or compressed: `coordinate`, of `pattern`
/// (no weights), `real` or `integer` entries, `general` or `symmetric`, of which the entries below
/// the diagonal are mirrored. Entry (i, j) is an edge from row i - 1 to column j - 1; entries of
/// one place are kept, columns ascend.
///
/// Throws FileError and ParseError as LineReader does, and ParseError, naming the place, at any
/// other form, sizes of 2^28 or more, entries out of range or above the diagonal of a symmetric
/// matrix, values that are not finite, and more or fewer entries than the file says.
Adjacency load_matrix_market(const std::filesystem::path& path);

/// Writes such a file, general, of `real` entries, or `pattern` without weights; a weight is read
/// back as the same bits. Throws FileError.
void save_matrix_market(const Adjacency& adjacency, const std::filesystem::path& path);

}  // namespace espalier::datasets
