/* test_matmul.c -- matrix products against their definition, however cut and by either instruction
 * set. Local. */
#include "runtime/exec/matmul.h"

#include <check.h>
#include <malloc.h>
#include <math.h>

static uint32_t seed = 3;
static int64_t draw(int64_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (int64_t)(seed >> 8) % n;
}

/* A matrix in C order, Fortran order or with gaps. */
static Strided make_matrix(int64_t m, int64_t n, DType t)
{
    int64_t size = dtype_size(t), total = 2 * (m + 1) * (n + 1), shape[2] = {m, n};
    char *x = xmalloc((size_t)(total * size));
    for (int64_t i = 0; i < total; i++) {
        Scalar v = {
            .c128 = {(double)(draw(20001) - 10000) / 997, (double)(draw(20001) - 10000) / 991}};
        if (!dtype_is_inexact(t))
            v = (Scalar){.i64 = draw(1 << 23) * draw(1 << 23)};
        v = dtype_cast(v, dtype_is_inexact(t) ? DT_COMPLEX128 : DT_INT64, t, NULL);
        memcpy(x + i * size, &v, (size_t)size);
    }
    Strided a = strided_dense(x, t, 2, shape);
    int64_t layout = draw(3);
    if (layout == 1) {
        a.stride[0] = size;
        a.stride[1] = m * size;
    } else if (layout == 2) {
        a.stride[1] = 2 * size;
        a.stride[0] = 2 * n * size;
    }
    return a;
}

static Complex128 at(const Strided *a, int64_t i, int64_t j)
{
    Scalar v = {.bytes = {0}};
    memcpy(&v, a->base + i * a->stride[0] + j * a->stride[1], (size_t)dtype_size(a->dtype));
    return dtype_cast(v, a->dtype, DT_COMPLEX128, NULL).c128;
}

static double step(DType t, double a, double b, double c)
{
    return dtype_real(t) == DT_FLOAT32 ? (double)fmaf((float)a, (float)b, (float)c) : fma(a, b, c);
}

static double plus(DType t, double a, double b)
{
    return dtype_real(t) == DT_FLOAT32 ? (double)((float)a + (float)b) : a + b;
}

/* Element (i, j) by definition. */
static Complex128 element(const Strided *a, const Strided *b, int64_t i, int64_t j)
{
    Complex128 sum = {0, 0};
    DType t = a->dtype;
    for (int64_t k0 = 0; k0 < a->shape[1]; k0 += MATMUL_BLOCK) {
        double re = 0, im = 0;
        for (int64_t k = k0; k < a->shape[1] && k < k0 + MATMUL_BLOCK; k++) {
            Complex128 x = at(a, i, k), y = at(b, k, j);
            re = step(t, x.re, y.re, re);
            if (!dtype_is_complex(t))
                continue;
            re = step(t, -x.im, y.im, re);
            im = step(t, x.im, y.re, step(t, x.re, y.im, im));
        }
        sum.re = k0 ? plus(t, sum.re, re) : re;
        sum.im = k0 ? plus(t, sum.im, im) : im;
    }
    return sum;
}

static Strided box(const Strided *a, int64_t i, int64_t m, int64_t j, int64_t n)
{
    Strided b = *a;
    b.base += i * a->stride[0] + j * a->stride[1];
    b.shape[0] = m;
    b.shape[1] = n;
    return b;
}

static void same_matrix(const Strided *a, const Strided *b, const char *what)
{
    for (int64_t i = 0; i < a->shape[0]; i++)
        for (int64_t j = 0; j < a->shape[1]; j++)
            ck_assert_msg(memcmp(a->base + i * a->stride[0] + j * a->stride[1],
                                 b->base + i * b->stride[0] + j * b->stride[1],
                                 (size_t)dtype_size(a->dtype)) == 0,
                          "%s, %s, element %ld %ld", what, dtype_name(a->dtype), (long)i, (long)j);
}

