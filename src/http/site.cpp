#include "http/site.h"

#include <algorithm>
#include <exception>
#include <httplib.h>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/log.h"

namespace certwatch {
namespace {

// What the library reads and writes through, instead of a connection.
class InMemory final : public httplib::Stream {
 public:
  explicit InMemory(std::string_view input) : input_(input) {}
  std::string take_output() { return std::move(output_); }

  ssize_t read(char* out, std::size_t size) override {
    const std::size_t count = std::min(size, input_.size());
    std::copy_n(input_.data(), count, out);
    input_.remove_prefix(count);
    return static_cast<ssize_t>(count);
  }
  ssize_t write(const char* bytes, std::size_t size) override {
    output_.append(bytes, size);
    return static_cast<ssize_t>(size);
  }
  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return INVALID_SOCKET; }

 private:
  std::string_view input_;
  std::string output_;
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

// A subclass, because the library keeps to itself what answers one request.
class Site::Library final : public httplib::Server {
 public:
  explicit Library(const std::map<std::string, PageMaker>& pages) {
    for (const auto& [path, make] : pages) Get(path, handler_of(make));
    // By default the text of an exception goes out in a header.
    set_exception_handler([this](const httplib::Request& request, httplib::Response& response,
                                 const std::exception_ptr& thrown) {
      log_failure(request.path, thrown);
      response.status = 500;
      response.set_content("internal error\n", "text/plain");
    });
  }

  // A template for `if constexpr` alone: the library has changed what it wants to be told.
  template <class Self>
  static void answer(Self& self, httplib::Stream& stream) {
    bool is_closed = false;
    const auto no_ranges = [](httplib::Request& request) { request.ranges.clear(); };
    if constexpr (requires { self.process_request(stream, true, is_closed, no_ranges); }) {
      self.process_request(stream, true, is_closed, no_ranges);
    } else {
      self.process_request(stream, "", 0, "", 0, true, is_closed, no_ranges);
    }
  }

 private:
  void log_failure(const std::string& path, const std::exception_ptr& thrown) {
    if (!damper_.rule(path).pass) return;
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& exception) {
      log::error("a page could not be made", {{"path", path}, {"why", exception.what()}});
    } catch (...) {
      log::error("a page could not be made", {{"path", path}});
    }
  }

  const MachineClock clock_;
  log::Damper damper_{clock_};
};

Site::Site(const std::map<std::string, PageMaker>& pages)
    : library_(std::make_unique<Library>(pages)) {}

Site::~Site() = default;

std::string Site::answer(const std::string& request) {
  InMemory stream(request);
  Library::answer(*library_, stream);
  return stream.take_output();
}

}  // namespace certwatch
