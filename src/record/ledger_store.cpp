#include "record/ledger_store.h"

namespace certwatch {
namespace {

void add_known(std::vector<std::string>& texts, const std::string& text) {
  if (!text.empty()) texts.push_back(text);
}

}  // namespace

void Identities::add(const Identity& identity) {
  for (const std::string& one : identity.fingerprints) add_known(fingerprints, one);
  add_known(tbs_sha256, identity.tbs_sha256);
  if (identity.serial_key) serial_keys.push_back(*identity.serial_key);
  add_known(source_keys, identity.source_key);
}

void Identities::add(const IssuanceRow& row) {
  for (const Sort sort : all_sorts) {
    for (const std::string& one : row.computed[sort]) add_known(fingerprints, one);
    for (const std::string& one : row.claimed[sort]) add_known(fingerprints, one);
  }
  add_known(tbs_sha256, row.tbs_sha256);
  if (row.serial_key) serial_keys.push_back(*row.serial_key);
  add_known(source_keys, row.source_key);
  add_known(event_ids, row.event_id);
}

}  // namespace certwatch
