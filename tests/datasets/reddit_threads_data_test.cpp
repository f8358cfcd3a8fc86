#include <espalier/datasets/reddit_threads.h>

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "tests/datasets/published_data.h"

namespace espalier::datasets {
namespace {

using Counts = std::vector<std::size_t>;
using Texts = std::vector<std::string>;

struct Summary {
  std::size_t comments = 0;
  std::size_t unlabelled = 0;
  Counts levels = Counts(8);
};

Summary summary_of(const std::vector<LabelledThread>& threads) {
  Summary summary;
  for (const LabelledThread& thread : threads) {
    EXPECT_EQ(thread.labels[0], kNoLabel);
    for (NodeId v = 1; v < thread.graph.num_nodes(); ++v) {
      ++summary.comments;
      if (thread.labels[v] == kNoLabel) {
        ++summary.unlabelled;
      } else {
        ++summary.levels[static_cast<std::size_t>(thread.labels[v])];
      }
    }
  }
  return summary;
}

class RedditThreadsDataTest : public testing::Test {
 protected:
  void SetUp() override {
    ESPALIER_SKIP_WITHOUT(folder_);
    ESPALIER_SKIP_WITHOUT(dump_.parent_path());
  }

  const std::filesystem::path folder_ = test::published_data() / "reddit";
  const std::filesystem::path dump_ = test::published_data() / "reddit_2006" / "comments.jsonl.gz";
};

TEST_F(RedditThreadsDataTest, HasThePublishedCounts) {
  const ThreadDataset splits = load_reddit(folder_, {.label_unknown_authors = true});
  EXPECT_EQ(splits.classes, (Texts{"<= 1", "2 .. 5", "6 .. 15", "16 .. 34", "35 .. 68", "69 .. 123",
                                   "124 .. 204", "> 204"}));
  EXPECT_EQ(splits.train.size(), 1295u);
  EXPECT_EQ(splits.dev.size(), 143u);
  EXPECT_EQ(splits.test.size(), 162u);
  const Summary train = summary_of(splits.train);
  EXPECT_EQ(train.comments, 70349u);
  EXPECT_EQ(train.unlabelled, 0u);
  EXPECT_EQ(train.levels, (Counts{22558, 24582, 12036, 5594, 2828, 1384, 688, 679}));
  const Summary dev = summary_of(splits.dev);
  EXPECT_EQ(dev.comments, 6997u);
  EXPECT_EQ(dev.levels, (Counts{2127, 2599, 1164, 572, 270, 147, 74, 44}));
  const Summary test = summary_of(splits.test);
  EXPECT_EQ(test.comments, 9015u);
  EXPECT_EQ(test.levels, (Counts{2900, 3136, 1539, 714, 383, 172, 85, 86}));
}

// Counted by another program.
TEST_F(RedditThreadsDataTest, LabelsNoCommentsOfUnknownAuthors) {
  const ThreadDataset splits = load_reddit(folder_);
  EXPECT_EQ(summary_of(splits.train).unlabelled, 5577u);
  EXPECT_EQ(summary_of(splits.dev).unlabelled, 604u);
  EXPECT_EQ(summary_of(splits.test).unlabelled, 728u);
  const ThreadDataset with_texts =
      load_reddit(folder_, {.label_unknown_authors = true, .label_deleted_texts = false});
  EXPECT_EQ(summary_of(with_texts.train).unlabelled, 1861u);
}

TEST_F(RedditThreadsDataTest, HasFeaturesOfUsefulSize) {
  const ThreadDataset splits = load_reddit(folder_, {.features = {.future = true}});
  const std::size_t num_features = splits.feature_names.size();
  std::vector<float> greatest(num_features);
  for (const LabelledThread& thread : splits.train) {
    ASSERT_EQ(thread.features.size(), num_features * thread.graph.num_nodes());
    for (std::size_t i = 0; i < thread.features.size(); ++i) {
      EXPECT_GE(thread.features[i], 0);
      greatest[i % num_features] = std::max(greatest[i % num_features], thread.features[i]);
    }
  }
  for (std::size_t i = 0; i < num_features; ++i) {
    EXPECT_GE(greatest[i], 1) << splits.feature_names[i];
    EXPECT_LT(greatest[i], 8) << splits.feature_names[i];
  }
}

TEST_F(RedditThreadsDataTest, KeepsWordsWithinItsLimits) {
  const ThreadDataset splits = load_reddit(folder_);
  EXPECT_NE(splits.vocabulary.find("professor"), Vocabulary::kUnknown);
  std::size_t num_words = 0;
  std::size_t most = 0;
  for (const LabelledThread& thread : splits.dev) {
    num_words += thread.words.size();
    for (NodeId v = 0; v < thread.graph.num_nodes(); ++v) {
      most = std::max(most, thread.words_of(v).size());
    }
    EXPECT_EQ(std::ranges::count(thread.words, Vocabulary::kUnknown), 0);
  }
  EXPECT_EQ(most, 100u);
  EXPECT_GT(num_words, 40u * 7140);
}

TEST_F(RedditThreadsDataTest, LoadsADumpWithMissingPostsAndParents) {
  const ThreadDataset splits = load_reddit_dump(dump_);
  EXPECT_EQ(splits.train.size() + splits.dev.size() + splits.test.size(), 6690u);
  EXPECT_NEAR(static_cast<double>(splits.train.size()), 0.8 * 6690, 100);
  EXPECT_NEAR(static_cast<double>(splits.dev.size()), 0.1 * 6690, 75);
  std::size_t num_comments = 0;
  std::size_t num_orphans = 0;
  for (const auto* threads : {&splits.train, &splits.dev, &splits.test}) {
    num_comments += summary_of(*threads).comments;
    for (const LabelledThread& thread : *threads) {
      num_orphans += thread.graph.count(ReplyDefect::kOrphan);
      EXPECT_EQ(thread.graph.record(0), ReplyGraph::kNoRecord);
    }
  }
  EXPECT_EQ(num_comments, 26523u);
  EXPECT_EQ(num_orphans, 385u);

  RedditThreadOptions large = {.min_comments = 20, .treatments = kDumpTreatments};
  const ThreadDataset few = load_reddit_dump(dump_, large);
  EXPECT_EQ(few.train.size() + few.dev.size() + few.test.size(), 238u);
}

TEST_F(RedditThreadsDataTest, LoadsInATrice) {
  const double seconds = test::processor_time_s([&] { load_reddit(folder_); });
  RecordProperty("seconds", std::to_string(seconds));
  if (test::kIsFastBuild) {
    EXPECT_LT(seconds, 10);
  }
}

}  // namespace
}  // namespace espalier::datasets
