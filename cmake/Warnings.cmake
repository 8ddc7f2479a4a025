# Every target of ours links this; third-party headers come in as SYSTEM and stay silent.
add_library(certwatch_warnings INTERFACE)
target_compile_options(certwatch_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wold-style-cast -Wimplicit-fallthrough -Wnull-dereference)
if(CERTWATCH_WERROR)
  target_compile_options(certwatch_warnings INTERFACE -Werror)
endif()
# False ones, each by its name: where GCC follows what flows through the standard library and through
# header-only libraries, it finds trouble in their insides (as in <streambuf> with GCC 12).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  if(CERTWATCH_SANITIZE OR NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
    target_compile_options(certwatch_warnings INTERFACE -Wno-null-dereference)
  endif()
  if(CERTWATCH_SANITIZE)
    target_compile_options(certwatch_warnings INTERFACE -Wno-maybe-uninitialized)
  endif()
  if(CERTWATCH_SANITIZE STREQUAL "thread")
    target_compile_options(certwatch_warnings INTERFACE -Wno-tsan)
  endif()
endif()
