#include <espalier/training/model_file.h>

#include <utility>

#include <espalier/base/error.h>
#include <espalier/training/safetensors.h>

namespace espalier::training {
namespace {

// Throws Error if what should be a parameter is there, but is not of floats.
void check_types(const Module& model, const Safetensors& file, const std::string& source) {
  for (const NamedParameter& p : model.parameters()) {
    const auto unread = file.unread.find(p.name);
    const bool is_unread = unread != file.unread.end();
    if (!is_unread && !file.integers.contains(p.name)) continue;
    throw Error(message(source, " does not fit; tensor \"", p.name, "\" is ",
                        is_unread ? unread->second : "of 64-bit integers",
                        ", expected floats of shape ", p.variable.shape().to_string()));
  }
}

}  // namespace

void save_described(const Module& model, const ModelDescription& description,
                    const std::filesystem::path& path) {
  save_checkpoint(path, {.configuration = to_json(description),
                         .parameters = alias_values(model.parameters()),
                         .best_parameters = {},
                         .optimizer = {},
                         .run = {}});
}

void load_parameters(const Module& model, const std::filesystem::path& path) {
  Safetensors file = read_safetensors(path);
  if (is_checkpoint(file)) {
    const Checkpoint checkpoint = checkpoint_from(std::move(file), path.string());
    check_finite(checkpoint.parameters_to_use(), path.string());
    load_parameters(model.parameters(), checkpoint.parameters_to_use(), path.string());
  } else {
    check_types(model, file, path.string());
    check_finite(file.tensors, path.string());
    load_parameters(model.parameters(), file.tensors, path.string());
  }
}

}  // namespace espalier::training
