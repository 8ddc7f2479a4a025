#include "corpus.h"

#include <cstdlib>
#include <fstream>
#include <iostream>

namespace certwatch::bench {

std::vector<std::string> corpus(const std::string& name) {
  const std::string path = std::string(CERTWATCH_BENCH_CORPUS) + "/" + name + ".jsonl";
  std::ifstream file(path);
  std::vector<std::string> messages;
  for (std::string line; std::getline(file, line);) messages.push_back(line + "\n");
  if (messages.empty()) {
    std::cerr << path << " holds no messages\n";
    std::exit(1);
  }
  return messages;
}

}  // namespace certwatch::bench
