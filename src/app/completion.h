// What a shell needs to complete a command line.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace certwatch {

// A script for bash: for every command of `app`, at any depth, its commands, its options, and the
// values of those options and arguments that take one of a few words. What it knows nothing for is
// completed as a file name.
std::string bash_completion(const CLI::App& app);

}  // namespace certwatch
