/* test_exchange.c -- sorts, searches, scans, gathers, scatters, positions and products of cut
 * arrays, against plain loops.
 *
 * Runs on any number of ranks: every rank makes the same operands and checks the whole result, byte
 * for byte, with everything tiled, one and several tiles a rank, and rounds of all sizes.
 */
#include "runtime/exec/exchange.h"
#include "runtime/exec/fold.h"
#include "runtime/exec/matmul.h"
#include "runtime/exec/net.h"
#include "runtime/exec/sort.h"
#include "runtime/plan/planner.h"
#include "runtime/submit.h"

#include <check.h> /* last: it defines a macro `fail` */

static uint64_t seed;

static int64_t rnd(int64_t n) /* 0 .. n - 1 */
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)((seed >> 33) % (uint64_t)n);
}

static const int64_t tiles[] = {1, 3}, slacks[] = {4096, 1 << 20, 64 << 20};
enum { CONFIGS = 6 };

static void configure(int c)
{
    RtConfig config = {.whole_below = 0, .tiles_per_rank = tiles[c % 2], .slack = slacks[c / 2]};
    Status st = rt_init(&config);
    ck_assert_int_eq(st, OK);
    seed = 1;
}

static void leave(void)
{
    ck_assert_int_eq(rt_flush(), OK);
    ck_assert_int_eq(mem_stats.now, 0);
}

static Operand array_new(DType t, int ndim, const int64_t shape[])
{
    Store *s;
    Status st = store_new(t, ndim, shape, &s);
    ck_assert_int_eq(st, OK);
    View v = view_whole(ndim, shape);
    return operand_array(s, &v);
}

static Operand array_from(DType t, int ndim, const int64_t shape[], const void *data)
{
    Operand a = array_new(t, ndim, shape);
    Status st = rt_host(&a, data);
    ck_assert_int_eq(st, OK);
    return a;
}

/* The operand's elements equal `want`, on this rank. */
static void check_same(const Operand *a, const void *want, const char *what, int64_t n)
{
    int64_t nbytes = view_size(&a->view) * dtype_size(a->dtype), lo[NDIM_MAX] = {0};
    char *got = xmalloc((size_t)nbytes + 1);
    Status st = rt_fetch(a, lo, a->view.shape, got);
    ck_assert_int_eq(st, OK);
    ck_assert_msg(!memcmp(got, want, (size_t)nbytes), "%s of %lld differs", what, (long long)n);
    free(got);
}

/* Values of several kinds: spread, many equal, rising, falling, with NaN and zeros of both signs.
 */
static double *values(int64_t n, int kind)
{
    double *x = xmalloc(sizeof *x * (size_t)(n + 1));
    for (int64_t i = 0; i < n; i++) {
        double special[] = {0.0, -0.0, __builtin_nan(""), __builtin_inf(), -1.0};
        x[i] = kind == 0   ? (double)rnd(1 << 30) / 7 - 1e8
               : kind == 1 ? (double)rnd(3)
               : kind == 2 ? (double)i
               : kind == 3 ? (double)-i
                           : special[rnd(5)];
    }
    return x;
}

START_TEST(sorts_are_stable)
{
    static const int64_t sizes[] = {1, 2, 5, 100, 3001};
    configure(_i);
    for (int k = 0; k < 5; k++)
        for (int kind = 0; kind < 5; kind++) {
            int64_t n = sizes[k], *at = xmalloc(sizeof *at * (size_t)n);
            double *x = values(n, kind);
            Operand a = array_from(DT_FLOAT64, 1, &n, x), out = array_new(DT_FLOAT64, 1, &n),
                    arg = array_new(DT_INT64, 1, &n);
            double *turned = xmalloc(sizeof *turned * (size_t)n);
            for (int64_t i = 0; i < n; i++)
                turned[i] = x[n - 1 - i];
            sort_run(turned, n, DT_FLOAT64);
            argsort_run(x, n, DT_FLOAT64, 0, at);
            ck_assert_int_eq(rt_sort(&a, true, &arg), OK);
            check_same(&arg, at, "argsort", n);
            sort_run(x, n, DT_FLOAT64);
            ck_assert_int_eq(rt_sort(&a, false, &out), OK);
            check_same(&out, x, "sort", n);
            Operand back = a; /* of a reversed view, onto itself */
            back.view = view_slice(&a.view, 0, n - 1, -1, n);
            ck_assert_int_eq(rt_sort(&back, false, &back), OK);
            check_same(&back, turned, "sort in place", n);
            free(turned);
            store_release(a.store);
            store_release(out.store);
            store_release(arg.store);
            free(at);
            free(x);
        }
    leave();
}
END_TEST

