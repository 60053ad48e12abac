/* matmul.c -- matrix products over this rank's memory.  Local.
 *
 * The usual scheme: a block of B's rows packed into panels as wide as a tile, a block of A's rows
 * into panels as high; tiles of C run over both from cache.  A panel's missing rows and columns
 * repeat its first ones, which raises no floating-point condition that is not raised anyway.
 */
#include "runtime/exec/matmul.h"

#include <immintrin.h>

/* A tile kernel: MR x NR elements. */
typedef struct Tile {
    void (*run)(int64_t k, const void *a, const void *b, void *out);
    int mr, nr;
} Tile;

#define PASTE_(a, b, c) a##_##b##_##c
#define PASTE(a, b, c)  PASTE_(a, b, c)

#pragma GCC push_options
#pragma GCC target("avx2,fma")
#define VBYTES       32
#define T            float
#define FMA(a, b, c) _mm256_fmadd_ps(a, b, c)
#define FNMA         _mm256_fnmadd_ps
#define SET1         _mm256_set1_ps
#define NAME(f)      PASTE(f, f32, avx2)
#define PARTS        1
#define MR           6
#define NV           2
#include "runtime/exec/matmul_tile.h"
#define NAME(f) PASTE(f, c64, avx2)
#define PARTS   2
#define MR      3
#define NV      2
#include "runtime/exec/matmul_tile.h"
#undef T
#undef FMA
#undef FNMA
#undef SET1
#define T            double
#define FMA(a, b, c) _mm256_fmadd_pd(a, b, c)
#define FNMA         _mm256_fnmadd_pd
#define SET1         _mm256_set1_pd
#define NAME(f)      PASTE(f, f64, avx2)
#define PARTS        1
#define MR           6
#define NV           2
#include "runtime/exec/matmul_tile.h"
#define NAME(f) PASTE(f, c128, avx2)
#define PARTS   2
#define MR      3
#define NV      2
#include "runtime/exec/matmul_tile.h"
#undef T
#undef FMA
#undef FNMA
#undef SET1
#undef VBYTES
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512vl,avx512bw,fma,prefer-vector-width=512")
#define VBYTES       64
#define T            float
#define FMA(a, b, c) _mm512_fmadd_ps(a, b, c)
#define FNMA         _mm512_fnmadd_ps
#define SET1         _mm512_set1_ps
#define NAME(f)      PASTE(f, f32, avx512)
#define PARTS        1
#define MR           8
#define NV           3
#include "runtime/exec/matmul_tile.h"
#define NAME(f) PASTE(f, c64, avx512)
#define PARTS   2
#define MR      6
#define NV      2
#include "runtime/exec/matmul_tile.h"
#undef T
#undef FMA
#undef FNMA
#undef SET1
#define T            double
#define FMA(a, b, c) _mm512_fmadd_pd(a, b, c)
#define FNMA         _mm512_fnmadd_pd
#define SET1         _mm512_set1_pd
#define NAME(f)      PASTE(f, f64, avx512)
#define PARTS        1
#define MR           8
#define NV           3
#include "runtime/exec/matmul_tile.h"
#define NAME(f) PASTE(f, c128, avx512)
#define PARTS   2
#define MR      6
#define NV      2
#include "runtime/exec/matmul_tile.h"
#undef T
#undef FMA
#undef FNMA
#undef SET1
#undef VBYTES
#pragma GCC pop_options

static const Tile *tile_of(DType t, Isa isa)
{
    static const Tile *const table[ISA_COUNT][4] = {
        {&tiles_f32_avx2, &tiles_f64_avx2, &tiles_c64_avx2, &tiles_c128_avx2},
        {&tiles_f32_avx512, &tiles_f64_avx512, &tiles_c64_avx512, &tiles_c128_avx512}};
    return table[isa][t - DT_FLOAT32];
}

/* ---- packing ---- */

enum {
    MC = 96,
    NC = 1536,
    TILE_MAX = 8 * 48
}; /* rows and columns packed at a time; elements of a tile */

