// What record/ledger_store.h promises: rows are kept, found, locked and changed as a whole.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <thread>

#include "contract/desk.h"
#include "support/catch.h"

namespace certwatch::contract {
namespace {

using namespace std::chrono_literals;

const SystemTime some_time = SystemTime(1'900'000'000s) + 123456us;

std::vector<std::string> sixteen(const std::string& prefix) {
  std::vector<std::string> texts;
  for (char c = 'a'; c < 'a' + 16; ++c) texts.push_back(prefix + c);
  return texts;
}

std::vector<std::int64_t> numbers_of(const std::vector<IssuanceRow>& rows) {
  std::vector<std::int64_t> numbers;
  for (const IssuanceRow& row : rows) numbers.push_back(row.id);
  return numbers;
}

// Every member differs from its default; `other` is a row on record.
IssuanceRow full_row(std::int64_t other) {
  IssuanceRow row;
  row.id = -1;
  row.event_id = random_uuid();
  row.serial_key = SerialKey{"0123456789abcdef", -5, 253402300799};
  row.names = {"a.example", "b\"\\,{}'.example", "*.c.example"};
  row.tbs_sha256 = "tbs";
  row.computed[Sort::precertificate] = sixteen("computed pre ");
  row.computed[Sort::certificate] = sixteen("computed ");
  row.claimed[Sort::precertificate] = sixteen("claimed pre ");
  row.claimed[Sort::certificate] = sixteen("claimed ");
  row.has_hashed_precertificate = true;
  row.has_unhashed_precertificate = true;
  row.source_key = "source";
  row.is_blank = true;
  row.is_crowded = true;
  row.severity = Severity::suspicious;
  row.known_by = KnownBy::tbs;
  row.reason = Reason::serial_conflict;
  row.decide_at = some_time;
  row.is_resolved = true;
  row.is_certain = true;
  row.conflict_with = other;
  row.refutes = other;
  row.is_refuted = true;
  row.matched = R"(["example.org"])";
  return row;
}

IssuanceRow bare_row() {
  IssuanceRow row;
  row.id = -1;
  row.event_id = random_uuid();
  row.matched = R"(["example.org"])";
  row.decide_at = some_time;
  return row;
}

// Puts the row on record, and then writes it as it is: nothing is resolved from the beginning.
std::int64_t put_resolved(Desk& desk, IssuanceRow row) {
  row.is_resolved = false;
  row.id = desk.put(row);
  row.is_resolved = true;
  must(desk.ledger->change(by_event(row.event_id), [&](const Snapshot&) {
    Changes changes;
    changes.updates = {row};
    changes.resolved = {row.id};
    return changes;
  }));
  return row.id;
}

TEST_CASE("a store with its tables in place says so") {
  CHECK(make_store()->ledger_store()->check_schema());
}

TEST_CASE("nothing asked for and nothing changed is nothing") {
  const auto store = make_store();
  Desk desk(*store);
  desk.put(issuance("a"));
  CHECK(desk.look({}).rows.empty());
  CHECK(must(desk.ledger->change({}, [](const Snapshot&) { return Changes(); })).empty());
  CHECK(store->alerts().size() == 1);
}

TEST_CASE("every member of a row is read back as it was written") {
  const auto store = make_store();
  Desk desk(*store);
  const std::int64_t other = desk.put(issuance("other"));
  IssuanceRow full = full_row(other);
  full.id = put_resolved(desk, full);
  CHECK(desk.row(full.event_id) == full);
  IssuanceRow bare = bare_row();
  bare.id = desk.put(bare);
  CHECK(desk.row(bare.event_id) == bare);
}

TEST_CASE("an update replaces a row as a whole, and leaves its content and its times") {
  const auto store = make_store();
  Desk desk(*store);
  const AlertContent told = content("a");
  const std::int64_t other = desk.put(issuance("other"));
  IssuanceRow row = as_suspicious(bare_row());
  row.id = desk.put(row, told);
  const StoredAlert before = desk.stored(row.id);
  const double changed_at = must(desk.archive->list({})).at(1).changed_at;
  CHECK(changed_at > 0);
  desk.pass_time(10);

  IssuanceRow full = full_row(other);
  full.id = row.id;
  full.event_id = row.event_id;
  full.is_resolved = false;
  full.decide_at = some_time;
  desk.update(full);
  CHECK(desk.row(row.event_id) == full);
  const StoredAlert after = desk.stored(row.id);
  CHECK(after.fingerprint == told.fingerprint);
  CHECK(after.identity_facts == told.identity_facts);
  CHECK(after.message_facts == told.message_facts);
  CHECK(after.sans == before.sans);
  CHECK(must(desk.archive->list({})).at(1).changed_at <= changed_at);

  IssuanceRow bare = bare_row();
  bare.id = row.id;
  bare.event_id = row.event_id;
  desk.update(bare);
  CHECK(desk.row(row.event_id) == bare);
  CHECK(desk.look(by_fingerprint("computed a")).rows.empty());
  CHECK(desk.stored(row.id).fingerprints.empty());
}

TEST_CASE("content is kept as it is") {
  const auto store = make_store();
  Desk desk(*store);
  AlertContent told;
  told.fingerprint = "'; DROP TABLE public.alerts; --";
  told.identity_facts = R"("fingerprint_sha1":"\u0000","x":1.50)";
  told.message_facts = R"("all_sans":["\u0000","\ud800","\\","\"","🜨"],"lifetime_days":1e400)";
  told.sans =
      "[\"\xEF\xBF\xBD\",\"b\xC3\xBC"
      "cher.example\",null]";
  told.matched = R"(["bücher.example","\\","\""])";
  told.issuer = "\xF0\x9F\x92\xA3 \xEF\xBF\xBD \"quoted\" {curly} NULL \t\n";
  told.seen_at = 4102444800;
  const StoredAlert row = desk.stored(desk.put(issuance("a"), told));
  CHECK(row.fingerprint == told.fingerprint);
  CHECK(row.identity_facts == told.identity_facts);
  CHECK(row.message_facts == told.message_facts);
  CHECK(row.sans.find("\xEF\xBF\xBD") != std::string::npos);
  CHECK(row.sans.find("null") != std::string::npos);
  CHECK(row.matched.find(R"("\\")") != std::string::npos);
  CHECK(row.issuer == told.issuer);
  CHECK(row.seen_at == told.seen_at);
  CHECK(row.severity == "pending");
  CHECK_FALSE(row.delivered);
  AlertContent unknown = content("b");
  unknown.issuer.reset();
  CHECK_FALSE(desk.stored(desk.put(issuance("b"), unknown)).issuer);
}

