// URLs of feeds and webhooks: ws, wss, http, https (RFC 3986, RFC 6455 section 3).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace certwatch {

enum class Scheme { ws, wss, http, https };

// What a log, a page or a metric may show of a URL is its scheme, host and port: tokens hide in
// every other part, so those are of type Secret.
struct Url {
  Scheme scheme = Scheme::ws;
  // In lower case. An IPv6 literal stands without brackets, its zone behind a plain "%".
  std::string host;
  std::uint16_t port = 0;
  // Percent-decoded; both empty where the URL has none.
  Secret user;
  Secret password;
  // Path and query as they go into a request line, beginning with "/". What may not stand there as
  // it is (beyond ASCII, quotes, ...) has been percent-encoded.
  Secret target;

  bool is_tls() const { return scheme == Scheme::wss || scheme == Scheme::https; }
  bool has_user_info() const { return !user.empty() || !password.empty(); }

  // "example.org:8080", "[::1]:8080": the port always. For logs, pages and metric labels.
  std::string host_and_port() const;
  // "wss://example.org:8080": the port always. For logs, and for HTTP clients that take it apart.
  std::string origin() const;
  // What a Host field says (RFC 9110 section 7.2): the port only where it is not the scheme's own.
  std::string host_field() const;
  // What an Authorization field says for the user info (RFC 7617).
  Secret basic_credentials() const;
};

constexpr const char* word(Scheme scheme) {
  constexpr std::array words{"ws", "wss", "http", "https"};
  return words[static_cast<std::size_t>(scheme)];
}

// Refused: another scheme than one of `allowed`, no host, white space or control characters
// anywhere, a port out of 1..65535, a fragment, a user name with a colon (Basic authentication has
// no way to send it). The error names the part that is wrong and never quotes any of the URL: where
// it is malformed nobody can tell which part is the secret one.
Result<Url> parse_url(std::string_view text, std::initializer_list<Scheme> allowed);

}  // namespace certwatch
