/* Exchanges between neighbouring temperatures. Points stay in their rows; the rows change their slots. */
#include "sampler_impl.h"
#include <math.h>

static void swap(KrSampler s, int slot)
{
  const int row = s->row_of_slot[slot], other = s->row_of_slot[slot + 1];

  s->row_of_slot[slot]     = other;
  s->row_of_slot[slot + 1] = row;
  s->slot_of_row[other]    = slot;
  s->slot_of_row[row]      = slot + 1;
}

/* The pair of slots (slot, slot + 1), detailed balance of the product of their laws. */
static void try_pair(KrSampler s, int slot)
{
  const KrRandomKey key = KrSamplerKey(s, KR_DRAW_EXCHANGE);
  const int         t   = slot % s->n_temperatures;
  const double      change =
    (s->beta[t + 1] - s->beta[t]) * (s->E[s->row_of_slot[slot + 1]] - s->E[s->row_of_slot[slot]]);
  const double probability = PetscMin(1.0, exp(change));

  s->slots[slot].swapped += probability;
  s->slots[slot].exchanges += 1;
  if (KrRandomUniform(&key, KrSamplerCounter(s, slot)) < probability) swap(s, slot);
}

/* Replicas that reach an end of the ladder remember it; back at the hot one after the cold one is a round trip. */
static void follow(KrSampler s, int ladder)
{
  const int hottest = s->row_of_slot[ladder * s->n_temperatures];
  const int coldest = s->row_of_slot[(ladder + 1) * s->n_temperatures - 1];

  if (hottest == coldest) return;
  if (s->direction[hottest] < 0) s->round_trips[ladder] += 1;
  s->direction[hottest] = 1;
  if (s->direction[coldest] > 0) s->direction[coldest] = -1;
}

/* Pairs that begin at an even temperature in even sweeps, at an odd one in odd ones (Okabe et al. 2001). */
void KrSamplerExchange(KrSampler s)
{
  for (int ladder = 0; ladder < s->n_ladders; ++ladder) {
    for (int t = (int)(s->sweep % 2); t + 1 < s->n_temperatures; t += 2)
      try_pair(s, ladder * s->n_temperatures + t);
    follow(s, ladder);
  }
}
