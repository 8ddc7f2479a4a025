#include "net/proxy.h"

#include <map>
#include <string>

#include "support/catch.h"

namespace certwatch {
namespace {

using Catch::Matchers::ContainsSubstring;
using Variables = std::map<std::string, std::string>;

ProxyVariables read(const Variables& variables) {
  return read_proxy_variables([&variables](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(std::string(name));
    if (found == variables.end()) return std::nullopt;
    return found->second;
  });
}

Result<std::optional<Proxy>> choose(const char* url, const Variables& variables) {
  return choose_proxy(*parse_url(url, {Scheme::http, Scheme::https}), read(variables));
}

struct Choice {
  const char* why;
  const char* url;
  Variables variables;
  const char* proxy;  // empty: none
};

TEST_CASE("the proxy is the one for the URL's scheme") {
  const auto row = GENERATE(
      Choice{"none set", "http://a.example/", {}, ""},
      Choice{"http", "http://a.example/", {{"HTTP_PROXY", "http://p:3128"}}, "http://p:3128"},
      Choice{"https", "https://a.example/", {{"HTTPS_PROXY", "http://p:3128"}}, "http://p:3128"},
      Choice{"not the other's", "https://a.example/", {{"HTTP_PROXY", "http://p:3128"}}, ""},
      Choice{
          "in lower case", "http://a.example/", {{"http_proxy", "http://p:3128"}}, "http://p:3128"},
      Choice{"lower case goes first",
             "http://a.example/",
             {{"http_proxy", "http://l:1"}, {"HTTP_PROXY", "http://u:2"}},
             "http://l:1"},
      Choice{"empty counts as not set",
             "http://a.example/",
             {{"http_proxy", ""}, {"HTTP_PROXY", "http://u:2"}},
             "http://u:2"},
      Choice{"without a scheme",
             "http://a.example/",
             {{"HTTP_PROXY", "p.example:3128"}},
             "http://p.example:3128"},
      Choice{"without a port",
             "http://a.example/",
             {{"HTTP_PROXY", "http://p.example/"}},
             "http://p.example:80"},
      Choice{"excepted",
             "http://a.example/",
             {{"HTTP_PROXY", "http://p:3128"}, {"NO_PROXY", "a.example"}},
             ""},
      Choice{"excepted in lower case",
             "http://a.example/",
             {{"HTTP_PROXY", "http://p:3128"}, {"no_proxy", "*"}},
             ""});
  INFO(row.why);
  const auto proxy = choose(row.url, row.variables);
  REQUIRE(proxy);
  CHECK((*proxy ? (*proxy)->origin() : "") == row.proxy);
}

TEST_CASE("user and password of a proxy are taken along") {
  const auto proxy = choose("https://a.example/", {{"HTTPS_PROXY", "http://u:p%40w@p:3128"}});
  REQUIRE(proxy);
  REQUIRE(*proxy);
  CHECK((*proxy)->user.reveal() == "u");
  CHECK((*proxy)->password.reveal() == "p@w");
}

TEST_CASE("a proxy of a kind that is not spoken is a mistake, and is not quoted") {
  const char* value = GENERATE("socks5://u:hunter2@p:1080", "https://u:hunter2@p", "http://",
                               "http://u:hunter2@p:99999");
  const auto proxy = choose("https://a.example/", {{"HTTPS_PROXY", value}});
  REQUIRE_FALSE(proxy);
  CHECK_THAT(proxy.error().message, ContainsSubstring("HTTPS_PROXY: "));
  CHECK(proxy.error().message.find("hunter2") == std::string::npos);
}

struct Exception {
  const char* why;
  const char* exceptions;
  const char* host;
  std::uint16_t port;
  bool is_one;
};

TEST_CASE("NO_PROXY is read as curl reads it") {
  const auto row =
      GENERATE(Exception{"nothing", "", "a.example", 80, false},
               Exception{"everything", "*", "a.example", 80, true},
               Exception{"everything, among others", "b.example, *", "a.example", 80, true},
               Exception{"the name itself", "a.example", "a.example", 80, true},
               Exception{"what is below", "example", "a.example", 80, true},
               Exception{"what is below, with a dot", ".example", "a.example", 80, true},
               Exception{"the name itself, with a dot", ".a.example", "a.example", 80, true},
               Exception{"no part of a label", "ample", "a.example", 80, false},
               Exception{"nothing above", "b.a.example", "a.example", 80, false},
               Exception{"whatever the case", "A.EXAMPLE", "a.Example", 80, true},
               Exception{"a dot at the end", "a.example.", "a.example.", 80, true},
               Exception{"between spaces", "x.example  a.example", "a.example", 80, true},
               Exception{"its port", "a.example:8080", "a.example", 8080, true},
               Exception{"another port", "a.example:8080", "a.example", 80, false},
               Exception{"a port that is none", "a.example:http", "a.example", 80, false},
               Exception{"an address", "192.0.2.1", "192.0.2.1", 80, true},
               Exception{"another address", "192.0.2.1", "192.0.2.10", 80, false},
               Exception{"addresses have no labels", "2.1", "192.0.2.1", 80, false},
               Exception{"a network", "192.0.2.0/24", "192.0.2.77", 80, true},
               Exception{"another network", "192.0.2.0/25", "192.0.2.200", 80, false},
               Exception{"every network", "0.0.0.0/0", "192.0.2.1", 80, true},
               Exception{"a network that is none", "192.0.2.0/33", "192.0.2.1", 80, false},
               Exception{"IPv6", "::1", "::1", 80, true},
               Exception{"IPv6 in brackets", "[::1]", "::1", 80, true},
               Exception{"IPv6, its port", "[::1]:8080", "::1", 8080, true},
               Exception{"IPv6, another port", "[::1]:8080", "::1", 80, false},
               Exception{"IPv6, written otherwise", "0:0:0:0:0:0:0:1", "::1", 80, true},
               Exception{"an IPv6 network", "2001:db8::/32", "2001:db8:1::5", 80, true},
               Exception{"another IPv6 network", "2001:db8::/32", "2001:db9::5", 80, false},
               Exception{"the other protocol", "0.0.0.0/0", "::1", 80, false},
               Exception{"a network covers no name", "0.0.0.0/0", "a.example", 80, false});
  INFO(row.why);
  CHECK(is_proxy_exception(row.exceptions, row.host, row.port) == row.is_one);
}

}  // namespace
}  // namespace certwatch
