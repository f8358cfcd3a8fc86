#include <espalier/apps/tree_model.h>

#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include <espalier/base/error.h>
#include <espalier/ops/random.h>
#include <espalier/training/checkpoint.h>

namespace espalier::apps {
namespace {

using nlohmann::ordered_json;

std::optional<std::size_t> optional_size(const ordered_json& object, const char* key) {
  if (!object.contains(key)) return std::nullopt;
  return object.at(key).get<std::size_t>();
}

TreeDataOptions data_options(const ordered_json& configuration) {
  const ordered_json& data = configuration.at("data");
  return {.dataset = configuration.at("dataset"),
          .train_size = optional_size(data, "train_size"),
          .max_length = optional_size(data, "max_length")};
}

TreeModel untrained_model(const std::string& text, const std::string& source) {
  const ordered_json configuration = ordered_json::parse(text);
  if (const ordered_json& model = configuration.at("model"); model != kTreeLSTM) {
    throw Error(message(source, ": a checkpoint of the model ", model.dump(), ", expected \"",
                        kTreeLSTM, '"'));
  }
  const auto options =
      models::tree_classifier_options_from_json(configuration.at("options").dump(), source);
  const std::vector<std::string> words = configuration.at("words");
  std::vector<std::string> classes = configuration.at("classes");
  const auto check_size = [&](const char* what, std::size_t size, int expected) {
    if (std::cmp_equal(size, expected)) return;
    throw ParseError({.source = source}, message(size, ' ', what, ", expected ", expected));
  };
  check_size("words", words.size(), options.num_words);
  check_size("classes", classes.size(), options.num_classes);

  TreeDataOptions data = data_options(configuration);
  tree_dataset(data.dataset);  // Throws if it is unknown.
  Rng rng(0);                  // What it draws is replaced.
  return {.data = std::move(data),
          .vocabulary = datasets::Vocabulary::from_words(words),
          .classes = std::move(classes),
          .classifier = models::TreeClassifier(options, rng)};
}

}  // namespace

std::string tree_model_configuration(const TreeDataOptions& options, const TreeData& data,
                                     const models::TreeClassifierOptions& model) {
  ordered_json sizes = ordered_json::object();
  if (options.train_size) sizes["train_size"] = *options.train_size;
  if (options.max_length) sizes["max_length"] = *options.max_length;
  return ordered_json{{"model", kTreeLSTM},
                      {"dataset", options.dataset},
                      {"data", std::move(sizes)},
                      {"options", ordered_json::parse(models::to_json(model))},
                      {"words", data.vocabulary.words()},
                      {"classes", data.classes}}
      .dump();
}

TreeModel load_tree_model(const std::filesystem::path& path) {
  const std::string source = path.string();
  const training::Checkpoint checkpoint = training::load_checkpoint(path);
  try {
    TreeModel model = untrained_model(checkpoint.configuration, source);
    training::load_parameters(model.classifier.parameters(), checkpoint.parameters_to_use(),
                              source);
    return model;
  } catch (const nlohmann::json::exception& error) {
    throw ParseError({.source = source}, message("no configuration of a model: ", error.what()));
  } catch (const OptionError& error) {
    throw ParseError({.source = source}, error.what());
  }
}

}  // namespace espalier::apps
