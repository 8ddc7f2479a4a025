// TCP connections as feeds want them.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "net/byte_stream.h"
#include "net/resolver.h"

namespace certwatch {

// Tries the addresses in turn; each gets its share of the time that is left, so that one that
// swallows packets does not cost the others their chance. Non-blocking, with TCP_NODELAY and
// keep-alive (a dead link is noticed within about a minute even where nothing is sent). The receive
// buffer is left to the kernel: setting SO_RCVBUF turns its tuning off and has been seen to lose
// more messages in a stall, not fewer.
Result<Descriptor> connect_tcp(const std::vector<Address>& addresses, StoppableWait& wait,
                               SteadyTime deadline);

std::unique_ptr<ByteStream> plain_stream(Descriptor socket);

}  // namespace certwatch
