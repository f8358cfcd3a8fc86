#pragma once

#include <filesystem>
#include <optional>

#include <sys/stat.h>

namespace espalier {

/// Where what is written to a path goes.
struct Destination {
  std::filesystem::path path;    ///< The same place, without a symbolic link at its end.
  std::optional<int> open_file;  ///< The number of a file that this process has open there.
  std::optional<struct stat> status = {};  ///< Of what is there; none: nothing yet.

  /// Whether it is a file of bytes or is yet to be one, which may be replaced by another. Devices,
  /// pipes and what is open already may not: others hold on to them.
  bool is_replaceable() const {
    return !open_file && (!status || S_ISREG(status->st_mode) || S_ISDIR(status->st_mode));
  }
};

/// Follows links, /dev/stdout and /dev/fd/N too; the standard output and error are known under the
/// names of their files as well. Throws FileError if links go round in a circle.
Destination destination_of(const std::filesystem::path& path);

}  // namespace espalier
