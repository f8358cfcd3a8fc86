#include <espalier/training/npy.h>

#include <bit>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/base/output_file.h>

namespace espalier::training {
namespace {

static_assert(std::endian::native == std::endian::little, "arrays are written as they lie");

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::string_view kVersion = {"\x01\x00", 2};
constexpr std::size_t kPrefix = 10;  // Magic, version, length of the header in two bytes.

std::string header_of(const Shape& shape) {
  std::string sizes;
  for (std::size_t i = 0; i < shape.rank(); ++i) sizes += std::to_string(shape[i]) + ", ";
  if (shape.rank() > 1) sizes.resize(sizes.size() - 2);
  if (shape.rank() == 1) sizes.resize(sizes.size() - 1);
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + sizes + "), }";
  header.append(63 - (kPrefix + header.size()) % 64, ' ');  // The data begin at a multiple of 64.
  return header + '\n';
}

[[noreturn]] void fail(const std::filesystem::path& path, std::string_view what) {
  throw ParseError({.source = path.string()}, what);
}

// What follows `key` in the header, without spaces in front.
std::string_view value_of(std::string_view header, std::string_view key,
                          const std::filesystem::path& path) {
  const std::size_t place = header.find(key);
  if (place == std::string_view::npos) fail(path, message("no ", key, " in the header of a .npy"));
  const std::string_view rest = header.substr(place + key.size());
  const std::size_t begin = rest.find_first_not_of(": ");
  return begin == std::string_view::npos ? std::string_view() : rest.substr(begin);
}

Shape shape_of(std::string_view header, const std::filesystem::path& path) {
  std::string_view text = value_of(header, "'shape'", path);
  const std::size_t end = text.find(')');
  if (!text.starts_with('(') || end == std::string_view::npos) fail(path, "no shape of an array");
  text = text.substr(1, end - 1);
  std::vector<std::size_t> sizes;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(", "), text.size()));
    if (text.empty()) break;
    std::size_t size = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (error != std::errc()) fail(path, "a shape that is not of whole numbers");
    if (sizes.size() == Shape::kMaxRank) {
      fail(path, message("an array of more than ", Shape::kMaxRank, " dimensions"));
    }
    sizes.push_back(size);
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  }
  try {
    return Shape(std::span<const std::size_t>(sizes));
  } catch (const ShapeError& error) {
    fail(path, error.what());
  }
}

}  // namespace

void write_npy(const std::filesystem::path& path, const Tensor& tensor) {
  const std::string header = header_of(tensor.shape());
  std::string begin(kMagic);
  begin += kVersion;
  begin += static_cast<char>(header.size() & 0xff);
  begin += static_cast<char>(header.size() >> 8);
  begin += header;
  write_file(path, [&](const ByteSink& sink) {
    sink(std::as_bytes(std::span(begin)));
    sink(std::as_bytes(tensor.flat()));
  });
}

Tensor read_npy(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw FileError(message(path.string(), ": cannot be opened: ", std::strerror(errno)));
  const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const std::string_view all = bytes;
  if (all.size() < kPrefix || !all.starts_with(kMagic)) fail(path, "not a .npy file");
  if (all.substr(kMagic.size(), 2) != kVersion) fail(path, "a .npy file of a version besides 1.0");
  const std::size_t header_size =
      static_cast<unsigned char>(all[8]) + std::size_t{static_cast<unsigned char>(all[9])} * 256;
  if (all.size() < kPrefix + header_size) fail(path, "the header is cut short");
  const std::string_view header = all.substr(kPrefix, header_size);
  if (!value_of(header, "'descr'", path).starts_with("'<f4'")) {
    fail(path, "an array of another type, expected little-endian float32, '<f4'");
  }
  if (!value_of(header, "'fortran_order'", path).starts_with("False")) {
    fail(path, "an array in the order of columns, expected that of rows");
  }
  const Shape shape = shape_of(header, path);
  const std::string_view data = all.substr(kPrefix + header_size);
  const std::size_t expected = shape.num_elements() * sizeof(float);
  if (data.size() != expected) {
    fail(path, message(data.size(), " bytes of data, expected ", expected, " of shape ",
                       shape.to_string()));
  }
  Tensor tensor = Tensor::uninitialized(shape);
  data.copy(reinterpret_cast<char*>(tensor.data()), data.size());
  return tensor;
}

}  // namespace espalier::training
