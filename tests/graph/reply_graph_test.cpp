#include <espalier/graph/reply_graph.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/graph/schedule.h>

#include "tests/support/errors.h"

namespace espalier {
namespace {

using test::error_of;
using Nodes = std::vector<NodeId>;
using Records = std::vector<ReplyRecord>;
using Counts = std::array<std::size_t, kNumReplyDefects>;
using enum ReplyTreatment;

constexpr NodeId kNone = kNoNode;
constexpr ReplyDirection kDirections[] = {ReplyDirection::kForward, ReplyDirection::kBackward};
constexpr ReplyEdges kEdges[] = {ReplyEdges::kBoth, ReplyEdges::kHierarchical, ReplyEdges::kChain};

// All that a graph says, by node, for comparing.
struct Pointers {
  Nodes parents, first_children, previous_siblings, next_siblings;
  std::vector<std::size_t> records;

  friend bool operator==(const Pointers&, const Pointers&) = default;
};

Pointers pointers(const ReplyGraph& graph) {
  Pointers all;
  for (NodeId v = 0; v < graph.num_nodes(); ++v) {
    all.parents.push_back(graph.parent(v));
    all.first_children.push_back(graph.first_child(v));
    all.previous_siblings.push_back(graph.previous_sibling(v));
    all.next_siblings.push_back(graph.next_sibling(v));
    all.records.push_back(graph.record(v));
  }
  return all;
}

Counts counts(const ReplyGraph& graph) {
  Counts all;
  for (std::size_t d = 0; d < all.size(); ++d) all[d] = graph.count(static_cast<ReplyDefect>(d));
  return all;
}

std::size_t& count_of(Counts& counts, ReplyDefect defect) {
  return counts[static_cast<std::size_t>(defect)];
}

std::vector<std::uint64_t> ids(const ReplyGraph& graph, const Records& records) {
  std::vector<std::uint64_t> ids;
  for (NodeId v = 1; v < graph.num_nodes(); ++v) ids.push_back(records[graph.record(v)].id);
  return ids;
}

Nodes parents(const ReplyGraph& graph) { return pointers(graph).parents; }

std::string graph_error(const Records& records, const ReplyTreatments& treatments = {},
                        std::uint64_t post = 0) {
  return error_of<GraphError>([&] { ReplyGraph(records, treatments, post); });
}

// What reply_graph.h promises, step by step and without a thought for time.
class Reference {
 public:
  Reference(const Records& records, const ReplyTreatments& treatments, std::uint64_t post)
      : records_(records), states_(records.size()) {
    for (std::size_t r = 0; r < records.size(); ++r) {
      const std::size_t found = owner(records[r].parent);
      states_[r].parent = found < records.size() && records[found].is_post ? kPost : found;
      states_[r].is_orphan = found == kNowhere && (has_post() || records[r].parent != post);
      if (found == kNowhere) states_[r].parent = kPost;
    }
    treat(ReplyDefect::kOrphan, treatments.orphans,
          [&](std::size_t r) { return states_[r].is_orphan; });
    if (treatments.deleted == kAttachToPost) {
      for (State& state : states_) {
        if (state.parent < kPost && records[state.parent].is_deleted) state.parent = kPost;
      }
    }
    treat(ReplyDefect::kDeleted, treatments.deleted == kAttachToPost ? kDrop : treatments.deleted,
          [&](std::size_t r) { return records[r].is_deleted; });
    treat(ReplyDefect::kDuplicate, treatments.duplicates,
          [&](std::size_t r) { return owner(records[r].id) != r; });
    treat(ReplyDefect::kSelfReply, treatments.self_replies,
          [&](std::size_t r) { return states_[r].parent == r; });
    treat(ReplyDefect::kEarlyReply, treatments.early_replies,
          [&](std::size_t r) { return is_early(r); });
    treat_cycles(treatments.cycles);
  }

  bool is_error() const { return is_error_; }
  const Counts& counts() const { return counts_; }

