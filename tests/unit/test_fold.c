/* test_fold.c -- folds and scans: any tiling gives the whole's bits; the rules of equals and NaN.
 * Local. */
#include "runtime/exec/fold_kernels.h"

#include <check.h>
#include <math.h>

static uint32_t seed = 1;
static int64_t draw(int64_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (int64_t)(seed >> 8) % n;
}

/* n elements of few distinct values, with zeros of both signs and now and then a NaN. */
static void *make_values(int64_t n, DType t)
{
    static const double pool[] = {0.0, -0.0, 1, -1, 2, -2, 0.0, -0.0};
    char *x = xmalloc((size_t)(n * dtype_size(t)) + 1);
    for (int64_t i = 0; i < n; i++) {
        Scalar v = {.c128 = {pool[draw(8)], pool[draw(8)]}};
        if (dtype_is_inexact(t) && draw(150) == 0)
            v.c128.re = NAN;
        if (!dtype_is_inexact(t))
            v = (Scalar){.i64 = draw(5) - 2};
        v = dtype_cast(v, dtype_is_inexact(t) ? DT_COMPLEX128 : DT_INT64, t, NULL);
        memcpy(x + i * dtype_size(t), &v, (size_t)dtype_size(t));
    }
    return x;
}

enum { A = 5, B = 6, C = 7 };
static const int64_t shape[3] = {A, B, C};

/* Positions: row-major over the reduced axes. */
static void make_place(const bool *red, int64_t *place)
{
    int64_t step = 1;
    for (int d = 2; d >= 0; d--) {
        place[d] = red[d] ? step : 0;
        step *= red[d] ? shape[d] : 1;
    }
}

/* Fold the eight boxes around a corner, in any order, into value and pos. */
static void fold_boxes(FoldOp op, const Strided *a, const bool *red, DType t, char *value,
                       int64_t *pos)
{
    int64_t corner[3] = {draw(A + 1), draw(B + 1), draw(C + 1)}, place[3], turn = draw(8);
    int64_t size = dtype_size(t), kept[3] = {red[0] ? 1 : A, red[1] ? 1 : B, red[2] ? 1 : C};
    make_place(red, place);
    fold_empty(op, t, kept[0] * kept[1] * kept[2], value, pos);
    for (int64_t box = 0; box < 8; box++) {
        FoldBox b = {*a, red, t, 0, place};
        int64_t lo[3], n[3];
        for (int d = 0; d < 3; d++) {
            bool upper = (box ^ turn) >> d & 1;
            lo[d] = upper ? corner[d] : 0;
            n[d] = upper ? shape[d] - corner[d] : corner[d];
            b.a.base += lo[d] * a->stride[d];
            b.a.shape[d] = n[d];
            b.first += lo[d] * place[d];
        }
        char part[A * B * C * 16], *p = part;
        int64_t part_pos[A * B * C], *q = part_pos;
        if (n[0] == 0 || n[1] == 0 || n[2] == 0)
            continue;
        fold_part(op, &b, part, part_pos);
        for (int64_t i = 0; i < (red[0] ? 1 : n[0]); i++)
            for (int64_t j = 0; j < (red[1] ? 1 : n[1]); j++)
                for (int64_t k = 0; k < (red[2] ? 1 : n[2]); k++, p += size, q++) {
                    int64_t at =
                        ((red[0] ? 0 : lo[0] + i) * kept[1] + (red[1] ? 0 : lo[1] + j)) * kept[2] +
                        (red[2] ? 0 : lo[2] + k);
                    fold_combine(op, t, 1, value + at * size, pos + at, p, q);
                }
    }
}

START_TEST(boxes_combine_in_any_order)
{
    static const FoldOp ops[] = {FOLD_SUM, FOLD_PROD,  FOLD_MIN,    FOLD_MAX,
                                 FOLD_AND, FOLD_OR,    FOLD_XOR,    FOLD_ANY,
                                 FOLD_ALL, FOLD_COUNT, FOLD_ARGMIN, FOLD_ARGMAX};
    int64_t place[3];
    for (int i = 0; i < 12; i++)
        for (int from = 0; from < DT_COUNT; from++)
            for (int flags = 1; flags < 8; flags++) {
                FoldOp op = ops[i];
                DType t = op == FOLD_ANY || op == FOLD_ALL ? DT_BOOL
                          : op == FOLD_COUNT               ? DT_INT64
                                                           : (DType)from;
                bool red[3] = {flags & 1, flags & 2, flags & 4}, places = fold_has_place(op, t);
                bool sums = op == FOLD_SUM || op == FOLD_PROD,
                     bits = op >= FOLD_AND && op <= FOLD_XOR;
                if ((sums && !dtype_is_integer(t)) || (bits && dtype_is_inexact(t)))
                    continue;
                char *x = make_values(A * B * C, (DType)from), whole[A * B * C * 16],
                     parts[A * B * C * 16];
                int64_t pos[A * B * C], parts_pos[A * B * C], kept = 1;
                FoldBox b = {strided_dense(x, (DType)from, 3, shape), red, t, 0, place};
                make_place(red, place);
                for (int d = 0; d < 3; d++)
                    kept *= red[d] ? 1 : shape[d];
                fold_part(op, &b, whole, pos);
                fold_boxes(op, &b.a, red, t, parts, parts_pos);
                ck_assert_msg(memcmp(whole, parts, (size_t)(kept * dtype_size(t))) == 0,
                              "op %d, %s, axes %d", (int)op, dtype_name((DType)from), flags);
                if (places)
                    ck_assert_mem_eq(pos, parts_pos, (size_t)kept * 8);
                free(x);
            }
}
END_TEST

