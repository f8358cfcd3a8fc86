#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/datasets/internal/fields.h>
#include <espalier/datasets/line_reader.h>
#include <espalier/graph/node.h>

namespace espalier::datasets {

/// How many nodes are believed to exist because a file names one of such a number: 2^20, or, if
/// that is more, 16 for each byte of the files that tell of them, but no more than 2^28. A damaged
/// digit must not cost gigabytes. What is no regular file may be of any length.
inline constexpr NodeId kMostNodes = 1u << 28;
NodeId most_nodes(std::span<const std::filesystem::path> files);
NodeId most_nodes(const std::filesystem::path& file);

/// A file of lines with fields separated by tabs. Lines that begin with '#' are passed over.
class TableReader {
 public:
  /// `columns` names the fields in errors: "source<TAB>target". With `any_bytes` they may be no
  /// UTF-8.
  TableReader(const std::filesystem::path& path, std::string columns, std::size_t least,
              std::size_t most, bool any_bytes = false);

  /// Goes to the next line; false at the end. Throws ParseError unless it has as many fields.
  bool next();

  std::size_t size() const { return fields_.size(); }
  std::string_view text(std::size_t i) const { return fields_[i].text; }

  /// Field i as a number below `bound`. Throws ParseError, saying what kind of number it is.
  NodeId id(std::size_t i, NodeId bound, std::string_view what) const;
  /// Field i as any whole number.
  std::uint64_t whole(std::size_t i, std::string_view what) const;
  /// Field i as a finite number.
  float number(std::size_t i, std::string_view what) const;

  [[noreturn]] void fail(std::size_t i, std::string_view what) const;
  TextPosition file() const { return lines_.file(); }

 private:
  LineReader lines_;
  std::string columns_;
  std::size_t least_, most_;
  bool any_bytes_;
  std::vector<Field> fields_;
};

/// `folder`/`name`, or, where that is not there, the same with ".gz", ".zst", ".xz" or ".bz2"
/// if that is.
std::filesystem::path plain_or_compressed(const std::filesystem::path& folder,
                                          std::string_view name);

}  // namespace espalier::datasets