TEST_CASE("NUL and ill-formed bytes in a row do not lose it") {
  const auto store = make_store();
  Desk desk(*store);
  IssuanceRow row = issuance("a");
  row.names = {std::string("n\0n", 3), "\xED\xA0\x80"};
  row.computed[Sort::certificate] = {std::string("f\0g", 3), "\xff\xfe"};
  row.serial_key->serial = std::string("s\0", 2);
  AlertContent told = content("a");
  told.issuer = std::string("CA\0\x80", 4);
  desk.put(row, told);
  CHECK(store->alerts().size() == 1);
  CHECK(desk.row(row.event_id).names.size() == 2);
}

TEST_CASE("a row of tens of thousands of names, and of megabytes, is kept") {
  const auto store = make_store();
  Desk desk(*store);
  IssuanceRow row = issuance("a");
  row.names.clear();
  AlertContent told = content("a");
  told.sans = "[";
  for (int i = 0; i < 50'000; ++i) {
    row.names.push_back("name" + std::to_string(i) + ".subdomain.example.org");
    told.sans += '"' + row.names.back() + "\",";
  }
  told.sans += '"' + std::string(10'000, 'x') + ".example.org\"]";
  told.message_facts = "\"all_sans\":" + told.sans;
  const std::int64_t number = desk.put(row, told);
  CHECK(desk.row(row.event_id).names == row.names);
  CHECK(desk.stored(number).message_facts == told.message_facts);
}

TEST_CASE("a row is found by each of its identities, and by nothing else") {
  const auto store = make_store();
  Desk desk(*store);
  IssuanceRow row = full_row(desk.put(issuance("other")));
  row.id = put_resolved(desk, row);
  const auto finds = [&](const std::function<void(Identities&)>& ask) {
    Identities wanted;
    ask(wanted);
    return numbers_of(desk.look(wanted).rows) == std::vector{row.id};
  };
  for (const char* one : {"computed pre a", "computed p", "claimed pre b", "claimed c"}) {
    INFO(one);
    CHECK(finds([&](Identities& wanted) { wanted.fingerprints = {one}; }));
  }
  CHECK(finds([](Identities& wanted) { wanted.tbs_sha256 = {"nobody's", "tbs"}; }));
  CHECK(finds([](Identities& wanted) { wanted.source_keys = {"source"}; }));
  CHECK(finds([&](Identities& wanted) { wanted.event_ids = {random_uuid(), row.event_id}; }));
  const SerialKey key = *row.serial_key;
  CHECK(finds([&](Identities& wanted) { wanted.serial_keys = {key}; }));
  for (const SerialKey& other : {SerialKey{"123456789abcdef", key.not_before, key.not_after},
                                 SerialKey{key.serial, key.not_before + 1, key.not_after},
                                 SerialKey{key.serial, key.not_before, key.not_after - 1}}) {
    CHECK_FALSE(finds([&](Identities& wanted) { wanted.serial_keys = {other}; }));
  }
  CHECK_FALSE(finds([](Identities& wanted) {
    wanted.fingerprints = {"tbs", "source", "computed", "computed%"};
    wanted.tbs_sha256 = {"source", "computed a"};
    wanted.source_keys = {"tbs", "claimed a"};
  }));
}

TEST_CASE("rows are found once, in order of id, and with all that shares an identity") {
  const auto store = make_store();
  Desk desk(*store);
  std::vector<std::int64_t> numbers;
  Identities wanted;
  for (const char* name : {"d", "c", "b", "a"}) {
    const IssuanceRow row = issuance(name);
    numbers.push_back(desk.put(row));
    wanted.add(row);
    wanted.add(row);
  }
  CHECK(numbers_of(desk.look(wanted).rows) == numbers);
}

struct SerialCase {
  const char* why;
  const char* written;  // in the inventory
  const char* asked;
  std::int64_t not_before;
  std::int64_t not_after;
  bool is_there;
};

TEST_CASE("the snapshot has the inventory's certificates that share serial and validity") {
  const SerialCase cases[] = {
      {"the same", "abc", "abc", 1000, 2000, true},
      {"capitals", "ABC", "abc", 1000, 2000, true},
      {"colons and leading zeros", "00:0A:BC", "abc", 1000, 2000, true},
      {"0x in front", "0x0ABC", "abc", 1000, 2000, true},
      {"dashes and blanks", " 0A-B C\t", "abc", 1000, 2000, true},
      {"a serial of zero", "00:00", "0", 1000, 2000, true},
      {"another serial", "abd", "abc", 1000, 2000, false},
      {"a serial that begins alike", "abc0", "abc", 1000, 2000, false},
      {"what only looks like 0x", "xabc", "abc", 1000, 2000, false},
      {"no serial", "", "abc", 1000, 2000, false},
      {"nothing is not zero", ":", "0", 1000, 2000, false},
      {"nor is 0x", "0x", "0", 1000, 2000, false},
      {"begins at another time", "abc", "abc", 1001, 2000, false},
      {"ends at another time", "abc", "abc", 1000, 2001, false},
  };
  for (const SerialCase& one : cases) {
    INFO(one.why);
    const auto store = make_store();
    InventoryCertificate ours = inventory_certificate("ours");
    ours.serial = one.written;
    ours.not_before = one.not_before;
    ours.not_after = one.not_after;
    must(store->inventory()->add(ours));
    Identities wanted;
    wanted.serial_keys = {SerialKey{one.asked, 1000, 2000}};
    const auto found = must(store->ledger_store()->look(wanted)).inventory;
    CHECK(found.size() == (one.is_there ? 1 : 0));
  }
}

TEST_CASE("the snapshot has the inventory's certificates, whole, that share fingerprint or hash") {
  const auto store = make_store();
  Desk desk(*store);
  InventoryCertificate ours = inventory_certificate("ours");
  ours.tbs_sha256 = "tbs of ours";
  ours.sans = {"example.org",
               "b\xC3\xBC"
               "cher.example",
               "a\"b\\c,{}.example"};
  ours.added_at = 7;
  must(store->inventory()->add(ours));
  InventoryCertificate other = inventory_certificate("other");
  other.serial = "other";
  must(store->inventory()->add(other));
  CHECK(desk.look({}).inventory.empty());

  Identities by_hash;
  by_hash.tbs_sha256 = {"tbs of ours"};
  for (const Identities& wanted : {by_fingerprint("ours"), by_hash}) {
    const Snapshot found = desk.look(wanted);
    CHECK(found.inventory_answered);
    REQUIRE(found.inventory.size() == 1);
    const InventoryCertificate& read = found.inventory.front();
    CHECK(read.fingerprint_sha1 == ours.fingerprint_sha1);
    CHECK(read.serial == ours.serial);
    CHECK(read.sans == ours.sans);
    CHECK(read.not_before == ours.not_before);
    CHECK(read.not_after == ours.not_after);
    CHECK(read.tbs_sha256 == ours.tbs_sha256);
  }
}

TEST_CASE("the inventory is asked for what the rows know, too, and says each certificate once") {
  const auto store = make_store();
  Desk desk(*store);
  InventoryCertificate ours = inventory_certificate("computed");
  ours.tbs_sha256 = "tbs";
  must(store->inventory()->add(ours));
  must(store->inventory()->add(inventory_certificate("claimed pre")));
  IssuanceRow row = bare_row();
  row.serial_key = SerialKey{"abc", 1000, 2000};
  row.tbs_sha256 = "tbs";
  row.computed[Sort::certificate] = {"computed"};
  row.claimed[Sort::precertificate] = {"claimed pre"};
  desk.put(row);
  CHECK(desk.look(by_event(row.event_id)).inventory.size() == 2);
  must(desk.ledger->change(by_event(row.event_id), [](const Snapshot& found) {
    CHECK(found.inventory.size() == 2);
    return Changes();
  }));
}

TEST_CASE("a certificate without a TBS hash shares none, and one without a serial no serial") {
  const auto store = make_store();
  Desk desk(*store);
  InventoryCertificate bare = inventory_certificate("bare");
  bare.serial = ":";
  must(store->inventory()->add(bare));
  IssuanceRow row = bare_row();
  row.serial_key = SerialKey{"0", 1000, 2000};
  row.claimed[Sort::certificate] = {"another"};
  desk.put(row);
  CHECK(desk.look(by_event(row.event_id)).inventory.empty());
}

TEST_CASE("the snapshot has the destinations in force, and how the verdicts of its rows stand") {
  const auto store = make_store();
  Desk desk(*store);
  desk.announce({{"webhook", Importance::info}, {"slack", Importance::high}});
  const IssuanceRow row = as_suspicious(issuance("a"));
  const std::int64_t number = desk.put(row);
  desk.put(as_info(issuance("b")));
  desk.settle(desk.claim("slack").at(0), Settlement::Kind::given_up, Seconds{0}, "x");
  desk.resolve(row.event_id);
  Snapshot found = desk.look(by_event(row.event_id));
  const auto by_name = [](const auto& one, const auto& other) { return one.name < other.name; };
  std::sort(found.destinations.begin(), found.destinations.end(), by_name);
  REQUIRE(found.destinations.size() == 2);
  CHECK(found.destinations[0].name == "slack");
  CHECK(found.destinations[0].least == Importance::high);
  CHECK(found.destinations[1].name == "webhook");
  CHECK(found.destinations[1].least == Importance::info);
  REQUIRE(found.deliveries.size() == 2);
  for (const ledger::VerdictDelivery& one : found.deliveries) {
    CHECK(one.row == number);
    CHECK(one.is_given_up == (one.destination == "slack"));
  }
}

TEST_CASE("the time of a snapshot is the store's, and that of what it changes") {
  const auto store = make_store();
  Desk desk(*store);
  const IssuanceRow row = as_suspicious(issuance("a"));
  desk.put(row);
  CHECK(std::abs(unix_seconds(desk.look({}).now) - static_cast<double>(store->now())) < 60);
  desk.pass_time(1000);
  desk.resolve(row.event_id);
  const AlertRow shown = must(desk.archive->list({})).at(0);
  const double now = unix_seconds(desk.look({}).now);
  CHECK(static_cast<double>(shown.recorded_at) < now - 900);
  CHECK(shown.changed_at > now - 60);
}

TEST_CASE("new rows name each other, and deliveries name them") {
  const auto store = make_store();
  Desk desk(*store);
  desk.announce({{"webhook", Importance::info}});
  const AlertContent told = content("a");
  const IssuanceRow first = as_info(issuance("a"));
  IssuanceRow second = issuance("b");
  second.id = -2;
  second.conflict_with = -1;
  IssuanceRow third = as_suspicious(issuance("c"));
  third.id = -3;
  third.refutes = -1;
  third.conflict_with = -2;
  const RowNumbers numbers = must(desk.ledger->change({}, [&](const Snapshot&) {
    Changes changes;
    changes.inserts = {{first, &told}, {second, &told}, {third, &told}};
    changes.decided = {-1, -3};
    changes.deliveries = {{-3, DeliveryKind::verdict, third.event_id, "webhook"},
                          {-1, DeliveryKind::verdict, first.event_id, "webhook"}};
    return changes;
  }));
  REQUIRE(numbers.size() == 3);
  CHECK(numbers[0] < numbers[1]);
  CHECK(numbers[1] < numbers[2]);
  CHECK(desk.row(first.event_id).id == numbers[0]);
  CHECK(desk.row(second.event_id).conflict_with == numbers[0]);
  CHECK(desk.row(third.event_id).refutes == numbers[0]);
  CHECK(desk.row(third.event_id).conflict_with == numbers[1]);
  const auto claimed = desk.claim();
  REQUIRE(claimed.size() == 2);
  CHECK(claimed[0].event_id == third.event_id);
  CHECK(claimed[0].alert == numbers[2]);
  CHECK(claimed[0].refutes == first.event_id);
  CHECK(claimed[0].conflicts_with == second.event_id);
  CHECK(claimed[1].alert == numbers[0]);
}

TEST_CASE("an update names a row that is new") {
  const auto store = make_store();
  Desk desk(*store);
  const AlertContent told = content("b");
  IssuanceRow known = issuance("a");
  known.id = desk.put(known);
  const IssuanceRow added = issuance("b");
  const RowNumbers numbers =
      must(desk.ledger->change(by_event(known.event_id), [&](const Snapshot&) {
        Changes changes;
        changes.inserts.push_back({added, &told});
        known.conflict_with = added.id;
        changes.updates.push_back(known);
        return changes;
      }));
  CHECK(desk.row(known.event_id).conflict_with == numbers.at(0));
}

TEST_CASE("a row that is told apart has the other's message and identity facts of its own") {
  const auto store = make_store();
  Desk desk(*store);
  AlertContent told = content("a");
  const IssuanceRow known = issuance("a");
  const std::int64_t copied = desk.put(known, told);
  const AlertContent fresh = content("b");
  IssuanceRow rows[5];
  for (int i = 0; i < 5; ++i) {
    rows[i] = issuance("new " + std::to_string(i));
    rows[i].id = -1 - i;
  }
  const RowNumbers numbers = must(desk.ledger->change({}, [&](const Snapshot&) {
    Changes changes;
    changes.inserts = {{rows[0], &fresh},
                       {rows[1], ledger::ContentOfRow{copied, "f1", true}},
                       {rows[2], ledger::ContentOfRow{-1, "f2", false}},
                       {rows[3], ledger::ContentOfRow{copied, "", false}},
                       {rows[4], ledger::ContentOfRow{copied, std::nullopt, false}}};
    return changes;
  }));
  const StoredAlert original = desk.stored(copied);
  const StoredAlert apart = desk.stored(numbers.at(1));
  CHECK(apart.fingerprint == "f1");
  CHECK(apart.message_facts == told.message_facts);
  CHECK(apart.sans == original.sans);
  CHECK(apart.matched == original.matched);
  CHECK(apart.issuer == told.issuer);
  CHECK(apart.seen_at == told.seen_at);
  CHECK(apart.identity_facts.find("\"f1\"") != std::string::npos);
  CHECK(apart.identity_facts.find("\"ca\"") == std::string::npos);
  CHECK(desk.row(rows[1].event_id).matched == known.matched);
  const StoredAlert of_new_row = desk.stored(numbers.at(2));
  CHECK(of_new_row.fingerprint == "f2");
  CHECK(of_new_row.message_facts == fresh.message_facts);
  CHECK(of_new_row.identity_facts != apart.identity_facts);
  const StoredAlert without_fingerprint = desk.stored(numbers.at(3));
  CHECK(without_fingerprint.fingerprint.empty());
  CHECK(without_fingerprint.identity_facts.find("\"ca\"") == std::string::npos);
  const StoredAlert same = desk.stored(numbers.at(4));
  CHECK(same.fingerprint == told.fingerprint);
  CHECK(same.identity_facts == told.identity_facts);
}

TEST_CASE("the fingerprints of a row are those of all its lists, once") {
  const auto store = make_store();
  Desk desk(*store);
  IssuanceRow row = bare_row();
  row.computed[Sort::precertificate] = {"p"};
  row.computed[Sort::certificate] = {"c"};
  row.claimed[Sort::precertificate] = {"x"};
  row.claimed[Sort::certificate] = {"c", "p"};
  row.id = desk.put(row);
  auto fingerprints = desk.stored(row.id).fingerprints;
  std::sort(fingerprints.begin(), fingerprints.end());
  CHECK(fingerprints == std::vector<std::string>{"c", "p", "x"});
  row.claimed[Sort::precertificate] = {"y"};
  desk.update(row);
  CHECK(desk.look(by_fingerprint("x")).rows.empty());
  CHECK(desk.look(by_fingerprint("y")).rows.size() == 1);
}

TEST_CASE("what is refused leaves nothing of the whole change") {
  const auto store = make_store();
  Desk desk(*store);
  desk.announce({{"webhook", Importance::info}});
  IssuanceRow known = issuance("known");
  known.id = desk.put(known);
  const IssuanceRow first = as_info(issuance("first"));
  IssuanceRow second = issuance("second");
  second.id = -2;
  const AlertContent good = content("first");
  AlertContent bad = content("second");
  bad.sans = "[\"not closed";
  const auto change = [&](const AlertContent& of_second) {
    return desk.ledger->change(by_event(known.event_id), [&](const Snapshot& found) {
      Changes changes;
      changes.inserts = {{first, &good}, {second, &of_second}};
      changes.updates = found.rows;
      changes.updates.at(0).source_key = "learnt";
      changes.decided = {-1};
      changes.deliveries = {{-1, DeliveryKind::verdict, first.event_id, "webhook"}};
      return changes;
    });
  };
  const auto refused = change(bad);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == StoreError::Kind::refused);
  CHECK(store->alerts().size() == 1);
  CHECK(store->deliveries().empty());
  CHECK(desk.row(known.event_id) == known);
  CHECK(change(good));
  CHECK(store->alerts().size() == 3);
  CHECK(store->deliveries().size() == 1);
}

