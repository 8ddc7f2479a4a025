#include "record/inventory.h"

#include "base/json_text.h"
#include "record/sqlite/certificate_rows.h"
#include "record/sqlite/sqlite_stores.h"

namespace certwatch::sqlite {
namespace {

class SqliteInventory final : public Inventory {
 public:
  SqliteInventory(const std::string& path, Access access) : db_(path, access) {}

  StoreResult<bool> add(const InventoryCertificate& certificate) override {
    db_.begin("add a certificate");
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
    db_.begin("list the inventory");
    return db_.result(read_certificates(db_));
  }

 private:
  Database db_;
};

}  // namespace

std::unique_ptr<Inventory> open_inventory(const std::string& path, Access access) {
  return std::make_unique<SqliteInventory>(path, access);
}

}  // namespace certwatch::sqlite
