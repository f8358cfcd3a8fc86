#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace espalier::apps {

/// What may be said of a model and its training, apart from the data. Where there is nothing, the
/// system decides.
struct Settings {
  std::optional<std::uint64_t> epochs = {};
  std::optional<std::size_t> batch_size = {};
  std::optional<int> hidden_size = {}, input_size = {}, num_layers = {}, chrono_steps = {};
  std::optional<float> dropout = {};
  std::optional<double> learning_rate = {}, embedding_learning_rate = {}, l2 = {};
  std::optional<double> rate_decay = {}, clip = {}, forget_bias = {};
  bool bidirectional = false, peephole = false, coupled = false;
  std::optional<std::string> states = {}, edges = {}, readout = {};  ///< Of threads.
  bool tanh_candidate = false, trained_null = false;
  bool baselines = false;  ///< Train what the model is to be compared with, too.
  std::filesystem::path vectors = {};
  std::uint64_t seed = 1;
};

/// Adds the options of all of these but --seed. `settings` must outlive `command`.
void add_settings(CLI::App& command, Settings& settings);

/// Puts what was said in the place of a default.
template <class T>
void override_with(const std::optional<T>& said, T& value) {
  if (said) value = *said;
}

}  // namespace espalier::apps
