#include <espalier/datasets/line_reader.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_stream.hpp>

#include <espalier/base/utf8.h>

namespace espalier::datasets {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

FileError file_error(const std::string& source, std::string_view what, std::error_code reason) {
  return FileError(message(source, ": ", what, ": ", reason.message()));
}

// Whether the two bytes that every gzip file begins with (RFC 1952) come next; takes none of them.
bool begins_with_gzip_magic(std::istream& file) {
  if (file.peek() != 0x1F) return false;
  file.get();
  const bool is_gzip = file.peek() == 0x8B;
  file.clear();  // The file may end after one byte.
  file.unget();
  return is_gzip;
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
  const bool is_gzip = begins_with_gzip_magic(in);
  in.clear(in.rdstate() & ~std::ios::eofbit);
  in.exceptions(std::ios::badbit);
  text_ = &in;
  if (is_gzip) {
    auto stream = std::make_unique<boost::iostreams::filtering_istream>();
    stream->push(boost::iostreams::gzip_decompressor());
    stream->push(in);
    stream->exceptions(std::ios::badbit);
    decompressed_ = std::move(stream);
    text_ = decompressed_.get();
  }
}

std::optional<std::string_view> LineReader::next() {
  ++line_number_;
  if (!read_line()) return std::nullopt;
  std::string_view line = line_;
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line_number_ == 1 && line.starts_with(kByteOrderMark)) {
    line.remove_prefix(kByteOrderMark.size());
  }
  if (const std::size_t i = find_invalid_utf8(line); i != std::string_view::npos) {
    throw ParseError(where(i), message("byte 0x", hexadecimal(line[i]), " is not valid UTF-8"));
  }
  return line;
}

bool LineReader::read_line() {
  try {
    return static_cast<bool>(std::getline(*text_, line_));
  } catch (const boost::iostreams::gzip_error&) {
    throw ParseError({.source = source_, .line = line_number_},
                     "the gzip data is damaged or cut off");
  } catch (const std::ios_base::failure& error) {
    throw file_error(source_, "cannot be read", error.code());
  }
}

}  // namespace espalier::datasets
