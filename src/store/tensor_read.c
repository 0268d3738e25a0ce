/* Coupling tensors that a user brings: read and checked by the first rank, then broadcast. */
#include "tensor_impl.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Largest asymmetry, of the largest entry: tensors symmetrised in another order of sums pass. */
#define SYMMETRY_TOL   1e-12 /* in any type */
#define SYMMETRY_UNITS 8.0   /* in units of the last place of the stored type */

typedef struct { /* two entries that should be equal */
  int    tuple[KR_TENSOR_MAX_ORDER];
  double entry, sorted_entry, difference;
} Mismatch;

typedef struct {
  KrTuples tuples;
  double  *packed; // entries of the sorted tuples
  double   largest;
  Mismatch worst;
} DenseScan;

/* A data set that is read, and what takes the entries of its blocks. */
typedef struct Reading Reading;
struct Reading {
  const char *name;
  hid_t       set;
  int         n_dims;
  int64_t     extent; /* of each dimension */
  double      memory; /* for a block, bytes */
  void (*take)(KrH5 *file, const Reading *reading, const KrH5Block *block, const double entries[]);
  void *context;
};

/* A number that is not finite is named with its place. */
static void fail_not_finite(KrH5 *file, const char name[], int order, const int tuple[],
                            double value)
{
  char place[256];

  KrTupleFormat(order, tuple, place, sizeof place);
  KrH5Fail(file, "data set \"%s\" holds %s at %s; all must be finite numbers", name,
           isnan(value) ? "NaN" : "an infinity", place);
}

/* Takes one entry: the sorted tuple comes first among its orders, the others are compared with it. */
static void scan_entry(DenseScan *scan, const int tuple[], double entry)
{
  const int order = scan->tuples.order;
  int       sorted[KR_TENSOR_MAX_ORDER];
  int64_t   position;
  double    difference;

  KrTupleSort(order, tuple, sorted);
  position = KrTuplesPosition(&scan->tuples, sorted);
  if (memcmp(tuple, sorted, (size_t)order * sizeof *tuple) == 0) {
    scan->packed[position] = entry;
    scan->largest          = fmax(scan->largest, fabs(entry));
    return;
  }
  difference = fabs(entry - scan->packed[position]);
  if (difference > scan->worst.difference) {
    scan->worst.difference   = difference;
    scan->worst.entry        = entry;
    scan->worst.sorted_entry = scan->packed[position];
    memcpy(scan->worst.tuple, tuple, (size_t)order * sizeof *tuple);
  }
}

/* Takes a block of a dense tensor. */
static void take_dense(KrH5 *file, const Reading *reading, const KrH5Block *block,
                       const double entries[])
{
  DenseScan *scan  = reading->context;
  const int  order = scan->tuples.order;
  int        tuple[KR_TENSOR_MAX_ORDER];

  for (int k = 0; k < order; ++k) tuple[k] = (int)block->start[k];
  for (int64_t i = 0; i < block->size && file->failure[0] == '\0'; ++i) {
    if (!isfinite(entries[i])) fail_not_finite(file, reading->name, order, tuple, entries[i]);
    scan_entry(scan, tuple, entries[i]);
    KrH5BlockNext(block, tuple);
  }
}

/* Bytes of a chunk as they are in memory, and its sides; 0 when the data set is in one piece. */
static double find_chunk(KrH5 *file, const Reading *reading, hsize_t chunk[])
{
  double bytes = 0.0;
  hid_t  creation, type;

  KR_CALL_H5(file, creation, H5Dget_create_plist(reading->set));
  KR_CALL_H5(file, type, H5Dget_type(reading->set));
  if (type >= 0 && H5Pget_layout(creation) == H5D_CHUNKED &&
      H5Pget_chunk(creation, reading->n_dims, chunk) == reading->n_dims) {
    bytes = (double)H5Tget_size(type);
    for (int k = 0; k < reading->n_dims; ++k) bytes *= (double)chunk[k];
  }
  if (type >= 0) H5Tclose(type);
  if (creation >= 0) H5Pclose(creation);
  return bytes;
}

