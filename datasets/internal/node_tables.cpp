#include <espalier/datasets/internal/node_tables.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include <espalier/base/error.h>

namespace espalier::datasets {
namespace {

// Calls `read(node, words, lines)` for each line.
template <class Read>
void read_rows(const std::filesystem::path& path, NodeId num_nodes, const Read& read) {
  LineReader lines(path);
  NodeId node = 0;
  while (const auto line = lines.next()) {
    if (node == num_nodes) {
      throw ParseError(lines.where(), message("found features of another node, expected ",
                                              num_nodes, " lines, one for each node"));
    }
    read(node++, split_words(*line), lines);
  }
  if (node == num_nodes) return;
  throw ParseError(lines.file(), message("features of ", node, " nodes, expected ", num_nodes,
                                         " lines, one for each node"));
}

NodeId parse_column(std::string_view text, std::size_t offset, NodeId bound,
                    const LineReader& lines) {
  const auto column = whole_number(text);
  if (column && *column < bound) return static_cast<NodeId>(*column);
  throw ParseError(lines.where(offset),
                   message("found column \"", text, "\", expected a number below ", bound));
}

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 20;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i) {
    text += (i == 0 ? "\"" : ", \"") + names[i] + '"';
  }
  return names.size() > kMost ? text + ", …" : text;
}

}  // namespace

std::optional<Split> split_named(std::string_view text) {
  if (text == "train") return Split::kTrain;
  if (text == "dev" || text == "val") return Split::kDev;
  if (text == "test") return Split::kTest;
  return std::nullopt;
}

std::vector<NodeId>& nodes_of(Splits<std::vector<NodeId>>& nodes, Split split) {
  if (split == Split::kTrain) return nodes.train;
  return split == Split::kDev ? nodes.dev : nodes.test;
}

std::vector<std::int32_t> read_labels(const std::filesystem::path& path, NodeId num_nodes,
                                      const std::vector<std::string>& classes) {
  std::unordered_map<std::string, std::int32_t> numbers;
  for (const std::string& name : classes) {
    numbers.emplace(name, static_cast<std::int32_t>(numbers.size()));
  }
  std::vector<std::int32_t> labels(num_nodes, kNoLabel);
  TableReader table(path, "node<TAB>class", 2, 2);
  while (table.next()) {
    const NodeId node = table.id(0, num_nodes, "node");
    const auto found = numbers.find(std::string(table.text(1)));
    if (found == numbers.end()) {
      table.fail(1,
                 message("found class \"", table.text(1), "\", expected one of ", listed(classes)));
    }
    if (labels[node] != kNoLabel) {
      table.fail(0, message("node ", node, " has a label already, expected one for each node"));
    }
    labels[node] = found->second;
  }
  return labels;
}

std::vector<std::int32_t> read_labels(const std::filesystem::path& path,
                                      const std::vector<std::string>& classes) {
  TableReader table(path, "node<TAB>class", 2, 2);
  NodeId num_nodes = 0;
  const NodeId most = most_nodes(path);
  while (table.next()) num_nodes = std::max(num_nodes, table.id(0, most, "node") + 1);
  return read_labels(path, num_nodes, classes);
}

Splits<std::vector<NodeId>> read_split(const std::filesystem::path& path,
                                       const std::vector<std::int32_t>& labels) {
  Splits<std::vector<NodeId>> nodes;
  std::vector<bool> is_in_one(labels.size());
  TableReader table(path, "node<TAB>train|dev|test", 2, 2);
  while (table.next()) {
    const NodeId node = table.id(0, static_cast<NodeId>(labels.size()), "node");
    const auto split = split_named(table.text(1));
    if (!split) {
      table.fail(1,
                 message("found split \"", table.text(1), "\", expected train, dev (val) or test"));
    }
    if (is_in_one[node]) {
      table.fail(0, message("node ", node, " is in a split already, expected each in one at most"));
    }
    if (labels[node] == kNoLabel) {
      table.fail(0, message("node ", node, " has no label, expected one, as it is in a split"));
    }
    is_in_one[node] = true;
    nodes_of(nodes, *split).push_back(node);
  }
  for (auto* const ids : {&nodes.train, &nodes.dev, &nodes.test}) std::ranges::sort(*ids);
  return nodes;
}

Adjacency read_sparse_features(const std::filesystem::path& path, NodeId num_nodes,
                               std::optional<NodeId> num_columns) {
  const NodeId bound = num_columns.value_or(most_nodes(path));
  NodeId count = num_columns.value_or(0);
  std::vector<EdgeId> offsets = {0};
  std::vector<NodeId> columns;
  std::vector<float> values;
  read_rows(path, num_nodes, [&](NodeId, const std::vector<Field>& row, const LineReader& lines) {
    for (const auto& [text, offset] : row) {
      const std::size_t colon = text.find(':');
      const bool has_value = colon != std::string_view::npos;
      if (!columns.empty() && has_value == values.empty()) {
        throw ParseError(lines.where(offset),
                         message("found \"", text, "\", expected ",
                                 has_value ? "no value" : "column:value", " as before"));
      }
      columns.push_back(parse_column(text.substr(0, colon), offset, bound, lines));
      count = std::max(count, columns.back() + 1);
      if (!has_value) continue;
      const auto value = finite_number(text.substr(colon + 1));
      if (!value) {
        throw ParseError(
            lines.where(offset + colon + 1),
            message("found value \"", text.substr(colon + 1), "\", expected a finite number"));
      }
      values.push_back(*value);
    }
    std::vector<NodeId> sorted(columns.begin() + static_cast<std::ptrdiff_t>(offsets.back()),
                               columns.end());
    std::ranges::sort(sorted);
    if (const auto twice = std::ranges::adjacent_find(sorted); twice != sorted.end()) {
      throw ParseError(lines.where(),
                       message("column ", *twice, " stands twice, expected each once in a line"));
    }
    offsets.push_back(columns.size());
  });
  return Adjacency(count, std::move(offsets), std::move(columns), std::move(values));
}

Tensor read_dense_features(const std::filesystem::path& path, NodeId num_nodes,
                           std::size_t num_columns) {
  std::vector<float> values;
  read_rows(path, num_nodes, [&](NodeId, const std::vector<Field>& row, const LineReader& lines) {
    if (row.size() != num_columns) {
      throw ParseError(lines.where(),
                       message("found ", row.size(), " features, expected ", num_columns));
    }
    for (const auto& [text, offset] : row) {
      const auto value = finite_number(text);
      if (!value) {
        throw ParseError(lines.where(offset),
                         message("found \"", text, "\", expected a finite number"));
      }
      values.push_back(*value);
    }
  });
  return Tensor::from_values({std::size_t{num_nodes}, num_columns}, values);
}

}  // namespace espalier::datasets
