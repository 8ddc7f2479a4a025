// The store that the configuration names, behind the ports.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "record/access.h"
#include "record/alert_archive.h"
#include "record/delivery_store.h"
#include "record/inventory.h"
#include "record/ledger_store.h"
#include "record/watch_source.h"

namespace certwatch {

// Nothing connects before it is used.
std::unique_ptr<LedgerStore> open_ledger_store(const Config& config, Access access = Access::write);
std::unique_ptr<DeliveryStore> open_delivery_store(const Config& config);
std::unique_ptr<AlertArchive> open_alert_archive(const Config& config,
                                                 Access access = Access::write);
std::unique_ptr<WatchSource> open_watch_source(const Config& config, Access access = Access::write);
std::unique_ptr<Inventory> open_inventory(const Config& config, Access access = Access::write);

// What is wrong with values that only the adapters understand: the DSN, the signing secret.
std::vector<std::string> adapter_mistakes(const Config& config);

// What `who` reads of the environment, or nothing after every mistake has been named on stderr.
std::optional<Config> configuration_or_complaint(const Environment& environment, Readers who);

}  // namespace certwatch
