// An embedded database that is only looked at.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <unistd.h>

#include "contract/desk.h"
#include "record/sqlite/sqlite_stores.h"
#include "support/catch.h"
#include "support/sqlite_console.h"

namespace certwatch::sqlite {
namespace {

using Catch::Matchers::ContainsSubstring;
using contract::must;
using Kind = StoreError::Kind;
namespace fs = std::filesystem;

// An alert, without what the store makes of it.
void record(const std::string& path, const std::string& fingerprint) {
  must(open_ledger_store(path)->check_schema());
  SqliteConsole(path).run("INSERT INTO alerts (fingerprint, sans, matched) VALUES (?, '[]', '[]')",
                          {fingerprint});
}

using Reading = StoreResult<void> (*)(const std::string& path);

template <class Value>
StoreResult<void> only_whether(const StoreResult<Value>& result) {
  if (!result) return tl::unexpected(result.error());
  return {};
}

// Whatever commands look at.
const Reading readings[] = {
    [](const std::string& path) {
      return only_whether(open_alert_archive(path, Access::read)->list({}));
    },
    [](const std::string& path) {
      return only_whether(open_inventory(path, Access::read)->list());
    },
    [](const std::string& path) {
      return only_whether(open_ledger_store(path, Access::read)->look({}));
    },
    [](const std::string& path) {
      return open_watch_source(path, Access::read)->visit([](std::optional<std::string_view>) {});
    },
};

// Every file of a folder and what is in it.
std::map<std::string, std::string> contents(const std::string& folder) {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    all[entry.path().filename()] = std::string(std::istreambuf_iterator<char>(file), {});
  }
  return all;
}

TEST_CASE("who only reads leaves a file that nobody uses as it is, and nothing beside it") {
  const SqliteFile file;
  record(file.path(), "1");
  const auto before = contents(file.folder());
  REQUIRE(before.size() == 1);
  for (const Reading read : readings) CHECK(read(file.path()));
  CHECK(contents(file.folder()) == before);
}

TEST_CASE("who only reads sees what others have written, and goes on to see what they write") {
  const SqliteFile file;
  record(file.path(), "1");
  const auto archive = open_alert_archive(file.path(), Access::read);
  CHECK(must(archive->list({})).size() == 1);
  record(file.path(), "2");
  CHECK(must(archive->list({})).size() == 2);
  const auto store = open_ledger_store(file.path());
  must(store->check_schema());
  record(file.path(), "3");
  CHECK(must(archive->list({})).size() == 3);
  record(file.path(), "4");
  CHECK(must(archive->list({})).size() == 4);
}

TEST_CASE("who only reads makes no file") {
  const SqliteFile file;
  for (const Reading read : readings) {
    const auto missing = read(file.path());
    REQUIRE_FALSE(missing);
    CHECK(missing.error().kind == Kind::unavailable);
    CHECK_THAT(missing.error().message, ContainsSubstring("there is no such file"));
    CHECK_THAT(missing.error().message, ContainsSubstring(file.path()));
  }
  CHECK(contents(file.folder()).empty());
}

struct Strange {
  const char* why;
  const char* change;
  const char* told;
};

TEST_CASE("tables that are not today's are left alone, and told by name") {
  const auto row = GENERATE(
      Strange{"of an older certwatch", "PRAGMA user_version = 1", "made by an older certwatch"},
      Strange{"of a newer one", "PRAGMA user_version = 99", "made by a newer certwatch"},
      Strange{"of another program", "PRAGMA user_version = 0", "is no database of certwatch"});
  INFO(row.why);
  const SqliteFile file;
  record(file.path(), "1");
  SqliteConsole(file.path()).run(row.change);
  const auto before = contents(file.folder());
  for (const Reading read : readings) {
    const auto refused = read(file.path());
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message, ContainsSubstring(row.told));
    CHECK_THAT(refused.error().message, ContainsSubstring(file.path()));
  }
  CHECK(contents(file.folder()) == before);
}

TEST_CASE("what is no database is told so") {
  const SqliteFile file;
  std::ofstream(file.path()) << std::string(5000, 'x');
  for (const Reading read : readings) {
    const auto garbage = read(file.path());
    REQUIRE_FALSE(garbage);
    CHECK_THAT(garbage.error().message, ContainsSubstring("file is not a database"));
  }
}

TEST_CASE("a path may hold what means something else in a URI") {
  const SqliteFile file;
  const std::string path = file.folder() + "//100%41?mode=memory#x y.db";
  record(path, "1");
  for (const Reading read : readings) CHECK(read(path));
}

TEST_CASE("a file in a folder that must not be written to can be read") {
  const SqliteFile file;
  record(file.path(), "1");
  fs::permissions(file.path(), fs::perms(0444));
  fs::permissions(file.folder(), fs::perms(0555));
  const bool is_root = geteuid() == 0;
  if (is_root) REQUIRE(seteuid(65534) == 0);
  for (const Reading read : readings) CHECK(read(file.path()));
  if (is_root && seteuid(0) != 0) std::abort();
  fs::permissions(file.folder(), fs::perms(0755));
}

TEST_CASE("a new file is its owner's alone, and so is what stands beside it") {
  const SqliteFile file;
  const auto store = open_ledger_store(file.path());
  must(store->check_schema());
  const auto names = contents(file.folder());
  CHECK(names.size() == 3);
  for (const auto& [name, content] : names) {
    INFO(name);
    CHECK(fs::status(fs::path(file.folder()) / name).permissions() == fs::perms(0600));
  }
}

}  // namespace
}  // namespace certwatch::sqlite
