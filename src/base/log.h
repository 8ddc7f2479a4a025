// The log: one event, one line, to stderr; spdlog beneath.
//
// An event is a short fixed sentence and named values: `log::warning("feed lost", {{"feed", name},
// {"why", reason}})`. Values may be hostile: they are escaped, cut at 500 bytes, and never become
// part of the sentence. Safe for use from any thread. Secrets do not get here: they are of type
// Secret, which no Field is made from.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/line_writer.h"

namespace certwatch::log {

enum class Level { debug, info, warning, error, critical };
enum class Format { text, json };

struct Field {
  std::string_view name;
  std::string value;
  bool is_number = false;

  Field(std::string_view n, std::string_view text) : name(n), value(text) {}
  Field(std::string_view n, const std::string& text) : name(n), value(text) {}
  Field(std::string_view n, const char* text) : name(n), value(text) {}
  Field(std::string_view n, double number);
  template <class Integer>
  requires std::is_integral_v<Integer> Field(std::string_view n, Integer number)
      : name(n), value(std::to_string(number)), is_number(true) {}
};
using Fields = std::initializer_list<Field>;

// Before the first event and before other threads start. Events below `least` are not written. The
// thread of an event writes it, and waits for whoever reads. `prefix`, where there is one, stands
// in front of every line, in JSON as the key of that name; without control characters.
void configure(Level least, Format format, const std::string& prefix = {});

// Hard limit, in bytes, of what waits for a reader that stalls: some thousand events.
inline constexpr std::size_t most_waiting = 1U << 20;

// The same for a service: a thread of its own writes, and event() never waits (base/line_writer.h).
// Other lines for `descriptor` go through the writer that is returned, too, or they would end up
// within those of the log; so does its finish(), before the process ends. Throws std::system_error
// where there is no thread to be had.
std::shared_ptr<LineWriter> configure_in_background(Level least, Format format,
                                                    const std::string& prefix, int descriptor,
                                                    std::size_t bound = most_waiting);

void event(Level level, std::string_view what, Fields fields = {});
inline void debug(std::string_view what, Fields fields = {}) {
  event(Level::debug, what, fields);
}
inline void info(std::string_view what, Fields fields = {}) {
  event(Level::info, what, fields);
}
inline void warning(std::string_view what, Fields fields = {}) {
  event(Level::warning, what, fields);
}
inline void error(std::string_view what, Fields fields = {}) {
  event(Level::error, what, fields);
}
inline void critical(std::string_view what, Fields fields = {}) {
  event(Level::critical, what, fields);
}

// Keeps the log readable when the same thing goes wrong a thousand times a second. Each key passes
// `burst` times within `period`. The rest are counted, and the first one of the next period carries
// the count. Safe for use from any thread. There are at most 256 keys; further ones share one.
class Damper {
 public:
  explicit Damper(const Clock& clock, int burst = 5,
                  std::chrono::seconds period = std::chrono::seconds(60))
      : clock_(clock), burst_(burst), period_(period) {}

  struct Ruling {
    bool pass = false;
    // How many of this key were held back since the last that passed.
    std::uint64_t held_back = 0;
  };
  Ruling rule(std::string_view key);

 private:
  struct Seen {
    SteadyTime since;
    int passed = 0;
    std::uint64_t held_back = 0;
  };
  const Clock& clock_;
  const int burst_;
  const std::chrono::seconds period_;
  std::mutex mutex_;
  std::unordered_map<std::string, Seen> seen_;
};

}  // namespace certwatch::log
