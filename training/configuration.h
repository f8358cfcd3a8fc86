#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/base/options.h>
#include <espalier/data/vocabulary.h>
#include <espalier/ops/module.h>

namespace espalier::training {

/// What a checkpoint says of the model in it, beside its parameters.
struct ModelDescription {
  std::string model;                           ///< Its name: "TreeClassifier".
  std::string options;                         ///< Those that it is built from, a JSON object.
  std::vector<std::string> words = {};         ///< Of the vocabulary, by number; may be empty.
  std::vector<std::string> target_words = {};  ///< Of a translator's targets; may be empty.
  std::vector<std::string> classes = {};       ///< The names of its classes; may be empty.
};

/// As JSON: {"model": …, "options": {…}, "words": […], "target_words": […], "classes": […]}, what
/// is empty left out. Throws Error unless `options` are a JSON object.
std::string to_json(const ModelDescription& description);

/// Throws ParseError, naming `source`, if an entry is missing or of another kind.
ModelDescription model_description_from_json(std::string_view text, const std::string& source);

/// The names and shapes of parameters as a JSON object: the options of a model that has none.
std::string shapes_as_json(std::span<const NamedParameter> parameters);

/// The description of a model and of the data that it learns from. A model that has a `kName` and
/// options whose fields are described (base/options.h) is described by them, any other by the
/// shapes of its parameters. Of the data, vocabulary, target_vocabulary and classes count, where
/// there are any.
template <class Model, class Data>
ModelDescription describe(const Model& model, const Data& data) {
  ModelDescription description;
  if constexpr (requires { espalier::to_json(model.options()); }) {
    description.options = espalier::to_json(model.options());
  } else {
    description.options = shapes_as_json(model.parameters());
  }
  if constexpr (requires { Model::kName; }) {
    description.model = Model::kName;
  } else {
    description.model = "unnamed";
  }
  if constexpr (requires { data.vocabulary.words(); }) description.words = data.vocabulary.words();
  if constexpr (requires { data.target_vocabulary.words(); }) {
    description.target_words = data.target_vocabulary.words();
  }
  if constexpr (requires { data.classes; }) description.classes = data.classes;
  return description;
}

}  // namespace espalier::training
