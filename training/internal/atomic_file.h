#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string_view>

namespace espalier::training {

/// Takes the next bytes of a file.
using ByteSink = std::function<void(std::span<const std::byte> bytes)>;

/// Replaces the file at `path` by what `write` puts into its sink, as a whole or not at all: after
/// a crash or a loss of power at any instant the path names the old file or the new one, complete.
///
/// Writes "<path>.tmp" in the same folder, syncs it, renames it, syncs the folder. If anything
/// throws, that file is removed and `path` is as it was; only a killed process leaves it behind,
/// for the next writer to take over. Throws FileError, with the path and the system's reason; also
/// if another process or thread is writing the same file just then.
void write_file_atomically(const std::filesystem::path& path,
                           const std::function<void(const ByteSink& sink)>& write);
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

}  // namespace espalier::training
