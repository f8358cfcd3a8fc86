#include <espalier/datasets/internal/zip_archive.h>

#include <algorithm>
#include <limits>
#include <utility>

#include <zlib.h>

#include <espalier/base/error.h>

namespace espalier::datasets {
namespace {

constexpr std::string_view kFile = "PK\x03\x04", kEntry = "PK\x01\x02", kEnd = "PK\x05\x06";
constexpr std::size_t kFileBytes = 30, kEntryBytes = 46, kEndBytes = 22;
constexpr std::size_t kMaxComment = 0xFFFF;
constexpr std::uint64_t kTooLarge = 0xFFFFFFFF;  // Stands for a size that lies elsewhere (zip64).
constexpr std::uint64_t kMaxExpansion = 256, kFreeBytes = std::uint64_t{1} << 24;
constexpr std::uint32_t kAsItIs = 0, kDeflated = 8;

std::uint32_t checksum_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

// What deflated bytes stand for, at most so many; nothing if they are damaged or stand for more.
std::string inflated(std::string_view bytes, std::uint64_t most) {
  constexpr std::size_t kBlock = std::size_t{1} << 18;
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return {};
  std::string result;
  int state = Z_OK;
  while (state == Z_OK && result.size() <= most) {
    if (stream.avail_in == 0) {
      const std::size_t next = std::min<std::size_t>(bytes.size(), 1u << 30);
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
      stream.avail_in = static_cast<uInt>(next);
      bytes.remove_prefix(next);
    }
    const std::size_t before = result.size();
    result.resize(before + kBlock);
    stream.next_out = reinterpret_cast<Bytef*>(result.data() + before);
    stream.avail_out = kBlock;
    state = inflate(&stream, Z_NO_FLUSH);
    result.resize(result.size() - stream.avail_out);
  }
  const bool is_whole = state == Z_STREAM_END && stream.avail_in == 0 && bytes.empty();
  inflateEnd(&stream);
  return is_whole ? result : std::string();
}

void append(std::string& to, std::uint64_t value, std::size_t num_bytes) {
  for (std::size_t i = 0; i < num_bytes; ++i, value >>= 8) to += static_cast<char>(value & 0xFF);
}

}  // namespace

bool ZipArchive::is_zip(std::string_view bytes) {
  return bytes.starts_with(kFile) || bytes.starts_with(kEnd);
}

ZipArchive::ZipArchive(std::string_view bytes, std::string source)
    : bytes_(bytes), source_(std::move(source)) {
  read_directory();
}

void ZipArchive::fail(const std::string& what) const {
  throw ParseError({.source = source_}, "zip archive: " + what);
}

std::uint64_t ZipArchive::number(std::uint64_t place, std::size_t num_bytes) const {
  std::uint64_t value = 0;
  for (std::size_t i = num_bytes; i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes_[place + i]);
  }
  return value;
}

void ZipArchive::read_directory() {
  const std::size_t tail =
      bytes_.size() > kMaxComment + kEndBytes ? bytes_.size() - kMaxComment - kEndBytes : 0;
  const std::size_t end = bytes_.rfind(kEnd);
  if (end == std::string_view::npos || end < tail || bytes_.size() - end < kEndBytes) {
    fail("it has no directory at its end; it is cut short");
  }
  const std::uint64_t count = number(end + 10, 2);
  std::uint64_t place = number(end + 16, 4);
  if (place == kTooLarge || count == kMaxComment) {
    fail(
        "it is larger than 4 GiB or has 65535 files or more (zip64), expected less; a file of "
        "numpy.save may be of any size");
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    if (place > end || end - place < kEntryBytes || bytes_.substr(place, 4) != kEntry) {
      fail(message("its directory has ", i, " files, expected ", count));
    }
    const std::uint64_t name = number(place + 28, 2);
    const std::uint64_t rest = name + number(place + 30, 2) + number(place + 32, 2);
    if (end - place - kEntryBytes < rest) fail(message("the entry of file ", i, " is cut short"));
    File& file = files_.emplace_back();
    file.name = bytes_.substr(place + kEntryBytes, name);
    file.method = static_cast<std::uint32_t>(number(place + 10, 2));
    file.checksum = static_cast<std::uint32_t>(number(place + 16, 4));
    file.stored_bytes = number(place + 20, 4);
    file.num_bytes = number(place + 24, 4);
    file.header = number(place + 42, 4);
    const bool is_encrypted = (number(place + 8, 2) & 1) != 0;
    if (is_encrypted) fail(message("\"", file.name, "\" is encrypted"));
    place += kEntryBytes + rest;
  }
}

