// Looks up the hosts of a connection string, so that libpq has no names to look up: it would wait
// for the name service as long as that likes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/resolver.h"
#include "record/postgres/dsn.h"
#include "record/postgres/patience.h"

namespace certwatch::postgres {

// Belongs to one thread.
class HostAddresses {
 public:
  // Adds "hostaddr" to `keywords`, and repeats host and port for each address. Sockets and hosts
  // that have a "hostaddr" stay as they are. Of several hosts, those without an address are left
  // out; fails where none is left.
  Result<void> fill_in(ConnectionKeywords& keywords, const Patience& patience);

 private:
  struct LookUp {
    explicit LookUp(const std::string& host);

    Resolver resolver;
    const Deadline began;
  };

  Result<std::vector<Address>> resolve(const std::string& host, const Patience& patience);

  // By host. A look-up that was given up stays under way, and the next call waits for it. A process
  // that is about to end waits for a second at most, all calls together.
  std::map<std::string, LookUp> under_way_;
};

}  // namespace certwatch::postgres
