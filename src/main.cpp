#include <cstdio>
#include <exception>

#include "app/command_line.h"
#include "app/ending.h"

int main(int argc, char** argv) {
  try {
    return certwatch::run_command_line(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "certwatch: %s\n", error.what());
    return certwatch::exit_failure;
  }
}
