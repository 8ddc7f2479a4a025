#include "net/http_client.h"

#include <condition_variable>
#include <cstdlib>
#include <dlfcn.h>
#include <functional>
#include <mutex>
#include <netdb.h>
#include <thread>

#include "base/base64.h"
#include "support/http_receiver.h"

namespace certwatch {
namespace {

// The name service of this program answers no question about dead.example for as long as one of
// these lives.
class DeadNameService {
 public:
  DeadNameService() { set_dead(true); }
  ~DeadNameService() { set_dead(false); }
  DeadNameService(const DeadNameService&) = delete;
  DeadNameService& operator=(const DeadNameService&) = delete;

  static void wait_while_dead() {
    std::unique_lock lock(mutex);
    ++asked;
    changed.notify_all();
    changed.wait(lock, [] { return !is_dead; });
  }
  static void wait_until_asked() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [] { return asked > 0; });
  }

 private:
  static void set_dead(bool dead) {
    const std::lock_guard lock(mutex);
    is_dead = dead;
    asked = 0;
    changed.notify_all();
  }

  static std::mutex mutex;
  static std::condition_variable changed;
  static bool is_dead;
  static int asked;
};

std::mutex DeadNameService::mutex;
std::condition_variable DeadNameService::changed;
bool DeadNameService::is_dead = false;
int DeadNameService::asked = 0;

}  // namespace
}  // namespace certwatch

// In the place of the C library's, for libcurl too.
extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                           addrinfo** found) {
  if (name != nullptr && std::string_view(name) == "dead.example") {
    certwatch::DeadNameService::wait_while_dead();
    return EAI_AGAIN;
  }
  static const auto original =
      reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return original(name, service, hints, found);
}

namespace certwatch {
namespace {

using Catch::Matchers::StartsWith;
using Kind = HttpFailure::Kind;
using Outcome = Result<HttpAnswer, HttpFailure>;

// Far above the short time-out on any machine, below the long one.
constexpr Seconds short_timeout{0.4};
constexpr Seconds soon{20};
constexpr Seconds long_timeout{60};

HttpRequest get(const std::string& url, Seconds timeout = Seconds{30}) {
  HttpRequest request;
  request.url = *parse_url(url, {Scheme::http, Scheme::https});
  request.timeout = timeout;
  return request;
}

HttpRequest post(const std::string& url, std::string_view body) {
  HttpRequest request = get(url);
  request.method = HttpRequest::Method::post;
  request.body = body;
  return request;
}

// The status, or what kind of failure it was.
std::string told(const Outcome& outcome) {
  if (outcome) return std::to_string(outcome->status);
  switch (outcome.error().kind) {
    case Kind::look_up:
      return "look_up";
    case Kind::connect:
      return "connect";
    case Kind::proxy:
      return "proxy";
    case Kind::tls:
      return "tls";
    case Kind::timeout:
      return "timeout";
    case Kind::cancelled:
      return "cancelled";
    case Kind::lost:
      return "lost";
    case Kind::malformed:
      return "malformed";
    case Kind::too_large:
      return "too_large";
  }
  return "";
}

struct Client {
  explicit Client(ProxyVariables proxies = {}) : client(std::move(proxies), clock) {}
  Outcome send(const HttpRequest& request) { return client.send(request); }

  MachineClock clock;
  HttpClient client;
};

// A server that reads one request and then behaves as it is told to; `over` ends it.
struct Scripted {
  using Behaviour = std::function<void(ServedClient&, const std::atomic<bool>& over)>;
  explicit Scripted(Behaviour behave)
      : receiver({[this, behave = std::move(behave)](ServedClient& client) {
          posts.next(client);
          behave(client, over);
        }}) {}
  ~Scripted() { over = true; }

