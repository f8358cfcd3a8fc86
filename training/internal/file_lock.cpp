#include <espalier/training/internal/file_lock.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include <espalier/base/error.h>

namespace espalier::training {
namespace {

namespace fs = std::filesystem;

std::string reason(int error) { return std::generic_category().message(error); }

int open_lock(const fs::path& lock, const fs::path& path) {
  const int file = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file >= 0) return file;
  const int error = errno;
  std::error_code ignored;
  if (error == ENOENT && !fs::exists(lock.parent_path(), ignored)) {
    throw FileError(message(path.string(), ": cannot create: ", reason(error), "; the folder ",
                            path.parent_path().string(), " is not there, create it first"));
  }
  throw FileError(message(path.string(), ": cannot create: ", reason(error)));
}

// Is the open file still the one of that name? Not if who held the lock removed it meanwhile.
bool is_at(int file, const fs::path& path) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(file, &opened) == 0 && ::stat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

}  // namespace

FileLock::FileLock(const fs::path& path) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (fs::is_directory(status)) {
    throw FileError(message(path.string(), ": is a folder, expected a file"));
  }
  if (fs::exists(status) && !fs::is_regular_file(status)) return;
  fs::path target = fs::weakly_canonical(path, ignored);  // One lock for all of the file's names.
  if (target.empty()) target = fs::absolute(path);
  lock_ = target.parent_path() / message('.', target.filename().string(), ".espalier-lock");
  while (true) {
    file_ = open_lock(lock_, path);
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      ::close(file_);
      throw FileError(message(path.string(), ": another run is at work on this file"));
    }
    if (is_at(file_, lock_)) return;
    ::close(file_);
  }
}

FileLock::~FileLock() {
  if (file_ < 0) return;
  ::unlink(lock_.c_str());  // Before it is given up: nobody else can have it yet.
  ::close(file_);
}

}  // namespace espalier::training
