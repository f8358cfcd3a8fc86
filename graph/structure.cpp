#include <espalier/graph/structure.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/graph/internal/check.h>
#include <espalier/graph/internal/same_relations.h>

namespace espalier {
namespace {

Relation in_edges(std::string name, Reads reads, const Graph& graph) {
  const std::span<const EdgeId> offsets = graph.in_offsets();
  const std::span<const NodeId> sources = graph.sources();
  return {.name = std::move(name),
          .reads = reads,
          .offsets = {offsets.begin(), offsets.end()},
          .predecessors = {sources.begin(), sources.end()}};
}

void check_offsets(NodeId num_nodes, const Relation& relation) {
  const PoolVector<EdgeId>& offsets = relation.offsets;
  if (offsets.size() != std::size_t{num_nodes} + 1) {
    throw GraphError(message("relation \"", relation.name, "\" has ", offsets.size(),
                             " offsets; expected ", std::size_t{num_nodes} + 1, " for ", num_nodes,
                             " nodes"));
  }
  if (offsets.front() != 0 || offsets.back() != relation.predecessors.size() ||
      !std::ranges::is_sorted(offsets)) {
    throw GraphError(message("relation \"", relation.name,
                             "\" has offsets that do not ascend from 0 to its ",
                             relation.predecessors.size(), " predecessors"));
  }
}

void check_predecessors(NodeId num_nodes, const Relation& relation) {
  // Every training step comes through here: a maximum is vectorised, a search is not.
  NodeId greatest = 0;
  for (const NodeId u : relation.predecessors) greatest = std::max(greatest, u);
  if (relation.predecessors.empty() || greatest < num_nodes) return;

  const auto bad =
      std::ranges::find_if(relation.predecessors, [&](NodeId u) { return u >= num_nodes; });
  const auto e = static_cast<EdgeId>(bad - relation.predecessors.begin());
  const auto after = std::ranges::upper_bound(relation.offsets, e);
  throw GraphError(message("relation \"", relation.name, "\", predecessors of node ",
                           after - relation.offsets.begin() - 1, ": ",
                           out_of_range(*bad, num_nodes)));
}

std::string list_relations(std::span<const Relation> relations) {
  std::string text;
  for (const Relation& relation : relations) {
    if (!text.empty()) text += ", ";
    text += message('"', relation.name, '"');
  }
  return text.empty() ? "none" : text;
}

// Relations side by side, each over nodes that follow those of the one before.
class Concatenation {
 public:
  Concatenation(std::string name, Reads reads, std::size_t num_nodes, std::size_t num_edges)
      : relation_{.name = std::move(name), .reads = reads, .offsets = {}, .predecessors = {}} {
    relation_.offsets.resize(num_nodes + 1);
    relation_.predecessors.resize(num_edges);
  }

  // `offsets` begin with 0; `Offset` is EdgeId or, in a tree, NodeId.
  template <class Offset>
  void append(std::span<const Offset> offsets, std::span<const NodeId> predecessors) {
    EdgeId* const to = relation_.offsets.data() + first_node_;
    for (std::size_t v = 1; v < offsets.size(); ++v) to[v] = first_edge_ + offsets[v];
    NodeId* const node = relation_.predecessors.data() + first_edge_;
    for (std::size_t e = 0; e < predecessors.size(); ++e) node[e] = first_node_ + predecessors[e];
    first_node_ += static_cast<NodeId>(offsets.size() - 1);
    first_edge_ += predecessors.size();
  }

  Relation take() && { return std::move(relation_); }

