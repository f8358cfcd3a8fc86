#include <espalier/datasets/thread_features.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;
using Numbers = std::vector<double>;

// A thread and its features, by name.
class ThreadFeaturesTest : public testing::Test {
 protected:
  void make(const std::vector<ReplyRecord>& records, std::vector<ThreadComment> comments,
            const ReplyTreatments& treatments = {}) {
    for (std::size_t i = 0; i < records.size(); ++i) comments[i].time_s = records[i].time_s;
    const ReplyGraph graph(records, treatments, /*post=*/10);
    num_nodes_ = graph.num_nodes();
    features_ = thread_features(graph, comments, {.future = true});
    ASSERT_EQ(features_.size(), num_nodes_ * names_.size());
  }

  // Of every node, one feature.
  Numbers column(const std::string& name) const {
    const auto found = std::ranges::find(names_, name);
    if (found == names_.end()) return {};
    Numbers column;
    for (std::size_t v = 0; v < num_nodes_; ++v) {
      const auto offset = static_cast<std::size_t>(found - names_.begin());
      column.push_back(static_cast<double>(features_[v * names_.size() + offset]));
    }
    return column;
  }

  void expect_times(const std::string& name, const Numbers& seconds) const {
    expect_transformed(name, seconds, 3);
  }
  void expect_numbers(const std::string& name, const Numbers& numbers) const {
    expect_transformed(name, numbers, 1);
  }
  void expect_flags(const std::string& name, const Numbers& flags) const {
    EXPECT_EQ(column(name), flags) << name;
  }

  const std::vector<std::string> names_ = thread_feature_names({.future = true});
  std::vector<float> features_;
  std::size_t num_nodes_ = 0;

 private:
  void expect_transformed(const std::string& name, const Numbers& numbers, double divisor) const {
    const Numbers actual = column(name);
    ASSERT_EQ(actual.size(), numbers.size()) << name;
    for (std::size_t v = 0; v < numbers.size(); ++v) {
      EXPECT_NEAR(actual[v], std::log(1 + numbers[v]) / divisor, 1e-6) << name << " of " << v;
    }
  }
};

// The post has the replies 1 and 3, comment 1 the replies 2 and 4, comment 2 the reply 5.
const std::vector<ReplyRecord> kRecords = {
    {.id = 14, .parent = 11, .time_s = 8000}, {.id = 10, .time_s = 1000, .is_post = true},
    {.id = 11, .parent = 10, .time_s = 1060}, {.id = 12, .parent = 11, .time_s = 4600},
    {.id = 13, .parent = 10, .time_s = 4600}, {.id = 15, .parent = 12, .time_s = 9000}};
const std::vector<ThreadComment> kComments = {
    {.author = "bob", .num_words = 1}, {.author = "ann", .num_words = 50},
    {.author = "bob", .num_words = 3}, {.author = "ann", .num_words = 2},
    {.author = "", .num_words = 0},    {.author = "ann", .num_words = 9}};

TEST_F(ThreadFeaturesTest, KnowTheTimesBefore) {
  make(kRecords, kComments);
  expect_times("time_since_post", {0, 60, 3600, 3600, 7000, 8000});
  expect_times("time_since_parent", {0, 60, 3540, 3600, 6940, 4400});
  expect_times("time_since_previous", {0, 60, 3540, 0, 3400, 1000});
}

TEST_F(ThreadFeaturesTest, KnowTheStructureBefore) {
  make(kRecords, kComments);
  expect_numbers("depth", {0, 1, 2, 1, 2, 3});
  expect_numbers("earlier_siblings", {0, 0, 0, 1, 1, 0});
  expect_numbers("earlier_comments", {0, 0, 1, 2, 3, 4});
  expect_numbers("words", {50, 3, 2, 0, 1, 9});
}

TEST_F(ThreadFeaturesTest, KnowAuthors) {
  make(kRecords, kComments);
  expect_numbers("earlier_comments_of_author", {0, 0, 0, 0, 1, 1});
  expect_flags("is_by_author_of_post", {0, 0, 1, 0, 0, 1});
  expect_flags("is_by_author_of_parent", {0, 0, 0, 0, 1, 1});
  expect_flags("is_author_unknown", {0, 0, 0, 1, 0, 0});
}

TEST_F(ThreadFeaturesTest, TakeUnknownAuthorsForDifferentOnes) {
  make(kRecords, std::vector<ThreadComment>(kRecords.size()));
  for (const char* name :
       {"earlier_comments_of_author", "is_by_author_of_post", "is_by_author_of_parent"}) {
    expect_flags(name, Numbers(6));
  }
  expect_flags("is_author_unknown", Numbers(6, 1));
}

TEST_F(ThreadFeaturesTest, KnowTheFuture) {
  make(kRecords, kComments);
  expect_numbers("descendants", {5, 3, 1, 0, 0, 0});
  expect_numbers("height", {3, 2, 1, 0, 0, 0});
  expect_numbers("replies", {2, 2, 1, 0, 0, 0});
  expect_numbers("later_siblings", {0, 1, 1, 0, 0, 0});
  expect_times("time_to_first_reply", {60, 3540, 4400, 0, 0, 0});
  expect_numbers("comments", Numbers(6, 5));
}

