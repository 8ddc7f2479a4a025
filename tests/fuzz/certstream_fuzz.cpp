// Any bytes as a message: nothing escapes, and skim, read and what lies behind the message agree.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "decode/certstream_json.h"
#include "decode/message_bytes.h"

namespace {

using certwatch::MessageType;
using certwatch::testing::MessageBytes;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Seen {
  std::optional<certwatch::Undecodable> error;
  MessageType type = MessageType::unknown;
  std::vector<std::string> names;
  std::string source_url;
  std::optional<std::uint64_t> cert_index;
  friend bool operator==(const Seen&, const Seen&) = default;
};

Seen skim(certwatch::CertstreamDecoder& decoder, const MessageBytes& bytes) {
  const auto skimmed = decoder.skim(bytes.message());
  if (!skimmed) return {skimmed.error(), {}, {}, {}, {}};
  return {std::nullopt,
          skimmed->type,
          {skimmed->names.begin(), skimmed->names.end()},
          std::string(skimmed->source_url),
          skimmed->cert_index};
}

// The names of a list that read() wrote, read again.
std::vector<std::string> names_of(certwatch::CertstreamDecoder& decoder, const std::string& list) {
  const MessageBytes bytes(R"({"message_type":"certificate_update","data":{"leaf_cert":{)"
                           R"("all_domains":)" +
                           list + "}}}");
  const Seen seen = skim(decoder, bytes);
  require(!seen.error && seen.type == MessageType::certificate_update);
  return seen.names;
}

// Neither NUL nor a surrogate (U+D800 to U+DFFF begin with ED A0 to ED BF).
bool is_storable(const std::string& name) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '\0') return false;
    if (name[i] == '\xED' && static_cast<unsigned char>(name[i + 1]) >= 0xA0) return false;
  }
  return true;
}

bool is_digest_or_empty(const std::string& text, std::size_t digits) {
  return text.empty() || (text.size() == digits && certwatch::is_hex(text));
}

void check_sighting(certwatch::CertstreamDecoder& decoder, const certwatch::Sighting& sighting,
                    const Seen& seen) {
  const certwatch::CertificateFacts& claimed = sighting.claimed;
  const certwatch::MessageFacts& message = sighting.message;
  require(claimed.names == seen.names);
  if (seen.cert_index) {
    require(message.source_url == seen.source_url);
    const bool fits = *seen.cert_index <= std::uint64_t{INT64_MAX};
    require(message.cert_index.has_value() == fits);
  }
  require(is_digest_or_empty(claimed.sha1, 40) && is_digest_or_empty(claimed.sha256, 64));
  require(claimed.tbs_sha256.empty());
  require(sighting.computed.has_value() == (sighting.der == certwatch::DerState::read));
  require(names_of(decoder, message.all_sans_json) == claimed.names);
  const std::vector<std::string> storable = names_of(decoder, message.all_sans_storable_json);
  require(storable.size() == claimed.names.size());
  require(std::all_of(storable.begin(), storable.end(), is_storable));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  certwatch::CertstreamDecoder decoder;
  const MessageBytes bytes(text, '\0');
  const Seen seen = skim(decoder, bytes);
  for (const char padding : {'"', ',', '}', ']', ':', '\\'}) {
    require(skim(decoder, MessageBytes(text, padding)) == seen);
  }
  const auto decoded = decoder.read(bytes.message());
  if (seen.error) require(!decoded.has_value() && decoded.error() == *seen.error);
  if (!seen.error && seen.type == MessageType::certificate_update) {
    require(decoded.has_value());
    // The list of names and its bounds are tested apart.
    if (size < certwatch::longest_text) require(decoded->cuts == 0);
    if (decoded->cuts == 0) check_sighting(decoder, decoded->sighting, seen);
  }
  return 0;
}
