// Port: the certificates that are ours (public.certs), for the commands. The service itself looks
// them up inside AlertStore, in one statement with the verdict, and never writes here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/alert.h"
#include "model/identity.h"
#include "record/store_error.h"

namespace certwatch {

struct InventoryCertificate {
  std::string fingerprint_sha1;  // 40 lower-case hexadecimal digits
  std::string serial;            // hexadecimal as upstream writes it
  std::vector<std::string> sans;
  std::int64_t not_before = 0;
  std::int64_t not_after = 0;
  std::string source;
  std::string tbs_sha256;  // empty where not known
  std::int64_t added_at = 0;
};

// Threads: one instance belongs to one thread.
class Inventory {
 public:
  virtual ~Inventory() = default;

  // By what the inventory would know this certificate now; `names` are its SANs. Nothing where it
  // does not. Says serial also where may_be_ours_by_serial is false: the caller decides.
  virtual StoreResult<std::optional<KnownBy>> known_by(const Identity& identity,
                                                       const std::vector<std::string>& names) = 0;

  // Adds what is not there yet. False: it was there already (then only an empty tbs_sha256 is
  // filled in).
  virtual StoreResult<bool> add(const InventoryCertificate& certificate) = 0;

  // All, by added_at.
  virtual StoreResult<std::vector<InventoryCertificate>> list() = 0;
};

}  // namespace certwatch
