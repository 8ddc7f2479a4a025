#include "ledger/notation.h"

#include <algorithm>
#include <map>
#include <stdexcept>

namespace certwatch::notation {
namespace {

constexpr Seconds grace{10};

struct Key {
  std::string serial;
  std::string name;
};

const Key& key_of(char issuance) {
  static const std::map<char, Key> keys{
      {'a', {"5a", "n.example"}}, {'b', {"5a", "n.example"}}, {'e', {"5a", "m.example"}},
      {'h', {"5b", "n.example"}}, {'d', {"5d", "n.example"}}, {'r', {"5c", "n.example"}},
      {'z', {"5a", "n.example"}}, {'c', {"5a", "n.example"}}, {'k', {"5b", "n.example"}},
  };
  return keys.at(issuance);
}

void set_key(Identity& identity, char issuance) {
  const Key& key = key_of(issuance);
  identity.serial_key = SerialKey{key.serial, 1000, 2000};
  identity.names = {key.name};
}

// As long as a SHA-1, since fingerprints of different lengths are not compared.
std::string fingerprint(std::string_view name) {
  constexpr std::size_t digits = 40;
  std::string padded(name);
  padded.resize(digits, '-');
  return padded;
}

Identity lie(std::string_view step) {
  const auto first = step.find(':');
  const auto second = step.find(':', first + 1);
  Identity identity;
  identity.is_precertificate = step[1] == 'p';
  const auto claimed = step.substr(first + 1, second - first - 1);
  if (!claimed.empty()) identity.fingerprints = {fingerprint(claimed)};
  set_key(identity, step[second + 1]);
  return identity;
}

bool is_one_of(char kind, std::string_view kinds) {
  return kinds.find(kind) != std::string_view::npos;
}

}  // namespace

Identity sighting(std::string_view step) {
  if (step.front() == '[') return lie(step);
  const char kind = step[0];
  const char issuance = step[1];
  Identity identity;
  set_key(identity, issuance);
  identity.is_precertificate = is_one_of(kind, "PLpqy");
  if (is_one_of(kind, "PCL")) identity.tbs_sha256 = std::string("T") + issuance;
  if (is_one_of(kind, "PCpcy")) {
    identity.fingerprints = {
        fingerprint(std::string(identity.is_precertificate ? "Fp" : "Fc") + issuance)};
  }
  return identity;
}

InventoryCertificate inventory_certificate(std::string_view step) {
  const char issuance = step[1];
  const std::string_view options = step.substr(2);
  InventoryCertificate certificate;
  certificate.fingerprint_sha1 = fingerprint(std::string("Fc") + issuance);
  certificate.serial = key_of(issuance).serial;
  certificate.not_before = 1000;
  certificate.not_after = 2000;
  if (options != "-") certificate.sans = {key_of(issuance).name};
  if (options == "*") certificate.tbs_sha256 = std::string("T") + issuance;
  return certificate;
}

std::vector<std::string> steps_of(std::string_view sequence) {
  std::vector<std::string> steps;
  while (!sequence.empty()) {
    const auto end = std::min(sequence.find(' '), sequence.size());
    if (end > 0) steps.emplace_back(sequence.substr(0, end));
    sequence.remove_prefix(std::min(end + 1, sequence.size()));
  }
  return steps;
}

ledger::Ledger Record::begin() const {
  ledger::Snapshot snapshot;
  snapshot.now = now_;
  snapshot.rows = rows;
  snapshot.inventory = inventory;
  return {std::move(snapshot),
          {grace, [n = rows.size()]() mutable { return "told-" + std::to_string(++n); }}};
}

void Record::apply(const ledger::Ledger& after) {
  const ledger::Changes changes = after.changes();
  const auto number = [known = static_cast<std::int64_t>(rows.size())](std::int64_t id) {
    return id < 0 ? known - id : id;
  };
  for (const IssuanceRow& row : changes.updates) {
    rows.at(static_cast<std::size_t>(row.id - 1)) = row;
  }
  for (const ledger::NewRow& made : changes.inserts) {
    IssuanceRow row = made.row;
    row.id = number(row.id);
    if (row.conflict_with) row.conflict_with = number(*row.conflict_with);
    if (row.refutes) row.refutes = number(*row.refutes);
    rows.push_back(std::move(row));
  }
  seen.resize(rows.size());
  for (const Verdict& verdict : after.verdicts()) verdicts.push_back(verdict);
}

void Record::arrive(const Identity& identity) {
  ledger::Ledger ledger = begin();
  ledger::Arrival arrival{
      "event-" + std::to_string(rows.size()) + "-" + std::to_string(verdicts.size()), identity, {}};
  const std::size_t before = rows.size();
  const ledger::Recorded recorded = ledger.arrive(arrival);
  apply(ledger);
  const std::int64_t row =
      recorded.row < 0 ? static_cast<std::int64_t>(before) - recorded.row : recorded.row;
  seen.at(static_cast<std::size_t>(row - 1)).push_back(identity);
}

void Record::play(std::string_view step) {
  if (step.front() == '+') {
    inventory.push_back(inventory_certificate(step));
  } else if (step == "." || step == "~") {
    if (step == ".") now_ += std::chrono::duration_cast<SystemTime::duration>(grace);
    const std::size_t count = rows.size();
    for (std::size_t i = 0; i < count; ++i) {
      ledger::Ledger ledger = begin();
      const auto id = static_cast<std::int64_t>(i + 1);
      step == "." ? ledger.grace_over(id) : ledger.look_again(id);
      apply(ledger);
    }
  } else {
    arrive(sighting(step));
  }
}

std::string Record::rows_in_words() const {
  std::string words;
  for (const IssuanceRow& row : rows) {
    if (!words.empty()) words += ' ';
    words += word(row.severity);
    if (row.severity == Severity::info) words += std::string(":") + word(row.known_by.value());
    if (row.reason) words += std::string(":") + word(*row.reason);
    if (row.is_resolved) words += std::string("!") + word(row.known_by.value());
  }
  return words;
}

}  // namespace certwatch::notation
