// The record ports on an embedded database: one file, in WAL mode, made with its tables by the
// first who may write. Same tables and columns as in PostgreSQL; lists are JSON text, times Unix
// seconds with a fraction. Each store has a connection of its own; writers take turns, and wait for
// each other for up to 5 s. Several processes of one machine may share a file as replicas share a
// server: each alert once, each delivery once, by leases. Not over a network: WAL needs shared
// memory.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "record/access.h"
#include "record/alert_archive.h"
#include "record/delivery_store.h"
#include "record/inventory.h"
#include "record/ledger_store.h"
#include "record/watch_source.h"

namespace certwatch::sqlite {

// Nothing is opened before it is used.
std::unique_ptr<LedgerStore> open_ledger_store(const std::string& path,
                                               Access access = Access::write);
std::unique_ptr<DeliveryStore> open_delivery_store(const std::string& path);
std::unique_ptr<AlertArchive> open_alert_archive(const std::string& path,
                                                 Access access = Access::write);
std::unique_ptr<Inventory> open_inventory(const std::string& path, Access access = Access::write);
std::unique_ptr<WatchSource> open_watch_source(const std::string& path,
                                               Access access = Access::write);

// Adds to the watch list what is not in it yet, as written. Returns how many.
StoreResult<std::size_t> add_watch_entries(const std::string& path,
                                           const std::vector<std::string>& entries);

}  // namespace certwatch::sqlite
