#pragma once

#include <set>
#include <utility>
#include <vector>

#include <espalier/graph/adjacency.h>
#include <espalier/ops/random.h>

namespace espalier::test {

/// An undirected graph of so many random edges, self loops among them, none parallel.
inline Adjacency random_graph(NodeId num_nodes, std::size_t num_edges, std::uint64_t seed) {
  Rng rng(seed);
  std::set<std::pair<NodeId, NodeId>> edges;
  for (std::size_t i = 0; i < num_edges; ++i) {
    const auto a = static_cast<NodeId>(rng.below(num_nodes));
    const auto b = static_cast<NodeId>(rng.below(num_nodes));
    edges.insert({a, b});
    edges.insert({b, a});
  }
  std::vector<Edge> list;
  for (const auto& [a, b] : edges) list.push_back({a, b});
  return Adjacency::from_edges(num_nodes, num_nodes, list);
}

}  // namespace espalier::test