/* `count` lines of k elements, next to each other in steps of `across`, to [k][wide] where line i <
 * wide repeats line 0 from count on.  Parts of complex elements lie together (A) or in two rows
 * (B). */
#define PACK(NAME, T, PARTS, RE, IM)                                                               \
    static void pack_##NAME(T *to, const char *x, int64_t across, int64_t along, int count,        \
                            int wide, int64_t k)                                                   \
    {                                                                                              \
        for (int64_t j = 0; j < k; j++, to += (PARTS)*wide, x += along) {                          \
            if ((PARTS) == 1 && across == (int64_t)sizeof(T) && count == wide) {                   \
                memcpy(to, x, (size_t)wide * sizeof(T));                                           \
                continue;                                                                          \
            }                                                                                      \
            for (int i = 0; i < wide; i++) {                                                       \
                T part[2];                                                                         \
                memcpy(part, x + (i < count ? i : 0) * across, (PARTS) * sizeof(T));               \
                to[RE] = part[0];                                                                  \
                if ((PARTS) == 2)                                                                  \
                    to[IM] = part[(PARTS)-1];                                                      \
            }                                                                                      \
        }                                                                                          \
    }
PACK(f32, float, 1, i, i)
PACK(f64, double, 1, i, i)
PACK(c64_a, float, 2, 2 * i, 2 * i + 1)
PACK(c128_a, double, 2, 2 * i, 2 * i + 1)
PACK(c64_b, float, 2, i, wide + i)
PACK(c128_b, double, 2, i, wide + i)

static void pack_a(DType t, void *to, const char *x, int64_t across, int64_t along, int count,
                   int wide, int64_t k)
{
    if (t == DT_FLOAT32)
        pack_f32(to, x, across, along, count, wide, k);
    else if (t == DT_FLOAT64)
        pack_f64(to, x, across, along, count, wide, k);
    else if (t == DT_COMPLEX64)
        pack_c64_a(to, x, across, along, count, wide, k);
    else
        pack_c128_a(to, x, across, along, count, wide, k);
}

static void pack_b(DType t, void *to, const char *x, int64_t across, int64_t along, int count,
                   int wide, int64_t k)
{
    if (t == DT_COMPLEX64)
        pack_c64_b(to, x, across, along, count, wide, k);
    else if (t == DT_COMPLEX128)
        pack_c128_b(to, x, across, along, count, wide, k);
    else
        pack_a(t, to, x, across, along, count, wide, k);
}

/* rows x cols of a tile to C: set by the first block of k, added to by the others. */
#define PUT_TILE(NAME, T, PARTS)                                                                   \
    static void put_##NAME(const T *tile, int nr, char *c, const int64_t *stride, int rows,        \
                           int cols, bool add)                                                     \
    {                                                                                              \
        for (int i = 0; i < rows; i++, tile += (PARTS)*nr)                                         \
            for (int j = 0; j < cols; j++) {                                                       \
                T *to = (T *)(c + i * stride[0] + j * stride[1]);                                  \
                to[0] = add ? to[0] + tile[j] : tile[j];                                           \
                if ((PARTS) == 2)                                                                  \
                    to[(PARTS)-1] = add ? to[(PARTS)-1] + tile[nr + j] : tile[nr + j];             \
            }                                                                                      \
    }
PUT_TILE(f32, float, 1)
PUT_TILE(f64, double, 1)
PUT_TILE(c64, float, 2)
PUT_TILE(c128, double, 2)

static void put_tile(DType t, const void *tile, int nr, char *c, const int64_t *stride, int rows,
                     int cols, bool add)
{
    if (t == DT_FLOAT32)
        put_f32(tile, nr, c, stride, rows, cols, add);
    else if (t == DT_FLOAT64)
        put_f64(tile, nr, c, stride, rows, cols, add);
    else if (t == DT_COMPLEX64)
        put_c64(tile, nr, c, stride, rows, cols, add);
    else
        put_c128(tile, nr, c, stride, rows, cols, add);
}

/* ---- floats ---- */

