/* sum_lanes.h -- the inner loops of sums and dots, for one element type and instruction set. Local.
 *
 * No include guard: exec/sum.c includes it once for each pair.  The includer defines
 *   T          float or double
 *   PARTS      1, or 2 for complex elements, whose parts are lanes of their own
 *   NAME(f)    the function's name for this pair
 *   VBYTES     bytes of a hardware vector
 *   FMA(a,b,c) a * b + c rounded once, on vectors of T
 *   LOADM(p,n) the first n (less than a vector) elements at p, zeros after them
 *   FMA1       the same on one T
 *   UPPER, QUARTER, EIGHT, FOUR  halves of a vector, of its halves, of 16 and of 8 bytes exchanged
 *   DUP_RE, DUP_IM, SWAP  of interleaved complex vectors: the parts doubled, exchanged
 * Lanes start at +0.0 and a sum that starts there is never -0.0; so the first addition to a fresh
 * lane is left out and zeros are added for lanes past the end, neither of which changes a bit.
 */

typedef T NAME(V) __attribute__((vector_size(VBYTES), aligned(sizeof(T)), may_alias));
typedef T NAME(V4) __attribute__((vector_size(4 * sizeof(T)), aligned(sizeof(T)), may_alias));
#define V          NAME(V)
#define SOME(p, n) ((V)LOADM(p, n))
#define VLEN       ((int)(VBYTES / sizeof(T)))
#define NV         (SUM_LANES * PARTS / VLEN)        /* vectors of lanes */
#define ROWS_MAX   (NV >= 8 && VBYTES == 64 ? 2 : 4) /* rows of a matrix side by side */

/* Lanes folded 16, 8, 4, 2, 1; only the first lanes of each step count. */
static inline void NAME(fold)(V *acc, T *out)
{
#pragma GCC unroll 4
    for (int half = NV / 2; half; half /= 2)
#pragma GCC unroll 4
        for (int i = 0; i < half; i++)
            acc[i] += acc[i + half];
    V v = acc[0];
    v += (V)UPPER(v);
#if VBYTES == 64
    v += (V)QUARTER(v);
#endif
    if (PARTS * sizeof(T) <= 8)
        v += (V)EIGHT(v);
    if (PARTS * sizeof(T) <= 4)
        v += (V)FOUR(v);
    memcpy(out, &v, PARTS * sizeof(T));
}

/* The last columns of a row, less than a group. */
static inline void NAME(rest)(V *acc, const T *p, int64_t n)
{
    V lane[NV];
    for (int v = 0; v < NV; v++)
        lane[v] = (V){0};
    for (; n >= NV * VLEN; n -= NV * VLEN, p += NV * VLEN)
        for (int v = 0; v < NV; v++)
            lane[v] += *(const V *)(p + v * VLEN);
    for (int v = 0; n > 0; v++, n -= VLEN, p += VLEN)
        lane[v] += n >= VLEN ? *(const V *)p : SOME(p, (int)n);
    for (int v = 0; v < NV; v++)
        acc[v] += lane[v];
}

/* One leaf: `rows` rows of `width` dense elements, `stride` bytes apart. */
static void NAME(leaf)(const void *x, int64_t rows, int64_t width, int64_t stride, void *out)
{
    V acc[NV];
    for (int v = 0; v < NV; v++)
        acc[v] = (V){0};
    for (int64_t r = 0; r < rows; r++) {
        const T *p = (const T *)((const char *)x + r * stride);
        int64_t n = width * PARTS;
        for (; n >= SUM_GROUP * PARTS; n -= SUM_GROUP * PARTS, p += SUM_GROUP * PARTS) {
            V lane[NV];
#pragma GCC unroll 16
            for (int v = 0; v < NV; v++)
                lane[v] = *(const V *)(p + v * VLEN);
#pragma GCC unroll 4
            for (int k = 1; k < SUM_GROUP / SUM_LANES; k++)
#pragma GCC unroll 16
                for (int v = 0; v < NV; v++)
                    lane[v] += *(const V *)(p + (k * NV + v) * VLEN);
#pragma GCC unroll 16
            for (int v = 0; v < NV; v++)
                acc[v] += lane[v];
        }
        if (n)
            NAME(rest)(acc, p, n);
    }
    NAME(fold)(acc, out);
}

