// One connection to a PostgreSQL server, on which no wait is longer than its deadline.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

#include "base/secret.h"
#include "record/store_error.h"

struct pg_conn;    // libpq's PGconn
struct pg_result;  // libpq's PGresult

namespace certwatch::postgres {

using Deadline = std::chrono::steady_clock::time_point;

// Ends the waits of a connection from another thread.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  // From any thread: the wait under way ends, and every later one at once, until clear().
  void raise();
  void clear();
  bool raised() const { return raised_; }
  // Readable while raised.
  int descriptor() const { return descriptor_; }

 private:
  std::atomic<bool> raised_{false};
  int descriptor_;
};

// Belongs to one thread; `interruption` outlives it. libpq's own blocking calls are not used: they
// know no deadline (one exception: the look-up of the host's name).
class Connection {
 public:
  Connection(Secret dsn, const Interruption& interruption);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool is_open() const { return raw_ != nullptr; }
  // Closes what was open. Afterwards in pipeline mode.
  StoreResult<void> open(Deadline deadline);
  // What the server was told before has its effect all the same.
  void close();
  // True where the server has hung up, as far as can be told without waiting.
  bool has_ended();

  // For the functions of libpq that do not wait. Null where not open.
  pg_conn* raw() { return raw_; }
  // The next result, nullptr at the end of a statement's; the caller frees it. A failure has closed
  // the connection.
  StoreResult<pg_result*> next_result(Deadline deadline);

  // The connection is of no use any more: closes it and says why.
  tl::unexpected<StoreError> lost(std::string_view what);
  // A message fit to be shown.
  std::string clean(std::string_view message) const;

 private:
  enum class Wake { ready, too_late, interrupted };
  Wake wait(short events, Deadline deadline) const;
  StoreResult<void> wait_or_close(short events, Deadline deadline, const char* for_what);

  const Secret dsn_;
  const Interruption& interruption_;
  pg_conn* raw_ = nullptr;
};

}  // namespace certwatch::postgres
