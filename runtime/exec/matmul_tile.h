/* matmul_tile.h -- the inner kernels of matrix products, for one element type and instruction set.
 * Local.
 *
 * No include guard: exec/matmul_isa.h includes it once for each pair.  The includer defines
 *   T, PARTS           float or double; 2 for complex elements
 *   NAME(f), VBYTES    as in sum_lanes.h
 *   MR, NV             most rows of a tile; most vectors across it
 *   FMA, FNMA, SET1    a * b + c, c - a * b, all lanes alike, on vectors of T
 *   LOADM, STOREM      the first n elements (less than a vector) of memory, zeros after them
 * There is a kernel for every tile of 1 to MR rows and 1 to NV vectors.  B comes as rows of whole
 * vectors, complex parts in two rows; A lies anyhow, complex parts together.
 */

typedef T NAME(V) __attribute__((vector_size(VBYTES), aligned(sizeof(T)), may_alias));
#define V    NAME(V)
#define VLEN ((int)(VBYTES / sizeof(T)))

#if PARTS == 2
typedef __typeof__((V){0} == (V){0}) NAME(I);

/* The first (or last) half of two rows of parts as complex elements. */
static inline __attribute__((always_inline)) V NAME(mix)(V re, V im, int from)
{
    NAME(I) at;
#pragma GCC unroll 16
    for (int i = 0; i < VLEN; i++)
        at[i] = from + i / 2 + i % 2 * VLEN;
    return __builtin_shuffle(re, im, at);
}
#endif

static inline __attribute__((always_inline)) void NAME(put_vector)(T *to, V x, bool add)
{
    if (add)
        x = *(const V *)to + x;
    *(V *)to = x;
}

/* The first n parts of x to C. */
static inline void NAME(put_some)(T *to, V x, int n, bool add)
{
    if (n >= VLEN)
        NAME(put_vector)(to, x, add);
    else if (n > 0 && add)
        STOREM(to, n, (V)LOADM(to, n) + x);
    else if (n > 0)
        STOREM(to, n, x);
}

/* rows x cols of a tile that is `wide` columns wide to C, wherever its elements lie. */
static void NAME(put)(const T *tile, int rows, int wide, const TileCall *t)
{
    for (int i = 0; i < rows; i++, tile += PARTS * wide)
        for (int j = 0; j < t->cols; j++) {
            T *to = (T *)(t->c + i * t->c_row + j * t->c_col);
            for (int p = 0; p < PARTS; p++)
                to[p] = t->add ? to[p] + tile[p * wide + j] : tile[p * wide + j];
        }
}

/* The same where rows of C are dense. */
static void NAME(put_dense)(const T *tile, int rows, int wide, const TileCall *t)
{
    for (int i = 0; i < rows; i++, tile += PARTS * wide)
        for (int j = 0; j < t->cols; j += VLEN) {
            T *to = (T *)(t->c + i * t->c_row) + PARTS * j;
            V x = *(const V *)(tile + j);
            int n = t->cols - j;
#if PARTS == 1
            NAME(put_some)(to, x, n, t->add);
#else
            V im = *(const V *)(tile + wide + j);
            NAME(put_some)(to, NAME(mix)(x, im, 0), 2 * n, t->add);
            NAME(put_some)(to + VLEN, NAME(mix)(x, im, VLEN / 2), 2 * n - VLEN, t->add);
#endif
        }
}

static inline __attribute__((always_inline)) void
NAME(put_whole)(const int rows, const int nv, V acc[MR][PARTS][NV], char *c, int64_t row, bool add)
{
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 16
        for (int v = 0; v < nv; v++) {
            T *to = (T *)(c + i * row) + v * PARTS * VLEN;
#if PARTS == 1
            NAME(put_vector)(to, acc[i][0][v], add);
#else
            NAME(put_vector)(to, NAME(mix)(acc[i][0][v], acc[i][1][v], 0), add);
            NAME(put_vector)(to + VLEN, NAME(mix)(acc[i][0][v], acc[i][1][v], VLEN / 2), add);
#endif
        }
}

