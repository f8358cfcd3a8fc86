#pragma once

#include <filesystem>

#include <espalier/data/labelled_graph.h>

namespace espalier::datasets {

/// A typed graph from a folder of docs/typed-graph-format.md: graph.json says what there is, tables
/// have the edges, features, labels and splits.
///
/// Throws FileError if a file cannot be read, and ParseError, naming file, line and column, at what
/// the format does not have: unknown types and meta-paths that do not fit, numbers out of range,
/// rows of features that are not as many as target nodes, a label that is no class, a node in two
/// splits or in one without a label.
LabelledGraph load_typed_graph(const std::filesystem::path& folder);

/// Writes such a folder, which is made if it is not there; graph.json comes last. What is loaded
/// again is the same, bit for bit.
///
/// Throws GraphError as check() does, and at two classes of one name, and names that text files
/// cannot hold (tabs, line breaks, no UTF-8); FileError.
void save_typed_graph(const LabelledGraph& data, const std::filesystem::path& folder);

}  // namespace espalier::datasets
