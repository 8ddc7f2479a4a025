// The store that a contract suite runs against. Each test program links the suites of this folder
// with one implementation of make_store(): what the ports promise, all of them keep.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "record/alert_archive.h"
#include "record/alert_store.h"
#include "record/delivery_queue.h"
#include "record/inventory.h"
#include "record/watch_source.h"

namespace certwatch::contract {

// A row of public.alerts, as far as the suites look at it.
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
  std::string payload;
  std::string known_by;
  std::string reason;
  std::vector<std::string> fingerprints;
  std::string tbs_sha256;
  bool provisional = false;
  std::optional<std::int64_t> confirms;
  int attempts = 0;
  std::string last_error;
  bool is_decided = false;
  bool is_due = false;
  bool is_abandoned = false;
  bool is_resolved = false;
  bool is_resolution_delivered = false;
};

class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;

  // Each is a session of its own, as another process would have it.
  virtual std::unique_ptr<AlertStore> alert_store() = 0;
  virtual std::unique_ptr<DeliveryQueue> delivery_queue() = 0;
  virtual std::unique_ptr<AlertArchive> alert_archive() = 0;
  virtual std::unique_ptr<Inventory> inventory() = 0;
  virtual std::unique_ptr<WatchSource> watch_source() = 0;

  // Makes everything on record that much older; the inventory's validity is not touched.
  virtual void pass_time(Seconds time) = 0;
  virtual std::vector<StoredAlert> rows() = 0;
  virtual void set_watch_list(const std::vector<std::optional<std::string>>& entries) = 0;
  // A row as the Python service left it: no event, no payload.
  virtual std::int64_t add_python_row(std::int64_t seen_at, const std::string& severity) = 0;
  // The store's own clock, Unix seconds.
  virtual std::int64_t now() = 0;
};

// Empty, with the schema in place.
std::unique_ptr<StoreUnderTest> make_store();

}  // namespace certwatch::contract
