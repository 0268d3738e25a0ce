# The macros KR_VERSION, KR_GIT_HASH and KR_COMPILER for src/base/provenance.c, in a header that every build
# brings up to date (and rewrites only when the commit changed). Run with -P it is the script that writes it.
if(CMAKE_SCRIPT_MODE_FILE)
  set(hash "")
  set(git git -c "safe.directory=${source_dir}" -C "${source_dir}")
  execute_process(COMMAND ${git} rev-parse --show-prefix
    RESULT_VARIABLE status OUTPUT_VARIABLE prefix OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(status EQUAL 0 AND prefix STREQUAL "") # our own repository, not one our folder happens to lie in
    execute_process(COMMAND ${git} describe --always --abbrev=12 "--exclude=*" --dirty=+dirty
      OUTPUT_VARIABLE hash OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
  if(hash STREQUAL "") # a release tarball: git archive wrote the commit into a file (.gitattributes)
    file(STRINGS "${source_dir}/scripts/cmake/commit.txt" hash LIMIT_COUNT 1)
    string(SUBSTRING "${hash}" 0 12 hash)
  endif()
  if(NOT hash MATCHES "^[0-9a-f]+(\\+dirty)?$")
    set(hash "unknown")
  endif()
  file(CONFIGURE OUTPUT "${header}" @ONLY CONTENT [[
#define KR_VERSION  "@version@"
#define KR_GIT_HASH "@hash@"
#define KR_COMPILER "@compiler@"
]])
  return()
endif()

set(KR_BUILD_HEADER "${PROJECT_BINARY_DIR}/generated/kr_build.h")
set(write_header "${CMAKE_COMMAND}" "-Dsource_dir=${PROJECT_SOURCE_DIR}" "-Dheader=${KR_BUILD_HEADER}"
  "-Dversion=${PROJECT_VERSION}" "-Dcompiler=${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION}"
  -P "${CMAKE_CURRENT_LIST_FILE}")
execute_process(COMMAND ${write_header} COMMAND_ERROR_IS_FATAL ANY)
add_custom_target(kr_build_header COMMAND ${write_header} BYPRODUCTS "${KR_BUILD_HEADER}" VERBATIM
                  COMMENT "Asking git for the commit")
add_dependencies(libkacrice kr_build_header)
set_property(SOURCE src/base/provenance.c APPEND PROPERTY COMPILE_OPTIONS -include "${KR_BUILD_HEADER}")
set_property(SOURCE src/base/provenance.c APPEND PROPERTY OBJECT_DEPENDS "${KR_BUILD_HEADER}")
