// A name service that never answers, for test programs that link silent_name_service.cpp: there,
// getaddrinfo(3) hangs for every name that ends in ".silent". Other names are looked up as ever.
#pragma once

namespace certwatch::silent_name_service {

// A look-up that nobody cancels ends by itself after 20 s, so that a test of code that waits for it
// fails and does not hang.
inline constexpr int gives_up_after_ms = 20'000;

// So many look-ups hang now.
int lookups();
// Returns as soon as one does.
void wait_for_lookup();

}  // namespace certwatch::silent_name_service
