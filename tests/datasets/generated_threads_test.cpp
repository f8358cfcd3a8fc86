#include <espalier/datasets/generated_threads.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;
using Bits = std::vector<int>;

// What the one sign among the words of each node says.
Bits bits_of(const LabelledThread& thread, const Vocabulary& vocabulary) {
  Bits bits;
  for (NodeId v = 0; v < thread.graph.num_nodes(); ++v) {
    int num_signs = 0;
    int bit = 0;
    for (const std::uint32_t number : thread.words_of(v)) {
      const std::string& word = vocabulary.word(number);
      if (word.starts_with("filler")) continue;
      EXPECT_TRUE(word.starts_with("zero") || word.starts_with("one")) << word;
      bit = word.starts_with("one") ? 1 : 0;
      ++num_signs;
    }
    EXPECT_EQ(num_signs, 1);
    bits.push_back(bit);
  }
  return bits;
}

int bit_at(const Bits& bits, NodeId v) { return v == kNoNode ? 0 : bits[v]; }

TEST(GeneratedThreadsTest, LabelsByWhatCameBefore) {
  const ThreadDataset splits = generate_threads({.num_train = 100});
  EXPECT_EQ(splits.classes, (std::vector<std::string>{"00", "01", "10", "11"}));
  ASSERT_EQ(splits.train.size(), 100u);
  for (const LabelledThread& thread : splits.train) {
    const Bits bits = bits_of(thread, splits.vocabulary);
    ASSERT_EQ(thread.labels.size(), bits.size());
    EXPECT_TRUE(thread.features.empty());
    EXPECT_EQ(thread.labels[0], kNoLabel);
    for (NodeId v = 1; v < bits.size(); ++v) {
      const bool a = bits[v] != bit_at(bits, thread.graph.parent(v));
      const bool b = bits[v] != bit_at(bits, thread.graph.previous_sibling(v));
      EXPECT_EQ(thread.labels[v], 2 * a + b);
    }
  }
}

TEST(GeneratedThreadsTest, LabelsByWhatCameBeforeAndAfter) {
  const ThreadDataset splits =
      generate_threads({.num_train = 100, .rule = ThreadRule::kBeforeAndAfter});
  for (const LabelledThread& thread : splits.train) {
    const Bits bits = bits_of(thread, splits.vocabulary);
    for (NodeId v = 1; v < bits.size(); ++v) {
      const int a = bits[v] + bit_at(bits, thread.graph.parent(v)) +
                    bit_at(bits, thread.graph.previous_sibling(v));
      const int b = bits[v] + bit_at(bits, thread.graph.first_child(v)) +
                    bit_at(bits, thread.graph.next_sibling(v));
      EXPECT_EQ(thread.labels[v], 2 * (a % 2) + b % 2);
    }
  }
}

struct Seen {
  bool parent = false, previous = false, child = false, next = false;
};

// As the header says: the mean of 1/2 to the power of how many label bits have something unseen.
double best_accuracy(const std::vector<LabelledThread>& threads, ThreadRule rule,
                     const Seen& seen) {
  double sum = 0;
  double count = 0;
  for (const LabelledThread& thread : threads) {
    const ReplyGraph& graph = thread.graph;
    for (NodeId v = 1; v < graph.num_nodes(); ++v) {
      const bool parent = !seen.parent;
      const bool previous = !seen.previous && graph.previous_sibling(v) != kNoNode;
      const bool child = !seen.child && graph.first_child(v) != kNoNode;
      const bool next = !seen.next && graph.next_sibling(v) != kNoNode;
      const int num_guessed =
          rule == ThreadRule::kBefore
              ? static_cast<int>(parent) + static_cast<int>(previous)
              : static_cast<int>(parent || previous) + static_cast<int>(child || next);
      sum += std::pow(0.5, num_guessed);
      count += 1;
    }
  }
  return sum / count;
}

