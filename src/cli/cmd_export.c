/* kacrice export: the tensor of a disorder sample as a file. */
#include "commands.h"
#include <kacrice/campaign.h>
#include <stdlib.h>

typedef struct {
  int64_t seed, sample;
  char    out[KR_PATH_MAX];
  int     format; /* KrTensorFormat */
} ExportOptions;

#define AT(member) offsetof(ExportOptions, member)

/* clang-format off */
static const KrOption option_list[] = {
  {"-campaign_seed", KR_OPTION_INT64, AT(seed), "1", 0, 9e18, NULL, "",
   "seed of the disorder", PETSC_TRUE},
  {"-campaign_sample", KR_OPTION_INT64, AT(sample), "0", 0, 4294967295.0, NULL, "",
   "number of the disorder sample", PETSC_TRUE},
  {"-export_out", KR_OPTION_STRING, AT(out), "tensor.h5", 0, 0, NULL, "",
   "HDF5 file to write; of files that are there only an older export is replaced", PETSC_FALSE},
  {"-export_format", KR_OPTION_CHOICE, AT(format), "dense", 0, 0, "dense|packed", "",
   "all N^p entries, or coefficients over sorted index tuples", PETSC_FALSE},
};
/* clang-format on */
static const KrOptionTable        export_table = {"Export", option_list,
                                                  PETSC_STATIC_ARRAY_LENGTH(option_list)};
static const KrOptionTable *const tables[]     = {&KrModelOptionTable, &export_table};

const KrOptionTable *const *KrExportTables(int *n_tables)
{
  *n_tables = PETSC_STATIC_ARRAY_LENGTH(tables);
  return tables;
}

/* One order of the model out of its blocks. */
static PetscErrorCode take_tensor(KrModel model, int order, KrTensorData *data)
{
  PetscInt n;
  int64_t  count;

  PetscFunctionBeginUser;
  PetscCall(KrModelGetSize(model, &n));
  count        = KrTensorCount(order, (int)n);
  *data        = (KrTensorData){.order = order, .n = (int)n};
  data->packed = malloc((size_t)count * sizeof *data->packed);
  PetscCheck(data->packed != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM,
             "no memory for %lld coefficients", (long long)count);
  PetscCall(KrModelGetTensor(model, order, data->packed));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The copy of the coefficients that the file is written from. */
static double packed_bytes(int n, const KrMixture *f)
{
  double bytes = 0.0;

  for (int o = 0; o < f->n_orders; ++o) bytes += 8.0 * (double)KrTensorCount(f->order[o], n);
  return bytes;
}

static PetscErrorCode write_sample(const KrModelOptions *model_options, const KrMixture *f,
                                   const ExportOptions *options, const KrFileMeta *meta)
{
  KrModel      model;
  KrTensorData data[KR_MIXTURE_MAX];

  PetscFunctionBeginUser;
  PetscCall(KrModelCreate(PETSC_COMM_SELF, model_options, model_options->n, f, &model));
  PetscCall(KrModelDraw(model, (uint64_t)options->seed, options->sample));
  for (int o = 0; o < f->n_orders; ++o) PetscCall(take_tensor(model, f->order[o], &data[o]));
  PetscCall(KrModelDestroy(&model));
  PetscCall(
    KrTensorFileWrite(options->out, meta, (KrTensorFormat)options->format, f->n_orders, data));
  for (int o = 0; o < f->n_orders; ++o) free(data[o].packed);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KrCommandExport(MPI_Comm world, int n_args, char **args)
{
  KrModelOptions model_options;
  ExportOptions  options;
  KrProvenance   provenance;
  KrFileMeta     meta                    = {.provenance = &provenance};
  char          *text                    = NULL;
  char           message[KR_MESSAGE_MAX] = "";
  KrMixture      f;
  PetscBool      given;
  PetscMPIInt    rank;

  PetscFunctionBeginUser;
  (void)n_args, (void)args;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  PetscCall(KrModelOptionsRead(world, &model_options));
  PetscCall(KrOptionsRead(world, &export_table, &options));
  PetscCall(
    KrOptionsCheckUnknown(world, "export", PETSC_STATIC_ARRAY_LENGTH(tables), tables, NULL));
  KR_CHECK_INPUT(KrModelSpin(&model_options)->couplings[0] == '\0', world,
                 "-model_couplings %s: export writes drawn tensors, this one is a file already",
                 KrModelSpin(&model_options)->couplings);
  if (rank == 0) KrFileCheckOut("-export_out", options.out, KR_FILETYPE_TENSORS, message);
  PetscCall(KrCheckRoot(world, message));
  PetscCall(KrModelOptionsLaw(&model_options, &f, &given));
  PetscCall(KrMemoryPerRank(world, &model_options.memory));
  PetscCall(KrModelCheckMemory(world, 1, &model_options, model_options.n, &f,
                               packed_bytes(model_options.n, &f)));
  PetscCall(KrProvenanceGet(world, &provenance));
  PetscCall(KrModelOptionsFormat(&model_options, PETSC_FALSE, &text));
  PetscCall(KrOptionsFormat(&export_table, &options, PETSC_FALSE, &text));
  meta.options = text;
  if (rank == 0) PetscCall(write_sample(&model_options, &f, &options, &meta));
  PetscCall(PetscPrintf(world, "%s: sample %lld of seed %lld\n", options.out,
                        (long long)options.sample, (long long)options.seed));
  free(text);
  PetscFunctionReturn(PETSC_SUCCESS);
}
