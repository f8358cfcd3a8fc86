#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

// How the library and the command write files, all of them.
namespace espalier {

class Descriptor;

/// Takes the next bytes of a file.
using ByteSink = std::function<void(std::span<const std::byte> bytes)>;

/// Writes a file: what `write` puts into its sink, as a whole or not at all. After a crash or a
/// loss of power at any instant the path names the old file or the new one, complete.
///
/// The bytes go into a new file of another name in the same folder,
/// ".<name>.<random>.espalier-tmp", which is synced and renamed, and the folder is synced. If
/// anything throws, that file is removed and `path` is as it was; what a killed process leaves
/// behind, the next writer of `path` removes. Symbolic links are followed, and the new file has the
/// mode of the old one and, where the system lets it, its owner. Other hard links keep the old
/// file.
///
/// What is no regular file (a device, a pipe, /dev/stdout or /dev/fd/N) is not replaced: the bytes
/// are written to it as they come.
///
/// Throws FileError, with the path and the system's reason, if any step fails, or if the old file
/// may not be written to.
void write_file(const std::filesystem::path& path,
                const std::function<void(const ByteSink& sink)>& write);
void write_file(const std::filesystem::path& path, std::string_view bytes);

/// A file that grows, as a log does. What was appended is out before append() returns.
class GrowingFile {
 public:
  /// Begins with `bytes`, in place of what was there, as write_file() does.
  GrowingFile(const std::filesystem::path& path, std::string_view bytes);
  // Both throw FileError. To close it is the last chance to hear of a write that was lost.
  void append(std::string_view bytes);
  void close();

 private:
  std::shared_ptr<Descriptor> file_;
};

}  // namespace espalier