  Pointers pointers() const {
    std::vector<std::size_t> order;
    for (std::size_t r = 0; r < records_.size(); ++r) {
      if (is_comment(r)) order.push_back(r);
    }
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return is_older(a, b); });
    Pointers all;
    all.records.push_back(ReplyGraph::kNoRecord);
    for (std::size_t r = 0; r < records_.size(); ++r) {
      if (records_[r].is_post) all.records[0] = r;
    }
    all.records.insert(all.records.end(), order.begin(), order.end());
    const auto n = static_cast<NodeId>(all.records.size());
    all.parents.assign(n, kNone);
    for (NodeId v = 1; v < n; ++v) {
      const std::size_t parent = states_[all.records[v]].parent;
      all.parents[v] = parent == kPost ? 0 : node_of(parent, all.records);
    }
    all.first_children = all.previous_siblings = all.next_siblings = Nodes(n, kNone);
    for (NodeId v = 0; v < n; ++v) {
      for (NodeId w = n; w-- > 1;) {
        if (all.parents[w] == v) all.first_children[v] = w;
        if (v > 0 && w > v && all.parents[w] == all.parents[v]) all.next_siblings[v] = w;
      }
      for (NodeId w = 1; w < v; ++w) {
        if (all.parents[w] == all.parents[v]) all.previous_siblings[v] = w;
      }
    }
    return all;
  }

 private:
  static constexpr std::size_t kNowhere = ReplyGraph::kNoRecord, kPost = kNowhere - 1;
  struct State {
    std::size_t parent = 0;  // A position, kPost, or kNowhere.
    bool is_orphan = false, is_dropped = false;
  };

  bool has_post() const { return std::ranges::any_of(records_, &ReplyRecord::is_post); }
  bool is_comment(std::size_t r) const { return !states_[r].is_dropped && !records_[r].is_post; }
  bool is_older(std::size_t a, std::size_t b) const {
    if (records_[a].time_s != records_[b].time_s) return records_[a].time_s < records_[b].time_s;
    return records_[a].id < records_[b].id;
  }
  bool is_early(std::size_t r) const {
    if (states_[r].parent != kPost) return is_older(r, states_[r].parent);
    const auto post = std::ranges::find_if(records_, &ReplyRecord::is_post);
    return post != records_.end() && records_[r].time_s < post->time_s;
  }
  static NodeId node_of(std::size_t r, const std::vector<std::size_t>& records) {
    return static_cast<NodeId>(std::ranges::find(records, r) - records.begin());
  }

  std::size_t owner(std::uint64_t id) const {
    for (std::size_t r = 0; r < records_.size(); ++r) {
      if (records_[r].is_post && records_[r].id == id) return r;
    }
    for (std::size_t r = 0; r < records_.size(); ++r) {
      if (records_[r].id == id) return r;
    }
    return kNowhere;
  }

  template <class IsDefective>
  void treat(ReplyDefect defect, ReplyTreatment treatment, IsDefective is_defective) {
    if (is_error_) return;
    std::vector<std::size_t> defective;
    for (std::size_t r = 0; r < records_.size(); ++r) {
      if (is_comment(r) && is_defective(r)) defective.push_back(r);
    }
    count_of(counts_, defect) = defective.size();
    if (treatment == kError) is_error_ = !defective.empty();
    for (const std::size_t r : defective) {
      if (treatment == kDrop) states_[r].is_dropped = true;
      if (treatment == kAttachToPost) states_[r].parent = kPost;
    }
    drop_replies();
  }

  void drop_replies() {
    for (bool changed = true; changed;) {
      changed = false;
      for (State& state : states_) {
        if (state.is_dropped || state.parent == kPost || !states_[state.parent].is_dropped)
          continue;
        state.is_dropped = changed = true;
      }
    }
  }

  // The comments on the way up from r and back to it; none if it does not lead back.
  std::vector<std::size_t> cycle_of(std::size_t r) const {
    std::vector<std::size_t> cycle = {r};
    for (std::size_t v = states_[r].parent; v != kPost && v != r; v = states_[v].parent) {
      cycle.push_back(v);
      if (cycle.size() > records_.size()) return {};
    }
    return states_[cycle.back()].parent == r ? cycle : std::vector<std::size_t>{};
  }

