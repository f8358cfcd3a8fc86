#include <espalier/apps/systems/checkpoint.h>

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace espalier::apps {
namespace {

using nlohmann::ordered_json;

ordered_json parsed(const models::ModelFile& file) {
  try {
    return ordered_json::parse(file.configuration);
  } catch (const nlohmann::json::exception&) {
    throw ParseError({.source = file.source}, "the configuration of the model is no JSON");
  }
}

}  // namespace

std::string configuration(std::string_view dataset, const std::vector<Option>& data_options,
                          const training::ModelDescription& description) {
  std::vector<Option> kept;
  for (const Option& option : data_options) {
    if (option.kind() != Option::Kind::kPath) kept.push_back(option);
  }
  ordered_json json = {{"model", description.model},
                       {"dataset", dataset},
                       {"data", ordered_json::parse(options_to_json(kept))}};
  json.update(ordered_json::parse(training::to_json(description)));
  return json.dump();
}

std::string dataset_of(const models::ModelFile& file) {
  const ordered_json json = parsed(file);
  const auto found = json.find("dataset");
  if (found != json.end() && found->is_string()) return *found;
  throw ParseError({.source = file.source},
                   message("no data set of the model \"", file.description.model,
                           "\", expected a checkpoint of `espalier train`"));
}

std::string data_options_of(const models::ModelFile& file) {
  const ordered_json json = parsed(file);
  const auto found = json.find("data");
  if (found != json.end()) return found->dump();
  throw ParseError({.source = file.source}, "no options of the data set");
}

void set_data_options(std::vector<Option> options, const std::string& json,
                      const std::string& source) {
  for (Option& option : options) option = std::move(option).added_later();
  options_from_json(options, json, source);
}

void check_classes(const std::vector<std::string>& ours, const std::vector<std::string>& theirs,
                   std::string_view dataset, std::string_view source) {
  if (ours == theirs) return;
  if (ours.size() != theirs.size()) {
    throw Error(message(source, ": a model of ", ours.size(), " classes, expected ", theirs.size(),
                        ", those of ", dataset));
  }
  const auto [a, b] = std::ranges::mismatch(ours, theirs);
  throw Error(message(source, ": a model of the class \"", *a, "\", expected \"", *b,
                      "\", as the classes of ", dataset, " are"));
}

}  // namespace espalier::apps
