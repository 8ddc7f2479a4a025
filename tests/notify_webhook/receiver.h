// A webhook receiver that a test scripts, and a notifier that posts to it.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <netdb.h>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/number.h"
#include "notify/webhook/webhook_notifier.h"
#include "support/catch.h"
#include "support/websocket_server.h"

namespace certwatch {

using Receiver = WebSocketServer;

// A request as it arrived.
struct Posted {
  std::string head;  // to the last line end before the empty line
  std::string body;

  // The value of a field; empty where there is none.
  std::string field(const std::string& name) const {
    const std::size_t at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    const std::size_t begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
};

// The requests of one connection, and all that there were. Safe for use from any thread.
class Posts {
 public:
  // The next whole one; nothing where the client has ended.
  std::optional<Posted> next(ServedClient& client) {
    std::string text;
    std::size_t head_end = std::string::npos;
    while ((head_end = text.find("\r\n\r\n")) == std::string::npos) {
      if (!receive(client, text)) return std::nullopt;
    }
    Posted post{text.substr(0, head_end + 2), text.substr(head_end + 4)};
    const auto length = parse_number<std::size_t>(post.field("Content-Length")).value_or(0);
    while (post.body.size() < length) {
      if (!receive(client, post.body)) return std::nullopt;
    }
    const std::lock_guard lock(mutex_);
    all_.push_back(post);
    return post;
  }

  std::vector<Posted> all() const {
    const std::lock_guard lock(mutex_);
    return all_;
  }
  Posted last() const {
    const std::lock_guard lock(mutex_);
    return all_.empty() ? Posted{} : all_.back();
  }

 private:
  // A client sends nothing ahead of an answer, so nothing is left over between two requests.
  static bool receive(ServedClient& client, std::string& into) {
    const std::string more = client.receive();
    into += more;
    return !more.empty();
  }

  mutable std::mutex mutex_;
  std::vector<Posted> all_;
};

inline std::string answer(int status, const std::string& more_fields = "",
                          const std::string& body = "") {
  return "HTTP/1.1 " + std::to_string(status) + " Whatever\r\n" + more_fields +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// Takes every request of a connection and says `text` to it.
inline Receiver::Script says(Posts& posts, std::string text) {
  return [&posts, text = std::move(text)](ServedClient& client) {
    while (posts.next(client)) client.send(text);
  };
}

// The machine's clock, moved by hand on top.
class ShiftedClock final : public Clock {
 public:
  SteadyTime steady_now() const override { return machine_.steady_now() + shift_.load(); }
  SystemTime system_now() const override { return machine_.system_now() + shift_.load(); }
  void advance(std::chrono::nanoseconds distance) { shift_ = shift_.load() + distance; }

 private:
  MachineClock machine_;
  std::atomic<std::chrono::nanoseconds> shift_{std::chrono::nanoseconds(0)};
};

// Every proper machine knows itself by this name; a bare chroot does not.
inline bool has_localhost() {
  addrinfo* found = nullptr;
  if (getaddrinfo("localhost", nullptr, nullptr, &found) != 0) return false;
  freeaddrinfo(found);
  return true;
}

inline WebhookOptions options_for(const std::string& url, Seconds timeout = Seconds{10}) {
  auto parsed = parse_url(url, {Scheme::http, Scheme::https});
  REQUIRE(parsed);
  WebhookOptions options;
  options.url = *parsed;
  options.timeout = timeout;
  return options;
}

inline std::string url_of(const Receiver& receiver, const std::string& user_info = "",
                          const std::string& target = "/hook") {
  return "http://" + user_info + "127.0.0.1:" + std::to_string(receiver.port()) + target;
}

inline std::unique_ptr<Notifier> notifier(WebhookOptions options, const Clock& clock) {
  auto made = WebhookNotifier::make(std::move(options), clock);
  REQUIRE(made);
  return std::move(*made);
}

// Why it was not delivered; the status in place of that where it was.
inline std::string told(const NotifyOutcome& outcome) {
  if (const auto* delivered = std::get_if<Delivered>(&outcome)) {
    return "delivered " + std::to_string(delivered->status);
  }
  return std::get<RetryLater>(outcome).why;
}

class Stopwatch {
 public:
  Seconds elapsed() const { return std::chrono::steady_clock::now() - start_; }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace certwatch
