// What a feed's message says that no verdict depends on. The payload repeats it as it stands.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace certwatch {

// A member is nullopt where the message has no such value. The decoder bounds every text: 4 KiB,
// and lists of names as NameRoom does (model/certificate_facts.h).
struct MessageFacts {
  std::optional<std::string> update_type;
  std::optional<std::string> cert_link;
  std::optional<std::string> source_name;
  std::optional<std::string> source_url;
  std::optional<std::int64_t> cert_index;
  // `seen`, cut to whole seconds; 0 where absent or out of range.
  std::int64_t seen_at = 0;

  // `all_domains` as JSON: strings re-escaped, numbers, booleans and null as they stand, nested
  // arrays and objects as null.
  std::string all_sans_json;
  // The same for a jsonb column: NUL and lone surrogates as U+FFFD, other scalars as null.
  std::string all_sans_storable_json;

  std::optional<std::string> serial_number;
  std::optional<std::string> issuer_o;
  std::optional<std::string> issuer_cn;
  std::optional<std::string> issuer_aggregated;
  // Numbers as they stand in the message; nullopt where absent, null or no number.
  std::optional<std::string> not_before_json;
  std::optional<std::string> not_after_json;
  // The same as numbers.
  std::optional<double> not_before;
  std::optional<double> not_after;
};

}  // namespace certwatch
