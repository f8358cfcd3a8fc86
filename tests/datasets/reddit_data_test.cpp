#include <espalier/datasets/reddit.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "tests/datasets/published_data.h"

namespace espalier::datasets {
namespace {

struct Counts {
  std::size_t num_threads = 0, num_posts = 0, num_comments = 0;
  std::size_t num_deleted = 0, num_without_author = 0;  // Of the comments; of all records.
  std::size_t num_orphans = 0;
  std::size_t largest_thread = 0;             // In comments.
  std::int32_t min_score = 0, max_score = 0;  // Of comments.
  int greatest_depth = 0;
  std::set<std::string, std::less<>> users;
};

int greatest_depth(const ReplyGraph& graph) {
  std::vector<int> depths(static_cast<std::size_t>(graph.num_nodes()));
  for (NodeId v = 1; v < graph.num_nodes(); ++v) {
    depths[static_cast<std::size_t>(v)] = depths[static_cast<std::size_t>(graph.parent(v))] + 1;
  }
  return *std::ranges::max_element(depths);
}

void add(const RedditThread& thread, const ReplyTreatments& treatments, Counts& counts) {
  ++counts.num_threads;
  std::size_t num_comments = 0;
  for (const RedditRecord& record : thread.records) {
    if (record.author.empty()) {
      ++counts.num_without_author;
    } else {
      counts.users.emplace(record.author);
    }
    if (record.reply.is_post) {
      ++counts.num_posts;
      continue;
    }
    ++num_comments;
    counts.num_deleted += record.reply.is_deleted ? 1 : 0;
    counts.min_score = std::min(counts.min_score, record.score);
    counts.max_score = std::max(counts.max_score, record.score);
  }
  counts.num_comments += num_comments;
  counts.largest_thread = std::max(counts.largest_thread, num_comments);

  const ReplyGraph graph(thread.replies(), treatments, thread.id);
  EXPECT_EQ(static_cast<std::size_t>(graph.num_nodes()), num_comments + 1);
  counts.num_orphans += graph.count(ReplyDefect::kOrphan);
  counts.greatest_depth = std::max(counts.greatest_depth, greatest_depth(graph));
}

void count(const std::filesystem::path& file, const RedditOptions& options,
           const ReplyTreatments& treatments, Counts& counts) {
  RedditReader reader(file, options);
  std::size_t num_records = 0;
  while (const auto thread = reader.next()) {
    add(*thread, treatments, counts);
    num_records += thread->records.size();
  }
  EXPECT_EQ(reader.num_lines(), num_records);
}

TEST(RedditDataTest, HasThePublishedCounts) {
  const std::filesystem::path folder = test::published_data() / "reddit";
  ESPALIER_SKIP_WITHOUT(folder);
  Counts all;
  for (const auto& [name, num_threads, num_comments] :
       {std::tuple("train", 1295u, 70349u), {"dev", 143u, 6997u}, {"test", 162u, 9015u}}) {
    const std::size_t threads_before = all.num_threads;
    const std::size_t comments_before = all.num_comments;
    count(folder / (std::string(name) + ".jsonl.gz"), {}, {}, all);
    EXPECT_EQ(all.num_threads - threads_before, num_threads) << name;
    EXPECT_EQ(all.num_comments - comments_before, num_comments) << name;
  }
  EXPECT_EQ(all.num_posts, 1600u);
  EXPECT_EQ(all.num_deleted, 2229u);
  EXPECT_EQ(all.num_without_author, 6984u);
  EXPECT_EQ(all.largest_thread, 292u);
  EXPECT_EQ(all.min_score, -284);
  EXPECT_EQ(all.max_score, 2327);
  EXPECT_EQ(all.greatest_depth, 27);
  EXPECT_EQ(all.users.size(), 28906u);
}

TEST(RedditDataTest, HasThePublishedCountsOf2006) {
  const std::filesystem::path file = test::published_data() / "reddit_2006" / "comments.jsonl.gz";
  ESPALIER_SKIP_WITHOUT(file);
  Counts all;
  count(file, {.interleaved = true}, {.orphans = ReplyTreatment::kAttachToPost}, all);
  EXPECT_EQ(all.num_threads, 6690u);
  EXPECT_EQ(all.num_posts, 0u);
  EXPECT_EQ(all.num_comments, 26523u);
  EXPECT_EQ(all.num_without_author, 7249u);
  EXPECT_EQ(all.num_deleted, 4327u);
  EXPECT_EQ(all.num_orphans, 385u);
  EXPECT_EQ(all.largest_thread, 253u);
  EXPECT_EQ(all.min_score, -95);
  EXPECT_EQ(all.max_score, 142);
  EXPECT_EQ(all.greatest_depth, 25);
  // The labels of users go from v0000 to v3065, but 22 of them the file does not have.
  EXPECT_EQ(all.users.size(), 3044u);

  RedditReader reader(file, {.interleaved = true, .min_comments = 20});
  std::size_t num_large = 0;
  while (reader.next()) ++num_large;
  EXPECT_EQ(num_large, 238u);
}

}  // namespace
}  // namespace espalier::datasets
