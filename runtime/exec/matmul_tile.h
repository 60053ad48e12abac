/* matmul_tile.h -- the inner kernel of a matrix product, for one element type and instruction set.
 * Local.
 *
 * No include guard: exec/matmul.c includes it once for each pair.  The includer defines
 *   T, PARTS           float or double; 2 for complex elements
 *   NAME(f), VBYTES    as in sum_lanes.h
 *   MR, NV             rows of a tile; vectors across it
 *   FMA, FNMA, SET1    a * b + c, c - a * b, all lanes alike, on vectors of T
 * Panels: A is packed [k][MR][PARTS], B [k][PARTS][NV vectors]; so a tile is two forward reads.
 */

typedef T NAME(V) __attribute__((vector_size(VBYTES), aligned(sizeof(T)), may_alias));
#define V    NAME(V)
#define VLEN ((int)(VBYTES / sizeof(T)))

/* out[MR][PARTS][NV vectors] = one block of k of one tile, each element a chain from +0.0. */
static void NAME(tile)(int64_t k, const void *apanel, const void *bpanel, void *out)
{
    const T *a = apanel, *b = bpanel;
    V acc[MR][PARTS][NV];
#pragma GCC unroll 16
    for (int i = 0; i < MR; i++)
#pragma GCC unroll 16
        for (int p = 0; p < PARTS; p++)
#pragma GCC unroll 16
            for (int v = 0; v < NV; v++)
                acc[i][p][v] = (V){0};
    for (; k > 0; k--, a += MR * PARTS, b += PARTS * NV * VLEN) {
        V re[NV];
#pragma GCC unroll 16
        for (int v = 0; v < NV; v++)
            re[v] = *(const V *)(b + v * VLEN);
#if PARTS == 1
#pragma GCC unroll 16
        for (int i = 0; i < MR; i++) {
            V x = (V)SET1(a[i]);
#pragma GCC unroll 16
            for (int v = 0; v < NV; v++)
                acc[i][0][v] = FMA(x, re[v], acc[i][0][v]);
        }
#else
        V im[NV];
#pragma GCC unroll 16
        for (int v = 0; v < NV; v++)
            im[v] = *(const V *)(b + (NV + v) * VLEN);
#pragma GCC unroll 16
        for (int i = 0; i < MR; i++) {
            V xr = (V)SET1(a[2 * i]), xi = (V)SET1(a[2 * i + 1]);
#pragma GCC unroll 16
            for (int v = 0; v < NV; v++) {
                acc[i][0][v] = FNMA(xi, im[v], FMA(xr, re[v], acc[i][0][v]));
                acc[i][1][v] = FMA(xi, re[v], FMA(xr, im[v], acc[i][1][v]));
            }
        }
#endif
    }
    T *to = out;
#pragma GCC unroll 16
    for (int i = 0; i < MR; i++)
#pragma GCC unroll 16
        for (int p = 0; p < PARTS; p++)
#pragma GCC unroll 16
            for (int v = 0; v < NV; v++)
                *(V *)(to + ((i * PARTS + p) * NV + v) * VLEN) = acc[i][p][v];
}

static const Tile NAME(tiles) = {NAME(tile), MR, NV *VLEN};

#undef V
#undef VLEN
#undef MR
#undef NV
#undef PARTS
#undef NAME
