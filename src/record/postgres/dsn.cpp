#include "record/postgres/dsn.h"

#include <algorithm>
#include <libpq-fe.h>
#include <memory>
#include <optional>

#include "base/number.h"
#include "base/text.h"

namespace certwatch::postgres {
namespace {

constexpr std::size_t longest_message = 300;

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using Options = std::unique_ptr<PQconninfoOption, FreeOptions>;

// libpq quotes what it did not understand, and that may be a piece of a password.
std::string without_quotations(std::string_view message) {
  std::string out;
  bool quoting = false;
  for (const char c : message) {
    if (c == '"') {
      if (!quoting) out += "\"...\"";
      quoting = !quoting;
    } else if (!quoting) {
      out += c;
    }
  }
  return std::string(trim(out));
}

std::optional<std::string> value_of(const Options& options, std::string_view keyword) {
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (keyword == option->keyword && option->val != nullptr) return option->val;
  }
  return std::nullopt;
}

bool are_ports(std::string_view list) {
  while (true) {
    const std::size_t comma = list.find(',');
    const std::string_view one = trim(list.substr(0, comma));
    const auto port = parse_number<int>(one);
    if (!one.empty() && (!port || *port < 1 || *port > 65535)) return false;
    if (comma == std::string_view::npos) return true;
    list.remove_prefix(comma + 1);
  }
}

Result<Options> parse(const Secret& dsn) {
  if (dsn.reveal().find('\0') != std::string::npos) return failure("holds a NUL byte");
  char* complaint = nullptr;
  Options options(PQconninfoParse(dsn.reveal().c_str(), &complaint));
  const std::unique_ptr<char, decltype(&PQfreemem)> owner(complaint, &PQfreemem);
  if (!options) {
    return failure(complaint == nullptr ? "out of memory" : without_quotations(complaint));
  }
  constexpr const char* advice = " (in a URI, write '@' as %40, '/' as %2F, ':' as %3A)";
  if (value_of(options, "host").value_or("").find('@') != std::string::npos) {
    return failure(std::string("the host holds an '@'") + advice);
  }
  if (!are_ports(value_of(options, "port").value_or(""))) {
    return failure(std::string("the port is no number from 1 to 65535") + advice);
  }
  return options;
}

std::vector<const char*> pointers(const std::vector<std::string>& texts) {
  std::vector<const char*> all;
  all.reserve(texts.size() + 1);
  for (const std::string& text : texts) all.push_back(text.c_str());
  all.push_back(nullptr);
  return all;
}

// Where libpq would connect to, as the environment and a service file say. libpq tells it of a
// connection only: of one that it refuses before it looks up or connects to anything.
void add_hosts(ConnectionKeywords& keywords) {
  ConnectionKeywords refused = keywords;
  refused.set("password", "none");  // or it would read the password file
  refused.set("sslmode", "none of them");
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(start_connecting(refused),
                                                                &PQfinish);
  const Options options(PQconninfo(connection.get()));
  if (!options) return;
  for (const char* name : {"host", "hostaddr", "port"}) {
    if (auto value = value_of(options, name)) keywords.set(name, std::move(*value));
  }
}

}  // namespace

const std::string* ConnectionKeywords::find(std::string_view name) const {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? nullptr : &values[static_cast<std::size_t>(found - names.begin())];
}

void ConnectionKeywords::set(const std::string& name, std::string value) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) {
    values[static_cast<std::size_t>(found - names.begin())] = std::move(value);
    return;
  }
  names.push_back(name);
  values.push_back(std::move(value));
}

pg_conn* start_connecting(const ConnectionKeywords& keywords) {
  return PQconnectStartParams(pointers(keywords.names).data(), pointers(keywords.values).data(), 0);
}

Result<void> check_dsn(const Secret& dsn) {
  const auto options = parse(dsn);
  if (!options) return tl::unexpected(options.error());
  return {};
}

Result<ConnectionKeywords> connection_keywords(const Secret& dsn) {
  const auto options = parse(dsn);
  if (!options) return tl::unexpected(options.error());
  ConnectionKeywords keywords;
  for (const PQconninfoOption* option = options->get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) keywords.set(option->keyword, option->val);
  }
  const auto set_unless_given = [&keywords](const char* name, const char* value) {
    if (keywords.find(name) == nullptr) keywords.set(name, value);
  };
  keywords.set("client_encoding", "UTF8");
  set_unless_given("fallback_application_name", "certwatch");
  // A peer that vanished without a word is noticed after 10 + 3 * 5 s of silence, or 15 s after
  // something was sent to it.
  set_unless_given("keepalives_idle", "10");
  set_unless_given("keepalives_interval", "5");
  set_unless_given("keepalives_count", "3");
  set_unless_given("tcp_user_timeout", "15000");
  add_hosts(keywords);
  return keywords;
}

std::string without_password(std::string_view message, const Secret& dsn) {
  std::string clean(message);
  std::vector<std::string> secrets{dsn.reveal()};
  if (const auto options = parse(dsn)) {
    for (const char* keyword : {"password", "sslpassword"}) {
      secrets.push_back(value_of(*options, keyword).value_or(""));
    }
  }
  for (const std::string& secret : secrets) {
    if (secret.empty()) continue;
    for (std::size_t at = 0; (at = clean.find(secret, at)) != std::string::npos; at += 3) {
      clean.replace(at, secret.size(), "***");
    }
  }
  std::replace_if(clean.begin(), clean.end(), is_ascii_space, ' ');
  clean = trim(clean);
  if (clean.size() > longest_message) clean = clean.substr(0, longest_message) + "...";
  return clean;
}

}  // namespace certwatch::postgres