/* Blocks along the chunks where there are any and memory allows it. */
static KrH5Blocks choose_blocks(KrH5 *file, const Reading *reading)
{
  const double     gigabyte = 1e9;
  const KrH5Blocks rows     = KrH5BlocksOf(reading->n_dims, reading->extent);
  hsize_t          chunk[KR_TENSOR_MAX_ORDER];
  const double     bytes = find_chunk(file, reading, chunk);
  KrH5Blocks       whole;

  if (bytes == 0.0) return rows;
  if (bytes > reading->memory)
    KrH5Fail(
      file, "data set \"%s\" has chunks of %.3g GB, for which %.3g GB are left; write smaller ones",
      reading->name, bytes / gigabyte, reading->memory / gigabyte);
  whole = KrH5BlocksAlong(reading->n_dims, reading->extent, chunk);
  if ((double)whole.size * sizeof(double) + bytes <= reading->memory) return whole;
  if (file->failure[0] == '\0')
    (void)fprintf(
      stderr,
      "kacrice: warning: %s: data set \"%s\" has chunks of which %.3g GB would have to be in "
      "memory at once; "
      "they are read many times instead, write it contiguous or with chunks of equal sides\n",
      file->path, reading->name, (double)whole.size * sizeof(double) / gigabyte);
  return rows;
}

/* Reads a data set block by block: the one loop of all tensors. */
static void read_blocks(KrH5 *file, const Reading *reading)
{
  const KrH5Blocks blocks  = choose_blocks(file, reading);
  double          *entries = malloc((size_t)blocks.size * sizeof *entries);
  herr_t           status;
  hid_t            space, memory;

  if (entries == NULL) KrH5Fail(file, "no memory to read data set \"%s\"", reading->name);
  KR_CALL_H5(file, space, H5Dget_space(reading->set));
  for (int64_t b = 0; b < blocks.n_blocks && file->failure[0] == '\0'; ++b) {
    const KrH5Block block = KrH5BlocksGet(&blocks, b);
    const hsize_t   size  = (hsize_t)block.size;

    KR_CALL_H5(file, memory, H5Screate_simple(1, &size, NULL));
    KrH5BlockSelect(file, &block, space);
    KR_CALL_H5(file, status,
               H5Dread(reading->set, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, entries));
    if (memory >= 0) H5Sclose(memory);
    if (file->failure[0] == '\0') (*reading->take)(file, reading, &block, entries);
  }
  if (space >= 0) H5Sclose(space);
  free(entries);
}

/* Largest asymmetry that is rounding, of the largest entry: of a tensor that was symmetrised in the stored type. */
static double symmetry_tolerance(KrH5 *file, hid_t set, int *is_narrow)
{
  size_t sign, exponent, exponent_bits, mantissa, mantissa_bits = DBL_MANT_DIG - 1;
  hid_t  type;

  KR_CALL_H5(file, type, H5Dget_type(set));
  if (type >= 0 && H5Tget_class(type) == H5T_FLOAT)
    H5Tget_fields(type, &sign, &exponent, &exponent_bits, &mantissa, &mantissa_bits);
  if (type >= 0) H5Tclose(type);
  *is_narrow = mantissa_bits < DBL_MANT_DIG - 1;
  return fmax(SYMMETRY_TOL, SYMMETRY_UNITS * ldexp(1.0, -(int)mantissa_bits));
}

/* Refuses a tensor whose entries depend on the order of the indices. */
static void check_symmetry(KrH5 *file, const char name[], hid_t set, const DenseScan *scan)
{
  const int order = scan->tuples.order;
  int       sorted[KR_TENSOR_MAX_ORDER], is_narrow;
  double    tolerance = symmetry_tolerance(file, set, &is_narrow);
  char      place[256], sorted_place[256];

  if (scan->worst.difference <= tolerance * scan->largest) return;
  KrTupleSort(order, scan->worst.tuple, sorted);
  KrTupleFormat(order, scan->worst.tuple, place, sizeof place);
  KrTupleFormat(order, sorted, sorted_place, sizeof sorted_place);
  KrH5Fail(
    file,
    "data set \"%s\" is not symmetric: %.17g at %s but %.17g at %s; entries must not depend on "
    "the order of the indices, beyond %.2g of the largest%s",
    name, scan->worst.sorted_entry, sorted_place, scan->worst.entry, place, tolerance,
    is_narrow ? ": symmetrise it in float64" : "");
}

