#include <espalier/training/configuration.h>

#include <utility>

#include <nlohmann/json.hpp>

#include <espalier/base/error.h>

namespace espalier::training {
namespace {

using nlohmann::ordered_json;

std::vector<std::string> texts_of(const ordered_json& object, const char* key) {
  return object.value(key, std::vector<std::string>());
}

}  // namespace

std::string to_json(const ModelDescription& description) {
  ordered_json options = ordered_json::parse(description.options, nullptr, false);
  if (!options.is_object()) {
    throw Error(message("the options of the model \"", description.model, "\" are ",
                        description.options, ", expected a JSON object"));
  }
  ordered_json object = {{"model", description.model}, {"options", std::move(options)}};
  const auto add = [&](const char* key, const std::vector<std::string>& texts) {
    if (!texts.empty()) object[key] = texts;
  };
  add("words", description.words);
  add("target_words", description.target_words);
  add("classes", description.classes);
  return object.dump();
}

ModelDescription model_description_from_json(std::string_view text, const std::string& source) {
  try {
    const ordered_json object = ordered_json::parse(text);
    return {.model = object.at("model"),
            .options = object.at("options").dump(),
            .words = texts_of(object, "words"),
            .target_words = texts_of(object, "target_words"),
            .classes = texts_of(object, "classes")};
  } catch (const nlohmann::json::exception& error) {
    throw ParseError({.source = source}, message("no description of a model: ", error.what()));
  }
}

std::string shapes_as_json(std::span<const NamedParameter> parameters) {
  ordered_json shapes = ordered_json::object();
  for (const NamedParameter& p : parameters) {
    ordered_json& sizes = shapes[p.name] = ordered_json::array();
    for (std::size_t i = 0; i < p.variable.shape().rank(); ++i) {
      sizes.push_back(p.variable.shape()[i]);
    }
  }
  return ordered_json{{"parameters", std::move(shapes)}}.dump();
}

}  // namespace espalier::training
