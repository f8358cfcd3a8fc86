// The commands on the synthetic tasks of sequences and documents, with tiny models.

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
using Words = std::vector<std::string>;

// A model on a data set, and one example that it may be asked about.
struct Case {
  std::string name;
  Words train;
  std::string example;
  std::vector<std::string> answer;  // Keys.
  std::vector<std::string> metrics;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"adding",
       {"gru", "--dataset", "adding", "--length", "10"},
       "[[0.5,1],[0.25,0],[0.125,1]]",
       {"value"},
       {"mse", "pearson"}},
      {"copy",
       {"lstm", "--dataset", "copy", "--delay", "3", "--peephole", "--coupled"},
       "1 2 blank delimiter",
       {"labels"},
       {"accuracy", "macro_f1"}},
      {"flat",
       {"rnn", "--dataset", "planted-documents", "--bidirectional", "--layers", "2"},
       "f1 f2 | f3",
       {"label", "probabilities"},
       {"accuracy", "macro_f1"}},
      {"dates",
       {"gru", "--dataset", "dates"},
       "the 3rd of May 2019",
       {"text", "log_probability"},
       {"accuracy", "exact_match"}},
      {"han",
       {"document-han", "--dataset", "planted-documents"},
       "f1 f2 | f3",
       {"label", "probabilities"},
       {"accuracy", "macro_f1"}},
      {"threads",
       {"graph-lstm-reply", "--dataset", "threads"},
       R"([{"id":"a","parent_id":null,"created_utc":1,"body":"zero1"},)"
       R"({"id":"b","parent_id":"t3_a","created_utc":2,"body":"one0 <&"}])",
       {"comments"},
       {"accuracy", "macro_f1", "weighted_f1"}},
      {"threads_without_siblings",
       {"graph-lstm-reply", "--dataset", "threads", "--rule", "before-and-after", "--states",
        "forward", "--edges", "hierarchical", "--readout", "levels", "--tanh-candidate",
        "--trained-null"},
       R"([{"id":"a","parent_id":null,"created_utc":1,"body":"zero1"},)"
       R"({"id":"b","parent_id":"t3_a","created_utc":2,"body":"one0 <&"}])",
       {"comments"},
       {"accuracy", "macro_f1", "weighted_f1"}},
      {"bag",
       {"bag-of-words", "--dataset", "planted-documents"},
       "f1 f2 | f3",
       {"label", "probabilities"},
       {"accuracy", "macro_f1"}},
  };
  return all;
}

class SequenceCommandsTest : public testing::TestWithParam<Case> {
 protected:
  std::string path(const char* name) const { return (folder_.path() / name).string(); }
  Outcome train(const char* epochs, const Words& more = {}) const {
    Words all = {"train"};
    const Words& model = GetParam().train;
    all.insert(all.end(), model.begin(), model.end());
    if (GetParam().name != "bag") all.insert(all.end(), {"--hidden", "6"});
    all.insert(all.end(), {"--train-size", "40", "--epochs", epochs, "--checkpoint", path("model"),
                           "--metrics", path("log.jsonl")});
    all.insert(all.end(), more.begin(), more.end());
    return espalier(all);
  }

  test::TemporaryFolder folder_;
};
INSTANTIATE_TEST_SUITE_P(Systems, SequenceCommandsTest, testing::ValuesIn(cases()),
                         [](const auto& info) { return info.param.name; });

TEST_P(SequenceCommandsTest, TrainsEvaluatesAndPredicts) {
  const Outcome trained = train("2");
  ASSERT_EQ(trained.status, 0) << trained.err;
  const ordered_json result = json_lines(test::read_file(path("log.jsonl"))).back();
  std::vector<std::string> names;
  for (const auto& [name, value] : result["metrics"].items()) names.push_back(name);
  EXPECT_EQ(names, GetParam().metrics);

  const Outcome evaluated = espalier({"evaluate", path("model")});
  ASSERT_EQ(evaluated.status, 0) << evaluated.err;
  EXPECT_EQ(json_lines(evaluated.out).at(0)["metrics"], result["metrics"]);

  const std::string example = GetParam().example + "\n";
  const Outcome predicted = espalier({"predict", path("model")}, example + example);
  ASSERT_EQ(predicted.status, 0) << predicted.err;
  const auto lines = json_lines(predicted.out);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0], lines[1]);
  for (const std::string& key : GetParam().answer) EXPECT_TRUE(lines[0].contains(key)) << key;
}

TEST_P(SequenceCommandsTest, ARunThatIsTakenUpAgainEndsWithTheSameBits) {
  ASSERT_EQ(train("1").status, 0);
  ASSERT_EQ(train("2", {"--resume"}).status, 0);
  const std::string resumed = test::read_file(path("log.jsonl"));
  ASSERT_EQ(train("2", {"--overwrite"}).status, 0);
  const auto a = json_lines(resumed), b = json_lines(test::read_file(path("log.jsonl")));
  EXPECT_EQ(a.back(), b.back());
  EXPECT_EQ(a[1]["train_loss"], b[1]["train_loss"]);
}

