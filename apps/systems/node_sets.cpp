#include <espalier/apps/systems/node_sets.h>

#include <algorithm>
#include <utility>

#include <espalier/apps/command.h>
#include <espalier/base/error.h>
#include <espalier/datasets/citations.h>
#include <espalier/datasets/dblp.h>
#include <espalier/datasets/relational_graphs.h>
#include <espalier/datasets/typed_blocks.h>
#include <espalier/datasets/typed_graph.h>
#include <espalier/datasets_matlab/acm.h>

namespace espalier::apps {
namespace {

using models::NodeGraphOptions;

// How a graph is prepared, as far as it can be said.
struct Preparation {
  std::string meta_paths = {};
  bool self_loops = true;
  bool normalize_features = false;
  EdgeId max_edges = 100'000'000;
  int sampled_neighbours = 0;
  bool convolves = false;  // Then filters have self loops of their own.
  bool reads_whole = false;
  bool may_have_features = true;

  static std::vector<Option> fields(Preparation& o) {
    return {
        option("meta_paths", o.meta_paths,
               "Ways of being neighbours, as \"paper>author>paper,paper>tag>paper\", in place "
               "of those that the data set names"),
        option("self_loops", o.self_loops, "Every node is its own neighbour").only_if(!o.convolves),
        option("normalize_features", o.normalize_features,
               "Each node's features are divided by their sum")
            .only_if(o.may_have_features),
        option("max_edges", o.max_edges,
               "Most pairs of neighbours along a meta-path; more are refused beforehand",
               at_least(1, 1e12)),
        option("sampled_neighbours", o.sampled_neighbours,
               "Neighbours of a node along a meta-path that a training step reads, drawn anew each "
               "time; no pairs are kept, for graphs beyond memory: give a --batch-size too. 0: all",
               at_least(0, 1e6))
            .only_if(!o.reads_whole)
            .added_later()};
  }
};

template <DescribedOptions Loading>
struct NodeSetOptions {
  Loading loading = {};
  Preparation preparation = {};

  static std::vector<Option> fields(NodeSetOptions& o) {
    std::vector<Option> all = Loading::fields(o.loading);
    for (Option& option : Preparation::fields(o.preparation)) all.push_back(std::move(option));
    return all;
  }
};

struct RelationalOptions {
  int labels_per_class = 20;

  static std::vector<Option> fields(RelationalOptions& o) {
    return {option("labels_per_class", o.labels_per_class,
                   "Nodes of each class to learn from: 20, 40 or 60", between(20, 60))};
  }
};

struct DblpSetOptions {
  datasets::DblpOptions dblp = {};

