// Port: a stream of messages.
#pragma once

#include <stop_token>

#include "model/message.h"

namespace certwatch {

// Takes messages on the feed's thread. Must not block.
class MessageSink {
 public:
  virtual ~MessageSink() = default;
  virtual void take(const Message& message) = 0;
};

// Threads: run() is called once, by the thread that becomes the reader.
class Feed {
 public:
  virtual ~Feed() = default;

  // Connects, reads and reconnects until a stop is asked for, which ends every wait at once. Never
  // throws for what a peer does.
  virtual void run(std::stop_token stop, MessageSink& sink) = 0;
};

}  // namespace certwatch
