#include <espalier/training/safetensors.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cerrno>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <limits>
#include <system_error>

#include <espalier/base/error.h>
#include <espalier/base/memory.h>
#include <espalier/base/output_file.h>
#include <espalier/training/internal/checksum.h>
#include <espalier/training/internal/json_text.h>
#include <espalier/training/internal/safetensors_header.h>

namespace espalier::training {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

using DType = SafetensorsHeader::DType;

constexpr std::uint64_t kLengthBytes = 8;

// The data of a tensor, from a file that is read from its beginning to its end.
struct Data {
  std::istream& in;
  const SafetensorsHeader& header;
  const SafetensorsHeader::Entry& entry;
  const std::string& source;

  // All of it. Throws ParseError unless it has its checksum.
  void read(std::span<std::byte> bytes) const;
};

void read_exactly(std::istream& in, void* data, std::uint64_t num_bytes,
                  const std::string& source) {
  in.read(static_cast<char*>(data), static_cast<std::streamsize>(num_bytes));
  if (!in) throw FileError(source + ": cannot be read");
}

void Data::read(std::span<std::byte> bytes) const {
  read_exactly(in, bytes.data(), bytes.size(), source);
  if (!header.has_checksums) return;
  const std::uint32_t actual = crc32(bytes);
  if (actual == entry.checksum) return;
  throw ParseError({.source = source},
                   message("tensor ", in_quotes(entry.name), ": its data have the checksum ",
                           checksum_text(actual), ", expected ", checksum_text(entry.checksum),
                           "; the file is damaged, or was changed by another program"));
}

float from_half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 0x1f;
  const int fraction = bits & 0x3ff;
  float magnitude = 0.0f;
  if (exponent == 0x1f) {
    magnitude = fraction == 0 ? std::numeric_limits<float>::infinity()
                              : std::numeric_limits<float>::quiet_NaN();
  } else if (exponent == 0) {
    magnitude = std::ldexp(static_cast<float>(fraction), -24);
  } else {
    magnitude = std::ldexp(static_cast<float>(fraction | 0x400), exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

float from_bfloat16(std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t{bits} << 16); }

template <class Stored, class ToFloat>
void read_converted(const Data& data, Tensor& tensor, const ToFloat& to_float) {
  PoolVector<Stored> stored(tensor.size());
  data.read(std::as_writable_bytes(std::span(stored)));
  for (std::size_t i = 0; i < stored.size(); ++i) tensor.data()[i] = to_float(stored[i]);
}

Tensor read_tensor(const Data& data) {
  Tensor tensor = Tensor::uninitialized(data.entry.shape);
  switch (data.entry.dtype) {
    case DType::kF16:
      read_converted<std::uint16_t>(data, tensor, from_half);
      break;
    case DType::kBF16:
      read_converted<std::uint16_t>(data, tensor, from_bfloat16);
      break;
    case DType::kF64:
      read_converted<double>(data, tensor, [](double x) { return static_cast<float>(x); });
      break;
    default:
      data.read(std::as_writable_bytes(tensor.flat()));
  }
  return tensor;
}

SafetensorsHeader read_header(std::istream& in, const std::string& source) {
  in.seekg(0, std::ios::end);
  const std::streamoff end = in.tellg();
  in.seekg(0);
  if (!in || end < 0) throw FileError(source + ": cannot be read from end to end");
  const auto num_bytes = static_cast<std::uint64_t>(end);
  if (num_bytes < kLengthBytes) {
    throw ParseError({.source = source}, message("a file of ", num_bytes, " bytes, expected at ",
                                                 "least the 8 of the header's length"));
  }
  std::uint64_t length = 0;
  read_exactly(in, &length, kLengthBytes, source);
  const std::uint64_t rest = num_bytes - kLengthBytes;
  if (length > rest || length > kMaxSafetensorsHeaderBytes) {
    throw ParseError({.source = source},
                     message("a header of ", length, " bytes, expected at most ",
                             std::min(rest, kMaxSafetensorsHeaderBytes),
                             "; this is no safetensors file, or it is cut short"));
  }
  std::string text(length, '\0');
  read_exactly(in, text.data(), length, source);
  return parse_safetensors_header(text, rest - length, source);
}

void pass_over(std::istream& in, const SafetensorsHeader::Entry& entry) {
  in.seekg(static_cast<std::streamoff>(entry.end - entry.begin), std::ios::cur);
}

std::ifstream open(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    throw FileError(path.string() + ": a folder, expected a file");
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    throw FileError(message(path.string(), ": cannot be opened: ", std::strerror(errno)));
  }
  return in;
}

template <class Stored>
IntegerTensor read_integers(const Data& data) {
  std::vector<Stored> stored(data.entry.shape.num_elements());
  data.read(std::as_writable_bytes(std::span(stored)));
  return {.shape = data.entry.shape, .values = {stored.begin(), stored.end()}};
}

}  // namespace

