#include <espalier/datasets/edge_index.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <map>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/base/output_file.h>
#include <espalier/datasets/internal/npy.h>
#include <espalier/datasets/internal/table_reader.h>
#include <espalier/datasets/internal/zip_archive.h>
#include <espalier/training/safetensors.h>

namespace espalier::datasets {
namespace {

static_assert(std::endian::native == std::endian::little, "the formats are little-endian");

constexpr std::string_view kName = "edge_index";
constexpr std::string_view kNpy = ".npy";

[[noreturn]] void fail(const std::filesystem::path& path, std::string_view what) {
  throw ParseError({.source = path.string()}, what);
}

std::ifstream open(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    throw FileError(message(path.string(), ": a folder, expected a file"));
  }
  std::ifstream in(path, std::ios::binary);
  if (in) return in;
  throw FileError(message(path.string(), ": cannot be opened: ",
                          std::error_code(errno, std::generic_category()).message()));
}

std::string head_of(const std::filesystem::path& path) {
  std::string head(9, '\0');
  std::ifstream in = open(path);
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(in.gcount()));
  return head;
}

// Eight bytes of the header's length, which is no more than the format allows; then the header.
bool is_safetensors(std::string_view head) {
  constexpr std::uint64_t kLongest = 100'000'000;
  if (head.size() < 9 || head[8] != '{') return false;
  std::uint64_t length = 0;
  std::memcpy(&length, head.data(), sizeof length);
  return length <= kLongest;
}

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream in = open(path);
  std::string bytes, block(std::size_t{1} << 20, '\0');
  while (in) {
    in.read(block.data(), static_cast<std::streamsize>(block.size()));
    bytes.append(block, 0, static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) throw FileError(message(path.string(), ": cannot be read"));
  return bytes;
}

// Which of the arrays of a file is meant.
std::string chosen(const std::vector<std::string>& names, const std::string& wanted,
                   const std::filesystem::path& path) {
  std::string name = names.size() == 1 ? names.front() : std::string(kName);
  if (!wanted.empty()) name = wanted;
  if (std::ranges::find(names, name) != names.end()) return name;
  std::string there;
  for (const std::string& each : names) there += message(" \"", each, '"');
  fail(path,
       message("there is no array \"", name, "\"; there are:", names.empty() ? " none" : there));
}

// "2, 10".
std::string joined(std::span<const std::uint64_t> shape) {
  constexpr std::size_t kShown = 8;
  std::string sizes;
  for (const std::uint64_t size : shape.first(std::min(shape.size(), kShown))) {
    sizes += message(sizes.empty() ? "" : ", ", size);
  }
  return shape.size() > kShown ? sizes + ", …" : sizes;
}

Adjacency edges_of(const IntegerArray& array, const std::filesystem::path& path,
                   const EdgeIndexOptions& options) {
  if (array.shape.size() != 2 || array.shape[0] != 2) {
    fail(path, message("an array of shape [", joined(array.shape), "], expected [2, edges]"));
  }
  const NodeId most = most_nodes(path);
  NodeId counts[2] = {options.num_rows.value_or(0), options.num_columns.value_or(0)};
  const NodeId bounds[2] = {options.num_rows.value_or(most), options.num_columns.value_or(most)};
  const auto id_at = [&](std::size_t end, std::uint64_t e) {
    const std::int64_t id = array.at(end, e);
    if (id < 0 || id >= std::int64_t{bounds[end]}) {
      fail(path, message("edge ", e, " has ", end == 0 ? "source " : "target ", id, ", expected ",
                         bounds[end] == 0 ? "no edge, for there are no such nodes"
                                          : message("0 .. ", bounds[end] - 1)));
    }
    counts[end] = std::max(counts[end], static_cast<NodeId>(id) + 1);
    return static_cast<NodeId>(id);
  };
  std::vector<Edge> edges(array.shape[1]);
  for (std::uint64_t e = 0; e < edges.size(); ++e) edges[e] = {id_at(0, e), id_at(1, e)};
  return Adjacency::from_edges(counts[0], counts[1], edges);
}

