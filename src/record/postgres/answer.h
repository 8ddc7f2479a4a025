// What a statement answered.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

struct pg_result;  // libpq's PGresult

namespace certwatch::postgres {

struct FreeResult {
  void operator()(pg_result* result) const;
};
using OwnedResult = std::unique_ptr<pg_result, FreeResult>;

// Rows and columns count from 0. A null reads as empty, 0 or false where no optional is asked for.
class Answer {
 public:
  explicit Answer(OwnedResult result) : result_(std::move(result)) {}

  int rows() const;
  int columns() const;
  bool is_null(int row, int column) const;
  // Valid as long as this answer.
  std::string_view view(int row, int column) const;
  std::string text(int row, int column) const { return std::string(view(row, column)); }
  std::optional<std::string> optional_text(int row, int column) const;
  std::int64_t integer(int row, int column) const;
  double real(int row, int column) const;
  // Of extract(epoch FROM …)::float8, to the microsecond.
  SystemTime time(int row, int column) const;
  std::optional<SystemTime> optional_time(int row, int column) const;
  bool boolean(int row, int column) const { return view(row, column) == "t"; }
  // A text[] without nulls.
  std::vector<std::string> texts(int row, int column) const;

 private:
  OwnedResult result_;
};

}  // namespace certwatch::postgres
