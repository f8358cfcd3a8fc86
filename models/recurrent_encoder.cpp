#include <espalier/models/recurrent_encoder.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include <espalier/base/error.h>
#include <espalier/layers/elman_rnn.h>
#include <espalier/layers/lstm.h>

namespace espalier::models {
namespace {

constexpr std::array<const char*, 3> kKinds = {"rnn", "lstm", "gru"};  // As RecurrentKind.

std::unique_ptr<RecurrentLayer> make_layer(std::size_t input_size,
                                           const RecurrentEncoderOptions& options, Rng& rng) {
  const auto input = static_cast<int>(input_size);
  switch (options.kind) {
    case RecurrentKind::kRNN:
      return std::make_unique<ElmanRNN>(
          ElmanRNNOptions{.input_size = input, .hidden_size = options.hidden_size}, rng);
    case RecurrentKind::kLSTM:
      return std::make_unique<LSTM>(LSTMOptions{.input_size = input,
                                                .hidden_size = options.hidden_size,
                                                .peephole = options.peephole,
                                                .coupled = options.coupled},
                                    rng);
    case RecurrentKind::kGRU:
      return std::make_unique<GRU>(
          GRUOptions{
              .input_size = input, .hidden_size = options.hidden_size, .update = options.update},
          rng);
  }
  throw OptionError("no such kind of recurrent layer");
}

}  // namespace

StackedRNN make_recurrent_encoder(std::size_t input_size, const RecurrentEncoderOptions& options,
                                  Rng& rng) {
  if (options.kind != RecurrentKind::kLSTM && (options.peephole || options.coupled)) {
    throw OptionError("peephole and coupled are of an LSTM alone");
  }
  if (options.kind != RecurrentKind::kGRU && options.update != GRUUpdate::kKeepByZ) {
    throw OptionError("update is of a GRU alone");
  }
  return {input_size,
          {.num_layers = options.num_layers,
           .bidirectional = options.bidirectional,
           .dropout = options.dropout},
          [&](std::size_t size, Rng& layer_rng) { return make_layer(size, options, layer_rng); },
          rng};
}

nlohmann::json to_json_object(const RecurrentEncoderOptions& options) {
  return {{"kind", kKinds[static_cast<std::size_t>(options.kind)]},
          {"hidden_size", options.hidden_size},
          {"num_layers", options.num_layers},
          {"bidirectional", options.bidirectional},
          {"dropout", options.dropout},
          {"peephole", options.peephole},
          {"coupled", options.coupled},
          {"write_by_z", options.update == GRUUpdate::kWriteByZ}};
}

RecurrentEncoderOptions recurrent_encoder_options_from(const nlohmann::json& json) {
  const std::string kind = json.at("kind");
  const auto found = std::ranges::find(kKinds, kind);
  if (found == kKinds.end()) {
    throw OptionError(
        message("recurrent layers of kind \"", kind, "\", expected rnn, lstm or gru"));
  }
  return {.kind = static_cast<RecurrentKind>(found - kKinds.begin()),
          .hidden_size = json.at("hidden_size"),
          .num_layers = json.at("num_layers"),
          .bidirectional = json.at("bidirectional"),
          .dropout = json.at("dropout"),
          .peephole = json.at("peephole"),
          .coupled = json.at("coupled"),
          .update = json.at("write_by_z").get<bool>() ? GRUUpdate::kWriteByZ : GRUUpdate::kKeepByZ};
}

}  // namespace espalier::models
