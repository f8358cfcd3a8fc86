#include <espalier/graph/reply_graph.h>

#include <algorithm>
#include <string>
#include <utility>

#include <espalier/graph/internal/check.h>
#include <espalier/graph/internal/kept_schedules.h>
#include <espalier/graph/internal/reply_defects.h>

namespace espalier {
namespace {

// A relation of no more than one predecessor for each node, filled node by node.
class SingleReads {
 public:
  SingleReads(std::string name, NodeId num_nodes)
      : relation_{.name = std::move(name),
                  .reads = Reads::kNewStates,
                  .offsets = {},
                  .predecessors = {}} {
    relation_.offsets.reserve(std::size_t{num_nodes} + 1);
    relation_.predecessors.reserve(num_nodes);
    relation_.offsets.push_back(0);
  }

  // What the next node reads, after `first`; kNoNode if nothing.
  void append(NodeId first, NodeId predecessor) {
    if (predecessor != kNoNode) relation_.predecessors.push_back(first + predecessor);
    relation_.offsets.push_back(relation_.predecessors.size());
  }

  Relation take() && { return std::move(relation_); }

 private:
  Relation relation_;
};

NodeId hierarchical_predecessor(const ReplyGraph& graph, NodeId v, ReplyDirection direction,
                                ReplyEdges edges) {
  if (edges == ReplyEdges::kChain) return kNoNode;
  return direction == ReplyDirection::kForward ? graph.parent(v) : graph.first_child(v);
}

NodeId temporal_predecessor(const ReplyGraph& graph, NodeId v, ReplyDirection direction,
                            ReplyEdges edges) {
  if (edges == ReplyEdges::kHierarchical) return kNoNode;
  const bool forward = direction == ReplyDirection::kForward;
  if (edges == ReplyEdges::kBoth) {
    return forward ? graph.previous_sibling(v) : graph.next_sibling(v);
  }
  const NodeId end = forward ? 0 : graph.num_nodes() - 1;
  if (v == end) return kNoNode;
  return forward ? v - 1 : v + 1;
}

}  // namespace

ReplyGraph::ReplyGraph(std::span<const ReplyRecord> records, const ReplyTreatments& treatments,
                       std::uint64_t post) {
  const TreatedReplies replies = treat_replies(records, treatments, post);
  counts_ = replies.counts;
  const bool post_is_missing = replies.post == records.size();

  std::vector<NodeId> order;  // Of the comments: positions among `records`.
  order.reserve(records.size());
  for (NodeId r = 0; r < records.size(); ++r) {
    if (replies.parents[r] != kNoNode && r != replies.post) order.push_back(r);
  }
  num_dropped_ = records.size() - order.size() - (post_is_missing ? 0 : 1);
  // Duplicates may be of one second: those are as given.
  const auto comes_first = [&](NodeId a, NodeId b) {
    if (is_older(records[a], records[b])) return true;
    return a < b && !is_older(records[b], records[a]);
  };
  if (!std::ranges::is_sorted(order, comes_first)) std::ranges::sort(order, comes_first);

  const std::size_t num_nodes = order.size() + 1;
  std::vector<NodeId> nodes(replies.parents.size());  // By position; 0 for the post.
  records_.reserve(num_nodes);
  records_.push_back(post_is_missing ? kNoRecord : replies.post);
  for (const NodeId r : order) {
    nodes[r] = static_cast<NodeId>(records_.size());
    records_.push_back(r);
  }

  parents_.assign(num_nodes, kNoNode);
  first_children_.assign(num_nodes, kNoNode);
  previous_siblings_.assign(num_nodes, kNoNode);
  next_siblings_.assign(num_nodes, kNoNode);
  std::vector<NodeId> last_children(num_nodes, kNoNode);
  for (NodeId v = 1; v < num_nodes; ++v) {
    const NodeId parent = nodes[replies.parents[records_[v]]];
    const NodeId previous = std::exchange(last_children[parent], v);
    parents_[v] = parent;
    previous_siblings_[v] = previous;
    (previous == kNoNode ? first_children_[parent] : next_siblings_[previous]) = v;
  }
  schedules_ = std::make_shared<ReplySchedules>();
}

Structure reply_structure(std::span<const ReplyGraph* const> graphs, ReplyDirection direction,
                          ReplyEdges edges) {
  std::uint64_t count = 0;
  for (const ReplyGraph* graph : graphs) count += graph->num_nodes();
  const NodeId num_nodes = checked_num_nodes(count);
  SingleReads hierarchical("hierarchical", num_nodes), temporal("temporal", num_nodes);
  NodeId first = 0;
  for (const ReplyGraph* graph : graphs) {
    for (NodeId v = 0; v < graph->num_nodes(); ++v) {
      hierarchical.append(first, hierarchical_predecessor(*graph, v, direction, edges));
      temporal.append(first, temporal_predecessor(*graph, v, direction, edges));
    }
    first += graph->num_nodes();
  }
  std::vector<Relation> relations;
  relations.push_back(std::move(hierarchical).take());
  relations.push_back(std::move(temporal).take());
  return Structure(num_nodes, std::move(relations));
}

Structure reply_structure(const ReplyGraph& graph, ReplyDirection direction, ReplyEdges edges) {
  const ReplyGraph* const graphs[] = {&graph};
  return reply_structure(graphs, direction, edges);
}

}  // namespace espalier
