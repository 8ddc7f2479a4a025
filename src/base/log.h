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
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"

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

// Before the first event and before other threads start. Events below `least` are not written.
void configure(Level least, Format format);

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

// Keeps the log readable when the same thing goes wrong a thousand times a second: each key passes
// `burst` times within `period`, the rest are counted, and the first of the next period carries the
// count. Safe for use from any thread. Holds at most 256 keys; what comes beyond shares one.
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
