#pragma once

#include <filesystem>

namespace espalier::training {

/// Keeps a file for one run: a second one, of this process or another, that asks for the same file
/// is refused. The lock dies with its process, however that ends.
///
/// It is a file beside it, ".<name>.espalier-lock", which is removed at the end; one that a killed
/// process left behind locks nothing. Some file systems know no locks; there nothing is refused.
/// What is no regular file, a device say, is not locked.
class FileLock {
 public:
  /// Throws FileError if another run has the file, if `path` is a folder, or if nothing can be
  /// created beside it.
  explicit FileLock(const std::filesystem::path& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  std::filesystem::path lock_;
  int file_ = -1;
};

}  // namespace espalier::training
