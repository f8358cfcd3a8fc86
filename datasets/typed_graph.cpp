#include <espalier/datasets/typed_graph.h>

#include <algorithm>
#include <set>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include <espalier/base/error.h>
#include <espalier/base/utf8.h>
#include <espalier/datasets/edge_index.h>
#include <espalier/datasets/edge_list.h>
#include <espalier/datasets/internal/located_json.h>
#include <espalier/datasets/internal/node_tables.h>
#include <espalier/datasets/internal/table_reader.h>
#include <espalier/datasets/internal/text_writer.h>
#include <espalier/graph/meta_path.h>

namespace espalier::datasets {
namespace {

using Value = LocatedJson::Value;
using Path = std::filesystem::path;

constexpr const char* kFormat = "espalier typed graph 1";

// Runs `action`; what it says of a graph is said of the place in the file.
template <class Action>
auto located(const LocatedJson& json, const Value& value, const Action& action) {
  try {
    return action();
  } catch (const GraphError& error) {
    json.fail(value, error.what());
  }
}

// The files that tell of nodes.
std::vector<Path> tables_of(const LocatedJson& json, const Path& folder) {
  std::vector<Path> tables;
  const auto add = [&](const Value& named) { tables.push_back(folder / json.text(named)); };
  for (const auto& item : json.array(json.at(json.root(), "edge_types"))) {
    const Value& entry = item.value;
    add(json.at(entry, "file"));
  }
  if (const Value* const entry = json.find(json.root(), "features")) add(json.at(*entry, "file"));
  add(json.at(json.root(), "labels"));
  add(json.at(json.root(), "split"));
  return tables;
}

// An array of types, which are compared with one another.
const std::vector<LocatedJson::Entry>& types_of(const LocatedJson& json, std::string_view name) {
  constexpr std::size_t kMostTypes = 1000;
  const Value& types = json.at(json.root(), name);
  if (json.array(types).size() <= kMostTypes) return types.entries;
  json.fail(types,
            message("found ", types.entries.size(), " types, expected at most ", kMostTypes));
}

std::vector<NodeType> parse_node_types(const LocatedJson& json, NodeId most) {
  std::vector<NodeType> types;
  for (const auto& item : types_of(json, "node_types")) {
    const Value& entry = item.value;
    json.expect_entries(entry, {"name", "count"});
    const Value& name = json.at(entry, "name");
    const std::size_t count = json.number(json.at(entry, "count"), 0, most);
    types.push_back({json.text(name), static_cast<NodeId>(count)});
    located(json, name, [&] { return HeteroGraph(types, {}); });
  }
  return types;
}

// A table, or the array of an edge index.
Adjacency load_edges(const LocatedJson& json, const Value& entry, const Path& folder, NodeId rows,
                     NodeId columns) {
  const Path file = folder / json.text(json.at(entry, "file"));
  const Value* const array = json.find(entry, "array");
  if (is_edge_index(file)) {
    return load_edge_index(file, {.name = array == nullptr ? std::string() : json.text(*array),
                                  .num_rows = rows,
                                  .num_columns = columns});
  }
  if (array != nullptr) {
    json.fail(*array, message("found an array's name, expected none, for ", file.string(),
                              " is no .npy, .npz or safetensors file"));
  }
  return load_edge_list(file, {.num_rows = rows, .num_columns = columns});
}

HeteroGraph parse_graph(const LocatedJson& json, const Path& folder, NodeId most) {
  const std::vector<NodeType> node_types = parse_node_types(json, most);
  HeteroGraph nodes(node_types, {});
  std::vector<EdgeType> edge_types;
  for (const auto& item : types_of(json, "edge_types")) {
    const Value& entry = item.value;
    json.expect_entries(entry, {"name", "source", "target", "file", "array"});
    const auto count_of = [&](const char* end) {
      const Value& type = json.at(entry, end);
      const std::string& name = json.text(type);
      return located(json, type, [&] { return nodes.node_type(name).count; });
    };
    const NodeId rows = count_of("source"), columns = count_of("target");
    const Value& name = json.at(entry, "name");
    edge_types.push_back({.name = json.text(name),
                          .source = json.text(json.at(entry, "source")),
                          .target = json.text(json.at(entry, "target")),
                          .edges = Adjacency()});
    edge_types.back().edges = load_edges(json, entry, folder, rows, columns);
    located(json, name, [&] { return HeteroGraph(node_types, edge_types); });
  }
  return {node_types, std::move(edge_types)};
}

std::vector<std::string> parse_classes(const LocatedJson& json) {
  std::vector<std::string> classes;
  std::set<std::string_view> names;
  for (const auto& item : json.array(json.at(json.root(), "classes"))) {
    const Value& entry = item.value;
    const std::string& name = json.text(entry);
    if (name.empty() || name.find_first_of("\t\n\r") != std::string::npos) {
      json.fail(entry, "a class's name is empty or has a tab or line break, expected other text");
    }
    if (!names.insert(name).second) {
      json.fail(entry, message("two classes have the name \"", name, "\""));
    }
    classes.push_back(name);
  }
  return classes;
}

FeatureTable parse_features(const LocatedJson& json, const Path& folder, NodeId num_nodes,
                            NodeId most) {
  const Value* const entry = json.find(json.root(), "features");
  if (entry == nullptr) return {};
  json.expect_entries(*entry, {"file", "form", "count"});
  const Path path = folder / json.text(json.at(*entry, "file"));
  const Value& form = json.at(*entry, "form");
  const std::size_t count = json.number(json.at(*entry, "count"), 1, most);
  FeatureTable features;
  if (json.text(form) == "dense") {
    features.dense = read_dense_features(path, num_nodes, count);
  } else if (json.text(form) == "sparse") {
    features.sparse = read_sparse_features(path, num_nodes, static_cast<NodeId>(count));
  } else {
    json.fail(form, message("found \"", form.text, "\", expected \"dense\" or \"sparse\""));
  }
  return features;
}

// Of the meta-paths, each as it is found.
void parse_meta_paths(const LocatedJson& json, LabelledGraph& data) {
  const Value* const paths = json.find(json.root(), "meta_paths");
  if (paths == nullptr) return;
  for (const auto& item : json.array(*paths)) {
    const Value& entry = item.value;
    const MetaPath path =
        located(json, entry, [&] { return MetaPath(json.text(entry), data.graph); });
    if (path.source() != data.target || path.target() != data.target) {
      json.fail(entry,
                message("meta-path \"", entry.text, "\" is from ", path.source(), " to ",
                        path.target(), ", expected from ", data.target, " to ", data.target));
    }
    data.meta_paths.push_back(entry.text);
  }
}

bool is_one_line(const std::string& text) {
  return !text.empty() && text.find_first_of("\t\n\r") == std::string::npos &&
         find_invalid_utf8(text) == std::string::npos;
}

void check_names(const LabelledGraph& data) {
  std::vector<std::string> sorted = data.classes;
  std::ranges::sort(sorted);
  if (const auto twice = std::ranges::adjacent_find(sorted); twice != sorted.end()) {
    throw GraphError(message("two classes have the name \"", *twice, "\""));
  }
  std::vector<std::string> names = data.classes;
  for (const NodeType& type : data.graph.node_types()) names.push_back(type.name);
  for (const EdgeType& type : data.graph.edge_types()) names.push_back(type.name);
  for (const std::string& name : names) {
    if (is_one_line(name)) continue;
    throw GraphError(message("the name \"", name,
                             "\" is empty, has a tab or line break or is no UTF-8, expected a name "
                             "that a text file can hold"));
  }
}

void save_features(const FeatureTable& features, NodeId num_nodes, const Path& path) {
  write_text(path, [&](TextWriter& out) {
    for (NodeId node = 0; node < num_nodes; ++node) {
      if (!features.dense.empty()) {
        const auto row = features.dense.row(node);
        for (std::size_t i = 0; i < row.size(); ++i) out << (i == 0 ? "" : "\t") << row[i];
      } else {
        const Adjacency& table = features.sparse;
        for (EdgeId e = table.offsets()[node]; e < table.offsets()[node + 1]; ++e) {
          out << (e == table.offsets()[node] ? "" : " ") << table.columns()[e];
          if (table.has_weights()) out << ':' << table.weights()[e];
        }
      }
      out << '\n';
    }
  });
}

void save_labels(const LabelledGraph& data, const Path& path) {
  write_text(path, [&](TextWriter& out) {
    for (std::size_t node = 0; node < data.labels.size(); ++node) {
      if (data.labels[node] == kNoLabel) continue;
      out << node << '\t' << data.classes[static_cast<std::size_t>(data.labels[node])] << '\n';
    }
  });
}

void save_split(const LabelledGraph& data, const Path& path) {
  write_text(path, [&](TextWriter& out) {
    for (const NodeId node : data.nodes.train) out << node << "\ttrain\n";
    for (const NodeId node : data.nodes.dev) out << node << "\tdev\n";
    for (const NodeId node : data.nodes.test) out << node << "\ttest\n";
  });
}

nlohmann::ordered_json describe(const LabelledGraph& data) {
  nlohmann::ordered_json json;
  json["format"] = kFormat;
  json["node_types"] = nlohmann::ordered_json::array();
  for (const NodeType& type : data.graph.node_types()) {
    json["node_types"].push_back({{"name", type.name}, {"count", type.count}});
  }
  json["edge_types"] = nlohmann::ordered_json::array();
  for (const EdgeType& type : data.graph.edge_types()) {
    json["edge_types"].push_back({{"name", type.name},
                                  {"source", type.source},
                                  {"target", type.target},
                                  {"file", message("edges", json["edge_types"].size(), ".tsv")}});
  }
  json["target"] = data.target;
  json["classes"] = data.classes;
  if (!data.features.is_one_hot()) {
    const bool dense = !data.features.dense.empty();
    json["features"] = {
        {"file", "features.tsv"},
        {"form", dense ? "dense" : "sparse"},
        {"count", dense ? data.features.dense.cols() : data.features.sparse.num_columns()}};
  }
  json["labels"] = "labels.tsv";
  json["split"] = "split.tsv";
  json["meta_paths"] = data.meta_paths;
  return json;
}

}  // namespace

LabelledGraph load_typed_graph(const Path& folder) {
  const LocatedJson json(folder / "graph.json");
  const Value& root = json.root();
  json.expect_entries(root, {"format", "node_types", "edge_types", "target", "classes", "features",
                             "labels", "split", "meta_paths"});
  const Value& format = json.at(root, "format");
  if (json.text(format) != kFormat) {
    json.fail(format, message("found \"", format.text, "\", expected \"", kFormat, "\""));
  }
  LabelledGraph data;
  const NodeId most = most_nodes(tables_of(json, folder));
  data.graph = parse_graph(json, folder, most);
  const Value& target = json.at(root, "target");
  data.target = json.text(target);
  const NodeId n = located(json, target, [&] { return data.num_targets(); });
  parse_meta_paths(json, data);
  data.classes = parse_classes(json);
  data.features = parse_features(json, folder, n, most);
  data.labels = read_labels(folder / json.text(json.at(root, "labels")), n, data.classes);
  data.nodes = read_split(folder / json.text(json.at(root, "split")), data.labels);
  check(data);
  return data;
}

void save_typed_graph(const LabelledGraph& data, const Path& folder) {
  check(data);
  check_names(data);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw FileError(message(folder.string(), ": cannot be made: ", error.message()));
  std::size_t i = 0;
  for (const EdgeType& type : data.graph.edge_types()) {
    save_edge_list(type.edges, folder / message("edges", i++, ".tsv"));
  }
  if (!data.features.is_one_hot()) {
    save_features(data.features, data.num_targets(), folder / "features.tsv");
  }
  save_labels(data, folder / "labels.tsv");
  save_split(data, folder / "split.tsv");
  write_file(folder / "graph.json", describe(data).dump(2) + "\n");
}

}  // namespace espalier::datasets
