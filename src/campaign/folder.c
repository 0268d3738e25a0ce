/* The campaign's folder: made once, recognised later, refused when it belongs to another campaign. Its shards carry
   the same identity, and are checked when they are read. */
#include "claim.h"
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
static PetscErrorCode check_existing(const KrPlan *plan, const char path[], const cJSON *campaign,
                                     const cJSON *description, PetscBool *grows,
                                     char message[KR_MESSAGE_MAX])
{
  const cJSON *then  = cJSON_GetObjectItemCaseSensitive(campaign, "options");
  const cJSON *now   = cJSON_GetObjectItemCaseSensitive(description, "options");
  const char  *maker = KrFolderMaker(campaign), *command = KrFolderMaker(description);
  const char  *out = plan->task->out;
  const char  *name, *was, *is;

  PetscFunctionBeginUser;
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
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void make_folder(const KrPlan *plan, char message[KR_MESSAGE_MAX])
{
  const int status = KrFolderMake(plan->campaign.out);

  if (status != 0)
    (void)snprintf(message, KR_MESSAGE_MAX, "%s %.500s: cannot make the folder: %s",
                   plan->task->out, plan->campaign.out, strerror(status));
}

/* Puts our description into the folder if there is none. Of several runs that begin at once one writes it and all
   compare. */
static PetscErrorCode settle(const char path[], const cJSON *description)
{
  PetscBool existed = PETSC_FALSE;
  char     *ours;

  PetscFunctionBeginUser;
  if (access(path, F_OK) == 0 || errno != ENOENT) PetscFunctionReturn(PETSC_SUCCESS);
  ours = cJSON_Print(description);
  PetscCheck(ours != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for campaign.json");
  PetscCall(KrTextCreate(path, ours, &existed));
  cJSON_free(ours);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Writes the description anew when the run changes it: it goes further, or has another target. */
static PetscErrorCode update(const KrPlan *plan, const char path[], cJSON *campaign,
                             const cJSON *description, PetscBool grows)
{
  const PetscBool changed = KrTargetRecord(plan, campaign);

  PetscFunctionBeginUser;
  if (grows) KrExtendRecord(campaign, cJSON_GetObjectItemCaseSensitive(description, "options"));
  if (!grows && !changed) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KrJsonWrite(path, campaign));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether the campaign that is in the folder, if there is one, is this one or grows to it; changes nothing. */
static PetscErrorCode look(const KrPlan *plan, const char path[], const cJSON *description,
                           PetscBool *grows, char message[KR_MESSAGE_MAX])
{
  char   advice[64];
  cJSON *campaign;

  PetscFunctionBeginUser;
  *grows = PETSC_FALSE;
  if (access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
    PetscFunctionReturn(PETSC_SUCCESS);
  (void)snprintf(advice, sizeof advice, "give another %s", plan->task->out);
  campaign = KrFolderDescription(plan->campaign.out, advice, message);
  if (campaign == NULL) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(check_existing(plan, path, campaign, description, grows, message));
  cJSON_Delete(campaign);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Makes or changes the description in the folder, which nobody else changes meanwhile. may_grow: all samples are this
   run's. */
static PetscErrorCode recognise(const KrPlan *plan, const char path[], const cJSON *description,
                                PetscBool may_grow, PetscBool *extended,
                                char message[KR_MESSAGE_MAX])
{
  char      advice[64];
  cJSON    *campaign;
  PetscBool grows = PETSC_FALSE;

  PetscFunctionBeginUser;
  PetscCall(settle(path, description));
  (void)snprintf(advice, sizeof advice, "give another %s", plan->task->out);
  campaign = KrFolderDescription(plan->campaign.out, advice, message);
  if (campaign == NULL) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(check_existing(plan, path, campaign, description, &grows, message));
  if (message[0] == '\0' && grows && !may_grow)
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "%.500s: another run has changed it just now; try again", path);
  if (message[0] == '\0') PetscCall(update(plan, path, campaign, description, grows));
  *extended = KrExtendHappened(campaign);
  cJSON_Delete(campaign);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether a campaign may begin in a folder without campaign.json: not among shards that have lost theirs, nor beside
   the campaigns of a study, which would no longer be seen. */
static PetscErrorCode check_place(const char option[], const char folder[],
                                  char message[KR_MESSAGE_MAX])
{
  char    path[KR_PATH_MAX + 16];
  int64_t n_samples = 0, *samples = NULL;
  int     n_listed, n_campaigns;
  char  **campaigns;

  PetscFunctionBeginUser;
  if (KrFolderIsCampaign(folder)) PetscFunctionReturn(PETSC_SUCCESS);
  (void)snprintf(path, sizeof path, "%s/samples", folder);
  if (access(path, R_OK | X_OK) == 0) /* what else is wrong with the place, make_folder() tells */
    PetscCall(KrShardList(folder, &n_samples, &samples));
  PetscCall(KrStudyList(folder, &n_listed, &campaigns));
  n_campaigns = n_listed;
  if (KrFolderIsCampaign(folder)) n_samples = n_campaigns = 0; /* another run has begun it by now */
  if (n_samples > 0)
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "%s %.500s: the folder has samples and no campaign.json that tells of what; put "
                   "it back, or choose another folder",
                   option, folder);
  if (n_campaigns > 0)
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "%s %.300s: the folder is a study, it holds the campaign %.300s; choose a new "
                   "folder, inside it or elsewhere",
                   option, folder, campaigns[0]);
  free(samples);
  KrStudyDestroy(n_listed, campaigns);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What is there, before anything is changed. */
static PetscErrorCode check_folder(const KrPlan *plan, const char path[], const cJSON *description,
                                   char message[KR_MESSAGE_MAX])
{
  PetscBool grows;

  PetscFunctionBeginUser;
  if (strlen(plan->campaign.out) > KR_FOLDER_MAX)
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "%s %.200s...: the name has %zu bytes, at most %d can be written to",
                   plan->task->out, plan->campaign.out, strlen(plan->campaign.out), KR_FOLDER_MAX);
  else if (plan->campaign.extend && access(path, F_OK) != 0)
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "-campaign_extend starts: there is no campaign in %.500s; leave it out to begin "
                   "one",
                   plan->campaign.out);
  else PetscCall(check_place(plan->task->out, plan->campaign.out, message));
  if (message[0] == '\0') PetscCall(look(plan, path, description, &grows, message));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Asks for the samples of this run; for all there are when it extends the campaign (*whole). Others may do so at the
   same time: who is refused then looks whether it is done already. */
static PetscErrorCode ask(const KrPlan *plan, const char path[], const cJSON *description,
                          KrClaim claim, PetscBool *whole, PetscBool *stopped,
                          char message[KR_MESSAGE_MAX])
{
  char place[KR_MESSAGE_MAX / 2];

  PetscFunctionBeginUser;
  (void)snprintf(place, sizeof place, "%s %.300s", plan->task->out, plan->campaign.out);
  for (;;) {
    char      foreign[KR_MESSAGE_MAX] = "";
    PetscBool grows;

    PetscCall(look(plan, path, description, whole, message));
    if (message[0] != '\0') break;
    PetscCall(KrClaimAsk(claim, place, *whole ? 0 : plan->campaign.first,
                         *whole ? INT64_MAX : plan->campaign.end, stopped, message));
    if (message[0] == '\0' || !*whole) break;
    PetscCall(look(plan, path, description, &grows, foreign));
    if (grows || foreign[0] != '\0') break;
    message[0] = '\0';
  }
  if (message[0] == '\0')
    PetscCall(KrJournalCheckOld(plan, *whole ? 0 : plan->campaign.first,
                                *whole ? INT64_MAX : plan->campaign.end, message));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Takes the samples, and changes the folder while all others wait. */
static PetscErrorCode take(const KrPlan *plan, const char path[], const cJSON *description,
                           KrClaim claim, PetscBool *extended, PetscBool *stopped,
                           char message[KR_MESSAGE_MAX])
{
  PetscBool whole;

  PetscFunctionBeginUser;
  PetscCall(ask(plan, path, description, claim, &whole, stopped, message));
  if (message[0] != '\0' || *stopped) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(recognise(plan, path, description, whole, extended, message));
  if (message[0] != '\0') PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KrLeftoversDelete(plan, claim, *extended));
  KrClaimSay(claim, KR_CLAIM_WORKING, plan->campaign.first, plan->campaign.end);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode open_on_root(const KrPlan *plan, KrClaim *claim, PetscBool *extended,
                                   PetscBool *stopped, char message[KR_MESSAGE_MAX])
{
  char   path[KR_PATH_MAX + 16], running[KR_PATH_MAX + 16], name[512], why[KR_MESSAGE_MAX] = "";
  cJSON *description = describe(plan);

  PetscFunctionBeginUser;
  (void)snprintf(path, sizeof path, "%s/campaign.json", plan->campaign.out);
  (void)snprintf(running, sizeof running, "%s/running", plan->campaign.out);
  PetscCall(check_folder(plan, path, description, message));
  if (message[0] == '\0') make_folder(plan, message);
  if (message[0] == '\0') {
    KrClaimNewName(plan->provenance.host, name, sizeof name);
    PetscCall(KrClaimCreate(running, name, &plan->provenance, why, claim));
    if (why[0] != '\0') (void)snprintf(message, KR_MESSAGE_MAX, "%s %.500s", plan->task->out, why);
  }
  if (*claim != NULL) PetscCall(take(plan, path, description, *claim, extended, stopped, message));
  if (message[0] != '\0' || *stopped) KrClaimDestroy(claim);
  cJSON_Delete(description);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Makes the folder or recognises it, takes the samples of the plan, and writes into the folder what this run changes.
   Collective on world; an input error when it belongs to another campaign, or another run has one of the samples. Sets
   plan->extended; the claim is on world rank 0. */
PetscErrorCode KrFolderOpen(MPI_Comm world, KrPlan *plan, KrClaim *claim)
{
  char        message[KR_MESSAGE_MAX] = "";
  PetscBool   extended = PETSC_FALSE, stopped = PETSC_FALSE;
  PetscMPIInt rank;
  int         told[2];

  PetscFunctionBeginUser;
  *claim = NULL;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  if (rank == 0) PetscCall(open_on_root(plan, claim, &extended, &stopped, message));
  PetscCall(KrCheckRoot(world, message));
  told[0] = extended;
  told[1] = stopped;
  PetscCallMPI(MPI_Bcast(told, 2, MPI_INT, 0, world));
  plan->extended = told[0] ? PETSC_TRUE : PETSC_FALSE;
  PetscCheck(!told[1], world, KR_ERR_STOPPED,
             "stopped while it waited for another run; the same command goes on");
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
