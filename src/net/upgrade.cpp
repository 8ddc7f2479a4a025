#include "net/upgrade.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include "base/base64.h"
#include "base/digest.h"

namespace certwatch {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t longest_answer = std::size_t{16} * 1024;
constexpr std::string_view end_of_header = "\r\n\r\n";
// RFC 6455 section 1.3.
constexpr std::string_view accept_suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

using Answer = http::response<http::empty_body>;

tl::unexpected<Error> refused(std::string_view why) {
  return failure("websocket handshake: " + std::string(why));
}

// All of a field that may stand there several times, joined as RFC 9110 section 5.3 has it.
std::string joined(const Answer& answer, http::field name) {
  std::string all;
  const auto [first, last] = answer.equal_range(name);
  for (auto field = first; field != last; ++field) {
    if (!all.empty()) all += ", ";
    all.append(field->value().data(), field->value().size());
  }
  return all;
}

// Whether deflate has been agreed on, and on terms that the reader can live with.
Result<bool> agreed_extensions(const std::string& text, bool offers_deflate) {
  if (text.empty()) return false;
  bool deflate = false;
  for (const auto& extension : http::ext_list{text}) {
    const bool is_deflate = boost::beast::iequals(extension.first, "permessage-deflate");
    if (!is_deflate || !offers_deflate || deflate) {
      return refused("the server agreed to an extension that was not offered");
    }
    deflate = true;
    bool forgets = false;
    for (const auto& parameter : extension.second) {
      if (boost::beast::iequals(parameter.first, "server_no_context_takeover")) forgets = true;
      if (boost::beast::iequals(parameter.first, "client_max_window_bits")) {
        return refused("the server set a compression window that was not offered");
      }
    }
    if (!forgets) return refused("the server insists on compression with context takeover");
  }
  if (!deflate) return refused("Sec-WebSocket-Extensions is malformed");
  return deflate;
}

Result<bool> check(const Answer& answer, std::string_view key, bool offers_deflate) {
  if (answer.result_int() != 101) {
    return refused("HTTP status " + std::to_string(answer.result_int()) + " in place of 101");
  }
  const auto expected = to_base64(sha1(std::string(key).append(accept_suffix)));
  if (!boost::beast::iequals(answer[http::field::upgrade], "websocket") ||
      !http::token_list{answer[http::field::connection]}.exists("upgrade")) {
    return refused("the answer is no upgrade to websocket");
  }
  if (answer[http::field::sec_websocket_accept] != boost::beast::string_view(expected)) {
    return refused("Sec-WebSocket-Accept is wrong");
  }
  if (answer.find(http::field::sec_websocket_protocol) != answer.end()) {
    return refused("the server chose a protocol that was not offered");
  }
  return agreed_extensions(joined(answer, http::field::sec_websocket_extensions), offers_deflate);
}

bool can_be_http(std::string_view received) {
  constexpr std::string_view beginning = "HTTP/1.1 ";
  const std::size_t count = std::min(received.size(), beginning.size());
  return received.substr(0, count) == beginning.substr(0, count);
}

}  // namespace

std::string upgrade_request(const Url& url, std::string_view key, bool offers_deflate) {
  std::string request = "GET " + url.target.reveal() + " HTTP/1.1\r\nHost: " + url.host_field() +
                        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ";
  request.append(key).append("\r\nSec-WebSocket-Version: 13\r\nUser-Agent: certwatch\r\n");
  if (url.has_user_info()) {
    request += "Authorization: " + url.basic_credentials().reveal() + "\r\n";
  }
  if (offers_deflate) {
    request.append("Sec-WebSocket-Extensions: ").append(deflate_offer).append("\r\n");
  }
  return request + "\r\n";
}

Result<std::optional<Upgraded>> read_upgrade_answer(std::string_view received, std::string_view key,
                                                    bool offers_deflate) {
  if (!can_be_http(received)) return refused("the peer does not speak HTTP/1.1");
  const std::size_t end = received.substr(0, longest_answer).find(end_of_header);
  if (end == std::string_view::npos) {
    if (received.size() >= longest_answer) return refused("the answer's header is too long");
    return std::optional<Upgraded>();
  }
  const std::string_view header = received.substr(0, end + end_of_header.size());
  http::response_parser<http::empty_body> parser;
  parser.header_limit(longest_answer);
  parser.skip(true);
  boost::beast::error_code error;
  const std::size_t used = parser.put(boost::asio::buffer(header.data(), header.size()), error);
  if (error || !parser.is_header_done() || used != header.size()) {
    return refused("the answer is malformed HTTP");
  }
  const auto deflate = check(parser.get(), key, offers_deflate);
  if (!deflate) return tl::unexpected(deflate.error());
  return std::optional<Upgraded>(Upgraded{header.size(), *deflate});
}

}  // namespace certwatch