  Posts posts;
  std::atomic<bool> over{false};
  Receiver receiver;
};

TEST_CASE("an answer is status and body") {
  Client client;
  Posts posts;
  const Receiver receiver({says(posts, answer(404, "", "no such page"))});
  const auto outcome = client.send(get(url_of(receiver, "", "/a%20b/../c?x=1+2")));
  REQUIRE(outcome);
  CHECK(outcome->status == 404);
  CHECK(outcome->body == "no such page");
  CHECK_FALSE(outcome->retry_after);
  CHECK_THAT(posts.last().head, StartsWith("GET /a%20b/../c?x=1+2 HTTP/1.1\r\n"));
  CHECK(posts.last().field("User-Agent") == "certwatch");
}

TEST_CASE("a request sends its fields and its body as they stand") {
  Client client;
  Posts posts;
  const Receiver receiver({says(posts, answer(200))});
  const std::string body =
      GENERATE(as<std::string>(), "", std::string("\0\xff", 2), std::string(5'000'000, 'x'));
  HttpRequest request = post(url_of(receiver), body);
  request.fields = {{"Content-Type", "text/plain"}, {"X-Other", "a: b"}};
  CHECK(told(client.send(request)) == "200");
  CHECK(posts.last().body == body);
  CHECK(posts.last().field("Content-Length") == std::to_string(body.size()));
  CHECK(posts.last().field("Content-Type") == "text/plain");
  CHECK(posts.last().field("X-Other") == "a: b");
}

TEST_CASE("user info becomes Basic authentication and leaves the target alone") {
  Client client;
  Posts posts;
  const Receiver receiver({says(posts, answer(200))});
  const auto [user_info, credentials] =
      GENERATE(table<std::string, std::string>({{"ann%40x:p%3Aw@", "ann@x:p:w"},
                                                {"just-a-user@", "just-a-user:"},
                                                {":just-a-password@", ":just-a-password"}}));
  CHECK(told(client.send(get(url_of(receiver, user_info)))) == "200");
  CHECK(posts.last().field("Authorization") == "Basic " + to_base64(credentials));
  CHECK_THAT(posts.last().head, StartsWith("GET /hook HTTP/1.1\r\n"));
}

TEST_CASE("a redirect is an answer, and is not followed") {
  Client client;
  Posts posts;
  const Receiver elsewhere({says(posts, answer(200))});
  const int status = GENERATE(301, 302, 303, 307, 308);
  const std::string location =
      GENERATE_REF(as<std::string>(), url_of(elsewhere), "file:///etc/passwd", "/hook");
  const Receiver receiver({says(posts, answer(status, "Location: " + location + "\r\n"))});
  CHECK(told(client.send(get(url_of(receiver)))) == std::to_string(status));
  CHECK(elsewhere.connections() == 0);
  CHECK(posts.all().size() == 1);
}

// A machine's clock that always stands at the example of RFC 9110 section 5.6.7.
class ExampleClock final : public Clock {
 public:
  SteadyTime steady_now() const override { return machine_.steady_now(); }
  SystemTime system_now() const override { return SystemTime(std::chrono::seconds(784111777)); }

