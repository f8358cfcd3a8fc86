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
#include <espalier/training/internal/safetensors_header.h>

namespace espalier::training {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

using DType = SafetensorsHeader::DType;

constexpr std::uint64_t kLengthBytes = 8;

void read_exactly(std::istream& in, void* data, std::uint64_t num_bytes,
                  const std::string& source) {
  in.read(static_cast<char*>(data), static_cast<std::streamsize>(num_bytes));
  if (!in) throw FileError(source + ": cannot be read");
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
void read_converted(std::istream& in, Tensor& tensor, const std::string& source,
                    const ToFloat& to_float) {
  PoolVector<Stored> stored(tensor.size());
  read_exactly(in, stored.data(), stored.size() * sizeof(Stored), source);
  for (std::size_t i = 0; i < stored.size(); ++i) tensor.data()[i] = to_float(stored[i]);
}

Tensor read_tensor(std::istream& in, const SafetensorsHeader::Entry& entry,
                   const std::string& source) {
  Tensor tensor = Tensor::uninitialized(entry.shape);
  switch (entry.dtype) {
    case DType::kF16:
      read_converted<std::uint16_t>(in, tensor, source, from_half);
      break;
    case DType::kBF16:
      read_converted<std::uint16_t>(in, tensor, source, from_bfloat16);
      break;
    case DType::kF64:
      read_converted<double>(in, tensor, source, [](double x) { return static_cast<float>(x); });
      break;
    default:
      read_exactly(in, tensor.data(), tensor.size() * sizeof(float), source);
  }
  return tensor;
}

SafetensorsHeader read_header(std::istream& in, std::uint64_t num_bytes,
                              const std::string& source) {
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

}  // namespace

Safetensors read_safetensors(std::istream& in, const std::string& source) {
  in.seekg(0, std::ios::end);
  const std::streamoff num_bytes = in.tellg();
  in.seekg(0);
  if (!in || num_bytes < 0) throw FileError(source + ": cannot be read from end to end");
  SafetensorsHeader header = read_header(in, static_cast<std::uint64_t>(num_bytes), source);

  Safetensors content;
  content.metadata = std::move(header.metadata);
  for (const SafetensorsHeader::Entry& entry : header.entries) {  // As they lie in the file.
    if (entry.dtype == DType::kI64 || entry.dtype == DType::kU64) {
      std::vector<std::uint64_t> values(entry.shape.num_elements());
      read_exactly(in, values.data(), entry.end - entry.begin, source);
      content.integers.emplace(entry.name, std::move(values));
    } else {
      content.tensors.emplace(entry.name, read_tensor(in, entry, source));
    }
  }
  return content;
}

Safetensors read_safetensors(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    throw FileError(path.string() + ": a folder, expected a file");
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    throw FileError(message(path.string(), ": cannot be opened: ", std::strerror(errno)));
  }
  return read_safetensors(in, path.string());
}

void write_safetensors(const std::filesystem::path& path, const SafetensorsView& content) {
  // The integers first, so that everything is aligned to its own size.
  SafetensorsHeader header{.entries = {}, .metadata = content.metadata};
  std::uint64_t end = 0;
  const auto add = [&](const std::string& name, DType dtype, const Shape& shape, std::size_t size) {
    header.entries.push_back({name, dtype, shape, end, end + size});
    end += size;
  };
  for (const auto& [name, values] : content.integers) {
    add(name, DType::kU64, {values.size()}, values.size_bytes());
  }
  for (const auto& [name, tensor] : content.tensors) {
    assert(tensor->size() == tensor->shape().num_elements());
    add(name, DType::kF32, tensor->shape(), tensor->flat().size_bytes());
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