/* A product on its way: packed panels and what they come from. */
typedef struct Product {
    const Strided *a, *b, *c;
    DType t;
    int64_t size;
    const Tile *tile;
    char *apack, *bpack;
} Product;

/* Rows [i0, i0 + m) times the packed columns [j0, j0 + n), over kn terms. */
static void product_tiles(const Product *p, int64_t i0, int64_t m, int64_t j0, int64_t n,
                          int64_t kn, bool add)
{
    double out[TILE_MAX * 2] __attribute__((aligned(64)));
    int mr = p->tile->mr, nr = p->tile->nr;
    for (int64_t j = 0; j < n; j += nr)
        for (int64_t i = 0; i < m; i += mr) {
            p->tile->run(kn, p->apack + i * kn * p->size, p->bpack + j * kn * p->size, out);
            char *c = p->c->base + (i0 + i) * p->c->stride[0] + (j0 + j) * p->c->stride[1];
            put_tile(p->t, out, nr, c, p->c->stride, (int)int64_min(mr, m - i),
                     (int)int64_min(nr, n - j), add);
        }
}

/* Terms [k0, k0 + kn) of everything. */
static void product_block(const Product *p, int64_t k0, int64_t kn, bool add)
{
    const Strided *a = p->a, *b = p->b;
    int64_t m = a->shape[0], n = b->shape[1];
    int mr = p->tile->mr, nr = p->tile->nr;
    for (int64_t j0 = 0; j0 < n; j0 += NC) {
        int64_t nb = int64_min(NC, n - j0);
        for (int64_t j = 0; j < nb; j += nr)
            pack_b(p->t, p->bpack + j * kn * p->size,
                   b->base + k0 * b->stride[0] + (j0 + j) * b->stride[1], b->stride[1],
                   b->stride[0], (int)int64_min(nr, nb - j), nr, kn);
        for (int64_t i0 = 0; i0 < m; i0 += MC) {
            int64_t mb = int64_min(MC, m - i0);
            for (int64_t i = 0; i < mb; i += mr)
                pack_a(p->t, p->apack + i * kn * p->size,
                       a->base + (i0 + i) * a->stride[0] + k0 * a->stride[1], a->stride[0],
                       a->stride[1], (int)int64_min(mr, mb - i), mr, kn);
            product_tiles(p, i0, mb, j0, nb, kn, add);
        }
    }
}

static void product_inexact(const Strided *a, const Strided *b, const Strided *c, bool add, Isa isa)
{
    int64_t m = a->shape[0], k = a->shape[1], n = b->shape[1];
    Product p = {a, b, c, c->dtype, dtype_size(c->dtype), tile_of(c->dtype, isa), NULL, NULL};
    int64_t deep = int64_min(k, MATMUL_BLOCK);
    int64_t high = ceil_div(int64_min(m, MC), p.tile->mr) * p.tile->mr;
    int64_t wide = ceil_div(int64_min(n, NC), p.tile->nr) * p.tile->nr;
    char few[16384], *memory = few;
    if ((high + wide) * deep * p.size > (int64_t)sizeof few)
        memory = xmalloc((size_t)((high + wide) * deep * p.size));
    p.apack = memory;
    p.bpack = memory + high * deep * p.size;
    for (int64_t k0 = 0; k0 < k; k0 += MATMUL_BLOCK, add = true)
        product_block(&p, k0, int64_min(MATMUL_BLOCK, k - k0), add);
    if (memory != few)
        free(memory);
}

/* ---- integers and bool ---- */

enum { WIDE = 512, DEEP = 64 };

