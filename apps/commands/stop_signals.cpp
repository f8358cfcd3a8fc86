#include <espalier/apps/commands/stop_signals.h>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include <espalier/base/error.h>

namespace espalier::apps {
namespace {

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

void end_process(int signal) {
  std::signal(signal, SIG_DFL);
  sigset_t one;
  ::sigemptyset(&one);
  ::sigaddset(&one, signal);
  ::pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
  static_cast<void>(std::raise(signal));
}

}  // namespace

StopSignals::StopSignals() {
  ::sigemptyset(&taken_);
  for (const int signal : {SIGINT, SIGTERM}) {
    if (!is_ignored(signal)) ::sigaddset(&taken_, signal);
  }
  ::pthread_sigmask(SIG_BLOCK, &taken_, &before_);
  try {
    signals_ = ::signalfd(-1, &taken_, SFD_CLOEXEC);
    end_ = ::eventfd(0, EFD_CLOEXEC);
    if (signals_ < 0 || end_ < 0) throw std::system_error(errno, std::generic_category());
    watcher_ = std::thread([this] { watch(); });
  } catch (const std::system_error& error) {
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    if (signals_ >= 0) ::close(signals_);
    if (end_ >= 0) ::close(end_);
    throw Error(message("signals cannot be watched: ", error.code().message()));
  }
}

StopSignals::~StopSignals() {
  ::eventfd_write(end_, 1);
  watcher_.join();
  ::close(signals_);
  ::close(end_);
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void StopSignals::watch() {
  std::array<pollfd, 2> files = {pollfd{signals_, POLLIN, 0}, pollfd{end_, POLLIN, 0}};
  while (true) {
    if (::poll(files.data(), files.size(), -1) < 0) continue;  // EINTR; there is no other reason.
    if ((files[1].revents & POLLIN) != 0) return;
    signalfd_siginfo info{};
    if (::read(signals_, &info, sizeof info) != sizeof info) continue;
    const auto signal = static_cast<int>(info.ssi_signo);
    if (!waits_ || arrived_ != 0) end_process(signal);
    arrived_ = signal;
  }
}

}  // namespace espalier::apps
