/* A target on the statistical error in place of a number of samples. It is looked up when all samples of a block are
   done; the blocks end at fixed numbers, so that which samples are made does not depend on ranks, their speed or
   interruptions (docs/adr/0013-extending-in-place.md, docs/theory/ensembles.md). */
#include "campaign_impl.h"
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BLOCK 32 /* samples: the error of fewer is known too badly to go by it */

#define HALF 4294967296.0 /* 2^32 */

/* What is counted, out of "total", "minima" or "index:3"; *end is behind it. */
static PetscBool read_what(const char text[], int *index, const char **end)
{
  char *behind;
  long  number;

  if (strncmp(text, "total", 5) == 0) {
    *index = KR_TARGET_TOTAL;
    *end   = text + 5;
    return PETSC_TRUE;
  }
  if (strncmp(text, "minima", 6) == 0) {
    *index = 0;
    *end   = text + 6;
    return PETSC_TRUE;
  }
  if (strncmp(text, "index:", 6) != 0 || text[6] < '0' || text[6] > '9') return PETSC_FALSE;
  number = strtol(text + 6, &behind, 10);
  *index = number > INT_MAX ? INT_MAX : (int)number;
  *end   = behind;
  return PETSC_TRUE;
}

/* Reads -campaign_target, of indices below n_index. Collective on world, which reports errors. */
PetscErrorCode KrTargetRead(MPI_Comm world, int n_index, KrPlan *plan)
{
  KrCampaignOptions *o    = &plan->campaign;
  const char        *from = NULL;
  char              *end  = NULL;
  PetscBool          read;

  PetscFunctionBeginUser;
  plan->target = (KrTarget){.relative_error = 0.0};
  if (o->target[0] == '\0') PetscFunctionReturn(PETSC_SUCCESS);
  read = read_what(o->target, &plan->target.index, &from);
  if (read && (*from == ' ' || *from == ':')) plan->target.relative_error = strtod(from + 1, &end);
  KR_CHECK_INPUT(read && end != NULL && end != from + 1 && *end == '\0' &&
                   plan->target.relative_error > 0.0 && plan->target.relative_error < 1.0,
                 world,
                 "-campaign_target %s: must be total, minima or index:K and a relative error "
                 "between 0 and 1, such as \"total 0.01\" or total:0.01",
                 o->target);
  KR_CHECK_INPUT(plan->target.index < n_index, world, "-campaign_target %s: %s", o->target,
                 n_index == 1 ? "-search_kind minima counts minima only"
                              : "there is no such index, the highest is N - 1");
  KR_CHECK_INPUT(o->end > o->first + 1, world,
                 "-campaign_target %s: wants samples to take an error of; of %s there is one",
                 o->target, plan->n_tensors > 0 ? "a tensor of -model_couplings" : "one sample");
  KrTargetName(&plan->target, o->target);
  (void)snprintf(o->target + strlen(o->target), 32, ":%.15g", plan->target.relative_error);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "total", "minima" or "index:3". */
void KrTargetName(const KrTarget *target, char name[32])
{
  if (target->index == KR_TARGET_TOTAL) (void)snprintf(name, 32, "total");
  else if (target->index == 0) (void)snprintf(name, 32, "minima");
  else (void)snprintf(name, 32, "index:%d", target->index);
}

/* Of n samples that are done, and are not enough: how many next. */
int64_t KrTargetNextBlock(int64_t n)
{
  return n < FIRST_BLOCK ? FIRST_BLOCK : n + n / 4;
}

/* Adds a sample. Squares are summed in two halves: whole numbers, exact in any order. */
void KrTallyAdd(KrTally *tally, int64_t count)
{
  const uint64_t high = (uint64_t)count >> 16, low = (uint64_t)count & 0xffff;
  const uint64_t middle = 2 * high * low; /* times 2^16 */

  tally->samples += 1;
  tally->sum += count;
  tally->squares_high += (int64_t)(high * high + (middle >> 16));
  tally->squares_low += (int64_t)(low * low + ((middle & 0xffff) << 16));
}

/* Relative standard error of the mean; infinite while it is unknown. */
double KrTallyError(const KrTally *tally)
{
  double mean, error;

  KrMeanError(tally->samples, (double)tally->sum,
              HALF * (double)tally->squares_high + (double)tally->squares_low, &mean, &error);
  return mean > 0.0 && isfinite(error) ? error / mean : INFINITY;
}

/* How many samples the target takes, by those that are done: the end of a block, at most `most`. */
int64_t KrTargetSamples(const KrTarget *target, const KrTally *tally, int64_t most)
{
  const double ratio  = KrTallyError(tally) / target->relative_error;
  const double wanted = (double)tally->samples * ratio * ratio;
  int64_t      n      = KrTargetNextBlock(0);

  while (n < most && !((double)n >= wanted)) n = KrTargetNextBlock(n);
  return n < most ? n : most;
}

/* {"what": "total", "relative_error": 0.01}; caller owns it. NULL without a target. */
cJSON *KrTargetDescribe(const KrTarget *target)
{
  char   name[32];
  cJSON *object;

  if (target->relative_error == 0.0) return NULL;
  object = cJSON_CreateObject();
  KrTargetName(target, name);
  cJSON_AddStringToObject(object, "what", name);
  cJSON_AddNumberToObject(object, "relative_error", target->relative_error);
  return object;
}

/* Whether that of a campaign.json of N = n can be one. */
PetscBool KrTargetIsValid(const cJSON *target, int n)
{
  const cJSON *what  = cJSON_GetObjectItemCaseSensitive(target, "what");
  const char  *end   = NULL;
  int          index = 0;

  if (!cJSON_IsString(what) || strlen(what->valuestring) >= 32) return PETSC_FALSE;
  if (!read_what(what->valuestring, &index, &end) || *end != '\0' || index >= n) return PETSC_FALSE;
  return KrJsonReal(target, "relative_error", 1e-300, 1.0, 0.0) > 0.0 ? PETSC_TRUE : PETSC_FALSE;
}

/* Puts the target of a run that has one into the description of its campaign; whether that changes it. */
PetscBool KrTargetRecord(const KrPlan *plan, cJSON *campaign)
{
  const cJSON *then = cJSON_GetObjectItemCaseSensitive(campaign, "target");
  cJSON       *now  = KrTargetDescribe(&plan->target);

  if (now == NULL || cJSON_Compare(then, now, 1)) {
    cJSON_Delete(now);
    return PETSC_FALSE;
  }
  cJSON_DeleteItemFromObjectCaseSensitive(campaign, "target");
  cJSON_AddItemToObject(campaign, "target", now);
  return PETSC_TRUE;
}
