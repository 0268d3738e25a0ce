/* The temperatures of a ladder: out of the text of the option, close enough that neighbours exchange. */
#include <kacrice/thermo.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SPACING  1.2  /* of beta, in standard deviations of H: two of five exchanges are accepted */
#define SWAP_MIN 1e-3 /* a ladder that exchanges less is none */

/* exp(x^2) erfc(x), to a few per cent of the terms it is used in. */
static double erfcx(double x)
{
  return x < 5.0 ? exp(x * x) * erfc(x) : (1.0 - 0.5 / (x * x)) / (x * sqrt(PETSC_PI));
}

/*
  KrLadderSwap - How often two temperatures would exchange their replicas, estimated before anything runs.

  Not collective

  Energies at both are taken for Gaussian, of the variance N f(1) of the paramagnet or, where that is less, of the
  N T^2 / 2 that a harmonic glass has; their means differ by the integral of the variance over beta.

  Input:
+ n    - N
. f    - law of the disorder
. beta - of the hotter one
- next - of the colder one, larger

  Returns:
  the mean acceptance; erfc((next - beta) sqrt(variance) / 2) where the variance is the same at both

  Source: docs/theory/monte_carlo.md, eq. (5), (6); Kofke 2002
  See:    KrLadderCreate()
*/
double KrLadderSwap(PetscInt n, const KrMixture *f, double beta, double next)
{
  const double paramagnet = KrMixtureValue(f, 0, 1.0), step = next - beta;
  const double turn   = sqrt(0.5 / paramagnet); /* beta where both variances agree */
  const double cold   = PetscMax(beta, turn);
  const double change = paramagnet * PetscMax(0.0, PetscMin(next, turn) - beta) +
                        PetscMax(0.0, 0.5 / cold - 0.5 / next); /* of the mean energy, a spin */
  const double variance =
    PetscMin(paramagnet, 0.5 / (beta * beta)) + PetscMin(paramagnet, 0.5 / (next * next));
  const double z = change * sqrt((double)n / variance), width = step * sqrt((double)n * variance);

  return 0.5 * erfc(z * sqrt(0.5)) + 0.5 * exp(-0.5 * z * z) * erfcx((width - z) * sqrt(0.5));
}

/* Largest step of beta that neighbours may have, by the paramagnet. */
static double spacing(PetscInt n, const KrMixture *f)
{
  return SPACING / sqrt((double)n * KrMixtureValue(f, 0, 1.0));
}

/* Numbers with the mark between; how many, 0 when the text is something else. */
static int parse(const char text[], char mark, double numbers[KR_LADDER_MAX])
{
  const char *from = text;

  for (int count = 0; count < KR_LADDER_MAX;) {
    char *end;

    errno            = 0;
    numbers[count++] = strtod(from, &end);
    if (end == from || errno != 0 || !isfinite(numbers[count - 1])) return 0;
    if (*end == '\0') return count;
    if (*end != mark) return 0;
    from = end + 1;
  }
  return 0;
}

static int compare(const void *a, const void *b)
{
  const double p = *(const double *)a, q = *(const double *)b;

  return (p > q) - (p < q);
}

/* The betas that the text asks for, ascending; `n_beta` 0: it is no ladder. A range without a number of temperatures
   gets as many as it needs, which may be more than there may be. */
static void read_text(const char text[], double step, int *n_beta, double beta[])
{
  double given[KR_LADDER_MAX] = {0.0};
  int    n_given              = parse(text, ':', given);
  double count;

  *n_beta = 0;
  if (n_given == 2 || n_given == 3) {
    const double hot = given[0], cold = given[1];

    if (!(hot > cold && cold > 0.0)) return;
    count = n_given == 3 ? given[2] : 1.0 + ceil((1.0 / cold - 1.0 / hot) / step);
    if (count != floor(count) || count < 2.0 || (n_given == 3 && count > KR_LADDER_MAX)) return;
    *n_beta = (int)PetscMin(count, KR_LADDER_MAX + 1.0);
    for (int t = 0; t < *n_beta && *n_beta <= KR_LADDER_MAX; ++t) {
      const double share = t / (count - 1.0);

      beta[t] =
        n_given == 3 ? pow(hot / cold, share) / hot : 1.0 / hot + share * (1.0 / cold - 1.0 / hot);
    }
    return;
  }
  n_given = parse(text, ',', given);
  for (int t = 0; t < n_given; ++t) {
    if (given[t] <= 0.0) return;
    beta[t] = 1.0 / given[t];
  }
  qsort(beta, (size_t)n_given, sizeof *beta, compare);
  *n_beta = n_given;
}

