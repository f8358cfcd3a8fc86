#include <espalier/training/checkpoint.h>

#include <utility>

#include <nlohmann/json.hpp>

#include <espalier/base/error.h>
#include <espalier/training/internal/json_text.h>
#include <espalier/training/safetensors.h>

namespace espalier::training {
namespace {

using nlohmann::json;

constexpr std::string_view kBest = "best/";
constexpr std::string_view kOptimizer = "optimizer/";
constexpr const char* kFormat = "espalier checkpoint 2";
constexpr const char* kFormatWithoutChecksums = "espalier checkpoint 1";  // Read, but not written.

std::string prefixed(std::string_view prefix, const std::string& name) {
  return std::string(prefix) + name;
}

const std::string& metadata(const Safetensors& file, const char* key, const std::string& source) {
  const auto found = file.metadata.find(key);
  if (found == file.metadata.end()) {
    throw ParseError({.source = source},
                     message("no \"", key, "\" in the metadata, expected a checkpoint"));
  }
  return found->second;
}

// Whoever parses it later may trust it to be shallow, and to be read to its end.
const std::string& json_metadata(const Safetensors& file, const char* key,
                                 const std::string& source) {
  const std::string& text = metadata(file, key, source);
  check_json_text(text, source, message("metadata \"", key, '"'));
  return text;
}

// Throws ParseError unless the file is of a format that we know, and as such files are.
void check_format(const Safetensors& file, const std::string& source) {
  const std::string& format = metadata(file, "format", source);
  if (format != kFormat && format != kFormatWithoutChecksums) {
    throw ParseError({.source = source},
                     message("the format is ", in_quotes(format), ", expected \"", kFormat,
                             "\" or \"", kFormatWithoutChecksums, '"'));
  }
  if (format == kFormat && !file.had_checksums) {
    throw ParseError({.source = source},
                     "no checksums in the metadata, expected those that every "
                     "checkpoint of its format has; the file is damaged");
  }
  if (!file.unread.empty()) {
    const auto& [name, kind] = *file.unread.begin();
    throw ParseError({.source = source}, message("tensor ", in_quotes(name), ": ", kind,
                                                 ", expected floats or a counter"));
  }
}

json parse_configuration(std::string_view text, std::string_view whose) {
  json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object() || !object.contains("model")) {
    throw Error(message(whose, ": the configuration is ", in_quotes(text),
                        ", expected a JSON object with a \"model\""));
  }
  return object;
}

std::string entry(const json& object, const std::string& key) {
  return object.contains(key) ? object[key].dump() : "missing";
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  parse_configuration(checkpoint.configuration, "checkpoint");
  SafetensorsView file{.tensors = {},
                       .integers = {},
                       .metadata = {{"format", kFormat},
                                    {"configuration", checkpoint.configuration},
                                    {"run", to_json(checkpoint.run)}},
                       .with_checksums = true};
  for (const auto& [name, tensor] : checkpoint.parameters) {
    if (name.starts_with(kBest) || name.starts_with(kOptimizer)) {
      throw OptionError(message("checkpoint: a parameter is called \"", name,
                                "\"; names must not begin with \"", kBest, "\" or \"", kOptimizer,
                                "\""));
    }
    file.tensors.emplace(name, &tensor);
  }
  for (const auto& [name, tensor] : checkpoint.best_parameters) {
    file.tensors.emplace(prefixed(kBest, name), &tensor);
  }
  for (const auto& [name, tensor] : checkpoint.optimizer.tensors) {
    file.tensors.emplace(prefixed(kOptimizer, name), &tensor);
  }
  for (const auto& [name, count] : checkpoint.optimizer.counters) {
    file.integers.emplace(prefixed(kOptimizer, name), std::span(&count, 1));
  }
  write_safetensors(path, file);
}

Checkpoint load_checkpoint(const std::filesystem::path& path) {
  return checkpoint_from(read_safetensors(path), path.string());
}

bool is_checkpoint(const Safetensors& file) {
  const auto format = file.metadata.find("format");
  return format != file.metadata.end() && format->second.starts_with("espalier checkpoint");
}

Checkpoint checkpoint_from(Safetensors file, const std::string& source) {
  check_format(file, source);
  Checkpoint checkpoint;
  checkpoint.configuration = json_metadata(file, "configuration", source);
  checkpoint.run = run_state_from_json(json_metadata(file, "run", source), source);
  for (auto& [name, tensor] : file.tensors) {
    if (name.starts_with(kBest)) {
      checkpoint.best_parameters.emplace(name.substr(kBest.size()), std::move(tensor));
    } else if (name.starts_with(kOptimizer)) {
      checkpoint.optimizer.tensors.emplace(name.substr(kOptimizer.size()), std::move(tensor));
    } else {
      checkpoint.parameters.emplace(name, std::move(tensor));
    }
  }
  for (const auto& [name, values] : file.integers) {
    if (!name.starts_with(kOptimizer) || values.size() != 1) {
      throw ParseError({.source = source}, message(in_quotes(name), ": ", values.size(),
                                                   " integers, expected one, and a ",
                                                   "name that begins with \"", kOptimizer, "\""));
    }
    checkpoint.optimizer.counters.emplace(name.substr(kOptimizer.size()), values[0]);
  }
  return checkpoint;
}

void check_configuration(const Checkpoint& checkpoint, std::string_view expected,
                         std::string_view source) {
  const json theirs = parse_configuration(checkpoint.configuration, source);
  const json ours = parse_configuration(expected, "this model");
  if (theirs["model"] != ours["model"]) {
    throw Error(message(source, ": a checkpoint of the model ", theirs["model"].dump(),
                        ", expected one of ", ours["model"].dump()));
  }
  if (theirs == ours) return;
  std::string differences;
  json all = theirs;
  all.update(ours);
  for (const auto& [key, value] : all.items()) {
    if (theirs.contains(key) && ours.contains(key) && theirs[key] == ours[key]) continue;
    differences +=
        message("; \"", key, "\" is ", entry(theirs, key), " there, expected ", entry(ours, key));
  }
  throw Error(message(source, ": a checkpoint of a model with other options", differences));
}

}  // namespace espalier::training
