// An HTTP server that a test scripts, and what such servers say and do.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <netdb.h>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/number.h"
#include "base/pause.h"
#include "support/catch.h"
#include "support/loopback.h"
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

// Sends `piece` without a pause until `over`, or the client's end.
inline void flood(ServedClient& client, const std::string& piece, const std::atomic<bool>& over) {
  std::string much;
  while (much.size() < 1'000'000) much += piece;
  while (!over) client.send(much);
}

// The same, a piece at a time.
inline void dribble(ServedClient& client, const std::string& piece, const std::atomic<bool>& over) {
  while (!over) {
    client.send(piece);
    pause(std::chrono::milliseconds(5), {});
  }
}

// Every proper machine knows itself by this name; a bare chroot does not.
inline bool has_localhost() {
  addrinfo* found = nullptr;
  if (getaddrinfo("localhost", nullptr, nullptr, &found) != 0) return false;
  freeaddrinfo(found);
  return true;
}

inline std::string url_of(const Receiver& receiver, const std::string& user_info = "",
                          const std::string& target = "/hook") {
  return "http://" + user_info + "127.0.0.1:" + std::to_string(receiver.port()) + target;
}

// Nobody accepts, and there is no more room to wait to be accepted: connecting hangs.
struct Deaf {
  Deaf() : listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = loopback::address(0);
    socklen_t size = sizeof address;
    REQUIRE(bind(listener.number(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(listen(listener.number(), 0) == 0);
    getsockname(listener.number(), reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    for (int i = 0; i < 4; ++i) {
      waiting.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      connect(waiting.back().number(), reinterpret_cast<sockaddr*>(&address), size);
    }
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port) + "/"; }

  Descriptor listener;
  std::uint16_t port = 0;
  std::vector<Descriptor> waiting;
};

class Stopwatch {
 public:
  Seconds elapsed() const { return std::chrono::steady_clock::now() - start_; }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace certwatch
