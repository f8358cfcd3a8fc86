#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/data/labelled_graph.h>
#include <espalier/datasets/internal/table_reader.h>

// Tables of what is known of nodes, of which the loaders of graphs read one or another. All throw
// ParseError, naming the place.
namespace espalier::datasets {

/// "train", "dev" or its other name "val", "test"; nothing if `text` is none of them.
std::optional<Split> split_named(std::string_view text);
std::vector<NodeId>& nodes_of(Splits<std::vector<NodeId>>& nodes, Split split);

/// Lines "node<TAB>class name", a node at most once, in any order; others have kNoLabel.
std::vector<std::int32_t> read_labels(const std::filesystem::path& path, NodeId num_nodes,
                                      const std::vector<std::string>& classes);

/// The same without the number of nodes: one more than the greatest.
std::vector<std::int32_t> read_labels(const std::filesystem::path& path,
                                      const std::vector<std::string>& classes);

/// Lines "node<TAB>train|dev|test", a node at most once, in any order; a node has a label.
Splits<std::vector<NodeId>> read_split(const std::filesystem::path& path,
                                       const std::vector<std::int32_t>& labels);

/// Line i: the columns of node i, ascending or not, each as "column" or, of all, "column:value",
/// separated by blanks or tabs. Without `num_columns` there is one more than the greatest.
Adjacency read_sparse_features(const std::filesystem::path& path, NodeId num_nodes,
                               std::optional<NodeId> num_columns);

/// Line i: as many numbers for node i, separated by blanks or tabs.
Tensor read_dense_features(const std::filesystem::path& path, NodeId num_nodes,
                           std::size_t num_columns);

}  // namespace espalier::datasets
