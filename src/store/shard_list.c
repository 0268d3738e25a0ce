/* Which samples have a shard: by the names in the folders alone. */
#include <kacrice/store.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  int64_t *numbers;
  int64_t  count, capacity;
} Numbers;

static int add_number(Numbers *numbers, int64_t number)
{
  if (numbers->count == numbers->capacity) {
    const int64_t capacity = numbers->capacity == 0 ? 1024 : 2 * numbers->capacity;
    int64_t      *grown    = realloc(numbers->numbers, (size_t)capacity * sizeof *grown);

    if (grown == NULL) return ENOMEM;
    numbers->numbers  = grown;
    numbers->capacity = capacity;
  }
  numbers->numbers[numbers->count++] = number;
  return 0;
}

/* The shards of one folder samples/NNNN; what has another name is no shard. */
static int list_folder(const char path[], Numbers *numbers)
{
  DIR           *folder = opendir(path);
  struct dirent *entry;
  int            status = 0;

  if (folder == NULL) return errno == ENOTDIR ? 0 : errno;
  while (status == 0 && (entry = readdir(folder)) != NULL) {
    long long number;
    int       length = 0;

    if (sscanf(entry->d_name, "s%lld.h5%n", &number, &length) == 1 && length > 0 &&
        entry->d_name[length] == '\0' && number >= 0 && number < INT64_MAX)
      status = add_number(numbers, number);
  }
  closedir(folder);
  return status;
}

static int compare_numbers(const void *a, const void *b)
{
  const int64_t p = *(const int64_t *)a, q = *(const int64_t *)b;

  return (p > q) - (p < q);
}

/*
  KrShardList - Lists the samples that have a shard.

  Not collective

  Input:
. directory - folder of the campaign

  Output:
+ count   - how many
- numbers - the samples, ascending; malloc'ed, the caller frees it

  Errors: bad input when a folder cannot be read
  Cost:   reads the folders samples/NNNN, opens no shard
*/
PetscErrorCode KrShardList(const char directory[], int64_t *count, int64_t **numbers)
{
  char           path[KR_PATH_MAX + 512];
  Numbers        found = {NULL, 0, 0};
  DIR           *folder;
  struct dirent *entry;
  int            status = 0;

  PetscFunctionBeginUser;
  snprintf(path, sizeof path, "%s/samples", directory);
  folder = opendir(path);
  if (folder == NULL && errno != ENOENT) status = errno;
  while (folder != NULL && status == 0 && (entry = readdir(folder)) != NULL) {
    if (entry->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "%s/samples/%s", directory, entry->d_name);
    status = list_folder(path, &found);
  }
  if (folder != NULL) closedir(folder);
  KR_CHECK_INPUT(status == 0, PETSC_COMM_SELF, "cannot read %s: %s", path, strerror(status));
  if (found.count > 0)
    qsort(found.numbers, (size_t)found.count, sizeof *found.numbers, compare_numbers);
  *count   = found.count;
  *numbers = found.numbers;
  PetscFunctionReturn(PETSC_SUCCESS);
}
