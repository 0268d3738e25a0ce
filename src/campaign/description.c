/* campaign.json: what makes a campaign this one and no other, and what a run may change of that. Its shards carry the
   same identity, and are checked when they are read. */
#include "campaign_impl.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "-name value" lines as an object; the lines are cut in place. */
static cJSON *lines_to_object(char lines[])
{
  cJSON *object = cJSON_CreateObject();
  char  *rest   = NULL;

  for (char *line = strtok_r(lines, "\n", &rest); line != NULL;
       line       = strtok_r(NULL, "\n", &rest)) {
    char *space = strchr(line, ' ');

    if (space == NULL || strcmp(line, "-model_p 0") == 0)
      continue; /* 0: a mixture or a file says the orders */
    *space = '\0';
    cJSON_AddStringToObject(object, line, space + 1);
  }
  return object;
}

static cJSON *describe(const KrPlan *plan)
{
  char  *lines = strdup(plan->identity);
  cJSON *root  = cJSON_CreateObject();

  cJSON_AddStringToObject(root, "filetype", KR_FILETYPE_CAMPAIGN);
  cJSON_AddNumberToObject(root, "format_version", KR_FORMAT_MAJOR);
  cJSON_AddStringToObject(root, "command", plan->task->command);
  cJSON_AddStringToObject(root, "program", plan->provenance.program);
  cJSON_AddStringToObject(root, "version", plan->provenance.version);
  cJSON_AddStringToObject(root, "git_hash", plan->provenance.git_hash);
  cJSON_AddStringToObject(root, "created", plan->provenance.created);
  if (lines != NULL) cJSON_AddItemToObject(root, "options", lines_to_object(lines));
  free(lines);
  return root;
}

/* Text of an option in the description of a campaign. */
static const char *option_text(const cJSON *options, const char name[])
{
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(options, name);

  return cJSON_IsString(item) && item->valuestring[0] != '\0' ? item->valuestring : "(nothing)";
}

/* The first option that differs between two descriptions, with both values; NULL when none does. Those that
   may grow count when `strictly`. */
static const char *find_difference(const cJSON *then, const cJSON *now, PetscBool strictly,
                                   const char **was, const char **is)
{
  const cJSON *lists[] = {now, then}, *item;

  for (int i = 0; i < 2; ++i) cJSON_ArrayForEach(item, lists[i])
    {
      *was = option_text(then, item->string);
      *is  = option_text(now, item->string);
      if (strcmp(*was, *is) != 0 && (strictly || !KrExtendIsReach(item->string)))
        return item->string;
    }
  return NULL;
}

/* The campaign of the folder against this one; an empty message when they are the same, or when it is to be extended to
   this one. */
static void compare(const void *context, const char path[], const cJSON *campaign,
                    const cJSON *description, PetscBool *grows, char message[KR_MESSAGE_MAX])
{
  const cJSON  *then  = cJSON_GetObjectItemCaseSensitive(campaign, "options");
  const cJSON  *now   = cJSON_GetObjectItemCaseSensitive(description, "options");
  const char   *maker = KrFolderMaker(campaign), *command = KrFolderMaker(description);
  const KrPlan *plan = context;
  const char   *out  = plan->task->out;
  const char   *name, *was, *is;

  if (strcmp(maker, command) != 0)
    (void)snprintf(message, KR_MESSAGE_MAX, "%s %.500s: was made by kacrice %s; give another %s",
                   out, plan->campaign.out, maker, out);
  else if ((name = find_difference(then, now, PETSC_FALSE, &was, &is)) != NULL)
    (void)snprintf(
      message, KR_MESSAGE_MAX,
      "%.100s %.200s: the folder was made with %.200s (%.300s); give the same options or "
      "another %s",
      name, is, was, path, out);
  else KrExtendCheck(plan, path, campaign, now, grows, message);
}

/* What the run changes in it: it goes further, or has another target. */
static PetscBool update(const void *context, cJSON *campaign, const cJSON *description,
                        PetscBool grows, PetscBool *extended)
{
  const PetscBool changed = KrTargetRecord(context, campaign);

  if (grows) KrExtendRecord(campaign, cJSON_GetObjectItemCaseSensitive(description, "options"));
  *extended = KrExtendHappened(campaign);
  return grows || changed ? PETSC_TRUE : PETSC_FALSE;
}

/* A run of the plan in its folder; borrows from the plan. */
KrVisit KrPlanVisit(const KrPlan *plan)
{
  return (KrVisit){.option     = plan->task->out,
                   .folder     = plan->campaign.out,
                   .first      = plan->campaign.first,
                   .end        = plan->campaign.end,
                   .provenance = &plan->provenance};
}

/* Makes the folder of the plan or recognises it, and takes its samples: KrFolderOpen(). Sets plan->extended; the claim
   is on world rank 0. Collective on world. */
PetscErrorCode KrPlanEnter(MPI_Comm world, KrPlan *plan, KrClaim *claim)
{
  const KrVisit visit = KrPlanVisit(plan);
  cJSON        *ours  = describe(plan);
  KrFolderOwner owner = {.campaign = plan,
                         .ours     = ours,
                         .absent   = plan->campaign.extend ? "-campaign_extend starts" : NULL,
                         .read     = KrFolderDescription,
                         .compare  = compare,
                         .update   = update};

  PetscFunctionBeginUser;
  PetscCall(KrFolderOpen(world, &visit, &owner, claim, &plan->extended));
  cJSON_Delete(ours);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- several folders ---- */

/* Whether all folders are of the same campaign; a message that names the option that differs. Not collective. */
void KrFolderCompare(const char input[], int n_folders, const char *const folders[],
                     char message[KR_MESSAGE_MAX])
{
  cJSON *first = KrFolderOf(input, folders[0], "merge", message);

  for (int f = 1; f < n_folders && message[0] == '\0'; ++f) {
    cJSON      *other = KrFolderOf(input, folders[f], "merge", message);
    const char *name  = NULL, *was, *is;

    if (other != NULL)
      name =
        find_difference(cJSON_GetObjectItemCaseSensitive(first, "options"),
                        cJSON_GetObjectItemCaseSensitive(other, "options"), PETSC_TRUE, &was, &is);
    if (name != NULL)
      (void)snprintf(message, KR_MESSAGE_MAX,
                     "%.300s and %.300s are different campaigns: %.100s is %.100s in the one and "
                     "%.100s in the other",
                     folders[0], folders[f], name, was, is);
    cJSON_Delete(other);
  }
  cJSON_Delete(first);
}

/* campaign.json of a folder that other folders were merged into. Not collective. */
PetscErrorCode KrFolderWriteMerged(const KrPlan *plan, int n_folders, const char *const folders[])
{
  char   path[KR_PATH_MAX + 16];
  cJSON *root = describe(plan), *list = cJSON_AddArrayToObject(root, "merged");

  PetscFunctionBeginUser;
  for (int f = 0; f < n_folders; ++f) cJSON_AddItemToArray(list, cJSON_CreateString(folders[f]));
  (void)snprintf(path, sizeof path, "%s/campaign.json", plan->campaign.out);
  PetscCall(KrJsonWrite(path, root));
  cJSON_Delete(root);
  PetscFunctionReturn(PETSC_SUCCESS);
}