TEST_CASE("of a crowded serial key the rows that matter most are looked at, and it is said") {
  const auto store = make_store();
  Desk desk(*store);
  constexpr auto limit = static_cast<int>(ledger::most_rows_of_a_key);
  const SerialKey key{"abc", 1000, 2000};
  Identities wanted;
  wanted.serial_keys = {key};
  const auto put = [&](const std::string& name, const std::function<void(IssuanceRow&)>& mark) {
    IssuanceRow row = issuance(name);
    row.serial_key = key;
    mark(row);
    desk.put(row);
    return row.event_id;
  };
  const auto has = [&](const Snapshot& found, const std::string& event_id) {
    return std::any_of(found.rows.begin(), found.rows.end(),
                       [&](const IssuanceRow& row) { return row.event_id == event_id; });
  };
  const std::string quiet = put("quiet", [](IssuanceRow& row) { row = as_info(row); });
  const std::string oldest = put("oldest", [](IssuanceRow&) {});
  for (int i = 2; i < limit; ++i) put(std::to_string(i), [](IssuanceRow&) {});
  const Snapshot full = desk.look(wanted);
  CHECK(full.rows.size() == limit);
  CHECK(full.crowded_keys.empty());
  CHECK(has(full, quiet));

  const std::string last = put("last", [](IssuanceRow&) {});
  const std::string certain = put("certain", [](IssuanceRow& row) {
    row = as_info(row);
    row.is_certain = true;
  });
  Snapshot crowded = desk.look(wanted);
  CHECK(crowded.rows.size() == limit);
  CHECK(crowded.crowded_keys == std::vector{key.text()});
  CHECK(has(crowded, certain));
  CHECK(has(crowded, oldest));
  CHECK_FALSE(has(crowded, quiet));
  CHECK_FALSE(has(crowded, last));
  CHECK(std::is_sorted(crowded.rows.begin(), crowded.rows.end(),
                       [](const auto& one, const auto& other) { return one.id < other.id; }));
  // What is asked for by something else is there beside them.
  wanted.tbs_sha256 = {"tbs of last"};
  wanted.event_ids = {quiet};
  crowded = desk.look(wanted);
  CHECK(has(crowded, last));
  CHECK(has(crowded, quiet));
}

