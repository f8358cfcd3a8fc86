#include <espalier/training/internal/file_lock.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/training/training_test_support.h"

namespace espalier::training {
namespace {

TEST(FileLockTest, ASecondOneIsRefusedUnderAnyName) {
  const test::TemporaryFolder folder;
  const auto path = folder / "model";
  test::write_file(path, "x");
  std::filesystem::create_symlink(path, folder / "link");
  {
    const FileLock lock(path);
    const std::string text = test::error_of<FileError>([&] { FileLock again(folder / "link"); });
    EXPECT_TRUE(test::contains(text, "link: another run is at work on this file")) << text;
  }
  EXPECT_NO_THROW(FileLock{folder / "link"});
  EXPECT_EQ(folder.num_files(), 2u);  // Nothing is left behind.
}

TEST(FileLockTest, DiesWithItsProcess) {
  const test::TemporaryFolder folder;
  const auto path = folder / "model";
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const FileLock lock(path);
    if (::write(ready[1], "x", 1) != 1) ::_exit(1);
    ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_THROW(FileLock{path}, FileError);
  ::kill(child, SIGKILL);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_NO_THROW(FileLock{path});
}

TEST(FileLockTest, RefusesWhatCannotBeWritten) {
  const test::TemporaryFolder folder;
  EXPECT_TRUE(test::contains(test::error_of<FileError>([&] { FileLock lock(folder / "a/b"); }),
                             "is not there, create it first"));
  EXPECT_TRUE(test::contains(test::error_of<FileError>([&] { FileLock lock(folder / "."); }),
                             "is a folder"));
  EXPECT_NO_THROW(FileLock("/dev/null"));
}

}  // namespace
}  // namespace espalier::training
