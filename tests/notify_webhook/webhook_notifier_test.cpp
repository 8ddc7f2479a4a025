#include "notify/webhook/webhook_notifier.h"

#include <thread>

#include "base/base64.h"
#include "notify/webhook/webhook_body.h"
#include "notify_webhook/receiver.h"
#include "support/loopback.h"

namespace certwatch {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

constexpr const char* id = "8c6bd2d4-5b1f-4f0c-9a53-0a1f6f2f8c3e";

TEST_CASE("an event is posted as JSON, target and all as they stand") {
  const MachineClock clock;
  Posts posts;
  const Receiver receiver({says(posts, answer(200))});
  const auto to = notifier(options_for(url_of(receiver, "", "/a%20b/c+d,e;f?x=1+2&y=%2F")), clock);
  CHECK(told(to->tell(event(id))) == "delivered 200");
  const Posted post = posts.last();
  CHECK_THAT(post.head, StartsWith("POST /a%20b/c+d,e;f?x=1+2&y=%2F HTTP/1.1\r\n"));
  CHECK(post.field("Host") == "127.0.0.1:" + std::to_string(receiver.port()));
  CHECK(post.field("Content-Type") == "application/json");
  CHECK(post.field("Content-Length") == std::to_string(post.body.size()));
  CHECK(post.field("User-Agent") == "certwatch");
  CHECK(post.field("Authorization").empty());
  CHECK(post.body == webhook_body(event(id)));
}

TEST_CASE("any 2xx is success") {
  const MachineClock clock;
  Posts posts;
  const int status = GENERATE(200, 201, 202, 204, 226, 299);
  const Receiver receiver({says(posts, answer(status))});
  const auto to = notifier(options_for(url_of(receiver)), clock);
  CHECK(told(to->tell(event(id))) == "delivered " + std::to_string(status));
}

TEST_CASE("anything else is to be tried again") {
  const MachineClock clock;
  Posts posts;
  const int status = GENERATE(101, 304, 400, 401, 404, 410, 429, 500, 503, 599, 999);
  const Receiver receiver({says(posts, answer(status))});
  const auto to = notifier(options_for(url_of(receiver)), clock);
  CHECK_THAT(told(to->tell(event(id))), ContainsSubstring("status " + std::to_string(status)));
}

TEST_CASE("a redirect is not followed") {
  const MachineClock clock;
  Posts posts;
  const Receiver elsewhere({says(posts, answer(200))});
  const int status = GENERATE(301, 302, 303, 307, 308);
  const Receiver receiver({says(posts, answer(status, "Location: " + url_of(elsewhere) + "\r\n"))});
  const auto to = notifier(options_for(url_of(receiver)), clock);
  CHECK(told(to->tell(event(id))) ==
        "status " + std::to_string(status) + " (redirects are not followed)");
  CHECK(elsewhere.connections() == 0);
  CHECK(posts.all().size() == 1);
}

TEST_CASE("Retry-After is handed on") {
  const MachineClock clock;
  const auto [value, seconds] = GENERATE(
      table<std::string, double>({{"17", 17}, {"601", 601}, {"Sun, 06 Nov 1994 08:49:37 GMT", 0}}));
  Posts posts;
  const Receiver receiver({says(posts, answer(429, "Retry-After: " + value + "\r\n"))});
  const auto to = notifier(options_for(url_of(receiver)), clock);
  const NotifyOutcome outcome = to->tell(event(id));
  REQUIRE(std::holds_alternative<RetryLater>(outcome));
  REQUIRE(std::get<RetryLater>(outcome).retry_after);
  CHECK(std::get<RetryLater>(outcome).retry_after->count() == seconds);
}

TEST_CASE("user info of the URL becomes Basic authentication, decoded") {
  const MachineClock clock;
  Posts posts;
  const Receiver receiver({says(posts, answer(200))});
  const auto to = notifier(options_for(url_of(receiver, "ann%40x:p%3Aw%25@")), clock);
  to->tell(event(id));
  CHECK(posts.last().field("Authorization") == "Basic " + to_base64("ann@x:p:w%"));
}

TEST_CASE("an Authorization field is sent as it stands") {
  const MachineClock clock;
  Posts posts;
  const Receiver receiver({says(posts, answer(200))});
  WebhookOptions options = options_for(url_of(receiver));
  options.authorization = Secret("Bearer abc.def");
  notifier(options, clock)->tell(event(id));
  CHECK(posts.last().field("Authorization") == "Bearer abc.def");
}

TEST_CASE("requests are signed for the moment of the attempt") {
  ShiftedClock clock;
  Posts posts;
  const Receiver receiver({says(posts, answer(500))});
  WebhookOptions options = options_for(url_of(receiver));
  const auto key = parse_signing_secret(Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
  REQUIRE(key);
  options.key = *key;
  const auto to = notifier(options, clock);
  to->tell(event(id));
  const Posted first = posts.last();
  clock.advance(std::chrono::seconds(100));
  to->tell(event(id));
  const Posted second = posts.last();

  for (const Posted& post : {first, second}) {
    CHECK(post.field("webhook-id") == id);
    const auto timestamp = parse_number<std::int64_t>(post.field("webhook-timestamp"));
    REQUIRE(timestamp);
    CHECK(post.field("webhook-signature") == webhook_signature(*key, id, *timestamp, post.body));
  }
  const auto moment = [](const Posted& post) {
    return parse_number<std::int64_t>(post.field("webhook-timestamp")).value_or(0);
  };
  CHECK(std::abs(moment(first) -
                 std::int64_t(unix_seconds(clock.system_now() - std::chrono::seconds(100)))) <= 10);
  CHECK(moment(second) - moment(first) >= 100);
}

TEST_CASE("requests without a secret are not signed") {
  const MachineClock clock;
  Posts posts;
  const Receiver receiver({says(posts, answer(200))});
  notifier(options_for(url_of(receiver)), clock)->tell(event(id));
  CHECK(posts.last().head.find("webhook-") == std::string::npos);
}

TEST_CASE("an id that would break out of its field is not sent") {
  const MachineClock clock;
  Posts posts;
  const Receiver receiver({says(posts, answer(200))});
  const auto to = notifier(options_for(url_of(receiver)), clock);
  CHECK(told(to->tell(event("x\r\nHost: evil"))) == "the event's id fits no header field");
  CHECK(receiver.connections() == 0);
}

TEST_CASE("a connection is kept from attempt to attempt") {
  const MachineClock clock;
  Posts posts;
  const std::string text = GENERATE(
      as<std::string>(), answer(200, "", "thanks"), answer(500, "", "no"),
      "HTTP/1.1 204 No Content\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + answer(200));
  const Receiver receiver({says(posts, text)});
  const auto to = notifier(options_for(url_of(receiver)), clock);
  for (int i = 0; i < 5; ++i) to->tell(event(id));
  CHECK(posts.all().size() == 5);
  CHECK(receiver.connections() == 1);
  const bool is_failure = text.find(" 500 ") != std::string::npos;
  CHECK_THAT(told(to->tell(event(id))), StartsWith(is_failure ? "status 500" : "delivered 20"));
}

TEST_CASE("a connection that the receiver does not keep is not used again") {
  const MachineClock clock;
  Posts posts;
  const std::string text =
      GENERATE(as<std::string>(), answer(200, "Connection: close\r\n"),
               "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n",
               "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokay",
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n");
  // It would take another request, though.
  const Receiver receiver({says(posts, text)});
  const auto to = notifier(options_for(url_of(receiver)), clock);
  CHECK(told(to->tell(event(id))) == "delivered 200");
  CHECK(told(to->tell(event(id))) == "delivered 200");
  CHECK(receiver.connections() == 2);
}

TEST_CASE("a connection that went stale costs no attempt") {
  const MachineClock clock;
  Posts posts;
  SECTION("the receiver closed it, without a word") {
    const auto answers_once = [&](ServedClient& client) {
      posts.next(client);
      client.send(answer(200));
    };
    const Receiver receiver(
        {answers_once, [](ServedClient& client) { client.send("next"); }, answers_once});
    const auto to = notifier(options_for(url_of(receiver)), clock);
    CHECK(told(to->tell(event(id))) == "delivered 200");
    // Connections are served one after the other: this one speaks when the first is closed.
    REQUIRE(loopback::receive_some(loopback::connect_to(receiver.port())) == "next");
    CHECK(told(to->tell(event(id))) == "delivered 200");
    CHECK(receiver.connections() == 3);
  }
  SECTION("the receiver closes it in the moment in which it is sent a request") {
    const auto answers_once = [&](ServedClient& client) {
      posts.next(client);
      client.send(answer(200));
      posts.next(client);
    };
    const Receiver receiver({answers_once});
    const auto to = notifier(options_for(url_of(receiver)), clock);
    CHECK(told(to->tell(event(id))) == "delivered 200");
    CHECK(told(to->tell(event(id))) == "delivered 200");
    CHECK(receiver.connections() == 2);
  }
}

TEST_CASE("a body of megabytes arrives whole") {
  const MachineClock clock;
  Posts posts;
  const Receiver receiver({says(posts, answer(200))});
  const Delivery large = event(id, 5'000'000);
  CHECK(told(notifier(options_for(url_of(receiver)), clock)->tell(large)) == "delivered 200");
  CHECK(posts.last().body == webhook_body(large));
}

TEST_CASE("a receiver at an IPv6 address is reached") {
  const MachineClock clock;
  Posts posts;
  std::unique_ptr<Receiver> receiver;
  try {
    receiver = std::make_unique<Receiver>(std::vector{says(posts, answer(200))}, std::nullopt,
                                          Receiver::Address::ipv6);
  } catch (const std::runtime_error&) {
    WARN("this machine has no IPv6 loopback");
    return;
  }
  const std::string host = "[::1]:" + std::to_string(receiver->port());
  const auto to = notifier(options_for("http://" + host + "/hook"), clock);
  CHECK(told(to->tell(event(id))) == "delivered 200");
  CHECK(posts.last().field("Host") == host);
}

TEST_CASE("a receiver by name is reached") {
  if (!has_localhost()) {
    WARN("this machine has no name \"localhost\"");
    return;
  }
  const MachineClock clock;
  Posts posts;
  const Receiver receiver({says(posts, answer(200))});
  const auto to =
      notifier(options_for("http://localhost:" + std::to_string(receiver.port()) + "/hook"), clock);
  CHECK(told(to->tell(event(id))) == "delivered 200");
}

TEST_CASE("a receiver by a name that does not exist is to be tried again") {
  const MachineClock clock;
  const auto to = notifier(options_for("http://certwatch.invalid/hook", Seconds{5}), clock);
  CHECK_THAT(told(to->tell(event(id))), ContainsSubstring("name service: "));
}

TEST_CASE("cancelling ends the attempt under way, and every later one at once") {
  const MachineClock clock;
  Posts posts;
  std::atomic<bool> asked{false};
  const Receiver receiver({[&](ServedClient& client) {
    posts.next(client);
    asked = true;
    client.receive();  // until the client ends
  }});
  const auto to = notifier(options_for(url_of(receiver), Seconds{60}), clock);
  const Stopwatch watch;
  std::jthread canceller([&] {
    while (!asked) std::this_thread::yield();
    to->cancel();
  });
  CHECK(told(to->tell(event(id))) == "stopped");
  CHECK(watch.elapsed() < Seconds{30});
  CHECK(told(to->tell(event(id))) == "stopped");
  CHECK(receiver.connections() == 1);
}

TEST_CASE("cancelling from several threads while posting does no harm") {
  const MachineClock clock;
  Posts posts;
  const Receiver receiver({says(posts, answer(200))});
  for (int round = 0; round < 20; ++round) {
    const auto to = notifier(options_for(url_of(receiver)), clock);
    std::jthread one([&to] { to->cancel(); });
    std::jthread other([&to] { to->cancel(); });
    NotifyOutcome last = Delivered{};
    while (std::holds_alternative<Delivered>(last)) last = to->tell(event(id));
    CHECK(told(last) == "stopped");
  }
}

}  // namespace
}  // namespace certwatch
