// argv → command → exit code.
#pragma once

namespace certwatch {

int run_command_line(int argc, char** argv);

}  // namespace certwatch