 private:
  Relation relation_;
  NodeId first_node_ = 0;
  EdgeId first_edge_ = 0;
};

template <class Part>
NodeId total_num_nodes(std::span<const Part* const> parts) {
  return checked_num_nodes(
      std::transform_reduce(parts.begin(), parts.end(), std::uint64_t{0}, std::plus(),
                            [](const Part* part) -> std::uint64_t { return part->num_nodes(); }));
}

}  // namespace

Relation reads_new(std::string name, const Graph& graph) {
  return in_edges(std::move(name), Reads::kNewStates, graph);
}

Relation reads_old(std::string name, const Graph& graph) {
  return in_edges(std::move(name), Reads::kOldStates, graph);
}

Structure::Structure(NodeId num_nodes, std::vector<Relation> relations)
    : num_nodes_(num_nodes), relations_(std::move(relations)) {
  for (std::size_t i = 0; i < relations_.size(); ++i) {
    check_offsets(num_nodes, relations_[i]);
    check_predecessors(num_nodes, relations_[i]);
    for (std::size_t j = 0; j < i; ++j) {
      if (relations_[j].name != relations_[i].name) continue;
      throw GraphError(message("relations ", j, " and ", i, " are both named \"",
                               relations_[i].name, "\"; expected names that differ"));
    }
  }
}

const Relation& Structure::relation(std::string_view name) const {
  const auto found = std::ranges::find(relations_, name, &Relation::name);
  if (found == relations_.end()) {
    throw GraphError(message("there is no relation \"", name,
                             "\"; expected one of: ", list_relations(relations_)));
  }
  return *found;
}

Structure disjoint_union(std::span<const Structure* const> parts) {
  if (parts.empty()) return Structure(0, {});
  check_same_relations(parts, "structure");
  const NodeId num_nodes = total_num_nodes(parts);
  std::vector<Relation> relations;
  for (std::size_t r = 0; r < parts[0]->relations().size(); ++r) {
    std::size_t num_edges = 0;
    for (const Structure* part : parts) num_edges += part->relations()[r].predecessors.size();
    const Relation& first = parts[0]->relations()[r];
    Concatenation all(first.name, first.reads, num_nodes, num_edges);
    for (const Structure* part : parts) {
      const Relation& relation = part->relations()[r];
      all.append<EdgeId>(relation.offsets, relation.predecessors);
    }
    relations.push_back(std::move(all).take());
  }
  return Structure(num_nodes, std::move(relations));
}

Structure bottom_up(const Tree& tree) {
  const Tree* const trees[] = {&tree};
  return bottom_up(trees);
}

Structure bottom_up(std::span<const Tree* const> trees) {
  const NodeId num_nodes = total_num_nodes(trees);
  std::size_t num_edges = 0;
  for (const Tree* tree : trees) num_edges += tree->children().size();
  Concatenation all("children", Reads::kNewStates, num_nodes, num_edges);
  for (const Tree* tree : trees) all.append(tree->child_offsets(), tree->children());
  std::vector<Relation> relations;
  relations.push_back(std::move(all).take());
  return Structure(num_nodes, std::move(relations));
}

namespace {

// A relation for each place; place_of(child, its position among its siblings).
class Places {
 public:
  Places(std::size_t arity, NodeId num_nodes) {
    for (std::size_t k = 0; k < arity; ++k) {
      relations_.push_back({.name = message("child ", k),
                            .reads = Reads::kNewStates,
                            .offsets = {0},
                            .predecessors = {}});
      relations_.back().offsets.reserve(std::size_t{num_nodes} + 1);
    }
  }

  template <class PlaceOf>
  void append(const Tree& tree, const PlaceOf& place_of) {
    for (NodeId v = 0; v < tree.num_nodes(); ++v) {
      std::size_t position = 0;
      for (const NodeId child : tree.children(v)) {
        const std::size_t place = place_of(child, position++);
        if (place >= relations_.size()) {
          throw GraphError(message("child ", child, " of node ", v, " is at place ", place,
                                   ", expected less than ", relations_.size()));
        }
        Relation& relation = relations_[place];
        if (relation.offsets.size() == std::size_t{first_node_} + v + 1 &&
            relation.predecessors.size() > relation.offsets.back()) {
          throw GraphError(message("children ", relation.predecessors.back() - first_node_, " and ",
                                   child, " of node ", v, " are both at place ", place));
        }
        relation.predecessors.push_back(first_node_ + child);
      }
      for (Relation& relation : relations_) {
        relation.offsets.push_back(relation.predecessors.size());
      }
    }
    first_node_ += tree.num_nodes();
  }

  std::vector<Relation> take() && { return std::move(relations_); }

 private:
  std::vector<Relation> relations_;
  NodeId first_node_ = 0;
};

}  // namespace

Structure bottom_up(const Tree& tree, std::size_t arity, std::span<const std::size_t> places) {
  if (!places.empty() && places.size() != tree.num_nodes()) {
    throw GraphError(
        message(places.size(), " places, expected ", tree.num_nodes(), ", one for each node"));
  }
  Places all(arity, tree.num_nodes());
  all.append(tree, [&](NodeId child, std::size_t position) {
    return places.empty() ? position : places[child];
  });
  return Structure(tree.num_nodes(), std::move(all).take());
}

Structure bottom_up(std::span<const Tree* const> trees, std::size_t arity) {
  const NodeId num_nodes = total_num_nodes(trees);
  Places all(arity, num_nodes);
  for (const Tree* tree : trees) {
    all.append(*tree, [](NodeId, std::size_t position) { return position; });
  }
  return Structure(num_nodes, std::move(all).take());
}

Structure top_down(const Tree& tree) {
  Relation parent = {
      .name = "parent", .reads = Reads::kNewStates, .offsets = {0}, .predecessors = {}};
  parent.offsets.reserve(std::size_t{tree.num_nodes()} + 1);
  parent.predecessors.reserve(tree.num_nodes());
  for (NodeId v = 0; v < tree.num_nodes(); ++v) {
    if (tree.parent(v) != kNoNode) parent.predecessors.push_back(tree.parent(v));
    parent.offsets.push_back(parent.predecessors.size());
  }
  std::vector<Relation> relations;
  relations.push_back(std::move(parent));
  return Structure(tree.num_nodes(), std::move(relations));
}

}  // namespace espalier
