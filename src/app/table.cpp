#include "app/table.h"

#include <algorithm>
#include <array>
#include <ctime>
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
      const bool is_red = is_terminal_ && row[i] == emphasized_;
      out_ << (is_red ? "\x1b[31m" : "") << row[i] << (is_red ? "\x1b[0m" : "");
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

std::string listed(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + text;
  return list;
}

std::string listed_array(std::string_view array) {
  constexpr std::size_t shortest = 4;
  if (array.size() < shortest || !array.starts_with("[\"") || !array.ends_with("\"]")) return {};
  std::string list;
  bool is_within = false;
  for (std::size_t i = 1; i + 1 < array.size(); ++i) {
    const char c = array[i];
    if (c == '"') {
      is_within = !is_within;
    } else if (is_within) {
      list += c;
      if (c == '\\') list += array[++i];
    } else if (c == ',') {
      list += ", ";
    }
  }
  return list;
}

std::string utc(std::int64_t unix_seconds) {
  const std::time_t time = unix_seconds;
  std::tm parts{};
  std::array<char, 64> text{};
  if (gmtime_r(&time, &parts) == nullptr) return std::to_string(unix_seconds);
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return std::string(text.data(), size);
}

bool output_is_terminal() {
  return isatty(STDOUT_FILENO) == 1;
}

}  // namespace certwatch
