/* What the harnesses share: the entry of libFuzzer, and a quiet start of PETSc. Each is also a plain program that
   replays the files it is given (replay.c), for machines without clang. */
#pragma once
#include <kacrice/base.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A harness may find what no sanitizer sees. */
#define KR_FUZZ_REQUIRE(condition) \
  do { \
    if (!(condition)) __builtin_trap(); \
  } while (0)
