// The watch list in PostgreSQL.
#pragma once

#include "base/secret.h"
#include "record/postgres/session.h"
#include "record/watch_source.h"

namespace certwatch::postgres {

class PostgresWatchSource final : public WatchSource {
 public:
  // Connects when first asked, and anew in the call after a connection broke.
  explicit PostgresWatchSource(Secret dsn) : session_(std::move(dsn), Session::Limits::none) {}

  void hurry() override { session_.hurry(); }
  StoreResult<void> visit(const EntryVisitor& visitor) override;

 private:
  Session session_;
};

}  // namespace certwatch::postgres
