#include <espalier/datasets/internal/table_reader.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include <espalier/base/error.h>

namespace espalier::datasets {

NodeId most_nodes(std::span<const std::filesystem::path> files) {
  constexpr std::uintmax_t kFree = 1u << 20, kNodesPerByte = 16;
  std::uintmax_t bytes = 0;
  for (const std::filesystem::path& file : files) {
    std::error_code none;
    if (!std::filesystem::exists(file, none)) continue;  // Who opens it says so.
    if (!std::filesystem::is_regular_file(file, none)) return kMostNodes;
    bytes += std::min<std::uintmax_t>(std::filesystem::file_size(file, none), kMostNodes);
  }
  return static_cast<NodeId>(
      std::min<std::uintmax_t>(std::max(kFree, kNodesPerByte * bytes), kMostNodes));
}

NodeId most_nodes(const std::filesystem::path& file) { return most_nodes(std::span(&file, 1)); }

TableReader::TableReader(const std::filesystem::path& path, std::string columns, std::size_t least,
                         std::size_t most, bool any_bytes)
    : lines_(path),
      columns_(std::move(columns)),
      least_(least),
      most_(most),
      any_bytes_(any_bytes) {}

bool TableReader::next() {
  const auto next_line = [&] { return any_bytes_ ? lines_.next_bytes() : lines_.next(); };
  auto line = next_line();
  while (line && line->starts_with('#')) line = next_line();
  if (!line) return false;
  fields_.clear();
  std::size_t begin = 0, end = 0;
  do {
    end = std::min(line->find('\t', begin), line->size());
    fields_.push_back({line->substr(begin, end - begin), begin});
    begin = end + 1;
  } while (end < line->size());
  if (fields_.size() < least_ || fields_.size() > most_) {
    throw ParseError(lines_.where(),
                     message("found ", fields_.size(), " fields, expected ", columns_));
  }
  return true;
}

std::uint64_t TableReader::whole(std::size_t i, std::string_view what) const {
  const auto value = whole_number(fields_[i].text);
  if (value) return *value;
  fail(i, message("found \"", fields_[i].text, "\", expected the number of a ", what));
}

NodeId TableReader::id(std::size_t i, NodeId bound, std::string_view what) const {
  const std::uint64_t value = whole(i, what);
  if (value >= bound) {
    fail(i, message(what, ' ', value, " is out of range, expected ",
                    bound == 0 ? std::string("none, for there are none")
                               : message("0 .. ", bound - 1)));
  }
  return static_cast<NodeId>(value);
}

float TableReader::number(std::size_t i, std::string_view what) const {
  const auto value = finite_number(fields_[i].text);
  if (!value) {
    fail(i, message("found ", what, " \"", fields_[i].text, "\", expected a finite number"));
  }
  return *value;
}

void TableReader::fail(std::size_t i, std::string_view what) const {
  throw ParseError(lines_.where(fields_[i].offset), what);
}

std::filesystem::path plain_or_compressed(const std::filesystem::path& folder,
                                          std::string_view name) {
  const std::filesystem::path plain = folder / name;
  for (const char* const ending : {"", ".gz", ".zst", ".xz", ".bz2"}) {
    std::filesystem::path path = plain;
    path += ending;
    if (std::filesystem::exists(path)) return path;
  }
  return plain;
}

}  // namespace espalier::datasets
