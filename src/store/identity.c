/* Does a record belong to a campaign? The lines "-name value" that make a campaign what it is must be the same, but for
   those that say how far a census goes: they may have grown (docs/adr/0013-extending-in-place.md). */
#include "sample_file.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Length of the line that text begins with. */
static int line_length(const char text[])
{
  return (int)strcspn(text, "\n");
}

/* The value of a line "name value", or NULL when it has another name. */
static const char *value_of(const char line[], const char name[])
{
  const size_t length = strlen(name);

  return strncmp(line, name, length) == 0 && line[length] == ' ' ? line + length + 1 : NULL;
}

/* What an identity says of an option, up to the end of its line; NULL: nothing. */
const char *KrIdentityValue(const char identity[], const char option[])
{
  while (identity != NULL && *identity != '\0') {
    const char *value = value_of(identity, option);

    if (value != NULL) return value;
    identity += line_length(identity);
    identity += *identity == '\n';
  }
  return NULL;
}

/* Whether an identity says this of an option. */
int KrIdentityIs(const char identity[], const char option[], const char value[])
{
  const char *said = KrIdentityValue(identity, option);

  return said != NULL && line_length(said) == (int)strlen(value) &&
         strncmp(said, value, strlen(value)) == 0;
}

/* The identity of a file, malloc'ed; NULL when it has none. */
void KrH5IdentityRead(KrH5 *file, char **identity)
{
  htri_t exists;

  *identity = NULL;
  KR_CALL_H5(file, exists, H5Aexists(file->id, "identity"));
  if (exists > 0) KrH5TextRead(file, "identity", identity);
}

/* Numbers of a record must be those of the options that it was made with, where its identity tells them. */
void KrH5CheckOptions(KrH5 *file, const char identity[], int n_fields, const KrOptionField fields[],
                      const void *record)
{
  for (int i = 0; i < n_fields; ++i) {
    const char *said = KrIdentityValue(identity, fields[i].option);
    const void *at   = (const char *)record + fields[i].offset;
    int64_t     is = fields[i].type == KR_FIELD_INT32 ? *(const int32_t *)at : *(const int64_t *)at;

    if (said != NULL && strtoll(said, NULL, 10) != is)
      KrH5Fail(file, "it was made with %s %.*s, and holds %lld", fields[i].option,
               line_length(said), said, (long long)is);
  }
}

/* Whether both lines say how far a census goes; each has its part of the reach filled in. */
static int read_reach(const char was[], const char now[], KrReach reach[2])
{
  const char *lines[2] = {was, now};
  int         n_read   = 0;

  for (int i = 0; i < 2; ++i) {
    const char *starts  = value_of(lines[i], "-search_starts");
    const char *missing = value_of(lines[i], "-census_missing");

    if (starts != NULL) reach[i].starts = strtoll(starts, NULL, 10);
    if (missing != NULL) reach[i].missing = strtod(missing, NULL);
    n_read += starts != NULL ? 1 : missing != NULL ? 4 : 0;
  }
  return n_read == 2 || n_read == 8;
}

/* Order 0 says nothing, and campaign.json does not tell it. */
static const char *skip_silent(const char *line)
{
  static const char silent[] = "-model_p 0\n";

  return strncmp(line, silent, strlen(silent)) == 0 ? line + strlen(silent) : line;
}

/*
  KrIdentityCompare - Compares what makes two campaigns what they are.

  Not collective

  Input:
+ was - KrFileMeta.identity of a record
- now - of the campaign it lies in

  Output:
+ reach   - how far the census of the record goes, and that of the campaign; both 0 where neither text says it
- message - what differs beyond that, "" for nothing; KR_IDENTITY_MESSAGE bytes

  Errors: none
  See:    KrReachGrows(), KrSampleGoesOn()
*/
void KrIdentityCompare(const char was[], const char now[], KrReach reach[2],
                       char message[KR_IDENTITY_MESSAGE])
{
  reach[0] = reach[1] = (KrReach){0};
  message[0]          = '\0';
  while (*was != '\0' || *now != '\0') {
    int n, m;

    was = skip_silent(was);
    now = skip_silent(now);
    n   = line_length(was);
    m   = line_length(now);

    if (!read_reach(was, now, reach) && (n != m || strncmp(was, now, (size_t)n) != 0)) {
      (void)snprintf(message, KR_IDENTITY_MESSAGE, "it has \"%.*s\", here it is \"%.*s\"", n, was,
                     m, now);
      return;
    }
    was += n + (was[n] == '\n');
    now += m + (now[m] == '\n');
  }
}

static void refuse(KrH5 *file, const char message[])
{
  KrH5Fail(file, "it belongs to another campaign: %s", message);
  file->is_foreign = 1;
}

static void refuse_reach(KrH5 *file, const KrReach reach[2])
{
  char message[KR_IDENTITY_MESSAGE];

  (void)snprintf(message, sizeof message,
                 "it has -search_starts %lld and -census_missing %g, here they are %lld and %g",
                 (long long)reach[0].starts, reach[0].missing, (long long)reach[1].starts,
                 reach[1].missing);
  refuse(file, message);
}

/* Reads the identity of a file, which must be that of the campaign or one that has grown to it. Sets `grown` to
   whether it has, and the reach of both. */
static void compare_file(KrH5 *file, const char identity[], KrReach reach[2], int *grown)
{
  char message[KR_IDENTITY_MESSAGE] = "", *stored = NULL;

  *grown = 0;
  KrH5TextRead(file, "identity", &stored);
  if (stored == NULL) return; /* which is a failure */
  KrIdentityCompare(stored, identity, reach, message);
  free(stored);
  *grown = reach[0].starts != reach[1].starts || reach[0].missing != reach[1].missing;
  if (message[0] != '\0') refuse(file, message);
  else if (!KrReachGrows(&reach[0], &reach[1])) refuse_reach(file, reach);
}

/* Whether a finished record of the campaign has to be taken up, as the campaign was extended since. Fails when it is of
   another one. Formats before 2.2 do not tell how the search ended. */
int KrH5GoesOn(KrH5 *file, const char identity[], const KrSample *sample)
{
  KrReach reach[2] = {{0}, {0}};
  int     grown;

  compare_file(file, identity, reach, &grown);
  return grown && (file->minor < 2 || KrSampleGoesOn(sample, &reach[0], &reach[1]));
}

/* Fails when the state of an unfinished record is none of the campaign. Before format 2.2 it does not tell a round from
   the end of the starts, so that it cannot grow. */
void KrH5CheckState(KrH5 *file, const char identity[])
{
  KrReach reach[2] = {{0}, {0}};
  int     grown;

  compare_file(file, identity, reach, &grown);
  if (grown && file->minor < 2)
    KrH5Fail(file, "the campaign was extended, and its format 2.%d cannot be", file->minor);
}

/* Fails when a record that is made once, and never taken further, is none of the campaign, or of it before it was
   extended. */
void KrH5CheckIdentity(KrH5 *file, const char identity[])
{
  KrReach reach[2] = {{0}, {0}};
  int     grown;

  compare_file(file, identity, reach, &grown);
  if (grown && !file->is_foreign) refuse_reach(file, reach);
}
