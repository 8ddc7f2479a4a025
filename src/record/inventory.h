// Port: the certificates that are ours (public.certs), for the commands. The service itself reads
// them through LedgerStore and never writes them.
#pragma once

#include <vector>

#include "model/inventory_certificate.h"
#include "record/store_error.h"

namespace certwatch {

// Threads: one instance belongs to one thread.
class Inventory {
 public:
  virtual ~Inventory() = default;

  // Adds what is not there yet. False: it was there already (then only an empty tbs_sha256 is
  // filled in).
  virtual StoreResult<bool> add(const InventoryCertificate& certificate) = 0;

  // All, by added_at.
  virtual StoreResult<std::vector<InventoryCertificate>> list() = 0;
};

}  // namespace certwatch
