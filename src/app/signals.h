// SIGTERM and SIGINT, taken as events by one thread instead of by handlers.
#pragma once

#include <functional>
#include <stop_token>

namespace certwatch {

// Before any other thread starts: SIGTERM, SIGINT are blocked everywhere, SIGPIPE is ignored.
void block_signals();

// Waits for a signal and then calls `on_signal` with its name, once per signal, until a stop is
// asked for.
void wait_for_signals(std::stop_token stop, const std::function<void(const char*)>& on_signal);

}  // namespace certwatch
