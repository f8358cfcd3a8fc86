#include <espalier/training/model_file.h>

#include <utility>

#include <espalier/training/safetensors.h>

namespace espalier::training {

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
    load_parameters(model.parameters(), checkpoint.parameters_to_use(), path.string());
  } else {
    load_parameters(model.parameters(), file.tensors, path.string());
  }
}

}  // namespace espalier::training