  void treat_cycles(ReplyTreatment treatment) {
    std::vector<std::size_t> oldest;
    for (std::size_t r = 0; r < records_.size(); ++r) {
      if (!is_comment(r)) continue;
      const auto cycle = cycle_of(r);
      if (std::ranges::none_of(cycle, [&](std::size_t v) { return is_older(v, r); }) &&
          !cycle.empty()) {
        oldest.push_back(r);
      }
    }
    std::vector<bool> on_cycle(records_.size());
    for (const std::size_t r : oldest) {
      for (const std::size_t v : cycle_of(r)) on_cycle[v] = true;
    }
    treat(ReplyDefect::kCyclicReply, treatment == kAttachToPost ? kKeep : treatment,
          [&](std::size_t r) { return on_cycle[r]; });
    if (treatment != kAttachToPost) return;
    for (const std::size_t r : oldest) states_[r].parent = kPost;
  }

  const Records& records_;
  std::vector<State> states_;
  Counts counts_ = {};
  bool is_error_ = false;
};

std::uint64_t below(std::uint64_t bound, std::mt19937_64& rng) { return rng() % bound; }

// A tree in time: ids in no order of time, many of one second.
Records random_thread(std::size_t num_comments, std::mt19937_64& rng) {
  Records records;
  for (std::uint64_t i = 0; i < num_comments; ++i) {
    records.push_back({.id = 10 + 3 * i + below(3, rng),
                       .time_s = static_cast<std::int64_t>(below(num_comments / 2 + 1, rng))});
  }
  std::ranges::sort(records, [](const ReplyRecord& a, const ReplyRecord& b) {
    return std::pair(a.time_s, a.id) < std::pair(b.time_s, b.id);
  });
  records.insert(records.begin(), {.id = below(5, rng), .time_s = 0, .is_post = true});
  for (std::size_t i = 1; i < records.size(); ++i) records[i].parent = records[below(i, rng)].id;
  return records;
}

ReplyTreatment random_treatment(bool may_keep, bool may_throw, std::mt19937_64& rng) {
  std::vector<ReplyTreatment> choices = {kDrop, kAttachToPost};
  if (may_keep) choices.push_back(kKeep);
  if (may_throw) choices.push_back(kError);
  return choices[below(choices.size(), rng)];
}

ReplyTreatments random_treatments(std::mt19937_64& rng) {
  const bool may_throw = below(4, rng) == 0;
  ReplyTreatments treatments;
  treatments.orphans = random_treatment(false, may_throw, rng);
  treatments.deleted = random_treatment(true, may_throw, rng);
  treatments.duplicates = random_treatment(false, may_throw, rng);
  treatments.self_replies = random_treatment(false, may_throw, rng);
  treatments.early_replies = below(2, rng) == 0 ? kKeep : random_treatment(true, may_throw, rng);
  treatments.cycles = random_treatment(false, may_throw, rng);
  return treatments;
}

// Puts defects of every kind, at this many in a hundred records each, into a thread.
void damage(Records& records, std::uint64_t percent, std::mt19937_64& rng) {
  const auto happens = [&] { return below(100, rng) < percent; };
  if (happens()) records.erase(records.begin());
  for (ReplyRecord& record : records) {
    record.is_deleted = happens();  // Of a post too.
    if (happens()) record.parent = 1000 + below(9, rng);
    if (happens()) record.id = records[below(records.size(), rng)].id;
    if (happens()) record.parent = record.id;
    if (happens()) record.parent = records[below(records.size(), rng)].id;
    if (happens()) record.time_s = static_cast<std::int64_t>(below(20, rng)) - 5;
  }
}

void expect_as_reference(const Records& records, const ReplyTreatments& treatments,
                         std::uint64_t post) {
  const Reference expected(records, treatments, post);
  if (expected.is_error()) {
    EXPECT_THROW(ReplyGraph(records, treatments, post), GraphError);
    return;
  }
  const ReplyGraph graph(records, treatments, post);
  const Pointers actual = pointers(graph);
  EXPECT_EQ(actual.records, expected.pointers().records);
  EXPECT_TRUE(actual == expected.pointers());
  EXPECT_EQ(counts(graph), expected.counts());
  const bool has_post = std::ranges::any_of(records, &ReplyRecord::is_post);
  EXPECT_EQ(graph.num_nodes() + graph.num_dropped(), records.size() + (has_post ? 0 : 1));
}

