#pragma once

#include <filesystem>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include <espalier/apps/tree_model.h>
#include <espalier/datasets/line_reader.h>
#include <espalier/graph/labelled_tree.h>

namespace espalier::apps {

/// A tree, and the words at its leaves as they were written.
struct TextTree {
  LabelledTree tree;  ///< Words in the model's vocabulary. Labels: true values, of ListOps alone.
  std::vector<std::string> tokens;  ///< For each node; empty at inner nodes.
};

/// Reads the trees that a model is asked about, one from each line, in the format of the data set
/// that it was trained on.
class TreeReader {
 public:
  /// `path` is a file, or "-" for `standard_input`. Both other arguments must outlive the reader.
  /// Throws FileError if the file cannot be opened.
  TreeReader(const std::filesystem::path& path, std::istream& standard_input,
             const TreeModel& model);

  /// The next line's tree; nothing after the last line.
  /// Throws ParseError, with line and column, if the line is not one tree that the model can take.
  std::optional<TextTree> next();

  /// Passes over a line, whatever it holds. False after the last one.
  bool skip_line() { return lines_.next().has_value(); }

  std::size_t line_number() const { return lines_.line_number(); }
  TextPosition file() const { return lines_.file(); }

 private:
  const TreeModel& model_;
  TreeFormat format_;
  datasets::LineReader lines_;
};

}  // namespace espalier::apps
