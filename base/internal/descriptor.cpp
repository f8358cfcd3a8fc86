#include <espalier/base/internal/descriptor.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include <espalier/base/error.h>

namespace espalier {

void fail_file(const std::filesystem::path& path, const char* what, int error) {
  throw FileError(
      message(path.string(), ": cannot ", what, ": ", std::generic_category().message(error)));
}

Descriptor::Descriptor(int number, std::filesystem::path path)
    : number_(number), path_(std::move(path)) {}

Descriptor::Descriptor(Descriptor&& other) noexcept
    : number_(std::exchange(other.number_, -1)), path_(std::move(other.path_)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  std::swap(path_, other.path_);
  return *this;
}

Descriptor::~Descriptor() {
  if (is_open()) ::close(number_);
}

Descriptor Descriptor::open(const std::filesystem::path& path, int flags,
                            const std::filesystem::path& named, unsigned mode) {
  int number = -1;
  do {
    number = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (number < 0 && errno == EINTR);
  return {number, named};
}

bool Descriptor::is_at(const std::filesystem::path& path) const {
  struct stat opened {};
  struct stat named {};
  return ::fstat(number_, &opened) == 0 && ::stat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

void Descriptor::write(std::span<const std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = ::write(number_, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      fail_file(path_, "write", errno);
    }
  }
}

void Descriptor::sync() const {
  while (::fsync(number_) != 0) {
    if (errno == EINVAL) return;  // Not something that can be synced: a folder, on some systems.
    if (errno != EINTR) fail_file(path_, "sync", errno);
  }
}

void Descriptor::close() {
  // Closed it is in any case, also after EINTR.
  if (::close(std::exchange(number_, -1)) != 0 && errno != EINTR) fail_file(path_, "close", errno);
}

}  // namespace espalier
