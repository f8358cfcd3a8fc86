// The commands on a treebank of a few sentences.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/apps/commands.h"
#include "tests/datasets/files.h"

namespace espalier::apps {
namespace {

using nlohmann::ordered_json;
using test::espalier;
using test::json_lines;
using test::Outcome;

constexpr const char* kTrees =
    "(3 (2 It) (4 (2 's) (4 good)))\n"
    "(1 (2 It) (0 (2 's) (0 bad)))\n"
    "(4 (4 good) (4 good))\n"
    "(2 (2 It) (2 's))\n";

class SentimentCommandsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    root_ = new test::TemporaryFolder;
    std::filesystem::create_directory(root_->path() / "sst");
    for (const char* name : {"sst/train.txt", "sst/dev.txt", "sst/test.txt"}) {
      root_->write(name, kTrees);
    }
    root_->write("vectors", "good 1 0 0 0\nbad -1 0 0 0\n's 0 1 0 0\n");
    for (const std::string& dataset : {std::string("sst"), std::string("sst-binary")}) {
      const Outcome outcome = train(dataset, dataset + ".model", {"--input-size", "8"});
      EXPECT_EQ(outcome.status, 0) << outcome.err;
    }
  }
  static void TearDownTestSuite() { delete root_; }

  static std::string path(const std::string& name) { return (root_->path() / name).string(); }

  static Outcome train(const std::string& dataset, const std::string& checkpoint,
                       const std::vector<std::string>& more) {
    std::vector<std::string> all = {
        "train",    "tree-lstm", "--dataset", dataset, "--data",       root_->path().string(),
        "--hidden", "8",         "--epochs",  "30",    "--checkpoint", path(checkpoint)};
    all.insert(all.end(), more.begin(), more.end());
    return espalier(all);
  }

  static inline test::TemporaryFolder* root_ = nullptr;
};

TEST_F(SentimentCommandsTest, FindsTheDataInEitherFolder) {
  for (const std::string& folder : {root_->path().string(), path("sst")}) {
    const Outcome outcome =
        espalier({"evaluate", path("sst.model"), "--data", folder, "--split", "train"});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(json_lines(outcome.out).at(0)["dataset"], "sst");
  }
}

TEST_F(SentimentCommandsTest, PredictsWhateverTheLabelsAreAndTheWords) {
  const Outcome outcome =
      espalier({"predict", path("sst.model")}, "(S (NP It) (VP (V was) (A good)))\n");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const ordered_json line = json_lines(outcome.out).at(0);
  ASSERT_EQ(line["nodes"].size(), 5u);
  EXPECT_EQ(line["nodes"][0]["text"], "It was good");
  EXPECT_EQ(line["nodes"][2]["text"], "was good");
  EXPECT_EQ(line["nodes"][3]["text"], "was");
  EXPECT_EQ(line["label"], line["nodes"][0]["label"]);
  EXPECT_EQ(line["probabilities"].size(), 5u);
}

TEST_F(SentimentCommandsTest, TheBinaryTaskHasNoNeutralPredictions) {
  const Outcome outcome = espalier({"predict", path("sst-binary.model")}, kTrees);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  for (const ordered_json& line : json_lines(outcome.out)) {
    for (const ordered_json& node : line["nodes"]) {
      EXPECT_NE(node["label"], "neutral");
      EXPECT_EQ(node["probabilities"].at(1), 0.0);
    }
  }
}

TEST_F(SentimentCommandsTest, RefusesTreesThatTheModelCannotTake) {
  const auto error = [&](const std::string& text) {
    const Outcome outcome = espalier({"predict", path("sst.model")}, text);
    EXPECT_EQ(outcome.status, 1) << text;
    return outcome.err;
  };
  EXPECT_EQ(error("(3 (2 It) (4 (2 's)"),
            "espalier: <standard input>:1:20: expected \")\", 2 of them missing, but the text ends "
            "here, after \"(3 (2 It) (4 (2 's)\"\n");
  EXPECT_EQ(error("(3 (2 a) (2 b))\n(3 (2 a) (2 (1 b) (1 c) (1 d)))"),
            "espalier: <standard input>:2:11: found a node with 3 children, expected two\n");
  EXPECT_EQ(error("(3 (2 a))"),
            "espalier: <standard input>:1:2: found a node with 1 child, expected two\n");
  EXPECT_TRUE(test::contains(error("(3 \xFF)"), ":1:4: byte 0xff is not valid UTF-8"));
  EXPECT_TRUE(test::contains(error("\n"), ":1:1: expected \"(\""));
}