// 1 -> 10 -> 11 -> 12, and 1 -> 13.
const Records kThread = {{.id = 1, .time_s = 0, .is_post = true},
                         {.id = 10, .parent = 1, .time_s = 10},
                         {.id = 11, .parent = 10, .time_s = 20},
                         {.id = 12, .parent = 11, .time_s = 30},
                         {.id = 13, .parent = 1, .time_s = 40}};

Records with(std::size_t r, const ReplyRecord& record) {
  Records records = kThread;
  if (r == records.size()) records.push_back({});
  records[r] = record;
  return records;
}

TEST(ReplyGraphTest, PointsToParentsChildrenAndSiblingsInOrderOfTime) {
  const Records records = {
      {.id = 14, .parent = 11, .time_s = 9}, {.id = 13, .parent = 10, .time_s = 7},
      {.id = 12, .parent = 50, .time_s = 6}, {.id = 50, .time_s = 5, .is_post = true},
      {.id = 11, .parent = 10, .time_s = 7}, {.id = 10, .parent = 50, .time_s = 5}};
  const ReplyGraph graph(records);
  const Pointers actual = pointers(graph);
  EXPECT_EQ(actual.records, (std::vector<std::size_t>{3, 5, 2, 4, 1, 0}));
  EXPECT_EQ(actual.parents, (Nodes{kNone, 0, 0, 1, 1, 3}));
  EXPECT_EQ(actual.first_children, (Nodes{1, 3, kNone, 5, kNone, kNone}));
  EXPECT_EQ(actual.previous_siblings, (Nodes{kNone, kNone, 1, kNone, 3, kNone}));
  EXPECT_EQ(actual.next_siblings, (Nodes{kNone, 2, kNone, 4, kNone, kNone}));
  EXPECT_EQ(counts(graph), Counts{});
  EXPECT_EQ(graph.num_dropped(), 0u);
}

TEST(ReplyGraphTest, TakesAPostAlone) {
  const ReplyGraph graph(Records{{.id = 7, .is_post = true}});
  EXPECT_EQ(pointers(graph), (Pointers{{kNone}, {kNone}, {kNone}, {kNone}, {0}}));
}

TEST(ReplyGraphTest, OfNoRecordsIsAMissingPostAlone) {
  const ReplyGraph graph(Records{});
  EXPECT_EQ(pointers(graph),
            (Pointers{{kNone}, {kNone}, {kNone}, {kNone}, {ReplyGraph::kNoRecord}}));
  EXPECT_EQ(graph.num_dropped(), 0u);
}

TEST(ReplyGraphTest, StandsInForAMissingPost) {
  const Records records(kThread.begin() + 1, kThread.end());
  const ReplyGraph named(records, {}, /*post=*/1);
  EXPECT_EQ(parents(named), (Nodes{kNone, 0, 1, 2, 0}));
  EXPECT_EQ(named.record(0), ReplyGraph::kNoRecord);
  EXPECT_EQ(named.record(1), 0u);
  EXPECT_EQ(named.count(ReplyDefect::kOrphan), 0u);

  EXPECT_EQ(graph_error(records), "comment 10 replies to 1, which no record has as its id");
  const ReplyGraph attached(records, {.orphans = kAttachToPost});
  EXPECT_EQ(pointers(attached), pointers(named));
  EXPECT_EQ(attached.count(ReplyDefect::kOrphan), 2u);
  const ReplyGraph dropped(records, {.orphans = kDrop});
  EXPECT_EQ(dropped.num_nodes(), 1u);
  EXPECT_EQ(dropped.num_dropped(), 4u);
}

TEST(ReplyGraphTest, AsksForTheIdOfAPostOnlyIfThatIsMissing) {
  const Records records = with(2, {.id = 11, .parent = 77, .time_s = 20});
  EXPECT_EQ(graph_error(records, {}, /*post=*/77),
            "comment 11 replies to 77, which no record has as its id");
}

TEST(ReplyGraphTest, RefusesASecondPost) {
  EXPECT_EQ(graph_error(with(3, {.id = 12, .is_post = true})),
            "records 0 and 3, with the ids 1 and 12, are both posts; expected one");
}

