#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include <sys/stat.h>

#include <espalier/base/internal/descriptor.h>

namespace espalier {

/// A new file beside another, to take its place once it is complete; otherwise it is removed.
class TemporaryFile {
 public:
  /// `named` is `target` as the user calls it, in messages. Removes what writers of the same target
  /// that were killed have left. All throw FileError.
  TemporaryFile(const std::filesystem::path& target, const std::filesystem::path& named);
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile();

  /// Takes on the mode of another file and, if the system lets it, its owner.
  void resemble(const struct stat& other) const;
  void write(std::span<const std::byte> bytes) const { file_.write(bytes); }
  /// Syncs the bytes, renames the file to `target`, and syncs the folder.
  void take_the_place();

 private:
  std::filesystem::path target_, named_, path_;
  Descriptor folder_;
  Descriptor file_;  // Locked while it has its own name: it is in use, not left behind.
};

}  // namespace espalier
