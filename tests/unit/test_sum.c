/* test_sum.c -- sums: NumPy's bits for small operands, the fixed rule's for large ones, however
 * they are cut and by either instruction set.  Local. */
#include "runtime/exec/sum.h"

#include <check.h>
#include <float.h>
#include <math.h>

static uint64_t hashed(uint64_t i)
{
    uint64_t x = (i + 1) * UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

/* As make_sum_vectors.py draws it. */
static double element(uint64_t seed, uint64_t i)
{
    uint64_t h = hashed(seed * 1000003 + i);
    return ldexp((double)((int64_t)(h >> 11) - (INT64_C(1) << 52)), -52 - (int)(h & 31));
}

static void *make_operand(uint64_t seed, int64_t n, DType f)
{
    int parts = dtype_is_complex(f) ? 2 : 1;
    double *x = xmalloc((size_t)(n * parts + 1) * sizeof *x);
    float *y = (float *)x;
    for (int64_t i = 0; i < n * parts; i++) {
        double v = element(seed, (uint64_t)i);
        if (dtype_real(f) == DT_FLOAT32)
            y[i] = (float)v;
        else
            x[i] = v;
    }
    return x;
}

static uint64_t fnv(const void *p, int64_t n)
{
    uint64_t h = UINT64_C(0xCBF29CE484222325);
    for (int64_t i = 0; i < n; i++)
        h = (h ^ ((const uint8_t *)p)[i]) * UINT64_C(0x100000001B3);
    return h;
}

typedef struct Vector {
    int seed;
    DType f;
    int ndim;
    int64_t shape[3];
    const char *red;
    uint64_t hash;
} Vector;

static const Vector vectors[] = {
#define DIMS(...)                                                                                  \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define VECTOR(seed, f, ndim, shape, red, hash) {seed, f, ndim, shape, red, hash},
#include "tests/unit/sum_vectors.h"
#undef VECTOR
#undef DIMS
};
enum { NVECTORS = sizeof vectors / sizeof *vectors };
static const DType types[] = {DT_FLOAT32, DT_FLOAT64, DT_COMPLEX64, DT_COMPLEX128};

/* A vector's operand, flags and results. */
typedef struct Case {
    Strided a;
    bool red[3];
    SumRule rule;
    int64_t kept, nbytes;
    void *out;
    Strided to;
} Case;

static Case case_open(const Vector *v)
{
    Case c = {.kept = 1};
    int64_t size = 1, shape[3];
    int k = 0;
    for (int d = 0; d < v->ndim; d++) {
        c.red[d] = v->red[d] == 'r';
        size *= v->shape[d];
        if (!c.red[d]) {
            shape[k++] = v->shape[d];
            c.kept *= v->shape[d];
        }
    }
    c.a = strided_dense(make_operand((uint64_t)v->seed, size, v->f), v->f, v->ndim, v->shape);
    c.rule = sum_rule(v->ndim, v->shape, c.red);
    c.nbytes = c.kept * dtype_size(v->f);
    c.out = xcalloc(1, (size_t)c.nbytes);
    c.to = strided_dense(c.out, v->f, k, shape);
    return c;
}

static void case_close(Case *c)
{
    free(c->out);
    free(c->a.base);
}

START_TEST(vectors_hold)
{
    for (int i = 0; i < NVECTORS; i++) {
        Case c = case_open(&vectors[i]);
        sum_whole(&c.a, c.red, vectors[i].f, &c.to);
        ck_assert_msg(fnv(c.out, c.nbytes) == vectors[i].hash, "vector %d, kind %d", i,
                      c.rule.kind);
        case_close(&c);
    }
}
END_TEST

/* The operand in memory of another layout: axes reversed, every second element, one axis backwards.
 */
START_TEST(layouts_give_the_same_bits)
{
    for (int i = 0; i < NVECTORS; i++) {
        Case c = case_open(&vectors[i]);
        int64_t size = dtype_size(vectors[i].f), step = 2 * size;
        Strided b = c.a;
        char *memory = xmalloc((size_t)(strided_size(&c.a) * step));
        for (int d = 0; d < b.ndim; d++) {
            b.stride[d] = step;
            step *= b.shape[d];
        }
        b.base = memory + b.stride[0] * (b.shape[0] - 1);
        b.stride[0] = -b.stride[0];
        strided_scatter(&b, c.a.base);
        sum_whole(&b, c.red, vectors[i].f, &c.to);
        ck_assert_msg(fnv(c.out, c.nbytes) == vectors[i].hash, "vector %d", i);
        free(memory);
        case_close(&c);
    }
}
END_TEST

START_TEST(instruction_sets_agree)
{
    if (isa_best() == ISA_AVX2)
        return;
    for (int t = 0; t < 4; t++) {
        const SumLanes *a = sum_lanes(types[t], ISA_AVX2), *b = sum_lanes(types[t], ISA_AVX512);
        char *x = make_operand(77, 4096, types[t]), *y = make_operand(78, 4096, types[t]);
        int64_t size = dtype_size(types[t]);
        for (int64_t n = 1; n <= SUM_LEAF; n += n < 140 ? 1 : 61) {
            Scalar p = {.bytes = {0}}, q = p;
            char cols[2][1024 * 16], lanes[2][16 * 16], room[32 * 16 * 16];
            a->leaf(x, 1 + n % 3, n, n * size, &p);
            b->leaf(x, 1 + n % 3, n, n * size, &q);
            ck_assert_mem_eq(&p, &q, 16);
            a->dot(x, y, n, &p);
            b->dot(x, y, n, &q);
            ck_assert_mem_eq(&p, &q, 16);
            a->pairwise(x, n, &p);
            b->pairwise(x, n, &q);
            ck_assert_mem_eq(&p, &q, 16);
            memcpy(cols[0], y, (size_t)(n * size));
            memcpy(cols[1], y, (size_t)(n * size));
            a->columns(cols[0], x, n, 3, n * size);
            b->columns(cols[1], x, n, 3, n * size);
            ck_assert_mem_eq(cols[0], cols[1], (size_t)(n * size));
            if (n > 16)
                continue;
            memset(lanes, 0, sizeof lanes);
            for (int swap = 0; swap < 2; swap++) {
                a->dot_columns(lanes[0], room, y, x, n, 70, n * size, swap, swap);
                b->dot_columns(lanes[1], room, y, x, n, 70, n * size, swap, swap);
                ck_assert_mem_eq(lanes[0], lanes[1], (size_t)(n * size));
                a->chain_columns(lanes[0], y, x, n, 20, n * size, swap);
                b->chain_columns(lanes[1], y, x, n, 20, n * size, swap);
            }
            ck_assert_mem_eq(lanes[0], lanes[1], sizeof lanes[0]);
        }
        free(x);
        free(y);
    }
}
END_TEST

/* Box [lo, hi) along `axis`. */
static SumPart part_of_case(const Case *c, const Vector *v, int axis, int64_t lo, int64_t hi,
                            int64_t *at)
{
    SumPart p = {c->a, NULL, c->red, &c->rule, v->shape, at, v->f};
    memset(at, 0, NDIM_MAX * sizeof *at);
    at[axis] = lo;
    p.a.base += lo * c->a.stride[axis];
    p.a.shape[axis] = hi - lo;
    return p;
}

static void cut_rows(const Case *c, const Vector *v, int axis, const int64_t *cuts, int ncuts)
{
    int parts = dtype_is_complex(v->f) ? 2 : 1;
    ExactSum *sum = xcalloc((size_t)(c->kept * parts), sizeof *sum);
    SumCarry *in = NULL;
    for (int i = 0; i + 1 < ncuts; i++) {
        int64_t at[NDIM_MAX];
        ExactSum *mine = xcalloc((size_t)(c->kept * parts), sizeof *mine);
        SumPart p = part_of_case(c, v, axis, cuts[i], cuts[i + 1], at);
        SumCarry *left = xcalloc((size_t)sum_carries(&p), sizeof *left);
        sum_rows(&p, mine, in, left);
        for (int64_t k = 0; k < c->kept * parts; k++)
            exact_combine(sum + k, mine + k);
        free(mine);
        free(in);
        in = left;
    }
    free(in);
    sum_round(sum, c->kept, v->f, c->out);
    free(sum);
}

static void cut_columns(const Case *c, const Vector *v, int axis, const int64_t *cuts, int ncuts)
{
    SumNode nodes[4 * SUM_NODES_MAX];
    int n = 0;
    char *values = xcalloc((size_t)(200 * c->nbytes), 1), *in = NULL;
    for (int i = 0; i + 1 < ncuts; i++) {
        int64_t at[NDIM_MAX];
        char *left = xcalloc(1, (size_t)c->nbytes);
        SumPart p = part_of_case(c, v, axis, cuts[i], cuts[i + 1], at);
        int some = sum_columns_nodes(&p, nodes + n);
        ck_assert_int_lt(n + some, 200);
        sum_columns(&p, values + n * c->nbytes, in, left);
        n += some;
        free(in);
        in = left;
    }
    free(in);
    sum_columns_join(nodes, n, c->rule.nleaf, values, c->kept, v->f);
    memcpy(c->out, values, (size_t)c->nbytes);
    free(values);
}

/* Wherever a box may be cut at all, the parts give the whole's bits. */
START_TEST(cuts_change_nothing)
{
    int tried = 0;
    for (int i = 0; i < NVECTORS; i++) {
        const Vector *v = &vectors[i];
        Case c = case_open(v);
        for (int axis = 0; axis < v->ndim && c.rule.kind != SUM_SMALL; axis++)
            for (uint64_t round = 0; c.red[axis] && round < 6; round++) {
                uint64_t n = (uint64_t)v->shape[axis];
                int64_t a = (int64_t)(hashed(round) % (n + 1)),
                        b = (int64_t)(hashed(round + 99) % (n + 1));
                int64_t cuts[] = {0, int64_min(a, b), int64_max(a, b), (int64_t)n}, at[NDIM_MAX];
                SumFit worst = FIT_ALIGNED;
                for (int k = 0; k < 3; k++) {
                    SumPart p = part_of_case(&c, v, axis, cuts[k], cuts[k + 1], at);
                    SumFit fit = sum_fit(&c.rule, v->ndim, v->shape, c.red, p.lo, p.a.shape);
                    worst = fit > worst ? fit : worst;
                }
                if (worst == FIT_NEVER || cuts[1] == 0 || cuts[1] == cuts[2] || cuts[2] == cuts[3])
                    continue;
                memset(c.out, 0, (size_t)c.nbytes);
                if (c.rule.kind == SUM_ROWS)
                    cut_rows(&c, v, axis, cuts, 4);
                else
                    cut_columns(&c, v, axis, cuts, 4);
                ck_assert_msg(fnv(c.out, c.nbytes) == v->hash, "vector %d axis %d at %ld, %ld", i,
                              axis, (long)cuts[1], (long)cuts[2]);
                tried++;
            }
        case_close(&c);
    }
    ck_assert_int_gt(tried, 150);
}
END_TEST

START_TEST(masks_split_runs)
{
    for (int64_t n = 1; n < 600; n += 7) {
        double *x = make_operand((uint64_t)n, n, DT_FLOAT64), got = 7, want = 0;
        uint8_t *on = xcalloc((size_t)n, 1);
        bool red[1] = {true};
        Strided a = strided_dense(x, DT_FLOAT64, 1, &n), m = strided_dense(on, DT_BOOL, 1, &n);
        Strided to = strided_dense(&got, DT_FLOAT64, 0, &n);
        for (int64_t i = 0; i < n; i++)
            on[i] = hashed((uint64_t)(i + n)) % 20 != 0;
        sum_small(&a, &m, red, DT_FLOAT64, &to);
        for (int64_t i = 0, j; i < n; i = j) {
            for (j = i; j < n && on[j]; j++)
                ;
            if (j > i)
                sum_lanes(DT_FLOAT64, ISA_AVX2)->pairwise(x + i, j - i, &want);
            j += j == i;
        }
        ck_assert_double_eq(got, want);
        free(on);
        free(x);
    }
}
END_TEST

static double exact_of(const double *x, int n)
{
    ExactSum s;
    exact_init(&s);
    for (int i = 0; i < n; i++)
        exact_add(&s, x[i]);
    return exact_round_f64(&s);
}
#define EXACT(...)                                                                                 \
    exact_of((const double[]){__VA_ARGS__}, (int)(sizeof((double[]){__VA_ARGS__}) / 8))

START_TEST(exact_sums)
{
    double eps = DBL_EPSILON, tiny = 4.9406564584124654e-324;
    ck_assert_double_eq(EXACT(1e308, 1, -1e308), 1);
    ck_assert_double_eq(EXACT(1, eps / 2), 1);                 /* half, to even */
    ck_assert_double_eq(EXACT(1 + eps, eps / 2), 1 + 2 * eps); /* half, to even */
    ck_assert_double_eq(EXACT(1, eps / 2, tiny), 1 + eps);     /* a bit above half */
    ck_assert_double_eq(EXACT(-1, -eps / 2, -tiny), -1 - eps);
    ck_assert_double_eq(EXACT(tiny, tiny, -DBL_MIN), 2 * tiny - DBL_MIN);
    ck_assert_double_eq(EXACT(DBL_MAX, DBL_MAX, -DBL_MAX), DBL_MAX);
    ck_assert(isinf(EXACT(DBL_MAX, DBL_MAX)));
    ck_assert(isinf(EXACT(DBL_MAX, ldexp(1, 970))));
    ck_assert_double_eq(EXACT(DBL_MAX, ldexp(1, 969)), DBL_MAX);
    ck_assert(EXACT(-INFINITY, 1e300) == -INFINITY);
    ck_assert(isnan(EXACT(INFINITY, -INFINITY)) && isnan(EXACT(NAN, 1)));
    ck_assert(signbit(EXACT(-0.0)) && !signbit(EXACT(-0.0, -0.0)) && !signbit(EXACT(1, -1)));
}
END_TEST

START_TEST(exact_rounds_to_float_once)
{
    ExactSum s;
    exact_init(&s);
    exact_add(&s, 1 + 0x1p-24); /* half of float's last place, */
    exact_add(&s, 0x1p-60);     /* and a bit: two roundings would lose it */
    ck_assert(exact_round_f32(&s) == 1 + 0x1p-23f);
    exact_init(&s);
    exact_add(&s, 0x1p-150);
    ck_assert(exact_round_f32(&s) == 0);
    exact_add(&s, 0x1p-200);
    ck_assert(exact_round_f32(&s) == 0x1p-149f);
    exact_init(&s);
    exact_add(&s, FLT_MAX);
    exact_add(&s, 0x1p103);
    ck_assert(isinf(exact_round_f32(&s)));
}
END_TEST

/* Any order and grouping, ranks' words added plainly after normalising. */
/* Sums of a few values of any size, with much cancellation: where they are given they are exact's,
 * and that is nearly always. */
START_TEST(few_are_exact)
{
    int given[2] = {0, 0};
    enum { ROUNDS = 20000 };
    for (int64_t round = 0; round < ROUNDS; round++) {
        double x[12], got;
        float y[12], single;
        ExactSum wide, narrow;
        int n = 1 + (int)(hashed(round) % 12), spread = 1 + (int)(hashed(round + 7) % 90);
        exact_init(&wide);
        exact_init(&narrow);
        for (int i = 0; i < n; i++) {
            int64_t h = hashed(round * 12 + i);
            double v = (double)(h % 20001 - 10000) * (round % 3 ? 1 : 1.0 / 3);
            x[i] = ldexp(v, (int)(h / 20001 % spread) - spread / 2);
            if (i && round % 5 == 0 && h % 4 == 0)
                x[i] = -x[i - 1];
            if (round % 1000 == 999)
                x[i] *= 1e300;
            y[i] = (float)x[i];
            exact_add(&wide, x[i]);
            exact_add(&narrow, (double)y[i]);
        }
        double want = exact_round_f64(&wide);
        float want_single = exact_round_f32(&narrow);
        if (exact_few_f64(x, n, 1, &got)) {
            given[0]++;
            ck_assert_mem_eq(&got, &want, 8);
        }
        if (exact_few_f32(y, n, 1, &single)) {
            given[1]++;
            ck_assert_mem_eq(&single, &want_single, 4);
        }
    }
    ck_assert_int_gt(given[0], ROUNDS * 9 / 10);
    ck_assert_int_gt(given[1], ROUNDS * 9 / 10);
}
END_TEST

START_TEST(exact_is_order_free)
{
    enum { N = 5000, RANKS = 37 };
    ExactSum all, rank[RANKS], sum;
    exact_init(&all);
    exact_init(&sum);
    memset(rank, 0, sizeof rank);
    for (uint64_t i = 0; i < N; i++) {
        double x = ldexp(element(5, i), (int)(hashed(i) % 600) - 300);
        exact_add(&all, x);
        exact_add(&rank[hashed(i + N) % RANKS], x);
    }
    for (int r = RANKS - 1; r >= 0; r--) {
        exact_normalise(&rank[r]);
        for (int w = 0; w < EXACT_WORDS; w++)
            sum.w[w] += rank[r].w[w];
    }
    ck_assert_double_eq(exact_round_f64(&all), exact_round_f64(&sum));
    ck_assert_int_eq(sum.w[EXACT_COUNT], N);
}
END_TEST

/* A dot by its definition. */
static void dot_reference(const double *x, const double *y, int64_t n, double *out)
{
    ExactSum s;
    double chain = 0;
    exact_init(&s);
    for (int64_t l = 0; l < n; l += SUM_LEAF) {
        double leaf[SUM_LANES] = {0};
        for (int64_t g = l; g < n && g < l + SUM_LEAF; g += SUM_GROUP) {
            double lane[SUM_LANES] = {0};
            for (int64_t i = g; i < n && i < g + SUM_GROUP; i++)
                lane[i % SUM_LANES] = fma(x[i], y[i], lane[i % SUM_LANES]);
            for (int k = 0; k < SUM_LANES; k++)
                leaf[k] += lane[k];
        }
        for (int half = SUM_LANES / 2; half; half /= 2)
            for (int k = 0; k < half; k++)
                leaf[k] += leaf[k + half];
        exact_add(&s, leaf[0]);
    }
    for (int64_t i = 0; i < n; i++)
        chain = fma(x[i], y[i], chain);
    *out = n < DOT_CHAIN_MAX ? chain : exact_round_f64(&s);
}

START_TEST(dots)
{
    double *x = make_operand(1, 10000, DT_FLOAT64), *y = make_operand(2, 10000, DT_FLOAT64), want,
           got;
    for (int64_t n = 0; n < 5000; n = n < 140 ? n + 1 : n * 3 / 2 + 1) {
        double *reversed = xmalloc((size_t)(n + 1) * sizeof *y);
        dot_reference(x, y, n, &want);
        dot_whole((char *)x, 8, (char *)y, 8, n, DT_FLOAT64, &got);
        ck_assert_double_eq(got, want);
        for (int64_t i = 0; i < n; i++)
            reversed[n - 1 - i] = y[i];
        dot_whole((char *)x, 8, (char *)(reversed + n - 1), -8, n, DT_FLOAT64, &got);
        ck_assert_double_eq(got, want);
        free(reversed);
    }
    free(x);
    free(y);
}
END_TEST

/* Nodes of neighbouring stretches of leaves always join to the root. */
START_TEST(nodes_cover)
{
    for (int64_t nleaf = 1; nleaf < 70; nleaf++)
        for (int64_t a = 0; a <= nleaf; a++)
            for (int64_t b = a; b <= nleaf; b++) {
                SumNode nodes[3 * SUM_NODES_MAX];
                double values[3 * SUM_NODES_MAX] = {0};
                int n = sum_nodes(0, a, nleaf, nodes);
                n += sum_nodes(a, b, nleaf, nodes + n);
                n += sum_nodes(b, nleaf, nleaf, nodes + n);
                for (int i = 0; i < n; i++)
                    values[i] = (double)(int64_min((nodes[i].index + 1) << nodes[i].level, nleaf) -
                                         (nodes[i].index << nodes[i].level));
                sum_columns_join(nodes, n, nleaf, values, 1, DT_FLOAT64);
                ck_assert_double_eq(values[0], (double)nleaf);
            }
}
END_TEST

START_TEST(orders)
{
    int64_t shape[] = {4, 1, 5, 6}, c[] = {240, 240, 48, 8}, f[] = {8, 0, 32, 160},
            zero[] = {0, 8, 48, 8};
    const int64_t *one[] = {c}, *two[] = {f}, *both[] = {f, c}, *gap[] = {zero};
    int order[4];
    ck_assert_int_eq(sum_order(4, shape, 1, one, order), 3);
    ck_assert(order[0] == 0 && order[1] == 2 && order[2] == 3);
    sum_order(4, shape, 1, two, order);
    ck_assert(order[0] == 3 && order[1] == 2 && order[2] == 0);
    sum_order(4, shape, 2, both, order); /* operands that disagree: as the axes come */
    ck_assert(order[0] == 0 && order[1] == 2 && order[2] == 3);
    sum_order(4, shape, 1, gap, order);
    ck_assert(order[0] == 0 && order[1] == 2 && order[2] == 3);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("sum");
    TCase *t = tcase_create("sum");
    tcase_add_test(t, vectors_hold);
    tcase_add_test(t, layouts_give_the_same_bits);
    tcase_add_test(t, instruction_sets_agree);
    tcase_add_test(t, cuts_change_nothing);
    tcase_add_test(t, masks_split_runs);
    tcase_add_test(t, exact_sums);
    tcase_add_test(t, exact_rounds_to_float_once);
    tcase_add_test(t, few_are_exact);
    tcase_add_test(t, exact_is_order_free);
    tcase_add_test(t, dots);
    tcase_add_test(t, nodes_cover);
    tcase_add_test(t, orders);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
