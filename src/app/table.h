// Rows for a person or for a pipe.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace certwatch {

// On a terminal: columns aligned, the heading in bold. In a pipe: fields separated by tabs, no
// heading. Cells are escaped: what is printed may be hostile.
class Table {
 public:
  Table(std::vector<std::string> heading, std::ostream& out, bool is_terminal);

  void add(std::vector<std::string> cells);
  // Writes what has been added; the heading only the first time.
  void flush();

 private:
  const std::vector<std::string> heading_;
  std::ostream& out_;
  const bool is_terminal_;
  bool heading_written_ = false;
  std::vector<std::vector<std::string>> rows_;
};

// Is standard output a terminal?
bool output_is_terminal();

}  // namespace certwatch