/* row[j] += x * b[k][j] for a packed block of B. */
#define INTEGER_ROW(NAME, T, ADD, MUL)                                                             \
    static void row_##NAME(void *row, const void *xs, const void *block, int64_t n, int64_t depth) \
    {                                                                                              \
        typedef T Vt __attribute__((vector_size(32), aligned(sizeof(T)), may_alias));              \
        enum { L = 32 / sizeof(T) };                                                               \
        T *to = row;                                                                               \
        const T *b = block;                                                                        \
        for (int64_t k = 0; k < depth; k++, b += n) {                                              \
            T x = ((const T *)xs)[k];                                                              \
            int64_t j = 0;                                                                         \
            for (; j + L <= n; j += L)                                                             \
                *(Vt *)(to + j) = *(Vt *)(to + j) ADD(x MUL * (const Vt *)(b + j));                \
            for (; j < n; j++)                                                                     \
                to[j] = (T)(to[j] ADD(T)(x MUL b[j]));                                             \
        }                                                                                          \
    }
#define AND   &
#define TIMES *
#pragma GCC push_options
#pragma GCC target("avx2")
INTEGER_ROW(bool, uint8_t, |, AND)
INTEGER_ROW(8, uint8_t, +, TIMES)
INTEGER_ROW(16, uint16_t, +, TIMES)
INTEGER_ROW(32, uint32_t, +, TIMES)
INTEGER_ROW(64, uint64_t, +, TIMES)
#pragma GCC pop_options

static void integer_row(DType t, void *row, const void *xs, const void *block, int64_t n,
                        int64_t depth)
{
    if (t == DT_BOOL)
        row_bool(row, xs, block, n, depth);
    else if (dtype_size(t) == 1)
        row_8(row, xs, block, n, depth);
    else if (dtype_size(t) == 2)
        row_16(row, xs, block, n, depth);
    else if (dtype_size(t) == 4)
        row_32(row, xs, block, n, depth);
    else
        row_64(row, xs, block, n, depth);
}

/* Columns [j0, j0 + n) of C gain terms [k0, k0 + depth). */
static void integer_block(const Strided *a, const Strided *b, const Strided *c, int64_t j0,
                          int64_t n, int64_t k0, int64_t depth)
{
    uint64_t block[WIDE * DEEP], row[WIDE], xs[DEEP];
    DType t = c->dtype;
    Strided part = {b->base + k0 * b->stride[0] + j0 * b->stride[1], 2, {depth, n}, {0}, t};
    part.stride[0] = b->stride[0];
    part.stride[1] = b->stride[1];
    strided_gather(&part, 0, depth * n, block, t);
    for (int64_t i = 0; i < a->shape[0]; i++) {
        Strided to = {c->base + i * c->stride[0] + j0 * c->stride[1], 1, {n}, {c->stride[1]}, t};
        run_cast(to.base, c->stride[1], n, t, row, t);
        run_cast(a->base + i * a->stride[0] + k0 * a->stride[1], a->stride[1], depth, t, xs, t);
        integer_row(t, row, xs, block, n, depth);
        strided_scatter(&to, row);
    }
}

static void clear(const Strided *c)
{
    for (Walk w = walk_start(c); w.left; walk_next(&w))
        memset(w.at, 0, (size_t)dtype_size(c->dtype));
}

void matmul_isa(const Strided *a, const Strided *b, const Strided *c, bool add, Isa isa)
{
    int64_t k = a->shape[1], n = b->shape[1];
    ASSERT(a->ndim == 2 && b->ndim == 2 && c->ndim == 2 && b->shape[0] == k,
           "%ld terms against %ld", (long)k, (long)b->shape[0]);
    ASSERT(a->dtype == c->dtype && b->dtype == c->dtype, "product of %s and %s into %s",
           dtype_name(a->dtype), dtype_name(b->dtype), dtype_name(c->dtype));
    if (!add && (k == 0 || !dtype_is_inexact(c->dtype)))
        clear(c);
    if (dtype_is_inexact(c->dtype)) {
        product_inexact(a, b, c, add, isa);
        return;
    }
    for (int64_t j = 0; j < n; j += WIDE)
        for (int64_t k0 = 0; k0 < k; k0 += DEEP)
            integer_block(a, b, c, j, int64_min(WIDE, n - j), k0, int64_min(DEEP, k - k0));
}

void matmul_run(const Strided *a, const Strided *b, const Strided *c, bool add)
{
    matmul_isa(a, b, c, add, isa_best());
}

/* ---- with a vector ---- */

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
