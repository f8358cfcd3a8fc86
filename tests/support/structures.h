#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <espalier/graph/structure.h>

namespace espalier::test {

/// Two acyclic relations of new states and one, any, of old states; ids in no order.
inline Structure random_structure(NodeId num_nodes, NodeId max_degree, std::mt19937_64& rng) {
  std::vector<NodeId> order(num_nodes);
  for (NodeId v = 0; v < num_nodes; ++v) order[v] = v;
  std::shuffle(order.begin(), order.end(), rng);
  const auto below = [&](NodeId bound) {
    return std::uniform_int_distribution<NodeId>(0, bound - 1)(rng);
  };
  std::vector<Relation> relations;
  for (const char* name : {"children", "before", "scene"}) {
    const bool old = std::string(name) == "scene";
    std::vector<std::vector<NodeId>> predecessors(num_nodes);
    for (NodeId i = 0; i < num_nodes; ++i) {
      const NodeId choices = old ? num_nodes : i;
      for (NodeId k = below(max_degree + 1); k > 0 && choices > 0; --k) {
        predecessors[order[i]].push_back(order[below(choices)]);
      }
    }
    Relation relation{.name = name,
                      .reads = old ? Reads::kOldStates : Reads::kNewStates,
                      .offsets = {0},
                      .predecessors = {}};
    for (const std::vector<NodeId>& nodes : predecessors) {
      relation.predecessors.insert(relation.predecessors.end(), nodes.begin(), nodes.end());
      relation.offsets.push_back(relation.predecessors.size());
    }
    relations.push_back(std::move(relation));
  }
  return Structure(num_nodes, std::move(relations));
}

}  // namespace espalier::test
