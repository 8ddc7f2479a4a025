#include "record/postgres/inventory.h"

#include "base/json_text.h"
#include "record/postgres/alert_sql.h"
#include "record/postgres/session.h"
#include "record/stored_words.h"

namespace certwatch::postgres {
namespace {

const Statement add_certificate{
    "add_certificate",
    "INSERT INTO public.certs (fingerprint_sha1, serial, sans, not_before, not_after, source,"
    "  added_at) VALUES ($1, $2, $3::jsonb, $4, $5, $6, $7)"
    " ON CONFLICT DO NOTHING RETURNING 1"};

const Statement bind_tbs_hash{"bind_tbs_hash",
                              "UPDATE public.certs SET tbs_sha256 = $2"
                              " WHERE fingerprint_sha1 = $1 AND coalesce(tbs_sha256, '') = ''"};

// An empty list of names where upstream stored something else than an array.
const std::string listed_columns =
    "SELECT fingerprint_sha1, serial, ARRAY(SELECT jsonb_array_elements_text("
    "CASE jsonb_typeof(sans) WHEN 'array' THEN sans ELSE '[]' END)), not_before, not_after,"
    " source, added_at";
const std::string in_order = " FROM public.certs ORDER BY added_at, fingerprint_sha1";
const Statement list_certificates{"list_certificates", listed_columns + ", ''" + in_order};
const Statement list_certificates_with_tbs{"list_certificates_with_tbs",
                                           listed_columns + ", tbs_sha256" + in_order};

StoreResult<InventoryShape> ask_shape(Session& session, const char* operation) {
  if (auto begun = session.begin(operation); !begun) return tl::unexpected(begun.error());
  const Round round = session.ask({find_inventory_shape, {}});
  if (!round.ok()) return round.error();
  return InventoryShape{round.answers[0].boolean(0, 0), round.answers[0].boolean(0, 1)};
}

}  // namespace

PostgresInventory::PostgresInventory(Secret dsn)
    : session_(std::make_unique<Session>(std::move(dsn), Session::Limits::none)) {}

PostgresInventory::~PostgresInventory() = default;

StoreResult<std::optional<KnownBy>> PostgresInventory::known_by(
    const Identity& identity, const std::vector<std::string>& names) {
  const auto shape = ask_shape(*session_, "look up a certificate");
  if (!shape) return tl::unexpected(shape.error());
  Parameters values;
  values.text(identity.fingerprint).text(identity.tbs_sha256).text(identity.serial);
  values.optional_integer(identity.not_before).optional_integer(identity.not_after);
  values.text(json::array(names, json::Form::storable));
  const Round round = session_->ask({look_up(*shape), std::move(values)});
  if (!round.ok()) return round.error();
  return known_by_of(round.answers[0].view(0, 0));
}

StoreResult<bool> PostgresInventory::add(const InventoryCertificate& certificate) {
  const auto shape = ask_shape(*session_, "add a certificate");
  if (!shape) return tl::unexpected(shape.error());
  Parameters row;
  row.text(certificate.fingerprint_sha1).text(certificate.serial);
  row.text(json::array(certificate.sans, json::Form::storable)).integer(certificate.not_before);
  row.integer(certificate.not_after).text(certificate.source).integer(certificate.added_at);
  std::vector<Question> questions;
  questions.push_back({begin_transaction, {}});
  questions.push_back({add_certificate, std::move(row)});
  if (shape->has_tbs_column && !certificate.tbs_sha256.empty()) {
    Parameters hash;
    hash.text(certificate.fingerprint_sha1).text(certificate.tbs_sha256);
    questions.push_back({bind_tbs_hash, std::move(hash)});
  }
  questions.push_back({commit_transaction, {}});
  const Round round = session_->ask(questions);
  if (!round.ok()) {
    session_->roll_back();
    return round.error();
  }
  return round.answers[1].rows() == 1;
}

StoreResult<std::vector<InventoryCertificate>> PostgresInventory::list() {
  const auto shape = ask_shape(*session_, "list the inventory");
  if (!shape) return tl::unexpected(shape.error());
  std::vector<InventoryCertificate> all;
  const auto read = [&all](const Answer& answer) {
    InventoryCertificate one;
    one.fingerprint_sha1 = answer.text(0, 0);
    one.serial = answer.text(0, 1);
    one.sans = answer.texts(0, 2);
    one.not_before = answer.integer(0, 3);
    one.not_after = answer.integer(0, 4);
    one.source = answer.text(0, 5);
    one.added_at = answer.integer(0, 6);
    one.tbs_sha256 = answer.text(0, 7);
    all.push_back(std::move(one));
  };
  const Statement& all_rows =
      shape->has_tbs_column ? list_certificates_with_tbs : list_certificates;
  if (auto listed = session_->stream(all_rows, read); !listed) {
    return tl::unexpected(listed.error());
  }
  return all;
}

}  // namespace certwatch::postgres
