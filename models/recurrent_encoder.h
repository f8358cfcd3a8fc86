#pragma once

#include <string>
#include <vector>

#include <espalier/base/options.h>
#include <espalier/layers/gru.h>
#include <espalier/layers/stacked_rnn.h>
#include <espalier/ops/random.h>

namespace espalier::models {

/// Which member of the RNN family.
enum class RecurrentKind { kRNN, kLSTM, kGRU };

/// The recurrent layers that a model is made of.
struct RecurrentEncoderOptions {
  RecurrentKind kind = RecurrentKind::kLSTM;
  int hidden_size = 100;  ///< Of each direction, > 0.
  int num_layers = 1;     ///< > 0.
  bool bidirectional = false;
  float dropout = 0.0f;   ///< Between layers.
  bool peephole = false;  ///< Of an LSTM alone, and so is the next.
  bool coupled = false;
  float forget_bias = 1.0f;  ///< Of an LSTM: what the forget gates begin with (lstm.h).
  int chrono_steps = 0;      ///< Of an LSTM or GRU: chrono initialisation (lstm.h, gru.h).
  GRUUpdate update = GRUUpdate::kKeepByZ;  ///< Of a GRU alone.

  static std::vector<Option> fields(RecurrentEncoderOptions& o) {
    const bool lstm = o.kind == RecurrentKind::kLSTM, gru = o.kind == RecurrentKind::kGRU;
    return {
        choice("kind", o.kind, "Which recurrent layers", {"rnn", "lstm", "gru"}).given(),
        option("hidden_size", o.hidden_size, "Hidden size; of each direction, if there are two",
               at_least(1, kMaxSize))
            .command("hidden"),
        option("num_layers", o.num_layers, "Recurrent layers on top of each other",
               at_least(1, 1000))
            .command("layers"),
        option("bidirectional", o.bidirectional, "Read from both ends"),
        option("dropout", o.dropout,
               "Part of the values between layers that are left out in training",
               from_to_below(0, 1)),
        option("peephole", o.peephole, "The gates see the memory cell").only_if(lstm, "an LSTM"),
        option("coupled", o.coupled, "The input gate is 1 - forget gate").only_if(lstm, "an LSTM"),
        option("forget_bias", o.forget_bias,
               "What the forget gates' bias begins with; the longer a memory is to last, the more",
               between(-100, 100))
            .only_if(lstm, "an LSTM"),
        option("chrono_steps", o.chrono_steps,
               "Begin with gates that remember for 1 to N steps, each unit its own time (chrono "
               "initialisation, in place of a forget bias); 0: do not",
               at_least(0, 10'000'000))
            .command("chrono")
            .only_if(lstm || gru, "an LSTM or a GRU"),
        flag("write_by_z", o.update, GRUUpdate::kKeepByZ, GRUUpdate::kWriteByZ,
             "The update gate says what is written, not what is kept")
            .only_if(gru, "a GRU")};
  }
};

/// Layers of tanh RNN, LSTM or GRU. Throws OptionError if an option is out of range or not one of
/// the kind.
StackedRNN make_recurrent_encoder(std::size_t input_size, const RecurrentEncoderOptions& options,
                                  Rng& rng);

}  // namespace espalier::models
