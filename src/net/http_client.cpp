#include "net/http_client.h"

#include <curl/curl.h>
#include <new>

#include "net/http_exchange.h"

namespace certwatch {

struct HttpClient::Handles {
  // Throws std::bad_alloc.
  Handles() {
    static const CURLcode started = ::curl_global_init(CURL_GLOBAL_DEFAULT);
    if (started == CURLE_OK) multi = ::curl_multi_init();
    if (multi != nullptr) easy = ::curl_easy_init();
    if (easy != nullptr) return;
    ::curl_multi_cleanup(multi);
    throw std::bad_alloc();
  }
  Handles(const Handles&) = delete;
  Handles& operator=(const Handles&) = delete;
  ~Handles() {
    ::curl_easy_cleanup(easy);
    ::curl_multi_cleanup(multi);
  }

  CURLM* multi = nullptr;  // has the connections
  CURL* easy = nullptr;    // the request under way
};

HttpClient::HttpClient(ProxyVariables proxies, const Clock& clock)
    : proxies_(std::move(proxies)), clock_(clock), handles_(std::make_unique<Handles>()) {}

HttpClient::~HttpClient() = default;

Result<HttpAnswer, HttpFailure> HttpClient::send(const HttpRequest& request) {
  auto proxy = choose_proxy(request.url, proxies_);
  if (!proxy) return tl::unexpected(HttpFailure{HttpFailure::Kind::proxy, proxy.error().message});
  HttpExchange exchange(handles_->easy, request, std::move(*proxy), clock_, is_cancelled_);
  return exchange.run(handles_->multi);
}

void HttpClient::cancel() {
  is_cancelled_ = true;
  ::curl_multi_wakeup(handles_->multi);
}

}  // namespace certwatch
