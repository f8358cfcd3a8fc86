#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <espalier/apps/data_options.h>
#include <espalier/data/labelled_tree.h>
#include <espalier/data/vocabulary.h>

namespace espalier::apps {

/// How trees of a data set are written, one on each line.
enum class TreeFormat {
  kBracketed,  ///< "(3 (2 It) (4 (2 's) (4 good)))"; the labels do not matter.
  kListOps,    ///< "[MAX 2 9 [MIN 4 7 ] 0 ]", or as published, with value, tab and brackets.
};

TreeFormat tree_format(std::string_view dataset);

struct TreeData {
  Vocabulary vocabulary;
  std::vector<LabelledTree> train, dev, test;
  std::vector<std::string> classes = {};  ///< Their names.
  int unpredicted_class = -1;             ///< As in models::TreeClassifierOptions.
};

/// Throws UsageError if the folder is needed but not known; FileError and ParseError as its loader
/// does.
TreeData load_tree_data(const DataOptions& options);

}  // namespace espalier::apps
