#include "base/line_writer.h"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/log.h"
#include "support/catch.h"

namespace certwatch {
namespace {

using Catch::Matchers::StartsWith;

constexpr std::size_t pipe_room = 4096;

// A pipe of a page, that nobody reads until it is asked for.
class SmallPipe {
 public:
  SmallPipe() {
    REQUIRE(pipe2(ends_.data(), O_CLOEXEC) == 0);
    REQUIRE(fcntl(ends_[1], F_SETPIPE_SZ, pipe_room) == pipe_room);
  }
  ~SmallPipe() {
    close_reader();
    ::close(ends_[1]);
  }
  SmallPipe(const SmallPipe&) = delete;
  SmallPipe& operator=(const SmallPipe&) = delete;

  int writer() const { return ends_[1]; }
  void close_reader() {
    if (ends_[0] >= 0) ::close(ends_[0]);
    ends_[0] = -1;
  }
  // Reads until a line begins like this; that line is the last.
  std::vector<std::string> lines_until(const std::string& start) {
    std::vector<std::string> lines;
    std::string line;
    char c = 0;
    while (::read(ends_[0], &c, 1) == 1) {
      if (c != '\n') {
        line += c;
        continue;
      }
      lines.push_back(std::exchange(line, {}));
      if (lines.back().starts_with(start)) return lines;
    }
    FAIL("no line begins with " << start);
    return lines;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

std::string lost_line(std::uint64_t lost) {
  return "lost " + std::to_string(lost) + "\n";
}

std::string numbered(int number) {
  return std::to_string(number) + " " + std::string(90, 'x') + "\n";
}

TEST_CASE("lines are written whole and in order, all of them before finish() says so") {
  SmallPipe pipe;
  LineWriter writer(pipe.writer(), 1 << 20, lost_line);
  for (int i = 0; i < 30; ++i) writer.put(numbered(i));
  CHECK(writer.finish(Seconds{60}));
  writer.put("end\n");
  const auto lines = pipe.lines_until("end");
  REQUIRE(lines.size() == 31);
  for (int i = 0; i < 30; ++i) CHECK(lines[static_cast<std::size_t>(i)] + "\n" == numbered(i));
}

TEST_CASE("whoever writes is not held up by a reader that stalls, and what is lost is told") {
  SmallPipe pipe;
  LineWriter writer(pipe.writer(), 2 * pipe_room, lost_line);
  constexpr int count = 1000;
  for (int i = 0; i < count; ++i) writer.put(numbered(i));  // would hang here
  CHECK_FALSE(writer.finish(Seconds{0.01}));
  writer.put("end\n");

  int seen = 0;
  int lost = 0;
  int next = 0;
  for (const std::string& line : pipe.lines_until("end")) {
    if (line == "end") break;
    if (line.starts_with("lost ")) {
      const int missing = std::stoi(line.substr(5));
      lost += missing;
      next += missing;  // it stands in their place
      continue;
    }
    CHECK(std::stoi(line) == next);
    ++next;
    ++seen;
  }
  CHECK(lost > 800);
  CHECK(seen + lost == count);
  CHECK(writer.finish(Seconds{60}));
}

TEST_CASE("a line that is over the bound by itself is written all the same") {
  SmallPipe pipe;
  LineWriter writer(pipe.writer(), 10, lost_line);
  writer.put(std::string(10'000, 'x') + "\n");
  CHECK(pipe.lines_until("x").front().size() == 10'000);
}

TEST_CASE("a reader that is gone holds nobody up") {
  std::signal(SIGPIPE, SIG_IGN);
  SmallPipe pipe;
  pipe.close_reader();
  LineWriter writer(pipe.writer(), 1 << 20, lost_line);
  for (int i = 0; i < 100; ++i) writer.put(numbered(i));
  CHECK(writer.finish(Seconds{60}));
}

TEST_CASE("a descriptor that does not block is waited for") {
  SmallPipe pipe;
  REQUIRE(fcntl(pipe.writer(), F_SETFL, O_NONBLOCK) == 0);
  LineWriter writer(pipe.writer(), 1 << 20, lost_line);
  for (int i = 0; i < 100; ++i) writer.put(numbered(i));
  writer.put("end\n");
  CHECK(pipe.lines_until("end").size() == 101);
}

TEST_CASE("the log in the background is that of the foreground, and tells what was lost") {
  for (const log::Format format : {log::Format::text, log::Format::json}) {
    SmallPipe pipe;
    const auto lines =
        log::configure_in_background(log::Level::info, format, "here", pipe.writer(), 3000);
    log::debug("silent");
    for (int i = 0; i < 200; ++i) log::info("something", {{"number", i}});
    log::critical("the end");
    std::string told;
    for (std::string last; last.find("the end") == std::string::npos;) {
      last = pipe.lines_until("").back();
      told += last + "\n";
    }
    CHECK(lines->finish(Seconds{60}));
    log::configure(log::Level::info, log::Format::text);
    CHECK(told.find("silent") == std::string::npos);
    const std::string lost = format == log::Format::text
                                 ? " warning lines of the log were lost: nobody read them lines="
                                 : R"("level":"warning","event":"lines of the log were lost: )"
                                   R"(nobody read them","lines":)";
    CHECK(told.find(lost) != std::string::npos);
    CHECK_THAT(told, StartsWith(format == log::Format::text ? "here 2" : R"({"prefix":"here",)"));
    CHECK_THAT(told.substr(told.rfind('\n', told.find(lost)) + 1),
               StartsWith(format == log::Format::text ? "here 2" : R"({"prefix":"here",)"));
    CHECK(told.find(format == log::Format::text
                        ? "Z critical the end\n"
                        : R"("critical","event":"the end"})") != std::string::npos);
  }
}

}  // namespace
}  // namespace certwatch
