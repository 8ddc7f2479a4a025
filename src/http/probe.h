// Asks a page of a service that runs on this machine.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "net/http_client.h"

namespace certwatch {

// GET, within 5 s in all, past every proxy. A host that stands for every address ("0.0.0.0", "::")
// is asked on loopback.
Result<HttpAnswer> probe(const std::string& host, std::uint16_t port, const std::string& path);

}  // namespace certwatch