TEST_CASE("one fingerprint that is claimed under any number of keys brings as many rows") {
  const auto store = make_store();
  Desk desk(*store);
  for (std::size_t i = 0; i < ledger::most_rows_of_a_key + 3; ++i) {
    IssuanceRow row = issuance(std::to_string(i));
    row.claimed[Sort::certificate] = {"everywhere"};
    desk.put(row);
  }
  CHECK(desk.look(by_fingerprint("everywhere")).rows.size() == ledger::most_rows_of_a_key);
}

TEST_CASE("pending rows are picked when their grace is over, the oldest first") {
  const auto store = make_store();
  Desk desk(*store);
  const SystemTime now = desk.look({}).now;
  const auto put = [&](const std::string& name, std::chrono::seconds decide_in) {
    IssuanceRow row = issuance(name);
    row.decide_at = now + decide_in;
    row.id = desk.put(row);
    return row;
  };
  const IssuanceRow later = put("later", 20s);
  const IssuanceRow sooner = put("sooner", 10s);
  const IssuanceRow middle = put("middle", 15s);
  put("last", 10000s);
  IssuanceRow decided = as_info(issuance("decided"));
  decided.decide_at = now;
  desk.put(decided);
  CHECK(must(desk.ledger->pick_overdue(10)).empty());
  desk.pass_time(60);
  CHECK(numbers_of(must(desk.ledger->pick_overdue(10))) ==
        std::vector{sooner.id, middle.id, later.id});
  const auto first = must(desk.ledger->pick_overdue(1));
  REQUIRE(first.size() == 1);
  CHECK(first[0].event_id == sooner.event_id);
  CHECK(first[0].names == sooner.names);
  CHECK(first[0].computed == sooner.computed);
  CHECK(must(desk.ledger->pick_overdue(0)).empty());
}

