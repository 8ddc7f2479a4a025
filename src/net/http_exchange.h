// One request and its answer in the words of libcurl. Only net/http_client.cpp uses it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <curl/curl.h>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "net/http_client.h"
#include "net/proxy.h"

namespace certwatch {

// Belongs to one thread. It has the handle for itself as long as it lives.
class HttpExchange {
 public:
  // What it gets by reference outlives it.
  HttpExchange(CURL* easy, const HttpRequest& request, std::optional<Proxy> proxy,
               const Clock& clock, const std::atomic<bool>& is_cancelled);
  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;
  ~HttpExchange() { ::curl_easy_reset(easy_); }

  // Ends by the request's deadline, or soon after `is_cancelled` is set and `multi` woken. `multi`
  // keeps the connections. Once only.
  Result<HttpAnswer, HttpFailure> run(CURLM* multi);

 private:
  enum class Step { look_up, connect, tls, answer };
  struct FieldsEnd {
    void operator()(curl_slist* fields) const { ::curl_slist_free_all(fields); }
  };

  // Every option that is set here exists in Debian 12's libcurl.
  template <class Value>
  void set(CURLoption option, Value value) {
    ::curl_easy_setopt(easy_, option, value);
  }
  void set_limits();
  void set_trust();
  void set_proxy();
  void set_request();
  void set_callbacks();
  void add_field(const std::string& line);

  // What libcurl calls.
  static HttpExchange& of(void* self) { return *static_cast<HttpExchange*>(self); }
  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
  static int on_socket(void* self, curl_socket_t, curlsocktype);
  static CURLcode on_tls(CURL*, void* context, void* self);
  static int on_request(void* self, char*, char*, int, int);
  static std::size_t on_head_line(char* text, std::size_t, std::size_t size, void* self) noexcept;
  static std::size_t on_body(char* bytes, std::size_t, std::size_t size, void* self) noexcept;

  CURLcode transfer(CURLM* multi) const;
  bool must_end() const { return is_cancelled_ || clock_.steady_now() >= deadline_; }
  bool wants_body() const { return request_.answer_body == HttpRequest::AnswerBody::wanted; }
  void end_head();
  bool has_sent_all() const;
  HttpFailure failure_of(CURLcode code) const;
  HttpFailure answer_failure(CURLcode code) const;
  std::string text_of(CURLcode code) const;

  CURL* const easy_;
  const HttpRequest& request_;
  const std::optional<Proxy> proxy_;
  const Clock& clock_;
  const std::atomic<bool>& is_cancelled_;
  SteadyTime deadline_;
  std::unique_ptr<curl_slist, FieldsEnd> fields_;
  std::array<char, CURL_ERROR_SIZE> error_{};

  Step step_ = Step::look_up;
  HttpAnswer answer_;
  std::size_t head_bytes_ = 0;
  std::size_t body_bytes_ = 0;
  bool has_head_ = false;
  bool is_too_large_ = false;
};

}  // namespace certwatch
