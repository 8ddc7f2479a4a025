#include "notify_webhook/receiver.h"

namespace certwatch {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

constexpr const char* id = "8c6bd2d4-5b1f-4f0c-9a53-0a1f6f2f8c3e";

std::string https_url(const Receiver& receiver, const std::string& host = "127.0.0.1") {
  return "https://" + host + ":" + std::to_string(receiver.port()) + "/hook?x=1";
}

TEST_CASE("a receiver with a certificate that SSL_CERT_FILE vouches for is posted to") {
  const MachineClock clock;
  const TlsIdentity identity = TlsIdentity::made_out_to("IP:127.0.0.1");
  const TrustedCertificate trusted(identity.certificate_pem);
  Posts posts;
  const Receiver receiver({says(posts, answer(200, "", "ok"))}, identity);
  const auto to = notifier(options_for(https_url(receiver)), clock);
  for (int i = 0; i < 3; ++i) CHECK(told(to->tell(event(id))) == "delivered 200");
  CHECK(receiver.connections() == 1);
  CHECK_THAT(posts.last().head, ContainsSubstring("POST /hook?x=1 HTTP/1.1\r\n"));
  CHECK(posts.last().field("Host") == "127.0.0.1:" + std::to_string(receiver.port()));
}

TEST_CASE("a receiver is known by the name that its URL has") {
  if (!has_localhost()) {
    WARN("this machine has no name \"localhost\"");
    return;
  }
  const MachineClock clock;
  const bool is_made_out_to_it = GENERATE(true, false);
  const TlsIdentity identity =
      TlsIdentity::made_out_to(is_made_out_to_it ? "DNS:localhost" : "DNS:other,IP:127.0.0.1");
  const TrustedCertificate trusted(identity.certificate_pem);
  Posts posts;
  const Receiver receiver({says(posts, answer(200))}, identity);
  const auto to = notifier(options_for(https_url(receiver, "localhost")), clock);
  CHECK_THAT(told(to->tell(event(id))), StartsWith(is_made_out_to_it ? "delivered 200" : "TLS: "));
}

TEST_CASE("a receiver that nobody vouches for gets no request") {
  const MachineClock clock;
  const TlsIdentity identity = TlsIdentity::made_out_to("IP:127.0.0.1");
  const TrustedCertificate another(TlsIdentity::made_out_to("IP:127.0.0.1").certificate_pem);
  Posts posts;
  const Receiver receiver({says(posts, answer(200))}, identity);
  const auto to = notifier(options_for(https_url(receiver)), clock);
  CHECK_THAT(told(to->tell(event(id))), ContainsSubstring("TLS: "));
  CHECK(posts.all().empty());
}

TEST_CASE("a receiver with another's certificate gets no request") {
  const MachineClock clock;
  const char* names = GENERATE("DNS:other.example", "DNS:127.0.0.1", "IP:127.0.0.2");
  const TlsIdentity identity = TlsIdentity::made_out_to(names);
  const TrustedCertificate trusted(identity.certificate_pem);
  Posts posts;
  const Receiver receiver({says(posts, answer(200))}, identity);
  const auto to = notifier(options_for(https_url(receiver)), clock);
  CHECK_THAT(told(to->tell(event(id))), ContainsSubstring("TLS: "));
  CHECK(posts.all().empty());
}

TEST_CASE("a receiver that does not speak TLS gets no request") {
  const MachineClock clock;
  std::string heard;
  {
    const Receiver receiver({[&heard](ServedClient& client) {
      heard = client.receive();
      client.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }});
    const auto to = notifier(options_for(https_url(receiver)), clock);
    CHECK_THAT(told(to->tell(event(id))), ContainsSubstring("TLS: "));
  }
  CHECK(heard.find("POST") == std::string::npos);
}

TEST_CASE("a receiver that is silent in the handshake gets the time-out and no more") {
  const MachineClock clock;
  const Receiver receiver({[](ServedClient& client) {
    while (!client.receive().empty()) {
    }
  }});
  const auto to = notifier(options_for(https_url(receiver), Seconds{0.4}), clock);
  CHECK(told(to->tell(event(id))) == "TLS: no answer in time");
}

TEST_CASE("an endless answer over TLS is cut off") {
  const MachineClock clock;
  const TlsIdentity identity = TlsIdentity::made_out_to("IP:127.0.0.1");
  const TrustedCertificate trusted(identity.certificate_pem);
  Posts posts;
  std::atomic<bool> over{false};
  const Receiver receiver({[&](ServedClient& client) {
                            posts.next(client);
                            client.send("HTTP/1.1 500 No\r\n\r\n");
                            while (!over) client.send(std::string(100'000, 'x'));
                          }},
                          identity);
  const auto to = notifier(options_for(https_url(receiver), Seconds{60}), clock);
  const Stopwatch watch;
  CHECK(told(to->tell(event(id))) == "status 500");
  CHECK(watch.elapsed() < Seconds{30});
  over = true;
}

}  // namespace
}  // namespace certwatch