TEST_CASE("suspicious rows are picked while they may turn out to be ours, in order of id") {
  const auto store = make_store();
  Desk desk(*store);
  const auto put = [&](IssuanceRow row) {
    row.id = desk.put(row);
    return row;
  };
  put(as_suspicious(issuance("old")));
  desk.pass_time(1000);
  const IssuanceRow first = put(as_suspicious(issuance("first")));
  const IssuanceRow resolved = put(as_suspicious(issuance("resolved")));
  desk.resolve(resolved.event_id);
  put(as_info(issuance("info")));
  put(issuance("pending"));
  const IssuanceRow second = put(as_suspicious(issuance("second")));
  const auto pick = [&](double window, std::int64_t after, std::size_t most) {
    return numbers_of(must(desk.ledger->pick_unresolved(Seconds{window}, after, most)));
  };
  CHECK(pick(500, 0, 10) == std::vector{first.id, second.id});
  CHECK(pick(500, first.id, 10) == std::vector{second.id});
  CHECK(pick(500, second.id, 10).empty());
  CHECK(pick(500, 0, 1) == std::vector{first.id});
  CHECK(pick(5000, 0, 10).size() == 3);
  CHECK(pick(0, 0, 10).empty());
}

TEST_CASE("rows of the Python service are found, may learn, and are never picked") {
  const auto store = make_store();
  Desk desk(*store);
  const std::int64_t suspicious = store->add_python_row(store->now(), "suspicious");
  const std::int64_t info = store->add_python_row(store->now(), "info");
  const Snapshot found = desk.look(by_fingerprint("00ff"));
  REQUIRE(numbers_of(found.rows) == std::vector{suspicious, info});
  const IssuanceRow& row = found.rows[0];
  CHECK(row.is_of_python_service());
  CHECK(row.claimed[Sort::certificate] == std::vector<std::string>{"00ff"});
  CHECK_FALSE(row.serial_key);
  CHECK_FALSE(row.is_hashed());
  CHECK(row.severity == Severity::suspicious);
  CHECK(found.rows[1].severity == Severity::info);
  CHECK(must(desk.ledger->pick_overdue(10)).empty());
  CHECK(must(desk.ledger->pick_unresolved(Seconds{1e6}, 0, 10)).empty());

  must(desk.ledger->change(by_fingerprint("00ff"), [](const Snapshot& known) {
    Changes changes;
    changes.updates.push_back(known.rows.at(0));
    changes.updates[0].claimed[Sort::precertificate] = {"00fe"};
    return changes;
  }));
  const auto learnt = desk.look(by_fingerprint("00fe")).rows;
  REQUIRE(numbers_of(learnt) == std::vector{suspicious});
  CHECK(learnt[0].claimed[Sort::certificate] == std::vector<std::string>{"00ff"});
  CHECK(learnt[0].is_of_python_service());
  CHECK(desk.look(by_fingerprint("00ff")).rows.size() == 2);
}