/* A group added to the lanes of its leaf.  Memory is asked for AHEAD bytes early: what is done
 * between leaves would stop the processor's own prefetch. */
static inline __attribute__((always_inline)) void NAME(group)(V *acc, const T *p)
{
    enum { AHEAD = 8192 };
    V lane[NV];
#pragma GCC unroll 4
    for (int k = 0; k < SUM_GROUP / SUM_LANES; k++)
#pragma GCC unroll 16
        for (int v = 0; v < NV; v++) {
            const T *at = p + (k * NV + v) * VLEN;
            if (v * VBYTES % 64 == 0)
                __builtin_prefetch((const char *)at + AHEAD);
            if (k)
                lane[v] += *(const V *)at;
            else
                lane[v] = *(const V *)at;
        }
#pragma GCC unroll 16
    for (int v = 0; v < NV; v++)
        acc[v] += lane[v];
}

/* The same for `count` leaves of SUM_LEAF dense elements that follow each other. */
static void NAME(leaves)(const void *x, int64_t count, void *out)
{
    const T *p = x;
    for (int64_t i = 0; i < count; i++) {
        V acc[NV];
        for (int v = 0; v < NV; v++)
            acc[v] = (V){0};
        for (int g = 0; g < SUM_LEAF; g += SUM_GROUP, p += SUM_GROUP * PARTS)
            NAME(group)(acc, p);
        NAME(fold)(acc, (T *)out + i * PARTS);
    }
}

#if PARTS == 2
static const T NAME(alternate)[16] = {-1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1};
#endif

/* lane + x * y.  Complex parts are interleaved: re += xr yr, im += xr yi, then re -= xi yi, im +=
 * xi yr. */
static inline V NAME(times)(V x, V y, V lane)
{
#if PARTS == 1
    return FMA(x, y, lane);
#else
    V im = (V)DUP_IM(x) * *(const V *)NAME(alternate);
    return FMA(im, (V)SWAP(y), FMA((V)DUP_RE(x), y, lane));
#endif
}

/* One element in every place of a vector. */
static inline V NAME(spread)(const T *x)
{
    V v;
#pragma GCC unroll 16
    for (int i = 0; i < VLEN; i++)
        v[i] = x[PARTS == 2 ? i % 2 : 0];
    return v;
}

/* One leaf of a dot: n <= SUM_LEAF products of dense elements. */
static void NAME(dot)(const void *x, const void *y, int64_t n, void *out)
{
    enum { AHEAD = 8192 };
    const T *p = x, *q = y;
    V acc[NV], lane[NV];
    for (int v = 0; v < NV; v++)
        acc[v] = (V){0};
    for (n *= PARTS; n > 0; n -= SUM_GROUP * PARTS) {
        for (int v = 0; v < NV; v++)
            lane[v] = (V){0};
        if (n >= SUM_GROUP * PARTS) {
#pragma GCC unroll 4
            for (int k = 0; k < SUM_GROUP / SUM_LANES; k++)
#pragma GCC unroll 16
                for (int v = 0; v < NV; v++) {
                    if (v * VBYTES % 64 == 0) {
                        __builtin_prefetch((const char *)p + AHEAD);
                        __builtin_prefetch((const char *)q + AHEAD);
                    }
                    lane[v] = NAME(times)(*(const V *)p, *(const V *)q, lane[v]);
                    p += VLEN;
                    q += VLEN;
                }
        } else {
            int64_t left = n;
            for (; left >= NV * VLEN; left -= NV * VLEN, p += NV * VLEN, q += NV * VLEN)
                for (int v = 0; v < NV; v++)
                    lane[v] = NAME(times)(*(const V *)(p + v * VLEN), *(const V *)(q + v * VLEN),
                                          lane[v]);
            for (int v = 0; left > 0; v++, left -= VLEN, p += VLEN, q += VLEN)
                lane[v] = left >= VLEN
                              ? NAME(times)(*(const V *)p, *(const V *)q, lane[v])
                              : NAME(times)(SOME(p, (int)left), SOME(q, (int)left), lane[v]);
        }
#pragma GCC unroll 16
        for (int v = 0; v < NV; v++)
            acc[v] += lane[v];
    }
    NAME(fold)(acc, out);
}

