/* Layer 8: what is made of the folders of finished campaigns. */
#pragma once
#include <kacrice/campaign.h>
#include <kacrice/census.h>
#include <kacrice/states.h>

PetscErrorCode KrCampaignCertify(MPI_Comm world, const KrPlan *plan, KrCertifyTally *tally);

PetscErrorCode KrCampaignMerge(MPI_Comm world, const char out[], int n_folders, char *const names[],
                               PetscBool skip_bad);
/* ---- states_table.c: thermodynamics of the minima of a finished campaign ---- */
#define KR_TEMPERATURES_MAX 1000

typedef enum { KR_INCOMPLETE_REFUSE, KR_INCOMPLETE_SKIP } KrIncomplete;

typedef struct {
  char   temperature[KR_PATH_MAX]; /* list */
  int    kind;                     /* KrStatesKind */
  int    incomplete;               /* KrIncomplete: samples whose list is not complete */
  double few;                      /* n_K of the Kauzmann temperature; 0: sqrt(N) */
  double bin_width;                /* of e */
  char   out[KR_PATH_MAX];         /* files OUT.h5, OUT.json; empty: states in the folder */
} KrStatesOptions;
extern const KrOptionTable KrStatesOptionTable;

PetscErrorCode KrCampaignStates(MPI_Comm world, const KrPlan *plan, const KrStatesOptions *options);

PetscErrorCode KrCampaignIndex(MPI_Comm world, const char folder[]);
