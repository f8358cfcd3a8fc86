// Trains, evaluates, predicts and draws with a tiny model of ListOps.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/training/safetensors.h>

#include "tests/apps/commands.h"
#include "tests/datasets/files.h"
#include "tests/support/threads.h"

namespace espalier::apps {
namespace {

using nlohmann::ordered_json;
using test::espalier;
using test::json_lines;
using test::Outcome;

const std::string kExpression = "[MAX 2 9 [MIN 4 7 ] 0 ]";

class ListOpsCommandsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new test::TemporaryFolder;
    trained_ = train({"--checkpoint", path("model"), "--metrics", path("metrics.jsonl")});
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string path(const char* name) { return (folder_->path() / name).string(); }

  static Outcome train(const std::vector<std::string>& more) {
    std::vector<std::string> all = {"train",        "tree-lstm", "--dataset", "listops",
                                    "--train-size", "400",       "--epochs",  "3",
                                    "--max-length", "20",        "--hidden",  "24"};
    all.insert(all.end(), more.begin(), more.end());
    return espalier(all);
  }

  static inline test::TemporaryFolder* folder_ = nullptr;
  static inline Outcome trained_;
};

TEST_F(ListOpsCommandsTest, TrainingSaysWhatCameOfIt) {
  ASSERT_EQ(trained_.status, 0) << trained_.err;
  for (const std::string& part : {std::string("best epoch  "), std::string("test        accuracy"),
                                  std::string("nodes/s"), path("model")}) {
    EXPECT_TRUE(test::contains(trained_.out, part));
  }
  // Before the first epoch what will be done, then a line for each, terminal or not.
  for (const char* part :
       {"model        tree-lstm, ", " parameters\n", "listops: 400 examples", "50 dev, 50 test",
        "optimiser    Adam, learning rate 0.004", "hidden 24, ", "patience 0, ", "epoch 1/3  loss ",
        "epoch 3/3  loss ", "test  accuracy"}) {
    EXPECT_TRUE(test::contains(trained_.err, part));
  }
  EXPECT_EQ(trained_.err.find('\r'), std::string::npos);
}

TEST_F(ListOpsCommandsTest, MetricsAreInTheDocumentedShape) {
  const auto lines = json_lines(test::read_file(path("metrics.jsonl")));
  ASSERT_EQ(lines.size(), 4u);
  const auto keys = [](const ordered_json& object) {
    std::vector<std::string> names;
    for (const auto& [key, value] : object.items()) names.push_back(key);
    return names;
  };
  const std::vector<std::string> metrics = {"accuracy", "macro_f1", "node_accuracy"};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(keys(lines[i]), (std::vector<std::string>{"event", "epoch", "train_loss", "dev",
                                                        "seconds", "nodes_per_second"}));
    EXPECT_EQ(lines[i]["event"], "epoch");
    EXPECT_EQ(lines[i]["epoch"], i + 1);
    EXPECT_TRUE(lines[i]["train_loss"].is_number_float());
    EXPECT_EQ(keys(lines[i]["dev"]), metrics);
  }
  EXPECT_EQ(keys(lines[3]), (std::vector<std::string>{"event", "split", "metrics"}));
  EXPECT_EQ(lines[3]["event"], "result");
  EXPECT_EQ(lines[3]["split"], "test");
  EXPECT_EQ(keys(lines[3]["metrics"]), metrics);
  EXPECT_LT(lines[2]["train_loss"], lines[0]["train_loss"]);
}