/* A dot of few terms: one chain from +0.0. */
static void NAME(chain)(const void *x, const void *y, int64_t n, void *out)
{
    const T *p = x, *q = y;
    T re = 0, im = 0;
    for (int64_t i = 0; i < n; i++) {
#if PARTS == 1
        re = FMA1(p[i], q[i], re);
#else
        re = FMA1(-p[2 * i + 1], q[2 * i + 1], FMA1(p[2 * i], q[2 * i], re));
        im = FMA1(p[2 * i + 1], q[2 * i], FMA1(p[2 * i], q[2 * i + 1], im));
#endif
    }
    ((T *)out)[0] = re;
    ((T *)out)[PARTS - 1] = PARTS == 1 ? re : im;
}

/* At most 128 parts: eight accumulators (four of each part), then the rest one by one. */
static inline void NAME(pairwise_leaf)(const T *x, int64_t n, T *out)
{
    T r[8];
    int64_t i = 8;
    if (n < 8) {
        for (int k = 0; k < PARTS; k++)
            out[k] = (T)-0.0;
        i = 0;
    } else {
        NAME(V4) low = *(const NAME(V4) *)x, high = *(const NAME(V4) *)(x + 4);
        for (; i < n - n % 8; i += 8) {
            low += *(const NAME(V4) *)(x + i);
            high += *(const NAME(V4) *)(x + i + 4);
        }
        memcpy(r, &low, sizeof low);
        memcpy(r + 4, &high, sizeof high);
        if (PARTS == 1) {
            out[0] = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
        } else {
            out[0] = (r[0] + r[2]) + (r[4] + r[6]);
            out[PARTS - 1] = (r[1] + r[3]) + (r[5] + r[7]);
        }
    }
    for (; i < n; i += PARTS)
        for (int k = 0; k < PARTS; k++)
            out[k] += x[i + k];
}

/* NumPy's pairwise sum of n dense parts. */
static void NAME(pairwise_parts)(const T *x, int64_t n, T *out)
{
    if (n <= 128) {
        NAME(pairwise_leaf)(x, n, out);
        return;
    }
    T right[PARTS];
    int64_t half = n / 2 - n / 2 % 8;
    NAME(pairwise_parts)(x, half, out);
    NAME(pairwise_parts)(x + half, n - half, right);
    for (int k = 0; k < PARTS; k++)
        out[k] += right[k];
}

/* acc += NumPy's pairwise sum of n dense elements. */
static void NAME(pairwise)(const void *x, int64_t n, void *acc)
{
    T sum[PARTS];
    NAME(pairwise_parts)(x, n * PARTS, sum);
    for (int k = 0; k < PARTS; k++)
        ((T *)acc)[k] += sum[k];
}

/* At most a vector of columns: the accumulator stays in a register. */
static inline void NAME(column_narrow)(T *acc, const char *x, int n, int64_t rows, int64_t stride)
{
    V sum = n == VLEN ? *(const V *)acc : SOME(acc, n);
    T lane[VLEN];
    if (n == VLEN)
        for (int64_t r = 0; r < rows; r++)
            sum += *(const V *)(x + r * stride);
    else
        for (int64_t r = 0; r < rows; r++)
            sum += SOME((const T *)(x + r * stride), n);
    memcpy(lane, &sum, sizeof lane);
    memcpy(acc, lane, (size_t)n * sizeof(T));
}

/* acc[j] += x[r][j], rows in order: n dense elements a row, `stride` bytes apart.  A sum of
 * columns and a join of tree nodes (one row) alike. */
