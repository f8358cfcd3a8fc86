#include <espalier/datasets/matrix_market.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/datasets/internal/table_reader.h>
#include <espalier/datasets/internal/text_writer.h>

namespace espalier::datasets {
namespace {

struct Header {
  bool has_values = false;
  bool is_symmetric = false;
};

Header read_header(LineReader& lines) {
  constexpr const char* kExpected =
      "expected \"%%MatrixMarket matrix coordinate real|integer|pattern general|symmetric\"";
  const auto line = lines.next();
  if (!line) throw ParseError(lines.file(), message("the file is empty, ", kExpected));
  std::vector<std::string> words;
  for (const Field& word : split_words(*line)) words.push_back(lower_case(std::string(word.text)));
  const auto is = [&](std::size_t i, std::string_view text) { return words[i] == text; };
  if (words.size() != 5 || !is(0, "%%matrixmarket") || !is(1, "matrix") || !is(2, "coordinate") ||
      !(is(3, "real") || is(3, "integer") || is(3, "pattern")) ||
      !(is(4, "general") || is(4, "symmetric"))) {
    throw ParseError(lines.where(), message("found \"", *line, "\", ", kExpected));
  }
  return {.has_values = !is(3, "pattern"), .is_symmetric = is(4, "symmetric")};
}

// The words of the next line that is no comment; none at the end.
std::vector<Field> next_words(LineReader& lines) {
  while (const auto line = lines.next()) {
    if (line->starts_with('%')) continue;
    std::vector<Field> words = split_words(*line);
    if (!words.empty()) return words;
  }
  return {};
}

std::uint64_t parse_number(const LineReader& lines, const Field& word, std::uint64_t least,
                           std::uint64_t most) {
  const auto number = whole_number(word.text);
  if (number && *number >= least && *number <= most) return *number;
  throw ParseError(lines.where(word.offset), message("found \"", word.text, "\", expected ",
                                                     most < least ? "nothing, for the matrix has "
                                                                    "no such row or column"
                                                                  : message(least, " .. ", most)));
}

void expect_words(const LineReader& lines, std::size_t found, std::size_t wanted,
                  const char* what) {
  if (found == wanted) return;
  if (found == 0) throw ParseError(lines.file(), message("the file ends, expected ", what));
  throw ParseError(lines.where(), message("found ", found, " numbers, expected ", what));
}

struct Entries {
  std::vector<Edge> edges;
  std::vector<float> weights;

  void add(const Edge& edge, float weight, bool has_weight) {
    edges.push_back(edge);
    if (has_weight) weights.push_back(weight);
  }
};

// By place; entries of one place as they were.
Adjacency sorted(const Entries& entries, NodeId rows, NodeId columns) {
  std::vector<std::size_t> order(entries.edges.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t e) { return entries.edges[e].target; });
  Entries result;
  for (const std::size_t e : order) {
    const bool has_weight = !entries.weights.empty();
    result.add(entries.edges[e], has_weight ? entries.weights[e] : 0.0f, has_weight);
  }
  return Adjacency::from_edges(rows, columns, result.edges, result.weights);
}

}  // namespace

Adjacency load_matrix_market(const std::filesystem::path& path) {
  LineReader lines(path);
  const Header header = read_header(lines);
  const std::vector<Field> sizes = next_words(lines);
  expect_words(lines, sizes.size(), 3, "three sizes: rows, columns, entries");
  const NodeId most = most_nodes(path);
  const auto rows = static_cast<NodeId>(parse_number(lines, sizes[0], 0, most));
  const auto columns = static_cast<NodeId>(parse_number(lines, sizes[1], 0, most));
  const std::uint64_t count = parse_number(lines, sizes[2], 0, std::uint64_t{1} << 40);
  if (header.is_symmetric && rows != columns) {
    throw ParseError(lines.where(), message("a symmetric matrix of ", rows, " x ", columns,
                                            ", expected as many rows as columns"));
  }
  Entries entries;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::vector<Field> words = next_words(lines);
    expect_words(lines, words.size(), header.has_values ? 3 : 2,
                 header.has_values ? "an entry: row, column, value" : "an entry: row, column");
    const Edge edge = {static_cast<NodeId>(parse_number(lines, words[0], 1, rows) - 1),
                       static_cast<NodeId>(parse_number(lines, words[1], 1, columns) - 1)};
    const auto value = header.has_values ? finite_number(words[2].text) : 1.0f;
    if (!value) {
      throw ParseError(lines.where(words[2].offset),
                       message("found \"", words[2].text, "\", expected a finite number"));
    }
    if (header.is_symmetric && edge.source < edge.target) {
      throw ParseError(lines.where(),
                       "an entry above the diagonal of a symmetric matrix, expected none");
    }
    entries.add(edge, *value, header.has_values);
    if (header.is_symmetric && edge.source != edge.target) {
      entries.add({edge.target, edge.source}, *value, header.has_values);
    }
  }
  if (!next_words(lines).empty()) {
    throw ParseError(lines.where(), message("found another entry, expected ", count));
  }
  return sorted(entries, rows, columns);
}

void save_matrix_market(const Adjacency& adjacency, const std::filesystem::path& path) {
  write_text(path, [&](TextWriter& out) {
    out << "%%MatrixMarket matrix coordinate " << (adjacency.has_weights() ? "real" : "pattern")
        << " general\n";
    out << adjacency.num_rows() << ' ' << adjacency.num_columns() << ' ' << adjacency.num_edges()
        << '\n';
    for (NodeId row = 0; row < adjacency.num_rows(); ++row) {
      for (EdgeId e = adjacency.offsets()[row]; e < adjacency.offsets()[row + 1]; ++e) {
        out << row + 1 << ' ' << adjacency.columns()[e] + 1;
        if (adjacency.has_weights()) out << ' ' << adjacency.weights()[e];
        out << '\n';
      }
    }
  });
}

}  // namespace espalier::datasets
