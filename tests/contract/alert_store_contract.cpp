// What record/alert_store.h promises of recording and verdicts.
#include <thread>

#include "contract/arrivals.h"
#include "support/catch.h"

namespace certwatch::contract {
namespace {

TEST_CASE("a store with its tables in place says so") {
  const auto store = make_store();
  CHECK(store->alert_store()->check_schema());
}

TEST_CASE("nothing to record, nothing to judge, nothing to resolve") {
  const auto store = make_store();
  Desk desk(*store);
  CHECK(desk.record(std::vector<NewAlert>()).empty());
  CHECK(desk.judge().empty());
  CHECK(desk.resolve().empty());
}

TEST_CASE("a new alert is on record, whole and pending, before anybody is told of it") {
  const auto store = make_store();
  Desk desk(*store);
  const NewAlert alert = certificate("a", "f1");
  const Recorded recorded = desk.record(alert);
  CHECK(recorded.as == Recorded::As::alert);
  CHECK(recorded.verdict.severity == Severity::pending);
  CHECK(recorded.verdict.event_id == alert.event_id);
  CHECK(recorded.verdict.row == recorded.row);
  const StoredAlert row = desk.row(recorded.row);
  CHECK(row.event_id == alert.event_id);
  CHECK(row.fingerprint == "f1");
  CHECK(row.payload == alert.payload);
  CHECK(row.matched.find("example.org") != std::string::npos);
  CHECK(row.sans.find("www.example.org") != std::string::npos);
  CHECK(row.issuer == "Test CA");
  CHECK(row.seen_at == 1700000000);
  CHECK(row.severity == "pending");
  CHECK_FALSE(row.delivered);
  CHECK_FALSE(row.is_decided);
  CHECK(desk.claim().empty());
}

TEST_CASE("an issuer that is not known is null") {
  const auto store = make_store();
  Desk desk(*store);
  NewAlert alert = certificate("a", "f1");
  alert.issuer.reset();
  CHECK_FALSE(desk.row(desk.record(alert).row).issuer);
}

TEST_CASE("what the inventory knows by fingerprint is info at once, and due") {
  const auto store = make_store();
  Desk desk(*store);
  desk.know("f1");
  const NewAlert alert = certificate("a", "f1");
  const Recorded recorded = desk.record(alert);
  CHECK(recorded.verdict.severity == Severity::info);
  CHECK(recorded.verdict.known_by == KnownBy::fingerprint);
  CHECK(recorded.verdict.matched.find("example.org") != std::string::npos);
  CHECK(desk.row(recorded.row).is_decided);
  const auto claimed = desk.claim();
  REQUIRE(claimed.size() == 1);
  CHECK(claimed[0].event_id == alert.event_id);
  CHECK(claimed[0].severity == Severity::info);
  CHECK(claimed[0].known_by == KnownBy::fingerprint);
}

TEST_CASE("what is not ours when the grace window ends is suspicious, not before") {
  const auto store = make_store();
  Desk desk(*store);
  const Recorded recorded = desk.record(certificate("a", "f1"));
  desk.pass_time(9);
  CHECK(desk.judge().empty());
  desk.pass_time(2);
  const auto verdicts = desk.judge();
  REQUIRE(verdicts.size() == 1);
  CHECK(verdicts[0].row == recorded.row);
  CHECK(verdicts[0].event_id == recorded.verdict.event_id);
  CHECK(verdicts[0].severity == Severity::suspicious);
  CHECK(verdicts[0].reason == Reason::unknown);
  CHECK_FALSE(verdicts[0].known_by);
  CHECK(verdicts[0].matched.find("example.org") != std::string::npos);
  CHECK(desk.judge().empty());
  REQUIRE(desk.claim().size() == 1);
}

TEST_CASE("with a grace of 0 every verdict falls at once") {
  const auto store = make_store();
  Desk desk(*store);
  desk.options.grace = Seconds{0};
  const Recorded recorded = desk.record(certificate("a", "f1"));
  CHECK(recorded.verdict.severity == Severity::suspicious);
  CHECK(recorded.verdict.reason == Reason::unknown);
  CHECK(desk.claim().size() == 1);
}

TEST_CASE("observer mode records and judges, and makes nothing due") {
  const auto store = make_store();
  Desk desk(*store);
  desk.options.deliver = false;
  desk.know("f1");
  CHECK(desk.record(certificate("a", "f1")).verdict.severity == Severity::info);
  desk.record(with_serial(certificate("b", "f2"), "b"));
  desk.pass_time(11);
  CHECK(desk.judge().size() == 1);
  desk.know("f2");
  CHECK(desk.resolve().size() == 1);
  CHECK(desk.claim().empty());
  // Nor does a webhook that is configured later get a flood.
  desk.options.deliver = true;
  desk.pass_time(100);
  CHECK(desk.judge().empty());
  CHECK(desk.resolve().empty());
  CHECK(desk.claim().empty());
}

TEST_CASE("a repeated call finds its alerts and calls them what they are") {
  const auto store = make_store();
  Desk desk(*store);
  desk.know("f1");
  const std::vector<NewAlert> batch{certificate("a", "f1"),
                                    with_serial(certificate("b", "f2"), "b")};
  const auto first = desk.record(batch);
  const auto again = desk.record(batch);
  REQUIRE(again.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(again[i].as == Recorded::As::alert);
    CHECK(again[i].row == first[i].row);
    CHECK(again[i].verdict.event_id == batch[i].event_id);
    CHECK(again[i].verdict.severity == first[i].verdict.severity);
    CHECK(again[i].verdict.known_by == first[i].verdict.known_by);
  }
  CHECK(desk.rows().size() == 2);
}

TEST_CASE("the same alert twice in one batch is one row") {
  const auto store = make_store();
  Desk desk(*store);
  const NewAlert alert = certificate("a", "f1");
  const auto recorded = desk.record({alert, alert});
  CHECK(recorded[0].row == recorded[1].row);
  CHECK(recorded[1].as == Recorded::As::alert);
  CHECK(desk.rows().size() == 1);
}

TEST_CASE("results are in the order of the batch") {
  const auto store = make_store();
  Desk desk(*store);
  std::vector<NewAlert> batch;
  for (int i = 0; i < 64; ++i) {
    const std::string name = std::to_string(i);
    if (i % 2 == 0) desk.know("f" + name);
    batch.push_back(with_serial(certificate(name, "f" + name), name));
  }
  const auto recorded = desk.record(batch);
  REQUIRE(recorded.size() == 64);
  for (std::size_t i = 0; i < 64; ++i) {
    CHECK(recorded[i].verdict.event_id == batch[i].event_id);
    CHECK(recorded[i].verdict.severity == (i % 2 == 0 ? Severity::info : Severity::pending));
    if (i > 0) CHECK(recorded[i].row > recorded[i - 1].row);
    CHECK(desk.row(recorded[i].row).event_id == batch[i].event_id);
  }
}

TEST_CASE("a repeat changes nothing that has been or will be sent") {
  const auto store = make_store();
  Desk desk(*store);
  const NewAlert alert = precertificate("a", "pa");
  const Recorded recorded = desk.record(alert);
  NewAlert repeat = certificate("a", "ca");
  repeat.matched = R"(["other.example"])";
  repeat.sans = "[]";
  CHECK(desk.record(repeat).as == Recorded::As::repeat);
  const StoredAlert row = desk.row(recorded.row);
  CHECK(row.payload == alert.payload);
  CHECK(row.fingerprint == "pa");
  CHECK(row.matched.find("other.example") == std::string::npos);
  CHECK(row.event_id == alert.event_id);
}

TEST_CASE("a repeat does not begin the grace window anew") {
  const auto store = make_store();
  Desk desk(*store);
  desk.record(precertificate("a", "pa"));
  desk.pass_time(6);
  desk.record(certificate("a", "ca"));
  desk.pass_time(6);
  CHECK(desk.judge().size() == 1);
}

TEST_CASE("what a repeat newly knows is added to the row, and no more than a row may hold") {
  const auto store = make_store();
  Desk desk(*store);
  const Recorded recorded = desk.record(without_der(precertificate("a", "p0")));
  CHECK(desk.row(recorded.row).tbs_sha256.empty());
  desk.record(precertificate("a", "p1"));
  CHECK(desk.row(recorded.row).tbs_sha256 == "tbs of a");
  for (int i = 2; i < 20; ++i) desk.record(precertificate("a", "p" + std::to_string(i)));
  CHECK(desk.row(recorded.row).fingerprints.size() == 16);
  CHECK(desk.rows().size() == 1);
}

TEST_CASE("what is known only by log and index is one alert per log and index") {
  const auto store = make_store();
  Desk desk(*store);
  NewAlert alert = certificate("a", "");
  alert.identity = Identity();
  alert.identity.source_key = "log 1 index 7";
  const Recorded first = desk.record(alert);
  alert.event_id = random_uuid();
  CHECK(desk.record(alert).row == first.row);
  alert.event_id = random_uuid();
  alert.identity.source_key = "log 1 index 8";
  CHECK(desk.record(alert).as == Recorded::As::alert);
  desk.pass_time(11);
  CHECK(desk.judge().size() == 2);
}

TEST_CASE("the digest of nothing is nobody's fingerprint") {
  const auto store = make_store();
  Desk desk(*store);
  const std::string nothing = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
  desk.know(nothing);
  NewAlert alert = with_serial(certificate("a", nothing), "other");
  CHECK(desk.record(alert).verdict.severity == Severity::pending);
  NewAlert unknown = with_serial(certificate("b", ""), "another");
  CHECK(desk.record(unknown).verdict.severity == Severity::pending);
}

TEST_CASE("verdicts fall oldest first, as many as asked for") {
  const auto store = make_store();
  Desk desk(*store);
  for (int i = 0; i < 5; ++i) {
    const std::string name = std::to_string(i);
    desk.record(with_serial(certificate(name, "f" + name), name));
    desk.pass_time(1);
  }
  desk.pass_time(20);
  const auto first = must(desk.alerts->judge_due(desk.options, 2));
  REQUIRE(first.size() == 2);
  CHECK(first[0].row < first[1].row);
  const auto rest = must(desk.alerts->judge_due(desk.options, 100));
  REQUIRE(rest.size() == 3);
  CHECK(rest[0].row > first[1].row);
}

TEST_CASE("what turned out to be ours too late is not resolved") {
  const auto store = make_store();
  Desk desk(*store);
  desk.record(certificate("a", "ca"));
  desk.pass_time(11);
  REQUIRE(desk.judge().size() == 1);
  desk.know("ca");
  desk.pass_time(86401);
  CHECK(desk.resolve().empty());
  CHECK(must(desk.alerts->resolve_late(Seconds{90000}, desk.options)).size() == 1);
}

TEST_CASE("a resolution says what it was and what it is known by") {
  const auto store = make_store();
  Desk desk(*store);
  const Recorded recorded = desk.record(certificate("a", "ca"));
  desk.pass_time(11);
  desk.judge();
  desk.know("ca");
  const auto resolved = desk.resolve();
  REQUIRE(resolved.size() == 1);
  CHECK(resolved[0].row == recorded.row);
  CHECK(resolved[0].event_id == recorded.verdict.event_id);
  CHECK(resolved[0].known_by == KnownBy::fingerprint);
  const StoredAlert row = desk.row(recorded.row);
  CHECK(row.severity == "suspicious");
  CHECK(row.known_by == "fingerprint");
  CHECK(row.is_resolved);
}

TEST_CASE("rows of the Python service are left alone") {
  const auto store = make_store();
  Desk desk(*store);
  store->add_python_row(1700000000, "suspicious");
  store->add_python_row(1700000000, "info");
  desk.know("00ff");
  CHECK(desk.judge().empty());
  CHECK(desk.resolve().empty());
  CHECK(desk.claim().empty());
  CHECK(must(desk.queue->give_up_older_than(Seconds{0})).empty());
}

TEST_CASE("what the Python service has on record is no new alert") {
  const auto store = make_store();
  Desk desk(*store);
  const std::int64_t python = store->add_python_row(1700000000, "suspicious");
  const Recorded recorded = desk.record(with_serial(certificate("a", "00ff"), "x"));
  CHECK(recorded.as == Recorded::As::repeat);
  CHECK(recorded.row == python);
  // What it adds is found next time.
  CHECK(desk.record(with_serial(precertificate("a", "pa"), "x")).row == python);
  CHECK(desk.row(python).fingerprints == std::vector<std::string>{"00ff", "pa"});
  CHECK(desk.row(python).payload.empty());
  desk.know("00ff");
  CHECK(desk.resolve().empty());
  CHECK(desk.claim().empty());
}

TEST_CASE("hostile strings are kept as they are, and harm nothing") {
  const auto store = make_store();
  Desk desk(*store);
  NewAlert alert = certificate("a", "'; DROP TABLE public.alerts; --");
  alert.identity.serial = R"({"a,b\\"})";
  alert.identity.serial_key = "\\";
  alert.issuer = "\xF0\x9F\x92\xA3 \"quoted\" {curly} NULL \t\n";
  alert.payload = R"("all_sans":["\u0000","\ud800","\\","\"","🜨"])";
  alert.matched = R"(["bücher.example","\\","\""])";
  const Recorded recorded = desk.record(alert);
  const StoredAlert row = desk.row(recorded.row);
  CHECK(row.fingerprint == alert.identity.fingerprint);
  CHECK(row.fingerprints == std::vector{alert.identity.fingerprint});
  CHECK(row.issuer == alert.issuer);
  CHECK(row.payload == alert.payload);
  alert.event_id = random_uuid();
  CHECK(desk.record(alert).row == recorded.row);
}

