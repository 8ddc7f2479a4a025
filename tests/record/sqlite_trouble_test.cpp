// The embedded database: its file, its tables, and what goes wrong with them.
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

#include "contract/desk.h"
#include "record/sqlite/sqlite_stores.h"
#include "support/catch.h"
#include "support/sqlite_console.h"

namespace certwatch::sqlite {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using contract::must;
using Kind = StoreError::Kind;

// Makes new rows, named by these.
StoreResult<RowNumbers> record(LedgerStore& store, const std::vector<std::string>& names) {
  std::vector<AlertContent> contents;
  for (const std::string& name : names) contents.push_back(contract::content(name));
  return store.change({}, [&](const ledger::Snapshot& found) {
    ledger::Changes changes;
    for (const std::string& name : names) {
      IssuanceRow row = contract::issuance(name);
      row.id = -1 - static_cast<std::int64_t>(changes.inserts.size());
      row.decide_at = found.now + 10s;
      changes.inserts.push_back({row, &contents.at(changes.inserts.size())});
    }
    return changes;
  });
}

StoreResult<RowNumbers> record(LedgerStore& store, const std::string& name) {
  return record(store, std::vector{name});
}

TEST_CASE("the first store to be used makes the file, and any of them its tables") {
  using Use = void (*)(const std::string&);
  const Use uses[] = {
      [](const std::string& path) { must(open_ledger_store(path)->check_schema()); },
      [](const std::string& path) { must(open_delivery_store(path)->counts()); },
      [](const std::string& path) { must(open_alert_archive(path)->list({})); },
      [](const std::string& path) { must(open_inventory(path)->list()); },
      [](const std::string& path) {
        must(open_watch_source(path)->visit([](std::optional<std::string_view>) {}));
      },
  };
  for (const Use use : uses) {
    const SqliteFile file;
    CHECK_FALSE(std::filesystem::exists(file.path()));
    use(file.path());
    SqliteConsole console(file.path());
    CHECK(console.run("SELECT count(*) FROM alerts").at(0).at(0) == "0");
    CHECK(console.run("PRAGMA journal_mode").at(0).at(0) == "wal");
    use(file.path());
  }
}

TEST_CASE("nothing is opened before it is used") {
  const SqliteFile file;
  const auto store = open_ledger_store(file.path());
  CHECK_FALSE(std::filesystem::exists(file.path()));
}

TEST_CASE("columns have the names and the order of schema.sql") {
  const SqliteFile file;
  must(open_ledger_store(file.path())->check_schema());
  SqliteConsole console(file.path());
  const auto columns = [&console](const std::string& table) {
    std::vector<std::string> names;
    for (const auto& row : console.run("SELECT name FROM pragma_table_info('" + table + "')")) {
      names.push_back(*row[0]);
    }
    return names;
  };
  CHECK(columns("certs") == std::vector<std::string>{"fingerprint_sha1", "serial", "sans",
                                                     "not_before", "not_after", "source",
                                                     "added_at", "tbs_sha256"});
  std::ifstream file_of_schema(CERTWATCH_SOURCE_DIR "/schema.sql");
  std::vector<std::string> in_postgres{"id",     "fingerprint", "sans",      "matched",
                                       "issuer", "seen_at",     "delivered", "severity"};
  for (std::string line; std::getline(file_of_schema, line);) {
    const std::string mark = "ADD COLUMN IF NOT EXISTS ";
    const std::size_t at = line.find(mark);
    if (at == std::string::npos) continue;
    const std::size_t from = at + mark.size();
    in_postgres.push_back(line.substr(from, line.find(' ', from) - from));
  }
  CHECK(in_postgres.size() > 35);
  CHECK(columns("alerts") == in_postgres);
}

TEST_CASE("lists are JSON, times are Unix seconds") {
  const SqliteFile file;
  const auto store = open_ledger_store(file.path());
  must(record(*store, "1"));
  SqliteConsole console(file.path());
  const auto row = console.run(
      "SELECT json_array_length(sans), json_extract(matched, '$[0]'),"
      " json_extract(fingerprints, '$[0]'),"
      " abs(recorded_at - strftime('%s', 'now')) < 60, round(decide_at - recorded_at) FROM alerts");
  CHECK(row.at(0) == SqliteConsole::Row{"2", "example.org", "c1", "1", "10.0"});
}

TEST_CASE("a deleted alert leaves nothing behind") {
  const SqliteFile file;
  const auto store = open_ledger_store(file.path());
  must(record(*store, "1"));
  SqliteConsole console(file.path());
  console.run(
      "INSERT INTO alert_deliveries (alert, kind, event_id, destination, told_since)"
      " SELECT id, 'verdict', event_id, 'webhook', 1 FROM alerts");
  CHECK(console.run("SELECT count(*) FROM alert_fingerprints").at(0).at(0) == "1");
  console.run("DELETE FROM alerts");
  CHECK(console.run("SELECT count(*) FROM alert_fingerprints").at(0).at(0) == "0");
  CHECK(console.run("SELECT count(*) FROM alert_deliveries").at(0).at(0) == "0");
}

TEST_CASE("watch entries are added once") {
  const SqliteFile file;
  CHECK(must(add_watch_entries(file.path(), {"a.example", "b.example", "a.example"})) == 2);
  CHECK(must(add_watch_entries(file.path(), {"b.example", "c.example"})) == 1);
  CHECK(must(add_watch_entries(file.path(), {})) == 0);
  int entries = 0;
  must(open_watch_source(file.path())->visit([&](std::optional<std::string_view>) { ++entries; }));
  CHECK(entries == 3);
}

TEST_CASE("a file that cannot be made or read is trouble that names it") {
  const SqliteFile file;
  const std::string nowhere = file.folder() + "/nowhere/certwatch.db";
  const auto missing = open_ledger_store(nowhere)->check_schema();
  REQUIRE_FALSE(missing);
  CHECK(missing.error().kind == Kind::unavailable);
  CHECK_THAT(missing.error().message, ContainsSubstring(nowhere));

  std::ofstream(file.path()) << std::string(5000, 'x');
  const auto store = open_ledger_store(file.path());
  const auto garbage = store->check_schema();
  REQUIRE_FALSE(garbage);
  CHECK(garbage.error().kind == Kind::unavailable);
  CHECK_THAT(garbage.error().message, ContainsSubstring(file.path()));
  // It is opened anew when the file has been put right.
  std::filesystem::remove(file.path());
  CHECK(record(*store, "1"));
}

TEST_CASE("a file that was moved away or deleted is noticed by the next call, and opened anew") {
  const SqliteFile file;
  const auto store = open_ledger_store(file.path());
  must(record(*store, "1"));
  const std::string elsewhere = file.folder() + "/elsewhere";
  const bool comes_back = GENERATE(true, false);
  std::filesystem::create_directory(elsewhere);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::filesystem::rename(file.path() + suffix, elsewhere + "/certwatch.db" + suffix);
  }
  const auto noticed = record(*store, "2");
  REQUIRE_FALSE(noticed);
  CHECK(noticed.error().kind == Kind::unavailable);
  CHECK_THAT(noticed.error().message, ContainsSubstring("moved"));
  CHECK_THAT(noticed.error().message, ContainsSubstring(file.path()));
  if (comes_back) {
    for (const char* suffix : {"", "-wal", "-shm"}) {
      std::filesystem::rename(elsewhere + "/certwatch.db" + suffix, file.path() + suffix);
    }
  }
  must(record(*store, "2"));
  CHECK(SqliteConsole(file.path()).run("SELECT count(*) FROM alerts").at(0).at(0) ==
        (comes_back ? "2" : "1"));
}

