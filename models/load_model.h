#pragma once

#include <concepts>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/base/memory_budget.h>
#include <espalier/base/memory_error.h>
#include <espalier/base/options.h>
#include <espalier/data/vocabulary.h>
#include <espalier/models/averaged_embedding.h>
#include <espalier/models/bag_of_words.h>
#include <espalier/models/document_han.h>
#include <espalier/models/encoder_decoder.h>
#include <espalier/models/graph_attention_network.h>
#include <espalier/models/graph_convolution_network.h>
#include <espalier/models/han.h>
#include <espalier/models/language_model.h>
#include <espalier/models/sequence_classifier.h>
#include <espalier/models/sequence_regressor.h>
#include <espalier/models/similarity.h>
#include <espalier/models/thread_classifier.h>
#include <espalier/models/tree_classifier.h>
#include <espalier/ops/random.h>
#include <espalier/training/model_file.h>

namespace espalier::models {

/// A trained model, and what the numbers mean that it takes and gives.
template <class Model>
struct LoadedModel {
  Model network;
  Vocabulary vocabulary;         ///< No more than the unknown word if the file has none.
  Vocabulary target_vocabulary;  ///< Of an EncoderDecoder alone.
  std::vector<std::string> classes;
};

/// What load_model() finds in a checkpoint.
struct ModelFile {
  std::string source;
  std::string configuration;  ///< All that the checkpoint says of the model, JSON.
  training::ModelDescription description;
  training::NamedTensors parameters;  ///< Of the best epoch.
  std::string data_fingerprint = {};  ///< Of what it learnt from; empty if the file has none.
};
ModelFile read_model_file(const std::filesystem::path& path);

/// Throws Error, saying which model the file is of, if that is another one of the library's.
void check_model_name(const ModelFile& file, std::string_view expected);

/// Throws ParseError unless there are as many words, or classes, as the model has; none will do.
Vocabulary vocabulary_of(const std::vector<std::string>& words, int expected,
                         const std::string& source);
void check_num_classes(const ModelFile& file, int expected);

/// What a model may take while it is built from a file's options: some times its parameters.
MemoryBudget budget_of(const ModelFile& file);

/// The error of a file whose options ask for more.
[[noreturn]] void fail_size(const ModelFile& file, const MemoryError& error);

/// The error of a file that is not of the model `expected`, from what is wrong with its options.
[[noreturn]] void fail_options(const ModelFile& file, std::string_view expected,
                               const ParseError& error);

/// Options from what a checkpoint says. The command calls its models by names of its own; what they
/// are shows by whether the options are those of the model.
template <class Model>
typename Model::Options options_of(const ModelFile& file) {
  try {
    return from_json<typename Model::Options>(file.description.options, file.source);
  } catch (const ParseError& error) {
    fail_options(file, Model::kName, error);
  }
}

/// A model of these options, with parameters of its own. Throws ParseError if it is far larger than
/// what the file has: a size is not believed before it is paid for.
template <class Model>
Model built_for(const ModelFile& file, const typename Model::Options& options) {
  Rng rng(0);  // What it draws is replaced.
  const MemoryBudget budget = budget_of(file);
  try {
    if constexpr (std::constructible_from<Model, decltype(options), Rng&>) {
      return Model(options, rng);
    } else {
      return Model(options);
    }
  } catch (const MemoryError& error) {
    if (budget.exceeded()) fail_size(file, error);
    throw;
  }
}

/// The model of a checkpoint, with the parameters of its best epoch, ready to answer: written by
/// Trainer::fit(), save(), or the `espalier` command.
///
///     const auto loaded = load_model<TreeClassifier>("sst.safetensors");
///     loaded.network.probabilities(batch)  // words by loaded.vocabulary
///
/// Throws FileError and ParseError as load_checkpoint() does, Error if it is of another model, and
/// ParseError if its parts do not fit each other or a weight is not finite. Takes no more memory
/// than some times the file's size.
template <class Model>
LoadedModel<Model> load_model(const ModelFile& file) {
  check_model_name(file, Model::kName);
  const auto options = options_of<Model>(file);
  training::check_finite(file.parameters, file.source);
  LoadedModel<Model> loaded{.network = built_for<Model>(file, options),
                            .vocabulary = {},
                            .target_vocabulary = {},
                            .classes = file.description.classes};
  training::load_parameters(loaded.network.parameters(), file.parameters, file.source);
  if constexpr (requires { options.num_words; }) {
    loaded.vocabulary = vocabulary_of(file.description.words, options.num_words, file.source);
  }
  if constexpr (requires { options.num_source_words; }) {
    loaded.vocabulary =
        vocabulary_of(file.description.words, options.num_source_words, file.source);
    loaded.target_vocabulary =
        vocabulary_of(file.description.target_words, options.num_target_words, file.source);
  }
  if constexpr (requires { options.num_classes; }) check_num_classes(file, options.num_classes);
  return loaded;
}
template <class Model>
LoadedModel<Model> load_model(const std::filesystem::path& path) {
  return load_model<Model>(read_model_file(path));
}

}  // namespace espalier::models
