/* The types of models: those of the list, and those that a program brings. */
#include "model_impl.h"
#include <stdio.h>
#include <string.h>

#define N_MAX 32 /* types that a program can bring */

#define KR_MODEL(name, type) extern const KrModelType type;
#include "model_list.h"
#undef KR_MODEL

typedef struct {
  const char        *name;
  const KrModelType *type;
} Entry;

static const Entry listed[] = {
#define KR_MODEL(name, type) {name, &type},
#include "model_list.h"
#undef KR_MODEL
};
#define N_LISTED ((int)PETSC_STATIC_ARRAY_LENGTH(listed))

/* "|pspin|tap", the values of -model_type; types that a program brings are appended */
char KrModelTypeTexts[2048] =
#define KR_MODEL(name, type) "|" name
#include "model_list.h"
#undef KR_MODEL
  ;

static Entry brought[N_MAX];
static int   n_brought;

static const Entry *find(int number)
{
  if (number < 0 || number >= N_LISTED + n_brought) return NULL;
  return number < N_LISTED ? &listed[number] : &brought[number - N_LISTED];
}

/*
  KrModelTypeName - Name of a registered model.

  Not collective

  Input:
. type - 0, 1, ...

  Returns:
  the name, a constant; NULL beyond the last
*/
const char *KrModelTypeName(int type)
{
  const Entry *entry = find(type);

  return entry == NULL ? NULL : entry->name;
}

/*
  KrModelTypeFind - The number of a registered model.

  Not collective

  Input:
. name - as in -model_type

  Returns:
  0, 1, ...; -1 when there is none of that name
*/
int KrModelTypeFind(const char name[])
{
  for (int i = 0; find(i) != NULL; ++i)
    if (strcmp(find(i)->name, name) == 0) return i;
  return -1;
}

/* The table of a registered type; NULL beyond the last. */
const KrModelType *KrModelTypeGet(int number)
{
  const Entry *entry = find(number);

  return entry == NULL ? NULL : entry->type;
}

/*
  KrModelOwnTable - The options that a type of models has beside those of every type.

  Not collective

  Input:
. type - 0, 1, ...

  Returns: a constant table; NULL when it has none
*/
const KrOptionTable *KrModelOwnTable(int type)
{
  return KrModelTypeGet(type) == NULL ? NULL : KrModelTypeGet(type)->options;
}

/*
  KrModelSpin - The options of a random polynomial.

  Not collective

  Input:
. options - of a model of any type

  Returns: those in options->own for the types whose options they are; else a constant with empty ones
*/
const KrSpinOptions *KrModelSpin(const KrModelOptions *options)
{
  static const KrSpinOptions none;

  return KrModelTypeGet(options->type)->is_spin ? &options->own.spin : &none;
}

/* Makes a name a value of -model_type; false when there is no room. */
static PetscBool offer(const char name[])
{
  const size_t used = strlen(KrModelTypeTexts), left = sizeof KrModelTypeTexts - used;

  return snprintf(KrModelTypeTexts + used, left, "|%s", name) < (int)left ? PETSC_TRUE
                                                                          : PETSC_FALSE;
}

/*
  KrModelRegister - Adds a type of models, whose name is then a value of -model_type.

  Not collective; before options are read, the same on every rank

  Input:
+ name - kept, not copied; lower case, in no other type's use
- type - constant table, borrowed until the end of the program

  Errors: PETSC_ERR_ARG_WRONG for a name that is taken, or a type without its compulsory functions;
          PETSC_ERR_ARG_OUTOFRANGE when there are too many
  See:    include/kacrice/landscape.h
*/
PetscErrorCode KrModelRegister(const char name[], const KrModelType *type)
{
  PetscFunctionBeginUser;
  PetscCheck(KrModelTypeFind(name) < 0, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG,
             "there is a model of the name \"%s\"", name);
  PetscCheck(type->shape != NULL && type->gradient != NULL, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG,
             "the model \"%s\" must have the functions shape and gradient", name);
  PetscCheck(n_brought < N_MAX, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "a program can bring %d models", N_MAX);
  PetscCheck(type->options_size <= KR_MODEL_OWN_MAX && offer(name), PETSC_COMM_SELF,
             PETSC_ERR_ARG_OUTOFRANGE, "no room for the name or the options of \"%s\"", name);
  brought[n_brought++] = (Entry){name, type};
  PetscFunctionReturn(PETSC_SUCCESS);
}