TEST_F(SentimentCommandsTest, RefusesAnotherNumberOfClasses) {
  const Outcome outcome = espalier(
      {"evaluate", path("sst.model"), "--dataset", "sst-binary", "--data", root_->path().string()});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.err, "espalier: " + path("sst.model") +
                             ": a model of 5 classes, expected 3, those of sst-binary\n");
}

TEST_F(SentimentCommandsTest, BadDataIsNamedByFileLineAndColumn) {
  const test::TemporaryFolder bad;
  bad.write("train.txt", "(3 (2 It) (7 good))\n");
  const Outcome outcome =
      espalier({"train", "tree-lstm", "--dataset", "sst", "--data", bad.path().string()});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.err, "espalier: " + (bad.path() / "train.txt").string() +
                             ":1:12: found label \"7\", expected 0, 1, 2, 3 or 4\n");
}

TEST_F(SentimentCommandsTest, WordVectorsSetTheInputSize) {
  const Outcome outcome = train("sst", "vectors.model",
                                {"--vectors", path("vectors"), "--embedding-learning-rate", "0"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(test::contains(outcome.err, "word vectors: 3 of 4 words found"));
  const std::string bytes = test::read_file(path("vectors.model"));
  EXPECT_TRUE(test::contains(bytes, "\\\"input_size\\\":4"));
  // Frozen: good's vector is still that of the file.
  const std::vector<float> good = {1.0f, 0.0f, 0.0f, 0.0f};
  EXPECT_NE(bytes.find(std::string_view(reinterpret_cast<const char*>(good.data()), 16)),
            std::string::npos);
}

TEST_F(SentimentCommandsTest, DrawsWordsAndColours) {
  const Outcome outcome = espalier({"draw", path("sst.model")}, kTrees);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(test::contains(outcome.out, ">good</text>"));
  EXPECT_TRUE(test::contains(outcome.out, "</svg>"));
  EXPECT_TRUE(test::contains(outcome.out, "<a xlink:title="));
}

// Before an epoch is trained, not after.
TEST_F(SentimentCommandsTest, SaysBeforeTrainingThatADevSplitIsEmpty) {
  const test::TemporaryFolder bad;
  bad.write("train.txt", kTrees);
  bad.write("dev.txt", "(2 (2 a) (2 b))\n");
  bad.write("test.txt", kTrees);
  const Outcome outcome =
      espalier({"train", "tree-lstm", "--dataset", "sst-binary", "--data", bad.path().string()});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.err, "espalier: " + (bad.path() / "dev.txt").string() +
                             ": the dev split has no tree that is positive or negative, expected "
                             "some: neutral ones do not count\n");
}

TEST_F(SentimentCommandsTest, MessagesDoNotSteerTheTerminal) {
  const Outcome outcome = espalier({"predict", path("sst.model")}, "(3 (2 \x1B[31mred) (2 b)");
  EXPECT_TRUE(test::contains(outcome.err, "<standard input>:1:"));
  EXPECT_EQ(outcome.err.find('\x1B'), std::string::npos);
  const Outcome shown = espalier({"predict", path("sst.model")}, "(3 (2 a) \x1B[31mred)");
  EXPECT_TRUE(test::contains(shown.err, "\\x1b[31mred"));
  const Outcome argument = espalier({"predict", "\x1B[31mred"});
  EXPECT_TRUE(test::contains(argument.err, "\\x1b[31mred"));
}

TEST_F(SentimentCommandsTest, DrawsAPartOfALargeTree) {
  std::string line;
  for (int i = 0; i < 20'000; ++i) line += "(1 (1 a) ";
  line += "(1 b)" + std::string(20'000, ')');
  const Outcome whole = espalier({"draw", path("sst.model"), "--dot"}, line);
  EXPECT_EQ(whole.status, 1);
  EXPECT_TRUE(test::contains(whole.err, "a tree of 40001 nodes is too large for a picture"));
  EXPECT_TRUE(test::contains(whole.err, "--nodes 1000"));
  const Outcome part = espalier({"draw", path("sst.model"), "--nodes", "51"}, line);
  ASSERT_EQ(part.status, 0) << part.err;
  EXPECT_TRUE(test::contains(part.out, "…</text>"));
}

TEST_F(SentimentCommandsTest, TellsWhatItPassesOverInWordVectors) {
  root_->write("odd", "7 4\ngood 1 0 0 0 \nz 1 0 0 0\nz 1 0 0 0\n\xFF 1 0 0 0\n");
  const Outcome outcome = train("sst", "odd.model", {"--vectors", path("odd")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(test::contains(outcome.err, "passed over 1 line with a second vector"));
  EXPECT_TRUE(
      test::contains(outcome.err, "passed over 1 line with a word that is not valid UTF-8"));
  EXPECT_TRUE(test::contains(outcome.err, "the file has 4, its header announces 7"));
}

}  // namespace
}  // namespace espalier::apps
