#include "http/server.h"

#include <atomic>
#include <exception>
#include <fcntl.h>
#include <future>
#include <httplib.h>
#include <stop_token>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "base/log.h"
#include "base/pause.h"
#include "http/listener.h"
#include "http/peer_stream.h"
#include "http/worker_pool.h"
#include "net/stoppable_wait.h"
#include "net/tcp.h"

namespace certwatch {
namespace {

constexpr PeerStream::Bounds peer_bounds{std::chrono::seconds(2), std::size_t{16} * 1024};
// How often the listening thread shows that it lives while nobody asks.
constexpr time_t listen_interval_s = 1;
// After the system refused a connection to all of us (no memory, no descriptors).
constexpr std::chrono::milliseconds pause_after_refusal{100};

// Enqueues on the listening thread. What finds no room is run there and then, and knows by that
// thread that it is refused (httplib 0.11 has no other way to close its connection).
class PageThreads final : public httplib::TaskQueue {
 public:
  explicit PageThreads(LifeSign& life) : life_(life), pool_(page_threads) {}

  // void in httplib 0.11, bool from 0.15 on.
  using Enqueued = decltype(std::declval<httplib::TaskQueue&>().enqueue(nullptr));
  Enqueued enqueue(std::function<void()> task) override {
    life_.show();
    if (under_way_ >= 2 * page_threads) {
      task();
    } else {
      ++under_way_;
      pool_.enqueue([this, task = std::move(task)] {
        task();
        --under_way_;
      });
    }
    return Enqueued(true);
  }
  void shutdown() override { pool_.finish(); }
  void on_idle() override { life_.show(); }

 private:
  LifeSign& life_;
  std::atomic<std::size_t> under_way_{0};
  WorkerPool pool_;
};

httplib::Server::Handler handler_of(PageMaker make) {
  return [make = std::move(make)](const httplib::Request&, httplib::Response& response) {
    const Page page = make();
    response.status = page.status;
    response.set_header("Cache-Control", "no-store");
    response.set_content(page.body, page.content_type);
  };
}

}  // namespace

// The library's server with a listening socket and connections of ours.
class HttpServer::Listening final : public httplib::Server {
 public:
  Listening(Listener listener, const std::map<std::string, PageMaker>& pages, LifeSign& life,
            std::function<void()> on_failure)
      : listener_(std::move(listener)), life_(life), on_failure_(std::move(on_failure)) {
    for (const auto& [path, make] : pages) Get(path, handler_of(make));
    new_task_queue = [this] { return new PageThreads(life_); };
    set_idle_interval(listen_interval_s);
    // By default the text of an exception goes out in a header.
    set_exception_handler([this](const httplib::Request& request, httplib::Response& response,
                                 const std::exception_ptr& thrown) {
      log_failure(request.path, thrown);
      response.status = 500;
      response.set_content("internal error\n", "text/plain");
    });
  }

  std::uint16_t port() const { return listener_.port; }

  void run() {
    listening_thread_ = std::this_thread::get_id();
    try {
      while (!stop_.stop_requested()) {
        listen_once();
        pause(pause_after_refusal, stop_.get_token());
      }
      life_.end({});
    } catch (const std::exception& exception) {  // no threads to be had
      life_.end(exception.what());
      log::critical("the pages cannot be served: no threads to be had",
                    {{"threads", page_threads}, {"why", exception.what()}});
      if (on_failure_) on_failure_();
    }
    ended_.set_value();
  }

  bool end(Seconds patience) {
    stop_.request_stop();
    svr_sock_ = INVALID_SOCKET;
    // Wakes the listening thread, whichever descriptor it waits with.
    ::shutdown(listener_.socket.number(), SHUT_RDWR);
    return end_.wait_for(to_nanoseconds(patience)) == std::future_status::ready;
  }

 private:
  // The library closes the descriptor that it listens with where accepting fails, so it gets one of
  // its own every time.
  void listen_once() {
    const int descriptor = ::fcntl(listener_.socket.number(), F_DUPFD_CLOEXEC, 0);
    if (descriptor < 0) return;
    svr_sock_ = descriptor;
    if (listen_after_bind()) {
      ::close(descriptor);
    } else {
      Server::stop();  // or it would not listen again
    }
  }

  bool process_and_close_socket(socket_t accepted) override {
    Descriptor socket(accepted);
    if (std::this_thread::get_id() == listening_thread_) return false;
    ::fcntl(socket.number(), F_SETFD, FD_CLOEXEC);
    ::fcntl(socket.number(), F_SETFL, O_NONBLOCK);
    const auto wait = StoppableWait::make(stop_.get_token(), clock_);
    if (!wait) return false;
    PeerStream stream(plain_stream(std::move(socket)), **wait, peer_bounds);
    return answer(*this, stream);
  }

  void log_failure(const std::string& path, const std::exception_ptr& thrown) {
    if (!damper_.rule(path).pass) return;
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& exception) {
      log::error("page failed", {{"path", path}, {"why", exception.what()}});
    } catch (...) {
      log::error("page failed", {{"path", path}});
    }
  }

  // A template for `if constexpr` alone: the library has changed what it wants to be told.
  template <class Self>
  static bool answer(Self& self, httplib::Stream& stream) {
    bool is_closed = false;
    const auto no_ranges = [](httplib::Request& request) { request.ranges.clear(); };
    if constexpr (requires { self.process_request(stream, true, is_closed, no_ranges); }) {
      return self.process_request(stream, true, is_closed, no_ranges);
    } else {
      return self.process_request(stream, "", 0, "", 0, true, is_closed, no_ranges);
    }
  }

  const Listener listener_;
  LifeSign& life_;
  const std::function<void()> on_failure_;
  const MachineClock clock_;
  log::Damper damper_{clock_};
  std::stop_source stop_;
  std::atomic<std::thread::id> listening_thread_;
  std::promise<void> ended_;
  std::future<void> end_ = ended_.get_future();
};

HttpServer::HttpServer(std::unique_ptr<Listening> listening)
    : listening_(std::move(listening)), thread_([this] { listening_->run(); }) {}

HttpServer::~HttpServer() {
  stop(Seconds{0});
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(const HttpServerOptions& options,
                                                      std::map<std::string, PageMaker> pages,
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
