/* test_print.c -- texts of arrays and scalars.  Local.  Expectations are NumPy 2.3's. */
#include "stdlib/print/floatfmt.h"
#include "stdlib/print/print.h"

#include <check.h>
#include <math.h>

/* A C-contiguous array in memory that counts what is fetched. */
typedef struct Memory {
    PrintSource source;
    int64_t shape[3];
    const char *data;
    int64_t fetched;
} Memory;

static void copy_box(Memory *m, int axis, int64_t at, const int64_t lo[], const int64_t hi[],
                     char **dst)
{
    int64_t size = dtype_size(m->source.dtype);
    if (axis == m->source.ndim) {
        memcpy(*dst, m->data + at * size, (size_t)size);
        *dst += size;
        m->fetched++;
        return;
    }
    for (int64_t i = lo[axis]; i < hi[axis]; i++)
        copy_box(m, axis + 1, at * m->shape[axis] + i, lo, hi, dst);
}

static Status fetch(void *ctx, const int64_t lo[], const int64_t hi[], void *dst)
{
    char *at = dst;
    copy_box(ctx, 0, 0, lo, hi, &at);
    return OK;
}

static void memory_init(Memory *m, DType t, const void *data, int ndim, int64_t a, int64_t b)
{
    *m = (Memory){.shape = {a, b, 1}, .data = data};
    m->source = (PrintSource){m, t, ndim, m->shape, fetch};
}

static void check_repr(DType t, const void *data, int ndim, int64_t a, int64_t b, const char *want)
{
    Memory m;
    Buf out = {0};
    PrintOptions o = print_options_default();
    memory_init(&m, t, data, ndim, a, b);
    ck_assert_int_eq(array_repr(&out, &m.source, &o), OK);
    ck_assert_str_eq(buf_text(&out), want);
    buf_free(&out);
}

START_TEST(reprs)
{
    check_repr(DT_FLOAT64, (double[]){1.5, 2.25, 1e-3}, 1, 3, 1,
               "array([1.50e+00, 2.25e+00, 1.00e-03])");
    check_repr(DT_FLOAT64, (double[]){1e10, 1}, 1, 2, 1, "array([1.e+10, 1.e+00])");
    check_repr(DT_FLOAT64, (double[]){1, INFINITY, -INFINITY}, 1, 3, 1,
               "array([  1.,  inf, -inf])");
    check_repr(DT_FLOAT32, (float[]){0.1f, 1e7f}, 1, 2, 1,
               "array([1.e-01, 1.e+07], dtype=float32)");
    check_repr(DT_COMPLEX128, (Complex128[]){{1, 2}, {NAN, 0}}, 1, 2, 1,
               "array([ 1.+2.j, nan+0.j])");
    check_repr(DT_BOOL, (uint8_t[]){1, 0}, 1, 2, 1, "array([ True, False])");
    check_repr(DT_FLOAT64, NULL, 2, 2, 0, "array([], shape=(2, 0), dtype=float64)");
    check_repr(DT_INT64, (int64_t[]){-1, 20, 3, 4}, 2, 2, 2, "array([[-1, 20],\n       [ 3,  4]])");
    check_repr(DT_FLOAT64, (double[]){1.5}, 0, 1, 1, "array(1.5)");
}
END_TEST

START_TEST(lines_wrap)
{
    double x[15];
    for (int i = 0; i < 15; i++)
        x[i] = i * (1.0 / 14);
    check_repr(DT_FLOAT64, x, 1, 15, 1,
               "array([0.        , 0.07142857, 0.14285714, 0.21428571, 0.28571429,\n"
               "       0.35714286, 0.42857143, 0.5       , 0.57142857, 0.64285714,\n"
               "       0.71428571, 0.78571429, 0.85714286, 0.92857143, 1.        ])");
}
END_TEST