static double extreme_of(FoldOp op, double *x, int64_t n)
{
    static const bool red[1] = {true};
    double v;
    FoldBox b = {strided_dense(x, DT_FLOAT64, 1, &n), red, DT_FLOAT64, 0, NULL};
    fold_part(op, &b, &v, NULL);
    return v;
}

/* Along long runs too, where lanes fold first. */
START_TEST(zeros_and_nan)
{
    for (int64_t n = 2; n < 200; n++) {
        double *x = xcalloc((size_t)n, sizeof *x);
        x[n - 1] = -0.0;
        ck_assert(signbit(extreme_of(FOLD_MAX, x, n)) && signbit(extreme_of(FOLD_MIN, x, n)));
        x[0] = -0.0;
        x[n - 1] = 0.0;
        ck_assert(!signbit(extreme_of(FOLD_MAX, x, n)) && !signbit(extreme_of(FOLD_MIN, x, n)));
        x[draw(n)] = NAN;
        ck_assert(isnan(extreme_of(FOLD_MAX, x, n)) && isnan(extreme_of(FOLD_MIN, x, n)));
        free(x);
    }
}
END_TEST

START_TEST(positions)
{
    static const bool red[1] = {true};
    static const int64_t place[1] = {1};
    for (int64_t n = 1; n < 3000; n = n * 5 / 3 + 1) {
        double *x = xmalloc((size_t)n * sizeof *x), v;
        int64_t pos, first = draw(n), second = first + draw(n - first);
        FoldBox b = {strided_dense(x, DT_FLOAT64, 1, &n), red, DT_FLOAT64, 100, place};
        for (int64_t i = 0; i < n; i++)
            x[i] = (double)draw(50);
        x[first] = x[second] = 99;
        fold_part(FOLD_ARGMAX, &b, &v, &pos);
        ck_assert_int_eq(pos, 100 + first);
        x[first] = x[second] = -99;
        fold_part(FOLD_ARGMIN, &b, &v, &pos);
        ck_assert_int_eq(pos, 100 + first);
        x[second] = NAN;
        fold_part(FOLD_ARGMIN, &b, &v, &pos);
        ck_assert_int_eq(pos, 100 + second);
        free(x);
    }
}
END_TEST

/* The definition: leaves from the left, totals from the left. */
static double prod_reference(const double *x, int64_t n)
{
    double all = 1;
    for (int64_t l = 0; l < n; l += FOLD_LEAF) {
        double v = 1;
        for (int64_t i = l; i < n && i < l + FOLD_LEAF; i++)
            v *= x[i];
        all = l ? all * v : v;
    }
    return all;
}

START_TEST(products_of_leaves)
{
    static const bool red[1] = {true};
    for (int64_t n = 1; n < 40000; n = n * 5 / 2 + 1) {
        double *x = xmalloc((size_t)n * sizeof *x), totals[16], out, in = 0, left = 0;
        int64_t cut[4] = {0, draw(n + 1), 0, n}, done = 0;
        for (int64_t i = 0; i < n; i++)
            x[i] = 1 + (double)(draw(2001) - 1000) / 1e5;
        cut[2] = cut[1] + draw(n - cut[1] + 1);
        Strided a = strided_dense(x, DT_FLOAT64, 1, &n);
        fold_prod_whole(&a, red, DT_FLOAT64, &out);
        ck_assert_double_eq(out, prod_reference(x, n));
        for (int i = 0; i < 3; i++) {
            LeafBox b = {a, red, &n, &cut[i], DT_FLOAT64};
            int64_t first, end;
            bool open;
            b.a.base += cut[i] * 8;
            b.a.shape[0] = cut[i + 1] - cut[i];
            if (b.a.shape[0] == 0)
                continue;
            fold_leaf_range(&b, &first, &end, &open);
            ck_assert_int_eq(first, done);
            fold_leaves(FOLD_PROD, &b, totals + done, &in, &left);
            done = end;
            in = left;
        }
        ck_assert_int_eq(done, ceil_div(n, FOLD_LEAF));
        fold_join(FOLD_PROD, DT_FLOAT64, done, 1, totals);
        ck_assert_double_eq(totals[0], out);
        free(x);
    }
}
END_TEST

