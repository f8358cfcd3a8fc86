// What a run writes: tried before it begins, never destroyed, kept when it is ended.

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
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

class RunFilesTest : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  Words words(const std::string& checkpoint, const Words& more = {}) const {
    Words all = {"train",        "gru",
                 "--dataset",    "adding",
                 "--length",     "8",
                 "--hidden",     "4",
                 "--train-size", "40",
                 "--epochs",     "2",
                 "--checkpoint", path(checkpoint)};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  // A run as a process of its own, whose standard error goes to the file "err".
  pid_t start(Words arguments) const {
    arguments.insert(arguments.begin(), ESPALIER_COMMAND);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, path("err").c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0666);
    posix_spawnattr_t attributes;  // A shell in the background may have had SIGINT ignored.
    posix_spawnattr_init(&attributes);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    pid_t process = -1;
    EXPECT_EQ(posix_spawn(&process, argv[0], &files, &attributes, argv.data(), environ), 0);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return process;
  }
  static int status_of(pid_t process) {
    int status = 0;
    EXPECT_EQ(waitpid(process, &status, 0), process);
    return status;
  }
  // A run that lasts, in the middle of its steps.
  pid_t start_long(const std::string& checkpoint, const Words& more = {}) const {
    Words all = {"train",
                 "gru",
                 "--dataset",
                 "adding",
                 "--length",
                 "40",
                 "--hidden",
                 "64",
                 "--train-size",
                 "20000",
                 "--epochs",
                 "3",
                 "--checkpoint-steps",
                 "1",
                 "--checkpoint",
                 path(checkpoint)};
    all.insert(all.end(), more.begin(), more.end());
    const pid_t process = start(all);
    for (int i = 0; i < 2000; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      if (!std::filesystem::exists(path(checkpoint))) continue;
      if (training::load_checkpoint(path(checkpoint)).run.step > 0) return process;
    }
    ADD_FAILURE() << "no step was saved: " << test::read_file(path("err"));
    return process;
  }

  test::TemporaryFolder folder_;
};

TEST_F(RunFilesTest, ACheckpointThatIsThereIsNotReplacedUnlessOneSaysSo) {
  ASSERT_EQ(espalier(words("model")).status, 0);
  const std::string before = test::read_file(path("model"));
  const Outcome again = espalier(words("model"));
  EXPECT_EQ(again.status, 1);
  EXPECT_TRUE(test::contains(again.err, path("model") + ": there is a file already; --resume"));
  EXPECT_EQ(test::read_file(path("model")), before);
  EXPECT_EQ(espalier(words("model", {"--overwrite", "--seed", "2"})).status, 0);
  EXPECT_NE(test::read_file(path("model")), before);
}

TEST_F(RunFilesTest, WhatCannotBeWrittenIsKnownBeforeBaselinesAreTrained) {
  const auto outcome = [&](const Words& files) {
    Words all = {
        "train", "bag-of-words", "--dataset", "planted-documents", "--baselines", "--train-size",
        "20",    "--epochs",     "1"};
    all.insert(all.end(), files.begin(), files.end());
    return espalier(all);
  };
  for (const Words& files :
       std::vector<Words>{{"--checkpoint", path("no/folder/model")},
                          {"--checkpoint", path("")},
                          {"--checkpoint", path("model"), "--metrics", path("no/folder/log")}}) {
    const Outcome failed = outcome(files);
    EXPECT_EQ(failed.status, 1) << files[1];
    EXPECT_EQ(failed.out, "");
    EXPECT_EQ(failed.err.find("loss"), std::string::npos) << failed.err;
    EXPECT_FALSE(std::filesystem::exists(path("model")));  // Nothing that has learnt nothing.
  }
  const Outcome good = outcome({"--checkpoint", path("model")});
  EXPECT_EQ(good.status, 0) << good.err;
  EXPECT_TRUE(test::contains(good.out, "baseline    document-han"));
}

TEST_F(RunFilesTest, OnePathGivenTwiceIsRefusedUnderAnyName) {
  folder_.write("book", "some text to learn from, some text to learn from");
  std::filesystem::create_symlink(path("book"), path("link"));
  const Outcome outcome = espalier(
      {"train", "gru", "--dataset", "text", "--text", path("book"), "--metrics", path("link")});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_TRUE(test::contains(outcome.err, "--metrics and --text are one file"));
  EXPECT_EQ(espalier({"plot", path("book"), "--output", path("link")}).status, 2);
}

