// A certstream server's websocket: certstream-server-go, CaliDog's, or whatever else sends one JSON
// object a message.
#pragma once

#include <chrono>
#include <string>

#include "base/backoff.h"
#include "base/life_sign.h"
#include "base/log.h"
#include "feed/certstream/certstream_entries.h"
#include "feed/feed.h"
#include "feed/feed_status.h"
#include "metrics/metrics.h"
#include "net/url.h"
#include "net/websocket_client.h"

namespace certwatch {

struct CertstreamOptions {
  Url url;
  bool offers_deflate = false;
  // A connection that brings no message for so long is given up and made anew.
  Seconds stall_after{60};
  // The wait before a new connection. After a connection that was of use it is about `first`. After
  // each that was not, it doubles, up to `longest`. A connection is of use if it brought a message
  // or lasted for `useful_after`.
  BackoffLimits reconnect{};
  std::chrono::nanoseconds useful_after = std::chrono::seconds(10);
  // How often the board hears of new messages, and the thread's sign of life is shown.
  std::chrono::nanoseconds sign_interval = std::chrono::seconds(1);
};

// Owns the socket: connects, reads, pings, notices silence, reconnects, and tells the board how it
// stands. What the messages say is CertstreamEntries' part.
class CertstreamFeed final : public Feed {
 public:
  // All of them outlive the feed.
  struct Surroundings {
    Metrics& metrics;
    FeedStatusBoard& board;
    LogPositions& positions;
    const Clock& clock;  // one that runs by itself
    LifeSign& life;
  };
  CertstreamFeed(CertstreamOptions options, Surroundings surroundings);

  void run(std::stop_token stop, EntrySink& sink) override;

 private:
  struct Ended;
  class Reading;

  void note_connected(const WebSocket& socket);
  void note_ended(const Ended& ended);
  void note_stopped();
  void note_too_large(const TooLarge& message);
  FeedStatusBoard::Shown gauges();

  const CertstreamOptions options_;
  const Surroundings surroundings_;
  const std::string name_;
  const std::size_t place_;  // on the board
  FeedMetrics metrics_;
  log::Damper damper_;
  CertstreamEntries entries_;
  Backoff backoff_;
  bool has_been_connected_ = false;
};

}  // namespace certwatch
