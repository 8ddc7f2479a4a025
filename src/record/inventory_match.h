// How a certificate is found in an inventory, and what follows from it. Pure; for stores whose
// database cannot say it in one statement (record/postgres/alert_sql.h says the same in SQL).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/alert.h"

namespace certwatch {

// Every source writes serials as it likes. They match where they have the same normal form, and it
// is not empty.
bool is_same_serial(std::string_view one, std::string_view other);

// The set of names of a certificate as far as every source lists it: lower case, without a "DNS:"
// in front and trailing dots, sorted, and without what cannot be a DNS name of two labels (no dot,
// an address, a URI, an e-mail address).
std::vector<std::string> inventory_names(const std::vector<std::string>& names);

// Are these, which the inventory has for one of ours, the names of a certificate whose serial is
// the same? Yes where the inventory has none; or any beyond ASCII, which cannot be compared:
// certificates have A-labels.
bool names_agree(const std::vector<std::string>& of_inventory,
                 const std::vector<std::string>& of_certificate);

// SHA-1 of no bytes: the fingerprint of what a server knows no DER of.
inline constexpr std::string_view digest_of_nothing = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

// By more than a serial, which whoever issues a certificate chooses.
bool is_certain(std::optional<KnownBy> known_by);

// What of a pending row its verdict depends on.
struct RowToJudge {
  bool grace_is_over = false;
  bool may_be_ours_by_serial = false;
  bool is_conflict = false;
  // It is the certificate to a provisional row.
  bool confirms = false;
};

struct Ruling {
  Severity severity = Severity::pending;  // pending: no verdict yet
  std::optional<KnownBy> known_by;        // for info
  std::optional<Reason> reason;           // for suspicious
  bool is_provisional = false;
  // It confirmed another row, and is no alert.
  bool vanishes = false;
};

// `known_by`: by what the inventory knows it.
Ruling rule(const RowToJudge& row, std::optional<KnownBy> known_by);

// A row that has the serial key of one that is ours for certain, and another TBS hash.
struct Rival {
  Severity severity = Severity::pending;
  bool is_resolved = false;
  bool is_provisional = false;
  bool may_be_ours_by_serial = false;
  // The certificate of the same issuance is on record as a row that confirms it: that one is, or
  // will be, the suspicious alert.
  bool has_confirmation = false;
};

// What it loses: the serial is not its own.
enum class Loss {
  nothing,  // it is certain as well, or nobody would have called it ours by the serial
  claim,    // it can no longer be called ours by the serial; what it is, it stays
  verdict,  // it was called ours by the serial, and is a suspicious alert now
};
Loss loss(const Rival& rival);

}  // namespace certwatch