TEST_CASE("looking changes nothing") {
  const auto store = make_store();
  Desk desk(*store);
  IssuanceRow row = issuance("a");
  row.id = desk.put(row);
  Identities wanted;
  wanted.add(row);
  for (int i = 0; i < 3; ++i) CHECK(desk.look(wanted).rows == std::vector{row});
  CHECK(store->alerts().size() == 1);
  CHECK(store->deliveries().empty());
}

// Makes a row of each name that has none yet, or adds the claim to the one that is there.
void add_claims(LedgerStore& store, const std::vector<std::string>& names,
                const std::string& claim) {
  Identities wanted;
  std::vector<AlertContent> contents;
  std::vector<IssuanceRow> rows;
  for (const std::string& name : names) {
    rows.push_back(issuance(name));
    rows.back().event_id = random_uuid();
    contents.push_back(content(name));
    wanted.tbs_sha256.push_back(rows.back().tbs_sha256);
  }
  must(store.change(wanted, [&](const Snapshot& found) {
    Changes changes;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto known = std::find_if(
          found.rows.begin(), found.rows.end(),
          [&](const IssuanceRow& row) { return row.tbs_sha256 == rows[i].tbs_sha256; });
      IssuanceRow row = known == found.rows.end() ? rows[i] : *known;
      row.claimed[Sort::certificate].push_back(claim + names[i]);
      if (row.id > 0) {
        changes.updates.push_back(row);
      } else {
        row.id = -1 - static_cast<std::int64_t>(i);
        changes.inserts.push_back({row, &contents[i]});
      }
    }
    return changes;
  }));
}

