// One request and its answer over an open connection, by httplib's client.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/byte_stream.h"
#include "net/stoppable_wait.h"

namespace certwatch {

struct HttpRequest {
  std::string method;
  std::string target;
  // All but Content-Length and User-Agent. No control characters.
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
};

struct HttpAnswer {
  int status = 0;
  // The field Retry-After as it stands, if there is one; hostile.
  std::optional<std::string> retry_after;
  // Read to its last byte, and the connection can carry another request.
  bool stream_is_reusable = false;
};

// The answer counts as soon as its head is there: what becomes of the body (endless, dribbling, cut
// off) decides only whether the connection is of use afterwards, and it is given one second. The
// error quotes nothing that the peer wrote.
Result<HttpAnswer> exchange(ByteStream& connection, const HttpRequest& request, StoppableWait& wait,
                            SteadyTime deadline);

}  // namespace certwatch
