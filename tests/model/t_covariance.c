/* kr_test: labels=model,oracle */
/* The isotropic law: E[H(x) H(y)] = N f(x.y/N) at any two points, exactly at any N, and nothing is left of it when a
   normalisation is off. 20000 samples; each mean within 4.5 standard errors, 72 means: false alarm 5e-4. */
#include "model_test.h"

#define N         4
#define N_POINTS  3
#define N_SAMPLES 20000

static PetscErrorCode check_law(const KrMixture *f)
{
  KrModel model;
  double  X[N_POINTS * N], E[N_POINTS], G[N_POINTS * N], mean[N_POINTS][N_POINTS] = {{0}},
                                                        square[N_POINTS][N_POINTS] = {{0}};

  PetscFunctionBeginUser;
  PetscCall(make_model(PETSC_COMM_SELF, f, N, &model));
  draw_points(N, N_POINTS, X);
  for (int s = 0; s < N_SAMPLES; ++s) {
    PetscCall(KrModelDraw(model, 77, s));
    PetscCall(KrModelDerivatives(model, N_POINTS, X, E, G, NULL));
    for (int a = 0; a < N_POINTS; ++a) {
      for (int b = 0; b < N_POINTS; ++b) {
        mean[a][b] += E[a] * E[b] / N_SAMPLES;
        square[a][b] += E[a] * E[b] * E[a] * E[b] / N_SAMPLES;
      }
    }
  }
  for (int a = 0; a < N_POINTS; ++a) {
    for (int b = 0; b < N_POINTS; ++b) {
      double       overlap = 0.0;
      const double error   = sqrt((square[a][b] - mean[a][b] * mean[a][b]) / N_SAMPLES);

      for (int i = 0; i < N; ++i) overlap += X[a * N + i] * X[b * N + i] / N;
      PetscCall(
        KrExpectNear("E[H H']", mean[a][b], N * KrMixtureValue(f, 0, overlap), 4.5 * error));
    }
  }
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  PetscErrorCode code = KrTestBegin(&argc, &argv);

  for (int l = 0; code == 0 && l < N_TEST_LAWS; ++l) code = check_law(&test_laws[l]);
  return code == 0 ? KrTestEnd() : 1;
}
