// Posting through a proxy.
#include <thread>

#include "base/base64.h"
#include "notify_webhook/receiver.h"
#include "support/loopback.h"

namespace certwatch {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

constexpr const char* id = "8c6bd2d4-5b1f-4f0c-9a53-0a1f6f2f8c3e";

Secret proxy_url(const Receiver& proxy) {
  return Secret("http://u:p%40w@127.0.0.1:" + std::to_string(proxy.port()));
}

// Answers CONNECT, then carries bytes both ways to `port` on loopback.
Receiver::Script tunnel_to(std::uint16_t port, Posts& connects) {
  return [port, &connects](ServedClient& client) {
    if (!connects.next(client)) return;
    const Descriptor target = loopback::connect_to(port);
    client.send("HTTP/1.1 200 Connection established\r\n\r\n");
    std::jthread back([&] {
      for (;;) {
        const std::string bytes = loopback::receive_some(target);
        if (bytes.empty()) return;
        client.send(bytes);
      }
    });
    for (;;) {
      const std::string bytes = client.receive();
      if (bytes.empty() || !loopback::send_all(target, bytes)) break;
    }
    shutdown(target.number(), SHUT_RDWR);
  };
}

TEST_CASE("a proxy takes http requests itself") {
  const MachineClock clock;
  Posts posts;
  const Receiver proxy({says(posts, answer(200))});
  WebhookOptions options = options_for("http://ann:pw@hook.example:8080/a?b=c");
  options.proxies.for_http = proxy_url(proxy);
  CHECK(told(notifier(options, clock)->tell(event(id))) == "delivered 200");
  const Posted post = posts.last();
  CHECK_THAT(post.head, StartsWith("POST http://hook.example:8080/a?b=c HTTP/1.1\r\n"));
  CHECK(post.field("Host") == "hook.example:8080");
  CHECK(post.field("Proxy-Authorization") == "Basic " + to_base64("u:p@w"));
  CHECK(post.field("Authorization") == "Basic " + to_base64("ann:pw"));
}

TEST_CASE("a proxy carries https requests without seeing them") {
  const MachineClock clock;
  const TlsIdentity identity = TlsIdentity::made_out_to("IP:127.0.0.1");
  const TrustedCertificate trusted(identity.certificate_pem);
  Posts posts;
  Posts connects;
  const Receiver receiver({says(posts, answer(200))}, identity);
  const Receiver proxy({tunnel_to(receiver.port(), connects)});
  const std::string where = "127.0.0.1:" + std::to_string(receiver.port());
  WebhookOptions options = options_for("https://ann:pw@" + where + "/hook");
  options.proxies.for_https = proxy_url(proxy);
  {
    const auto to = notifier(options, clock);
    CHECK(told(to->tell(event(id))) == "delivered 200");
    CHECK(told(to->tell(event(id))) == "delivered 200");
  }
  CHECK(connects.all().size() == 1);
  CHECK_THAT(connects.last().head, StartsWith("CONNECT " + where + " HTTP/1.1\r\n"));
  CHECK(connects.last().field("Host") == where);
  CHECK(connects.last().field("User-Agent") == "certwatch");
  CHECK(connects.last().field("Proxy-Authorization") == "Basic " + to_base64("u:p@w"));
  CHECK(connects.last().field("Authorization").empty());
  CHECK_THAT(posts.last().head, StartsWith("POST /hook HTTP/1.1\r\n"));
  CHECK(posts.last().field("Proxy-Authorization").empty());
  CHECK(posts.last().field("Authorization") == "Basic " + to_base64("ann:pw"));
}

TEST_CASE("a receiver behind a tunnel is verified all the same") {
  const MachineClock clock;
  const TlsIdentity identity = TlsIdentity::made_out_to("IP:127.0.0.1");
  Posts posts;
  Posts connects;
  const Receiver receiver({says(posts, answer(200))}, identity);
  const Receiver proxy({tunnel_to(receiver.port(), connects)});
  WebhookOptions options =
      options_for("https://127.0.0.1:" + std::to_string(receiver.port()) + "/hook");
  options.proxies.for_https = proxy_url(proxy);
  CHECK_THAT(told(notifier(options, clock)->tell(event(id))), ContainsSubstring("TLS: "));
  CHECK(posts.all().empty());
}

struct Refusal {
  const char* why;
  const char* answer;
  const char* told;
};

TEST_CASE("a proxy that opens no tunnel is told") {
  const auto row =
      GENERATE(Refusal{"wants another password", "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n",
                       "proxy: CONNECT tunnel failed, response 407"},
               Refusal{"cannot reach it", "HTTP/1.1 502 Bad Gateway\r\n\r\n",
                       "proxy: CONNECT tunnel failed, response 502"},
               Refusal{"speaks something else", "SOCKS\r\n\r\n", "proxy: "},
               Refusal{"closes", "", "proxy: "},
               Refusal{"says more than it may", "HTTP/1.1 200 OK\r\n\r\nunasked", "TLS: "});
  INFO(row.why);
  const MachineClock clock;
  Posts connects;
  const Receiver proxy({[&](ServedClient& client) {
    connects.next(client);
    client.send(row.answer);
  }});
  WebhookOptions options = options_for("https://hook.example/");
  options.proxies.for_https = proxy_url(proxy);
  CHECK_THAT(told(notifier(options, clock)->tell(event(id))), StartsWith(row.told));
}

TEST_CASE("a proxy that says nothing gets the time-out and no more") {
  const MachineClock clock;
  const Receiver proxy({[](ServedClient& client) {
    while (!client.receive().empty()) {
    }
  }});
  WebhookOptions options = options_for("https://hook.example/", Seconds{0.4});
  options.proxies.for_https = proxy_url(proxy);
  CHECK(told(notifier(options, clock)->tell(event(id))) == "proxy: no answer in time");
}

TEST_CASE("what is excepted from the proxy is posted to straight") {
  const MachineClock clock;
  Posts posts;
  Posts proxied;
  const Receiver receiver({says(posts, answer(200))});
  const Receiver proxy({says(proxied, answer(200))});
  WebhookOptions options = options_for(url_of(receiver));
  options.proxies.for_http = proxy_url(proxy);
  options.proxies.exceptions = "127.0.0.0/8";
  CHECK(told(notifier(options, clock)->tell(event(id))) == "delivered 200");
  CHECK(posts.all().size() == 1);
  CHECK(proxy.connections() == 0);
}

}  // namespace
}  // namespace certwatch
