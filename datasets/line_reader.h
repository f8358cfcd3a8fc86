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

enum class Compression;
class HeadBuffer;

/// The lines of a UTF-8 text file, one at a time: plain, or compressed by gzip, zstd, xz or bzip2,
/// which is told from its first bytes and not from its name.
///
///     LineReader lines("train.txt");
///     while (const auto line = lines.next()) parse(*line, lines.where());
class LineReader {
 public:
  /// So many bytes after a line may be read, whatever they are: SIMD code wants that.
  static constexpr std::size_t kPadding = 64;

  /// A file may be made to cost any amount of memory, so there are limits: on a line, and on what a
  /// compressed file of few bytes can stand for. Beyond them is no text that anyone wrote.
  static constexpr std::size_t kMaxLine = std::size_t{1} << 26;       ///< Bytes, unless said.
  static constexpr std::size_t kMaxExpansion = 256;                   ///< Times the bytes read,
  static constexpr std::size_t kMaxFreeBytes = std::size_t{1} << 26;  ///< but so many at least.

  /// Throws FileError if `path` is a folder or cannot be opened, ParseError if it is a zip archive.
  explicit LineReader(const std::filesystem::path& path, std::size_t max_line = kMaxLine);
  ~LineReader();
  /// Reads a stream that must outlive the reader, standard input say; `source` names it in errors.
  /// Of plain text no more than the next line is asked for, so that a terminal can answer.
  LineReader(std::istream& in, std::string source, std::size_t max_line = kMaxLine);
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  /// The next line without its end (LF or CRLF), valid until the next call; nothing once the file
  /// is at its end. A last line need not be ended. A byte order mark before the first line is
  /// skipped. Throws ParseError at bytes that are no UTF-8, past which it can go on, at damaged or
  /// cut-off compressed data and beyond the limits above, FileError if the system cannot read on.
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
  [[noreturn]] void fail_at_long_line();
  bool fill();
  std::size_t read(char* to, std::size_t size);
  std::size_t read_block(char* to, std::size_t size);
  std::size_t read_line(char* to, std::size_t size);

  std::string source_;
  std::size_t max_line_ = kMaxLine;
  std::ifstream file_;
  Compression compression_;
  std::unique_ptr<HeadBuffer> compressed_;        // None if the text is plain.
  std::unique_ptr<std::streambuf> decompressed_;  // Likewise.
  std::size_t num_bytes_ = 0;                     // Decompressed so far.
  std::streambuf* bytes_ = nullptr;               // Of the text; none once that is at its end.
  std::vector<char> buffer_;                      // Ends with padding.
  std::size_t begin_ = 0, end_ = 0;               // Of what in it was read, but not yet given out.
  std::size_t line_number_ = 0;
};

}  // namespace espalier::datasets
