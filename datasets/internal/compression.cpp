#include <espalier/datasets/internal/compression.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include <boost/iostreams/filter/bzip2.hpp>
#include <boost/iostreams/filter/lzma.hpp>
#include <boost/iostreams/filtering_streambuf.hpp>

#include <espalier/datasets/internal/gzip_buffer.h>
#include <espalier/datasets/internal/zstd_buffer.h>

namespace espalier::datasets {
namespace {

constexpr int kBlockSize = 1 << 16;
constexpr std::size_t kNowhere = std::string_view::npos;

// What files of a kind begin with. `enough` bytes of it will do if the file ends there: no text
// begins so. At `any_digit` the lower four bits may be anything.
struct Magic {
  Compression compression;
  std::string_view bytes;
  std::size_t enough;
  std::size_t any_digit = kNowhere;

  bool fits(char byte, std::size_t i) const {
    return i == any_digit ? (byte & 0xF0) == (bytes[i] & 0xF0) : byte == bytes[i];
  }
  bool begins_with(std::string_view head) const {
    for (std::size_t i = 0; i < std::min(head.size(), bytes.size()); ++i) {
      if (!fits(head[i], i)) return false;
    }
    return true;
  }
};

constexpr auto kMagic = std::to_array<Magic>({
    {Compression::kGzip, "\x1F\x8B", 2},             // RFC 1952.
    {Compression::kZstd, "\x28\xB5", 2},             // RFC 8878,
    {Compression::kZstd, "\x50\x2A\x4D\x18", 4, 0},  // a skippable frame.
    {Compression::kXz, "\xFD\x37", 2},
    {Compression::kBzip2, "BZh0\x31\x41\x59\x26\x53\x59", 5, 3},
    {Compression::kBzip2, "BZh0\x17\x72\x45\x38\x50\x90", 5, 3},  // Of no bytes.
    {Compression::kZip, "PK\x03\x04", 4},
    {Compression::kZip, "PK\x05\x06", 4},  // Of no files.
});

template <class Filter>
std::unique_ptr<std::streambuf> filtered(const Filter& filter, std::streambuf& compressed) {
  auto stream = std::make_unique<boost::iostreams::filtering_istreambuf>();
  stream->push(filter, kBlockSize);
  stream->push(compressed);
  return stream;
}

}  // namespace

Compression compression_of(std::streambuf& in, std::string& head) {
  const std::size_t begin = head.size();
  for (;;) {
    const std::string_view seen = std::string_view(head).substr(begin);
    const auto may_be = [&](const Magic& magic) { return magic.begins_with(seen); };
    const auto* const magic = std::ranges::find_if(kMagic, may_be);
    if (magic == kMagic.end()) return Compression::kNone;
    if (seen.size() >= magic->bytes.size()) return magic->compression;
    const int byte = in.sbumpc();
    if (byte == std::streambuf::traits_type::eof()) {
      return seen.size() >= magic->enough ? magic->compression : Compression::kNone;
    }
    head += static_cast<char>(byte);
  }
}

std::string_view name_of(Compression compression) {
  switch (compression) {
    case Compression::kNone:
      return "plain";
    case Compression::kGzip:
      return "gzip";
    case Compression::kZstd:
      return "zstd";
    case Compression::kXz:
      return "xz";
    case Compression::kBzip2:
      return "bzip2";
    case Compression::kZip:
      return "zip";
  }
  return "unknown";
}

std::unique_ptr<std::streambuf> decompressor(Compression compression, std::streambuf& compressed) {
  switch (compression) {
    case Compression::kNone:
    case Compression::kZip:
      return nullptr;
    case Compression::kGzip:
      return std::make_unique<GzipBuffer>(compressed);
    case Compression::kZstd:
      return std::make_unique<ZstdBuffer>(compressed);
    case Compression::kXz:
      return filtered(boost::iostreams::lzma_decompressor(kBlockSize), compressed);
    case Compression::kBzip2:
      return filtered(boost::iostreams::bzip2_decompressor(false, kBlockSize), compressed);
  }
  return nullptr;
}

std::size_t checked_read(const TextPosition& where, Compression compression,
                         const std::function<std::size_t()>& read) {
  constexpr int kAsksForTooMuch = 6;  // LZMA_MEMLIMIT_ERROR, which Boost has no name for.
  const auto fail = [&](std::string_view what) -> ParseError {
    return {where, message("the ", name_of(compression), " data ", what)};
  };
  try {
    return read();
  } catch (const GzipError&) {
    throw fail("is damaged or cut off");
  } catch (const ZstdError&) {
    throw fail("is damaged or cut off");
  } catch (const boost::iostreams::lzma_error& error) {
    if (error.error() == kAsksForTooMuch) throw fail("asks for more than 100 MB of memory");
    throw fail("is damaged or cut off");
  } catch (const boost::iostreams::bzip2_error&) {
    throw fail("is damaged or cut off");
  }
}

}  // namespace espalier::datasets
