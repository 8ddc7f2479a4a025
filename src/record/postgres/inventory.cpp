#include "record/postgres/inventory.h"

#include "base/json_text.h"
#include "record/postgres/inventory_sql.h"
#include "record/postgres/transaction.h"

namespace certwatch::postgres {
namespace {

const Statement add_certificate{
    "add_certificate",
    "INSERT INTO public.certs (fingerprint_sha1, serial, sans, not_before, not_after, source,"
    "  added_at) VALUES ($1, $2, $3::jsonb, $4, $5, $6, $7)"
    " ON CONFLICT DO NOTHING RETURNING 1"};

const Statement find_tbs_column{"find_tbs_column",
                                "SELECT FROM pg_catalog.pg_attribute"
                                " WHERE attrelid = to_regclass('public.certs')"
                                " AND attname = 'tbs_sha256' AND NOT attisdropped"};

const Statement bind_tbs_hash{"bind_tbs_hash",
                              "UPDATE public.certs SET tbs_sha256 = $2"
                              " WHERE fingerprint_sha1 = $1 AND coalesce(tbs_sha256, '') = ''"};

}  // namespace

StoreResult<bool> PostgresInventory::add(const InventoryCertificate& certificate) {
  if (auto begun = session_.begin("add a certificate"); !begun) {
    return tl::unexpected(begun.error());
  }
  Parameters row;
  row.text(certificate.fingerprint_sha1).text(certificate.serial);
  row.text(json::array(certificate.sans, json::Form::storable)).integer(certificate.not_before);
  row.integer(certificate.not_after).text(certificate.source).integer(certificate.added_at);
  const Round added = session_.ask(
      {{begin_transaction, {}}, {add_certificate, std::move(row)}, {find_tbs_column, {}}});
  if (!added.ok()) return give_up(session_, added);
  std::vector<Question> questions;
  if (added.answers[2].rows() == 1 && !certificate.tbs_sha256.empty()) {
    Parameters hash;
    hash.text(certificate.fingerprint_sha1).text(certificate.tbs_sha256);
    questions.push_back({bind_tbs_hash, std::move(hash)});
  }
  questions.push_back({commit_transaction, {}});
  const Round round = session_.ask(questions);
  if (!round.ok()) return give_up(session_, round);
  return added.answers[1].rows() == 1;
}

StoreResult<std::vector<InventoryCertificate>> PostgresInventory::list() {
  if (auto begun = session_.begin("list the inventory"); !begun) {
    return tl::unexpected(begun.error());
  }
  std::vector<InventoryCertificate> all;
  const auto read = [&all](const Answer& answer) {
    InventoryCertificate one = read_certificate(answer, 0);
    one.source = answer.text(0, 6);
    one.added_at = answer.integer(0, 7);
    all.push_back(std::move(one));
  };
  if (auto listed = session_.stream(list_certificates, read); !listed) {
    return tl::unexpected(listed.error());
  }
  return all;
}

}  // namespace certwatch::postgres
