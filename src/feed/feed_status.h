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
  // What is connected after a change. Two feeds have one name if they are two streams of one
  // server.
  struct Connections {
    bool of_that_name = false;
    bool any = false;
  };
  // Called after a change, still under the board's lock. So the calls come in the order of the
  // changes, and the last call shows how things are.
  using Shown = std::function<void(Connections)>;

  // Returns the feed's number on this board.
  std::size_t add(std::string name, SteadyTime now);

  void connected(std::size_t feed, SteadyTime now, const Shown& shown);
  void disconnected(std::size_t feed, const std::string& why, SteadyTime now, const Shown& shown);
  // To be called before disconnected().
  void stalled(std::size_t feed, SteadyTime now);
  // Messages have come. It need not be called for each one.
  void heard_from(std::size_t feed, SteadyTime last_message);

  std::vector<FeedStatus> all() const;

 private:
  Connections connections(const std::string& name) const;

  mutable std::mutex mutex_;
  std::vector<FeedStatus> feeds_;
};

}  // namespace certwatch
