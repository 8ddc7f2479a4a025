// Certificates made to order, in DER, signed by nobody: what certwatch reads of a certificate, and
// oddities no issuer would sign.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace certwatch::build {

// One DER element with the shortest length that holds its content.
inline std::string element(unsigned char tag, std::string_view content) {
  std::string octets;
  for (std::size_t rest = content.size(); rest != 0; rest >>= 8) {
    octets.insert(octets.begin(), static_cast<char>(rest & 0xFFU));
  }
  std::string out(1, static_cast<char>(tag));
  if (content.size() < 0x80) {
    out += static_cast<char>(content.size());
  } else {
    out += static_cast<char>(0x80U | octets.size());
    out += octets;
  }
  out += content;
  return out;
}

inline std::string sequence(std::string_view content) {
  return element(0x30, content);
}

// An object identifier by its content octets.
inline std::string object(std::string_view octets) {
  return element(0x06, octets);
}

inline constexpr std::string_view poison_oid{"\x2B\x06\x01\x04\x01\xD6\x79\x02\x04\x03", 10};
inline constexpr std::string_view sct_list_oid{"\x2B\x06\x01\x04\x01\xD6\x79\x02\x04\x02", 10};
inline constexpr std::string_view precertificate_signing_oid{
    "\x2B\x06\x01\x04\x01\xD6\x79\x02\x04\x04", 10};
inline constexpr std::string_view subject_alt_name_oid{"\x55\x1D\x11", 3};
inline constexpr std::string_view extended_key_usage_oid{"\x55\x1D\x25", 3};

inline std::string extension(std::string_view oid, std::string_view value, bool critical = false) {
  const std::string flag = critical ? element(0x01, "\xFF") : "";
  return sequence(object(oid) + flag + element(0x04, value));
}

inline std::string poison() {
  return extension(poison_oid, element(0x05, ""), true);
}
inline std::string sct_list(std::string_view scts) {
  return extension(sct_list_oid, element(0x04, scts));
}
inline std::string dns_names(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += element(0x82, name);
  return extension(subject_alt_name_oid, sequence(list));
}
inline std::string key_purpose(std::string_view oid) {
  return extension(extended_key_usage_oid, sequence(object(oid)));
}

// An attribute of a Name: "\x55\x04\x03" is the common name, "\x55\x04\x0A" the organization.
inline std::string attribute(std::string_view oid, std::string_view text,
                             unsigned char tag = 0x0C) {
  return element(0x31, sequence(object(oid) + element(tag, text)));
}

// The parts of a TBSCertificate, each a whole element.
struct Parts {
  std::string version = element(0xA0, element(0x02, "\x02"));
  std::string serial = element(0x02, "\x01\x23");
  std::string algorithm = sequence(object("\x2A\x03"));
  std::string issuer =
      sequence(attribute("\x55\x04\x0A", "An Issuer") + attribute("\x55\x04\x03", "An Issuing CA"));
  std::string validity = sequence(element(0x17, "240101000000Z") + element(0x17, "240331000000Z"));
  std::string subject = sequence(attribute("\x55\x04\x03", "example.org"));
  std::string spki =
      sequence(sequence(object("\x2A\x04")) + element(0x03, std::string("\0key", 4)));
  // The list of extensions; no block at all where it is empty. Before it: unique identifiers.
  std::string extensions;
  std::string optional_parts;

  std::string tbs() const {
    const std::string block =
        extensions.empty() ? std::string() : element(0xA3, sequence(extensions));
    return sequence(version + serial + algorithm + issuer + validity + subject + spki +
                    optional_parts + block);
  }
  std::string certificate() const {
    return sequence(tbs() + algorithm + element(0x03, std::string("\0signature", 10)));
  }
};

}  // namespace certwatch::build
