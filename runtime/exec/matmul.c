/* matmul.c -- matrix products over this rank's memory.  Local.
 *
 * The kernels of matmul_tile.h keep a tile of C in registers over one block of k.  What they read
 * lies in the caches: A in panels as high as a tile, of which one stays in the first cache, and a
 * block of B's columns in the second.  Large operands are packed for it, in whatever order they
 * lie; of small ones only the columns that fill no vector are.
 */
#include "runtime/exec/matmul.h"

#include <immintrin.h>

#include "runtime/exec/panel.h"
#include "runtime/exec/pool.h"
#include "runtime/exec/strips.h"

enum { ROWS_MAX = 8, VECTORS_MAX = 3 };

/* One tile over one block of k; steps in bytes. */
typedef struct TileCall {
    int64_t k;
    const char *a, *b;
    char *c;
    int64_t a_row, a_k, b_k, c_row, c_col;
    int cols; /* of C that are wanted */
    bool add; /* to what C holds */
} TileCall;

/* The kernels of one type: by rows and vectors, less one. */
typedef struct Tile {
    void (*run[ROWS_MAX][VECTORS_MAX])(const TileCall *);
    int rows, vectors, lanes, shift; /* lanes: of a vector, 1 << shift */
} Tile;

#pragma GCC push_options
#pragma GCC target("avx2,fma")
static const int32_t tail_mask[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
#define TAIL(n)             _mm256_loadu_si256((const __m256i_u *)(tail_mask + 8 - (n)))
#define LOADM_f32(p, n)     _mm256_maskload_ps(p, TAIL(n))
#define LOADM_f64(p, n)     _mm256_maskload_pd(p, TAIL(2 * (n)))
#define STOREM_f32(p, n, x) _mm256_maskstore_ps(p, TAIL(n), x)
#define STOREM_f64(p, n, x) _mm256_maskstore_pd(p, TAIL(2 * (n)), x)
#define SET                 avx2
#define VBYTES              32
#define FMA_f32             _mm256_fmadd_ps
#define FNMA_f32            _mm256_fnmadd_ps
#define SET1_f32            _mm256_set1_ps
#define FMA_f64             _mm256_fmadd_pd
#define FNMA_f64            _mm256_fnmadd_pd
#define SET1_f64            _mm256_set1_pd
#define MR_f32              4
#define NV_f32              3
#define MR_f64              4
#define NV_f64              3
#define MR_c64              4
#define NV_c64              1
#define MR_c128             4
#define NV_c128             1
#include "runtime/exec/matmul_isa.h"
#undef SET
#undef LOADM_f32
#undef LOADM_f64
#undef STOREM_f32
#undef STOREM_f64
#undef VBYTES
#undef FMA_f32
#undef FNMA_f32
#undef SET1_f32
#undef FMA_f64
#undef FNMA_f64
#undef SET1_f64
#undef MR_f32
#undef NV_f32
#undef MR_f64
#undef NV_f64
#undef MR_c64
#undef NV_c64
#undef MR_c128
#undef NV_c128
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512vl,avx512bw,fma,prefer-vector-width=512")
#define LOADM_f32(p, n)     _mm512_maskz_loadu_ps((__mmask16)((1u << (n)) - 1), p)
#define LOADM_f64(p, n)     _mm512_maskz_loadu_pd((__mmask8)((1u << (n)) - 1), p)
#define STOREM_f32(p, n, x) _mm512_mask_storeu_ps(p, (__mmask16)((1u << (n)) - 1), x)
#define STOREM_f64(p, n, x) _mm512_mask_storeu_pd(p, (__mmask8)((1u << (n)) - 1), x)
#define SET                 avx512
#define VBYTES              64
#define FMA_f32             _mm512_fmadd_ps
#define FNMA_f32            _mm512_fnmadd_ps
#define SET1_f32            _mm512_set1_ps
#define FMA_f64             _mm512_fmadd_pd
#define FNMA_f64            _mm512_fnmadd_pd
#define SET1_f64            _mm512_set1_pd
#define MR_f32              8
#define NV_f32              3
#define MR_f64              8
#define NV_f64              3
#define MR_c64              6
#define NV_c64              2
#define MR_c128             6
#define NV_c128             2
#include "runtime/exec/matmul_isa.h"
#undef SET
#undef VBYTES
#pragma GCC pop_options

static const Tile *tile_of(DType t, Isa isa)
{
    static const Tile *const table[ISA_COUNT][4] = {
        {&tiles_f32_avx2, &tiles_f64_avx2, &tiles_c64_avx2, &tiles_c128_avx2},
        {&tiles_f32_avx512, &tiles_f64_avx512, &tiles_c64_avx512, &tiles_c128_avx512}};
    return table[isa][t - DT_FLOAT32];
}

/* ---- floats ---- */

enum {
    A_BYTES = 4 << 20,   /* of A that are packed at a time */
    B_BYTES = 480 << 10, /* of B */
    A_SMALL = 512 << 10, /* what is not packed: a block of A, */
    B_SMALL = 512 << 10, /* a block of B */
    POLL_WORK = 1 << 24  /* terms between polls of the network: about a millisecond */
};

/* A product on its way. */
typedef struct Product {
    const Strided *a, *b, *c;
    int64_t size;
    int parts;
    const Tile *tile;
    bool packs_a, packs_b;
    char *apack, *bpack; /* bpack: of a B that is not packed, the last columns */
    int64_t mc, nc;      /* rows and columns packed at a time */
    int64_t until_poll;
} Product;

/* A box of the product: rows of C, terms, columns. */
typedef struct Block {
    int64_t i0, m, k0, kn, j0, n;
    bool add;
} Block;

static void count_work(Product *p, int64_t terms)
{
    if (!strips_poll || (p->until_poll -= terms) > 0)
        return;
    p->until_poll = POLL_WORK;
    unsigned csr = _mm_getcsr();
    strips_poll();
    _mm_setcsr(csr);
}

/* Vectors of the panel of B that begins at column j of the block. */
static int panel_vectors(const Product *p, const Block *g, int64_t j)
{
    int64_t left = g->n - j, lanes = p->tile->lanes;
    int64_t n =
        p->packs_b ? (left + lanes - 1) >> p->tile->shift : int64_max(1, left >> p->tile->shift);
    return (int)int64_min(n, p->tile->vectors);
}

static void panel_b(const Product *p, const Block *g, int64_t j, int vectors, char *to)
{
    const Strided *b = p->b;
    const char *x = b->base + g->k0 * b->stride[0] + (g->j0 + j) * b->stride[1];
    int wide = vectors * p->tile->lanes, count = (int)int64_min(wide, g->n - j);
    if (p->parts == 2)
        panel_pack_parts(to, (int)p->size / 2, x, b->stride[1], b->stride[0], count, wide, g->kn);
    else
        panel_pack(to, (int)p->size, x, b->stride[1], b->stride[0], count, wide, g->kn);
}

static void pack_b(const Product *p, const Block *g)
{
    int64_t lanes = p->tile->lanes;
    if (!p->packs_b) {
        int64_t rest = g->n & (lanes - 1);
        if (rest)
            panel_b(p, g, g->n - rest, 1, p->bpack);
        return;
    }
    for (int64_t j = 0; j < g->n;) {
        int vectors = panel_vectors(p, g, j);
        panel_b(p, g, j, vectors, p->bpack + j * g->kn * p->size);
        j += vectors * lanes;
    }
}

static void pack_a(const Product *p, const Block *g)
{
    const Strided *a = p->a;
    const char *x = a->base + g->i0 * a->stride[0] + g->k0 * a->stride[1];
    if (!p->packs_a)
        return;
    for (int64_t i = 0; i < g->m; i += p->tile->rows) {
        int rows = (int)int64_min(p->tile->rows, g->m - i);
        panel_pack(p->apack + i * g->kn * p->size, (int)p->size, x + i * a->stride[0], a->stride[0],
                   a->stride[1], rows, rows, g->kn);
    }
}

/* Rows [i, i + rows) of a block of C. */
static void product_rows(const Product *p, const Block *g, int64_t i, int rows)
{
    const Strided *a = p->a, *b = p->b, *c = p->c;
    int64_t lanes = p->tile->lanes, size = p->size;
    TileCall t = {.k = g->kn, .add = g->add, .c_row = c->stride[0], .c_col = c->stride[1]};
    char *to = c->base + (g->i0 + i) * t.c_row + g->j0 * t.c_col;
    t.a = p->packs_a ? p->apack + i * g->kn * size
                     : a->base + (g->i0 + i) * a->stride[0] + g->k0 * a->stride[1];
    t.a_row = p->packs_a ? size : a->stride[0];
    t.a_k = p->packs_a ? rows * size : a->stride[1];
    for (int64_t j = 0; j < g->n;) {
        int vectors = panel_vectors(p, g, j);
        int64_t wide = vectors * lanes;
        bool tail = g->n - j < wide;
        t.cols = (int)int64_min(wide, g->n - j);
        t.c = to + j * t.c_col;
        t.b_k = wide * size;
        if (p->packs_b) {
            t.b = p->bpack + j * g->kn * size;
        } else if (tail) {
            t.b = p->bpack;
        } else {
            t.b = b->base + g->k0 * b->stride[0] + (g->j0 + j) * size;
            t.b_k = b->stride[0];
        }
        p->tile->run[rows - 1][vectors - 1](&t);
        j += wide;
    }
}

static void product_block(Product *p, Block *g)
{
    int64_t n = p->b->shape[1];
    pack_a(p, g);
    for (g->j0 = 0; g->j0 < n; g->j0 += p->nc) {
        g->n = int64_min(p->nc, n - g->j0);
        pack_b(p, g);
        for (int64_t i = 0; i < g->m; i += p->tile->rows) {
            int rows = (int)int64_min(p->tile->rows, g->m - i);
            product_rows(p, g, i, rows);
            count_work(p, rows * g->n * g->kn * p->parts * p->parts);
        }
    }
}

/* How much is packed, and how much at a time. */
static void product_plan(Product *p, int64_t m, int64_t k, int64_t n)
{
    const Tile *t = p->tile;
    int64_t deep = int64_min(k, MATMUL_BLOCK), wide = (int64_t)t->vectors * t->lanes;
    p->packs_b = p->parts == 2 || p->b->stride[1] != p->size;
    p->mc = m;
    p->nc = n;
    if (!p->packs_b && int64_max(m, n) * deep * p->size <= int64_min(A_SMALL, B_SMALL))
        return;
    p->mc = int64_max(1, A_BYTES / (deep * p->size) / t->rows) * t->rows;
    p->nc = int64_max(1, B_BYTES / (deep * p->size) / wide) * wide;
    p->packs_a = n > wide && m > t->rows && m * deep * p->size > A_SMALL;
    p->packs_b |= m > 2 * t->rows && n * deep * p->size > B_SMALL;
}

static Strided turned(const Strided *a)
{
    Strided t = {.base = a->base, .ndim = 2, .dtype = a->dtype};
    for (int d = 0; d < 2; d++) {
        t.shape[d] = a->shape[1 - d];
        t.stride[d] = a->stride[1 - d];
    }
    return t;
}

static void product_inexact(const Strided *a, const Strided *b, const Strided *c, bool add, Isa isa)
{
    int64_t m = a->shape[0], k = a->shape[1], n = b->shape[1], size = dtype_size(c->dtype);
    if (m == 0 || n == 0 || k == 0)
        return;
    if (n == 1 && m > 1 && a->stride[0] == size && !dtype_is_complex(c->dtype)) {
        Strided x = turned(b), y = turned(a), z = turned(c); /* real factors may change sides */
        product_inexact(&x, &y, &z, add, isa);
        return;
    }
    Product p = {a, b, c, .size = dtype_size(c->dtype),
                 .parts = dtype_is_complex(c->dtype) ? 2 : 1};
    p.tile = tile_of(c->dtype, isa);
    p.until_poll = POLL_WORK;
    product_plan(&p, m, k, n);
    int64_t deep = int64_min(k, MATMUL_BLOCK) * p.size, lanes = p.tile->lanes;
    int64_t high = p.packs_a ? int64_min(m, p.mc) : 0;
    int64_t wide = p.packs_b ? (int64_min(n, p.nc) + lanes - 1) & -lanes : lanes;
    char few[16384] __attribute__((aligned(64))), *memory = few;
    int64_t nbytes = (high + wide) * deep;
    if (nbytes > (int64_t)sizeof few)
        memory = pool_take(nbytes);
    p.bpack = memory;
    p.apack = memory + wide * deep;
    for (int64_t i = 0; i < m; i += p.mc)
        for (int64_t k0 = 0; k0 < k; k0 += MATMUL_BLOCK) {
            Block g = {.i0 = i, .m = int64_min(p.mc, m - i), .k0 = k0, .add = add || k0 > 0};
            g.kn = int64_min(MATMUL_BLOCK, k - k0);
            product_block(&p, &g);
        }
    if (memory != few)
        pool_free(memory, nbytes);
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
