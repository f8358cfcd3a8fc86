#include <espalier/training/internal/atomic_file.h>

#include <gtest/gtest.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

#include <espalier/base/error.h>

#include "tests/training/training_test_support.h"

namespace espalier::training {
namespace {

TEST(AtomicFileTest, ReplacesTheFile) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "file", "a long first version");
  write_file_atomically(folder / "file", "second");
  EXPECT_EQ(test::read_file(folder / "file"), "second");
  EXPECT_EQ(folder.num_files(), 1u);
}

TEST(AtomicFileTest, WritesToTheCurrentFolder) {
  const test::TemporaryFolder folder;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path((folder / "file").parent_path());
  write_file_atomically("file", "here");
  std::filesystem::current_path(before);
  EXPECT_EQ(test::read_file(folder / "file"), "here");
}

TEST(AtomicFileTest, AnExceptionLeavesTheOldFileAlone) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "file", "old");
  const auto write = [](const ByteSink& sink) {
    sink(std::as_bytes(std::span("half of the new one")));
    throw std::runtime_error("enough");
  };
  EXPECT_THROW(write_file_atomically(folder / "file", write), std::runtime_error);
  EXPECT_EQ(test::read_file(folder / "file"), "old");
  EXPECT_EQ(folder.num_files(), 1u);
}

TEST(AtomicFileTest, NamesThePathAndTheReason) {
  const test::TemporaryFolder folder;
  const std::string text =
      test::error_of<FileError>([&] { write_file_atomically(folder / "no" / "file", "bytes"); });
  EXPECT_TRUE(test::contains(text, (folder / "no").string())) << text;
  EXPECT_TRUE(text.ends_with("No such file or directory; the folder " + (folder / "no").string() +
                             " is not there, create it first"))
      << text;

  // A folder in the file's place is found only at the end.
  std::filesystem::create_directory(folder / "taken");
  EXPECT_THROW(write_file_atomically(folder / "taken", "bytes"), FileError);
  EXPECT_EQ(folder.num_files(), 1u);
}

TEST(AtomicFileTest, AFullDiskIsAnError) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP();
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "file", "old");
  std::filesystem::create_symlink("/dev/full", folder / "file.tmp");
  const std::string text =
      test::error_of<FileError>([&] { write_file_atomically(folder / "file", "new"); });
  EXPECT_TRUE(test::contains(text, "No space left on device") || test::contains(text, "truncate"))
      << text;
  EXPECT_EQ(test::read_file(folder / "file"), "old");
  EXPECT_EQ(folder.num_files(), 1u);
}

TEST(AtomicFileTest, RefusesASecondWriter) {
  const test::TemporaryFolder folder;
  const int other = ::open((folder / "file.tmp").c_str(), O_WRONLY | O_CREAT, 0666);
  ASSERT_EQ(::flock(other, LOCK_EX), 0);
  const std::string text =
      test::error_of<FileError>([&] { write_file_atomically(folder / "file", "bytes"); });
  EXPECT_TRUE(test::contains(text, "another writer")) << text;
  ::close(other);
  write_file_atomically(folder / "file", "bytes");  // What it left behind is taken over.
  EXPECT_EQ(test::read_file(folder / "file"), "bytes");
  EXPECT_EQ(folder.num_files(), 1u);
}

// Version n of a file: a length and a content from which a mixture of versions would be seen.
std::string version(int n) {
  return std::string(static_cast<std::size_t>(1000 + n % 7 * 40000),
                     static_cast<char>('a' + n % 7));
}

// In a child, which must not live on as a second test program: hence noexcept.
[[noreturn]] void write_versions_for_ever(const std::filesystem::path& path) noexcept {
  for (int n = 0;; ++n) write_file_atomically(path, version(n));
}

TEST(AtomicFileTest, AKilledWriterLeavesTheOldOrTheNewFile) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "file", version(0));
  Rng rng(7);
  for (int round = 0; round < 60; ++round) {
    const pid_t child = ::fork();
    if (child == 0) write_versions_for_ever(folder / "file");
    std::this_thread::sleep_for(std::chrono::microseconds(rng.below(8000)));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));

    const std::string found = test::read_file(folder / "file");
    ASSERT_FALSE(found.empty());
    ASSERT_EQ(found, version(found.front() - 'a')) << "round " << round;
  }
  write_file_atomically(folder / "file", version(1));
  EXPECT_EQ(folder.num_files(), 1u);
}

}  // namespace
}  // namespace espalier::training
