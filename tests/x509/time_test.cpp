#include "support/catch.h"
#include "x509/asn1_time.h"

namespace certwatch {
namespace {

constexpr unsigned char utc = 0x17;
constexpr unsigned char generalized = 0x18;

TEST_CASE("times become Unix seconds, or nothing where they are malformed") {
  struct Row {
    const char* why;
    unsigned char tag;
    std::string content;
    std::optional<std::int64_t> seconds;
  };
  const std::vector<Row> rows = {
      {"the epoch", utc, "700101000000Z", 0},
      {"a leap day", utc, "240229235959Z", 1709251199},
      {"two digits below 50 are 20xx", utc, "491231235959Z", 2524607999},
      {"two digits from 50 are 19xx", utc, "500101000000Z", -631152000},
      {"beyond 2049", generalized, "20500101000000Z", 2524608000},
      {"the last there is", generalized, "99991231235959Z", 253402300799},
      {"the first there is", generalized, "00000101000000Z", -62167219200},
      {"no seconds", utc, "7001010001Z", 60},
      {"east of Greenwich", utc, "700101013000+0130", 0},
      {"west of Greenwich", generalized, "19691231230000-0100", 0},
      {"a fraction is cut", generalized, "19700101000001.999Z", 1},
      {"a fraction behind a comma", generalized, "19700101000001,5Z", 1},
      {"no fraction behind the point", generalized, "19700101000001.Z", std::nullopt},
      {"a fraction in UTCTime", utc, "700101000001.5Z", std::nullopt},
      {"local time", utc, "700101000000", std::nullopt},
      {"no leap day", utc, "230229000000Z", std::nullopt},
      {"1900 was no leap year", generalized, "19000229000000Z", std::nullopt},
      {"month 0", utc, "240001000000Z", std::nullopt},
      {"month 13", utc, "241301000000Z", std::nullopt},
      {"day 0", utc, "240100000000Z", std::nullopt},
      {"day 31 of 30", utc, "240431000000Z", std::nullopt},
      {"hour 24", utc, "240101240000Z", std::nullopt},
      {"minute 60", utc, "240101006000Z", std::nullopt},
      {"leap second", utc, "161231235960Z", std::nullopt},
      {"four digits of a year in UTCTime", utc, "20240101000000Z", std::nullopt},
      {"two digits of a year in GeneralizedTime", generalized, "240101000000Z", std::nullopt},
      {"an offset beyond a day", utc, "700101000000+2400", std::nullopt},
      {"an offset of 60 minutes", utc, "700101000000+0060", std::nullopt},
      {"half an offset", utc, "700101000000+01", std::nullopt},
      {"something behind", utc, "700101000000Z ", std::nullopt},
      {"a sign for a digit", utc, "7-0101000000Z", std::nullopt},
      {"one digit of seconds", utc, "70010100001Z", std::nullopt},
      {"nothing", utc, "", std::nullopt},
      {"another type", 0x0C, "700101000000Z", std::nullopt},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(unix_time({row.tag, {}, row.content}) == row.seconds);
  }
}

TEST_CASE("every day from 1950 to 2049 follows the one before") {
  const int days_of_month[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  std::int64_t expected = -631152000;
  const auto two = [](int number) {
    return std::string{static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
  };
  for (int year = 1950; year < 2050; ++year) {
    for (int month = 1; month <= 12; ++month) {
      const int leap_day = month == 2 && year % 4 == 0 ? 1 : 0;  // 2000 was one
      for (int day = 1; day <= days_of_month[month - 1] + leap_day; ++day) {
        const std::string time = two(year % 100) + two(month) + two(day) + "000000Z";
        if (unix_time({utc, {}, time}) != expected) FAIL(time);
        expected += 86400;
      }
    }
  }
  CHECK(expected == 2524608000);
}

}  // namespace
}  // namespace certwatch
