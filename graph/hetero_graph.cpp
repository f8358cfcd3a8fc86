#include <espalier/graph/hetero_graph.h>

#include <algorithm>
#include <utility>

#include <espalier/base/error.h>

namespace espalier {
namespace {

template <class Types>
void check_names(const Types& types, std::string_view what) {
  for (std::size_t i = 0; i < types.size(); ++i) {
    const std::string& name = types[i].name;
    if (name.empty() || name.find_first_of(">(~) \t\n\r") != std::string::npos) {
      throw GraphError(message(what, " type ", i, " has the name \"", name,
                               "\", expected one without blanks and \">(~)\""));
    }
    const auto same = [&](const auto& other) { return other.name == name; };
    if (std::any_of(types.begin(), types.begin() + static_cast<std::ptrdiff_t>(i), same)) {
      throw GraphError(message("two ", what, " types have the name \"", name, "\""));
    }
  }
}

template <class Types>
const auto& find(const Types& types, std::string_view name, std::string_view what) {
  const auto found = std::ranges::find(types, name, [](const auto& type) { return type.name; });
  if (found != types.end()) return *found;
  std::string names;
  for (const auto& type : types) names += " " + type.name;
  throw GraphError(message("there is no ", what, " type \"", name, "\"; there are:", names));
}

}  // namespace

HeteroGraph::HeteroGraph(std::vector<NodeType> node_types, std::vector<EdgeType> edge_types)
    : node_types_(std::move(node_types)), edge_types_(std::move(edge_types)) {
  check_names(node_types_, "node");
  check_names(edge_types_, "edge");
  for (const EdgeType& type : edge_types_) {
    const NodeId sources = node_type(type.source).count, targets = node_type(type.target).count;
    if (type.edges.num_rows() == sources && type.edges.num_columns() == targets) continue;
    throw GraphError(message("edge type \"", type.name, "\" connects ", type.edges.num_rows(),
                             " and ", type.edges.num_columns(), " nodes, expected ", sources, " (",
                             type.source, ") and ", targets, " (", type.target, ")"));
  }
}

const NodeType& HeteroGraph::node_type(std::string_view name) const {
  return find(node_types_, name, "node");
}

const EdgeType& HeteroGraph::edge_type(std::string_view name) const {
  return find(edge_types_, name, "edge");
}

}  // namespace espalier
