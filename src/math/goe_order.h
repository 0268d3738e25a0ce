/* Densities of the ordered eigenvalues of GOE(n), with reusable work space; internal to layer 1. */
#pragma once

typedef struct {
  int     n;
  double  norm;       /* Pfaffian over the whole line, the denominator of eq. (6) */
  double  scale;      /* taken out of phi */
  double *memory;     /* one block, owned; the pointers below point into it */
  double *below;      // n x n: B(x)
  double *above;      // n x n: A(x)
  double *left;       // n: a(x)
  double *right;      // n: b(x)
  double *phi;        // n + 2
  double *phi_mirror; // n + 2
  double *work;       // 5 n + 10
  double *error;      // n: estimated error of each density
  double *re, *im;    // (n + 3)^2: A + y B and its borders
} KrGoeOrder;

int  KrGoeOrderCreate(int n, KrGoeOrder *order);
void KrGoeOrderDestroy(KrGoeOrder *order);
void KrGoeOrderEvaluate(KrGoeOrder *order, double x, int n_index, double density[]);