// Given all the past, its structure and its bits, but not what v replies to: the most probable
// label, the parents being as probable as the header says.
double best_accuracy_of_chain(const std::vector<LabelledThread>& threads,
                              const Vocabulary& vocabulary) {
  const GeneratedThreadsOptions options;
  double sum = 0;
  double count = 0;
  for (const LabelledThread& thread : threads) {
    const Bits bits = bits_of(thread, vocabulary);
    std::vector<int> num_replies = {0};
    std::vector<NodeId> last_replies = {kNoNode};
    for (NodeId v = 1; v < bits.size(); ++v) {
      std::vector<double> weights = {0};
      double total = 0;
      for (NodeId u = 1; u < v; ++u) {
        const double age = v - 1 - u;
        weights.push_back((1 + num_replies[u]) *
                          std::exp(-age / static_cast<double>(options.recency)));
        total += weights[u];
      }
      std::array<double, 4> labels = {};
      for (NodeId u = 0; u < v; ++u) {
        const auto top = static_cast<double>(options.top_share);
        const double probability = u == 0 ? (v == 1 ? 1 : top) : (1 - top) * weights[u] / total;
        const auto a = static_cast<std::size_t>(bits[v] ^ bits[u]);
        const auto b = static_cast<std::size_t>(bits[v] ^ bit_at(bits, last_replies[u]));
        labels[2 * a + b] += probability;
      }
      sum += *std::ranges::max_element(labels);
      count += 1;
      ++num_replies[thread.graph.parent(v)];
      last_replies[thread.graph.parent(v)] = v;
      num_replies.push_back(0);
      last_replies.push_back(kNoNode);
    }
  }
  return sum / count;
}

