/* A record against its disorder: every number of it is computed or proved anew from the coordinates alone. */
#include "certifier.h"
#include "census_impl.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Eigenvalues are compared as far as LAPACK gives them: backward stable, each to some N roundings of the largest. */
#define EIGENVALUE_TOLERANCE 1e-10

/* What can be wrong with a point, with places for what is recorded and what is found. */
static const char *const faults[] = {
  "holds",
  "index: recorded %.0f, not one of 0 to %.0f",
  "energy: recorded %.17g, at x it is %.17g",
  "mu: recorded %.17g, at x it is %.17g",
  "residual: recorded %.6g, at x it is %.6g",
  "no critical point could be proved near x, the record has one within %.6g (residual %.6g)",
  "radius: recorded %.6g, the least that can be proved is %.6g",
  "index: recorded %.0f, proved is %.0f",
  "index: recorded as proved, but it is undecided (recorded %.0f, margin %.6g)",
  "its ball touches that of another point: radius %.6g, energy %.17g",
  "lowest eigenvalue: recorded %.17g, it is %.17g",
  "highest eigenvalue: recorded %.17g, it is %.17g",
  "margin: recorded %.17g, it is %.17g",
};

enum {
  HOLDS,
  BAD_INDEX_RANGE,
  BAD_ENERGY,
  BAD_MU,
  BAD_RESIDUAL,
  NO_POINT,
  BAD_RADIUS,
  BAD_INDEX,
  UNDECIDED,
  TOUCHES,
  BAD_LOWEST,
  BAD_HIGHEST,
  BAD_MARGIN
};

/* Findings about one point, as reals so that they add up over ranks. */
typedef struct {
  double fault, recorded, found;
  double radius, energy, energy_error, index_proved; /* radius 0: nothing is proved */
} Finding;

/* What all functions here share. */
typedef struct {
  const KrSample          *sample;
  const KrSpectrumOptions *spectrum;
  KrModel                  model;
  KrCertifier              certifier;
  PetscBool                with_eigenvalues;
  double                  *lowest, *highest;
} Recheck;

/* Notes a fault unless there is one already; a NaN is one. */
static void note(Finding *finding, int fault, PetscBool holds, double recorded, double found)
{
  if (holds || finding->fault != HOLDS) return;
  finding->fault    = fault;
  finding->recorded = recorded;
  finding->found    = found;
}

static PetscBool is_near(double a, double b, double tolerance)
{
  return fabs(a - b) <= tolerance ? PETSC_TRUE : PETSC_FALSE;
}

/* Both the recorded number and ours may be off by its rounding. */
static void compare_numbers(const KrPoint *point, const KrCertificate *proof, Finding *finding)
{
  note(finding, BAD_ENERGY, is_near(point->energy, proof->energy, 2.0 * proof->energy_rounding),
       point->energy, proof->energy);
  note(finding, BAD_MU, is_near(point->mu, proof->mu, 2.0 * proof->mu_rounding), point->mu,
       proof->mu);
  note(finding, BAD_RESIDUAL,
       is_near(point->residual, proof->residual, 2.0 * proof->residual_rounding), point->residual,
       proof->residual);
}

static void compare_proofs(const KrPoint *point, const KrCertificate *proof, Finding *finding)
{
  const PetscBool had_point = (point->certificate & KR_CERTIFIED_EXISTS) != 0;
  const PetscBool had_index = (point->certificate & KR_CERTIFIED_INDEX) != 0;

  if (!proof->exists) {
    note(finding, NO_POINT, !had_point, point->radius, point->residual);
    return;
  }
  note(finding, BAD_RADIUS, !had_point || KrCertificateHolds(proof, point->radius), point->radius,
       proof->radius);
  note(finding, BAD_INDEX, proof->index < 0 || point->index == proof->index, point->index,
       proof->index);
  note(finding, UNDECIDED, proof->index >= 0 || !had_index, point->index, point->margin);
  finding->radius       = had_point ? fmax(point->radius, proof->radius) : proof->radius;
  finding->energy       = proof->energy;
  finding->energy_error = proof->energy_error * finding->radius / proof->radius;
  finding->index_proved = proof->index >= 0;
}