  static std::vector<Option> fields(DblpSetOptions& o) {
    return {option("word_count", o.dblp.word_count,
                   "Terms in more titles than so many are features", at_least(0)),
            option("train_per_class", o.dblp.train_per_class, "Authors of each class to learn from",
                   at_least(1)),
            option("dev_per_class", o.dblp.dev_per_class, "Authors of each class to choose by",
                   at_least(1))};
  }
};

NodeData prepared(LabelledGraph loaded, const Preparation& how, NodeGraphOptions options) {
  options.meta_paths = meta_paths_of(how.meta_paths);
  options.self_loops = how.self_loops;
  options.normalize_features = how.normalize_features;
  options.max_edges = how.max_edges;
  options.sampled_neighbours = how.sampled_neighbours;
  if (how.normalize_features && loaded.features.is_one_hot()) {
    throw UsageError("--normalize-features does nothing: the nodes have no features");
  }
  if (how.sampled_neighbours > 0 && how.max_edges != Preparation().max_edges) {
    throw UsageError("--max-edges does nothing with --sampled-neighbours, which keeps no pairs");
  }
  const auto labelled = std::make_shared<const LabelledGraph>(std::move(loaded));
  auto graph = std::make_shared<const models::NodeGraph>(models::prepare(*labelled, options));
  return {models::node_examples(graph, *labelled), labelled, graph, labelled->classes};
}

// `load(options, folder)` gives the LabelledGraph.
template <DescribedOptions Loading, class Load>
NodeSet node_set(const DataSetInfo& info, const NodeGraphOptions& model, Load load,
                 Preparation how = {}) {
  how.convolves = model.filter.has_value();
  how.reads_whole = model.joined || how.convolves;
  return data_set<NodeSetOptions<Loading>>(
      info, NodeTraits(),
      [load, model](const NodeSetOptions<Loading>& options, const std::filesystem::path& folder) {
        return prepared(load(options.loading, folder), options.preparation, model);
      },
      {.preparation = how});
}

NodeSet relational_set(const DataSetInfo& info, const NodeGraphOptions& model,
                       LabelledGraph (*load)(const std::filesystem::path&,
                                             const datasets::RelationalGraphOptions&),
                       bool has_features) {
  return node_set<RelationalOptions>(
      info, model,
      [load](const RelationalOptions& options, const std::filesystem::path& folder) {
        return load(folder, {.labels_per_class = options.labels_per_class});
      },
      {.may_have_features = has_features});
}

// The loader of a data set without options.
auto from_folder(LabelledGraph (*load)(const std::filesystem::path&)) {
  return [load](const NoOptions&, const std::filesystem::path& folder) { return load(folder); };
}

constexpr DataSetInfo kTypedBlocks = {
    .name = "typed-blocks",
    .description = "generated papers with authors, who tell their classes, and tags, which do not"};
constexpr DataSetInfo kTypedGraph = {
    .name = "typed-graph",
    .description = "any typed graph in the format of docs/typed-graph-format.md",
    .files = "graph.json and the tables that it names",
    .folder = "typed-graph",
    .probe = "graph.json"};
constexpr DataSetInfo kAcm = {
    .name = "acm",
    .description = "ACM papers in three classes, by authors and subjects (Wang et al. 2019)",
    .files = "ACM3025.mat",
    .folder = "acm",
    .probe = "ACM3025.mat"};
constexpr DataSetInfo kAcmRelations = {
    .name = "acm-rel",
    .description = "ACM papers in three classes, as relations (Zhao et al. 2020)",
    .files = "pa.tsv, ps.tsv, features.tsv, labels.tsv and splits",
    .folder = "acm-rel",
    .probe = "split_20.tsv"};
constexpr DataSetInfo kAminer = {
    .name = "aminer",
    .description = "AMiner papers in four classes, without features (Hu et al. 2019)",
    .files = "pa.tsv, pr.tsv, labels.tsv and splits",
    .folder = "aminer",
    .probe = "split_20.tsv"};
constexpr DataSetInfo kFreebase = {
    .name = "freebase",
    .description = "Freebase's movies in three classes, without features (Li et al. 2021)",
    .files = "ma.tsv, md.tsv, mw.tsv, labels.tsv and splits",
    .folder = "freebase",
    .probe = "split_20.tsv"};
constexpr DataSetInfo kDblp = {
    .name = "dblp",
    .description =
        "DBLP authors in four areas, by papers, conferences and terms; nodes are "
        "numbered by the lines of author_label.txt, from 0 (Wang et al. 2019)",
    .files =
        "author.txt, paper.txt, conf.txt, term.txt, paper_author.txt, paper_conf.txt, "
        "paper_term.txt and author_label.txt",
    .folder = "dblp",
    .probe = "author_label.txt"};
constexpr DataSetInfo kCora = {
    .name = "cora",
    .description = "Cora: papers in seven classes, by their words and citations, public split",
    .files = "nodes.tsv, features.tsv and edges.tsv",
    .folder = "cora",
    .probe = "nodes.tsv"};
constexpr DataSetInfo kCiteseer = {
    .name = "citeseer",
    .description = "Citeseer: papers in six classes, by their words and citations, public split",
    .files = "nodes.tsv, features.tsv and edges.tsv",
    .folder = "citeseer",
    .probe = "nodes.tsv"};

}  // namespace

std::vector<std::string> meta_paths_of(const std::string& text) {
  std::vector<std::string> paths;
  for (std::size_t begin = 0; !text.empty() && begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    std::string path = text.substr(begin, end - begin);
    std::erase_if(path, [](char c) { return c == ' ' || c == '\t'; });
    if (path.empty()) {
      throw UsageError(message("--meta-paths: an empty path in \"", text,
                               "\", expected some, separated by commas"));
    }
    if (std::ranges::count(paths, path) > 0) {
      throw UsageError(message("--meta-paths: ", path, " is there twice, expected it once"));
    }
    paths.push_back(std::move(path));
    begin = end + 1;
  }
  return paths;
}

std::vector<NodeSet> node_data_sets(const models::NodeGraphOptions& model) {
  const Preparation of_words = {.normalize_features = true};
  return {node_set<datasets::TypedBlocksOptions>(
              kTypedBlocks, model,
              [](const datasets::TypedBlocksOptions& options, const std::filesystem::path&) {
                return datasets::generate_typed_blocks(options);
              }),
          node_set<NoOptions>(kTypedGraph, model, from_folder(datasets::load_typed_graph)),
          node_set<NoOptions>(kAcm, model, from_folder(datasets::load_acm)),
          relational_set(kAcmRelations, model, datasets::load_acm_relations, true),
          relational_set(kAminer, model, datasets::load_aminer, false),
          relational_set(kFreebase, model, datasets::load_freebase, false),
          node_set<DblpSetOptions>(
              kDblp, model,
              [](const DblpSetOptions& options, const std::filesystem::path& folder) {
                return datasets::load_dblp(folder, options.dblp);
              }),
          node_set<NoOptions>(kCora, model, from_folder(datasets::load_citations), of_words),
          node_set<NoOptions>(kCiteseer, model, from_folder(datasets::load_citations), of_words)};
}

}  // namespace espalier::apps
