#include <espalier/ops/parallel.h>

#include "tests/support/first_answers.h"

#include <array>
#include <memory>
#include <utility>

#include <espalier/graph/reply_graph.h>
#include <espalier/graph/sequence.h>
#include <espalier/layers/attention_pooling.h>
#include <espalier/layers/child_sum_tree_lstm.h>
#include <espalier/layers/dag_lstm.h>
#include <espalier/layers/elman_rnn.h>
#include <espalier/layers/graph_structured_lstm.h>
#include <espalier/layers/gru.h>
#include <espalier/layers/jordan_rnn.h>
#include <espalier/layers/linear.h>
#include <espalier/layers/lstm.h>
#include <espalier/layers/nary_tree_lstm.h>

#include "tests/layers/testing.h"

namespace espalier {
namespace {

using test::Answer;
using test::FreshModel;

constexpr int kInput = 12, kHidden = 20;

Variable inputs(std::size_t num_nodes) {
  Rng rng(3);
  return Variable(normal_tensor({num_nodes, kInput}, 1.0f, rng));
}

// A layer made from options, asked by ask(layer).
template <class Layer, class Options, class Ask>
FreshModel fresh(std::string name, Options options, Ask ask) {
  const auto make = [options, ask](bool warm_up) -> Answer {
    Rng rng(1);
    auto layer = std::make_shared<Layer>(options, rng);
    if (warm_up) layer->warm_up();
    return [layer, ask] { return ask(*layer).value().clone(); };
  };
  return {.name = std::move(name),
          .make = [make] { return make(false); },
          .make_warm = [make] { return make(true); }};
}

// A layer of nodes: its h over a schedule.
template <class Layer, class Options>
FreshModel over(std::string name, Options options, const Structure& structure) {
  const auto schedule = std::make_shared<const Schedule>(structure);
  options.input_size = kInput;
  options.hidden_size = kHidden;
  return fresh<Layer>(std::move(name), options,
                      [schedule, x = inputs(schedule->num_nodes())](const Layer& layer) {
                        return layer.forward(x, *schedule).h;
                      });
}

std::vector<FreshModel> all_layers() {
  std::mt19937_64 random(5);
  const Tree tree = test::random_binary_tree(19, random);
  const std::array<NodeId, 3> lengths = {7, 1, 12};
  const Structure sequences = SequenceBatch(lengths).structure(Direction::kForward);
  std::vector<ReplyRecord> records = {{.id = 1, .is_post = true}};
  for (std::uint64_t i = 1; i < 20; ++i) {
    records.push_back({.id = i + 1, .parent = i / 3 + 1, .time_s = static_cast<std::int64_t>(i)});
  }
  const ReplyGraph thread(records);
  const ReplyGraph* const threads[] = {&thread};
  const Structure replies = reply_structure(threads, ReplyDirection::kForward, ReplyEdges::kBoth);

  const Variable rows = inputs(30);
  const std::array<std::uint64_t, 4> segments = {0, 5, 5, 30};
  return {
      fresh<Linear>("Linear", LinearOptions{.input_size = kInput, .output_size = kHidden},
                    [rows](const Linear& layer) { return layer.forward(rows); }),
      fresh<AttentionPooling>(
          "AttentionPooling",
          AttentionPoolingOptions{.input_size = kInput, .attention_size = kHidden},
          [rows, segments](const AttentionPooling& layer) {
            return layer.forward(rows, segments).pooled;
          }),
      over<ElmanRNN>("ElmanRNN", ElmanRNNOptions(), sequences),
      over<JordanRNN>("JordanRNN", JordanRNNOptions{.output_size = 5}, sequences),
      over<GRU>("GRUResetAfter", GRUOptions{.reset = GRUReset::kAfter}, sequences),
      over<GRU>("GRUResetBefore", GRUOptions{.reset = GRUReset::kBefore}, sequences),
      over<LSTM>("LSTM", LSTMOptions(), sequences),
      over<LSTM>("PeepholeLSTM", LSTMOptions{.peephole = Peephole::kDiagonal}, sequences),
      over<ChildSumTreeLSTM>("ChildSumTreeLSTM", ChildSumTreeLSTMOptions(), bottom_up(tree)),
      over<NaryTreeLSTM>("NaryTreeLSTM", NaryTreeLSTMOptions{.arity = 2}, bottom_up(tree, 2)),
      over<GraphStructuredLSTM>("GraphStructuredLSTM", GraphStructuredLSTMOptions(), replies),
      over<DAGLSTM>("DAGLSTM", DAGLSTMOptions{.relations = {"child 0", "child 1"}},
                    bottom_up(tree, 2)),
  };
}

class FirstAnswersTest : public testing::TestWithParam<FreshModel> {};
INSTANTIATE_TEST_SUITE_P(Layers, FirstAnswersTest, testing::ValuesIn(all_layers()),
                         [](const auto& info) { return test::name_of(info); });

TEST_P(FirstAnswersTest, AreRightForManyThreads) {
  EXPECT_EQ(test::wrong_first_answers(GetParam(), 8, 25), 0u);
}

// Minutes: for when locks were changed.
TEST_P(FirstAnswersTest, DISABLED_AreRightFor64ThreadsAnd1000Layers) {
  EXPECT_EQ(test::wrong_first_answers(GetParam(), 64, 1000), 0u);
}

TEST_P(FirstAnswersTest, AreRightAfterAnAllocationFailed) {
  EXPECT_GT(test::expect_right_answer_after_a_failure(GetParam()), 0u);
}

TEST_P(FirstAnswersTest, PackNothingAfterWarmUp) {
  const NoRecording no_recording;
  const int before = num_threads();
  set_num_threads(1);  // Which of several threads grows its scratch memory is chance.
  const Tensor expected = GetParam().make()();
  const Answer answer = GetParam().make_warm();
  const auto count_blocks = [&] {
    constexpr std::size_t kMany = 1'000'000;
    fail_block(kMany);
    EXPECT_TRUE(bitwise_equal(answer(), expected));
    return kMany - fail_block(0);
  };
  const std::size_t first = count_blocks();
  EXPECT_EQ(first, count_blocks());
  set_num_threads(before);
}

}  // namespace
}  // namespace espalier
