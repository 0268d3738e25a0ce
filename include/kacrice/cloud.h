/* Layer 2: clouds of particles in space, d coordinates a particle. The energy does not change with translations,
   rotations, reflections and exchanges of like particles: a symmetry (kacrice/symmetry.h) with numbers of its own. */
#pragma once
#include <kacrice/symmetry.h>

#define KR_CLOUD_MAX 512 /* particles of a cloud, at most */

typedef struct {
  KrSymmetry table;      /* first: a pointer to it is one to all */
  int        dimension;  /* d, 2 or 3 */
  int        has_mirror; /* reflections belong to the group */
  const int *kind;       /* of each particle: those of one kind are like; lent; NULL: all are */
} KrCloud;

void   KrCloudInitialise(int dimension, int has_mirror, const int kind[], KrCloud *cloud);
void   KrCloudDistances(int dimension, int n, const double x[], double distances[]);
double KrCloudAlign(const KrCloud *cloud, int n, const double x[], const double y[], double limit,
                    double aligned[]);
int    KrCloudRank(int dimension, int n, const double x[]);
int    KrCloudIsConnected(int dimension, int n, const double x[], double longest);
