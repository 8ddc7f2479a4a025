// What a certstream server's messages say, made into entries.
#pragma once

#include "base/log.h"
#include "decode/certstream_json.h"
#include "feed/entry.h"
#include "feed/log_positions.h"
#include "metrics/metrics.h"
#include "model/message.h"

namespace certwatch {

// Counts messages by their type, follows the positions of logs, and counts and logs what cannot be
// understood, whole or in part. Allocates nothing for an entry that nobody reads.
// Threads: one instance belongs to one thread.
class CertstreamEntries {
 public:
  // All of them outlive it.
  CertstreamEntries(Metrics& metrics, LogPositions& positions, log::Damper& damper)
      : metrics_(metrics), positions_(positions), damper_(damper) {}

  // Hands over the certificate that the message tells of, if it does.
  void take(const Message& message, EntrySink& sink);

 private:
  class Certificate;

  void follow(const Skimmed& skimmed, const Message& message);
  Result<Sighting> read(const Message& message);
  void report(Undecodable reason, const Message& message);
  void note_cuts(std::size_t cuts, const Message& message);

  Metrics& metrics_;
  LogPositions& positions_;
  log::Damper& damper_;
  CertstreamDecoder decoder_;
};

}  // namespace certwatch
