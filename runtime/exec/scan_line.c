/* scan_line.c -- scans of one dense line, all of it here.  Local.
 *
 * Four leaves are scanned at a time, for each addition waits for the one before it; then the fold
 * of the leaves before is put in front of each element.  The bits are those of scan_finish.
 */
#include "runtime/exec/fold.h"

enum { ABREAST = 4 };

#pragma GCC push_options
#pragma GCC target("avx2")

#define ADD(a, b) ((a) + (b))
#define MUL(a, b) ((a) * (b))

#define LEAVES(NAME, T, OP)                                                                        \
    /* y = the scan of each of `count` leaves of n elements. */                                    \
    static void leaves_##NAME(const T *x, int64_t count, int64_t n, T start, T *y)                 \
    {                                                                                              \
        if (count == ABREAST) {                                                                    \
            T a = start, b = start, c = start, d = start;                                          \
            for (int64_t i = 0; i < n; i++) {                                                      \
                y[i] = a = OP(a, x[i]);                                                            \
                y[n + i] = b = OP(b, x[n + i]);                                                    \
                y[2 * n + i] = c = OP(c, x[2 * n + i]);                                            \
                y[3 * n + i] = d = OP(d, x[3 * n + i]);                                            \
            }                                                                                      \
            return;                                                                                \
        }                                                                                          \
        for (int64_t k = 0; k < count; k++, x += n, y += n) {                                      \
            T a = start;                                                                           \
            for (int64_t i = 0; i < n; i++)                                                        \
                y[i] = a = OP(a, x[i]);                                                            \
        }                                                                                          \
    }                                                                                              \
    static void offset_##NAME(T *y, int64_t n, T before)                                           \
    {                                                                                              \
        typedef T V __attribute__((vector_size(32), aligned(sizeof(T)), may_alias));               \
        enum { LANES = 32 / sizeof(T) };                                                           \
        V all = before - (V){0};                                                                   \
        int64_t i = 0;                                                                             \
        for (; i + LANES <= n; i += LANES)                                                         \
            *(V *)(y + i) = OP(all, *(V *)(y + i));                                                \
        for (; i < n; i++)                                                                         \
            y[i] = OP(before, y[i]);                                                               \
    }                                                                                              \
    static void scan_##NAME(const T *x, int64_t n, T start, T *y)                                  \
    {                                                                                              \
        T before = start, total;                                                                   \
        for (int64_t at = 0, some; at < n; at += some) {                                           \
            int64_t whole = int64_min(ABREAST, (n - at) / FOLD_LEAF);                              \
            some = whole ? whole * FOLD_LEAF : n - at;                                             \
            leaves_##NAME(x + at, whole ? whole : 1, whole ? FOLD_LEAF : some, start, y + at);     \
            for (int64_t k = at; k < at + some; k += FOLD_LEAF) {                                  \
                int64_t m = int64_min(FOLD_LEAF, n - k);                                           \
                total = y[k + m - 1];                                                              \
                if (k > 0)                                                                         \
                    offset_##NAME(y + k, m, before);                                               \
                before = k > 0 ? OP(before, total) : total;                                        \
            }                                                                                      \
        }                                                                                          \
    }
#define BOTH(NAME, T) LEAVES(add_##NAME, T, ADD) LEAVES(mul_##NAME, T, MUL)
BOTH(8, uint8_t)
BOTH(16, uint16_t)
BOTH(32, uint32_t)
BOTH(64, uint64_t)
BOTH(f32, float)
BOTH(f64, double)

/* Complex sums: both parts by themselves. */
typedef double Pair __attribute__((vector_size(16)));
static void scan_complex(const Complex128 *x, int64_t n, Complex128 *y)
{
    Pair before = {-0.0, -0.0};
    for (int64_t at = 0; at < n; at += FOLD_LEAF) {
        Pair sum = {-0.0, -0.0}, v;
        int64_t end = int64_min(n, at + FOLD_LEAF);
        for (int64_t i = at; i < end; i++) {
            memcpy(&v, x + i, sizeof v);
            sum += v;
            v = at ? before + sum : sum;
            memcpy(y + i, &v, sizeof v);
        }
        before = at ? before + sum : sum;
    }
}
#pragma GCC pop_options

bool scan_line(FoldOp op, DType t, const void *x, int64_t n, void *y)
{
    bool add = op == FOLD_SUM;
#define SCAN(NAME, T, MINUS)                                                                       \
    if (add)                                                                                       \
        scan_add_##NAME(x, n, MINUS ? (T)-0.0 : (T)0, y);                                          \
    else                                                                                           \
        scan_mul_##NAME(x, n, 1, y);                                                               \
    return true
    if (t == DT_COMPLEX128 && add) {
        scan_complex(x, n, y);
        return true;
    }
    if (dtype_is_complex(t))
        return false;
    if (t == DT_FLOAT32) {
        SCAN(f32, float, true);
    } else if (t == DT_FLOAT64) {
        SCAN(f64, double, true);
    }
    switch (dtype_size(t)) {
    case 1:
        SCAN(8, uint8_t, false);
    case 2:
        SCAN(16, uint16_t, false);
    case 4:
        SCAN(32, uint32_t, false);
    default:
        SCAN(64, uint64_t, false);
    }
}