/* Reads dense entries and folds the multiplicities in. */
static void read_dense(KrH5 *file, Reading *reading, KrTensorData *tensor)
{
  DenseScan scan                        = {.packed = tensor->packed};
  int       sorted[KR_TENSOR_MAX_ORDER] = {0};

  reading->take    = take_dense;
  reading->context = &scan;
  if (!KrTuplesCreate(tensor->order, tensor->n, &scan.tuples)) KrH5Fail(file, "no memory");
  if (file->failure[0] == '\0') read_blocks(file, reading);
  if (file->failure[0] == '\0') check_symmetry(file, reading->name, reading->set, &scan);
  for (int64_t i = 0; i < scan.tuples.count && file->failure[0] == '\0'; ++i) {
    tensor->packed[i] *= KrSortedMultiplicity(tensor->order, sorted);
    KrTupleNextSorted(tensor->order, tensor->n, sorted);
  }
  KrTuplesDestroy(&scan.tuples);
  reading->context = NULL;
}

typedef struct {
  KrTensorData *tensor;
  int           tuple[KR_TENSOR_MAX_ORDER]; /* of the next coefficient */
} PackedScan;

/* Takes a block of packed coefficients, as they are; blocks follow one another. */
static void take_packed(KrH5 *file, const Reading *reading, const KrH5Block *block,
                        const double entries[])
{
  PackedScan *scan  = reading->context;
  const int   order = scan->tensor->order;

  for (int64_t i = 0; i < block->size && file->failure[0] == '\0'; ++i) {
    if (!isfinite(entries[i])) fail_not_finite(file, reading->name, order, scan->tuple, entries[i]);
    scan->tensor->packed[(int64_t)block->start[0] + i] = entries[i];
    KrTupleNextSorted(order, scan->tensor->n, scan->tuple);
  }
}

static void read_packed(KrH5 *file, Reading *reading, KrTensorData *tensor)
{
  PackedScan scan = {.tensor = tensor};

  reading->take    = take_packed;
  reading->context = &scan;
  read_blocks(file, reading);
  reading->context = NULL;
}

/* The data set must hold real numbers. */
static void check_numbers(KrH5 *file, const char name[], hid_t set)
{
  H5T_class_t class;
  hid_t type;

  KR_CALL_H5(file, type, H5Dget_type(set));
  if (type < 0) return;
  class = H5Tget_class(type);
  if (class != H5T_FLOAT && class != H5T_INTEGER)
    KrH5Fail(file, "data set \"%s\" should hold real numbers (float64, float32 or integers)", name);
  H5Tclose(type);
}

/* N of a dense data set: order dimensions, all of length N. 0 on failure. */
static int dense_length(KrH5 *file, const char name[], int order, int n_dims, const hsize_t dims[])
{
  if (n_dims != order) {
    KrH5Fail(file, "data set \"%s\" has %d dimensions, it should have %d, each of length N", name,
             n_dims, order);
    return 0;
  }
  for (int k = 0; k < order; ++k) {
    if (dims[k] == dims[0] && dims[k] > 0 && dims[k] <= INT32_MAX / 2) continue;
    KrH5Fail(file, "data set \"%s\" has dimensions of lengths %llu and %llu, all should be N", name,
             (unsigned long long)dims[0], (unsigned long long)dims[k]);
    return 0;
  }
  return (int)dims[0];
}

/* N of a packed data set, from its length; its attribute "n" must agree when there is one. 0 on failure. */
static int packed_length(KrH5 *file, const char name[], int order, int n_dims, const hsize_t dims[])
{
  const int64_t length = n_dims == 1 ? (int64_t)dims[0] : 0;
  const int     n      = KrTupleLength(length, order);
  int           stated = n;
  htri_t        exists;

  if (n_dims != 1)
    KrH5Fail(file, "data set \"%s\" has %d dimensions, it should have 1", name, n_dims);
  if (n == 0)
    KrH5Fail(file,
             "data set \"%s\" has %lld coefficients, which is no binomial(N+%d, %d) of a whole N",
             name, (long long)length, order - 1, order);
  KR_CALL_H5(file, exists, H5Aexists_by_name(file->id, name, "n", H5P_DEFAULT));
  if (exists > 0) KrH5AttributeRead(file, name, "n", H5T_NATIVE_INT, 0, &stated);
  if (stated != n)
    KrH5Fail(file, "data set \"%s\" has the %lld coefficients of N = %d, its attribute n says %d",
             name, (long long)length, n, stated);
  return n;
}

