// A websocket that listens (RFC 6455, permessage-deflate of RFC 7692): ws:// and wss://.
//
// Synchronous, one thread, and every wait has a bound and an end at once on a stop. What the thread
// reads lies in one buffer that the socket was read into; a message is handed out where it lies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <variant>

#include "base/clock.h"
#include "base/result.h"
#include "model/message.h"
#include "net/padded_buffer.h"
#include "net/url.h"

namespace certwatch {

struct WebSocketOptions {
  // Saves four fifths of the bytes on the wire at best, and costs ten times the work.
  bool offers_deflate = false;
  // A longer message, inflated or not, is dropped as it comes in; the connection stays.
  std::size_t longest_message = std::size_t{32} * 1024 * 1024;
  // For name service, TCP, TLS and websocket handshake together.
  std::chrono::nanoseconds connect_patience = std::chrono::seconds(10);
  // See net/ping_schedule.h.
  std::chrono::nanoseconds ping_interval = std::chrono::seconds(20);
  std::chrono::nanoseconds pong_patience = std::chrono::seconds(20);
};

// A message over the limit has ended; it is gone.
struct TooLarge {
  std::uint64_t size = 0;
};
struct TimedOut {};
struct Stopped {};
// The connection is over.
struct Closed {
  enum class Kind {
    by_peer,  // with a close frame
    lost,     // without
    silent,   // no pong came; given up
    broken,   // the peer breaks RFC 6455 or 7692; given up
  };
  Kind kind = Kind::lost;
  // For a person; hostile (a peer may have written parts of it), under 200 bytes.
  std::string why;
};
using ReadOutcome = std::variant<Message, TooLarge, TimedOut, Stopped, Closed>;

// An open connection. Belongs to one thread; after Closed or Stopped it is of no more use. Its
// destructor says good-bye without waiting for an answer.
class WebSocket {
 public:
  ~WebSocket();
  WebSocket(WebSocket&&) noexcept;
  WebSocket& operator=(WebSocket&&) noexcept;

  // The next message: text (not validated as UTF-8) or binary, whole, without the framing, valid
  // until the next read(). Answers the peer's pings and sends its own meanwhile, so it must be
  // called again within seconds. At `deadline` it returns TimedOut, but only where no message has
  // come: what had arrived before is read first, however late the call is.
  ReadOutcome read(SteadyTime deadline);

  bool is_deflated() const;

 private:
  friend class WebSocketClient;
  struct Parts;
  explicit WebSocket(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

// Makes connections to one URL. Belongs to one thread.
class WebSocketClient {
 public:
  // `clock` outlives the client and its connections.
  WebSocketClient(Url url, WebSocketOptions options, const Clock& clock);
  ~WebSocketClient();

  // `stop` ends this call and every read() of the connection. The error says at which step it
  // failed, quotes nothing secret, and may hold hostile text.
  Result<WebSocket> connect(std::stop_token stop);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace certwatch
