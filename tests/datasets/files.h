#pragma once

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

namespace espalier::test {

/// A new folder, deleted with all that is in it at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "espalier-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a folder");
    path_ = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

  /// Makes a file of these bytes and returns its path.
  std::string write(std::string_view name, std::string_view bytes) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::remove(file);  // Some file systems are slow at overwriting: they sync.
    std::ofstream(file, std::ios::binary) << bytes;
    return file.string();
  }

 private:
  std::filesystem::path path_;
};

/// As the gzip program would compress it. Plain zlib: of Boost's compressor, g++ 12 warns for
/// nothing.
inline std::string gzip(std::string_view bytes) {
  constexpr int kGzipFormat = 16;  // Added to the base-2 logarithm of the window's size.
  z_stream stream{};
  if (deflateInit2(&stream, 9, Z_DEFLATED, 15 + kGzipFormat, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("cannot compress");
  }
  std::string input(bytes);
  std::string output(deflateBound(&stream, input.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(output.data());
  stream.avail_out = static_cast<uInt>(output.size());
  const int result = deflate(&stream, Z_FINISH);
  output.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) throw std::runtime_error("cannot compress");
  return output;
}

/// As the zstd program would compress it, with a checksum.
inline std::string zstd(std::string_view bytes) {
  std::string output(ZSTD_compressBound(bytes.size()), '\0');
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  const std::size_t size =
      ZSTD_compress2(context, output.data(), output.size(), bytes.data(), bytes.size());
  ZSTD_freeCCtx(context);
  if (ZSTD_isError(size)) throw std::runtime_error("cannot compress");
  output.resize(size);
  return output;
}

/// "a\nb\n" as the xz and the bzip2 program compress it.
inline std::string xz_of_a_and_b() {
  constexpr char kBytes[] =
      "\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x16\x00"
      "\x00\x00\x74\x2f\xe5\xa3\x01\x00\x03\x61\x0a\x62\x0a\x00\x44\x8e\x2c\xb5"
      "\xad\xa0\xcd\xac\x00\x01\x1c\x04\x6f\x2c\x9c\xc1\x1f\xb6\xf3\x7d\x01\x00"
      "\x00\x00\x00\x04\x59\x5a";
  return {kBytes, sizeof(kBytes) - 1};
}
inline std::string bzip2_of_a_and_b() {
  constexpr char kBytes[] =
      "\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\x3c\x85\x41\x12\x00\x00\x01\x41"
      "\x00\x00\x10\x30\x00\x20\x00\x30\xcc\x0c\x7a\x82\x71\x77\x24\x53\x85\x09"
      "\x03\xc8\x54\x11\x20";
  return {kBytes, sizeof(kBytes) - 1};
}

}  // namespace espalier::test