TEST_F(RunFilesTest, ASignalEndsARunAfterTheStepAndSaysHowToGoOn) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const pid_t process = start_long("model");
    kill(process, signal);
    const int status = status_of(process);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 128 + signal);
    const std::string err = test::read_file(path("err"));
    EXPECT_TRUE(test::contains(err, "the state is saved in " + path("model")));
    EXPECT_TRUE(test::contains(err, path("model") + " --resume\n"));
    std::filesystem::remove(path("model"));
  }
}

// A step of some seconds: the first signal waits for its end, the second does not.
TEST_F(RunFilesTest, ASecondSignalEndsARunAtOnce) {
  const pid_t process = start({"train", "gru", "--dataset", "adding", "--length", "500", "--hidden",
                               "1024", "--batch-size", "64", "--train-size", "640", "--epochs", "3",
                               "--checkpoint", path("model")});
  for (int i = 0; i < 2000 && test::read_file(path("err")).find("gru") == std::string::npos; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  std::this_thread::sleep_for(std::chrono::seconds(1));
  kill(process, SIGINT);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  int status = 0;
  ASSERT_EQ(waitpid(process, &status, WNOHANG), 0) << test::read_file(path("err"));
  kill(process, SIGINT);
  status = status_of(process);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGINT);
}

// Nobody writes to the pipe that it reads.
TEST_F(RunFilesTest, ASignalEndsTheLoadingOfDataAtOnce) {
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  const pid_t process = start({"train", "lstm", "--dataset", "text", "--text", path("pipe"),
                               "--checkpoint", path("model")});
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  kill(process, SIGTERM);
  const int status = status_of(process);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
  EXPECT_FALSE(std::filesystem::exists(path("model")));
}

TEST_F(RunFilesTest, APictureDoesNotReplaceWhatItIsDrawnFrom) {
  ASSERT_EQ(espalier({"train", "tree-lstm", "--dataset", "listops", "--train-size", "20",
                      "--hidden", "4", "--epochs", "1", "--checkpoint", path("model")})
                .status,
            0);
  const std::string tree = folder_.write("tree", "[MAX 2 9 ]\n");
  for (const std::string& output : {tree, path("model")}) {
    const Outcome outcome = espalier({"draw", path("model"), tree, "--output", output});
    EXPECT_EQ(outcome.status, 2);
    EXPECT_TRUE(test::contains(outcome.err, "are one file"));
  }
  EXPECT_EQ(test::read_file(tree), "[MAX 2 9 ]\n");
}

// A handler's frame on the stack of oneDNN's code for AVX-512 damages memory.
TEST_F(RunFilesTest, NoThreadThatComputesHandlesASignal) {
  const pid_t process = start_long("model");
  constexpr std::uint64_t kSignals = (1u << (SIGINT - 1)) | (1u << (SIGTERM - 1));
  std::size_t threads = 0;
  for (const auto& task :
       std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/task")) {
    std::ifstream status(task.path() / "status");
    for (std::string line; std::getline(status, line);) {
      const auto mask = [&line] { return std::stoull(line.substr(7), nullptr, 16); };
      if (line.starts_with("SigCgt:")) {
        EXPECT_EQ(mask() & kSignals, 0u) << line;
      } else if (line.starts_with("SigBlk:")) {
        EXPECT_EQ(mask() & kSignals, kSignals) << line;
        ++threads;
      }
    }
  }
  EXPECT_GT(threads, 1u);
  kill(process, SIGKILL);
  status_of(process);
}

TEST_F(RunFilesTest, ASecondRunOnACheckpointIsRefusedWhileTheFirstLives) {
  const pid_t process = start_long("model");
  const Words same = {"train",    "gru",      "--dataset",    "adding",       "--length",
                      "40",       "--hidden", "64",           "--train-size", "20000",
                      "--epochs", "3",        "--checkpoint", path("model")};
  for (const char* flag : {"--resume", "--overwrite"}) {
    Words second = same;
    second.emplace_back(flag);
    const Outcome outcome = espalier(second);
    EXPECT_EQ(outcome.status, 1);
    EXPECT_TRUE(test::contains(outcome.err, "another run is at work on this file"));
  }
  kill(process, SIGKILL);
  status_of(process);
  EXPECT_NO_THROW(training::load_checkpoint(path("model")));
}

}  // namespace
}  // namespace espalier::apps
