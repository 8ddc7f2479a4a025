// What CMake needs to make test.h into a precompiled header.
