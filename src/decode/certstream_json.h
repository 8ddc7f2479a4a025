// certstream messages (certstream-server-go full, lite and domains-only; CaliDog's Python and
// Elixir servers), in two steps: skim every message, read the few that match. simdjson beneath; any
// key order, unknown keys, nulls, floats for times. Pure; fuzzed.
//
// read() keeps what the message claims apart from what its DER says, and bounds both: texts by
// longest_text, names by NameRoom (model/certificate_facts.h). A fingerprint is claimed where it
// has the 40 or 64 hexadecimal digits of one, with or without colons, and is not the digest of
// nothing.
//
// Both keep to one forward loop over the fields and stop at the first error: other ways of asking
// simdjson have been seen to be undefined on malformed input.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "model/message.h"
#include "model/sighting.h"

namespace certwatch {

enum class MessageType { certificate_update, heartbeat, dns_entries, other, unknown };

// The label values of certwatch_undecodable_messages_total that come from content; a closed set.
enum class Undecodable { invalid_json, invalid_utf8, not_an_object, empty };

// Views are valid until the next call, or until the message goes.
struct Skimmed {
  MessageType type = MessageType::unknown;
  // The strings of data.leaf_cert.all_domains, unescaped, in order. Only for certificate_update.
  std::span<const std::string_view> names;
  // data.source.url and data.cert_index, where both are there.
  std::string_view source_url;
  std::optional<std::uint64_t> cert_index;
};

// Bytes that a sighting keeps of one text. What is longer is cut between two characters.
inline constexpr std::size_t longest_text = 4096;

struct Decoded {
  Sighting sighting;
  // Texts that were cut, and names that were left out of the list.
  std::size_t cuts = 0;
};

// One per reading thread: owns the parser's buffers, which grow to the longest message and no
// further. No allocation per message once they have.
class CertstreamDecoder {
 public:
  CertstreamDecoder();
  ~CertstreamDecoder();

  Result<Skimmed, Undecodable> skim(const Message& message);
  // Everything, of a message that skim() called a certificate_update.
  Result<Decoded, Undecodable> read(const Message& message);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

constexpr const char* word(MessageType type) {
  constexpr std::array words{"certificate_update", "heartbeat", "dns_entries", "other", "unknown"};
  return words[static_cast<std::size_t>(type)];
}

}  // namespace certwatch
