// The alert store in PostgreSQL. Needs a connection with a session of its own (a pooler in
// transaction mode takes its prepared statements away).
#pragma once

#include <memory>

#include "base/secret.h"
#include "record/alert_store.h"

namespace certwatch::postgres {

class Session;

class PostgresAlertStore final : public AlertStore {
 public:
  // Connects when first asked, and anew in the call after a connection broke.
  explicit PostgresAlertStore(Secret dsn);
  ~PostgresAlertStore() override;

  void hurry() override;
  StoreResult<void> check_schema() override;
  StoreResult<std::vector<Recorded>> record(std::span<const NewAlert> alerts, const Placer& place,
                                            const JudgeOptions& options) override;
  StoreResult<std::vector<Verdict>> judge_due(const JudgeOptions& options,
                                              std::size_t most) override;
  StoreResult<std::vector<Verdict>> resolve_late(Seconds window,
                                                 const JudgeOptions& options) override;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace certwatch::postgres
