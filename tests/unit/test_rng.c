/* test_rng.c -- random streams.  Replicated.  Expectations are NumPy 2.3's, in hexadecimal. */
#include "stdlib/rng/rng.h"

#include <check.h>
#include <math.h>

static Rng seeded(RngKind kind, uint32_t seed)
{
    SeedSequence s;
    Rng r;
    seed_sequence_init(&s, &seed, 1, NULL, 0);
    rng_init(&r, kind, &s);
    return r;
}

static void check_doubles(const double *x, const double *want, int n)
{
    for (int i = 0; i < n; i++)
        ck_assert_msg(x[i] == want[i], "%d: %a, want %a", i, x[i], want[i]);
}

static void check_ints(const int64_t *x, const int64_t *want, int n)
{
    for (int i = 0; i < n; i++)
        ck_assert_int_eq(x[i], want[i]);
}

/* The generated tables are NumPy's, every bit of them. */
START_TEST(ziggurat_tables)
{
    typedef struct Entry {
        uint64_t k, w, f, k32, w32, f32;
    } Entry;
#define BITS(x)                                                                                    \
    ((union {                                                                                      \
        double d;                                                                                  \
        uint64_t u;                                                                                \
    }){.d = (x)})                                                                                  \
        .u
#define ZIGGURAT_NORMAL(k, w, f, k32, w32, f32)                                                    \
    {k, BITS(w), BITS(f), k32, BITS((double)w32), BITS((double)f32)},
#define ZIGGURAT_EXPONENTIAL ZIGGURAT_NORMAL
    const Entry table[] = {
#include "ziggurat.def"
    };
#undef ZIGGURAT_NORMAL
#undef ZIGGURAT_EXPONENTIAL
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (size_t i = 0; i < sizeof table / 8; i++)
        hash = (hash ^ ((const uint64_t *)table)[i]) * UINT64_C(0x100000001B3);
    ck_assert_uint_eq(sizeof table / sizeof *table, 512);
    ck_assert_uint_eq(hash, UINT64_C(0xFF5801C20CE309AE));
}
END_TEST

START_TEST(random_state)
{
    Rng r;
    double x[3];
    int64_t k[6];
    int8_t b[6];
    IntRange range;
    rng_legacy_seed(&r, 42);
    rng_random(&r, 3, x);
    check_doubles(x, (double[]){0x1.7f8771e5f51ecp-2, 0x1.e6c4068bbd654p-1, 0x1.76c7e8f1e6751p-1},
                  3);
    rng_legacy_standard_normal(&r, 3, x);
    check_doubles(x, (double[]){-0x1.1ca42ce8158a6p+0, 0x1.468e4b5774960p-2, 0x1.1dbd0020eec47p-2},
                  3);
    ck_assert_int_eq(int_range_init(&range, DT_INT64, 0, 100, false), OK);
    rng_legacy_integers(&r, &range, 5, k);
    check_ints(k, (int64_t[]){23, 2, 21, 52, 1}, 5);
    rng_permutation(&r, 6, k);
    check_ints(k, (int64_t[]){4, 2, 0, 5, 1, 3}, 6);
    ck_assert_int_eq(int_range_init(&range, DT_INT8, -5, 5, false), OK);
    rng_legacy_integers(&r, &range, 6, b);
    ck_assert_mem_eq(b, ((int8_t[]){-4, -3, 4, 0, 0, -5}), 6);
    ck_assert_int_eq(rng_legacy_exponential(&r, 2.0, 1, x), OK);
    check_doubles(x, (double[]){0x1.d0bdc7401c94fp-7}, 1);
    uint64_t words[2];
    rng_legacy_seed_array(&r, (uint32_t[]){1, 2, 3}, 3);
    ck_assert_int_eq(int_range_init(&range, DT_UINT64, 0, (__int128)1 << 32, false), OK);
    rng_legacy_integers(&r, &range, 2, words);
    ck_assert_uint_eq(words[0], 2619334238u);
    ck_assert_uint_eq(words[1], 1552691353u);
}
END_TEST

