#include <espalier/base/output_file.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include <espalier/base/internal/destination.h>
#include <espalier/base/internal/temporary_file.h>

namespace espalier {
namespace {

namespace fs = std::filesystem;

std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// What is written to as it is: a device, a pipe, a file that this process has open.
Descriptor open_as_it_is(const fs::path& path, const Destination& to) {
  Descriptor file = to.open_file ? Descriptor(::fcntl(*to.open_file, F_DUPFD_CLOEXEC, 0), path)
                                 : Descriptor::open(to.path, O_WRONLY | O_NOCTTY, path);
  if (!file.is_open()) fail_file(path, "open", errno);
  return file;
}

void replace(const fs::path& path, const Destination& to,
             const std::function<void(const ByteSink& sink)>& write) {
  if (to.status && S_ISDIR(to.status->st_mode)) fail_file(path, "write", EISDIR);
  // A file that may not be written to may not be replaced either, though its folder would allow it.
  if (to.status && ::faccessat(AT_FDCWD, to.path.c_str(), W_OK, AT_EACCESS) != 0) {
    fail_file(path, "write", errno);
  }
  TemporaryFile file(to.path, path);
  if (to.status) file.resemble(*to.status);
  write([&](std::span<const std::byte> bytes) { file.write(bytes); });
  file.take_the_place();
}

}  // namespace

void write_file(const fs::path& path, const std::function<void(const ByteSink& sink)>& write) {
  const Destination to = destination_of(path);
  if (to.is_replaceable()) return replace(path, to, write);
  Descriptor file = open_as_it_is(path, to);
  write([&](std::span<const std::byte> bytes) { file.write(bytes); });
  file.close();
}

void write_file(const fs::path& path, std::string_view bytes) {
  write_file(path, [bytes](const ByteSink& sink) { sink(as_bytes(bytes)); });
}

GrowingFile::GrowingFile(const fs::path& path, std::string_view bytes) {
  const Destination to = destination_of(path);
  if (to.is_replaceable()) {
    write_file(path, bytes);
    file_ = std::make_shared<Descriptor>(Descriptor::open(to.path, O_WRONLY | O_APPEND, path));
    if (!file_->is_open()) fail_file(path, "open", errno);
  } else {
    file_ = std::make_shared<Descriptor>(open_as_it_is(path, to));
    append(bytes);
  }
}

void GrowingFile::append(std::string_view bytes) { file_->write(as_bytes(bytes)); }

void GrowingFile::close() { file_->close(); }

}  // namespace espalier
