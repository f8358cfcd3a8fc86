#include <espalier/apps/systems/node_sets.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/apps/command.h>

#include "tests/apps/commands.h"
#include "tests/apps/node_commands.h"
#include "tests/support/errors.h"

namespace espalier::apps {
namespace {

using test::contains;
using test::espalier;
using test::Outcome;
using test::SmallTypedGraph;
using Words = std::vector<std::string>;

TEST(MetaPathsTest, AreSeparatedByCommas) {
  EXPECT_TRUE(meta_paths_of("").empty());
  EXPECT_EQ(meta_paths_of("a>b>a"), (std::vector<std::string>{"a>b>a"}));
  EXPECT_EQ(meta_paths_of("a>b>a, a > (c) a"), (std::vector<std::string>{"a>b>a", "a>(c)a"}));
  for (const char* text : {",", "a>a,", ",a>a", "a>a, ,b>b"}) {
    EXPECT_TRUE(contains(test::error_of<UsageError>([&] { meta_paths_of(text); }),
                         "--meta-paths: an empty path in"));
  }
  EXPECT_EQ(test::error_of<UsageError>([] { meta_paths_of("a>b>a,a> b>a"); }),
            "--meta-paths: a>b>a is there twice, expected it once");
}

// What is wrong with the files or the options, and what is said of it.
class BadTypedGraphTest : public testing::Test {
 protected:
  std::string error_of(const std::function<void(SmallTypedGraph&)>& spoil, const Words& more = {},
                       int status = 1) {
    SmallTypedGraph graph;
    spoil(graph);
    graph.write(folder_);
    Words words = {"train", "han", "--dataset", "typed-graph", "--data", folder_.path().string()};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = espalier(words);
    EXPECT_EQ(outcome.status, status) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    return outcome.err;
  }
  std::string with_paths(const char* paths, int status = 1) {
    return error_of([](SmallTypedGraph&) {}, {"--meta-paths", paths}, status);
  }
  std::string file(const char* name) const { return (folder_.path() / name).string(); }

