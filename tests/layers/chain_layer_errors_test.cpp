#include <cstdint>

#include "tests/layers/chain_layer.h"

// What every layer of the RNN family refuses, and how it says so.
namespace espalier::test {
namespace {

using Nodes = std::vector<NodeId>;

TEST_P(ChainLayerTest, RefusesSizesAndInputsThatDoNotFit) {
  EXPECT_EQ(error_of<OptionError>([&] { GetParam().make(-2, 4, rng_); }),
            "input_size is -2, expected 1 or more");
  EXPECT_EQ(error_of<OptionError>([&] { GetParam().make(3, -1, rng_); }),
            "hidden_size is -1, expected 1 or more");
  const auto layer = make(3, 4);
  const Schedule schedule(sequences({3, 2}));
  const auto forward = [&](const Shape& x) {
    layer->forward(Variable(Tensor::zeros(x)), schedule);
  };
  EXPECT_EQ(error_of<ShapeError>([&] {
              forward({5, 2});
            }),
            "inputs of the nodes: shape [5, 2], expected [5, 3]");
  EXPECT_EQ(error_of<ShapeError>([&] {
              forward({4, 3});
            }),
            "inputs of the nodes: shape [4, 3], expected [5, 3]");
  EXPECT_EQ(error_of<OptionError>([&] {
              layer->forward(Variable(Tensor::zeros({5, 3})), schedule, {}, {.tile_rows = 0});
            }),
            "tile_rows is 0, expected 1 or more");
  const auto shared = [&](const Shape& x, const std::vector<std::uint32_t>& rows) {
    layer->forward(NodeInputs::shared(Variable(Tensor::zeros(x)), rows), schedule);
  };
  EXPECT_EQ(error_of<ShapeError>([&] {
              shared({2, 2}, {0, 1, 0, 1, 0});
            }),
            "inputs of the nodes: shape [2, 2], expected [2, 3]");
  EXPECT_EQ(error_of<ShapeError>([&] {
              shared({2, 3}, {0, 1, 0});
            }),
            "shared inputs of 3 nodes, expected 5");
  EXPECT_EQ(error_of<ShapeError>([&] {
              shared({2, 3}, {0, 1, 0, 2, 0});
            }),
            "shared inputs: id 2 at position 3, expected less than 2");
}

TEST_P(ChainLayerTest, RefusesStructuresThatAreNoChains) {
  const auto layer = make(3, 4);
  const auto error = [&](NodeId num_nodes, const std::vector<Relation>& relations) {
    return error_of<Error>([&] {
      layer->forward(Variable(Tensor::zeros({num_nodes, 3})),
                     Schedule(Structure(num_nodes, relations)));
    });
  };
  const auto relation = [](const char* name, std::vector<EdgeId> offsets, Nodes predecessors,
                           Reads reads = Reads::kNewStates) {
    return Relation{.name = name,
                    .reads = reads,
                    .offsets = {offsets.begin(), offsets.end()},
                    .predecessors = {predecessors.begin(), predecessors.end()}};
  };
  EXPECT_EQ(error(1, {relation("next", {0, 0}, {})}),
            "the schedule has no relation \"previous\"; it has: \"next\"");
  EXPECT_EQ(error(3, {relation("previous", {0, 0, 0, 2}, {0, 1})}),
            "node 2 has 2 predecessors in \"previous\", expected at most one, and no other "
            "relation that orders the nodes");
  EXPECT_EQ(error(2, {relation("previous", {0, 0, 0}, {}), relation("next", {0, 0, 1}, {0})}),
            "node 1 has 0 predecessors in \"previous\", expected at most one, and no other "
            "relation that orders the nodes");
  EXPECT_EQ(error(1, {relation("previous", {0, 0}, {}, Reads::kOldStates)}),
            "relation \"previous\" reads old states, expected one that reads new states");
}

TEST_P(ChainLayerTest, RefusesInitialStatesThatDoNotFit) {
  const auto layer = make(3, 4);
  const Schedule schedule(sequences({3, 2}));
  const std::size_t width = layer->output_size();
  const auto states = [](std::size_t rows, std::size_t cols) {
    return Variable(Tensor::zeros({rows, cols}));
  };
  const auto error = [&](const Nodes& nodes, const Variable& h, const Variable& c = {}) {
    return error_of<Error>(
        [&] { layer->forward(states(5, 3), schedule, {.h = h, .c = c, .nodes = nodes}); });
  };
  EXPECT_EQ(error({0, 3}, states(2, width + 1)),
            message("initial states: shape [2, ", width + 1, "], expected [2, ", width, "]"));
  EXPECT_EQ(error({0, 3}, states(1, width)),
            message("initial states: shape [1, ", width, "], expected [2, ", width, "]"));
  EXPECT_EQ(error({0, 5}, states(2, width)),
            "initial state 1 is for node 5, expected a node below 5");
  EXPECT_EQ(error({0, 4}, states(2, width)),
            "initial state 1 is for node 4, which has a predecessor; expected a node without one");
  EXPECT_EQ(error({3, 3}, states(2, width)), "node 3 has two initial states, 0 and 1");
  if (layer->has_cell()) {
    EXPECT_EQ(error({0}, {}, states(1, 3)), "initial states: shape [1, 3], expected [1, 4]");
  } else {
    EXPECT_EQ(error({0}, {}, states(1, 4)),
              "initial states of memory cells, [1, 4], for a layer that has none");
  }
}

}  // namespace
}  // namespace espalier::test
