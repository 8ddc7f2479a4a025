#include "app/signals.h"

#include <csignal>
#include <thread>

#include "support/catch.h"

namespace certwatch {
namespace {

TEST_CASE("whether SIGHUP was ignored from the start is known, as nohup does it") {
  std::signal(SIGHUP, SIG_IGN);
  CHECK(hangup_is_ignored());
  std::signal(SIGHUP, SIG_DFL);
  CHECK_FALSE(hangup_is_ignored());
}

TEST_CASE("each signal is told by its number and has a name") {
  block_signals();
  for (const auto& [signal, name] :
       {std::pair{SIGTERM, "SIGTERM"}, std::pair{SIGINT, "SIGINT"}, std::pair{SIGHUP, "SIGHUP"}}) {
    std::raise(signal);
    std::stop_source stop;
    int told = 0;
    wait_for_signals(stop.get_token(), [&](int number) {
      told = number;
      stop.request_stop();
    });
    CHECK(told == signal);
    CHECK(signal_name(told) == name);
  }
}

}  // namespace
}  // namespace certwatch
