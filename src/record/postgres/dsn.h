// The connection string of an operator: checked, completed, and kept out of every message.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

struct pg_conn;  // libpq's PGconn

namespace certwatch::postgres {

// Is this a libpq connection string or URI that can be used? Connects to nothing. Finds also what
// libpq takes for something else: a password with an unescaped '@', '/' or ':' in a URI. The error
// quotes nothing of the string.
Result<void> check_dsn(const Secret& dsn);

// Keywords and values for libpq.
struct ConnectionKeywords {
  std::vector<std::string> names;
  std::vector<std::string> values;

  // Null where there is none.
  const std::string* find(std::string_view name) const;
  // In the place of the one that is there.
  void set(const std::string& name, std::string value);
};

// Those of `dsn`; host, hostaddr and port also where only the environment (PGHOST ...) or a service
// file gives them. Ours where the operator gives none: keep-alives that find a dead peer within
// 30 s and the application's name. The encoding is always UTF-8.
Result<ConnectionKeywords> connection_keywords(const Secret& dsn);

// Begins to connect, as PQconnectStartParams() does. The caller finishes the connection.
pg_conn* start_connecting(const ConnectionKeywords& keywords);

// Takes the password of `dsn` out of a message of libpq, makes it one line and cuts it.
std::string without_password(std::string_view message, const Secret& dsn);

}  // namespace certwatch::postgres
