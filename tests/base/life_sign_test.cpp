#include "base/life_sign.h"

#include <thread>

#include "support/catch.h"
#include "support/fake_clock.h"

namespace certwatch {
namespace {

TEST_CASE("a thread that shows itself is not complained of") {
  FakeClock clock;
  LifeSigns signs(clock);
  LifeSign& reader = signs.add("reader");
  for (int i = 0; i < 100; ++i) {
    clock.advance(longest_silence);
    CHECK(signs.complaints().empty());
    reader.show();
  }
}

TEST_CASE("a thread that is silent for too long is complained of, until it shows itself") {
  FakeClock clock;
  LifeSigns signs(clock);
  LifeSign& reader = signs.add("reader");
  signs.add("arbiter").show(Seconds{1000});
  clock.advance(longest_silence);
  CHECK(signs.complaints().empty());
  clock.advance(Seconds{0.001});
  CHECK_THAT(signs.complaints(), Catch::Matchers::ContainsSubstring("thread reader"));
  CHECK(signs.complaints().find("arbiter") == std::string::npos);
  reader.show();
  CHECK(signs.complaints().empty());
}

TEST_CASE("an announced wait is no silence, up to its bound") {
  FakeClock clock;
  LifeSign courier("courier", clock);
  courier.show(Seconds{30});
  clock.advance(longest_silence + Seconds{30});
  CHECK(courier.complaint(clock.steady_now()).empty());
  clock.advance(Seconds{1});
  CHECK_FALSE(courier.complaint(clock.steady_now()).empty());
  courier.show(Seconds{1e300});  // as good as for ever
  clock.advance(Seconds{1e9});
  CHECK(courier.complaint(clock.steady_now()).empty());
}

TEST_CASE("a thread that ended as it was asked to is never complained of") {
  FakeClock clock;
  LifeSigns signs(clock);
  signs.add("reader").end("");
  clock.advance(Seconds{1e8});
  CHECK(signs.complaints().empty());
}

TEST_CASE("a thread that died is complained of at once, with what it died of") {
  FakeClock clock;
  LifeSigns signs(clock);
  LifeSign& reader = signs.add("reader");
  LifeSign& arbiter = signs.add("arbiter");
  reader.end("out of memory");
  CHECK(signs.complaints() == "thread reader died: out of memory");
  arbiter.end("bad allocation");
  CHECK(signs.complaints() ==
        "thread reader died: out of memory; thread arbiter died: bad allocation");
}

TEST_CASE("signs are shown, ended and read from several threads") {
  FakeClock clock;
  LifeSigns signs(clock);
  LifeSign& reader = signs.add("reader");
  {
    const std::jthread showing([&] {
      for (int i = 0; i < 1000; ++i) reader.show();
      reader.end("gone");
    });
    const std::jthread adding([&] {
      for (int i = 0; i < 100; ++i) signs.add("another");
    });
    for (int i = 0; i < 100; ++i) {
      const std::string complaints = signs.complaints();
      CHECK((complaints.empty() || complaints == "thread reader died: gone"));
    }
  }
  CHECK(signs.complaints() == "thread reader died: gone");
}

}  // namespace
}  // namespace certwatch
