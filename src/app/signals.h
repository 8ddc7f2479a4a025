// SIGTERM, SIGINT and SIGHUP, taken as events by one thread instead of by handlers.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

namespace certwatch {

// Blocks these signals everywhere, and ignores SIGPIPE. To be called before any other thread
// starts.
void block_signals();

// Waits for a signal and then calls `on_signal` with its number, once per signal, until a stop is
// asked for.
void wait_for_signals(std::stop_token stop, const std::function<void(int)>& on_signal);

// "SIGTERM".
std::string signal_name(int signal);

// Was the process started with SIGHUP ignored, as nohup does it?
bool hangup_is_ignored();

}  // namespace certwatch