Safetensors read_safetensors(std::istream& in, const std::string& source) {
  SafetensorsHeader header = read_header(in, source);
  Safetensors content;
  content.metadata = std::move(header.metadata);
  content.had_checksums = header.has_checksums;
  for (const SafetensorsHeader::Entry& entry : header.entries) {  // As they lie in the file.
    const Data data{in, header, entry, source};
    if (entry.dtype == DType::kOther) {
      pass_over(in, entry);
      content.unread.emplace(entry.name, entry.kind);
    } else if (entry.dtype == DType::kI64 || entry.dtype == DType::kU64) {
      std::vector<std::uint64_t> values(entry.shape.num_elements());
      data.read(std::as_writable_bytes(std::span(values)));
      content.integers.emplace(entry.name, std::move(values));
    } else {
      content.tensors.emplace(entry.name, read_tensor(data));
    }
  }
  return content;
}

Safetensors read_safetensors(const std::filesystem::path& path) {
  std::ifstream in = open(path);
  return read_safetensors(in, path.string());
}

std::map<std::string, IntegerTensor, std::less<>> read_integer_tensors(
    const std::filesystem::path& path) {
  std::ifstream in = open(path);
  const std::string source = path.string();
  const SafetensorsHeader header = read_header(in, source);
  std::map<std::string, IntegerTensor, std::less<>> tensors;
  for (const SafetensorsHeader::Entry& entry : header.entries) {
    const Data data{in, header, entry, source};
    if (entry.dtype == DType::kI64) {
      tensors.emplace(entry.name, read_integers<std::int64_t>(data));
    } else if (entry.dtype == DType::kOther && entry.kind == "I32") {
      tensors.emplace(entry.name, read_integers<std::int32_t>(data));
    } else {
      pass_over(in, entry);
    }
  }
  return tensors;
}

void write_safetensors(const std::filesystem::path& path, const SafetensorsView& content) {
  // The integers first, so that everything is aligned to its own size.
  SafetensorsHeader header{
      .entries = {}, .metadata = content.metadata, .has_checksums = content.with_checksums};
  std::uint64_t end = 0;
  const auto add = [&](const std::string& name, DType dtype, const Shape& shape,
                       std::span<const std::byte> data) {
    header.entries.push_back({.name = name,
                              .dtype = dtype,
                              .shape = shape,
                              .begin = end,
                              .end = end + data.size(),
                              .checksum = content.with_checksums ? crc32(data) : 0});
    end += data.size();
  };
  for (const auto& [name, values] : content.integers) {
    add(name, DType::kU64, {values.size()}, std::as_bytes(values));
  }
  for (const auto& [name, tensor] : content.tensors) {
    assert(tensor->size() == tensor->shape().num_elements());
    add(name, DType::kF32, tensor->shape(), std::as_bytes(tensor->flat()));
  }
  const std::string text = format_safetensors_header(header);
  const std::uint64_t length = text.size();
  write_file(path, [&](const ByteSink& sink) {
    sink(std::as_bytes(std::span(&length, 1)));
    sink(std::as_bytes(std::span(text)));
    for (const auto& [name, values] : content.integers) sink(std::as_bytes(values));
    for (const auto& [name, tensor] : content.tensors) sink(std::as_bytes(tensor->flat()));
  });
}

void write_safetensors(const std::filesystem::path& path, const Safetensors& content) {
  SafetensorsView view{.tensors = {}, .integers = {}, .metadata = content.metadata};
  for (const auto& [name, tensor] : content.tensors) view.tensors.emplace(name, &tensor);
  for (const auto& [name, values] : content.integers) view.integers.emplace(name, values);
  write_safetensors(path, view);
}

}  // namespace espalier::training
