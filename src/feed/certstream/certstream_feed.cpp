#include "feed/certstream/certstream_feed.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>

#include "base/pause.h"

namespace certwatch {

// How a connection, or the attempt at one, ended.
struct CertstreamFeed::Ended {
  std::string why;
  bool was_useful = false;
};

// One connection from its beginning to its end.
class CertstreamFeed::Reading {
 public:
  Reading(CertstreamFeed& feed, WebSocket& socket, EntrySink& sink)
      : feed_(feed),
        socket_(socket),
        sink_(sink),
        begun_(feed.surroundings_.clock.steady_now()),
        last_message_(begun_) {}

  // Nothing where a stop was asked for.
  std::optional<Ended> to_its_end(const std::stop_token& stop) {
    show_signs(begun_);
    while (!stop.stop_requested()) {
      const ReadOutcome outcome = socket_.read(next_look_);
      if (const auto* message = std::get_if<Message>(&outcome)) {
        feed_.metrics_.bytes.Increment(static_cast<double>(message->size));
        feed_.entries_.take(*message, sink_);
        heard(message->received_steady);
        if (last_message_ >= next_look_) show_signs(last_message_);
      } else if (const auto* too_large = std::get_if<TooLarge>(&outcome)) {
        feed_.note_too_large(*too_large);
        heard(now());
      } else if (const auto* closed = std::get_if<Closed>(&outcome)) {
        if (closed->kind == Closed::Kind::broken) {
          feed_.surroundings_.metrics.count(UndecodableReason::websocket);
        }
        return ended(closed->why);
      } else if (std::holds_alternative<TimedOut>(outcome)) {
        if (is_stalled()) return stalled();
        show_signs(now());
      }
    }
    return std::nullopt;
  }

 private:
  SteadyTime now() const { return feed_.surroundings_.clock.steady_now(); }
  std::chrono::nanoseconds stall_limit() const {
    return to_nanoseconds(feed_.options_.stall_after);
  }
  bool is_stalled() const { return now() - last_message_ >= stall_limit(); }

  void heard(SteadyTime when) {
    last_message_ = when;
    any_message_ = true;
    if (!is_first_told_) show_signs(when);
  }

  void show_signs(SteadyTime when) {
    feed_.surroundings_.life.show();
    if (any_message_) {
      feed_.surroundings_.board.heard_from(feed_.place_, last_message_);
      is_first_told_ = true;
    }
    next_look_ = std::min(when + feed_.options_.sign_interval, last_message_ + stall_limit());
  }

  Ended stalled() {
    feed_.surroundings_.board.stalled(feed_.place_, now());
    const Seconds silence = now() - last_message_;
    // A server that is alive but has nothing to say is no reason to come back later and later.
    return {"stalled: no message for " + std::to_string(std::lround(silence.count())) + " s", true};
  }

  Ended ended(const std::string& why) const {
    return {why, any_message_ || now() - begun_ >= feed_.options_.useful_after};
  }

  CertstreamFeed& feed_;
  WebSocket& socket_;
  EntrySink& sink_;
  const SteadyTime begun_;
  SteadyTime last_message_;
  SteadyTime next_look_;
  bool any_message_ = false;
  bool is_first_told_ = false;
};

CertstreamFeed::CertstreamFeed(CertstreamOptions options, Surroundings surroundings)
    : options_(std::move(options)),
      surroundings_(surroundings),
      name_(options_.url.host_and_port()),
      place_(surroundings.board.add(name_, surroundings.clock.steady_now())),
      metrics_(surroundings.metrics.for_feed(name_)),
      damper_(surroundings.clock),
      entries_(surroundings.metrics, surroundings.positions, damper_),
      backoff_(options_.reconnect, std::random_device{}()) {}

void CertstreamFeed::run(std::stop_token stop, EntrySink& sink) {
  WebSocketOptions socket_options;
  socket_options.offers_deflate = options_.offers_deflate;
  WebSocketClient client(options_.url, socket_options, surroundings_.clock);
  while (!stop.stop_requested()) {
    surroundings_.life.show();
    auto socket = client.connect(stop);
    if (stop.stop_requested()) break;
    std::optional<Ended> ended;
    if (socket) {
      note_connected(*socket);
      ended = Reading(*this, *socket, sink).to_its_end(stop);
    } else {
      ended = Ended{socket.error().message, false};
    }
    if (!ended) break;
    note_ended(*ended);
    surroundings_.life.show();
    pause(backoff_.next(), stop);
  }
  note_stopped();
}

FeedStatusBoard::Shown CertstreamFeed::gauges() {
  return [this](FeedStatusBoard::Connections connections) {
    metrics_.connected.Set(connections.of_that_name ? 1 : 0);
    surroundings_.metrics.ws_connected.Set(connections.any ? 1 : 0);
  };
}

void CertstreamFeed::note_connected(const WebSocket& socket) {
  if (has_been_connected_) metrics_.reconnects.Increment();
  has_been_connected_ = true;
  surroundings_.board.connected(place_, surroundings_.clock.steady_now(), gauges());
  if (const auto ruling = damper_.rule("connected"); ruling.pass) {
    log::info("feed connected", {{"feed", name_},
                                 {"scheme", word(options_.url.scheme)},
                                 {"compressed", socket.is_deflated() ? "yes" : "no"},
                                 {"more_like_it", ruling.held_back}});
  }
}

void CertstreamFeed::note_ended(const Ended& ended) {
  if (ended.was_useful) backoff_.reset();
  surroundings_.board.disconnected(place_, ended.why, surroundings_.clock.steady_now(), gauges());
  if (const auto ruling = damper_.rule("ended"); ruling.pass) {
    log::warning("feed not connected, certwatch tries again",
                 {{"feed", name_}, {"why", ended.why}, {"more_like_it", ruling.held_back}});
  }
}

void CertstreamFeed::note_stopped() {
  surroundings_.board.disconnected(place_, "stopped", surroundings_.clock.steady_now(), gauges());
  log::info("feed stopped", {{"feed", name_}});
}

void CertstreamFeed::note_too_large(const TooLarge& message) {
  surroundings_.metrics.count(UndecodableReason::too_large);
  if (const auto ruling = damper_.rule("too large"); ruling.pass) {
    log::warning("message over the limit was dropped",
                 {{"feed", name_}, {"bytes", message.size}, {"more_like_it", ruling.held_back}});
  }
}

}  // namespace certwatch
