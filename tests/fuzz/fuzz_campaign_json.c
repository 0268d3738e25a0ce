/* Texts of campaign.json. What is taken up has options that are texts of one line, N in its range, and no option of a
   library. */
#include "campaign/campaign_impl.h"
#include "fuzz.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char         message[KR_MESSAGE_MAX] = "", *text = malloc(size + 1);
  cJSON       *root;
  const cJSON *options, *item;

  if (text == NULL) return 0;
  (void)memcpy(text, data, size);
  text[size] = '\0';
  root       = KrJsonParse(text, size);
  KrFolderCheckFile(root, message);
  options = cJSON_GetObjectItemCaseSensitive(root, "options");
  if (message[0] == '\0') {
    const cJSON *n = cJSON_GetObjectItemCaseSensitive(options, "-model_n");

    KR_FUZZ_REQUIRE(cJSON_IsString(n) && atoi(n->valuestring) >= 2);
    cJSON_ArrayForEach(item, options)
    {
      KR_FUZZ_REQUIRE(cJSON_IsString(item) && strchr(item->valuestring, '\n') == NULL);
      KR_FUZZ_REQUIRE(strncmp(item->string, "-log", 4) != 0);
    }
  }
  cJSON_Delete(root);
  free(text);
  return 0;
}