static PetscErrorCode compare_eigenvalues(Recheck *recheck, int64_t i, Finding *finding)
{
  const KrSample   *sample  = recheck->sample;
  const KrPoint    *point   = &sample->points[i];
  KrSpectrumOptions options = *recheck->spectrum;
  KrSpectrum        now     = {.lowest = recheck->lowest, .highest = recheck->highest};
  double            tolerance, scale;

  PetscFunctionBeginUser;
  if (!recheck->with_eigenvalues) PetscFunctionReturn(PETSC_SUCCESS);
  options.lowest  = sample->n_lowest;
  options.highest = sample->n_highest;
  PetscCall(KrSpectrumCompute(&options, recheck->model, sample->x + i * sample->n, &now));
  PetscCall(KrModelGetScale(recheck->model, &scale));
  tolerance = EIGENVALUE_TOLERANCE * (scale + fabs(now.lowest[0]) + fabs(now.highest[0]));
  note(finding, BAD_LOWEST, is_near(point->lambda_min, now.lowest[0], tolerance), point->lambda_min,
       now.lowest[0]);
  for (int k = 0; k < sample->n_lowest && k < sample->n - 1; ++k) {
    const double was = sample->lowest[i * sample->n_lowest + k];

    note(finding, BAD_LOWEST, is_near(was, now.lowest[k], tolerance), was, now.lowest[k]);
  }
  for (int k = 0; k < sample->n_highest && k < sample->n - 1; ++k) {
    const double was = sample->highest[i * sample->n_highest + k];

    note(finding, BAD_HIGHEST, is_near(was, now.highest[k], tolerance), was, now.highest[k]);
  }
  note(finding, BAD_MARGIN, is_near(point->margin, now.margin, tolerance), point->margin,
       now.margin);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_point(Recheck *recheck, int64_t i, Finding *finding)
{
  const KrSample *sample = recheck->sample;
  const KrPoint  *point  = &sample->points[i];
  KrCertificate   proof;

  PetscFunctionBeginUser;
  note(finding, BAD_INDEX_RANGE, point->index >= 0 && point->index < sample->n, point->index,
       sample->n - 1);
  PetscCall(KrCertifierProve(&recheck->certifier, sample->x + i * sample->n, &proof));
  compare_numbers(point, &proof, finding);
  compare_proofs(point, &proof, finding);
  if (finding->fault == HOLDS) PetscCall(compare_eigenvalues(recheck, i, finding));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Each sharer its share of the points, then all of them together. */
static PetscErrorCode check_points(MPI_Comm sharers, Recheck *recheck, Finding findings[])
{
  const int64_t n_points = recheck->sample->n_points;
  PetscMPIInt   rank, size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(sharers, &rank));
  PetscCallMPI(MPI_Comm_size(sharers, &size));
  for (int64_t i = rank; i < n_points; i += size) PetscCall(check_point(recheck, i, &findings[i]));
  PetscCall(KrSumReals(sharers, n_points * (int64_t)(sizeof *findings / sizeof(double)),
                       (double *)findings));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Points whose balls touch are not told apart: wrong when the record says so, or when both are proved. */
static PetscErrorCode check_distances(const KrSample *sample, Finding findings[], int touches[])
{
  KrBall *balls;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(sample->n_points, &balls));
  for (int64_t i = 0; i < sample->n_points; ++i)
    balls[i] = (KrBall){findings[i].energy, findings[i].energy_error, findings[i].radius, i};
  PetscCall(
    KrCertifierSeparate(sample->n, sample->symmetry, sample->n_points, balls, sample->x, touches));
  for (int64_t i = 0; i < sample->n_points; ++i)
    note(&findings[i], TOUCHES, !touches[i], findings[i].radius, findings[i].energy);
  PetscCall(PetscFree(balls));
  PetscFunctionReturn(PETSC_SUCCESS);
}

typedef struct {
  KrRecheckFn     complain;
  void           *context;
  KrCertifyTally *tally;
} Report;

static void complain(Report *report, const char format[], ...)
  __attribute__((format(printf, 2, 3)));

static void complain(Report *report, const char format[], ...)
{
  char    line[512];
  va_list arguments;

  va_start(arguments, format);
  (void)vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  (*report->complain)(report->context, line);
}

/* Counts and identities follow from the indices: computed anew by what computed them first. */
static PetscErrorCode check_counts(const KrSample *sample, const KrMixture *f,
                                   PetscBool every_index, Report *report)
{
  const KrOdds odds  = KrSampleOdds(&KrManifoldSphere, sample);
  KrSample     again = *sample;
  int          wrong = 0;

  PetscFunctionBeginUser;
  again.euler_sum = again.euler_checked = again.euler_failed = 0;
  again.parity_checked = again.parity_failed = 0;
  again.count                                = calloc((size_t)sample->n, sizeof *again.count);
  PetscCheck(again.count != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for counts");
  KrSampleCount(&KrManifoldSphere, &again, again.count);
  if (every_index && sample->energy_first == sample->energy_last)
    KrSampleIdentities(&KrManifoldSphere, f, sample->n_points, &odds, &again);
  for (int k = 0; k < sample->n; ++k) {
    if (again.count[k] == sample->count[k]) continue;
    ++wrong;
    complain(report, "sample %lld: points of index %d: recorded %lld, the list has %lld",
             (long long)sample->sample, k, (long long)sample->count[k], (long long)again.count[k]);
  }
  if (again.euler_sum != sample->euler_sum || again.euler_checked != sample->euler_checked ||
      again.euler_failed != sample->euler_failed) {
    ++wrong;
    complain(report, "sample %lld: Euler sum: recorded %lld, the list has %lld",
             (long long)sample->sample, (long long)sample->euler_sum, (long long)again.euler_sum);
  }
  if (again.parity_checked != sample->parity_checked ||
      again.parity_failed != sample->parity_failed) {
    ++wrong;
    complain(report, "sample %lld: the parity of the number of points is not as recorded",
             (long long)sample->sample);
  }
  report->tally->n_samples_failed += wrong > 0;
  free(again.count);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One line a fault, and the sums. */
static PetscBool add_up(const KrSample *sample, const Finding findings[], Report *report)
{
  KrCertifyTally *tally     = report->tally;
  PetscBool       can_count = PETSC_TRUE;

  for (int64_t i = 0; i < sample->n_points; ++i) {
    const Finding *finding = &findings[i];
    const int      fault   = (int)finding->fault;
    char           text[256];

    if (fault == BAD_INDEX_RANGE) can_count = PETSC_FALSE;
    if (fault != HOLDS) {
      (void)snprintf(text, sizeof text, faults[fault], finding->recorded, finding->found);
      complain(report, "sample %lld, point %lld: %s", (long long)sample->sample, (long long)i,
               text);
      tally->n_failed += 1;
      continue;
    }
    if (finding->radius > 0.0 && finding->index_proved != 0.0) tally->n_certified += 1;
    else if (finding->radius > 0.0) tally->n_undecided += 1;
    else tally->n_unproved += 1;
    tally->radius_max = fmax(tally->radius_max, finding->radius);
  }
  tally->n_points += sample->n_points;
  tally->n_samples += 1;
  return can_count;
}

/*
  KrCensusRecheck - Proves every point of a record anew from its coordinates, and compares all that is recorded.

  Collective on sharers; every rank has the same record and a model of its own

  Input:
+ model       - on this rank alone, with the disorder of the record
. sharers     - ranks that share the points
. sample      - the record, with coordinates
. spectrum    - options the eigenvalues were computed with
. every_index - as in KrCensusFinish()
. report      - called on rank 0 of sharers with one line (no newline) for each point or number that does not hold
- context     - handed on to it

  In/out:
. tally - on rank 0 of sharers: what is found is added; elsewhere unchanged

  Errors: PETSC_ERR_LIB when LAPACK fails; what does not hold is reported
  Cost:   two contractions, a proof and a spectrum a point, spread over the sharers
  Source: docs/theory/certificates.md
  See:    KrCensusFinish()
*/
PetscErrorCode KrCensusRecheck(KrModel model, MPI_Comm sharers, const KrSample *sample,
                               const KrSpectrumOptions *spectrum, PetscBool every_index,
                               KrRecheckFn report, void *context, KrCertifyTally *tally)
{
  Report           to      = {report, context, tally};
  Recheck          recheck = {.sample = sample, .spectrum = spectrum, .model = model};
  const KrMixture *f;
  Finding         *findings;
  int             *touches;
  PetscMPIInt      rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(sharers, &rank));
  PetscCall(KrModelGetMixture(model, &f));
  PetscCall(KrCertifierCreate(model, &recheck.certifier));
  recheck.with_eigenvalues = sample->n_lowest > 0 && sample->n_highest > 0 &&
                             strcmp(KrSpectrumMethodName(spectrum, model), "lapack") == 0;
  PetscCall(PetscMalloc2(sample->n_lowest, &recheck.lowest, sample->n_highest, &recheck.highest));
  PetscCall(PetscCalloc1(sample->n_points, &findings));
  PetscCall(PetscMalloc1(sample->n_points, &touches));
  PetscCall(check_points(sharers, &recheck, findings));
  PetscCall(check_distances(sample, findings, touches));
  if (rank == 0 && add_up(sample, findings, &to))
    PetscCall(check_counts(sample, f, every_index, &to));
  PetscCall(PetscFree(touches));
  PetscCall(PetscFree(findings));
  PetscCall(PetscFree2(recheck.lowest, recheck.highest));
  PetscCall(KrCertifierDestroy(&recheck.certifier));
  PetscFunctionReturn(PETSC_SUCCESS);
}
