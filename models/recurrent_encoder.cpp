#include <espalier/models/recurrent_encoder.h>

#include <cstddef>
#include <memory>
#include <string>

#include <espalier/base/error.h>
#include <espalier/layers/elman_rnn.h>
#include <espalier/layers/lstm.h>

namespace espalier::models {
namespace {

std::unique_ptr<RecurrentLayer> make_layer(std::size_t input_size,
                                           const RecurrentEncoderOptions& options, Rng& rng) {
  const auto input = static_cast<int>(input_size);
  switch (options.kind) {
    case RecurrentKind::kRNN:
      return std::make_unique<ElmanRNN>(
          ElmanRNNOptions{.input_size = input, .hidden_size = options.hidden_size}, rng);
    case RecurrentKind::kLSTM:
      return std::make_unique<LSTM>(
          LSTMOptions{.input_size = input,
                      .hidden_size = options.hidden_size,
                      .peephole = options.peephole ? Peephole::kDiagonal : Peephole::kNone,
                      .coupled = options.coupled,
                      .forget_bias = options.forget_bias,
                      .chrono_steps = options.chrono_steps},
          rng);
    case RecurrentKind::kGRU:
      return std::make_unique<GRU>(GRUOptions{.input_size = input,
                                              .hidden_size = options.hidden_size,
                                              .update = options.update,
                                              .chrono_steps = options.chrono_steps},
                                   rng);
  }
  throw OptionError("no such kind of recurrent layer");
}

}  // namespace

StackedRNN make_recurrent_encoder(std::size_t input_size, const RecurrentEncoderOptions& options,
                                  Rng& rng) {
  checked(options);
  return {input_size,
          {.num_layers = options.num_layers,
           .bidirectional = options.bidirectional,
           .dropout = options.dropout},
          [&](std::size_t size, Rng& layer_rng) { return make_layer(size, options, layer_rng); },
          rng};
}

}  // namespace espalier::models
