#include "feed/message_mix.h"

#include <cstdlib>
#include <iostream>

namespace certwatch::bench {

MessageMix::MessageMix(const std::vector<std::string>& corpus, const MixOptions& options)
    : options_(options) {
  for (const std::string& message : corpus) {
    auto made = CertificateTemplate::parse(message);
    if (!made || !made->can_lie_below(options_.watched_domain)) continue;
    next_index_.try_emplace(made->log(), made->cert_index());
    Side& side = made->size() < options_.mean_size ? shorter_ : longer_;
    side.templates.push_back(std::move(*made));
  }
  if (shorter_.templates.empty() || longer_.templates.empty()) {
    std::cerr << "the corpus has no messages on both sides of the mean that is asked for\n";
    std::exit(1);
  }
}

MadeMessage MessageMix::next(bool hits) {
  const CertificateTemplate& chosen =
      (bytes_ < made_ * options_.mean_size ? longer_ : shorter_).next();
  ++made_;
  bytes_ += chosen.size();
  return chosen.make(made_, next_index_[chosen.log()]++, hits ? options_.watched_domain : "");
}

}  // namespace certwatch::bench
