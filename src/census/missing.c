/* How many points a list lacks, by the hits of those it has. */
#include "census_impl.h"
#include <kacrice/stats.h>
#include <math.h>

/* Estimated number of points missing: the larger of two estimates that go by different signs: by points hit but a few
   times, and by the spread of the hits of all. The second goes by ranges of mu, where points are alike. */
double KrSurveyMissing(const KrSurvey *survey)
{
  const int64_t few  = survey->n_points / 64 > 50 ? survey->n_points / 64 : 50;
  int64_t       left = survey->n_points, points = 0;
  double        missing = 0.0, sum = 0.0, squares = 0.0;

  for (int cell = 0; cell < KR_DIAL_BINS; ++cell) {
    points += survey->points[cell];
    sum += KR_LOG_UNIT * (double)survey->log_hits[cell];
    squares += KR_LOG_UNIT * (double)survey->log_hits_squared[cell];
    if ((points < few || left - points < few) && cell < KR_DIAL_BINS - 1) continue;
    if (points > 0) {
      const double n = (double)points, mean = sum / n;

      missing += KrLognormalMissing(points, mean, fmax(0.0, squares / n - mean * mean));
    }
    left -= points;
    points = 0;
    sum = squares = 0.0;
  }
  return fmax(missing, KrChaoMissing(survey->n_hit));
}
