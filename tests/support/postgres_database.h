// A database of a test's own on the server that CERTWATCH_TEST_DSN names.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"

struct pg_conn;  // libpq's PGconn

namespace certwatch {

// A connection that the test holds itself. Whatever goes wrong throws.
class PostgresConsole {
 public:
  explicit PostgresConsole(const std::string& dsn);
  ~PostgresConsole();
  PostgresConsole(PostgresConsole&&) = delete;

  using Row = std::vector<std::optional<std::string>>;
  // One statement with parameters, or several without.
  std::vector<Row> run(const std::string& sql, const std::vector<std::string>& parameters = {});
  // The one value of a statement.
  std::string value(const std::string& sql, const std::vector<std::string>& parameters = {});
  // The server's process that serves this connection.
  int backend() const;

 private:
  pg_conn* raw_;
};

// Created empty or with schema.sql applied; dropped at the end.
class PostgresDatabase {
 public:
  enum class Content { empty, schema };
  // `encoding`: of the server; empty: its default.
  explicit PostgresDatabase(Content content = Content::schema, const std::string& encoding = "");
  ~PostgresDatabase();
  PostgresDatabase(PostgresDatabase&&) = delete;

  // `options` as in a URI: "application_name=x&…".
  std::string dsn(const std::string& options = "") const;
  Secret secret() const { return Secret(dsn()); }
  const std::string& name() const { return name_; }
  PostgresConsole& console() { return *console_; }

 private:
  std::string name_;
  std::unique_ptr<PostgresConsole> console_;
};

// schema.sql, as it stands in the repository.
std::string schema_sql();

}  // namespace certwatch