std::string_view ZipArchive::stored(const File& file) const {
  if (std::max({file.stored_bytes, file.num_bytes, file.header}) >= kTooLarge) {
    fail(message("\"", file.name,
                 "\" is of 4 GiB or more (zip64), expected less; a file of "
                 "numpy.save may be of any size"));
  }
  if (file.header > bytes_.size() || bytes_.size() - file.header < kFileBytes ||
      bytes_.substr(file.header, 4) != kFile) {
    fail(message("\"", file.name, "\" is not where the directory says"));
  }
  const std::uint64_t begin =
      file.header + kFileBytes + number(file.header + 26, 2) + number(file.header + 28, 2);
  if (begin > bytes_.size() || bytes_.size() - begin < file.stored_bytes) {
    fail(message("\"", file.name, "\" is cut short"));
  }
  return bytes_.substr(begin, file.stored_bytes);
}

std::string ZipArchive::read(const File& file) const {
  const std::string_view from = stored(file);
  if (file.method != kAsItIs && file.method != kDeflated) {
    fail(message("\"", file.name, "\" is compressed by method ", file.method,
                 ", expected 0 (none) or 8 (deflate)"));
  }
  const std::uint64_t most = std::max(kFreeBytes, from.size() * kMaxExpansion);
  if (file.num_bytes > most) {
    fail(message("\"", file.name, "\" stands for ", file.num_bytes, " bytes, expected at most ",
                 most, " of ", from.size()));
  }
  std::string bytes = file.method == kAsItIs ? std::string(from) : inflated(from, file.num_bytes);
  if (bytes.size() != file.num_bytes || checksum_of(bytes) != file.checksum) {
    fail(message("\"", file.name, "\" is damaged: its size or checksum is not the directory's"));
  }
  return bytes;
}

std::string zipped(const std::string& name, std::string_view bytes) {
  if (bytes.size() >= kTooLarge - kMaxComment) {
    throw OptionError(message("\"", name, "\" of ", bytes.size(),
                              " bytes in a zip archive, expected less than 4 GiB"));
  }
  std::string common;  // What either header says of the file.
  append(common, kAsItIs, 2);
  append(common, std::uint64_t{1} << 21 | std::uint64_t{1} << 16, 4);  // 1 January 1980.
  append(common, checksum_of(bytes), 4);
  append(common, bytes.size(), 4);
  append(common, bytes.size(), 4);
  append(common, name.size(), 2);
  append(common, 0, 2);

  std::string archive(kFile);
  append(archive, 20, 2);  // Version 2.0.
  append(archive, 0, 2);
  archive += common;
  archive += name;
  archive += bytes;
  const std::size_t directory = archive.size();
  archive += kEntry;
  append(archive, 20, 2);
  append(archive, 20, 2);
  append(archive, 0, 2);
  archive += common;
  append(archive, 0, 2 + 2 + 2 + 4 + 4);  // Comment, disk, attributes; it begins at byte 0.
  archive += name;
  const std::size_t directory_bytes = archive.size() - directory;
  archive += kEnd;
  append(archive, 0, 4);
  append(archive, 1, 2);
  append(archive, 1, 2);
  append(archive, directory_bytes, 4);
  append(archive, directory, 4);
  append(archive, 0, 2);
  return archive;
}

}  // namespace espalier::datasets
