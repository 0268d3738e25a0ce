/* Monte Carlo of one disorder sample: starts, burn-in, measurement, record. */
#include "run_impl.h"
#include <kacrice/manifold.h>
#include <math.h>
#include <string.h>

#define SWEEPS_A_PIECE 16  /* between two looks at the clock, at most */
#define PIECE_PRODUCTS 1e9 /* of couplings and points in that time: less than a second */

/* Pairs of ladders go round the ranks. */
static PetscErrorCode share_ladders(KrThermoState *run)
{
  PetscMPIInt rank, size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(run->sharers, &rank));
  PetscCallMPI(MPI_Comm_size(run->sharers, &size));
  PetscCall(PetscMalloc1(run->options->ladders, &run->numbers));
  run->n_local = 0;
  for (int l = 0; l < run->options->ladders; ++l)
    if (l / 2 % size == rank) run->numbers[run->n_local++] = l;
  run->n_slots = run->n_local * run->ladder->n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode allocate(KrThermoState *run)
{
  const size_t n = (size_t)run->n, slots = (size_t)run->n_slots, nt = (size_t)run->ladder->n;
  const size_t quenches = slots * (size_t)run->options->quenches;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc2(slots * (size_t)run->options->sweeps, &run->energy,
                         slots / 2 * (size_t)run->options->sweeps, &run->overlaps));
  PetscCall(PetscCalloc3(slots * n, &run->points, slots * n, &run->minima, slots, &run->found));
  PetscCall(PetscCalloc3(quenches, &run->quenches.energy, quenches, &run->quenches.curvature,
                         quenches, &run->quenches.tap));
  PetscCall(PetscCalloc3(slots * (size_t)run->n_times, &run->correlation,
                         (size_t)run->options->ladders * KR_TALLY_ROWS * nt, &run->tally,
                         (size_t)run->options->ladders * (size_t)run->options->overlaps * 4,
                         &run->potential));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create(KrThermoState *run)
{
  KrSearchOptions search = {.kind             = KR_SEARCH_MINIMA,
                            .gradient_tol     = 1e-9,
                            .descent_max_iter = 100000,
                            .descent_polish   = 1e-3};
  KrSamplerSetup  setup  = {.n_temperatures = run->ladder->n,
                            .beta           = run->ladder->beta,
                            .steps          = run->options->steps,
                            .acceptance     = run->options->acceptance,
                            .seed           = run->seed,
                            .sample         = run->sample};
  PetscInt        n;

  PetscFunctionBeginUser;
  PetscCall(KrModelGetSize(run->model, &n));
  run->n = (int)n;
  PetscCall(share_ladders(run));
  KrRelaxationTimes(run);
  PetscCall(allocate(run));
  if (run->n_local == 0) PetscFunctionReturn(PETSC_SUCCESS);
  setup.n_ladders = run->n_local;
  setup.numbers   = run->numbers;
  search.starts   = run->n_slots;
  PetscCall(KrSamplerCreate(run->model, &setup, &run->sampler));
  PetscCall(KrSearchCreate(run->model, &search, &run->search));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The same on all sharers. Sweeps that are a piece by themselves can be left early, by all sharers together. */
static PetscErrorCode choose_piece(KrThermoState *run)
{
  const KrThermoOptions *options = run->options;
  const int              n_rows  = options->ladders * PetscMax(run->ladder->n, options->overlaps);
  const KrMixture       *f;
  PetscMPIInt            size;
  double                 products;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(run->sharers, &size));
  PetscCall(KrModelGetMixture(run->model, &f));
  products   = KrModelCouplingBytes(run->n, f) / 8.0 * n_rows * options->steps / size;
  run->piece = (int)PetscMax(1.0, PetscMin(SWEEPS_A_PIECE, PIECE_PRODUCTS / products));
  run->look  = MPI_COMM_NULL;
  if (run->piece == 1 && size <= options->ladders / 2) {
    run->look = run->sharers;
    if (size == 1) PetscCall(KrModelGetComm(run->model, &run->look));
  }
  if (run->sampler != NULL) run->sampler->look = run->look;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode destroy(KrThermoState *run)
{
  PetscFunctionBeginUser;
  PetscCall(KrSearchDestroy(&run->search));
  PetscCall(KrSamplerDestroy(&run->sampler));
  PetscCall(KrSamplerDestroy(&run->walk));
  PetscCall(PetscFree2(run->force, run->held));
  PetscCall(PetscFree(run->numbers));
  PetscCall(PetscFree(run->planted));
  PetscCall(PetscFree2(run->energy, run->overlaps));
  PetscCall(PetscFree3(run->points, run->minima, run->found));
  PetscCall(PetscFree3(run->quenches.energy, run->quenches.curvature, run->quenches.tap));
  PetscCall(PetscFree3(run->correlation, run->tally, run->potential));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A point uniform on the sphere goes into the couplings. Collective on the model's communicator. */
static PetscErrorCode plant(KrThermoState *run)
{
  const KrRandomKey key = {.seed   = run->seed,
                           .stream = KR_STREAM_THERMO + 256 * KR_DRAW_PLANTED,
                           .sample = (uint64_t)run->sample};

  PetscFunctionBeginUser;
  if (run->options->plant <= 0.0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc1(run->n, &run->planted));
  KrRandomNormals(&key, 0, run->n, run->planted);
  KrSphereNormalise(run->n, run->planted);
  PetscCall(KrModelPlant(run->model, 1.0 / run->options->plant, run->planted));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The first ladder of a pair starts at random points; the second one from below: in the minima under other random
   points, or at the planted point. Where both end alike, neither start is remembered. */
static PetscErrorCode start(KrThermoState *run)
{
  const size_t n = (size_t)run->n, nt = (size_t)run->ladder->n;

  PetscFunctionBeginUser;
  for (int l = 0; l < run->n_local; ++l) PetscCall(KrSamplerStartRandom(run->sampler, l));
  for (int slot = 0; slot < run->n_slots; ++slot)
    (void)memcpy(run->points + (size_t)slot * n, KrSamplerPoint(run->sampler, slot),
                 n * sizeof(double));
  if (run->planted == NULL) PetscCall(KrQuenchPoints(run));
  for (int l = 1; l < run->n_local; l += 2) {
    for (size_t t = 0; t < nt; ++t) {
      const size_t  slot = (size_t)l * nt + t;
      const double *from = run->planted != NULL      ? run->planted
                           : isnan(run->found[slot]) ? run->points + slot * n
                                                     : run->minima + slot * n;

      (void)memmove(run->points + slot * n, from, n * sizeof(double));
    }
    PetscCall(KrSamplerStartAt(run->sampler, l, run->points + (size_t)l * nt * n));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Energies of all replicas, overlaps within the pairs. */
static void measure(KrThermoState *run, int64_t sweep)
{
  const int     nt = run->ladder->n;
  const int64_t n  = run->options->sweeps;

  for (int slot = 0; slot < run->n_slots; ++slot)
    run->energy[slot * n + sweep] = KrSamplerEnergy(run->sampler, slot);
  for (int pair = 0; 2 * pair < run->n_local; ++pair)
    for (int t = 0; t < nt; ++t) {
      const double *a   = KrSamplerPoint(run->sampler, 2 * pair * nt + t);
      const double *b   = KrSamplerPoint(run->sampler, (2 * pair + 1) * nt + t);
      double        sum = 0.0;

      for (int i = 0; i < run->n; ++i) sum += a[i] * b[i];
      run->overlaps[(pair * nt + t) * n + sweep] = sum / run->n;
    }
}

/* Descents and dynamics, where they are due and not done. */
static PetscErrorCode look_below(KrThermoState *run)
{
  const int      number = KrThermoLook(run);
  PetscErrorCode code   = PETSC_SUCCESS;

  PetscFunctionBeginUser;
  if (number < run->looks) PetscFunctionReturn(PETSC_SUCCESS);
  if (run->n_local > 0 && run->phase == KR_THERMO_CHAIN) code = KrQuenchRun(run, number);
  PetscCall(KrStopAgree(run->sharers, &code));
  PetscCall(KrThermoLeave(run, code));
  if (run->stopped) PetscFunctionReturn(PETSC_SUCCESS);
  if (run->n_times > 0) PetscCall(KrRelaxationRun(run));
  if (!run->stopped) run->looks = number + 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All sweeps that are left, unless the caller wants to stop. Every rank makes as many, and ranks without a ladder
   wait. */
static PetscErrorCode sweep_all(KrThermoState *run)
{
  const int64_t  burn_in = run->options->burn_in, end = burn_in + run->options->sweeps;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  while (run->sweep < end) {
    PetscCall(look_below(run));
    if (!run->stopped) PetscCall(KrThermoBreathe(run, run->sweep));
    if (run->stopped) PetscFunctionReturn(PETSC_SUCCESS);
    if (run->n_local > 0) {
      code = KrSamplerSweep(run->sampler, run->sweep < burn_in ? PETSC_TRUE : PETSC_FALSE);
      PetscCall(KrThermoLeave(run, code));
      if (run->stopped) PetscFunctionReturn(PETSC_SUCCESS);
      if (run->sweep == burn_in - 1) KrSamplerFreeze(run->sampler);
      if (run->sweep >= burn_in) measure(run, run->sweep - burn_in);
    }
    run->sweep += 1;
  }
  PetscCall(look_below(run));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrThermoWorkBytes - Memory that a run needs on a rank beside the couplings, when it has all ladders.

  Not collective

  Input:
+ options - of Monte Carlo
. ladder  - temperatures
- n       - N

  Returns:
  bytes: the series of all replicas, also of those that are held at overlaps, their points, descents
*/
double KrThermoWorkBytes(const KrThermoOptions *options, const KrLadder *ladder, PetscInt n)
{
  const double          slots  = (double)options->ladders * ladder->n;
  const double          held   = (double)options->ladders * options->overlaps;
  const KrSearchOptions search = {.kind = KR_SEARCH_MINIMA, .starts = (int64_t)slots};

  return 8.0 * slots * (1.5 * (double)options->sweeps + 12.0 * (double)n) +
         16.0 * held * (double)options->sweeps + KrSearchWorkBytes(&search, n);
}

/*
  KrThermoStateBytes - Size of the largest state of a run, all ladders together.

  Not collective

  Input:
+ options - of Monte Carlo
. ladder  - temperatures
- n       - N

  Returns:
  bytes: all series, and x, g and x(0) of each replica

  See: KrThermoSave()
*/
double KrThermoStateBytes(const KrThermoOptions *options, const KrLadder *ladder, PetscInt n)
{
  const double slots = (double)options->ladders * ladder->n;
  const double held  = (double)options->ladders * options->overlaps;

  return 8.0 * ((1.5 * slots + 2.0 * held) * (double)options->sweeps +
                (5.0 * slots + 2.0 * held) * (double)n);
}

/*
  KrThermoGradients - Gradients that a sample takes, all replicas together, but for those of descents.

  Not collective

  Input:
+ options - of Monte Carlo
. ladder  - temperatures
- n       - N

  Returns:
  their number: leapfrog steps of the ladders, of the replicas held at overlaps, and of relaxation

  Source: docs/theory/monte_carlo.md
*/
double KrThermoGradients(const KrThermoOptions *options, const KrLadder *ladder, PetscInt n)
{
  const double sweeps = (double)(options->burn_in + options->sweeps);
  const double a_slot = options->quenches * KrRelaxationSteps(ladder, options->relaxation, (int)n);

  return options->ladders *
         (sweeps * options->steps * (ladder->n + options->overlaps) + a_slot * ladder->n);
}

/* A KrSaveFn. */
static PetscErrorCode save(void *run, void *state)
{
  PetscFunctionBeginUser;
  PetscCall(KrThermoSave(run, state));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrThermoRun - Brings a disorder sample to equilibrium at all temperatures of a ladder and measures it there.

  Collective on the sharers and on the model's communicator

  Input:
+ model   - its disorder is drawn; a point is planted in it when the options say so. On each rank alone, or on all
            sharers, which are then PETSC_COMM_SELF
. sharers - ranks that share the ladders, pair by pair
. options - of Monte Carlo
. ladder  - temperatures, from KrLadderCreate()
. seed    - campaign seed
. sample  - number of the disorder sample
- hooks   - NULL: none. A state to go on from, and a function that all sharers call together every 16 sweeps of the
            ladders, of relaxation and of held replicas, oftener when these are long, and when a sweep or descents were
            left early as a rank is to stop: it may KrThermoSave(), and ask to stop; NULL: never

  Output:
+ record  - the same on every rank; caller frees with KrThermoSampleDestroy(); none when it was stopped
- stopped - the function asked for it, or a rank was asked to (KrStopWanted())

  Notes:
  A pure function of (options, ladder, seed, sample): the same bits on any number of ranks, and however often it was
  stopped and went on.

  Cost:   (burn_in + sweeps) x steps gradients a replica, descents and dynamics beside
  Source: docs/theory/monte_carlo.md, docs/theory/entropy.md
  See:    KrLadderCreate(), KrSamplerSweep(), KrThermoSave()
*/
PetscErrorCode KrThermoRun(KrModel model, MPI_Comm sharers, const KrThermoOptions *options,
                           const KrLadder *ladder, uint64_t seed, int64_t sample,
                           const KrThermoHooks *hooks, KrThermoSample *record, PetscBool *stopped)
{
  KrThermoState  run  = {.model   = model,
                         .sharers = sharers,
                         .options = options,
                         .ladder  = ladder,
                         .seed    = seed,
                         .sample  = sample};
  PetscErrorCode code = PETSC_SUCCESS;

  PetscFunctionBeginUser;
  if (hooks != NULL) run.hooks = *hooks;
  run.save = save;
  PetscCall(create(&run));
  PetscCall(choose_piece(&run));
  PetscCall(plant(&run));
  if (run.hooks.from != NULL) {
    PetscCall(KrThermoRestore(&run, run.hooks.from));
    KrThermoCheckpointDestroy(run.hooks.from);
  } else if (run.n_local > 0) {
    code = start(&run);
  }
  PetscCall(KrStopAgree(sharers, &code));
  if (code == KR_ERR_STOPPED) run.stopped = PETSC_TRUE; /* there is nothing yet to save */
  if (!run.stopped) PetscCall(sweep_all(&run));
  if (!run.stopped && options->overlaps > 0) PetscCall(KrPotentialRun(&run));
  if (!run.stopped) {
    PetscCall(KrTallyLadders(&run));
    PetscCall(KrTallyRecord(&run, record));
  }
  *stopped = run.stopped;
  PetscCall(destroy(&run));
  PetscFunctionReturn(PETSC_SUCCESS);
}
