// One HTTP request and its answer, by libcurl over HTTP/1.1.
//
// Connections are kept for the next request. Whatever the server does, a request ends by its
// deadline, which counts for everything from the name service to the last byte, and the answer
// stays within limits. Redirects are not followed. Certificates are verified as net/tls.h has it.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/proxy.h"
#include "net/url.h"

namespace certwatch {

struct HttpRequest {
  enum class Method { get, post };
  enum class AnswerBody {
    wanted,
    // The answer counts as soon as its head is whole. The body is read for at most a second, so
    // that the connection can be kept; it is not handed over, and what goes wrong with it is no
    // failure.
    unwanted
  };

  Method method = Method::get;
  Url url;  // http or https. Its user info becomes Basic authentication
  // Names and values, neither empty nor with control characters in them.
  std::vector<std::pair<std::string, std::string>> fields;
  // What a POST sends. Not copied: it stays as it is until send() returns.
  std::string_view body;
  Seconds timeout{10};
  AnswerBody answer_body = AnswerBody::wanted;
  std::size_t longest_answer_body = std::size_t{64} * 1024;
};

struct HttpAnswer {
  int status = 0;
  std::string body;  // hostile
  // What the field Retry-After asks for (see parse_retry_after).
  std::optional<Seconds> retry_after;
};

struct HttpFailure {
  enum class Kind {
    look_up,
    connect,
    proxy,
    tls,
    timeout,    // at whatever step
    cancelled,  // by cancel()
    lost,       // the connection ended before the answer did
    malformed,  // the answer is no HTTP
    too_large   // the answer is larger than its limits
  };
  Kind kind;
  // For a person. Names the step that failed, and nothing of the URL but its host. Of what the peer
  // sent it has nothing but the status of a proxy.
  std::string why;
};

// Belongs to one thread, except cancel().
class HttpClient {
 public:
  // A request goes through the proxy that `proxies` choose for its URL; none is taken from the
  // process's environment. `clock` must be one that runs by itself: the kernel does the waiting.
  HttpClient(ProxyVariables proxies, const Clock& clock);
  ~HttpClient();

  // A kept connection can turn out to be closed when the request is sent. The request then goes out
  // once more over a new one, so a server may get it twice.
  Result<HttpAnswer, HttpFailure> send(const HttpRequest& request);

  // From any thread: ends the request under way, and every later one before it begins.
  void cancel();

 private:
  struct Handles;

  const ProxyVariables proxies_;
  const Clock& clock_;
  std::atomic<bool> is_cancelled_{false};
  const std::unique_ptr<Handles> handles_;
};

}  // namespace certwatch
