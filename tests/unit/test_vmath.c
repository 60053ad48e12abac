/* test_vmath.c -- mathematical functions of arrays: at most 1.5 units in the last place from libm's
 * long double, the same bits by both instruction sets, special values.  Local. */
#include "runtime/exec/isa.h"
#include "runtime/exec/strips.h"

#include <check.h>
#include <math.h>

enum { COUNT = 20000 };

typedef struct Function {
    const char *name;
    OpCode op;
    long double (*one)(long double);
    long double (*two)(long double, long double);
    double low, high; /* a range beside the whole one */
} Function;

static const Function functions[] = {
    {"arctan", OP_ARCTAN, atanl, NULL, -4, 4},    {"arctan2", OP_ARCTAN2, NULL, atan2l, -4, 4},
    {"arcsin", OP_ARCSIN, asinl, NULL, -1, 1},    {"arccos", OP_ARCCOS, acosl, NULL, -1, 1},
    {"arcsinh", OP_ARCSINH, asinhl, NULL, -4, 4}, {"arccosh", OP_ARCCOSH, acoshl, NULL, 1, 1.25},
    {"arctanh", OP_ARCTANH, atanhl, NULL, -1, 1}, {"cbrt", OP_CBRT, cbrtl, NULL, -10, 10},
    {"tan", OP_TAN, tanl, NULL, -3000, 3000},     {"sin", OP_SIN, sinl, NULL, -3000, 3000},
    {"cos", OP_COS, cosl, NULL, -3000, 3000},     {"log1p", OP_LOG1P, log1pl, NULL, -1, 4},
};

static uint64_t state = 88172645463325252u;

static double uniform(double low, double high)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return low + (high - low) * (double)(state >> 11) * 0x1p-53;
}

/* Of many sizes and both signs. */
static double wide(void)
{
    double x = exp2(uniform(-120, 120));
    return uniform(0, 1) < 0.5 ? -x : x;
}

static const double special[] = {0.0,
                                 -0.0,
                                 (double)INFINITY,
                                 -(double)INFINITY,
                                 (double)NAN,
                                 1,
                                 -1,
                                 0x1p-1074,
                                 -0x1p-1022,
                                 0x1.fffffffffffffp1023,
                                 -0x1.fffffffffffffp1023,
                                 0.5,
                                 -0.5,
                                 1e300,
                                 1e-300,
                                 0x1p60,
                                 -0x1p500,
                                 0x1p-500,
                                 1.5,
                                 2,
                                 -0x1p-149,
                                 0x1p100,
                                 0x1p20};
enum { SPECIALS = sizeof special / sizeof *special };

/* Operands: a range, all sizes, pairs of special values. */
static int fill(const Function *f, double *x, double *y)
{
    int n = 0;
    for (; n < COUNT; n++) {
        x[n] = n % 2 ? uniform(f->low, f->high) : wide();
        y[n] = n % 2 ? uniform(f->low, f->high) : wide();
    }
    for (int i = 0; i < SPECIALS; i++)
        for (int j = 0; j < SPECIALS; j++, n++) {
            x[n] = special[i];
            y[n] = special[j];
        }
    return n;
}

static void run(const StripTable *table, const Function *f, DType t, int n, const void *x,
                const void *y, void *out)
{
    const void *in[2] = {x, y};
    int flags = 0;
    table->loop[f->op][t](n, &out, in, 0, &flags);
}

/* Units in the last place of a type with that many digits, between what came out and what is exact.
 */
static double units(double got, long double exact, int digits, int least)
{
    int e;
    frexp((double)exact, &e);
    e = e - digits < least ? least : e - digits;
    return (double)(fabsl((long double)got - exact) / ldexpl(1, e));
}

static void check_one(const Function *f, double x, double y, double got, bool single)
{
    long double exact = f->one ? f->one((long double)x) : f->two((long double)x, (long double)y);
    double want = single ? (double)(float)exact : (double)exact;
    bool same = isnan(want) ? isnan(got) : want == got && !signbit(want) == !signbit(got);
    if (same)
        return;
    ck_assert_msg(!isnan(want) && !isnan(got) && !isinf(got) && !signbit(want) == !signbit(got) &&
                      units(got, exact, single ? 24 : 53, single ? -149 : -1074) <= 1.5,
                  "%s(%a, %a) = %a, not %a", f->name, x, y, got, want);
}

START_TEST(values)
{
    enum { MOST = COUNT + SPECIALS * SPECIALS };
    static double x[MOST], y[MOST], out[MOST], other[MOST];
    static float xf[MOST], yf[MOST], outf[MOST], otherf[MOST];
    const Function *f = &functions[_i];
    int n = fill(f, x, y);
    for (int i = 0; i < n; i++) {
        xf[i] = (float)x[i];
        yf[i] = (float)y[i];
    }
    run(&strip_table_avx2, f, DT_FLOAT64, n, x, y, out);
    run(&strip_table_avx2, f, DT_FLOAT32, n, xf, yf, outf);
    for (int i = 0; i < n; i++) {
        check_one(f, x[i], y[i], out[i], false);
        check_one(f, (double)xf[i], (double)yf[i], (double)outf[i], true);
    }
    if (isa_best() != ISA_AVX512)
        return;
    run(&strip_table_avx512, f, DT_FLOAT64, n, x, y, other);
    run(&strip_table_avx512, f, DT_FLOAT32, n, xf, yf, otherf);
    ck_assert_mem_eq(out, other, (size_t)n * sizeof *out);
    ck_assert_mem_eq(outf, otherf, (size_t)n * sizeof *outf);
}
END_TEST

/* A lane's result does not depend on its neighbours, ordinary or not. */
START_TEST(lanes_alone)
{
    double x[3 * SPECIALS], y[3 * SPECIALS], all[3 * SPECIALS], one;
    const Function *f = &functions[_i];
    for (int i = 0; i < 3 * SPECIALS; i++) {
        x[i] = i % 3 ? uniform(f->low, f->high) : special[i / 3];
        y[i] = i % 3 == 1 ? special[i / 3] : uniform(f->low, f->high);
    }
    run(&strip_table_avx2, f, DT_FLOAT64, 3 * SPECIALS, x, y, all);
    for (int i = 0; i < 3 * SPECIALS; i++) {
        run(&strip_table_avx2, f, DT_FLOAT64, 1, &x[i], &y[i], &one);
        ck_assert_mem_eq(&one, &all[i], sizeof one);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("vmath");
    TCase *t = tcase_create("vmath");
    int n = sizeof functions / sizeof *functions;
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, values, 0, n);
    tcase_add_loop_test(t, lanes_alone, 0, n);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
