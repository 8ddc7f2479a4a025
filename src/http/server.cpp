#include "http/server.h"

#include <cerrno>
#include <future>
#include <httplib.h>
#include <sys/socket.h>
#include <system_error>

#include "base/text.h"

namespace certwatch {
namespace {

constexpr time_t idle_s = 1;
constexpr time_t read_s = 2;
constexpr time_t write_s = 5;
// How often the listening thread shows that it lives while nobody asks.
constexpr time_t listen_interval_s = 1;
constexpr std::size_t longest_upload = 4096;  // nobody has anything to upload

// The library calls on_idle() on the listening thread.
class PageThreads final : public httplib::ThreadPool {
 public:
  explicit PageThreads(LifeSign& life) : httplib::ThreadPool(page_threads), life_(life) {}
  void on_idle() override { life_.show(); }

 private:
  LifeSign& life_;
};

// Only SO_REUSEADDR: with the library's own SO_REUSEPORT a second process on the same port would
// take a part of the requests instead of failing.
void share_address_only(int socket) {
  const int yes = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

void answer(const PageMaker& make, LifeSign& life, httplib::Response& response) {
  life.show();
  const Page page = make();
  response.status = page.status;
  response.set_header("Cache-Control", "no-store");
  response.set_content(page.body, page.content_type);
}

std::string without_brackets(const std::string& host) {
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  return bracketed ? host.substr(1, host.size() - 2) : host;
}

void configure(httplib::Server& server, LifeSign& life) {
  server.new_task_queue = [&life] { return new PageThreads(life); };
  server.set_socket_options(share_address_only);
  server.set_tcp_nodelay(true);
  server.set_keep_alive_max_count(1);
  server.set_keep_alive_timeout(idle_s);
  server.set_read_timeout(read_s);
  server.set_write_timeout(write_s);
  server.set_idle_interval(listen_interval_s);
  server.set_payload_max_length(longest_upload);
  // By default the text of an exception goes out in a header.
  server.set_exception_handler(
      [](const httplib::Request&, httplib::Response& response, const std::exception_ptr&) {
        response.status = 500;
        response.set_content("internal error\n", "text/plain");
      });
}

}  // namespace

struct HttpServer::Library {
  httplib::Server server;
  std::promise<void> ended;
  std::future<void> end = ended.get_future();
};

namespace {

// A stop() that came before the thread listens would find nothing to stop; the library has no
// notice of it that both of our versions know.
template <class Library>
void wait_until_listening(Library& library) {
  constexpr std::chrono::milliseconds glance{1};
  while (!library.server.is_running() &&
         library.end.wait_for(glance) != std::future_status::ready) {
  }
}

}  // namespace

HttpServer::HttpServer() : library_(std::make_unique<Library>()) {}

HttpServer::~HttpServer() {
  library_->server.stop();
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(const HttpServerOptions& options,
                                                      std::map<std::string, PageMaker> pages,
                                                      LifeSign& life) {
  std::unique_ptr<HttpServer> made(new HttpServer);
  httplib::Server& server = made->library_->server;
  configure(server, life);
  for (auto& [path, make] : pages) {
    server.Get(path, [make = std::move(make), &life](const httplib::Request&,
                                                     httplib::Response& response) {
      answer(make, life, response);
    });
  }
  const std::string host = without_brackets(options.host);
  errno = 0;
  const int port = options.port != 0 ? (server.bind_to_port(host, options.port) ? options.port : -1)
                                     : server.bind_to_any_port(host);
  if (port < 0) {
    const std::string reason =
        errno != 0 ? std::generic_category().message(errno) : "no such address here";
    return failure("cannot listen on " + printable(options.host) + " port " +
                   std::to_string(options.port) + ": " + reason);
  }
  made->port_ = static_cast<std::uint16_t>(port);
  made->thread_ = std::jthread([library = made->library_.get(), &life] {
    const bool asked_to_end = library->server.listen_after_bind();
    life.end(asked_to_end ? "" : "listening failed");
    library->ended.set_value();
  });
  wait_until_listening(*made->library_);
  return made;
}

bool HttpServer::stop(Seconds patience) {
  library_->server.stop();
  return library_->end.wait_for(to_nanoseconds(patience)) == std::future_status::ready;
}

}  // namespace certwatch