TEST_F(ThreadFeaturesTest, CountFromTheFirstCommentWithoutAPost) {
  make({{.id = 11, .parent = 10, .time_s = 500},
        {.id = 12, .parent = 11, .time_s = 530},
        {.id = 13, .parent = 10, .time_s = 600}},
       {{.author = "ann", .num_words = 4}, {.author = "bob"}, {.author = "ann"}});
  expect_times("time_since_post", {0, 0, 30, 100});
  expect_times("time_since_parent", {0, 0, 30, 0});
  expect_times("time_since_previous", {0, 0, 30, 70});
  expect_flags("is_by_author_of_post", {0, 0, 0, 0});
  expect_flags("is_by_author_of_parent", {0, 0, 0, 0});
  expect_flags("is_author_unknown", {1, 0, 0, 0});
  expect_numbers("earlier_comments_of_author", {0, 0, 0, 1});
  expect_numbers("words", {0, 4, 0, 0});
  expect_times("time_to_first_reply", {0, 30, 0, 0});
  expect_numbers("comments", {3, 3, 3, 3});
}

// Node 1 replies to node 2, which came 40 seconds after it.
TEST_F(ThreadFeaturesTest, TakeNegativeTimesForNone) {
  make({{.id = 10, .time_s = 0, .is_post = true},
        {.id = 12, .parent = 11, .time_s = 50},
        {.id = 11, .parent = 10, .time_s = 90}},
       std::vector<ThreadComment>(3), {.early_replies = ReplyTreatment::kKeep});
  expect_numbers("depth", {0, 2, 1});
  expect_numbers("descendants", {2, 0, 1});
  expect_numbers("height", {2, 0, 1});
  expect_times("time_since_parent", {0, 0, 90});
  expect_times("time_to_first_reply", {90, 0, 0});
}

TEST_F(ThreadFeaturesTest, ReadWhatIsLeftOfTheRecords) {
  make({{.id = 10, .time_s = 0, .is_post = true},
        {.id = 99, .parent = 98, .time_s = 10},
        {.id = 11, .parent = 10, .time_s = 20}},
       {{.num_words = 1}, {.num_words = 2}, {.num_words = 3}}, {.orphans = ReplyTreatment::kDrop});
  expect_numbers("words", {1, 3});
  expect_numbers("earlier_comments", {0, 0});
}

TEST_F(ThreadFeaturesTest, StandForThePostAlone) {
  make({{.id = 10, .time_s = 5, .is_post = true}}, {{.author = "ann", .num_words = 7}});
  for (const std::string& name : names_) expect_numbers(name, {name == "words" ? 7.0 : 0.0});
}

TEST_F(ThreadFeaturesTest, KeepEarlyOnesInTheirPlaces) {
  make(kRecords, kComments);
  const std::size_t num_early = thread_feature_names().size();
  EXPECT_EQ(thread_feature_names(), (std::vector<std::string>{names_.begin(), names_.end() - 6}));
  const std::vector<float> early = thread_features(ReplyGraph(kRecords), [] {
    std::vector<ThreadComment> comments = kComments;
    for (std::size_t i = 0; i < comments.size(); ++i) comments[i].time_s = kRecords[i].time_s;
    return comments;
  }());
  ASSERT_EQ(early.size(), 6 * num_early);
  for (std::size_t v = 0; v < 6; ++v) {
    for (std::size_t i = 0; i < num_early; ++i) {
      EXPECT_EQ(early[v * num_early + i], features_[v * names_.size() + i]);
    }
  }
}

TEST_F(ThreadFeaturesTest, AreSmallAtTheEndOfAllTime) {
  constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();
  make({{.id = 10, .time_s = -kEnd, .is_post = true}, {.id = 11, .parent = 10, .time_s = kEnd}},
       std::vector<ThreadComment>(2));
  EXPECT_NEAR(column("time_since_post")[1], 64 * std::log(2) / 3, 1e-5);
}

// A recursion as deep would overflow the stack.
TEST_F(ThreadFeaturesTest, GoDownALongChain) {
  constexpr std::size_t kLength = 300'000;
  std::vector<ReplyRecord> records = {{.id = 0, .is_post = true}};
  for (std::size_t i = 1; i <= kLength; ++i) {
    records.push_back({.id = i, .parent = i - 1, .time_s = static_cast<std::int64_t>(i)});
  }
  make(records, std::vector<ThreadComment>(records.size()));
  EXPECT_NEAR(column("depth").back(), std::log(1 + kLength), 1e-5);
  EXPECT_NEAR(column("height").front(), std::log(1 + kLength), 1e-5);
}

TEST_F(ThreadFeaturesTest, RefuseAGraphOfOtherRecords) {
  const ReplyGraph graph(kRecords);
  EXPECT_EQ(error_of<GraphError>([&] { thread_features(graph, std::span(kComments).first(5)); }),
            "node 5 is of record 5, expected one of the 5 comments");
}

}  // namespace
}  // namespace espalier::datasets
