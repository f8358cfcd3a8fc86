#include <espalier/datasets/relational_graphs.h>

#include <string>
#include <utility>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/datasets/edge_list.h>
#include <espalier/datasets/internal/node_tables.h>

namespace espalier::datasets {
namespace {

struct Relation {
  const char* file;
  const char* to;  // Type of the nodes at the other end.
};

std::vector<std::string> numbers_below(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back(std::to_string(i));
  return names;
}

std::filesystem::path split_file(const std::filesystem::path& folder,
                                 const RelationalGraphOptions& options) {
  const int n = options.labels_per_class;
  if (n != 20 && n != 40 && n != 60) {
    throw OptionError(message("labels_per_class is ", n, ", expected 20, 40 or 60"));
  }
  return plain_or_compressed(folder, message("split_", n, ".tsv"));
}

// All but features. Classes are known by their numbers in the file.
LabelledGraph load(const std::filesystem::path& folder, const RelationalGraphOptions& options,
                   const std::string& target, const std::vector<Relation>& relations,
                   std::vector<std::string> classes) {
  const std::filesystem::path split = split_file(folder, options);
  LabelledGraph data;
  data.target = target;
  data.labels = read_labels(plain_or_compressed(folder, "labels.tsv"),
                            numbers_below(static_cast<int>(classes.size())));
  data.classes = std::move(classes);
  const auto num_targets = static_cast<NodeId>(data.labels.size());
  std::vector<NodeType> node_types = {{target, num_targets}};
  std::vector<EdgeType> edge_types;
  for (const auto& [file, to] : relations) {
    Adjacency edges = load_edge_list(plain_or_compressed(folder, file), {.num_rows = num_targets});
    node_types.push_back({to, edges.num_columns()});
    edge_types.push_back({target + '_' + to, target, to, std::move(edges)});
    data.meta_paths.push_back(target + '>' + to + '>' + target);
  }
  data.graph = HeteroGraph(std::move(node_types), std::move(edge_types));
  data.nodes = read_split(split, data.labels);
  check(data);
  return data;
}

}  // namespace

LabelledGraph load_acm_relations(const std::filesystem::path& folder,
                                 const RelationalGraphOptions& options) {
  LabelledGraph data = load(folder, options, "paper", {{"pa.tsv", "author"}, {"ps.tsv", "subject"}},
                            {"database", "wireless communication", "data mining"});
  data.features.sparse = read_sparse_features(plain_or_compressed(folder, "features.tsv"),
                                              data.num_targets(), std::nullopt);
  return data;
}

LabelledGraph load_aminer(const std::filesystem::path& folder,
                          const RelationalGraphOptions& options) {
  return load(folder, options, "paper", {{"pa.tsv", "author"}, {"pr.tsv", "reference"}},
              numbers_below(4));
}

LabelledGraph load_freebase(const std::filesystem::path& folder,
                            const RelationalGraphOptions& options) {
  return load(folder, options, "movie",
              {{"ma.tsv", "actor"}, {"md.tsv", "director"}, {"mw.tsv", "writer"}},
              numbers_below(3));
}

}  // namespace espalier::datasets
