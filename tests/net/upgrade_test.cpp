#include "net/upgrade.h"

#include <string>

#include "support/catch.h"

namespace certwatch {
namespace {

// RFC 6455 section 1.3.
constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr const char* accept_line = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

Url url_of(std::string_view text) {
  return *parse_url(text, {Scheme::ws, Scheme::wss});
}

std::string answer_with(const std::string& fields) {
  return "HTTP/1.1 101 Switching Protocols\r\n" + fields + "\r\n";
}
std::string good_answer(const std::string& more = "") {
  return answer_with(std::string("Upgrade: websocket\r\nConnection: Upgrade\r\n") + accept_line +
                     more);
}

TEST_CASE("the request is what RFC 6455 asks for") {
  CHECK(upgrade_request(url_of("ws://example.org:8080/full-stream?x=1"), key, false) ==
        "GET /full-stream?x=1 HTTP/1.1\r\n"
        "Host: example.org:8080\r\n"
        "Upgrade: websocket\r\n"
        "Connection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n"
        "User-Agent: certwatch\r\n"
        "\r\n");
}

TEST_CASE("user info goes along as Basic authentication") {
  // RFC 7617 section 2.
  const auto request =
      upgrade_request(url_of("ws://Aladdin:open%20sesame@example.org/"), key, false);
  CHECK_THAT(request, Catch::Matchers::ContainsSubstring(
                          "\r\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"));
  CHECK(request.find("Aladdin") == std::string::npos);
}

TEST_CASE("compression is offered only where it is asked for") {
  const Url url = url_of("ws://h/");
  CHECK(upgrade_request(url, key, false).find("Extensions") == std::string::npos);
  CHECK_THAT(upgrade_request(url, key, true),
             Catch::Matchers::ContainsSubstring(
                 "\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
                 "client_no_context_takeover\r\n"));
}

TEST_CASE("an answer is accepted once it is whole, and what follows it is left alone") {
  const std::string answer = good_answer();
  for (std::size_t size = 1; size < answer.size(); ++size) {
    const auto read = read_upgrade_answer(answer.substr(0, size), key, false);
    REQUIRE(read);
    REQUIRE_FALSE(*read);
  }
  const auto read = read_upgrade_answer(answer + "\x81\x01x", key, false);
  REQUIRE(read);
  REQUIRE(*read);
  CHECK((*read)->answer_size == answer.size());
  CHECK_FALSE((*read)->deflate);
}

TEST_CASE("fields are read whatever their case and company") {
  const auto read = read_upgrade_answer(
      answer_with(std::string("server: x\r\nUPGRADE: WebSocket\r\nconnection: keep-alive, "
                              "upgrade\r\n") +
                  accept_line),
      key, false);
  REQUIRE(read);
  CHECK(*read);
}

struct Agreed {
  const char* why;
  const char* extensions;
};

TEST_CASE("compression is agreed on where the server forgets each message") {
  const Agreed row =
      GENERATE(Agreed{"certstream-server-go",
                      "permessage-deflate; server_no_context_takeover; client_no_context_takeover"},
               Agreed{"less", "permessage-deflate;server_no_context_takeover"},
               Agreed{"a smaller window of its own",
                      "Permessage-Deflate; server_max_window_bits=10; server_no_context_takeover"});
  INFO(row.why);
  const auto read = read_upgrade_answer(
      good_answer("Sec-WebSocket-Extensions: " + std::string(row.extensions) + "\r\n"), key, true);
  REQUIRE(read);
  REQUIRE(*read);
  CHECK((*read)->deflate);
}

struct Refused {
  const char* why;
  std::string answer;
  bool offers_deflate;
  const char* told;
};

TEST_CASE("any other answer is refused with what is wrong about it") {
  const std::string both = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
  const Refused row = GENERATE_COPY(
      Refused{"a redirect", "HTTP/1.1 301 Moved\r\nLocation: ws://secret/\r\n\r\n", false,
              "HTTP status 301 in place of 101"},
      Refused{"an error", "HTTP/1.1 503 Away\r\nContent-Length: 10\r\n\r\n0123456789", false,
              "HTTP status 503 in place of 101"},
      Refused{"a page", "HTTP/1.1 200 OK\r\n\r\n<html>", false, "HTTP status 200"},
      Refused{"an error in HTTP/1.0", "HTTP/1.0 404 Not Found\r\n\r\n", false, "HTTP/1.1"},
      Refused{"another protocol", "SSH-2.0-OpenSSH_9.2\r\n", false, "does not speak HTTP/1.1"},
      Refused{"TLS", "\x15\x03\x01", false, "does not speak HTTP/1.1"},
      Refused{"no Upgrade", answer_with(std::string("Connection: Upgrade\r\n") + accept_line),
              false, "no upgrade"},
      Refused{"no Connection", answer_with(std::string("Upgrade: websocket\r\n") + accept_line),
              false, "no upgrade"},
      Refused{"an upgrade to something else",
              answer_with(std::string("Upgrade: h2c\r\nConnection: Upgrade\r\n") + accept_line),
              false, "no upgrade"},
      Refused{"no accept key", answer_with(both), false, "Sec-WebSocket-Accept is wrong"},
      Refused{"another's accept key",
              answer_with(both + "Sec-WebSocket-Accept: S3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), false,
              "Sec-WebSocket-Accept is wrong"},
      Refused{"a protocol that nobody offered", good_answer("Sec-WebSocket-Protocol: chat\r\n"),
              false, "protocol that was not offered"},
      Refused{"compression that nobody offered",
              good_answer("Sec-WebSocket-Extensions: permessage-deflate\r\n"), false,
              "extension that was not offered"},
      Refused{"another extension", good_answer("Sec-WebSocket-Extensions: x-shout\r\n"), true,
              "extension that was not offered"},
      Refused{"compression twice",
              good_answer("Sec-WebSocket-Extensions: permessage-deflate; "
                          "server_no_context_takeover, permessage-deflate\r\n"),
              true, "websocket handshake: the server"},
      Refused{"compression that remembers",
              good_answer("Sec-WebSocket-Extensions: permessage-deflate\r\n"), true,
              "context takeover"},
      Refused{"a window for us",
              good_answer("Sec-WebSocket-Extensions: permessage-deflate; "
                          "server_no_context_takeover; client_max_window_bits=9\r\n"),
              true, "window"},
      Refused{"extensions that are none", good_answer("Sec-WebSocket-Extensions: ;;\r\n"), true,
              "malformed"},
      Refused{"a field without a name", answer_with(": x\r\n"), false, "malformed HTTP"},
      Refused{"a bare control character", answer_with("X: a\x01\r\n"), false, "malformed HTTP"},
      Refused{"no status", "HTTP/1.1 abc\r\n\r\n", false, "malformed HTTP"},
      Refused{"a header without end", "HTTP/1.1 101 x\r\nX: " + std::string(17000, 'x'), false,
              "too long"},
      Refused{"a header that is too long", good_answer("X: " + std::string(17000, 'x') + "\r\n"),
              false, "too long"});
  INFO(row.why);
  const auto read = read_upgrade_answer(row.answer, key, row.offers_deflate);
  REQUIRE_FALSE(read);
  CHECK_THAT(read.error().message, Catch::Matchers::ContainsSubstring(row.told));
  CHECK(read.error().message.find("secret") == std::string::npos);
}

}  // namespace
}  // namespace certwatch
