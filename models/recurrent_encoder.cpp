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

RecurrentKind kind_of(const std::string& name, const std::string& source) {
  const auto found = std::ranges::find(kKinds, name);
  if (found != kKinds.end()) return static_cast<RecurrentKind>(found - kKinds.begin());
  throw ParseError({source, 0, 0},
                   message("recurrent layers of kind \"", name, "\", expected rnn, lstm or gru"));
}

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
  if (options.kind != RecurrentKind::kLSTM && (options.peephole || options.coupled)) {
    throw OptionError("peephole and coupled are of an LSTM alone");
  }
  if (options.kind != RecurrentKind::kLSTM &&
      options.forget_bias != RecurrentEncoderOptions{}.forget_bias) {
    throw OptionError("forget_bias is of an LSTM alone");
  }
  if (options.kind == RecurrentKind::kRNN && options.chrono_steps != 0) {
    throw OptionError("chrono_steps is of an LSTM or a GRU");
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

std::string to_json(const RecurrentEncoderOptions& options) {
  return nlohmann::json{{"kind", kKinds[static_cast<std::size_t>(options.kind)]},
                        {"hidden_size", options.hidden_size},
                        {"num_layers", options.num_layers},
                        {"bidirectional", options.bidirectional},
                        {"dropout", options.dropout},
                        {"peephole", options.peephole},
                        {"coupled", options.coupled},
                        {"forget_bias", options.forget_bias},
                        {"chrono_steps", options.chrono_steps},
                        {"write_by_z", options.update == GRUUpdate::kWriteByZ}}
      .dump();
}

RecurrentEncoderOptions recurrent_encoder_options_from_json(const std::string& text,
                                                            const std::string& source) {
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    const bool write_by_z = json.at("write_by_z");
    return {.kind = kind_of(json.at("kind"), source),
            .hidden_size = json.at("hidden_size"),
            .num_layers = json.at("num_layers"),
            .bidirectional = json.at("bidirectional"),
            .dropout = json.at("dropout"),
            .peephole = json.at("peephole"),
            .coupled = json.at("coupled"),
            .forget_bias = json.at("forget_bias"),
            .chrono_steps = json.at("chrono_steps"),
            .update = write_by_z ? GRUUpdate::kWriteByZ : GRUUpdate::kKeepByZ};
  } catch (const nlohmann::json::exception& error) {
    throw ParseError({source, 0, 0}, message("no options of recurrent layers: ", error.what()));
  }
}

}  // namespace espalier::models