static void scan_reference(const double *x, int64_t n, int64_t step, double *out)
{
    double offset = 0;
    for (int64_t l = 0; l < n; l += FOLD_LEAF) {
        double v = -0.0;
        for (int64_t i = l; i < n && i < l + FOLD_LEAF; i++) {
            v += x[i * step];
            out[i * step] = l ? offset + v : v;
        }
        offset = l ? offset + v : v;
    }
}

START_TEST(scans)
{
    for (int64_t n = 1; n < 30000; n = n * 3 + 5)
        for (int64_t wide = 1; wide < 12; wide += 9) {
            int64_t both[2] = {n, wide}, size = n * wide;
            double *x = xmalloc((size_t)size * 8), *want = xmalloc((size_t)size * 8);
            for (int64_t i = 0; i < size; i++)
                x[i] = (double)(draw(2001) - 1000) / 997;
            for (int64_t j = 0; j < wide; j++)
                scan_reference(x + j, n, wide, want + j);
            Strided a = strided_dense(x, DT_FLOAT64, 2, both);
            scan_whole(FOLD_SUM, &a, 0, DT_FLOAT64, &a); /* in place */
            ck_assert_mem_eq(x, want, (size_t)size * 8);
            free(want);
            free(x);
        }
}
END_TEST

/* Cut anywhere: totals, offsets, then each part on its own. */
START_TEST(scans_in_parts)
{
    enum { N = 20000 };
    static const bool red[1] = {true};
    int64_t n = N;
    double *x = xmalloc(N * 8), *want = xmalloc(N * 8), *got = xmalloc(N * 8);
    for (int64_t i = 0; i < N; i++)
        x[i] = (double)(draw(2001) - 1000) / 997;
    scan_reference(x, N, 1, want);
    for (int round = 0; round < 20; round++) {
        int64_t a = draw(N), b = draw(N), cut[4] = {0, int64_min(a, b), int64_max(a, b), N},
                done = 1;
        double offset[8] = {0}, carry[4] = {0};
        for (int i = 0; i < 3; i++) {
            Strided part =
                strided_dense(x + cut[i], DT_FLOAT64, 1, &(int64_t){cut[i + 1] - cut[i]});
            LeafBox box = {part, red, &n, &cut[i], DT_FLOAT64};
            int64_t first, end;
            bool open;
            carry[i + 1] = carry[i];
            if (part.shape[0] == 0)
                continue;
            fold_leaf_range(&box, &first, &end, &open);
            fold_leaves(FOLD_SUM, &box, offset + done, &carry[i], &carry[i + 1]);
            done += end - first;
        }
        scan_offsets(FOLD_SUM, DT_FLOAT64, done - 1, 1, offset + 1);
        for (int i = 0; i < 3; i++) {
            int64_t len = cut[i + 1] - cut[i];
            Strided part = strided_dense(x + cut[i], DT_FLOAT64, 1, &len);
            Strided out = strided_dense(got + cut[i], DT_FLOAT64, 1, &len);
            scan_finish(FOLD_SUM, &part, 0, cut[i], DT_FLOAT64, &carry[i],
                        offset + cut[i] / FOLD_LEAF, &out);
        }
        ck_assert_mem_eq(got, want, N * 8);
    }
    free(got);
    free(want);
    free(x);
}
END_TEST

/* ---- dense kernels ---- */

/* Small elements of any real type, many of them zero; floats now and then NaN or -0.0. */
static Scalar drawn(DType t, uint64_t i)
{
    uint64_t h = (i + 7) * UINT64_C(0x9E3779B97F4A7C15);
    h ^= h >> 29;
    Scalar v = {.f64 = (double)(h % 7 ? (int64_t)(h >> 40) % 120 : 0)};
    v.f64 = dtype_kind(t) == 'u' || h & 64 ? v.f64 : -v.f64;
    if (dtype_is_inexact(t) && h % 211 == 0)
        v.f64 = (double)NAN;
    return dtype_cast(v, DT_FLOAT64, t, NULL);
}

