#include <espalier/base/output_file.h>

#include <gtest/gtest.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>

#include <espalier/base/error.h>

#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

namespace espalier {
namespace {

namespace fs = std::filesystem;

class OutputFileTest : public testing::Test {
 protected:
  // What is written to a pipe by `write`.
  template <class Write>
  static std::string through_a_pipe(const fs::path& path, const Write& write) {
    std::string received;
    std::thread reader([&] { received = test::read_file(path); });
    write();
    reader.join();
    return received;
  }
  mode_t mode_of(const char* name) const {
    struct stat status {};
    EXPECT_EQ(::stat((folder_ / name).c_str(), &status), 0);
    return status.st_mode & 07777;
  }

  const test::TemporaryFolder folder_;
};

TEST_F(OutputFileTest, ReplacesTheFile) {
  write_file(folder_ / "file", "a long first version");
  write_file(folder_ / "file", "second");
  EXPECT_EQ(test::read_file(folder_ / "file"), "second");
  EXPECT_EQ(folder_.num_files(), 1u);
}

TEST_F(OutputFileTest, WritesToTheCurrentFolder) {
  const fs::path before = fs::current_path();
  fs::current_path((folder_ / "file").parent_path());
  write_file("file", "here");
  fs::current_path(before);
  EXPECT_EQ(test::read_file(folder_ / "file"), "here");
}

TEST_F(OutputFileTest, AnExceptionLeavesTheOldFileAlone) {
  write_file(folder_ / "file", "old");
  const auto write = [](const ByteSink& sink) {
    sink(std::as_bytes(std::span("half of the new one")));
    throw std::runtime_error("enough");
  };
  EXPECT_THROW(write_file(folder_ / "file", write), std::runtime_error);
  EXPECT_EQ(test::read_file(folder_ / "file"), "old");
  EXPECT_EQ(folder_.num_files(), 1u);
}

TEST_F(OutputFileTest, NamesThePathAndTheReason) {
  const std::string text =
      test::error_of<FileError>([&] { write_file(folder_ / "no" / "file", "bytes"); });
  EXPECT_EQ(text, (folder_ / "no" / "file").string() +
                      ": cannot create: No such file or directory; the folder " +
                      (folder_ / "no").string() + " is not there, create it first");
  fs::create_directory(folder_ / "taken");
  EXPECT_EQ(test::error_of<FileError>([&] { write_file(folder_ / "taken", "bytes"); }),
            (folder_ / "taken").string() + ": cannot write: Is a directory");
  EXPECT_EQ(folder_.num_files(), 1u);
}

TEST_F(OutputFileTest, DevicesAreWrittenTo) {
  fs::create_symlink("/dev/null", folder_ / "nothing");
  write_file(folder_ / "nothing", "bytes");
  EXPECT_TRUE(fs::is_character_file(folder_ / "nothing"));
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  if (!fs::exists("/dev/full")) GTEST_SKIP();
  EXPECT_EQ(test::error_of<FileError>([] { write_file("/dev/full", "bytes"); }),
            "/dev/full: cannot write: No space left on device");
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

TEST_F(OutputFileTest, PipesAreWrittenTo) {
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(through_a_pipe(pipe, [&] { write_file(pipe, "bytes"); }), "bytes");
  // A log stays open: the reader gets all of it.
  EXPECT_EQ(through_a_pipe(pipe,
                           [&] {
                             GrowingFile log(pipe, "1\n");
                             log.append("2\n");
                           }),
            "1\n2\n");
  EXPECT_TRUE(fs::is_fifo(pipe));
}

// As after `program >file`, whose end stays where the program writes on.
TEST_F(OutputFileTest, OpenFilesAreWrittenTo) {
  const int number = ::open((folder_ / "file").c_str(), O_WRONLY | O_CREAT, 0666);
  ASSERT_EQ(::write(number, "1", 1), 1);
  write_file("/dev/fd/" + std::to_string(number), "2");
  GrowingFile log("/proc/self/fd/" + std::to_string(number), "3");
  log.append("4");
  ASSERT_EQ(::write(number, "5", 1), 1);
  ::close(number);
  EXPECT_EQ(test::read_file(folder_ / "file"), "12345");
}

TEST_F(OutputFileTest, LinksAreFollowed) {
  fs::create_directory(folder_ / "other");
  fs::create_symlink("other/file", folder_ / "near");
  fs::create_symlink(folder_ / "near", folder_ / "far");
  for (const char* bytes : {"new", "newer"}) {  // There is nothing at the end of it the first time.
    write_file(folder_ / "far", bytes);
    EXPECT_EQ(test::read_file(folder_ / "other" / "file"), bytes);
  }
  EXPECT_TRUE(fs::is_symlink(folder_ / "near") && fs::is_symlink(folder_ / "far"));
  GrowingFile(folder_ / "far", "1").append("2");
  EXPECT_EQ(test::read_file(folder_ / "other" / "file"), "12");

  fs::create_symlink("round", folder_ / "round");
  EXPECT_EQ(test::error_of<FileError>([&] { write_file(folder_ / "round", "bytes"); }),
            (folder_ / "round").string() + ": cannot write: Too many levels of symbolic links");
}

TEST_F(OutputFileTest, ModesAreKept) {
  for (const mode_t mode : {0600, 0640, 0755, 0666}) {
    write_file(folder_ / "file", "old");
    ASSERT_EQ(::chmod((folder_ / "file").c_str(), mode), 0);
    write_file(folder_ / "file", "new");
    EXPECT_EQ(mode_of("file"), mode);
  }
  const mode_t before = ::umask(027);
  write_file(folder_ / "created", "new");
  ::umask(before);
  EXPECT_EQ(mode_of("created"), 0640u);
}

TEST_F(OutputFileTest, AFileThatMayNotBeWrittenIsNotReplaced) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everything";
  write_file(folder_ / "file", "old");
  ASSERT_EQ(::chmod((folder_ / "file").c_str(), 0400), 0);
  EXPECT_THROW(write_file(folder_ / "file", "new"), FileError);
  EXPECT_EQ(test::read_file(folder_ / "file"), "old");
}

TEST_F(OutputFileTest, FilesOfSimilarNamesAreLeftAlone) {
  const char* const others[] = {"file.tmp", ".file.tmp", ".file.espalier-tmp",
                                ".file.0123456789abcdef.tmp",
                                ".files.0123456789abcdef.espalier-tmp"};
  for (const char* other : others) test::write_file(folder_ / other, "mine");
  write_file(folder_ / "file", "bytes");
  for (const char* other : others) EXPECT_EQ(test::read_file(folder_ / other), "mine") << other;
}

TEST_F(OutputFileTest, WhatAKilledWriterLeftIsRemovedButNotWhatIsInUse) {
  const fs::path left = folder_ / ".file.0123456789abcdef.espalier-tmp";
  test::write_file(left, "half");
  const int other = ::open(left.c_str(), O_WRONLY);
  ASSERT_EQ(::flock(other, LOCK_EX), 0);
  write_file(folder_ / "file", "bytes");
  EXPECT_TRUE(fs::exists(left));
  ::close(other);
  write_file(folder_ / "file", "bytes");
  EXPECT_EQ(folder_.num_files(), 1u);
}

TEST_F(OutputFileTest, TheLongestNameWillDo) {
  const std::string name(255, 'x');
  write_file(folder_ / name.c_str(), "bytes");
  write_file(folder_ / name.c_str(), "new");
  EXPECT_EQ(test::read_file(folder_ / name.c_str()), "new");
}

TEST_F(OutputFileTest, TwoWritersAtOnceLeaveAWholeFile) {
  const auto write_many = [&](char letter) {
    for (int n = 0; n < 100; ++n) write_file(folder_ / "file", std::string(10'000, letter));
  };
  std::thread other(write_many, 'a');
  write_many('b');
  other.join();
  const std::string found = test::read_file(folder_ / "file");
  EXPECT_EQ(found, std::string(10'000, found.front()));
  EXPECT_EQ(folder_.num_files(), 1u);
}

// Version n of a file: a length and a content from which a mixture of versions would be seen.
std::string version(int n) {
  return std::string(static_cast<std::size_t>(1000 + n % 7 * 40000),
                     static_cast<char>('a' + n % 7));
}

// In a child, which must not live on as a second test program: hence noexcept.
[[noreturn]] void write_versions_for_ever(const fs::path& path) noexcept {
  for (int n = 0;; ++n) write_file(path, version(n));
}

TEST_F(OutputFileTest, AKilledWriterLeavesTheOldOrTheNewFile) {
  write_file(folder_ / "file", version(0));
  std::mt19937 random(7);
  for (int round = 0; round < 60; ++round) {
    const pid_t child = ::fork();
    if (child == 0) write_versions_for_ever(folder_ / "file");
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 8000));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));

    const std::string found = test::read_file(folder_ / "file");
    ASSERT_FALSE(found.empty());
    ASSERT_EQ(found, version(found.front() - 'a')) << "round " << round;
  }
  write_file(folder_ / "file", version(1));
  EXPECT_EQ(folder_.num_files(), 1u);
}

}  // namespace
}  // namespace espalier
