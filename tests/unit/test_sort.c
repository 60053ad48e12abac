/* test_sort.c -- sorting, merging, searching against a plain stable sort.  Local. */
#include "runtime/exec/sort.h"

#include <check.h>
#include <math.h>

static uint32_t seed = 7;
static int64_t draw(int64_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (int64_t)(seed >> 8) % n;
}

/* Many equals; zeros of both signs; NaN in either part. */
static char *make_values(int64_t n, DType t)
{
    char *x = xmalloc((size_t)(n * dtype_size(t)) + 1);
    int64_t spread = draw(2) ? 7 : 1000000;
    for (int64_t i = 0; i < n; i++) {
        Scalar v = {.i64 = draw(spread) - spread / 2};
        if (dtype_is_inexact(t)) {
            v = (Scalar){.c128 = {(double)v.i64 / 2, (double)(draw(5) - 2)}};
            if (draw(9) == 0)
                v.c128.re = draw(2) ? -0.0 : NAN;
            if (draw(9) == 0)
                v.c128.im = NAN;
        }
        v = dtype_cast(v, dtype_is_inexact(t) ? DT_COMPLEX128 : DT_INT64, t, NULL);
        memcpy(x + i * dtype_size(t), &v, (size_t)dtype_size(t));
    }
    return x;
}

static DType sorting_type;
static const char *sorting;
static int by_value_then_place(const void *a, const void *b)
{
    int64_t i = *(const int64_t *)a, j = *(const int64_t *)b, size = dtype_size(sorting_type);
    if (sort_less(sorting_type, sorting + i * size, sorting + j * size))
        return -1;
    if (sort_less(sorting_type, sorting + j * size, sorting + i * size))
        return 1;
    return i < j ? -1 : i > j;
}

static int64_t *reference_order(const char *x, int64_t n, DType t)
{
    int64_t *index = xmalloc((size_t)n * 8 + 1);
    for (int64_t i = 0; i < n; i++)
        index[i] = i;
    sorting = x;
    sorting_type = t;
    qsort(index, (size_t)n, 8, by_value_then_place);
    return index;
}

static bool is_nan(const void *x, DType t)
{
    return t == DT_FLOAT32 ? isnan(*(const float *)x)
                           : t == DT_FLOAT64 && isnan(*(const double *)x);
}

START_TEST(sorts)
{
    for (int t = 0; t < DT_COUNT; t++)
        for (int64_t n = 0; n < 3000; n = n * 3 / 2 + 1) {
            int64_t size = dtype_size((DType)t), *index = xmalloc((size_t)n * 8 + 1);
            char *x = make_values(n, (DType)t);
            int64_t *want = reference_order(x, n, (DType)t);
            argsort_run(x, n, (DType)t, 0, index);
            ck_assert_mem_eq(index, want, (size_t)n * 8);
            char *y = xmalloc((size_t)(n * size) + 1);
            memcpy(y, x, (size_t)(n * size));
            sort_run(y, n, (DType)t);
            for (int64_t i = 0; i < n; i++) {
                char *a = y + i * size, *b = x + want[i] * size;
                ck_assert_msg(memcmp(a, b, (size_t)size) == 0 ||
                                  (is_nan(a, (DType)t) && is_nan(b, (DType)t)),
                              "%s, element %ld of %ld", dtype_name((DType)t), (long)i, (long)n);
            }
            free(y);
            free(want);
            free(x);
            free(index);
        }
}
END_TEST

START_TEST(last_axis_of_any_layout)
{
    int64_t shape[2] = {5, 37};
    char *x = make_values(5 * 37, DT_FLOAT64);
    double out[5][37];
    int64_t index[5][37], turned[2] = {8, 40};
    Strided a = strided_dense(x, DT_FLOAT64, 2, shape),
            o = strided_dense(out, DT_FLOAT64, 2, shape);
    Strided at = strided_dense(index, DT_INT64, 2, shape);
    memcpy(a.stride, turned, sizeof turned); /* Fortran order */
    sort_last(&a, &o);
    argsort_last(&a, &at);
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 37; j++) {
            double v = ((double *)x)[index[i][j] * 5 + i];
            ck_assert(v == out[i][j] || (isnan(v) && isnan(out[i][j])));
            ck_assert(j == 0 || !sort_less(DT_FLOAT64, &out[i][j], &out[i][j - 1]));
        }
    free(x);
}
END_TEST

/* Merging sorted stretches, indices along, is sorting the whole. */
START_TEST(merges)
{
    for (int t = 0; t < DT_COUNT; t++)
        for (int k = 0; k < 10; k++) {
            int64_t n[10], size = dtype_size((DType)t), total = 0;
            const void *run[10];
            const int64_t *tag[10];
            for (int i = 0; i < k; i++)
                total += n[i] = draw(60);
            char *x = make_values(total, (DType)t), *y = xmalloc((size_t)(total * size) + 1);
            int64_t *tags = xmalloc((size_t)total * 8 + 1),
                    *out_tag = xmalloc((size_t)total * 8 + 1);
            int64_t *want = reference_order(x, total, (DType)t), at = 0;
            char *out = xmalloc((size_t)(total * size) + 1);
            memcpy(y, x, (size_t)(total * size));
            for (int i = 0; i < k; at += n[i++]) {
                run[i] = y + at * size;
                tag[i] = tags + at;
                argsort_run(y + at * size, n[i], (DType)t, at, tags + at);
                sort_run(y + at * size, n[i], (DType)t);
            }
            merge_runs(k, run, n, (DType)t, out, tag, out_tag);
            ck_assert_mem_eq(out_tag, want, (size_t)total * 8);
            merge_runs(k, run, n, (DType)t, out, NULL, NULL);
            for (int64_t i = 1; i < total; i++)
                ck_assert(!sort_less((DType)t, out + i * size, out + (i - 1) * size));
            free(out);
            free(want);
            free(out_tag);
            free(tags);
            free(y);
            free(x);
        }
}
END_TEST

START_TEST(searches)
{
    for (int t = 0; t < DT_COUNT; t++) {
        enum { N = 100, M = 40 };
        int64_t size = dtype_size((DType)t), left[M], right[M];
        char *x = make_values(N, (DType)t), *v = make_values(M, (DType)t);
        sort_run(x, N, (DType)t);
        search_run(x, N, (DType)t, v, M, false, left);
        search_run(x, N, (DType)t, v, M, true, right);
        for (int i = 0; i < M; i++) {
            int64_t before = 0, through = 0;
            for (int j = 0; j < N; j++) {
                before += sort_less((DType)t, x + j * size, v + i * size);
                through += !sort_less((DType)t, v + i * size, x + j * size);
            }
            ck_assert_int_eq(left[i], before);
            ck_assert_int_eq(right[i], through);
        }
        free(v);
        free(x);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("sort");
    TCase *t = tcase_create("sort");
    tcase_add_test(t, sorts);
    tcase_add_test(t, last_axis_of_any_layout);
    tcase_add_test(t, merges);
    tcase_add_test(t, searches);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
