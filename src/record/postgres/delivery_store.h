// The delivery store in PostgreSQL.
#pragma once

#include <mutex>

#include "base/secret.h"
#include "record/delivery_store.h"
#include "record/postgres/session.h"

namespace certwatch::postgres {

class PostgresDeliveryStore final : public DeliveryStore {
 public:
  // Connects when first asked, and anew in the call after a connection broke.
  explicit PostgresDeliveryStore(Secret dsn) : session_(std::move(dsn)) {}

  void hurry() override { session_.hurry(); }
  StoreResult<void> announce(std::span<const Destination> destinations) override;
  StoreResult<std::vector<Delivery>> claim(const std::string& destination, std::size_t most,
                                           Seconds lease) override;
  StoreResult<void> settle(const Delivery& delivery, const Settlement& settlement) override;
  StoreResult<std::vector<Delivery>> give_up_older_than(Seconds age) override;
  StoreResult<std::optional<Seconds>> next_due_in(const std::string& destination) override;
  StoreResult<OpenCounts> counts() override;

 private:
  std::mutex turn_;
  Session session_;
};

}  // namespace certwatch::postgres
