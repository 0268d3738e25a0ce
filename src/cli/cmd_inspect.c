/* kacrice inspect PATH: a campaign folder, a study, or one of their files. */
#include "commands.h"
#include <kacrice/campaign.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct {
  int64_t sample; /* -1: none */
} InspectOptions;

/* clang-format off */
static const KrOption option_list[] = {
  {"-inspect_sample", KR_OPTION_INT64, offsetof(InspectOptions, sample), "-1", -1, 4294967295.0, NULL, "",
   "of a campaign folder: print the points of this sample; -1: none", PETSC_FALSE},
};
/* clang-format on */
static const KrOptionTable        inspect_table = {"Inspect", option_list,
                                                   PETSC_STATIC_ARRAY_LENGTH(option_list)};
static const KrOptionTable *const tables[]      = {&inspect_table};

const KrOptionTable *const *KrInspectTables(int *n_tables)
{
  *n_tables = PETSC_STATIC_ARRAY_LENGTH(tables);
  return tables;
}

static void print_json(const char folder[], const char name[])
{
  const size_t most = 1 << 24; // bytes
  char         path[KR_PATH_MAX + 32], *text;
  size_t       n_bytes;
  int          status;

  (void)snprintf(path, sizeof path, "%s/%s", folder, name);
  status = KrFileRead(path, most, &text, &n_bytes);
  if (status == 0) printf("%s\n%s\n", path, text);
  else if (status == ENOENT) printf("%s: not there yet\n\n", path);
  else printf("%s: cannot be read: %s\n\n", path, KrFileError(status));
  free(text);
}

/* How many points are proved, by what is. */
static void print_certified(const KrSample *sample)
{
  int64_t n_all = 0, n_index = 0, n_exists = 0;

  for (int64_t i = 0; i < sample->n_points; ++i) {
    const int certificate = sample->points[i].certificate;

    n_all += certificate == KR_CERTIFIED_ALL;
    n_index += (certificate & KR_CERTIFIED_INDEX) != 0;
    n_exists += (certificate & KR_CERTIFIED_EXISTS) != 0;
  }
  printf(
    "certified %lld of %lld points (%.6f): existence %lld, index %lld, distinct with both %lld\n",
    (long long)n_all, (long long)sample->n_points,
    sample->n_points > 0 ? (double)n_all / (double)sample->n_points : 1.0, (long long)n_exists,
    (long long)n_index, (long long)n_all);
}

/* What the list has, in words: regular points, singular ones, sets of positive dimension. */
static void print_degenerate(const KrSample *sample)
{
  const char *const entry = sample->symmetry == KR_PARITY_NONE ? "points" : "pairs";

  if (sample->n_singular + sample->n_continua == 0) return;
  printf("%lld %s, %lld of them singular%s\n", (long long)(sample->n_points - sample->n_continua),
         entry, (long long)sample->n_singular,
         sample->n_continua > 0 ? ", and sets of critical points: no number of points" : "");
  for (int64_t i = 0; i < sample->n_points; ++i) {
    const KrPoint *point = &sample->points[i];

    if (point->nullity == 0) continue;
    if (point->dimension > 0)
      printf("a set of dimension %d at e = %.12g: across it %d negative and %d null directions\n",
             (int)point->dimension, point->energy, (int)point->index,
             (int)(point->nullity - point->dimension));
    else
      printf("a singular point at e = %.12g: %d negative and %d null directions", point->energy,
             (int)point->index, (int)point->nullity);
    if (point->dimension == 0 && point->degree != KR_DEGREE_UNKNOWN)
      printf(", Morse index %d", (int)point->degree);
    if (point->dimension == 0 && point->multiplicity > 0)
      printf(", multiplicity %d", (int)point->multiplicity);
    if (point->dimension == 0) printf("\n");
  }
}

