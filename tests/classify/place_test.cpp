#include <algorithm>

#include "classify/issuance.h"
#include "support/catch.h"

namespace certwatch {
namespace {

using Kind = Placement::Kind;

Identity identity(const std::string& fingerprint, const std::string& tbs,
                  const std::string& serial_key, bool is_precertificate = true) {
  Identity identity;
  identity.fingerprint = fingerprint;
  identity.tbs_sha256 = tbs;
  identity.serial_key = serial_key;
  identity.source_key = "a place";
  identity.is_precertificate = is_precertificate;
  return identity;
}

KnownAlert row(std::int64_t number, std::vector<std::string> fingerprints, const std::string& tbs,
               const std::string& serial_key) {
  KnownAlert row;
  row.row = number;
  row.fingerprints = std::move(fingerprints);
  row.tbs_sha256 = tbs;
  row.serial_key = serial_key;
  row.source_key = "a place";
  return row;
}

KnownAlert provisional(KnownAlert row) {
  row.is_provisional = true;
  return row;
}
KnownAlert with_certificate(KnownAlert row) {
  row.has_certificate = true;
  return row;
}
KnownAlert confirms(KnownAlert row, std::int64_t other) {
  row.confirms = other;
  return row;
}
KnownAlert confirming(KnownAlert row, std::int64_t other) {
  return with_certificate(confirms(std::move(row), other));
}

TEST_CASE("a sighting and the rows it may belong to") {
  struct Row {
    const char* why;
    Identity sighting;
    std::vector<KnownAlert> known;
    Kind kind;
    std::int64_t belongs_to;
  };
  const bool certificate = false;
  const std::vector<Row> rows = {
      {"nothing on record", identity("f", "t", "s"), {}, Kind::new_alert, 0},
      {"same TBS hash", identity("f", "t", "s"), {row(7, {"g"}, "t", "z")}, Kind::repeat, 7},
      {"same fingerprint", identity("f", "", ""), {row(7, {"g", "f"}, "t", "s")}, Kind::repeat, 7},
      {"same serial key, no DER yet",
       identity("f", "t", "s"),
       {row(7, {"g"}, "", "s")},
       Kind::repeat,
       7},
      {"same serial key, no DER now",
       identity("f", "", "s"),
       {row(7, {"g"}, "t", "s")},
       Kind::repeat,
       7},
      {"same serial key, no DER at all",
       identity("f", "", "s"),
       {row(7, {"g"}, "", "s")},
       Kind::repeat,
       7},
      {"same serial key, another TBS hash",
       identity("f", "t", "s"),
       {row(7, {"g"}, "u", "s")},
       Kind::conflict,
       0},
      {"same fingerprint, another TBS hash: a digest that collides",
       identity("f", "t", ""),
       {row(7, {"f"}, "u", "s")},
       Kind::new_alert,
       0},
      {"the same, and the serial key too",
       identity("f", "t", "s"),
       {row(7, {"f"}, "u", "s")},
       Kind::conflict,
       0},
      {"nothing in common but the place",
       identity("f", "", ""),
       {row(7, {"g"}, "", "")},
       Kind::new_alert,
       0},
      {"nothing known but the place", identity("", "", ""), {row(7, {}, "", "")}, Kind::repeat, 7},
      {"one side knows more than the place",
       identity("", "", ""),
       {row(7, {"g"}, "", "")},
       Kind::new_alert,
       0},
      {"empty is not equal to empty",
       identity("", "", "s"),
       {row(7, {}, "", "")},
       Kind::new_alert,
       0},

      {"the TBS hash before the fingerprint",
       identity("f", "t", "s"),
       {row(3, {"f"}, "", "s"), row(7, {"g"}, "t", "z")},
       Kind::repeat,
       7},
      {"the fingerprint before the serial key",
       identity("f", "", "s"),
       {row(3, {"g"}, "", "s"), row(7, {"f"}, "", "z")},
       Kind::repeat,
       7},
      {"the oldest of equals",
       identity("f", "t", "s"),
       {row(9, {"g"}, "", "s"), row(7, {"h"}, "", "s"), row(8, {"i"}, "", "s")},
       Kind::repeat,
       7},
      {"same TBS hash in spite of another row's conflict",
       identity("f", "t", "s"),
       {row(3, {"g"}, "u", "s"), row(7, {"h"}, "t", "s")},
       Kind::repeat,
       7},
      {"every row with the serial key has another TBS hash",
       identity("f", "t", "s"),
       {row(3, {"g"}, "u", "s"), row(7, {"h"}, "v", "s")},
       Kind::conflict,
       0},
      {"two issuances claim the serial key, and it is told apart by neither",
       identity("f", "", "s"),
       {row(3, {"g"}, "t", "s"), row(7, {"h"}, "u", "s")},
       Kind::conflict,
       0},
      {"what came with DER is one of the two that claim it",
       identity("f", "t", "s"),
       {provisional(row(3, {"g"}, "u", "s")), confirming(row(7, {"h"}, "", "s"), 3)},
       Kind::conflict,
       0},
      {"the same without a fingerprint adds nothing to the wrong one",
       identity("", "", "s"),
       {row(3, {"g"}, "t", "s"), row(7, {"h"}, "u", "s")},
       Kind::repeat,
       3},

      {"another certificate with the serial key, without DER",
       identity("f", "", "s", certificate),
       {with_certificate(row(7, {"g"}, "", "s"))},
       Kind::conflict,
       0},
      {"a certificate with the TBS hash of another: its SCTs differ",
       identity("f", "t", "s", certificate),
       {with_certificate(row(7, {"g"}, "t", "s"))},
       Kind::repeat,
       7},
      {"a precertificate to a certificate without DER",
       identity("f", "t", "s"),
       {with_certificate(row(7, {"g"}, "", "s"))},
       Kind::repeat,
       7},
      {"the certificate itself, now with DER",
       identity("g", "t", "s", certificate),
       {with_certificate(row(7, {"g"}, "", "s"))},
       Kind::repeat,
       7},

      {"the certificate to a provisional row",
       identity("f", "t", "s", certificate),
       {provisional(row(7, {"g"}, "t", "s"))},
       Kind::confirmation,
       7},
      {"the same by serial key alone",
       identity("f", "", "s", certificate),
       {provisional(row(7, {"g"}, "", "s"))},
       Kind::confirmation,
       7},
      {"a certificate that the provisional row knows already",
       identity("f", "t", "s", certificate),
       {provisional(row(7, {"g", "f"}, "t", "s"))},
       Kind::repeat,
       7},
      {"a precertificate confirms nothing",
       identity("f", "t", "s"),
       {provisional(row(7, {"g"}, "t", "s"))},
       Kind::repeat,
       7},
      {"a certificate without fingerprint can be looked up nowhere",
       identity("", "", "s", certificate),
       {provisional(row(7, {"g"}, "t", "s"))},
       Kind::repeat,
       7},
      {"another TBS hash confirms nothing",
       identity("f", "u", "s", certificate),
       {provisional(row(7, {"g"}, "t", "s"))},
       Kind::conflict,
       0},
      {"a confirmation under way, by fingerprint",
       identity("f", "t", "s", certificate),
       {provisional(row(7, {"g"}, "t", "s")), confirming(row(8, {"f"}, "", "s"), 7)},
       Kind::repeat,
       8},
      {"a confirmation under way, by TBS hash",
       identity("f", "t", "s", certificate),
       {provisional(row(7, {"g"}, "", "s")), confirming(row(8, {"h"}, "t", "s"), 7)},
       Kind::repeat,
       8},
      {"two confirmations under way, the oldest of equals",
       identity("f", "t", "s", certificate),
       {provisional(row(7, {"g"}, "", "s")), confirming(row(8, {"h"}, "t", "s"), 7),
        confirming(row(9, {"f"}, "t", "s"), 7)},
       Kind::repeat,
       8},
      {"a confirmation under way by another certificate",
       identity("f", "", "s", certificate),
       {provisional(row(7, {"g"}, "", "s")), confirming(row(8, {"h"}, "", "s"), 7)},
       Kind::confirmation,
       7},
      {"the same, on a row that does not say that it has a certificate",
       identity("f", "", "s", certificate),
       {provisional(row(7, {"g"}, "", "s")), confirms(row(8, {"h"}, "", "s"), 7)},
       Kind::confirmation,
       7},
      {"a confirmation of another row",
       identity("f", "t", "s", certificate),
       {provisional(row(7, {"g"}, "t", "s")), confirming(row(8, {"f"}, "t", "s"), 5)},
       Kind::confirmation,
       7},
      {"the precertificate goes to its row, not to the confirmation",
       identity("f", "t", "s"),
       {confirming(row(3, {"h"}, "t", "s"), 7), provisional(row(7, {"g"}, "t", "s"))},
       Kind::repeat,
       7},
  };
  for (const Row& each : rows) {
    INFO(each.why);
    std::vector<KnownAlert> known = each.known;
    std::sort(known.begin(), known.end(),
              [](const KnownAlert& one, const KnownAlert& other) { return one.row < other.row; });
    const Placement placement = place(each.sighting, known);
    CHECK(placement.kind == each.kind);
    CHECK(placement.row == each.belongs_to);
    std::reverse(known.begin(), known.end());
    const Placement turned = place(each.sighting, known);
    CHECK(turned.kind == each.kind);
    CHECK(turned.row == each.belongs_to);
  }
}

}  // namespace
}  // namespace certwatch
