#include "http/probe.h"

#include <exception>
#include <httplib.h>
#include <stop_token>

#include "base/clock.h"
#include "http/peer_stream.h"
#include "net/resolver.h"
#include "net/stoppable_wait.h"
#include "net/tcp.h"

namespace certwatch {
namespace {

// Half of it for connecting.
constexpr std::chrono::milliseconds half_the_patience{2500};
constexpr std::size_t longest_answer = std::size_t{16} * 1024;

std::string reachable(std::string host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  if (host == "0.0.0.0") return "127.0.0.1";
  if (host == "::") return "::1";
  return host;
}

// The library's HTTP over a connection of ours.
class Client final : public httplib::ClientImpl {
 public:
  using ClientImpl::ClientImpl;

  Result<ProbeAnswer> get(httplib::Stream& stream, const std::string& path) {
    httplib::Request request;
    request.method = "GET";
    request.path = path;
    httplib::Response response;
    httplib::Error error = httplib::Error::Success;
    try {
      if (!process_request(stream, request, response, true, error)) return failure("no answer");
    } catch (const std::exception&) {
      return failure("no answer that can be understood");
    }
    return ProbeAnswer{response.status, response.body};
  }
};

Result<ProbeAnswer> ask(const std::string& host, std::uint16_t port, const std::string& path) {
  const MachineClock clock;
  const auto wait = StoppableWait::make(std::stop_token(), clock);
  if (!wait) return tl::unexpected(wait.error());
  const SteadyTime deadline = clock.steady_now() + half_the_patience;
  Resolver resolver(host, port);
  const auto addresses = resolver.resolve(**wait, deadline);
  if (!addresses) return tl::unexpected(addresses.error());
  auto socket = connect_tcp(*addresses, **wait, deadline);
  if (!socket) return tl::unexpected(socket.error());
  PeerStream stream(plain_stream(std::move(*socket)), **wait, {half_the_patience, longest_answer});
  return Client(host, port).get(stream, path);
}

}  // namespace

Result<ProbeAnswer> probe(const std::string& host, std::uint16_t port, const std::string& path) {
  const std::string where = reachable(host);
  auto answer = ask(where, port, path);
  if (answer) return answer;
  return failure("no page from " + where + " port " + std::to_string(port) + ": " +
                 answer.error().message);
}

}  // namespace certwatch
