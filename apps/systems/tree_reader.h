#pragma once

#include <optional>
#include <string>
#include <vector>

#include <espalier/data/labelled_tree.h>
#include <espalier/data/vocabulary.h>
#include <espalier/datasets/binary_tree_text.h>
#include <espalier/datasets/line_reader.h>

namespace espalier::apps {

/// How trees of a data set are written, one on each line.
enum class TreeFormat {
  kBracketed,  ///< "(3 (2 It) (4 (2 's) (4 good)))"; the labels do not matter.
  kListOps,    ///< "[MAX 2 9 [MIN 4 7 ] 0 ]", or as published, with value, tab and brackets.
};

using TextTree = datasets::TextTree;  ///< Labels: true values, of ListOps alone.

/// Reads the trees that a model is asked about, one from each line, in the format of the data set
/// that it was trained on.
class TreeReader {
 public:
  /// Both must outlive the reader.
  TreeReader(datasets::LineReader& lines, TreeFormat format, const Vocabulary& vocabulary)
      : lines_(lines), format_(format), vocabulary_(vocabulary) {}

  /// The next line's tree; nothing after the last line.
  /// Throws ParseError, with line and column, if the line is not one tree that the model can take.
  std::optional<TextTree> next();

 private:
  datasets::LineReader& lines_;
  TreeFormat format_;
  const Vocabulary& vocabulary_;
};

}  // namespace espalier::apps
