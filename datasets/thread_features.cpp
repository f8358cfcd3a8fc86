#include <espalier/datasets/thread_features.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

#include <espalier/base/error.h>

namespace espalier::datasets {
namespace {

constexpr std::array<const char*, 11> kEarlyNames = {"time_since_post",
                                                     "time_since_parent",
                                                     "time_since_previous",
                                                     "depth",
                                                     "earlier_siblings",
                                                     "earlier_comments",
                                                     "earlier_comments_of_author",
                                                     "is_by_author_of_post",
                                                     "is_by_author_of_parent",
                                                     "words",
                                                     "is_author_unknown"};
constexpr std::array<const char*, 6> kFutureNames = {
    "descendants", "height", "replies", "later_siblings", "time_to_first_reply", "comments"};

float of_time(std::int64_t later_s, std::int64_t earlier_s) {
  // In double, where no difference of times overflows.
  const double seconds = static_cast<double>(later_s) - static_cast<double>(earlier_s);
  return static_cast<float>(std::log1p(std::max(seconds, 0.0)) / 3);
}

float of_number(std::size_t number) {
  return static_cast<float>(std::log1p(static_cast<double>(number)));
}

// What the shape of the graph says of its nodes.
struct Shape {
  explicit Shape(const ReplyGraph& graph);

  std::vector<std::size_t> depths, heights, descendants, replies, earlier_siblings;
};

Shape::Shape(const ReplyGraph& graph) {
  const std::size_t n = graph.num_nodes();
  for (auto* counts : {&depths, &heights, &descendants, &replies, &earlier_siblings}) {
    counts->resize(n);
  }
  // Parents first. Their ids need not be lower: early replies may have been kept.
  std::vector<NodeId> order = {0};
  order.reserve(n);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const NodeId parent = order[i];
    for (NodeId v = graph.first_child(parent); v != kNoNode; v = graph.next_sibling(v)) {
      depths[v] = depths[parent] + 1;
      earlier_siblings[v] = replies[parent]++;
      order.push_back(v);
    }
  }
  for (std::size_t i = order.size(); i-- > 1;) {
    const NodeId v = order[i];
    const NodeId parent = graph.parent(v);
    descendants[parent] += descendants[v] + 1;
    heights[parent] = std::max(heights[parent], heights[v] + 1);
  }
}

// The record of node v; null if it is the missing post.
const ThreadComment* comment_of(const ReplyGraph& graph, std::span<const ThreadComment> comments,
                                NodeId v) {
  const std::size_t record = graph.record(v);
  if (record == ReplyGraph::kNoRecord) return nullptr;
  if (record < comments.size()) return &comments[record];
  throw GraphError(message("node ", v, " is of record ", record, ", expected one of the ",
                           comments.size(), " comments"));
}

bool is_by_author_of(const ThreadComment& comment, const ThreadComment* other) {
  return other != nullptr && !comment.author.empty() && comment.author == other->author;
}

using Nodes = std::vector<const ThreadComment*>;  // By node; null for a missing post.

void append_early(const ReplyGraph& graph, const Nodes& nodes, const Shape& shape, NodeId v,
                  std::size_t num_of_author, std::vector<float>& features) {
  const ThreadComment* const own = nodes[v];
  if (v == 0) {
    features.resize(features.size() + kEarlyNames.size() - 2);
    features.push_back(of_number(own == nullptr ? 0 : own->num_words));
  } else {
    const ThreadComment* const post = nodes[0];
    const ThreadComment* const parent = nodes[graph.parent(v)];
    const ThreadComment* const first = post != nullptr ? post : nodes[1];
    const ThreadComment* const previous = nodes[v - 1];
    features.push_back(of_time(own->time_s, first->time_s));
    features.push_back(parent == nullptr ? 0 : of_time(own->time_s, parent->time_s));
    features.push_back(previous == nullptr ? 0 : of_time(own->time_s, previous->time_s));
    features.push_back(of_number(shape.depths[v]));
    features.push_back(of_number(shape.earlier_siblings[v]));
    features.push_back(of_number(v - 1));
    features.push_back(of_number(num_of_author));
    features.push_back(is_by_author_of(*own, post) ? 1 : 0);
    features.push_back(is_by_author_of(*own, parent) ? 1 : 0);
    features.push_back(of_number(own->num_words));
  }
  features.push_back(own == nullptr || own->author.empty() ? 1 : 0);
}

void append_future(const ReplyGraph& graph, const Nodes& nodes, const Shape& shape, NodeId v,
                   std::vector<float>& features) {
  const std::size_t num_siblings = v == 0 ? 1 : shape.replies[graph.parent(v)];
  const NodeId child = graph.first_child(v);
  const bool has_times = nodes[v] != nullptr && child != kNoNode;
  features.push_back(of_number(shape.descendants[v]));
  features.push_back(of_number(shape.heights[v]));
  features.push_back(of_number(shape.replies[v]));
  features.push_back(of_number(num_siblings - 1 - shape.earlier_siblings[v]));
  features.push_back(has_times ? of_time(nodes[child]->time_s, nodes[v]->time_s) : 0);
  features.push_back(of_number(graph.num_nodes() - 1));
}

}  // namespace

std::vector<std::string> thread_feature_names(const ThreadFeatureOptions& options) {
  std::vector<std::string> names(kEarlyNames.begin(), kEarlyNames.end());
  if (options.future) names.insert(names.end(), kFutureNames.begin(), kFutureNames.end());
  return names;
}

std::vector<float> thread_features(const ReplyGraph& graph, std::span<const ThreadComment> comments,
                                   const ThreadFeatureOptions& options) {
  Nodes nodes;
  for (NodeId v = 0; v < graph.num_nodes(); ++v) nodes.push_back(comment_of(graph, comments, v));
  const Shape shape(graph);
  std::unordered_map<std::string_view, std::size_t> num_of_author;
  std::vector<float> features;
  for (NodeId v = 0; v < graph.num_nodes(); ++v) {
    const bool is_known = v != 0 && !nodes[v]->author.empty();
    const std::size_t num_before = is_known ? num_of_author[nodes[v]->author]++ : 0;
    append_early(graph, nodes, shape, v, num_before, features);
    if (options.future) append_future(graph, nodes, shape, v, features);
  }
  return features;
}

}  // namespace espalier::datasets
