#include "net/websocket_client.h"

#include <optional>
#include <poll.h>
#include <utility>

#include "net/control_frame.h"
#include "net/frame_reader.h"
#include "net/handshake.h"
#include "net/message_inflater.h"
#include "net/ping_schedule.h"
#include "net/resolver.h"
#include "net/stoppable_wait.h"
#include "net/tcp.h"
#include "net/tls.h"

namespace certwatch {
namespace {

// A peer that pings faster than it reads gets answers to some only.
constexpr std::size_t longest_backlog = 1024;
constexpr std::size_t longest_reason = 100;
constexpr std::string_view ping_payload = "certwatch";

// RFC 6455 section 7.4.1.
constexpr std::uint16_t going_away = 1001;
constexpr std::uint16_t protocol_error = 1002;

std::string close_reason(std::string_view payload) {
  if (payload.size() < 2) return "closed by the peer";
  const unsigned code =
      static_cast<unsigned char>(payload[0]) * 256U + static_cast<unsigned char>(payload[1]);
  std::string text = "closed by the peer with code " + std::to_string(code);
  const std::string_view reason = payload.substr(2, longest_reason);
  if (!reason.empty()) text.append(": ").append(reason);
  return text;
}

}  // namespace

struct WebSocket::Parts {
  Parts(std::unique_ptr<StoppableWait> w, std::unique_ptr<ByteStream> s,
        const WebSocketOptions& options, const Opened& opened);
  ~Parts();
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  ReadOutcome read(SteadyTime deadline);
  std::optional<ReadOutcome> answer(const FrameReader::Event& event);
  ReadOutcome message(const FrameReader::Event& event);
  std::optional<ReadOutcome> receive(SteadyTime deadline);
  std::optional<ReadOutcome> keep_alive(SteadyTime now, bool has_read_all);
  ReadOutcome give_up(Closed::Kind kind, std::string why);
  void take_in(std::string_view bytes);
  void stamp();
  void send(ControlOpcode opcode, std::string_view payload);
  void flush();

  // In this order: the stream's descriptor is waited on until the end.
  std::unique_ptr<StoppableWait> wait;
  std::unique_ptr<ByteStream> stream;
  FrameReader frames;
  std::optional<MessageInflater> inflater;
  PingSchedule pings;
  const std::chrono::nanoseconds pong_patience;
  std::string backlog;  // what the socket has not taken yet
  short send_events = 0;
  bool is_drained = false;
  bool is_over = false;
  SystemTime received_at;
  SteadyTime received_steady;
};

WebSocket::Parts::Parts(std::unique_ptr<StoppableWait> w, std::unique_ptr<ByteStream> s,
                        const WebSocketOptions& options, const Opened& opened)
    : wait(std::move(w)),
      stream(std::move(s)),
      frames({options.longest_message, opened.deflate}),
      pings(options.ping_interval, options.pong_patience, wait->clock().steady_now()),
      pong_patience(options.pong_patience) {
  if (opened.deflate) inflater.emplace(options.longest_message);
  stamp();
  take_in(opened.first_frames);
}

WebSocket::Parts::~Parts() {
  if (!is_over) send(ControlOpcode::close, close_payload(going_away));
}

void WebSocket::Parts::stamp() {
  received_at = wait->clock().system_now();
  received_steady = wait->clock().steady_now();
}

// Frames that came in one piece with the answer to the handshake.
void WebSocket::Parts::take_in(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::span<char> room = frames.room();
    const std::size_t count = bytes.copy(room.data(), room.size());
    frames.received(count);
    bytes.remove_prefix(count);
  }
}

ReadOutcome WebSocket::Parts::read(SteadyTime deadline) {
  bool has_received = false;
  for (;;) {
    const FrameReader::Event event = frames.next();
    if (event.kind == FrameReader::Kind::message) return message(event);
    if (event.kind != FrameReader::Kind::hungry) {
      if (auto outcome = answer(event)) return *std::move(outcome);
      continue;
    }
    // A peer that sends frames without end but no message must not hold the caller.
    if (wait->stopped()) return Stopped{};
    if (has_received && received_steady >= deadline) return TimedOut{};
    if (auto outcome = receive(deadline)) return *std::move(outcome);
    has_received = true;
  }
}

ReadOutcome WebSocket::Parts::message(const FrameReader::Event& event) {
  if (!event.is_compressed) {
    return Message{event.bytes, event.size, received_at, received_steady};
  }
  const auto inflated = inflater->inflate({event.bytes, event.size});
  switch (inflated.kind) {
    case MessageInflater::Kind::too_large:
      return TooLarge{inflated.size};
    case MessageInflater::Kind::broken:
      return give_up(Closed::Kind::broken, "compressed data is malformed");
    case MessageInflater::Kind::message:
      break;
  }
  return Message{inflated.bytes, inflated.size, received_at, received_steady};
}

std::optional<ReadOutcome> WebSocket::Parts::answer(const FrameReader::Event& event) {
  switch (event.kind) {
    case FrameReader::Kind::too_large:
      return TooLarge{event.size};
    case FrameReader::Kind::ping:
      send(ControlOpcode::pong, {event.bytes, event.size});
      return std::nullopt;
    case FrameReader::Kind::pong:
      pings.pong_received();
      return std::nullopt;
    case FrameReader::Kind::close:
      send(ControlOpcode::close, std::string_view(event.bytes, event.size).substr(0, 2));
      is_over = true;
      return Closed{Closed::Kind::by_peer, close_reason({event.bytes, event.size})};
    case FrameReader::Kind::broken:
      return give_up(Closed::Kind::broken, event.why);
    case FrameReader::Kind::hungry:
    case FrameReader::Kind::message:
      break;
  }
  return std::nullopt;
}