static void NAME(columns)(void *to, const void *from, int64_t n, int64_t rows, int64_t stride)
{
    T *acc = to;
    const char *x = from;
    n *= PARTS;
    if (n <= VLEN) {
        NAME(column_narrow)(acc, x, (int)n, rows, stride);
        return;
    }
    int64_t r = 0, whole = n - n % VLEN;
    for (; r + 4 <= rows; r += 4, x += 4 * stride)
        for (int64_t j = 0; j < whole; j += VLEN) {
            const char *p = x + j * (int64_t)sizeof(T);
            V sum = *(V *)(acc + j) + *(const V *)p;
            sum += *(const V *)(p + stride);
            sum += *(const V *)(p + 2 * stride);
            *(V *)(acc + j) = sum + *(const V *)(p + 3 * stride);
        }
    for (; r < rows; r++, x += stride)
        for (int64_t j = 0; j < whole; j += VLEN)
            *(V *)(acc + j) += *(const V *)(x + j * (int64_t)sizeof(T));
    const char *rest = (const char *)from + whole * (int64_t)sizeof(T);
    if (whole < n)
        NAME(column_narrow)(acc + whole, rest, (int)(n - whole), rows, stride);
}

/* x[at] * row[at] on top of lane, in the order of a complex product.  What x needs is done to x,
 * which many rows share. */
static inline __attribute__((always_inline)) V NAME(term)(V x, V row, V lane, const bool swap)
{
#if PARTS == 2
    if (swap) {
        V turned = (V)SWAP(x) * *(const V *)NAME(alternate);
        return FMA((V)DUP_IM(row), turned, FMA((V)DUP_RE(row), x, lane));
    }
#endif
    return NAME(times)(x, row, lane);
}

/* One leaf of the dots of x with `rows` rows of n elements, `stride` bytes apart: dot() of each. */
static inline __attribute__((always_inline)) void NAME(some_rows)(const int rows, const T *x,
                                                                  const char *a, int64_t n,
                                                                  int64_t stride, char *out,
                                                                  int64_t apart, const bool swap)
{
    V acc[ROWS_MAX][NV];
    const T *row[ROWS_MAX];
    int64_t k = 0;
    n *= PARTS;
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++) {
        row[r] = (const T *)(a + r * stride);
#pragma GCC unroll 16
        for (int v = 0; v < NV; v++)
            acc[r][v] = (V){0};
    }
    for (; k + SUM_GROUP * PARTS <= n; k += SUM_GROUP * PARTS) {
        V lane[ROWS_MAX][NV];
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++)
#pragma GCC unroll 16
            for (int v = 0; v < NV; v++)
                lane[r][v] = (V){0};
#pragma GCC unroll 4
        for (int s = 0; s < SUM_GROUP / SUM_LANES; s++)
#pragma GCC unroll 16
            for (int v = 0; v < NV; v++) {
                int64_t at = k + (s * NV + v) * VLEN;
                V xv = *(const V *)(x + at);
#pragma GCC unroll 8
                for (int r = 0; r < rows; r++)
                    lane[r][v] = NAME(term)(xv, *(const V *)(row[r] + at), lane[r][v], swap);
            }
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++)
#pragma GCC unroll 16
            for (int v = 0; v < NV; v++)
                acc[r][v] += lane[r][v];
    }
#pragma GCC unroll 16
    for (int v = 0; v < NV; v++) {
        V lane[ROWS_MAX];
        int64_t at = k + v * VLEN;
        if (at >= n)
            break;
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++)
            lane[r] = (V){0};
        for (; at + VLEN <= n; at += NV * VLEN) {
            V xv = *(const V *)(x + at);
#pragma GCC unroll 8
            for (int r = 0; r < rows; r++)
                lane[r] = NAME(term)(xv, *(const V *)(row[r] + at), lane[r], swap);
        }
        if (at < n) {
            V xv = SOME(x + at, (int)(n - at));
#pragma GCC unroll 8
            for (int r = 0; r < rows; r++)
                lane[r] = NAME(term)(xv, SOME(row[r] + at, (int)(n - at)), lane[r], swap);
        }
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++)
            acc[r][v] += lane[r];
    }
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++)
        NAME(fold)(acc[r], (T *)(out + r * apart));
}

static void NAME(dot_rows)(const void *x, const void *rows, int64_t m, int64_t n, int64_t stride,
                           bool swap, void *out, int64_t apart)
{
    const char *a = rows;
    char *to = out;
    int64_t i = 0;
    swap &= PARTS == 2;
    for (; i + ROWS_MAX <= m; i += ROWS_MAX, a += ROWS_MAX * stride, to += ROWS_MAX * apart)
        if (swap)
            NAME(some_rows)(ROWS_MAX, x, a, n, stride, to, apart, true);
        else
            NAME(some_rows)(ROWS_MAX, x, a, n, stride, to, apart, false);
    for (; i < m; i++, a += stride, to += apart)
        if (swap)
            NAME(some_rows)(1, x, a, n, stride, to, apart, true);
        else
            NAME(some_rows)(1, x, a, n, stride, to, apart, false);
}

