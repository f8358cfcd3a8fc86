// The commands on the published graphs.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/apps/commands.h"
#include "tests/datasets/files.h"
#include "tests/datasets/published_data.h"

namespace espalier::apps {
namespace {

using test::espalier;
using test::json_lines;
using test::Outcome;

struct Case {
  const char* model;
  const char* dataset;
  double accuracy;  // That it reaches at least.
};

class NodeCommandsDataTest : public testing::TestWithParam<Case> {};

TEST_P(NodeCommandsDataTest, SomeEpochsReachAnAccuracy) {
  const Case& the = GetParam();
  ESPALIER_SKIP_WITHOUT(test::published_data() / the.dataset);
  const test::TemporaryFolder folder;
  const std::string model = (folder.path() / "model").string();
  const std::string data = test::published_data().string();
  const Outcome trained = espalier({"train", the.model, "--dataset", the.dataset, "--data", data,
                                    "--epochs", "30", "--checkpoint", model});
  ASSERT_EQ(trained.status, 0) << trained.err;
  const Outcome measured = espalier({"evaluate", model, "--data", data, "--split", "dev"});
  ASSERT_EQ(measured.status, 0) << measured.err;
  EXPECT_GT(json_lines(measured.out).at(0)["metrics"]["accuracy"].get<double>(), the.accuracy);
  const Outcome answers = espalier({"predict", model, "--data", data}, "0\n7\n");
  ASSERT_EQ(answers.status, 0) << answers.err;
  EXPECT_EQ(json_lines(answers.out).size(), 2u);
}

INSTANTIATE_TEST_SUITE_P(Published, NodeCommandsDataTest,
                         testing::Values(Case{"han", "acm", 0.85}, Case{"gcn", "acm-rel", 0.75},
                                         Case{"gcn", "aminer", 0.6}, Case{"gcn", "freebase", 0.5},
                                         Case{"gcn", "cora", 0.7}, Case{"chebnet", "cora", 0.7},
                                         Case{"gcn", "citeseer", 0.6}, Case{"gat", "cora", 0.7}),
                         [](const auto& info) {
                           std::string name =
                               std::string(info.param.model) + "_" + info.param.dataset;
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

}  // namespace
}  // namespace espalier::apps