// Of root's powers none is left to a user who has no rights to the file either.
class NobodysRights {
 public:
  explicit NobodysRights(std::string path) : path_(std::move(path)) {
    std::filesystem::permissions(path_, std::filesystem::perms(0444));
    if (is_root_) REQUIRE(seteuid(65534) == 0);
  }
  ~NobodysRights() {
    if (is_root_ && seteuid(0) != 0) std::abort();
    std::filesystem::permissions(path_, std::filesystem::perms(0644));
  }
  NobodysRights(NobodysRights&&) = delete;

 private:
  const std::string path_;
  const bool is_root_ = geteuid() == 0;
};

TEST_CASE("a file that may only be read is trouble for what writes, from the first look on") {
  const SqliteFile file;
  SqliteConsole console(file.path());
  must(record(*open_ledger_store(file.path()), "1"));
  console.run("SELECT count(*) FROM alerts");
  const auto store = open_ledger_store(file.path());
  const auto queue = open_delivery_store(file.path());
  const auto watch_source = open_watch_source(file.path());
  {
    const NobodysRights rights(file.path());
    const auto checked = store->check_schema();
    REQUIRE_FALSE(checked);
    CHECK(checked.error().kind == Kind::unavailable);
    CHECK_THAT(checked.error().message, ContainsSubstring("must not be written to"));
    CHECK_THAT(checked.error().message, ContainsSubstring(file.path()));
    CHECK_FALSE(queue->counts());
    CHECK_FALSE(watch_source->visit([](std::optional<std::string_view>) {}));
    // Commands that only show something need no more than that.
    CHECK(must(open_alert_archive(file.path(), Access::read)->list({})).size() == 1);
    CHECK(must(open_inventory(file.path(), Access::read)->list()).empty());
  }
  must(record(*store, "2"));
  must(queue->counts());
}

