/* The covariance f(q) = sum_p c_p q^p of an isotropic Gaussian landscape. */
#include <kacrice/theory.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SUM_TOLERANCE 1e-9 /* c typed with ten digits sums to 1 within this */

/*
  KrMixtureValue - Evaluates f or a derivative of it.

  Not collective, pure

  Input:
+ f          - mixture
. derivative - 0 for f, 1 for f', 2 for f'' ...; >= 0
- q          - overlap, any real

  Returns: sum over the orders p of c_p p (p-1) ... (p-derivative+1) q^(p-derivative)

  Source: docs/notation.md, eq. (1)
*/
double KrMixtureValue(const KrMixture *f, int derivative, double q)
{
  double sum = 0.0;

  for (int i = 0; i < f->n_orders; ++i) {
    double term = f->c[i];

    for (int d = 0; d < derivative; ++d)
      term *= f->order[i] - d; /* zero once d reaches the order */
    for (int d = derivative; d < f->order[i]; ++d) term *= q;
    sum += term;
  }
  return sum;
}

/*
  KrMixtureIsPure - Tells whether f(q) = q^p.

  Not collective, pure

  Input:
. f - mixture

  Returns: 1 when it has one order, else 0
*/
int KrMixtureIsPure(const KrMixture *f)
{
  return f->n_orders == 1;
}

/*
  KrMixturePure - Makes f(q) = q^p.

  Not collective, pure

  Input:
. p - order; KrMixtureCheck() says whether it is supported

  Returns: the mixture
*/
KrMixture KrMixturePure(int p)
{
  return (KrMixture){.n_orders = 1, .order = {p}, .c = {1.0}};
}

/*
  KrMixtureCheck - Says whether a mixture is one that the program supports.

  Not collective, pure

  Input:
. f - mixture

  Returns: KR_THEORY_OK when the orders are distinct and between KR_MIXTURE_ORDER_MIN and
           KR_MIXTURE_ORDER_MAX, every c is positive and finite, and they sum to 1 within 1e-9;
           else KR_THEORY_BAD_INPUT
*/
int KrMixtureCheck(const KrMixture *f)
{
  double sum  = 0.0;
  int    seen = 0; /* one bit an order */

  if (f->n_orders < 1 || f->n_orders > KR_MIXTURE_MAX) return KR_THEORY_BAD_INPUT;
  for (int i = 0; i < f->n_orders; ++i) {
    const int p = f->order[i];

    if (p < KR_MIXTURE_ORDER_MIN || p > KR_MIXTURE_ORDER_MAX) return KR_THEORY_BAD_INPUT;
    if ((seen & (1 << p)) != 0) return KR_THEORY_BAD_INPUT;
    if (!(f->c[i] > 0.0) || !isfinite(f->c[i])) return KR_THEORY_BAD_INPUT;
    seen |= 1 << p;
    sum += f->c[i];
  }
  return fabs(sum - 1.0) <= SUM_TOLERANCE ? KR_THEORY_OK : KR_THEORY_BAD_INPUT;
}

/*
  KrMixtureScale - The scale J of a landscape: what its energies, and all tolerances on them, are measured in.

  Not collective

  Input:
. f - a law, or what a user's tensor looks like

  Returns: sqrt(f(1)); exactly 1 where that is 1 within the ten digits a law may be typed with, and for f = 0
  Errors:  none
  Cost:    none
  Source:  docs/adr/0020-one-scale.md
  See:     KrModelGetScale()
*/
double KrMixtureScale(const KrMixture *f)
{
  double sum = 0.0;

  for (int i = 0; i < f->n_orders; ++i) sum += f->c[i];
  return sum > 0.0 && fabs(sum - 1.0) > SUM_TOLERANCE ? sqrt(sum) : 1.0;
}

/*
  KrMixtureParity - How antipodes of critical points behave.

  Not collective

  Input:
. f - orders of the polynomial

  Returns: even when all orders are even, odd when all are odd, none for both
  Errors:  none
*/
KrParity KrMixtureParity(const KrMixture *f)
{
  int n_odd = 0;

  for (int i = 0; i < f->n_orders; ++i) n_odd += f->order[i] % 2;
  if (n_odd == 0) return KR_PARITY_EVEN;
  return n_odd == f->n_orders ? KR_PARITY_ODD : KR_PARITY_NONE;
}

