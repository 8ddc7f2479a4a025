// By what the inventory knows a certificate.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "model/alert.h"
#include "record/sqlite/database.h"

namespace certwatch::sqlite {

struct Wanted {
  std::vector<std::string> fingerprints;
  std::string tbs_sha256;
  std::string serial;
  std::optional<std::int64_t> not_before;
  std::optional<std::int64_t> not_after;
  // JSON array of its names; needed only where asks_serial.
  std::string sans;
  bool asks_serial = false;
};

std::optional<KnownBy> look_up(Database& database, const Wanted& wanted);

}  // namespace certwatch::sqlite