TEST_CASE("two sessions never decide about one identity at a time") {
  const auto store = make_store();
  constexpr int issuances = 40;
  const auto replica = [&store](int number) {
    const auto session = store->ledger_store();
    for (int i = 0; i < issuances; i += 4) {
      std::vector<std::string> names;
      // The other one goes the other way.
      for (int k = 0; k < 4; ++k) names.push_back(std::to_string(number == 0 ? i + k : i + 3 - k));
      add_claims(*session, names, number == 0 ? "first" : "second");
    }
  };
  std::string trouble[2];
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 2; ++i) {
      threads.emplace_back([&, i] {
        try {
          replica(i);
        } catch (const std::exception& error) {
          trouble[i] = error.what();
        }
      });
    }
  }
  CHECK(trouble[0].empty());
  CHECK(trouble[1].empty());
  const auto rows = store->alerts();
  CHECK(rows.size() == issuances);
  for (const StoredAlert& row : rows) CHECK(row.fingerprints.size() == 3);
}

TEST_CASE("a hurried store still works") {
  const auto store = make_store();
  Desk desk(*store);
  desk.ledger->hurry();
  const IssuanceRow row = issuance("a");
  desk.put(row);
  CHECK(desk.look(by_event(row.event_id)).rows.size() == 1);
}

}  // namespace
}  // namespace certwatch::contract
