#pragma once

#include <espalier/data/labelled_graph.h>
#include <espalier/ops/random.h>

namespace espalier::test {

/// Papers of `num_classes` classes, in turn; of each class a few authors and venues, of whom a
/// paper has two and one, most of its own class. Features are noise with a hint of the class. A
/// third of the papers are in each split.
inline LabelledGraph random_papers(NodeId num_papers, int num_classes, std::uint64_t seed) {
  Rng rng(seed);
  const auto classes = static_cast<NodeId>(num_classes);
  const NodeId num_authors = 4 * classes, num_venues = 2 * classes;
  const auto of_class = [&](NodeId own, NodeId count) {
    const NodeId c = rng.chance(0.8f) ? own : static_cast<NodeId>(rng.below(classes));
    return c + classes * static_cast<NodeId>(rng.below(count / classes));
  };
  LabelledGraph data;
  std::vector<Edge> by, in;
  constexpr std::size_t kFeatures = 8;
  data.features.dense = normal_tensor({num_papers, kFeatures}, 1.0f, rng);
  for (NodeId v = 0; v < num_papers; ++v) {
    const NodeId own = v % classes;
    by.push_back({v, of_class(own, num_authors)});
    by.push_back({v, of_class(own, num_authors)});
    in.push_back({v, of_class(own, num_venues)});
    data.labels.push_back(static_cast<std::int32_t>(own));
    data.features.dense.at(v, own) += 1.0f;
    const NodeId third = v / classes % 3;
    (third == 0 ? data.nodes.train : third == 1 ? data.nodes.dev : data.nodes.test).push_back(v);
  }
  data.graph =
      HeteroGraph({{"paper", num_papers}, {"author", num_authors}, {"venue", num_venues}},
                  {{"by", "paper", "author", Adjacency::from_edges(num_papers, num_authors, by)},
                   {"in", "paper", "venue", Adjacency::from_edges(num_papers, num_venues, in)}});
  data.target = "paper";
  for (int c = 0; c < num_classes; ++c)
    data.classes.push_back(std::string(1, static_cast<char>('a' + c)));
  data.meta_paths = {"paper>author>paper", "paper>venue>paper"};
  check(data);
  return data;
}

}  // namespace espalier::test