START_TEST(summaries_fetch_only_corners)
{
    int64_t *x = xmalloc(10000 * sizeof *x);
    for (int i = 0; i < 10000; i++)
        x[i] = i;
    Memory m;
    Buf out = {0};
    PrintOptions o = print_options_default();
    memory_init(&m, DT_INT64, x, 2, 100, 100);
    ck_assert_int_eq(array_str(&out, &m.source, &o), OK);
    ck_assert_str_eq(buf_text(&out), "[[   0    1    2 ...   97   98   99]\n"
                                     " [ 100  101  102 ...  197  198  199]\n"
                                     " [ 200  201  202 ...  297  298  299]\n"
                                     " ...\n"
                                     " [9700 9701 9702 ... 9797 9798 9799]\n"
                                     " [9800 9801 9802 ... 9897 9898 9899]\n"
                                     " [9900 9901 9902 ... 9997 9998 9999]]");
    ck_assert_int_eq(m.fetched, 36);
    buf_free(&out);
    check_repr(DT_INT64, x, 1, 2000, 1,
               "array([   0,    1,    2, ..., 1997, 1998, 1999], shape=(2000,))");
    free(x);
}
END_TEST

START_TEST(options)
{
    Memory m;
    Buf out = {0};
    PrintOptions o = print_options_default();
    o.precision = 3;
    o.suppress = true;
    o.sign = '+';
    memory_init(&m, DT_FLOAT64, (double[]){1e-9, 2.0 / 3}, 1, 2, 1);
    ck_assert_int_eq(array2string(&out, &m.source, &o, ",", "", ""), OK);
    ck_assert_str_eq(buf_text(&out), "[+0.   ,+0.667]");
    buf_free(&out);
    FloatMode mode;
    ck_assert_int_eq(floatmode_parse("x", &mode), ERR_VALUE);
    ck_assert_str_eq(status_text(),
                     "floatmode option must be one of \"fixed\", \"unique\", \"maxprec\", "
                     "\"maxprec_equal\"");
}
END_TEST

static void check_scalar(DType t, const void *x, const char *str, const char *repr)
{
    Buf out = {0};
    scalar_str(&out, t, x);
    ck_assert_str_eq(buf_text(&out), str);
    out.n = 0;
    scalar_repr(&out, t, x);
    ck_assert_str_eq(buf_text(&out), repr);
    buf_free(&out);
}

START_TEST(scalars)
{
    check_scalar(DT_FLOAT64, &(double){1e16}, "1e+16", "np.float64(1e+16)");
    check_scalar(DT_FLOAT32, &(float){1e6f}, "1e+06", "np.float32(1e+06)");
    check_scalar(DT_FLOAT32, &(float){0.1f}, "0.1", "np.float32(0.1)");
    check_scalar(DT_COMPLEX128, &(Complex128){-0.0, 1}, "(-0+1j)", "np.complex128(-0+1j)");
    check_scalar(DT_COMPLEX64, &(Complex64){0, 1e6f}, "1e+06j", "np.complex64(1e+06j)");
    check_scalar(DT_BOOL, &(uint8_t){1}, "True", "np.True_");
    check_scalar(DT_UINT64, &(uint64_t){UINT64_MAX}, "18446744073709551615",
                 "np.uint64(18446744073709551615)");
    check_scalar(DT_INT8, &(int8_t){-5}, "-5", "np.int8(-5)");
}
END_TEST

START_TEST(digits_near_a_power_of_two)
{
    /* the nearest 16 digits name a neighbour: NumPy writes the shortest instead */
    FloatNotation how = float_notation(false);
    Buf out = {0};
    how.precision = how.min_digits = 15;
    ck_assert_int_eq(float_scientific(&out, 0x1p149, &how), OK);
    ck_assert_str_eq(buf_text(&out), "7.136238463529800e+44");
    buf_free(&out);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("print");
    TCase *t = tcase_create("print");
    tcase_add_test(t, reprs);
    tcase_add_test(t, lines_wrap);
    tcase_add_test(t, summaries_fetch_only_corners);
    tcase_add_test(t, options);
    tcase_add_test(t, scalars);
    tcase_add_test(t, digits_near_a_power_of_two);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
