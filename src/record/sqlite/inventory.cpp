#include "record/inventory.h"

#include "base/json_text.h"
#include "record/sqlite/inventory_lookup.h"
#include "record/sqlite/sqlite_stores.h"

namespace certwatch::sqlite {
namespace {

class SqliteInventory final : public Inventory {
 public:
  SqliteInventory(const std::string& path, Access access) : db_(path, access) {}

  StoreResult<std::optional<KnownBy>> known_by(const Identity& identity,
                                               const std::vector<std::string>& names) override {
    if (auto begun = db_.begin("look up a certificate"); !begun) {
      return tl::unexpected(begun.error());
    }
    Wanted wanted;
    wanted.fingerprints = {identity.fingerprint};
    wanted.tbs_sha256 = identity.tbs_sha256;
    wanted.serial = identity.serial;
    wanted.not_before = identity.not_before;
    wanted.not_after = identity.not_after;
    wanted.sans = json::array(names, json::Form::storable);
    wanted.asks_serial = true;
    return db_.result(look_up(db_, wanted));
  }

  StoreResult<bool> add(const InventoryCertificate& certificate) override {
    if (auto begun = db_.begin("add a certificate"); !begun) return tl::unexpected(begun.error());
    Transaction transaction(db_);
    bool is_new = false;
    Query query = db_.query(
        "INSERT INTO certs (fingerprint_sha1, serial, sans, not_before, not_after, source,"
        " added_at, tbs_sha256) VALUES (?, ?, ?, ?, ?, ?, ?, NULL) ON CONFLICT DO NOTHING"
        " RETURNING 1",
        certificate.fingerprint_sha1, certificate.serial,
        json::array(certificate.sans, json::Form::storable), certificate.not_before,
        certificate.not_after, certificate.source, certificate.added_at);
    while (query.next()) is_new = true;
    if (!certificate.tbs_sha256.empty()) {
      db_.run(
          "UPDATE certs SET tbs_sha256 = ?2"
          " WHERE fingerprint_sha1 = ?1 AND coalesce(tbs_sha256, '') = ''",
          certificate.fingerprint_sha1, certificate.tbs_sha256);
    }
    transaction.commit();
    return db_.result(is_new);
  }

  StoreResult<std::vector<InventoryCertificate>> list() override {
    if (auto begun = db_.begin("list the inventory"); !begun) return tl::unexpected(begun.error());
    std::vector<InventoryCertificate> all;
    Query query = db_.query(
        "SELECT fingerprint_sha1, serial, sans, not_before, not_after, source, added_at, tbs_sha256"
        " FROM certs ORDER BY added_at, fingerprint_sha1");
    while (query.next()) {
      InventoryCertificate one;
      one.fingerprint_sha1 = query.text(0);
      one.serial = query.text(1);
      one.sans = names(query.text(2));
      one.not_before = query.integer(3);
      one.not_after = query.integer(4);
      one.source = query.text(5);
      one.added_at = query.integer(6);
      one.tbs_sha256 = query.text(7);
      all.push_back(std::move(one));
    }
    return db_.result(std::move(all));
  }

 private:
  std::vector<std::string> names(const std::string& sans) {
    std::vector<std::string> all;
    Query query = db_.query(
        "SELECT value FROM json_each(CASE WHEN json_valid(?1) AND json_type(?1) = 'array' THEN ?1 "
        "ELSE '[]' END)",
        sans);
    while (query.next()) all.push_back(query.text(0));
    return all;
  }

  Database db_;
};

}  // namespace

std::unique_ptr<Inventory> open_inventory(const std::string& path, Access access) {
  return std::make_unique<SqliteInventory>(path, access);
}

}  // namespace certwatch::sqlite
