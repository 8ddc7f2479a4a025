#include "app/examination.h"

#include "classify/place.h"
#include "support/catch.h"
#include "support/fake_stores.h"

namespace certwatch {
namespace {

constexpr const char* fingerprint = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

WatchList watch_list() {
  WatchListBuilder builder;
  builder.add("example.org");
  return std::move(builder).build();
}

CertificateFacts facts(const std::vector<std::string>& names) {
  CertificateFacts made;
  made.sha1 = fingerprint;
  made.serial = "04";
  made.not_before = 1000;
  made.not_after = 2000;
  made.names = names;
  return made;
}

Sighting claimed(const std::vector<std::string>& names) {
  Sighting sighting;
  sighting.claimed = facts(names);
  return sighting;
}

InventoryCertificate ours() {
  InventoryCertificate row;
  row.fingerprint_sha1 = fingerprint;
  return row;
}

struct Desk {
  FakeDatabase database;
  FakeLedgerStore store{database};
  WatchList list = watch_list();

  Examination examine(Sighting sighting) { return certwatch::examine(sighting, list, store); }
  Examination examine() { return examine(claimed({"www.example.org"})); }

  // Records what is examined by default.
  void record(Severity severity) {
    FakeRow row;
    row.issuance = row_of(examine().identity);
    row.issuance.id = 17;
    row.issuance.event_id = "event";
    row.issuance.severity = severity;
    row.issuance.decide_at = database.time() + std::chrono::seconds(10);
    database.rows.emplace(17, row);
  }
};

TEST_CASE("what hits no watch entry is no alert") {
  Desk desk;
  const Examination found = desk.examine(claimed({"www.example.net"}));
  CHECK(found.verdict == "no alert");
  CHECK(found.entries.empty());
}

TEST_CASE("what nothing identifies is no alert") {
  Desk desk;
  Sighting nobody;
  nobody.claimed.names = {"www.example.org"};
  CHECK(desk.examine(nobody).verdict == "no alert");
}

TEST_CASE("what the inventory has is ours, the rest suspicious; nothing is written") {
  Desk desk;
  CHECK(desk.examine().verdict == "suspicious");
  CHECK(desk.examine().entries == std::vector<std::string>{"example.org"});
  desk.database.inventory = {ours()};
  CHECK(desk.examine().verdict == "info");
  CHECK(desk.examine().why == "in the inventory, known by fingerprint");
  CHECK_FALSE(desk.examine().alert);
  CHECK(desk.database.rows.empty());
}

TEST_CASE("what is on record is called what it is there") {
  Desk desk;
  desk.record(Severity::suspicious);
  CHECK(desk.examine().verdict == "suspicious");
  CHECK(desk.examine().alert == 17);
  desk.database.inventory = {ours()};
  CHECK(desk.examine().verdict == "info");
  desk.database.inventory.clear();
  desk.database.rows.at(17).issuance.is_resolved = true;
  CHECK(desk.examine().verdict == "info");
}

TEST_CASE("what is on record and pending is pending, unless it is ours") {
  Desk desk;
  desk.record(Severity::pending);
  CHECK(desk.examine().verdict == "pending");
  CHECK(desk.examine().alert == 17);
  desk.database.inventory = {ours()};
  CHECK(desk.examine().verdict == "info");
  CHECK(desk.database.rows.at(17).issuance.severity == Severity::pending);
}

TEST_CASE("without an answer the verdict is unknown") {
  Desk desk;
  desk.database.inventory_is_silent = true;
  CHECK(desk.examine().verdict == "unknown");
  FakeFailure away;
  away.operation = "look";
  desk.database.fail(away);
  CHECK(desk.examine().why == "failed on purpose");
}

TEST_CASE("DER that is for nothing that is watched is not believed, as in the service") {
  Desk desk;
  Sighting sighting = claimed({"www.example.org"});
  sighting.computed = facts({"www.example.net"});
  sighting.computed->tbs_sha256 = std::string(64, 'b');
  sighting.der = DerState::read;
  const Examination found = examine(sighting, desk.list, desk.store);
  CHECK(sighting.der == DerState::unwatched);
  CHECK_FALSE(found.identity.is_hashed());
  CHECK(found.entries == std::vector<std::string>{"example.org"});
}

TEST_CASE("a certificate from a file is looked at by its own names") {
  Desk desk;
  Sighting file;
  file.computed = facts({"login.example.org"});
  file.computed->tbs_sha256 = std::string(64, 'b');
  file.der = DerState::read;
  CHECK(desk.examine(file).entries == std::vector<std::string>{"example.org"});
  CHECK(desk.examine(file).identity.is_hashed());
}

}  // namespace
}  // namespace certwatch
