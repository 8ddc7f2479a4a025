#include "app/signals.h"

#include <csignal>
#include <cstdint>
#include <poll.h>
#include <stdexcept>
#include <sys/signalfd.h>
#include <unistd.h>

namespace certwatch {
namespace {

sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

void block_signals() {
  const sigset_t set = ending_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

void wait_for_signals(std::stop_token stop, const std::function<void(const char*)>& on_signal) {
  const sigset_t set = ending_signals();
  const int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals < 0) throw std::runtime_error("signalfd failed");
  while (!stop.stop_requested()) {
    // In short waits: this is the one thread that nothing else wakes.
    pollfd waiting{signals, POLLIN, 0};
    if (poll(&waiting, 1, 100) <= 0) continue;
    signalfd_siginfo info{};
    if (read(signals, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) continue;
    on_signal(info.ssi_signo == static_cast<std::uint32_t>(SIGTERM) ? "SIGTERM" : "SIGINT");
  }
  close(signals);
}

}  // namespace certwatch
