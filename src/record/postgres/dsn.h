// The connection string of an operator: checked, completed, and kept out of every message.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace certwatch::postgres {

// Is this a libpq connection string or URI that can be used? Connects to nothing. Finds also what
// libpq takes for something else: a password with an unescaped '@', '/' or ':' in a URI. The error
// quotes nothing of the string.
Result<void> check_dsn(const Secret& dsn);

// Keywords and values for libpq, with ours where the operator gives none: keep-alives that find a
// dead peer within 30 s, the application's name, and UTF-8 always.
struct ConnectionKeywords {
  std::vector<std::string> names;
  std::vector<std::string> values;
};
Result<ConnectionKeywords> connection_keywords(const Secret& dsn);

// Takes the password of `dsn` out of a message of libpq, makes it one line and cuts it.
std::string without_password(std::string_view message, const Secret& dsn);

}  // namespace certwatch::postgres