TEST_CASE("a file of a newer certwatch is left alone") {
  const SqliteFile file;
  must(open_ledger_store(file.path())->check_schema());
  SqliteConsole console(file.path());
  console.run("PRAGMA user_version = 99");
  const auto store = open_ledger_store(file.path());
  const auto refused = record(*store, "1");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Kind::unavailable);
  CHECK_THAT(refused.error().message, ContainsSubstring("newer"));
}

TEST_CASE("a file of an older certwatch that may only be read is trouble that says what helps") {
  const SqliteFile file;
  // It makes the file, with what SQLite puts beside it, for everybody to read.
  SqliteConsole console(file.path());
  must(record(*open_ledger_store(file.path()), "1"));
  console.run("PRAGMA user_version = 2");
  const NobodysRights rights(file.path());
  const auto failed = open_alert_archive(file.path(), Access::read)->list({});
  REQUIRE_FALSE(failed);
  CHECK(failed.error().kind == Kind::unavailable);
  CHECK_THAT(failed.error().message, ContainsSubstring("older"));
}

TEST_CASE("what is looked for again and again is found by an index") {
  const SqliteFile file;
  must(open_ledger_store(file.path())->check_schema());
  SqliteConsole console(file.path());
  const std::pair<const char*, const char*> questions[] = {
      {"SELECT id FROM alerts WHERE severity = 'pending' AND decide_at <= 5 ORDER BY decide_at, id",
       "alerts_pending"},
      {"SELECT id FROM alerts WHERE coalesce(resolved_at, decided_at) >= 5"
       " ORDER BY coalesce(resolved_at, decided_at), id",
       "alerts_changed"},
      {"SELECT id FROM alerts WHERE severity <> 'pending' AND coalesce(recorded_at, seen_at) < 5",
       "alerts_age"},
      {"SELECT id FROM alerts WHERE issuance_key = 'x' ORDER BY is_certain DESC, id",
       "alerts_issuance_key"},
      {"SELECT id FROM alert_deliveries WHERE destination = 'x' AND due_at <= 5"
       " ORDER BY due_at, id",
       "alert_deliveries_due"},
      {"DELETE FROM alert_fingerprints WHERE alert = 5", "alert_fingerprints_alert"},
  };
  for (const auto& [question, index] : questions) {
    const auto plan = console.run(std::string("EXPLAIN QUERY PLAN ") + question);
    CHECK_THAT(plan.at(0).at(3).value_or(""), ContainsSubstring(index));
  }
}

