// The opening handshake of a websocket: the request and the check of its answer (RFC 6455 section
// 4.1, RFC 7692 for permessage-deflate). No sockets.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/url.h"

namespace certwatch {

// What is offered where deflate is asked for. With server_no_context_takeover each message stands
// for itself: one that is too large or broken does no harm to the next.
inline constexpr std::string_view deflate_offer =
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

// The whole request, a secret where the URL has user info or a token in its target. `key` is 16
// random bytes in base64.
std::string upgrade_request(const Url& url, std::string_view key, bool offers_deflate);

struct Upgraded {
  // Bytes of the answer; what follows are frames.
  std::size_t answer_size = 0;
  bool deflate = false;
};

// Looks at what has come so far. Returns nothing while the answer is not whole. Returns an error if
// RFC 6455 does not let a client go on: another status than 101 (redirects are not followed), a
// wrong Sec-WebSocket-Accept, an agreement on something that was not offered, more than 16 KB, or
// no HTTP. The error quotes nothing of what the peer wrote but the status.
Result<std::optional<Upgraded>> read_upgrade_answer(std::string_view received, std::string_view key,
                                                    bool offers_deflate);

}  // namespace certwatch
