// The alert archive in PostgreSQL.
#pragma once

#include "base/secret.h"
#include "record/alert_archive.h"
#include "record/postgres/session.h"

namespace certwatch::postgres {

class PostgresAlertArchive final : public AlertArchive {
 public:
  // Connects when first asked, and anew in the call after a connection broke.
  explicit PostgresAlertArchive(Secret dsn) : session_(std::move(dsn)) {}

  void hurry() override { session_.hurry(); }
  StoreResult<std::size_t> prune(Seconds retention, std::size_t most) override;
  StoreResult<std::vector<AlertRow>> list(const AlertFilter& filter) override;
  StoreResult<std::vector<AlertRow>> judged_since(double changed_at, std::size_t most) override;
  StoreResult<bool> requeue(std::int64_t row,
                            const std::optional<std::string>& destination) override;

 private:
  Session session_;
};

}  // namespace certwatch::postgres