TEST_F(ListOpsCommandsTest, EvaluationRepeatsTheTestMetrics) {
  const Outcome outcome = espalier({"evaluate", path("model"), "--split", "test"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const ordered_json line = json_lines(outcome.out).at(0);
  EXPECT_EQ(line["dataset"], "listops");
  EXPECT_EQ(line["split"], "test");
  EXPECT_EQ(line["metrics"], json_lines(test::read_file(path("metrics.jsonl"))).at(3)["metrics"]);
  EXPECT_EQ(espalier({"evaluate", path("model"), "--split", "dev"}).status, 0);
}

TEST_F(ListOpsCommandsTest, PredictsEveryNode) {
  const Outcome outcome = espalier({"predict", path("model")}, kExpression + "\n7\n");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto lines = json_lines(outcome.out);
  ASSERT_EQ(lines.size(), 2u);
  ASSERT_EQ(lines[0]["nodes"].size(), 17u);
  for (const ordered_json& node : lines[0]["nodes"]) {
    ASSERT_EQ(node["probabilities"].size(), 10u);
    double sum = 0.0;
    for (const ordered_json& p : node["probabilities"]) sum += p.get<double>();
    EXPECT_NEAR(sum, 1.0, 1e-5);
    const auto label = static_cast<std::size_t>(std::stoi(node["label"].get<std::string>()));
    for (const ordered_json& p : node["probabilities"]) {
      EXPECT_LE(p.get<double>(), node["probabilities"][label].get<double>());
    }
  }
  const ordered_json& root = lines[0]["nodes"][16];
  EXPECT_EQ(root["node"], 16);
  EXPECT_EQ(root["text"], kExpression);
  EXPECT_EQ(root["label"], lines[0]["label"]);
  EXPECT_EQ(root["probabilities"], lines[0]["probabilities"]);
  EXPECT_EQ(lines[0]["nodes"][11]["text"], "[MIN 4 7 ]");
  EXPECT_EQ(lines[1]["nodes"].size(), 1u);
}

TEST_F(ListOpsCommandsTest, ReadsPublishedLinesAndFiles) {
  const std::string published = folder_->write("trees", "9\t( ( ( [MAX 2 ) 9 ) ] )\n");
  const Outcome from_file = espalier({"predict", path("model"), published});
  const Outcome plain = espalier({"predict", path("model"), "-"}, "[MAX 2 9 ]");
  EXPECT_EQ(from_file.status, 0) << from_file.err;
  EXPECT_EQ(from_file.out, plain.out);
}

// 150 lines are more than two batches.
TEST_F(ListOpsCommandsTest, PredictionsDoNotDependOnTheOtherLines) {
  std::string many;
  for (int i = 0; i < 150; ++i) many += kExpression + "\n[SM 1 2 ]\n";
  const auto expected = json_lines(espalier({"predict", path("model")}, kExpression).out).at(0);
  const auto lines = json_lines(espalier({"predict", path("model")}, many).out);
  ASSERT_EQ(lines.size(), 300u);
  for (std::size_t i = 0; i < 300; i += 2) ASSERT_EQ(lines[i], expected);
}

TEST_F(ListOpsCommandsTest, ABadLineIsNamedAfterTheAnswersToThoseBefore) {
  const Outcome outcome = espalier({"predict", path("model")}, "[MIN 1 2 ]\n[MAX 2 x ]\n");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(json_lines(outcome.out).size(), 1u);
  EXPECT_TRUE(test::contains(outcome.err, "espalier: <standard input>:2:8: found \"x\", expected"));

  const std::string file = folder_->write("cut", "[MAX 2 [MIN 1");
  EXPECT_TRUE(test::contains(espalier({"predict", path("model"), file}).err,
                             file + ":1:14: the expression ends early"));
}

TEST_F(ListOpsCommandsTest, DrawsALine) {
  const std::string two = "[MIN 1 2 ]\n" + kExpression + "\n";
  const Outcome svg =
      espalier({"draw", path("model"), "--line", "2", "--output", path("tree.svg")}, two);
  ASSERT_EQ(svg.status, 0) << svg.err;
  const std::string picture = test::read_file(path("tree.svg"));
  EXPECT_TRUE(test::contains(picture, "</svg>"));
  EXPECT_TRUE(test::contains(picture, ">[MAX</text>"));
  EXPECT_TRUE(test::contains(picture, ">7</text>"));
  EXPECT_TRUE(
      test::contains(espalier({"draw", path("model"), "--dot"}, two).out, "label=\"[MIN\""));

  const Outcome beyond = espalier({"draw", path("model"), "--line", "4"}, two);
  EXPECT_EQ(beyond.status, 1);
  EXPECT_TRUE(test::contains(beyond.err, "<standard input>: no line 4, there are 2"));
}

TEST_F(ListOpsCommandsTest, LossesAreTheSameAtAnyNumberOfThreads) {
  std::vector<ordered_json> losses;
  for (const char* threads : {"1", "2", "4"}) {
    int status = -1;
    test::with_num_threads(4, [&] {
      status = train({"--threads", threads, "--metrics", path("threads.jsonl")}).status;
    });
    ASSERT_EQ(status, 0);
    losses.push_back(ordered_json::array());
    for (const ordered_json& line : json_lines(test::read_file(path("threads.jsonl")))) {
      losses.back().push_back(line.value("train_loss", 0.0));
      losses.back().push_back(line.value("dev", ordered_json()));
      losses.back().push_back(line.value("metrics", ordered_json()));
    }
  }
  EXPECT_EQ(losses[0], losses[1]);
  EXPECT_EQ(losses[0], losses[2]);
}

TEST_F(ListOpsCommandsTest, ResumesOrStartsAfresh) {
  const Outcome fresh = train({"--checkpoint", path("resumed"), "--resume"});
  EXPECT_EQ(fresh.status, 0) << fresh.err;
  EXPECT_TRUE(
      test::contains(fresh.err, "no checkpoint " + path("resumed") + " yet, starting afresh"));

  const Outcome done = train({"--checkpoint", path("resumed"), "--resume"});
  EXPECT_EQ(done.out, fresh.out);  // The times, too: nothing was trained.
  EXPECT_EQ(done.err.find("loss"), std::string::npos);
}

TEST_F(ListOpsCommandsTest, RefusesCheckpointsOfOtherRuns) {
  const Outcome size = train({"--checkpoint", path("model"), "--resume", "--input-size", "25"});
  EXPECT_EQ(size.status, 1);
  EXPECT_TRUE(test::contains(size.err, "with other options; \"options\" is {"));
  EXPECT_TRUE(test::contains(size.err, "\"input_size\":32"));
  const Outcome seed = train({"--checkpoint", path("model"), "--resume", "--seed", "2"});
  EXPECT_EQ(seed.status, 1);
  EXPECT_TRUE(test::contains(seed.err, "a run with seed 1, expected 2"));
}

TEST_F(ListOpsCommandsTest, RefusesDamagedCheckpoints) {
  const std::string whole = test::read_file(path("model"));
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{5}, whole.size() / 2, whole.size() - 1}) {
    const std::string cut = folder_->write("cut.safetensors", whole.substr(0, size));
    for (const char* command : {"evaluate", "predict", "draw"}) {
      const Outcome outcome = espalier({command, cut}, kExpression);
      EXPECT_EQ(outcome.status, 1) << size;
      EXPECT_TRUE(test::contains(outcome.err, "espalier: " + cut)) << size;
      EXPECT_EQ(outcome.out, "");
    }
  }
}