START_TEST(sorts_share_the_memory)
{
    configure(_i);
    for (int kind = 0; kind < 4; kind++)
        for (int arg = 0; arg < 2; arg++) {
            int64_t n = 1 << 19, share = n * 8 / net_nranks();
            Operand a = array_new(DT_FLOAT64, 1, &n),
                    out = array_new(arg ? DT_INT64 : DT_FLOAT64, 1, &n);
            Scalar start = {.f64 = 1}, step = {.f64 = kind == 0 ? 1 : kind == 1 ? -1 : 0};
            ck_assert_int_eq(rt_range(&a, DT_FLOAT64, start, step), OK);
            if (kind == 3) { /* all but a few equal */
                Operand few = a;
                few.view = view_slice(&a.view, 0, 5, n / 8, 8);
                ck_assert_int_eq(rt_range(&few, DT_FLOAT64, start, start), OK);
            }
            ck_assert_int_eq(rt_flush(), OK);
            mem_stats.peak = mem_stats.now;
            ck_assert_int_eq(rt_sort(&a, arg, &out), OK);
            ck_assert_int_eq(rt_flush(), OK);
            int64_t limit = 3 * 2 * share + rt_machine.slack;
            ck_assert_msg(mem_stats.peak <= int64_max(limit, 6 * share + (1 << 20)),
                          "%lld bytes for shares of %lld", (long long)mem_stats.peak,
                          (long long)share);
            store_release(a.store);
            store_release(out.store);
        }
    leave();
}
END_TEST

START_TEST(searches_count)
{
    static const int64_t sizes[] = {1, 6, 700};
    configure(_i);
    for (int k = 0; k < 3; k++)
        for (int j = 0; j < 3; j++)
            for (int kind = 0; kind < 5; kind++)
                for (int right = 0; right < 2; right++) {
                    int64_t n = sizes[k], m = sizes[j], *want = xmalloc(sizeof *want * (size_t)m);
                    double *x = values(n, kind), *v = values(m, kind);
                    sort_run(x, n, DT_FLOAT64);
                    search_run(x, n, DT_FLOAT64, v, m, right, want);
                    Operand a = array_from(DT_FLOAT64, 1, &n, x),
                            b = array_from(DT_FLOAT64, 1, &m, v), out = array_new(DT_INT64, 1, &m);
                    ck_assert_int_eq(rt_searchsorted(&a, &b, right, &out), OK);
                    check_same(&out, want, "searchsorted", n);
                    store_release(a.store);
                    store_release(b.store);
                    store_release(out.store);
                    free(v);
                    free(x);
                    free(want);
                }
    leave();
}
END_TEST

START_TEST(scans_keep_the_bits)
{
    static const int64_t shapes[][3] = {{20000, 3, 1}, {3, 20000, 1}, {2, 9000, 3},
                                        {2, 3, 17000}, {10, 20, 30},  {5, 6, 9000}};
    configure(_i);
    for (int k = 0; k < 6; k++)
        for (int axis = 0; axis < 3; axis++) {
            const int64_t *shape = shapes[k];
            int64_t n = shape[0] * shape[1] * shape[2];
            double *x = values(n, 0), *want = xmalloc(sizeof *want * (size_t)n);
            Strided from = strided_dense(x, DT_FLOAT64, 3, shape),
                    to = strided_dense(want, DT_FLOAT64, 3, shape);
            scan_whole(FOLD_SUM, &from, axis, DT_FLOAT64, &to);
            Operand a = array_from(DT_FLOAT64, 3, shape, x), out = array_new(DT_FLOAT64, 3, shape);
            ck_assert_int_eq(rt_scan(FOLD_SUM, &a, axis, DT_FLOAT64, &out), OK);
            check_same(&out, want, "cumsum", n);
            ck_assert_int_eq(rt_scan(FOLD_SUM, &a, axis, DT_FLOAT64, &a), OK);
            check_same(&a, want, "cumsum in place", n);
            store_release(a.store);
            store_release(out.store);
            free(want);
            free(x);
        }
    leave();
}
END_TEST

