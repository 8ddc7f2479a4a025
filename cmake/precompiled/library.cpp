// What CMake needs to make library.h into a precompiled header.
