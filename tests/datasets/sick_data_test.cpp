#include <espalier/datasets/sick.h>

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/datasets/published_data.h"

namespace espalier::datasets {
namespace {

double mean_score(const std::vector<ScoredPair>& pairs) {
  double sum = 0.0;
  for (const ScoredPair& pair : pairs) sum += static_cast<double>(pair.score);
  return sum / static_cast<double>(pairs.size());
}

class SickDataTest : public testing::Test {
 protected:
  void SetUp() override { ESPALIER_SKIP_WITHOUT(folder_); }

  const std::filesystem::path folder_ = test::published_data() / "sick";
};

TEST_F(SickDataTest, HasThePublishedCounts) {
  const Sick sick = load_sick(folder_);
  EXPECT_EQ(sick.train.size(), 4500u);
  EXPECT_EQ(sick.dev.size(), 500u);
  EXPECT_EQ(sick.test.size(), 4927u);
  EXPECT_NEAR(mean_score(sick.train), 3.5209, 5e-5);
  EXPECT_NEAR(mean_score(sick.dev), 3.5944, 5e-5);
  EXPECT_NEAR(mean_score(sick.test), 3.5300, 5e-5);
  EXPECT_EQ(sick.vocabulary.size(), 2408u + 1u);
  EXPECT_EQ(sick.relations.size(), 37u + 1u);
}

TEST_F(SickDataTest, HasTheSameWordsInBothParses) {
  const Sick dependency = load_sick(folder_);
  const Sick constituency = load_sick(folder_, SickParses::kConstituency);
  EXPECT_EQ(constituency.vocabulary.words(), dependency.vocabulary.words());
  std::size_t longest = 0;
  for (const Split split : {Split::kTrain, Split::kDev, Split::kTest}) {
    const std::vector<ScoredPair>& pairs = dependency.of(split);
    ASSERT_EQ(constituency.of(split).size(), pairs.size());
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      for (const auto side : {&ScoredPair::a, &ScoredPair::b}) {
        std::vector<std::uint32_t> leaves = (constituency.of(split)[i].*side).words;
        std::erase(leaves, kNoWord);
        ASSERT_EQ(leaves, (pairs[i].*side).words);
        longest = std::max(longest, leaves.size());
      }
    }
  }
  EXPECT_EQ(longest, 36u);
}

// The first sentence of dev, as the set's description prints it.
TEST_F(SickDataTest, ReadsTheFirstSentence) {
  const Sick sick = load_sick(folder_);
  const LabelledTree& first = sick.dev[0].a;
  std::string text;
  for (NodeId v = 0; v < first.tree.num_nodes(); ++v) {
    text += sick.vocabulary.word(first.words[v]) + '/';
    text += sick.relations.word(static_cast<std::uint32_t>(first.labels[v])) + ' ';
  }
  EXPECT_EQ(text,
            "The/det young/amod boys/nsubj are/aux playing/csubj outdoors/dobj and/cc the/det "
            "man/conj is/aux smiling/root nearby/advmod ");
  EXPECT_EQ(first.tree.root(), 10u);
  EXPECT_EQ(sick.dev[0].score, 3.6f);
}

TEST_F(SickDataTest, LoadsInATrice) {
  const double seconds = test::processor_time_s([&] { load_sick(folder_); });
  RecordProperty("seconds", std::to_string(seconds));
  if (test::kIsFastBuild) {
    EXPECT_LT(seconds, 1);
  }
}

}  // namespace
}  // namespace espalier::datasets
