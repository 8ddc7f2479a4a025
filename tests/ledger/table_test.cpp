// Who is the certificate? A line per case: why, the sequence (ledger/notation.h), the rows it ends
// with.
#include <fstream>

#include "ledger/notation.h"
#include "support/catch.h"

using namespace certwatch;

namespace {

struct Case {
  const char* why;
  const char* sequence;
  const char* rows;
};

constexpr Case cases[] = {
    // Ours.
    {"the precertificate of a renewal is known by its serial", "+a Pa Ca", "info:serial"},
    {"the certificate of a renewal is known by its fingerprint", "+a Ca Pa", "info:fingerprint"},
    {"six sightings of one issuance are one alert", "+a qa La pa Ca ca", "info:serial"},
    {"the inventory may come within the grace window", "Pa +a .", "info:serial"},
    {"late inventory resolves by a claimed certificate", "qa ca . +a ~",
     "suspicious:unknown!fingerprint"},
    {"late inventory resolves by a computed certificate", "pa Ca . +a ~ Pa",
     "suspicious:unknown!fingerprint"},
    {"the inventory may know the hash", "+a* La pa", "info:tbs"},
    {"under a signing certificate the serial pairs", "+a ya Ca", "info:serial"},
    {"the same, late", "ya ca Ca . +a ~", "suspicious:unknown!fingerprint"},
    // Strangers.
    {"one stranger is one alert", "pd Cd qd cd .", "suspicious:unknown"},
    {"feeds with and without DER tell of one", "Ph ch .", "suspicious:unknown"},
    // Twins, with DER: another certificate with serial, validity and names of ours.
    {"a twin's precertificate after our certificate", "+a Ca Pb .",
     "info:fingerprint suspicious:serial_conflict"},
    {"a twin's certificate after ours", "+a Ca Cb .",
     "info:fingerprint suspicious:serial_conflict"},
    {"a twin's certificate before ours", "+a Cb Ca .", "suspicious:serial_only info:fingerprint"},
    {"a twin's pair: its certificate is never ours by the serial", "+a Pb Cb .",
     "info:serial suspicious:serial_only"},
    {"our certificate refutes the twin that was called ours", "+a Pb Ca",
     "info:serial info:fingerprint suspicious:serial_conflict"},
    {"our precertificate is told apart from the twin's", "+a Pb Pa Ca . ~",
     "info:serial info:fingerprint suspicious:serial_conflict"},
    {"while two hashes claim a serial neither is ours by it", "+a Pb Pa .",
     "info:serial suspicious:serial_conflict"},
    {"an inventory hash does not vouch for another hash", "+a* Pb Pa .",
     "suspicious:serial_only info:tbs"},
    {"the same with late inventory", "Pb Pa +a .",
     "suspicious:serial_only suspicious:serial_conflict"},
    {"what was resolved by the serial is refuted, too", "Pb . +a ~ Ca",
     "suspicious:unknown!serial info:fingerprint suspicious:serial_conflict"},
    {"a refutation is resolved when the twin turns out to be ours", "+a Pb Ca +b Cb ~",
     "info:serial info:fingerprint suspicious:serial_conflict!fingerprint"},
    {"an inventory row without names vouches for any", "+a- Pe Ca",
     "info:serial info:fingerprint suspicious:serial_conflict"},
    // Twins, without DER.
    {"two claimed certificates are two", "+a ca cb .",
     "info:fingerprint suspicious:serial_conflict"},
    {"the same the other way round", "+a cb ca .", "suspicious:serial_only info:fingerprint"},
    {"a claimed certificate is not ours by the serial", "+a pa cb .",
     "info:serial suspicious:serial_only"},
    {"two claimed precertificates are two", "+a pa pb .", "info:serial suspicious:serial_conflict"},
    {"our computed precertificate tells the claimed one apart", "+a pb Ca Pa .",
     "info:serial suspicious:serial_conflict"},
    {"a claim that a computed fingerprint drives out is an alert of its own", "Pa cb . +a ~ Ca ~",
     "suspicious:unknown!fingerprint pending"},
    {"a precertificate without fingerprint and DER cannot be told apart", "+a qb Ca .",
     "info:serial"},
    // Lies.
    {"our fingerprint claimed for a precertificate with a hijack's serial", "+a [p:Fca:h] Ph Ch .",
     "suspicious:unknown suspicious:serial_conflict"},
    {"our fingerprint claimed for a certificate with a hijack's serial", "+a [c:Fca:h] ph ch .",
     "info:fingerprint suspicious:unknown"},
    {"the same before the inventory knows", "[p:Fca:h] ph . +a ~",
     "suspicious:unknown suspicious:serial_conflict"},
    {"a hijack's fingerprint claimed with our serial", "+a [p:Fch:a] Ph Ch .",
     "info:serial suspicious:unknown"},
    {"the same, all without DER", "+a [p:Fph:a] ph .", "info:serial suspicious:unknown"},
    {"the same before the inventory knows", "[p:Fph:a] +a . ph .",
     "info:serial suspicious:unknown"},
    {"a lie between the sightings of a hijack", "+a Ph [p:Fch:a] Ph Ch .",
     "suspicious:unknown info:serial"},
    {"a claim joins a twin and does not hide its certificate", "+a Pb [c:Fca:a] Cb .",
     "info:serial suspicious:serial_only"},
    {"the same without DER", "+a Pb [c:Fca:a] cb .", "info:serial suspicious:serial_conflict"},
    {"a claim resolves nothing that is hashed", "Ph . [c:Fca:h] +a ~", "suspicious:unknown"},
    {"a claimed precertificate resolves no claimed certificate", "ch . [p:Fca:h] +a ~",
     "suspicious:unknown"},
    {"a false claim before our pair is driven out", "+a [c:Fx:a] Pa Ca . ~",
     "info:fingerprint suspicious:serial_conflict"},
    {"a false claim after our certificate", "+a Ca [c:Fx:a] .",
     "info:fingerprint suspicious:serial_conflict"},
    {"a false claim makes our precertificate wait for our certificate", "+a [p:Fx:a] Pa . Ca ~",
     "info:serial suspicious:serial_conflict!fingerprint suspicious:serial_conflict"},
    {"what only shares our serial is not resolved by a claim", "+a xa . pa ~",
     "suspicious:serial_only"},
    {"a blank sighting joins our precertificate", "+a xa Pa .", "info:serial"},
    // What cannot be told apart.
    {"a twin's precertificate with DER, alone", "+a Pb", "info:serial"},
    {"a twin's precertificate without DER, after our certificate", "+a Ca pb", "info:fingerprint"},
    {"a claim that the twin's certificate is ours", "+a Pb [c:Fca:a]", "info:serial"},
    // What the searches and reviews found.
    {"a flood of claims is bounded, and hides no DER",
     "+a [p:F0:h] [p:F1:h] [p:F2:h] [p:F3:h] [p:F4:h] [p:F5:h] [p:F6:h] [p:F7:h] [p:F8:h] "
     "[p:F9:h] Ph Ch .",
     "suspicious:unknown suspicious:serial_conflict suspicious:serial_conflict "
     "suspicious:serial_conflict suspicious:serial_conflict suspicious:serial_conflict "
     "suspicious:serial_conflict suspicious:serial_conflict suspicious:serial_conflict"},
};

}  // namespace

