#include <espalier/datasets/conllu.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/datasets/published_data.h"

namespace espalier::datasets {
namespace {

// What the published files are known to hold.
struct Counts {
  std::size_t sentences = 0;
  std::size_t words = 0;
  std::size_t longest = 0;         // In words.
  std::size_t non_projective = 0;  // Sentences.

  friend bool operator==(const Counts&, const Counts&) = default;
};

// Whether no two edges cross when they are drawn above the sentence.
bool is_projective(const Tree& tree) {
  std::vector<std::pair<NodeId, NodeId>> edges;
  for (NodeId v = 0; v < tree.num_nodes(); ++v) {
    const NodeId head = tree.parent(v);
    if (head != kNoNode) edges.emplace_back(std::min(v, head), std::max(v, head));
  }
  for (const auto& [a, b] : edges) {
    for (const auto& [c, d] : edges) {
      if (a < c && c < b && b < d) return false;
    }
  }
  return true;
}

Counts count(const std::vector<ConlluSentence>& sentences) {
  Counts counts;
  counts.sentences = sentences.size();
  for (const ConlluSentence& sentence : sentences) {
    counts.words += sentence.tree.words.size();
    counts.longest = std::max(counts.longest, sentence.tree.words.size());
    counts.non_projective += is_projective(sentence.tree.tree) ? 0 : 1;
  }
  return counts;
}

class ConlluDataTest : public testing::Test {
 protected:
  void SetUp() override { ESPALIER_SKIP_WITHOUT(folder_); }

  std::vector<ConlluSentence> load(const std::string& part) {
    return load_conllu(folder_ / ("en_ewt-ud-" + part + ".conllu.gz"), vocabularies_);
  }

  const std::filesystem::path folder_ = test::published_data() / "ud_ewt";
  ConlluVocabularies vocabularies_;
};

TEST_F(ConlluDataTest, HasThePublishedCounts) {
  EXPECT_EQ(count(load("train")), (Counts{12544, 204577, 159, 280}));
  EXPECT_EQ(count(load("dev")), (Counts{2001, 25147, 75, 31}));
  EXPECT_EQ(count(load("test")), (Counts{2077, 25094, 81, 26}));
  EXPECT_EQ(vocabularies_.tags.size(), 17u + 1u);
}

TEST_F(ConlluDataTest, ReadsTheFirstSentenceOfDev) {
  const ConlluSentence first = load("dev").front();
  std::string text;
  for (const auto word : first.tree.words) text += vocabularies_.forms.word(word) + ' ';
  EXPECT_EQ(text, "From the AP comes this story : ");
  EXPECT_EQ(first.tree.tree.parent(0), 2u);
  EXPECT_EQ(vocabularies_.relations.word(first.relations[2]), "obl");
}

TEST_F(ConlluDataTest, LoadsInATrice) {
  const double seconds = test::processor_time_s([&] { load("train"); });
  RecordProperty("seconds", std::to_string(seconds));
  if (test::kIsFastBuild) {
    EXPECT_LT(seconds, 1);
  }
}

}  // namespace
}  // namespace espalier::datasets
