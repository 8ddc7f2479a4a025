// Asks a page of a service that runs on this machine.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace certwatch {

struct ProbeAnswer {
  int status = 0;
  std::string body;
};

// GET, within 5 s in all. A host that stands for every address ("0.0.0.0", "::") is asked on
// loopback.
Result<ProbeAnswer> probe(const std::string& host, std::uint16_t port, const std::string& path);

}  // namespace certwatch
