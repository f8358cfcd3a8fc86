#include <espalier/graph/schedule.h>

#include <algorithm>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"
#include "tests/support/structures.h"
#include "tests/support/trees.h"

namespace espalier {
namespace {

using test::error_of;
using test::random_structure;
using Nodes = std::vector<NodeId>;

Nodes list(std::span<const NodeId> nodes) { return {nodes.begin(), nodes.end()}; }

std::size_t level_of(const Schedule& schedule, NodeId row) {
  std::size_t level = 0;
  while (row >= schedule.wavefront(level).end) ++level;
  return level;
}

// Everything that schedule.h promises of rows, wavefronts, edges and readers.
void expect_sound(const Schedule& schedule, const Structure& structure) {
  const NodeId n = structure.num_nodes();
  ASSERT_EQ(schedule.num_nodes(), n);
  NodeId next = 0;
  for (std::size_t level = 0; level < schedule.num_wavefronts(); ++level) {
    const RowRange range = schedule.wavefront(level);
    ASSERT_EQ(range.begin, next);
    ASSERT_GT(range.size(), 0u);
    next = range.end;
    NodeId lane_next = range.begin;
    for (std::size_t lane = 0; lane < schedule.num_lanes(); ++lane) {
      const RowRange part = schedule.range(level, lane, lane + 1);
      ASSERT_EQ(part.begin, lane_next);
      lane_next = part.end;
    }
    ASSERT_EQ(lane_next, range.end);
    // By node id within a wavefront.
    const auto nodes = schedule.nodes().subspan(range.begin, range.size());
    ASSERT_TRUE(std::ranges::is_sorted(nodes));
  }
  ASSERT_EQ(next, n);

  ASSERT_EQ(schedule.relations().size(), structure.relations().size());
  std::vector<std::size_t> expected_levels(n, 0);
  for (std::size_t r = 0; r < schedule.relations().size(); ++r) {
    const ScheduledRelation& by_row = schedule.relations()[r];
    const Relation& by_node = structure.relations()[r];
    EXPECT_EQ(by_row.name, by_node.name);
    EXPECT_EQ(by_row.reads, by_node.reads);
    std::vector<std::vector<EdgeId>> readers(n);
    for (NodeId row = 0; row < n; ++row) {
      const NodeId v = schedule.nodes()[row];
      ASSERT_EQ(schedule.rows()[v], row);
      ASSERT_EQ(by_row.of(row).size(), by_node.of(v).size());
      for (std::size_t k = 0; k < by_row.of(row).size(); ++k) {
        const NodeId p = by_row.of(row)[k];
        ASSERT_EQ(schedule.nodes()[p], by_node.of(v)[k]);
        readers[p].push_back(by_row.offsets[row] + k);
        if (by_row.reads == Reads::kNewStates) {
          ASSERT_LT(p, row);
          expected_levels[row] = std::max(expected_levels[row], level_of(schedule, p) + 1);
        }
      }
    }
    for (NodeId row = 0; row < n; ++row) {
      const auto actual = by_row.readers_of(row);
      ASSERT_TRUE(std::ranges::equal(actual, readers[row]));
    }
  }
  for (NodeId row = 0; row < n; ++row) ASSERT_EQ(level_of(schedule, row), expected_levels[row]);

  // Lanes are intervals of ids, and no edge runs from one to another.
  std::size_t lane = 0;
  std::vector<std::size_t> lane_of(n);
  for (NodeId v = 0; v < n; ++v) {
    while (v >= schedule.lane_size(0, lane + 1)) ++lane;
    lane_of[v] = lane;
  }
  EXPECT_EQ(n == 0 ? 0 : lane + 1, schedule.num_lanes());
  EXPECT_LE(schedule.num_lanes(), 16u);
  for (const Relation& relation : structure.relations()) {
    if (relation.reads == Reads::kOldStates) continue;
    for (NodeId v = 0; v < n; ++v) {
      for (const NodeId p : relation.of(v)) ASSERT_EQ(lane_of[p], lane_of[v]);
    }
  }
  for (std::size_t level = 0; level < schedule.num_wavefronts(); ++level) {
    for (std::size_t l = 0; l < schedule.num_lanes(); ++l) {
      const RowRange range = schedule.range(level, l, l + 1);
      for (NodeId row = range.begin; row < range.end; ++row) {
        ASSERT_EQ(lane_of[schedule.nodes()[row]], l);
      }
    }
  }
}

TEST(ScheduleTest, IsSoundOnEverySmallTree) {
  for (const Tree& tree : test::all_ordered_trees(7)) {
    SCOPED_TRACE(test::brackets(tree));
    expect_sound(Schedule(bottom_up(tree)), bottom_up(tree));
    expect_sound(Schedule(top_down(tree)), top_down(tree));
    const std::vector<NodeId> heights = tree.heights(), depths = tree.depths();
    const Schedule up(bottom_up(tree)), down(top_down(tree));
    for (NodeId v = 0; v < tree.num_nodes(); ++v) {
      EXPECT_EQ(level_of(up, up.rows()[v]), heights[v]);
      EXPECT_EQ(level_of(down, down.rows()[v]), depths[v]);
    }
  }
}

TEST(ScheduleTest, IsSoundOnRandomStructures) {
  std::mt19937_64 rng(1);
  for (NodeId n = 0; n < 80; ++n) {
    SCOPED_TRACE(n);
    const Structure structure = random_structure(n, 1 + n % 4, rng);
    expect_sound(Schedule(structure), structure);
  }
}

TEST(ScheduleTest, AUnionOfStructuresIsTheUnionOfTheirSchedules) {
  std::mt19937_64 rng(2);
  for (int repeat = 0; repeat < 20; ++repeat) {
    std::vector<Structure> parts;
    for (NodeId i = 0; i < 40; ++i) parts.push_back(random_structure((7 * i) % 13, 2, rng));
    std::vector<const Structure*> pointers;
    for (const Structure& part : parts) pointers.push_back(&part);
    const Structure structure = disjoint_union(pointers);
    const Schedule together(structure);
    expect_sound(together, structure);
    EXPECT_GT(together.num_lanes(), 8u);

    NodeId first = 0;
    std::vector<Nodes> wavefronts(together.num_wavefronts());
    for (const Structure& part : parts) {
      const Schedule alone(part);
      for (std::size_t level = 0; level < alone.num_wavefronts(); ++level) {
        const RowRange range = alone.wavefront(level);
        for (NodeId row = range.begin; row < range.end; ++row) {
          wavefronts[level].push_back(first + alone.nodes()[row]);
        }
      }
      first += part.num_nodes();
    }
    for (std::size_t level = 0; level < wavefronts.size(); ++level) {
      const RowRange range = together.wavefront(level);
      EXPECT_EQ(list(together.nodes().subspan(range.begin, range.size())), wavefronts[level]);
    }
  }
}

TEST(ScheduleTest, LanesOfABatchAreAboutEquallyLarge) {
  std::mt19937_64 rng(3);
  std::vector<Tree> trees;
  for (int i = 0; i < 100; ++i) trees.push_back(test::random_binary_tree(20, rng));
  std::vector<const Tree*> pointers;
  for (const Tree& tree : trees) pointers.push_back(&tree);
  const Schedule schedule(bottom_up(pointers));
  ASSERT_EQ(schedule.num_lanes(), 16u);
  for (std::size_t lane = 0; lane < 16; ++lane) {
    EXPECT_GE(schedule.lane_size(lane, lane + 1), 3900u / 16 - 39);
    EXPECT_LE(schedule.lane_size(lane, lane + 1), 3900u / 16 + 39);
  }
}

TEST(ScheduleTest, NamesTheNodesOfACycle) {
  const auto error = [](NodeId n, const std::vector<Edge>& edges) {
    return error_of<GraphError>(
        [&] { schedule({reads_new("cites", Graph::from_edges(n, edges))}); });
  };
  EXPECT_EQ(error(3, {{1, 1}}),
            "the new states have no order, for there is a cycle: node 1 reads 1");
  EXPECT_EQ(error(5, {{0, 1}, {1, 2}, {2, 3}, {3, 1}, {3, 4}}),
            "the new states have no order, for there is a cycle: node 1 reads 3 reads 2 reads 1");
  std::vector<Edge> ring;
  for (NodeId v = 0; v < 100000; ++v) ring.push_back({v, (v + 1) % 100000});
  const std::string long_cycle = error(100000, ring);
  EXPECT_LT(long_cycle.size(), 400u);
  EXPECT_NE(long_cycle.find("node 0 reads 99999 reads 99998"), std::string::npos);
  EXPECT_TRUE(long_cycle.ends_with("99979 more … reads 0")) << long_cycle;

  // Neither relation has a cycle; both together do.
  const Graph there = Graph::from_edges(2, std::vector<Edge>{{0, 1}});
  const Graph back = Graph::from_edges(2, std::vector<Edge>{{1, 0}});
  EXPECT_EQ(error_of<GraphError>([&] {
              schedule({reads_new("a", there), reads_new("b", back)});
            }),
            "the new states have no order, for there is a cycle: node 0 reads 1 reads 0");
  const Schedule old = schedule({reads_new("a", there), reads_old("b", back)});
  EXPECT_EQ(list(old.nodes()), (Nodes{0, 1}));
}

TEST(ScheduleTest, FindsRelationsByName) {
  const Graph graph = Graph::from_edges(2, std::vector<Edge>{{0, 1}});
  const Schedule s = schedule({reads_new("a", graph), reads_old("b", graph)});
  EXPECT_EQ(&s.relation("b"), &s.relations()[1]);
  EXPECT_EQ(error_of<GraphError>([&] { s.relation("c"); }),
            "the schedule has no relation \"c\"; it has: \"a\" \"b\"");
  EXPECT_EQ(error_of<GraphError>([] { schedule({}); }), "a schedule of no relations has no nodes");
}

// These would overflow the stack of a recursive visit, and not end in time if a node or an edge
// were looked at more than a few times.
TEST(ScheduleTest, TakesLongAndWideAndDeepStructures) {
  constexpr NodeId kMillion = 1000000;
  const Schedule path(bottom_up(test::chain(kMillion)));
  EXPECT_EQ(path.num_wavefronts(), kMillion);
  EXPECT_EQ(path.nodes()[0], kMillion - 1);
  EXPECT_EQ(path.nodes()[kMillion - 1], 0u);
  const Schedule down(top_down(test::chain(kMillion)));
  EXPECT_EQ(down.num_wavefronts(), kMillion);

  const Schedule star(bottom_up(test::star(kMillion)));
  EXPECT_EQ(star.num_wavefronts(), 2u);
  EXPECT_EQ(star.relation("children").of(kMillion).size(), kMillion);
  EXPECT_EQ(star.num_lanes(), 1u);

  // A spine of 100,000 nodes, each of which has a leaf too.
  Nodes parents(200000);
  for (NodeId v = 0; v < 100000; ++v) {
    parents[v] = v == 0 ? kNoNode : v - 1;
    parents[100000 + v] = v;
  }
  const Schedule spine(bottom_up(Tree::from_parents(parents)));
  EXPECT_EQ(spine.num_wavefronts(), 100001u);
  EXPECT_EQ(spine.wavefront(0).size(), 100000u);
}

TEST(ScheduleTest, HashTellsSchedulesApart) {
  std::vector<std::uint64_t> hashes;
  for (const Tree& tree : test::all_ordered_trees(6)) {
    EXPECT_EQ(Schedule(bottom_up(tree)).hash(), Schedule(bottom_up(tree)).hash());
    hashes.push_back(Schedule(bottom_up(tree)).hash());
    // Of one node, both only differ in the name.
    hashes.push_back(Schedule(top_down(tree)).hash());
  }
  std::ranges::sort(hashes);
  EXPECT_EQ(std::ranges::adjacent_find(hashes), hashes.end());
  const Graph graph = Graph::from_edges(2, {});
  EXPECT_NE(schedule({reads_new("a", graph)}).hash(), schedule({reads_old("a", graph)}).hash());
}

TEST(ScheduleTest, ExplainsItself) {
  const Schedule s(bottom_up(test::star(4)));
  EXPECT_EQ(s.explain(),
            "5 nodes in 2 wavefronts, 1 lanes\n"
            "width: mean 2.5, greatest 4; first wavefronts: 4 1\n"
            "relation \"children\": reads new states over 4 edges\n");
  EXPECT_NE(Schedule(bottom_up(test::chain(20))).explain().find("1 1 1 …\n"), std::string::npos);
  EXPECT_EQ(Schedule(Structure(0, {})).explain(), "0 nodes in 0 wavefronts, 0 lanes\n");
}

std::string saved(const Schedule& schedule) {
  std::ostringstream out;
  schedule.save(out);
  return out.str();
}

Schedule loaded(const std::string& bytes) {
  std::istringstream in(bytes);
  return Schedule::load(in, "orders.bin");
}

TEST(ScheduleTest, ComesBackFromItsFile) {
  std::mt19937_64 rng(4);
  for (NodeId n = 0; n < 60; ++n) {
    const Structure structure = random_structure(n, 3, rng);
    const Schedule before(structure);
    const Schedule after = loaded(saved(before));
    EXPECT_EQ(after.hash(), before.hash());
    EXPECT_EQ(saved(after), saved(before));
    EXPECT_EQ(after.explain(), before.explain());
    expect_sound(after, structure);
  }
  // Two in one stream.
  std::stringstream stream;
  const Schedule first(bottom_up(test::chain(5))), second(bottom_up(test::star(6)));
  first.save(stream);
  second.save(stream);
  EXPECT_EQ(Schedule::load(stream).hash(), first.hash());
  EXPECT_EQ(Schedule::load(stream).hash(), second.hash());
}

TEST(ScheduleTest, RefusesFilesThatAreCutShort) {
  std::mt19937_64 rng(5);
  const std::string bytes = saved(Schedule(random_structure(9, 2, rng)));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_NE(error_of<ParseError>([&] {
                loaded(bytes.substr(0, size));
              }).find("orders.bin: the schedule is cut short"),
              std::string::npos)
        << size;
  }
  EXPECT_NE(error_of<ParseError>([] {
              loaded("a text, which is no schedule");
            }).find("orders.bin: not a schedule"),
            std::string::npos);
}

TEST(ScheduleTest, DamagedFilesAreRefusedOrSound) {
  std::mt19937_64 rng(6);
  const std::string good = saved(Schedule(random_structure(9, 2, rng)));
  std::size_t refused = 0, taken = 0;
  const auto load = [&](const std::string& bytes) {
    try {
      const Schedule schedule = loaded(bytes);
      // Another schedule, but one: a name or an edge changed, or the last relation is missing.
      EXPECT_TRUE(bytes.starts_with(saved(schedule)));
      ++taken;
    } catch (const ParseError&) {
      ++refused;
    }
  };
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const int change : {1, 0x80, 0xff, 0x10}) {
      std::string bytes = good;
      bytes[i] = static_cast<char>(bytes[i] ^ change);
      load(bytes);
    }
  }
  for (int repeat = 0; repeat < 20000; ++repeat) {
    std::string bytes = good;
    for (int k = 0; k < 1 + repeat % 4; ++k) bytes[rng() % bytes.size()] = static_cast<char>(rng());
    load(bytes);
  }
  EXPECT_GT(refused, taken);
}

}  // namespace
}  // namespace espalier
