// Standard input, output and error, for a process that was started without them.
#pragma once

namespace certwatch {

// Opens /dev/null for each of the descriptors 0 to 2 that is closed. Otherwise the next file or
// socket would get that number, and the log would go into it. To be called before anything else is
// opened.
void open_missing_descriptors();

}  // namespace certwatch
