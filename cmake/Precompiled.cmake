# Headers that most source files include, parsed once for each kind of target instead of once for
# each file. The release preset does without: there, a file that lacks an #include does not build.
option(CERTWATCH_PRECOMPILE "Precompile common headers" OFF)

# certwatch_precompile(TARGET library|test)
function(certwatch_precompile target kind)
  if(NOT CERTWATCH_PRECOMPILE)
    return()
  endif()
  set(owner certwatch_precompiled_${kind})
  if(NOT TARGET ${owner})
    set(folder ${PROJECT_SOURCE_DIR}/cmake/precompiled)
    add_library(${owner} OBJECT ${folder}/${kind}.cpp)
    target_link_libraries(${owner} PRIVATE certwatch_warnings tl::expected)
    if(kind STREQUAL test)
      target_link_libraries(${owner} PRIVATE Catch2::Catch2)
      target_include_directories(${owner} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
    endif()
    target_precompile_headers(${owner} PRIVATE ${folder}/${kind}.h)
  endif()
  # A program is compiled with -fPIE, and precompiled headers are for one of both.
  target_compile_options(${target} PRIVATE -fPIC)
  target_precompile_headers(${target} REUSE_FROM ${owner})
endfunction()
