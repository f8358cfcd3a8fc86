#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/datasets/line_reader.h>

namespace espalier::datasets {

/// A line of a file of word vectors, cut where its vector begins. Views the line.
struct VectorLine {
  std::string_view word;     ///< Any bytes.
  std::string_view numbers;  ///< As many columns as the dimension says.
  TextPosition where;        ///< Of the word.

  /// The numbers of the vector. Throws ParseError at one that is no finite number.
  void read(std::span<float> values) const;
};

/// Reads the lines of a file of word vectors, as load_word_vectors() describes it.
class VectorLines {
 public:
  /// Reads the first lines, which tell the dimension; throws ParseError if they do not.
  explicit VectorLines(const std::filesystem::path& path);

  std::size_t dimension() const { return dimension_; }
  /// The words that a header announces.
  std::optional<std::size_t> num_announced() const { return num_announced_; }

  /// The next vector's line, good until the next call; nothing after the last one.
  /// Throws ParseError at a line without a word and a vector, and as LineReader does.
  std::optional<VectorLine> next();

 private:
  void take_header();
  void set_dimension();
  VectorLine cut(std::string_view line, std::size_t line_number) const;

  LineReader lines_;
  std::vector<std::string> first_;  // Lines.
  std::size_t num_given_ = 0;       // Of those.
  std::size_t num_header_lines_ = 0;
  std::size_t dimension_ = 0;
  std::optional<std::size_t> num_announced_;
};

}  // namespace espalier::datasets
