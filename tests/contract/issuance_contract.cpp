// Arrivals in any order, restarts and replicas in between: what is on record afterwards (the
// pairing of precertificate and certificate, and who is ours).
#include <sstream>

#include "contract/arrivals.h"
#include "support/catch.h"

namespace certwatch::contract {
namespace {

// Steps, separated by spaces:
//   Pa Ca   precertificate and certificate of issuance a, with DER
//   pa ca   the same from a feed without DER
//   qa xa   the same from one that leaves out the fingerprint, too
//   Pb …    another issuance with serial, validity and names of a
//   +Ca     the inventory gets the certificate of a; +Ca* with its TBS hash
//   .       the grace window of everything on record is over
//   ~       a look for what turned out late to be ours
class Play {
 public:
  // What is between two steps.
  enum class Between { nothing, restart, another_replica };

  Play(StoreUnderTest& store, Between between) : store_(store), between_(between) {
    for (int i = 0; i < 2; ++i) desks_.push_back(std::make_unique<Desk>(store));
  }

  void run(const std::string& steps) {
    std::istringstream words(steps);
    for (std::string step; words >> step;) {
      perform(step);
      if (between_ == Between::restart) desks_[0] = std::make_unique<Desk>(store_);
      if (between_ == Between::another_replica) std::swap(desks_[0], desks_[1]);
    }
  }

  // Per row: severity:known_by or severity:reason, "?" where provisional, "!known_by" where
  // resolved.
  std::string told() {
    std::string all;
    for (const StoredAlert& row : store_.rows()) {
      if (!all.empty()) all += ' ';
      all += row.severity;
      if (row.severity == "info") all += ":" + row.known_by;
      if (!row.reason.empty()) all += ":" + row.reason;
      if (row.is_resolved) all += "!" + row.known_by;
      if (row.provisional) all += "?";
    }
    return all;
  }

 private:
  void perform(const std::string& step) {
    Desk& desk = *desks_[0];
    if (step == ".") {
      desk.pass_time(11);
      desk.judge();
    } else if (step == "~") {
      desk.resolve();
    } else if (step[0] == '+') {
      InventoryCertificate ours = inventory_certificate(fingerprint(step[1], step[2]));
      if (step.back() == '*')
        ours.tbs_sha256 = certificate(step.substr(2, 1), "").identity.tbs_sha256;
      desk.know(ours);
    } else {
      desk.record(arrival(step));
    }
  }

  static std::string fingerprint(char kind, char issuance) {
    return std::string("fingerprint of ") + (kind == 'P' || kind == 'p' ? "p" : "c") + issuance;
  }

  static NewAlert arrival(const std::string& step) {
    const std::string issuance = step.substr(1, 1);
    const std::string print = fingerprint(step[0], step[1]);
    const bool is_precertificate = step[0] == 'P' || step[0] == 'p' || step[0] == 'q';
    NewAlert alert =
        is_precertificate ? precertificate(issuance, print) : certificate(issuance, print);
    if (step[0] == 'q' || step[0] == 'x') alert.identity.fingerprint.clear();
    return step[0] >= 'a' ? without_der(std::move(alert)) : alert;
  }

