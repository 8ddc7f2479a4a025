#include "record/watch_source.h"

#include "record/sqlite/database.h"
#include "record/sqlite/sqlite_stores.h"

namespace certwatch::sqlite {
namespace {

class SqliteWatchSource final : public WatchSource {
 public:
  SqliteWatchSource(const std::string& path, Access access) : db_(path, access) {}

  void hurry() override { db_.hurry(); }

  StoreResult<void> visit(const EntryVisitor& visitor) override {
    db_.begin("read the watch list");
    Query query = db_.query("SELECT fqdn FROM intent_current");
    while (query.next()) {
      visitor(query.is_null(0) ? std::nullopt : std::optional(query.view(0)));
    }
    return db_.result();
  }

 private:
  Database db_;
};

}  // namespace

std::unique_ptr<WatchSource> open_watch_source(const std::string& path, Access access) {
  return std::make_unique<SqliteWatchSource>(path, access);
}

StoreResult<std::size_t> add_watch_entries(const std::string& path,
                                           const std::vector<std::string>& entries) {
  Database database(path);
  database.begin("add to the watch list");
  std::size_t added = 0;
  Transaction transaction(database);
  for (const std::string& entry : entries) {
    Query query = database.query(
        "INSERT INTO intent_current (fqdn) SELECT ?1"
        " WHERE NOT EXISTS (SELECT 1 FROM intent_current WHERE fqdn = ?1) RETURNING 1",
        entry);
    while (query.next()) ++added;
  }
  transaction.commit();
  return database.result(added);
}

}  // namespace certwatch::sqlite
