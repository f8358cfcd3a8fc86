#include <espalier/graph/structure.h>

#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"
#include "tests/support/trees.h"

namespace espalier {
namespace {

using test::error_of;
using Nodes = std::vector<NodeId>;

Nodes list(std::span<const NodeId> nodes) { return {nodes.begin(), nodes.end()}; }

Relation relation(std::string name, PoolVector<EdgeId> offsets, PoolVector<NodeId> predecessors,
                  Reads reads = Reads::kNewStates) {
  return {std::move(name), reads, std::move(offsets), std::move(predecessors)};
}

std::string error_of_structure(NodeId num_nodes, const std::vector<Relation>& relations) {
  return error_of<GraphError>([&] { Structure(num_nodes, relations); });
}

// A chain 0 -> 1 -> … whose nodes read the one before, and the old states of all.
Structure example(NodeId num_nodes) {
  std::vector<Edge> before, all;
  for (NodeId v = 0; v < num_nodes; ++v) {
    if (v > 0) before.push_back({v - 1, v});
    for (NodeId u = 0; u < num_nodes; ++u) all.push_back({u, v});
  }
  return Structure(num_nodes, {reads_new("previous", Graph::from_edges(num_nodes, before)),
                               reads_old("scene", Graph::from_edges(num_nodes, all))});
}

TEST(StructureTest, ReadsTheSourcesOfIncomingEdges) {
  const Graph graph = Graph::from_edges(4, {{2, 3}, {0, 3}, {3, 1}, {0, 3}});
  const Relation fresh = reads_new("cites", graph);
  EXPECT_EQ(fresh.name, "cites");
  EXPECT_EQ(fresh.reads, Reads::kNewStates);
  EXPECT_EQ(list(fresh.of(0)), Nodes{});
  EXPECT_EQ(list(fresh.of(1)), Nodes{3});
  EXPECT_EQ(list(fresh.of(3)), (Nodes{0, 0, 2}));
  const Relation old = reads_old("cites", graph);
  EXPECT_EQ(old.reads, Reads::kOldStates);
  EXPECT_EQ(old.offsets, fresh.offsets);
  EXPECT_EQ(old.predecessors, fresh.predecessors);
}

TEST(StructureTest, FindsRelationsByName) {
  const Structure structure = example(3);
  EXPECT_EQ(structure.num_nodes(), 3u);
  EXPECT_EQ(&structure.relation("previous"), &structure.relations()[0]);
  EXPECT_EQ(&structure.relation("scene"), &structure.relations()[1]);
  EXPECT_EQ(error_of<GraphError>([&] { structure.relation("next"); }),
            "there is no relation \"next\"; expected one of: \"previous\", \"scene\"");
  EXPECT_EQ(error_of<GraphError>([&] { Structure(3, {}).relation("next"); }),
            "there is no relation \"next\"; expected one of: none");
}

TEST(StructureTest, RefusesRelationsOverOtherNodes) {
  EXPECT_EQ(error_of_structure(3, {reads_new("cites", Graph::from_edges(2, {}))}),
            "relation \"cites\" has 3 offsets; expected 4 for 3 nodes");
  EXPECT_EQ(error_of_structure(0, {relation("cites", {}, {})}),
            "relation \"cites\" has 0 offsets; expected 1 for 0 nodes");
}

TEST(StructureTest, RefusesOffsetsThatDoNotAscend) {
  const std::string error =
      "relation \"cites\" has offsets that do not ascend from 0 to its 2 predecessors";
  EXPECT_EQ(error_of_structure(2, {relation("cites", {0, 1, 3}, {0, 1})}), error);
  EXPECT_EQ(error_of_structure(2, {relation("cites", {1, 1, 2}, {0, 1})}), error);
  EXPECT_EQ(error_of_structure(3, {relation("cites", {0, 2, 1, 2}, {0, 1})}), error);
  EXPECT_EQ(error_of_structure(2, {relation("cites", {0, 3, 2}, {0, 1})}), error);
}

TEST(StructureTest, RefusesPredecessorsThatAreNoNodes) {
  EXPECT_EQ(error_of_structure(
                3, {relation("a", {0, 0, 0, 0}, {}), relation("b", {0, 0, 2, 3}, {0, 3, 9})}),
            "relation \"b\", predecessors of node 1: node 3 is out of range, nodes are 0 .. 2");
}

TEST(StructureTest, RefusesTwoRelationsOfOneName) {
  const Relation cites = reads_new("cites", Graph::from_edges(2, {}));
  const Relation scene = reads_new("scene", Graph::from_edges(2, {}));
  EXPECT_EQ(error_of_structure(2, {cites, scene, cites}),
            "relations 0 and 2 are both named \"cites\"; expected names that differ");
}

TEST(StructureTest, BottomUpReadsTheChildrenInOrder) {
  for (const Tree& tree : test::all_ordered_trees(6)) {
    SCOPED_TRACE(test::brackets(tree));
    const Structure structure = bottom_up(tree);
    EXPECT_EQ(structure.num_nodes(), tree.num_nodes());
    ASSERT_EQ(structure.relations().size(), 1u);
    const Relation& children = structure.relation("children");
    EXPECT_EQ(children.reads, Reads::kNewStates);
    for (NodeId v = 0; v < tree.num_nodes(); ++v) {
      EXPECT_EQ(list(children.of(v)), list(tree.children(v)));
    }
  }
}

TEST(StructureTest, BottomUpByPlaceHasARelationForEachPlace) {
  std::vector<Tree> trees = test::all_ordered_trees(5);
  std::vector<const Tree*> batch;
  for (const Tree& tree : trees) batch.push_back(&tree);
  constexpr std::size_t kArity = 4;
  const Structure together = bottom_up(batch, kArity);
  ASSERT_EQ(together.relations().size(), kArity);
  NodeId first = 0;
  for (const Tree& tree : trees) {
    SCOPED_TRACE(test::brackets(tree));
    const Structure alone = bottom_up(tree, kArity);
    for (std::size_t k = 0; k < kArity; ++k) {
      const std::string name = message("child ", k);
      EXPECT_EQ(alone.relation(name).reads, Reads::kNewStates);
      for (NodeId v = 0; v < tree.num_nodes(); ++v) {
        const auto children = tree.children(v);
        const bool there = k < children.size();
        EXPECT_EQ(list(alone.relation(name).of(v)), there ? Nodes{children[k]} : Nodes{});
        EXPECT_EQ(list(together.relation(name).of(first + v)),
                  there ? Nodes{first + children[k]} : Nodes{});
      }
    }
    first += tree.num_nodes();
  }
}

TEST(StructureTest, BottomUpByPlaceKeepsGapsAndRefusesPlacesThatAreNotThere) {
  const Tree tree = Tree::from_parents(std::vector<NodeId>{kNoNode, 0, 0, 2});
  const auto at = [&](std::vector<std::size_t> places) { return bottom_up(tree, 2, places); };
  const Structure right = at({0, 1, 0, 1});
  EXPECT_EQ(list(right.relation("child 0").of(0)), Nodes{2});
  EXPECT_EQ(list(right.relation("child 1").of(0)), Nodes{1});
  EXPECT_EQ(list(right.relation("child 0").of(2)), Nodes{});
  EXPECT_EQ(list(right.relation("child 1").of(2)), Nodes{3});
  EXPECT_EQ(test::error_of<GraphError>([&] {
              at({0, 1, 2, 0});
            }),
            "child 2 of node 0 is at place 2, expected less than 2");
  EXPECT_EQ(test::error_of<GraphError>([&] {
              at({0, 1, 1, 0});
            }),
            "children 1 and 2 of node 0 are both at place 1");
  EXPECT_EQ(test::error_of<GraphError>([&] {
              at({0, 1});
            }),
            "2 places, expected 4, one for each node");
  EXPECT_EQ(test::error_of<GraphError>([&] { bottom_up(test::star(3), 2); }),
            "child 3 of node 0 is at place 2, expected less than 2");
}

TEST(StructureTest, TopDownReadsTheParent) {
  for (const Tree& tree : test::all_ordered_trees(6)) {
    SCOPED_TRACE(test::brackets(tree));
    const Structure structure = top_down(tree);
    EXPECT_EQ(structure.num_nodes(), tree.num_nodes());
    ASSERT_EQ(structure.relations().size(), 1u);
    const Relation& parent = structure.relation("parent");
    EXPECT_EQ(parent.reads, Reads::kNewStates);
    for (NodeId v = 0; v < tree.num_nodes(); ++v) {
      EXPECT_EQ(list(parent.of(v)), v == tree.root() ? Nodes{} : Nodes{tree.parent(v)});
    }
  }
}

TEST(StructureTest, BottomUpPutsTreesSideBySide) {
  std::mt19937_64 rng(1);
  std::vector<Tree> trees = test::all_ordered_trees(4);
  for (NodeId nodes = 1; nodes < 40; ++nodes) trees.push_back(test::random_tree(nodes, 4, rng));
  std::vector<const Tree*> batch;
  for (const Tree& tree : trees) batch.push_back(&tree);

  const Structure structure = bottom_up(batch);
  const Relation& children = structure.relation("children");
  NodeId first = 0;
  for (const Tree& tree : trees) {
    for (NodeId v = 0; v < tree.num_nodes(); ++v) {
      Nodes expected = list(tree.children(v));
      for (NodeId& child : expected) child += first;
      EXPECT_EQ(list(children.of(first + v)), expected);
    }
    first += tree.num_nodes();
  }
  EXPECT_EQ(structure.num_nodes(), first);
}

TEST(StructureTest, BottomUpOfNoTreesHasNoNodes) {
  const Structure structure = bottom_up(std::span<const Tree* const>());
  EXPECT_EQ(structure.num_nodes(), 0u);
  EXPECT_EQ(structure.relation("children").offsets.size(), 1u);
}

TEST(StructureTest, BottomUpOfAForestKeepsItsTreesApart) {
  const Tree forest = Tree::from_parents(Nodes{kNoNode, 2, kNoNode, 0}, Roots::kAny);
  const Relation children = bottom_up(forest).relation("children");
  EXPECT_EQ(list(children.of(0)), Nodes{3});
  EXPECT_EQ(list(children.of(2)), Nodes{1});
}

TEST(StructureTest, DisjointUnionPutsStructuresSideBySide) {
  const std::vector<Structure> parts = {example(2), example(0), example(1), example(4)};
  std::vector<const Structure*> pointers;
  for (const Structure& part : parts) pointers.push_back(&part);
  const Structure all = disjoint_union(pointers);
  EXPECT_EQ(all.num_nodes(), 7u);
  ASSERT_EQ(all.relations().size(), 2u);
  EXPECT_EQ(all.relations()[0].name, "previous");
  EXPECT_EQ(all.relations()[1].name, "scene");
  EXPECT_EQ(all.relations()[1].reads, Reads::kOldStates);
  for (std::size_t r = 0; r < 2; ++r) {
    NodeId first = 0;
    for (const Structure& part : parts) {
      for (NodeId v = 0; v < part.num_nodes(); ++v) {
        Nodes expected = list(part.relations()[r].of(v));
        for (NodeId& u : expected) u += first;
        EXPECT_EQ(list(all.relations()[r].of(first + v)), expected);
      }
      first += part.num_nodes();
    }
  }
}

TEST(StructureTest, DisjointUnionOfTreesIsTheirBatch) {
  std::mt19937_64 rng(1);
  const Tree a = test::random_tree(20, 3, rng), b = test::random_tree(30, 3, rng);
  const Structure structure_a = bottom_up(a), structure_b = bottom_up(b);
  const Structure* const parts[] = {&structure_a, &structure_b};
  const Tree* const trees[] = {&a, &b};
  const Relation expected = bottom_up(trees).relation("children");
  const Relation actual = disjoint_union(parts).relation("children");
  EXPECT_EQ(actual.offsets, expected.offsets);
  EXPECT_EQ(actual.predecessors, expected.predecessors);
}

TEST(StructureTest, DisjointUnionOfNothingIsEmpty) {
  EXPECT_EQ(disjoint_union({}).num_nodes(), 0u);
}

TEST(StructureTest, DisjointUnionRefusesRelationsThatDiffer) {
  const Graph graph = Graph::from_edges(2, {});
  const auto error = [&](Relation a, std::vector<Relation> b) {
    const Structure first(2, {std::move(a)});
    const Structure second(2, std::move(b));
    const Structure* const parts[] = {&first, &first, &second};
    return error_of<GraphError>([&] { disjoint_union(parts); });
  };
  EXPECT_EQ(error(reads_new("a", graph), {reads_new("b", graph)}),
            "structure 2 has relations \"b\" (new states); expected, as in structure 0, \"a\" (new "
            "states)");
  EXPECT_EQ(error(reads_new("a", graph), {reads_old("a", graph)}),
            "structure 2 has relations \"a\" (old states); expected, as in structure 0, \"a\" (new "
            "states)");
  EXPECT_EQ(error(reads_new("a", graph), {}),
            "structure 2 has relations none; expected, as in structure 0, \"a\" (new states)");
  EXPECT_EQ(error(reads_new("a", graph), {reads_new("a", graph), reads_old("b", graph)}),
            "structure 2 has relations \"a\" (new states), \"b\" (old states); expected, as in "
            "structure 0, \"a\" (new states)");
}

}  // namespace
}  // namespace espalier
