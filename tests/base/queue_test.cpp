#include "base/queue.h"

#include <memory>
#include <string>
#include <thread>

#include "support/catch.h"

namespace certwatch {
namespace {

constexpr std::chrono::nanoseconds no_patience{0};
constexpr std::chrono::hours endless_patience{24};

template <class T>
std::vector<T> take_all(BoundedQueue<T>& queue) {
  return queue.take(1000, no_patience, {});
}

TEST_CASE("what is pushed comes out once, in order, as much at once as is asked for") {
  BoundedQueue<int> queue({10, 1000});
  for (int i = 0; i < 5; ++i) CHECK(queue.push(int{i}, 1));
  CHECK(queue.size() == 5);
  CHECK(queue.take(2, no_patience, {}) == std::vector<int>{0, 1});
  CHECK(queue.take(0, no_patience, {}).empty());
  CHECK(take_all(queue) == std::vector<int>{2, 3, 4});
  CHECK(take_all(queue).empty());
  CHECK(queue.size() == 0);
  CHECK(queue.capacity() == 10);
}

TEST_CASE("beyond the items nothing is taken, and the item stays whole") {
  BoundedQueue<std::unique_ptr<int>> queue({2, 1000});
  CHECK(queue.push(std::make_unique<int>(1), 1));
  CHECK(queue.push(std::make_unique<int>(2), 1));
  auto third = std::make_unique<int>(3);
  CHECK_FALSE(queue.push(std::move(third), 1));
  REQUIRE(third);
  CHECK(*third == 3);
  CHECK(queue.take(1, no_patience, {}).size() == 1);
  CHECK(queue.push(std::move(third), 1));
}

TEST_CASE("beyond the bytes nothing is taken, until what was there has gone") {
  BoundedQueue<int> queue({10, 100});
  CHECK(queue.push(1, 60));
  CHECK_FALSE(queue.push(2, 41));
  CHECK(queue.push(3, 40));
  CHECK_FALSE(queue.push(4, 1));
  CHECK(queue.push(5, 0));
  CHECK(queue.take(1, no_patience, {}) == std::vector<int>{1});
  CHECK(queue.push(6, 60));
  CHECK(take_all(queue) == std::vector<int>{3, 5, 6});
  CHECK(queue.push(7, 100));
}

TEST_CASE("what is over the bound of bytes by itself is taken alone") {
  BoundedQueue<int> queue({10, 100});
  CHECK(queue.push(1, 1));
  CHECK_FALSE(queue.push(2, 101));
  CHECK(take_all(queue) == std::vector<int>{1});
  CHECK(queue.push(3, 101));
  CHECK_FALSE(queue.push(4, 1));
  CHECK(take_all(queue) == std::vector<int>{3});
  CHECK(queue.push(5, 100));
}

TEST_CASE("as many bytes are taken at once as are asked for, and at least one item") {
  BoundedQueue<int> queue({10, 1000});
  for (const int bytes : {50, 50, 1, 300, 1}) {
    CHECK(queue.push(int{bytes}, static_cast<std::size_t>(bytes)));
  }
  const auto take = [&queue] { return queue.take(10, no_patience, {}, 100); };
  CHECK(take() == std::vector<int>{50, 50});
  CHECK(take() == std::vector<int>{1});
  CHECK(take() == std::vector<int>{300});
  CHECK(take() == std::vector<int>{1});
  CHECK(take().empty());
}

TEST_CASE("no weight wraps around the bound") {
  BoundedQueue<int> queue({10, 100});
  CHECK(queue.push(1, 50));
  CHECK_FALSE(queue.push(2, std::numeric_limits<std::size_t>::max()));
  CHECK_FALSE(queue.push(2, std::numeric_limits<std::size_t>::max() - 49));
  CHECK(queue.push(3, 50));
}

TEST_CASE("a push ends the wait, however long its patience") {
  BoundedQueue<int> queue({10, 100});
  std::vector<int> taken;
  std::jthread consumer([&] { taken = queue.take(10, std::chrono::nanoseconds::max(), {}); });
  CHECK(queue.push(7, 1));
  consumer.join();
  CHECK(taken == std::vector<int>{7});
}

TEST_CASE("a stop ends the wait, and leaves nothing that was there behind") {
  BoundedQueue<int> queue({10, 100});
  std::stop_source stop;
  std::jthread consumer([&] { CHECK(queue.take(10, endless_patience, stop.get_token()).empty()); });
  stop.request_stop();
  consumer.join();
  CHECK(queue.push(7, 1));
  CHECK(queue.take(10, endless_patience, stop.get_token()) == std::vector<int>{7});
  CHECK(queue.take(10, endless_patience, stop.get_token()).empty());
}

TEST_CASE("patience that is over ends the wait") {
  BoundedQueue<int> queue({10, 100});
  CHECK(queue.take(10, std::chrono::milliseconds(1), {}).empty());
  CHECK(queue.take(10, std::chrono::nanoseconds(-1), {}).empty());
}

TEST_CASE("several producers lose nothing and keep their order") {
  constexpr int each = 2000;
  constexpr int producers = 4;
  BoundedQueue<std::pair<int, int>> queue({16, 1 << 20});
  std::vector<std::jthread> threads;
  for (int producer = 0; producer < producers; ++producer) {
    threads.emplace_back([&queue, producer] {
      for (int i = 0; i < each;) {
        if (queue.push({producer, i}, 8)) {
          ++i;
        } else {
          std::this_thread::yield();
        }
      }
    });
  }
  int next[producers] = {};
  for (int taken = 0; taken < each * producers;) {
    const auto some = queue.take(7, endless_patience, {});
    REQUIRE(some.size() <= 7);
    for (const auto& [producer, i] : some) {
      if (i != next[producer]++) FAIL("out of order");
      ++taken;
    }
  }
  CHECK(queue.size() == 0);
}

}  // namespace
}  // namespace certwatch
