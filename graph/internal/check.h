#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <espalier/graph/node.h>

// The words in which graph/ refuses what it cannot take; said in one place so that every class
// says the same.
namespace espalier {

/// `count` as a number of nodes. Throws GraphError if there are more than ids can number.
NodeId checked_num_nodes(std::uint64_t count);

/// "node 9 is out of range, nodes are 0 .. 4".
std::string out_of_range(NodeId node, NodeId num_nodes);

/// "3 -> 5 -> 7", and of a list too long to read its beginning and its last node.
std::string join_nodes(std::span<const NodeId> nodes, std::string_view separator);

}  // namespace espalier
