/* The text of an options file as pairs of names and values, judged before any of them is set: what a file may hold, how
   deep it may go, and which names it may set. */
#include "options_file_impl.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
  LINE_MAX_BYTES  = KR_PATH_MAX + 256, /* a name and the longest value */
  BRACKETS_MAX    = 256,               /* of YAML, in the whole file */
  OPTIONS_MAX     = 1000,
  INDICATORS_MAX  = 8,  /* "- - -" at the beginning of a line of YAML */
  INDENTATION_MAX = 128 /* blanks before a line of YAML */
};

/* ---- the text, line by line ---- */

/* A control character that no line of text has, but for the carriage return of other systems; -1: none. */
static int find_control(const char line[], size_t length)
{
  for (size_t i = 0; i < length; ++i)
    if (iscntrl((unsigned char)line[i]) && line[i] != '\t' && !(line[i] == '\r' && i + 1 == length))
      return (unsigned char)line[i];
  return -1;
}

/* Bytes of a line of YAML before its comment. What might be inside of quotes is no comment: with a quote behind it, '#'
   is taken for text. */
static size_t without_comment(const char line[], size_t length)
{
  size_t behind = length; /* the last quote */

  while (behind > 0 && line[behind - 1] != '"' && line[behind - 1] != '\'') --behind;
  for (size_t i = behind; i < length; ++i)
    if (line[i] == '#' && (i == 0 || isspace((unsigned char)line[i - 1]))) return i;
  return length;
}

/* Whether a line has what looks like an anchor or an alias of YAML, "&name" or "*name", wherever a node may begin. In
   quotes it might be a text: that is refused as well, for who knows where quotes end has parsed the YAML. */
static PetscBool has_alias(const char line[], size_t length)
{
  for (size_t i = 0; i + 1 < length; ++i)
    if ((line[i] == '&' || line[i] == '*') &&
        (i == 0 || isspace((unsigned char)line[i - 1]) || strchr("[{,:-?", line[i - 1]) != NULL) &&
        (isalnum((unsigned char)line[i + 1]) || strchr("_-", line[i + 1]) != NULL))
      return PETSC_TRUE;
  return PETSC_FALSE;
}

/* Nesting, in any form, is limited by the text alone: parsers of YAML call themselves for each level, and aliases make
   any tree of a short text, also one without end. */
static void judge_yaml(const char line[], size_t length, int number, int *n_brackets,
                       char message[KR_MESSAGE_MAX])
{
  const size_t indentation = strspn(line, " "), n_used = without_comment(line, length);
  size_t       i = indentation, n_indicators = 0;

  while (i + 1 < n_used && strchr("-?", line[i]) != NULL && line[i + 1] == ' ') {
    n_indicators += 1;
    i += 1 + strspn(line + i + 1, " ");
  }
  for (size_t j = 0; j < n_used; ++j) *n_brackets += line[j] == '[' || line[j] == '{';
  if (indentation < n_used && (indentation > INDENTATION_MAX || n_indicators > INDICATORS_MAX))
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "line %d: is nested too deeply; options are \"name: value\" lines", number);
  else if (*n_brackets > BRACKETS_MAX)
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "line %d: more than %d brackets; options are \"name: value\" lines", number,
                   BRACKETS_MAX);
  else if (has_alias(line, n_used))
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "line %d: holds an anchor or an alias (&name, *name), which options have no use "
                   "for",
                   number);
}

/* What no options file may hold, before any parser sees it. */
static void judge_lines(const char text[], size_t length, PetscBool is_yaml,
                        char message[KR_MESSAGE_MAX])
{
  int n_brackets = 0, number = 1;

  for (size_t from = 0; from < length && message[0] == '\0'; ++number) {
    const char  *newline = memchr(text + from, '\n', length - from);
    const size_t n       = newline == NULL ? length - from : (size_t)(newline - text) - from;
    const int    control = find_control(text + from, n);

    if (control == 0)
      (void)snprintf(message, KR_MESSAGE_MAX, "holds a zero byte, it is no text; write it anew");
    else if (control > 0)
      (void)snprintf(message, KR_MESSAGE_MAX,
                     "line %d: holds the control character %d, it is no text; write it anew",
                     number, control);
    else if (n > LINE_MAX_BYTES)
      (void)snprintf(message, KR_MESSAGE_MAX,
                     "line %d: has %zu bytes; the longest value of an option has %d", number, n,
                     KR_PATH_MAX - 1);
    else if (is_yaml) judge_yaml(text + from, n, number, &n_brackets, message);
    from += n + 1;
  }
}

