// How the service starts its threads.
#pragma once

#include <functional>
#include <stop_token>
#include <thread>

#include "app/ending.h"
#include "base/life_sign.h"

namespace certwatch {

// If the task of a thread throws, the process ends: a service with a dead thread must not look
// healthy. Safe for use from any thread. It lives longer than the threads.
class Threads {
 public:
  using Task = std::function<void(std::stop_token)>;

  explicit Threads(Ending& ending) : ending_(ending) {}

  // For a task that goes on until a stop is asked for. Both throw where no thread is to be had.
  std::jthread start(LifeSign& life, Task task);
  // For a task that has its end in itself.
  std::jthread start_once(LifeSign& life, Task task);

 private:
  Ending& ending_;
};

}  // namespace certwatch
