// The pages over HTTP/1.1. Nothing here changes anything.
//
// One thread holds every connection and waits for none of them. A few threads make the pages. A
// connection carries one request, which must have come whole within two seconds. The answer must
// have been read two seconds later. There are at most `most_peers` connections. One more takes the
// place of the oldest, after that has had `least_time`. So nobody who hangs on to this port keeps
// others from the pages.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/life_sign.h"
#include "base/result.h"
#include "http/site.h"

namespace certwatch {

inline constexpr std::size_t page_threads = 4;
// Hard limit.
inline constexpr std::size_t most_peers = 256;
// Long enough for everybody to send a request, whatever others do. Until then newcomers wait in the
// system's queue.
inline constexpr std::chrono::milliseconds least_time{200};

struct HttpServerOptions {
  std::string host = "127.0.0.1";  // IPv6 too, without brackets
  std::uint16_t port = 8765;       // 0: the system chooses
  // Called at most once, on the server's thread: a thread for the pages has died, nothing is served
  // any more. It is logged before.
  std::function<void()> on_failure = {};
};

class HttpServer {
 public:
  // Listens, and answers from now on. `pages`: path to maker; `life` is shown by the thread that
  // holds the connections. The error names host, port and reason.
  static Result<std::unique_ptr<HttpServer>> start(const HttpServerOptions& options,
                                                   const std::map<std::string, PageMaker>& pages,
                                                   LifeSign& life);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t bound_port() const;

  // Takes no more connections and cuts off those there are. False: after `patience` a page maker is
  // still at it; the destructor will wait for it.
  bool stop(Seconds patience);

 private:
  class Listening;
  explicit HttpServer(std::unique_ptr<Listening> listening);

  std::unique_ptr<Listening> listening_;
  std::jthread thread_;
};

}  // namespace certwatch
