#include "net/proxy.h"

#include <arpa/inet.h>
#include <array>
#include <cstddef>
#include <netinet/in.h>

#include "base/number.h"
#include "base/text.h"

namespace certwatch {
namespace {

// 4 or 16 bytes, in network order.
struct IpAddress {
  std::array<unsigned char, 16> bytes{};
  std::size_t size = 0;
};

std::optional<IpAddress> parse_address(std::string_view text) {
  const std::string copy(text);
  IpAddress address;
  if (inet_pton(AF_INET, copy.c_str(), address.bytes.data()) == 1) {
    address.size = 4;
  } else if (inet_pton(AF_INET6, copy.c_str(), address.bytes.data()) == 1) {
    address.size = 16;
  } else {
    return std::nullopt;
  }
  return address;
}

bool share_prefix(const IpAddress& one, const IpAddress& other, std::size_t bits) {
  if (one.size != other.size || bits > one.size * 8) return false;
  for (std::size_t bit = 0; bit < bits; ++bit) {
    const auto mask = static_cast<unsigned char>(0x80U >> bit % 8);
    if (((one.bytes[bit / 8] ^ other.bytes[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

// An entry without its port; `port` is the one it names.
struct Exception {
  std::string_view host;
  std::optional<std::uint16_t> port;
};

Exception taken_apart(std::string_view entry) {
  std::string_view host = entry;
  std::string_view behind;
  if (entry.starts_with('[') && entry.find(']') != std::string_view::npos) {
    const std::size_t bracket = entry.find(']');
    host = entry.substr(1, bracket - 1);
    behind = entry.substr(bracket + 1);
  } else if (const std::size_t colon = entry.find(':');
             colon != std::string_view::npos && colon == entry.rfind(':')) {
    host = entry.substr(0, colon);
    behind = entry.substr(colon);
  }
  if (behind.empty()) return {host, std::nullopt};
  // 0 is nobody's port: an entry whose port is no number excepts nothing.
  return {host, parse_number<std::uint16_t>(behind.substr(1)).value_or(0)};
}

bool covers_address(std::string_view pattern, const IpAddress& address) {
  const std::size_t slash = pattern.find('/');
  const auto network = parse_address(pattern.substr(0, slash));
  if (!network) return false;
  if (slash == std::string_view::npos) return share_prefix(*network, address, address.size * 8);
  const auto bits = parse_number<std::uint8_t>(pattern.substr(slash + 1));
  return bits && share_prefix(*network, address, *bits);
}

bool covers_name(std::string_view pattern, std::string_view name) {
  if (pattern.starts_with('.')) pattern.remove_prefix(1);
  if (pattern.ends_with('.')) pattern.remove_suffix(1);
  if (pattern.empty() || !name.ends_with(pattern)) return false;
  return name.size() == pattern.size() || name[name.size() - pattern.size() - 1] == '.';
}

}  // namespace

ProxyVariables read_proxy_variables(
    const std::function<std::optional<std::string>(std::string_view)>& environment) {
  const auto read = [&environment](std::string_view in_lower_case, std::string_view in_upper_case) {
    auto value = environment(in_lower_case);
    if (!value || value->empty()) value = environment(in_upper_case);
    return std::string(trim(value.value_or("")));
  };
  return {Secret(read("http_proxy", "HTTP_PROXY")), Secret(read("https_proxy", "HTTPS_PROXY")),
          read("no_proxy", "NO_PROXY")};
}

Result<std::optional<Proxy>> choose_proxy(const Url& url, const ProxyVariables& variables) {
  const Secret& chosen = url.is_tls() ? variables.for_https : variables.for_http;
  if (chosen.empty() || is_proxy_exception(variables.exceptions, url.host, url.port)) {
    return std::optional<Proxy>();
  }
  std::string text = chosen.reveal();
  if (text.find("://") == std::string::npos) text.insert(0, "http://");
  Result<Url> proxy = parse_url(text, {Scheme::http});
  if (!proxy) {
    return failure((url.is_tls() ? "HTTPS_PROXY: " : "HTTP_PROXY: ") + proxy.error().message);
  }
  return std::optional<Proxy>(std::move(*proxy));
}

bool is_proxy_exception(std::string_view exceptions, std::string_view host, std::uint16_t port) {
  std::string name = lower(host);
  if (name.ends_with('.')) name.pop_back();
  const auto address = parse_address(name);
  const std::string list = lower(exceptions);
  std::string_view rest = list;
  while (!rest.empty()) {
    const std::size_t end = rest.find_first_of(", \t");
    const std::string_view entry = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (entry == "*") return true;
    const Exception exception = taken_apart(entry);
    if (exception.port && *exception.port != port) continue;
    if (address ? covers_address(exception.host, *address) : covers_name(exception.host, name)) {
      return true;
    }
  }
  return false;
}

}  // namespace certwatch
