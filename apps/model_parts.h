#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <espalier/apps/data_options.h>
#include <espalier/apps/settings.h>
#include <espalier/data/vocabulary.h>
#include <espalier/datasets/word_vectors.h>
#include <espalier/ops/module.h>
#include <espalier/training/checkpoint.h>

// What systems have in common in making and loading models.
namespace espalier::apps {

/// The configuration that a checkpoint of a model holds, to which a system adds what it needs:
///
///     {"model":"tree-lstm","dataset":"listops","data":{"train_size":100},"options":{…}}
nlohmann::ordered_json configuration(std::string_view model, const DataOptions& data,
                                     const std::string& options);

/// "words" and "classes" of a configuration. Throws ParseError unless there are as many as
/// expected, nlohmann's exceptions if there are none.
Vocabulary words_of(const nlohmann::ordered_json& configuration, const char* key, int expected,
                    const std::string& source);
std::vector<std::string> classes_of(const nlohmann::ordered_json& configuration, int expected,
                                    const std::string& source);

/// Sets a model's parameters to those of a checkpoint's best epoch.
void load_best(std::span<const NamedParameter> parameters, const training::Checkpoint& checkpoint,
               const std::string& source);

/// The pretrained vectors that were asked for, if any; says to `notes` how many words have one.
std::optional<datasets::WordVectors> load_vectors(const Settings& settings,
                                                  const Vocabulary& vocabulary,
                                                  std::ostream& notes);
/// The size of a word vector: as was said, else that of the vectors, else the default.
/// Throws OptionError if what was said is too small for the vectors.
int input_size(const Settings& settings, const std::optional<datasets::WordVectors>& vectors,
               int otherwise);
/// The vectors become the first columns of the table.
void insert_vectors(const std::optional<datasets::WordVectors>& vectors, const Variable& table);

/// The numbers that the words of one vocabulary have in another.
std::vector<std::uint32_t> renumbering(const Vocabulary& from, const Vocabulary& to);

/// One of train, dev and test, by its name.
template <class Splits>
auto& split_of(Splits& splits, std::string_view name) {
  return name == "train" ? splits.train : name == "dev" ? splits.dev : splits.test;
}

/// Throws Error, naming `source`, unless a data set has the classes of the model.
void check_classes(std::size_t ours, std::size_t theirs, std::string_view dataset,
                   std::string_view source);

}  // namespace espalier::apps
