// Which proxy a request goes through: what HTTPS_PROXY, HTTP_PROXY and NO_PROXY say.
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

// A name in lower case counts before the same name in upper case. `environment` gives the value of
// a variable, and nothing where the variable is not set.
ProxyVariables read_proxy_variables(
    const std::function<std::optional<std::string>(std::string_view)>& environment);

// We speak plain HTTP to a proxy, and give it the user and password of its URL.
using Proxy = Url;

// The proxy for `url`; nothing where requests go straight to it. A variable has the form
// http://[user:password@]host[:port]; "http://" may be missing, and without a port the port is 80.
// The error names the variable and quotes nothing of it.
Result<std::optional<Proxy>> choose_proxy(const Url& url, const ProxyVariables& variables);

// Do `exceptions` cover this host and port? They are names and addresses, with commas or spaces in
// between; one with ":port" behind it covers that port only. A name covers itself and everything
// below, with a dot in front or without. "10.0.0.0/8" covers a network, "*" everything.
bool is_proxy_exception(std::string_view exceptions, std::string_view host, std::uint16_t port);

}  // namespace certwatch