/* Room for the packed coefficients, unless they would need more than the memory of a rank. */
static void allocate_packed(KrH5 *file, const char name[], double memory, KrTensorData *tensor)
{
  const double  gigabyte = 1e9;
  const int64_t count    = KrTupleCount(tensor->n, tensor->order);

  if (file->failure[0] != '\0') return;
  if (count > 0 && (double)count * sizeof(double) < memory)
    tensor->packed = calloc((size_t)count, sizeof *tensor->packed);
  if (tensor->packed == NULL)
    KrH5Fail(file,
             "data set \"%s\" (N = %d, p = %d) needs %.3g GB in memory, a rank may use %.3g GB",
             name, tensor->n, tensor->order,
             exp(lgamma((double)tensor->n + tensor->order) - lgamma(tensor->n) -
                 lgamma(tensor->order + 1.0)) *
               sizeof(double) / gigabyte,
             memory / gigabyte);
}

/* Reads the data set called name into a tensor of that order. */
static void read_tensor(KrH5 *file, const char name[], KrTensorFormat format, double memory,
                        KrTensorData *tensor)
{
  hsize_t dims[H5S_MAX_RANK] = {0};
  int     n_dims             = 0;
  hid_t   set, space;
  Reading reading;

  set = KrH5SetOpen(file, name);
  KR_CALL_H5(file, space, H5Dget_space(set));
  check_numbers(file, name, set);
  if (space >= 0) n_dims = H5Sget_simple_extent_dims(space, dims, NULL);
  if (file->failure[0] == '\0')
    tensor->n = format == KR_TENSOR_DENSE ? dense_length(file, name, tensor->order, n_dims, dims)
                                          : packed_length(file, name, tensor->order, n_dims, dims);
  allocate_packed(file, name, memory, tensor);
  reading =
    (Reading){.name   = name,
              .set    = set,
              .n_dims = n_dims,
              .extent = (int64_t)dims[0],
              .memory = memory - (double)KrTupleCount(tensor->n, tensor->order) * sizeof(double)};
  if (file->failure[0] == '\0') {
    if (format == KR_TENSOR_DENSE) read_dense(file, &reading, tensor);
    else read_packed(file, &reading, tensor);
  }
  if (space >= 0) H5Sclose(space);
  if (set >= 0) H5Dclose(set);
}

/* Reads the tensor of one order when the file has it. */
static void read_order(KrH5 *file, int order, double memory, int max_tensors, int *n_tensors,
                       KrTensorData tensors[])
{
  char   dense[32], packed[32];
  htri_t has_dense, has_packed;

  snprintf(dense, sizeof dense, "tensor_p%d", order);
  snprintf(packed, sizeof packed, "coefficients_p%d", order);
  KR_CALL_H5(file, has_dense, H5Lexists(file->id, dense, H5P_DEFAULT));
  KR_CALL_H5(file, has_packed, H5Lexists(file->id, packed, H5P_DEFAULT));
  if (has_dense <= 0 && has_packed <= 0) return;
  if (has_dense > 0 && has_packed > 0)
    KrH5Fail(file, "it holds both \"%s\" and \"%s\", keep one of them", dense, packed);
  if (*n_tensors == max_tensors)
    KrH5Fail(file, "it holds tensors of more than %d orders", max_tensors);
  if (file->failure[0] != '\0') return;
  tensors[*n_tensors] = (KrTensorData){.order = order};
  read_tensor(file, has_dense > 0 ? dense : packed,
              has_dense > 0 ? KR_TENSOR_DENSE : KR_TENSOR_PACKED, memory, &tensors[*n_tensors]);
  if (*n_tensors > 0 && tensors[*n_tensors].n != tensors[0].n)
    KrH5Fail(file, "its tensors of orders %d and %d have N = %d and %d, N should be the same",
             tensors[0].order, order, tensors[0].n, tensors[*n_tensors].n);
  *n_tensors += 1;
}

