#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <espalier/apps/command.h>
#include <espalier/apps/data_options.h>
#include <espalier/apps/settings.h>
#include <espalier/datasets/line_reader.h>
#include <espalier/ops/random.h>
#include <espalier/training/checkpoint.h>
#include <espalier/training/task.h>

namespace espalier::apps {

/// A model and the data it is to learn from, ready to be trained.
class Experiment {
 public:
  virtual ~Experiment() = default;
  virtual training::Task& task() = 0;

  std::size_t batch_size = 25;
  std::uint64_t epochs = 10;
  double rate_decay = 1.0;  ///< The learning rate's factor from one epoch to the next.
  double clip = 0.0;        ///< Greatest norm of all gradients together; 0: no limit.

  /// Other models on the same data, by name, that it is to be compared with, if that was asked for.
  std::vector<std::pair<std::string, std::unique_ptr<Experiment>>> baselines = {};
};

/// How a drawing is asked for.
struct DrawOptions {
  std::size_t line = 1;  ///< Of the example in its file, from 1.
  bool dot = false;      ///< Graphviz's language in place of SVG, where it is a graph.
};

struct GenerateOptions {
  std::string prompt;
  std::size_t length = 500;  ///< Characters.
  double temperature = 1.0;
  std::uint64_t seed = 1;
};

/// A model that was trained, and what its numbers mean. What a model has no use for throws
/// UsageError.
class TrainedModel {
 public:
  virtual ~TrainedModel() = default;

  /// The metrics on a split, "train", "dev" or "test", of a data set like the one it learnt from.
  virtual training::Metrics evaluate(const DataOptions& data, std::string_view split) const = 0;
  /// Answers examples, one from each line, with a JSON line each.
  virtual void predict(datasets::LineReader& lines, std::ostream& out) const = 0;
  /// One example with what the model makes of it: SVG, DOT or HTML.
  virtual std::string draw(datasets::LineReader& lines, const DrawOptions& options) const;
  virtual std::string generate(const GenerateOptions& options) const;

  DataOptions data;    ///< What it was trained on, without the folder.
  std::string source;  ///< The checkpoint, for messages.
};

/// Models of one kind and what the command needs to know to train and use them.
class System {
 public:
  virtual ~System() = default;

  /// Names of models, and of data sets that all of them take.
  virtual std::vector<std::string_view> models() const = 0;
  virtual std::vector<std::string_view> datasets() const = 0;
  virtual std::string_view description() const = 0;  ///< One line.
  virtual std::string_view metrics() const = 0;      ///< One line; what chooses the best epoch.
  virtual std::string_view examples() const = 0;     ///< What `predict` reads, one line.

  /// The options of Settings that mean nothing to one of the models, as they are written.
  virtual std::vector<std::string_view> unused_settings(std::string_view model) const = 0;

  /// Are --states, --edges, --readout, --tanh-candidate and --trained-null for it?
  virtual bool reads_threads() const { return false; }

  /// `rng` is the parameters'. What is worth knowing is told to `notes`.
  virtual std::unique_ptr<Experiment> prepare(std::string_view model, const DataOptions& data,
                                              const Settings& settings, Rng& rng,
                                              std::ostream& notes) const = 0;

  /// The model of a checkpoint; `configuration` is its configuration, parsed.
  virtual std::unique_ptr<TrainedModel> load(const nlohmann::ordered_json& configuration,
                                             const training::Checkpoint& checkpoint,
                                             const std::string& source) const = 0;
};

}  // namespace espalier::apps