START_TEST(generator)
{
    Rng r = seeded(RNG_PCG64, 42);
    double x[3];
    float f[2];
    int64_t k[6];
    uint8_t b[6];
    IntRange range;
    rng_random(&r, 3, x);
    check_doubles(x, (double[]){0x1.8c43f79a2db24p-1, 0x1.c16959869e47ep-2, 0x1.b79a2584ddb42p-1},
                  3);
    rng_random_f32(&r, 2, f);
    ck_assert(f[0] == 0x1.60088p-4f && f[1] == 0x1.650d6cp-1f);
    ck_assert_int_eq(int_range_init(&range, DT_INT64, 0, 100, false), OK);
    rng_integers(&r, &range, 5, k);
    check_ints(k, (int64_t[]){20, 9, 52, 97, 73}, 5);
    ck_assert_int_eq(int_range_init(&range, DT_UINT8, 0, 200, false), OK);
    rng_integers(&r, &range, 6, b);
    ck_assert_mem_eq(b, ((uint8_t[]){36, 170, 151, 117, 134, 142}), 6);
    rng_standard_normal(&r, 3, x);
    check_doubles(x, (double[]){-0x1.1345298103f02p-6, -0x1.b4c22c75f5b7fp-1, 0x1.c240738c68b17p-1},
                  3);
    rng_standard_exponential(&r, 2, x);
    check_doubles(x, (double[]){0x1.16ca40a2ef262p+0, 0x1.bb3844f74e639p+0}, 2);
    rng_permutation(&r, 6, k);
    check_ints(k, (int64_t[]){1, 0, 4, 2, 5, 3}, 6);
    ck_assert_int_eq(rng_choice(&r, 50, 4, false, true, k), OK);
    check_ints(k, (int64_t[]){26, 4, 43, 3}, 4);
    ck_assert_int_eq(rng_poisson(&r, 20, 4, k), OK);
    check_ints(k, (int64_t[]){24, 24, 19, 15}, 4);
    r = seeded(RNG_PHILOX, 7);
    rng_random(&r, 2, x);
    check_doubles(x, (double[]){0x1.e011b0f91315ep-2, 0x1.b45f92f7e53e2p-2}, 2);
}
END_TEST

/* A rank that skips to its part draws what it would have drawn in the whole. */
START_TEST(parts_equal_the_whole)
{
    enum { N = 1000 };
    static const RngKind kinds[] = {RNG_PCG64, RNG_PHILOX};
    double whole[N], part[N];
    for (int k = 0; k < 2; k++) {
        for (int before = 0; before < 6; before++) {
            Rng start = seeded(kinds[k], 5), r;
            rng_random(&start, before, part);
            r = start;
            rng_random(&r, N, whole);
            for (int nshards = 1; nshards <= 16; nshards++) {
                for (int shard = 0; shard < nshards; shard++) {
                    int lo = N * shard / nshards, hi = N * (shard + 1) / nshards;
                    Rng own = start;
                    rng_skip(&own, (unsigned)lo);
                    rng_random(&own, hi - lo, part);
                    check_doubles(part, whole + lo, hi - lo);
                }
            }
        }
    }
}
END_TEST

START_TEST(ranges_are_checked)
{
    static const struct {
        DType t;
        int64_t low, high;
        bool endpoint;
        const char *message;
    } cases[] = {{DT_INT64, 5, 5, false, "low >= high"},
                 {DT_INT64, 0, 0, false, "high <= 0"},
                 {DT_INT64, 5, 4, true, "low > high"},
                 {DT_INT64, 0, -1, true, "high < 0"},
                 {DT_UINT8, 0, 257, false, "high is out of bounds for uint8"},
                 {DT_UINT8, -1, 257, false, "low is out of bounds for uint8"},
                 {DT_BOOL, 0, 3, false, "high is out of bounds for bool"}};
    IntRange range;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_int_eq(
            int_range_init(&range, cases[i].t, cases[i].low, cases[i].high, cases[i].endpoint),
            ERR_VALUE);
        ck_assert_str_eq(status_text(), cases[i].message);
    }
    ck_assert_int_eq(int_range_init(&range, DT_UINT64, 0, (__int128)1 << 64, false), OK);
    ck_assert_uint_eq(range.span, UINT64_MAX);
}
END_TEST

/* The layers of the ziggurat have equal areas, within the tables' rounding. */
START_TEST(layers_are_consistent)
{
    typedef struct Row {
        uint64_t k;
        double w, f;
    } Row;
    static const Row normal[] = {
#define ZIGGURAT_NORMAL(k, w, f, k32, w32, f32) {k, w, f},
#define ZIGGURAT_EXPONENTIAL(k, w, f, k32, w32, f32)
#include "ziggurat.def"
#undef ZIGGURAT_NORMAL
#undef ZIGGURAT_EXPONENTIAL
    };
    for (int i = 1; i < 256; i++) {
        double x = normal[i].w * 0x1p52;
        ck_assert_double_eq_tol(normal[i].f, exp(-0.5 * x * x), 1e-14);
        if (i > 1)
            ck_assert_double_eq_tol((double)normal[i].k * normal[i].w, normal[i - 1].w * 0x1p52,
                                    1e-13);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("rng");
    TCase *t = tcase_create("rng");
    tcase_add_test(t, ziggurat_tables);
    tcase_add_test(t, random_state);
    tcase_add_test(t, generator);
    tcase_add_test(t, parts_equal_the_whole);
    tcase_add_test(t, ranges_are_checked);
    tcase_add_test(t, layers_are_consistent);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
