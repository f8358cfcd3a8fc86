#include <espalier/graph/graph_builder.h>

#include <cmath>
#include <string>

#include <espalier/base/error.h>
#include <espalier/graph/internal/check.h>

namespace espalier {
namespace {

std::string describe(const Edge& edge) {
  return message("edge ", edge.source, " -> ", edge.target);
}

}  // namespace

NodeId GraphBuilder::add_nodes(NodeId count) {
  const NodeId first = num_nodes_;
  num_nodes_ = checked_num_nodes(std::uint64_t{first} + count);
  return first;
}

void GraphBuilder::add_edge(NodeId source, NodeId target) {
  const Edge edge = {source, target};
  check_ends(edge);
  if (!weights_.empty()) {
    throw GraphError(message(describe(edge), " has no weight; expected one, as ",
                             describe(edges_.front()), " has one"));
  }
  edges_.push_back(edge);
}

void GraphBuilder::add_edge(NodeId source, NodeId target, float weight) {
  const Edge edge = {source, target};
  check_ends(edge);
  if (!std::isfinite(weight)) {
    throw GraphError(message(describe(edge), ": weight ", weight, " is not finite"));
  }
  if (weights_.size() != edges_.size()) {
    throw GraphError(message(describe(edge), " has a weight; expected none, as ",
                             describe(edges_.front()), " has none"));
  }
  edges_.push_back(edge);
  weights_.push_back(weight);
}

Graph GraphBuilder::build(ParallelEdges parallel) const {
  return Graph::from_edges(num_nodes_, edges_, weights_, parallel);
}

void GraphBuilder::check_ends(const Edge& edge) const {
  for (const NodeId end : {edge.source, edge.target}) {
    if (end >= num_nodes_) {
      throw GraphError(message(describe(edge), ": ", out_of_range(end, num_nodes_)));
    }
  }
}

}  // namespace espalier
