#include "app/table.h"

#include <algorithm>
#include <unistd.h>

#include "base/text.h"

namespace certwatch {
namespace {

constexpr std::size_t longest_cell = 120;

}  // namespace

Table::Table(std::vector<std::string> heading, std::ostream& out, bool is_terminal)
    : heading_(std::move(heading)), out_(out), is_terminal_(is_terminal) {}

void Table::add(std::vector<std::string> cells) {
  for (std::string& cell : cells) cell = cell.empty() ? "-" : printable(cell, longest_cell);
  rows_.push_back(std::move(cells));
}

void Table::flush() {
  std::vector<std::size_t> widths(heading_.size());
  for (std::size_t i = 0; i < heading_.size(); ++i) widths[i] = heading_[i].size();
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  const auto write = [&](const std::vector<std::string>& row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool last = i + 1 == row.size();
      out_ << row[i];
      if (last) break;
      out_ << (is_terminal_ ? std::string(widths[i] - row[i].size() + 2, ' ') : "\t");
    }
    out_ << '\n';
  };
  if (is_terminal_ && !heading_written_) {
    out_ << "\x1b[1m";
    write(heading_);
    out_ << "\x1b[0m";
  }
  heading_written_ = true;
  for (const auto& row : rows_) write(row);
  rows_.clear();
  out_.flush();
}

bool output_is_terminal() {
  return isatty(STDOUT_FILENO) == 1;
}

}  // namespace certwatch
