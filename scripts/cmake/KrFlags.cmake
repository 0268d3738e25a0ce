# Compiler flags: target kr_flags for all of our code, kr_set_source_flags() for the files that need their own.
include(CheckCCompilerFlag)

add_library(kr_flags INTERFACE)
target_compile_options(kr_flags INTERFACE -Wall -Wextra -Wpedantic -Wmissing-prototypes -Wshadow
  # gcc guesses this one from its inlining, differently in each version: shown, but no error
  "$<$<BOOL:${KR_WERROR}>:-Werror;$<$<C_COMPILER_ID:GNU>:-Wno-error=maybe-uninitialized>>")
target_compile_definitions(kr_flags INTERFACE _POSIX_C_SOURCE=200809L) # files, signals, host names
set(CMAKE_C_FLAGS_RELEASE "-O3")

if(KR_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()

# Does the compiler take the instruction set, and is this an x86-64 machine at all?
function(kr_check_simd result)
  string(REPLACE ";" " " flags "${ARGN}")
  set(CMAKE_REQUIRED_QUIET TRUE)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    check_c_compiler_flag("${flags}" ${result})
  endif()
  set(${result} "${${result}}" PARENT_SCOPE)
endfunction()

set(KR_AVX2_FLAGS -mavx2 -mfma)
set(KR_AVX512_FLAGS -mavx512f -mavx512dq -mavx512vl -mfma)
kr_check_simd(KR_COMPILER_HAS_AVX2 ${KR_AVX2_FLAGS})
kr_check_simd(KR_COMPILER_HAS_AVX512 ${KR_AVX512_FLAGS})

# The build runs on any CPU of its family: only files named *_avx2.c and *_avx512.c use wider instructions, and the
# program asks the CPU before it calls them. src/base draws random numbers: no fused operations there, so that
# the bits are the same everywhere.
function(kr_set_source_flags target)
  foreach(source IN LISTS ARGN)
    set(flags "")
    if(source MATCHES "_avx2\\.c$" AND KR_COMPILER_HAS_AVX2)
      set(flags ${KR_AVX2_FLAGS} -ffp-contract=fast)
      target_compile_definitions(${target} PRIVATE KR_HAVE_AVX2)
    elseif(source MATCHES "_avx512\\.c$" AND KR_COMPILER_HAS_AVX512)
      set(flags ${KR_AVX512_FLAGS} -ffp-contract=fast)
      target_compile_definitions(${target} PRIVATE KR_HAVE_AVX512)
    endif()
    if(source MATCHES "^src/base/")
      list(REMOVE_ITEM flags -ffp-contract=fast)
      list(APPEND flags -ffp-contract=off)
    endif()
    if(KR_FUZZ AND source MATCHES "^src/math/")
      list(APPEND flags -fno-sanitize=all) # reads no file, and its kernels take minutes to compile under sanitizers
    endif()
    set_source_files_properties("${source}" PROPERTIES COMPILE_OPTIONS "${flags}")
  endforeach()
endfunction()
