/* What a census holds. Inside src/census only. */
#pragma once
#include "point_table.h"
#include <kacrice/census.h>

#define KR_LOG_UNIT (1.0 / 1048576.0)

typedef struct
{ /* whole numbers about all points of a census, the same on every rank; cells of mu as of the dial */
  int64_t n_points, n_found;
  int64_t points[KR_DIAL_BINS], hits[KR_DIAL_BINS];
  int64_t log_hits[KR_DIAL_BINS],
    log_hits_squared[KR_DIAL_BINS]; /* units of KR_LOG_UNIT: sums without rounding */
  int64_t n_hit[5];                 /* points hit 1 ... 4 times; [0]: 0 */
  int64_t sign_sum; /* of (-1)^k over the points and antipodes, k as the search told it */
  int64_t n_singular, n_continua; /* points that are isolated and singular, and sets */
  int64_t singular_hits;          /* of those that are isolated */
  int64_t odd_points;             /* points with an odd multiplicity */
  int64_t
    n_beyond; /* random points with energies beyond all of the list: its extremes are missing */
  int64_t euler_open, parity_open; /* points of which the part in an identity is unknown */
  int64_t landed[KR_DIAL_BINS]
                [KR_DIAL_BINS]; /* starts with an initial mu in one cell that ended in another */
  KrOrigin origins[KR_DIAL_BINS];
} KrSurvey;

struct KrCensus_s {
  KrModel  model;   /* borrowed */
  MPI_Comm sharers; /* ranks that share the starts, borrowed; each ends with a part of the points */
  MPI_Comm comm;    /* of the model, borrowed */
  KrCensusOptions   options;
  KrSearchOptions   search;
  KrSpectrumOptions spectrum;
  int               n;
  PetscBool         has_law;
  KrMixture         f;        /* when it has */
  const KrManifold *manifold; /* of the model */
  const KrShape    *shape;    /* of the model, borrowed */
  KrTable           table;
  int64_t           reasons[KR_N_REASONS];
  int64_t           landed[KR_DIAL_BINS][KR_DIAL_BINS]; /* of this rank's starts */
  KrOrigin          origins[KR_DIAL_BINS];
  uint64_t          seed;   /* of KrCensusRun() */
  int64_t           sample; /* the same */
  int               rounds;
  int64_t           made;      /* starts, by all ranks */
  int64_t           round_end; /* starts made when the round under way ends, were there enough */
  KrDial            dial;      /* of that round */
  int64_t           paths, paths_followed, paths_distinct; /* of a homotopy */
  KrSurvey          survey;                                /* of the points as they were found */
  double           *lowest, *highest; /* table.n_points x options, after KrCensusCharacterise() */
  int64_t           minima_spectrum[KR_SPECTRUM_BINS];
};

/* What singular points and sets of critical points change in the identities of a list. */
typedef struct {
  int64_t n_singular, n_continua;
  int64_t euler; /* to be added to the sum over the counts of the indices */
  int64_t even;  /* points with an even multiplicity */
  int64_t euler_open, parity_open;
} KrOdds;

/* sift.c */
PetscErrorCode KrCensusSift(KrCensus census);

/* pending.c */
typedef struct KrPending_s *KrPending;
PetscErrorCode              KrPendingCreate(int n, KrPending *pending);
PetscErrorCode              KrPendingDestroy(KrPending *pending);
PetscErrorCode              KrPendingAdd(void *pending, const KrOutcome *outcome);
PetscErrorCode              KrPendingEnd(KrPending pending, KrCensus census, PetscBool all);
/* settle.c */
PetscErrorCode KrCensusSettle(KrCensus census);
PetscErrorCode KrCensusShare(KrCensus census);
/* survey.c */
double         KrCensusPlace(const struct KrCensus_s *census, double mu);
int            KrCensusCell(double place);
PetscErrorCode KrCensusSum(KrCensus census, size_t count, int64_t values[]);
PetscErrorCode KrCensusSurvey(KrCensus census, KrSurvey *survey);
/* missing.c */
double KrSurveyMissing(const KrSurvey *survey);
/* dial.c */
void KrCensusDial(const struct KrCensus_s *census, const KrSurvey *survey, KrDial *dial);
/* save.c */
PetscErrorCode KrCensusKeep(KrCensus census, KrSample *sample);
/* estimate.c */
PetscBool      KrCensusIsWhole(const struct KrCensus_s *census);
PetscBool      KrCensusIsComplete(const struct KrCensus_s *census, const KrSurvey *survey);
PetscBool      KrCensusIsConsistent(const struct KrCensus_s *census, const KrSurvey *survey);
int64_t        KrPointMembers(const KrManifold *manifold, KrParity symmetry, double mu);
PetscErrorCode KrCensusEstimate(KrCensus census, KrSample *sample);
void           KrSampleCount(const KrManifold *manifold, const KrSample *sample, int64_t count[]);
KrOdds         KrSampleOdds(const KrManifold *manifold, const KrSample *sample);
void           KrSampleIdentities(const KrManifold *manifold, const KrMixture *f, int64_t n_points,
                                  const KrOdds *odds, KrSample *sample);
/* characterise.c */
PetscErrorCode KrCensusCharacterise(KrCensus census);
