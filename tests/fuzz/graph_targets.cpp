#include <algorithm>

#include <espalier/datasets/citations.h>
#include <espalier/datasets/dblp.h>
#include <espalier/datasets/edge_index.h>
#include <espalier/datasets/edge_list.h>
#include <espalier/datasets/matrix_market.h>
#include <espalier/datasets/relational_graphs.h>
#include <espalier/datasets/typed_graph.h>
#include <espalier/datasets_matlab/acm.h>
#include <espalier/graph/meta_path.h>

#include "tests/fuzz/input_folder.h"
#include "tests/fuzz/targets.h"

namespace espalier::fuzz {
namespace {

// Some files of a folder, one after another in the bytes.
void write_files(std::string_view bytes, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) input_file(name, next_file(bytes));
}

void read_edges(std::string_view bytes) {
  answered([&] { datasets::load_edge_list(input_file("edges", bytes)); });
}

void read_edge_index(std::string_view bytes) {
  answered([&] {
    const Adjacency edges = datasets::load_edge_index(input_file("edge_index", bytes));
    const std::filesystem::path copy = input_folder().path() / "copy.npz";
    datasets::save_edge_index(edges, copy);
    const Adjacency back = datasets::load_edge_index(copy);
    if (!std::ranges::equal(back.columns(), edges.columns())) std::abort();
  });
}

void read_matrix_market(std::string_view bytes) {
  answered([&] { datasets::load_matrix_market(input_file("matrix", bytes)); });
}

// What is read and written again is read as the same.
void read_typed_graph(std::string_view bytes) {
  write_files(bytes, {"graph.json", "by.tsv", "cites.tsv", "words.tsv", "labels.tsv", "split.tsv"});
  answered([] {
    const LabelledGraph data = datasets::load_typed_graph(input_folder().path());
    if (data.num_targets() > 1000) return;
    const std::filesystem::path copy = input_folder().path() / "copy";
    datasets::save_typed_graph(data, copy);
    if (datasets::load_typed_graph(copy).labels != data.labels) std::abort();
  });
}

void read_citations(std::string_view bytes) {
  write_files(bytes, {"nodes.tsv", "edges.tsv", "features.tsv"});
  answered([] { datasets::load_citations(input_folder().path()); });
}

void read_relations(std::string_view bytes) {
  write_files(bytes, {"labels.tsv", "pa.tsv", "ps.tsv", "split_20.tsv", "features.tsv"});
  answered([] { datasets::load_acm_relations(input_folder().path(), {.labels_per_class = 20}); });
}

void read_dblp(std::string_view bytes) {
  write_files(bytes, {"author.txt", "author_label.txt", "paper.txt", "conf.txt", "term.txt",
                      "paper_author.txt", "paper_conf.txt", "paper_term.txt"});
  answered([] {
    datasets::load_dblp(input_folder().path(),
                        {.word_count = 1, .train_per_class = 1, .dev_per_class = 0});
  });
}

void read_matlab(std::string_view bytes) {
  input_file("ACM3025.mat", bytes);
  answered([] { datasets::load_acm(input_folder().path()); });
}

void read_meta_path(std::string_view bytes) {
  static const HeteroGraph graph({{"paper", 2}, {"author", 1}},
                                 {{"by", "paper", "author", Adjacency::from_edges(2, 1, {}, {})},
                                  {"to", "paper", "paper", Adjacency::from_edges(2, 2, {}, {})},
                                  {"of", "paper", "paper", Adjacency::from_edges(2, 2, {}, {})}});
  answered([&] {
    const MetaPath path(bytes, graph);
    if (MetaPath(path.text(), graph).text() != path.text()) std::abort();
  });
}

}  // namespace

std::vector<Target> graph_targets() {
  return {{"edges", read_edges},
          {"edge_index", read_edge_index},
          {"matrix_market", read_matrix_market},
          {"typed_graph", read_typed_graph},
          {"citations", read_citations},
          {"relations", read_relations},
          {"dblp", read_dblp},
          {"matlab", read_matlab},
          {"meta_path", read_meta_path}};
}

}  // namespace espalier::fuzz