struct Outcome {
  ReplyTreatment treatment;
  std::vector<std::uint64_t> ids;  // Of the comments.
  Nodes parents;
  std::size_t num_dropped;
};

struct DefectCase {
  ReplyDefect defect;
  ReplyTreatment ReplyTreatments::*treatment;
  Records records;
  std::size_t count;
  std::string error;
  std::vector<Outcome> outcomes;
};

const Outcome kBranchDropped = {kDrop, {10, 13}, {kNone, 0, 0}, 2};
const Outcome kBranchAttached = {kAttachToPost, {10, 11, 12, 13}, {kNone, 0, 0, 2, 0}, 0};

const std::vector<DefectCase> kDefects = {
    {ReplyDefect::kOrphan,
     &ReplyTreatments::orphans,
     with(2, {.id = 11, .parent = 99, .time_s = 20}),
     1,
     "comment 11 replies to 99, which no record has as its id",
     {kBranchDropped, kBranchAttached}},
    {ReplyDefect::kDeleted,
     &ReplyTreatments::deleted,
     with(2, {.id = 11, .parent = 10, .time_s = 20, .is_deleted = true}),
     1,
     "comment 11 is deleted; expected comments with a text",
     {kBranchDropped,
      {kAttachToPost, {10, 12, 13}, {kNone, 0, 0, 0}, 1},
      {kKeep, {10, 11, 12, 13}, {kNone, 0, 1, 2, 0}, 0}}},
    {ReplyDefect::kDuplicate,
     &ReplyTreatments::duplicates,
     with(5, {.id = 11, .parent = 12, .time_s = 35}),
     1,
     "records 2 and 5 both have the id 11; expected ids that differ",
     {{kDrop, {10, 11, 12, 13}, {kNone, 0, 1, 2, 0}, 1},
      {kAttachToPost, {10, 11, 12, 11, 13}, {kNone, 0, 1, 2, 0, 0}, 0}}},
    {ReplyDefect::kSelfReply,
     &ReplyTreatments::self_replies,
     with(2, {.id = 11, .parent = 11, .time_s = 20}),
     1,
     "comment 11 replies to itself",
     {kBranchDropped, kBranchAttached}},
    {ReplyDefect::kEarlyReply,
     &ReplyTreatments::early_replies,
     with(2, {.id = 11, .parent = 10, .time_s = 5}),
     1,
     "comment 11, of 5 s, replies to comment 10, of 10 s; expected a reply to be the later of the "
     "two, by time and then by id",
     {kBranchDropped,
      {kAttachToPost, {11, 10, 12, 13}, {kNone, 0, 0, 1, 0}, 0},
      {kKeep, {11, 10, 12, 13}, {kNone, 2, 0, 1, 0}, 0}}},
    {ReplyDefect::kCyclicReply,
     &ReplyTreatments::cycles,
     with(2, {.id = 11, .parent = 12, .time_s = 20}),
     2,
     "comment 11 replies, over others, to itself: 11 -> 12 -> 11",
     {kBranchDropped, kBranchAttached}},
};

TEST(ReplyGraphTest, TreatsEveryDefectAsAsked) {
  for (const DefectCase& c : kDefects) {
    SCOPED_TRACE(c.error);
    ReplyTreatments treatments;
    const bool cyclic = c.defect == ReplyDefect::kCyclicReply;
    if (cyclic) treatments.early_replies = kKeep;
    treatments.*c.treatment = kError;
    EXPECT_EQ(graph_error(c.records, treatments), c.error);
    for (const Outcome& outcome : c.outcomes) {
      treatments.*c.treatment = outcome.treatment;
      const ReplyGraph graph(c.records, treatments);
      EXPECT_EQ(ids(graph, c.records), outcome.ids);
      EXPECT_EQ(parents(graph), outcome.parents);
      EXPECT_EQ(graph.num_dropped(), outcome.num_dropped);
      Counts expected = {};
      count_of(expected, c.defect) = c.count;
      if (cyclic) count_of(expected, ReplyDefect::kEarlyReply) = 1;
      EXPECT_EQ(counts(graph), expected);
    }
  }
}

