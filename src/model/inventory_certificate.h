// A certificate of the inventory (public.certs).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

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

}  // namespace certwatch
