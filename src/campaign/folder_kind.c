/* What made a campaign's folder, and of what options: the one reader of campaign.json. A command that reads or goes on
   with a folder has to be of its kind. */
#include "campaign_impl.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The task that version 0.1.0 made a folder for, which named none: by an option, else the one without a mark. */
static const KrTask *guess_task(const cJSON *options)
{
  const KrTask *other = NULL, *task;

  for (int i = 0; (task = KrTaskGet(i)) != NULL; ++i) {
    if (task->mark == NULL) other = task;
    else if (cJSON_GetObjectItemCaseSensitive(options, task->mark) != NULL) return task;
  }
  return other;
}

/*
  KrFolderTask - Says which task the samples of a folder, or those merged into it, are of.

  Not collective

  Input:
. campaign - campaign.json

  Returns:
  a constant; NULL when this program does not have the command that the file names
*/
const KrTask *KrFolderTask(const cJSON *campaign)
{
  const cJSON *command = cJSON_GetObjectItemCaseSensitive(campaign, "command");

  if (command == NULL) return guess_task(cJSON_GetObjectItemCaseSensitive(campaign, "options"));
  return cJSON_IsString(command) ? KrTaskFind(command->valuestring) : NULL;
}

PetscBool KrFolderIsMerged(const cJSON *campaign)
{
  return cJSON_GetObjectItemCaseSensitive(campaign, "merged") != NULL ? PETSC_TRUE : PETSC_FALSE;
}

/* The command that made a folder, whose campaign.json was checked. A constant. */
const char *KrFolderMaker(const cJSON *campaign)
{
  const KrTask *task = KrFolderTask(campaign);

  if (KrFolderIsMerged(campaign)) return "merge";
  return task == NULL ? "" : task->command;
}

/* ---- what campaign.json may hold ---- */

static const KrOption *find_in_tables(int n_tables, const KrOptionTable *const tables[],
                                      const char name[])
{
  for (int t = 0; t < n_tables; ++t)
    for (int i = 0; i < tables[t]->n_options; ++i)
      if (tables[t]->options[i].identity && strcmp(tables[t]->options[i].name, name) == 0)
        return &tables[t]->options[i];
  return NULL;
}

/* An option of its own that some type of models has. */
static const KrOption *find_in_models(const char name[])
{
  const KrOption *option = NULL;

  for (int type = 0; option == NULL && KrModelTypeName(type) != NULL; ++type) {
    const KrOptionTable *own = KrModelOwnTable(type);

    if (own != NULL) option = find_in_tables(1, &own, name);
  }
  return option;
}

/* An option that makes a campaign of this task what it is, its own or one of the task whose folder it reads; NULL: it
   has none of that name. */
static const KrOption *find_option(const KrTask *task, const char name[])
{
  const KrOption *option = find_in_tables(task->n_tables, task->tables, name);

  if (option == NULL) option = find_in_models(name);
  return option == NULL && task->input != NULL ? find_option(KrTaskFind(task->input), name)
                                               : option;
}

/* "drawn", or a hash of 16 hex digits. */
static PetscBool is_couplings(const char text[])
{
  return strcmp(text, "drawn") == 0 ||
             (strlen(text) == 16 && strspn(text, "0123456789abcdef") == 16)
           ? PETSC_TRUE
           : PETSC_FALSE;
}

/* One option: a name that the command has, a text, and one that is a value of it. */
static void check_option(const KrTask *task, const cJSON *item, char message[KR_MESSAGE_MAX])
{
  const PetscBool couplings  = strcmp(item->string, "couplings") == 0 ? PETSC_TRUE : PETSC_FALSE;
  const KrOption *option     = couplings ? NULL : find_option(task, item->string);
  char            range[256] = "drawn, or a number of 16 hex digits";

  if (!couplings && option == NULL)
    (void)snprintf(
      message, KR_MESSAGE_MAX,
      "its option %.100s is none of a folder of kacrice %s (the file was changed, or a "
      "newer kacrice made it)",
      item->string, task->command);
  else if (!cJSON_IsString(item))
    (void)snprintf(message, KR_MESSAGE_MAX, "its option %.100s is no text", item->string);
  else if (couplings ? !is_couplings(item->valuestring)
                     : !KrOptionAccepts(option, item->valuestring, range, sizeof range))
    (void)snprintf(message, KR_MESSAGE_MAX, "its option %.100s is \"%.*s\", it must be %.200s",
                   item->string, (int)PetscMin(strcspn(item->valuestring, "\n\r\t\v\f\033"), 100),
                   item->valuestring, range);
}

static void check_options(const KrTask *task, const cJSON *options, char message[KR_MESSAGE_MAX])
{
  const cJSON *item;
  int          count = 0;

  cJSON_ArrayForEach(item, options)
  {
    if (message[0] != '\0') return;
    check_option(task, item, message);
    for (const cJSON *other = options->child; other != item && message[0] == '\0';
         other              = other->next)
      if (strcmp(other->string, item->string) == 0)
        (void)snprintf(message, KR_MESSAGE_MAX, "its option %.100s stands there more than once",
                                    item->string);
    count += strcmp(item->string, "-model_n") == 0;
  }
  if (message[0] == '\0' && count == 0)
    (void)snprintf(message, KR_MESSAGE_MAX, "it has no option -model_n");
}

