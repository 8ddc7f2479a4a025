// The values of a statement's parameters, $1 first, in the server's text form.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace certwatch::postgres {

class Parameters {
 public:
  Parameters& null();
  // What no text column takes, NUL and ill-formed bytes, becomes U+FFFD.
  Parameters& text(std::string_view value);
  Parameters& optional_text(const std::optional<std::string>& value);
  // Null where empty.
  Parameters& text_unless_empty(std::string_view value);
  Parameters& integer(std::int64_t value);
  Parameters& optional_integer(const std::optional<std::int64_t>& value);
  Parameters& real(double value);
  Parameters& boolean(bool value);
  // For to_timestamp(), to the microsecond.
  Parameters& time(SystemTime value);
  Parameters& optional_time(const std::optional<SystemTime>& value);
  // For make_interval(secs => …), cut to what an interval can hold (some 30 years).
  Parameters& seconds(Seconds value);
  Parameters& texts(std::span<const std::string> values);
  Parameters& integers(std::span<const std::int64_t> values);

  // As libpq wants them: valid until the next change.
  std::vector<const char*> pointers() const;

 private:
  std::vector<std::optional<std::string>> values_;
};

}  // namespace certwatch::postgres
