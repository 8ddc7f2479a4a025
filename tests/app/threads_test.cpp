#include "app/threads.h"

#include <stdexcept>

#include "support/catch.h"
#include "support/fake_clock.h"

namespace certwatch {
namespace {

struct House {
  FakeClock clock;
  LifeSigns signs{clock};
  Ending ending;
  Threads threads{ending};
};

TEST_CASE("a thread that throws ends the process, and says why") {
  House house;
  const std::jthread thread = house.threads.start(
      house.signs.add("worker"), [](std::stop_token) { throw std::runtime_error("out of order"); });
  CHECK(house.ending.wait() == exit_failure);
  CHECK(house.signs.complaints() == "thread worker died: out of order");
}

TEST_CASE("so does one that ends by itself where it should go on") {
  House house;
  const std::jthread thread =
      house.threads.start(house.signs.add("worker"), [](std::stop_token) {});
  CHECK(house.ending.wait() == exit_failure);
  CHECK(house.signs.complaints() == "thread worker died: it ended by itself");
}

TEST_CASE("a thread that ends when it is asked to, or has its end in itself, is well") {
  House house;
  std::jthread asked = house.threads.start(house.signs.add("asked"), [](std::stop_token stop) {
    while (!stop.stop_requested()) std::this_thread::yield();
  });
  std::jthread once = house.threads.start_once(house.signs.add("once"), [](std::stop_token) {});
  once.join();
  asked = {};
  CHECK_FALSE(house.ending.is_decided());
  house.clock.advance(Seconds{1000});
  CHECK(house.signs.complaints().empty());
}

}  // namespace
}  // namespace certwatch
