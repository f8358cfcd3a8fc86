#include <espalier/datasets_matlab/internal/matlab_elements.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <new>
#include <vector>

#include <zlib.h>

#include <espalier/base/error.h>

// "MAT-File Level 5 File Format", The MathWorks: a header of 128 bytes, then elements, each a tag
// of type and size and as many bytes. A matrix's are elements again: flags, dimensions, name,
// numbers.
namespace espalier::datasets {
namespace {

using Bytes = std::vector<unsigned char>;

constexpr std::uint64_t kHeaderSize = 128, kTagSize = 8;
constexpr std::uint32_t kMatrix = 14, kCompressed = 15;
constexpr std::size_t kMostPart = 4096;         // Bytes of dimensions, of a name.
constexpr std::size_t kLooked = 3 * kMostPart;  // At so much of an element.

class ElementChecker {
 public:
  explicit ElementChecker(const std::string& path)
      : path_(path), file_(path, std::ios::binary), size_(std::filesystem::file_size(path)) {}

  void check() {
    is_swapped_ = read(0, kHeaderSize)[126] == 'M';  // "IM", as little-endian machines write it.
    for (place_ = kHeaderSize; place_ != size_;) {
      const std::uint64_t left = size_ - place_;
      const Bytes tag = read(place_, kTagSize);
      const std::uint64_t num_bytes = word(tag, 4);
      if (left < kTagSize || num_bytes > left - kTagSize) {
        fail(message("the file is cut short: an element at byte ", place_, " has ", num_bytes,
                     " bytes, of which ", left < kTagSize ? 0 : left - kTagSize, " are there"));
      }
      const Bytes head = read(place_ + kTagSize, std::min<std::uint64_t>(num_bytes, kLooked));
      if (word(tag, 0) == kMatrix) check_matrix(head, 0);
      if (word(tag, 0) == kCompressed) check_compressed(head);
      place_ += kTagSize + num_bytes;
    }
  }

 private:
  Bytes read(std::uint64_t place, std::size_t count) {
    Bytes bytes(count, 0);
    file_.clear();
    file_.seekg(static_cast<std::streamoff>(place));
    file_.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(count));
    return bytes;
  }

  std::uint32_t word(const Bytes& bytes, std::size_t at) const {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8 | bytes[at + (is_swapped_ ? i : 3 - i)];
    return value;
  }

  // Flags, dimensions and name of a matrix.
  void check_matrix(const Bytes& bytes, std::size_t at) const {
    for (int part = 0; part < 3 && at + kTagSize <= bytes.size(); ++part) {
      const bool is_small = word(bytes, at) >> 16 != 0;  // Size, type and contents in a tag's room.
      const std::uint32_t num_bytes = is_small ? 0 : word(bytes, at + 4);
      if (num_bytes > kMostPart) {
        fail(message("a matrix at byte ", place_, " has dimensions or a name of ", num_bytes,
                     " bytes, expected at most ", kMostPart));
      }
      at += kTagSize + (num_bytes + 7) / 8 * 8;
    }
  }

  void check_compressed(Bytes head) const {
    Bytes bytes(kLooked);
    z_stream stream = {};
    if (inflateInit(&stream) != Z_OK) throw std::bad_alloc();
    stream.next_in = head.data();
    stream.avail_in = static_cast<unsigned>(head.size());
    stream.next_out = bytes.data();
    stream.avail_out = static_cast<unsigned>(bytes.size());
    inflate(&stream, Z_SYNC_FLUSH);  // If that is damaged, what is there is looked at.
    bytes.resize(bytes.size() - stream.avail_out);
    inflateEnd(&stream);
    if (bytes.size() >= kTagSize && word(bytes, 0) == kMatrix) check_matrix(bytes, kTagSize);
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw ParseError({.source = path_}, what);
  }

  std::string path_;
  std::ifstream file_;
  std::uint64_t size_ = 0, place_ = 0;
  bool is_swapped_ = false;
};

}  // namespace

void check_elements(const std::string& path) { ElementChecker(path).check(); }

}  // namespace espalier::datasets
