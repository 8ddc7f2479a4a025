// Whole sequences of arrivals, in every order: what is told in the end.
#include <algorithm>
#include <map>

#include "alert_model.h"
#include "issuances.h"
#include "support/catch.h"

namespace certwatch {
namespace {

// A letter of issuances.h, or:
//   I  upstream puts our certificate into the inventory     G  every grace window ends
//   L  the inventory is asked again about what is suspicious
void let_happen(AlertModel& model, char event) {
  static std::map<char, Identity> identities;
  switch (event) {
    case ' ':
      return;
    case 'I':
      return model.add_to_inventory(fingerprint_of(ours().certificate), "123");
    case 'G':
      return model.end_grace();
    case 'L':
      return model.resolve_late();
    default:
      if (!identities.contains(event)) identities[event] = identify(arrival(event)).identity;
      model.arrive(identities[event]);
  }
}

AlertModel after(const std::string& events, int times = 1) {
  AlertModel model;
  for (const char event : events) {
    for (int i = 0; i < times; ++i) let_happen(model, event);
  }
  return model;
}

TEST_CASE("arrivals and the alerts they end in") {
  struct Row {
    const char* why;
    const char* events;
    const char* told;  // a question mark: ours by serial alone; an exclamation mark: resolved
  };
  const Row rows[] = {
      {"unknown precertificate", "P G", "suspicious:unknown"},
      {"unknown certificate", "C G", "suspicious:unknown"},
      {"one alert for both", "P C G", "suspicious:unknown"},
      {"one alert for both, the other way round", "C P G", "suspicious:unknown"},
      {"one alert across feeds with and without DER", "p C P c G", "suspicious:unknown"},
      {"one alert for a static log and another", "s P C G", "suspicious:unknown"},
      {"the verdict has fallen before the certificate comes", "P G C G", "suspicious:unknown"},

      {"our renewal, precertificate first", "I P", "info:serial?"},
      {"our certificate", "I C", "info:fingerprint"},
      {"our certificate confirms the precertificate", "I P C G", "info:serial"},
      {"the same without DER", "I p c G", "info:serial"},
      {"the same from a static log", "I s C G", "info:serial"},
      {"our precertificate after the certificate", "I C P G", "info:fingerprint"},
      {"our precertificate after the certificate, without DER", "I c p G", "info:fingerprint"},
      {"upstream comes within the grace window", "P I G", "info:serial?"},
      {"upstream comes after both", "P C I G", "info:fingerprint"},
      {"upstream comes after both, certificate first", "C P I G", "info:fingerprint"},
      {"the certificate comes after the verdict", "P I G C G", "info:serial"},
      {"upstream is late", "P C G I L", "suspicious:unknown!"},
      {"upstream is late, the certificate too", "P G I C L", "suspicious:unknown!"},

      {"a rogue certificate with our serial", "I X G", "suspicious:serial_only"},
      {"a rogue precertificate with our serial", "I R G", "info:serial?"},
      {"… is found out when its certificate comes", "I R X G",
       "info:serial? suspicious:serial_only"},
      {"… also without DER", "I r x G", "info:serial? suspicious:serial_only"},
      {"… also from a static log", "I t X G", "info:serial? suspicious:serial_only"},
      {"… also within the grace window", "R X I G", "suspicious:serial_only"},
      {"… also without DER", "r x I G", "suspicious:serial_only"},
      {"… the certificate first", "I X R G", "suspicious:serial_only"},
      {"the rogue issuance after ours", "I P C R X G", "info:serial suspicious:serial_conflict"},
      {"the rogue issuance before ours", "I R X P C G",
       "info:serial? suspicious:serial_only info:fingerprint"},
      {"both before upstream", "P R C X I G", "info:fingerprint suspicious:serial_conflict"},
      {"both before upstream, the rogue first", "R P X C I G",
       "suspicious:serial_only info:fingerprint"},
      {"a rogue certificate without DER after our precertificate", "I P x G",
       "info:serial? suspicious:serial_only"},
      {"… and ours after it", "I P x c G", "info:serial suspicious:serial_only"},
      {"… and ours before it", "I P c x G", "info:serial suspicious:serial_conflict"},
      {"two certificates without DER, ours first", "I c x G",
       "info:fingerprint suspicious:serial_conflict"},
      {"two certificates without DER, ours last", "I x c G",
       "suspicious:serial_only info:fingerprint"},
      {"ours does not resolve the rogue", "x G I c L", "suspicious:unknown info:fingerprint"},
      {"a rogue certificate in the grace window of our precertificate", "p x I G c",
       "suspicious:serial_only info:fingerprint"},
      {"without DER it passes for ours between ours, until it is seen with", "P x C I X G",
       "info:fingerprint suspicious:serial_conflict"},
      {"two issuances claim the serial, a feed without DER shows one of them", "P R G I c L",
       "suspicious:unknown! suspicious:serial_conflict info:fingerprint"},
      {"of two that claim our serial one is suspicious: which, only certificates tell", "R P I G",
       "info:serial? suspicious:serial_conflict"},
      {"… as they do here", "R P I G C X G L",
       "info:serial? suspicious:serial_conflict! suspicious:serial_only"},
  };
  for (const Row& row : rows) {
    INFO(row.why << ": " << row.events);
    CHECK(after(row.events).told() == row.told);
    // A second replica sees all of it too.
    CHECK(after(row.events, 2).told() == row.told);
  }
}

// Every order of the letters, with `event` at every place among them.
std::vector<std::string> orders(std::string letters, char event) {
  std::vector<std::string> all;
  std::sort(letters.begin(), letters.end());
  do {
    for (std::size_t at = 0; at <= letters.size(); ++at) {
      all.push_back(letters);
      all.back().insert(at, 1, event);
    }
  } while (std::next_permutation(letters.begin(), letters.end()));
  return all;
}

bool holds(const AlertModel::Row& row, const std::string& der) {
  const auto& seen = row.known.fingerprints;
  return std::find(seen.begin(), seen.end(), fingerprint_of(der)) != seen.end();
}

TEST_CASE("an issuance of ours is one info alert in every order of arrival") {
  for (const std::string& events : orders("PCpcs", 'I')) {
    INFO(events);
    const std::string told = after(events + "G").told();
    CHECK((told == "info:fingerprint" || told == "info:serial"));
    CHECK(after(events + "G" + events).told() == told);
  }
}

TEST_CASE("an issuance nobody knows is one suspicious alert in every order of arrival") {
  for (const std::string& events : orders("PCpcs", 'G')) {
    INFO(events);
    CHECK(after(events + "G").told() == "suspicious:unknown");
  }
}

// `is_certain`: every sighting of a certificate came with DER, so that no row mixes issuances.
void check_rogue_is_found(const std::string& events, bool is_certain) {
  INFO(events);
  const AlertModel model = after(events + "G");
  int rogue_certificates = 0;
  int our_certificates = 0;
  for (const AlertModel::Row& row : model.rows()) {
    const bool is_rogue = holds(row, rogue().certificate);
    const bool is_ours = holds(row, ours().certificate);
    CHECK_FALSE((is_rogue && is_ours));
    if (is_rogue) CHECK(row.severity == Severity::suspicious);
    if (is_ours) CHECK(row.severity == Severity::info);
    if (is_certain) {
      CHECK_FALSE((is_rogue && holds(row, ours().precertificate)));
      CHECK_FALSE((is_ours && holds(row, rogue().precertificate)));
    }
    rogue_certificates += is_rogue ? 1 : 0;
    our_certificates += is_ours ? 1 : 0;
  }
  CHECK(rogue_certificates == 1);
  CHECK(our_certificates == 1);
}

TEST_CASE("a rogue certificate with our serial, dates and names is suspicious in every order") {
  for (const std::string& events : orders("PCRX", 'I')) check_rogue_is_found(events, true);
  for (const std::string& events : orders("pcrx", 'I')) check_rogue_is_found(events, false);
  for (const std::string& events : orders("sCtX", 'I')) check_rogue_is_found(events, false);
  for (const std::string& events : orders("PCX", 'I')) check_rogue_is_found(events, true);
  for (const std::string& events : orders("CRX", 'I')) check_rogue_is_found(events, true);
}

TEST_CASE("what is only seen somewhere is one alert a place") {
  Sighting sighting;
  sighting.source_url = "https://log.example/";
  sighting.cert_index = 7;
  sighting.names = {"example.org"};
  const Identity seventh = identify(sighting).identity;
  sighting.cert_index = 8;
  const Identity eighth = identify(sighting).identity;
  AlertModel model;
  CHECK(model.arrive(seventh).kind == Placement::Kind::new_alert);
  CHECK(model.arrive(seventh).kind == Placement::Kind::repeat);
  CHECK(model.arrive(eighth).kind == Placement::Kind::new_alert);
  CHECK(model.rows().size() == 2);
}

}  // namespace
}  // namespace certwatch
