#pragma once

#include <compare>
#include <span>
#include <utility>

#include <boost/graph/graph_traits.hpp>
#include <boost/graph/properties.hpp>
#include <boost/iterator/counting_iterator.hpp>
#include <boost/iterator/iterator_facade.hpp>
#include <boost/iterator/transform_iterator.hpp>
#include <boost/property_map/function_property_map.hpp>
#include <boost/property_map/property_map.hpp>

#include <espalier/graph/graph.h>

/// Makes `espalier::Graph` a model of Boost.Graph's VertexListGraph, EdgeListGraph, IncidenceGraph,
/// AdjacencyGraph and BidirectionalGraph, with the properties vertex_index, edge_index and
/// edge_weight, so that Boost's algorithms run on it with no copy:
///
///     #include <espalier/graph/boost_graph.h>
///     #include <boost/graph/topological_sort.hpp>
///     boost::topological_sort(graph, std::back_inserter(order));
///
/// The only header of espalier that needs Boost. Iterators and property maps hold pointers into a
/// graph's arrays: they are valid as long as the graph or a copy of it lives.
namespace espalier {
namespace boost_graph {

struct EdgeDescriptor {
  NodeId source = kNoNode;
  NodeId target = kNoNode;
  EdgeId id = 0;

  friend auto operator<=>(const EdgeDescriptor&, const EdgeDescriptor&) = default;
};

// From an edge out of `source`.
struct OutEdge {
  NodeId source = kNoNode;
  const NodeId* targets = nullptr;

  EdgeDescriptor operator()(EdgeId e) const { return {source, targets[e], e}; }
};

// From a position in the lists of one node's predecessors.
struct InEdge {
  NodeId target = kNoNode;
  const NodeId* sources = nullptr;
  const EdgeId* ids = nullptr;

  EdgeDescriptor operator()(EdgeId i) const { return {sources[i], target, ids[i]}; }
};

using VertexIterator = boost::counting_iterator<NodeId>;
using OutEdgeIterator = boost::transform_iterator<OutEdge, boost::counting_iterator<EdgeId>>;
using InEdgeIterator = boost::transform_iterator<InEdge, boost::counting_iterator<EdgeId>>;

// All edges by id. Finds the source by walking along, for Graph::edge(e) costs O(log num_nodes).
class EdgeIterator : public boost::iterator_facade<EdgeIterator, EdgeDescriptor,
                                                   boost::forward_traversal_tag, EdgeDescriptor> {
 public:
  EdgeIterator() = default;
  EdgeIterator(const Graph& graph, EdgeId id)
      : offsets_(graph.out_offsets().data()), targets_(graph.targets()), id_(id) {
    find_source();
  }

 private:
  friend class boost::iterator_core_access;

  EdgeDescriptor dereference() const { return {source_, targets_[id_], id_}; }
  bool equal(const EdgeIterator& other) const { return id_ == other.id_; }
  void increment() {
    ++id_;
    find_source();
  }

  void find_source() {
    while (id_ < targets_.size() && offsets_[std::size_t{source_} + 1] <= id_) ++source_;
  }

  const EdgeId* offsets_ = nullptr;
  std::span<const NodeId> targets_;
  EdgeId id_ = 0;
  NodeId source_ = 0;
};

struct IdOfEdge {
  EdgeId operator()(const EdgeDescriptor& e) const { return e.id; }
};

struct WeightOfEdge {
  std::span<const float> weights;  // Empty for a graph without weights.

  float operator()(const EdgeDescriptor& e) const { return weights.empty() ? 1.0f : weights[e.id]; }
};

using VertexIndexMap = boost::typed_identity_property_map<NodeId>;
using EdgeIndexMap = boost::function_property_map<IdOfEdge, EdgeDescriptor, EdgeId>;
using EdgeWeightMap = boost::function_property_map<WeightOfEdge, EdgeDescriptor, float>;

// Virtual because some of Boost's tags have a base in common.
struct TraversalTag : virtual boost::bidirectional_graph_tag,
                      virtual boost::adjacency_graph_tag,
                      virtual boost::vertex_list_graph_tag,
                      virtual boost::edge_list_graph_tag {};

}  // namespace boost_graph
}  // namespace espalier

namespace boost {

template <>
struct graph_traits<espalier::Graph> {
  using vertex_descriptor = espalier::NodeId;
  using edge_descriptor = espalier::boost_graph::EdgeDescriptor;

