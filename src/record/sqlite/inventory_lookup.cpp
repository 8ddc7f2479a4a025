#include "record/sqlite/inventory_lookup.h"

#include "record/inventory_match.h"

namespace certwatch::sqlite {
namespace {

bool any(Query query) {
  return query.next();
}

// What is no array of JSON has no names.
std::vector<std::string> names_of(Database& database, const std::string& sans) {
  std::vector<std::string> names;
  Query query = database.query(
      "SELECT value FROM json_each(CASE WHEN json_valid(?1) AND json_type(?1) = 'array' THEN ?1 "
      "ELSE '[]' END)",
      sans);
  while (query.next()) names.push_back(query.text(0));
  return names;
}

bool is_known_by_serial(Database& database, const Wanted& wanted) {
  std::vector<std::string> inventory_sans;
  {
    Query alike = database.query(
        "SELECT serial, sans FROM certs WHERE not_before = ?1 AND not_after = ?2 AND serial <> ''",
        wanted.not_before, wanted.not_after);
    while (alike.next()) {
      if (is_same_serial(alike.view(0), wanted.serial)) inventory_sans.push_back(alike.text(1));
    }
  }
  for (const std::string& sans : inventory_sans) {
    if (names_agree(names_of(database, sans), names_of(database, wanted.sans))) return true;
  }
  return false;
}

}  // namespace

std::optional<KnownBy> look_up(Database& database, const Wanted& wanted) {
  for (const std::string& fingerprint : wanted.fingerprints) {
    if (fingerprint.empty() || fingerprint == digest_of_nothing) continue;
    if (any(database.query("SELECT 1 FROM certs WHERE fingerprint_sha1 = ?1", fingerprint))) {
      return KnownBy::fingerprint;
    }
  }
  if (!wanted.tbs_sha256.empty() &&
      any(database.query("SELECT 1 FROM certs WHERE tbs_sha256 = ?1", wanted.tbs_sha256))) {
    return KnownBy::tbs;
  }
  if (wanted.asks_serial && !wanted.serial.empty() && wanted.not_before && wanted.not_after &&
      is_known_by_serial(database, wanted)) {
    return KnownBy::serial;
  }
  return std::nullopt;
}

}  // namespace certwatch::sqlite