/* Reads all orders on this rank. */
static void read_file(KrH5 *file, const char path[], double memory, int max_tensors, int *n_tensors,
                      KrTensorData tensors[])
{
  htri_t ours;

  KrH5Open(file, path, NULL, 0);
  KR_CALL_H5(file, ours, H5Aexists(file->id, "filetype"));
  if (ours > 0) KrH5CheckType(file, KR_FILETYPE_TENSORS);
  for (int order = 1; order <= KR_TENSOR_MAX_ORDER && file->failure[0] == '\0'; ++order)
    read_order(file, order, memory, max_tensors, n_tensors, tensors);
  if (*n_tensors == 0)
    KrH5Fail(file, "it holds no data set \"tensor_p<p>\" (N^p entries) or \"coefficients_p<p>\" "
                   "(binomial(N+p-1, p) coefficients), for example \"tensor_p3\"");
  KrH5Close(file);
}

/* Sends one tensor from the first rank to all, in pieces that MPI can count. */
static PetscErrorCode broadcast(KrH5 *file, KrTensorData *tensor)
{
  const int64_t piece    = 1 << 27; // numbers in one message
  int           shape[2] = {tensor->order, tensor->n};
  int64_t       count;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Bcast(shape, 2, MPI_INT, 0, file->comm));
  tensor->order = shape[0];
  tensor->n     = shape[1];
  count         = KrTupleCount(tensor->n, tensor->order);
  if (tensor->packed == NULL) tensor->packed = malloc((size_t)count * sizeof *tensor->packed);
  if (tensor->packed == NULL)
    KrH5Fail(file, "no memory for its tensor of order %d on every rank", tensor->order);
  PetscCall(KrH5Agree(file));
  for (int64_t first = 0; first < count && file->failure[0] == '\0'; first += piece) {
    const int64_t length = count - first < piece ? count - first : piece;

    PetscCallMPI(MPI_Bcast(tensor->packed + first, (int)length, MPI_DOUBLE, 0, file->comm));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrTensorFileRead - Reads the symmetric coupling tensors of an HDF5 file: "tensor_p<p>" (dense entries) or
  "coefficients_p<p>" (packed), one data set an order, any real type.

  Collective on comm; the first rank reads

  Input:
+ comm        - all ranks get the tensors
. path        - the file
- max_tensors - length of tensors

  Output:
+ n_tensors - orders found, ascending
- tensors   - packed coefficients with the multiplicities folded in, replicated; each owned (free)

  Errors: bad input, one line for all ranks: unreadable, truncated or no HDF5 file; no such data set; wrong
          dimensions, type or length; an entry that is not finite; entries that depend on the order of the indices
          by more than 1e-12 of the largest, or 8 units of the stored type; more than the memory of a rank; a filter
          that HDF5 does not have
  Cost:   reads the file once in blocks of 8 MiB, or of whole chunks, O(p) operations an entry; binomial(N+p-1, p)
          numbers a rank
  Source: docs/formats/couplings.md
  See:    KrTensorFileWrite()
*/
PetscErrorCode KrTensorFileRead(MPI_Comm comm, const char path[], int max_tensors, int *n_tensors,
                                KrTensorData tensors[])
{
  KrH5        file = {.id = H5I_INVALID_HID};
  PetscMPIInt rank;
  double      memory;

  PetscFunctionBeginUser;
  *n_tensors = 0;
  for (int i = 0; i < max_tensors; ++i) tensors[i] = (KrTensorData){.order = 0};
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(KrMemoryPerRank(comm, &memory));
  snprintf(file.path, sizeof file.path, "%s", path);
  if (rank == 0) read_file(&file, path, memory, max_tensors, n_tensors, tensors);
  file.comm = comm;
  PetscCall(KrH5Agree(&file));
  PetscCallMPI(MPI_Bcast(n_tensors, 1, MPI_INT, 0, comm));
  for (int i = 0; i < *n_tensors && file.failure[0] == '\0'; ++i)
    PetscCall(broadcast(&file, &tensors[i]));
  for (int i = 0; i < *n_tensors && file.failure[0] != '\0'; ++i) {
    free(tensors[i].packed);
    tensors[i].packed = NULL;
  }
  PetscCall(KrH5Check(&file, ""));
  PetscFunctionReturn(PETSC_SUCCESS);
}
