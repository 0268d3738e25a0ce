/* Where the next round of Newton starts: so that all energies get the same number of hits a point. */
#include "census_impl.h"
#include <math.h>

#define STEPS   128 /* portions of a round */
#define UNIFORM 0.1 /* share of starts that keep looking everywhere */

/* Cells with a radial coordinate at which points may be, as far beyond the semicircle's edge as -newton_range. */
static void find_reached(const struct KrCensus_s *census, double allowed[KR_DIAL_BINS])
{
  double n_allowed = 0.0;

  for (int d = 0; d < KR_DIAL_BINS; ++d) {
    allowed[d] = 0.0;
    for (int part = 0; part < 8; ++part)
      if (KrModelReach(census->model, (d + (part + 0.5) / 8.0) / KR_DIAL_BINS) <=
          census->search.newton_range)
        allowed[d] = 1.0;
    n_allowed += allowed[d];
  }
  for (int d = 0; n_allowed == 0.0 && d < KR_DIAL_BINS; ++d) allowed[d] = 1.0;
}

/* Cells the dial may be at: all, or those that lead to the window of energies, and somewhat beyond. */
static void find_allowed(const struct KrCensus_s *census, double allowed[KR_DIAL_BINS])
{
  const double *window = census->shape->window;
  const double  e1 = census->search.energy_first, e2 = census->search.energy_last;
  const double  scale = window[1] == 0.0 ? 0.0 : KrCensusPlace(census, 1.0) * window[0] / window[1];
  const int     from  = KrCensusCell(fmin(e1, e2) * scale - 0.1);
  const int     to    = KrCensusCell(fmax(e1, e2) * scale + 0.1);

  for (int d = 0; d < KR_DIAL_BINS; ++d)
    allowed[d] = e1 == e2 || scale == 0.0 || (d >= from && d <= to) ? 1.0 : 0.0;
}

/* Neighbouring cells with enough points to tell how often they are hit; group[cell], -1: none. */
static int form_groups(const KrSurvey *survey, int group[KR_DIAL_BINS])
{
  const int64_t few    = survey->n_points / 100 > 8 ? survey->n_points / 100 : 8;
  int64_t       points = 0, left = survey->n_points;
  int           n_groups = 0;

  for (int cell = 0; cell < KR_DIAL_BINS; ++cell) {
    group[cell] = n_groups;
    points += survey->points[cell];
    if (points < few || left - points < few) continue;
    left -= points;
    points = 0;
    n_groups += 1;
  }
  return n_groups + 1;
}

/* Share of the starts at dial d that ended in group g: what the survey counted, with a little of the neighbours'. */
static double chance(const KrSurvey *survey, const int group[], int d, int g)
{
  double landed = 0.0, made = 1.0;

  for (int near = d - 1; near <= d + 1; ++near) {
    const double weight = near == d ? 1.0 : 0.25;

    if (near < 0 || near >= KR_DIAL_BINS) continue;
    made += weight * (double)survey->origins[near].starts;
    for (int cell = 0; cell < KR_DIAL_BINS; ++cell)
      if (group[cell] == g) landed += weight * (double)survey->landed[near][cell];
  }
  return landed / made;
}

/* Portion after portion to the group with the fewest hits a point, spread over the dial as its finds come from. */
static void fill_up(const KrSurvey *survey, int n_groups, const int group[], const double allowed[],
                    double portion, double weight[])
{
  static const double nothing            = 0.0;
  double              hits[KR_DIAL_BINS] = {nothing}, points[KR_DIAL_BINS] = {nothing};
  double              p[KR_DIAL_BINS][KR_DIAL_BINS], total[KR_DIAL_BINS]   = {nothing};

  for (int cell = 0; cell < KR_DIAL_BINS; ++cell) {
    hits[group[cell]] += (double)survey->hits[cell];
    points[group[cell]] += (double)survey->points[cell];
  }
  for (int g = 0; g < n_groups; ++g)
    for (int d = 0; d < KR_DIAL_BINS; ++d) {
      p[d][g] = allowed[d] * chance(survey, group, d, g);
      total[g] += p[d][g] * p[d][g];
    }
  for (int step = 0; step < STEPS; ++step) {
    int neediest = -1;

    for (int g = 0; g < n_groups; ++g)
      if (points[g] > 0.0 && total[g] > 0.0 &&
          (neediest < 0 || hits[g] * points[neediest] < hits[neediest] * points[g]))
        neediest = g;
    for (int d = 0; neediest >= 0 && d < KR_DIAL_BINS; ++d) {
      const double starts = portion * p[d][neediest] * p[d][neediest] / total[neediest];

      weight[d] += starts;
      for (int g = 0; g < n_groups; ++g) hits[g] += starts * p[d][g];
    }
  }
}

/* The law of the dial for the next round. The survey is the same on every rank, and so is the dial. A round adds about
   a fifth to the starts made so far. */
void KrCensusDial(const struct KrCensus_s *census, const KrSurvey *survey, KrDial *dial)
{
  double  allowed[KR_DIAL_BINS], weight[KR_DIAL_BINS] = {0.0}, n_allowed = 0.0, sum = 0.0;
  int64_t made = 0;
  int     group[KR_DIAL_BINS];

  if (census->manifold->start_at != NULL) find_reached(census, allowed);
  else find_allowed(census, allowed);
  for (int d = 0; d < KR_DIAL_BINS; ++d) {
    made += survey->origins[d].starts;
    n_allowed += allowed[d];
  }
  if (survey->n_points > 0)
    fill_up(survey, form_groups(survey, group), group, allowed, 0.2 * (double)made / STEPS, weight);
  for (int d = 0; d < KR_DIAL_BINS; ++d) sum += weight[d];
  dial->cumulative[0] = 0.0;
  for (int d = 0; d < KR_DIAL_BINS; ++d) {
    const double even = allowed[d] / n_allowed;

    dial->cumulative[d + 1] =
      dial->cumulative[d] + (sum > 0.0 ? UNIFORM * even + (1.0 - UNIFORM) * weight[d] / sum : even);
  }
  dial->cumulative[KR_DIAL_BINS] = 1.0;
}
