// The delivery queue in PostgreSQL.
#pragma once

#include <memory>
#include <mutex>

#include "base/secret.h"
#include "record/delivery_queue.h"

namespace certwatch::postgres {

class Session;

class PostgresDeliveryQueue final : public DeliveryQueue {
 public:
  // Connects when first asked, and anew in the call after a connection broke.
  explicit PostgresDeliveryQueue(Secret dsn);
  ~PostgresDeliveryQueue() override;

  void hurry() override;
  StoreResult<std::vector<Delivery>> claim(std::size_t most, Seconds lease) override;
  StoreResult<void> settle(const Delivery& delivery, const Settlement& settlement) override;
  StoreResult<std::vector<Delivery>> give_up_older_than(Seconds age) override;
  StoreResult<std::size_t> adopt(Seconds back) override;
  StoreResult<std::optional<Seconds>> next_due_in() override;
  StoreResult<DeliveryCounts> counts() override;

 private:
  std::mutex turn_;
  std::unique_ptr<Session> session_;
};

}  // namespace certwatch::postgres
