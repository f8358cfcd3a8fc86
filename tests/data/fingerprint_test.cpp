#include <espalier/data/fingerprint.h>

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace espalier {
namespace {

template <class Example>
std::string of(const std::vector<Example>& train) {
  return fingerprint(Splits<std::vector<Example>>{.train = train, .dev = {}, .test = {}});
}

LabelledTree tree(const std::vector<NodeId>& parents) {
  return {Tree::from_parents(parents), {kNoWord, 1, 2}, {kNoLabel, 0, 1}};
}

LabelledThread thread() {
  const std::vector<ReplyRecord> records = {{.id = 1, .is_post = true},
                                            {.id = 2, .parent = 1, .time_s = 1},
                                            {.id = 3, .parent = 1, .time_s = 2}};
  return {.graph = ReplyGraph(records),
          .words = {1, 2, 3},
          .word_ends = {1, 2, 3},
          .features = {0.5f},
          .labels = {kNoLabel, 0, 1}};
}

// Every example differs from the first of its kind in one thing.
TEST(FingerprintTest, EveryFieldOfEveryKindOfExampleCounts) {
  std::vector<std::string> all = {of(std::vector{tree({kNoNode, 0, 0})}),
                                  of(std::vector{tree({kNoNode, 0, 1})})};
  LabelledTree turned = tree({kNoNode, 0, 0});
  turned.labels[0] = 1;
  all.push_back(of(std::vector{turned}));
  turned = tree({kNoNode, 0, 0});
  turned.words[1] = 2;
  all.push_back(of(std::vector{turned}));

  all.push_back(of<LabelledSequence>({{{1, 2}, {0, 1}}}));
  all.push_back(of<LabelledSequence>({{{1, 2}, {1, 0}}}));
  all.push_back(of<SequencePair>({{{1, 2}, {3}}}));
  all.push_back(of<SequencePair>({{{1}, {2, 3}}}));
  all.push_back(of<LabelledDocument>({{{1, 2}, {2}, 0}}));
  all.push_back(of<LabelledDocument>({{{1, 2}, {1, 2}, 0}}));
  all.push_back(of<LabelledDocument>({{{1, 2}, {2}, 1}}));

  all.push_back(of(std::vector{thread()}));
  LabelledThread other = thread();
  other.features[0] = 0.25f;
  all.push_back(of(std::vector{other}));
  other = thread();
  other.labels[2] = 0;
  all.push_back(of(std::vector{other}));

  const LabelledTree a = tree({kNoNode, 0, 0}), b = tree({kNoNode, 0, 1});
  all.push_back(of<ScoredPair>({{a, b, 1.0f}}));
  all.push_back(of<ScoredPair>({{b, a, 1.0f}}));
  all.push_back(of<ScoredPair>({{a, b, 2.0f}}));
  for (const float target : {1.0f, -1.0f}) {
    std::vector<RegressionExample> examples;
    examples.push_back({Tensor::zeros({2, 1}), target});
    Fingerprint f;
    f.add(examples);
    all.push_back(f.text());
  }
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), all.size());
}

TEST(FingerprintTest, TheSplitAndTheOrderCountAndTheWorldDoesNot) {
  using Data = Splits<std::vector<std::vector<std::uint32_t>>>;
  const Data data{.train = {{1}, {2}}, .dev = {{3}}, .test = {}};
  EXPECT_EQ(fingerprint(data), "d42dc72d5c389397");  // On every machine.
  EXPECT_NE(fingerprint(data), fingerprint(Data{.train = {{2}, {1}}, .dev = {{3}}, .test = {}}));
  EXPECT_NE(fingerprint(data), fingerprint(Data{.train = {{1}, {2}}, .dev = {}, .test = {{3}}}));
}

}  // namespace
}  // namespace espalier
