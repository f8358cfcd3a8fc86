#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace espalier::datasets {

/// A zip archive in memory, as numpy.savez and numpy.savez_compressed write it (PKWARE's
/// APPNOTE.TXT, 4.3): files as they are or deflated, of less than 4 GiB; other archives are
/// refused. `bytes` must outlive it; `source` names it in errors.
///
/// Nothing that the archive says of sizes is believed: what a file is made of must lie in it, and
/// what it stands for may be 256 times as much, or 16 MiB if that is more.
class ZipArchive {
 public:
  struct File {
    std::string name;
    std::uint32_t method = 0, checksum = 0;
    std::uint64_t stored_bytes = 0, num_bytes = 0;
    std::uint64_t header = 0;  // Where it begins.
  };

  static bool is_zip(std::string_view bytes);

  /// Throws ParseError unless the directory of files is whole.
  ZipArchive(std::string_view bytes, std::string source);

  const std::vector<File>& files() const { return files_; }

  /// Throws ParseError unless the file is as its header says.
  std::string read(const File& file) const;

 private:
  void read_directory();
  [[noreturn]] void fail(const std::string& what) const;
  std::uint64_t number(std::uint64_t place, std::size_t num_bytes) const;
  std::string_view stored(const File& file) const;

  std::string_view bytes_;
  std::string source_;
  std::vector<File> files_;
};

/// An archive of one file, as it is. Throws OptionError if it has 4 GiB or more.
std::string zipped(const std::string& name, std::string_view bytes);

}  // namespace espalier::datasets
