#include <array>
#include <iostream>
#include <memory>

#include "app/certificate_input.h"
#include "app/commands.h"
#include "app/examination.h"
#include "app/stores.h"
#include "app/table.h"
#include "base/json_text.h"
#include "base/text.h"
#include "classify/identify.h"
#include "match/watch_list.h"

namespace certwatch {
namespace {

// What there is to compare with; nothing where no database is configured.
struct Records {
  std::unique_ptr<WatchList> watch_list;
  std::unique_ptr<LedgerStore> ledger;
};

Result<Records> open_records(const Config& config) {
  Records records;
  WatchListBuilder builder;
  const auto visited = open_watch_source(config, Access::read)->visit([&](auto fqdn) {
    if (fqdn) builder.add(*fqdn);
  });
  if (!visited) return failure(visited.error().message);
  records.watch_list = std::make_unique<WatchList>(std::move(builder).build());
  records.ledger = open_ledger_store(config, Access::read);
  return records;
}

Examination examined(Sighting& sighting, const Records& records) {
  if (records.watch_list) return examine(sighting, *records.watch_list, *records.ledger);
  return {identify(sighting),
          {},
          "unknown",
          "no database is configured (POSTGRES_DSN or SQLITE_PATH)",
          {}};
}

const char* describe(DerState der) {
  constexpr std::array words{"none given", "read", "not readable, ignored",
                             "for none of the watched names, ignored"};
  return words[static_cast<std::size_t>(der)];
}

std::string serial_key_of(const Identity& identity) {
  return identity.serial_key ? identity.serial_key->text() : "";
}

void print_json(const std::string& file, const Sighting& sighting, const Examination& found) {
  const CertificateFacts& facts = sighting.facts();
  std::cout << json::Object()
                   .add_string("file", file)
                   .add("names", json::array(names_of(sighting)))
                   .add_bool("precertificate", found.identity.is_precertificate)
                   .add_string("fingerprint_sha1", facts.sha1)
                   .add_string("fingerprint_sha256", facts.sha256)
                   .add_string("tbs_sha256", facts.tbs_sha256)
                   .add_string("spki_sha256", facts.spki_sha256)
                   .add_string("serial", facts.serial)
                   .add_string("serial_key", serial_key_of(found.identity))
                   .add_string("der", describe(sighting.der))
                   .add("matched_entries", json::array(found.entries))
                   .add_string("verdict", found.verdict)
                   .add_string("why", found.why)
                   .add("alert", found.alert ? std::to_string(*found.alert) : "null")
                   .text()
            << "\n";
}

std::string or_dash(const std::string& text) {
  constexpr std::size_t longest = 2000;
  return text.empty() ? "-" : printable(text, longest);
}

void print_text(const std::string& file, const Sighting& sighting, const Examination& found) {
  const CertificateFacts& facts = sighting.facts();
  std::cout << printable(file) << "\n"
            << "  names        " << or_dash(listed(names_of(sighting))) << "\n"
            << "  kind         "
            << (found.identity.is_precertificate ? "precertificate" : "certificate") << "\n"
            << "  fingerprint  " << or_dash(facts.sha1) << "\n"
            << "  TBS hash     " << or_dash(facts.tbs_sha256) << "\n"
            << "  serial       " << or_dash(facts.serial) << "\n"
            << "  serial key   " << or_dash(serial_key_of(found.identity)) << "\n"
            << "  DER          " << describe(sighting.der) << "\n"
            << "  entries      " << or_dash(listed(found.entries)) << "\n"
            << "  verdict      " << found.verdict << ": " << printable(found.why)
            << (found.alert ? ", alert " + std::to_string(*found.alert) : "") << "\n";
}

ExitCode check_against(const Records& records, const CheckArguments& arguments) {
  ExitCode code = exit_fine;
  for (const std::string& file : arguments.files) {
    const auto content = read_input(file);
    auto found = content ? sightings(*content) : tl::unexpected(content.error());
    if (!found) {
      std::cerr << "certwatch: " << printable(file) << ": " << printable(found.error().message, 500)
                << "\n";
      code = exit_failure;
      continue;
    }
    for (Sighting& sighting : *found) {
      const Examination result = examined(sighting, records);
      (arguments.as_json ? print_json : print_text)(file, sighting, result);
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