/* By one call, by the other instruction set, and in parts. */
START_TEST(floats_are_chains)
{
    static const int64_t deep[] = {0, 1, 3, 31, 255, 256, 257, 600};
    for (int t = DT_FLOAT32; t <= DT_COMPLEX128; t++)
        for (int round = 0; round < 16; round++) {
            int64_t m = 1 + draw(round < 12 ? 20 : 110), n = 1 + draw(round < 12 ? 70 : 110),
                    k = deep[round % 8];
            Strided a = make_matrix(m, k, (DType)t), b = make_matrix(k, n, (DType)t);
            Strided c = make_matrix(m, n, (DType)t), d = make_matrix(m, n, (DType)t);
            matmul_run(&a, &b, &c, false);
            for (int probe = 0; probe < 30; probe++) {
                int64_t i = draw(m), j = draw(n);
                Complex128 want = element(&a, &b, i, j), got = at(&c, i, j);
                ck_assert_msg(want.re == got.re && want.im == got.im, "%s %ld x %ld x %ld",
                              dtype_name((DType)t), (long)m, (long)k, (long)n);
            }
            matmul_isa(&a, &b, &d, false, ISA_AVX2);
            same_matrix(&c, &d, "AVX2");
            int64_t i = draw(m + 1), j = draw(n + 1);
            for (int quarter = 0; quarter < 4; quarter++)
                for (int64_t k0 = 0; k0 < k || k0 == 0; k0 += MATMUL_BLOCK) {
                    int64_t i0 = quarter & 1 ? i : 0, mm = quarter & 1 ? m - i : i;
                    int64_t j0 = quarter & 2 ? j : 0, nn = quarter & 2 ? n - j : j;
                    int64_t kn = int64_min(MATMUL_BLOCK, k - k0);
                    Strided x = box(&a, i0, mm, k0, kn), y = box(&b, k0, kn, j0, nn);
                    Strided z = box(&d, i0, mm, j0, nn);
                    matmul_run(&x, &y, &z, k0 > 0);
                }
            same_matrix(&c, &d, "in parts");
            free(a.base);
            free(b.base);
            free(c.base);
            free(d.base);
        }
}
END_TEST

/* Rows of doubles, parts together, of a matrix of any layout. */
static double *plain(const Strided *a)
{
    int64_t m = a->shape[0], n = a->shape[1];
    double *x = xmalloc((size_t)(2 * m * n + 1) * sizeof *x), *to = x;
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++, to += 2) {
            Complex128 v = at(a, i, j);
            to[0] = v.re;
            to[1] = v.im;
        }
    return x;
}

/* One row of C by definition: terms in order, blocks added in order.  Parts in doubles. */
#define PLAIN_ROW(NAME, T, FMA)                                                                    \
    __attribute__((target("fma"))) static void NAME(const double *a, const double *b, int64_t k,   \
                                                    int64_t n, bool imag, double *c, T *sum)       \
    {                                                                                              \
        for (int64_t q = 0; q < k; q++, b += 2 * n) {                                              \
            T re = (T)a[2 * q], im = (T)a[2 * q + 1];                                              \
            for (int64_t j = 0; j < 2 * n; j += 2) {                                               \
                sum[j] = FMA(re, (T)b[j], sum[j]);                                                 \
                if (!imag)                                                                         \
                    continue;                                                                      \
                sum[j] = FMA(-im, (T)b[j + 1], sum[j]);                                            \
                sum[j + 1] = FMA(im, (T)b[j], FMA(re, (T)b[j + 1], sum[j + 1]));                   \
            }                                                                                      \
            if ((q + 1) % MATMUL_BLOCK && q + 1 < k)                                               \
                continue;                                                                          \
            for (int64_t j = 0; j < 2 * n; j++) {                                                  \
                c[j] = q < MATMUL_BLOCK ? (double)sum[j] : (double)((T)c[j] + sum[j]);             \
                sum[j] = 0;                                                                        \
            }                                                                                      \
        }                                                                                          \
    }