Adjacency load_npy(const std::filesystem::path& path, const EdgeIndexOptions& options) {
  const std::string bytes = bytes_of(path);
  return edges_of(parse_npy(bytes, path.string()), path, options);
}

Adjacency load_npz(const std::filesystem::path& path, const EdgeIndexOptions& options) {
  const std::string bytes = bytes_of(path);
  const ZipArchive archive(bytes, path.string());
  std::vector<std::string> names;
  for (const ZipArchive::File& file : archive.files()) {
    std::string_view name = file.name;
    if (name.ends_with(kNpy)) name.remove_suffix(kNpy.size());
    names.emplace_back(name);
  }
  const std::string name = chosen(names, options.name, path);
  const auto place = static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
  const std::string array = archive.read(archive.files()[place]);
  const std::string source = message(path.string(), ", array \"", name, '"');
  return edges_of(parse_npy(array, source), path, options);
}

Adjacency load_safetensors(const std::filesystem::path& path, const EdgeIndexOptions& options) {
  const auto tensors = training::read_integer_tensors(path);
  std::vector<std::string> names;
  for (const auto& [name, _] : tensors) names.push_back(name);
  const training::IntegerTensor& tensor = tensors.at(chosen(names, options.name, path));
  IntegerArray array;
  for (std::size_t i = 0; i < tensor.shape.rank(); ++i) array.shape.push_back(tensor.shape[i]);
  array.bytes = {reinterpret_cast<const char*>(tensor.values.data()),
                 tensor.values.size() * sizeof(std::int64_t)};
  return edges_of(array, path, options);
}

// All sources, then all targets.
std::string numbers_of(const Adjacency& adjacency) {
  std::vector<std::int64_t> ends;
  ends.reserve(2 * adjacency.num_edges());
  for (NodeId row = 0; row < adjacency.num_rows(); ++row) {
    ends.insert(ends.end(), adjacency.of(row).size(), std::int64_t{row});
  }
  ends.insert(ends.end(), adjacency.columns().begin(), adjacency.columns().end());
  return {reinterpret_cast<const char*>(ends.data()), ends.size() * sizeof(std::int64_t)};
}

std::string safetensors_header(std::uint64_t num_edges) {
  std::string text = message("{\"", kName, "\":{\"dtype\":\"I64\",\"shape\":[2,", num_edges,
                             "],\"data_offsets\":[0,", 16 * num_edges, "]}}");
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t length = text.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + text;
}

}  // namespace

bool is_edge_index(const std::filesystem::path& path) {
  const std::string head = head_of(path);
  return is_npy(head) || ZipArchive::is_zip(head) || is_safetensors(head);
}

Adjacency load_edge_index(const std::filesystem::path& path, const EdgeIndexOptions& options) {
  const std::string head = head_of(path);
  if (is_npy(head)) return load_npy(path, options);
  if (ZipArchive::is_zip(head)) return load_npz(path, options);
  if (is_safetensors(head)) return load_safetensors(path, options);
  fail(path, "none of .npy, .npz and safetensors, by its first bytes");
}

void save_edge_index(const Adjacency& adjacency, const std::filesystem::path& path) {
  const std::uint64_t shape[] = {2, adjacency.num_edges()};
  const auto write = [&](const std::string& header) {
    const std::string numbers = numbers_of(adjacency);
    write_file(path, [&](const ByteSink& sink) {
      sink(std::as_bytes(std::span(header)));
      sink(std::as_bytes(std::span(numbers)));
    });
  };
  const std::string ending = path.extension().string();
  if (ending == kNpy) return write(npy_header(shape));
  if (ending == ".safetensors") return write(safetensors_header(adjacency.num_edges()));
  if (ending == ".npz") {
    const std::string array = npy_header(shape) + numbers_of(adjacency);
    return write_file(path, zipped(std::string(kName) + std::string(kNpy), array));
  }
  throw OptionError(message(path.string(), ": \"", ending,
                            "\", expected a name that ends in .npy, .npz or .safetensors"));
}

}  // namespace espalier::datasets
