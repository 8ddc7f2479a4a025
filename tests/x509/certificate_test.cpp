#include "x509/certificate.h"

#include "model/certificate_facts.h"
#include "support/catch.h"
#include "support/certificate_builder.h"

namespace certwatch {
namespace {

using namespace std::string_literals;
using build::element;
using build::Parts;
using build::sequence;

Certificate read(const std::string& der) {
  auto certificate = read_certificate(der);
  REQUIRE(certificate);
  return *certificate;
}

TEST_CASE("the parts of a certificate") {
  Parts parts;
  parts.extensions = build::dns_names({"example.org", "*.example.org"}) + build::sct_list("scts");
  const std::string der = parts.certificate();
  const Certificate certificate = read(der);
  CHECK(certificate.tbs == parts.tbs());
  CHECK(certificate.spki == parts.spki);
  CHECK(certificate.serial == "0123");
  CHECK(certificate.not_before == 1704067200);
  CHECK(certificate.not_after == 1711843200);
  CHECK(certificate.issuer_o == "An Issuer");
  CHECK(certificate.issuer_cn == "An Issuing CA");
  CHECK(certificate.subject_cn == "example.org");
  CHECK(certificate.dns_names == std::vector<std::string>{"example.org", "*.example.org"});
  CHECK_FALSE(certificate.has_poison);
  CHECK_FALSE(certificate.signs_precertificates);
}

TEST_CASE("what is no certificate is refused, whatever it is") {
  const std::string good = Parts().certificate();
  REQUIRE(read_certificate(good));
  Parts without_extensions_list;
  without_extensions_list.optional_parts = element(0xA3, "");
  Parts behind_extensions_list;
  behind_extensions_list.optional_parts = element(0xA3, sequence("") + element(0x05, ""));
  Parts two_extension_blocks;
  two_extension_blocks.extensions = build::poison();
  two_extension_blocks.optional_parts = element(0xA3, sequence(build::sct_list("x")));
  Parts malformed_extension_list;
  malformed_extension_list.extensions = "\x30\x05\x06\x01"s;
  Parts malformed_extension;
  malformed_extension.extensions = sequence(build::object("\x55\x1D\x11") + "\x04\x05x");
  const std::string behind_signature =
      sequence(Parts().tbs() + Parts().algorithm + element(0x03, "signature") + element(0x05, ""));
  Parts malformed_end;
  malformed_end.optional_parts = "\xA1\x7F"s;
  const std::vector<std::pair<const char*, std::string>> rows = {
      {"nothing", ""},
      {"text", "not a certificate"},
      {"PEM", "-----BEGIN CERTIFICATE-----"},
      {"an empty sequence", sequence("")},
      {"a TBSCertificate alone", Parts().tbs()},
      {"no signature", sequence(Parts().tbs() + Parts().algorithm)},
      {"something behind the signature", behind_signature},
      {"something behind the end", good + '\0'},
      {"two certificates", good + good},
      {"no [3] content", without_extensions_list.certificate()},
      {"something behind the list of extensions", behind_extensions_list.certificate()},
      {"two blocks of extensions", two_extension_blocks.certificate()},
      {"a malformed extension", malformed_extension_list.certificate()},
      {"a malformed part of an extension", malformed_extension.certificate()},
      {"a malformed part behind the key", malformed_end.certificate()},
  };
  for (const auto& [why, der] : rows) {
    INFO(why);
    CHECK_FALSE(read_certificate(der));
    CHECK_FALSE(tbs_sha256(der));
  }
}

TEST_CASE("a part of the frame that is missing or of another type is refused") {
  std::string Parts::*const frame[] = {&Parts::serial,   &Parts::algorithm, &Parts::issuer,
                                       &Parts::validity, &Parts::subject,   &Parts::spki};
  for (const auto part : frame) {
    Parts parts;
    parts.*part = "";
    CHECK_FALSE(read_certificate(parts.certificate()));
    parts.*part = element(0x05, "");
    CHECK_FALSE(read_certificate(parts.certificate()));
  }
}

TEST_CASE("odd content is no reason to fail") {
  Parts parts;
  parts.version = "";
  parts.serial = element(0x02, "");
  parts.algorithm = sequence("");
  parts.issuer = sequence("no name at all");
  parts.validity = sequence("");
  parts.subject = sequence("");
  parts.spki = sequence("");
  parts.optional_parts = element(0x81, "issuer") + element(0x82, "subject") + element(0x85, "?");
  parts.extensions = sequence("") + element(0x05, "") + sequence(element(0x0C, "no extension")) +
                     build::extension(build::subject_alt_name_oid, "no list") +
                     build::extension(build::extended_key_usage_oid, "\x30\x7F"s);
  const Certificate certificate = read(parts.certificate());
  CHECK(certificate.serial.empty());
  CHECK_FALSE(certificate.not_before);
  CHECK_FALSE(certificate.not_after);
  CHECK_FALSE(certificate.issuer_o);
  CHECK_FALSE(certificate.issuer_cn);
  CHECK_FALSE(certificate.subject_cn);
  CHECK(certificate.dns_names.empty());
}

TEST_CASE("names are bytes as they stand, and a list that breaks off has those before") {
  Parts parts;
  const std::string odd = "\xFF\0 *.Example.ORG.."s;
  const std::string list = element(0x82, odd) + element(0x82, "") + element(0x86, "http://x/") +
                           element(0x82, "last") + "\x82\x7Fx";
  parts.extensions = build::extension(build::subject_alt_name_oid, sequence(list));
  CHECK(read(parts.certificate()).dns_names == std::vector<std::string>{odd, "", "last"});
}

TEST_CASE("names of several alternative name extensions are all there") {
  Parts parts;
  parts.extensions = build::dns_names({"one.example"}) + build::dns_names({"two.example"});
  const auto certificate = read(parts.certificate());
  CHECK(certificate.dns_names == std::vector<std::string>{"one.example", "two.example"});
}

TEST_CASE("alternative names of other kinds are passed over") {
  Parts parts;
  const std::string list = element(0x87, "\xC0\x00\x02\x01"s) + element(0x87, "") +
                           element(0x82, "www.example") + element(0x81, "a@b.example");
  parts.extensions = build::extension(build::subject_alt_name_oid, sequence(list));
  CHECK(read(parts.certificate()).dns_names == std::vector<std::string>{"www.example"});
}

TEST_CASE("the first attribute of a type that is a text counts") {
  Parts parts;
  parts.issuer = sequence(
      build::attribute("\x55\x04\x0A", "bits", 0x03) + build::attribute("\x55\x04\x0B", "Unit") +
      build::attribute("\x55\x04\x0A", "First") + build::attribute("\x55\x04\x0A", "Second"));
  const auto certificate = read(parts.certificate());
  CHECK(certificate.issuer_o == "First");
  CHECK_FALSE(certificate.issuer_cn);
}

TEST_CASE("a serial keeps its leading octets; one that is too long is not read") {
  Parts parts;
  parts.serial = element(0x02, "\x00\xAB\xCD"s);
  CHECK(read(parts.certificate()).serial == "00ABCD");
  parts.serial = element(0x02, std::string(longest_serial, '\x11'));
  CHECK(read(parts.certificate()).serial == std::string(2 * longest_serial, '1'));
  parts.serial = element(0x02, std::string(longest_serial + 1, '\x11'));
  CHECK(read(parts.certificate()).serial.empty());
}

TEST_CASE("only a critical poison makes a precertificate") {
  const std::string null = element(0x05, "");
  Parts parts;
  parts.extensions = build::poison();
  CHECK(read(parts.certificate()).has_poison);
  parts.extensions = build::extension(build::poison_oid, null);
  CHECK_FALSE(read(parts.certificate()).has_poison);
  parts.extensions = build::sequence(build::object(build::poison_oid) +
                                     element(0x01, std::string(1, '\0')) + element(0x04, null));
  CHECK_FALSE(read(parts.certificate()).has_poison);
  parts.extensions = build::extension(build::poison_oid, null) + build::poison();
  CHECK(read(parts.certificate()).has_poison);
  parts.extensions = build::extension(build::poison_oid, "whatever", true);
  CHECK(read(parts.certificate()).has_poison);
}

TEST_CASE("the key purpose of a precertificate signing certificate is found among others") {
  const std::string server_authentication = build::object("\x2B\x06\x01\x05\x05\x07\x03\x01");
  Parts parts;
  parts.extensions =
      build::extension(build::extended_key_usage_oid, sequence(server_authentication));
  CHECK_FALSE(read(parts.certificate()).signs_precertificates);
  parts.extensions = build::extension(
      build::extended_key_usage_oid,
      sequence(server_authentication + build::object(build::precertificate_signing_oid)));
  CHECK(read(parts.certificate()).signs_precertificates);
}

TEST_CASE("a hundred thousand names are read, what is beyond is counted") {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < most_names + 7; ++i) {
    names.push_back("host-" + std::to_string(i) + ".example.org");
  }
  Parts parts;
  parts.extensions = build::dns_names(names);
  const auto certificate = read(parts.certificate());
  CHECK(certificate.dns_names.size() == most_names);
  CHECK(certificate.dns_names.back() == names[most_names - 1]);
  CHECK(certificate.names_left_out == 7);
}

// `one` again and again, up to about `size` bytes.
std::string filled(const std::string& one, std::size_t size) {
  std::string all = one;
  while (all.size() * 2 < size) all += all;
  return all;
}

TEST_CASE("certificates of 300 kB and 16 MB are read, whatever fills them") {
  struct Row {
    std::size_t size;
    std::size_t element_size;
  };
  for (const Row& row : {Row{300'000, 0}, Row{16'000'000, 100}}) {
    const std::string content(row.element_size, 'x');
    Parts extensions;
    extensions.extensions = filled(sequence(element(0x0C, content)), row.size) + build::poison();
    const std::string der = extensions.certificate();
    CHECK(der.size() > row.size / 2);
    CHECK(read(der).has_poison);
    CHECK(tbs_sha256(der));
    Parts names;
    const std::string name = element(0x82, content);
    const std::string list = filled(name, row.size);
    names.extensions = build::extension(build::subject_alt_name_oid, sequence(list));
    const Certificate with_names = read(names.certificate());
    CHECK(with_names.dns_names.size() + with_names.names_left_out == list.size() / name.size());
    Parts issuer;
    issuer.issuer = sequence(filled(build::attribute("\x55\x04\x03", content, 0x03), row.size) +
                             build::attribute("\x55\x04\x03", "The last"));
    CHECK(read(issuer.certificate()).issuer_cn == "The last");
    Parts key;
    key.spki = sequence(std::string(row.size, '\0'));
    CHECK(read(key.certificate()).spki.size() > row.size);
  }
}

}  // namespace
}  // namespace certwatch
