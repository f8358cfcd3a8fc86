#include <espalier/apps/systems.h>

#include <algorithm>
#include <string>

#include <nlohmann/json.hpp>

#include <espalier/apps/document_system.h>
#include <espalier/apps/language_system.h>
#include <espalier/apps/regression_system.h>
#include <espalier/apps/sequence_system.h>
#include <espalier/apps/similarity_system.h>
#include <espalier/apps/thread_system.h>
#include <espalier/apps/translation_system.h>
#include <espalier/apps/tree_system.h>
#include <espalier/base/error.h>

namespace espalier::apps {
namespace {

bool takes(const System& system, std::string_view model, std::string_view dataset) {
  return std::ranges::count(system.models(), model) > 0 &&
         std::ranges::count(system.datasets(), dataset) > 0;
}

const System* find_system(std::string_view model, std::string_view dataset) {
  for (const System* system : systems()) {
    if (takes(*system, model, dataset)) return system;
  }
  return nullptr;
}

}  // namespace

std::string TrainedModel::draw(datasets::LineReader&, const DrawOptions&) const {
  throw UsageError(message("a model of ", data.dataset,
                           " draws nothing; tree-lstm draws trees, document-han documents, "
                           "graph-lstm-reply discussions"));
}

std::string TrainedModel::generate(const GenerateOptions&) const {
  throw UsageError(message("a model of ", data.dataset,
                           " generates nothing; one trained on the data set text does"));
}

std::span<const System* const> systems() {
  static const TreeSystem trees;
  static const RegressionSystem regression;
  static const SequenceSystem sequences;
  static const TranslationSystem translation;
  static const LanguageSystem language;
  static const DocumentSystem documents;
  static const SimilaritySystem similarity;
  static const ThreadSystem threads;
  static const System* const all[] = {&trees,    &regression, &sequences,  &translation,
                                      &language, &documents,  &similarity, &threads};
  return all;
}

const System& system_of(std::string_view model, std::string_view dataset) {
  if (const System* const system = find_system(model, dataset)) return *system;
  std::string known;
  for (const System* system : systems()) {
    if (std::ranges::count(system->models(), model) == 0) continue;
    for (const std::string_view name : system->datasets()) known += message(' ', name);
  }
  throw UsageError(
      message("the model ", model, " does not take the data set ", dataset, "; it takes:", known));
}

std::unique_ptr<TrainedModel> load_model(const std::filesystem::path& path) {
  const std::string source = path.string();
  const training::Checkpoint checkpoint = training::load_checkpoint(path);
  try {
    const auto configuration = nlohmann::ordered_json::parse(checkpoint.configuration);
    const std::string model = configuration.at("model");
    const std::string dataset = configuration.at("dataset");
    const System* const system = find_system(model, dataset);
    if (system == nullptr) {
      throw Error(message(source, ": a checkpoint of the model \"", model, "\" on the data set \"",
                          dataset, "\", expected one that `espalier list` shows"));
    }
    auto loaded = system->load(configuration, checkpoint, source);
    loaded->source = source;
    loaded->data = data_options_from_json(dataset, configuration.at("data"));
    return loaded;
  } catch (const nlohmann::json::exception& error) {
    throw ParseError({.source = source}, message("no configuration of a model: ", error.what()));
  } catch (const OptionError& error) {
    throw ParseError({.source = source}, error.what());
  }
}

}  // namespace espalier::apps