static PetscErrorCode print_sample(const char folder[], int64_t number)
{
  KrSample sample;

  PetscFunctionBeginUser;
  PetscCall(KrShardRead(folder, number, NULL, &sample));
  printf("sample %lld: %lld starts, %lld found %lld distinct points%s\n", (long long)number,
         (long long)sample.starts, (long long)sample.reasons[KR_FOUND], (long long)sample.n_points,
         sample.symmetry == KR_PARITY_NONE ? "" : " (each with its antipode)");
  printf("verdict %s: %.3g of these points estimated missing after %d rounds\n",
         KrVerdictName(sample.verdict), sample.missing, (int)sample.rounds);
  if (sample.paths > 0)
    printf("homotopy: %lld paths, %lld different ends, %lld paths followed again\n",
           (long long)sample.paths, (long long)sample.paths_distinct,
           (long long)(sample.paths_followed - sample.paths));
  printf("coverage %.6f, Chao1 missing %.3g, Euler sum %lld (%s), parity %s\n", sample.coverage,
         sample.chao1_missing, (long long)sample.euler_sum,
         !sample.euler_checked ? "not checked"
         : sample.euler_failed ? "WRONG"
                               : "right",
         !sample.parity_checked ? "not checked"
         : sample.parity_failed ? "WRONG"
                                : "right");
  print_degenerate(&sample);
  print_certified(&sample);
  printf("%22s %5s %22s %10s %10s %10s %10s %8s\n", "e", "k", "mu", "lambda_min", "margin",
         "residual", "radius", "hits");
  for (int64_t i = 0; i < sample.n_points; ++i) {
    const KrPoint *point = &sample.points[i];

    char index[32];

    if (point->nullity == 0) (void)snprintf(index, sizeof index, "%d", (int)point->index);
    else (void)snprintf(index, sizeof index, "%d+%d?", (int)point->index, (int)point->nullity);
    printf("%22.15f %5s %22.15f %10.3e %10.3e %10.3e %10.3e %8lld\n", point->energy, index,
           point->mu, point->lambda_min, point->margin, point->residual, point->radius,
           (long long)point->hits);
  }
  KrSampleDestroy(&sample);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A record of any type that has a schema. */
static PetscErrorCode print_record(const char path[], const KrRecordType *type, int64_t number)
{
  void *record = calloc(1, type->size);

  PetscFunctionBeginUser;
  PetscCheck(record != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for a record");
  PetscCall(KrRecordFileRead(path, type, number, NULL, record));
  KrRecordPrint(stdout, type, record);
  KrRecordDestroy(type, record);
  free(record);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A sample of any task, by what its file says. */
static PetscErrorCode print_any(const char folder[], int64_t number, char message[KR_MESSAGE_MAX])
{
  char                path[KR_PATH_MAX];
  KrFileInfo          info;
  const KrRecordType *type;

  PetscFunctionBeginUser;
  PetscCall(KrShardPath(folder, number, path, sizeof path));
  PetscCall(KrFileInfoRead(path, &info));
  type = KrRecordFind(info.filetype);
  if (type != NULL) PetscCall(print_record(path, type, number));
  else if (strcmp(info.filetype, KR_FILETYPE_SAMPLE) == 0) PetscCall(print_sample(folder, number));
  else if (KrFileTypeAbout(info.filetype) != NULL)
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "%.500s: is no sample but a file of type \"%s\" (%s); kacrice inspect prints it "
                   "by its name",
                   path, info.filetype, KrFileTypeAbout(info.filetype));
  else
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "%.500s: its file type \"%s\" is none that this kacrice writes; a newer one may "
                   "know it",
                   path, info.filetype);
  KrFileInfoDestroy(&info);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A file by its name: where it is from, then its record, or what data sets it has. */
static PetscErrorCode print_file(const char path[])
{
  KrFileInfo          info;
  const char         *about;
  const KrRecordType *type;

  PetscFunctionBeginUser;
  PetscCall(KrFileInfoRead(path, &info));
  about = KrFileTypeAbout(info.filetype);
  type  = KrRecordFind(info.filetype);
  printf("%s: %s, format %d.%d\n%s%swritten %s by %s %s (%s) on %s, %d ranks\n%s\n%s\noptions:\n%s",
         path, info.filetype, info.version[0], info.version[1], about == NULL ? "" : about,
         about == NULL ? "" : "\n", info.created, info.program, info.program_version, info.git_hash,
         info.host, info.ranks, info.compiler, info.libraries, info.options);
  if (type != NULL) PetscCall(print_record(path, type, -1));
  printf("data sets:\n");
  PetscCall(KrFileContentsPrint(stdout, path));
  KrFileInfoDestroy(&info);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode print_campaign(const char folder[])
{
  PetscFunctionBeginUser;
  PetscCall(KrFolderPrint(folder));
  print_json(folder, "campaign.json");
  print_json(folder, "summary.json");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A line or more for each campaign of a study; a message when there is none. */
static PetscErrorCode print_study(const char folder[], char message[KR_MESSAGE_MAX])
{
  int    count;
  char **campaigns;

  PetscFunctionBeginUser;
  PetscCall(KrStudyList(folder, &count, &campaigns));
  if (count == 0)
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "%.500s: is no campaign folder, it has no campaign.json, nor a study, whose "
                   "subfolders are campaigns",
                   folder);
  else printf("%s: a study of %d campaigns\n", folder, count);
  for (int c = 0; c < count; ++c) PetscCall(KrFolderPrint(campaigns[c]));
  KrStudyDestroy(count, campaigns);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode inspect(const char path[], const InspectOptions *options,
                              char message[KR_MESSAGE_MAX])
{
  struct stat status;
  PetscBool   exists;

  PetscFunctionBeginUser;
  if (stat(path, &status) != 0) {
    (void)snprintf(message, KR_MESSAGE_MAX, "%.500s: no such file or folder", path);
  } else if (!S_ISDIR(status.st_mode)) {
    PetscCall(print_file(path));
  } else if (!KrFolderIsCampaign(path)) {
    PetscCall(print_study(path, message));
  } else if (options->sample >= 0) {
    PetscCall(KrShardExists(path, options->sample, &exists));
    if (exists) PetscCall(print_any(path, options->sample, message));
    else
      (void)snprintf(message, KR_MESSAGE_MAX,
                     "-inspect_sample %lld: that sample is not done in %.500s",
                     (long long)options->sample, path);
  } else {
    PetscCall(print_campaign(path));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KrCommandInspect(MPI_Comm world, int n_args, char **args)
{
  InspectOptions options;
  char           message[KR_MESSAGE_MAX] = "";
  PetscMPIInt    rank;

  PetscFunctionBeginUser;
  (void)n_args;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  PetscCall(KrOptionsRead(world, &inspect_table, &options));
  PetscCall(
    KrOptionsCheckUnknown(world, "inspect", PETSC_STATIC_ARRAY_LENGTH(tables), tables, NULL));
  if (rank == 0) PetscCall(inspect(args[0], &options, message));
  PetscCall(KrCheckRoot(world, message));
  PetscFunctionReturn(PETSC_SUCCESS);
}
