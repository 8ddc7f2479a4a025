// The real messages that everything here is measured with (bench/corpus/PROVENANCE.md).
#pragma once

#include <string>
#include <vector>

namespace certwatch::bench {

// "full", "lite" or "others": the messages of bench/corpus/<name>.jsonl, each as the server sends
// it, with the newline at its end. Ends the program where there is no such file.
std::vector<std::string> corpus(const std::string& name);

}  // namespace certwatch::bench
