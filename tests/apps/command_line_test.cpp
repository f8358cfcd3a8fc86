#include <espalier/apps/command_line.h>

#include <sys/wait.h>

#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/apps/commands.h"

namespace espalier::apps {
namespace {

using test::espalier;
using test::Outcome;

using Words = std::vector<std::string>;

TEST(CommandLineTest, ListsModelsAndDataSets) {
  const Outcome outcome = espalier({"list"});
  EXPECT_EQ(outcome.status, 0);
  for (const char* name : {"tree-lstm", "listops", "sst", "sst-binary", "train.txt", "accuracy"}) {
    EXPECT_TRUE(test::contains(outcome.out, name));
  }
  EXPECT_EQ(outcome.err, "");
}

TEST(CommandLineTest, HelpsWithEveryCommand) {
  EXPECT_TRUE(test::contains(espalier({"--help"}).out, "evaluate"));
  const std::string flags = espalier({"train", "han", "--help"}).out;
  EXPECT_TRUE(test::contains(flags, "--self-loops,--no-self-loops"));
  EXPECT_EQ(flags.find("{false}"), std::string::npos);
  EXPECT_TRUE(espalier({"--version"}).out.starts_with("espalier 0."));
  for (const char* command : {"list", "train", "evaluate", "predict", "draw", "generate", "plot"}) {
    const Outcome outcome = espalier({command, "--help"});
    EXPECT_EQ(outcome.status, 0) << command;
    EXPECT_TRUE(test::contains(outcome.out, std::string("Usage: espalier ") + command));
    EXPECT_EQ(outcome.err, "");
  }
}

TEST(CommandLineTest, WrongUsageHasStatus2AndSaysWhatIsWrong) {
  const Words train = {"train", "tree-lstm", "--dataset", "listops", "--train-size", "20"};
  const auto with = [&](Words more) {
    Words all = train;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  const std::vector<std::pair<Words, std::string>> cases = {
      {{}, "a command is required"},
      {{"trian"}, "trian"},
      {{"train"}, "required"},
      {{"train", "tree-lstm"}, "--dataset is required"},
      {{"train", "grue", "--dataset", "listops"}, "grue not in {tree-lstm,"},
      {{"train", "document-han", "--dataset", "listops"},
       "the model document-han does not take the data set listops; it takes: planted-documents"},
      {{"train", "tree-lstm", "--dataset", "imdb"}, "imdb not in {listops,sst,sst-binary,"},
      {{"train", "tree-lstm", "--dataset", "sst", "--train-size", "9"},
       "--train-size is not for the data set sst but for: listops"},
      {{"evaluate", "x", "--split", "all"}, "all not in {train,dev,test}"},
      {with({"--epochs", "0"}), "0 is no whole number, 1 or more"},
      {with({"--epochs", "-3"}), "--epochs"},
      {with({"--epochs", "ten"}), "ten is no whole number, 1 or more"},
      {with({"--batch-size", "0"}), "--batch-size"},
      {with({"--hidden", "99999999999"}), "--hidden"},
      {with({"--learning-rate", "nan"}), "nan is no number, 0 to 1000000"},
      {with({"--learning-rate", "-1"}), "-1 is no number, 0 to 1000000"},
      {with({"--dropout", "1"}), "1 is no number, at least 0 and less than 1"},
      {with({"--max-length", "3"}), "--max-length is 3, expected 4 or more"},
      {with({"--seed", "-1"}), "-1 is no whole number >= 0"},
      {with({"--seed", "0x10"}), "0x10 is no whole number >= 0"},
      {with({"--seed", "9223372036854775808"}), "9223372036854775808 is no whole number"},
      {with({"--seed", "99999999999999999999999"}), "that 64 bits hold"},
      {with({"--batch-size", "18446744073709551615"}), "--batch-size"},
      {with({"--batch-size", "9223372036854775807"}), "is no whole number, 1 to 1000000000"},
      {with({"--hidden", "65537"}), "65537 is no whole number, 1 to 65536"},
      {with({"--learning-rate", "0x1p2"}), "0x1p2 is no number"},
      {with({"--learning-rate", "inf"}), "inf is no number"},
      {{"train", "lstm", "--dataset", "adding", "--length", "9223372036854775807"},
       "9223372036854775807 is no whole number, 2 to 1000000"},
      {{"generate", "x", "--length", "1000000000000"}, "--length"},
      {with({"--checkpoint", ""}), "--checkpoint: the value is empty"},
      {with({"--checkpoint="}), "--checkpoint: the value is empty"},
      {with({"--metrics", "--resume"}), "--metrics: the value is missing, the next word is --res"},
      {with({"--vectors", ""}), "--vectors: the value is empty"},
      {with({"--data="}), "--data: the value is empty"},
      {{"predict", ""}, "an argument is empty"},
      {with({"--data", "/tmp"}), "--data does nothing for the data set listops"},
      {with({"--checkpoint", "/tmp/a", "--metrics", "/tmp/../tmp/a"}), "are one file"},
      {with({"--checkpoint", "x", "--resume", "--overwrite"}), "--resume excludes --overwrite"},
      {{"train", "gru", "--dataset", "adding", "--dropout", "0.3"}, "--dropout 0.3 does nothing"},
      {{"train", "gru", "--dataset", "dates", "--dropout", "0.3"}, "--dropout 0.3 does nothing"},
      {{"train", "graph-lstm-reply", "--dataset", "threads", "--states", "none", "--edges", "both"},
       "--edges does nothing with --states none"},
      {{"train", "graph-lstm-reply", "--dataset", "threads", "--embedding-learning-rate", "0.1"},
       "--embedding-learning-rate 0.1 does nothing"},
      {{"generate", "x", "--temperature", "0", "--seed", "3"}, "--seed does nothing"},
      {{"trian"}, "did you mean train?"},
      {{"train", "grue", "--dataset", "adding"}, "did you mean gru?"},
      {{"train", "gru", "--dataset", "ading"}, "did you mean adding?"},
      {with({"--hiden", "3"}), "did you mean --hidden?"},
      {{"train", "graph-lstm-reply", "--dataset", "threads", "--rule", "befor"},
       "did you mean before?"},
      {with({"--threads", "0"}), "--threads"},
      {with({"--resume"}), "--resume requires --checkpoint"},
      {with({"--frobnicate"}), "--frobnicate"},
      {{"draw", "x", "--line", "0"}, "0 is no whole number >= 1"},
  };
  for (const auto& [arguments, what] : cases) {
    const Outcome outcome = espalier(arguments);
    EXPECT_EQ(outcome.status, 2) << testing::PrintToString(arguments);
    EXPECT_TRUE(outcome.err.starts_with("espalier: ")) << outcome.err;
    EXPECT_TRUE(test::contains(outcome.err, what));
    EXPECT_EQ(outcome.out, "");
  }
}

TEST(CommandLineTest, HelpOfAModelShowsWhatItTakesWithItsDefaults) {
  const std::string exact = espalier({"train", "gru", "--dataset", "copy", "--help"}).out;
  EXPECT_TRUE(test::contains(exact, "--delay"));
  EXPECT_TRUE(test::contains(exact, "[128]"));  // Of --hidden.
  EXPECT_TRUE(test::contains(exact, "--chrono"));
  for (const char* foreign : {"--peephole", "--states", "--rule", "--max-length", "--baselines"}) {
    EXPECT_EQ(exact.find(foreign), std::string::npos) << foreign;
  }
  const std::string all = espalier({"train", "gru", "--help"}).out;
  EXPECT_TRUE(test::contains(all, "copy 40000"));
  EXPECT_TRUE(test::contains(all, "adding dates 20000"));
  EXPECT_EQ(all.find("--peephole"), std::string::npos);
}

TEST(CommandLineTest, WithoutDataSaysWhereToPutIt) {
  const char* const folder = std::getenv("ESPALIER_DATA");
  const std::string before = folder == nullptr ? "" : folder;
  unsetenv("ESPALIER_DATA");
  const Outcome outcome = espalier({"train", "tree-lstm", "--dataset", "sst"});
  if (folder != nullptr) setenv("ESPALIER_DATA", before.c_str(), 1);
  EXPECT_EQ(outcome.status, 2);
  EXPECT_TRUE(test::contains(outcome.err, "the data set sst needs its files"));
  EXPECT_TRUE(test::contains(outcome.err, "--data DIR, or set ESPALIER_DATA"));
}

TEST(CommandLineTest, BadFilesHaveStatus1AndAreNamed) {
  const std::vector<std::pair<Words, std::string>> cases = {
      {{"train", "tree-lstm", "--dataset", "sst", "--data", "/absent"},
       "/absent: no data set sst, expected train.txt, dev.txt and test.txt"},
      {{"evaluate", "/absent.safetensors"}, "/absent.safetensors"},
      {{"predict", "/absent.safetensors"}, "/absent.safetensors"},
      {{"draw", "/absent.safetensors"}, "/absent.safetensors"},
      {{"train", "tree-lstm", "--dataset", "listops", "--train-size", "20", "--checkpoint",
        "/absent/x"},
       "/absent/x"},
      {{"train", "tree-lstm", "--dataset", "listops", "--train-size", "20", "--metrics",
        "/absent/x"},
       "/absent/x"},
      {{"train", "tree-lstm", "--dataset", "listops", "--train-size", "20", "--vectors", "/absent"},
       "/absent: cannot be opened"},
  };
  for (const auto& [arguments, what] : cases) {
    const Outcome outcome = espalier(arguments);
    EXPECT_EQ(outcome.status, 1) << testing::PrintToString(arguments);
    EXPECT_TRUE(outcome.err.starts_with("espalier: ")) << outcome.err;
    EXPECT_TRUE(test::contains(outcome.err, what));
  }
}

TEST(CommandLineTest, MoreThanAllMemoryIsAnErrorThatSaysSo) {
  for (const Words& sizes :
       {Words{"adding", "--length", "1000000"}, Words{"copy", "--delay", "1000000"}}) {
    Words train = {"train", "gru", "--train-size", "100000000", "--dataset"};
    train.insert(train.end(), sizes.begin(), sizes.end());
    const Outcome outcome = espalier(train);
    EXPECT_EQ(outcome.status, 1);
    EXPECT_TRUE(test::contains(outcome.err, "espalier: out of memory: the examples to draw take"));
  }
}

// What the shell sees.
int status_of(const std::string& arguments) {
  const int status =
      std::system((std::string(ESPALIER_COMMAND) + " " + arguments).c_str());  // NOLINT
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(CommandLineTest, TheProgramReturnsTheStatus) {
  EXPECT_EQ(status_of("list > /dev/null"), 0);
  EXPECT_EQ(status_of("train --help > /dev/null"), 0);
  EXPECT_EQ(status_of("2> /dev/null"), 2);
  EXPECT_EQ(status_of("train gru 2> /dev/null"), 2);
  EXPECT_EQ(status_of("predict /absent 2> /dev/null"), 1);
}

TEST(CommandLineTest, OutputThatIsLostIsNoSuccess) {
  EXPECT_EQ(status_of("list > /dev/full 2> /dev/null"), 1);
  EXPECT_EQ(status_of("--help > /dev/full 2> /dev/null"), 1);
}

}  // namespace
}  // namespace espalier::apps
