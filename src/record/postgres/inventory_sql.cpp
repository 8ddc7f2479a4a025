#include "record/postgres/inventory_sql.h"

#include <set>

namespace certwatch::postgres {
namespace {

// An empty list of names where upstream stored something else than an array.
const std::string certificate_columns =
    "ours.fingerprint_sha1, ours.serial, ours.not_before, ours.not_after, ours.tbs_sha256,"
    " ARRAY(SELECT jsonb_array_elements_text(CASE jsonb_typeof(ours.sans) WHEN 'array'"
    " THEN ours.sans ELSE '[]' END))";

// `tbs_sha256` is the table's column where there is one, and else the null beside it.
std::string certificates(const std::string& columns, const std::string& condition) {
  return "(VALUES (NULL::text)) AS otherwise (tbs_sha256) CROSS JOIN LATERAL (SELECT"
         " fingerprint_sha1, serial, sans, not_before, not_after, tbs_sha256" +
         columns + " FROM public.certs" + condition + ") AS ours";
}

// A serial in its normal form (model/serial.h).
const std::string normal_form =
    "regexp_replace(translate(lower(serial COLLATE \"C\"), E':- \\t\\n\\x0b\\f\\r', ''),"
    " '^(0x)?0*(?=.)', '')";

}  // namespace

// IS TRUE: the index on the validity is asked for each beginning, not for each beginning with each
// end.
const Statement find_certificates{
    "find_certificates",
    "SELECT " + certificate_columns + " FROM " +
        certificates(
            "",
            " WHERE fingerprint_sha1 = ANY ($1::text[]) OR tbs_sha256 = ANY ($2::text[])"
            " OR (not_before = ANY ($3::bigint[]) AND (not_after = ANY ($4::bigint[])) IS TRUE"
            " AND " +
                normal_form + " = ANY ($5::text[]))")};

const Statement list_certificates{"list_certificates", "SELECT " + certificate_columns +
                                                           ", source, added_at FROM " +
                                                           certificates(", source, added_at", "") +
                                                           " ORDER BY added_at, fingerprint_sha1"};

Parameters wanted_certificates(const Identities& identities) {
  std::set<std::int64_t> not_before;
  std::set<std::int64_t> not_after;
  std::vector<std::string> serials;
  for (const SerialKey& key : identities.serial_keys) {
    not_before.insert(key.not_before);
    not_after.insert(key.not_after);
    serials.push_back(key.serial);
  }
  Parameters wanted;
  wanted.texts(identities.fingerprints).texts(identities.tbs_sha256);
  wanted.integers(std::vector(not_before.begin(), not_before.end()));
  wanted.integers(std::vector(not_after.begin(), not_after.end())).texts(serials);
  return wanted;
}

InventoryCertificate read_certificate(const Answer& answer, int row) {
  InventoryCertificate one;
  one.fingerprint_sha1 = answer.text(row, 0);
  one.serial = answer.text(row, 1);
  one.not_before = answer.integer(row, 2);
  one.not_after = answer.integer(row, 3);
  one.tbs_sha256 = answer.text(row, 4);
  one.sans = answer.texts(row, 5);
  return one;
}

}  // namespace certwatch::postgres
