#include "app/stores.h"

#include <iostream>

#include "app/adapters.h"
#include "record/postgres/alert_archive.h"
#include "record/postgres/delivery_store.h"
#include "record/postgres/dsn.h"
#include "record/postgres/inventory.h"
#include "record/postgres/ledger_store.h"
#include "record/postgres/watch_source.h"
#include "record/sqlite/sqlite_stores.h"

namespace certwatch {
namespace {

bool is_embedded(const Config& config) {
  return !config.sqlite_path.empty();
}

}  // namespace

std::unique_ptr<LedgerStore> open_ledger_store(const Config& config, Access access) {
  if (is_embedded(config)) return sqlite::open_ledger_store(config.sqlite_path, access);
  return std::make_unique<postgres::PostgresLedgerStore>(config.postgres_dsn);
}

std::unique_ptr<DeliveryStore> open_delivery_store(const Config& config) {
  if (is_embedded(config)) return sqlite::open_delivery_store(config.sqlite_path);
  return std::make_unique<postgres::PostgresDeliveryStore>(config.postgres_dsn);
}

std::unique_ptr<AlertArchive> open_alert_archive(const Config& config, Access access) {
  if (is_embedded(config)) return sqlite::open_alert_archive(config.sqlite_path, access);
  return std::make_unique<postgres::PostgresAlertArchive>(config.postgres_dsn);
}

std::unique_ptr<WatchSource> open_watch_source(const Config& config, Access access) {
  if (is_embedded(config)) return sqlite::open_watch_source(config.sqlite_path, access);
  return std::make_unique<postgres::PostgresWatchSource>(config.postgres_dsn);
}

std::unique_ptr<Inventory> open_inventory(const Config& config, Access access) {
  if (is_embedded(config)) return sqlite::open_inventory(config.sqlite_path, access);
  return std::make_unique<postgres::PostgresInventory>(config.postgres_dsn);
}

std::vector<std::string> adapter_mistakes(const Config& config) {
  std::vector<std::string> mistakes;
  if (!config.postgres_dsn.empty()) {
    if (const auto dsn = postgres::check_dsn(config.postgres_dsn); !dsn) {
      mistakes.push_back("POSTGRES_DSN: " + dsn.error().message);
    }
  }
  for (std::string& mistake : webhook_mistakes(config)) mistakes.push_back(std::move(mistake));
  return mistakes;
}

std::optional<Config> configuration_or_complaint(const Environment& environment, Readers who) {
  ConfigReading reading = read_config(environment, who);
  for (std::string& mistake : adapter_mistakes(reading.config)) {
    reading.mistakes.push_back(std::move(mistake));
  }
  if (reading.mistakes.empty()) return std::move(reading.config);
  std::cerr << "certwatch: the configuration has "
            << (reading.mistakes.size() == 1
                    ? std::string("a mistake")
                    : std::to_string(reading.mistakes.size()) + " mistakes")
            << ":\n";
  for (const std::string& mistake : reading.mistakes) std::cerr << "  " << mistake << "\n";
  return std::nullopt;
}

}  // namespace certwatch
