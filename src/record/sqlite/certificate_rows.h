// Rows of certs: the inventory.
#pragma once

#include <vector>

#include "model/inventory_certificate.h"
#include "record/ledger_store.h"
#include "record/sqlite/database.h"

namespace certwatch::sqlite {

// Both are steps of a call of `database`.

// All, by added_at.
std::vector<InventoryCertificate> read_certificates(Database& database);

// Those that share a fingerprint, a TBS hash, or serial and validity with these; each once.
std::vector<InventoryCertificate> find_certificates(Database& database, const Identities& wanted);

}  // namespace certwatch::sqlite