/* m indices below n, `few` different ones. */
static int64_t *indices(int64_t m, int64_t few)
{
    int64_t *i = xmalloc(sizeof *i * (size_t)m);
    for (int64_t k = 0; k < m; k++)
        i[k] = rnd(few);
    return i;
}

START_TEST(the_last_write_wins)
{
    configure(_i);
    for (int few = 0; few < 2; few++)
        for (int rows = 0; rows < 2; rows++) {
            int64_t shape[] = {500, rows ? 6 : 1}, m = rows ? 3000 : 20000, part[] = {m, shape[1]},
                    w = shape[1];
            int64_t *at = indices(m, few ? 3 : 500);
            double *x = values(500 * w, 2), *v = values(m * w, 0),
                   *got = xmalloc(sizeof *got * (size_t)(m * w));
            Operand a = array_from(DT_FLOAT64, 2, shape, x), b = array_from(DT_FLOAT64, 2, part, v),
                    i = array_from(DT_INT64, 1, &m, at), g = array_new(DT_FLOAT64, 2, part);
            ck_assert_int_eq(rt_put(&a, 1, &i, &b), OK);
            for (int64_t k = 0; k < m; k++)
                memcpy(x + at[k] * w, v + k * w, sizeof *x * (size_t)w);
            check_same(&a, x, "put", m);
            ck_assert_int_eq(rt_take(&a, 1, &i, &g), OK);
            for (int64_t k = 0; k < m; k++)
                memcpy(got + k * w, x + at[k] * w, sizeof *x * (size_t)w);
            check_same(&g, got, "take", m);
            store_release(a.store);
            store_release(b.store);
            store_release(i.store);
            store_release(g.store);
            free(got);
            free(v);
            free(x);
            free(at);
        }
    leave();
}
END_TEST

/* Indices of two axes, the first too short to share: blocks, one after the other. */
START_TEST(blocks_are_written_in_order)
{
    configure(_i);
    int64_t shape[] = {40, 9}, axes[] = {2, 4000}, part[] = {2, 4000, 4}, *at = indices(8000, 40);
    double *x = values(360, 2), *v = values(32000, 0);
    Operand a = array_from(DT_FLOAT64, 2, shape, x), i = array_from(DT_INT64, 2, axes, at),
            b = array_from(DT_FLOAT64, 3, part, v), some = a;
    some.view = view_slice(&a.view, 1, 8, -2, 4);
    ck_assert_int_eq(rt_put(&some, 1, &i, &b), OK);
    for (int64_t k = 0; k < 8000; k++)
        for (int c = 0; c < 4; c++)
            x[at[k] * 9 + 8 - 2 * c] = v[4 * k + c];
    check_same(&a, x, "put by blocks", 8000);
    store_release(a.store);
    store_release(i.store);
    store_release(b.store);
    free(v);
    free(x);
    free(at);
    leave();
}
END_TEST

