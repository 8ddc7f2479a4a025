// Real and odd certificates, against what an independent parser reads from them.
#include "base/digest.h"
#include "base/json_text.h"
#include "base/text.h"
#include "support/catch.h"
#include "support/data_file.h"
#include "x509/certificate.h"

namespace certwatch {
namespace {

// Columns of certs/expected.tsv.
enum Column : std::size_t {
  file,
  sha1_digits,
  sha256_digits,
  tbs_digits,
  kind,
  serial,
  not_before,
  not_after,
  issuer_o,
  issuer_cn,
  subject_cn,
  dns_names,
};

std::string text_of(const std::optional<std::int64_t>& time) {
  return time ? std::to_string(*time) : "null";
}

// "?": the independent parser refused this part, and nobody else has read it.
void check_column(const std::vector<std::string>& row, Column column, const std::string& read) {
  if (row[column] == "?") return;
  INFO(row[file] << ", column " << column);
  CHECK(read == row[column]);
}

TEST_CASE("every certificate of the collection reads as the independent parser reads it") {
  const auto rows = data_table("certs/expected.tsv");
  REQUIRE(rows.size() > 80);
  for (const auto& row : rows) {
    const std::string der = data_file("certs/" + row[file]);
    check_column(row, sha1_digits, to_hex(sha1(der)));
    check_column(row, sha256_digits, to_hex(sha256(der)));
    const auto hash = tbs_sha256(der);
    const auto certificate = read_certificate(der);
    INFO(row[file]);
    REQUIRE(hash);
    REQUIRE(certificate);
    check_column(row, tbs_digits, to_hex(*hash));
    CHECK(certificate->has_poison == (row[kind] == "precertificate"));
    check_column(row, serial, certificate->serial);
    check_column(row, not_before, text_of(certificate->not_before));
    check_column(row, not_after, text_of(certificate->not_after));
    check_column(row, issuer_o, json::quoted_or_null(certificate->issuer_o));
    check_column(row, issuer_cn, json::quoted_or_null(certificate->issuer_cn));
    check_column(row, subject_cn, json::quoted_or_null(certificate->subject_cn));
    check_column(row, dns_names, json::array(certificate->dns_names));
  }
}

TEST_CASE("no certificate of the collection reads when its end is missing or something follows") {
  for (const auto& row : data_table("certs/expected.tsv")) {
    const std::string der = data_file("certs/" + row[file]);
    INFO(row[file]);
    for (std::size_t size = 0; size < der.size(); ++size) {
      if (read_certificate(std::string_view(der).substr(0, size))) FAIL("read after " << size);
    }
    CHECK_FALSE(read_certificate(der + '\0'));
    CHECK_FALSE(tbs_sha256(der + '\0'));
  }
}

TEST_CASE("a precertificate and its certificate have one TBS hash and two fingerprints") {
  std::string last_pair;
  std::string hash_of_precertificate;
  int equal = 0;
  for (const auto& row : data_table("pairs/vectors.tsv")) {
    const std::string der = data_file("pairs/" + row[0] + "/" + row[1]);
    INFO(row[0] << "/" << row[1]);
    CHECK(to_hex(sha1(der)) == row[2]);
    const auto certificate = read_certificate(der);
    const auto hash = tbs_sha256(der);
    REQUIRE(certificate);
    REQUIRE(hash);
    CHECK(to_hex(*hash) == row[4]);
    CHECK(certificate->has_poison == (row[3] == "poison"));
    if (row[1] == "precert.der") {
      last_pair = row[0];
      hash_of_precertificate = *hash;
      continue;
    }
    REQUIRE(row[0] == last_pair);
    // A CA's mistake: its certificate is not what it had announced.
    const bool is_mistake = row[0] == "wildcard.7acnr.mongodb.net";
    CHECK((hash_of_precertificate == *hash) == !is_mistake);
    equal += hash_of_precertificate == *hash ? 1 : 0;
  }
  CHECK(equal == 8);
}

}  // namespace
}  // namespace certwatch
