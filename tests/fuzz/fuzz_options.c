/* Texts of options files; the first byte says of which kind. */
#include "../../src/base/options_file_impl.h"
#include "fuzz.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char          message[KR_MESSAGE_MAX] = "", *text;
  KrOptionPairs pairs;

  if (size == 0 || size > 1 << 17) return 0;
  text = malloc(size);
  if (text == NULL) return 0;
  (void)memcpy(text, data + 1, size - 1);
  text[size - 1] = '\0';
  KR_FUZZ_REQUIRE(KrOptionPairsParse(text, size - 1, data[0] == 'y' ? PETSC_TRUE : PETSC_FALSE,
                                     &pairs, message) == 0);
  KR_FUZZ_REQUIRE(strchr(message, '\n') == NULL);
  if (message[0] == '\0') /* what is well can be set */
    for (int i = 0; i < pairs.count; ++i) {
      PetscOptions options;

      KR_FUZZ_REQUIRE(PetscOptionsCreate(&options) == 0);
      KR_FUZZ_REQUIRE(PetscOptionsSetValue(options, pairs.names[i], pairs.values[i]) == 0);
      KR_FUZZ_REQUIRE(PetscOptionsDestroy(&options) == 0);
      KR_FUZZ_REQUIRE(strncasecmp(pairs.names[i], "-options_", 9) != 0);
    }
  KrOptionPairsDestroy(&pairs);
  free(text);
  return 0;
}
