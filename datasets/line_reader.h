#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <espalier/base/error.h>

namespace espalier::datasets {

/// The lines of a UTF-8 text file, one at a time: plain, or compressed by gzip, which is told from
/// its first bytes and not from its name.
///
///     LineReader lines("train.txt");
///     while (const auto line = lines.next()) parse(*line, lines.where());
class LineReader {
 public:
  /// Throws FileError if `path` is a folder or cannot be opened.
  explicit LineReader(const std::filesystem::path& path);
  /// Reads a stream that must outlive the reader, standard input say; `source` names it in errors.
  LineReader(std::istream& in, std::string source);
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  /// The next line without its end (LF or CRLF), valid until the next call; nothing once the file
  /// is at its end. A last line need not be ended. A byte order mark before the first line is
  /// skipped. Throws ParseError at bytes that are no UTF-8 and at damaged or cut-off gzip data,
  /// FileError if the system cannot read on.
  std::optional<std::string_view> next();

  /// The place of byte `offset` of the line that was read last.
  TextPosition where(std::size_t offset = 0) const {
    return {.source = source_, .line = line_number_, .column = offset + 1};
  }

  std::size_t line_number() const { return line_number_; }  ///< Of that line, from 1.

  /// The file as a whole, for errors that lie in no line of it.
  TextPosition file() const { return {.source = source_}; }

 private:
  void begin(std::istream& in);
  bool read_line();

  std::string source_;
  std::ifstream file_;
  std::unique_ptr<std::istream> decompressed_;  // None if the text is plain.
  std::istream* text_ = nullptr;
  std::string line_;
  std::size_t line_number_ = 0;
};

}  // namespace espalier::datasets
