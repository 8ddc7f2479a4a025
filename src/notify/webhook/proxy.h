// Which proxy a request goes through: HTTPS_PROXY, HTTP_PROXY and NO_PROXY, as curl reads them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "net/url.h"

namespace certwatch {

struct ProxyVariables {
  Secret for_http;
  Secret for_https;
  std::string exceptions;
};

// The names in lower case first, then in upper case. `environment` gives the value of a variable,
// nothing where it is not set.
ProxyVariables read_proxy_variables(
    const std::function<std::optional<std::string>(std::string_view)>& environment);

// Spoken to in plain HTTP; its user and password, if any, are for Proxy-Authorization.
using Proxy = Url;

// Nothing: straight to `url`. A proxy is given as http://[user:password@]host[:port], "http://" may
// be left out, the port is 80 where it is. The error names the variable and quotes nothing of it.
Result<std::optional<Proxy>> choose_proxy(const Url& url, const ProxyVariables& variables);

// `exceptions`: names or addresses between commas or spaces, each with ":port" if it is for that
// port only. A name, with a dot in front or without, covers itself and everything below; an address
// itself; "10.0.0.0/8" a network; "*" everything.
bool is_proxy_exception(std::string_view exceptions, std::string_view host, std::uint16_t port);

}  // namespace certwatch
