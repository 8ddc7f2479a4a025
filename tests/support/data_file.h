// Files of tests/data.
#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace certwatch {

// The bytes of tests/data/<path>. A missing file ends the test program.
inline std::string data_file(const std::string& path) {
  std::ifstream file(CERTWATCH_SOURCE_DIR "/tests/data/" + path, std::ios::binary);
  if (!file) throw std::runtime_error("tests/data has no " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The rows of a tab-separated file below its heading.
inline std::vector<std::vector<std::string>> data_table(const std::string& path) {
  const std::string text = data_file(path);
  std::vector<std::vector<std::string>> rows(1, std::vector<std::string>(1));
  for (const char c : text) {
    if (c == '\n') {
      rows.emplace_back(1);
    } else if (c == '\t') {
      rows.back().emplace_back();
    } else {
      rows.back().back() += c;
    }
  }
  rows.pop_back();
  rows.erase(rows.begin());
  return rows;
}

}  // namespace certwatch
