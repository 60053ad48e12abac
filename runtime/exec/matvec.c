/* matvec.c -- products of matrices and vectors over this rank's memory.  Local. */
#include "runtime/exec/matmul.h"

enum { DOTS = 128 }; /* rows whose dots run side by side */

/* Dots of rows of a with x, which is dense.  A row is dense, or neighbouring rows are (`across`).
 */
typedef struct Dots {
    const SumLanes *lanes;
    DType f;
    int64_t size;
    const Strided *a;
    const char *x;
    bool x_first, across, chain; /* chain: of few terms in all */
    char *row;                   /* one leaf of a row, packed */
    char *leaf;                  /* SUM_LANES x DOTS lanes of the open leaves, then their sums */
} Dots;

static Dots dots_open(const Strided *a, const Strided *x, bool x_first)
{
    DType f = a->dtype;
    int64_t size = dtype_size(f), k = a->shape[1];
    Dots d = {.lanes = sum_lanes(f, isa_best()), .f = f, .size = size, .a = a, .x_first = x_first};
    d.across = a->stride[0] == size && a->stride[1] != size && a->shape[0] > 1;
    d.chain = k < DOT_CHAIN_MAX;
    char *memory = xmalloc((size_t)((k + SUM_LEAF + SUM_LANES * DOTS) * size));
    run_cast(x->base, x->stride[0], k, x->dtype, memory, f);
    d.x = memory;
    d.row = memory + k * size;
    d.leaf = d.row + SUM_LEAF * size;
    return d;
}

static void dots_close(Dots *d)
{
    free((char *)d->x);
}

/* Leaf [k0, k0 + n) of one row. */
static void row_leaf(const Dots *d, int64_t i, int64_t k0, int64_t n, void *out)
{
    const char *row = d->a->base + i * d->a->stride[0] + k0 * d->a->stride[1],
               *x = d->x + k0 * d->size;
    if (d->a->stride[1] != d->size) {
        run_cast(row, d->a->stride[1], n, d->f, d->row, d->f);
        row = d->row;
    }
    if (d->chain)
        d->lanes->chain(d->x_first ? x : row, d->x_first ? row : x, n, out);
    else
        d->lanes->dot(d->x_first ? x : row, d->x_first ? row : x, n, out);
}

/* Leaf [k0, k0 + n) of rows [i, i + rows), which lie side by side; sums are left in d->leaf. */
static void side_leaf(const Dots *d, int64_t i, int64_t rows, int64_t k0, int64_t n)
{
    int64_t wide = SUM_LANES * rows, stride = d->a->stride[1];
    const char *a = d->a->base + i * d->size;
    memset(d->leaf, 0, (size_t)((d->chain ? rows : wide) * d->size));
    if (d->chain) {
        d->lanes->chain_columns(d->leaf, d->x, a, rows, n, stride, !d->x_first);
        return;
    }
    for (int64_t k = k0; k < k0 + n; k += SUM_GROUP)
        d->lanes->dot_columns(d->leaf, d->x + k * d->size, a + k * stride, rows,
                              int64_min(SUM_GROUP, k0 + n - k), stride, !d->x_first);
    for (int64_t half = wide / 2; half >= rows; half /= 2)
        d->lanes->columns(d->leaf, d->leaf + half * d->size, half, 1, 0);
}

/* Leaf sums of `rows` rows beginning at k0, n terms each, to dense `out`, `apart` bytes from row to
 * row. */
static void dots_leaf(const Dots *d, int64_t i, int64_t rows, int64_t k0, int64_t n, char *out,
                      int64_t apart)
{
    if (!d->across) {
        for (int64_t r = 0; r < rows; r++)
            row_leaf(d, i + r, k0, n, out + r * apart);
        return;
    }
    side_leaf(d, i, rows, k0, n);
    for (int64_t r = 0; r < rows; r++)
        memcpy(out + r * apart, d->leaf + r * d->size, (size_t)d->size);
}

static void matvec_integers(const Strided *a, const Strided *x, const Strided *y)
{
    Strided b = *x, c = *y;
    b.ndim = c.ndim = 2;
    b.shape[1] = c.shape[1] = 1;
    b.stride[1] = c.stride[1] = dtype_size(x->dtype);
    matmul_run(a, &b, &c, false);
}

void matvec_run(const Strided *a, const Strided *x, const Strided *y, bool x_first)
{
    int64_t m = a->shape[0], k = a->shape[1], leaves = int64_max(1, ceil_div(k, SUM_LEAF));
    if (!dtype_is_inexact(a->dtype)) {
        matvec_integers(a, x, y);
        return;
    }
    Dots d = dots_open(a, x, x_first);
    int64_t rows = d.across ? DOTS : 1, apart = leaves * d.size;
    char *sums = xmalloc((size_t)(rows * apart));
    for (int64_t i = 0; i < m; i += rows) {
        int64_t some = int64_min(rows, m - i);
        for (int64_t l = 0; l < leaves; l++)
            dots_leaf(&d, i, some, l * SUM_LEAF, int64_min(SUM_LEAF, k - l * SUM_LEAF),
                      sums + l * d.size, apart);
        for (int64_t r = 0; r < some; r++) {
            char *to = y->base + (i + r) * y->stride[0];
            if (leaves == 1)
                memcpy(to, sums + r * apart, (size_t)d.size);
            else
                leaves_round(sums + r * apart, leaves, d.f, to);
        }
    }
    free(sums);
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
    Dots d = dots_open(a, x, x_first);
    d.chain = false;
    char sums[DOTS * sizeof(Complex128)];
    if (first >= end || first > last) { /* inside one leaf */
        cut_leaf(&d, 0, n, k, lo, out, in, left);
        dots_close(&d);
        return;
    }
    if (first > lo)
        cut_leaf(&d, 0, first - lo, k, lo, out, in, NULL);
    int64_t most = d.across ? DOTS : 1, rows;
    for (int64_t i = 0; i < m; i += rows) {
        rows = int64_min(most, m - i);
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
