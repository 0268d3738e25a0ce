/* HDF5 files that a harness reads by the readers of the store. */
#pragma once
#include "fuzz.h"

#define KR_FUZZ_SAMPLE 1 /* the number of the sample in the corpus */

const char *KrFuzzFolder(void);
void        KrFuzzPut(const char name[], const uint8_t *data, size_t size, int sealed);
size_t      LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
void        KrFuzzNothingOpen(void);
