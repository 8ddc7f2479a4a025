#include "record/sqlite/certificate_rows.h"

#include <map>

#include "model/serial.h"
#include "record/sqlite/issuance_rows.h"

namespace certwatch::sqlite {
namespace {

const std::string select =
    "SELECT rowid, fingerprint_sha1, serial, sans, not_before, not_after, source, added_at,"
    " tbs_sha256 FROM certs ";
const std::string select_all = select + "ORDER BY added_at, fingerprint_sha1";
const std::string by_fingerprint = select + "WHERE fingerprint_sha1 = ?1";
const std::string by_tbs_sha256 = select + "WHERE tbs_sha256 = ?1";
const std::string by_validity =
    select + "WHERE not_before = ?1 AND not_after = ?2 AND serial <> ''";

InventoryCertificate read_certificate(Database& database, const Query& query) {
  InventoryCertificate one;
  one.fingerprint_sha1 = query.text(1);
  one.serial = query.text(2);
  one.sans = read_texts(database, query.text(3));
  one.not_before = query.integer(4);
  one.not_after = query.integer(5);
  one.source = query.text(6);
  one.added_at = query.integer(7);
  one.tbs_sha256 = query.text(8);
  return one;
}

}  // namespace

std::vector<InventoryCertificate> read_certificates(Database& database) {
  std::vector<InventoryCertificate> all;
  Query query = database.query(select_all.c_str());
  while (query.next()) all.push_back(read_certificate(database, query));
  return all;
}

std::vector<InventoryCertificate> find_certificates(Database& database, const Identities& wanted) {
  std::map<std::int64_t, InventoryCertificate> found;
  const auto add = [&](const Query& query) {
    found.try_emplace(query.integer(0), read_certificate(database, query));
  };
  for (const std::string& fingerprint : wanted.fingerprints) {
    Query query = database.query(by_fingerprint.c_str(), fingerprint);
    while (query.next()) add(query);
  }
  for (const std::string& hash : wanted.tbs_sha256) {
    Query query = database.query(by_tbs_sha256.c_str(), hash);
    while (query.next()) add(query);
  }
  for (const SerialKey& key : wanted.serial_keys) {
    Query query = database.query(by_validity.c_str(), key.not_before, key.not_after);
    while (query.next()) {
      if (normal_serial(query.view(2)) == key.serial) add(query);
    }
  }
  std::vector<InventoryCertificate> certificates;
  for (auto& [row, one] : found) certificates.push_back(std::move(one));
  return certificates;
}

}  // namespace certwatch::sqlite
