// A run goes on with, and a model is measured on, what it was trained on, or neither is done.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/training/checkpoint.h>

#include "tests/apps/commands.h"
#include "tests/datasets/files.h"

namespace espalier::apps {
namespace {

using test::espalier;
using test::Outcome;
using Words = std::vector<std::string>;

class SameDataTest : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  static Words with(Words words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  // A treebank of a few sentences.
  void write_trees(const std::string& first_label) const {
    std::filesystem::create_directories(folder_.path() / "sst");
    for (const char* name : {"sst/train.txt", "sst/dev.txt", "sst/test.txt"}) {
      folder_.write(name, "(" + first_label + " (2 It) (4 (2 's) (4 good)))\n" +
                              "(1 (2 It) (0 (2 's) (0 bad)))\n(4 (4 good) (4 good))\n");
    }
  }
  Outcome train_trees(const Words& more) const {
    return espalier(with({"train", "tree-lstm", "--dataset", "sst", "--data", path("sst"),
                          "--hidden", "4", "--epochs", "2", "--checkpoint", path("model")},
                         more));
  }

  test::TemporaryFolder folder_;
};

TEST_F(SameDataTest, ALanguageModelIsNotMeasuredOnTheGrammarInPlaceOfItsText) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "the cat sat on the mat. ";
  const std::string book = folder_.write("book.txt", text);
  ASSERT_EQ(espalier({"train", "gru", "--dataset", "text", "--text", book, "--hidden", "8",
                      "--epochs", "1", "--checkpoint", path("model"), "--metrics", path("log")})
                .status,
            0);
  const Outcome without = espalier({"evaluate", path("model")});
  EXPECT_EQ(without.status, 1);
  EXPECT_EQ(without.out, "");
  EXPECT_TRUE(test::contains(without.err, "the model was trained on other data of text"));
  EXPECT_TRUE(test::contains(without.err, "--text"));

  const Outcome given = espalier({"evaluate", path("model"), "--text", book});
  ASSERT_EQ(given.status, 0) << given.err;
  EXPECT_EQ(test::json_lines(given.out).at(0)["metrics"],
            test::json_lines(test::read_file(path("log"))).back()["metrics"]);
  EXPECT_EQ(given.err, "");

  const Outcome other =
      espalier({"evaluate", path("model"), "--text", folder_.write("other.txt", text + text)});
  EXPECT_EQ(other.status, 0);
  EXPECT_TRUE(test::contains(other.err, "these are not the data that"));
}

TEST_F(SameDataTest, DataWithOtherLabelsAreOtherData) {
  write_trees("3");
  ASSERT_EQ(train_trees({}).status, 0);
  EXPECT_EQ(espalier({"evaluate", path("model"), "--data", path("sst")}).status, 0);
  write_trees("1");
  const Outcome resumed = train_trees({"--resume"});
  EXPECT_EQ(resumed.status, 1);
  EXPECT_TRUE(test::contains(resumed.err, "a run on other data"));
  const Outcome evaluated = espalier({"evaluate", path("model"), "--data", path("sst")});
  EXPECT_EQ(evaluated.status, 1);
  EXPECT_EQ(evaluated.out, "");
  const Outcome meant =
      espalier({"evaluate", path("model"), "--data", path("sst"), "--other-data"});
  EXPECT_EQ(meant.status, 0) << meant.err;
  EXPECT_TRUE(test::contains(meant.err, "these are not the data"));
}

TEST_F(SameDataTest, ARunGoesOnWithItsSettings) {
  write_trees("3");
  const std::string vectors = folder_.write("vectors", "good 1 0 0 0\nbad -1 0 0 0\n's 0 1 0 0\n");
  ASSERT_EQ(train_trees({"--vectors", vectors}).status, 0);
  for (const Words& other : std::vector<Words>{{"--learning-rate", "0.1"},
                                               {"--learning-rate-decay", "0.9"},
                                               {"--embedding-learning-rate", "0.2"},
                                               {"--l2", "0.01"},
                                               {"--clip", "2"},
                                               {"--patience", "3"},
                                               {"--batch-size", "2"},
                                               {"--seed", "2"}}) {
    const Outcome outcome = train_trees(with({"--vectors", vectors, "--resume"}, other));
    EXPECT_EQ(outcome.status, 1) << other[0];
    EXPECT_TRUE(test::contains(outcome.err, "a run with ")) << other[0];
    EXPECT_TRUE(test::contains(outcome.err, ", expected ")) << other[0];
  }
  folder_.write("vectors", "good 1 0 0 0\nbad -1 0 0 0\n's 0 2 0 0\n");
  const Outcome changed = train_trees({"--vectors", vectors, "--resume"});
  EXPECT_EQ(changed.status, 1);
  EXPECT_TRUE(test::contains(changed.err, "word vectors "));
}

TEST_F(SameDataTest, MoreEpochsAreToldAndRecorded) {
  write_trees("3");
  ASSERT_EQ(train_trees({}).status, 0);
  Words more = {"train",        "tree-lstm",   "--dataset", "sst",      "--data",
                path("sst"),    "--hidden",    "4",         "--epochs", "3",
                "--checkpoint", path("model"), "--resume"};
  const Outcome outcome = espalier(more);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(test::contains(outcome.err, "the number of epochs was 2, now 3"));
  const auto run = training::load_checkpoint(path("model")).run;
  EXPECT_EQ(run.num_epochs, 3u);
  EXPECT_EQ(run.changes.size(), 1u);
}

// As an earlier version wrote it: without settings, fingerprint and platform.
TEST_F(SameDataTest, AnOldCheckpointIsReadAndSaysThatItCannotCheck) {
  write_trees("3");
  ASSERT_EQ(train_trees({}).status, 0);
  training::Checkpoint old = training::load_checkpoint(path("model"));
  old.run.settings.clear();
  old.run.data.clear();
  old.run.platform = {};
  old.run.num_epochs = 0;
  training::save_checkpoint(path("model"), old);
  const Outcome evaluated = espalier({"evaluate", path("model"), "--data", path("sst")});
  EXPECT_EQ(evaluated.status, 0) << evaluated.err;
  EXPECT_TRUE(test::contains(evaluated.err, "cannot be checked"));
  const Outcome resumed = train_trees({"--resume"});
  EXPECT_EQ(resumed.status, 0) << resumed.err;
  EXPECT_TRUE(test::contains(resumed.err, "cannot be checked"));
}

}  // namespace
}  // namespace espalier::apps