/* A small array that every rank holds, written through indices that are cut: each rank its part. */
START_TEST(shared_writes_are_in_order)
{
    static const DType types[] = {DT_FLOAT64, DT_COMPLEX128, DT_UINT8};
    configure(_i);
    rt_machine.whole_below = 1 << 14;
    for (int k = 0; k < 3; k++)
        for (int few = 0; few < 2; few++) {
            int64_t size = dtype_size(types[k]), shape[] = {100, 4}, axes[] = {3, 8000},
                    part[] = {3, 8000, 4}, *at = indices(24000, few ? 3 : 100);
            char *x = xmalloc((size_t)(400 * size)), *v = xmalloc((size_t)(96000 * size));
            for (int64_t i = 0; i < 400 * size; i++)
                x[i] = (char)(i % 100);
            for (int64_t i = 0; i < 96000 * size; i++)
                v[i] = (char)rnd(100);
            Operand a = array_from(types[k], 2, shape, x), i = array_from(DT_INT64, 2, axes, at),
                    b = array_from(types[k], 3, part, v);
            ck_assert_int_eq(rt_put(&a, 1, &i, &b), OK);
            for (int64_t j = 0; j < 24000; j++)
                memcpy(x + 4 * at[j] * size, v + 4 * j * size, (size_t)(4 * size));
            check_same(&a, x, "put into a whole store", 24000);
            Operand turned = a, column = b; /* its elements one by one */
            turned.view = view_slice(&a.view, 1, 3, -2, 2);
            column.view = view_slice(&b.view, 2, 0, 1, 2);
            ck_assert_int_eq(rt_put(&turned, 1, &i, &column), OK);
            for (int64_t j = 0; j < 24000; j++)
                for (int c = 0; c < 2; c++)
                    memcpy(x + (4 * at[j] + 3 - 2 * c) * size, v + (4 * j + c) * size,
                           (size_t)size);
            check_same(&a, x, "put into a view of a whole store", 24000);
            store_release(a.store);
            store_release(b.store);
            store_release(i.store);
            free(v);
            free(x);
            free(at);
        }
    leave();
}
END_TEST

/* Tiles of two cut axes whose halos reach over all of a row are still homes of their part alone. */
START_TEST(halos_are_no_homes)
{
    configure(_i);
    int64_t shape[] = {5, 5}, wide[] = {5, 10}, part[] = {4, 5}, at[] = {2, 3, 3, 2}, m = 4;
    double *x = values(25, 2), *v = values(20, 0), want[25];
    Operand a = array_from(DT_FLOAT64, 2, shape, x), b = array_from(DT_FLOAT64, 2, part, v),
            i = array_from(DT_INT64, 1, &m, at), sum = array_new(DT_FLOAT64, 2, wide), out = sum;
    for (int k = 0; k < 2; k++) {
        out.view = view_slice(&sum.view, 1, 5 * k, 1, 5);
        ck_assert_int_eq(rt_copy(&out, &a), OK);
    }
    ck_assert_int_eq(rt_put(&a, 1, &i, &b), OK);
    memcpy(want, x, sizeof want);
    for (int k = 0; k < 4; k++)
        memcpy(want + 5 * at[k], v + 5 * k, 5 * sizeof *v);
    check_same(&a, want, "put beside halos", 25);
    store_release(a.store);
    store_release(b.store);
    store_release(i.store);
    store_release(sum.store);
    free(v);
    free(x);
    leave();
}
END_TEST

START_TEST(positions_are_in_order)
{
    static const int64_t shapes[][2] = {{1, 3},     {5, 3},     {130, 3}, {20000, 3},
                                        {1, 60000}, {3, 20000}, {7, 900}, {2, 2}};
    configure(_i);
    for (int k = 0; k < 8; k++)
        for (int kind = 0; kind < 4; kind++) { /* all, none, some, at one end */
            const int64_t *shape = shapes[k], w = shape[1];
            int64_t n = shape[0] * w, count, want = 0, *at[2];
            double *x = xmalloc(sizeof *x * (size_t)n);
            for (int d = 0; d < 2; d++)
                at[d] = xmalloc(sizeof *at[d] * (size_t)n);
            for (int64_t i = 0; i < n; i++) {
                x[i] = kind == 0 || (kind == 2 && rnd(3) == 0) || (kind == 3 && i > n - n / 4 - 2);
                at[0][want] = i / w;
                at[1][want] = i % w;
                want += x[i] != 0;
            }
            Operand a = array_from(DT_FLOAT64, 2, shape, x);
            Store *out[2];
            ck_assert_int_eq(rt_nonzero(&a, &count, out), OK);
            ck_assert_int_eq(count, want);
            for (int d = 0; d < 2; d++) {
                View v = view_whole(1, &count);
                Operand o = operand_array(out[d], &v);
                if (count)
                    check_same(&o, at[d], "nonzero", n);
                store_release(out[d]);
                free(at[d]);
            }
            store_release(a.store);
            free(x);
        }
    leave();
}
END_TEST

