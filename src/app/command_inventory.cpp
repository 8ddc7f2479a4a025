#include <iostream>

#include "app/certificate_input.h"
#include "app/commands.h"
#include "app/stores.h"
#include "app/table.h"
#include "base/digest.h"
#include "base/json_text.h"
#include "base/text.h"
#include "x509/certificate.h"

namespace certwatch {
namespace {

Result<InventoryCertificate> inventory_certificate(const std::string& der,
                                                   const std::string& source) {
  const auto certificate = read_certificate(der);
  if (!certificate) return tl::unexpected(certificate.error());
  if (certificate->has_poison) {
    return failure("a precertificate: the inventory holds certificates");
  }
  if (!certificate->not_before || !certificate->not_after) {
    return failure("its validity is not well-formed");
  }
  const auto tbs = tbs_sha256(der);
  if (!tbs) return tl::unexpected(tbs.error());
  InventoryCertificate row;
  row.fingerprint_sha1 = to_hex(sha1(der));
  row.serial = certificate->serial;
  row.sans = certificate->dns_names;
  row.not_before = *certificate->not_before;
  row.not_after = *certificate->not_after;
  row.source = source;
  row.tbs_sha256 = to_hex(*tbs);
  row.added_at = static_cast<std::int64_t>(unix_seconds(MachineClock().system_now()));
  return row;
}

// The first certificate of a file: what follows it in a PEM file is its chain.
Result<bool> add_file(Inventory& inventory, const std::string& file, const std::string& source) {
  const auto content = read_input(file);
  if (!content) return tl::unexpected(content.error());
  const auto certificates = der_certificates(*content);
  if (!certificates) return tl::unexpected(certificates.error());
  const auto row = inventory_certificate(certificates->front(), source);
  if (!row) return tl::unexpected(row.error());
  const auto added = inventory.add(*row);
  if (!added) return failure(added.error().message);
  std::cout << printable(file) << ": " << row->fingerprint_sha1
            << (*added ? " added\n" : " was there already\n");
  return *added;
}

}  // namespace

ExitCode inventory_add(const Config& config, const std::vector<std::string>& files,
                       const std::string& source) {
  const auto inventory = open_inventory(config);
  ExitCode code = exit_fine;
  for (const std::string& file : files) {
    const auto added = add_file(*inventory, file, source);
    if (added) continue;
    std::cerr << "certwatch: " << printable(file) << ": " << printable(added.error().message, 500)
              << "\n";
    code = exit_failure;
  }
  return code;
}

ExitCode inventory_list(const Config& config, bool as_json) {
  const auto rows = open_inventory(config, Access::read)->list();
  if (!rows) {
    std::cerr << "certwatch: " << printable(rows.error().message, 500) << "\n";
    return exit_failure;
  }
  Table table({"FINGERPRINT", "SERIAL", "NOT AFTER", "SOURCE", "NAMES"}, std::cout,
              output_is_terminal());
  for (const InventoryCertificate& row : *rows) {
    if (as_json) {
      std::cout << json::Object()
                       .add_string("fingerprint_sha1", row.fingerprint_sha1)
                       .add_string("serial", row.serial)
                       .add("sans", json::array(row.sans))
                       .add_integer("not_before", row.not_before)
                       .add_integer("not_after", row.not_after)
                       .add_string("source", row.source)
                       .add_string("tbs_sha256", row.tbs_sha256)
                       .add_integer("added_at", row.added_at)
                       .text()
                << "\n";
    } else {
      table.add(
          {row.fingerprint_sha1, row.serial, utc(row.not_after), row.source, listed(row.sans)});
    }
  }
  if (!as_json) table.flush();
  return exit_fine;
}

}  // namespace certwatch
