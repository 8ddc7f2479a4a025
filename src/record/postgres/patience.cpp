#include "record/postgres/patience.h"

#include <algorithm>
#include <cerrno>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace certwatch::postgres {

using std::chrono::steady_clock;

Haste::Haste() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Haste::~Haste() {
  close(descriptor_);
}

void Haste::raise() {
  since_ = steady_clock::now().time_since_epoch().count();
  raised_ = true;
  eventfd_write(descriptor_, 1);
  source_.request_stop();
}

Patience::Patience(std::chrono::seconds limit, const Haste& haste)
    : haste_(haste),
      began_in_haste_(haste.raised()),
      end_(steady_clock::now() + (began_in_haste_ ? std::min(limit, limit_in_haste) : limit)) {}

Deadline Patience::end() const {
  if (began_in_haste_ || !haste_.raised()) return end_;
  return std::min(end_, haste_.since() + limit_in_haste);
}

}  // namespace certwatch::postgres
