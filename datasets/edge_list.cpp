#include <espalier/datasets/edge_list.h>

#include <algorithm>
#include <vector>

#include <espalier/datasets/internal/table_reader.h>
#include <espalier/datasets/internal/text_writer.h>

namespace espalier::datasets {

Adjacency load_edge_list(const std::filesystem::path& path, const EdgeListOptions& options) {
  TableReader table(path, "source<TAB>target or source<TAB>target<TAB>weight", 2, 3);
  const NodeId row_bound = options.num_rows.value_or(most_nodes(path));
  const NodeId column_bound = options.num_columns.value_or(most_nodes(path));
  NodeId num_rows = options.num_rows.value_or(0), num_columns = options.num_columns.value_or(0);
  std::vector<Edge> edges;
  std::vector<float> weights;
  std::size_t num_fields = 0;
  while (table.next()) {
    if (num_fields == 0) num_fields = table.size();
    if (table.size() != num_fields) {
      table.fail(table.size() - 1, num_fields == 3
                                       ? "found no weight, expected one as on the lines before"
                                       : "found a weight, expected none as on the lines before");
    }
    const Edge edge = {table.id(0, row_bound, "source"), table.id(1, column_bound, "target")};
    num_rows = std::max(num_rows, edge.source + 1);
    num_columns = std::max(num_columns, edge.target + 1);
    edges.push_back(edge);
    if (num_fields == 3) weights.push_back(table.number(2, "weight"));
  }
  return Adjacency::from_edges(num_rows, num_columns, edges, weights);
}

void save_edge_list(const Adjacency& adjacency, const std::filesystem::path& path) {
  write_text(path, [&](TextWriter& out) {
    for (NodeId row = 0; row < adjacency.num_rows(); ++row) {
      for (EdgeId e = adjacency.offsets()[row]; e < adjacency.offsets()[row + 1]; ++e) {
        out << row << '\t' << adjacency.columns()[e];
        if (adjacency.has_weights()) out << '\t' << adjacency.weights()[e];
        out << '\n';
      }
    }
  });
}

}  // namespace espalier::datasets
