// What a run holds between its forward and its backward pass, against what backward needs: at most
// 1.25 times as much, and written down here cell by cell.

#include <espalier/base/memory.h>

#include <functional>
#include <string>

#include <espalier/graph/reply_graph.h>
#include <espalier/graph/sequence.h>
#include <espalier/layers/child_sum_tree_lstm.h>
#include <espalier/layers/elman_rnn.h>
#include <espalier/layers/graph_structured_lstm.h>
#include <espalier/layers/gru.h>
#include <espalier/layers/jordan_rnn.h>
#include <espalier/layers/lstm.h>
#include <espalier/layers/nary_tree_lstm.h>

#include "tests/layers/testing.h"

namespace espalier {
namespace {

constexpr int kInput = 30, kHidden = 150;

// Bytes of tensors that a recorded run holds; run again, so that what is kept for reuse is there.
double bytes_held(const std::function<NodeStates()>& run) {
  run();
  const std::size_t before = memory_use().in_use;
  const NodeStates states = run();
  return static_cast<double>(memory_use().in_use - before);
}

void expect_needed(const std::string& what, double held, double needed_floats) {
  const double needed = needed_floats * sizeof(float);
  EXPECT_LE(held, 1.25 * needed) << what << ": " << held / needed << " times what is needed";
  EXPECT_GE(held, needed) << what << ": less than what is said to be needed";
}

class MemoryTest : public testing::Test {
 protected:
  void SetUp() override {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "the pool is off under AddressSanitizer";
#endif
    set_num_threads(1);  // Each thread keeps scratch memory of its own.
  }
  void TearDown() override { set_num_threads(before_); }

  int before_ = num_threads();
  Rng rng_{1};
};

// A binary tree: leaves have o and tanh(c), h and c; inner nodes i, u, o, two f and the same.
TEST_F(MemoryTest, NaryTreeLSTM) {
  std::mt19937_64 random(2);
  const Tree tree = test::random_binary_tree(3000, random);
  const Structure structure = bottom_up(tree, 2);
  const Schedule schedule(structure);
  const std::vector<NodeId> leaves = test::leaves(bottom_up(tree));
  const double num_leaves = static_cast<double>(leaves.size());
  const double num_inner = static_cast<double>(structure.num_nodes()) - num_leaves;
  const NaryTreeLSTM lstm({.input_size = kInput, .hidden_size = kHidden, .leaf_module = true},
                          rng_);
  const test::SomeInputs x = test::inputs_of(leaves, kInput, rng_);
  // What a leaf's gates c and o take is the gradient's: c is a state too, but the row is one.
  expect_needed("N-ary", bytes_held([&] { return lstm.forward(x.inputs(), schedule); }),
                kHidden * (num_leaves * 5 + num_inner * 8));
}

// i, u, o, tanh(c), h and c of every node, f of every edge.
TEST_F(MemoryTest, ChildSumTreeLSTM) {
  std::mt19937_64 random(3);
  const Tree tree = test::random_binary_tree(3000, random);
  const Schedule schedule(bottom_up(tree));
  const double n = tree.num_nodes();
  const ChildSumTreeLSTM lstm({.input_size = kInput, .hidden_size = kHidden}, rng_);
  const Variable x = Variable::parameter(normal_tensor({tree.num_nodes(), kInput}, 1.0f, rng_));
  expect_needed("Child-Sum", bytes_held([&] { return lstm.forward(x, schedule); }),
                kHidden * (6 * n + (n - 1)));
}

// Five gates, tanh(c), h and c.
TEST_F(MemoryTest, GraphStructuredLSTM) {
  std::vector<ReplyRecord> records = {{.id = 1, .is_post = true}};
  for (std::uint64_t i = 0; i < 3000; ++i) {
    records.push_back(
        {.id = i + 2, .parent = 1 + rng_.below(i + 1), .time_s = static_cast<std::int64_t>(i + 1)});
  }
  const Schedule schedule(reply_structure(ReplyGraph(records), ReplyDirection::kForward));
  const GraphStructuredLSTM lstm({.input_size = kInput, .hidden_size = kHidden}, rng_);
  const Variable x = Variable::parameter(normal_tensor({schedule.num_nodes(), kInput}, 1.0f, rng_));
  expect_needed("Graph-Structured", bytes_held([&] { return lstm.forward(x, schedule); }),
                kHidden * 8.0 * schedule.num_nodes());
}

TEST_F(MemoryTest, LayersOfTheRNNFamily) {
  const SequenceBatch sequences(std::vector<NodeId>(32, 60));
  const Schedule order = schedule(sequences, Direction::kForward);
  const double n = order.num_nodes();
  const Variable x = Variable::parameter(normal_tensor({order.num_nodes(), kInput}, 1.0f, rng_));
  const auto held = [&](const RecurrentLayer& layer) {
    return bytes_held([&] { return layer.forward(x, order); });
  };
  // Four gates, tanh(c), h, c.
  expect_needed("LSTM", held(LSTM({.input_size = kInput, .hidden_size = kHidden}, rng_)),
                7 * kHidden * n);
  // Three gates, U_n h' and h.
  expect_needed("GRU", held(GRU({.input_size = kInput, .hidden_size = kHidden}, rng_)),
                5 * kHidden * n);
  // Three gates, r * h' and h.
  expect_needed(
      "GRU, reset before",
      held(GRU({.input_size = kInput, .hidden_size = kHidden, .reset = GRUReset::kBefore}, rng_)),
      5 * kHidden * n);
  expect_needed("Elman", held(ElmanRNN({.input_size = kInput, .hidden_size = kHidden}, rng_)),
                kHidden * n);
  expect_needed(
      "Jordan",
      held(JordanRNN({.input_size = kInput, .hidden_size = kHidden, .output_size = 40}, rng_)),
      (kHidden + 40) * n);
}

}  // namespace
}  // namespace espalier
