#include <espalier/datasets/line_reader.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_streambuf.hpp>

#include <espalier/base/utf8.h>
#include <espalier/datasets/internal/zstd_buffer.h>

namespace espalier::datasets {
namespace {

constexpr std::size_t kBlockSize = 1 << 18;  // Small enough for the processor's cache.
constexpr int kGzipBlockSize = 1 << 16;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

FileError file_error(const std::string& source, std::string_view what, std::error_code reason) {
  return FileError(message(source, ": ", what, ": ", reason.message()));
}

enum class Compression { kNone, kGzip, kZstd };

// By the first two bytes of what gzip (RFC 1952) and zstd (RFC 8878) write, of which no text in
// UTF-8 has the second after the first; takes none of them.
Compression compression_of(std::istream& file) {
  const int first = file.peek();
  if (first != 0x1F && first != 0x28) return Compression::kNone;
  file.get();
  const int second = file.peek();
  file.clear();  // The file may end after one byte.
  file.unget();
  if (first == 0x1F) return second == 0x8B ? Compression::kGzip : Compression::kNone;
  return second == 0xB5 ? Compression::kZstd : Compression::kNone;
}

std::string hexadecimal(char byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(byte);
  return {kDigits[value / 16], kDigits[value % 16]};
}

}  // namespace

LineReader::LineReader(const std::filesystem::path& path) : source_(path.string()) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    throw file_error(source_, "cannot be read", make_error_code(std::errc::is_a_directory));
  }
  errno = 0;
  file_.open(path, std::ios::binary);
  if (!file_) throw file_error(source_, "cannot be opened", {errno, std::generic_category()});

  begin(file_);
}

LineReader::LineReader(std::istream& in, std::string source) : source_(std::move(source)) {
  begin(in);
}

void LineReader::begin(std::istream& in) {
  const Compression compression = compression_of(in);
  if (compression == Compression::kGzip) {
    const boost::iostreams::gzip_decompressor filter(boost::iostreams::gzip::default_window_bits,
                                                     kGzipBlockSize);
    auto stream = std::make_unique<boost::iostreams::filtering_istreambuf>();
    stream->push(filter, kGzipBlockSize);
    stream->push(*in.rdbuf());
    decompressed_ = std::move(stream);
  } else if (compression == Compression::kZstd) {
    decompressed_ = std::make_unique<ZstdBuffer>(*in.rdbuf());
  }
  bytes_ = decompressed_ ? decompressed_.get() : in.rdbuf();
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
  } while (line_feed == nullptr && fill());
  if (size == 0) return std::nullopt;

  const char* const begin = &buffer_[begin_];
  begin_ += size;
  if (line_feed != nullptr) {
    size = static_cast<std::size_t>(line_feed - begin);
    begin_ = static_cast<std::size_t>(line_feed + 1 - buffer_.data());
  }
  std::string_view line(begin, size);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line_number_ == 1 && line.starts_with(kByteOrderMark)) {
    line.remove_prefix(kByteOrderMark.size());
  }
  return line;
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
  try {
    return decompressed_ || bytes_ == file_.rdbuf() ? read_block(to, size) : read_line(to, size);
  } catch (const boost::iostreams::gzip_error&) {
    throw ParseError({.source = source_, .line = line_number_},
                     "the gzip data is damaged or cut off");
  } catch (const ZstdError&) {
    throw ParseError({.source = source_, .line = line_number_},
                     "the zstd data is damaged or cut off");
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
