// How each feed stands, for /readyz and the metrics.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace certwatch {

struct FeedStatus {
  std::string name;  // host and port
  bool connected = false;
  // Its last connection brought no message for too long, and nothing has come since.
  bool stalled = false;
  SteadyTime since;  // when it became well, or stopped being so
  std::optional<SteadyTime> last_message;
  std::string why;  // while it is not well: the last reason. Hostile, under 500 bytes

  bool well() const { return connected && !stalled; }
};

// Written by the feeds' threads, read by any.
class FeedStatusBoard {
 public:
  // What is connected once a change has been made. Two feeds can have one name: a server's two
  // streams.
  struct Connections {
    bool of_that_name = false;
    bool any = false;
  };
  // Is told under the board's lock, so that what it shows is never older than what it showed
  // before.
  using Shown = std::function<void(Connections)>;

  // Returns the feed's number on this board.
  std::size_t add(std::string name, SteadyTime now);

  void connected(std::size_t feed, SteadyTime now, const Shown& shown);
  void disconnected(std::size_t feed, const std::string& why, SteadyTime now, const Shown& shown);
  // Comes before disconnected().
  void stalled(std::size_t feed, SteadyTime now);
  // Messages have come; need not be told of each one.
  void heard_from(std::size_t feed, SteadyTime last_message);

  std::vector<FeedStatus> all() const;

 private:
  Connections connections(const std::string& name) const;

  mutable std::mutex mutex_;
  std::vector<FeedStatus> feeds_;
};

}  // namespace certwatch