/* The same for dots of few terms, one chain each: four rows side by side. */
static void NAME(chain_rows)(const void *x, const void *rows, int64_t m, int64_t n, int64_t stride,
                             bool swap, void *out, int64_t apart)
{
    const char *a = rows;
    char *to = out;
    for (; PARTS == 1 && m >= 4; m -= 4, a += 4 * stride, to += 4 * apart) {
        const T *p = x, *row[4];
        T sum[4] = {0, 0, 0, 0};
#pragma GCC unroll 4
        for (int r = 0; r < 4; r++)
            row[r] = (const T *)(a + r * stride);
        for (int64_t k = 0; k < n; k++)
#pragma GCC unroll 4
            for (int r = 0; r < 4; r++)
                sum[r] = FMA1(p[k], row[r][k], sum[r]);
#pragma GCC unroll 4
        for (int r = 0; r < 4; r++)
            *(T *)(to + r * apart) = sum[r];
    }
    for (; m > 0; m--, a += stride, to += apart)
        NAME(chain)(swap ? (const void *)a : x, swap ? x : (const void *)a, n, to);
}

/* A lane of n parts of dots side by side: the chain of x and `count` rows of a, SUM_LANES apart,
 * added to to[n].  `far`: the next row is asked for. */
static inline __attribute__((always_inline)) void
NAME(lane_columns)(T *to, const T *x, const char *a, int64_t n, const int count, int64_t stride,
                   const bool swap, bool first, bool far)
{
    enum { STEPS = SUM_GROUP / SUM_LANES };
    const T *row[STEPS];
    V xv[STEPS];
#pragma GCC unroll 4
    for (int s = 0; s < count; s++) {
        row[s] = (const T *)(a + s * SUM_LANES * stride);
        xv[s] = NAME(spread)(x + s * SUM_LANES * PARTS);
    }
    int64_t j = 0;
    for (; j + VLEN <= n; j += VLEN) {
        V sum = {0};
#pragma GCC unroll 4
        for (int s = 0; s < count; s++) {
            if (far)
                __builtin_prefetch((const char *)(row[s] + j) + stride);
            sum = NAME(term)(xv[s], *(const V *)(row[s] + j), sum, swap);
        }
        *(V *)(to + j) = (first ? (V){0} : *(const V *)(to + j)) + sum;
    }
    if (j < n) {
        int some = (int)(n - j);
        V sum = {0};
        for (int s = 0; s < count; s++)
            sum = NAME(term)(xv[s], SOME(row[s] + j, some), sum, swap);
        sum = (first ? (V){0} : SOME(to + j, some)) + sum;
        memcpy(to + j, &sum, (size_t)some * sizeof(T));
    }
}

/* The lanes of n dots folded: to[j] is the sum of lane[0..SUM_LANES)[j]. */
static void NAME(fold_columns)(T *to, const T *lane, int64_t n)
{
    V sum[SUM_LANES / 2];
    for (int64_t j = 0; j < n; j += VLEN) {
        int some = (int)(n - j < VLEN ? n - j : VLEN);
#pragma GCC unroll 16
        for (int l = 0; l < SUM_LANES / 2; l++) {
            const T *low = lane + l * n + j, *high = low + SUM_LANES / 2 * n;
            sum[l] = some == VLEN ? *(const V *)low + *(const V *)high
                                  : SOME(low, some) + SOME(high, some);
        }
#pragma GCC unroll 4
        for (int half = SUM_LANES / 4; half; half /= 2)
#pragma GCC unroll 8
            for (int l = 0; l < half; l++)
                sum[l] += sum[l + half];
        memcpy(to + j, sum, (size_t)some * sizeof(T));
    }
}

