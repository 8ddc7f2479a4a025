// One connection to a PostgreSQL server, on which no wait outlasts its caller's patience.
#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"
#include "record/postgres/host_addresses.h"
#include "record/postgres/patience.h"
#include "record/store_error.h"

struct pg_conn;    // libpq's PGconn
struct pg_result;  // libpq's PGresult

namespace certwatch::postgres {

// Belongs to one thread. libpq's own blocking calls are not used, and it is given addresses instead
// of names: neither it nor the name service knows a deadline.
class Connection {
 public:
  explicit Connection(Secret dsn) : dsn_(std::move(dsn)) {}
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool is_open() const { return raw_ != nullptr; }
  // Closes what was open. Afterwards in pipeline mode.
  StoreResult<void> open(const Patience& patience);
  // What the server was told before has its effect all the same.
  void close();
  // True where the server has hung up, as far as can be told without waiting.
  bool has_ended();

  // For the functions of libpq that do not wait. Null where not open.
  pg_conn* raw() { return raw_; }
  // The next result, nullptr at the end of a statement's; the caller frees it. A failure has closed
  // the connection.
  StoreResult<pg_result*> next_result(const Patience& patience);

  // The connection is of no use any more: closes it and says why.
  tl::unexpected<StoreError> lost(std::string_view what);
  // A message fit to be shown.
  std::string clean(std::string_view message) const;

 private:
  bool wait(short events, const Patience& patience) const;
  StoreResult<void> wait_or_close(short events, const Patience& patience, const char* for_what);

  const Secret dsn_;
  HostAddresses addresses_;
  pg_conn* raw_ = nullptr;
};

}  // namespace certwatch::postgres
