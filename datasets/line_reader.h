#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <istream>
#include <memory>
#include <optional>
#include <streambuf>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/base/error.h>

namespace espalier::datasets {

/// The lines of a UTF-8 text file, one at a time: plain, or compressed by gzip or zstd, which is
/// told from its first bytes and not from its name.
///
///     LineReader lines("train.txt");
///     while (const auto line = lines.next()) parse(*line, lines.where());
class LineReader {
 public:
  /// So many bytes after a line may be read, whatever they are: SIMD code wants that.
  static constexpr std::size_t kPadding = 64;

  /// Throws FileError if `path` is a folder or cannot be opened.
  explicit LineReader(const std::filesystem::path& path);
  /// Reads a stream that must outlive the reader, standard input say; `source` names it in errors.
  /// Of plain text no more than the next line is asked for, so that a terminal can answer.
  LineReader(std::istream& in, std::string source);
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  /// The next line without its end (LF or CRLF), valid until the next call; nothing once the file
  /// is at its end. A last line need not be ended. A byte order mark before the first line is
  /// skipped. Throws ParseError at bytes that are no UTF-8, past which it can go on, and at
  /// damaged or cut-off compressed data, FileError if the system cannot read on.
  std::optional<std::string_view> next();
  /// The same, but its bytes may be no UTF-8: for those who check that themselves.
  std::optional<std::string_view> next_bytes();

  /// The place of byte `offset` of the line that was read last.
  TextPosition where(std::size_t offset = 0) const {
    return {.source = source_, .line = line_number_, .column = offset + 1};
  }

  std::size_t line_number() const { return line_number_; }  ///< Of that line, from 1.

  /// The file as a whole, for errors that lie in no line of it.
  TextPosition file() const { return {.source = source_}; }

 private:
  void begin(std::istream& in);
  bool fill();
  std::size_t read(char* to, std::size_t size);
  std::size_t read_block(char* to, std::size_t size);
  std::size_t read_line(char* to, std::size_t size);

  std::string source_;
  std::ifstream file_;
  std::unique_ptr<std::streambuf> decompressed_;  // None if the text is plain.
  std::streambuf* bytes_ = nullptr;               // Of the text; none once that is at its end.
  std::vector<char> buffer_;                      // Ends with padding.
  std::size_t begin_ = 0, end_ = 0;               // Of what in it was read, but not yet given out.
  std::size_t line_number_ = 0;
};

}  // namespace espalier::datasets
