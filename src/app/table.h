// Rows for a person or for a pipe.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace certwatch {

// On a terminal: columns aligned, the heading in bold. In a pipe: fields separated by tabs, no
// heading. Cells are escaped: what is printed may be hostile.
class Table {
 public:
  Table(std::vector<std::string> heading, std::ostream& out, bool is_terminal);

  // Cells that read so are red on a terminal.
  void emphasize(std::string cell) { emphasized_ = std::move(cell); }
  void add(std::vector<std::string> cells);
  // Writes what has been added; the heading only the first time.
  void flush();

 private:
  const std::vector<std::string> heading_;
  std::ostream& out_;
  const bool is_terminal_;
  std::string emphasized_;
  bool heading_written_ = false;
  std::vector<std::vector<std::string>> rows_;
};

// As people read a list, "a, b".
std::string listed(const std::vector<std::string>& texts);
// The same of a JSON array of strings; empty where it is none, or has none.
std::string listed_array(std::string_view array);

// 2026-11-20T17:27:03Z; the number itself where a calendar has no such time.
std::string utc(std::int64_t unix_seconds);

// Is standard output a terminal?
bool output_is_terminal();

}  // namespace certwatch
