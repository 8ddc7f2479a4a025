// The compact notation of sequences of sightings, and a record in memory that plays them.
//
// A step is a kind and an issuance:
//   P C  precertificate, certificate, with DER      L  precertificate from a log's leaf (no
//   fingerprint) p c  the same without DER                       q x  the same without DER and
//   fingerprint y    precertificate under a signing certificate (DER and fingerprint, no TBS hash)
//   a ours   b another's with the same serial, validity and names   e same serial, other names
//   h another's with a serial of its own   d a stranger   r our renewal
//   c, z, k further certificates made with the serial of a, of a, and of h
//   [slot:fingerprint:key] a lie without DER: calls itself p or c, claims that fingerprint, and the
//   serial, dates and names of that issuance
//   +a  the inventory gets a (fingerprint, serial, validity, names); +a* with its TBS hash; +a-
//   without names     .  the grace windows are over     ~  the inventory is looked at again
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ledger/ledger.h"

namespace certwatch::notation {

Identity sighting(std::string_view step);
InventoryCertificate inventory_certificate(std::string_view step);
std::vector<std::string> steps_of(std::string_view sequence);

// Rows and inventory in memory, and nothing decided here.
class Record {
 public:
  void play(std::string_view step);
  void play_all(std::string_view sequence) {
    for (const std::string& step : steps_of(sequence)) play(step);
  }

  // "info:serial suspicious:unknown!fingerprint pending", in order of the rows.
  std::string rows_in_words() const;

  std::vector<IssuanceRow> rows;
  std::vector<InventoryCertificate> inventory;
  // By row: the identities that became a part of it.
  std::vector<std::vector<Identity>> seen;
  std::vector<Verdict> verdicts;

 private:
  ledger::Ledger begin() const;
  void apply(const ledger::Ledger& after);
  void arrive(const Identity& identity);

  SystemTime now_{};
};

}  // namespace certwatch::notation
