/* What the files of clouds share. Inside src/geometry only. N coordinates of n = N/d particles. */
#pragma once
#include <kacrice/cloud.h>

#define KR_CLOUD_FLAT \
  1e-9 /* of the sum of r^2: a direction in which a cloud extends less has no extent */

/* cloud_match.c */
int     KrCloudSame(const KrSymmetry *symmetry, int n, const double x[], const double y[],
                    double limit);
int64_t KrCloudOrder(const KrSymmetry *symmetry, int n, const double x[]);
void    KrCloudCentre(int d, int n_particles, const double x[], double centred[]);
double  KrCloudDistance(int d, const double a[], const double b[]);
double  KrCloudTolerance(int d, int n_particles, const double x[]);
/* cloud_canonical.c */
void KrCloudCanonical(const KrSymmetry *symmetry, int n, double x[]);
