#include <espalier/apps/commands/stop_signals.h>

namespace espalier::apps {
namespace {

volatile std::sig_atomic_t arrived_signal = 0;

// Only what is safe in a handler.
void remember(int signal) {
  arrived_signal = signal;
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

void install(int signal, struct sigaction& before) {
  struct sigaction action {};
  action.sa_handler = remember;
  action.sa_flags = SA_RESTART;  // Files are written on as if nothing was.
  ::sigemptyset(&action.sa_mask);
  ::sigaddset(&action.sa_mask, SIGINT);
  ::sigaddset(&action.sa_mask, SIGTERM);
  ::sigaction(signal, nullptr, &before);
  if (before.sa_handler != SIG_IGN) ::sigaction(signal, &action, nullptr);
}

}  // namespace

StopSignals::StopSignals() {
  arrived_signal = 0;
  install(SIGINT, interrupt_);
  install(SIGTERM, terminate_);
}

StopSignals::~StopSignals() {
  ::sigaction(SIGINT, &interrupt_, nullptr);
  ::sigaction(SIGTERM, &terminate_, nullptr);
}

int StopSignals::arrived() const { return arrived_signal; }

}  // namespace espalier::apps
