// URLs from a configuration, and what a hostile server answers to the websocket handshake.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "net/upgrade.h"
#include "net/url.h"

namespace {

using namespace certwatch;

void require(bool holds) {
  if (!holds) std::abort();
}

void read_url(std::string_view text) {
  const auto url = parse_url(text, {Scheme::ws, Scheme::wss, Scheme::http, Scheme::https});
  if (!url) return;
  // Whatever the URL, its request has the lines that we write and no other.
  const std::string request = upgrade_request(*url, "key", false);
  std::size_t lines = 0;
  for (const char c : request) lines += c == '\n' ? 1U : 0U;
  require(lines == (url->has_user_info() ? 9U : 8U));
  // What is shown of it reads back as the same place.
  const auto again = parse_url(url->origin(), {url->scheme});
  require(again && again->host == url->host && again->port == url->port);
}

void read_answer(std::string_view text) {
  const std::string answer = "HTTP/1.1 " + std::string(text);
  for (const bool offers_deflate : {false, true}) {
    const auto read = read_upgrade_answer(answer, "dGhlIHNhbXBsZSBub25jZQ==", offers_deflate);
    if (read && *read) require((*read)->answer_size <= answer.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_url(text);
  read_answer(text);
  return 0;
}
