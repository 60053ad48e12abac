/* matvec.c -- products of matrices and vectors over this rank's memory.  Local.
 *
 * Rows that are dense go by several at a time; rows that lie side by side (a transposed matrix) by
 * some hundred bytes of every column, lanes in the first cache.  Others are packed leaf by leaf.
 */
#include "runtime/exec/matmul.h"

#include <immintrin.h>

#include "runtime/exec/pool.h"
#include "runtime/exec/strips.h"

enum {
    SIDE_BYTES = 512,      /* of each column of rows that lie side by side; */
    FAR_SIDE_BYTES = 1024, /* out of the caches */
    FAR_BYTES = 12 << 20,
    DOTS = 128,          /* rows at a time, at most; */
    FEW = 8,             /* of more than a leaf */
    POLL_BYTES = 8 << 20 /* of the matrix, between polls of the network */
};

/* Dots of rows of a with x, which is dense.  A row is dense, or neighbouring rows are (`across`).
 */
typedef struct Dots {
    const SumLanes *lanes;
    DType f;
    int64_t size;
    const Strided *a;
    const char *x;
    bool x_first, across, chain; /* chain: of few terms in all */
    bool far;                    /* the matrix lies in no cache */
    int64_t most;                /* rows at a time */
    char *row;                   /* one leaf of a row, packed; or lanes of rows side by side */
    int64_t until_poll;
    void *memory;
    int64_t nbytes;
    char few[4096] __attribute__((aligned(64)));
} Dots;

static void dots_open(Dots *d, const Strided *a, const Strided *x, bool x_first, bool chain)
{
    DType f = a->dtype;
    int64_t size = dtype_size(f), k = a->shape[1];
    bool dense = x->stride[0] == size || k <= 1;
    d->lanes = sum_lanes(f, isa_best());
    d->f = f;
    d->size = size;
    d->a = a;
    d->x_first = x_first;
    d->across = a->stride[0] == size && a->stride[1] != size && a->shape[0] > 1;
    d->chain = chain;
    d->far = a->shape[0] * k * size > FAR_BYTES;
    d->most = d->across ? (d->chain ? DOTS : (d->far ? FAR_SIDE_BYTES : SIDE_BYTES) / size)
                        : (k > SUM_LEAF ? FEW : DOTS);
    d->until_poll = POLL_BYTES;
    int64_t room = d->across ? (d->chain ? 0 : SUM_LANES * int64_min(d->most, a->shape[0]))
                             : (a->stride[1] == size ? 0 : int64_min(k, SUM_LEAF));
    d->nbytes = ((dense ? 0 : k) + room) * size;
    d->memory = d->nbytes <= (int64_t)sizeof d->few ? d->few : pool_take(d->nbytes);
    d->row = d->memory;
    d->x = x->base;
    if (!dense) {
        d->x = d->row + room * size;
        run_cast(x->base, x->stride[0], k, x->dtype, (char *)d->x, f);
    }
}

static void dots_close(Dots *d)
{
    if (d->memory != d->few)
        pool_free(d->memory, d->nbytes);
}

static void count_work(Dots *d, int64_t terms)
{
    if (!strips_poll || (d->until_poll -= terms * d->size) > 0)
        return;
    d->until_poll = POLL_BYTES;
    unsigned csr = _mm_getcsr();
    strips_poll();
    _mm_setcsr(csr);
}

/* Rows [i, i + m), dense each. */
static void rows_leaf(const Dots *d, const char *a, const char *x, int64_t m, int64_t n, char *out,
                      int64_t apart)
{
    (d->chain ? d->lanes->chain_rows : d->lanes->dot_rows)(x, a, m, n, d->a->stride[0], !d->x_first,
                                                           out, apart);
}

/* Rows side by side. */
static void side_leaf(const Dots *d, const char *a, const char *x, int64_t m, int64_t n, char *out,
                      int64_t apart)
{
    int64_t size = d->size;
    char sums[DOTS * sizeof(Complex128)] __attribute__((aligned(64))),
        *to = apart == size ? out : sums;
    if (d->chain)
        d->lanes->chain_columns(to, x, a, m, n, d->a->stride[1], !d->x_first);
    else
        d->lanes->dot_columns(to, d->row, x, a, m, n, d->a->stride[1], !d->x_first, d->far);
    for (int64_t r = 0; r < m && to == sums; r++)
        memcpy(out + r * apart, sums + r * size, (size_t)size);
}

/* Leaf sums of m rows beginning at row i, terms [k0, k0 + n), to `out`, `apart` bytes from row to
 * row. */
static void dots_leaf(Dots *d, int64_t i, int64_t m, int64_t k0, int64_t n, char *out,
                      int64_t apart)
{
    const Strided *a = d->a;
    const char *at = a->base + i * a->stride[0] + k0 * a->stride[1], *x = d->x + k0 * d->size;
    count_work(d, m * n);
    if (d->across)
        side_leaf(d, at, x, m, n, out, apart);
    else if (a->stride[1] == d->size || n <= 1)
        rows_leaf(d, at, x, m, n, out, apart);
    else
        for (int64_t r = 0; r < m; r++, at += a->stride[0]) {
            run_cast(at, a->stride[1], n, d->f, d->row, d->f);
            rows_leaf(d, d->row, x, 1, n, out + r * apart, apart);
        }
}

