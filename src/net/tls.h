// TLS over a connected socket, as a client; OpenSSL beneath.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "net/byte_stream.h"
#include "net/descriptor.h"
#include "net/stoppable_wait.h"

namespace certwatch {

// Does the handshake, TLS 1.2 or later. The peer's certificate must chain to the system's store (or
// what SSL_CERT_FILE and SSL_CERT_DIR name; read anew for each connection) and be made out to
// `host`: a name, also sent as SNI, or an address literal. To send to a peer that is gone raises
// SIGPIPE, which the process must ignore.
Result<std::unique_ptr<ByteStream>> start_tls(Descriptor socket, const std::string& host,
                                              StoppableWait& wait, SteadyTime deadline);

}  // namespace certwatch