TEST_CASE("a table that was dropped is named") {
  const SqliteFile file;
  const auto store = open_ledger_store(file.path());
  must(store->check_schema());
  SqliteConsole(file.path()).run("DROP TABLE intent_current");
  const auto missing = store->check_schema();
  REQUIRE_FALSE(missing);
  CHECK(missing.error().kind == Kind::missing_table);
  CHECK_THAT(missing.error().message, ContainsSubstring("intent_current"));
}

TEST_CASE("another writer is waited for") {
  const SqliteFile file;
  const auto store = open_ledger_store(file.path());
  must(record(*store, "1"));
  SqliteConsole other(file.path());
  other.run("BEGIN IMMEDIATE");
  std::jthread release([&other] {
    std::this_thread::sleep_for(200ms);
    other.run("COMMIT");
  });
  CHECK(record(*store, "2"));
}

TEST_CASE("a process that ends waits for another writer for a second") {
  const SqliteFile file;
  const auto store = open_ledger_store(file.path());
  must(record(*store, "1"));
  SqliteConsole other(file.path());
  other.run("BEGIN IMMEDIATE");
  store->hurry();
  const auto begun = std::chrono::steady_clock::now();
  const auto failed = record(*store, "2");
  REQUIRE_FALSE(failed);
  CHECK(failed.error().kind == Kind::unavailable);
  CHECK(std::chrono::steady_clock::now() - begun < 8s);
  other.run("ROLLBACK");
  CHECK(record(*store, "2"));
}

TEST_CASE("a failure in a change leaves nothing of it") {
  const SqliteFile file;
  const auto store = open_ledger_store(file.path());
  must(store->check_schema());
  SqliteConsole console(file.path());
  console.run(
      "CREATE TRIGGER refuse BEFORE INSERT ON alert_fingerprints WHEN new.fingerprint = 'c2'"
      " BEGIN SELECT RAISE(ABORT, 'no such table: on purpose'); END");
  const auto failed = record(*store, std::vector<std::string>{"1", "2", "3"});
  REQUIRE_FALSE(failed);
  CHECK(failed.error().kind == Kind::refused);
  CHECK(console.run("SELECT count(*) FROM alerts").at(0).at(0) == "0");
  CHECK(record(*store, "3"));
}

// No file can be written to beyond its first byte, as on a full disk.
class NoRoom {
 public:
  NoRoom() {
    before_ = std::signal(SIGXFSZ, SIG_IGN);
    REQUIRE(getrlimit(RLIMIT_FSIZE, &limit_) == 0);
    const rlimit none{1, limit_.rlim_max};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &none) == 0);
  }
  ~NoRoom() {
    if (setrlimit(RLIMIT_FSIZE, &limit_) != 0) std::abort();
    std::signal(SIGXFSZ, before_);
  }
  NoRoom(NoRoom&&) = delete;

 private:
  rlimit limit_{};
  void (*before_)(int) = SIG_DFL;
};

TEST_CASE("a full disk is trouble that passes, and nothing is on record of what failed") {
  const SqliteFile file;
  const auto store = open_ledger_store(file.path());
  must(record(*store, "1"));
  {
    const NoRoom no_room;
    const auto failed = record(*store, std::vector<std::string>{"2", "3"});
    REQUIRE_FALSE(failed);
    CHECK(failed.error().kind == Kind::unavailable);
  }
  SqliteConsole console(file.path());
  CHECK(console.run("SELECT count(*) FROM alerts").at(0).at(0) == "1");
  must(record(*store, std::vector<std::string>{"2", "3"}));
  CHECK(console.run("SELECT count(*) FROM alerts").at(0).at(0) == "3");
}

}  // namespace
}  // namespace certwatch::sqlite
