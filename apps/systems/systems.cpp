#include <espalier/apps/systems/systems.h>

#include <algorithm>
#include <string>

#include <espalier/apps/systems/checkpoint.h>
#include <espalier/base/error.h>

namespace espalier::apps {
namespace {

const System* find_system(std::string_view model, std::string_view dataset) {
  for (const System& system : systems()) {
    if (system.takes(model, dataset)) return &system;
  }
  return nullptr;
}

}  // namespace

bool System::takes(std::string_view model, std::string_view dataset) const {
  return std::ranges::count(models, model) > 0 &&
         std::ranges::count(data_sets, dataset, &DataSetInfo::name) > 0;
}

std::span<const System> systems() {
  static const std::vector<System> all = {tree_system(),
                                          regression_system(),
                                          sequence_system(),
                                          translation_system(),
                                          language_system(),
                                          document_han_system(),
                                          averaged_embedding_system(),
                                          bag_of_words_system(),
                                          similarity_system(),
                                          thread_system(),
                                          han_system(),
                                          gat_system(),
                                          gcn_system(),
                                          chebnet_system(),
                                          part_lstm_system(),
                                          agc_lstm_system()};
  return all;
}

const System& system_of(std::string_view model, std::string_view dataset) {
  if (const System* const system = find_system(model, dataset)) return *system;
  std::string known;
  for (const System& system : systems()) {
    if (std::ranges::count(system.models, model) == 0) continue;
    for (const DataSetInfo& info : system.data_sets) known += message(' ', info.name);
  }
  throw UsageError(
      message("the model ", model, " does not take the data set ", dataset, "; it takes:", known));
}

std::vector<std::string_view> model_names() {
  std::vector<std::string_view> names;
  for (const System& system : systems()) {
    for (const std::string_view name : system.models) {
      if (std::ranges::count(names, name) == 0) names.push_back(name);
    }
  }
  return names;
}

std::vector<DataSetInfo> all_data_sets() {
  std::vector<DataSetInfo> all;
  for (const System& system : systems()) {
    for (const DataSetInfo& info : system.data_sets) {
      if (std::ranges::count(all, info.name, &DataSetInfo::name) == 0) all.push_back(info);
    }
  }
  return all;
}

std::unique_ptr<TrainedModel> load_trained(const std::filesystem::path& path) {
  const models::ModelFile file = models::read_model_file(path);
  const std::string dataset = dataset_of(file);
  const System* const system = find_system(file.description.model, dataset);
  if (system == nullptr) {
    throw Error(message(file.source, ": a checkpoint of the model \"", file.description.model,
                        "\" on the data set \"", dataset,
                        "\", expected one that `espalier list` shows"));
  }
  try {
    return system->load(file);
  } catch (const OptionError& error) {
    throw ParseError({.source = file.source}, error.what());
  }
}

}  // namespace espalier::apps
