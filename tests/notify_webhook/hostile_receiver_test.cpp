// What receivers can do to those who post to them.
#include <functional>
#include <sys/resource.h>
#include <thread>

#include "notify_webhook/receiver.h"

namespace certwatch {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::Equals;
using Catch::Matchers::StartsWith;

constexpr const char* id = "8c6bd2d4-5b1f-4f0c-9a53-0a1f6f2f8c3e";
constexpr Seconds short_timeout{0.4};
// Far above the short time-out on any machine, below the long one.
constexpr Seconds soon{20};

// A receiver that reads one request and then behaves as it is told to; `over` ends it.
struct Hostile {
  explicit Hostile(std::function<void(ServedClient&, const std::atomic<bool>& over)> behave)
      : receiver({[this, behave = std::move(behave)](ServedClient& client) {
          posts.next(client);
          behave(client, over);
        }}) {}
  ~Hostile() { over = true; }

  NotifyOutcome post(Seconds timeout) {
    NotifyOutcome outcome =
        notifier(options_for(url_of(receiver), timeout), clock)->tell(event(id));
    over = true;
    return outcome;
  }

  MachineClock clock;
  Posts posts;
  std::atomic<bool> over{false};
  Receiver receiver;
};

long peak_kilobytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

struct Ending {
  const char* why;
  std::function<void(ServedClient&, const std::atomic<bool>&)> behave;
  const char* told;
};

TEST_CASE("a receiver that gives no answer is told apart, and soon") {
  const auto row = GENERATE(
      Ending{"closes", [](ServedClient&, const auto&) {},
             "the peer closed the connection without an answer"},
      Ending{"closes within the head",
             [](ServedClient& client, const auto&) { client.send("HTTP/1.1 200 OK\r\nX: "); },
             "the peer closed the connection without an answer"},
      Ending{"resets", [](ServedClient& client, const auto&) { client.reset(); },
             "the connection is lost: Recv failure: Connection reset by peer"},
      Ending{"speaks something else",
             [](ServedClient& client, const auto&) { client.send("SSH-2.0-OpenSSH_9.2\r\n"); },
             "the answer is no HTTP/1.1"},
      Ending{"sends bytes without meaning",
             [](ServedClient& client, const auto& over) {
               flood(client, {"\x00\xff\r\n", 4}, over);
             },
             "the answer is no HTTP/1.1"},
      Ending{"begins a status line without end",
             [](ServedClient& client, const auto& over) {
               client.send("HTTP/1.1 200 ");
               flood(client, "a", over);
             },
             "the answer is too large"},
      Ending{"promises an answer without a pause",
             [](ServedClient& client, const auto& over) {
               flood(client, "HTTP/1.1 100 Continue\r\n\r\n", over);
             },
             "the answer is too large"},
      Ending{"promises another kind of answer without a pause",
             [](ServedClient& client, const auto& over) {
               flood(client, "HTTP/1.1 103 Early Hints\r\n\r\n", over);
             },
             "the answer is too large"},
      Ending{"sends header fields without end",
             [](ServedClient& client, const auto& over) {
               client.send("HTTP/1.1 200 OK\r\n");
               flood(client, "X: y\r\n", over);
             },
             "the answer is too large"});
  INFO(row.why);
  Hostile hostile(row.behave);
  const Stopwatch watch;
  CHECK(told(hostile.post(Seconds{30})) == row.told);
  CHECK(watch.elapsed() < soon);
}

TEST_CASE("a receiver that plays for time gets the time-out and no more") {
  const auto row = GENERATE(
      Ending{"says nothing", [](ServedClient& client, const auto&) { client.receive(); }, ""},
      Ending{"dribbles its head",
             [](ServedClient& client, const auto& over) {
               client.send("HTTP/1.1 200 OK\r\nX: ");
               dribble(client, "y", over);
             },
             ""},
      Ending{"promises an answer, again and again",
             [](ServedClient& client, const auto& over) {
               dribble(client, "HTTP/1.1 100 Continue\r\n\r\n", over);
             },
             ""});
  INFO(row.why);
  Hostile hostile(row.behave);
  const Stopwatch watch;
  CHECK(told(hostile.post(short_timeout)) == "no answer in time");
  CHECK(watch.elapsed() >= short_timeout);
  CHECK(watch.elapsed() < soon);
}

TEST_CASE("a status line of the longest size does no harm") {
  Hostile hostile([](ServedClient& client, const auto&) {
    const std::string start = "HTTP/1.1 200 ";
    client.send(start + std::string(8190 - start.size(), 'a') + "\r\n\r\n");
  });
  // On a stack such as couriers have.
  NotifyOutcome outcome;
  std::jthread([&] { outcome = hostile.post(Seconds{30}); }).join();
  CHECK(told(outcome) == "delivered 200");
}

TEST_CASE("the head is the answer, whatever becomes of the body") {
  const int status = GENERATE(200, 503);
  const auto row = GENERATE(
      Ending{"a gigabyte", [](ServedClient& client, const auto& over) { flood(client, "x", over); },
             "Content-Length: 1000000000\r\n\r\n"},
      Ending{"chunks without end",
             [](ServedClient& client, const auto& over) { flood(client, "1\r\nx\r\n", over); },
             "Transfer-Encoding: chunked\r\n\r\n"},
      Ending{"no end stated",
             [](ServedClient& client, const auto& over) { flood(client, "x", over); }, "\r\n"},
      Ending{"a dribble",
             [](ServedClient& client, const auto& over) { dribble(client, "x", over); },
             "Content-Length: 60000\r\n\r\n"},
      Ending{"nothing more", [](ServedClient& client, const auto&) { client.receive(); },
             "Content-Length: 2\r\n\r\n"},
      Ending{"cut off", [](ServedClient&, const auto&) {}, "Content-Length: 2\r\n\r\n"},
      Ending{"reset", [](ServedClient& client, const auto&) { client.reset(); },
             "Content-Length: 2\r\n\r\n"});
  INFO(row.why);
  Hostile hostile([&row, status](ServedClient& client, const std::atomic<bool>& over) {
    client.send("HTTP/1.1 " + std::to_string(status) + " Whatever\r\n" + row.told);
    row.behave(client, over);
  });
  const long before = peak_kilobytes();
  const Stopwatch watch;
  CHECK(told(hostile.post(Seconds{30})) == (status == 200 ? "delivered 200" : "status 503"));
  CHECK(watch.elapsed() < soon);
  CHECK(peak_kilobytes() - before < 50'000);
}

TEST_CASE("a receiver that does not read gets the time-out and no more") {
  MachineClock clock;
  std::atomic<bool> over{false};
  const Receiver receiver({[&over](ServedClient&) {
    while (!over) pause(std::chrono::milliseconds(5), {});
  }});
  const auto to = notifier(options_for(url_of(receiver), short_timeout), clock);
  const Stopwatch watch;
  CHECK(told(to->tell(event(id, 50'000'000))) == "the request was not taken in time");
  CHECK(watch.elapsed() < soon);
  over = true;
}

TEST_CASE("an answer before the request has been taken counts") {
  MachineClock clock;
  const Receiver receiver({[](ServedClient& client) {
    client.receive();
    client.send("HTTP/1.1 413 Too Large\r\nConnection: close\r\n\r\n");
  }});
  const auto to = notifier(options_for(url_of(receiver)), clock);
  const std::string why = told(to->tell(event(id, 50'000'000)));
  // The reset that follows may overtake the answer.
  CHECK_THAT(why, Equals("status 413") || StartsWith("the connection is lost: "));
}

TEST_CASE("a receiver that accepts no connection gets the time-out and no more") {
  const Deaf deaf;
  MachineClock clock;
  const auto to = notifier(options_for(deaf.url(), short_timeout), clock);
  const Stopwatch watch;
  CHECK(told(to->tell(event(id))) == "TCP: no answer in time");
  CHECK(watch.elapsed() >= short_timeout);
  CHECK(watch.elapsed() < soon);
}

TEST_CASE("connecting can be cancelled") {
  const Deaf deaf;
  MachineClock clock;
  const auto to = notifier(options_for(deaf.url(), Seconds{60}), clock);
  const Stopwatch watch;
  std::jthread canceller([&to] { to->cancel(); });
  CHECK(told(to->tell(event(id))) == "stopped");
  CHECK(watch.elapsed() < soon);
}

TEST_CASE("a port where nobody listens is told") {
  MachineClock clock;
  std::uint16_t port = 0;
  {
    Posts posts;
    const Receiver gone({says(posts, answer(200))});
    port = gone.port();
  }
  const auto to = notifier(options_for("http://127.0.0.1:" + std::to_string(port) + "/"), clock);
  CHECK(told(to->tell(event(id))) == "TCP: Connection refused");
}

TEST_CASE("a receiver that recovers is posted to again by the same notifier") {
  MachineClock clock;
  Posts posts;
  const Receiver receiver({[](ServedClient& client) { client.reset(); },
                           [](ServedClient& client) { client.send("nonsense"); },
                           says(posts, answer(200))});
  const auto to = notifier(options_for(url_of(receiver)), clock);
  CHECK_THAT(told(to->tell(event(id))), !ContainsSubstring("delivered"));
  CHECK_THAT(told(to->tell(event(id))), !ContainsSubstring("delivered"));
  CHECK(told(to->tell(event(id))) == "delivered 200");
}

TEST_CASE("what went wrong is told without a secret, without the peer's words, and in short") {
  MachineClock clock;
  const char* words = GENERATE(
      "HTTP/1.1 500 hunter2 \x1b[31m\r\nX: hunter2\r\nContent-Length: 7\r\n\r\nhunter2",
      "HTTP/1.1 302 hunter2\r\nLocation: http://u:hunter2@x/hunter2\r\nContent-Length: 0\r\n\r\n",
      "hunter2\r\n", "HTTP/1.1 hunter2\r\n\r\n", "");
  const Receiver receiver({[words](ServedClient& client) {
    client.receive();
    client.send(words);
  }});
  WebhookOptions options =
      options_for(url_of(receiver, "hunter2:hunter2@", "/hunter2?token=hunter2"));
  options.key = parse_signing_secret(Secret("whsec_aHVudGVyMg==")).value();
  const std::string why = told(notifier(options, clock)->tell(event(id)));
  CHECK(why.find("hunter2") == std::string::npos);
  CHECK(why.find('\x1b') == std::string::npos);
  CHECK(why.size() < 500);
}

}  // namespace
}  // namespace certwatch
