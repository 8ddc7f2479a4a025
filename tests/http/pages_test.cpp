#include "http/pages.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "support/catch.h"

namespace certwatch {
namespace {

using Catch::Matchers::ContainsSubstring;

SystemTime at(double unix_seconds) {
  return SystemTime(std::chrono::duration_cast<SystemTime::duration>(Seconds(unix_seconds)));
}

Condition well() {
  return {true, at(1717500000), Seconds{0.25}, ""};
}

TEST_CASE("health is one JSON object of fixed form") {
  const Page before = health_page({"", 3, std::nullopt});
  CHECK(before.status == 200);
  CHECK(before.content_type == "application/json");
  CHECK(before.body == R"({"ok":true,"watch_entries":3,"last_ct_event_at":null})");

  const Page after = health_page({"", 0, at(1717500000.25)});
  CHECK(after.body == R"({"ok":true,"watch_entries":0,"last_ct_event_at":1717500000.250000})");
}

TEST_CASE("a whole second is a float all the same") {
  CHECK_THAT(health_page({"", 0, at(1717500000)}).body, ContainsSubstring(":1717500000.000000}"));
}

TEST_CASE("a broken process is 503 with the reason, escaped") {
  const Page page = health_page({"thread arbiter died: \"x\"\n", 3, std::nullopt});
  CHECK(page.status == 503);
  CHECK(page.body == R"({"ok":false,"watch_entries":3,"last_ct_event_at":null,)"
                     R"("reason":"thread arbiter died: \"x\"\n"})");
}

TEST_CASE("readiness tells database, watch list and each feed") {
  ReadinessFacts facts;
  facts.database = well();
  facts.watch_list = well();
  facts.watch_entries = 7;
  facts.feeds = {{"a.example:443", well()}, {"[::1]:8080", well()}};
  const Page page = readiness_page(facts);
  CHECK(page.status == 200);
  CHECK(page.body ==
        R"({"ready":true,)"
        R"("database":{"ok":true,"since":1717500000.000000,"last_success_age_s":0.250000},)"
        R"("watch_list":{"ok":true,"since":1717500000.000000,"last_success_age_s":0.250000,)"
        R"("entries":7},)"
        R"("feeds":[{"feed":"a.example:443","ok":true,"since":1717500000.000000,)"
        R"("last_message_age_s":0.250000},)"
        R"({"feed":"[::1]:8080","ok":true,"since":1717500000.000000,)"
        R"("last_message_age_s":0.250000}]})");
}

TEST_CASE("one thing missing is not ready, and says why") {
  ReadinessFacts facts;
  facts.database = well();
  facts.watch_list = well();
  facts.feeds = {{"a.example:443", well()}};
  Condition* const needed[] = {&facts.database, &facts.watch_list, &facts.feeds.front().condition};
  Condition* const missing = needed[GENERATE(0U, 1U, 2U)];
  *missing = {false, std::nullopt, std::nullopt, "peer said: \x1b[31m"};
  const Page page = readiness_page(facts);
  CHECK(page.status == 503);
  CHECK_THAT(page.body, ContainsSubstring(R"({"ready":false,)"));
  CHECK_THAT(page.body, ContainsSubstring(R"("ok":false,"since":null,)"));
  CHECK_THAT(page.body, ContainsSubstring(R"("why":"peer said: \u001b[31m")"));
}

TEST_CASE("a reason of a megabyte is cut") {
  ReadinessFacts facts;
  facts.database.why = std::string(1'000'000, 'x');
  CHECK(readiness_page(facts).body.size() < 2000);
}

TEST_CASE("metrics come from every source, exact to the millisecond and beyond a million") {
  prometheus::Registry one;
  prometheus::Registry other;
  prometheus::BuildCounter()
      .Name("bytes_total")
      .Help("h")
      .Register(one)
      .Add({})
      .Increment(1234567890123.0);
  prometheus::BuildGauge()
      .Name("time_seconds")
      .Help("h")
      .Register(other)
      .Add({})
      .Set(1717500000.001);
  const Page page = metrics_page({&one, &other});
  CHECK(page.status == 200);
  CHECK(page.content_type == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(page.body ==
        "# HELP bytes_total h\n# TYPE bytes_total counter\nbytes_total 1234567890123\n"
        "# HELP time_seconds h\n# TYPE time_seconds gauge\ntime_seconds 1717500000.001\n");
}

}  // namespace
}  // namespace certwatch
