#include "benchmarks/support/random_graphs.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace espalier::bench {
namespace {

NodeId draw(NodeId below, Rng& rng) { return static_cast<NodeId>(rng.below(below)); }

}  // namespace

Adjacency random_neighbours(NodeId num_nodes, NodeId mean_degree, Rng& rng) {
  std::vector<EdgeId> offsets = {0};
  std::vector<NodeId> columns;
  for (NodeId v = 0; v < num_nodes; ++v) {
    std::set<NodeId> row = {v};
    const std::size_t degree = 1 + draw(2 * mean_degree - 1, rng);
    while (row.size() < degree) row.insert(draw(num_nodes, rng));
    columns.insert(columns.end(), row.begin(), row.end());
    offsets.push_back(columns.size());
  }
  return Adjacency(num_nodes, std::move(offsets), std::move(columns));
}

Adjacency random_undirected(NodeId num_nodes, std::size_t num_edges, Rng& rng) {
  std::set<std::pair<NodeId, NodeId>> pairs;
  while (pairs.size() < num_edges) {
    const auto [a, b] = std::minmax({draw(num_nodes, rng), draw(num_nodes, rng)});
    if (a != b) pairs.insert({a, b});
  }
  std::vector<Edge> edges;
  for (const auto& [a, b] : pairs) {
    edges.push_back({a, b});
    edges.push_back({b, a});
  }
  std::ranges::sort(edges, {}, [](const Edge& e) { return std::pair(e.source, e.target); });
  return Adjacency::from_edges(num_nodes, num_nodes, edges);
}

Adjacency random_words(NodeId num_nodes, NodeId num_words, float share, Rng& rng) {
  std::vector<EdgeId> offsets = {0};
  std::vector<NodeId> words;
  std::vector<float> weights;
  for (NodeId v = 0; v < num_nodes; ++v) {
    for (NodeId w = 0; w < num_words; ++w) {
      if (rng.chance(share)) words.push_back(w);
    }
    const std::size_t count = words.size() - offsets.back();
    weights.resize(words.size(), 1.0f / static_cast<float>(count));
    offsets.push_back(words.size());
  }
  return Adjacency(num_words, std::move(offsets), std::move(words), std::move(weights));
}

HeteroGraph random_citations(NodeId num_papers, std::size_t num_edges, Rng& rng) {
  std::vector<Edge> edges(num_edges);
  for (Edge& e : edges) e = {draw(num_papers, rng), draw(num_papers, rng)};
  return HeteroGraph(
      {{"paper", num_papers}},
      {{"cites", "paper", "paper", Adjacency::from_edges(num_papers, num_papers, edges)}});
}

}  // namespace espalier::bench
