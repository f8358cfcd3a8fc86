#include <espalier/graph/graph.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/graph/internal/check.h>

namespace espalier {
namespace {

// Compressed-sparse-row offsets over `num_nodes` nodes if item i belongs to node owner(i).
template <class Owner>
std::vector<EdgeId> count_offsets(NodeId num_nodes, EdgeId num_items, Owner owner) {
  std::vector<EdgeId> offsets(std::size_t{num_nodes} + 1);
  for (EdgeId i = 0; i < num_items; ++i) ++offsets[std::size_t{owner(i)} + 1];
  for (NodeId v = 0; v < num_nodes; ++v) offsets[std::size_t{v} + 1] += offsets[v];
  return offsets;
}

std::string describe(std::span<const Edge> edges, std::size_t i) {
  return message("edges[", i, "] = ", edges[i].source, " -> ", edges[i].target);
}

void check_ends(NodeId num_nodes, std::span<const Edge> edges) {
  for (std::size_t i = 0; i < edges.size(); ++i) {
    for (const NodeId end : {edges[i].source, edges[i].target}) {
      if (end < num_nodes) continue;
      throw GraphError(message(describe(edges, i), ": ", out_of_range(end, num_nodes)));
    }
  }
}

void check_weights(std::span<const Edge> edges, std::span<const float> weights) {
  if (weights.empty()) return;
  if (weights.size() != edges.size()) {
    throw GraphError(message(weights.size(), " weights are given for ", edges.size(),
                             " edges; expected one for each edge, or none"));
  }
  for (std::size_t i = 0; i < edges.size(); ++i) {
    if (std::isfinite(weights[i])) continue;
    throw GraphError(message(describe(edges, i), ": weight ", weights[i], " is not finite"));
  }
}

void check_parallel(const Graph& graph) {
  std::vector<NodeId> last_source(graph.num_nodes(), kNoNode);  // Of the edges into each node.
  for (NodeId u = 0; u < graph.num_nodes(); ++u) {
    for (const NodeId v : graph.successors(u)) {
      if (last_source[v] == u) {
        throw GraphError(
            message("edge ", u, " -> ", v, " is given more than once; expected no parallel edges"));
      }
      last_source[v] = u;
    }
  }
}

}  // namespace

struct Graph::Storage {
  struct Reverse {
    std::vector<EdgeId> offsets;
    std::vector<NodeId> sources;
    std::vector<EdgeId> edges;
  };

  std::vector<EdgeId> offsets = {0};
  std::vector<NodeId> targets;
  std::vector<float> weights;

  NodeId num_nodes() const { return static_cast<NodeId>(offsets.size() - 1); }

  const Reverse& reverse() const {
    std::call_once(reversed_, [this] { reverse_ = make_reverse(); });
    return reverse_;
  }

 private:
  Reverse make_reverse() const {
    Reverse reverse = {
        .offsets = count_offsets(num_nodes(), targets.size(), [&](EdgeId e) { return targets[e]; }),
        .sources = std::vector<NodeId>(targets.size()),
        .edges = std::vector<EdgeId>(targets.size())};
    std::vector<EdgeId> next = reverse.offsets;
    for (NodeId u = 0; u < num_nodes(); ++u) {
      for (EdgeId e = offsets[u]; e < offsets[std::size_t{u} + 1]; ++e) {
        const EdgeId place = next[targets[e]]++;
        reverse.sources[place] = u;
        reverse.edges[place] = e;
      }
    }
    return reverse;
  }

  mutable std::once_flag reversed_;
  mutable Reverse reverse_;
};

Graph::Graph() {
  static const auto empty = std::make_shared<const Storage>();
  storage_ = empty;
}

Graph::Graph(std::shared_ptr<const Storage> storage) : storage_(std::move(storage)) {}

Graph Graph::from_edges(NodeId num_nodes, std::span<const Edge> edges,
                        std::span<const float> weights, ParallelEdges parallel) {
  check_ends(num_nodes, edges);
  check_weights(edges, weights);

  auto storage = std::make_shared<Storage>();
  storage->offsets =
      count_offsets(num_nodes, edges.size(), [&](EdgeId i) { return edges[i].source; });
  storage->targets.resize(edges.size());
  storage->weights.resize(weights.size());
  std::vector<EdgeId> next = storage->offsets;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    const EdgeId e = next[edges[i].source]++;
    storage->targets[e] = edges[i].target;
    if (!weights.empty()) storage->weights[e] = weights[i];
  }

  Graph graph(std::move(storage));
  if (parallel == ParallelEdges::kRejected) check_parallel(graph);
  return graph;
}

Graph Graph::from_edges(NodeId num_nodes, std::initializer_list<Edge> edges) {
  return from_edges(num_nodes, std::span(edges.begin(), edges.size()));
}

NodeId Graph::num_nodes() const { return storage_->num_nodes(); }

EdgeId Graph::num_edges() const { return storage_->targets.size(); }

bool Graph::has_weights() const { return !storage_->weights.empty(); }

std::span<const NodeId> Graph::successors(NodeId v) const {
  assert(v < num_nodes());
  const EdgeId* const offset = storage_->offsets.data() + v;
  return targets().subspan(offset[0], offset[1] - offset[0]);
}

EdgeId Graph::first_out_edge(NodeId v) const {
  assert(v < num_nodes());
  return storage_->offsets[v];
}

std::span<const NodeId> Graph::predecessors(NodeId v) const {
  assert(v < num_nodes());
  const Storage::Reverse& reverse = storage_->reverse();
  const EdgeId* const offset = reverse.offsets.data() + v;
  return std::span(reverse.sources).subspan(offset[0], offset[1] - offset[0]);
}

std::span<const EdgeId> Graph::in_edges(NodeId v) const {
  assert(v < num_nodes());
  const Storage::Reverse& reverse = storage_->reverse();
  const EdgeId* const offset = reverse.offsets.data() + v;
  return std::span(reverse.edges).subspan(offset[0], offset[1] - offset[0]);
}

Edge Graph::edge(EdgeId e) const {
  assert(e < num_edges());
  // The last node that starts at or before e: those that start there too, before it, have no edges.
  const auto after = std::ranges::upper_bound(storage_->offsets, e);
  return {static_cast<NodeId>(after - storage_->offsets.begin() - 1), storage_->targets[e]};
}

float Graph::weight(EdgeId e) const {
  assert(e < num_edges());
  return has_weights() ? storage_->weights[e] : 1.0f;
}

std::span<const EdgeId> Graph::out_offsets() const { return storage_->offsets; }

std::span<const NodeId> Graph::targets() const { return storage_->targets; }

std::span<const EdgeId> Graph::in_offsets() const { return storage_->reverse().offsets; }

std::span<const NodeId> Graph::sources() const { return storage_->reverse().sources; }

std::span<const float> Graph::weights() const { return storage_->weights; }

}  // namespace espalier
