/* Options as data: one table fills a struct, prints the help, writes the provenance and knows the typos. */
#include <kacrice/base.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *member(const KrOption *option, void *values)
{
  return (char *)values + option->offset;
}

/* What a value of the option has to look like, for messages: "a whole number from 1 to 9". */
static void describe_range(const KrOption *option, char text[], size_t length)
{
  const PetscBool limited = option->min < option->max ? PETSC_TRUE : PETSC_FALSE;
  const char     *number  = option->type == KR_OPTION_REAL ? "a number" : "a whole number";

  switch (option->type) {
  case KR_OPTION_STRING:
    (void)snprintf(text, length, "a text of 1 to %d bytes", KR_PATH_MAX - 1);
    break;
  case KR_OPTION_BOOL: (void)snprintf(text, length, "true or false"); break;
  case KR_OPTION_CHOICE: (void)snprintf(text, length, "one of %s", option->choices); break;
  default:
    if (limited)
      (void)snprintf(text, length, "%s from %.15g to %.15g", number, option->min, option->max);
    else (void)snprintf(text, length, "%s", number);
  }
}

static PetscBool in_range(const KrOption *option, double value)
{
  return option->min >= option->max || (value >= option->min && value <= option->max) ? PETSC_TRUE
                                                                                      : PETSC_FALSE;
}

/* Position of text in "a|b|c", -1 when it is not there. */
static int find_choice(const char choices[], const char text[])
{
  const size_t length = strlen(text);
  const char  *from   = choices;

  for (int i = 0; from != NULL; ++i) {
    const char *bar = strchr(from, '|');

    if (strncmp(from, text, length) == 0 && (from[length] == '|' || from[length] == '\0')) return i;
    from = bar == NULL ? NULL : bar + 1;
  }
  return -1;
}

static PetscBool parse_number(const KrOption *option, const char text[], void *value)
{
  char *end;

  errno = 0;
  if (option->type == KR_OPTION_REAL) {
    const double real = strtod(text, &end);

    if (end == text || *end != '\0' || real - real != 0.0 || !in_range(option, real))
      return PETSC_FALSE;
    *(double *)value = real;
  } else {
    const long long whole = strtoll(text, &end, 10);

    if (end == text || *end != '\0' || errno != 0 || !in_range(option, (double)whole))
      return PETSC_FALSE;
    if (option->type == KR_OPTION_INT64) *(int64_t *)value = whole;
    else if (whole < INT32_MIN || whole > INT32_MAX) return PETSC_FALSE;
    else *(int *)value = (int)whole;
  }
  return PETSC_TRUE;
}

/* Text into the member; false when the text is not a value of the option. */
static PetscBool parse(const KrOption *option, const char text[], void *values)
{
  void *value = member(option, values);

  switch (option->type) {
  case KR_OPTION_STRING:
    if (strlen(text) >= KR_PATH_MAX) return PETSC_FALSE;
    (void)strcpy((char *)value, text);
    return PETSC_TRUE;
  case KR_OPTION_BOOL: {
    const int choice = find_choice("false|true|0|1|no|yes", text);

    *(int *)value = choice & 1;
    return choice >= 0 ? PETSC_TRUE : PETSC_FALSE;
  }
  case KR_OPTION_CHOICE: {
    const int choice = text[0] == '\0' ? -1 : find_choice(option->choices, text);

    *(int *)value = choice;
    return choice >= 0 ? PETSC_TRUE : PETSC_FALSE;
  }
  default: return parse_number(option, text, value);
  }
}

/*
  KrOptionAccepts - Whether a text is a value of an option, as it would have to be on the command line.

  Not collective

  Input:
+ option - of a constant table
. text   - the value
- length - bytes of range

  Output:
. range - what a value has to look like, for messages

  Returns:
  PETSC_TRUE when it is; a text with control characters is none
*/
PetscBool KrOptionAccepts(const KrOption *option, const char text[], char range[], size_t length)
{
  KrOption at_zero = *option;
  union {
    int     choice;
    int64_t whole;
    double  real;
  } value;

  at_zero.offset = 0;
  describe_range(option, range, length);
  for (const char *at = text; *at != '\0'; ++at)
    if (iscntrl((unsigned char)*at)) return PETSC_FALSE;
  if (option->type == KR_OPTION_STRING)
    return text[0] != '\0' && strlen(text) < KR_PATH_MAX ? PETSC_TRUE : PETSC_FALSE;
  return parse(&at_zero, text, &value);
}

