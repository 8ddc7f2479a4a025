// The alert archive in PostgreSQL.
#pragma once

#include <memory>

#include "base/secret.h"
#include "record/alert_archive.h"

namespace certwatch::postgres {

class Session;

class PostgresAlertArchive final : public AlertArchive {
 public:
  // Connects when first asked, and anew in the call after a connection broke.
  explicit PostgresAlertArchive(Secret dsn);
  ~PostgresAlertArchive() override;

  void hurry() override;
  StoreResult<std::size_t> prune(Seconds retention, std::size_t most) override;
  StoreResult<std::vector<AlertRow>> list(const AlertFilter& filter) override;
  StoreResult<bool> requeue(std::int64_t row) override;

 private:
  std::unique_ptr<Session> session_;
};

}  // namespace certwatch::postgres
