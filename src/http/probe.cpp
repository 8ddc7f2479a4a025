#include "http/probe.h"

#include <httplib.h>

namespace certwatch {
namespace {

constexpr time_t patience_s = 5;

std::string reachable(const std::string& host) {
  if (host == "0.0.0.0" || host.empty()) return "127.0.0.1";
  if (host == "::" || host == "[::]") return "::1";
  return host;
}

}  // namespace

Result<ProbeAnswer> probe(const std::string& host, std::uint16_t port, const std::string& path) {
  httplib::Client client(reachable(host), port);
  client.set_connection_timeout(patience_s);
  client.set_read_timeout(patience_s);
  client.set_write_timeout(patience_s);
  const auto answer = client.Get(path);
  if (!answer) {
    return failure("no answer from " + reachable(host) + " port " + std::to_string(port) + ": " +
                   httplib::to_string(answer.error()));
  }
  return ProbeAnswer{answer->status, answer->body};
}

}  // namespace certwatch
