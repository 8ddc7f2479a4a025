// The messages of tests/data/certstream.
#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace certwatch::testing {

inline std::string real_file(const std::string& name) {
  std::ifstream file(CERTWATCH_SOURCE_DIR "/tests/data/certstream/" + name, std::ios::binary);
  if (!file) throw std::runtime_error("no test data " + name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The lines of a .jsonl file, newline included, as they come on the wire.
inline std::vector<std::string> real_lines(const std::string& name) {
  std::vector<std::string> lines;
  std::istringstream text(real_file(name));
  for (std::string line; std::getline(text, line);) lines.push_back(line + "\n");
  return lines;
}

}  // namespace certwatch::testing
