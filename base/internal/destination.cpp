#include <espalier/base/internal/destination.h>

#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <string>
#include <string_view>
#include <system_error>

#include <espalier/base/internal/descriptor.h>

namespace espalier {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxLinks = 40;  // As Linux has it.

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

// N of /proc/<this process>/fd/N.
std::optional<int> number_of_open_file(const fs::path& folder, const fs::path& name) {
  const std::string process = "/proc/" + std::to_string(::getpid());
  const std::string place = folder.string();
  if (!place.starts_with(process + "/") || !place.ends_with("/fd")) return std::nullopt;
  const std::string text = name.string();
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<struct stat> status_of(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return status;
}

// The number of the standard output or error, if it goes to this file.
std::optional<int> standard_stream_at(const std::optional<struct stat>& file) {
  for (const int number : {STDOUT_FILENO, STDERR_FILENO}) {
    struct stat stream {};
    if (file && ::fstat(number, &stream) == 0 && stream.st_dev == file->st_dev &&
        stream.st_ino == file->st_ino) {
      return number;
    }
  }
  return std::nullopt;
}

}  // namespace

Destination destination_of(const fs::path& path) {
  fs::path at = path;
  for (int link = 0; link < kMaxLinks; ++link) {
    std::error_code error;
    const fs::path folder = fs::canonical(folder_of(at), error);
    if (error) return {at, {}, {}};  // Opening it will say what is wrong.
    if (const auto number = number_of_open_file(folder, at.filename())) return {at, number, {}};
    const fs::path target = fs::read_symlink(at, error);
    if (error) {
      const auto status = status_of(at);
      return {at, standard_stream_at(status), status};
    }
    at = folder / target;  // An absolute target takes the place of both.
  }
  fail_file(path, "write", ELOOP);
}

}  // namespace espalier
