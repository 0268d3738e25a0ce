/* Layer 1: the TAP free energy of the spherical p-spin model as a function of the self-overlap q = |m|^2/N, and what
   is known exactly about its stationary points; those of pure models: tap_theory.h. Plain C, no MPI. Formulas:
   docs/theory/tap.md. */
#pragma once
#include <kacrice/theory.h>

typedef struct {      /* at one q; everything but H(m) itself depends on it alone */
  double free_energy; /* phi(q): F/N = H/N + phi, units of J */
  double energy;      /* of phi, without its entropy: u = H/N + energy */
  double multiplier;  /* A(q): grad F = grad H + A m */
  double slope;       /* A'(q): F'' = H'' + A + (2 A'/N) m m^T */
  double reaction;    /* w(q) = beta (1-q) sqrt(f''(q)); A = sqrt(f'') (w + 1/w) */
} KrTapTerms;

void   KrTapTermsAt(const KrMixture *f, double temperature, double q, KrTapTerms *terms);
int    KrTapIsState(const KrMixture *f, double temperature, double q);
double KrTapThreshold(const KrMixture *f, double temperature);
double KrTapReach(const KrMixture *f, double temperature, double q);
