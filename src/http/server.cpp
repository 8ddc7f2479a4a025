#include "http/server.h"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <future>
#include <optional>
#include <poll.h>
#include <stop_token>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/pause.h"
#include "http/listener.h"
#include "http/page_threads.h"
#include "http/peer.h"
#include "net/tcp.h"

namespace certwatch {
namespace {

// How often the thread shows that it lives while nobody asks.
constexpr std::chrono::milliseconds longest_wait{1000};
// After the system refused a connection while there was none to be given up for it.
constexpr std::chrono::milliseconds pause_after_refusal{100};

Descriptor make_wake_up() {
  Descriptor wake_up(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (wake_up.is_open()) return wake_up;
  throw std::system_error(errno, std::system_category(), "eventfd");
}

}  // namespace

class HttpServer::Listening {
 public:
  Listening(Listener listener, const std::map<std::string, PageMaker>& pages, LifeSign& life,
            std::function<void()> on_failure)
      : listener_(std::move(listener)),
        life_(life),
        on_failure_(std::move(on_failure)),
        site_(pages),
        threads_(
            std::in_place, page_threads,
            [this](const std::string& request) { return site_.answer(request); },
            [this] { wake(); }) {}

  std::uint16_t port() const { return listener_.port; }

  void run() {
    try {
      while (!stop_.stop_requested()) serve_what_comes();
      life_.end({});
    } catch (const std::exception& exception) {
      fail(exception.what());
    } catch (...) {
      fail("it does not say");
    }
    peers_.clear();
    threads_.reset();
    ended_.set_value();
  }

  bool end(Seconds patience) {
    stop_.request_stop();
    wake();
    return end_.wait_for(to_nanoseconds(patience)) == std::future_status::ready;
  }

 private:
  // By their age: each gets the next number.
  using Peers = std::map<PageThreads::Id, Peer>;

  void wake() {
    // Cannot fail: the counter of an eventfd is far from full.
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_up_.number(), &one, sizeof one);
  }

  void fail(std::string why) {
    log::critical("the pages are no longer served: a thread has died", {{"why", why}});
    life_.end(std::move(why));
    if (on_failure_) on_failure_();
  }

  void serve_what_comes() {
    const std::vector<pollfd> polled = wait();
    life_.show();
    std::uint64_t count = 0;
    [[maybe_unused]] const auto woken = ::read(wake_up_.number(), &count, sizeof count);
    advance(polled);
    for (PageThreads::Answered& answered : threads_->take()) hand_out(std::move(answered));
    if (polled[0].revents != 0) accept_some();
  }

  // From when on one more may come.
  SteadyTime room_from() const {
    if (peers_.size() < most_peers) return {};
    return peers_.begin()->second.accepted() + least_time;
  }

  // The listening socket, what wakes this thread, then the peers in their order. A negative
  // descriptor is passed over.
  std::vector<pollfd> wait() const {
    const SteadyTime now = clock_.steady_now();
    const bool is_full = room_from() > now;
    SteadyTime until = now + longest_wait;
    if (is_full) until = std::min(until, room_from());
    std::vector<pollfd> polled{{is_full ? -1 : listener_.socket.number(), POLLIN, 0},
                               {wake_up_.number(), POLLIN, 0}};
    for (const auto& [id, peer] : peers_) {
      const short awaited = peer.awaited();
      // Of one that waits for its answer even the end would be told again and again.
      polled.push_back({awaited == 0 ? -1 : peer.descriptor(), awaited, 0});
      until = std::min(until, peer.deadline());
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock_.steady_now());
    ::poll(polled.data(), polled.size(), static_cast<int>(std::max<long>(left.count(), 0)));
    return polled;
  }

  void advance(const std::vector<pollfd>& polled) {
    const SteadyTime now = clock_.steady_now();
    auto events = polled.begin() + 2;
    for (auto peer = peers_.begin(); peer != peers_.end();) {
      const bool is_ready = (events++)->revents != 0;
      const auto next = std::next(peer);
      if (is_ready) {
        advance(peer);
      } else if (peer->second.deadline() <= now) {
        peers_.erase(peer);
      }
      peer = next;
    }
  }

  void advance(Peers::iterator peer) {
    peer->second.advance();
    if (peer->second.state() == Peer::State::asked) {
      threads_->ask(peer->first, peer->second.take_request());
    } else if (peer->second.state() == Peer::State::over) {
      peers_.erase(peer);
    }
  }

  void hand_out(PageThreads::Answered answered) {
    const auto peer = peers_.find(answered.id);
    if (peer == peers_.end()) return;  // it had to make room
    peer->second.answer(std::move(answered.answer), clock_.steady_now());
    advance(peer);
  }

  // Not all that there may be: those who are here already come in between.
  void accept_some() {
    for (std::size_t i = 0; i < most_peers / 4; ++i) {
      if (room_from() > clock_.steady_now()) return;
      Descriptor socket(
          ::accept4(listener_.socket.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (!socket.is_open()) {
        after_refusal(errno);
        return;
      }
      if (peers_.size() == most_peers) give_up_oldest();
      const auto peer = peers_.emplace_hint(
          peers_.end(), std::piecewise_construct, std::forward_as_tuple(next_id_++),
          std::forward_as_tuple(plain_stream(std::move(socket)), clock_.steady_now()));
      // Mostly its request has come with it.
      advance(peer);
    }
  }

  void after_refusal(int error) {
    if (error == EAGAIN || error == EINTR || error == ECONNABORTED) return;
    if (peers_.empty()) {
      pause(pause_after_refusal, stop_.get_token());
    } else {
      give_up_oldest();
    }
  }

  void give_up_oldest() {
    threads_->forget(peers_.begin()->first);
    peers_.erase(peers_.begin());
  }

  const Listener listener_;
  LifeSign& life_;
  const std::function<void()> on_failure_;
  const MachineClock clock_;
  const Descriptor wake_up_ = make_wake_up();
  std::stop_source stop_;
  std::promise<void> ended_;
  std::future<void> end_ = ended_.get_future();
  Peers peers_;
  PageThreads::Id next_id_ = 0;
  Site site_;
  // Nothing once this has ended.
  std::optional<PageThreads> threads_;
};

HttpServer::HttpServer(std::unique_ptr<Listening> listening)
    : listening_(std::move(listening)), thread_([this] { listening_->run(); }) {}

HttpServer::~HttpServer() {
  stop(Seconds{0});
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(const HttpServerOptions& options,
                                                      const std::map<std::string, PageMaker>& pages,
                                                      LifeSign& life) {
  Result<Listener> listener = listen_on(options.host, options.port);
  if (!listener) return tl::unexpected(listener.error());
  try {
    return std::unique_ptr<HttpServer>(new HttpServer(
        std::make_unique<Listening>(std::move(*listener), pages, life, options.on_failure)));
  } catch (const std::system_error& error) {
    return failure(std::string("no thread to be had: ") + error.what());
  }
}

std::uint16_t HttpServer::bound_port() const {
  return listening_->port();
}

bool HttpServer::stop(Seconds patience) {
  return listening_->end(patience);
}

}  // namespace certwatch