TEST_F(ListOpsCommandsTest, RefusesCheckpointsOfOtherModels) {
  const auto error_with = [&](const std::string& part, const std::string& other) {
    training::Safetensors file = training::read_safetensors(path("model"));
    training::SafetensorsView changed{.tensors = {},
                                      .integers = {file.integers.begin(), file.integers.end()},
                                      .metadata = file.metadata,
                                      .with_checksums = true};
    for (const auto& [name, tensor] : file.tensors) changed.tensors.emplace(name, &tensor);
    std::size_t num_changed = 0;
    for (auto& [name, text] : changed.metadata) {
      const std::size_t at = text.find(part);
      if (at == std::string::npos) continue;
      text.replace(at, part.size(), other);
      ++num_changed;
    }
    EXPECT_GE(num_changed, 1u) << part;
    training::write_safetensors(path("other"), changed);
    return espalier({"predict", path("other")}, kExpression).err;
  };
  EXPECT_TRUE(test::contains(error_with("tree-lstm", "tree-tree"),
                             "a checkpoint of the model \"tree-tree\" on the data set"));
  EXPECT_TRUE(test::contains(error_with("\"listops\"", "\"lispops\""),
                             "on the data set \"lispops\", expected one that"));
  EXPECT_TRUE(test::contains(error_with("\"words\"", "\"wards\""), "no words of the model"));
  EXPECT_TRUE(
      test::contains(error_with("\"hidden_size\":24", "\"hidden_size\":25"), "does not fit"));
}

}  // namespace
}  // namespace espalier::apps
