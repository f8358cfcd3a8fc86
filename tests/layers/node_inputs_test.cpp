#include <espalier/layers/node_inputs.h>

#include <espalier/ops/rows.h>

#include "tests/layers/testing.h"

namespace espalier {
namespace {

using test::error_of;

// Input i holds i in all its columns.
Variable numbered(std::size_t count) {
  Tensor x = Tensor::zeros({count, 2});
  for (std::size_t i = 0; i < count; ++i) {
    std::fill_n(x.row(i).data(), 2, static_cast<float>(i));
  }
  return Variable::parameter(std::move(x));
}

TEST(NodeInputsTest, AreInTheOrderOfTheSchedule) {
  Rng rng(1);
  for (NodeId n = 0; n < 40; ++n) {
    const Structure structure = test::random_dag(n, 2, rng);
    const Schedule schedule(structure);
    for (const std::vector<NodeId>& nodes :
         {test::all_nodes(structure), test::leaves(structure),
          test::random_subset(test::all_nodes(structure), rng)}) {
      const Variable x = numbered(nodes.size());
      const OrderedInputs inputs(NodeInputs(x, nodes), schedule, 2);
      ASSERT_EQ(inputs.size(), nodes.size());
      ASSERT_EQ(inputs.x().rows, nodes.size());
      Tensor gradient = Tensor::zeros({nodes.size(), 2});
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (i > 0) {
          EXPECT_LT(inputs.row(i - 1), inputs.row(i));
        }
        const auto source = static_cast<std::size_t>(inputs.x().row(i)[1]);
        EXPECT_EQ(nodes[source], schedule.nodes()[inputs.row(i)]);
        gradient.at(i, 0) = static_cast<float>(source) + 1.0f;
      }
      inputs.add_gradient(gradient.clone());
      inputs.add_gradient(std::move(gradient));
      for (std::size_t i = 0; i < nodes.size(); ++i) {
        EXPECT_EQ(x.gradient().at(i, 0), 2.0f * (static_cast<float>(i) + 1.0f));
      }
    }
  }
}

TEST(NodeInputsTest, FindsTheInputsOfARangeOfRows) {
  Rng rng(2);
  const Structure structure = test::random_dag(30, 2, rng);
  const std::vector<NodeId> nodes = test::random_subset(test::all_nodes(structure), rng);
  const OrderedInputs inputs(NodeInputs(numbered(nodes.size()), nodes), Schedule(structure), 2);
  for (NodeId begin = 0; begin <= 30; ++begin) {
    for (NodeId end = begin; end <= 30; ++end) {
      const auto [first, last] = inputs.within({begin, end});
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        const bool inside = begin <= inputs.row(i) && inputs.row(i) < end;
        EXPECT_EQ(inside, first <= i && i < last);
      }
    }
  }
}

TEST(NodeInputsTest, InputsInOrderAreNotCopied) {
  const Schedule schedule(bottom_up(test::star(4)));  // Leaves 1 .. 4 first, then 0.
  const Variable x = numbered(4);
  const std::vector<NodeId> leaves = {1, 2, 3, 4};
  EXPECT_EQ(OrderedInputs(NodeInputs(x, leaves), schedule, 2).x().data, x.value().data());
}

// Ordered by node, rows are node ids: only inputs that are given in another order are sorted.
TEST(NodeInputsTest, OrderedByNodeTheScheduleDoesNotMatter) {
  const Schedule schedule(bottom_up(test::chain(4)));  // Node 3 is row 0.
  const Variable x = numbered(4);
  const OrderedInputs all(NodeInputs(x), schedule, 2, NodeOrder::kByNode);
  EXPECT_EQ(all.x().data, x.value().data());
  for (NodeId v = 0; v < 4; ++v) EXPECT_EQ(all.row(v), v);

  const Variable y = numbered(2);
  const std::vector<NodeId> nodes = {3, 1};
  const OrderedInputs some(NodeInputs(y, nodes), schedule, 2, NodeOrder::kByNode);
  EXPECT_EQ(some.row(0), 1u);
  EXPECT_EQ(some.row(1), 3u);
  EXPECT_EQ(some.x().row(0)[0], y.value().at(1, 0));
  EXPECT_EQ(some.x().row(1)[0], y.value().at(0, 0));
}

TEST(NodeInputsTest, TreesTakeSharedInputsOfSomeNodes) {
  const Variable x = numbered(3);
  const std::vector<std::uint32_t> rows = {2, kNoInput, 2, 0};
  const std::vector<NodeId> nodes = {0, 2, 3};
  const std::vector<std::uint32_t> rows_of_nodes = {2, 2, 0};
  const NodeInputs apart(gather_rows(x, rows_of_nodes), nodes);
  const Schedule schedule(bottom_up(test::chain(4)));
  Rng rng(1);
  const ChildSumTreeLSTM lstm({.input_size = 2, .hidden_size = 3}, rng);
  EXPECT_TRUE(bitwise_equal(lstm.forward(NodeInputs::shared(x, rows), schedule).h.value(),
                            lstm.forward(apart, schedule).h.value()));
}

TEST(NodeInputsTest, RefusesWhatDoesNotFit) {
  const Schedule schedule(bottom_up(test::chain(3)));
  const auto refuse = [&](const Shape& x, std::vector<NodeId> nodes) {
    OrderedInputs(NodeInputs(Variable(Tensor::zeros(x)), nodes), schedule, 2);
  };
  EXPECT_EQ(error_of<ShapeError>([&] {
              refuse({1, 3}, {0});
            }),
            "inputs of the nodes: shape [1, 3], expected [1, 2]");
  EXPECT_EQ(error_of<ShapeError>([&] {
              refuse({1, 2}, {0, 1});
            }),
            "inputs of the nodes: shape [1, 2], expected [2, 2]");
  EXPECT_EQ(error_of<GraphError>([&] {
              refuse({2, 2}, {0, 3});
            }),
            "input 1 is for node 3, expected a node below 3");
  EXPECT_EQ(error_of<GraphError>([&] {
              refuse({1, 2}, {kNoNode});
            }),
            "input 0 is for node 4294967295, expected a node below 3");
  EXPECT_EQ(error_of<GraphError>([&] {
              refuse({3, 2}, {2, 0, 2});
            }),
            "node 2 has two inputs, 0 and 2");
  EXPECT_EQ(error_of<ShapeError>([&] {
              OrderedInputs(NodeInputs(Variable(Tensor::zeros({4, 2}))), schedule, 2);
            }),
            "inputs of the nodes: shape [4, 2], expected [3, 2]");
  EXPECT_EQ(error_of<Error>([&] { OrderedInputs(NodeInputs(Variable()), schedule, 2); }),
            "a variable without a value was used");
}

}  // namespace
}  // namespace espalier
