/* kr_test: labels=theory timeout=30 */
/* The covariance of the model: its derivatives, and how a mixture is read and refused. */
#include <kacrice/theory.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "near.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const KrMixture mixed = {.n_orders = 2, .order = {3, 4}, .c = {0.36, 0.64}};

/* Powers by hand: f = 0.36 q^3 + 0.64 q^4. */
static void derivatives_follow_the_powers(void **state)
{
  const double q = 0.7;

  (void)state;
  /* a few operations on numbers of order 10: 1e-14 */
  EXPECT_NEAR(KrMixtureValue(&mixed, 0, q), 0.36 * q * q * q + 0.64 * q * q * q * q, 1e-14);
  EXPECT_NEAR(KrMixtureValue(&mixed, 1, q), 1.08 * q * q + 2.56 * q * q * q, 1e-14);
  EXPECT_NEAR(KrMixtureValue(&mixed, 2, q), 2.16 * q + 7.68 * q * q, 1e-14);
  EXPECT_NEAR(KrMixtureValue(&mixed, 4, q), 24.0 * 0.64, 1e-13);
  assert_true(KrMixtureValue(&mixed, 5, q) == 0.0);
  EXPECT_NEAR(KrMixtureValue(&mixed, 1, 1.0), 3.64, 1e-14);
  EXPECT_NEAR(KrMixtureValue(&mixed, 2, 1.0), 9.84, 1e-14);
  assert_true(KrMixtureValue(&mixed, 0, 0.0) == 0.0);
}

static void pure_is_one_order(void **state)
{
  const KrMixture cubic = KrMixturePure(3);

  (void)state;
  assert_int_equal(KrMixtureIsPure(&cubic), 1);
  assert_int_equal(KrMixtureIsPure(&mixed), 0);
  assert_true(KrMixtureValue(&cubic, 2, 0.5) == 3.0);
  assert_int_equal(KrMixtureCheck(&cubic), KR_THEORY_OK);
  assert_int_equal(KrMixtureCheck(&mixed), KR_THEORY_OK);
}

static void text_is_read(void **state)
{
  KrMixture f;
  char      message[200];

  (void)state;
  assert_int_equal(KrMixtureParse("3:0.36,4:0.64", &f, message, sizeof message), KR_THEORY_OK);
  assert_int_equal(f.n_orders, 2);
  assert_int_equal(f.order[0], 3);
  assert_int_equal(f.order[1], 4);
  EXPECT_NEAR(f.c[0], 0.36, 1e-15);
  assert_string_equal(message, "");
  assert_int_equal(KrMixtureParse("2:0.2,3:0.2,4:0.2,5:0.2,6:0.2", &f, message, sizeof message), 0);
  assert_int_equal(f.n_orders, 5);
  assert_int_equal(KrMixtureParse("6:1", &f, message, sizeof message), KR_THEORY_OK);
  assert_int_equal(KrMixtureIsPure(&f), 1);
}

/* Rounding in the text is taken away, so that f(1) = 1 to rounding. */
static void small_excess_is_normalised(void **state)
{
  KrMixture f;
  char      message[200];

  (void)state;
  assert_int_equal(KrMixtureParse("3:0.3333333333,5:0.6666666667", &f, message, sizeof message), 0);
  EXPECT_NEAR(KrMixtureValue(&f, 0, 1.0), 1.0, 3e-16);
  assert_int_equal(KrMixtureParse("3:0.5,4:0.5000000005", &f, message, sizeof message), 0);
  EXPECT_NEAR(KrMixtureValue(&f, 0, 1.0), 1.0, 3e-16);
}

static void refusals_say_what_is_right(void **state)
{
  static const struct {
    const char *text, *message;
  } cases[] = {
    {"3:0.36,4:0.6", "sum to 0.96, not to 1; normalised it would be 3:0.375,4:0.625"},
    {"3:0.5,3:0.5", "order 3 stands twice: give each order once, 3:1"},
    {"7:1", "order 7 is not supported: orders are 2 to 6"},
    {"1:1", "order 1 is not supported: orders are 2 to 6"},
    {"3:-1", "c = -1 of order 3 must be positive and finite"},
    {"3:0,4:1", "c = 0 of order 3 must be positive and finite"},
    {"3:nan", "of order 3 must be positive and finite"},
    {"3:1e400", "of order 3 must be positive and finite"},
    {"", "expected order:c,order:c"},
    {"3", "expected order:c,order:c"},
    {"3:", "expected order:c,order:c"},
    {"3:1,", "expected order:c,order:c"},
    {"3:0.5;4:0.5", "expected order:c,order:c"},
    {"3:0.5, 4:0.5", "expected order:c,order:c"},
    {"-3:1", "expected order:c,order:c"},
    {"3:1 ", "expected order:c,order:c"},
  };
  KrMixture f;
  char      message[200];

  (void)state;
  for (size_t i = 0; i < LENGTH(cases); ++i) {
    assert_int_equal(KrMixtureParse(cases[i].text, &f, message, sizeof message),
                     KR_THEORY_BAD_INPUT);
    assert_non_null(strstr(message, cases[i].message));
    assert_null(strchr(message, '\n'));
  }
}

/* A short buffer is filled, ended and not overrun. */
static void message_fits_its_buffer(void **state)
{
  KrMixture f;
  char      message[16];

  (void)state;
  memset(message, 'x', sizeof message);
  assert_int_equal(KrMixtureParse("3:0.36,4:0.6", &f, message, 10), KR_THEORY_BAD_INPUT);
  assert_int_equal(strlen(message), 9);
  assert_int_equal(message[10], 'x');
}

static void check_refuses_what_parse_refuses(void **state)
{
  static const KrMixture bad[] = {
    {.n_orders = 0},
    {.n_orders = 1, .order = {7}, .c = {1.0}},
    {.n_orders = 2, .order = {3, 3}, .c = {0.5, 0.5}},
    {.n_orders = 2, .order = {3, 4}, .c = {0.5, 0.4}},
    {.n_orders = 2, .order = {3, 4}, .c = {1.5, -0.5}},
    {.n_orders = KR_MIXTURE_MAX + 1, .order = {3}, .c = {1.0}},
  };

  (void)state;
  for (size_t i = 0; i < LENGTH(bad); ++i)
    assert_int_equal(KrMixtureCheck(&bad[i]), KR_THEORY_BAD_INPUT);
}

/* J is 1 of every law, to the digits it may be typed with, and goes with a factor of H. */
static void the_scale_is_that_of_energies(void **state)
{
  const KrMixture typed = {.n_orders = 2, .order = {3, 4}, .c = {0.3333333333, 0.6666666666}};
  const KrMixture zero  = {.n_orders = 1, .order = {3}, .c = {0.0}};
  KrMixture       large = mixed;

  (void)state;
  assert_true(KrMixtureScale(&mixed) == 1.0);
  assert_true(KrMixtureScale(&typed) == 1.0);
  assert_true(KrMixtureScale(&zero) == 1.0);
  for (int i = 0; i < large.n_orders; ++i) large.c[i] *= 1e20;
  EXPECT_NEAR(1e-10 * KrMixtureScale(&large), 1.0, 1e-15);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(derivatives_follow_the_powers),
    cmocka_unit_test(pure_is_one_order),
    cmocka_unit_test(text_is_read),
    cmocka_unit_test(small_excess_is_normalised),
    cmocka_unit_test(refusals_say_what_is_right),
    cmocka_unit_test(message_fits_its_buffer),
    cmocka_unit_test(check_refuses_what_parse_refuses),
    cmocka_unit_test(the_scale_is_that_of_energies),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