TEST(ReplyGraphTest, RefusesToKeepWhatATreeCannotHave) {
  const std::pair<ReplyTreatment ReplyTreatments::*, std::string> never_kept[] = {
      {&ReplyTreatments::orphans, "orphans"},
      {&ReplyTreatments::duplicates, "duplicates"},
      {&ReplyTreatments::self_replies, "self-replies"},
      {&ReplyTreatments::cycles, "cycles"}};
  for (const auto& [treatment, name] : never_kept) {
    ReplyTreatments treatments;
    treatments.*treatment = kKeep;
    EXPECT_EQ(error_of<OptionError>([&] { ReplyGraph(kThread, treatments); }),
              "treatment of " + name +
                  ": kKeep; expected kError, kDrop or kAttachToPost, as a tree cannot have them");
  }
}

TEST(ReplyGraphTest, NamesACycleFromItsOldestCommentAndCutsItShort) {
  Records records = {{.id = 1, .is_post = true}};
  for (std::uint64_t i = 0; i < 100; ++i) {
    records.push_back({.id = 1000 + i, .parent = 1000 + (i + 1) % 100, .time_s = 5});
  }
  const ReplyTreatments keep = {.early_replies = kKeep};
  records.push_back({.id = 5, .parent = 1050, .time_s = 9});  // Below the cycle.
  std::ranges::reverse(records);
  EXPECT_EQ(graph_error(records, keep),
            "comment 1000 replies, over others, to itself: 1000 -> 1001 -> 1002 -> 1003 -> 1004 -> "
            "1005 -> 1006 -> 1007 -> 1008 -> 1009 -> 1010 -> 1011 -> 1012 -> 1013 -> 1014 -> 1015 "
            "-> 1016 -> 1017 -> … -> 1000");
  const ReplyGraph dropped(records, {.early_replies = kKeep, .cycles = kDrop});
  EXPECT_EQ(dropped.num_dropped(), 101u);
  EXPECT_EQ(dropped.count(ReplyDefect::kCyclicReply), 100u);
}

TEST(ReplyGraphTest, CallsAReplyEarlyByIdWithinASecondButNotToThePost) {
  EXPECT_EQ(graph_error({{.id = 20, .time_s = 3, .is_post = true},
                         {.id = 12, .parent = 20, .time_s = 3},
                         {.id = 11, .parent = 12, .time_s = 3}}),
            "comment 11, of 3 s, replies to comment 12, of 3 s; expected a reply to be the later "
            "of the two, by time and then by id");
  EXPECT_EQ(graph_error(
                {{.id = 20, .time_s = 3, .is_post = true}, {.id = 30, .parent = 20, .time_s = 2}}),
            "comment 30, of 2 s, replies to the post 20, of 3 s; expected a reply to be the later "
            "of the two, by time and then by id");
}

TEST(ReplyGraphTest, CountsNoRecordThatIsGoneAlready) {
  Records records = kThread;
  records[1].parent = 99;        // An orphan; and below it
  records[2].time_s = 5;         // an early reply,
  records[3].is_deleted = true;  // and a deleted comment.
  const ReplyGraph graph(records, {.orphans = kDrop, .deleted = kDrop});
  EXPECT_EQ(counts(graph), (Counts{1, 0, 0, 0, 0, 0}));
  EXPECT_EQ(ids(graph, records), (std::vector<std::uint64_t>{13}));
  EXPECT_EQ(graph.num_dropped(), 3u);
}

TEST(ReplyGraphTest, LeavesThePostItsIdAndItsPlace) {
  Records records = kThread;
  records[0].is_deleted = true;
  std::rotate(records.begin(), records.begin() + 1, records.end());
  records.insert(records.begin(), {.id = 1, .parent = 13, .time_s = 50});
  EXPECT_EQ(graph_error(records), "records 5 and 0 both have the id 1; expected ids that differ");
  const ReplyGraph graph(records, {.deleted = kDrop, .duplicates = kDrop});
  EXPECT_EQ(graph.record(0), 5u);
  EXPECT_EQ(parents(graph), (Nodes{kNone, 0, 1, 2, 0}));
  EXPECT_EQ(counts(graph), (Counts{0, 0, 1, 0, 0, 0}));
}

