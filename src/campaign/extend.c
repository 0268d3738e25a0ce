/* A campaign that goes further than it did: more starts for its samples, in the same folder. campaign.json says so
   before any sample is taken up; each run then looks which samples still have to be
   (docs/adr/0013-extending-in-place.md). */
#include "campaign_impl.h"
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STARTS  "-search_starts"
#define MISSING "-census_missing"

/* Whether an option says how far a census goes, and is compared as a number. */
PetscBool KrExtendIsReach(const char option[])
{
  return strcmp(option, STARTS) == 0 || strcmp(option, MISSING) == 0 ? PETSC_TRUE : PETSC_FALSE;
}

static const char *text_of(const cJSON *options, const char name[])
{
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(options, name);

  return cJSON_IsString(item) ? item->valuestring : "0";
}

static KrReach reach_of(const cJSON *options)
{
  return (KrReach){.starts  = strtoll(text_of(options, STARTS), NULL, 10),
                   .missing = strtod(text_of(options, MISSING), NULL)};
}

/* Whether the campaign of a folder has been extended. */
PetscBool KrExtendHappened(const cJSON *campaign)
{
  return cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(campaign, "extended")) > 0
           ? PETSC_TRUE
           : PETSC_FALSE;
}

/* What is wrong with a run that goes as far as `now` in a folder that goes as far as its options say; all other options
   agree. Sets *grows when the folder is to be extended. */
void KrExtendCheck(const KrPlan *plan, const char path[], const cJSON *campaign, const cJSON *now,
                   PetscBool *grows, char message[KR_MESSAGE_MAX])
{
  const cJSON    *then = cJSON_GetObjectItemCaseSensitive(campaign, "options");
  const KrReach   was = reach_of(then), is = reach_of(now);
  const PetscBool more     = KrReachGrows(&was, &is) ? PETSC_TRUE : PETSC_FALSE;
  const PetscBool same     = more && KrReachGrows(&is, &was) ? PETSC_TRUE : PETSC_FALSE;
  const PetscBool wanted   = plan->campaign.extend ? PETSC_TRUE : PETSC_FALSE;
  const PetscBool extended = KrExtendHappened(campaign);
  const char     *name = was.starts != is.starts ? STARTS : MISSING; /* the first that differs */

  *grows = wanted && more && !same ? PETSC_TRUE : PETSC_FALSE;
  if (*grows || (same && (!wanted || extended))) return;
  if (same)
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "-campaign_extend starts: there is nothing to extend, the folder was made with "
                   "-search_starts %.40s and -census_missing %.40s (%.300s); give more starts or a "
                   "smaller -census_missing",
                   text_of(then, STARTS), text_of(then, MISSING), path);
  else if (plan->input != NULL)
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "%s %.40s: the folder was made with %.40s (%.300s); its samples are those of "
                   "the %s as it was then; give another %s",
                   name, text_of(now, name), text_of(then, name), path, plan->task->input,
                   plan->task->out);
  else
    (void)snprintf(message, KR_MESSAGE_MAX, "%s %.40s: the folder was %s %.40s (%.300s); %s", name,
                   text_of(now, name), extended ? "extended and now has" : "made with",
                   text_of(then, name), path,
                   wanted ? "-campaign_extend wants -search_starts to grow, or -census_missing to "
                            "shrink"
                   : more ? "give the same options, another -campaign_out, or take its samples "
                            "further by -campaign_extend starts"
                          : "give the same options or another -campaign_out");
}

/* Writes into the description of a campaign that it goes further from now on, and how far it went. */
void KrExtendRecord(cJSON *campaign, const cJSON *now)
{
  const cJSON *then    = cJSON_GetObjectItemCaseSensitive(campaign, "options");
  cJSON       *history = cJSON_GetObjectItemCaseSensitive(campaign, "extended");
  cJSON       *entry   = cJSON_CreateObject();
  char         when[32];

  KrTimeText(when, sizeof when);
  cJSON_AddStringToObject(entry, "when", when);
  cJSON_AddStringToObject(entry, STARTS, text_of(then, STARTS));
  cJSON_AddStringToObject(entry, MISSING, text_of(then, MISSING));
  if (history == NULL) history = cJSON_AddArrayToObject(campaign, "extended");
  cJSON_AddItemToArray(history, entry);
  cJSON_ReplaceItemInObjectCaseSensitive(campaign, "options", cJSON_Duplicate(now, 1));
}
