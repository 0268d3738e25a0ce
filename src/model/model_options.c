/* Options of the model and the law of the disorder they describe. */
#include <kacrice/model.h>
#include <stdio.h>
#include <string.h>

#define AT(member) offsetof(KrModelOptions, member)

static const char *const simd_names[] = {"auto", "plain", "avx2", "avx512"}; /* places in KrSimd */

/* clang-format off */
static const KrOption option_list[] = {
  {"-model_type", KR_OPTION_CHOICE, AT(type), "pspin", 0, 0, "pspin|tap", "",
   "pspin: energy on the sphere; tap: its free energy at a temperature, in the ball", PETSC_TRUE},
  {"-model_temperature", KR_OPTION_REAL, AT(temperature), "0", 0, 1e100, NULL, "J",
   "T of -model_type tap", PETSC_TRUE},
  {"-model_p", KR_OPTION_INT, AT(p), "3", KR_ORDER_MIN, KR_ORDER_MAX, NULL, "",
   "order p of the pure model, f(q) = q^p", PETSC_TRUE},
  {"-model_n", KR_OPTION_INT, AT(n), "10", 2, 100000, NULL, "spins",
   "number of spins N", PETSC_TRUE},
  {"-model_mixture", KR_OPTION_STRING, AT(mixture), "", 0, 0, NULL, "",
   "mixed model, f(q) = sum c_p q^p, as 3:0.36,4:0.64", PETSC_TRUE},
  {"-model_couplings", KR_OPTION_STRING, AT(couplings), "", 0, 0, NULL, "",
   "HDF5 file of a symmetric tensor to use instead of drawing one", PETSC_FALSE},
  {"-model_simd", KR_OPTION_CHOICE, AT(simd), "auto", 0, 0, "auto|plain|avx2|avx512", "",
   "instructions of the tensor kernels", PETSC_FALSE},
};
/* clang-format on */
const KrOptionTable KrModelOptionTable = {"Model", option_list,
                                          PETSC_STATIC_ARRAY_LENGTH(option_list)};

/* The highest level that this CPU has. */
static int best_simd(void)
{
  int level = KR_SIMD_AVX512;

  while (level > KR_SIMD_PLAIN && KrKernelsGet((KrSimd)level) == NULL) --level;
  return level;
}

/* The levels that this CPU and build have, for messages: "plain avx2". */
static void list_simd(char text[], size_t length)
{
  size_t used = 0;

  text[0] = '\0';
  for (int level = KR_SIMD_PLAIN; level <= KR_SIMD_AVX512; ++level)
    if (KrKernelsGet((KrSimd)level) != NULL && used < length)
      used += (size_t)snprintf(text + used, length - used, "%s%s", used > 0 ? " " : "",
                               simd_names[level]);
}

/*
  KrModelOptionsIsTap - Tells whether the options name a TAP free energy.

  Not collective

  Input:
. options - from KrModelOptionsRead()

  Returns: PETSC_TRUE for -model_type tap
*/
PetscBool KrModelOptionsIsTap(const KrModelOptions *options)
{
  return strcmp(KrModelTypeName(options->type), "tap") == 0 ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode check_temperature(MPI_Comm comm, const KrModelOptions *o)
{
  const PetscBool is_tap = KrModelOptionsIsTap(o);

  PetscFunctionBeginUser;
  KR_CHECK_INPUT(!is_tap || o->temperature > 0.0, comm,
                 "-model_temperature %g: -model_type tap is a free energy at T > 0; give one such "
                 "as 0.3",
                 o->temperature);
  KR_CHECK_INPUT(is_tap || o->temperature == 0.0, comm,
                 "-model_temperature %g: is the temperature of -model_type tap, this is %s; leave "
                 "it out",
                 o->temperature, KrModelTypeName(o->type));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_simd(MPI_Comm comm, const KrModelOptions *o)
{
  char levels[64];

  PetscFunctionBeginUser;
  list_simd(levels, sizeof levels);
  KR_CHECK_INPUT(KrKernelsGet((KrSimd)o->simd) != NULL, comm,
                 "-model_simd %s: this CPU or this build has only %s; auto takes the best",
                 simd_names[o->simd], levels);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelOptionsRead - Reads the options of the model and checks that they describe one.

  Collective on comm

  Input:
. comm - reports errors

  Output:
. o - the options; p = 0 when a mixture or a file says the orders, n = 0 when a file says N

  Errors: PETSC_ERR_USER_INPUT for contradictory or malformed options, or a SIMD level this CPU lacks
*/
PetscErrorCode KrModelOptionsRead(MPI_Comm comm, KrModelOptions *o)
{
  PetscBool p_given, n_given;
  KrMixture f;
  char      message[512];

  PetscFunctionBeginUser;
  PetscCall(KrOptionsRead(comm, &KrModelOptionTable, o));
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
  PetscCall(check_temperature(comm, o));
  PetscCall(check_simd(comm, o));
  if (o->simd == KR_SIMD_AUTO) o->simd = best_simd(); /* files then say what was used */
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelOptionsLaw - The covariance f that the options state.

  Not collective

  Input:
. o - from KrModelOptionsRead()

  Output:
+ f     - the law, when given
- given - false when only a file of couplings is named: then no exact expectation applies
*/
PetscErrorCode KrModelOptionsLaw(const KrModelOptions *o, KrMixture *f, PetscBool *given)
{
  char message[512];

  PetscFunctionBeginUser;
  *given = PETSC_TRUE;
  if (o->mixture[0] != '\0') {
    PetscCheck(KrMixtureParse(o->mixture, f, message, sizeof message) == 0, PETSC_COMM_SELF,
               PETSC_ERR_PLIB, "unchecked mixture: %s", message);
  } else if (o->p > 0) {
    *f = KrMixturePure(o->p);
  } else {
    *given = PETSC_FALSE;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
