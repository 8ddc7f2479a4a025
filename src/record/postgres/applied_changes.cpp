#include "record/postgres/applied_changes.h"

#include <algorithm>

#include "record/alert_content.h"
#include "record/postgres/issuance_rows.h"
#include "record/postgres/ledger_sql.h"

namespace certwatch::postgres {
namespace {

using ledger::Changes;
using ledger::ContentOfRow;
using ledger::NewRow;

class Application {
 public:
  Application(const Changes& changes, SystemTime now) : changes_(changes), now_(now) {}

  std::vector<Question> questions() const {
    std::vector<Question> all;
    for (const NewRow& row : changes_.inserts) all.push_back(insertion(row));
    for (const IssuanceRow& row : changes_.updates) all.push_back(update(row));
    for (const NewRow& row : changes_.inserts) add_names(all, row.row);
    for (const IssuanceRow& row : changes_.updates) add_names(all, row);
    if (!changes_.deliveries.empty()) all.push_back({insert_deliveries, deliveries()});
    return all;
  }

 private:
  std::optional<SystemTime> now_if(const std::vector<std::int64_t>& rows, std::int64_t row) const {
    const bool is_among = std::find(rows.begin(), rows.end(), row) != rows.end();
    return is_among ? std::optional(now_) : std::nullopt;
  }

  Parameters row_values(const IssuanceRow& row) const {
    Parameters values = issuance_values(row);
    values.optional_time(now_if(changes_.decided, row.id));
    values.optional_time(now_if(changes_.resolved, row.id));
    return values;
  }

  // The event id of a row that is inserted here, and null for any other.
  void add_event_id(Parameters& values, std::optional<std::int64_t> row) const {
    if (!row || *row > 0) {
      values.null();
      return;
    }
    const auto inserted = std::find_if(changes_.inserts.begin(), changes_.inserts.end(),
                                       [row](const NewRow& one) { return one.row.id == row; });
    values.text(inserted->row.event_id);
  }

  void add_names(std::vector<Question>& questions, const IssuanceRow& row) const {
    if (row.conflict_with.value_or(1) > 0 && row.refutes.value_or(1) > 0) return;
    Parameters values;
    values.text(row.event_id);
    add_event_id(values, row.conflict_with);
    add_event_id(values, row.refutes);
    questions.push_back({name_new_rows, std::move(values)});
  }

  Question insertion(const NewRow& row) const {
    Parameters values = row_values(row.row);
    values.time(now_);
    if (const auto* of_row = std::get_if<ContentOfRow>(&row.content)) {
      add_content(values, *of_row);
      return {tell_apart, std::move(values)};
    }
    add_content(values, *std::get<const AlertContent*>(row.content));
    return {insert_alert, std::move(values)};
  }

  void add_content(Parameters& values, const ContentOfRow& content) const {
    values.integer(content.row);
    add_event_id(values, content.row);
    values.optional_text(content.claimed_fingerprint);
    if (content.claimed_fingerprint) {
      values.text(claimed_identity_facts(*content.claimed_fingerprint, content.is_precertificate));
    } else {
      values.null();
    }
  }

  static void add_content(Parameters& values, const AlertContent& content) {
    values.text(content.fingerprint).text(content.identity_facts).text(content.message_facts);
    values.text(content.sans).text(content.matched).optional_text(content.issuer);
    values.integer(content.seen_at);
  }

  Question update(const IssuanceRow& row) const {
    Parameters values = row_values(row);
    values.integer(row.id);
    return {update_alert, std::move(values)};
  }

  Parameters deliveries() const {
    std::vector<std::int64_t> rows;
    std::vector<std::string> kinds;
    std::vector<std::string> event_ids;
    std::vector<std::string> destinations;
    for (const ledger::NewDelivery& delivery : changes_.deliveries) {
      rows.push_back(delivery.row);
      kinds.emplace_back(word(delivery.kind));
      event_ids.push_back(delivery.event_id);
      destinations.push_back(delivery.destination);
    }
    Parameters values;
    values.integers(rows).texts(kinds).texts(event_ids).texts(destinations).time(now_);
    return values;
  }

  const Changes& changes_;
  const SystemTime now_;
};

}  // namespace

std::vector<Question> to_apply(const Changes& changes, SystemTime now) {
  return Application(changes, now).questions();
}

}  // namespace certwatch::postgres
