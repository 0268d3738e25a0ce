/* Lists of numbers as the text of an option: "0.5,0.7,1", ranges "0.1:0.9:5", or both. */
#include <kacrice/base.h>
#include <math.h>
#include <stdlib.h>

/* One number at *text, and moves past it; false when none stands there. */
static PetscBool read_number(const char **text, double *value)
{
  char *end;

  *value = strtod(*text, &end);
  if (end == *text || !isfinite(*value)) return PETSC_FALSE;
  *text = end;
  return PETSC_TRUE;
}

/* "first" or "first:last:number"; false when neither stands there. */
static PetscBool read_item(const char **text, double *first, double *last, long *number)
{
  char *end;

  *number = 1;
  if (!read_number(text, first)) return PETSC_FALSE;
  *last = *first;
  if (**text != ':') return PETSC_TRUE;
  ++*text;
  if (!read_number(text, last) || **text != ':') return PETSC_FALSE;
  ++*text;
  *number = strtol(*text, &end, 10);
  if (end == *text || *number < 2) return PETSC_FALSE;
  *text = end;
  return PETSC_TRUE;
}

/*
  KrRealListRead - Reads a list of numbers from the text of an option.

  Collective on comm

  Input:
+ comm   - reports errors
. option - its name, for messages
. text   - numbers and ranges first:last:number (both ends included), separated by commas
. above  - every number has to be greater
- n_max  - length of values

  Output:
+ n      - how many
- values - the numbers, in the order of the text

  Errors: PETSC_ERR_USER_INPUT naming option, text and what would be right
*/
PetscErrorCode KrRealListRead(MPI_Comm comm, const char option[], const char text[], double above,
                              int n_max, int *n, double values[])
{
  const char *next = text;
  double      first, last;
  long        number;

  PetscFunctionBeginUser;
  *n = 0;
  for (;;) {
    const PetscBool is_item = read_item(&next, &first, &last, &number);

    KR_CHECK_INPUT(is_item && (*next == ',' || *next == '\0'), comm,
                   "%s %.100s: must be numbers such as 0.5,0.7 or first:last:number such as "
                   "0.1:0.9:5",
                   option, text);
    KR_CHECK_INPUT(number <= n_max - *n, comm, "%s %.100s: more than %d numbers", option, text,
                   n_max);
    for (long i = 0; i < number; ++i) {
      const double part = number == 1 ? 0.0 : (double)i / (double)(number - 1);

      values[*n] = i + 1 == number ? last : first + (last - first) * part;
      KR_CHECK_INPUT(values[*n] > above, comm, "%s %.100s: %.10g must be greater than %.10g",
                     option, text, values[*n], above);
      ++*n;
    }
    if (*next == '\0') break;
    ++next;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