/* Reads one "order:c" at *text and moves past it; 0 when that is not what stands there. */
static int read_term(const char **text, long *order, double *c)
{
  char *end;

  if (!isdigit((unsigned char)**text)) return 0;
  *order = strtol(*text, &end, 10);
  if (*end != ':' || isspace((unsigned char)end[1])) return 0;
  *text = end + 1;
  *c    = strtod(*text, &end);
  if (end == *text) return 0;
  *text = end;
  return 1;
}

/* Refuses a term that the mixture so far cannot take, with the reason in message. */
static int check_term(const KrMixture *f, long order, double c, char *message, size_t length)
{
  if (order < KR_MIXTURE_ORDER_MIN || order > KR_MIXTURE_ORDER_MAX) {
    (void)snprintf(message, length, "order %ld is not supported: orders are %d to %d", order,
                   KR_MIXTURE_ORDER_MIN, KR_MIXTURE_ORDER_MAX);
    return KR_THEORY_BAD_INPUT;
  }
  if (!(c > 0.0) || !isfinite(c)) {
    (void)snprintf(message, length, "c = %g of order %ld must be positive and finite", c, order);
    return KR_THEORY_BAD_INPUT;
  }
  for (int i = 0; i < f->n_orders; ++i)
    if (f->order[i] == order) {
      (void)snprintf(message, length, "order %ld stands twice: give each order once, %ld:%.10g",
                     order, order, f->c[i] + c);
      return KR_THEORY_BAD_INPUT;
    }
  return KR_THEORY_OK;
}

/* Divides c by its sum; a sum that is not 1 is refused and the right mixture named. */
static int normalise(KrMixture *f, char *message, size_t length)
{
  double sum = 0.0;
  size_t used;

  for (int i = 0; i < f->n_orders; ++i) sum += f->c[i];
  for (int i = 0; i < f->n_orders; ++i) f->c[i] /= sum;
  if (fabs(sum - 1.0) <= SUM_TOLERANCE) return KR_THEORY_OK;
  used =
    (size_t)snprintf(message, length, "the c sum to %.10g, not to 1; normalised it would be ", sum);
  for (int i = 0; i < f->n_orders && used < length; ++i)
    used += (size_t)snprintf(message + used, length - used, "%s%d:%.10g", i > 0 ? "," : "",
                             f->order[i], f->c[i]);
  return KR_THEORY_BAD_INPUT;
}

/*
  KrMixtureParse - Reads a mixture from text such as "3:0.36,4:0.64".

  Not collective

  Input:
+ text   - comma-separated order:c, c = variance of the order, sum 1 within 1e-9, no blanks
- length - size of message; 200 holds the longest

  Output:
+ f       - the mixture, c divided by their sum; undefined after an error
- message - empty, or one line (no newline) saying what is wrong and what would be right

  Errors: KR_THEORY_BAD_INPUT with its message
*/
int KrMixtureParse(const char *text, KrMixture *f, char *message, size_t length)
{
  const char *next = text;

  *f = (KrMixture){0};
  if (length > 0) message[0] = '\0';
  for (;;) {
    long   order;
    double c;
    int    status;

    if (!read_term(&next, &order, &c) || (*next != ',' && *next != '\0')) {
      (void)snprintf(message, length,
                     "\"%.60s\" is not a mixture: expected order:c,order:c such as %s", text,
                     "3:0.36,4:0.64");
      return KR_THEORY_BAD_INPUT;
    }
    status = check_term(f, order, c, message, length);
    if (status != KR_THEORY_OK) return status;
    f->order[f->n_orders] = (int)order; /* distinct orders 2 to 6: never more than five */
    f->c[f->n_orders++]   = c;
    if (*next == '\0') break;
    ++next;
  }
  return normalise(f, message, length);
}
