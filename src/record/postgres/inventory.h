// The inventory in PostgreSQL.
#pragma once

#include "base/secret.h"
#include "record/inventory.h"
#include "record/postgres/session.h"

namespace certwatch::postgres {

class PostgresInventory final : public Inventory {
 public:
  // Connects when first asked, and anew in the call after a connection broke.
  explicit PostgresInventory(Secret dsn) : session_(std::move(dsn), Session::Limits::none) {}

  StoreResult<bool> add(const InventoryCertificate& certificate) override;
  StoreResult<std::vector<InventoryCertificate>> list() override;

 private:
  Session session_;
};

}  // namespace certwatch::postgres
