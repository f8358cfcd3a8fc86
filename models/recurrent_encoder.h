#pragma once

#include <string>

#include <espalier/layers/gru.h>
#include <espalier/layers/stacked_rnn.h>
#include <espalier/ops/random.h>

namespace espalier::models {

/// Which member of the RNN family.
enum class RecurrentKind { kRNN, kLSTM, kGRU };

/// What a model needs to say of the recurrent layers it is made of.
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
};

/// Layers of tanh RNN, LSTM or GRU. Throws OptionError if an option is out of range or not one of
/// the kind.
StackedRNN make_recurrent_encoder(std::size_t input_size, const RecurrentEncoderOptions& options,
                                  Rng& rng);

/// Options as a JSON object, and back, for the models that hold them. Throws ParseError, naming
/// `source` and the entry that is missing, of another kind, or not known.
std::string to_json(const RecurrentEncoderOptions& options);
RecurrentEncoderOptions recurrent_encoder_options_from_json(const std::string& text,
                                                            const std::string& source);

}  // namespace espalier::models
