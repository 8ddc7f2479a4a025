// A socket that waits for connections.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "net/descriptor.h"

namespace certwatch {

struct Listener {
  Descriptor socket;
  // The one that the system chose, where 0 was asked for.
  std::uint16_t port = 0;
};

// `host` is a name or an address ("::" takes IPv4 too). Of a name the first address of this machine
// is taken, IPv4 first: who asks for "localhost" falls back to 127.0.0.1, and not from there to
// ::1. The error names host, port and reason.
Result<Listener> listen_on(const std::string& host, std::uint16_t port);

}  // namespace certwatch
