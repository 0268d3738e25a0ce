/* Records of TAP states. */
#include <kacrice/tap_record.h>
#include <stdlib.h>

/*
  KrTapEventName - Names what happens to a branch.

  Not collective

  Input:
. kind - a KrTapEventKind

  Returns:
  a constant, as files have it; NULL beyond the last
*/
const char *KrTapEventName(KrTapEventKind kind)
{
  static const char *const names[KR_N_TAP_EVENTS] = {"birth",    "death",    "merge", "onset",
                                                     "marginal", "unlisted", "lost"};

  return (int)kind >= 0 && kind < KR_N_TAP_EVENTS ? names[kind] : NULL;
}

/*
  KrTapRecordDestroy - Frees the arrays of a record; may be called twice.

  Not collective

  In/out:
. record - becomes empty
*/
void KrTapRecordDestroy(KrTapRecord *record)
{
  free(record->states);
  free(record->x);
  free(record->events);
  *record = (KrTapRecord){0};
}