static inline __attribute__((always_inline)) void
NAME(group_columns)(T *lane, const T *x, const char *a, int64_t n, int64_t rows, int64_t stride,
                    const bool swap, bool first, bool far)
{
    for (int64_t l = 0; l < SUM_LANES && l < rows; l++, lane += n, x += PARTS, a += stride)
        switch ((rows - l + SUM_LANES - 1) / SUM_LANES) {
        case 1:
            NAME(lane_columns)(lane, x, a, n, 1, stride, swap, first, far);
            break;
        case 2:
            NAME(lane_columns)(lane, x, a, n, 2, stride, swap, first, far);
            break;
        case 3:
            NAME(lane_columns)(lane, x, a, n, 3, stride, swap, first, far);
            break;
        default:
            NAME(lane_columns)(lane, x, a, n, 4, stride, swap, first, far);
        }
}

/* One leaf of n dots at once, of a vector with a matrix that is dense across; lane: SUM_LANES x n
 * elements of room. */
static void NAME(dot_columns)(void *to, void *lane, const void *x, const void *a, int64_t n,
                              int64_t rows, int64_t stride, bool swap, bool far)
{
    for (int64_t l = rows; l < SUM_LANES; l++)
        memset((T *)lane + l * n * PARTS, 0, (size_t)(n * PARTS) * sizeof(T));
    for (int64_t k = 0; k < rows; k += SUM_GROUP) {
        const T *xk = (const T *)x + k * PARTS;
        const char *ak = (const char *)a + k * stride;
        int64_t some = rows - k < SUM_GROUP ? rows - k : SUM_GROUP;
        if (swap && PARTS == 2)
            NAME(group_columns)(lane, xk, ak, n * PARTS, some, stride, true, k == 0, far);
        else
            NAME(group_columns)(lane, xk, ak, n * PARTS, some, stride, false, k == 0, far);
    }
    NAME(fold_columns)(to, lane, n * PARTS);
}

/* The same for dots of few terms: to[j] is a chain over all rows. */
static inline __attribute__((always_inline)) void NAME(short_columns)(T *to, const T *x,
                                                                      const char *a, int64_t n,
                                                                      int64_t rows, int64_t stride,
                                                                      const bool swap)
{
    enum { WIDE = 4 };
    int64_t j = 0;
    for (; j + WIDE * VLEN <= n; j += WIDE * VLEN) {
        V sum[WIDE];
#pragma GCC unroll 4
        for (int v = 0; v < WIDE; v++)
            sum[v] = (V){0};
        for (int64_t k = 0; k < rows; k++) {
            const T *p = (const T *)(a + k * stride) + j;
            V xv = NAME(spread)(x + k * PARTS);
#pragma GCC unroll 4
            for (int v = 0; v < WIDE; v++)
                sum[v] = NAME(term)(xv, *(const V *)(p + v * VLEN), sum[v], swap);
        }
#pragma GCC unroll 4
        for (int v = 0; v < WIDE; v++)
            *(V *)(to + j + v * VLEN) = sum[v];
    }
    for (; j < n; j += VLEN) {
        int some = n - j < VLEN ? (int)(n - j) : VLEN;
        V sum = {0};
        for (int64_t k = 0; k < rows; k++) {
            const T *p = (const T *)(a + k * stride) + j;
            V xv = NAME(spread)(x + k * PARTS), av = some < VLEN ? SOME(p, some) : *(const V *)p;
            sum = NAME(term)(xv, av, sum, swap);
        }
        memcpy(to + j, &sum, (size_t)some * sizeof(T));
    }
}

static void NAME(chain_columns)(void *to, const void *x, const void *a, int64_t n, int64_t rows,
                                int64_t stride, bool swap)
{
    if (swap && PARTS == 2)
        NAME(short_columns)(to, x, a, n * PARTS, rows, stride, true);
    else
        NAME(short_columns)(to, x, a, n * PARTS, rows, stride, false);
}

static const SumLanes NAME(lanes) = {
    NAME(leaf),    NAME(leaves),   NAME(dot),        NAME(chain),       NAME(pairwise),
    NAME(columns), NAME(dot_rows), NAME(chain_rows), NAME(dot_columns), NAME(chain_columns)};

#undef V
#undef SOME
#undef VLEN
#undef NV
#undef ROWS_MAX
