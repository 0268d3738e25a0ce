/* Options of a census of TAP states. */
#include <kacrice/tap_census.h>
#include <math.h>
#include <stdlib.h>

#define AT(member) offsetof(KrTapOptions, member)

/* clang-format off */
static const KrOption option_list[] = {
  {"-tap_temperature", KR_OPTION_STRING, AT(temperature), "", 0, 0, NULL, "J",
   "temperatures T > 0 of the states, ascending, as 0.1,0.3,0.5", PETSC_TRUE},
  {"-tap_starts", KR_OPTION_INT64, AT(starts), "20000", 0, 1e12, NULL, "",
   "most starts of the direct search, each sample and T; it ends by -census_missing; 0: none", PETSC_TRUE},
  {"-tap_out", KR_OPTION_STRING, AT(out), "", 0, 0, NULL, "",
   "folder of the results; empty: tap in that of the campaign", PETSC_FALSE},
};
/* clang-format on */
const KrOptionTable KrTapOptionTable = {"TAP", option_list, PETSC_STATIC_ARRAY_LENGTH(option_list)};

/*
  KrTapOptionsRead - Reads the options of a census of TAP states, the temperatures as numbers.

  Collective on comm

  Input:
. comm - all ranks that read

  Output:
. options - with 1 ... KR_TAP_TEMPERATURES_MAX temperatures, ascending

  Errors: PETSC_ERR_USER_INPUT naming the option
*/
PetscErrorCode KrTapOptionsRead(MPI_Comm comm, KrTapOptions *options)
{
  const char *text;

  PetscFunctionBeginUser;
  PetscCall(KrOptionsRead(comm, &KrTapOptionTable, options));
  options->n_temperatures = 0;
  text                    = options->temperature;
  KR_CHECK_INPUT(text[0] != '\0', comm,
                 "-tap_temperature: is missing; give one temperature or several, as 0.1,0.3,0.5");
  while (text != NULL) {
    char        *end;
    const double T      = strtod(text, &end),
                 before = options->n_temperatures == 0
                            ? 0.0
                            : options->temperatures[options->n_temperatures - 1];

    KR_CHECK_INPUT(end != text && (*end == ',' || *end == '\0') && isfinite(T), comm,
                   "-tap_temperature %s: must be numbers with commas between, as 0.1,0.3,0.5",
                   options->temperature);
    KR_CHECK_INPUT(
      T > 0.0, comm,
      "-tap_temperature %s: must be greater than 0; the states at T = 0 are those of the census",
      options->temperature);
    KR_CHECK_INPUT(T > before, comm, "-tap_temperature %s: must ascend, %g does not follow %g",
                   options->temperature, T, before);
    KR_CHECK_INPUT(options->n_temperatures < KR_TAP_TEMPERATURES_MAX, comm,
                   "-tap_temperature %s: has more than %d temperatures", options->temperature,
                   KR_TAP_TEMPERATURES_MAX);
    options->temperatures[options->n_temperatures++] = T;
    text                                             = *end == ',' ? end + 1 : NULL;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