  using directed_category = bidirectional_tag;
  using edge_parallel_category = allow_parallel_edge_tag;
  using traversal_category = espalier::boost_graph::TraversalTag;

  using vertex_iterator = espalier::boost_graph::VertexIterator;
  using edge_iterator = espalier::boost_graph::EdgeIterator;
  using out_edge_iterator = espalier::boost_graph::OutEdgeIterator;
  using in_edge_iterator = espalier::boost_graph::InEdgeIterator;
  using adjacency_iterator = const espalier::NodeId*;

  using vertices_size_type = espalier::NodeId;
  using edges_size_type = espalier::EdgeId;
  using degree_size_type = espalier::EdgeId;

  static vertex_descriptor null_vertex() { return espalier::kNoNode; }
};

template <>
struct property_map<espalier::Graph, vertex_index_t> {
  using type = espalier::boost_graph::VertexIndexMap;
  using const_type = type;
};

template <>
struct property_map<espalier::Graph, edge_index_t> {
  using type = espalier::boost_graph::EdgeIndexMap;
  using const_type = type;
};

template <>
struct property_map<espalier::Graph, edge_weight_t> {
  using type = espalier::boost_graph::EdgeWeightMap;
  using const_type = type;
};

}  // namespace boost

namespace espalier {

// Boost's algorithms find these by argument-dependent lookup; the names and types are Boost's.

inline NodeId num_vertices(const Graph& g) { return g.num_nodes(); }

inline std::pair<boost_graph::VertexIterator, boost_graph::VertexIterator> vertices(
    const Graph& g) {
  return {boost_graph::VertexIterator(0), boost_graph::VertexIterator(g.num_nodes())};
}

inline EdgeId num_edges(const Graph& g) { return g.num_edges(); }

inline std::pair<boost_graph::EdgeIterator, boost_graph::EdgeIterator> edges(const Graph& g) {
  return {{g, 0}, {g, g.num_edges()}};
}

inline NodeId source(const boost_graph::EdgeDescriptor& e, const Graph&) { return e.source; }

inline NodeId target(const boost_graph::EdgeDescriptor& e, const Graph&) { return e.target; }

inline EdgeId out_degree(NodeId v, const Graph& g) { return g.successors(v).size(); }

inline std::pair<boost_graph::OutEdgeIterator, boost_graph::OutEdgeIterator> out_edges(
    NodeId v, const Graph& g) {
  const boost_graph::OutEdge edge = {v, g.targets().data()};
  const boost::counting_iterator<EdgeId> first(g.first_out_edge(v));
  const boost::counting_iterator<EdgeId> last(g.first_out_edge(v) + out_degree(v, g));
  return {{first, edge}, {last, edge}};
}

inline EdgeId in_degree(NodeId v, const Graph& g) { return g.predecessors(v).size(); }

inline std::pair<boost_graph::InEdgeIterator, boost_graph::InEdgeIterator> in_edges(
    NodeId v, const Graph& g) {
  const boost_graph::InEdge edge = {v, g.predecessors(v).data(), g.in_edges(v).data()};
  const boost::counting_iterator<EdgeId> first(0);
  const boost::counting_iterator<EdgeId> last(in_degree(v, g));
  return {{first, edge}, {last, edge}};
}

inline EdgeId degree(NodeId v, const Graph& g) { return out_degree(v, g) + in_degree(v, g); }

inline std::pair<const NodeId*, const NodeId*> adjacent_vertices(NodeId v, const Graph& g) {
  const std::span<const NodeId> successors = g.successors(v);
  return {successors.data(), successors.data() + successors.size()};
}

inline boost_graph::VertexIndexMap get(boost::vertex_index_t, const Graph&) { return {}; }

inline NodeId get(boost::vertex_index_t, const Graph&, NodeId v) { return v; }

inline boost_graph::EdgeIndexMap get(boost::edge_index_t, const Graph&) {
  return boost_graph::EdgeIndexMap(boost_graph::IdOfEdge());
}

inline EdgeId get(boost::edge_index_t, const Graph&, const boost_graph::EdgeDescriptor& e) {
  return e.id;
}

inline boost_graph::EdgeWeightMap get(boost::edge_weight_t, const Graph& g) {
  return boost_graph::EdgeWeightMap(boost_graph::WeightOfEdge{g.weights()});
}

inline float get(boost::edge_weight_t, const Graph& g, const boost_graph::EdgeDescriptor& e) {
  return g.weight(e.id);
}

}  // namespace espalier
