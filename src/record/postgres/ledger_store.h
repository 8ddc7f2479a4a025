// The ledger store in PostgreSQL. Needs a connection with a session of its own (a pooler in
// transaction mode takes its prepared statements away).
#pragma once

#include "base/secret.h"
#include "record/ledger_store.h"
#include "record/postgres/session.h"

namespace certwatch::postgres {

class PostgresLedgerStore final : public LedgerStore {
 public:
  // Connects when first asked, and anew in the call after a connection broke.
  explicit PostgresLedgerStore(Secret dsn) : session_(std::move(dsn)) {}

  void hurry() override { session_.hurry(); }
  StoreResult<void> check_schema() override;
  StoreResult<ledger::Snapshot> look(const Identities& wanted) override;
  StoreResult<RowNumbers> change(const Identities& wanted, const Decide& decide) override;
  StoreResult<std::vector<IssuanceRow>> pick_overdue(std::size_t most) override;
  StoreResult<std::vector<IssuanceRow>> pick_unresolved(Seconds window, std::int64_t after,
                                                        std::size_t most) override;

 private:
  enum class Locks { none, taken };

  StoreResult<std::vector<IssuanceRow>> pick(const Question& question);
  // These leave a transaction open, unless they fail.
  StoreResult<ledger::Snapshot> load(const Identities& wanted, Locks locks);
  StoreResult<ledger::Snapshot> load_rows(const Identities& wanted, Locks locks);
  StoreResult<void> add_surroundings(const Identities& all, ledger::Snapshot& snapshot);
  // Ends it.
  StoreResult<RowNumbers> apply(const ledger::Changes& changes, SystemTime now);

  Session session_;
};

}  // namespace certwatch::postgres
