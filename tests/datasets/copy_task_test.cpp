#include <espalier/datasets/copy_task.h>

#include <set>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;
using Texts = std::vector<std::string>;

TEST(CopyTaskTest, HasTheLayoutOfThePaper) {
  const Dataset<LabelledSequence> task =
      generate_copy_task({.num_train = 100, .num_dev = 3, .num_test = 4});
  EXPECT_EQ(task.vocabulary.words(),
            (Texts{"<unk>", "0", "1", "2", "3", "4", "5", "6", "7", "blank", "delimiter"}));
  EXPECT_EQ(task.classes, (Texts{"0", "1", "2", "3", "4", "5", "6", "7", "blank"}));
  ASSERT_EQ(task.train.size(), 100u);
  EXPECT_EQ(task.dev.size(), 3u);
  EXPECT_EQ(task.test.size(), 4u);
  std::set<std::string> symbols;
  for (const LabelledSequence& sequence : task.train) {
    ASSERT_EQ(sequence.words.size(), 120u);
    ASSERT_EQ(sequence.labels.size(), 120u);
    for (std::size_t t = 0; t < 120; ++t) {
      const std::string& word = task.vocabulary.word(sequence.words[t]);
      const std::string& label = task.classes[static_cast<std::size_t>(sequence.labels[t])];
      if (t < 10) {
        symbols.insert(word);
        EXPECT_EQ(task.classes[static_cast<std::size_t>(sequence.labels[110 + t])], word);
      } else {
        EXPECT_EQ(word, t == 109 ? "delimiter" : "blank");
      }
      if (t < 110) {
        EXPECT_EQ(label, "blank");
      }
    }
  }
  EXPECT_EQ(symbols, (std::set<std::string>{"0", "1", "2", "3", "4", "5", "6", "7"}));
}

TEST(CopyTaskTest, AllowsTheSmallestSizes) {
  const Dataset<LabelledSequence> task =
      generate_copy_task({.num_train = 1, .delay = 1, .num_symbols = 1, .alphabet = 1});
  EXPECT_EQ(task.train[0].words, (std::vector<std::uint32_t>{1, 3, 2}));
  EXPECT_EQ(task.train[0].labels, (std::vector<std::int32_t>{1, 1, 0}));
}

TEST(CopyTaskTest, DrawsExamplesIndependently) {
  const Dataset<LabelledSequence> few =
      generate_copy_task({.num_train = 2, .num_dev = 2, .num_test = 2, .delay = 5, .seed = 4});
  const Dataset<LabelledSequence> many =
      generate_copy_task({.num_train = 9, .num_dev = 4, .num_test = 2, .delay = 7, .seed = 4});
  const auto symbols = [](const LabelledSequence& sequence) {
    return std::vector(sequence.words.begin(), sequence.words.begin() + 10);
  };
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(symbols(few.train[i]), symbols(many.train[i]));
    EXPECT_EQ(symbols(few.dev[i]), symbols(many.dev[i]));
    EXPECT_EQ(symbols(few.test[i]), symbols(many.test[i]));
  }
  EXPECT_NE(symbols(few.train[0]), symbols(few.train[1]));
  EXPECT_NE(symbols(few.train[0]), symbols(few.dev[0]));
  EXPECT_NE(symbols(few.train[0]),
            symbols(generate_copy_task({.num_train = 1, .seed = 5}).train[0]));
}

TEST(CopyTaskTest, RefusesSizesOutOfRange) {
  const auto error = [](const CopyTaskOptions& options) {
    return error_of<OptionError>([&] { generate_copy_task(options); });
  };
  EXPECT_EQ(error({.delay = 0}), "delay is 0, expected 1 .. 1000000");
  EXPECT_EQ(error({.delay = 1'000'001}), "delay is 1000001, expected 1 .. 1000000");
  EXPECT_EQ(error({.num_symbols = 0}), "num_symbols is 0, expected > 0");
  EXPECT_EQ(error({.alphabet = 0}), "alphabet is 0, expected 1 .. 1000");
  EXPECT_EQ(error({.alphabet = 1001}), "alphabet is 1001, expected 1 .. 1000");
}

}  // namespace
}  // namespace espalier::datasets
