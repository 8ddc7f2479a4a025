// The store that a contract suite runs against. Each test program links the suites of this folder
// with one implementation of make_store(): what the ports promise, all of them keep. The suites ask
// what stores promise, not what the ledger decides (tests/ledger).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "record/alert_archive.h"
#include "record/delivery_store.h"
#include "record/inventory.h"
#include "record/ledger_store.h"
#include "record/watch_source.h"

namespace certwatch::contract {

// A row of public.alerts, as far as the ports do not show it.
struct StoredAlert {
  std::int64_t row = 0;
  std::string event_id;
  std::string fingerprint;
  std::string sans;
  std::string matched;
  std::optional<std::string> issuer;
  std::int64_t seen_at = 0;
  bool delivered = false;
  std::string severity;
  std::string identity_facts;
  std::string message_facts;  // the column `payload`
  std::vector<std::string> fingerprints;
};

// A row of alert_deliveries.
struct StoredDelivery {
  std::int64_t alert = 0;
  std::string kind;
  std::string event_id;
  std::string destination;
  int attempts = 0;
  bool is_due = false;
  bool is_delivered = false;
  bool is_abandoned = false;
  std::string last_error;
};

class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;

  // Each is a session of its own, as another process would have it.
  virtual std::unique_ptr<LedgerStore> ledger_store() = 0;
  virtual std::unique_ptr<DeliveryStore> delivery_store() = 0;
  virtual std::unique_ptr<AlertArchive> alert_archive() = 0;
  virtual std::unique_ptr<Inventory> inventory() = 0;
  virtual std::unique_ptr<WatchSource> watch_source() = 0;

  // Makes everything on record that much older; the inventory's validity is not touched.
  virtual void pass_time(Seconds time) = 0;
  // In order of id.
  virtual std::vector<StoredAlert> alerts() = 0;
  virtual std::vector<StoredDelivery> deliveries() = 0;
  virtual void set_watch_list(const std::vector<std::optional<std::string>>& entries) = 0;
  // A row as the Python service left it: no event, no facts, the fingerprint "00ff", the only name
  // "a.example".
  virtual std::int64_t add_python_row(std::int64_t seen_at, const std::string& severity) = 0;
  // The store's own clock, Unix seconds.
  virtual std::int64_t now() = 0;
};

// Empty, with the schema in place.
std::unique_ptr<StoreUnderTest> make_store();

}  // namespace certwatch::contract