START_TEST(products_keep_the_bits)
{
    static const int64_t sizes[][3] = {{5, 3000, 4}, {1, 5000, 7}, {60, 600, 50}, {3, 100, 2}};
    configure(_i);
    for (int k = 0; k < 4; k++)
        for (int turned = 0; turned < 2; turned++) {
            int64_t m = sizes[k][0], terms = sizes[k][1], n = sizes[k][2];
            int64_t sa[] = {turned ? terms : m, turned ? m : terms}, sb[] = {terms, n},
                    sc[] = {m, n};
            int perm[] = {1, 0};
            double *x = values(m * terms, 0), *y = values(terms * n, 0),
                   *want = xmalloc(sizeof *want * (size_t)(m * n));
            Operand a = array_from(DT_FLOAT64, 2, sa, x), b = array_from(DT_FLOAT64, 2, sb, y),
                    c = array_new(DT_FLOAT64, 2, sc);
            Strided xs = strided_dense(x, DT_FLOAT64, 2, sa),
                    ys = strided_dense(y, DT_FLOAT64, 2, sb),
                    cs = strided_dense(want, DT_FLOAT64, 2, sc);
            if (turned) {
                a.view = view_transpose(&a.view, perm);
                xs.shape[0] = m;
                xs.shape[1] = terms;
                xs.stride[0] = 8;
                xs.stride[1] = m * 8;
            }
            matmul_run(&xs, &ys, &cs, false);
            ck_assert_int_eq(rt_matmul(&a, &b, &c, PRODUCT_MATMUL), OK);
            check_same(&c, want, "product", m * terms * n);
            store_release(a.store);
            store_release(b.store);
            store_release(c.store);
            free(want);
            free(y);
            free(x);
        }
    leave();
}
END_TEST

/* A view that no tile's box fits is collected element by element, and read from there. */
START_TEST(scattered_views_are_collected)
{
    configure(_i);
    int64_t n = 240000, shape[] = {400, 600}, turned[] = {600, 400};
    int perm[] = {1, 0};
    double *x = values(n, 2), *want = xmalloc(sizeof *want * (size_t)n);
    Operand a = array_from(DT_FLOAT64, 1, &n, x), out = array_new(DT_FLOAT64, 2, turned), t = a;
    ck_assert(view_reshape(&a.view, 2, shape, &t.view));
    t.view = view_transpose(&t.view, perm);
    mem_stats.peak = mem_stats.now;
    ck_assert_int_eq(rt_copy(&out, &t), OK);
    for (int64_t i = 0; i < n; i++)
        want[i] = x[i % 400 * 600 + i / 400];
    check_same(&out, want, "transpose of a reshape", n);
    store_release(a.store);
    store_release(out.store);
    free(want);
    free(x);
    leave();
}
END_TEST

int main(void)
{
    Suite *s = suite_create("exchange");
    TCase *t = tcase_create("exchange");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, sorts_are_stable, 0, CONFIGS);
    tcase_add_loop_test(t, sorts_share_the_memory, 0, CONFIGS);
    tcase_add_loop_test(t, searches_count, 0, CONFIGS);
    tcase_add_loop_test(t, scans_keep_the_bits, 0, CONFIGS);
    tcase_add_loop_test(t, the_last_write_wins, 0, CONFIGS);
    tcase_add_loop_test(t, blocks_are_written_in_order, 0, CONFIGS);
    tcase_add_loop_test(t, shared_writes_are_in_order, 0, CONFIGS);
    tcase_add_loop_test(t, halos_are_no_homes, 0, CONFIGS);
    tcase_add_loop_test(t, positions_are_in_order, 0, CONFIGS);
    tcase_add_loop_test(t, products_keep_the_bits, 0, CONFIGS);
    tcase_add_loop_test(t, scattered_views_are_collected, 0, CONFIGS);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, net_launched() && atoi(getenv("OMPI_COMM_WORLD_RANK") ?: "0") ? CK_SILENT
                                                                                     : CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    if (net_launched()) /* CK_FORK=no: MPI was started in this process */
        rt_fini();
    return failed != 0;
}
