#include <espalier/apps/systems/covered_text.h>

#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include <espalier/datasets/line_reader.h>

namespace espalier::apps {
namespace {

TextTree tree_of(const std::string& line) {
  std::istringstream in(line);
  datasets::LineReader lines(in, "<text>");
  const Vocabulary vocabulary;
  return *TreeReader(lines, TreeFormat::kBracketed, vocabulary).next();
}

TEST(CoveredTextTest, SaysWhichWordsStandBelowANode) {
  const TextTree text = tree_of("(3 (2 It) (4 (2 was) (4 good)))");
  const CoveredText covered(text);
  EXPECT_EQ(covered.of(0), "It was good");
  EXPECT_EQ(covered.of(1), "It");
  EXPECT_EQ(covered.of(2), "was good");
  EXPECT_EQ(covered.begin(2), 1u);
  EXPECT_EQ(covered.end(2), 3u);
  EXPECT_EQ(covered.begin(4), 2u);
}

// All texts in full would be 25,000 words for each of 100,001 nodes.
TEST(CoveredTextTest, IsAsLongAsTheTreeHoweverDeepThatIs) {
  constexpr int kDepth = 50'000;
  std::string line;
  for (int i = 0; i < kDepth; ++i) line += "(1 (1 a) ";
  line += "(1 b)" + std::string(kDepth, ')');
  const TextTree text = tree_of(line);
  const CoveredText covered(text);
  std::size_t size = 0;
  for (NodeId v = 0; v < text.tree.tree.num_nodes(); ++v) size += covered.of(v).size();
  EXPECT_LT(size, 100'001 * (CoveredText::kMaxBytes + 5));
  EXPECT_TRUE(covered.of(0).starts_with("a a a "));
  EXPECT_TRUE(covered.of(0).ends_with(" …"));
  EXPECT_EQ(covered.end(0), kDepth + 1u);
}

}  // namespace
}  // namespace espalier::apps
