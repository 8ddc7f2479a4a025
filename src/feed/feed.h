// Port: a stream of entries.
#pragma once

#include <stop_token>

#include "feed/entry.h"

namespace certwatch {

// Threads: run() is called once, by the thread that becomes the reader.
class Feed {
 public:
  virtual ~Feed() = default;

  // Connects, reads and reconnects until a stop is asked for, which ends every wait at once. Never
  // throws for what a peer does.
  virtual void run(std::stop_token stop, EntrySink& sink) = 0;
};

}  // namespace certwatch
