#include "net/http_exchange.h"

#include <algorithm>
#include <climits>
#include <new>
#include <openssl/ssl.h>
#include <string_view>

#include "net/retry_after.h"
#include "net/stoppable_wait.h"

namespace certwatch {
namespace {

using Kind = HttpFailure::Kind;

// All heads of an answer together: a server may send any number of interim ones.
constexpr std::size_t longest_heads = std::size_t{64} * 1024;
constexpr std::chrono::seconds patience_with_unwanted_body{1};
// What libcurl returns for lines and numbers of fields beyond its own limits. The library of
// Debian 12 has no name for this code, and returns CURLE_OUT_OF_MEMORY instead.
constexpr auto curle_too_large = static_cast<CURLcode>(100);
// Some load balancers forget a connection after an idle minute and tell nobody.
constexpr long longest_idle_seconds = 30;

int milliseconds_until(SteadyTime deadline, SteadyTime now) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, INT_MAX));
}

}  // namespace

HttpExchange::HttpExchange(CURL* easy, const HttpRequest& request, std::optional<Proxy> proxy,
                           const Clock& clock, const std::atomic<bool>& is_cancelled)
    : easy_(easy),
      request_(request),
      proxy_(std::move(proxy)),
      clock_(clock),
      is_cancelled_(is_cancelled),
      deadline_(clock.steady_now() + to_nanoseconds(request.timeout)) {
  set_limits();
  set_trust();
  set_proxy();
  set_request();
  set_callbacks();
}

void HttpExchange::set_limits() {
  set(CURLOPT_ERRORBUFFER, error_.data());
  set(CURLOPT_NOSIGNAL, 1L);
  // libcurl looks a name up on a thread of its own. This option keeps libcurl from waiting for that
  // thread when the request has ended before it.
  set(CURLOPT_QUICK_EXIT, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  set(CURLOPT_MAXAGE_CONN, longest_idle_seconds);
  // Each of several addresses gets its share of this limit. It is longer than the deadline, so that
  // transfer() decides when the request ends.
  const SteadyTime limit = deadline_ + std::chrono::seconds(1);
  set(CURLOPT_CONNECTTIMEOUT_MS, long{milliseconds_until(limit, clock_.steady_now())});
}

// libcurl knows neither SSL_CERT_FILE nor SSL_CERT_DIR. OpenSSL does: on_tls() asks it.
void HttpExchange::set_trust() {
  set(CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  set(CURLOPT_CAINFO, static_cast<const char*>(nullptr));
  set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  set(CURLOPT_CA_CACHE_TIMEOUT, 0L);  // or connections would share the store that on_tls() fills
  set(CURLOPT_SSL_CTX_FUNCTION, &HttpExchange::on_tls);
  set(CURLOPT_SSL_CTX_DATA, this);
}

// Without these texts libcurl would look into the environment; an empty one stands for none.
void HttpExchange::set_proxy() {
  set(CURLOPT_PROXY, proxy_ ? proxy_->origin().c_str() : "");
  set(CURLOPT_NOPROXY, "");
  if (!proxy_ || !proxy_->has_user_info()) return;
  set(CURLOPT_PROXYUSERNAME, proxy_->user.reveal().c_str());
  set(CURLOPT_PROXYPASSWORD, proxy_->password.reveal().c_str());
}

void HttpExchange::set_request() {
  const Url& url = request_.url;
  set(CURLOPT_URL, (url.origin() + url.target.reveal()).c_str());
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_USERAGENT, "certwatch");
  if (url.has_user_info()) add_field("Authorization: " + url.basic_credentials().reveal());
  for (const auto& [name, value] : request_.fields) add_field(name + ": " + value);
  add_field("Expect:");  // no question before a large body
  set(CURLOPT_HTTPHEADER, fields_.get());
  set(CURLOPT_HEADEROPT, long{CURLHEADER_SEPARATE});  // the proxy of a tunnel gets none of them
  if (request_.method == HttpRequest::Method::get) return;
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
  set(CURLOPT_POSTFIELDS, request_.body.empty() ? "" : request_.body.data());
}

void HttpExchange::add_field(const std::string& line) {
  curl_slist* longer = ::curl_slist_append(fields_.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(fields_.release());  // it is the front of `longer`
  fields_.reset(longer);
}

void HttpExchange::set_callbacks() {
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &HttpExchange::on_progress);
  set(CURLOPT_XFERINFODATA, this);
  set(CURLOPT_SOCKOPTFUNCTION, &HttpExchange::on_socket);
  set(CURLOPT_SOCKOPTDATA, this);
  set(CURLOPT_PREREQFUNCTION, &HttpExchange::on_request);
  set(CURLOPT_PREREQDATA, this);
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_HEADERFUNCTION, &HttpExchange::on_head_line);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &HttpExchange::on_body);
  set(CURLOPT_WRITEDATA, this);
}

// libcurl reads a proxy's answer to its end before it comes back to transfer(), but asks here.
int HttpExchange::on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return of(self).must_end() ? 1 : 0;
}

int HttpExchange::on_socket(void* self, curl_socket_t, curlsocktype) {
  of(self).step_ = Step::connect;
  return CURL_SOCKOPT_OK;
}

CURLcode HttpExchange::on_tls(CURL*, void* context, void* self) {
  of(self).step_ = Step::tls;
  const bool is_set = ::SSL_CTX_set_default_verify_paths(static_cast<SSL_CTX*>(context)) == 1;
  return is_set ? CURLE_OK : CURLE_SSL_CACERT_BADFILE;
}

