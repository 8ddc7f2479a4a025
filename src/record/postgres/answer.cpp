#include "record/postgres/answer.h"

#include <chrono>
#include <cmath>
#include <libpq-fe.h>

#include "base/number.h"

namespace certwatch::postgres {

void FreeResult::operator()(pg_result* result) const {
  PQclear(result);
}

int Answer::rows() const {
  return PQntuples(result_.get());
}

int Answer::columns() const {
  return PQnfields(result_.get());
}

bool Answer::is_null(int row, int column) const {
  return PQgetisnull(result_.get(), row, column) != 0;
}

std::string_view Answer::view(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::optional<std::string> Answer::optional_text(int row, int column) const {
  if (is_null(row, column)) return std::nullopt;
  return text(row, column);
}

std::int64_t Answer::integer(int row, int column) const {
  return parse_number<std::int64_t>(view(row, column)).value_or(0);
}

double Answer::real(int row, int column) const {
  return parse_number<double>(view(row, column)).value_or(0);
}

SystemTime Answer::time(int row, int column) const {
  const std::chrono::microseconds since_epoch(std::llround(real(row, column) * 1e6));
  return SystemTime(std::chrono::duration_cast<SystemTime::duration>(since_epoch));
}

std::optional<SystemTime> Answer::optional_time(int row, int column) const {
  if (is_null(row, column)) return std::nullopt;
  return time(row, column);
}

// {a,"b,\"c\""}: the text form of an array, as the server writes it.
std::vector<std::string> Answer::texts(int row, int column) const {
  std::string_view rest = view(row, column);
  std::vector<std::string> all;
  if (rest.size() < 2) return all;
  rest = rest.substr(1, rest.size() - 2);
  bool quoted = false;
  bool in_element = false;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (!in_element) {
      all.emplace_back();
      in_element = true;
    }
    const char c = rest[i];
    if (c == '\\' && i + 1 < rest.size()) {
      all.back() += rest[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      in_element = false;
    } else {
      all.back() += c;
    }
  }
  return all;
}

}  // namespace certwatch::postgres