  test::TemporaryFolder folder_;
};

TEST_F(BadTypedGraphTest, MetaPathsAreCheckedAgainstTheTypes) {
  EXPECT_TRUE(contains(with_paths("paper>writer>paper"),
                       "meta-path \"paper>writer>paper\": there is no node type \"writer\"; there "
                       "are: paper author venue"));
  EXPECT_TRUE(contains(with_paths("author>venue>author"), "author"));  // Nothing connects the two.
  EXPECT_TRUE(contains(with_paths("paper>author"),
                       "is from paper to author, expected from paper to paper"));
  EXPECT_TRUE(contains(with_paths("paper>(of)author>paper"), "\"of\""));
  EXPECT_TRUE(contains(with_paths("paper>author>paper,", 2), "an empty path"));
  EXPECT_TRUE(contains(error_of([](SmallTypedGraph& g) {
                         g.json.replace(g.json.find("paper>venue>paper"), 17, "paper>place>paper");
                       }),
                       file("graph.json") + ":"));
}

TEST_F(BadTypedGraphTest, FilesAreNamedWithLineAndWhatWasExpected) {
  EXPECT_TRUE(
      contains(error_of([](SmallTypedGraph& g) { g.by += "6\t0\n"; }), file("by.tsv") + ":7:1: "));
  EXPECT_TRUE(
      contains(error_of([](SmallTypedGraph& g) { g.words += "0\n"; }), file("words.tsv") + ":7"));
  EXPECT_TRUE(
      contains(error_of([](SmallTypedGraph& g) { g.words = "0\n1\n"; }), file("words.tsv")));
  EXPECT_TRUE(contains(error_of([](SmallTypedGraph& g) { g.words = "3\n1\n0\n1\n0\n1\n"; }),
                       file("words.tsv") + ":1:1: "));
  EXPECT_TRUE(contains(error_of([](SmallTypedGraph& g) { g.labels += "0\tugly\n"; }),
                       file("labels.tsv") + ":7"));
  EXPECT_TRUE(contains(error_of([](SmallTypedGraph& g) { g.split += "0\ttest\n"; }),
                       file("split.tsv") + ":7"));
  EXPECT_TRUE(
      contains(error_of([](SmallTypedGraph& g) { g.json.resize(200); }), file("graph.json") + ":"));
}

TEST_F(BadTypedGraphTest, SplitsThatAreEmptyAreSaidBeforeTraining) {
  EXPECT_TRUE(contains(error_of([](SmallTypedGraph& g) { g.split = "0\ttrain\n"; }),
                       "the dev split of typed-graph is empty"));
}

TEST_F(BadTypedGraphTest, WhatDoesNothingIsRefused) {
  const auto no_features = [](SmallTypedGraph& g) {
    const std::string features =
        R"(  "features": {"file": "words.tsv", "form": "sparse", "count": 3},)";
    g.json.erase(g.json.find(features), features.size());
  };
  EXPECT_TRUE(contains(error_of(no_features, {"--normalize-features"}, 2),
                       "--normalize-features does nothing: the nodes have no features"));
  const Outcome loops = espalier({"train", "gcn", "--dataset", "typed-blocks", "--no-self-loops"});
  EXPECT_EQ(loops.status, 2);
  EXPECT_TRUE(contains(loops.err, "--no-self-loops means nothing to gcn"));
}

TEST_F(BadTypedGraphTest, MoreNeighboursThanAllowedAreRefusedBeforeTheyAreMade) {
  const std::string error = error_of([](SmallTypedGraph&) {}, {"--max-edges", "5"});
  EXPECT_TRUE(contains(error, "paper>author>paper"));
}

TEST(BadMatlabFileTest, IsNamedWithWhatIsMissing) {
  const test::TemporaryFolder folder;
  const std::string file = folder.write("ACM3025.mat", "MATLAB 5.0 MAT-file, cut");
  const Outcome outcome =
      espalier({"train", "han", "--dataset", "acm", "--data", folder.path().string()});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_TRUE(contains(outcome.err, file));
}

TEST(RelationalDataTest, LabelsPerClassAreThoseThatThereAre) {
  const test::TemporaryFolder folder;
  folder.write("split_20.tsv", "0\ttrain\n");
  const Outcome outcome = espalier({"train", "gcn", "--dataset", "aminer", "--data",
                                    folder.path().string(), "--labels-per-class", "30"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_TRUE(contains(outcome.err, "labels_per_class is 30, expected 20, 40 or 60"));
}

// Six papers that cite one another in two circles; the files may be compressed, in a subfolder too.
TEST(CitationDataTest, FilesMayBeCompressed) {
  const test::TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "cora");
  folder.write(
      "cora/nodes.tsv.gz",
      test::gzip("0\t0\ttrain\n1\t1\ttrain\n2\t0\tval\n3\t1\tval\n4\t0\ttest\n5\t1\ttest\n"));
  folder.write("cora/features.tsv.gz", test::gzip("0\n1\n0\n1\n0 1\n1\n"));
  folder.write("cora/edges.tsv", "0\t2\n2\t4\n0\t4\n1\t3\n3\t5\n1\t5\n");
  const Outcome outcome = espalier(
      {"train", "gcn", "--dataset", "cora", "--data", folder.path().string(), "--epochs", "3"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "2 examples to train on, 2 dev, 2 test"));
}

TEST(DblpDataTest, AuthorsAreNodesByTheirLines) {
  const test::TemporaryFolder folder;
  std::string authors, labels, papers, paper_author, paper_conf, paper_term;
  for (int i = 0; i < 12; ++i) {
    const auto n = std::to_string(i);
    authors += n + "\tname\n";
    labels += n + '\t' + std::to_string(i % 4) + "\tname\n";
    papers += n + "\ttitle\n";
    paper_author += n + '\t' + n + '\n';
    paper_conf += n + '\t' + std::to_string(i % 4) + '\n';
    paper_term += n + '\t' + std::to_string(i % 4) + '\n';
  }
  const std::string four = "0\ta\n1\tb\n2\tc\n3\td\n";
  folder.write("author.txt", authors);
  folder.write("author_label.txt", labels);
  folder.write("paper.txt", papers);
  folder.write("conf.txt", four);
  folder.write("term.txt", four);
  folder.write("paper_author.txt", paper_author);
  folder.write("paper_conf.txt", paper_conf);
  folder.write("paper_term.txt", paper_term);
  const std::string data = folder.path().string();
  const std::string model = (folder.path() / "model").string();
  const Outcome trained = espalier(
      {"train", "han", "--dataset", "dblp", "--data", data, "--word-count", "0",
       "--train-per-class", "1", "--dev-per-class", "1", "--epochs", "3", "--checkpoint", model});
  ASSERT_EQ(trained.status, 0) << trained.err;
  const Outcome answers = espalier({"predict", model, "--data", data}, "11\n12\n");
  EXPECT_TRUE(contains(answers.out, "\"author>paper>conf>paper>author\""));
  EXPECT_TRUE(contains(answers.err, "expected the number of a node of type author, 0 to 11"));
}

}  // namespace
}  // namespace espalier::apps
