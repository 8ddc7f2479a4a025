// The messages that a feed plays: a fixed set that hits nothing, and as many others as are asked
// for that do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "feed/certificate_template.h"

namespace certwatch::bench {

struct MixOptions {
  // Certificates that hit have a name below it.
  std::string watched_domain = "hit.test";
  // Of a message, in bytes; reached by taking long and short ones as often as it needs.
  std::size_t mean_size = 9400;
};

class MessageMix {
 public:
  // Ends the program where the corpus has nothing to begin with.
  MessageMix(const std::vector<std::string>& corpus, const MixOptions& options);

  // Another one every time; certificates of one log follow each other without a gap.
  MadeMessage next(bool hits);

 private:
  // Templates that are taken in turn.
  struct Side {
    std::vector<CertificateTemplate> templates;
    std::size_t taken = 0;
    const CertificateTemplate& next() { return templates[taken++ % templates.size()]; }
  };

  const MixOptions options_;
  Side shorter_;
  Side longer_;
  std::map<std::string, std::uint64_t> next_index_;
  std::size_t made_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace certwatch::bench
