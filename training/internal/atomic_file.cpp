#include <espalier/training/internal/atomic_file.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include <espalier/base/error.h>

namespace espalier::training {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const char* what, int error) {
  throw FileError(
      message(path.string(), ": cannot ", what, ": ", std::generic_category().message(error)));
}

// An open file, closed at the end of its life.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

// Is `file` still what `path` names? Not if its writer renamed it between our opening and locking.
bool is_at(const Descriptor& file, const std::filesystem::path& path) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(file.number(), &opened) == 0 && ::stat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

// The file at `path`, new or left behind, for us alone until it is closed.
Descriptor open_exclusively(const std::filesystem::path& path) {
  while (true) {
    Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
    if (file.number() < 0) {
      const int error = errno;
      const std::filesystem::path folder = path.parent_path();
      if (error == ENOENT && !folder.empty() && !std::filesystem::exists(folder)) {
        throw FileError(message(path.string(), ": cannot create: No such file or directory; the ",
                                "folder ", folder.string(), " is not there, create it first"));
      }
      fail(path, "create", error);
    }
    // Some file systems know no locks; there, two writers at once are not found out.
    if (::flock(file.number(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      throw FileError(message(path.string(), ": another writer is at work on this file"));
    }
    if (is_at(file, path)) return file;
  }
}

void write_all(const Descriptor& file, std::span<const std::byte> bytes,
               const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.number(), bytes.data(), bytes.size());
    if (written >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      fail(path, "write", errno);
    }
  }
}

void sync(const Descriptor& file, const std::filesystem::path& path) {
  while (::fsync(file.number()) != 0) {
    if (errno == EINVAL) return;  // Not something that can be synced: a folder, on some systems.
    if (errno != EINTR) fail(path, "sync", errno);
  }
}

void sync_folder_of(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.number() < 0) fail(folder, "open", errno);
  sync(opened, folder);
}

}  // namespace

void write_file_atomically(const std::filesystem::path& path,
                           const std::function<void(const ByteSink& sink)>& write) {
  std::filesystem::path temporary = path;
  temporary += ".tmp";
  // Held until the file is renamed or removed, so that no other writer takes it over before.
  const Descriptor file = open_exclusively(temporary);
  try {
    if (::ftruncate(file.number(), 0) != 0) fail(temporary, "truncate", errno);
    write([&](std::span<const std::byte> bytes) { write_all(file, bytes, temporary); });
    sync(file, temporary);
    if (::rename(temporary.c_str(), path.c_str()) != 0) fail(path, "replace", errno);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  sync_folder_of(path);
}

void write_file_atomically(const std::filesystem::path& path, std::string_view bytes) {
  write_file_atomically(path, [bytes](const ByteSink& sink) {
    sink(std::as_bytes(std::span(bytes.data(), bytes.size())));
  });
}

}  // namespace espalier::training
