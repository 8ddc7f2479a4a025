#include "http/probe.h"

namespace certwatch {
namespace {

std::string reachable(const std::string& host) {
  if (host == "0.0.0.0") return "127.0.0.1";
  if (host == "::") return "::1";
  return host;
}

}  // namespace

Result<HttpAnswer> probe(const std::string& host, std::uint16_t port, const std::string& path) {
  const MachineClock clock;
  HttpRequest request;
  request.url = Url{Scheme::http, reachable(host), port, {}, {}, Secret(path)};
  request.timeout = Seconds{5};
  auto answer = HttpClient({}, clock).send(request);
  if (answer) return std::move(*answer);
  return failure("no page from " + request.url.host + " port " + std::to_string(port) + ": " +
                 answer.error().why);
}

}  // namespace certwatch
