#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/graph/reply_graph.h>
#include <espalier/graph/structure.h>
#include <espalier/layers/graph_structured_lstm.h>

#include "tests/layers/testing.h"
#include "tests/support/graph_structured_lstm_reference.h"

// Threads far longer than a stack is deep, if any of it went by recursion.
namespace espalier {
namespace {

using test::Results;

constexpr std::uint64_t kReplies = 200'000;
constexpr std::uint64_t kPost = 0;

// The post, two comments on it, so that there are siblings, and kReplies more, each a reply to
// parent_of(its id). In order of time the ids are 0, 1, 2, ...: those of the nodes.
template <class ParentOf>
ReplyGraph thread(const ParentOf& parent_of) {
  std::vector<ReplyRecord> records = {{.id = kPost, .is_post = true},
                                      {.id = 1, .parent = kPost, .time_s = 1},
                                      {.id = 2, .parent = kPost, .time_s = 2}};
  for (std::uint64_t i = 0; i < kReplies; ++i) {
    const std::uint64_t id = i + 3;
    records.push_back({.id = id, .parent = parent_of(id), .time_s = static_cast<std::int64_t>(id)});
  }
  return ReplyGraph(records);
}

// Last node first. The reference, which is recursive, needs predecessors to have the lesser ids.
test::Matrix mirrored(const test::Matrix& m) {
  test::Matrix result(m.rows, m.cols);
  for (std::size_t r = 0; r < m.rows; ++r) {
    for (std::size_t c = 0; c < m.cols; ++c) result.at(m.rows - 1 - r, c) = m.at(r, c);
  }
  return result;
}

Structure mirrored(const Structure& structure) {
  const NodeId n = structure.num_nodes();
  std::vector<Relation> relations;
  for (const char* name : {"temporal", "hierarchical"}) {
    Relation relation{.name = name, .reads = Reads::kNewStates, .offsets = {0}, .predecessors = {}};
    for (NodeId v = 0; v < n; ++v) {
      for (const NodeId p : structure.relation(name).of(n - 1 - v)) {
        relation.predecessors.push_back(n - 1 - p);
      }
      relation.offsets.push_back(relation.predecessors.size());
    }
    relations.push_back(std::move(relation));
  }
  return Structure(n, std::move(relations));
}

class LongThreadsTest : public testing::Test {
 protected:
  // h of both directions, and the gradients of x and all weights.
  Results step(const ReplyGraph& graph, const SweepOptions& sweep = {}) const {
    const Schedule forward(reply_structure(graph, ReplyDirection::kForward));
    const Schedule backward(reply_structure(graph, ReplyDirection::kBackward));
    return test::training_step(
        [&](const SweepOptions& s) {
          return NodeStates{.h = lstm_.forward(x_, forward, backward, s), .c = {}};
        },
        test::variables_of(lstm_, x_), sweep);
  }

  void trains(const ReplyGraph& graph) const {
    const Results results = step(graph);
    ASSERT_EQ(results.size(), 2u + 2 * 4);  // h and x; four parameters of each direction.
    for (const auto& [name, values] : results) {
      EXPECT_TRUE(std::ranges::all_of(values.flat(), [](float v) { return std::isfinite(v); }))
          << name;
      EXPECT_TRUE(std::ranges::any_of(values.flat(), [](float v) { return v != 0.0f; })) << name;
    }
    EXPECT_TRUE(test::same_bits(step(graph, {.tile_rows = 1}), results));
  }

  // The equations in double precision, at every node.
  void agrees_with_the_equations(const ReplyGraph& graph) const {
    const auto expect = [&](const GraphStructuredLSTM& layer, const Structure& structure,
                            bool in_order) {
      const NodeStates states = layer.forward(x_, Schedule(structure));
      const test::Matrix x(x_.value());
      const test::ReferenceStates expected =
          test::node_by_node(layer.options(), test::values_of(layer, in_order ? x : mirrored(x)),
                             in_order ? structure : mirrored(structure));
      EXPECT_TRUE(
          test::close(states.h.value(), in_order ? expected.h : mirrored(expected.h), 1e-5));
      EXPECT_TRUE(
          test::close(states.c.value(), in_order ? expected.c : mirrored(expected.c), 1e-5));
    };
    expect(lstm_.forward_layer(), reply_structure(graph, ReplyDirection::kForward), true);
    expect(lstm_.backward_layer(), reply_structure(graph, ReplyDirection::kBackward), false);
  }

  Rng rng_{1};
  BidirectionalGraphStructuredLSTM lstm_{{.input_size = 4, .hidden_size = 4}, rng_};
  Variable x_ = Variable::parameter(normal_tensor({kReplies + 3, 4}, 1.0f, rng_));
};

TEST_F(LongThreadsTest, TrainOnAChainOfReplies) {
  const ReplyGraph graph = thread([](std::uint64_t id) { return id == 3 ? 1 : id - 1; });
  ASSERT_EQ(graph.parent(kReplies + 2), kReplies + 1);
  trains(graph);
  agrees_with_the_equations(graph);
}

TEST_F(LongThreadsTest, TrainOnOneCommentWithAllReplies) {
  const ReplyGraph graph = thread([](std::uint64_t) { return std::uint64_t{1}; });
  ASSERT_EQ(graph.previous_sibling(kReplies + 2), kReplies + 1);
  trains(graph);
  agrees_with_the_equations(graph);
}

}  // namespace
}  // namespace espalier
