// Name resolution that can be given up: getaddrinfo(3) itself can hang for as long as it likes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <vector>

#include "base/result.h"
#include "net/stoppable_wait.h"

namespace certwatch {

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

// Of one host and port; belongs to one thread. A literal address is answered at once. A name is
// looked up (hosts file, DNS, whatever nsswitch.conf says) on a thread of its own, at most one at a
// time: one that is still at it when resolve() gives up is waited for by the next call, and ended
// by the destructor, which returns within half a second.
class Resolver {
 public:
  Resolver(std::string host, std::uint16_t port);
  ~Resolver();

  // At least one address, at most 16, in the order in which they should be tried.
  Result<std::vector<Address>> resolve(StoppableWait& wait, SteadyTime deadline);
  // A look-up that was given up is still under way.
  bool is_looking() const { return under_way_ != nullptr; }

 private:
  struct Lookup;
  class LookupThread;

  const std::string host_;
  const std::uint16_t port_;
  std::unique_ptr<LookupThread> under_way_;
};

}  // namespace certwatch
