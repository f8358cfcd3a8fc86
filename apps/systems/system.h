#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <espalier/apps/command.h>
#include <espalier/apps/systems/data_set.h>
#include <espalier/base/options.h>
#include <espalier/data/splits.h>
#include <espalier/datasets/line_reader.h>
#include <espalier/models/load_model.h>
#include <espalier/ops/random.h>
#include <espalier/training/task.h>

namespace espalier::apps {

/// A model and the data it is to learn from, ready to be trained.
class Experiment {
 public:
  virtual ~Experiment() = default;
  virtual training::Task& task() = 0;

  std::size_t batch_size = 25;
  std::uint64_t epochs = 10;
  std::uint64_t patience = 0;        ///< Epochs without a better dev score; 0: without end.
  double rate_decay = 1.0;           ///< The learning rate's factor from one epoch to the next.
  double clip = 0.0;                 ///< Greatest norm of all gradients together; 0: no limit.
  training::Settings settings = {};  ///< What else a run must go on with: word vectors.
  std::array<std::size_t, 3> sizes = {};  ///< Of the splits, in examples: train, dev, test.

  /// Other models on the same data, by name, that it is to be compared with, if that was asked for.
  std::vector<std::pair<std::string, std::unique_ptr<Experiment>>> baselines = {};
};

/// What a run is given beside its options.
struct Run {
  std::filesystem::path data_folder;
  std::set<std::string> said;  ///< The options that were given, without dashes.
  std::uint64_t seed = 1;
  Rng& rng;             ///< Of the parameters.
  std::ostream& notes;  ///< Is told what is worth knowing.
};

/// A model on a data set, before any data are loaded: the options that it takes, whose values are
/// its defaults until they are set, and how it is made ready with them.
struct Plan {
  std::vector<Option> data_options;
  std::vector<Option> model_options;  ///< And those of its training.
  std::function<std::unique_ptr<Experiment>(const Run& run)> prepare;
};

/// Data for a model that is trained.
struct GivenData {
  std::filesystem::path folder;
  /// Other data than those of its training are meant. If they are not, and the data are others,
  /// whoever loads them throws Error.
  bool may_differ = false;
};

/// What a model is to be measured on.
struct MeasuredData : GivenData {
  Split split = Split::kTest;
};

/// A trained model about to be measured on a data set, likewise.
struct Measurement {
  std::vector<Option> data_options;
  std::function<training::Metrics(const MeasuredData& on, std::ostream& notes)> run;
};

/// How a drawing is asked for.
struct DrawOptions {
  std::size_t line = 1;  ///< Of the example in its file, from 1.
  bool dot = false;      ///< Graphviz's language in place of SVG, where it is a graph.
  /// How many nodes of a graph are drawn at most; 0: all, but a graph of more than kMostDrawn is
  /// refused. Of a neighbourhood, how many neighbours; 0: kNeighbours.
  std::size_t nodes = 0;
  bool paths = false;  ///< What each meta-path counts, in place of a neighbourhood.

  static constexpr std::size_t kMostDrawn = 1000, kNeighbours = 30;
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

  /// On a data set like the one it learnt from: that one, with its options, if `dataset` is empty
  /// or it. Throws UsageError if the model does not take the data set.
  virtual Measurement measurement(std::string_view dataset) const = 0;
  /// Loads the data that examples are read from, if they are nodes of a graph, before predict() and
  /// draw(). Throws UsageError at a folder, or other data, that the model has no use for.
  virtual void load_data(const GivenData& data, std::ostream& notes) = 0;
  /// Answers examples, one from each line, with a JSON line each. With `states`, a file, what the
  /// model knows of each before its last step is written there.
  virtual void predict(datasets::LineReader& lines, std::ostream& out,
                       const std::filesystem::path& states) const = 0;
  /// One example with what the model makes of it: SVG, DOT or HTML.
  virtual std::string draw(datasets::LineReader& lines, const DrawOptions& options) const = 0;
  virtual std::string generate(const GenerateOptions& options) const = 0;

  std::string dataset;  ///< What it was trained on.
};

/// Models of one kind and all that the command needs to know to train and use them.
struct System {
  bool takes(std::string_view model, std::string_view dataset) const;

  std::vector<std::string_view> models;
  std::vector<DataSetInfo> data_sets;  ///< All of the models take all of them.
  std::string_view description;        ///< One line.
  std::string_view metrics;            ///< One line; what chooses the best epoch.
  std::string_view examples;           ///< What `predict` reads, one line.

  std::function<Plan(std::string_view model, std::string_view dataset)> plan;
  std::function<std::unique_ptr<TrainedModel>(const models::ModelFile& file)> load;
};

}  // namespace espalier::apps
