// Looks up the hosts of a connection string, so that libpq has no names to look up: it would wait
// for the name service as long as that likes.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "net/resolver.h"
#include "record/postgres/dsn.h"
#include "record/postgres/patience.h"

namespace certwatch::postgres {

// Belongs to one thread.
class HostAddresses {
 public:
  // Adds "hostaddr" to `keywords`, and repeats host and port for each address. Sockets, literal
  // addresses and what is not in the string itself (PGHOST, a service file) stay as they are, and
  // so does everything where the string has a "hostaddr". Of several hosts, those without an
  // address are left out; fails where none is left.
  Result<void> fill_in(ConnectionKeywords& keywords, const Patience& patience);

 private:
  Result<std::vector<Address>> resolve(const std::string& host, const Patience& patience);

  // A look-up that was given up may still be under way: the next one waits for it.
  std::map<std::string, std::unique_ptr<Resolver>> resolvers_;
};

}  // namespace certwatch::postgres
