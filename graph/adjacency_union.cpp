#include <espalier/graph/adjacency_union.h>

#include <algorithm>
#include <utility>
#include <vector>

#include <espalier/base/error.h>

namespace espalier {
namespace {

void check(std::span<const Adjacency> ways, SelfLoops loops) {
  if (ways.empty()) throw GraphError("union of adjacencies: there is none, expected at least one");
  const NodeId rows = ways[0].num_rows(), columns = ways[0].num_columns();
  for (std::size_t i = 1; i < ways.size(); ++i) {
    if (ways[i].num_rows() == rows && ways[i].num_columns() == columns) continue;
    throw GraphError(message("union of adjacencies: number ", i, " has ", ways[i].num_rows(),
                             " rows and ", ways[i].num_columns(), " columns, expected ", rows,
                             " and ", columns, ", as the first has"));
  }
  if (loops != SelfLoops::kAsFound && rows != columns) {
    throw GraphError(message("union of adjacencies: self loops of ", rows, " rows and ", columns,
                             " columns, expected as many"));
  }
}

}  // namespace

Adjacency united(std::span<const Adjacency> ways, SelfLoops loops) {
  check(ways, loops);
  std::vector<EdgeId> offsets = {0};
  std::vector<NodeId> columns, row;
  for (NodeId v = 0; v < ways[0].num_rows(); ++v) {
    row.clear();
    for (const Adjacency& way : ways) row.insert(row.end(), way.of(v).begin(), way.of(v).end());
    if (loops == SelfLoops::kAdded) row.push_back(v);
    if (loops == SelfLoops::kRemoved) std::erase(row, v);
    std::ranges::sort(row);
    columns.insert(columns.end(), row.begin(), std::unique(row.begin(), row.end()));
    offsets.push_back(columns.size());
  }
  return Adjacency(ways[0].num_columns(), std::move(offsets), std::move(columns));
}

}  // namespace espalier
