// Models of the nodes of a graph through the commands: training, measuring, answers, pictures.

#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/training/safetensors.h>

#include "tests/apps/commands.h"
#include "tests/apps/node_commands.h"

namespace espalier::apps {
namespace {

using test::contains;
using test::espalier;
using test::json_lines;
using test::Outcome;
using Words = std::vector<std::string>;

class NodeCommandsTest : public testing::Test {
 protected:
  NodeCommandsTest() { test::SmallTypedGraph().write(folder_); }
  std::string path(const char* name) const { return (folder_.path() / name).string(); }

  // Some epochs on the small graph, into a checkpoint of the model's name.
  Outcome train(const std::string& model, const Words& more = {}) const {
    Words words = {"train",
                   model,
                   "--dataset",
                   "typed-graph",
                   "--data",
                   path(""),
                   "--epochs",
                   "60",
                   "--dropout",
                   "0",
                   "--overwrite",
                   "--checkpoint",
                   path(model.c_str())};
    words.insert(words.end(), more.begin(), more.end());
    return espalier(words);
  }
  Outcome with_data(Words words, const std::string& input = "") const {
    words.insert(words.end(), {"--data", path("")});
    return espalier(words, input);
  }

  test::TemporaryFolder folder_;
};

TEST_F(NodeCommandsTest, EveryModelLearnsWhoIsNextToWhom) {
  for (const char* model : {"han", "gat", "gcn", "chebnet"}) {
    SCOPED_TRACE(model);
    const Outcome trained = train(model, {"--meta-paths", "paper>author>paper"});
    ASSERT_EQ(trained.status, 0) << trained.err;
    EXPECT_TRUE(contains(trained.err, "2 examples to train on, 2 dev, 2 test"));
    EXPECT_TRUE(contains(trained.err, "batches of 2,"));  // All together.
    const Outcome measured = with_data({"evaluate", path(model)});
    ASSERT_EQ(measured.status, 0) << measured.err;
    const auto metrics = json_lines(measured.out).at(0)["metrics"];
    EXPECT_EQ(metrics["accuracy"], 1.0);
    for (const char* name : {"macro_f1", "micro_f1", "loss", "knn20_macro_f1", "knn40_micro_f1",
                             "knn80_micro_f1", "kmeans_nmi", "kmeans_ari"}) {
      EXPECT_TRUE(metrics.contains(name)) << name;
    }
  }
}

TEST_F(NodeCommandsTest, PredictsNodesWithTheWeightOfEachMetaPath) {
  ASSERT_EQ(train("han").status, 0);
  const Outcome outcome = with_data({"predict", path("han")}, "4\n5\n4\n");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto answers = json_lines(outcome.out);
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_EQ(answers[0], answers[2]);
  EXPECT_EQ(answers[0]["node"], 4);
  EXPECT_EQ(answers[0]["label"], "good");
  EXPECT_EQ(answers[1]["label"], "bad");
  double weights = 0.0, probabilities = 0.0;
  for (const char* name : {"paper>author>paper", "paper>venue>paper"}) {
    weights += answers[0]["paths"][name].get<double>();
  }
  for (const auto& p : answers[0]["probabilities"]) probabilities += p.get<double>();
  EXPECT_NEAR(weights, 1.0, 1e-5);
  EXPECT_NEAR(probabilities, 1.0, 1e-5);

  ASSERT_EQ(train("gcn").status, 0);
  EXPECT_FALSE(json_lines(with_data({"predict", path("gcn")}, "4\n").out).at(0).contains("paths"));
}

TEST_F(NodeCommandsTest, EachNodeMayHaveWeightsOfItsOwn) {
  ASSERT_EQ(train("han", {"--semantic-weights", "per-node"}).status, 0);
  const auto answers = json_lines(with_data({"predict", path("han")}, "0\n1\n").out);
  EXPECT_NE(answers.at(0)["paths"], answers.at(1)["paths"]);
  const Outcome drawn = with_data({"draw", path("han"), "--paths"}, "0\n");
  EXPECT_TRUE(contains(drawn.out, "counts to paper 0"));
}

TEST_F(NodeCommandsTest, ABadNodeIsNamedAfterTheAnswersToThoseBefore) {
  ASSERT_EQ(train("han").status, 0);
  for (const char* bad : {"6", "-1", "1.0", "", "paper", "4294967296"}) {
    const Outcome outcome = with_data({"predict", path("han")}, "4\n" + std::string(bad) + "\n5\n");
    EXPECT_EQ(outcome.status, 1);
    EXPECT_EQ(json_lines(outcome.out).size(), 1u);
    EXPECT_TRUE(
        contains(outcome.err, "<standard input>:2:1: \"" + std::string(bad) +
                                  "\", expected the number of a node of type paper, 0 to 5"));
  }
}

TEST_F(NodeCommandsTest, StatesAreTheEmbeddingsOfTheNodesAsked) {
  for (const char* model : {"han", "gat", "gcn"}) {
    SCOPED_TRACE(model);
    ASSERT_EQ(train(model).status, 0);
    const Outcome outcome =
        with_data({"predict", path(model), "--states", path("states")}, "5\n0\n5\n");
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const training::Safetensors states = training::read_safetensors(path("states"));
    EXPECT_EQ(states.integers.at("nodes"), (std::vector<std::uint64_t>{5, 0, 5}));
    const Tensor& rows = states.tensors.at("embeddings");
    const std::size_t size = model == std::string("gcn") ? 16 : 64;
    ASSERT_EQ(rows.shape(), (Shape{3, size}));
    EXPECT_TRUE(std::ranges::equal(rows.row(0), rows.row(2)));
    EXPECT_FALSE(std::ranges::equal(rows.row(0), rows.row(1)));
  }
}

// Nothing is composed; what is asked about is read with its neighbours.
TEST_F(NodeCommandsTest, ASampledModelAnswersAsOthersDo) {
  const Outcome trained = train(
      "han", {"--sampled-neighbours", "4", "--batch-size", "1", "--semantic-weights", "per-node"});
  ASSERT_EQ(trained.status, 0) << trained.err;
  const Outcome measured = with_data({"evaluate", path("han")});
  ASSERT_EQ(measured.status, 0) << measured.err;
  EXPECT_TRUE(json_lines(measured.out).at(0)["metrics"].contains("knn20_macro_f1"));
  const Outcome many =
      with_data({"predict", path("han"), "--states", path("states")}, "4\n5\n4\n0\n");
  ASSERT_EQ(many.status, 0) << many.err;
  const auto lines = json_lines(many.out);
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0], lines[2]);
  EXPECT_EQ(lines[0]["paths"].size(), 2u);
  const auto alone = json_lines(with_data({"predict", path("han")}, "4\n").out);
  EXPECT_EQ(alone.at(0)["label"], lines[0]["label"]);
  EXPECT_EQ(with_data({"draw", path("han")}, "4\n").status, 2);
  EXPECT_EQ(train("gcn", {"--sampled-neighbours", "4"}).status, 2);
  EXPECT_EQ(train("han", {"--sampled-neighbours", "4", "--max-edges", "9"}).status, 2);
}

