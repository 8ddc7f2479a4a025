#include "net/url.h"

#include <algorithm>
#include <arpa/inet.h>
#include <optional>

#include "base/base64.h"
#include "base/number.h"
#include "base/text.h"

namespace certwatch {
namespace {

// RFC 1035 section 2.3.4, in the form with dots.
constexpr std::size_t longest_host = 253;
constexpr std::size_t longest_url = 8192;

std::uint16_t default_port(Scheme scheme) {
  return scheme == Scheme::ws || scheme == Scheme::http ? 80 : 443;
}

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_control_or_space(char c) {
  return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
}

std::optional<int> digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lowered = ascii_lower(c);
  if (lowered >= 'a' && lowered <= 'f') return lowered - 'a' + 10;
  return std::nullopt;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const auto high = digit_value(text[i + 1]);
    const auto low = digit_value(text[i + 2]);
    if (!high || !low) return std::nullopt;
    out += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return out;
}

// RFC 3986 section 3.3 and 3.4: what may stand in a path or query; "%" is left as it is, so that
// what is encoded already stays so.
bool stands_in_target(char c) {
  return is_alphanumeric(c) ||
         std::string_view("-._~!$&'()*+,;=:@/?%[]|").find(c) != std::string_view::npos;
}

std::string percent_encoded_target(std::string_view text) {
  std::string out;
  if (text.empty() || text.front() != '/') out += '/';
  for (const char c : text) {
    if (stands_in_target(c)) {
      out += c;
    } else {
      out += '%' + to_hex({&c, 1});
    }
  }
  return out;
}

std::optional<Scheme> scheme_of(std::string_view name, std::initializer_list<Scheme> allowed) {
  const std::string lowered = lower(name);
  for (const Scheme scheme : allowed) {
    if (lowered == word(scheme)) return scheme;
  }
  return std::nullopt;
}

std::string must_begin_with(std::initializer_list<Scheme> allowed) {
  std::string all;
  for (const Scheme scheme : allowed) {
    if (!all.empty()) all += " or ";
    all += std::string(word(scheme)) + "://";
  }
  return "the URL must begin with " + all;
}

bool is_ipv6(const std::string& host) {
  return host.find(':') != std::string::npos;
}

// "::1" or "fe80::1%25eth0" (RFC 6874).
Result<std::string> ipv6_literal(std::string_view text) {
  const std::size_t percent = text.find('%');
  std::string address = lower(text.substr(0, percent));
  in6_addr parsed{};
  if (inet_pton(AF_INET6, address.c_str(), &parsed) != 1) {
    return failure("what stands in brackets in the URL is no IPv6 address");
  }
  if (percent == std::string_view::npos) return address;
  std::string_view zone = text.substr(percent + 1);
  if (zone.starts_with("25")) zone.remove_prefix(2);
  if (zone.empty() || !std::all_of(zone.begin(), zone.end(), [](char c) {
        return is_alphanumeric(c) || c == '-' || c == '.' || c == '_';
      })) {
    return failure("the zone of the IPv6 address in the URL is malformed");
  }
  return address + '%' + std::string(zone);
}

Result<std::string> host_name(std::string_view text) {
  if (text.empty()) return failure("the URL has no host");
  if (text.size() > longest_host) return failure("the host in the URL is too long");
  const bool well_formed = std::all_of(text.begin(), text.end(), [](char c) {
    return is_alphanumeric(c) || c == '-' || c == '.' || c == '_';
  });
  if (!well_formed) {
    return failure(
        "the host in the URL has characters that no host name has (a name beyond ASCII goes in its "
        "xn-- form; \"@\", \"/\", \"?\" and \"#\" in user name or password as %40, %2F, %3F, %23)");
  }
  return lower(text);
}

Result<std::uint16_t> port_number(std::string_view text) {
  const auto number = parse_number<std::uint16_t>(text);
  if (!number || *number == 0) return failure("the port in the URL is no number from 1 to 65535");
  return *number;
}

Result<void> read_host_and_port(std::string_view text, Url& url) {
  std::string_view port;
  Result<std::string> host;
  if (text.starts_with('[')) {
    const std::size_t bracket = text.find(']');
    if (bracket == std::string_view::npos) return failure("a bracket in the URL is never closed");
    host = ipv6_literal(text.substr(1, bracket - 1));
    port = text.substr(bracket + 1);
    if (!port.empty() && port.front() != ':') {
      return failure("only a port can stand behind the IPv6 address in the URL");
    }
  } else {
    const std::size_t colon = text.find(':');
    if (colon != text.rfind(':')) {
      return failure("an IPv6 address in the URL needs brackets: ws://[::1]:8080/");
    }
    host = host_name(text.substr(0, colon));
    if (colon != std::string_view::npos) port = text.substr(colon);
  }
  if (!host) return tl::unexpected(host.error());
  url.host = *host;
  url.port = default_port(url.scheme);
  if (port.size() <= 1) return {};
  const auto number = port_number(port.substr(1));
  if (!number) return tl::unexpected(number.error());
  url.port = *number;
  return {};
}

Result<void> read_user_info(std::string_view text, Url& url) {
  const std::size_t colon = text.find(':');
  const auto user = percent_decoded(text.substr(0, colon));
  const auto password =
      colon == std::string_view::npos ? std::string() : percent_decoded(text.substr(colon + 1));
  if (!user || !password) return failure("a percent escape in the URL's user info is malformed");
  if (user->find(':') != std::string::npos) {
    return failure("the user name in the URL must not hold a colon");
  }
  url.user = Secret(*user);
  url.password = Secret(*password);
  return {};
}

}  // namespace