TEST(ReplyGraphTest, AgreesWithTheReferenceOnRandomThreads) {
  for (unsigned seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 rng(seed);
    Records records = random_thread(below(40, rng), rng);
    std::shuffle(records.begin(), records.end(), rng);
    expect_as_reference(records, {}, 0);
    EXPECT_EQ(graph_error(records), "(nothing was thrown)");
  }
}

TEST(ReplyGraphTest, AgreesWithTheReferenceOnRandomDefects) {
  Counts seen = {};
  for (unsigned seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 rng(seed);
    Records records = random_thread(below(25, rng), rng);
    const std::uint64_t post = records[0].id;
    damage(records, 2 + below(20, rng), rng);
    std::shuffle(records.begin(), records.end(), rng);
    const ReplyTreatments treatments = random_treatments(rng);
    expect_as_reference(records, treatments, below(2, rng) == 0 ? post : 1000);
    const Reference reference(records, treatments, post);
    for (std::size_t d = 0; d < seen.size(); ++d) seen[d] += reference.counts()[d];
  }
  for (const std::size_t count : seen) EXPECT_GT(count, 100u);
}

constexpr NodeId kMany = 200'000;

Records long_thread(bool chain) {
  Records records = {{.id = 0, .is_post = true}};
  for (std::uint64_t i = 1; i <= kMany; ++i) {
    records.push_back(
        {.id = i, .parent = chain ? i - 1 : 0, .time_s = static_cast<std::int64_t>(i / 3)});
  }
  std::mt19937_64 rng(1);
  std::shuffle(records.begin(), records.end(), rng);
  return records;
}

TEST(ReplyGraphTest, TakesAChainOfManyReplies) {
  Records records = long_thread(/*chain=*/true);
  const ReplyGraph graph(records);
  ASSERT_EQ(graph.num_nodes(), kMany + 1);
  for (NodeId v = 1; v <= kMany; ++v) ASSERT_EQ(graph.parent(v), v - 1);
  for (const ReplyDirection direction : kDirections) {
    EXPECT_EQ(Schedule(reply_structure(graph, direction)).num_wavefronts(), kMany + 1);
  }
  // All go with the first, in whichever order they are met; and a cycle of all.
  for (ReplyRecord& record : records) {
    if (record.id == 1) record.parent = kMany + 7;
  }
  EXPECT_EQ(ReplyGraph(records, {.orphans = kDrop}).num_dropped(), kMany);
  for (ReplyRecord& record : records) {
    if (record.id == 1) record.parent = kMany;
  }
  const ReplyGraph cut(records, {.early_replies = kKeep, .cycles = kAttachToPost});
  EXPECT_EQ(cut.count(ReplyDefect::kCyclicReply), kMany);
  EXPECT_EQ(parents(cut), parents(graph));
}

TEST(ReplyGraphTest, TakesAStarOfManyReplies) {
  const ReplyGraph graph(long_thread(/*chain=*/false));
  ASSERT_EQ(graph.num_nodes(), kMany + 1);
  EXPECT_EQ(graph.first_child(0), 1u);
  for (NodeId v = 1; v <= kMany; ++v) {
    ASSERT_EQ(graph.parent(v), 0u);
    ASSERT_EQ(graph.previous_sibling(v), v == 1 ? kNone : v - 1);
    ASSERT_EQ(graph.next_sibling(v), v == kMany ? kNone : v + 1);
  }
}

Nodes predecessors(const Structure& structure, const char* relation, NodeId v) {
  const auto of = structure.relation(relation).of(v);
  return {of.begin(), of.end()};
}

// `node` of the graph whose nodes begin with `first`.
Nodes moved(NodeId node, NodeId first) { return node == kNone ? Nodes{} : Nodes{node + first}; }