PLAIN_ROW(plain_row_f32, float, __builtin_fmaf)
PLAIN_ROW(plain_row_f64, double, __builtin_fma)

static double *plain_product(const Strided *a, const Strided *b)
{
    int64_t m = a->shape[0], k = a->shape[1], n = b->shape[1];
    double *x = plain(a), *y = plain(b), *c = xcalloc((size_t)(2 * m * n + 1), sizeof *c),
           *sum = xcalloc((size_t)(2 * n + 1), sizeof *sum);
    bool imag = dtype_is_complex(a->dtype);
    for (int64_t i = 0; i < m; i++)
        if (dtype_real(a->dtype) == DT_FLOAT32)
            plain_row_f32(x + 2 * i * k, y, k, n, imag, c + 2 * i * n, (float *)sum);
        else
            plain_row_f64(x + 2 * i * k, y, k, n, imag, c + 2 * i * n, sum);
    free(sum);
    free(y);
    free(x);
    return c;
}

static void same_as_plain(const Strided *c, const double *want, int64_t k, const char *what)
{
    int64_t m = c->shape[0], n = c->shape[1];
    double *z = plain(c);
    for (int64_t i = 0; i < 2 * m * n; i++)
        if (want[i] != z[i])
            ck_abort_msg("%s, %s %ld x %ld x %ld, element %ld %ld", what, dtype_name(c->dtype),
                         (long)m, (long)k, (long)n, (long)(i / 2 / n), (long)(i / 2 % n));
    free(z);
}

static void check_shape(DType t, int64_t m, int64_t k, int64_t n)
{
    Strided a = make_matrix(m, k, t), b = make_matrix(k, n, t), c = make_matrix(m, n, t);
    bool back = m && draw(4) == 0; /* rows from the last to the first */
    if (back) {
        a.base += (m - 1) * a.stride[0];
        a.stride[0] *= -1;
    }
    double *want = plain_product(&a, &b);
    for (int isa = 0; isa <= (int)isa_best(); isa++) {
        matmul_isa(&a, &b, &c, false, (Isa)isa);
        same_as_plain(&c, want, k, isa == ISA_AVX2 ? "AVX2" : "AVX-512");
    }
    if (back)
        a.base += (m - 1) * a.stride[0];
    free(want);
    free(a.base);
    free(b.base);
    free(c.base);
}

/* Every element of matrices of all layouts, packed and not, with and without rests, by both
 * instruction sets. */
START_TEST(shapes_are_chains)
{
    static const int64_t some[] = {0, 1, 3, 7, 31, 64, 100, 255, 256, 257, 300};
    enum { SOME = sizeof some / sizeof some[0] };
    for (int t = DT_FLOAT32; t <= DT_COMPLEX128; t++) {
        for (int round = 0; round < 24; round++)
            check_shape((DType)t, some[draw(SOME)], some[draw(SOME)], some[draw(SOME)]);
        check_shape((DType)t, 300, 257, 300);
        check_shape((DType)t, 30, 520, 1000); /* several blocks of columns, */
        check_shape((DType)t, 50 + (4 << 20) / 256 / dtype_size((DType)t), 256, 51); /* of rows */
        check_shape((DType)t, 2, 300, 700);
        check_shape((DType)t, 700, 300, 2);
        for (int round = 0; round < 6; round++)
            check_shape((DType)t, 100 + draw(60), 1 + draw(600), 1);
    }
}
END_TEST

