// The opening handshake of a websocket over a connection: see net/upgrade.h for what is said.
#pragma once

#include <string>

#include "base/result.h"
#include "net/byte_stream.h"
#include "net/stoppable_wait.h"
#include "net/url.h"

namespace certwatch {

struct Opened {
  bool deflate = false;
  // What came in one piece with the answer.
  std::string first_frames;
};

Result<Opened> shake_hands(ByteStream& stream, const Url& url, bool offers_deflate,
                           StoppableWait& wait, SteadyTime deadline);

}  // namespace certwatch
