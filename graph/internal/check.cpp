#include <espalier/graph/internal/check.h>

#include <espalier/base/error.h>

namespace espalier {

NodeId checked_num_nodes(std::uint64_t count) {
  if (count > kNoNode) {
    throw GraphError(
        message(count, " nodes are more than ids can number; expected at most ", kNoNode));
  }
  return static_cast<NodeId>(count);
}

std::string out_of_range(NodeId node, NodeId num_nodes) {
  if (num_nodes == 0) return message("node ", node, " is out of range, there are no nodes");
  return message("node ", node, " is out of range, nodes are 0 .. ", num_nodes - 1);
}

std::string join_nodes(std::span<const NodeId> nodes, std::string_view separator) {
  constexpr std::size_t kReadable = 20;
  const bool cut = nodes.size() > kReadable;
  std::string text;
  for (const NodeId node : cut ? nodes.first(kReadable - 2) : nodes) {
    if (!text.empty()) text += separator;
    text += std::to_string(node);
  }
  return cut ? message(text, separator, "…", separator, nodes.back()) : text;
}

}  // namespace espalier
