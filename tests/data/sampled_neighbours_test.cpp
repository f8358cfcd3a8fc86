#include <espalier/data/sampled_neighbours.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"
#include "tests/support/threads.h"

namespace espalier {
namespace {

using test::error_of;
using Nodes = std::vector<NodeId>;

std::vector<Edge> random_edges(NodeId sources, NodeId targets, std::size_t count, Rng& rng) {
  std::vector<Edge> edges;
  for (std::size_t i = 0; i < count && sources > 0 && targets > 0; ++i) {
    edges.push_back(
        {static_cast<NodeId>(rng.below(sources)), static_cast<NodeId>(rng.below(targets))});
  }
  return edges;
}

// Papers with parallel edges to authors and to a few venues, some with none.
HeteroGraph random_graph(NodeId papers, NodeId authors, NodeId venues, Rng& rng) {
  const auto edges = [&](NodeId sources, NodeId targets, std::size_t count) {
    return Adjacency::from_edges(sources, targets, random_edges(sources, targets, count, rng));
  };
  return HeteroGraph({{"paper", papers}, {"author", authors}, {"venue", venues}},
                     {{"by", "paper", "author", edges(papers, authors, papers * 2)},
                      {"in", "paper", "venue", edges(papers, venues, papers)},
                      {"cites", "paper", "paper", edges(papers, papers, papers)}});
}

// Paper 0 is in the one venue with all others, `common` times with paper 1.
HeteroGraph one_venue(NodeId papers, NodeId common) {
  std::vector<Edge> edges;
  for (NodeId p = 0; p < papers; ++p) edges.push_back({p, 0});
  for (NodeId i = 1; i < common; ++i) edges.push_back({1, 0});
  return HeteroGraph({{"paper", papers}, {"venue", 1}},
                     {{"in", "paper", "venue", Adjacency::from_edges(papers, 1, edges)}});
}

Nodes all_sources(const HeteroGraph& graph, const MetaPath& path) {
  Nodes sources(graph.node_type(path.source()).count);
  for (NodeId v = 0; v < sources.size(); ++v) sources[v] = v;
  return sources;
}

const char* const kPaths[] = {"paper>author>paper", "author>paper>venue>paper>author",
                              "paper>paper",        "paper>(cites)paper>(~cites)paper",
                              "paper>venue>paper",  "venue>paper>author"};

TEST(SampledNeighboursTest, ArePartsOfTheCompositionOfTheSizeWantedAndAllWhereThereAreNoMore) {
  Rng rng(1);
  for (const auto& [papers, authors, venues] :
       {std::array<NodeId, 3>{120, 40, 2}, {30, 4, 1}, {1, 1, 1}, {5, 0, 3}, {0, 4, 2}}) {
    const HeteroGraph graph = random_graph(papers, authors, venues, rng);
    for (const char* const text : kPaths) {
      const MetaPath path(text, graph);
      const Nodes sources = all_sources(graph, path);
      for (const SelfLoops loops : {SelfLoops::kAsFound, SelfLoops::kAdded, SelfLoops::kRemoved}) {
        if (loops != SelfLoops::kAsFound && path.source() != path.target()) continue;
        const Adjacency all = compose(graph, path, {.self_loops = loops});
        for (const NodeId wanted : {1u, 3u, 1000u}) {
          SCOPED_TRACE(message(text, ", ", papers, " papers, ", wanted, " wanted"));
          const Adjacency some = sample_neighbours(
              graph, path, sources, {.max_neighbours = wanted, .self_loops = loops}, rng);
          ASSERT_EQ(some.num_rows(), sources.size());
          EXPECT_EQ(some.num_columns(), all.num_columns());
          for (const NodeId v : sources) {
            const auto row = some.of(v);
            const std::size_t most = std::size_t{wanted} + (loops == SelfLoops::kAdded ? 1 : 0);
            EXPECT_EQ(row.size(), std::min(all.of(v).size(), most));
            EXPECT_EQ(std::ranges::adjacent_find(row, std::greater_equal<>()), row.end());
            EXPECT_TRUE(std::ranges::includes(all.of(v), row));
            if (loops == SelfLoops::kAdded) {
              EXPECT_TRUE(std::ranges::binary_search(row, v));
            }
          }
        }
      }
    }
  }
}

// How often each node of 40 is drawn of 20,000 times 8; all are followed, any is as likely.
TEST(SampledNeighboursTest, OfFewAnyIsAsLikelyAsAnother) {
  const HeteroGraph graph = one_venue(40, 60);
  const MetaPath path("paper>venue>paper", graph);
  Rng rng(2);
  constexpr std::size_t kTimes = 20'000;
  const Adjacency some =
      sample_neighbours(graph, path, Nodes(kTimes, 0), {.max_neighbours = 8}, rng);
  std::vector<double> drawn(40);
  for (const NodeId v : some.columns()) drawn[v] += 1.0;
  const double expected = kTimes * 8.0 / 40.0, deviation = std::sqrt(expected * 0.8);
  for (const double times : drawn) EXPECT_NEAR(times, expected, 5.0 * deviation);
}

// Of 2,000 papers one has 500 of 2,499 edges: a first walk finds it one time in five.
TEST(SampledNeighboursTest, OfManyThoseToWhichMuchLeadsComeFirst) {
  const HeteroGraph graph = one_venue(2000, 500);
  const MetaPath path("paper>venue>paper", graph);
  Rng rng(3);
  constexpr std::size_t kTimes = 20'000;
  const Adjacency some =
      sample_neighbours(graph, path, Nodes(kTimes, 0), {.max_neighbours = 1}, rng);
  const auto found = static_cast<double>(std::ranges::count(some.columns(), 1u));
  EXPECT_NEAR(found, kTimes * 500.0 / 2499.0, 5.0 * std::sqrt(kTimes * 0.16));
}

// Walks nearly always end at paper 1; the other two are found all the same.
TEST(SampledNeighboursTest, WhatWalksDoNotFindIsFound) {
  const HeteroGraph graph = one_venue(3, 1'000'000);
  Rng rng(4);
  const Adjacency some = sample_neighbours(graph, MetaPath("paper>venue>paper", graph), Nodes{0},
                                           {.max_neighbours = 3}, rng);
  EXPECT_TRUE(std::ranges::equal(some.of(0), Nodes{0, 1, 2}));
}

TEST(SampledNeighboursTest, AreTheSameAtAnyNumberOfThreadsAndOthersNextTime) {
  Rng graphs(5);
  const HeteroGraph graph = random_graph(2000, 300, 3, graphs);
  for (const char* const text : {"paper>author>paper", "paper>venue>paper"}) {
    const MetaPath path(text, graph);
    Nodes expected;
    test::for_each_number_of_threads([&](int threads) {
      Rng rng(6);
      const auto draw = [&] {
        const Adjacency some =
            sample_neighbours(graph, path, all_sources(graph, path), {.max_neighbours = 4}, rng);
        return Nodes(some.columns().begin(), some.columns().end());
      };
      const Nodes first = draw();
      if (threads == 1) expected = first;
      EXPECT_EQ(first, expected);
      EXPECT_NE(draw(), expected);
    });
  }
}

TEST(SampledNeighboursTest, RefusesWhatCannotBe) {
  const HeteroGraph graph = one_venue(3, 1);
  const MetaPath path("paper>venue>paper", graph);
  Rng rng(7);
  EXPECT_EQ(error_of<OptionError>([&] { sample_neighbours(graph, path, {}, {}, rng); }),
            "max_neighbours is 0, expected 1 or more");
  EXPECT_EQ(error_of<GraphError>([&] {
              sample_neighbours(graph, path, Nodes{0, 3}, {.max_neighbours = 1}, rng);
            }),
            "source 1: node 3 is out of range, nodes are 0 .. 2");
  EXPECT_EQ(error_of<GraphError>([&] {
              sample_neighbours(graph, MetaPath("paper>venue", graph), Nodes{0},
                                {.max_neighbours = 1, .self_loops = SelfLoops::kAdded}, rng);
            }),
            "meta-path \"paper>venue\" is from paper to venue; self loops are of paths back to "
            "their type");
}

}  // namespace
}  // namespace espalier