int HttpExchange::on_request(void* self, char*, char*, int, int) {
  of(self).step_ = Step::answer;
  return CURL_PREREQFUNC_OK;
}

std::size_t HttpExchange::on_head_line(char* text, std::size_t, std::size_t size,
                                       void* self) noexcept {
  HttpExchange& exchange = of(self);
  exchange.head_bytes_ += size;
  exchange.is_too_large_ = exchange.head_bytes_ > longest_heads;
  if (exchange.is_too_large_) return 0;
  const std::string_view line(text, size);
  if (line == "\r\n" || line == "\n") exchange.end_head();
  return size;
}

std::size_t HttpExchange::on_body(char* bytes, std::size_t, std::size_t size, void* self) noexcept {
  HttpExchange& exchange = of(self);
  exchange.body_bytes_ += size;
  exchange.is_too_large_ = exchange.body_bytes_ > exchange.request_.longest_answer_body;
  if (exchange.is_too_large_) return 0;
  if (exchange.wants_body()) exchange.answer_.body.append(bytes, size);
  return size;
}

void HttpExchange::end_head() {
  long status = 0;
  ::curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  const bool is_interim = status < 200 && status != 101;
  if (is_interim || has_head_) return;  // fields behind a body in chunks have an end, too
  has_head_ = true;
  answer_.status = static_cast<int>(status);
  if (wants_body()) return;
  deadline_ = std::min(deadline_, SteadyTime(clock_.steady_now() + patience_with_unwanted_body));
}

Result<HttpAnswer, HttpFailure> HttpExchange::run(CURLM* multi) {
  const CURLcode code = transfer(multi);
  if (!has_head_ || (wants_body() && code != CURLE_OK)) return tl::unexpected(failure_of(code));
  curl_header* field = nullptr;
  if (::curl_easy_header(easy_, "Retry-After", 0, CURLH_HEADER, -1, &field) == CURLHE_OK) {
    answer_.retry_after = parse_retry_after(field->value, clock_.system_now());
  }
  return std::move(answer_);
}

CURLcode HttpExchange::transfer(CURLM* multi) const {
  ::curl_multi_add_handle(multi, easy_);
  while (!must_end()) {
    int running = 0;
    ::curl_multi_perform(multi, &running);
    if (running == 0) break;
    const int patience = milliseconds_until(deadline_, clock_.steady_now());
    ::curl_multi_poll(multi, nullptr, 0, patience, nullptr);
  }
  CURLcode code = CURLE_ABORTED_BY_CALLBACK;
  int left = 0;
  if (const CURLMsg* message = ::curl_multi_info_read(multi, &left)) code = message->data.result;
  ::curl_multi_remove_handle(multi, easy_);
  if (code == CURLE_ABORTED_BY_CALLBACK && !is_cancelled_) return CURLE_OPERATION_TIMEDOUT;
  return code;
}

HttpFailure HttpExchange::failure_of(CURLcode code) const {
  if (code == CURLE_ABORTED_BY_CALLBACK) return {Kind::cancelled, "stopped"};
  const bool is_late = code == CURLE_OPERATION_TIMEDOUT;
  const std::string text = is_late ? "no answer in time" : text_of(code);
  const auto failed = [&](Kind kind, const char* step) {
    return HttpFailure{is_late ? Kind::timeout : kind, step + text};
  };
  switch (step_) {
    case Step::look_up:
      return failed(Kind::look_up, "name service: ");
    case Step::connect:
      // libcurl does not tell when a proxy has taken the connection: this is the whole way to TLS.
      return proxy_ && request_.url.is_tls() ? failed(Kind::proxy, "proxy: ")
                                             : failed(Kind::connect, "TCP: ");
    case Step::tls:
      return failed(Kind::tls, "TLS: ");
    case Step::answer:
      break;
  }
  return answer_failure(code);
}

HttpFailure HttpExchange::answer_failure(CURLcode code) const {
  if (is_too_large_ || code == curle_too_large || code == CURLE_OUT_OF_MEMORY) {
    return {Kind::too_large, "the answer is too large"};
  }
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return {Kind::timeout,
              has_sent_all() ? "no answer in time" : "the request was not taken in time"};
    case CURLE_OK:
    case CURLE_GOT_NOTHING:
      return {Kind::lost, "the peer closed the connection without an answer"};
    case CURLE_PARTIAL_FILE:
      return {Kind::lost, "the peer closed the connection within its answer"};
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      return {Kind::lost, "the connection is lost: " + text_of(code)};
    default:
      return {Kind::malformed, "the answer is no HTTP/1.1"};
  }
}

bool HttpExchange::has_sent_all() const {
  curl_off_t sent = 0;
  ::curl_easy_getinfo(easy_, CURLINFO_SIZE_UPLOAD_T, &sent);
  return static_cast<std::size_t>(sent) >= request_.body.size();
}

// libcurl's words. They quote the peer only where its certificate has other names than ours.
std::string HttpExchange::text_of(CURLcode code) const {
  long system_error = 0;
  ::curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &system_error);
  if (code == CURLE_COULDNT_CONNECT && system_error != 0) {
    return system_error_text(static_cast<int>(system_error));
  }
  long verdict = X509_V_OK;
  ::curl_easy_getinfo(easy_, CURLINFO_SSL_VERIFYRESULT, &verdict);
  const bool is_trusted = verdict == X509_V_OK || verdict == X509_V_ERR_UNSPECIFIED;
  if (code == CURLE_PEER_FAILED_VERIFICATION && is_trusted) {
    return "the certificate is made out to another name";
  }
  return error_.front() != '\0' ? error_.data() : ::curl_easy_strerror(code);
}

}  // namespace certwatch
