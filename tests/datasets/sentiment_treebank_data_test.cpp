#include <espalier/datasets/sentiment_treebank.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/datasets/published_data.h"

namespace espalier::datasets {
namespace {

// What the published files are known to hold.
struct Counts {
  std::size_t trees = 0;
  std::size_t nodes = 0;
  std::size_t leaves = 0;
  std::array<std::size_t, 5> roots{};   // By class.
  std::array<std::size_t, 5> labels{};  // Of all nodes, by class.
  std::size_t longest = 0;              // In tokens.
  std::size_t deepest = 0;              // In nodes.

  friend bool operator==(const Counts&, const Counts&) = default;
};

Counts count(const std::vector<LabelledTree>& trees) {
  Counts counts;
  counts.trees = trees.size();
  for (const LabelledTree& tree : trees) {
    const std::size_t leaves = tree.tree.num_leaves();
    const auto depths = tree.tree.depths();
    counts.nodes += tree.tree.num_nodes();
    counts.leaves += leaves;
    counts.longest = std::max(counts.longest, leaves);
    counts.deepest = std::max<std::size_t>(counts.deepest, *std::ranges::max_element(depths) + 1);
    ++counts.roots[static_cast<std::size_t>(tree.labels[tree.tree.root()])];
    for (const auto label : tree.labels) ++counts.labels[static_cast<std::size_t>(label)];
  }
  return counts;
}

std::uint32_t largest_word(const std::vector<LabelledTree>& trees) {
  std::uint32_t largest = 0;
  for (const LabelledTree& tree : trees) {
    for (const auto word : tree.words) largest = std::max(largest, word == kNoWord ? 0 : word);
  }
  return largest;
}

class SentimentTreebankDataTest : public testing::Test {
 protected:
  void SetUp() override { ESPALIER_SKIP_WITHOUT(folder_); }

  const std::filesystem::path folder_ = test::published_data() / "sst";
};

TEST_F(SentimentTreebankDataTest, HasThePublishedCounts) {
  const Dataset<LabelledTree> treebank = load_sentiment_treebank(folder_);
  EXPECT_EQ(count(treebank.train), (Counts{8544,
                                           318582,
                                           163563,
                                           {1092, 2218, 1624, 2322, 1288},
                                           {8245, 34362, 219788, 44194, 11993},
                                           52,
                                           30}));
  EXPECT_EQ(
      count(treebank.dev),
      (Counts{
          1101, 41447, 21274, {139, 289, 229, 279, 165}, {1070, 4613, 28305, 5781, 1678}, 49, 28}));
  EXPECT_EQ(count(treebank.test), (Counts{2210,
                                          82600,
                                          42405,
                                          {279, 633, 389, 510, 399},
                                          {2008, 9255, 56548, 10998, 3791},
                                          56,
                                          29}));
}

TEST_F(SentimentTreebankDataTest, HasThePublishedBinaryCounts) {
  const Dataset<LabelledTree> treebank =
      load_sentiment_treebank(folder_, SentimentClasses::kBinary);
  const auto roots = [](std::size_t negative, std::size_t positive) {
    return std::array<std::size_t, 5>{negative, 0, positive, 0, 0};
  };
  EXPECT_EQ(treebank.train.size(), 6920u);
  EXPECT_EQ(treebank.dev.size(), 872u);
  EXPECT_EQ(treebank.test.size(), 1821u);
  EXPECT_EQ(count(treebank.train).roots, roots(1092 + 2218, 2322 + 1288));
  EXPECT_EQ(count(treebank.dev).roots, roots(139 + 289, 279 + 165));
  EXPECT_EQ(count(treebank.test).roots, roots(279 + 633, 510 + 399));
}

TEST_F(SentimentTreebankDataTest, HasThePublishedWords) {
  const Dataset<LabelledTree> treebank = load_sentiment_treebank(folder_);
  EXPECT_EQ(largest_word(treebank.train), 18280u);     // Words of train come first,
  EXPECT_EQ(treebank.vocabulary.size(), 21701u + 1u);  // and the unknown one before them.

  std::size_t num_no_break_spaces = 0;
  for (const LabelledTree& tree : treebank.train) {
    num_no_break_spaces +=
        static_cast<std::size_t>(std::ranges::count_if(tree.words, [&](auto word) {
          return word != kNoWord &&
                 treebank.vocabulary.word(word).find("\xC2\xA0") != std::string::npos;
        }));
  }
  EXPECT_EQ(num_no_break_spaces, 3u);
}

TEST_F(SentimentTreebankDataTest, LoadsInATrice) {
  const double seconds = test::processor_time_s([&] { load_sentiment_treebank(folder_); });
  RecordProperty("seconds", std::to_string(seconds));
  if (test::kIsFastBuild) {
    EXPECT_LT(seconds, 0.5);
  }
}

}  // namespace
}  // namespace espalier::datasets
