#include "support/postgres_database.h"

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <libpq-fe.h>
#include <sstream>
#include <stdexcept>
#include <unistd.h>

namespace certwatch {
namespace {

std::string server_dsn() {
  const char* dsn = std::getenv("CERTWATCH_TEST_DSN");
  if (dsn == nullptr) throw std::runtime_error("CERTWATCH_TEST_DSN is not set: e2e/with_postgres");
  return dsn;
}

// The same URI with another database: "postgresql://user@host/DATABASE?options".
std::string with_database(const std::string& uri, const std::string& database,
                          const std::string& options) {
  const std::size_t authority = uri.find("://");
  if (authority == std::string::npos) throw std::runtime_error("CERTWATCH_TEST_DSN is no URI");
  const std::size_t question = uri.find('?');
  const std::string base = uri.substr(0, question);
  std::string query = question == std::string::npos ? "" : uri.substr(question + 1);
  if (!options.empty()) query += (query.empty() ? "" : "&") + options;
  const std::size_t slash = base.find('/', authority + 3);
  return base.substr(0, slash) + "/" + database + (query.empty() ? "" : "?" + query);
}

}  // namespace

PostgresConsole::PostgresConsole(const std::string& dsn) : raw_(PQconnectdb(dsn.c_str())) {
  if (PQstatus(raw_) != CONNECTION_OK) {
    const std::string why = PQerrorMessage(raw_);
    PQfinish(raw_);
    throw std::runtime_error(why);
  }
  PQsetNoticeProcessor(
      raw_, [](void*, const char*) {}, nullptr);
}

PostgresConsole::~PostgresConsole() {
  PQfinish(raw_);
}

std::vector<PostgresConsole::Row> PostgresConsole::run(const std::string& sql,
                                                       const std::vector<std::string>& parameters) {
  std::vector<const char*> values;
  for (const std::string& one : parameters) values.push_back(one.c_str());
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(
      values.empty() ? PQexec(raw_, sql.c_str())
                     : PQexecParams(raw_, sql.c_str(), static_cast<int>(values.size()), nullptr,
                                    values.data(), nullptr, nullptr, 0),
      &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    throw std::runtime_error(sql + ": " + PQerrorMessage(raw_));
  }
  std::vector<Row> rows;
  for (int i = 0; i < PQntuples(result.get()); ++i) {
    Row row;
    for (int column = 0; column < PQnfields(result.get()); ++column) {
      row.push_back(PQgetisnull(result.get(), i, column) != 0
                        ? std::nullopt
                        : std::optional<std::string>(PQgetvalue(result.get(), i, column)));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string PostgresConsole::value(const std::string& sql,
                                   const std::vector<std::string>& parameters) {
  const std::vector<Row> rows = run(sql, parameters);
  if (rows.size() != 1 || rows[0].size() != 1) throw std::runtime_error(sql + ": not one value");
  return rows[0][0].value_or("");
}

int PostgresConsole::backend() const {
  return PQbackendPID(raw_);
}

PostgresDatabase::PostgresDatabase(Content content, const std::string& encoding) {
  static std::atomic<int> last{0};
  name_ = "test_" + std::to_string(getpid()) + "_" + std::to_string(++last);
  const std::string options =
      encoding.empty()
          ? ""
          : " TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C' ENCODING '" + encoding + "'";
  PostgresConsole(server_dsn()).run("CREATE DATABASE " + name_ + options);
  console_ = std::make_unique<PostgresConsole>(dsn());
  if (content == Content::schema) console_->run(schema_sql());
}

PostgresDatabase::~PostgresDatabase() {
  console_.reset();
  PostgresConsole(server_dsn()).run("DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
}

std::string PostgresDatabase::dsn(const std::string& options) const {
  return with_database(server_dsn(), name_, options);
}

std::string schema_sql() {
  std::ifstream file(CERTWATCH_SOURCE_DIR "/schema.sql");
  if (!file) throw std::runtime_error("schema.sql not found");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace certwatch
