/* extremes.h -- minima and maxima of dense real elements for one instruction set.  Local.
 *
 * No include guard: extremes.c includes it once for each set.  The includer defines
 *   SET        a name's suffix; VBYTES, the bytes of a vector; VI its integer type
 *   VF_T, LOAD_T, STORE_T  for T of f32 and f64: vector type, unaligned load and store
 *   MIN_N, MAX_N           of two vectors, for N of every real type; floats give the second where
 * one is NaN NAN_T(x), PICK_T(m, a, b)  a mask of NaN lanes; a where m is set, else b Extremes may
 * be taken twice of one element: a run's last vector overlaps the one before.
 */

#define LOADI(p)     LOAD_INT((const void *)(p))
#define AHEAD        1024
#define LESSER(a, b) ((a) <= (b) ? (a) : (b))
#define LARGER(a, b) ((a) >= (b) ? (a) : (b))

/* OP on vectors, S on scalars */
#define INT_RUN(F, N, T, OP, S)                                                                    \
    static void PASTE(F##_run, N, SET)(const void *p, int64_t n, void *acc)                        \
    {                                                                                              \
        enum { L = VBYTES / sizeof(T) };                                                           \
        const T *x = p;                                                                            \
        T v = *(T *)acc, lane[L];                                                                  \
        int64_t i = L;                                                                             \
        if (n >= L) {                                                                              \
            VI a = LOADI(x), b = a, c = a, d = a;                                                  \
            for (; i + 4 * L <= n; i += 4 * L) {                                                   \
                for (int k = 0; k < 4 * VBYTES; k += 64)                                           \
                    __builtin_prefetch((const char *)(x + i) + AHEAD + k);                         \
                a = OP(a, LOADI(x + i));                                                           \
                b = OP(b, LOADI(x + i + L));                                                       \
                c = OP(c, LOADI(x + i + 2 * L));                                                   \
                d = OP(d, LOADI(x + i + 3 * L));                                                   \
            }                                                                                      \
            for (; i + L <= n; i += L)                                                             \
                a = OP(a, LOADI(x + i));                                                           \
            a = OP(a, LOADI(x + n - L));                                                           \
            a = OP(OP(a, b), OP(c, d));                                                            \
            STORE_INT((void *)lane, a);                                                            \
            for (int k = 0; k < (int)L; k++)                                                       \
                v = S(v, lane[k]);                                                                 \
        } else {                                                                                   \
            for (i = 0; i < n; i++)                                                                \
                v = S(v, x[i]);                                                                    \
        }                                                                                          \
        *(T *)acc = v;                                                                             \
    }                                                                                              \
    static void PASTE(F##_rows, N, SET)(void *acc, const void *p, int64_t n)                       \
    {                                                                                              \
        enum { L = VBYTES / sizeof(T) };                                                           \
        const T *x = p;                                                                            \
        T *v = acc;                                                                                \
        int64_t i = 0;                                                                             \
        for (; i + L <= n; i += L) {                                                               \
            __builtin_prefetch((const char *)(x + i) + AHEAD);                                     \
            STORE_INT((void *)(v + i), OP(LOADI(v + i), LOADI(x + i)));                            \
        }                                                                                          \
        for (; i < n; i++)                                                                         \
            v[i] = S(v[i], x[i]);                                                                  \
    }

#define FLOAT_RUN(F, N, T, s, OP, S)                                                               \
    static void PASTE(F##_run, N, SET)(const void *p, int64_t n, void *acc)                        \
    {                                                                                              \
        enum { L = VBYTES / sizeof(T) };                                                           \
        const T *x = p;                                                                            \
        T v = *(T *)acc, lane[L];                                                                  \
        if (v != v)                                                                                \
            return;                                                                                \
        if (n >= L) {                                                                              \
            int64_t i = 0;                                                                         \
            VF_##s a = LOAD_##s(x), b = a, c = a, d = a, e, f, g, h;                               \
            MASK_##s nan = NAN_##s(a);                                                             \
            for (; i + 4 * L <= n; i += 4 * L) {                                                   \
                for (int k = 0; k < 4 * VBYTES; k += 64)                                           \
                    __builtin_prefetch((const char *)(x + i) + AHEAD + k);                         \
                e = LOAD_##s(x + i), f = LOAD_##s(x + i + L);                                      \
                g = LOAD_##s(x + i + 2 * L), h = LOAD_##s(x + i + 3 * L);                          \
                nan = OR_##s(nan, OR_##s(EITHER_##s(e, f), EITHER_##s(g, h)));                     \
                a = OP(a, e), b = OP(b, f), c = OP(c, g), d = OP(d, h);                            \
            }                                                                                      \
            for (; i + L <= n; i += L) {                                                           \
                e = LOAD_##s(x + i);                                                               \
                nan = OR_##s(nan, NAN_##s(e));                                                     \
                a = OP(a, e);                                                                      \
            }                                                                                      \
            e = LOAD_##s(x + n - L);                                                               \
            nan = OR_##s(nan, NAN_##s(e));                                                         \
            a = OP(OP(OP(a, e), b), OP(c, d));                                                     \
            if (ANY_##s(nan)) {                                                                    \
                while (*x == *x)                                                                   \
                    x++;                                                                           \
                *(T *)acc = *x;                                                                    \
                return;                                                                            \
            }                                                                                      \
            STORE_##s((void *)lane, a);                                                            \
            for (int k = 0; k < (int)L; k++)                                                       \
                v = S(v, lane[k]);                                                                 \
        } else {                                                                                   \
            for (int64_t i = 0; i < n && v == v; i++)                                              \
                v = S(v, x[i]);                                                                    \
        }                                                                                          \
        *(T *)acc = v;                                                                             \
    }                                                                                              \
    static void PASTE(F##_rows, N, SET)(void *acc, const void *p, int64_t n)                       \
    {                                                                                              \
        enum { L = VBYTES / sizeof(T) };                                                           \
        const T *x = p;                                                                            \
        T *v = acc;                                                                                \
        int64_t i = 0;                                                                             \
        for (; i + L <= n; i += L) {                                                               \
            VF_##s a = LOAD_##s(v + i);                                                            \
            __builtin_prefetch((const char *)(x + i) + AHEAD);                                     \
            STORE_##s((void *)(v + i), PICK_##s(NAN_##s(a), a, OP(a, LOAD_##s(x + i))));           \
        }                                                                                          \
        for (; i < n; i++)                                                                         \
            v[i] = v[i] != v[i] ? v[i] : S(v[i], x[i]);                                            \
    }

#define INT_EXTREMES(N, T)                                                                         \
    INT_RUN(min, N, T, MIN_##N, LESSER)                                                            \
    INT_RUN(max, N, T, MAX_##N, LARGER)
INT_EXTREMES(int8, int8_t)
INT_EXTREMES(uint8, uint8_t)
INT_EXTREMES(int16, int16_t)
INT_EXTREMES(uint16, uint16_t)
INT_EXTREMES(int32, int32_t)
INT_EXTREMES(uint32, uint32_t)
INT_EXTREMES(int64, int64_t)
INT_EXTREMES(uint64, uint64_t)
FLOAT_RUN(min, float32, float, f32, MIN_float32, LESSER)
FLOAT_RUN(max, float32, float, f32, MAX_float32, LARGER)
FLOAT_RUN(min, float64, double, f64, MIN_float64, LESSER)
FLOAT_RUN(max, float64, double, f64, MAX_float64, LARGER)

#define ENTRY(F, N)                                                                                \
    {                                                                                              \
        PASTE(F##_run, N, SET), PASTE(F##_rows, N, SET)                                            \
    }
#define ENTRIES(F)                                                                                 \
    ENTRY(F, uint8), ENTRY(F, int8), ENTRY(F, uint8), ENTRY(F, int16), ENTRY(F, uint16),           \
        ENTRY(F, int32), ENTRY(F, uint32), ENTRY(F, int64), ENTRY(F, uint64), ENTRY(F, float32),   \
        ENTRY(F, float64)
static const FoldKernel PASTE(extreme, table, SET)[2][DT_COUNT] = {{ENTRIES(min)}, {ENTRIES(max)}};

#undef LOADI
#undef AHEAD
#undef LESSER
#undef LARGER
#undef INT_RUN
#undef FLOAT_RUN
#undef INT_EXTREMES
#undef ENTRY
#undef ENTRIES
