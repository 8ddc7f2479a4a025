#include "x509/asn1_time.h"

#include <chrono>

namespace certwatch {
namespace {

constexpr unsigned char utc_time = 0x17;
constexpr unsigned char generalized_time = 0x18;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Takes digits off the front of a text; once one is missing, the whole time is malformed.
class Digits {
 public:
  explicit Digits(std::string_view text) : rest_(text) {}

  int take(int count) {
    int value = 0;
    for (; count > 0; --count) {
      if (rest_.empty() || !is_digit(rest_.front())) {
        is_malformed_ = true;
        return 0;
      }
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }
  bool take_if(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool more() const { return !rest_.empty() && is_digit(rest_.front()); }
  void skip_fraction() {
    take(1);
    while (more()) rest_.remove_prefix(1);
  }
  bool is_whole() const { return !is_malformed_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool is_malformed_ = false;
};

// Minutes east of Greenwich; nothing where neither Z nor an offset follows.
std::optional<std::chrono::minutes> take_zone(Digits& digits) {
  if (digits.take_if('Z')) return std::chrono::minutes(0);
  const bool is_east = digits.take_if('+');
  if (!is_east && !digits.take_if('-')) return std::nullopt;
  const int hours = digits.take(2);
  const int minutes = digits.take(2);
  if (hours > 23 || minutes > 59) return std::nullopt;
  const std::chrono::minutes offset(hours * 60 + minutes);
  return is_east ? offset : -offset;
}

}  // namespace

std::optional<std::int64_t> unix_time(const der::Element& element) {
  if (element.tag != utc_time && element.tag != generalized_time) return std::nullopt;
  const bool is_utc_time = element.tag == utc_time;
  Digits digits(element.content);
  int year = digits.take(is_utc_time ? 2 : 4);
  if (is_utc_time) year += year < 50 ? 2000 : 1900;
  const auto month = static_cast<unsigned>(digits.take(2));
  const auto day = static_cast<unsigned>(digits.take(2));
  const int hour = digits.take(2);
  const int minute = digits.take(2);
  const int second = digits.more() ? digits.take(2) : 0;
  if (!is_utc_time && (digits.take_if('.') || digits.take_if(','))) digits.skip_fraction();
  const auto east = take_zone(digits);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!east || !digits.is_whole() || !date.ok() || hour > 23 || minute > 59 || second > 59) {
    return std::nullopt;
  }
  const std::chrono::sys_seconds time = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                                        std::chrono::minutes(minute) - *east +
                                        std::chrono::seconds(second);
  return time.time_since_epoch().count();
}

}  // namespace certwatch