// The table of the header.
TEST(GeneratedThreadsTest, NeedsEveryEdge) {
  const ThreadDataset splits = generate_threads({.num_train = 5'000});
  const auto best = [&](ThreadRule rule, const Seen& seen) {
    return best_accuracy(splits.train, rule, seen);
  };
  constexpr ThreadRule kBefore = ThreadRule::kBefore;
  constexpr ThreadRule kBoth = ThreadRule::kBeforeAndAfter;
  constexpr double kNear = 0.006;
  EXPECT_NEAR(best(kBefore, {.parent = true, .child = true}), 0.69, kNear);
  EXPECT_NEAR(best(kBoth, {.parent = true, .child = true}), 0.49, kNear);
  EXPECT_NEAR(best(kBefore, {.previous = true, .next = true}), 0.50, kNear);
  EXPECT_NEAR(best(kBoth, {.previous = true, .next = true}), 0.41, kNear);
  EXPECT_NEAR(best(kBefore, {.parent = true, .previous = true}), 1.00, kNear);
  EXPECT_NEAR(best(kBoth, {.parent = true, .previous = true}), 0.64, kNear);
  EXPECT_NEAR(best(kBefore, {.child = true, .next = true}), 0.34, kNear);
  EXPECT_NEAR(best(kBoth, {.child = true, .next = true}), 0.50, kNear);
  EXPECT_NEAR(best(kBefore, {}), 0.34, kNear);
  EXPECT_NEAR(best(kBoth, {}), 0.32, kNear);
  EXPECT_NEAR(best_accuracy_of_chain(splits.train, splits.vocabulary), 0.51, kNear);
}

// Thus the table is right: no bit says anything about another, and no label is more frequent.
TEST(GeneratedThreadsTest, DrawsBitsEvenlyAndIndependently) {
  const ThreadDataset splits =
      generate_threads({.num_train = 5'000, .rule = ThreadRule::kBeforeAndAfter});
  std::array<double, 4> labels = {};
  std::array<double, 8> triples = {};  // Own, parent's, previous sibling's.
  double num_comments = 0;
  double num_triples = 0;
  for (const LabelledThread& thread : splits.train) {
    const Bits bits = bits_of(thread, splits.vocabulary);
    for (NodeId v = 1; v < bits.size(); ++v) {
      labels[static_cast<std::size_t>(thread.labels[v])] += 1;
      num_comments += 1;
      const NodeId previous = thread.graph.previous_sibling(v);
      if (previous == kNoNode) continue;
      const int triple = 4 * bits[v] + 2 * bits[thread.graph.parent(v)] + bits[previous];
      triples[static_cast<std::size_t>(triple)] += 1;
      num_triples += 1;
    }
  }
  for (const double count : labels) EXPECT_NEAR(count / num_comments, 0.25, 0.005);
  for (const double count : triples) EXPECT_NEAR(count / num_triples, 0.125, 0.01);
}

double share_of_top(const ThreadDataset& splits) {
  double num_top = 0;
  double num_others = 0;
  for (const LabelledThread& thread : splits.train) {
    for (NodeId v = 2; v < thread.graph.num_nodes(); ++v) {
      (thread.graph.parent(v) == 0 ? num_top : num_others) += 1;
    }
  }
  return num_top / (num_top + num_others);
}

TEST(GeneratedThreadsTest, RepliesToThePostAsOftenAsAsked) {
  for (const float share : {0.0f, 0.25f, 1.0f}) {
    const ThreadDataset splits = generate_threads({.num_train = 1'000, .top_share = share});
    EXPECT_NEAR(share_of_top(splits), static_cast<double>(share), 0.01);
  }
}

// With three comments, the third one replies to the first with probability 2 / (2 + e^(1/2)), if
// the second one does and comments go out of sight at 2.
TEST(GeneratedThreadsTest, PrefersRecentCommentsWithReplies) {
  const ThreadDataset splits = generate_threads(
      {.num_train = 20'000, .min_comments = 3, .max_comments = 3, .top_share = 0, .recency = 2});
  double num_first = 0;
  for (const LabelledThread& thread : splits.train) {
    ASSERT_EQ(thread.graph.parent(2), 1u);
    if (thread.graph.parent(3) == 1) num_first += 1;
  }
  EXPECT_NEAR(num_first / 20'000, 2 / (2 + std::exp(0.5)), 0.015);
}

TEST(GeneratedThreadsTest, KeepsToItsSizes) {
  const ThreadDataset splits = generate_threads({.num_train = 300,
                                                 .num_dev = 3,
                                                 .num_test = 5,
                                                 .min_comments = 1,
                                                 .max_comments = 3,
                                                 .num_signs = 2,
                                                 .num_fillers = 3,
                                                 .min_words = 1,
                                                 .max_words = 4});
  EXPECT_EQ(splits.dev.size(), 3u);
  EXPECT_EQ(splits.test.size(), 5u);
  std::set<std::size_t> sizes, num_words;
  std::set<std::uint32_t> words;
  for (const LabelledThread& thread : splits.train) {
    sizes.insert(thread.graph.num_nodes() - 1);
    for (NodeId v = 0; v < thread.graph.num_nodes(); ++v) {
      num_words.insert(thread.words_of(v).size());
      words.insert(thread.words_of(v).begin(), thread.words_of(v).end());
    }
  }
  EXPECT_EQ(sizes, (std::set<std::size_t>{1, 2, 3}));
  EXPECT_EQ(num_words, (std::set<std::size_t>{1, 2, 3, 4}));
  EXPECT_EQ(words, (std::set<std::uint32_t>{1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(splits.vocabulary.words(),
            (std::vector<std::string>{"<unk>", "zero0", "zero1", "one0", "one1", "filler0",
                                      "filler1", "filler2"}));
}

TEST(GeneratedThreadsTest, DrawsThreadsIndependently) {
  const auto make = [](std::size_t count, std::uint64_t seed) {
    return generate_threads(
        {.num_train = count, .num_dev = count, .num_test = count, .seed = seed});
  };
  const ThreadDataset few = make(2, 4);
  const ThreadDataset many = make(5, 4);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(few.train[i].words, many.train[i].words);
    EXPECT_EQ(few.train[i].labels, many.train[i].labels);
    EXPECT_EQ(few.dev[i].words, many.dev[i].words);
    EXPECT_EQ(few.test[i].words, many.test[i].words);
  }
  EXPECT_NE(few.train[0].words, few.train[1].words);
  EXPECT_NE(few.train[0].words, few.dev[0].words);
  EXPECT_NE(few.dev[0].words, few.test[0].words);
  EXPECT_NE(few.train[0].words, make(1, 5).train[0].words);
}

TEST(GeneratedThreadsTest, RefusesOptionsOutOfRange) {
  const auto error = [](const GeneratedThreadsOptions& options) {
    return error_of<OptionError>([&] { generate_threads(options); });
  };
  EXPECT_EQ(error({.min_comments = 0}), "min_comments is 0, expected 1 .. 60");
  EXPECT_EQ(error({.max_comments = 19}), "min_comments is 20, expected 1 .. 19");
  EXPECT_EQ(error({.max_comments = 10'001}), "max_comments is 10001, expected 1 .. 10000");
  EXPECT_EQ(error({.top_share = 1.5f}), "top_share is 1.5, expected 0 .. 1");
  EXPECT_EQ(error({.top_share = std::numeric_limits<float>::quiet_NaN()}),
            "top_share is nan, expected 0 .. 1");
  EXPECT_EQ(error({.recency = 0}), "recency is 0, expected a number > 0");
  EXPECT_EQ(error({.recency = std::numeric_limits<float>::infinity()}),
            "recency is inf, expected a number > 0");
  EXPECT_EQ(error({.num_signs = 0}), "num_signs is 0, expected 1 .. 1000000");
  EXPECT_EQ(error({.num_fillers = 0}), "num_fillers is 0, expected 1 .. 1000000");
  EXPECT_EQ(error({.min_words = 9}), "min_words is 9, expected 1 .. 8");
  EXPECT_EQ(error({.max_words = 0}), "max_words is 0, expected 1 .. 10000");
}

}  // namespace
}  // namespace espalier::datasets
