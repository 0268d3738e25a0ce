/* Own options of the types that are random polynomials: the law of the couplings, or a file of them. */
#include "model_impl.h"
#include <string.h>

#define AT(member) offsetof(KrSpinOptions, member)

/* clang-format off */
#define LAW \
  {"-model_p", KR_OPTION_INT, AT(p), "3", KR_ORDER_MIN, KR_ORDER_MAX, NULL, "", \
   "order p of the pure model, f(q) = q^p", PETSC_TRUE}, \
  {"-model_n", KR_OPTION_INT, AT(n), "10", 2, 100000, NULL, "spins", \
   "number of spins N", PETSC_TRUE}, \
  {"-model_mixture", KR_OPTION_STRING, AT(mixture), "", 0, 0, NULL, "", \
   "mixed model, f(q) = sum c_p q^p, as 3:0.36,4:0.64", PETSC_TRUE}, \
  {"-model_couplings", KR_OPTION_STRING, AT(couplings), "", 0, 0, NULL, "", \
   "HDF5 file of a symmetric tensor to use instead of drawing one", PETSC_FALSE}

static const KrOption energy_list[] = {LAW};
static const KrOption free_list[] = {
  {"-model_temperature", KR_OPTION_REAL, AT(temperature), "0", 0, 1e100, NULL, "J",
   "T of the free energy", PETSC_TRUE},
  LAW};
/* clang-format on */
const KrOptionTable KrSpinOptionTable = {"Model pspin", energy_list,
                                         PETSC_STATIC_ARRAY_LENGTH(energy_list)};
const KrOptionTable KrSpinFreeTable   = {"Model tap", free_list,
                                         PETSC_STATIC_ARRAY_LENGTH(free_list)};

/* Law, or file. N is not known when a file says it. */
PetscErrorCode KrSpinOptionsComplete(MPI_Comm comm, KrSpinOptions *o, int *n)
{
  PetscBool p_given, n_given;
  KrMixture f;
  char      message[512];

  PetscFunctionBeginUser;
  PetscCall(PetscOptionsHasName(NULL, NULL, "-model_p", &p_given));
  PetscCall(PetscOptionsHasName(NULL, NULL, "-model_n", &n_given));
  KR_CHECK_INPUT(!p_given || o->mixture[0] == '\0', comm,
                 "-model_p %d and -model_mixture %s exclude each other: give one of them", o->p,
                 o->mixture);
  if (o->mixture[0] != '\0') {
    KR_CHECK_INPUT(KrMixtureParse(o->mixture, &f, message, sizeof message) == 0, comm,
                   "-model_mixture %s: %s", o->mixture, message);
    o->p = 0;
  }
  if (o->couplings[0] != '\0') {
    if (!p_given) o->p = 0;
    if (!n_given) o->n = 0;
  }
  *n = o->n;
  PetscFunctionReturn(PETSC_SUCCESS);
}
