#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/datasets/vocabulary.h>
#include <espalier/graph/labelled_tree.h>

namespace CLI {
class App;
}

namespace espalier::apps {

/// How trees of a data set are written, one on each line.
enum class TreeFormat {
  kBracketed,  ///< "(3 (2 It) (4 (2 's) (4 good)))"; the labels do not matter.
  kListOps,    ///< "[MAX 2 9 [MIN 4 7 ] 0 ]", or as published, with value, tab and brackets.
};

/// A data set of trees that `espalier` knows by name.
struct TreeDataset {
  std::string_view name;
  std::string_view description;
  std::string_view files;  ///< What the data folder holds; empty: none is needed.
  TreeFormat format;
};

std::span<const TreeDataset> tree_datasets();
std::vector<std::string> tree_dataset_names();

/// Throws OptionError if there is none of this name.
const TreeDataset& tree_dataset(std::string_view name);

/// Which data to load.
struct TreeDataOptions {
  std::string dataset;
  /// The data set's own folder, or one that has a subfolder for it; empty: $ESPALIER_DATA.
  std::filesystem::path folder = {};
  // Of listops alone.
  std::optional<std::size_t> train_size = {};  ///< Expressions; dev and test get an eighth each.
  std::optional<std::size_t> max_length = {};  ///< In tokens, >= 4.
};

/// Adds --dataset, --data, --train-size and --max-length. `options` must outlive `command`.
void add_data_options(CLI::App& command, TreeDataOptions& options);

struct TreeData {
  datasets::Vocabulary vocabulary;
  std::vector<LabelledTree> train, dev, test;
  std::vector<std::string> classes = {};  ///< Their names.
  int unpredicted_class = -1;             ///< As in models::TreeClassifierOptions.
};

/// Throws UsageError if the folder is needed but not known, or if options do not fit the data set;
/// FileError and ParseError as its loader does.
TreeData load_tree_data(const TreeDataOptions& options);

}  // namespace espalier::apps