TEST_CASE("the table of sequences") {
  for (const Case& one : cases) {
    notation::Record record;
    record.play_all(one.sequence);
    INFO(one.why << ": " << one.sequence);
    CHECK(record.rows_in_words() == one.rows);
  }
}

TEST_CASE("the sequences of the first version end with the rows they ended with") {
  std::ifstream file(CERTWATCH_SOURCE_DIR "/tests/ledger/sequences.txt");
  int played = 0;
  for (std::string line; std::getline(file, line);) {
    const auto bar = line.find(" | ");
    if (line.empty() || line.front() == '#' || bar == std::string::npos) continue;
    INFO(line);
    notation::Record record;
    record.play_all(line.substr(0, bar));
    CHECK(record.rows_in_words() == line.substr(bar + 3));
    ++played;
  }
  CHECK(played == 81);
}

TEST_CASE("no verdict is ever rewritten") {
  for (const Case& one : cases) {
    notation::Record record;
    std::vector<IssuanceRow> before;
    for (const std::string& step : notation::steps_of(one.sequence)) {
      record.play(step);
      for (std::size_t i = 0; i < before.size(); ++i) {
        if (before[i].severity == Severity::pending) continue;
        INFO(one.sequence << " at " << step);
        CHECK(record.rows[i].severity == before[i].severity);
        CHECK(record.rows[i].reason == before[i].reason);
        CHECK((record.rows[i].is_resolved || !before[i].is_resolved));
      }
      before = record.rows;
    }
  }
}
