#include "notify/webhook/exchange.h"

#include <exception>
#include <httplib.h>

#include "base/number.h"
#include "base/text.h"
#include "notify/webhook/limited_stream.h"

namespace certwatch {
namespace {

constexpr std::size_t longest_retry_after_text = 100;

// The library's HTTP without its connections: those it makes can neither be cancelled while they
// are being made nor be held to one deadline.
class Engine final : public httplib::ClientImpl {
 public:
  // Never connects; the name would only be used for a Host field that we give ourselves.
  Engine() : ClientImpl("localhost", 80) {
    set_url_encode(false);  // the target goes out as it stands
    set_decompress(false);
    set_follow_location(false);
  }

  bool run(httplib::Stream& stream, httplib::Request& request, httplib::Response& response) {
    httplib::Error error = httplib::Error::Success;
    return process_request(stream, request, response, false, error);
  }
};

bool is_interim(int status) {
  return status >= 102 && status <= 199;  // 100 is passed over by the library
}

httplib::Request to_library(const HttpRequest& request) {
  httplib::Request made;
  made.method = request.method;
  made.path = request.target;
  made.body = request.body;
  for (const auto& [name, value] : request.fields) made.headers.emplace(name, value);
  made.headers.emplace("User-Agent", "certwatch");
  // Given, so that the library collects nothing.
  made.content_receiver = [](const char*, std::size_t, std::uint64_t, std::uint64_t) {
    return true;
  };
  return made;
}

bool has_close(const httplib::Response& response) {
  const auto [first, last] = response.headers.equal_range("Connection");
  for (auto field = first; field != last; ++field) {
    if (lower(field->second).find("close") != std::string::npos) return true;
  }
  return false;
}

// Can the end of this answer be told from what follows it?
bool has_stated_end(const httplib::Response& response) {
  if (response.status == 204) return true;
  const auto lengths = response.get_header_value_count("Content-Length");
  if (response.has_header("Transfer-Encoding")) {
    return lengths == 0 && lower(response.get_header_value("Transfer-Encoding")) == "chunked";
  }
  return lengths == 1 &&
         parse_number<std::uint64_t>(response.get_header_value("Content-Length")).has_value();
}

HttpAnswer to_answer(const httplib::Response& response, bool stream_is_reusable) {
  HttpAnswer answer{response.status, std::nullopt, stream_is_reusable};
  if (response.has_header("Retry-After")) {
    answer.retry_after =
        response.get_header_value("Retry-After").substr(0, longest_retry_after_text);
  }
  return answer;
}

Result<HttpAnswer> run(LimitedStream& stream, httplib::Request request) {
  Engine engine;
  httplib::Response response;
  bool has_head = false;
  request.response_handler = [&](const httplib::Response& head) {
    has_head = !is_interim(head.status);
    if (has_head) stream.begin_body();
    return has_head;
  };
  bool is_whole = engine.run(stream, request, response);
  while (!is_whole && is_interim(response.status) && stream.trouble().empty()) {
    stream.stop_writing();
    response = httplib::Response();
    is_whole = engine.run(stream, request, response);
  }
  // To a CONNECT the library takes any line for an answer, and calls it -1.
  if (response.status < 100 || !(has_head || is_whole)) {
    return failure(stream.trouble().empty() ? "the answer is no HTTP/1.1" : stream.trouble());
  }
  const bool is_reusable = is_whole && stream.is_reusable() && response.version == "HTTP/1.1" &&
                           !has_close(response) && has_stated_end(response);
  return to_answer(response, request.method == "CONNECT" ? stream.is_reusable() : is_reusable);
}

}  // namespace

Result<HttpAnswer> exchange(ByteStream& connection, const HttpRequest& request, StoppableWait& wait,
                            SteadyTime deadline) {
  LimitedStream stream(connection, wait, deadline);
  try {
    return run(stream, to_library(request));
  } catch (const std::exception&) {
    return failure("the HTTP library failed");
  }
}

}  // namespace certwatch