START_TEST(integers_wrap)
{
    for (int t = 0; t <= DT_UINT64; t++)
        for (int round = 0; round < 6; round++) {
            int64_t m = 1 + draw(9), n = 1 + draw(round < 4 ? 20 : 700), k = draw(150),
                    size = dtype_size((DType)t);
            Strided a = make_matrix(m, k, (DType)t), b = make_matrix(k, n, (DType)t);
            Strided c = make_matrix(m, n, (DType)t);
            matmul_run(&a, &b, &c, false);
            for (int probe = 0; probe < 40; probe++) {
                int64_t i = draw(m), j = draw(n);
                uint64_t want = 0;
                for (int64_t q = 0; q < k; q++) {
                    uint64_t x = 0, y = 0;
                    memcpy(&x, a.base + i * a.stride[0] + q * a.stride[1], (size_t)size);
                    memcpy(&y, b.base + q * b.stride[0] + j * b.stride[1], (size_t)size);
                    want = t == DT_BOOL ? want | (x & y) : want + x * y;
                }
                ck_assert_mem_eq(c.base + i * c.stride[0] + j * c.stride[1], &want, (size_t)size);
            }
            free(a.base);
            free(b.base);
            free(c.base);
        }
}
END_TEST

/* Each row is a dot, whichever way the matrix lies and wherever its columns are cut. */
START_TEST(vectors_are_dots)
{
    static const int64_t deep[] = {0, 1, 31, 32, 100, 1024, 1030, 3000};
    for (int t = DT_FLOAT32; t <= DT_COMPLEX128; t++)
        for (int round = 0; round < 24; round++) {
            DType f = (DType)t;
            int64_t m = 1 + draw(150), k = deep[round % 8], size = dtype_size(f);
            int parts = dtype_is_complex(f) ? 2 : 1;
            bool first = draw(2);
            Strided a = make_matrix(m, k, f), x = make_matrix(1, k, f), y = make_matrix(1, m, f);
            Strided xv = strided_axes(&x, x.base, 1, 2), yv = strided_axes(&y, y.base, 1, 2);
            matvec_run(&a, &xv, &yv, first);
            for (int64_t i = 0; i < m; i++) {
                Scalar want;
                const char *row = a.base + i * a.stride[0];
                if (first)
                    dot_whole(x.base, x.stride[1], row, a.stride[1], k, f, &want);
                else
                    dot_whole(row, a.stride[1], x.base, x.stride[1], k, f, &want);
                ck_assert_msg(memcmp(yv.base + i * yv.stride[0], &want, (size_t)size) == 0,
                              "%s %ld x %ld", dtype_name(f), (long)m, (long)k);
            }
            if (k >= DOT_CHAIN_MAX) {
                int64_t p = draw(k + 1), q = p + draw(k - p + 1), cut[4] = {0, p, q, k};
                ExactSum *s = xcalloc((size_t)(m * parts), sizeof *s);
                SumCarry *carry = xcalloc((size_t)m, sizeof *carry),
                         *left = xcalloc((size_t)m, sizeof *left);
                char *out = xmalloc((size_t)(m * size));
                for (int i = 0; i < 3; i++) {
                    Strided b = box(&a, 0, m, cut[i], cut[i + 1] - cut[i]);
                    Strided v = box(&x, 0, 1, cut[i], cut[i + 1] - cut[i]);
                    v = strided_axes(&v, v.base, 1, 2);
                    if (v.shape[0] == 0)
                        continue;
                    matvec_part(&b, &v, first, k, cut[i], s, carry, left);
                    memcpy(carry, left, (size_t)m * sizeof *carry);
                }
                sum_round(s, m, f, out);
                for (int64_t i = 0; i < m; i++)
                    ck_assert_mem_eq(out + i * size, yv.base + i * yv.stride[0], (size_t)size);
                free(out);
                free(left);
                free(carry);
                free(s);
            }
            free(a.base);
            free(x.base);
            free(y.base);
        }
}
END_TEST

int main(void)
{
    mallopt(M_MMAP_THRESHOLD, 1 << 25); /* keep pages between matrices */
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    Suite *s = suite_create("matmul");
    TCase *t = tcase_create("matmul");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, floats_are_chains);
    tcase_add_test(t, shapes_are_chains);
    tcase_add_test(t, integers_wrap);
    tcase_add_test(t, vectors_are_dots);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