/*
  KrOptionsRead - Fills a struct from the options database, by its table.

  Collective on comm

  Input:
+ comm  - reports errors
- table - constant table of the struct

  Output:
. values - the struct; every member named in the table is set, by its default where the user said nothing

  Errors: PETSC_ERR_USER_INPUT naming the option, the text and what would be right
  See:    KrOptionsCheckUnknown(), KrOptionsFormat()
*/
PetscErrorCode KrOptionsRead(MPI_Comm comm, const KrOptionTable *table, void *values)
{
  char      text[KR_PATH_MAX + 1], range[256];
  PetscBool is_set;

  PetscFunctionBeginUser;
  for (int i = 0; i < table->n_options; ++i) {
    const KrOption *option = &table->options[i];

    PetscCheck(parse(option, option->initial, values), comm, PETSC_ERR_PLIB,
               "default of %s is no value", option->name);
    PetscCall(PetscOptionsGetString(NULL, NULL, option->name, text, sizeof text, &is_set));
    if (!is_set) continue;
    if (text[0] == '\0' && option->type == KR_OPTION_BOOL) (void)strcpy(text, "true"); /* -flag */
    describe_range(option, range, sizeof range);
    KR_CHECK_INPUT(text[0] != '\0' && parse(option, text, values), comm, "%s %.500s: must be %s",
                   option->name, text[0] == '\0' ? "(nothing)" : text, range);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void format_choice(const KrOption *option, int choice, char text[], size_t length)
{
  const char *from = option->choices;

  for (int i = 0; i < choice; ++i) from = strchr(from, '|') + 1;
  (void)snprintf(text, length, "%.*s", (int)strcspn(from, "|"), from);
}

/* The shortest text that reads back as the same number. */
static void format_real(double value, char text[], size_t length)
{
  (void)snprintf(text, length, "%.15g", value);
  if (strtod(text, NULL) != value) (void)snprintf(text, length, "%.17g", value);
}

static void format_value(const KrOption *option, const void *values, char text[], size_t length)
{
  const char *value = (const char *)values + option->offset;

  switch (option->type) {
  case KR_OPTION_INT: (void)snprintf(text, length, "%d", *(const int *)value); break;
  case KR_OPTION_INT64:
    (void)snprintf(text, length, "%lld", (long long)*(const int64_t *)value);
    break;
  case KR_OPTION_REAL: format_real(*(const double *)value, text, length); break;
  case KR_OPTION_STRING: (void)snprintf(text, length, "%s", value); break;
  case KR_OPTION_BOOL:
    (void)snprintf(text, length, "%s", *(const int *)value ? "true" : "false");
    break;
  case KR_OPTION_CHOICE: format_choice(option, *(const int *)value, text, length); break;
  }
}

/* Not an empty text, nor a number out of range, which stands for "said by another option": so what is written can be
   read back from an options file. */
static PetscBool can_be_given(const KrOption *option, const void *values, const char value[])
{
  const char *place = (const char *)values + option->offset;

  if (option->type == KR_OPTION_INT) return in_range(option, *(const int *)place);
  return value[0] != '\0' ? PETSC_TRUE : PETSC_FALSE;
}

/*
  KrOptionsFormat - Writes the values of a struct as text, one "-name value" a line, in the table's order.

  Not collective

  Input:
+ table         - constant table of the struct
. values        - the struct
- identity_only - only options that are part of what a campaign is

  In/out:
. text - NULL or malloc'ed text to append to; the caller frees it

  Errors: PETSC_ERR_MEM
*/
PetscErrorCode KrOptionsFormat(const KrOptionTable *table, const void *values,
                               PetscBool identity_only, char **text)
{
  char value[KR_PATH_MAX];

  PetscFunctionBeginUser;
  for (int i = 0; i < table->n_options; ++i) {
    const size_t used = *text == NULL ? 0 : strlen(*text);
    size_t       more;
    char        *longer;

    if (identity_only && !table->options[i].identity) continue;
    format_value(&table->options[i], values, value, sizeof value);
    if (!can_be_given(&table->options[i], values, value)) continue;
    more   = strlen(table->options[i].name) + strlen(value) + 3;
    longer = realloc(*text, used + more);
    PetscCheck(longer != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for options");
    *text = longer;
    (void)snprintf(longer + used, more, "%s %s\n", table->options[i].name, value);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrOptionsHelp - Prints a table for people: name, default, unit, meaning, range.

  Collective on comm; rank 0 prints

  Input:
+ comm  - who prints
- table - constant table
*/
PetscErrorCode KrOptionsHelp(MPI_Comm comm, const KrOptionTable *table)
{
  char range[256];

  PetscFunctionBeginUser;
  PetscCall(PetscPrintf(comm, "%s\n", table->title));
  for (int i = 0; i < table->n_options; ++i) {
    const KrOption *option = &table->options[i];

    describe_range(option, range, sizeof range);
    PetscCall(PetscPrintf(comm, "  %-24s %s%s%s%s\n", option->name, option->help,
                          option->unit[0] == '\0' ? "" : " [", option->unit,
                          option->unit[0] == '\0' ? "" : "]"));
    PetscCall(PetscPrintf(comm, "  %-24s   default %s; %s\n", "",
                          option->initial[0] == '\0' ? "(none)" : option->initial, range));
  }
  PetscCall(PetscPrintf(comm, "\n"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Levenshtein distance of two option names; long names count as far. */
static int edit_distance(const char a[], const char b[])
{
  int    row[64];
  size_t na = strlen(a), nb = strlen(b);

  if (na >= 64 || nb >= 64) return 64;
  for (size_t j = 0; j <= nb; ++j) row[j] = (int)j;
  for (size_t i = 1; i <= na; ++i) {
    int diagonal = row[0];

    row[0] = (int)i;
    for (size_t j = 1; j <= nb; ++j) {
      const int replace = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);

      diagonal = row[j];
      row[j]   = PetscMin(replace, PetscMin(row[j], row[j - 1]) + 1);
    }
  }
  return row[nb];
}

static const char *nearest_option(const char name[], int n_tables,
                                  const KrOptionTable *const tables[])
{
  const char *best     = NULL;
  int         distance = 1 + (int)strlen(name) / 3;

  for (int t = 0; t < n_tables; ++t) {
    for (int i = 0; i < tables[t]->n_options; ++i) {
      const int d = edit_distance(name, tables[t]->options[i].name + 1);

      if (d < distance) {
        distance = d;
        best     = tables[t]->options[i].name;
      }
    }
  }
  return best;
}

/* Options that PETSc and SLEPc read for themselves, at a time of their own. */
static PetscBool is_library_option(const char name[])
{
  static const char *const prefixes[] = {
    "eps_",     "st_",          "bv_",     "ds_",        "svd_",       "pep_",     "nep_",
    "mfn_",     "lme_",         "rg_",     "fn_",        "ksp_",       "pc_",      "snes_",
    "ts_",      "tao_",         "dm_",     "sf_",        "is_",        "ao_",      "mat_",
    "vec_",     "vecscatter_",  "log_",    "info",       "malloc",     "on_error", "petsc",
    "options_", "skip_petscrc", "fp_trap", "checkstack", "memory_view"};

  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(prefixes); ++i)
    if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0) return PETSC_TRUE;
  return PETSC_FALSE;
}

/* Whether a word is in a text of words with commas or spaces between. */
static PetscBool has_word(const char text[], const char word[])
{
  const size_t length = strlen(word);

  for (const char *at = text; (at = strstr(at, word)) != NULL; at += length)
    if ((at == text || strchr(", ", at[-1]) != NULL) &&
        (at[length] == '\0' || strchr(", ", at[length]) != NULL))
      return PETSC_TRUE;
  return PETSC_FALSE;
}

/* Whether the environment variable PETSC_OPTIONS has set an option: another program may have left it there. */
static PetscBool is_in_environment(const char name[])
{
  const char  *text   = getenv("PETSC_OPTIONS");
  const size_t length = strlen(name);

  if (text == NULL || length == 0) return PETSC_FALSE;
  for (const char *at = text; (at = strstr(at, name)) != NULL; at += length)
    if (at > text && at[-1] == '-' && (at[length] == '\0' || strchr(" =\t\n", at[length]) != NULL))
      return PETSC_TRUE;
  return PETSC_FALSE;
}

/* Whether an option is for somebody else: what an options file says to jobs/submit.sh, which checks it; and, where the
   file says what commands it is for, what the caller passes over: a name, or a prefix of one of these commands. */
static PetscBool is_for_others(const char name[], const char commands[],
                               const char *const ignored[])
{
  if (strncmp(name, "resources_", strlen("resources_")) == 0) return PETSC_TRUE;
  for (int i = 0; ignored != NULL && ignored[i] != NULL && commands[0] != '\0'; ++i) {
    const size_t length = strlen(ignored[i]);
    char         word[64];

    (void)snprintf(word, sizeof word, "%.*s", (int)length - 1, ignored[i]);
    if (ignored[i][length - 1] != '_'
          ? strcmp(name, ignored[i]) == 0
          : strncmp(name, ignored[i], length) == 0 && has_word(commands, word))
      return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

/* The commands that an options file says it is for; refused when the one that reads it is not among them. */
static PetscErrorCode read_commands(MPI_Comm comm, const char command[], char commands[256])
{
  PetscBool given;

  PetscFunctionBeginUser;
  commands[0] = '\0';
  PetscCall(PetscOptionsGetString(NULL, NULL, "-command", commands, 256, &given));
  KR_CHECK_INPUT(!given || has_word(commands, command), comm,
                 "-command %s: these options are for another command than %s; take kacrice %s",
                 commands, command, commands);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrOptionsCheckUnknown - Refuses options that the command does not have; a typo must not pass in silence.

  Collective on comm; call it when the tables have been read and before any work

  Input:
+ comm     - reports errors
. command  - name of the command, for the message
. n_tables - number of tables
. tables   - the tables of the command
- ignored  - what an options file for several commands may hold for the others: names, and prefixes "<command>_" of
             those that its -command names; ends with NULL. NULL: nothing

  Errors: PETSC_ERR_USER_INPUT naming the first unknown option and the nearest known one
*/
PetscErrorCode KrOptionsCheckUnknown(MPI_Comm comm, const char command[], int n_tables,
                                     const KrOptionTable *const tables[],
                                     const char *const          ignored[])
{
  PetscInt    n_left;
  char      **names, **values;
  char        unknown[256] = "", commands[256];
  const char *nearest, *from;

  PetscFunctionBeginUser;
  PetscCall(read_commands(comm, command, commands));
  PetscCall(PetscOptionsLeftGet(NULL, &n_left, &names, &values));
  for (PetscInt i = 0; i < n_left && unknown[0] == '\0'; ++i)
    if (!is_library_option(names[i]) && !is_for_others(names[i], commands, ignored))
      (void)snprintf(unknown, sizeof unknown, "%s", names[i]);
  PetscCall(PetscOptionsLeftRestore(NULL, &n_left, &names, &values));
  nearest = nearest_option(unknown, n_tables, tables);
  from    = is_in_environment(unknown) ? "environment variable PETSC_OPTIONS: " : "";
  KR_CHECK_INPUT(unknown[0] == '\0' || nearest == NULL, comm,
                 "%s-%s: kacrice %s has no such option; did you mean %s?", from, unknown, command,
                 nearest);
  KR_CHECK_INPUT(unknown[0] == '\0', comm,
                 "%s-%s: kacrice %s has no such option; see kacrice help %s", from, unknown,
                 command, command);
  PetscFunctionReturn(PETSC_SUCCESS);
}
