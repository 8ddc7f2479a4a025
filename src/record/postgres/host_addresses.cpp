#include "record/postgres/host_addresses.h"

#include <algorithm>
#include <netdb.h>
#include <optional>

#include "base/text.h"

namespace certwatch::postgres {
namespace {

// Nobody connects to it: the port is libpq's business.
constexpr std::uint16_t no_port = 0;

std::string* find(ConnectionKeywords& keywords, std::string_view name) {
  const auto found = std::find(keywords.names.begin(), keywords.names.end(), name);
  if (found == keywords.names.end()) return nullptr;
  return &keywords.values[static_cast<std::size_t>(found - keywords.names.begin())];
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  for (std::size_t at = 0;;) {
    const std::size_t comma = list.find(',', at);
    parts.emplace_back(trim(std::string_view(list).substr(at, comma - at)));
    if (comma == std::string::npos) return parts;
    at = comma + 1;
  }
}

void append(std::string& list, bool is_first, std::string_view value) {
  if (!is_first) list += ',';
  list += value;
}

std::string text_of(const Address& address) {
  char text[NI_MAXHOST] = "";
  if (getnameinfo(reinterpret_cast<const sockaddr*>(&address.storage), address.length, text,
                  sizeof text, nullptr, 0, NI_NUMERICHOST) != 0) {
    return "";
  }
  return text;
}

// A directory, or an abstract socket.
bool is_socket(const std::string& host) {
  return host.empty() || host.front() == '/' || host.front() == '@';
}

}  // namespace

Result<void> HostAddresses::fill_in(ConnectionKeywords& keywords, const Patience& patience) {
  std::string* const host_list = find(keywords, "host");
  if (host_list == nullptr || find(keywords, "hostaddr") != nullptr) return {};
  const std::vector<std::string> hosts = split(*host_list);
  if (std::all_of(hosts.begin(), hosts.end(), is_socket)) return {};
  std::string* const port_list = find(keywords, "port");
  const std::vector<std::string> ports = split(port_list == nullptr ? "" : *port_list);
  if (ports.size() != 1 && ports.size() != hosts.size()) {
    return failure("as many ports as hosts, or one for all");
  }
  std::string all_hosts;
  std::string all_addresses;
  std::string all_ports;
  bool is_first = true;
  std::optional<Error> trouble;
  const auto add = [&](std::size_t host, std::string_view address) {
    append(all_hosts, is_first, hosts[host]);
    append(all_addresses, is_first, address);
    append(all_ports, is_first, ports[ports.size() == 1 ? 0 : host]);
    is_first = false;
  };
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    if (is_socket(hosts[i])) {
      add(i, "");
      continue;
    }
    const auto addresses = resolve(hosts[i], patience);
    if (!addresses) {
      trouble = Error{"host \"" + hosts[i] + "\": " + addresses.error().message};
      continue;
    }
    for (const Address& address : *addresses) add(i, text_of(address));
  }
  if (is_first) return tl::unexpected(*trouble);
  *host_list = all_hosts;
  if (port_list != nullptr) *port_list = all_ports;
  keywords.names.emplace_back("hostaddr");
  keywords.values.push_back(all_addresses);
  return {};
}

Result<std::vector<Address>> HostAddresses::resolve(const std::string& host,
                                                    const Patience& patience) {
  std::unique_ptr<Resolver>& resolver = resolvers_[host];
  if (!resolver) resolver = std::make_unique<Resolver>(host, no_port);
  const MachineClock clock;
  while (true) {
    const bool in_haste = patience.in_haste();
    const auto wait =
        StoppableWait::make(in_haste ? std::stop_token() : patience.haste_token(), clock);
    if (!wait) return tl::unexpected(wait.error());
    auto addresses = resolver->resolve(**wait, patience.end());
    // Stopped because the process is about to end: there is still a second.
    if (addresses || in_haste || !patience.in_haste()) return addresses;
  }
}

}  // namespace certwatch::postgres
