// Lets one call of the system fail, as a full or broken disk does; preloaded into a program
// (LD_PRELOAD).
//
//     FAULT_CALL    open, write, fsync, rename or close
//     FAULT_NUMBER  which of these calls, from 1, on files in the folder
//     FAULT_ERRNO   what it fails with, a number
//     FAULT_FOLDER  the folder, as realpath has it
//     FAULT_HIT     a file outside of the folder that is made when the call has failed
//
// Of close, only those of files that are open for writing and still have a name count: others have
// nothing to lose.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

std::string_view setting(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

// The program's own function of this name.
template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

bool is_in_folder(std::string_view path) {
  const std::string_view folder = setting("FAULT_FOLDER");
  return !folder.empty() && path.starts_with(folder);
}

std::string path_of(int file) {
  char path[PATH_MAX];
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  const ssize_t length = ::readlink(link.c_str(), path, sizeof path);
  return length < 0 ? std::string() : std::string(path, static_cast<std::size_t>(length));
}

// Whether this call is the one to fail; errno is set then.
bool fails(const char* call, std::string_view path) {
  static std::atomic<long> count = 0;
  if (setting("FAULT_CALL") != call || !is_in_folder(path)) return false;
  if (++count != std::atol(setting("FAULT_NUMBER").data())) return false;
  ::syscall(SYS_mknodat, AT_FDCWD, setting("FAULT_HIT").data(), S_IFREG | 0666, 0);
  errno = std::atoi(setting("FAULT_ERRNO").data());
  return true;
}

int open_with(const char* name, const char* path, int flags, mode_t mode) {
  if (fails("open", path)) return -1;
  return next<int(const char*, int, ...)>(name)(path, flags, mode);
}

std::FILE* fopen_with(const char* name, const char* path, const char* mode) {
  if (fails("open", path)) return nullptr;
  return next<std::FILE*(const char*, const char*)>(name)(path, mode);
}

mode_t mode_of(int flags, std::va_list arguments) {
  return (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  std::va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_with("open", path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  std::va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_with("open64", path, flags, mode);
}

std::FILE* fopen(const char* path, const char* mode) { return fopen_with("fopen", path, mode); }
std::FILE* fopen64(const char* path, const char* mode) { return fopen_with("fopen64", path, mode); }

ssize_t write(int file, const void* bytes, size_t size) {
  if (fails("write", path_of(file))) return -1;
  return next<ssize_t(int, const void*, size_t)>("write")(file, bytes, size);
}

int fsync(int file) {
  if (fails("fsync", path_of(file))) return -1;
  return next<int(int)>("fsync")(file);
}

int rename(const char* from, const char* to) {
  if (fails("rename", to)) return -1;
  return next<int(const char*, const char*)>("rename")(from, to);
}

int close(int file) {
  const bool for_writing = (::fcntl(file, F_GETFL) & O_ACCMODE) != O_RDONLY;
  const std::string path = for_writing ? path_of(file) : std::string();
  const bool failed = for_writing && !path.ends_with(" (deleted)") && fails("close", path);
  const int error = errno;
  const int result = next<int(int)>("close")(file);
  if (!failed) return result;
  errno = error;
  return -1;
}

}  // extern "C"