  StoreUnderTest& store_;
  const Between between_;
  std::vector<std::unique_ptr<Desk>> desks_;
};

struct Sequence {
  const char* why;
  const char* steps;
  const char* told;
};

const Sequence sequences[] = {
    {"a precertificate of ours is info from its first sighting on", "+Ca Pa", "info:serial?"},
    {"its certificate makes that certain, and is no alert of its own", "+Ca Pa Ca", "info:serial"},
    {"the other way round", "+Ca Ca Pa", "info:fingerprint"},
    {"repeats make no row", "+Ca Pa Pa Ca Ca Pa", "info:serial"},
    {"upstream's inventory may come between the two", "Pa +Ca Ca", "info:fingerprint"},
    {"in the other order, too", "Ca +Ca Pa", "info:fingerprint"},
    {"upstream has the whole grace window", "Pa +Ca .", "info:serial?"},
    {"for a certificate, too", "Ca +Ca .", "info:fingerprint"},
    {"the TBS hash speaks for both", "+Ca* Pa", "info:tbs"},
    {"and for what the fingerprint does not name", "+Ca* Cb Pa", "pending info:tbs"},
    {"nobody knows them", "Pa Ca .", "suspicious:unknown"},
    {"nobody knows them, the other way round", "Ca Pa .", "suspicious:unknown"},
    {"a certificate is never ours by serial alone", "+Ca Cb .", "suspicious:serial_only"},
    {"nor is its precertificate when it comes later", "+Ca Cb Pb .", "suspicious:serial_only"},
    {"nor a pending precertificate whose certificate has been seen", "Pb Cb +Ca .",
     "suspicious:serial_only"},
    {"whatever comes after its certificate", "Pb Cb Pb +Ca .", "suspicious:serial_only"},
    {"whatever comes after its certificate, and late", "Pb . Cb Pb +Ca ~", "suspicious:unknown"},
    {"a rogue precertificate with our serial is found out by its certificate", "+Ca Pb Cb .",
     "info:serial? suspicious:serial_only"},
    {"however often that is seen", "+Ca Pb Cb Cb Pb Cb .", "info:serial? suspicious:serial_only"},
    {"until then it waits", "+Ca Pb Cb", "info:serial? pending"},
    {"a certificate that upstream names in time confirms", "+Ca Pb Cb +Cb .", "info:serial"},
    {"one that it names late resolves, and confirms", "+Ca Pb Cb . +Cb ~",
     "info:serial suspicious:serial_only!fingerprint"},
    {"our serial on another issuance is a conflict", "+Ca Pa Pb .",
     "info:serial? suspicious:serial_conflict"},
    {"and its certificate belongs to it", "+Ca Pa Ca Pb Cb .",
     "info:serial suspicious:serial_conflict"},
    {"in the other order each is an alert of its own", "+Ca Pb Cb Pa Ca .",
     "info:serial? suspicious:serial_only info:fingerprint"},
    {"a conflict that is ours by fingerprint is ours", "Cb +Ca Ca .",
     "suspicious:serial_only info:fingerprint"},
    {"a rogue precertificate before ours loses our serial to our certificate", "+Ca Pb Pa Ca",
     "suspicious:serial_conflict info:fingerprint"},
    {"also where upstream names it last", "Pb Pa Ca +Ca .",
     "suspicious:serial_conflict info:fingerprint"},
    {"also while it is pending", "Pb Pa +Ca Ca .", "suspicious:serial_conflict info:fingerprint"},
    {"which it remains until its grace window is over", "Pb Pa +Ca Ca", "pending info:fingerprint"},
    {"also to our precertificate, where upstream names its TBS hash", "+Ca* Pb Pa",
     "suspicious:serial_conflict info:tbs"},
    {"and so does every other one", "+Ca Pb Pc Pa Ca .",
     "suspicious:serial_conflict suspicious:serial_conflict info:fingerprint"},
    {"its certificate is then of the same alert", "+Ca Pb Pa Ca Cb Pb .",
     "suspicious:serial_conflict info:fingerprint"},
    {"which is resolved if upstream names it, too", "+Ca Pb Pa Ca +Cb Cb ~",
     "suspicious:serial_conflict!fingerprint info:fingerprint"},
    {"what is certain itself loses nothing", "+Ca +Cb Pb Cb Pa Ca . ~",
     "info:serial info:fingerprint"},
    {"nor does what was certain while it was pending", "Pb +Cb Cb Pa +Ca Ca . ~",
     "info:fingerprint info:fingerprint"},
    {"ours does not speak for it through a certificate without DER", "+Ca Pb cb Pa Ca .",
     "suspicious:serial_conflict suspicious:serial_only info:fingerprint"},
    {"as long as ours is not certain, neither is the rogue's fate", "+Ca Pb Pa . ~",
     "info:serial? suspicious:serial_conflict"},
    {"certain when resolved", "Pb +Ca Pa . Ca ~",
     "suspicious:serial_conflict suspicious:serial_conflict!fingerprint"},
    {"what was resolved by serial only is suspicious again", "Pb Pa . +Ca ~ Ca ~",
     "suspicious:serial_conflict suspicious:serial_conflict!fingerprint"},
    {"resolved at the same time: the suspicious one stays so", "Pb Pa Ca . +Ca ~ ~",
     "suspicious:unknown suspicious:serial_conflict!fingerprint"},
    {"what is suspicious cannot be resolved by the serial any longer", "Pb . +Ca Pa Ca ~",
     "suspicious:unknown info:fingerprint"},
    {"without DER: ours", "+Ca pa ca", "info:serial"},
    {"without DER: the other way round", "+Ca ca pa", "info:fingerprint"},
    {"without DER: repeats", "+Ca pa pa ca pa ca", "info:serial"},
    {"without DER: a rogue certificate", "+Ca pa cb .", "info:serial? suspicious:serial_only"},
    {"without DER: a second certificate with our serial", "+Ca ca cb .",
     "info:fingerprint suspicious:serial_conflict"},
    {"without DER, then with: one issuance", "+Ca pa Pa Ca ca", "info:serial"},
    {"with DER, then without: one issuance", "+Ca Pa pa ca Ca", "info:serial"},
    {"without DER, unknown", "pa ca .", "suspicious:unknown"},
    {"DER binds its TBS hash to the row: another is a conflict", "+Ca ca Ca Cb .",
     "info:fingerprint suspicious:serial_conflict"},
    {"a certificate of which nothing else is known takes no serial away", "Pa xa +Ca .",
     "info:serial?"},
    {"in whatever order", "xa Pa +Ca .", "info:serial?"},
    {"nor from a precertificate without DER", "pa xa +Ca .", "info:serial?"},
    {"nor from one of which nothing else is known either", "xa qa +Ca .", "info:serial?"},
    {"nor where the inventory was first", "+Ca Pa xa .", "info:serial?"},
    {"and its precertificate is ours as soon as it comes", "+Ca xa Pa", "info:serial?"},
    {"however often it comes", "xa Pa xa xa Pa +Ca .", "info:serial?"},
    {"alone it is never ours by it", "+Ca xa .", "suspicious:serial_only"},
    {"nor late", "xa . +Ca ~", "suspicious:unknown"},
    {"nobody knows it", "Pa xa .", "suspicious:unknown"},
    {"its precertificate resolves it", "+Ca xa . Pa ~", "suspicious:serial_only!serial?"},
    {"with it a precertificate is resolved late", "Pa . xa +Ca ~", "suspicious:unknown!serial?"},
    {"the certificate itself makes it certain", "+Ca Pa xa Ca", "info:serial"},
    {"before its precertificate, too", "+Ca xa Ca Pa", "info:fingerprint"},
    {"and after that resolution", "+Ca xa . Pa ~ Ca", "suspicious:serial_only!serial"},
    {"or makes it certain that it is another", "Pb xb Cb +Ca .", "suspicious:serial_only"},
    {"in another order", "xb Cb Pb +Ca .", "suspicious:serial_only"},
    {"where the certificate came first", "Cb xb Pb +Ca .", "suspicious:serial_only"},
    {"and after the verdict", "xb Pb +Ca . Cb .", "info:serial? suspicious:serial_only"},
    {"a rogue with such a certificate loses our serial as any other", "+Ca Pb xb Pa Ca .",
     "suspicious:serial_conflict info:fingerprint"},
    {"late inventory resolves by fingerprint", "Pa Ca . +Ca ~", "suspicious:unknown!fingerprint"},
    {"late inventory resolves by serial, provisionally", "Pa . +Ca ~",
     "suspicious:unknown!serial?"},
    {"then the certificate confirms", "Pa . +Ca ~ Ca", "suspicious:unknown!serial"},
    {"or is found out", "Pb . +Ca ~ Cb .", "suspicious:unknown!serial? suspicious:serial_only"},
    {"a certificate is not resolved by serial", "Cb . +Ca ~", "suspicious:unknown"},
    {"nor a precertificate whose certificate has been seen since", "Pb . Cb +Ca ~",
     "suspicious:unknown"},
    {"nor a conflict", "Ca Pb . +Ca ~",
     "suspicious:unknown!fingerprint suspicious:serial_conflict"},
    {"the certificate of a suspicious precertificate resolves it", "Pa . Ca +Ca ~",
     "suspicious:unknown!fingerprint"},
    {"late inventory resolves by TBS hash", "Pa . +Ca* ~", "suspicious:unknown!tbs"},
    {"a row resolves once", "Pa Ca . +Ca ~ ~", "suspicious:unknown!fingerprint"},
};

TEST_CASE("arrivals and what is on record afterwards") {
  for (const Sequence& sequence : sequences) {
    for (const auto between :
         {Play::Between::nothing, Play::Between::restart, Play::Between::another_replica}) {
      const auto store = make_store();
      Play play(*store, between);
      play.run(sequence.steps);
      INFO(sequence.why << ": " << sequence.steps << " (" << static_cast<int>(between) << ")");
      CHECK(play.told() == sequence.told);
    }
  }
}

TEST_CASE("a whole sequence in one batch ends as it does one by one") {
  const auto store = make_store();
  Desk desk(*store);
  desk.know("ca");
  const auto recorded =
      desk.record({precertificate("a", "pa"), certificate("a", "ca"), precertificate("a", "pa"),
                   certificate("b", "cb"), precertificate("b", "pb")});
  CHECK(recorded[0].as == Recorded::As::alert);
  CHECK(recorded[0].verdict.known_by == KnownBy::fingerprint);
  CHECK(recorded[1].as == Recorded::As::repeat);
  CHECK(recorded[1].row == recorded[0].row);
  CHECK(recorded[1].verdict.severity == Severity::pending);
  CHECK(recorded[2].row == recorded[0].row);
  CHECK(recorded[3].as == Recorded::As::alert);
  CHECK(recorded[3].verdict.severity == Severity::pending);
  CHECK(recorded[4].as == Recorded::As::repeat);
  CHECK(recorded[4].row == recorded[3].row);
  CHECK(desk.rows().size() == 2);
}

TEST_CASE("a rogue certificate in one batch with its precertificate is not called ours") {
  const auto store = make_store();
  Desk desk(*store);
  desk.know("ca");
  desk.record({precertificate("b", "pb"), certificate("b", "cb")});
  desk.pass_time(11);
  const auto verdicts = desk.judge();
  REQUIRE(verdicts.size() == 1);
  CHECK(verdicts[0].severity == Severity::suspicious);
  CHECK(verdicts[0].reason == Reason::serial_only);
}

TEST_CASE("our precertificate in one batch with a certificate that cannot be told is ours") {
  NewAlert unnamed = without_der(certificate("a", ""));
  for (const bool is_first : {false, true}) {
    const auto store = make_store();
    Desk desk(*store);
    desk.know("ca");
    unnamed.event_id = random_uuid();
    const NewAlert known = precertificate("a", "pa");
    const auto recorded =
        desk.record(is_first ? std::vector{unnamed, known} : std::vector{known, unnamed});
    CHECK(recorded[0].verdict.severity == Severity::info);
    CHECK(recorded[0].verdict.known_by == KnownBy::serial);
    CHECK(recorded[1].as == Recorded::As::repeat);
    CHECK(desk.row(recorded[0].row).provisional);
    CHECK(desk.rows().size() == 1);
  }
}

TEST_CASE("a repeat that makes a pending row info tells its verdict, once") {
  const auto store = make_store();
  Desk desk(*store);
  const Recorded first = desk.record(precertificate("a", "pa"));
  REQUIRE(first.verdict.severity == Severity::pending);
  desk.know("ca");
  const auto recorded = desk.record({certificate("a", "ca"), certificate("a", "ca")});
  CHECK(recorded[0].as == Recorded::As::repeat);
  CHECK(recorded[0].verdict.severity == Severity::info);
  CHECK(recorded[0].verdict.event_id == first.verdict.event_id);
  CHECK(recorded[1].verdict.severity == Severity::pending);
  CHECK(desk.claim().size() == 1);
}

TEST_CASE("a certificate that confirms at once is a repeat of the row it confirms") {
  const auto store = make_store();
  Desk desk(*store);
  desk.know("ca");
  const Recorded first = desk.record(precertificate("a", "pa"));
  const NewAlert final_certificate = certificate("a", "ca");
  const Recorded second = desk.record(final_certificate);
  CHECK(second.as == Recorded::As::repeat);
  CHECK(second.row == first.row);
  const StoredAlert row = desk.row(first.row);
  CHECK(row.fingerprints == std::vector<std::string>{"pa", "ca"});
  CHECK(row.known_by == "serial");
  // The call is repeated after an error that hid its effect.
  const Recorded again = desk.record(final_certificate);
  CHECK(again.as == Recorded::As::repeat);
  CHECK(again.row == first.row);
  CHECK(desk.rows().size() == 1);
}

TEST_CASE("what confirms a row twice in one batch is added to it whole") {
  const auto store = make_store();
  Desk desk(*store);
  desk.know("other");
  const Recorded first = desk.record(precertificate("a", "pa"));
  REQUIRE(desk.row(first.row).provisional);
  desk.know("p2");
  desk.know("ca");
  const auto recorded = desk.record({precertificate("a", "p2"), certificate("a", "ca")});
  CHECK(recorded[0].row == first.row);
  CHECK(recorded[1].row == first.row);
  CHECK_FALSE(desk.row(first.row).provisional);
  CHECK(desk.row(first.row).fingerprints == std::vector<std::string>{"pa", "p2", "ca"});
}

TEST_CASE("the certificate that confirms in the end leaves its fingerprint and no delivery") {
  const auto store = make_store();
  Desk desk(*store);
  desk.know("ca");
  const Recorded first = desk.record(precertificate("b", "pb"));
  CHECK(desk.claim().size() == 1);
  desk.record(certificate("b", "cb"));
  desk.know("cb");
  desk.pass_time(11);
  CHECK(desk.judge().empty());
  CHECK(desk.rows().size() == 1);
  CHECK(desk.row(first.row).fingerprints == std::vector<std::string>{"pb", "cb"});
  CHECK(desk.record(certificate("b", "cb")).row == first.row);
}

}  // namespace
}  // namespace certwatch::contract
