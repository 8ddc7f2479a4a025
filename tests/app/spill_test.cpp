#include "app/spill.h"

#include <array>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

#include "support/catch.h"
#include "support/fake_clock.h"

namespace certwatch {
namespace {

constexpr int pipe_room = 4096;

struct Pipe {
  Pipe() {
    REQUIRE(pipe2(ends.data(), O_CLOEXEC) == 0);
    REQUIRE(fcntl(ends[1], F_SETPIPE_SZ, pipe_room) == pipe_room);
  }
  ~Pipe() {
    for (const int end : ends) ::close(end);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  std::string read(std::size_t size) const {
    std::string text(size, '\0');
    for (std::size_t at = 0; at < size;) {
      const ssize_t count = ::read(ends[0], text.data() + at, size - at);
      REQUIRE(count > 0);
      at += static_cast<std::size_t>(count);
    }
    return text;
  }
  std::array<int, 2> ends{-1, -1};
};

std::string no_notice(std::uint64_t) {
  return {};
}

std::string spilled(int number) {
  const std::string payload(1000, static_cast<char>('a' + number % 26));
  return "{\"unrecorded\":{" + payload + "}}\n";
}

TEST_CASE("a line of the spill is one line among those of the log") {
  const Pipe pipe;
  const FakeClock clock;
  const Ending ending;
  LineWriter lines(pipe.ends[1], 1 << 20, no_notice);
  Spill spill(lines, ending, clock);
  lines.put("log\n");
  spill.put(spilled(1));
  lines.put("log\n");
  const std::string expected = "log\n" + spilled(1) + "log\n";
  CHECK(pipe.read(expected.size()) == expected);
}

TEST_CASE("while the service runs a spill that nobody reads holds nobody up") {
  const Pipe pipe;
  const FakeClock clock;
  const Ending ending;
  LineWriter lines(pipe.ends[1], 5000, no_notice);
  Spill spill(lines, ending, clock);
  for (int i = 0; i < 100; ++i) spill.put(spilled(i));  // would hang here
  CHECK(spill.last_written() == SteadyTime());
  lines.put("end\n");
  std::string seen;
  while (!seen.ends_with("end\n")) seen += pipe.read(1);
}

TEST_CASE("at the end each line is waited for: none is lost, however slow the reader") {
  const Pipe pipe;
  const FakeClock clock;
  Ending ending;
  ending.decide(exit_fine);
  LineWriter lines(pipe.ends[1], 5000, no_notice);
  Spill spill(lines, ending, clock);
  std::string expected;
  for (int i = 0; i < 100; ++i) expected += spilled(i);
  std::jthread recorder([&spill] {
    for (int i = 0; i < 100; ++i) spill.put(spilled(i));
  });
  CHECK(pipe.read(expected.size()) == expected);
  recorder.join();
  CHECK(spill.last_written() == clock.steady_now());
}

}  // namespace
}  // namespace certwatch
