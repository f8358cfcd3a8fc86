// Kills the program at random moments: nothing is lost that was kept, and nothing comes out
// differently.

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/training/checkpoint.h>

#include "tests/datasets/files.h"

namespace espalier::apps {
namespace {

using training::Checkpoint;
using training::load_checkpoint;
using training::NamedTensors;

pid_t start(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), ESPALIER_COMMAND);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t quietly;
  posix_spawn_file_actions_init(&quietly);
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&quietly, stream, "/dev/null", 1 /* O_WRONLY */, 0);
  }
  pid_t process = -1;
  EXPECT_EQ(posix_spawn(&process, argv[0], &quietly, nullptr, argv.data(), environ), 0);
  posix_spawn_file_actions_destroy(&quietly);
  return process;
}

int wait_for(pid_t process) {
  int status = 0;
  EXPECT_EQ(waitpid(process, &status, 0), process);
  return status;
}

bool succeeded(int status) { return WIFEXITED(status) && WEXITSTATUS(status) == 0; }

void expect_same_bits(const NamedTensors& actual, const NamedTensors& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (const auto& [name, tensor] : expected) {
    ASSERT_TRUE(actual.contains(name)) << name;
    const Tensor& other = actual.find(name)->second;
    ASSERT_EQ(other.shape(), tensor.shape()) << name;
    EXPECT_EQ(std::memcmp(other.data(), tensor.data(), tensor.size() * sizeof(float)), 0) << name;
  }
}

void expect_same_run(const Checkpoint& actual, const Checkpoint& expected) {
  EXPECT_EQ(actual.configuration, expected.configuration);
  expect_same_bits(actual.parameters, expected.parameters);
  expect_same_bits(actual.best_parameters, expected.best_parameters);
  expect_same_bits(actual.optimizer.tensors, expected.optimizer.tensors);
  EXPECT_EQ(actual.optimizer.counters, expected.optimizer.counters);
  ASSERT_EQ(actual.run.history.size(), expected.run.history.size());
  for (std::size_t i = 0; i < expected.run.history.size(); ++i) {
    EXPECT_EQ(actual.run.history[i].train_loss, expected.run.history[i].train_loss);
    EXPECT_EQ(actual.run.history[i].dev, expected.run.history[i].dev);
  }
}

TEST(CheckpointKillTest, ARunThatIsKilled50TimesEndsAsOneThatIsNot) {
  const test::TemporaryFolder folder;
  const auto arguments = [&](const std::string& checkpoint) {
    return std::vector<std::string>{"train",
                                    "tree-lstm",
                                    "--dataset",
                                    "listops",
                                    "--train-size",
                                    "64",
                                    "--epochs",
                                    "8",
                                    "--batch-size",
                                    "8",
                                    "--hidden",
                                    "16",
                                    "--dropout",
                                    "0.2",
                                    "--resume",
                                    "--checkpoint-steps",
                                    "1",
                                    "--threads",
                                    "2",
                                    "--checkpoint",
                                    checkpoint};
  };
  const std::string reference = (folder.path() / "reference").string();
  const auto began = std::chrono::steady_clock::now();
  ASSERT_TRUE(succeeded(wait_for(start(arguments(reference)))));
  const auto whole_run = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - began);
  const Checkpoint expected = load_checkpoint(reference);

  const unsigned seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  std::uniform_int_distribution<long long> delay(0, whole_run.count());
  const std::string checkpoint = (folder.path() / "killed").string();
  int kills = 0;
  int complete_runs = 0;
  while (kills < 50 || complete_runs == 0) {
    const pid_t process = start(arguments(checkpoint));
    if (kills < 50) {
      std::this_thread::sleep_for(std::chrono::microseconds(delay(random)));
      kill(process, SIGKILL);
    }
    const int status = wait_for(process);
    if (WIFSIGNALED(status)) {
      ++kills;
      if (std::filesystem::exists(checkpoint)) {
        EXPECT_NO_THROW(load_checkpoint(checkpoint)) << "after kill " << kills;
      }
      continue;
    }
    ASSERT_TRUE(succeeded(status));
    ++complete_runs;
    expect_same_run(load_checkpoint(checkpoint), expected);
    std::filesystem::remove(checkpoint);
  }
  RecordProperty("complete_runs", complete_runs);
}

}  // namespace
}  // namespace espalier::apps