static void matvec_integers(const Strided *a, const Strided *x, const Strided *y)
{
    Strided b = *x, c = *y;
    b.ndim = c.ndim = 2;
    b.shape[1] = c.shape[1] = 1;
    b.stride[1] = c.stride[1] = dtype_size(x->dtype);
    matmul_run(a, &b, &c, false);
}

/* Rows [i, i + m): all leaves of theirs. */
static void dots_rows(Dots *d, int64_t i, int64_t m, char *out, int64_t apart)
{
    int64_t k = d->a->shape[1];
    for (int64_t l = 0; l == 0 || l < k; l += SUM_LEAF, out += d->size)
        dots_leaf(d, i, m, l, int64_min(SUM_LEAF, k - l), out, apart);
}

void matvec_leaves(const Strided *a, const Strided *x, bool x_first, char *out, int64_t apart)
{
    int64_t m = a->shape[0];
    Dots d;
    dots_open(&d, a, x, x_first, false);
    for (int64_t i = 0; i < m; i += d.most)
        dots_rows(&d, i, int64_min(d.most, m - i), out + i * apart, apart);
    dots_close(&d);
}

void matvec_run(const Strided *a, const Strided *x, const Strided *y, bool x_first)
{
    int64_t m = a->shape[0], k = a->shape[1], leaves = int64_max(1, ceil_div(k, SUM_LEAF));
    if (!dtype_is_inexact(a->dtype)) {
        matvec_integers(a, x, y);
        return;
    }
    Dots d;
    dots_open(&d, a, x, x_first, k < DOT_CHAIN_MAX);
    int64_t apart = leaves * d.size, nbytes = leaves > 1 ? d.most * apart : 0;
    char *sums = pool_take(nbytes);
    for (int64_t i = 0; i < m; i += d.most) {
        int64_t some = int64_min(d.most, m - i), to = y->stride[0];
        char *at = y->base + i * to;
        if (leaves == 1) {
            dots_rows(&d, i, some, at, to);
            continue;
        }
        dots_rows(&d, i, some, sums, apart);
        for (int64_t r = 0; r < some; r++)
            leaves_round(sums + r * apart, leaves, d.f, at + r * to);
    }
    pool_free(sums, nbytes);
    dots_close(&d);
}

/* A cut leaf: its terms [k0, k0 + n) of the box, row by row. */
static void cut_leaf(const Dots *d, int64_t k0, int64_t n, int64_t k, int64_t lo, ExactSum *out,
                     const SumCarry *in, SumCarry *left)
{
    static const bool red[1] = {true};
    SumRule rule = dot_rule(k);
    int parts = dtype_is_complex(d->f) ? 2 : 1;
    int64_t at = lo + k0;
    Strided x = {(char *)d->x + k0 * d->size, 1, {n}, {d->size}, d->f};
    for (int64_t i = 0; i < d->a->shape[0]; i++) {
        Strided row = {d->a->base + i * d->a->stride[0] + k0 * d->a->stride[1], 1, {n}, {0}, d->f};
        row.stride[0] = d->a->stride[1];
        SumPart p = {d->x_first ? x : row, d->x_first ? &row : &x, red, &rule, &k, &at, d->f};
        sum_rows(&p, out + i * parts, in ? in + i : NULL, left ? left + i : NULL);
    }
}

void matvec_part(const Strided *a, const Strided *x, bool x_first, int64_t k, int64_t lo,
                 ExactSum *out, const SumCarry *in, SumCarry *left)
{
    int64_t m = a->shape[0], n = a->shape[1], end = lo + n;
    int parts = dtype_is_complex(a->dtype) ? 2 : 1;
    ASSERT(k >= DOT_CHAIN_MAX, "a dot of %ld terms is one chain", (long)k);
    int64_t first = ceil_div(lo, SUM_LEAF) * SUM_LEAF, last = end == k ? end : end - end % SUM_LEAF;
    if (m == 0 || n == 0)
        return;
    Dots d;
    dots_open(&d, a, x, x_first, false);
    char sums[DOTS * sizeof(Complex128)];
    if (first >= end || first > last) { /* inside one leaf */
        cut_leaf(&d, 0, n, k, lo, out, in, left);
        dots_close(&d);
        return;
    }
    if (first > lo)
        cut_leaf(&d, 0, first - lo, k, lo, out, in, NULL);
    int64_t rows;
    for (int64_t i = 0; i < m; i += rows) {
        rows = int64_min(d.most, m - i);
        for (int64_t c = first; c < last; c += SUM_LEAF) {
            dots_leaf(&d, i, rows, c - lo, int64_min(SUM_LEAF, last - c), sums, d.size);
            for (int64_t r = 0; r < rows * parts; r++)
                exact_add(out + i * parts + r, dtype_real(d.f) == DT_FLOAT32
                                                   ? (double)((const float *)(const void *)sums)[r]
                                                   : ((const double *)(const void *)sums)[r]);
        }
    }
    if (last < end)
        cut_leaf(&d, last - lo, end - last, k, lo, out, NULL, left);
    dots_close(&d);
}
