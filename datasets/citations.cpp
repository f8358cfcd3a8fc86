#include <espalier/datasets/citations.h>

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/datasets/internal/node_tables.h>

namespace espalier::datasets {
namespace {

constexpr std::uint64_t kMostClasses = 1000;

std::int32_t parse_label(const TableReader& table) {
  if (table.text(1) == "-1") return kNoLabel;
  const auto label = whole_number(table.text(1));
  if (label && *label < kMostClasses) return static_cast<std::int32_t>(*label);
  table.fail(1, message("found label \"", table.text(1), "\", expected -1 .. ", kMostClasses - 1));
}

// Labels, classes and splits.
void read_nodes(const std::filesystem::path& path, LabelledGraph& data) {
  TableReader table(path, "paper<TAB>label<TAB>split", 3, 3);
  while (table.next()) {
    const auto next = static_cast<NodeId>(data.labels.size());
    const NodeId paper = table.id(0, kMostNodes, "paper");
    if (paper != next) table.fail(0, message("found paper ", paper, ", expected ", next));
    data.labels.push_back(parse_label(table));
    if (table.text(2) == "none") continue;
    const auto split = split_named(table.text(2));
    if (!split) {
      table.fail(2,
                 message("found split \"", table.text(2), "\", expected train, val, test or none"));
    }
    if (data.labels.back() == kNoLabel) {
      table.fail(1, message("paper ", paper, " has no label, expected one, as it is in a split"));
    }
    nodes_of(data.nodes, *split).push_back(paper);
  }
  if (data.labels.empty()) throw ParseError(table.file(), "no papers, expected one on each line");
  for (std::int32_t c = 0; c <= *std::ranges::max_element(data.labels); ++c) {
    data.classes.push_back(std::to_string(c));
  }
}

Adjacency read_links(const std::filesystem::path& path, NodeId num_papers) {
  TableReader table(path, "paper<TAB>paper", 2, 2);
  std::vector<Edge> edges;
  std::unordered_set<std::uint64_t> seen;
  while (table.next()) {
    const NodeId a = table.id(0, num_papers, "paper"), b = table.id(1, num_papers, "paper");
    if (!seen.insert(std::uint64_t{std::min(a, b)} << 32 | std::max(a, b)).second) {
      table.fail(0, message("papers ", a, " and ", b,
                            " are linked already, expected each undirected link once"));
    }
    edges.push_back({a, b});
    if (a != b) edges.push_back({b, a});
  }
  std::ranges::sort(edges, {},
                    [](const Edge& edge) { return std::pair(edge.source, edge.target); });
  return Adjacency::from_edges(num_papers, num_papers, edges);
}

}  // namespace

LabelledGraph load_citations(const std::filesystem::path& folder) {
  LabelledGraph data;
  data.target = "paper";
  data.meta_paths = {"paper>(cites)paper"};
  read_nodes(plain_or_compressed(folder, "nodes.tsv"), data);
  const auto num_papers = static_cast<NodeId>(data.labels.size());
  data.graph = HeteroGraph({{"paper", num_papers}},
                           {{"cites", "paper", "paper",
                             read_links(plain_or_compressed(folder, "edges.tsv"), num_papers)}});
  data.features.sparse =
      read_sparse_features(plain_or_compressed(folder, "features.tsv"), num_papers, std::nullopt);
  check(data);
  return data;
}

}  // namespace espalier::datasets
