#include <espalier/datasets/line_reader.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <espalier/base/utf8.h>
#include <espalier/datasets/internal/compression.h>
#include <espalier/datasets/internal/head_buffer.h>

namespace espalier::datasets {
namespace {

constexpr std::size_t kBlockSize = 1 << 18;  // Small enough for the processor's cache.
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

FileError file_error(const std::string& source, std::string_view what, std::error_code reason) {
  return FileError(message(source, ": ", what, ": ", reason.message()));
}

std::string hexadecimal(char byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(byte);
  return {kDigits[value / 16], kDigits[value % 16]};
}

}  // namespace

LineReader::LineReader(const std::filesystem::path& path, std::size_t max_line)
    : source_(path.string()), max_line_(max_line) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    throw file_error(source_, "cannot be read", make_error_code(std::errc::is_a_directory));
  }
  errno = 0;
  file_.open(path, std::ios::binary);
  if (!file_) throw file_error(source_, "cannot be opened", {errno, std::generic_category()});

  begin(file_);
}

LineReader::LineReader(std::istream& in, std::string source, std::size_t max_line)
    : source_(std::move(source)), max_line_(max_line) {
  begin(in);
}

LineReader::~LineReader() = default;

void LineReader::begin(std::istream& in) {
  std::string head;
  try {
    compression_ = compression_of(*in.rdbuf(), head);
  } catch (const std::ios_base::failure& error) {
    throw file_error(source_, "cannot be read", error.code());
  }
  if (compression_ == Compression::kZip) {
    throw ParseError(file(),
                     "a zip archive, expected a text, plain or compressed by gzip, zstd, "
                     "xz or bzip2: unzip it");
  }
  bytes_ = in.rdbuf();
  if (compression_ == Compression::kNone) {
    buffer_.assign(head.begin(), head.end());
    end_ = buffer_.size();
    buffer_.resize(end_ + kPadding);
    return;
  }
  compressed_ = std::make_unique<HeadBuffer>(head, *in.rdbuf());
  decompressed_ = decompressor(compression_, *compressed_);
  bytes_ = decompressed_.get();
}

std::optional<std::string_view> LineReader::next() {
  const std::optional<std::string_view> line = next_bytes();
  if (!line) return std::nullopt;
  if (const std::size_t i = find_invalid_utf8(*line); i != std::string_view::npos) {
    throw ParseError(where(i), message("byte 0x", hexadecimal((*line)[i]), " is not valid UTF-8"));
  }
  return line;
}

std::optional<std::string_view> LineReader::next_bytes() {
  ++line_number_;
  std::size_t size = 0;  // Of the line, as far as it was searched for its end.
  const char* line_feed = nullptr;
  do {
    const std::size_t num_new = end_ - begin_ - size;
    if (num_new == 0) continue;
    line_feed = static_cast<const char*>(std::memchr(&buffer_[begin_ + size], '\n', num_new));
    size += num_new;
    if (line_feed == nullptr && size > max_line_) fail_at_long_line();
  } while (line_feed == nullptr && fill());
  if (size == 0) return std::nullopt;

  const char* const begin = &buffer_[begin_];
  begin_ += size;
  if (line_feed != nullptr) {
    size = static_cast<std::size_t>(line_feed - begin);
    begin_ = static_cast<std::size_t>(line_feed + 1 - buffer_.data());
  }
  if (size > max_line_) fail_at_long_line();
  std::string_view line(begin, size);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line_number_ == 1 && line.starts_with(kByteOrderMark)) {
    line.remove_prefix(kByteOrderMark.size());
  }
  return line;
}

void LineReader::fail_at_long_line() {
  bytes_ = nullptr;
  begin_ = end_;
  throw ParseError(where(),
                   message("a line of more than ", max_line_, " bytes, expected shorter ones"));
}

// Adds what comes next to the buffer; false if there is nothing.
bool LineReader::fill() {
  if (bytes_ == nullptr) return false;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), &buffer_[begin_], end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() < end_ + kBlockSize + kPadding) {
    buffer_.resize(2 * end_ + kBlockSize + kPadding);
  }
  const std::size_t num_read = read(&buffer_[end_], kBlockSize);
  end_ += num_read;
  if (num_read == 0) bytes_ = nullptr;
  return num_read > 0;
}

// At least one byte, unless the text is at its end.
std::size_t LineReader::read(char* to, std::size_t size) {
  const TextPosition here{.source = source_, .line = line_number_};
  try {
    if (!decompressed_) return bytes_ == file_.rdbuf() ? read_block(to, size) : read_line(to, size);
    const std::size_t num_read =
        checked_read(here, compression_, [&] { return read_block(to, size); });
    num_bytes_ += num_read;
    if (num_bytes_ > kMaxFreeBytes && num_bytes_ / kMaxExpansion > compressed_->num_given()) {
      throw ParseError(here, message("the ", name_of(compression_), " data stands for more than ",
                                     kMaxExpansion, " times as many bytes, expected a text"));
    }
    return num_read;
  } catch (const std::ios_base::failure& error) {
    throw file_error(source_, "cannot be read", error.code());
  }
}

std::size_t LineReader::read_block(char* to, std::size_t size) {
  if (decompressed_) {
    if (bytes_->sgetc() == std::streambuf::traits_type::eof()) return 0;
    // No more than that, for if there is damage farther on, all these bytes would be lost.
    size = std::min(size, static_cast<std::size_t>(bytes_->in_avail()));
  }
  return static_cast<std::size_t>(bytes_->sgetn(to, static_cast<std::streamsize>(size)));
}

// Up to the end of the line: what comes after it may not have been typed yet.
std::size_t LineReader::read_line(char* to, std::size_t size) {
  std::size_t num_read = 0;
  while (num_read < size) {
    const int byte = bytes_->sbumpc();
    if (byte == std::streambuf::traits_type::eof()) break;
    to[num_read++] = static_cast<char>(byte);
    if (byte == '\n') break;
  }
  return num_read;
}

}  // namespace espalier::datasets