static bool is_nan_of(DType t, const Scalar *v)
{
    return t == DT_FLOAT32 ? v->f32 != v->f32 : t == DT_FLOAT64 && v->f64 != v->f64;
}

/* The extreme of values one by one. */
static Scalar slow_extreme(FoldOp op, DType t, Scalar a, Scalar x)
{
    Scalar s = a, y = x;
    double p = dtype_cast(s, t, DT_FLOAT64, NULL).f64, q = dtype_cast(y, t, DT_FLOAT64, NULL).f64;
    if (is_nan_of(t, &a))
        return a;
    return is_nan_of(t, &x) || (op == FOLD_MAX ? q > p : q < p) ? x : a;
}

START_TEST(extremes_of_every_length)
{
    enum { MOST = 700 };
    char x[MOST * 8 + 8], acc[MOST * 8];
    for (int isa = 0; isa <= (int)isa_best(); isa++)
        for (DType t = DT_INT8; t <= DT_FLOAT64; t++)
            for (int n = 1; n < MOST; n += n < 140 ? 1 : 61)
                for (int op = 0; op < 2; op++) {
                    FoldOp fold = op ? FOLD_MAX : FOLD_MIN;
                    size_t size = (size_t)dtype_size(t);
                    const FoldKernel *k = extreme_kernel(fold, t, (Isa)isa);
                    Scalar want = drawn(t, (uint64_t)n), got = want;
                    char *from = x + (n % 3) * (int)size; /* unaligned to a vector */
                    for (int i = 0; i < n && i < MOST - 2; i++) {
                        Scalar v = drawn(t, (uint64_t)(n * 31 + i));
                        memcpy(from + (size_t)i * size, &v, size);
                        want = slow_extreme(fold, t, want, v);
                        Scalar a = drawn(t, (uint64_t)(n * 17 + i));
                        memcpy(acc + (size_t)i * size, &a, size);
                    }
                    k->run(from, n, &got);
                    ck_assert_msg(is_nan_of(t, &want)
                                      ? is_nan_of(t, &got)
                                      : dtype_cast(got, t, DT_FLOAT64, NULL).f64 ==
                                            dtype_cast(want, t, DT_FLOAT64, NULL).f64,
                                  "%s, %d elements, set %d", dtype_name(t), n, isa);
                    k->rows(acc, from, n);
                    for (int i = 0; i < n; i++) {
                        Scalar v = {.u64 = 0}, a = drawn(t, (uint64_t)(n * 17 + i));
                        memcpy(&v, from + (size_t)i * size, size);
                        want = slow_extreme(fold, t, a, v);
                        got = (Scalar){.u64 = 0};
                        memcpy(&got, acc + (size_t)i * size, size);
                        ck_assert(is_nan_of(t, &want)
                                      ? is_nan_of(t, &got)
                                      : dtype_cast(got, t, DT_FLOAT64, NULL).f64 ==
                                            dtype_cast(want, t, DT_FLOAT64, NULL).f64);
                    }
                }
}
END_TEST

START_TEST(counts_and_totals)
{
    enum { MOST = 1300 };
    char x[MOST * 8];
    for (DType t = DT_BOOL; t <= DT_FLOAT64; t++)
        for (int n = 0; n < MOST; n += n < 80 ? 1 : 97)
            for (int sparse = 0; sparse < 3; sparse++) {
                size_t size = (size_t)dtype_size(t);
                int64_t trues = 0, total = 0;
                for (int i = 0; i < n; i++) {
                    Scalar v = drawn(t, (uint64_t)(n * 13 + i));
                    if (sparse && !(sparse == 1 && i == n / 2))
                        v = (Scalar){.u64 = 0};
                    memcpy(x + (size_t)i * size, &v, size);
                    trues += dtype_cast(v, t, DT_BOOL, NULL).b;
                    total += dtype_is_inexact(t) ? 0 : dtype_cast(v, t, DT_INT64, NULL).i64;
                }
                ck_assert_int_eq(count_true(t, x, n), trues);
                ck_assert_int_eq(any_true(t, x, n, false), trues > 0);
                ck_assert_int_eq(any_true(t, x, n, true), trues < n);
                if (narrow_sum(t))
                    ck_assert_int_eq(narrow_sum(t)(x, n), total);
            }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("fold");
    TCase *t = tcase_create("fold");
    tcase_add_test(t, boxes_combine_in_any_order);
    tcase_add_test(t, extremes_of_every_length);
    tcase_add_test(t, counts_and_totals);
    tcase_add_test(t, zeros_and_nan);
    tcase_add_test(t, positions);
    tcase_add_test(t, products_of_leaves);
    tcase_add_test(t, scans);
    tcase_add_test(t, scans_in_parts);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