ReadOutcome WebSocket::Parts::give_up(Closed::Kind kind, std::string why) {
  send(ControlOpcode::close,
       close_payload(kind == Closed::Kind::broken ? protocol_error : going_away));
  is_over = true;
  return Closed{kind, std::move(why)};
}

// Waits until there are new bytes; an outcome where something else comes first.
std::optional<ReadOutcome> WebSocket::Parts::receive(SteadyTime deadline) {
  short events = POLLIN;
  for (;;) {
    const SteadyTime now = wait->clock().steady_now();
    // Nobody is given up for a pong that has come since the last look.
    if (!is_drained || pings.pong_is_overdue(now)) {
      const Transfer transfer = stream->receive(frames.room());
      switch (transfer.kind) {
        case Transfer::Kind::moved:
          frames.received(transfer.bytes);
          is_drained = transfer.drained;
          stamp();
          return keep_alive(received_steady, false);
        case Transfer::Kind::must_wait:
          is_drained = true;
          events = transfer.events;
          break;
        case Transfer::Kind::ended:
          is_over = true;
          return Closed{Closed::Kind::lost, "the peer ended the connection without a close frame"};
        case Transfer::Kind::failed:
          is_over = true;
          return Closed{Closed::Kind::lost, transfer.why};
      }
    }
    if (auto outcome = keep_alive(now, true)) return outcome;
    const auto waited_events = static_cast<short>(backlog.empty() ? events : events | send_events);
    switch (
        wait->wait(stream->descriptor(), waited_events, std::min(deadline, pings.next_change()))) {
      case StoppableWait::Outcome::stopped:
        return Stopped{};
      case StoppableWait::Outcome::timed_out:
        if (wait->clock().steady_now() >= deadline) return TimedOut{};
        break;
      case StoppableWait::Outcome::ready:
        flush();
        is_drained = false;
        break;
    }
  }
}

std::optional<ReadOutcome> WebSocket::Parts::keep_alive(SteadyTime now, bool has_read_all) {
  // The pong may be among what has arrived: the peer is given up once all of that is read, or where
  // it never ends.
  if (pings.pong_is_overdue(has_read_all ? now : now - pong_patience)) {
    return give_up(Closed::Kind::silent, "no pong came in time");
  }
  if (pings.ping_is_due(now)) {
    send(ControlOpcode::ping, ping_payload);
    pings.ping_sent(now);
  }
  return std::nullopt;
}

void WebSocket::Parts::send(ControlOpcode opcode, std::string_view payload) {
  if (backlog.size() > longest_backlog) return;
  backlog += control_frame(opcode, payload, random_masking_key());
  flush();
}

void WebSocket::Parts::flush() {
  while (!backlog.empty()) {
    const Transfer transfer = stream->send(backlog);
    if (transfer.kind == Transfer::Kind::moved) {
      backlog.erase(0, transfer.bytes);
    } else if (transfer.kind == Transfer::Kind::must_wait) {
      send_events = transfer.events;
      return;
    } else {
      backlog.clear();  // receive() will tell why the connection is lost
    }
  }
}

WebSocket::WebSocket(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
WebSocket::~WebSocket() = default;
WebSocket::WebSocket(WebSocket&&) noexcept = default;
WebSocket& WebSocket::operator=(WebSocket&&) noexcept = default;

ReadOutcome WebSocket::read(SteadyTime deadline) {
  return parts_->read(deadline);
}

bool WebSocket::is_deflated() const {
  return parts_->inflater.has_value();
}

struct WebSocketClient::Parts {
  Parts(Url u, WebSocketOptions o, const Clock& c)
      : url(std::move(u)), options(o), clock(c), resolver(url.host, url.port) {}

  Result<std::unique_ptr<ByteStream>> open(StoppableWait& wait, SteadyTime deadline);

  const Url url;
  const WebSocketOptions options;
  const Clock& clock;
  Resolver resolver;
};

Result<std::unique_ptr<ByteStream>> WebSocketClient::Parts::open(StoppableWait& wait,
                                                                 SteadyTime deadline) {
  const auto addresses = resolver.resolve(wait, deadline);
  if (!addresses) return tl::unexpected(addresses.error());
  auto socket = connect_tcp(*addresses, wait, deadline);
  if (!socket) return tl::unexpected(socket.error());
  if (url.is_tls()) return start_tls(*std::move(socket), url.host, wait, deadline);
  return plain_stream(*std::move(socket));
}

WebSocketClient::WebSocketClient(Url url, WebSocketOptions options, const Clock& clock)
    : parts_(std::make_unique<Parts>(std::move(url), options, clock)) {}
WebSocketClient::~WebSocketClient() = default;

Result<WebSocket> WebSocketClient::connect(std::stop_token stop) {
  const SteadyTime deadline = parts_->clock.steady_now() + parts_->options.connect_patience;
  auto wait = StoppableWait::make(std::move(stop), parts_->clock);
  if (!wait) return tl::unexpected(wait.error());
  auto stream = parts_->open(**wait, deadline);
  if (!stream) return tl::unexpected(stream.error());
  const auto opened =
      shake_hands(**stream, parts_->url, parts_->options.offers_deflate, **wait, deadline);
  if (!opened) return tl::unexpected(opened.error());
  return WebSocket(std::make_unique<WebSocket::Parts>(*std::move(wait), *std::move(stream),
                                                      parts_->options, *opened));
}

}  // namespace certwatch
