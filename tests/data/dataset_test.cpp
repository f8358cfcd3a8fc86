#include <espalier/data/dataset.h>

#include <span>

#include <gtest/gtest.h>

namespace espalier {
namespace {

TEST(SplitsTest, GiveEverySplitItsExamples) {
  const std::vector<int> all(6);
  const std::span<const int> examples(all);
  const Splits<std::span<const int>> splits = {examples.first(1), examples.subspan(1, 2),
                                               examples.last(3)};
  EXPECT_EQ(splits.of(Split::kTrain).data(), &all[0]);
  EXPECT_EQ(splits.of(Split::kDev).data(), &all[1]);
  EXPECT_EQ(splits.of(Split::kTest).data(), &all[3]);
}

TEST(DatasetTest, CountsWordsAndClasses) {
  Dataset<int> data;
  EXPECT_EQ(data.num_words(), 1);  // The unknown one.
  EXPECT_EQ(data.num_classes(), 0);
  data.vocabulary.add("tree");
  data.classes = {"no", "yes"};
  data.dev = {7};
  EXPECT_EQ(data.num_words(), 2);
  EXPECT_EQ(data.num_classes(), 2);
  EXPECT_EQ(data.of(Split::kDev), std::vector<int>{7});
}

}  // namespace
}  // namespace espalier
