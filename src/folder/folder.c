/* The campaign's folder: made once, recognised later, refused when it belongs to another campaign. Its shards carry
   the same identity, and are checked when they are read. */
#include "claim.h"
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct { /* a run on its way into a folder; borrowed */
  const KrVisit       *visit;
  const KrFolderOwner *owner;
  char                 path[KR_PATH_MAX + 16];    /* campaign.json */
  char                 place[KR_MESSAGE_MAX / 2]; /* option and folder, for messages */
} Entry;

static void make_folder(const KrVisit *visit, char message[KR_MESSAGE_MAX])
{
  const int status = KrFolderMake(visit->folder);

  if (status != 0)
    (void)snprintf(message, KR_MESSAGE_MAX, "%s %.500s: cannot make the folder: %s", visit->option,
                   visit->folder, strerror(status));
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

/* Whether the campaign that is in the folder, if there is one, is this one or grows to it; changes nothing. */
static PetscErrorCode look(const Entry *entry, PetscBool *grows, char message[KR_MESSAGE_MAX])
{
  char   advice[64];
  cJSON *campaign;

  PetscFunctionBeginUser;
  *grows = PETSC_FALSE;
  if (access(entry->path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
    PetscFunctionReturn(PETSC_SUCCESS);
  (void)snprintf(advice, sizeof advice, "give another %s", entry->visit->option);
  campaign = (*entry->owner->read)(entry->visit->folder, advice, message);
  if (campaign == NULL) PetscFunctionReturn(PETSC_SUCCESS);
  (*entry->owner->compare)(entry->owner->campaign, entry->path, campaign, entry->owner->ours, grows,
                           message);
  cJSON_Delete(campaign);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Makes or changes the description in the folder, which nobody else changes meanwhile. may_grow: all samples are this
   run's. */
static PetscErrorCode recognise(const Entry *entry, PetscBool may_grow, PetscBool *extended,
                                char message[KR_MESSAGE_MAX])
{
  char      advice[64];
  cJSON    *campaign;
  PetscBool grows = PETSC_FALSE;

  PetscFunctionBeginUser;
  PetscCall(settle(entry->path, entry->owner->ours));
  (void)snprintf(advice, sizeof advice, "give another %s", entry->visit->option);
  campaign = (*entry->owner->read)(entry->visit->folder, advice, message);
  if (campaign == NULL) PetscFunctionReturn(PETSC_SUCCESS);
  (*entry->owner->compare)(entry->owner->campaign, entry->path, campaign, entry->owner->ours,
                           &grows, message);
  if (message[0] == '\0' && grows && !may_grow)
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "%.500s: another run has changed it just now; try again", entry->path);
  if (message[0] == '\0' && (*entry->owner->update)(entry->owner->campaign, campaign,
                                                    entry->owner->ours, grows, extended))
    PetscCall(KrJsonWrite(entry->path, campaign));
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
static PetscErrorCode check_folder(const Entry *entry, char message[KR_MESSAGE_MAX])
{
  PetscBool grows;

  PetscFunctionBeginUser;
  if (strlen(entry->visit->folder) > KR_FOLDER_MAX)
    (void)snprintf(
      message, KR_MESSAGE_MAX, "%s %.200s...: the name has %zu bytes, at most %d can be written to",
      entry->visit->option, entry->visit->folder, strlen(entry->visit->folder), KR_FOLDER_MAX);
  else if (entry->owner->absent != NULL && access(entry->path, F_OK) != 0)
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "%.100s: there is no campaign in %.500s; leave it out to begin one",
                   entry->owner->absent, entry->visit->folder);
  else PetscCall(check_place(entry->visit->option, entry->visit->folder, message));
  if (message[0] == '\0') PetscCall(look(entry, &grows, message));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Asks for the samples of this run; for all there are when it extends the campaign (*whole). Others may do so at the
   same time: who is refused then looks whether it is done already. */
static PetscErrorCode ask(const Entry *entry, KrClaim claim, PetscBool *whole, PetscBool *stopped,
                          char message[KR_MESSAGE_MAX])
{
  PetscFunctionBeginUser;
  for (;;) {
    char      foreign[KR_MESSAGE_MAX] = "";
    PetscBool grows;

    PetscCall(look(entry, whole, message));
    if (message[0] != '\0') break;
    PetscCall(KrClaimAsk(claim, entry->place, *whole ? 0 : entry->visit->first,
                         *whole ? INT64_MAX : entry->visit->end, stopped, message));
    if (message[0] == '\0' || !*whole) break;
    PetscCall(look(entry, &grows, foreign));
    if (grows || foreign[0] != '\0') break;
    message[0] = '\0';
  }
  if (message[0] == '\0')
    PetscCall(KrJournalCheckOld(entry->visit, *whole ? 0 : entry->visit->first,
                                *whole ? INT64_MAX : entry->visit->end, message));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Takes the samples, and changes the folder while all others wait. */
static PetscErrorCode take(const Entry *entry, KrClaim claim, PetscBool *extended,
                           PetscBool *stopped, char message[KR_MESSAGE_MAX])
{
  PetscBool whole;

  PetscFunctionBeginUser;
  PetscCall(ask(entry, claim, &whole, stopped, message));
  if (message[0] != '\0' || *stopped) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(recognise(entry, whole, extended, message));
  if (message[0] != '\0') PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KrLeftoversDelete(entry->visit, claim, *extended));
  KrClaimSay(claim, entry->place, KR_CLAIM_WORKING, entry->visit->first, entry->visit->end,
             message);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode open_on_root(const KrVisit *visit, const KrFolderOwner *owner, KrClaim *claim,
                                   PetscBool *extended, PetscBool *stopped,
                                   char message[KR_MESSAGE_MAX])
{
  Entry          entry = {.visit = visit, .owner = owner};
  char           running[KR_PATH_MAX + 16], name[512], why[KR_MESSAGE_MAX] = "";
  PetscErrorCode code = 0;

  PetscFunctionBeginUser;
  (void)snprintf(entry.path, sizeof entry.path, "%s/campaign.json", visit->folder);
  (void)snprintf(entry.place, sizeof entry.place, "%s %.300s", visit->option, visit->folder);
  (void)snprintf(running, sizeof running, "%s/running", visit->folder);
  PetscCall(check_folder(&entry, message));
  if (message[0] == '\0') make_folder(visit, message);
  if (message[0] == '\0') {
    KrClaimNewName(visit->provenance->host, name, sizeof name);
    PetscCall(KrClaimCreate(running, name, visit->provenance, why, claim));
    if (why[0] != '\0') (void)snprintf(message, KR_MESSAGE_MAX, "%s %.500s", visit->option, why);
  }
  if (*claim != NULL) code = take(&entry, *claim, extended, stopped, message);
  if (code != 0 || message[0] != '\0' || *stopped) KrClaimDestroy(claim);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Makes the folder or recognises it, takes the samples of the visit, and writes into the folder what this run changes.
   Collective on world; the owner is looked at on world rank 0 only, and the claim is there. An input error when the
   folder belongs to another campaign, or another run has one of the samples. extended: the same on every rank. */
PetscErrorCode KrFolderOpen(MPI_Comm world, const KrVisit *visit, const KrFolderOwner *owner,
                            KrClaim *claim, PetscBool *extended)
{
  char        message[KR_MESSAGE_MAX] = "";
  PetscBool   stopped                 = PETSC_FALSE;
  PetscMPIInt rank;
  int         told[2];

  PetscFunctionBeginUser;
  *claim    = NULL;
  *extended = PETSC_FALSE;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  if (rank == 0) PetscCall(open_on_root(visit, owner, claim, extended, &stopped, message));
  PetscCall(KrCheckRoot(world, message));
  told[0] = *extended;
  told[1] = stopped;
  PetscCallMPI(MPI_Bcast(told, 2, MPI_INT, 0, world));
  *extended = told[0] ? PETSC_TRUE : PETSC_FALSE;
  PetscCheck(!told[1], world, KR_ERR_STOPPED,
             "stopped while it waited for another run; the same command goes on");
  PetscFunctionReturn(PETSC_SUCCESS);
}
