/* kr_test: labels=thermo timeout=60 */
/* The leapfrog on great circles keeps the sphere, goes back when the momenta are turned, and misses the energy by the
   square of its step; where an overlap is held, it stays held and the force is its derivative. */
#include "../../src/thermo/sampler_impl.h"
#include "kr_test.h"
#include "model/model_test.h"

#define N      24
#define LADDER 3

static const double betas[LADDER] = {0.0, 0.7, 1.5};

static PetscErrorCode make(KrModel model, int steps, const double reference[],
                           const double overlap[], KrSampler *sampler)
{
  const KrSamplerSetup setup = {.n_temperatures = LADDER,
                                .beta           = betas,
                                .n_ladders      = 2,
                                .steps          = steps,
                                .acceptance     = 0.8,
                                .reference      = reference,
                                .overlap        = overlap,
                                .no_exchange    = reference == NULL ? PETSC_FALSE : PETSC_TRUE,
                                .seed           = 5};

  PetscFunctionBeginUser;
  PetscCall(KrSamplerCreate(model, &setup, sampler));
  for (int l = 0; l < 2; ++l) PetscCall(KrSamplerStartRandom(*sampler, l));
  PetscCall(KrSamplerEvaluate(*sampler));
  for (int row = 0; row < (*sampler)->n_rows; ++row) {
    const KrRandomKey key = {.seed = 9, .stream = KR_STREAM_TEST, .sample = (uint64_t)row};
    double           *v   = (*sampler)->V + (size_t)row * N;

    KrRandomNormals(&key, 0, N, v);
    KrSphereProject(N, (*sampler)->X + (size_t)row * N, v);
    if (reference != NULL) KrSphereProject(N, reference, v);
    (*sampler)->time[row] = 1.0 / steps;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* beta H + |v|^2 / 2 of a row */
static double total(KrSampler s, int row)
{
  const double *v   = s->V + (size_t)row * N;
  double        sum = s->beta[s->slot_of_row[row] % LADDER] * s->E[row];

  for (int i = 0; i < N; ++i) sum += 0.5 * v[i] * v[i];
  return sum;
}

static PetscErrorCode check_back(KrModel model, const double reference[], const double overlap[])
{
  KrSampler s;
  double   *X, off = 0.0, radius = 0.0, side = 0.0;

  PetscFunctionBeginUser;
  PetscCall(make(model, 10, reference, overlap, &s));
  PetscCall(PetscMalloc1(s->n_rows * N, &X));
  (void)memcpy(X, s->X, sizeof(double) * (size_t)s->n_rows * N);
  PetscCall(KrSamplerFly(s));
  for (int row = 0; row < s->n_rows; ++row) {
    double square = 0.0, along = 0.0;

    for (int i = 0; i < N; ++i) square += s->X[row * N + i] * s->X[row * N + i];
    for (int i = 0; i < N && reference != NULL; ++i) along += s->X[row * N + i] * reference[i];
    radius = PetscMax(radius, fabs(square / N - 1.0));
    side   = PetscMax(side, fabs(along / N));
  }
  for (int i = 0; i < s->n_rows * N; ++i) s->V[i] = -s->V[i];
  PetscCall(KrSamplerFly(s));
  for (int i = 0; i < s->n_rows * N; ++i) off = PetscMax(off, fabs(s->X[i] - X[i]));
  /* rounding of 20 steps, grown by the curvature of H in a time of 2: e^(2 sqrt(10)) at most */
  PetscCall(KrExpectNear("there and back", off, 0.0, 1e-11));
  PetscCall(KrExpectNear("on the sphere", radius, 0.0, 1e-13));
  PetscCall(KrExpectNear("orthogonal to the reference", side, 0.0, 1e-13));
  PetscCall(PetscFree(X));
  PetscCall(KrSamplerDestroy(&s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Error of beta H + |v|^2 / 2 after a time of 1, root mean square over the rows at beta > 0. */
static PetscErrorCode energy_error(KrModel model, int steps, double *error)
{
  KrSampler s;
  double    before[2 * LADDER], square = 0.0;

  PetscFunctionBeginUser;
  PetscCall(make(model, steps, NULL, NULL, &s));
  for (int row = 0; row < s->n_rows; ++row) before[row] = total(s, row);
  PetscCall(KrSamplerFly(s));
  for (int row = 0; row < s->n_rows; ++row) {
    const double change = total(s, row) - before[row];

    if (row % LADDER == 0) /* beta = 0: free motion */
      PetscCall(KrExpectNear("free motion", change, 0.0, 1e-12));
    else square += change * change;
  }
  *error = sqrt(square);
  PetscCall(KrSamplerDestroy(&s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The force against a difference of energies; the overlap of the evaluated point. */
static PetscErrorCode check_force(KrModel model, const double reference[])
{
  const double h = 1e-5;
  double       overlap[LADDER], energy[2];
  KrSampler    s;
  double       force = 0.0;

  PetscFunctionBeginUser;
  for (int side = -1; side <= 1; ++side) {
    for (int t = 0; t < LADDER; ++t) overlap[t] = 0.2 + 0.3 * t + side * h;
    PetscCall(make(model, 1, reference, overlap, &s));
    if (side == 0) force = KrSamplerForce(s, 1);
    else energy[(side + 1) / 2] = KrSamplerEnergy(s, 1) / N;
    PetscCall(KrSamplerDestroy(&s));
  }
  /* error of the difference: h^2 times a third derivative of order 10, and rounding 1e-16 / h */
  PetscCall(KrExpectNear("force", force, (energy[1] - energy[0]) / (2.0 * h), 1e-8));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  const KrMixture f                = {2, {3, 4}, {0.36, 0.64}};
  const double    overlaps[LADDER] = {0.2, 0.5, 0.8};
  double          reference[N], coarse, fine;
  KrModel         model;

  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  PetscCall(make_model(PETSC_COMM_SELF, &f, N, &model));
  draw_points(N, 1, reference);
  PetscCall(check_back(model, NULL, NULL));
  PetscCall(check_back(model, reference, overlaps));
  PetscCall(energy_error(model, 40, &coarse));
  PetscCall(energy_error(model, 80, &fine));
  /* second order: a factor of 4, up to the next term, (step x frequency)^2 / 10 = 1 % or so */
  PetscCall(KrExpectNear("order of the leapfrog", coarse / fine, 4.0, 0.15));
  PetscCall(check_force(model, reference));
  PetscCall(KrModelDestroy(&model));
  return KrTestEnd();
}
