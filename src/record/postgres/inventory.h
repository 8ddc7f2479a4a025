// The inventory in PostgreSQL.
#pragma once

#include <memory>

#include "base/secret.h"
#include "record/inventory.h"

namespace certwatch::postgres {

class Session;

class PostgresInventory final : public Inventory {
 public:
  // Connects when first asked, and anew in the call after a connection broke.
  explicit PostgresInventory(Secret dsn);
  ~PostgresInventory() override;

  StoreResult<std::optional<KnownBy>> known_by(const Identity& identity,
                                               const std::vector<std::string>& names) override;
  StoreResult<bool> add(const InventoryCertificate& certificate) override;
  StoreResult<std::vector<InventoryCertificate>> list() override;

 private:
  std::unique_ptr<Session> session_;
};

}  // namespace certwatch::postgres
