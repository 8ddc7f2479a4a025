#include <algorithm>
#include <iostream>
#include <memory>

#include "app/certificate_input.h"
#include "app/commands.h"
#include "app/stores.h"
#include "app/table.h"
#include "base/json_text.h"
#include "base/text.h"
#include "classify/issuance.h"
#include "match/watch_list.h"

namespace certwatch {
namespace {

// What there is to compare with; nothing where no database is configured.
struct Records {
  std::unique_ptr<WatchList> watch_list;
  std::unique_ptr<Inventory> inventory;
};

struct Findings {
  Identified identified;
  std::vector<std::string> entries;
  std::string verdict;  // info, suspicious, no alert, unknown
  std::string why;
};

Result<Records> open_records(const Config& config) {
  Records records;
  WatchListBuilder builder;
  const auto visited = open_watch_source(config, Access::read)->visit([&](auto fqdn) {
    if (fqdn) builder.add(*fqdn);
  });
  if (!visited) return failure(visited.error().message);
  records.watch_list = std::make_unique<WatchList>(std::move(builder).build());
  records.inventory = open_inventory(config, Access::read);
  return records;
}

void look_up_verdict(const Sighting& sighting, const Records& records, Findings& findings) {
  const Identity& identity = findings.identified.identity;
  const auto known = records.inventory->known_by(identity, sighting.names);
  if (!known) {
    findings.verdict = "unknown";
    findings.why = known.error().message;
  } else if (!*known) {
    findings.verdict = "suspicious";
    findings.why = "nothing in the inventory is like it";
  } else if (**known == KnownBy::serial && !identity.may_be_ours_by_serial) {
    findings.verdict = "suspicious";
    findings.why = "shares only the serial of a certificate in the inventory";
  } else {
    findings.verdict = "info";
    findings.why = std::string("in the inventory, known by ") + word(**known);
  }
}

Findings examine(const Sighting& sighting, const Records& records) {
  Findings findings;
  findings.identified = identify(sighting);
  if (!records.watch_list) {
    findings.verdict = "unknown";
    findings.why = "no database is configured (POSTGRES_DSN or SQLITE_PATH)";
    return findings;
  }
  Hits hits;
  for (const std::string& name : sighting.names) records.watch_list->find(name, hits);
  findings.entries.assign(hits.entries.begin(), hits.entries.end());
  std::sort(findings.entries.begin(), findings.entries.end());
  findings.entries.erase(std::unique(findings.entries.begin(), findings.entries.end()),
                         findings.entries.end());
  if (findings.entries.empty()) {
    findings.verdict = "no alert";
    findings.why = "no name hits a watch entry";
  } else {
    look_up_verdict(sighting, records, findings);
  }
  return findings;
}

const char* describe(DerState der) {
  switch (der) {
    case DerState::absent:
      return "none given";
    case DerState::read:
      return "read";
    case DerState::unreadable:
      return "not readable, ignored";
    case DerState::another:
      return "of another certificate than the fingerprint names, ignored";
  }
  return "";
}

void print_json(const std::string& file, const Sighting& sighting, const Findings& findings) {
  const Identity& identity = findings.identified.identity;
  std::cout << json::Object()
                   .add_string("file", file)
                   .add("names", json::array(sighting.names))
                   .add_bool("precertificate", identity.is_precertificate)
                   .add_string("fingerprint_sha1", identity.fingerprint)
                   .add_string("fingerprint_sha256", findings.identified.hashes.fingerprint_sha256)
                   .add_string("tbs_sha256", identity.tbs_sha256)
                   .add_string("spki_sha256", findings.identified.hashes.spki_sha256)
                   .add_string("serial", identity.serial)
                   .add_string("serial_key", identity.serial_key)
                   .add_string("der", describe(findings.identified.der))
                   .add("matched_entries", json::array(findings.entries))
                   .add_string("verdict", findings.verdict)
                   .add_string("why", findings.why)
                   .text()
            << "\n";
}

std::string or_dash(const std::string& text) {
  constexpr std::size_t longest = 2000;
  return text.empty() ? "-" : printable(text, longest);
}

void print_text(const std::string& file, const Sighting& sighting, const Findings& findings) {
  const Identity& identity = findings.identified.identity;
  std::cout << printable(file) << "\n"
            << "  names        " << or_dash(listed(sighting.names)) << "\n"
            << "  kind         " << (identity.is_precertificate ? "precertificate" : "certificate")
            << "\n"
            << "  fingerprint  " << or_dash(identity.fingerprint) << "\n"
            << "  TBS hash     " << or_dash(identity.tbs_sha256) << "\n"
            << "  serial       " << or_dash(identity.serial) << "\n"
            << "  serial key   " << or_dash(identity.serial_key) << "\n"
            << "  DER          " << describe(findings.identified.der) << "\n"
            << "  entries      " << or_dash(listed(findings.entries)) << "\n"
            << "  verdict      " << findings.verdict << ": " << printable(findings.why) << "\n";
}

ExitCode check_against(const Records& records, const CheckArguments& arguments) {
  ExitCode code = exit_fine;
  for (const std::string& file : arguments.files) {
    const auto content = read_input(file);
    const auto found = content ? sightings(*content) : tl::unexpected(content.error());
    if (!found) {
      std::cerr << "certwatch: " << printable(file) << ": " << printable(found.error().message, 500)
                << "\n";
      code = exit_failure;
      continue;
    }
    for (const Sighting& sighting : *found) {
      const Findings findings = examine(sighting, records);
      (arguments.as_json ? print_json : print_text)(file, sighting, findings);
    }
  }
  return code;
}

}  // namespace

ExitCode check(const Config& config, const CheckArguments& arguments) {
  if (config.postgres_dsn.empty() && config.sqlite_path.empty()) {
    return check_against({}, arguments);
  }
  const auto records = open_records(config);
  if (!records) {
    std::cerr << "certwatch: " << printable(records.error().message, 500) << "\n";
    return exit_failure;
  }
  return check_against(*records, arguments);
}

}  // namespace certwatch
