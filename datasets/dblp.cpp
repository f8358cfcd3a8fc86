#include <espalier/datasets/dblp.h>

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/datasets/internal/table_reader.h>

namespace espalier::datasets {
namespace {

using Path = std::filesystem::path;
// By id of the file: its number, or kNoNode if nothing has asked for it.
using Numbers = std::unordered_map<std::uint64_t, NodeId>;

constexpr std::size_t kAnyNumber = std::numeric_limits<std::size_t>::max();

void expect_count(int value, const char* name) {
  if (value < 0) throw OptionError(message(name, " is ", value, ", expected 0 or more"));
}

// The ids of a type, in the order of its file.
struct Ids {
  std::vector<std::uint64_t> order;
  Numbers numbers;
  std::string name;

  // In the order of the file, those that are wanted.
  NodeId number_those(const std::vector<bool>& wanted) {
    NodeId count = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (wanted[i]) places_to_new[i] = count++;
    }
    return count;
  }
  std::vector<NodeId> places_to_new;  // kNoNode for those that are not.
};

Ids read_ids(const Path& folder, const std::string& name) {
  Ids ids;
  ids.name = name;
  TableReader table(plain_or_compressed(folder, name + ".txt"), "id<TAB>name", 2, kAnyNumber, true);
  while (table.next()) {
    const std::uint64_t id = table.whole(0, name);
    if (!ids.numbers.emplace(id, static_cast<NodeId>(ids.order.size())).second) {
      table.fail(0, message(name, ' ', id, " is there already, expected each once"));
    }
    ids.order.push_back(id);
  }
  ids.places_to_new.assign(ids.order.size(), kNoNode);
  return ids;
}

NodeId known(const TableReader& table, std::size_t field, const Ids& ids) {
  const auto found = ids.numbers.find(table.whole(field, ids.name));
  if (found != ids.numbers.end()) return found->second;
  table.fail(field, message(ids.name, ' ', table.text(field), " is not in ", ids.name, ".txt"));
}

std::vector<Edge> read_links(const Path& folder, const Ids& papers, const Ids& others) {
  TableReader table(plain_or_compressed(folder, "paper_" + others.name + ".txt"),
                    "paper<TAB>" + others.name, 2, 2, true);
  std::vector<Edge> links;
  while (table.next()) links.push_back({known(table, 0, papers), known(table, 1, others)});
  return links;
}

// Authors with a label get numbers in the order of the file.
NodeId read_labels(const Path& folder, Ids& authors, std::vector<std::int32_t>& labels) {
  constexpr std::uint64_t kNumClasses = 4;
  TableReader table(plain_or_compressed(folder, "author_label.txt"), "id<TAB>label<TAB>name", 2,
                    kAnyNumber, true);
  while (table.next()) {
    NodeId& number = authors.places_to_new[known(table, 0, authors)];
    if (number != kNoNode) {
      table.fail(0, message("author ", table.text(0), " has a label already, expected one each"));
    }
    number = static_cast<NodeId>(labels.size());
    labels.push_back(static_cast<std::int32_t>(table.id(1, kNumClasses, "label")));
  }
  if (labels.empty()) throw ParseError(table.file(), "no labels, expected one on each line");
  return static_cast<NodeId>(labels.size());
}

// Links between what has numbers, by them.
Adjacency numbered(const std::vector<Edge>& links, const Ids& papers, NodeId num_papers,
                   const Ids& others, NodeId num_others) {
  std::vector<Edge> kept;
  for (const Edge& link : links) {
    const Edge edge = {papers.places_to_new[link.source], others.places_to_new[link.target]};
    if (edge.source != kNoNode && edge.target != kNoNode) kept.push_back(edge);
  }
  return Adjacency::from_edges(num_papers, num_others, kept);
}

// Of papers that have numbers, the things that they are linked to get numbers.
Adjacency number_others(const std::vector<Edge>& links, const Ids& papers, NodeId num_papers,
                        Ids& others) {
  std::vector<bool> wanted(others.order.size());
  for (const Edge& link : links) {
    if (papers.places_to_new[link.source] != kNoNode) wanted[link.target] = true;
  }
  const NodeId count = others.number_those(wanted);
  return numbered(links, papers, num_papers, others, count);
}

// For each author, how often each frequent term is in a paper of the author.
Adjacency count_words(const Adjacency& paper_author, const Adjacency& paper_term, int word_count) {
  std::vector<NodeId> column_of(paper_term.num_columns(), kNoNode);
  NodeId num_columns = 0;
  for (NodeId term = 0; term < paper_term.num_columns(); ++term) {
    const auto offsets = paper_term.column_offsets();
    const EdgeId count = offsets[term + 1] - offsets[term];
    if (count > static_cast<EdgeId>(word_count)) column_of[term] = num_columns++;
  }
  std::vector<EdgeId> offsets = {0};
  std::vector<NodeId> columns;
  std::vector<float> counts;
  for (NodeId author = 0; author < paper_author.num_columns(); ++author) {
    std::map<NodeId, float> words;
    const auto authors = paper_author.column_offsets();
    for (EdgeId e = authors[author]; e < authors[author + 1]; ++e) {
      for (const NodeId term : paper_term.of(paper_author.rows()[e])) {
        if (column_of[term] != kNoNode) ++words[column_of[term]];
      }
    }
    for (const auto& [column, count] : words) {
      columns.push_back(column);
      counts.push_back(count);
    }
    offsets.push_back(columns.size());
  }
  return Adjacency(num_columns, std::move(offsets), std::move(columns), std::move(counts));
}

Splits<std::vector<NodeId>> split(const LabelledGraph& data, const DblpOptions& options,
                                  const Path& folder) {
  Splits<std::vector<NodeId>> nodes;
  std::vector<std::int64_t> found(data.classes.size());
  for (NodeId author = 0; author < data.labels.size(); ++author) {
    const std::int64_t place = found[static_cast<std::size_t>(data.labels[author])]++;
    const bool is_dev = place < std::int64_t{options.train_per_class} + options.dev_per_class;
    auto& other = is_dev ? nodes.dev : nodes.test;
    (place < options.train_per_class ? nodes.train : other).push_back(author);
  }
  for (std::size_t c = 0; c < found.size(); ++c) {
    const std::int64_t wanted = std::int64_t{options.train_per_class} + options.dev_per_class;
    if (found[c] >= wanted) continue;
    throw ParseError({.source = plain_or_compressed(folder, "author_label.txt").string()},
                     message("class ", c, " (", data.classes[c], ") has ", found[c],
                             " authors, expected ", wanted, " or more, for train and dev"));
  }
  return nodes;
}

}  // namespace

