#include "app/threads.h"

#include <stdexcept>
#include <system_error>
#include <utility>

#include "base/log.h"

namespace certwatch {

std::jthread Threads::start(LifeSign& life, Task task) {
  return start_once(life, [task = std::move(task)](std::stop_token stop) {
    task(stop);
    if (!stop.stop_requested()) throw std::runtime_error("it ended by itself");
  });
}

std::jthread Threads::start_once(LifeSign& life, Task task) {
  const auto run = [this, task = std::move(task), &life](std::stop_token stop) {
    try {
      task(stop);
      life.end({});
    } catch (const std::exception& error) {
      life.end(error.what());
      log::critical("a thread has died, the service ends",
                    {{"thread", life.name()}, {"why", error.what()}});
      ending_.decide(exit_failure);
    }
  };
  try {
    return std::jthread(run);
  } catch (const std::system_error& error) {
    throw std::runtime_error("no thread to be had for " + life.name() + ": " + error.what());
  }
}

}  // namespace certwatch
