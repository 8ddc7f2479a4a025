// Rows of public.alerts as the ledger knows them (model/issuance_row.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/issuance_row.h"
#include "record/postgres/answer.h"
#include "record/postgres/parameters.h"

namespace certwatch::postgres {

// What read_issuance_rows() expects in front, of a table `a`.
inline constexpr const char* issuance_columns =
    "a.id, a.event_id, a.serial, a.not_before, a.not_after, a.names, a.tbs_sha256,"
    " a.computed_precertificates, a.computed_certificates, a.claimed_precertificates,"
    " a.claimed_certificates, a.has_hashed_precertificate, a.has_unhashed_precertificate,"
    " a.source_key, a.is_blank, a.is_crowded, a.severity, a.known_by, a.reason, a.is_certain,"
    " a.is_refuted, extract(epoch FROM a.decide_at)::float8, a.resolved_at IS NOT NULL,"
    " a.conflict_with, a.refutes, a.matched, CASE WHEN a.event_id IS NULL THEN a.fingerprint END";

// A row of the Python service has one fingerprint, which is claimed, and is info or suspicious.
std::vector<IssuanceRow> read_issuance_rows(const Answer& answer);

// The columns that issuance_values() fills, and its parameters in the same order, $1 to $26. The
// row's own number is not among them, nor is that of a row that has none yet.
inline constexpr const char* written_columns =
    "event_id, serial, not_before, not_after, issuance_key, names, tbs_sha256, fingerprints,"
    " computed_precertificates, computed_certificates, claimed_precertificates,"
    " claimed_certificates, has_hashed_precertificate, has_unhashed_precertificate, source_key,"
    " is_blank, is_crowded, severity, known_by, reason, importance, is_certain, is_refuted,"
    " decide_at, conflict_with, refutes";
inline constexpr const char* written_values =
    "$1::uuid, $2::text, $3::bigint, $4::bigint, $5::text, $6::text[], $7::text, $8::text[],"
    " $9::text[], $10::text[], $11::text[], $12::text[], $13::boolean, $14::boolean, $15::text,"
    " $16::boolean, $17::boolean, $18::text, $19::text, $20::text, $21::text, $22::boolean,"
    " $23::boolean, to_timestamp($24::float8), $25::bigint, $26::bigint";
Parameters issuance_values(const IssuanceRow& row);

}  // namespace certwatch::postgres