/* What stands beside the options: the folders of a merge, a target, how far the campaign went before. */
static void check_rest(const cJSON *campaign, char message[KR_MESSAGE_MAX])
{
  const cJSON *merged   = cJSON_GetObjectItemCaseSensitive(campaign, "merged");
  const cJSON *extended = cJSON_GetObjectItemCaseSensitive(campaign, "extended");
  const cJSON *target   = cJSON_GetObjectItemCaseSensitive(campaign, "target");
  const cJSON *options  = cJSON_GetObjectItemCaseSensitive(campaign, "options");
  const cJSON *n        = cJSON_GetObjectItemCaseSensitive(options, "-model_n"), *item;
  PetscBool    texts = merged == NULL || cJSON_GetArraySize(merged) > 0 ? PETSC_TRUE : PETSC_FALSE;

  if (merged != NULL && !cJSON_IsArray(merged)) texts = PETSC_FALSE;
  cJSON_ArrayForEach(item, merged) if (!cJSON_IsString(item)) texts = PETSC_FALSE;
  if (!texts)
    (void)snprintf(message, KR_MESSAGE_MAX, "its \"merged\" is no list of names of folders");
  else if (extended != NULL && !cJSON_IsArray(extended))
    (void)snprintf(message, KR_MESSAGE_MAX, "its \"extended\" is no list");
  else if (target != NULL && !KrTargetIsValid(target, atoi(n->valuestring)))
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "its \"target\" must have \"what\": total, minima or index:K, and a "
                   "\"relative_error\" between 0 and 1");
}

/* The command that it names is none of this program's. */
static void check_command(const cJSON *campaign, char message[KR_MESSAGE_MAX])
{
  const cJSON *command = cJSON_GetObjectItemCaseSensitive(campaign, "command");

  if (!cJSON_IsString(command))
    (void)snprintf(message, KR_MESSAGE_MAX, "its \"command\" is no text");
  else
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "the folder is of kacrice %.*s, which this program does not have (a newer "
                   "kacrice made it, or the file was changed)",
                   (int)PetscMin(strcspn(command->valuestring, "\n\r\t\v\f\033"), 100),
                   command->valuestring);
}

/* What is wrong with the content of a campaign.json, NULL when it is no JSON; left alone when all is well. */
void KrFolderCheckFile(const cJSON *campaign, char message[KR_MESSAGE_MAX])
{
  const cJSON  *filetype = cJSON_GetObjectItemCaseSensitive(campaign, "filetype");
  const cJSON  *format   = cJSON_GetObjectItemCaseSensitive(campaign, "format_version");
  const cJSON  *options  = cJSON_GetObjectItemCaseSensitive(campaign, "options");
  const KrTask *task     = KrFolderTask(campaign);

  if (!cJSON_IsObject(campaign) || !cJSON_IsString(filetype) ||
      strcmp(filetype->valuestring, KR_FILETYPE_CAMPAIGN) != 0 || !cJSON_IsObject(options))
    (void)snprintf(message, KR_MESSAGE_MAX, "is no campaign file of kacrice");
  else if (!cJSON_IsNumber(format) || format->valuedouble != KR_FORMAT_MAJOR)
    (void)snprintf(message, KR_MESSAGE_MAX, "its format version is %.10g, this program reads %d%s",
                   cJSON_IsNumber(format) ? format->valuedouble : 0.0, KR_FORMAT_MAJOR,
                   cJSON_IsNumber(format) && format->valuedouble > KR_FORMAT_MAJOR
                     ? " (a newer kacrice made the folder)"
                     : "");
  else if (task != NULL) check_options(task, options, message);
  else check_command(campaign, message);
  if (message[0] == '\0') check_rest(campaign, message);
}

/* campaign.json of a folder, whoever made it: all of it that this program uses is checked. NULL with a message, which
   ends with advice ("" for none); the caller deletes it. Not collective. */
cJSON *KrFolderDescription(const char folder[], const char advice[], char message[KR_MESSAGE_MAX])
{
  char        path[KR_PATH_MAX + 16], reason[KR_MESSAGE_MAX] = "";
  const char *semicolon = advice[0] == '\0' ? "" : "; ";
  int         status;
  cJSON      *campaign;

  (void)snprintf(path, sizeof path, "%s/campaign.json", folder);
  campaign = KrJsonRead(path, &status);
  if (status != 0)
    (void)snprintf(message, KR_MESSAGE_MAX, "%.400s: cannot be read: %s%s%.100s", path,
                   KrFileError(status), semicolon, advice);
  else KrFolderCheckFile(campaign, reason);
  if (reason[0] != '\0')
    (void)snprintf(message, KR_MESSAGE_MAX, "%.400s: %.450s%s%.100s", path, reason, semicolon,
                   advice);
  if (status == 0 && reason[0] == '\0') return campaign;
  cJSON_Delete(campaign);
  return NULL;
}

/* campaign.json of a folder for a command that wants the samples of a task, `input`; NULL with a message when it is no
   such folder. The caller deletes it. Not collective. */
cJSON *KrFolderOf(const char input[], const char folder[], const char command[],
                  char message[KR_MESSAGE_MAX])
{
  char          advice[100];
  const KrTask *task;
  cJSON        *campaign;

  (void)snprintf(advice, sizeof advice, "kacrice %.20s wants the folder of a campaign", command);
  campaign = KrFolderDescription(folder, advice, message);
  if (campaign == NULL) return NULL;
  task = KrFolderTask(campaign);
  if (KrFolderIsMerged(campaign))
    (void)snprintf(
      message, KR_MESSAGE_MAX,
      "%.500s: was made by merge and has no samples of its own; give kacrice %.20s the "
      "folders that it was made of, campaign.json in it names them",
      folder, command);
  else if (strcmp(task->command, input) != 0)
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "%.500s: is a folder of kacrice %s; kacrice %.20s wants one of kacrice %s",
                   folder, task->command, command, input);
  if (message[0] == '\0') return campaign;
  cJSON_Delete(campaign);
  return NULL;
}