TEST_F(NodeCommandsTest, DrawsANodeAmongItsNeighboursAlongEachPath) {
  ASSERT_EQ(train("han").status, 0);
  const Outcome outcome = with_data({"draw", path("han"), "--line", "2"}, "0\n4\n");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(contains(outcome.out, "paper 4: good"));
  EXPECT_TRUE(contains(outcome.out, "paper&gt;author&gt;paper</text>"));
  EXPECT_TRUE(contains(outcome.out, "; 3 neighbours"));  // 0, 2 and itself.
  EXPECT_TRUE(contains(outcome.out, "; 5 neighbours"));
  const Outcome part = with_data({"draw", path("han"), "--nodes", "2"}, "4\n");
  EXPECT_TRUE(contains(part.out, "the 2 heaviest of 5 neighbours, with "));

  ASSERT_EQ(train("gat").status, 0);
  const Outcome joined = with_data({"draw", path("gat")}, "5\n");
  EXPECT_TRUE(contains(joined.out, "paper&gt;author&gt;paper, paper&gt;venue&gt;paper</text>"));
  EXPECT_TRUE(contains(joined.out, "; 3 neighbours"));
}

TEST_F(NodeCommandsTest, DrawsWhatEachMetaPathCounts) {
  ASSERT_EQ(train("han").status, 0);
  const Outcome outcome = with_data({"draw", path("han"), "--paths"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(contains(outcome.out, "What each meta-path counts</text>"));
  EXPECT_TRUE(contains(outcome.out, "paper&gt;venue&gt;paper: 0."));
}

TEST_F(NodeCommandsTest, RefusesPicturesThatThereAreNot) {
  for (const char* model : {"han", "gat", "gcn"}) ASSERT_EQ(train(model).status, 0);
  const auto error = [&](Words words) {
    const Outcome outcome = with_data(std::move(words), "4\n");
    EXPECT_EQ(outcome.status, 2);
    EXPECT_EQ(outcome.out, "");
    return outcome.err;
  };
  EXPECT_TRUE(contains(error({"draw", path("gcn")}), "draws nothing"));
  EXPECT_TRUE(contains(error({"draw", path("gat"), "--paths"}), "--paths is for han"));
  EXPECT_TRUE(contains(error({"draw", path("han"), "--dot"}), "a neighbourhood is drawn as SVG"));
  EXPECT_TRUE(contains(error({"draw", path("han"), "--paths", "--nodes", "3"}),
                       "--nodes does nothing with --paths"));
}

TEST_F(NodeCommandsTest, AblationsAndSinglePathsCanBeSaid) {
  for (const Words& more :
       std::vector<Words>{{"--no-node-attention"},
                          {"--no-semantic-attention"},
                          {"--meta-paths", "paper>author>paper"},
                          {"--meta-paths", "paper>venue>paper, paper>author>paper"},
                          {"--no-self-loops"},
                          {"--normalize-features"}}) {
    const Outcome trained = train("han", more);
    ASSERT_EQ(trained.status, 0) << trained.err;
    const Outcome measured = with_data({"evaluate", path("han")});  // As it was trained.
    ASSERT_EQ(measured.status, 0) << measured.err;
    const auto answer = json_lines(with_data({"predict", path("han")}, "0\n").out).at(0);
    EXPECT_EQ(answer["paths"].size(), more[0] == "--meta-paths" && more[1].size() < 20 ? 1u : 2u);
    if (more[0] == "--no-semantic-attention") {
      EXPECT_EQ(answer["paths"]["paper>venue>paper"], 0.5);
    }
  }
}

TEST_F(NodeCommandsTest, AGraphOfOneEdgeTypeNeedsNoMetaPath) {
  test::SmallTypedGraph graph;
  graph.json.replace(graph.json.find("\"source\": \"paper\", \"target\": \"author\""),
                     std::string("\"source\": \"paper\", \"target\": \"author\"").size(),
                     R"("source": "paper", "target": "paper")");
  graph.json.replace(graph.json.find(R"("paper>author>paper", "paper>venue>paper")"), 41, "");
  graph.by = "0\t2\n2\t4\n1\t3\n3\t5\n";  // Directed: convolutions read it both ways.
  graph.write(folder_);
  for (const char* model : {"han", "gat", "gcn", "chebnet"}) {
    const Outcome trained = train(model);
    EXPECT_EQ(trained.status, 0) << trained.err;
    EXPECT_EQ(with_data({"evaluate", path(model)}).status, 0);
  }
}

TEST_F(NodeCommandsTest, OtherDataAreRefusedUnlessTheyAreMeant) {
  ASSERT_EQ(train("han").status, 0);
  test::SmallTypedGraph other;
  other.by += "5\t0\n";
  other.write(folder_);
  for (const char* command : {"evaluate", "predict", "draw"}) {
    const Outcome refused = with_data({command, path("han")}, "4\n");
    EXPECT_EQ(refused.status, 1);
    EXPECT_TRUE(contains(refused.err, "the model was trained on other data of typed-graph"));
    const Outcome meant = with_data({command, path("han"), "--other-data"}, "4\n");
    EXPECT_EQ(meant.status, 0) << meant.err;
    EXPECT_TRUE(contains(meant.err, "these are not the data"));
  }
}

TEST_F(NodeCommandsTest, ARunGoesOnAndEndsWithTheSameBits) {
  const auto run = [&](const char* name, Words more) {
    Words words = {"train",     "han", "--dataset",  "typed-blocks", "--num-papers", "300",
                   "--num-dev", "60",  "--num-test", "60",           "--checkpoint", path(name)};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = espalier(words);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return espalier({"evaluate", path(name)}).out;
  };
  const std::string expected = run("whole", {"--epochs", "4", "--threads", "1"});
  run("parts", {"--epochs", "2", "--threads", "2"});
  EXPECT_EQ(run("parts", {"--epochs", "4", "--resume", "--threads", "2"}), expected);
}

TEST_F(NodeCommandsTest, ModelsWhoseExamplesStandAloneTakeNoData) {
  ASSERT_EQ(espalier({"train", "gru", "--dataset", "adding", "--train-size", "20", "--epochs", "1",
                      "--length", "5", "--hidden", "3", "--checkpoint", path("gru")})
                .status,
            0);
  const std::string steps = "[[0.5, 0], [0.25, 1]]\n";
  EXPECT_TRUE(contains(with_data({"predict", path("gru")}, steps).err, "--data does nothing"));
  EXPECT_TRUE(contains(espalier({"predict", path("gru"), "--other-data"}, steps).err,
                       "--other-data does nothing"));
  EXPECT_TRUE(contains(espalier({"predict", path("gru"), "--states", path("s")}, steps).err,
                       "--states: a model of adding like this one writes none"));
  EXPECT_TRUE(contains(with_data({"predict", path("gru"), "--states", path("gru")}, steps).err,
                       "are one file"));
}

}  // namespace
}  // namespace espalier::apps