/* The temperature that the user would have to mend: one of the two that do not swap. */
static PetscErrorCode check_swaps(MPI_Comm comm, const KrThermoOptions *options, PetscInt n,
                                  const KrMixture *f, int n_beta, const double beta[])
{
  PetscFunctionBeginUser;
  for (int t = 0; t + 1 < n_beta; ++t) {
    const double step = spacing(n, f), range = beta[n_beta - 1] - beta[0];

    KR_CHECK_INPUT(beta[t + 1] > beta[t], comm, "-thermo_temperatures %s: %g is in it twice",
                   options->temperatures, 1.0 / beta[t]);
    KR_CHECK_INPUT(KrLadderSwap(n, f, beta[t], beta[t + 1]) >= SWAP_MIN, comm,
                   "-thermo_temperatures %s: with N = %d replicas at %.4g and %.4g would exchange "
                   "once in %.2g tries; take %.6g:%.6g, which makes %.0f temperatures",
                   options->temperatures, (int)n, 1.0 / beta[t], 1.0 / beta[t + 1],
                   1.0 / PetscMax(KrLadderSwap(n, f, beta[t], beta[t + 1]), 1e-300), 1.0 / beta[0],
                   1.0 / beta[n_beta - 1], 1.0 + ceil(range / step));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrLadderCreate - The temperatures that the options ask for.

  Collective on comm

  Input:
+ comm    - reports errors
. options - temperatures as text, and whether to go on to infinity
. n       - N: neighbours have to exchange
- f       - law of the disorder

  Output:
. ladder - betas, ascending

  Errors: PETSC_ERR_USER_INPUT for a text that is no ladder, a temperature that is not positive, one that never swaps
          with its neighbour (with a ladder that would), too many
  Source: docs/theory/monte_carlo.md, eq. (5)
  See:    KrLadderSwap()
*/
PetscErrorCode KrLadderCreate(MPI_Comm comm, const KrThermoOptions *options, PetscInt n,
                              const KrMixture *f, KrLadder *ladder)
{
  double beta[KR_LADDER_MAX], above;
  int    n_beta, n_above;

  PetscFunctionBeginUser;
  read_text(options->temperatures, spacing(n, f), &n_beta, beta);
  KR_CHECK_INPUT(n_beta > 0, comm,
                 "-thermo_temperatures %s: must be hot:cold or hot:cold:count with hot > cold > 0 "
                 "and a count from 2 to %d, or a list of positive numbers such as 2,1.5,1",
                 options->temperatures, KR_LADDER_MAX);
  if (n_beta <= KR_LADDER_MAX) PetscCall(check_swaps(comm, options, n, f, n_beta, beta));
  above   = n_beta <= KR_LADDER_MAX ? ceil(beta[0] / spacing(n, f)) : 0.0;
  n_above = options->infinity ? (int)PetscMin(above, KR_LADDER_MAX + 1.0) : 0;
  KR_CHECK_INPUT(n_beta + n_above <= KR_LADDER_MAX &&
                   (n_beta + n_above) * options->ladders <= KR_SLOTS_MAX,
                 comm,
                 "-thermo_temperatures %s: with N = %d this takes more than %d temperatures or, "
                 "with %d ladders, more than %d replicas; take a shorter range%s",
                 options->temperatures, (int)n, KR_LADDER_MAX, options->ladders, KR_SLOTS_MAX,
                 options->infinity ? ", or -thermo_infinity false" : "");
  ladder->n     = n_beta + n_above;
  ladder->scale = KrMixtureScale(f);
  for (int t = 0; t < n_above; ++t) ladder->beta[t] = beta[0] * t / n_above;
  for (int t = 0; t < n_beta; ++t) ladder->beta[n_above + t] = beta[t];
  PetscFunctionReturn(PETSC_SUCCESS);
}
