#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <espalier/apps/tree_data.h>
#include <espalier/datasets/vocabulary.h>
#include <espalier/models/tree_classifier.h>

namespace espalier::apps {

/// The name of the model in checkpoints and on the command line.
inline constexpr const char* kTreeLSTM = "tree-lstm";

/// A trained tree classifier and what its numbers mean.
struct TreeModel {
  TreeDataOptions data;  ///< What it was trained on, without the folder.
  datasets::Vocabulary vocabulary;
  std::vector<std::string> classes;  ///< Their names.
  models::TreeClassifier classifier;
};

/// All that load_tree_model needs besides the parameters: the configuration of a checkpoint,
///
///     {"model":"tree-lstm","dataset":"listops","data":{"train_size":100},"options":{…},
///      "words":["<unk>",…],"classes":["0",…]}
std::string tree_model_configuration(const TreeDataOptions& options, const TreeData& data,
                                     const models::TreeClassifierOptions& model);

/// The model of a checkpoint, with the parameters of its best epoch.
/// Throws as load_checkpoint does, and Error if the checkpoint is of another model, or its parts do
/// not fit each other.
TreeModel load_tree_model(const std::filesystem::path& checkpoint);

}  // namespace espalier::apps
