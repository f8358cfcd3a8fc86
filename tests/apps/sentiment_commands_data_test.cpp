// The commands on the published treebank.

#include <string>

#include <gtest/gtest.h>

#include "tests/apps/commands.h"
#include "tests/datasets/files.h"
#include "tests/datasets/published_data.h"

namespace espalier::apps {
namespace {

using test::espalier;
using test::json_lines;
using test::Outcome;

TEST(SentimentCommandsDataTest, AnEpochBeatsTheMostFrequentClass) {
  ESPALIER_SKIP_WITHOUT(test::published_data() / "sst");
  const test::TemporaryFolder folder;
  const std::string model = (folder.path() / "model").string();
  const std::string data = test::published_data().string();
  const Outcome trained =
      espalier({"train", "tree-lstm", "--dataset", "sst", "--data", data, "--epochs", "1",
                "--hidden", "25", "--input-size", "25", "--checkpoint", model});
  ASSERT_EQ(trained.status, 0) << trained.err;
  const Outcome outcome = espalier({"evaluate", model, "--data", data, "--split", "dev"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto line = json_lines(outcome.out).at(0);
  EXPECT_GT(line["metrics"]["accuracy"].get<double>(), 289.0 / 1101.0);
  EXPECT_GT(line["metrics"]["node_accuracy"].get<double>(), 28305.0 / 41447.0);
}

}  // namespace
}  // namespace espalier::apps
