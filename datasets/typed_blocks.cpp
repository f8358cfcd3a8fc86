#include <espalier/datasets/typed_blocks.h>

#include <algorithm>
#include <numeric>
#include <span>
#include <string>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/ops/random.h>

namespace espalier::datasets {
namespace {

// Streams of random numbers.
enum Purpose : std::uint64_t { kLabels, kAuthors, kTags, kFeatures, kSplits };

void expect_at_least(std::int64_t there, std::int64_t wanted, const char* what) {
  if (there >= wanted) return;
  throw OptionError(message(what, " is ", there, ", expected ", wanted, " or more"));
}

void check_sizes(const TypedBlocksOptions& o) {
  const std::int64_t classes = o.num_classes;
  // Each class then has train_per_class papers too, for classes differ by one at most.
  expect_at_least(o.num_papers, classes * o.train_per_class + o.num_dev + std::int64_t{o.num_test},
                  "num_papers, for train_per_class, num_dev and num_test,");
  expect_at_least(o.num_authors, classes * o.max_authors,
                  "num_authors, for num_classes and max_authors,");
  expect_at_least(o.num_tags, o.max_tags, "num_tags, for max_tags,");
  if (o.features != TypedBlockFeatures::kNone) {
    expect_at_least(o.num_features, classes, "num_features, for num_classes,");
  }
}

// Draws one of `count` things, of which thing i is of class i modulo the classes: one of the class
// with probability `own`, else any.
NodeId draw(NodeId count, NodeId class_of, NodeId num_classes, float own, Rng& rng) {
  if (!rng.chance(own)) return static_cast<NodeId>(rng.below(count));
  const NodeId in_class = (count - class_of - 1) / num_classes + 1;
  return class_of + num_classes * static_cast<NodeId>(rng.below(in_class));
}

struct Draws {
  NodeId count;        // Of things.
  int least, most;     // Of draws for each paper.
  float own;           // Probability of the paper's class.
  bool all_different;  // Draws again what it has, else keeps it once.
};

Adjacency draw_edges(const std::vector<std::int32_t>& labels, NodeId num_classes,
                     const Draws& draws, Rng rng) {
  std::vector<EdgeId> offsets = {0};
  offsets.reserve(labels.size() + 1);
  std::vector<NodeId> columns;
  std::vector<NodeId> row;
  for (const std::int32_t label : labels) {
    row.clear();
    const auto range = static_cast<std::uint64_t>(draws.most - draws.least + 1);
    for (auto left = static_cast<std::uint64_t>(draws.least) + rng.below(range); left > 0;) {
      const NodeId thing =
          draw(draws.count, static_cast<NodeId>(label), num_classes, draws.own, rng);
      const bool is_new = std::ranges::find(row, thing) == row.end();
      if (is_new) row.push_back(thing);
      if (is_new || !draws.all_different) --left;
    }
    std::ranges::sort(row);
    columns.insert(columns.end(), row.begin(), row.end());
    offsets.push_back(columns.size());
  }
  return Adjacency(draws.count, std::move(offsets), std::move(columns));
}

Tensor draw_dense(const std::vector<std::int32_t>& labels, const TypedBlocksOptions& o, Rng rng) {
  const auto columns = static_cast<std::size_t>(o.num_features);
  Tensor features = normal_tensor({labels.size(), columns}, 1.0f, rng);
  for (std::size_t paper = 0; paper < labels.size(); ++paper) {
    const auto row = features.row(paper);
    for (auto c = static_cast<std::size_t>(labels[paper]); c < columns;
         c += static_cast<std::size_t>(o.num_classes)) {
      row[c] += o.relevance;
    }
  }
  return features;
}

// In any order, first train_per_class of each class are taken, then others.
Splits<std::vector<NodeId>> draw_splits(const std::vector<std::int32_t>& labels,
                                        const TypedBlocksOptions& o, Rng rng) {
  std::vector<NodeId> order(labels.size());
  std::iota(order.begin(), order.end(), NodeId{0});
  rng.shuffle(std::span(order));
  Splits<std::vector<NodeId>> nodes;
  std::vector<int> missing(static_cast<std::size_t>(o.num_classes), o.train_per_class);
  for (const NodeId paper : order) {
    int& wanted = missing[static_cast<std::size_t>(labels[paper])];
    if (wanted > 0) {
      --wanted;
      nodes.train.push_back(paper);
    } else if (nodes.dev.size() < static_cast<std::size_t>(o.num_dev)) {
      nodes.dev.push_back(paper);
    } else if (nodes.test.size() < static_cast<std::size_t>(o.num_test)) {
      nodes.test.push_back(paper);
    }
  }
  for (auto* const ids : {&nodes.train, &nodes.dev, &nodes.test}) std::ranges::sort(*ids);
  return nodes;
}

}  // namespace

std::vector<Option> TypedBlocksOptions::fields(TypedBlocksOptions& o) {
  constexpr double kMost = 1 << 28;
  return {
      option("num_papers", o.num_papers, "Papers, which are classified", between(1, kMost)),
      option("num_authors", o.num_authors, "Authors", between(1, kMost)),
      option("num_tags", o.num_tags, "Tags", between(1, kMost)),
      option("num_classes", o.num_classes, "Classes", between(2, 1000)),
      option("max_authors", o.max_authors, "A paper has 1 .. so many authors", between(1, 1000)),
      option("max_tags", o.max_tags, "A paper has 1 .. so many tags", between(1, 1000)),
      option("loyalty", o.loyalty, "Probability that an author is of the paper's class",
             between(0, 1)),
      option("relevance", o.relevance, "Probability that a word is of the paper's class",
             between(0, 1)),
      choice("features", o.features, "Features of papers", {"sparse", "dense", "none"}),
      option("num_features", o.num_features, "Features", between(1, 1'000'000)),
      option("num_words", o.num_words, "Words drawn for a paper", between(1, 1000)),
      option("train_per_class", o.train_per_class, "Papers of each class to learn from",
             between(1, kMost)),
      option("num_dev", o.num_dev, "Papers to choose by", between(0, kMost)),
      option("num_test", o.num_test, "Papers to measure with", between(0, kMost)),
      option("seed", o.seed, "Of what is drawn").command("graph-seed")};
}

LabelledGraph generate_typed_blocks(const TypedBlocksOptions& options) {
  const TypedBlocksOptions& o = checked(options);
  check_sizes(o);
  const Rng rng(o.seed);
  const auto n = static_cast<NodeId>(o.num_papers), authors = static_cast<NodeId>(o.num_authors),
             tags = static_cast<NodeId>(o.num_tags), classes = static_cast<NodeId>(o.num_classes);
  LabelledGraph data;
  data.target = "paper";
  data.meta_paths = {"paper>author>paper", "paper>tag>paper"};
  for (NodeId c = 0; c < classes; ++c) data.classes.push_back(message("class", c));
  for (NodeId i = 0; i < n; ++i) data.labels.push_back(static_cast<std::int32_t>(i % classes));
  Rng labels_rng = rng.fork(kLabels);
  labels_rng.shuffle(std::span(data.labels));
  const Draws written = {authors, 1, o.max_authors, o.loyalty, true};
  const Draws tagged = {tags, 1, o.max_tags, 0.0f, true};
  data.graph = HeteroGraph(
      {{"paper", n}, {"author", authors}, {"tag", tags}},
      {{"written_by", "paper", "author",
        draw_edges(data.labels, classes, written, rng.fork(kAuthors))},
       {"tagged", "paper", "tag", draw_edges(data.labels, classes, tagged, rng.fork(kTags))}});
  if (o.features == TypedBlockFeatures::kSparse) {
    const Draws words = {static_cast<NodeId>(o.num_features), o.num_words, o.num_words, o.relevance,
                         false};
    data.features.sparse = draw_edges(data.labels, classes, words, rng.fork(kFeatures));
  } else if (o.features == TypedBlockFeatures::kDense) {
    data.features.dense = draw_dense(data.labels, o, rng.fork(kFeatures));
  }
  data.nodes = draw_splits(data.labels, o, rng.fork(kSplits));
  check(data);
  return data;
}

}  // namespace espalier::datasets
