#pragma once

#include <filesystem>
#include <string>

#include <espalier/ops/module.h>
#include <espalier/training/checkpoint.h>
#include <espalier/training/configuration.h>

namespace espalier::training {

/// Writes a model's parameters, and what describes it, as a checkpoint of no run: the parameters
/// stand under their own names in a safetensors file. Replaces the file atomically.
/// Throws FileError, saying which folder is missing if one is, and as save_checkpoint() does.
void save_described(const Module& model, const ModelDescription& description,
                    const std::filesystem::path& path);

/// The same of a model by itself, described as Trainer::fit() does.
template <class Model>
void save(const Model& model, const std::filesystem::path& path) {
  struct NoData {};
  save_described(model, describe(model, NoData()), path);
}

/// The same with the vocabulary and the classes of the data that it was trained on.
template <class Model, class Data>
void save(const Model& model, const Data& data, const std::filesystem::path& path) {
  save_described(model, describe(model, data), path);
}

/// Sets the parameters of a model to those of a file: a checkpoint, of which the best epoch counts,
/// or any safetensors file, PyTorch's say, with all of them under their names and no others.
/// Throws FileError and ParseError as read_safetensors() does; ParseError, naming the tensor, for a
/// weight that is not finite; and Error, naming every tensor at fault with its shapes or its type,
/// if they do not fit. The model is then as it was. Tensors of whole numbers that the model does
/// not have, such as PyTorch's "num_batches_tracked", are left out.
void load_parameters(const Module& model, const std::filesystem::path& path);

}  // namespace espalier::training
