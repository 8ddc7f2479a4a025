// The watch list in PostgreSQL.
#pragma once

#include <memory>

#include "base/secret.h"
#include "record/watch_source.h"

namespace certwatch::postgres {

class Session;

class PostgresWatchSource final : public WatchSource {
 public:
  // Connects when first asked, and anew in the call after a connection broke.
  explicit PostgresWatchSource(Secret dsn);
  ~PostgresWatchSource() override;

  void hurry() override;
  StoreResult<void> visit(const EntryVisitor& visitor) override;

 private:
  std::unique_ptr<Session> session_;
};

}  // namespace certwatch::postgres
