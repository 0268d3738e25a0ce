/* What made a campaign's folder: a command that reads or goes on with one has to be of its kind. */
#include "campaign_impl.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The whole text of a file, malloc'ed; NULL with errno when it cannot be read. */
char *KrFolderReadText(const char path[])
{
  FILE *file = fopen(path, "rb");
  char *text = NULL;
  long  size;

  if (file == NULL) return NULL;
  if (fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) >= 0 && fseek(file, 0, SEEK_SET) == 0) {
    text = calloc((size_t)size + 1, 1);
    if (text != NULL && fread(text, 1, (size_t)size, file) != (size_t)size) {
      free(text);
      text = NULL;
    }
  }
  fclose(file);
  return text;
}

/* The command that made a folder, by its campaign.json: census, thermo, tap or merge. A constant. */
const char *KrFolderMaker(const cJSON *campaign)
{
  const cJSON *options = cJSON_GetObjectItemCaseSensitive(campaign, "options");

  if (cJSON_HasObjectItem(campaign, "merged")) return "merge";
  if (cJSON_HasObjectItem(options, "-thermo_sweeps")) return "thermo";
  return cJSON_HasObjectItem(options, "-tap_temperature") ? "tap" : "census";
}

/* Whether a campaign.json, NULL when it is no JSON, is one that this program can read; the message ends with advice. */
void KrFolderCheckFile(const char path[], const cJSON *campaign, const char advice[],
                       char message[KR_MESSAGE_MAX])
{
  const cJSON *filetype = cJSON_GetObjectItemCaseSensitive(campaign, "filetype");
  const cJSON *format   = cJSON_GetObjectItemCaseSensitive(campaign, "format_version");

  if (!cJSON_IsString(filetype) || strcmp(filetype->valuestring, KR_FILETYPE_CAMPAIGN) != 0 ||
      !cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(campaign, "options")))
    (void)snprintf(message, KR_MESSAGE_MAX, "%.500s: is no campaign file of kacrice; %.100s", path,
                   advice);
  else if (!cJSON_IsNumber(format) || format->valuedouble != KR_FORMAT_MAJOR)
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "%.500s: its format version is %.10g, this program reads %d%s; %.100s", path,
                   cJSON_IsNumber(format) ? format->valuedouble : 0.0, KR_FORMAT_MAJOR,
                   cJSON_IsNumber(format) && format->valuedouble > KR_FORMAT_MAJOR
                     ? " (a newer kacrice made the folder)"
                     : "",
                   advice);
}

/* campaign.json of a folder for a command that wants the samples of a census; NULL with a message when it is no such
   folder. The caller deletes it. Not collective. */
cJSON *KrFolderOfCensus(const char folder[], const char command[], char message[KR_MESSAGE_MAX])
{
  char        path[KR_PATH_MAX + 16], advice[100], *text;
  const char *maker;
  cJSON      *campaign;

  (void)snprintf(path, sizeof path, "%s/campaign.json", folder);
  (void)snprintf(advice, sizeof advice, "kacrice %.20s wants the folder of a campaign", command);
  text     = KrFolderReadText(path);
  campaign = text == NULL ? NULL : cJSON_Parse(text);
  maker    = KrFolderMaker(campaign);
  if (text == NULL)
    (void)snprintf(message, KR_MESSAGE_MAX, "%.500s: cannot be read: %s; %s", path, strerror(errno),
                   advice);
  else KrFolderCheckFile(path, campaign, advice, message);
  if (message[0] == '\0' && strcmp(maker, "merge") == 0)
    (void)snprintf(
      message, KR_MESSAGE_MAX,
      "%.500s: was made by merge and has no samples of its own; give kacrice %.20s the "
      "folders that it was made of, campaign.json in it names them",
      folder, command);
  else if (message[0] == '\0' && strcmp(maker, "census") != 0)
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "%.500s: is a folder of kacrice %s; kacrice %.20s wants one of kacrice census",
                   folder, maker, command);
  free(text);
  if (message[0] == '\0') return campaign;
  cJSON_Delete(campaign);
  return NULL;
}