 private:
  MachineClock machine_;
};

TEST_CASE("Retry-After is handed over as a distance from now") {
  const auto [value, seconds] =
      GENERATE(table<std::string, double>({{"120", 120},
                                           {"0", 0},
                                           {" 7\t", 7},
                                           {"99999999999999999999", 1e20},
                                           {"Sun, 06 Nov 1994 08:50:37 GMT", 60},
                                           {"Sunday, 06-Nov-94 08:50:37 GMT", 60},
                                           {"Sun Nov  6 08:50:37 1994", 60},
                                           {"Sun, 06 Nov 1994 08:50:37 UTC", 60},
                                           {"Sun, 06 Nov 1994 08:00:00 GMT", 0}}));
  Posts posts;
  const Receiver receiver({says(posts, answer(503, "Retry-After: " + value + "\r\n", "busy"))});
  const ExampleClock clock;
  HttpClient client({}, clock);
  const auto outcome = client.send(get(url_of(receiver)));
  REQUIRE(outcome);
  REQUIRE(outcome->retry_after);
  CHECK(outcome->retry_after->count() == seconds);
}

struct Ending {
  const char* why;
  Scripted::Behaviour behave;
  const char* told;
};

TEST_CASE("an answer has limits") {
  const auto row =
      GENERATE(Ending{"a status line without end",
                      [](ServedClient& client, const auto& over) {
                        client.send("HTTP/1.1 200 ");
                        flood(client, "a", over);
                      },
                      "too_large"},
               Ending{"a field without end",
                      [](ServedClient& client, const auto& over) {
                        client.send("HTTP/1.1 200 OK\r\nX: ");
                        flood(client, "a", over);
                      },
                      "too_large"},
               Ending{"fields without end",
                      [](ServedClient& client, const auto& over) {
                        client.send("HTTP/1.1 200 OK\r\n");
                        flood(client, "X: y\r\n", over);
                      },
                      "too_large"},
               Ending{"interim answers without end",
                      [](ServedClient& client, const auto& over) {
                        flood(client, "HTTP/1.1 100 Continue\r\n\r\n", over);
                      },
                      "too_large"},
               Ending{"a body of a gigabyte",
                      [](ServedClient& client, const auto& over) {
                        client.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
                        flood(client, "a", over);
                      },
                      "too_large"},
               Ending{"chunks without end",
                      [](ServedClient& client, const auto& over) {
                        client.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                        flood(client, "1\r\nx\r\n", over);
                      },
                      "too_large"},
               Ending{"a body without end",
                      [](ServedClient& client, const auto& over) {
                        client.send("HTTP/1.1 200 OK\r\n\r\n");
                        flood(client, "a", over);
                      },
                      "too_large"});
  INFO(row.why);
  Client client;
  Scripted server(row.behave);
  const Stopwatch watch;
  CHECK(told(client.send(get(url_of(server.receiver), long_timeout))) == row.told);
  CHECK(watch.elapsed() < soon);
}

TEST_CASE("the limit of the body is the request's") {
  Client client;
  Posts posts;
  const Receiver receiver({says(posts, answer(200, "", std::string(100'000, 'x')))});
  HttpRequest request = get(url_of(receiver));
  request.longest_answer_body = 99'999;
  CHECK(told(client.send(request)) == "too_large");
  request.longest_answer_body = 100'000;
  const auto outcome = client.send(request);
  REQUIRE(outcome);
  CHECK(outcome->body.size() == 100'000);
}

TEST_CASE("one deadline ends a request, whatever the server is at") {
  const auto row = GENERATE(
      Ending{"it says nothing", [](ServedClient& client, const auto&) { client.receive(); },
             "no answer in time"},
      Ending{"its head dribbles",
             [](ServedClient& client, const auto& over) {
               client.send("HTTP/1.1 200 OK\r\nX: ");
               dribble(client, "y", over);
             },
             "no answer in time"},
      Ending{"its body dribbles",
             [](ServedClient& client, const auto& over) {
               client.send("HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n");
               dribble(client, "x", over);
             },
             "no answer in time"});
  INFO(row.why);
  Client client;
  Scripted server(row.behave);
  const Stopwatch watch;
  const auto outcome = client.send(get(url_of(server.receiver), short_timeout));
  CHECK(told(outcome) == "timeout");
  CHECK(outcome.error().why == row.told);
  CHECK(watch.elapsed() >= short_timeout);
  CHECK(watch.elapsed() < soon);
}

TEST_CASE("one deadline ends a request that has no connection yet") {
  Client client;
  const Deaf deaf;
  const Stopwatch watch;
  const auto outcome = client.send(get(deaf.url(), short_timeout));
  CHECK(told(outcome) == "timeout");
  CHECK(outcome.error().why == "TCP: no answer in time");
  CHECK(watch.elapsed() < soon);
}

TEST_CASE("one deadline ends a request whose proxy answers without end") {
  Scripted proxy([](ServedClient& client, const auto& over) {
    client.send("HTTP/1.1 407 No\r\nContent-Length: 1000000000000\r\n\r\n");
    flood(client, "x", over);
  });
  ProxyVariables proxies;
  proxies.for_https = Secret("http://127.0.0.1:" + std::to_string(proxy.receiver.port()));
  Client client(proxies);
  const Stopwatch watch;
  CHECK_FALSE(client.send(get("https://server.example/", short_timeout)));
  CHECK(watch.elapsed() < soon);
}

TEST_CASE("an answer that breaks off is lost") {
  Client client;
  const char* text = GENERATE("", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nX: y\r\n",
                              "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhalf",
                              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhalf");
  INFO(text);
  Scripted server([text](ServedClient& served, const auto&) { served.send(text); });
  CHECK(told(client.send(get(url_of(server.receiver)))) == "lost");
}

TEST_CASE("what is no HTTP is malformed") {
  Client client;
  const char* text = GENERATE("SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 hello\r\n\r\n",
                              "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n");
  INFO(text);
  Scripted server([text](ServedClient& served, const auto&) { served.send(text); });
  CHECK(told(client.send(get(url_of(server.receiver)))) == "malformed");
}

TEST_CASE("a connection is kept, for each server one") {
  Client client;
  Posts posts;
  const Receiver one({says(posts, answer(200, "", "one"))});
  const Receiver other({says(posts, answer(500, "", "other"))});
  for (int round = 0; round < 3; ++round) {
    CHECK(told(client.send(get(url_of(one)))) == "200");
    CHECK(told(client.send(post(url_of(other), "{}"))) == "500");
  }
  CHECK(one.connections() == 1);
  CHECK(other.connections() == 1);
}

TEST_CASE("a kept connection that turns out to be closed costs a new one, not the request") {
  Client client;
  Posts posts;
  const auto answers_once = [&](ServedClient& served) {
    posts.next(served);
    served.send(answer(200));
    posts.next(served);  // and closes instead of an answer
  };
  const Receiver receiver({answers_once});
  CHECK(told(client.send(post(url_of(receiver), "first"))) == "200");
  CHECK(told(client.send(post(url_of(receiver), "second"))) == "200");
  CHECK(receiver.connections() == 2);
  REQUIRE(posts.all().size() == 3);
  CHECK(posts.all()[1].body == "second");
  CHECK(posts.all()[2].body == "second");
}

TEST_CASE("a new connection that closes without an answer is not tried again") {
  Client client;
  Scripted server([](ServedClient&, const auto&) {});
  CHECK(told(client.send(post(url_of(server.receiver), "{}"))) == "lost");
  CHECK(server.receiver.connections() == 1);
}

TEST_CASE("no step waits for a dead name service") {
  const DeadNameService dead;
  const std::string url = "http://dead.example/";
  const Stopwatch watch;
  SECTION("the deadline") {
    Client client;
    const auto outcome = client.send(get(url, short_timeout));
    CHECK(told(outcome) == "timeout");
    CHECK(outcome.error().why == "name service: no answer in time");
    CHECK(watch.elapsed() >= short_timeout);
  }
  SECTION("cancelling") {
    Client client;
    const std::jthread canceller([&] {
      DeadNameService::wait_until_asked();
      client.client.cancel();
    });
    CHECK(told(client.send(get(url, long_timeout))) == "cancelled");
  }
  SECTION("a request to another server") {
    Client client;
    Posts posts;
    const Receiver receiver({says(posts, answer(200))});
    CHECK(told(client.send(get(url, short_timeout))) == "timeout");
    CHECK(told(client.send(get(url_of(receiver)))) == "200");
  }
  // Nor did the ends of the clients.
  CHECK(watch.elapsed() < soon);
}

TEST_CASE("cancelling ends the request under way, and every later one") {
  Client client;
  std::atomic<bool> is_asked{false};
  const Receiver silent({[&](ServedClient& served) {
    served.receive();
    is_asked = true;
    served.receive();  // until the client ends
  }});
  const Deaf deaf;
  const bool is_connecting = GENERATE(true, false);
  const std::string url = is_connecting ? deaf.url() : url_of(silent);
  const Stopwatch watch;
  const std::jthread canceller([&] {
    while (!is_connecting && !is_asked) std::this_thread::yield();
    client.client.cancel();
  });
  const auto outcome = client.send(get(url, long_timeout));
  CHECK(told(outcome) == "cancelled");
  CHECK(outcome.error().why == "stopped");
  const int connections = silent.connections();
  CHECK(told(client.send(get(url_of(silent)))) == "cancelled");
  CHECK(silent.connections() == connections);
  CHECK(watch.elapsed() < soon);
}

TEST_CASE("an unwanted body does not keep the answer waiting") {
  const auto row = GENERATE(
      Ending{"it dribbles",
             [](ServedClient& client, const auto& over) { dribble(client, "x", over); },
             "Content-Length: 60000\r\n\r\n"},
      Ending{"it is endless",
             [](ServedClient& client, const auto& over) { flood(client, "x", over); }, "\r\n"},
      Ending{"it breaks off", [](ServedClient&, const auto&) {}, "Content-Length: 2\r\n\r\n"});
  INFO(row.why);
  Scripted server([&row](ServedClient& client, const auto& over) {
    client.send(std::string("HTTP/1.1 200 OK\r\n") + row.told);
    row.behave(client, over);
  });
  Client client;
  HttpRequest request = post(url_of(server.receiver), "{}");
  request.answer_body = HttpRequest::AnswerBody::unwanted;
  const Stopwatch watch;
  const auto outcome = client.send(request);
  REQUIRE(outcome);
  CHECK(outcome->status == 200);
  CHECK(outcome->body.empty());
  CHECK(watch.elapsed() < soon);
}

std::string closed_port() {
  Posts posts;
  const Receiver gone({says(posts, answer(200))});
  return "127.0.0.1:" + std::to_string(gone.port());
}

TEST_CASE("each step that fails is told apart, and no secret with it") {
  const TlsIdentity identity = TlsIdentity::made_out_to("IP:127.0.0.1");
  Posts posts;
  const Receiver stranger({says(posts, answer(200))}, identity);
  const std::string tls = "127.0.0.1:" + std::to_string(stranger.port());
  const std::string closed = closed_port();
  ProxyVariables proxies;
  std::string url;
  std::string kind;
  std::string why;
  SECTION("name service") {
    url = "http://u:hunter2@certwatch.invalid/hunter2";
    kind = "look_up";
    why = "name service: ";
  }
  SECTION("name service, for the proxy") {
    proxies.for_http = Secret("http://u:hunter2@certwatch.invalid:3128");
    url = "http://server.example/hunter2";
    kind = "look_up";
    why = "name service: ";
  }
  SECTION("connecting") {
    url = "http://u:hunter2@" + closed + "/hunter2";
    kind = "connect";
    why = "TCP: Connection refused";
  }
  SECTION("connecting, before TLS") {
    url = "https://" + closed + "/hunter2";
    kind = "connect";
    why = "TCP: Connection refused";
  }
  SECTION("a tunnel") {
    proxies.for_https = Secret("http://u:hunter2@" + closed);
    url = "https://server.example/hunter2";
    kind = "proxy";
    why = "proxy: Connection refused";
  }
  SECTION("a proxy of another kind") {
    proxies.for_http = Secret("socks5://u:hunter2@" + closed);
    url = "http://server.example/hunter2";
    kind = "proxy";
    why = "HTTP_PROXY: ";
  }
  SECTION("a certificate that nobody vouches for") {
    url = "https://u:hunter2@" + tls + "/hunter2";
    kind = "tls";
    why = "TLS: SSL certificate problem: ";
  }
  SECTION("a certificate of somebody else") {
    const TlsIdentity other = TlsIdentity::made_out_to("DNS:hunter2.example");
    const TrustedCertificate trusted(other.certificate_pem);
    const Receiver receiver({says(posts, answer(200))}, other);
    const auto outcome =
        Client().send(get("https://127.0.0.1:" + std::to_string(receiver.port()) + "/"));
    CHECK(told(outcome) == "tls");
    CHECK(outcome.error().why == "TLS: the certificate is made out to another name");
    return;
  }
  const auto outcome = Client(proxies).send(get(url));
  CHECK(told(outcome) == kind);
  CHECK_THAT(outcome.error().why, StartsWith(why));
  CHECK(outcome.error().why.find("hunter2") == std::string::npos);
  CHECK(posts.all().empty());
}

TEST_CASE("proxies come from the options, never from the environment") {
  const std::string nobody = "http://" + closed_port();
  ::setenv("http_proxy", nobody.c_str(), 1);
  ::setenv("all_proxy", nobody.c_str(), 1);
  Posts posts;
  const Receiver receiver({says(posts, answer(200))});
  CHECK(told(Client().send(get(url_of(receiver)))) == "200");
  ::unsetenv("all_proxy");
  ::unsetenv("http_proxy");

  ::setenv("no_proxy", "*", 1);
  ProxyVariables proxies;
  proxies.for_http = Secret("http://127.0.0.1:" + std::to_string(receiver.port()));
  CHECK(told(Client(proxies).send(get("http://server.example/"))) == "200");
  ::unsetenv("no_proxy");
}

}  // namespace
}  // namespace certwatch