void expect_reads(const Structure& structure, NodeId first, const ReplyGraph& graph,
                  ReplyDirection direction, ReplyEdges edges) {
  const bool forward = direction == ReplyDirection::kForward;
  for (NodeId v = 0; v < graph.num_nodes(); ++v) {
    NodeId hierarchical = forward ? graph.parent(v) : graph.first_child(v);
    NodeId temporal = forward ? graph.previous_sibling(v) : graph.next_sibling(v);
    if (edges == ReplyEdges::kHierarchical) temporal = kNone;
    if (edges == ReplyEdges::kChain) {
      hierarchical = kNone;
      temporal = forward ? v - 1 : v + 1;  // Before node 0: kNone.
      if (temporal == graph.num_nodes()) temporal = kNone;
    }
    EXPECT_EQ(predecessors(structure, "hierarchical", first + v), moved(hierarchical, first));
    EXPECT_EQ(predecessors(structure, "temporal", first + v), moved(temporal, first));
  }
}

void expect_equal(const Structure& actual, const Structure& expected) {
  ASSERT_EQ(actual.num_nodes(), expected.num_nodes());
  ASSERT_EQ(actual.relations().size(), expected.relations().size());
  for (std::size_t i = 0; i < actual.relations().size(); ++i) {
    const Relation &a = actual.relations()[i], &b = expected.relations()[i];
    EXPECT_EQ(a.name, b.name);
    EXPECT_EQ(a.reads, b.reads);
    EXPECT_EQ(a.offsets, b.offsets);
    EXPECT_EQ(a.predecessors, b.predecessors);
  }
}

TEST(ReplyStructureTest, ReadsAlongThePointersOfEveryGraphOfABatch) {
  std::mt19937_64 rng(1);
  std::vector<ReplyGraph> graphs;
  for (const std::size_t num_comments : {5u, 0u, 30u, 1u, 80u}) {
    graphs.emplace_back(random_thread(num_comments, rng));
  }
  graphs.emplace_back(with(2, {.id = 11, .parent = 10, .time_s = 5}),
                      ReplyTreatments{.early_replies = kKeep});
  std::vector<const ReplyGraph*> batch;
  for (const ReplyGraph& graph : graphs) batch.push_back(&graph);
  for (const ReplyDirection direction : kDirections) {
    for (const ReplyEdges edges : kEdges) {
      const Structure all = reply_structure(batch, direction, edges);
      std::vector<Structure> parts;
      NodeId first = 0;
      for (const ReplyGraph& graph : graphs) {
        expect_reads(all, first, graph, direction, edges);
        first += graph.num_nodes();
        parts.push_back(reply_structure(graph, direction, edges));
      }
      EXPECT_EQ(all.num_nodes(), first);
      std::vector<const Structure*> side_by_side;
      for (const Structure& part : parts) side_by_side.push_back(&part);
      expect_equal(all, disjoint_union(side_by_side));
      EXPECT_EQ(Schedule(all).num_nodes(), first);
    }
  }
}

TEST(ReplyStructureTest, HasAsManyWavefrontsForwardAsBackward) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 rng(seed);
    const ReplyGraph graph(random_thread(below(60, rng), rng));
    for (const ReplyEdges edges : {ReplyEdges::kBoth, ReplyEdges::kChain}) {
      const Schedule forward(reply_structure(graph, ReplyDirection::kForward, edges));
      const Schedule backward(reply_structure(graph, ReplyDirection::kBackward, edges));
      EXPECT_EQ(forward.num_wavefronts(), backward.num_wavefronts());
      if (edges == ReplyEdges::kChain) {
        EXPECT_EQ(forward.num_wavefronts(), graph.num_nodes());
      }
    }
  }
}

TEST(ReplyStructureTest, OfNoGraphsHasNoNodesButBothRelations) {
  const Structure structure =
      reply_structure(std::span<const ReplyGraph* const>(), ReplyDirection::kForward);
  EXPECT_EQ(structure.num_nodes(), 0u);
  EXPECT_EQ(structure.relation("hierarchical").reads, Reads::kNewStates);
  EXPECT_EQ(structure.relation("temporal").reads, Reads::kNewStates);
}

TEST(ReplyStructureTest, RefusesMoreNodesThanThereAreIds) {
  const ReplyGraph graph(long_thread(/*chain=*/false));
  const std::vector<const ReplyGraph*> batch(30'000, &graph);
  const std::string error =
      error_of<GraphError>([&] { reply_structure(batch, ReplyDirection::kForward); });
  EXPECT_NE(error.find("6000030000 nodes"), std::string::npos) << error;
}

}  // namespace
}  // namespace espalier
