// The pages over HTTP/1.1, by cpp-httplib: GET and HEAD, nothing else, and nothing here changes
// anything.
//
// The library gives every connection a thread for as long as it lasts, so what idle or slow peers
// can do is bounded by their number and by time: a connection carries one request, which must be
// there, whole, within two seconds. `page_threads` peers at a time may hang on without keeping a
// page from those that ask. As many more wait for a thread, at most two seconds as well; beyond
// that, connections are closed unanswered. Whoever can reach this port can therefore slow it down,
// and nothing else: it is bound to loopback unless configured otherwise.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/life_sign.h"
#include "base/result.h"
#include "http/page.h"

namespace certwatch {

// Called on the server's threads, several at a time. Must not block. What it throws becomes a page
// 500 that tells nothing.
using PageMaker = std::function<Page()>;

// Hard limit: peers that are served at one time, and again that wait to be.
inline constexpr std::size_t page_threads = 64;

struct HttpServerOptions {
  std::string host = "127.0.0.1";  // IPv6 too, with or without brackets
  std::uint16_t port = 8765;       // 0: the system chooses
  // Called at most once, on the thread that listens: the threads for the pages are not to be had,
  // nothing is served any more. It is logged before.
  std::function<void()> on_failure = {};
};

class HttpServer {
 public:
  // Listens, and answers from now on. `pages`: path to maker; `life` is shown by the thread that
  // listens. The error names host, port and reason.
  static Result<std::unique_ptr<HttpServer>> start(const HttpServerOptions& options,
                                                   std::map<std::string, PageMaker> pages,
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
