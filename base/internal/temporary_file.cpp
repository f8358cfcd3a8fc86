#include <espalier/base/internal/temporary_file.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <random>
#include <string>
#include <string_view>
#include <system_error>

#include <espalier/base/error.h>

namespace espalier {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".espalier-tmp";
constexpr std::size_t kNumDigits = 16;

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

// Names of files have at most 255 bytes as a rule, which the target's own may use up.
std::string beginning_of(const fs::path& target) {
  constexpr std::size_t kMaxBytes = 200;
  return message('.', target.filename().string().substr(0, kMaxBytes), '.');
}

std::string random_digits() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::random_device random;
  std::string digits;
  while (digits.size() < kNumDigits) digits += kDigits[random() % kDigits.size()];
  return digits;
}

bool is_ours(std::string_view name, std::string_view beginning) {
  return name.size() == beginning.size() + kNumDigits + kEnding.size() &&
         name.starts_with(beginning) && name.ends_with(kEnding);
}

bool lock(const Descriptor& file) { return ::flock(file.number(), LOCK_EX | LOCK_NB) == 0; }

// A lock dies with its process: what can be locked was left behind.
void remove_abandoned(const fs::path& folder, const std::string& beginning) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (!is_ours(entry->path().filename().native(), beginning)) continue;
    constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    const Descriptor file = Descriptor::open(entry->path(), kFlags, entry->path());
    if (file.is_open() && lock(file) && file.is_at(entry->path())) ::unlink(entry->path().c_str());
  }
}

[[noreturn]] void fail_to_create(const fs::path& named, const fs::path& folder, int error) {
  if (error == ENOENT) {
    throw FileError(message(named.string(), ": cannot create: No such file or directory; the ",
                            "folder ", folder.string(), " is not there, create it first"));
  }
  fail_file(named, "create a file beside it", error);
}

}  // namespace

TemporaryFile::TemporaryFile(const fs::path& target, const fs::path& named)
    : target_(target), named_(named) {
  const fs::path folder = folder_of(target);
  folder_ = Descriptor::open(folder, O_RDONLY | O_DIRECTORY, named);
  if (!folder_.is_open()) fail_to_create(named, folder, errno);
  const std::string beginning = beginning_of(target);
  remove_abandoned(folder, beginning);
  while (true) {
    path_ = folder / message(beginning, random_digits(), kEnding);
    file_ = Descriptor::open(path_, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, named, 0666);
    if (!file_.is_open() && errno == EEXIST) continue;
    if (!file_.is_open()) fail_to_create(named, folder, errno);
    // Somebody who took it for left behind may have been faster than our lock: then begin again.
    // Some file systems know no locks; there nobody takes it for left behind.
    const bool taken = !lock(file_) && errno == EWOULDBLOCK;
    if (!taken && file_.is_at(path_)) return;
  }
}

TemporaryFile::~TemporaryFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

void TemporaryFile::resemble(const struct stat& other) const {
  struct stat now {};
  if (::fstat(file_.number(), &now) != 0) fail_file(named_, "look at", errno);
  if (now.st_uid != other.st_uid || now.st_gid != other.st_gid) {
    [[maybe_unused]] const int ignored =
        ::fchown(file_.number(), other.st_uid, other.st_gid);  // Few may; it is ours then.
  }
  constexpr mode_t kMode = 07777;
  if ((now.st_mode & kMode) == (other.st_mode & kMode)) return;
  if (::fchmod(file_.number(), other.st_mode & kMode) != 0)
    fail_file(named_, "set the mode", errno);
}

void TemporaryFile::take_the_place() {
  file_.sync();
  if (::rename(path_.c_str(), target_.c_str()) != 0) fail_file(named_, "replace", errno);
  path_.clear();
  file_.close();
  folder_.sync();
}

}  // namespace espalier