/* ---- pairs ---- */

static PetscErrorCode add_pair(KrOptionPairs *pairs, const char name[], size_t n_name,
                               const char value[], size_t n_value)
{
  const size_t count  = (size_t)pairs->count + 1;
  char       **names  = realloc(pairs->names, count * sizeof *names);
  char       **values = names == NULL ? NULL : realloc(pairs->values, count * sizeof *values);

  PetscFunctionBeginUser;
  if (names != NULL) pairs->names = names;
  if (values != NULL) pairs->values = values;
  PetscCheck(names != NULL && values != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM,
             "no memory for options");
  names[pairs->count]  = malloc(n_name + 2);
  values[pairs->count] = value == NULL ? NULL : strndup(value, n_value);
  PetscCheck(names[pairs->count] != NULL && (value == NULL || values[pairs->count] != NULL),
             PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for options");
  names[pairs->count][0] = '-';
  (void)memcpy(names[pairs->count] + 1, name, n_name);
  names[pairs->count][n_name + 1] = '\0';
  pairs->count += 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Frees what the pairs own; may be called twice. */
void KrOptionPairsDestroy(KrOptionPairs *pairs)
{
  for (int i = 0; i < pairs->count; ++i) {
    free(pairs->names[i]);
    free(pairs->values[i]);
  }
  free(pairs->names);
  free(pairs->values);
  *pairs = (KrOptionPairs){0};
}

/* A line "-name value" without comment; the value is all behind the name, without quotes around it. */
static PetscErrorCode parse_line(const char line[], size_t length, int number, KrOptionPairs *pairs,
                                 char message[KR_MESSAGE_MAX])
{
  const char  *comment = memchr(line, '#', length), *value, *end;
  const size_t n_used  = comment == NULL ? length : (size_t)(comment - line);
  size_t       n_name;

  PetscFunctionBeginUser;
  end = line + n_used;
  while (end > line && isspace((unsigned char)end[-1])) --end;
  while (line < end && isspace((unsigned char)*line)) ++line;
  if (line == end) PetscFunctionReturn(PETSC_SUCCESS);
  for (n_name = 0; line + n_name < end && !isspace((unsigned char)line[n_name]);) ++n_name;
  value = line + n_name;
  while (value < end && isspace((unsigned char)*value)) ++value;
  if (line[0] != '-' || n_name < 2 || !isalpha((unsigned char)line[1])) {
    (void)snprintf(message, KR_MESSAGE_MAX, "line %d: \"%.*s\": must be \"-name value\"", number,
                   (int)PetscMin(n_name, 60), line);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  for (const char *at = value; at + 2 < end; ++at)
    if (isspace((unsigned char)at[0]) && at[1] == '-' && isalpha((unsigned char)at[2]) &&
        *value != '"' && *value != '\'') {
      (void)snprintf(message, KR_MESSAGE_MAX,
                     "line %d: %.*s: more than one option; give one a line, and a value with "
                     "spaces in quotes",
                     number, (int)PetscMin(n_name, 60), line);
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  if (end - value >= 2 && (*value == '"' || *value == '\'') && end[-1] == *value) {
    ++value;
    --end;
  }
  PetscCall(
    add_pair(pairs, line + 1, n_name - 1, value == end ? NULL : value, (size_t)(end - value)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode parse_lines(const char text[], size_t length, KrOptionPairs *pairs,
                                  char message[KR_MESSAGE_MAX])
{
  int number = 1;

  PetscFunctionBeginUser;
  for (size_t from = 0; from < length && message[0] == '\0'; ++number) {
    const char  *newline = memchr(text + from, '\n', length - from);
    const size_t n       = newline == NULL ? length - from : (size_t)(newline - text) - from;

    PetscCall(parse_line(text + from, n, number, pairs, message));
    from += n + 1;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Called by PETSc for each option that it finds in the YAML, also for a second one of the same name. */
#if PETSC_VERSION_LT(3, 20, 0)
static PetscErrorCode notice(const char name[], const char value[], void *context)
#else
static PetscErrorCode notice(const char name[], const char value[], PetscOptionSource source,
                             void *context)
#endif
{
  PetscFunctionBeginUser;
#if PETSC_VERSION_GE(3, 20, 0)
  (void)source;
#endif
  name += strspn(name, "-");
  PetscCall(add_pair(context, name, strlen(name), value, value == NULL ? 0 : strlen(value)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* PETSc reads YAML into a database of its own, which is thrown away. */
static PetscErrorCode parse_yaml(const char text[], KrOptionPairs *pairs,
                                 char message[KR_MESSAGE_MAX])
{
  PetscOptions   options;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscOptionsCreate(&options));
  PetscCall(PetscOptionsPush(options));
  PetscCall(PetscOptionsMonitorSet(notice, pairs, NULL));
  PetscCall(PetscPushErrorHandler(PetscReturnErrorHandler, NULL));
  code = PetscOptionsInsertStringYAML(NULL, text);
  PetscCall(PetscPopErrorHandler());
  PetscCall(PetscOptionsPop());
  PetscCall(PetscOptionsDestroy(&options));
  if (code != 0)
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "not understood; give \"-name value\" lines, or \"name: value\" lines in a "
                   "file named .yaml");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Options about options, which would read other files or tell of what was read. */
static PetscBool is_about_options(const char name[])
{
  static const char *const prefixes[] = {"-options_", "-prefix_", "-skip_petscrc", "-petsc_ci"};

  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(prefixes); ++i)
    if (strncasecmp(name, prefixes[i], strlen(prefixes[i])) == 0) return PETSC_TRUE;
  return PETSC_FALSE;
}

/* How many bytes a text begins with that can be seen. */
static size_t count_graphic(const char text[])
{
  size_t n = 0;

  while (isgraph((unsigned char)text[n])) ++n;
  return n;
}

/* The database of PETSc does not tell capitals from small letters. */
static void judge_pairs(const KrOptionPairs *pairs, char message[KR_MESSAGE_MAX])
{
  if (pairs->count > OPTIONS_MAX)
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "holds %d options, more than the %d that a file may have", pairs->count,
                   OPTIONS_MAX);
  for (int i = 0; i < pairs->count && message[0] == '\0'; ++i) {
    const char  *name = pairs->names[i], *value = pairs->values[i];
    const size_t n_graphic = count_graphic(name);

    if (!isalpha((unsigned char)name[1]) || n_graphic < strlen(name)) {
      (void)snprintf(message, KR_MESSAGE_MAX, "\"%.*s\": is no name of an option",
                     (int)PetscMin(n_graphic, 100) - 1, name + 1);
      return;
    }
    for (int j = 0; j < i && message[0] == '\0'; ++j)
      if (strcasecmp(pairs->names[j], name) == 0)
        (void)snprintf(message, KR_MESSAGE_MAX, "%.100s: stands there more than once; give it once",
                       name);
    if (message[0] != '\0') return;
    if (strncasecmp(name, "-options_file", strlen("-options_file")) == 0)
      (void)snprintf(message, KR_MESSAGE_MAX,
                     "-options_file: one file is read, and no other from it");
    else if (is_about_options(name))
      (void)snprintf(message, KR_MESSAGE_MAX,
                     "%.100s: is no option for a file; give it on the command line", name);
    else if (value != NULL && strlen(value) >= KR_PATH_MAX)
      (void)snprintf(message, KR_MESSAGE_MAX, "%.100s: its value has %zu bytes; the longest has %d",
                     name, strlen(value), KR_PATH_MAX - 1);
    else if (value != NULL && find_control(value, strlen(value)) >= 0)
      (void)snprintf(message, KR_MESSAGE_MAX, "%.100s: its value holds a line feed", name);
  }
}

/* Options out of the text of a file, which ends with a zero behind its `length` bytes; what is wrong with it,
   and where, into message, which is left alone when all is well. Not collective; the caller destroys the pairs. */
PetscErrorCode KrOptionPairsParse(const char text[], size_t length, PetscBool is_yaml,
                                  KrOptionPairs *pairs, char message[KR_MESSAGE_MAX])
{
  PetscFunctionBeginUser;
  *pairs = (KrOptionPairs){0};
  judge_lines(text, length, is_yaml, message);
  if (message[0] == '\0' && is_yaml) PetscCall(parse_yaml(text, pairs, message));
  if (message[0] == '\0' && !is_yaml) PetscCall(parse_lines(text, length, pairs, message));
  if (message[0] == '\0') judge_pairs(pairs, message);
  PetscFunctionReturn(PETSC_SUCCESS);
}
