#include <espalier/models/tree_batch.h>

#include <espalier/base/error.h>
#include <espalier/graph/kept_schedule.h>

namespace espalier::models {
namespace {

Schedule schedule_of(std::span<const LabelledTree* const> trees, std::size_t arity) {
  PoolVector<const Tree*> shapes;
  shapes.reserve(trees.size());
  for (const LabelledTree* tree : trees) shapes.push_back(&tree->tree);
  return arity == TreeBatch::kAnyNumber ? bottom_up_schedule(shapes)
                                        : bottom_up_schedule(shapes, arity);
}

void check(const LabelledTree& tree, std::size_t t) {
  const std::size_t n = tree.tree.num_nodes();
  if (tree.words.size() == n && tree.labels.size() == n) return;
  throw GraphError(message("tree ", t, " has ", tree.words.size(), " words and ",
                           tree.labels.size(), " labels, expected ", n,
                           " of each, one for each node"));
}

}  // namespace

TreeBatch::TreeBatch(std::span<const LabelledTree* const> trees, std::size_t arity)
    : schedule(schedule_of(trees, arity)) {
  const NodeId n = schedule.num_nodes();
  word_nodes.reserve(n);
  words.reserve(n);
  labels.reserve(n);
  NodeId first = 0;
  for (std::size_t t = 0; t < trees.size(); ++t) {
    const LabelledTree* const tree = trees[t];
    check(*tree, t);
    first_node.push_back(first);
    roots.push_back(first + tree->tree.root());
    labels.insert(labels.end(), tree->labels.begin(), tree->labels.end());
    for (NodeId v = 0; v < tree->tree.num_nodes(); ++v) {
      if (tree->words[v] == kNoWord) continue;
      word_nodes.push_back(first + v);
      words.push_back(tree->words[v]);
    }
    first += tree->tree.num_nodes();
  }
  first_node.push_back(first);
}

}  // namespace espalier::models
