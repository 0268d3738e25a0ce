/* kr_test: labels=thermo,oracle timeout=60 */
/* N = 2: the sphere is a circle, and exp(-beta H) a density of one angle. Replicas drawn from it have it after a sweep
   as well, with steps so long that many trajectories are refused; and they cross between two arcs as often one way as
   the other. Every draw is independent, so that chi-square holds. False alarms: 4 x 8e-5 for the arcs, 4 x 3e-5. */
#include "kr_test.h"
#include "model/model_test.h"
#include <kacrice/thermo.h>

#define LADDER  4
#define LADDERS 16
#define RUNS    400
#define ARCS    16
#define GRID    4096

static const double betas[LADDER] = {0.3, 0.8, 1.4, 2.2};

typedef struct { /* the density of the angle at one beta */
  double cumulative[GRID + 1];
} Law;

static PetscErrorCode make_law(KrModel model, double beta, Law *law)
{
  double sum = 0.0;

  PetscFunctionBeginUser;
  for (int i = 0; i < GRID; ++i) { /* the trapezoid rule is exact for a periodic function */
    const double angle = 2.0 * PETSC_PI * (i + 0.5) / GRID;
    double       x[4]  = {sqrt(2.0) * cos(angle), sqrt(2.0) * sin(angle)}, E[2], G[4];

    x[2] = x[0], x[3] = x[1];
    PetscCall(KrModelDerivatives(model, 2, x, E, G, NULL));
    law->cumulative[i] = sum;
    sum += exp(-beta * E[0]);
  }
  law->cumulative[GRID] = sum;
  for (int i = 0; i <= GRID; ++i) law->cumulative[i] /= sum;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Share of the law below the angle of a point, uniform on [0, 1) for a point of the law. */
static double share_below(const Law *law, const double x[2])
{
  double    turn  = atan2(x[1], x[0]) / (2.0 * PETSC_PI) * GRID;
  const int place = (int)floor(turn < 0.0 ? turn + GRID : turn) % GRID;

  if (turn < 0.0) turn += GRID;
  return law->cumulative[place] +
         (turn - place) * (law->cumulative[place + 1] - law->cumulative[place]);
}

static void draw_point(const Law *law, double uniform, double x[2])
{
  int low = 0, high = GRID;

  while (high - low > 1) {
    const int middle = (low + high) / 2;

    if (law->cumulative[middle] <= uniform) low = middle;
    else high = middle;
  }
  const double width = law->cumulative[high] - law->cumulative[low];
  const double angle = 2.0 * PETSC_PI * (low + (uniform - law->cumulative[low]) / width) / GRID;

  x[0] = sqrt(2.0) * cos(angle);
  x[1] = sqrt(2.0) * sin(angle);
}

typedef struct {
  double arcs[LADDER][ARCS];          /* after the sweep */
  double crossed[LADDER][ARCS][ARCS]; /* from arc to arc, without exchanges */
  double accepted, swapped;
} Counts;

/* One sweep of replicas drawn from the law. */
static PetscErrorCode run(KrModel model, const Law laws[LADDER], int number, PetscBool exchange,
                          Counts *counts)
{
  const KrSamplerSetup setup = {.n_temperatures = LADDER,
                                .beta           = betas,
                                .n_ladders      = LADDERS,
                                .steps          = 2,
                                .acceptance     = 0.8,
                                .no_exchange    = exchange ? PETSC_FALSE : PETSC_TRUE,
                                .seed           = (uint64_t)(100 + number)};
  const KrRandomKey    key   = {.seed = 1, .stream = KR_STREAM_TEST, .sample = (uint64_t)number};
  KrSampler            s;
  int                  from[LADDERS * LADDER];

  PetscFunctionBeginUser;
  PetscCall(KrSamplerCreate(model, &setup, &s));
  for (int l = 0; l < LADDERS; ++l) {
    double x[LADDER * 2];

    for (int t = 0; t < LADDER; ++t) {
      const int slot = l * LADDER + t;

      draw_point(&laws[t], KrRandomUniform(&key, (uint64_t)slot), x + 2 * t);
      from[slot] = (int)(ARCS * share_below(&laws[t], x + 2 * t));
      KrSamplerSetStep(s, slot, 0.75);
    }
    PetscCall(KrSamplerStartAt(s, l, x));
  }
  PetscCall(KrSamplerSweep(s, PETSC_FALSE));
  for (int slot = 0; slot < LADDERS * LADDER; ++slot) {
    const int t  = slot % LADDER;
    const int to = (int)(ARCS * share_below(&laws[t], KrSamplerPoint(s, slot)));

    if (exchange) counts->arcs[t][to % ARCS] += 1.0;
    else counts->crossed[t][from[slot] % ARCS][to % ARCS] += 1.0;
    counts->accepted += KrSamplerSlot(s, slot)->accepted / (2 * RUNS * LADDERS * LADDER);
    counts->swapped += KrSamplerSlot(s, slot)->swapped / (RUNS * LADDERS * 2);
  }
  PetscCall(KrSamplerDestroy(&s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check(const Counts *counts)
{
  const double expected = (double)RUNS * LADDERS / ARCS;

  PetscFunctionBeginUser;
  for (int t = 0; t < LADDER; ++t) {
    double arcs = 0.0, ways = 0.0;
    int    dof = 0;

    for (int a = 0; a < ARCS; ++a) {
      arcs += pow(counts->arcs[t][a] - expected, 2.0) / expected;
      for (int b = 0; b < a; ++b) {
        const double sum = counts->crossed[t][a][b] + counts->crossed[t][b][a];

        if (sum < 5.0) continue;
        ways += pow(counts->crossed[t][a][b] - counts->crossed[t][b][a], 2.0) / sum;
        dof += 1;
      }
    }
    /* chi-square with 15 degrees exceeds 45 with probability 8e-5 */
    PetscCall(KrExpect("the law stays", arcs < 45.0));
    /* mean dof, variance below 2 dof whatever the sums are; 6 standard deviations are passed with less than 3e-5 */
    PetscCall(KrExpect("pairs of arcs", dof >= 15));
    PetscCall(KrExpect("both ways alike", ways < dof + 6.0 * sqrt(2.0 * dof)));
    if (arcs >= 45.0 || ways >= dof + 6.0 * sqrt(2.0 * dof))
      PetscCall(PetscPrintf(PETSC_COMM_SELF, "t %d: arcs %g, ways %g of %d\n", t, arcs, ways, dof));
  }
  /* otherwise neither the Metropolis step nor the exchange would have been tried */
  PetscCall(KrExpect("some are refused", counts->accepted > 0.5 && counts->accepted < 0.95));
  PetscCall(KrExpect("some are exchanged", counts->swapped > 0.3 && counts->swapped < 0.95));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  static Law    laws[LADDER];
  static Counts counts;
  KrMixture     f = {1, {3}, {1.0}};
  KrModel       model;

  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  PetscCall(make_model(PETSC_COMM_SELF, &f, 2, &model));
  for (int t = 0; t < LADDER; ++t) PetscCall(make_law(model, betas[t], &laws[t]));
  for (int r = 0; r < RUNS; ++r) {
    PetscCall(run(model, laws, r, PETSC_FALSE, &counts));
    PetscCall(run(model, laws, r, PETSC_TRUE, &counts));
  }
  PetscCall(check(&counts));
  PetscCall(KrModelDestroy(&model));
  return KrTestEnd();
}
