// What a model is not trained on it is not measured on either: every system with every data set.

#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/apps/systems/systems.h>
#include <espalier/training/checkpoint.h>

#include "tests/apps/commands.h"
#include "tests/datasets/files.h"

namespace espalier::apps {
namespace {

using test::espalier;
using test::Outcome;
using Words = std::vector<std::string>;

// Published data sets, a few examples each.
void write_data(const test::TemporaryFolder& folder) {
  std::filesystem::create_directory(folder.path() / "sst");
  for (const char* name : {"sst/train.txt", "sst/dev.txt", "sst/test.txt"}) {
    folder.write(name, "(3 (2 It) (4 (2 's) (4 good)))\n(1 (2 It) (0 (2 's) (0 bad)))\n");
  }
}

Words small(const std::string& model, const std::string& dataset) {
  Words words = {"train", model, "--dataset", dataset, "--epochs", "1"};
  if (dataset == "typed-blocks") return words;
  if (model != "bag-of-words") words.insert(words.end(), {"--hidden", "3"});
  if (dataset != "text" && !dataset.starts_with("sst")) {
    words.insert(words.end(), {"--train-size", "10"});
  }
  return words;
}

class ForeignDataTest : public testing::Test {
 protected:
  ForeignDataTest() { write_data(folder_); }
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  test::TemporaryFolder folder_;
};

TEST_F(ForeignDataTest, WhatTrainRefusesIsNotEvaluated) {
  const std::set<std::string_view> with_data = {"sst", "sst-binary"};
  std::size_t refused = 0;
  for (const System& system : systems()) {
    for (const DataSetInfo& info : system.data_sets) {
      if (!info.files.empty() && !with_data.contains(info.name)) continue;
      const std::string model(system.models.front()), home(info.name);
      Words train = small(model, home);
      const std::string checkpoint = path(model + home);
      train.insert(train.end(), {"--checkpoint", checkpoint});
      if (!info.files.empty()) train.insert(train.end(), {"--data", path("")});
      const Outcome trained = espalier(train);
      ASSERT_EQ(trained.status, 0) << model << ' ' << home << ": " << trained.err;
      for (const DataSetInfo& other : all_data_sets()) {
        Words evaluate = {"evaluate", checkpoint, "--dataset", std::string(other.name)};
        if (!other.files.empty()) evaluate.insert(evaluate.end(), {"--data", path("")});
        if (other.files.empty() && other.name != "text" && other.name != "typed-blocks" &&
            other.name != info.name) {
          evaluate.insert(evaluate.end(), {"--train-size", "10"});  // Others draw faster, too.
        }
        const Outcome outcome = espalier(evaluate);
        if (other.name == info.name) {
          EXPECT_EQ(outcome.status, 0) << checkpoint << ": " << outcome.err;
          continue;
        }
        ++refused;
        EXPECT_NE(outcome.status, 0) << checkpoint << " on " << other.name;
        EXPECT_EQ(outcome.out, "") << checkpoint << " on " << other.name;
        EXPECT_TRUE(outcome.err.starts_with("espalier: ")) << outcome.err;
        if (!system.takes(model, other.name)) {
          EXPECT_TRUE(test::contains(outcome.err, "does not take the data set"));
        }
      }
    }
  }
  EXPECT_GT(refused, 100u);
}

TEST_F(ForeignDataTest, TrainRefusesEveryPairThatDoesNotGoTogether) {
  for (const std::string_view model : model_names()) {
    for (const DataSetInfo& info : all_data_sets()) {
      bool goes_together = false;
      for (const System& system : systems()) {
        goes_together = goes_together || system.takes(model, info.name);
      }
      if (goes_together) continue;
      const Outcome outcome =
          espalier({"train", std::string(model), "--dataset", std::string(info.name)});
      EXPECT_EQ(outcome.status, 2) << model << " on " << info.name;
      EXPECT_TRUE(test::contains(outcome.err, "does not take the data set"));
    }
  }
}

// As many classes, but others.
TEST_F(ForeignDataTest, ClassesOfOtherNamesAreOtherClasses) {
  const std::string checkpoint = path("model");
  ASSERT_EQ(espalier({"train", "tree-lstm", "--dataset", "sst-binary", "--data", path(""),
                      "--epochs", "1", "--hidden", "3", "--checkpoint", checkpoint})
                .status,
            0);
  training::Checkpoint other = training::load_checkpoint(checkpoint);
  const std::string theirs = "\"negative\"";
  const std::size_t at = other.configuration.find(theirs);
  ASSERT_NE(at, std::string::npos) << other.configuration;
  other.configuration.replace(at, theirs.size(), "\"sour\"");
  training::save_checkpoint(path("other"), other);
  const Outcome outcome = espalier({"evaluate", path("other"), "--data", path("")});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_TRUE(test::contains(outcome.err, "a model of the class \"sour\", expected \"negative\""));
}

}  // namespace
}  // namespace espalier::apps
