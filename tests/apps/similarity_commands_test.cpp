// What `predict` makes of pairs of sentences.

#include <string>

#include <gtest/gtest.h>

#include <espalier/apps/systems/checkpoint.h>
#include <espalier/models/similarity.h>
#include <espalier/training/checkpoint.h>
#include <espalier/training/configuration.h>

#include "tests/apps/commands.h"
#include "tests/datasets/files.h"

namespace espalier::apps {
namespace {

using models::SentenceReader;
using test::espalier;

class SimilarityCommandsTest : public testing::Test {
 protected:
  // An untrained model, as `espalier train` keeps it.
  std::string checkpoint(const char* name, SentenceReader reader) const {
    struct Data {
      Vocabulary vocabulary = Vocabulary::from_words({"<unk>", "a", "dog"});
    };
    Rng rng(1);
    const models::Similarity model({.num_words = 3,
                                    .input_size = 4,
                                    .reader = reader,
                                    .hidden_size = 150,
                                    .encoder = {.hidden_size = 150},
                                    .similarity_size = 3},
                                   rng);
    training::ModelDescription description = training::describe(model, Data());
    description.model = name;
    const std::string path = (folder_.path() / name).string();
    training::save_checkpoint(path, {.configuration = configuration("sick", {}, description),
                                     .parameters = training::alias_values(model.parameters()),
                                     .best_parameters = {},
                                     .optimizer = {},
                                     .run = {}});
    return path;
  }

  const std::string without_ = R"({"a":{"words":["a","dog"]},"b":{"words":["dog"]}})"
                               "\n";
  const std::string with_heads_ =
      R"({"a":{"words":["a","dog"],"heads":[2,0]},"b":{"words":["dog"],"heads":[0]}})"
      "\n";
  test::TemporaryFolder folder_;
};

TEST_F(SimilarityCommandsTest, ATreeNeedsItsHeads) {
  const std::string model = checkpoint("tree-similarity", SentenceReader::kTree);
  const test::Outcome outcome = espalier({"predict", model}, without_);
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_TRUE(test::contains(outcome.err, "<standard input>:1:1: a: no \"heads\" of 2 words"));
  const test::Outcome good = espalier({"predict", model}, with_heads_);
  EXPECT_EQ(good.status, 0) << good.err;
  EXPECT_TRUE(test::contains(good.out, "score"));
}

TEST_F(SimilarityCommandsTest, ASequenceNeedsNone) {
  const std::string model = checkpoint("lstm", SentenceReader::kSequence);
  EXPECT_EQ(espalier({"predict", model}, without_).status, 0);
  EXPECT_EQ(espalier({"predict", model}, without_).out,
            espalier({"predict", model}, with_heads_).out);
}

}  // namespace
}  // namespace espalier::apps
