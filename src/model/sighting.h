// One certificate seen in one log at one time, as a certstream message tells it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace certwatch {

// Everything the payload, the row and the identity need. Strings are as they stand in the message
// (see base/json_text.h for what they may hold); an absent or null member is nullopt.
struct Sighting {
  SystemTime received_at;      // when the last byte of the message had been read
  SteadyTime received_steady;  // the same moment, for delays

  std::optional<std::string> update_type;
  std::optional<std::string> cert_link;
  std::optional<std::string> source_name;
  std::optional<std::string> source_url;
  std::optional<std::int64_t> cert_index;
  // `seen` cut to whole seconds; 0 where absent or out of range.
  std::int64_t seen_at = 0;

  // `all_domains`: the strings, in order, repeats included.
  std::vector<std::string> names;
  // `all_domains` as JSON: strings re-escaped, numbers, booleans and null as they stand, nested
  // arrays and objects as null.
  std::string all_sans_json;
  // The same for a jsonb column: NUL and lone surrogates as U+FFFD, other scalars as null.
  std::string all_sans_storable_json;

  // leaf_cert.fingerprint in lower case without colons; empty where absent, not a text, longer than
  // 128 bytes, or the digest of nothing.
  std::string fingerprint_sha1;
  // leaf_cert.sha256 likewise, where a server gives it and it is 64 hexadecimal digits.
  std::optional<std::string> fingerprint_sha256;
  std::optional<std::string> serial_number;
  std::optional<std::string> issuer_o;
  std::optional<std::string> issuer_cn;
  std::optional<std::string> issuer_aggregated;
  // Numbers as they stand in the message, for the payload; nullopt where absent, null or no number.
  std::optional<std::string> not_before_json;
  std::optional<std::string> not_after_json;
  // The same as numbers.
  std::optional<double> not_before;
  std::optional<double> not_after;

  // leaf_cert.as_der as it stands (base64); empty where absent.
  std::string as_der_base64;
  // as_der of the first certificate of the chain; empty where absent.
  std::string issuer_der_base64;
};

// A sighting with what it hit. Both lists sorted by code point, without repeats.
struct Match {
  Sighting sighting;
  std::vector<std::string> entries;
  std::vector<std::string> sans;
};

}  // namespace certwatch
