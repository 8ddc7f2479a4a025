#include "net/retry_after.h"

#include <algorithm>
#include <curl/curl.h>

#include "base/number.h"

namespace certwatch {

std::optional<Seconds> parse_retry_after(const std::string& value, SystemTime now) {
  const auto number = parse_number<double>(value);
  if (number && *number >= 0) return Seconds(*number);
  const time_t date = ::curl_getdate(value.c_str(), nullptr);
  if (date == -1) return std::nullopt;
  const Seconds wait = std::chrono::seconds(date) - Seconds(now.time_since_epoch());
  return std::max(wait, Seconds(0));
}

}  // namespace certwatch
