/* Records of TAP states: their schema and their life. */
#include <kacrice/tap_record.h>

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof(array)[0]))
#define AT(member)      offsetof(KrTapRecord, member)

static const char *const names[KR_N_TAP_EVENTS] = {"birth",    "death",    "merge", "onset",
                                                   "marginal", "unlisted", "lost"};

static const KrField state_fields[] = {KR_TAP_ROW(KR_AS_FIELD, KrTapRow)};

static const KrField event_fields[] = {KR_TAP_EVENT(KR_AS_FIELD, KrTapEvent)};

static const KrField fields[] = {KR_TAP_RECORD(KR_AS_FIELD, KrTapRecord)};

/* clang-format off */
static const KrArray arrays[] = {
  {.name = "temperatures", .about = "of the states, units of J", .data = AT(temperatures), .inside = 1,
   .rows = KR_AS_MANY(KrTapRecord, n_temperatures), .unless = KR_NO_MEMBER, .type = KR_FIELD_DOUBLE,
   .range = KR_POSITIVE, .option = "-tap_temperature"},
  {.name = "starts", .about = "of the search in the ball at each temperature", .data = AT(starts), .inside = 1,
   .rows = KR_AS_MANY(KrTapRecord, n_temperatures), .unless = KR_NO_MEMBER, .type = KR_FIELD_INT64,
   .range = KR_WITHIN(0, KR_STARTS_MAX)},
  {.name = "states",
   .about = "TAP states by temperature and free energy; energies and eigenvalues in units of J; "
            "branch: row of the T = 0 point",
   .data = AT(states), .rows = KR_AS_MANY(KrTapRecord, n_states), .unless = KR_NO_MEMBER,
   .fields = state_fields, .n_fields = COUNT_OF(state_fields), .size = sizeof(KrTapRow)},
  {.name = "x", .about = "magnetisations m of the states, |m|^2 = N q", .data = AT(x),
   .rows = KR_AS_MANY(KrTapRecord, n_states), .columns = KR_AS_MANY(KrTapRecord, n), .unless = KR_NO_MEMBER,
   .type = KR_FIELD_DOUBLE, .range = KR_REAL},
  {.name = "events", .about = "what happens to branches on heating; kind as in names", .data = AT(events),
   .rows = KR_AS_MANY(KrTapRecord, n_events), .unless = KR_NO_MEMBER, .fields = event_fields,
   .n_fields = COUNT_OF(event_fields), .size = sizeof(KrTapEvent), .words = names, .n_words = KR_N_TAP_EVENTS},
};
/* clang-format on */

static const KrOptionField options[] = {
  {"-model_n", AT(n), KR_FIELD_INT32},
  {"-campaign_seed", AT(seed), KR_FIELD_UINT64},
};

/* Each state has one of the temperatures, and lies where its q says. */
static void check(const void *of, char message[KR_RECORD_MESSAGE])
{
  const KrTapRecord *record = of;

  for (int64_t i = 0; message[0] == '\0' && i < record->n_states; ++i) {
    const KrTapRow *state  = &record->states[i];
    double          square = 0.0;

    for (int j = 0; j < record->n; ++j)
      square += record->x[i * record->n + j] * record->x[i * record->n + j] / record->n;
    if (state->temperature_at >= record->n_temperatures ||
        state->temperature != record->temperatures[state->temperature_at])
      (void)snprintf(message, KR_RECORD_MESSAGE,
                     "data set \"states\", row %lld: %g is no temperature of the file",
                     (long long)i, state->temperature);
    else if (!(fabs(square - state->q) <= 1e-8))
      (void)snprintf(message, KR_RECORD_MESSAGE,
                     "data set \"x\", row %lld: |m|^2 is %.17g N, its q %.17g", (long long)i,
                     square, state->q);
  }
}

const KrRecordType KrTapRecordType = {.filetype  = KR_FILETYPE_TAP,
                                      .about     = "TAP states of one disorder sample",
                                      .size      = sizeof(KrTapRecord),
                                      .fields    = fields,
                                      .n_fields  = COUNT_OF(fields),
                                      .arrays    = arrays,
                                      .n_arrays  = COUNT_OF(arrays),
                                      .options   = options,
                                      .n_options = COUNT_OF(options),
                                      .number    = AT(sample),
                                      .n         = AT(n),
                                      .check     = check};

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
  KrRecordDestroy(&KrTapRecordType, record);
  *record = (KrTapRecord){0};
}
