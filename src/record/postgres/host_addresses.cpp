#include "record/postgres/host_addresses.h"

#include <algorithm>
#include <netdb.h>
#include <optional>

#include "base/text.h"

namespace certwatch::postgres {
namespace {

// Nobody connects to it: the port is libpq's business.
constexpr std::uint16_t no_port = 0;

// One empty element where there is no such keyword.
std::vector<std::string> list_of(const ConnectionKeywords& keywords, std::string_view name) {
  const std::string* const value = keywords.find(name);
  const std::string list = value == nullptr ? "" : *value;
  std::vector<std::string> parts;
  for (std::size_t at = 0;;) {
    const std::size_t comma = list.find(',', at);
    parts.emplace_back(trim(std::string_view(list).substr(at, comma - at)));
    if (comma == std::string::npos) return parts;
    at = comma + 1;
  }
}

// An address of a host.
struct Target {
  std::string host;
  std::string address;
  std::string port;
};

std::string joined(const std::vector<Target>& targets, std::string Target::*part) {
  std::string list;
  for (const Target& target : targets) {
    if (&target != &targets.front()) list += ',';
    list += target.*part;
  }
  return list;
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

HostAddresses::LookUp::LookUp(const std::string& host)
    : resolver(host, no_port), began(Deadline::clock::now()) {}

Result<void> HostAddresses::fill_in(ConnectionKeywords& keywords, const Patience& patience) {
  const std::vector<std::string> hosts = list_of(keywords, "host");
  const std::vector<std::string> ports = list_of(keywords, "port");
  std::vector<std::string> given = list_of(keywords, "hostaddr");
  if (keywords.find("hostaddr") == nullptr) given.resize(hosts.size());
  if (given.size() != hosts.size()) return {};  // libpq refuses them, or has no name to look up
  if (ports.size() != 1 && ports.size() != hosts.size()) {
    return failure("as many ports as hosts, or one for all");
  }
  std::vector<Target> targets;
  std::optional<Error> trouble;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    const Target target{hosts[i], given[i], ports[ports.size() == 1 ? 0 : i]};
    if (is_socket(target.host) || !target.address.empty()) {
      targets.push_back(target);
      continue;
    }
    const auto addresses = resolve(target.host, patience);
    if (!addresses) {
      trouble = Error{"host \"" + target.host + "\": " + addresses.error().message};
      continue;
    }
    for (const Address& address : *addresses) {
      targets.push_back({target.host, text_of(address), target.port});
    }
  }
  if (targets.empty()) return tl::unexpected(*trouble);
  const auto has_address = [](const Target& target) { return !target.address.empty(); };
  if (std::none_of(targets.begin(), targets.end(), has_address)) return {};
  keywords.set("host", joined(targets, &Target::host));
  keywords.set("hostaddr", joined(targets, &Target::address));
  if (keywords.find("port") != nullptr) keywords.set("port", joined(targets, &Target::port));
  return {};
}

Result<std::vector<Address>> HostAddresses::resolve(const std::string& host,
                                                    const Patience& patience) {
  LookUp& look_up = under_way_.try_emplace(host, host).first->second;
  const MachineClock clock;
  while (true) {
    const bool in_haste = patience.in_haste();
    const auto wait =
        StoppableWait::make(in_haste ? std::stop_token() : patience.haste_token(), clock);
    if (!wait) return tl::unexpected(wait.error());
    const Deadline end = in_haste
                             ? std::min(patience.end(), look_up.began + Patience::limit_in_haste)
                             : patience.end();
    auto addresses = look_up.resolver.resolve(**wait, end);
    const bool is_under_way = look_up.resolver.is_looking();
    // Stopped because the process is about to end: what is left of the second is still there.
    if (is_under_way && !in_haste && patience.in_haste()) continue;
    if (!is_under_way) under_way_.erase(host);
    return addresses;
  }
}

}  // namespace certwatch::postgres
