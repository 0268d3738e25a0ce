/* Options of every model; those of a type are in its own file. */
#include "model_impl.h"
#include <stdio.h>
#include <string.h>

#define AT(member) offsetof(KrModelOptions, member)

static const char *const simd_names[] = {"auto", "plain", "avx2", "avx512"}; /* places in KrSimd */

/* clang-format off */
static const KrOption option_list[] = {
  {"-model_type", KR_OPTION_CHOICE, AT(type), "pspin", 0, 0, &KrModelTypeTexts[1], "",
   "the landscape; each has options of its own, which kacrice help census -model_type TYPE prints", PETSC_TRUE},
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

/*
  KrModelOptionsFormat - Writes the options of a model as text, those of every type first.

  Not collective

  Input:
+ options       - of a model
- identity_only - only those that are part of what a campaign is

  In/out:
. text - as of KrOptionsFormat()

  Errors: PETSC_ERR_MEM
*/
PetscErrorCode KrModelOptionsFormat(const KrModelOptions *options, PetscBool identity_only,
                                    char **text)
{
  const KrOptionTable *own = KrModelOwnTable(options->type);

  PetscFunctionBeginUser;
  PetscCall(KrOptionsFormat(&KrModelOptionTable, options, identity_only, text));
  if (own != NULL) PetscCall(KrOptionsFormat(own, options->own.bytes, identity_only, text));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscBool has_option(const KrOptionTable *table, const char name[])
{
  for (int i = 0; table != NULL && i < table->n_options; ++i)
    if (strcmp(table->options[i].name, name) == 0) return PETSC_TRUE;
  return PETSC_FALSE;
}

/* An option that only another type has must not pass in silence; at its default it says nothing. */
static PetscErrorCode check_other(MPI_Comm comm, int type, int other)
{
  const KrOptionTable *own = KrModelOwnTable(type), *table = KrModelOwnTable(other);
  char                 text[KR_PATH_MAX + 1];
  PetscBool            given;

  PetscFunctionBeginUser;
  for (int i = 0; table != NULL && i < table->n_options; ++i) {
    const KrOption *option = &table->options[i];

    if (has_option(own, option->name)) continue;
    PetscCall(PetscOptionsGetString(NULL, NULL, option->name, text, sizeof text, &given));
    KR_CHECK_INPUT(!given || strcmp(text, option->initial) == 0, comm,
                   "%s %.500s: is an option of -model_type %s, this is %s; leave it out",
                   option->name, text, KrModelTypeName(other), KrModelTypeName(type));
  }
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

/* The type's own options, and N. */
static PetscErrorCode read_own(MPI_Comm comm, KrModelOptions *o)
{
  const KrModelType *type = KrModelTypeGet(o->type);
  KrShape            shape;

  PetscFunctionBeginUser;
  (void)memset(&o->own, 0, sizeof o->own);
  if (type->options != NULL) PetscCall(KrOptionsRead(comm, type->options, o->own.bytes));
  if (type->complete != NULL) {
    PetscCall((*type->complete)(comm, o->own.bytes, &o->n));
  } else {
    PetscCall(KrModelShape(comm, o, 0, NULL, &shape));
    o->n = shape.n;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelOptionsRead - Reads the options of the model, those of its type too, and checks that they describe one.

  Collective on comm

  Input:
. comm - reports errors

  Output:
. o - the options; n = 0 when a file says N

  Errors: PETSC_ERR_USER_INPUT for contradictory or malformed options, those of another type, or a SIMD level this CPU
          lacks
  See:    KrModelSpin()
*/
PetscErrorCode KrModelOptionsRead(MPI_Comm comm, KrModelOptions *o)
{
  PetscFunctionBeginUser;
  PetscCall(KrOptionsRead(comm, &KrModelOptionTable, o));
  PetscCall(read_own(comm, o));
  for (int other = 0; KrModelTypeName(other) != NULL; ++other)
    PetscCall(check_other(comm, o->type, other));
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
+ f     - the law, when given; else without orders
- given - false when only a file of couplings is named, or there is no such law: then no exact expectation applies
*/
PetscErrorCode KrModelOptionsLaw(const KrModelOptions *o, KrMixture *f, PetscBool *given)
{
  const KrSpinOptions *spin = KrModelSpin(o);
  char                 message[512];

  PetscFunctionBeginUser;
  *given = PETSC_TRUE;
  *f     = (KrMixture){0};
  if (spin->mixture[0] != '\0') {
    PetscCheck(KrMixtureParse(spin->mixture, f, message, sizeof message) == 0, PETSC_COMM_SELF,
               PETSC_ERR_PLIB, "unchecked mixture: %s", message);
  } else if (spin->p > 0) {
    *f = KrMixturePure(spin->p);
  } else {
    *given = PETSC_FALSE;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
