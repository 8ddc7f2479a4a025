// One certificate seen at one place at one time, as a feed tells it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/certificate_facts.h"
#include "model/message_facts.h"

namespace certwatch {

// What became of the DER that came with a sighting.
enum class DerState {
  absent,      // none came
  read,        // `computed` holds what it says
  unreadable,  // not base64, or no certificate
  unwatched,   // a certificate, but none of its names is watched: it is not what the message means
};

struct Sighting {
  SystemTime received_at;      // when the last byte of the message had been read
  SteadyTime received_steady;  // the same moment, for delays

  CertificateFacts claimed;  // by the message
  // Set exactly where `der` is read. Then it alone decides identity and verdict.
  std::optional<CertificateFacts> computed;
  DerState der = DerState::absent;
  MessageFacts message;

  // What identity and verdict go by.
  const CertificateFacts& facts() const { return computed ? *computed : claimed; }
};

// A sighting with what it hit. Both lists are sorted by code point, without repeats.
struct Match {
  Sighting sighting;
  std::vector<std::string> entries;
  std::vector<std::string> sans;
};

}  // namespace certwatch
