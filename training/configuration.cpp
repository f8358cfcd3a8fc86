#include <espalier/training/configuration.h>

#include <utility>

#include <nlohmann/json.hpp>

#include <espalier/base/error.h>

namespace espalier::training {
namespace {

using nlohmann::ordered_json;

[[noreturn]] void fail(const std::string& source, const std::string& what) {
  throw ParseError({.source = source}, "no description of a model: " + what);
}

std::vector<std::string> texts_of(const ordered_json& object, const char* key,
                                  const std::string& source) {
  const auto found = object.find(key);
  if (found == object.end()) return {};
  std::vector<std::string> texts;
  if (!found->is_array()) fail(source, message('"', key, "\": expected a list of texts"));
  for (const ordered_json& text : *found) {
    if (!text.is_string()) fail(source, message('"', key, "\": expected a list of texts"));
    texts.push_back(text.get<std::string>());
  }
  return texts;
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
  const ordered_json object = ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) fail(source, "expected a JSON object");
  if (!object.contains("model") || !object["model"].is_string()) {
    fail(source, "expected a \"model\", its name");
  }
  if (!object.contains("options")) fail(source, "expected \"options\", an object");
  return {.model = object["model"].get<std::string>(),
          .options = object["options"].dump(),
          .words = texts_of(object, "words", source),
          .target_words = texts_of(object, "target_words", source),
          .classes = texts_of(object, "classes", source)};
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
