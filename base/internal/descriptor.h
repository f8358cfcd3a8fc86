#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace espalier {

/// Throws FileError "<path>: cannot <what>: <the system's reason>".
[[noreturn]] void fail_file(const std::filesystem::path& path, const char* what, int error);

/// An open file of the system's, and the path that messages name. Closed at the end of its life.
class Descriptor {
 public:
  Descriptor() = default;
  /// Takes over `number`, which may be negative: none.
  Descriptor(int number, std::filesystem::path path);
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();

  /// open(2), again if a signal comes between. None if that fails; errno says why. Messages call it
  /// `named`.
  static Descriptor open(const std::filesystem::path& path, int flags,
                         const std::filesystem::path& named, unsigned mode = 0);

  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }

  /// Whether `path` names this very file.
  bool is_at(const std::filesystem::path& path) const;

  // Each throws FileError.
  void write(std::span<const std::byte> bytes) const;
  void sync() const;  ///< Until it is on the disk; nothing where there is nothing to sync.
  void close();       ///< A network's file system may say only here that a write was lost.

 private:
  int number_ = -1;
  std::filesystem::path path_;
};

}  // namespace espalier
