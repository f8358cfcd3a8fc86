#include <espalier/graph/sequence.h>

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"

namespace espalier {
namespace {

using Nodes = std::vector<NodeId>;

template <class Range>
Nodes list(const Range& nodes) {
  return {nodes.begin(), nodes.end()};
}

const Nodes kLengths = {3, 0, 1, 4, 0};

TEST(SequenceTest, NumbersTheStepsOfOneSequenceAfterThoseOfAnother) {
  const SequenceBatch batch(kLengths);
  ASSERT_EQ(batch.num_sequences(), 5u);
  EXPECT_EQ(batch.num_nodes(), 8u);
  EXPECT_EQ(list(batch.offsets()), (Nodes{0, 3, 3, 4, 8, 8}));
  for (NodeId s = 0; s < 5; ++s) EXPECT_EQ(batch.length(s), kLengths[s]);
  EXPECT_EQ(batch.first(3), 4u);
  EXPECT_EQ(batch.first(5), 8u);
}

TEST(SequenceTest, ReadsFromEitherEnd) {
  const SequenceBatch batch(kLengths);
  const Nodes begins = {0, kNoNode, 3, 4, kNoNode}, ends = {2, kNoNode, 3, 7, kNoNode};
  EXPECT_EQ(list(batch.first_read(Direction::kForward)), begins);
  EXPECT_EQ(list(batch.last_read(Direction::kForward)), ends);
  EXPECT_EQ(list(batch.first_read(Direction::kBackward)), ends);
  EXPECT_EQ(list(batch.last_read(Direction::kBackward)), begins);
}

TEST(SequenceTest, EveryStepReadsItsNeighbourAndNoneAcross) {
  const SequenceBatch batch(kLengths);
  for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
    const bool forward = direction == Direction::kForward;
    const Structure structure = batch.structure(direction);
    ASSERT_EQ(structure.num_nodes(), 8u);
    ASSERT_EQ(structure.relations().size(), 1u);
    const Relation& previous = structure.relation("previous");
    EXPECT_EQ(previous.reads, Reads::kNewStates);
    for (NodeId s = 0; s < batch.num_sequences(); ++s) {
      for (NodeId v = batch.first(s); v < batch.first(s + 1); ++v) {
        const bool alone = v == (forward ? batch.first(s) : batch.first(s + 1) - 1);
        EXPECT_EQ(list(previous.of(v)), alone ? Nodes() : Nodes{forward ? v - 1 : v + 1}) << v;
      }
    }
  }
}

// Wavefront t is the t-th step read of every sequence that is long enough.
TEST(SequenceTest, AScheduleIsInTimeMajorOrder) {
  const SequenceBatch batch(kLengths);
  const Schedule forward = schedule(batch, Direction::kForward);
  EXPECT_EQ(list(forward.nodes()), (Nodes{0, 3, 4, 1, 5, 2, 6, 7}));
  const Schedule backward = schedule(batch, Direction::kBackward);
  EXPECT_EQ(list(backward.nodes()), (Nodes{2, 3, 7, 1, 6, 0, 5, 4}));
  for (const Schedule& order : {forward, backward}) {
    ASSERT_EQ(order.num_wavefronts(), 4u);
    Nodes widths;
    for (std::size_t t = 0; t < 4; ++t) widths.push_back(order.wavefront(t).size());
    EXPECT_EQ(widths, (Nodes{3, 2, 2, 1}));
  }
}

TEST(SequenceTest, TakesBatchesWithoutSequencesAndWithoutSteps) {
  for (const Nodes& lengths : {Nodes{}, Nodes{0}, Nodes{0, 0, 0}}) {
    const SequenceBatch batch(lengths);
    EXPECT_EQ(batch.num_sequences(), lengths.size());
    EXPECT_EQ(batch.num_nodes(), 0u);
    for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
      EXPECT_EQ(list(batch.first_read(direction)), Nodes(lengths.size(), kNoNode));
      EXPECT_EQ(schedule(batch, direction).num_wavefronts(), 0u);
    }
  }
}

TEST(SequenceTest, RefusesMoreStepsThanThereAreIds) {
  const std::string error = test::error_of<GraphError>([] {
    SequenceBatch(Nodes{4'000'000'000u, 4'000'000'000u});
  });
  EXPECT_NE(error.find("8000000000"), std::string::npos) << error;
}

TEST(SequenceBatchTest, TheScheduleIsThatOfItsStructure) {
  std::mt19937_64 rng(1);
  for (std::size_t repeat = 0; repeat < 200; ++repeat) {
    std::vector<NodeId> lengths(repeat % 60);
    for (NodeId& length : lengths) length = static_cast<NodeId>(rng() % (1 + repeat % 23));
    const SequenceBatch batch(lengths);
    for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
      const Schedule expected(batch.structure(direction));
      const Schedule actual = schedule(batch, direction);
      ASSERT_TRUE(actual == expected) << repeat << '\n' << expected.explain() << actual.explain();
      ASSERT_EQ(actual.hash(), expected.hash());
    }
  }
}

}  // namespace
}  // namespace espalier