class SequenceCommandsErrorsTest : public testing::Test {
 protected:
  std::string path(const char* name) const { return (folder_.path() / name).string(); }
  test::TemporaryFolder folder_;
};

TEST_F(SequenceCommandsErrorsTest, NamesWhatAModelHasNoUseFor) {
  const std::vector<std::pair<Words, std::string>> wrong = {
      {{"gru", "--dataset", "adding", "--peephole"}, "--peephole means nothing to gru"},
      {{"bag-of-words", "--dataset", "planted-documents", "--hidden", "3"},
       "--hidden means nothing"},
      {{"lstm", "--dataset", "adding", "--delay", "3"}, "--delay is not for the data set adding"},
      {{"lstm", "--dataset", "listops"}, "does not take the data set listops; it takes: adding"},
      {{"document-han", "--dataset", "reviews-polarity", "--fold", "11"},
       "11 is no whole number, 1 to 10"},
  };
  for (const auto& [arguments, what] : wrong) {
    Words all = {"train"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const Outcome outcome = espalier(all);
    EXPECT_EQ(outcome.status, 2) << what;
    EXPECT_TRUE(test::contains(outcome.err, what)) << outcome.err;
  }
}

TEST_F(SequenceCommandsErrorsTest, NamesTheLineOfABadExample) {
  ASSERT_EQ(espalier({"train", "rnn", "--dataset", "adding", "--length", "8", "--hidden", "3",
                      "--train-size", "20", "--epochs", "1", "--checkpoint", path("model")})
                .status,
            0);
  const auto error = [&](const std::string& line) {
    const Outcome outcome = espalier({"predict", path("model")}, "[[1,0]]\n" + line + "\n");
    EXPECT_EQ(outcome.status, 1);
    EXPECT_EQ(json_lines(outcome.out).size(), 1u);  // The line before is answered.
    return outcome.err;
  };
  EXPECT_TRUE(test::contains(error("[[1,0,2]]"), ":2:1: step 0 has 3 features, expected 2"));
  EXPECT_TRUE(test::contains(error("nonsense"), ":2:1: no JSON array of steps"));
  EXPECT_EQ(espalier({"draw", path("model")}, "[[1,0]]\n").status, 2);
  EXPECT_EQ(espalier({"generate", path("model")}).status, 2);
}

TEST_F(SequenceCommandsErrorsTest, GeneratesFromWhatItRead) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "abcd ";
  const std::string file = folder_.write("text", text);
  ASSERT_EQ(espalier({"train", "gru", "--dataset", "text", "--text", file, "--hidden", "16",
                      "--epochs", "60", "--batch-size", "2", "--checkpoint", path("model")})
                .status,
            0);
  const Outcome outcome = espalier(
      {"generate", path("model"), "--prompt", "abcd ab", "--length", "8", "--temperature", "0"});
  EXPECT_EQ(outcome.out, "abcd abcd abcd \n");
}

TEST_F(SequenceCommandsErrorsTest, DrawsADocumentAsAPage) {
  ASSERT_EQ(espalier({"train", "document-han", "--dataset", "planted-documents", "--hidden", "4",
                      "--train-size", "20", "--epochs", "1", "--checkpoint", path("model")})
                .status,
            0);
  const Outcome page = espalier({"draw", path("model")}, "f1 <b> & | marker k2\n");
  ASSERT_EQ(page.status, 0) << page.err;
  EXPECT_TRUE(test::contains(page.out, "</html>"));
  EXPECT_TRUE(test::contains(page.out, ">&lt;b&gt;</span> "));
  EXPECT_EQ(espalier({"draw", path("model")}, "\n").status, 1);
}

TEST_F(SequenceCommandsErrorsTest, PlotsWhatTrainingLogged) {
  const std::string log =
      folder_.write("a.jsonl",
                    "{\"event\":\"epoch\",\"epoch\":1,\"train_loss\":2.0,\"dev\":{\"mse\":0.5}}\n"
                    "{\"event\":\"epoch\",\"epoch\":2,\"train_loss\":1.0,\"dev\":{\"mse\":0.25}}\n"
                    "{\"event\":\"result\",\"split\":\"test\",\"metrics\":{}}\n");
  EXPECT_TRUE(test::contains(espalier({"plot", log}).out, "</svg>"));
  EXPECT_TRUE(test::contains(espalier({"plot", log, "--metric", "mse"}).out, ">a</text>"));
  const Outcome missing = espalier({"plot", log, "--metric", "pearson"});
  EXPECT_EQ(missing.status, 1);
  EXPECT_TRUE(test::contains(missing.err, "no epoch has the metric \"pearson\""));
  EXPECT_EQ(espalier({"plot", folder_.write("b", "no json\n")}).status, 1);
}

}  // namespace
}  // namespace espalier::apps
