#include <espalier/models/recurrent_encoder.h>

#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/layers/elman_rnn.h>
#include <espalier/layers/lstm.h>

#include "tests/support/errors.h"

namespace espalier::models {
namespace {

using test::error_of;

class RecurrentEncoderTest : public testing::Test {
 protected:
  StackedRNN make(const RecurrentEncoderOptions& options) {
    return make_recurrent_encoder(5, options, rng_);
  }

  Rng rng_{1};
};

TEST_F(RecurrentEncoderTest, MakesWhatItIsTold) {
  const StackedRNN lstm = make({.kind = RecurrentKind::kLSTM,
                                .hidden_size = 7,
                                .num_layers = 2,
                                .bidirectional = true,
                                .dropout = 0.25f,
                                .peephole = true,
                                .coupled = true,
                                .forget_bias = 3.0f});
  EXPECT_EQ(lstm.input_size(), 5u);
  EXPECT_EQ(lstm.output_size(), 14u);
  ASSERT_EQ(lstm.num_layers(), 4u);
  EXPECT_EQ(lstm.options().dropout, 0.25f);
  for (std::size_t i = 0; i < 4; ++i) {
    const LSTMOptions& options = dynamic_cast<const LSTM&>(lstm.layer(i)).options();
    EXPECT_EQ(options.input_size, i < 2 ? 5 : 14);
    EXPECT_EQ(options.hidden_size, 7);
    EXPECT_EQ(options.peephole, Peephole::kDiagonal);
    EXPECT_TRUE(options.coupled);
    EXPECT_EQ(options.forget_bias, 3.0f);
  }

  const StackedRNN gru = make({.kind = RecurrentKind::kGRU, .update = GRUUpdate::kWriteByZ});
  const GRUOptions& options = dynamic_cast<const GRU&>(gru.layer(0)).options();
  EXPECT_EQ(options.update, GRUUpdate::kWriteByZ);
  EXPECT_EQ(options.reset, GRUReset::kAfter);
  EXPECT_EQ(options.hidden_size, 100);
  EXPECT_EQ(gru.num_layers(), 1u);

  const StackedRNN rnn = make({.kind = RecurrentKind::kRNN, .hidden_size = 3});
  EXPECT_EQ(dynamic_cast<const ElmanRNN&>(rnn.layer(0)).options().activation, Activation::kTanh);
}

TEST_F(RecurrentEncoderTest, EncodesSequences) {
  const std::vector<NodeId> lengths = {3, 0, 2};
  for (const RecurrentKind kind :
       {RecurrentKind::kRNN, RecurrentKind::kLSTM, RecurrentKind::kGRU}) {
    const StackedRNN encoder = make({.kind = kind, .hidden_size = 4, .bidirectional = true});
    const StackedStates states =
        encoder.forward(Variable(normal_tensor({5, 5}, 1.0f, rng_)), SequenceBatch(lengths), rng_);
    EXPECT_EQ(states.h.shape(), (Shape{5, 8}));
    EXPECT_EQ(states.summary().shape(), (Shape{3, 8}));
  }
}

TEST_F(RecurrentEncoderTest, OptionsComeBackFromJson) {
  const RecurrentEncoderOptions options = {.kind = RecurrentKind::kRNN,
                                           .hidden_size = 7,
                                           .num_layers = 2,
                                           .bidirectional = true,
                                           .dropout = 0.25f,
                                           .peephole = true,
                                           .coupled = false,
                                           .forget_bias = 3.0f,
                                           .chrono_steps = 20,
                                           .update = GRUUpdate::kWriteByZ};
  const auto back = from_json<RecurrentEncoderOptions>(to_json(options), "test");
  EXPECT_EQ(back.kind, RecurrentKind::kRNN);
  EXPECT_EQ(back.hidden_size, 7);
  EXPECT_EQ(back.num_layers, 2);
  EXPECT_TRUE(back.bidirectional);
  EXPECT_EQ(back.dropout, 0.25f);
  EXPECT_TRUE(back.peephole);
  EXPECT_FALSE(back.coupled);
  EXPECT_EQ(back.forget_bias, 3.0f);
  EXPECT_EQ(back.chrono_steps, 20);
  EXPECT_EQ(back.update, GRUUpdate::kWriteByZ);
  for (const RecurrentKind kind : {RecurrentKind::kLSTM, RecurrentKind::kGRU}) {
    const std::string text = to_json(RecurrentEncoderOptions{.kind = kind, .coupled = true});
    EXPECT_TRUE(from_json<RecurrentEncoderOptions>(text, "test").coupled);
    EXPECT_EQ(from_json<RecurrentEncoderOptions>(text, "test").kind, kind);
    EXPECT_EQ(to_json(from_json<RecurrentEncoderOptions>(text, "test")), text);
  }
}

TEST_F(RecurrentEncoderTest, RefusesJsonOfSomethingElse) {
  for (const char* text : {"{\"kind\": \"lstm\"}", "{", "[]"}) {
    const std::string error = error_of<ParseError>(
        [&] { from_json<RecurrentEncoderOptions>(text, "model.safetensors"); });
    EXPECT_EQ(error.find("model.safetensors: "), 0u) << error;
  }
  std::string text = to_json(RecurrentEncoderOptions());
  text.replace(text.find("lstm"), 4, "cnn");
  EXPECT_EQ(
      error_of<ParseError>([&] { from_json<RecurrentEncoderOptions>(text, "model.safetensors"); }),
      "model.safetensors: the option kind is \"cnn\", expected rnn, lstm or gru");
}

TEST_F(RecurrentEncoderTest, RefusesOptionsOfAnotherKindOrOutOfRange) {
  const auto error = [&](const RecurrentEncoderOptions& options) {
    return error_of<OptionError>([&] { make(options); });
  };
  EXPECT_EQ(error({.kind = RecurrentKind::kGRU, .peephole = true}),
            "peephole is true, expected false: it is of an LSTM alone");
  EXPECT_EQ(error({.kind = RecurrentKind::kRNN, .coupled = true}),
            "coupled is true, expected false: it is of an LSTM alone");
  EXPECT_EQ(error({.kind = RecurrentKind::kLSTM, .update = GRUUpdate::kWriteByZ}),
            "write_by_z is true, expected false: it is of a GRU alone");
  EXPECT_EQ(error({.kind = RecurrentKind::kGRU, .forget_bias = 2.0f}),
            "forget_bias is 2, expected 1: it is of an LSTM alone");
  EXPECT_EQ(error({.kind = RecurrentKind::kRNN, .chrono_steps = 9}),
            "chrono_steps is 9, expected 0: it is of an LSTM or a GRU alone");
  EXPECT_EQ(error({.kind = RecurrentKind::kGRU, .chrono_steps = 1}),
            "chrono_steps is 1, expected 2 or more");
  EXPECT_EQ(error({.hidden_size = 0}), "hidden_size is 0, expected 1 or more");
  EXPECT_EQ(error({.num_layers = -1}), "num_layers is -1, expected 1 or more");
  EXPECT_EQ(error({.kind = static_cast<RecurrentKind>(9)}),
            "kind is unknown, expected rnn, lstm or gru");
}

}  // namespace
}  // namespace espalier::models
