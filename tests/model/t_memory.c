/* kr_test: labels=model */
/* How many ranks a tensor needs, against sizes counted by hand. */
#include "model_test.h"

static const KrMixture three = {1, {3}, {1.0}}, six = {1, {6}, {1.0}};

/* binomial(12, 3) = 220 coefficients of 8 bytes, N = 10. */
static PetscErrorCode check_bytes(void)
{
  const KrMixture both = {2, {3, 4}, {0.5, 0.5}}; /* and binomial(13, 4) = 715 */

  PetscFunctionBeginUser;
  PetscCall(KrExpectNear("p = 3", KrModelCouplingBytes(10, &three), 8.0 * 220.0, 0.0));
  PetscCall(KrExpectNear("p = 3, 4", KrModelCouplingBytes(10, &both), 8.0 * (220 + 715), 0.0));
  PetscCall(KrExpect("more than can be counted", isinf(KrModelCouplingBytes(100000, &six))));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* 1760 bytes of couplings beside 500 of work space. */
static PetscErrorCode check_ranks(void)
{
  static const struct {
    double  memory;
    int64_t n_ranks;
  } cases[] = {{0.0, 1},     {1e9, 1},      {2260.0, 1}, {2259.0, 2}, {1380.0, 2},      {1379.0, 3},
               {510.0, 176}, {501.0, 1760}, {500.0, 0},  {499.0, 0},  {500.0 + 1e-8, 0}};

  PetscFunctionBeginUser;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    const KrModelOptions options = {.n = 10, .memory = cases[i].memory};

    PetscCall(
      KrExpectEqualInt("ranks", KrModelRanksNeeded(&options, 10, &three, 500.0), cases[i].n_ranks));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The check passes exactly from the number of ranks on that KrModelRanksNeeded() tells. */
static PetscErrorCode check_agreement(void)
{
  PetscFunctionBeginUser;
  for (int n = 10; n < 400; n += 13) {
    const KrModelOptions options = {.n = n, .memory = 50000.0};
    const int64_t        needed  = KrModelRanksNeeded(&options, n, &three, 333.0);

    for (int64_t ranks = PetscMax(1, needed - 2); ranks < needed + 2; ++ranks) {
      PetscErrorCode code;

      PetscCall(PetscPushErrorHandler(PetscReturnErrorHandler, NULL));
      code = KrModelCheckMemory(PETSC_COMM_SELF, (int)ranks, &options, n, &three, 333.0);
      PetscCall(PetscPopErrorHandler());
      PetscCall(KrExpectEqualInt("fits", code == 0, ranks >= needed));
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  PetscErrorCode code = KrTestBegin(&argc, &argv);

  if (code == 0) code = check_bytes();
  if (code == 0) code = check_ranks();
  if (code == 0) code = check_agreement();
  return code == 0 ? KrTestEnd() : 1;
}