std::string Url::host_and_port() const {
  const std::string name = is_ipv6(host) ? '[' + host + ']' : host;
  return name + ':' + std::to_string(port);
}

std::string Url::origin() const {
  std::string place = host_and_port();
  const std::size_t zone = place.find('%');
  if (zone != std::string::npos) place.insert(zone + 1, "25");  // RFC 6874 section 2
  return std::string(word(scheme)) + "://" + place;
}

std::string Url::host_field() const {
  // A zone means something to this machine only (RFC 6874 section 1).
  const std::string name = is_ipv6(host) ? '[' + host.substr(0, host.find('%')) + ']' : host;
  return port == default_port(scheme) ? name : name + ':' + std::to_string(port);
}

Secret Url::basic_credentials() const {
  return Secret("Basic " + to_base64(user.reveal() + ':' + password.reveal()));
}

Result<Url> parse_url(std::string_view text, std::initializer_list<Scheme> allowed) {
  if (text.size() > longest_url) return failure("the URL is too long");
  if (std::any_of(text.begin(), text.end(), is_control_or_space)) {
    return failure("the URL has white space or control characters in it");
  }
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return failure(must_begin_with(allowed));
  const auto scheme = scheme_of(text.substr(0, scheme_end), allowed);
  if (!scheme) return failure(must_begin_with(allowed));
  if (text.find('#') != std::string_view::npos) {
    return failure("the URL has a fragment (\"#\"); where that is meant, write %23");
  }

  Url url;
  url.scheme = *scheme;
  const std::string_view rest = text.substr(scheme_end + 3);
  const std::size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
  const std::string_view authority = rest.substr(0, authority_end);
  const std::size_t at = authority.rfind('@');
  if (at != std::string_view::npos) {
    const auto read = read_user_info(authority.substr(0, at), url);
    if (!read) return tl::unexpected(read.error());
  }
  const auto read =
      read_host_and_port(at == std::string_view::npos ? authority : authority.substr(at + 1), url);
  if (!read) return tl::unexpected(read.error());
  url.target = Secret(percent_encoded_target(rest.substr(authority_end)));
  return url;
}

}  // namespace certwatch