/* One block of k of one tile, each element a chain from +0.0. */
static inline __attribute__((always_inline)) void NAME(tile)(const int rows, const int nv,
                                                             const TileCall *t)
{
    enum { DEEP = 64 }; /* so many terms hide a look at C */
    const char *a = t->a, *b = t->b;
    int64_t row = t->a_row, along = t->a_k, down = t->b_k;
    V acc[MR][PARTS][NV];
    bool whole = t->cols == nv * VLEN && t->c_col == (int64_t)(PARTS * sizeof(T));
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 16
        for (int p = 0; p < PARTS; p++)
#pragma GCC unroll 16
            for (int v = 0; v < nv; v++)
                acc[i][p][v] = (V){0};
    if (whole && t->k >= DEEP)
        for (int i = 0; i < rows; i++)
            for (int v = 0; v < nv * PARTS * VBYTES; v += 64)
                __builtin_prefetch(t->c + i * t->c_row + v, 1);
    for (int64_t k = t->k; k > 0; k--, a += along, b += down) {
        V re[NV];
#pragma GCC unroll 16
        for (int v = 0; v < nv; v++)
            re[v] = *(const V *)(b + v * VBYTES);
#if PARTS == 1
#pragma GCC unroll 16
        for (int i = 0; i < rows; i++) {
            V x = (V)SET1(*(const T *)(a + i * row));
#pragma GCC unroll 16
            for (int v = 0; v < nv; v++)
                acc[i][0][v] = FMA(x, re[v], acc[i][0][v]);
        }
#else
        V im[NV];
#pragma GCC unroll 16
        for (int v = 0; v < nv; v++)
            im[v] = *(const V *)(b + (nv + v) * VBYTES);
#pragma GCC unroll 16
        for (int i = 0; i < rows; i++) {
            const T *at = (const T *)(a + i * row);
            V xr = (V)SET1(at[0]), xi = (V)SET1(at[1]);
#pragma GCC unroll 16
            for (int v = 0; v < nv; v++) {
                acc[i][0][v] = FNMA(xi, im[v], FMA(xr, re[v], acc[i][0][v]));
                acc[i][1][v] = FMA(xi, re[v], FMA(xr, im[v], acc[i][1][v]));
            }
        }
#endif
    }
    if (whole && t->add) {
        NAME(put_whole)(rows, nv, acc, t->c, t->c_row, true);
    } else if (whole) {
        NAME(put_whole)(rows, nv, acc, t->c, t->c_row, false);
    } else {
        V out[MR * PARTS * NV];
#pragma GCC unroll 16
        for (int i = 0; i < rows; i++)
#pragma GCC unroll 16
            for (int p = 0; p < PARTS; p++)
#pragma GCC unroll 16
                for (int v = 0; v < nv; v++)
                    out[(i * PARTS + p) * nv + v] = acc[i][p][v];
        if (t->c_col == (int64_t)(PARTS * sizeof(T)))
            NAME(put_dense)((const T *)out, rows, nv * VLEN, t);
        else
            NAME(put)((const T *)out, rows, nv * VLEN, t);
    }
}

#define KERNEL(ROWS, WIDE)                                                                         \
    static void NAME(tile_##ROWS##_##WIDE)(const TileCall *t)                                      \
    {                                                                                              \
        NAME(tile)(ROWS, WIDE, t);                                                                 \
    }
#if NV == 3
#define ROW_KERNELS(ROWS) KERNEL(ROWS, 1) KERNEL(ROWS, 2) KERNEL(ROWS, 3)
#define ROW_NAMES(ROWS)                                                                            \
    {                                                                                              \
        NAME(tile_##ROWS##_1), NAME(tile_##ROWS##_2), NAME(tile_##ROWS##_3)                        \
    }
#elif NV == 2
#define ROW_KERNELS(ROWS) KERNEL(ROWS, 1) KERNEL(ROWS, 2)
#define ROW_NAMES(ROWS)                                                                            \
    {                                                                                              \
        NAME(tile_##ROWS##_1), NAME(tile_##ROWS##_2)                                               \
    }
#else
#define ROW_KERNELS(ROWS) KERNEL(ROWS, 1)
#define ROW_NAMES(ROWS)                                                                            \
    {                                                                                              \
        NAME(tile_##ROWS##_1)                                                                      \
    }
#endif
ROW_KERNELS(1)
ROW_KERNELS(2)
ROW_KERNELS(3)
ROW_KERNELS(4)
#if MR > 4
ROW_KERNELS(5)
ROW_KERNELS(6)
#endif
#if MR > 6
ROW_KERNELS(7)
ROW_KERNELS(8)
#endif

static const Tile NAME(tiles) = {{
                                     ROW_NAMES(1),
                                     ROW_NAMES(2),
                                     ROW_NAMES(3),
                                     ROW_NAMES(4),
#if MR > 4
                                     ROW_NAMES(5),
                                     ROW_NAMES(6),
#endif
#if MR > 6
                                     ROW_NAMES(7),
                                     ROW_NAMES(8),
#endif
                                 },
                                 MR,
                                 NV,
                                 VLEN,
                                 VLEN == 4   ? 2
                                 : VLEN == 8 ? 3
                                             : 4};

#undef KERNEL
#undef ROW_KERNELS
#undef ROW_NAMES
#undef V
#undef VLEN
#undef MR
#undef NV
#undef PARTS
#undef NAME
