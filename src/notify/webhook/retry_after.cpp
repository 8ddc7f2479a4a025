#include "notify/webhook/retry_after.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/number.h"
#include "base/text.h"

namespace certwatch {
namespace {

namespace chrono = std::chrono;

constexpr std::size_t longest_date = 64;
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::vector<std::string_view> words_of(std::string_view text) {
  constexpr std::string_view between = " ,-";
  std::vector<std::string_view> words;
  for (std::size_t begin = text.find_first_not_of(between); begin != std::string_view::npos;
       begin = text.find_first_not_of(between, begin)) {
    const std::size_t end = std::min(text.find_first_of(between, begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return words;
}

std::optional<unsigned> number_below(std::string_view text, unsigned bound) {
  const auto number = parse_number<unsigned>(text);
  return number && *number < bound ? number : std::nullopt;
}

// "08:49:37"; a leap second may be the 60th.
std::optional<Seconds> time_of_day(std::string_view text) {
  if (text.size() != 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
  const auto hours = number_below(text.substr(0, 2), 24);
  const auto minutes = number_below(text.substr(3, 2), 60);
  const auto seconds = number_below(text.substr(6, 2), 61);
  if (!hours || !minutes || !seconds) return std::nullopt;
  return chrono::hours(*hours) + chrono::minutes(*minutes) + chrono::seconds(*seconds);
}

// Two digits are the year that is nearest to now, but at most 50 years ahead (RFC 9110).
std::optional<chrono::year> year_of(std::string_view text, chrono::year now) {
  const auto number = number_below(text, 10'000);
  if (!number || (text.size() != 2 && text.size() != 4)) return std::nullopt;
  const chrono::year year(static_cast<int>(*number));
  if (text.size() == 4) return year;
  const chrono::year nearest = year + (now - chrono::year(0)) / 100 * 100;
  if (nearest > now + chrono::years(50)) return nearest - chrono::years(100);
  if (nearest < now - chrono::years(49)) return nearest + chrono::years(100);
  return nearest;
}

std::optional<chrono::sys_days> date_of(std::string_view day, std::string_view month,
                                        std::string_view year, SystemTime now) {
  const auto number = number_below(day, 32);
  const auto* name = std::find(months.begin(), months.end(), month);
  const chrono::year_month_day today(chrono::floor<chrono::days>(now));
  const auto full_year = year_of(year, today.year());
  if (!number || name == months.end() || !full_year) return std::nullopt;
  const auto month_number = static_cast<unsigned>(name - months.begin()) + 1;
  const chrono::year_month_day date(*full_year, chrono::month(month_number), chrono::day(*number));
  if (!date.ok()) return std::nullopt;
  return chrono::sys_days(date);
}

// Since the epoch, in seconds: a year 9999 does not fit the system's clock. The day of the week is
// of no interest.
std::optional<Seconds> parse_date(std::string_view text, SystemTime now) {
  if (text.size() > longest_date) return std::nullopt;
  const std::vector<std::string_view> words = words_of(text);
  std::optional<chrono::sys_days> date;
  std::optional<Seconds> time;
  if (words.size() == 6 && words[5] == "GMT") {
    // "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"
    date = date_of(words[1], words[2], words[3], now);
    time = time_of_day(words[4]);
  } else if (words.size() == 5) {
    // "Sun Nov  6 08:49:37 1994"
    date = date_of(words[2], words[1], words[4], now);
    time = time_of_day(words[3]);
  }
  if (!date || !time) return std::nullopt;
  return Seconds(date->time_since_epoch()) + *time;
}

bool is_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<Seconds> parse_retry_after(std::string_view value, SystemTime now) {
  const std::string_view text = trim(value);
  if (is_digits(text)) {
    // What does not fit a number is longer than the limit, too.
    const auto seconds = parse_number<std::uint64_t>(text);
    if (!seconds) return longest_retry_after;
    return std::min(Seconds(static_cast<double>(*seconds)), longest_retry_after);
  }
  const std::optional<Seconds> date = parse_date(text, now);
  if (!date) return std::nullopt;
  return std::clamp(*date - Seconds(now.time_since_epoch()), Seconds{0}, longest_retry_after);
}

}  // namespace certwatch