TEST_CASE("an alert of tens of thousands of names, and of a megabyte, is recorded") {
  const auto store = make_store();
  Desk desk(*store);
  NewAlert alert = precertificate("a", "f1");
  alert.sans = "[";
  for (int i = 0; i < 50'000; ++i) {
    alert.sans += "\"name" + std::to_string(i) + ".subdomain.example.org\",";
  }
  alert.sans += "\"" + std::string(10'000, 'x') + ".example.org\"]";
  alert.payload = "\"all_sans\":" + alert.sans;
  // The inventory's names are compared, too.
  desk.know("other");
  const Recorded recorded = desk.record(alert);
  CHECK(recorded.verdict.severity == Severity::pending);
  CHECK(desk.row(recorded.row).payload == alert.payload);
}

TEST_CASE("content that the database refuses makes a barer row, but a row") {
  const auto store = make_store();
  Desk desk(*store);
  std::vector<NewAlert> batch{with_serial(certificate("a", "f1"), "a"),
                              with_serial(certificate("b", "f2"), "b"),
                              with_serial(certificate("c", "f3"), "c")};
  batch[1].sans = "[\"not closed";
  const auto recorded = desk.record(batch);
  REQUIRE(recorded.size() == 3);
  for (const Recorded& one : recorded) CHECK(one.as == Recorded::As::alert);
  CHECK(desk.row(recorded[1].row).payload == batch[1].payload);
  CHECK(desk.row(recorded[1].row).sans == "[]");
  CHECK(recorded[0].left_out.empty());
  CHECK(recorded[1].left_out == "list of names, issuer");
  CHECK(recorded[2].left_out.empty());
  CHECK(desk.row(recorded[2].row).sans.find("example.org") != std::string::npos);
}

TEST_CASE("NUL and ill-formed bytes in an identity do not lose the alert") {
  const auto store = make_store();
  Desk desk(*store);
  NewAlert alert = certificate("a", std::string("f\0g", 3));
  alert.identity.serial = "\xff\xfe";
  alert.issuer = std::string("CA\0\x80", 4);
  const Recorded recorded = desk.record(alert);
  CHECK(recorded.as == Recorded::As::alert);
  CHECK(desk.rows().size() == 1);
}

TEST_CASE("identities that no index takes do not lose the alert") {
  const auto store = make_store();
  Desk desk(*store);
  NewAlert alert = certificate("a", std::string(100'000, 'f'));
  alert.identity.serial_key = std::string(100'000, 's');
  alert.identity.serial = std::string(100'000, '1');
  CHECK(desk.record(alert).as == Recorded::As::alert);
}

TEST_CASE("replicas that record the same issuances at the same time make one row of each") {
  const auto store = make_store();
  constexpr int issuances = 40;
  const auto replica = [&store](int first) {
    Desk desk(*store);
    for (int i = 0; i < issuances; i += 4) {
      std::vector<NewAlert> batch;
      for (int k = 0; k < 4; ++k) {
        // The other one goes the other way, and sees the other kind first.
        const int number = first == 0 ? i + k : i + 3 - k;
        const std::string name = std::to_string(number);
        batch.push_back(with_serial(
            first == 0 ? precertificate(name, "p" + name) : certificate(name, "c" + name), name));
      }
      desk.record(batch);
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
  const auto rows = store->rows();
  CHECK(rows.size() == issuances);
  for (const StoredAlert& row : rows) CHECK(row.fingerprints.size() == 2);
}

TEST_CASE("replicas give each verdict once") {
  const auto store = make_store();
  {
    Desk desk(*store);
    std::vector<NewAlert> batch;
    for (int i = 0; i < 60; ++i) {
      const std::string name = std::to_string(i);
      batch.push_back(with_serial(certificate(name, "f" + name), name));
    }
    desk.record(batch);
    desk.pass_time(11);
  }
  std::vector<Verdict> verdicts[2];
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 2; ++i) {
      threads.emplace_back([&, i] {
        Desk desk(*store);
        while (true) {
          auto some = desk.alerts->judge_due(desk.options, 7);
          if (!some) continue;  // the other one was at it
          if (some->empty()) break;
          verdicts[i].insert(verdicts[i].end(), some->begin(), some->end());
        }
      });
    }
  }
  // Rows locked by the other are passed over: what is left is picked up by the next call.
  Desk desk(*store);
  CHECK(verdicts[0].size() + verdicts[1].size() + desk.judge().size() == 60);
}

struct SerialCase {
  const char* why;
  const char* serial;  // in the inventory
  std::vector<std::string> names;
  std::int64_t not_before;
  std::int64_t not_after;
  bool ours;
};

TEST_CASE("ours by serial: what is compared, and how") {
  const SerialCase cases[] = {
      {"the same", "abc", {"example.org", "www.example.org"}, 1000, 2000, true},
      {"colons, case, leading zeros",
       "00:0A:BC",
       {"example.org", "www.example.org"},
       1000,
       2000,
       true},
      {"names in another order and case, with repeats",
       "abc",
       {"WWW.example.org.", "example.org", "Example.ORG", " example.org"},
       1000,
       2000,
       true},
      {"what is no name of two labels is not compared",
       "abc",
       {"example.org", "www.example.org", "localhost", "192.0.2.1", "2001:db8::1", "a b.example",
        "me@example.org", "https://example.org/"},
       1000,
       2000,
       true},
      {"no names in the inventory", "abc", {}, 1000, 2000, true},
      {"another serial", "abd", {"example.org", "www.example.org"}, 1000, 2000, false},
      {"a serial that begins alike", "abc0", {"example.org", "www.example.org"}, 1000, 2000, false},
      {"no serial", "", {"example.org", "www.example.org"}, 1000, 2000, false},
      {"begins at another time", "abc", {"example.org", "www.example.org"}, 1001, 2000, false},
      {"ends at another time", "abc", {"example.org", "www.example.org"}, 1000, 2001, false},
      {"a name less", "abc", {"example.org"}, 1000, 2000, false},
      {"a name more",
       "abc",
       {"example.org", "www.example.org", "x.example.org"},
       1000,
       2000,
       false},
      {"other names", "abc", {"example.org", "mail.example.org"}, 1000, 2000, false},
  };
  for (const SerialCase& one : cases) {
    INFO(one.why);
    const auto store = make_store();
    Desk desk(*store);
    InventoryCertificate ours = inventory_certificate("other");
    ours.serial = one.serial;
    ours.sans = one.names;
    ours.not_before = one.not_before;
    ours.not_after = one.not_after;
    desk.know(ours);
    const NewAlert alert = precertificate("a", "pa");
    CHECK(desk.record(alert).verdict.severity == (one.ours ? Severity::info : Severity::pending));
    const auto known_by =
        must(desk.inventory->known_by(alert.identity, {"example.org", "www.example.org"}));
    CHECK(known_by == (one.ours ? std::optional(KnownBy::serial) : std::nullopt));
  }
}

TEST_CASE("a serial of zero is a serial, none is none") {
  const auto store = make_store();
  Desk desk(*store);
  InventoryCertificate ours = inventory_certificate("other");
  ours.serial = "00";
  desk.know(ours);
  NewAlert none = with_serial(precertificate("a", "pa"), "x");
  none.identity.serial.clear();
  CHECK(desk.record(none).verdict.severity == Severity::pending);
  CHECK(desk.record(with_serial(precertificate("b", "pb"), "0")).verdict.severity ==
        Severity::info);
}

TEST_CASE("without validity nothing is ours by serial") {
  const auto store = make_store();
  Desk desk(*store);
  desk.know("other");
  NewAlert alert = precertificate("a", "pa");
  alert.identity.not_after.reset();
  CHECK(desk.record(alert).verdict.severity == Severity::pending);
}

}  // namespace
}  // namespace certwatch::contract
