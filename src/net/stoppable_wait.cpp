#include "net/stoppable_wait.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <poll.h>
#include <sys/eventfd.h>
#include <system_error>

namespace certwatch {
namespace {

timespec to_timespec(std::chrono::nanoseconds duration) {
  const auto bounded = std::max(duration, std::chrono::nanoseconds(0));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(bounded);
  return {static_cast<time_t>(seconds.count()), static_cast<long>((bounded - seconds).count())};
}

}  // namespace

std::string system_error_text(int error_number) {
  return std::error_code(error_number, std::system_category()).message();
}

Result<std::unique_ptr<StoppableWait>> StoppableWait::make(std::stop_token stop,
                                                           const Clock& clock) {
  Descriptor wake_up(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_up.is_open()) return failure("eventfd: " + system_error_text(errno));
  return std::unique_ptr<StoppableWait>(
      new StoppableWait(std::move(stop), clock, std::move(wake_up)));
}

StoppableWait::StoppableWait(std::stop_token stop, const Clock& clock, Descriptor wake_up)
    : clock_(clock), wake_up_(std::move(wake_up)), stop_(std::move(stop)), on_stop_(stop_, [this] {
        // Cannot fail: the counter of an eventfd is far from full after one.
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(wake_up_.number(), &one, sizeof one);
      }) {}

StoppableWait::Outcome StoppableWait::wait(int descriptor, short events, SteadyTime deadline) {
  std::array<pollfd, 2> polled{{{descriptor, events, 0}, {wake_up_.number(), POLLIN, 0}}};
  for (;;) {
    const timespec patience = to_timespec(deadline - clock_.steady_now());
    const int ready = ::ppoll(polled.data(), polled.size(), &patience, nullptr);
    if (stopped()) return Outcome::stopped;
    if (ready > 0) return Outcome::ready;
    if (ready == 0 && clock_.steady_now() >= deadline) return Outcome::timed_out;
    // Else a signal, or the kernel's clock was a little early.
    if (ready < 0 && errno != EINTR) return Outcome::ready;
  }
}

}  // namespace certwatch