LabelledGraph load_dblp(const Path& folder, const DblpOptions& options) {
  expect_count(options.word_count, "word_count");
  expect_count(options.train_per_class, "train_per_class");
  expect_count(options.dev_per_class, "dev_per_class");
  Ids authors = read_ids(folder, "author"), papers = read_ids(folder, "paper"),
      confs = read_ids(folder, "conf"), terms = read_ids(folder, "term");
  LabelledGraph data;
  data.target = "author";
  data.classes = {"database", "data mining", "artificial intelligence", "information retrieval"};
  data.meta_paths = {"author>paper>author", "author>paper>conf>paper>author",
                     "author>paper>term>paper>author"};
  const NodeId num_authors = read_labels(folder, authors, data.labels);

  const std::vector<Edge> written = read_links(folder, papers, authors);
  std::vector<bool> wanted(papers.order.size());
  for (const Edge& link : written) {
    if (authors.places_to_new[link.target] != kNoNode) wanted[link.source] = true;
  }
  const NodeId num_papers = papers.number_those(wanted);
  Adjacency paper_author = numbered(written, papers, num_papers, authors, num_authors);
  Adjacency paper_conf =
      number_others(read_links(folder, papers, confs), papers, num_papers, confs);
  Adjacency paper_term =
      number_others(read_links(folder, papers, terms), papers, num_papers, terms);
  data.features.sparse = count_words(paper_author, paper_term, options.word_count);
  data.graph = HeteroGraph({{"author", num_authors},
                            {"paper", num_papers},
                            {"conf", paper_conf.num_columns()},
                            {"term", paper_term.num_columns()}},
                           {{"paper_author", "paper", "author", paper_author},
                            {"paper_conf", "paper", "conf", paper_conf},
                            {"paper_term", "paper", "term", paper_term}});
  data.nodes = split(data, options, folder);
  check(data);
  return data;
}

}  // namespace espalier::datasets
