// What a batch of new alerts does to the rows on record. Pure: reading the rows and writing the
// plan is left to the adapters, so that all of them decide alike.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/alert.h"
#include "model/identity.h"
#include "record/alert_store.h"

namespace certwatch {

// Soft limit: further fingerprints of an issuance are not remembered. Certificate and
// precertificate make two; more come from servers that call something else a fingerprint.
inline constexpr std::size_t fingerprints_per_row = 16;
// What is longer is no hash, and no index would take it: treated as not known.
inline constexpr std::size_t longest_identity = 128;

// A row on record that shares an identity, or the event id, with one of the batch.
struct RowOnRecord {
  KnownAlert known;
  // Where it stands; its `row` is known.row.
  Verdict verdict;
  bool only_precertificates = false;  // of the sightings so far
  bool may_be_ours_by_serial = false;
  bool is_conflict = false;
};

// A row to insert.
struct NewRow {
  // Of the batch.
  std::size_t alert = 0;
  // Everything that the sightings of this batch brought for it.
  KnownAlert known;
  Identity identity;
  bool is_conflict = false;
};

// What sightings of the batch add to a row that is on record. Empty strings add nothing.
struct Amendment {
  std::int64_t row = 0;
  std::string event_id;
  std::vector<std::string> fingerprints;
  std::string tbs_sha256;
  std::string serial_key;
  std::string serial;
  std::optional<std::int64_t> not_before;
  std::optional<std::int64_t> not_after;
  bool only_precertificates = true;
  bool has_certificate = false;
  bool may_be_ours_by_serial = false;
  // It is pending or provisional: what was added may make it ours.
  bool may_become_ours = false;
  bool is_conflict = false;
};

// What becomes of one alert of the batch.
struct Outcome {
  enum class Kind {
    new_row,        // it is the alert of new_rows[index]
    repeat_of_new,  // a repeat of new_rows[index]
    repeat,         // a repeat of `row`
    on_record,      // has been recorded before, as rows[index]
  };
  Kind kind = Kind::new_row;
  std::size_t index = 0;
  std::int64_t row = 0;
};

struct BatchPlan {
  std::vector<NewRow> new_rows;
  std::vector<Amendment> amendments;  // at most one per row
  std::vector<Outcome> outcomes;      // one per alert
};

// `rows` are those on record that share an identity or the event id with one of `alerts`.
BatchPlan plan_batch(std::span<const NewAlert> alerts, std::span<const RowOnRecord> rows,
                     const Placer& place);

// What the inventory made of the rows of a batch.
struct BatchJudgement {
  // By row; of others than the batch's where they lost their serial.
  std::map<std::int64_t, Verdict> verdicts;
  // Certificates that confirmed a provisional row, and went: row to provisional row.
  std::map<std::int64_t, std::int64_t> vanished;
};
// What record() returns. `numbers`: the rows that new_rows became. The verdict of a row is told
// once, also where it is a repeat that brought it about.
std::vector<Recorded> recorded_batch(std::span<const NewAlert> alerts,
                                     std::span<const RowOnRecord> rows, const BatchPlan& plan,
                                     std::span<const std::int64_t> numbers,
                                     BatchJudgement judgement);

// The identities of a batch, for the look-up of `rows` and for locks. Sorted, without repeats.
struct BatchIdentities {
  std::vector<std::string> fingerprints;
  std::vector<std::string> tbs_sha256;
  std::vector<std::string> serial_keys;
  std::vector<std::string> source_keys;
};
BatchIdentities identities_of(std::span<const NewAlert> alerts);

}  // namespace certwatch
