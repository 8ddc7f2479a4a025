# Every target of ours links this; third-party headers come in as SYSTEM and stay silent.
add_library(certwatch_warnings INTERFACE)
target_compile_options(certwatch_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wold-style-cast -Wimplicit-fallthrough -Wnull-dereference)
if(CERTWATCH_WERROR)
  target_compile_options(certwatch_warnings INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Flow-sensitive warnings of GCC report the insides of the standard library and of header-only
  # libraries under a sanitizer; the other presets keep them.
  if(CERTWATCH_SANITIZE)
    target_compile_options(certwatch_warnings INTERFACE -Wno-null-dereference -Wno-maybe-uninitialized)
  endif()
  if(CERTWATCH_SANITIZE STREQUAL "thread")
    target_compile_options(certwatch_warnings INTERFACE -Wno-tsan)
  endif()
endif()
