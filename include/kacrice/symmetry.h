/* Layer 2: which points of a landscape are one. A symmetry is a constant table that a landscape has: a finite part
   (antipodes, permutations, inversion), by which points come in classes of so many copies, and a continuous part
   (translations, rotations), along which the energy is flat: its zero modes.

   Whoever adds one fills `name` and whatever differs from no symmetry at all; what is NULL has the fall-back that the
   member states. A table may be the first member of a larger struct with numbers of its own (a dimension, kinds of
   particles): each function gets its own table. All functions are pure. */
#pragma once
#include <kacrice/base.h>
#include <kacrice/record.h>

typedef struct KrSymmetry_s KrSymmetry;
struct KrSymmetry_s {
  const char *name;
  KrParity parity; /* of the energy under x -> -x; KR_PARITY_NONE: that is none of the symmetries */
  int      n_modes_max; /* zero modes at a point, at most; 0: the group is finite */
  /* x becomes the representative of its class, the same for all members to rounding; NULL: x stays, but for the sign
     that an even energy leaves open */
  void (*canonical)(const KrSymmetry *symmetry, int n, double x[]);
  /* 1 or 0: whether a member of y's class lies within |x - y|^2 <= limit of x; NULL: y itself and, with a parity, -y */
  int (*same)(const KrSymmetry *symmetry, int n, const double x[], const double y[], double limit);
  /* Returned: m <= n_modes_max, the dimension of the orbit through x. Z: its m orthonormal tangents, a row each, in
     n_modes_max rows of n places; NULL: 0 */
  int (*zero_modes)(const KrSymmetry *symmetry, int n, const double x[], double Z[]);
  /* members of the finite part that leave x where it is, modulo the continuous part; NULL: 1 */
  int64_t (*order)(const KrSymmetry *symmetry, int n, const double x[]);
  /* members of the finite part; NULL: 2 with a parity, else 1 */
  double (*group_order)(const KrSymmetry *symmetry, int n);
};

/* no symmetry, and antipodes: (e, k) -> (e, k) of an even energy, (e, k) -> (-e, N-1-k) of an odd one */
extern const KrSymmetry KrSymmetryNone, KrSymmetryEven, KrSymmetryOdd;

const KrSymmetry *KrSymmetryOfParity(KrParity parity);
void              KrSymmetryCanonical(const KrSymmetry *symmetry, int n, double x[]);
int     KrSymmetrySame(const KrSymmetry *symmetry, int n, const double x[], const double y[],
                       double limit);
int     KrSymmetryZeroModes(const KrSymmetry *symmetry, int n, const double x[], double Z[]);
int64_t KrSymmetryOrder(const KrSymmetry *symmetry, int n, const double x[]);
double  KrSymmetryCopies(const KrSymmetry *symmetry, int n, const double x[]);
int     KrSymmetryOrthonormalise(int n, int n_rows, double limit, double Z[]);
