/* The state of a Markov chain. Inside src/thermo only. */
#pragma once
#include <kacrice/rng.h>
#include <kacrice/thermo.h>

/* What is drawn, in the upper bits of the stream. Never renumber: a run goes on where another one stopped. */
typedef enum {
  KR_DRAW_START    = 0,
  KR_DRAW_MOMENTUM = 1,
  KR_DRAW_ACCEPT   = 2, /* two numbers: the step's jitter and the acceptance */
  KR_DRAW_EXCHANGE = 3,
  KR_DRAW_PLANTED  = 4,
  KR_DRAWS         = 8 /* kinds; walks beside the chain have others */
} KrDraw;

/* A row is a replica: its arrays stay where they are when it exchanges its temperature. */
struct KrSampler_s {
  KrModel           model;    /* borrowed */
  const KrManifold *manifold; /* of the model */
  double            length;   /* of a coordinate */
  int               n, n_temperatures, n_ladders, n_rows;
  KrSamplerSetup    setup; /* arrays owned */
  int64_t           sweep; /* made */
  int64_t           n_gradients;
  int
    dynamics; /* 0: the chain; else a walk of its own from its points, with other random numbers */
  MPI_Comm  look; /* who leave a long sweep together when one is asked to stop, borrowed; or none */
  PetscBool is_evaluated; /* energies and gradients belong to the points */
  double   *beta, *overlap, *reference;
  double   *X, *V, *G, *old_X, *old_G, *work;                 /* n_rows x N */
  double   *E, *old_E, *kinetic, *time, *old_radial, *radial; /* n_rows; total energies H */
  int      *slot_of_row, *row_of_slot;
  int *
    direction; /* by row: 1 came from the hottest temperature last, -1 from the coldest, 0 neither */
  int     *numbers;     /* of the ladders, among all of the sample */
  int64_t *round_trips; /* by ladder */
  KrSlot  *slots;
  double  *log_step_sum, *log_step_count; /* by slot: of the second half of the adaptation */
};

KrRandomKey    KrSamplerKey(const struct KrSampler_s *sampler, KrDraw what);
uint64_t       KrSamplerCounter(const struct KrSampler_s *sampler, int slot);
void           KrSamplerAdapt(struct KrSampler_s *sampler, int slot, double acceptance);
PetscErrorCode KrSamplerEvaluate(struct KrSampler_s *sampler);
PetscErrorCode KrSamplerFly(struct KrSampler_s *sampler);
PetscErrorCode KrSamplerMove(struct KrSampler_s *sampler, PetscBool adapt);
void           KrSamplerExchange(struct KrSampler_s *sampler);
