#include "net/url.h"

#include <sstream>
#include <string>

#include "support/catch.h"

namespace certwatch {
namespace {

Result<Url> parse_any(std::string_view text) {
  return parse_url(text, {Scheme::ws, Scheme::wss, Scheme::http, Scheme::https});
}

struct Whole {
  const char* why;
  const char* text;
  const char* origin;
  const char* host_field;
  const char* user;
  const char* password;
  const char* target;
};

TEST_CASE("a URL is taken apart") {
  const Whole row = GENERATE(
      Whole{"everything given", "ws://ann:pw@example.org:8080/full-stream?x=1",
            "ws://example.org:8080", "example.org:8080", "ann", "pw", "/full-stream?x=1"},
      Whole{"nothing but a host", "ws://example.org", "ws://example.org:80", "example.org", "", "",
            "/"},
      Whole{"the secure schemes have another port", "wss://example.org/", "wss://example.org:443",
            "example.org", "", "", "/"},
      Whole{"http too", "http://example.org/a", "http://example.org:80", "example.org", "", "",
            "/a"},
      Whole{"https too", "https://example.org:444/a", "https://example.org:444", "example.org:444",
            "", "", "/a"},
      Whole{"scheme and host have no case", "WSS://EXAMPLE.org/A", "wss://example.org:443",
            "example.org", "", "", "/A"},
      Whole{"a query without a path", "ws://h?q=1", "ws://h:80", "h", "", "", "/?q=1"},
      Whole{"a port that is left out (RFC 3986 section 3.2.3)", "ws://h:/p", "ws://h:80", "h", "",
            "", "/p"},
      Whole{"an address", "ws://127.0.0.1:4000/", "ws://127.0.0.1:4000", "127.0.0.1:4000", "", "",
            "/"},
      Whole{"an IPv6 address", "ws://[::1]:4000/", "ws://[::1]:4000", "[::1]:4000", "", "", "/"},
      Whole{"an IPv6 address alone", "wss://[2001:DB8::1]", "wss://[2001:db8::1]:443",
            "[2001:db8::1]", "", "", "/"},
      Whole{"the zone stays at home", "ws://[fe80::1%25eth0]/", "ws://[fe80::1%25eth0]:80",
            "[fe80::1]", "", "", "/"},
      Whole{"user info is percent-decoded", "http://a%40b:p%2Fw%3A%25@h/", "http://h:80", "h",
            "a@b", "p/w:%", "/"},
      Whole{"colons belong to the password from the second on", "http://u:a:b@h/", "http://h:80",
            "h", "u", "a:b", "/"},
      Whole{"the last @ ends the user info", "http://u:p@ss@h/", "http://h:80", "h", "u", "p@ss",
            "/"},
      Whole{"a user alone", "http://u@h/", "http://h:80", "h", "u", "", "/"},
      Whole{"empty user info is none", "http://@h/", "http://h:80", "h", "", "", "/"},
      Whole{"names of containers have underscores", "ws://my_feed:1/", "ws://my_feed:1",
            "my_feed:1", "", "", "/"},
      Whole{"what a request line cannot hold is encoded", "http://h/\xc3\xbc\"<>", "http://h:80",
            "h", "", "", "/%c3%bc%22%3c%3e"},
      Whole{"what is encoded stays so", "http://h/a%20b%2f?c=%C3%BC", "http://h:80", "h", "", "",
            "/a%20b%2f?c=%C3%BC"});
  INFO(row.why);
  const auto url = parse_any(row.text);
  REQUIRE(url);
  CHECK(url->origin() == row.origin);
  CHECK(url->host_field() == row.host_field);
  CHECK(url->user.reveal() == row.user);
  CHECK(url->password.reveal() == row.password);
  CHECK(url->target.reveal() == row.target);
}

struct Refused {
  const char* why;
  std::string text;
  const char* told;
};

TEST_CASE("a malformed URL is refused with the part that is wrong, and none of its text") {
  const Refused row = GENERATE(
      Refused{"no scheme", "s3cret.example/x", "must begin with ws:// or wss://"},
      Refused{"another scheme", "ftp://s3cret/x", "must begin with"},
      Refused{"nothing", "", "must begin with"}, Refused{"no host", "ws:///s3cret", "no host"},
      Refused{"no host before the port", "ws://:80/s3cret", "no host"},
      Refused{"no host behind the user", "ws://s3cret@/", "no host"},
      Refused{"a port beyond 16 bits", "ws://s3cret:65536/", "port"},
      Refused{"port zero", "ws://s3cret:0/", "port"},
      Refused{"a port that is no number", "ws://u:s3cret/pass@h/", "port"},
      Refused{"a negative port", "ws://s3cret:-1/", "port"},
      Refused{"an address without brackets", "ws://::1/s3cret", "brackets"},
      Refused{"a bracket left open", "ws://[::1/s3cret", "never closed"},
      Refused{"no address in the brackets", "ws://[s3cret]/", "no IPv6 address"},
      Refused{"text behind the bracket", "ws://[::1]s3cret/", "behind the IPv6 address"},
      Refused{"an empty zone", "ws://[::1%25]/s3cret", "zone"},
      Refused{"a zone that injects", "ws://[::1%25a$b]/s3cret", "zone"},
      Refused{"a line break", "ws://h/s3cret\r\nX: y", "white space or control"},
      Refused{"a space", "ws://h/s3cret /", "white space or control"},
      Refused{"NUL", std::string("ws://h/s3cret\0x", 15), "white space or control"},
      Refused{"a fragment", "ws://h/s3cret#x", "fragment"},
      Refused{"a password with a raw #", "ws://u:s3cret#x@h/", "fragment"},
      Refused{"a host beyond ASCII", "ws://s3cret\xc3\xbc.example/", "xn--"},
      Refused{"a percent escape cut short", "ws://u:s3cret%4@h/", "percent escape"},
      Refused{"a percent escape that is none", "ws://u:s3cret%zz@h/", "percent escape"},
      Refused{"a colon in the user name", "ws://u%3As3cret:p@h/", "colon"},
      Refused{"a host that is too long", "ws://s3cret" + std::string(250, 'a') + "/", "too long"},
      Refused{"a URL that is too long", "ws://h/s3cret" + std::string(9000, 'a'), "too long"});
  INFO(row.why);
  const auto url = parse_url(row.text, {Scheme::ws, Scheme::wss});
  REQUIRE_FALSE(url);
  CHECK_THAT(url.error().message, Catch::Matchers::ContainsSubstring(row.told));
  CHECK(url.error().message.find("s3cret") == std::string::npos);
}

TEST_CASE("host and port are shown as people and resolvers write them") {
  CHECK(parse_any("wss://example.org/x")->host_and_port() == "example.org:443");
  CHECK(parse_any("ws://u:p@[::1]:80/x")->host_and_port() == "[::1]:80");
  CHECK(parse_any("ws://[fe80::1%25eth0]/")->host_and_port() == "[fe80::1%eth0]:80");
  CHECK(parse_any("ws://[fe80::1%25eth0]/")->host == "fe80::1%eth0");
}

TEST_CASE("only the schemes asked for are taken") {
  CHECK(parse_url("ws://h/", {Scheme::ws}));
  CHECK_FALSE(parse_url("http://h/", {Scheme::ws, Scheme::wss}));
  const auto refused = parse_url("ws://h/", {Scheme::http, Scheme::https});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "the URL must begin with http:// or https://");
}

TEST_CASE("the secret parts of a URL print as stars") {
  const auto url = parse_any("http://user:password@h/token?key=1");
  REQUIRE(url);
  std::ostringstream out;
  out << url->user << url->password << url->target << url->origin() << url->host_and_port();
  CHECK(out.str() == "*********http://h:80h:80");
}

}  // namespace
}  // namespace certwatch
