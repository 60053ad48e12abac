/* fold_kernels.c -- the inner loops of exec/fold.c, made by macros.  Local. */
#include "runtime/exec/fold_kernels.h"

#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx2")

#define VECTOR(T, V) typedef T V __attribute__((vector_size(32), aligned(sizeof(T)), may_alias));
VECTOR(uint8_t, Vbool)
VECTOR(int8_t, Vint8)
VECTOR(uint8_t, Vuint8)
VECTOR(int16_t, Vint16)
VECTOR(uint16_t, Vuint16)
VECTOR(int32_t, Vint32)
VECTOR(uint32_t, Vuint32)
VECTOR(int64_t, Vint64)
VECTOR(uint64_t, Vuint64)
VECTOR(float, Vfloat32)
VECTOR(double, Vfloat64)
#undef VECTOR

/* S(a, x) on scalars and W(a, x) on vectors; in order where nothing may be reassociated. */
#define RUN_LANES(FN, T, V, S, W)                                                                  \
    static void run_##FN(const void *p, int64_t n, void *acc)                                      \
    {                                                                                              \
        enum { L = 32 / sizeof(T) };                                                               \
        const T *x = p;                                                                            \
        T v = *(T *)acc, lane[L];                                                                  \
        int64_t i = 0;                                                                             \
        if (n >= 4 * L) {                                                                          \
            V a = *(const V *)x, b = *(const V *)(x + L), c = *(const V *)(x + 2 * L);             \
            V d = *(const V *)(x + 3 * L);                                                         \
            for (i = 4 * L; i + 4 * L <= n; i += 4 * L) {                                          \
                a = W(V, a, *(const V *)(x + i));                                                  \
                b = W(V, b, *(const V *)(x + i + L));                                              \
                c = W(V, c, *(const V *)(x + i + 2 * L));                                          \
                d = W(V, d, *(const V *)(x + i + 3 * L));                                          \
            }                                                                                      \
            a = W(V, a, b);                                                                        \
            c = W(V, c, d);                                                                        \
            a = W(V, a, c);                                                                        \
            memcpy(lane, &a, sizeof lane);                                                         \
            for (int k = 0; k < (int)L; k++)                                                       \
                v = (T)S(v, lane[k]);                                                              \
        }                                                                                          \
        for (; i < n; i++)                                                                         \
            v = (T)S(v, x[i]);                                                                     \
        *(T *)acc = v;                                                                             \
    }
#define RUN_ORDERED(FN, T, S)                                                                      \
    static void run_##FN(const void *p, int64_t n, void *acc)                                      \
    {                                                                                              \
        const T *x = p;                                                                            \
        T v = *(T *)acc;                                                                           \
        for (int64_t i = 0; i < n; i++)                                                            \
            v = S(v, x[i]);                                                                        \
        *(T *)acc = v;                                                                             \
    }
#define ROWS(FN, T, V, S, W)                                                                       \
    static void rows_##FN(void *acc, const void *p, int64_t n)                                     \
    {                                                                                              \
        enum { L = 32 / sizeof(T) };                                                               \
        const T *x = p;                                                                            \
        T *v = acc;                                                                                \
        int64_t i = 0;                                                                             \
        for (; i + L <= n; i += L) {                                                               \
            __builtin_prefetch((const char *)(x + i) + 1024);                                      \
            *(V *)(v + i) = W(V, *(V *)(v + i), *(const V *)(x + i));                              \
        }                                                                                          \
        for (; i < n; i++)                                                                         \
            v[i] = (T)S(v[i], x[i]);                                                               \
    }
#define ROWS_PLAIN(FN, T, S)                                                                       \
    static void rows_##FN(void *acc, const void *p, int64_t n)                                     \
    {                                                                                              \
        const T *x = p;                                                                            \
        T *v = acc;                                                                                \
        for (int64_t i = 0; i < n; i++)                                                            \
            v[i] = S(v[i], x[i]);                                                                  \
    }

#define S_ADD(a, x)          ((a) + (x))
#define S_MUL(a, x)          ((a) * (x))
#define S_AND(a, x)          ((a) & (x))
#define S_OR(a, x)           ((a) | (x))
#define S_XOR(a, x)          ((a) ^ (x))
#define W_ADD(V, a, x)       ((a) + (x))
#define W_MUL(V, a, x)       ((a) * (x))
#define W_AND(V, a, x)       ((a) & (x))
#define W_OR(V, a, x)        ((a) | (x))
#define W_XOR(V, a, x)       ((a) ^ (x))
#define W_SEL(V, m, a, x)    ((V)(((Vint64)(m) & (Vint64)(a)) | (~(Vint64)(m) & (Vint64)(x))))
#define BOTH(FN, T, V, S, W) RUN_LANES(FN, T, V, S, W) ROWS(FN, T, V, S, W)
#define WRAPPING(T, N)                                                                             \
    BOTH(add_##N, T, V##N, S_ADD, W_ADD)                                                           \
    BOTH(mul_##N, T, V##N, S_MUL, W_MUL)                                                           \
    BOTH(and_##N, T, V##N, S_AND, W_AND)                                                           \
    BOTH(or_##N, T, V##N, S_OR, W_OR)                                                              \
    BOTH(xor_##N, T, V##N, S_XOR, W_XOR)
WRAPPING(uint8_t, uint8)
WRAPPING(uint16_t, uint16)
WRAPPING(uint32_t, uint32)
WRAPPING(uint64_t, uint64)

#define FLOATS(T, N)                                                                               \
    RUN_ORDERED(add_##N, T, S_ADD)                                                                 \
    ROWS(add_##N, T, V##N, S_ADD, W_ADD)                                                           \
    RUN_ORDERED(mul_##N, T, S_MUL)                                                                 \
    ROWS(mul_##N, T, V##N, S_MUL, W_MUL)
FLOATS(float, float32)
FLOATS(double, float64)

/* NumPy folds complex numbers into one by the plain product.  Compiled without FMA: gcc 12
 * contracts a complex product whatever -ffp-contract says. */
#define COMPLEX(C, R, N)                                                                           \
    static inline C cadd_##N(C a, C x)                                                             \
    {                                                                                              \
        return (C){a.re + x.re, a.im + x.im};                                                      \
    }                                                                                              \
    static inline C cmul_##N(C a, C x)                                                             \
    {                                                                                              \
        return (C){a.re * x.re - a.im * x.im, a.re * x.im + a.im * x.re};                          \
    }                                                                                              \
    RUN_ORDERED(add_##N, C, cadd_##N)                                                              \
    ROWS_PLAIN(add_##N, C, cadd_##N)                                                               \
    RUN_ORDERED(mul_##N, C, cmul_##N)                                                              \
    ROWS_PLAIN(mul_##N, C, cmul_##N)
COMPLEX(Complex64, float, complex64)
COMPLEX(Complex128, double, complex128)

/* Positions of extremes.  BEATS(a, b): a is a better maximum (or minimum) than b, NaN best; SAME(a,
 * b). */
#define REAL_MORE(a, b, max) ((max) ? (a) > (b) : (a) < (b))
#define INT_BEATS(a, b, max) REAL_MORE(a, b, max)
#define INT_SAME(a, b)       ((a) == (b))
#define FLT_BEATS(a, b, max) (REAL_MORE(a, b, max) || ((a) != (a) && (b) == (b)))
#define FLT_SAME(a, b)       ((a) == (b) || ((a) != (a) && (b) != (b)))
#define CPX_NAN(a)           ((a).re != (a).re || (a).im != (a).im)
#define CPX_MORE(a, b, max)                                                                        \
    (REAL_MORE((a).re, (b).re, max) || ((a).re == (b).re && REAL_MORE((a).im, (b).im, max)))
#define CPX_BEATS(a, b, max) (CPX_NAN(a) ? !CPX_NAN(b) : !CPX_NAN(b) && CPX_MORE(a, b, max))
#define CPX_SAME(a, b)       (CPX_NAN(a) ? CPX_NAN(b) : (a).re == (b).re && (a).im == (b).im)

/* SEEK: vectors without the element that is sought are passed over. */
#define SEEK_NONE(T, V, SAME) ;
#define SEEK_INT(T, V, SAME)                                                                       \
    for (; i + (int64_t)(32 / sizeof(T)) <= n; i += 32 / sizeof(T))                                \
        if (_mm256_movemask_epi8((__m256i)(*(const V *)(x + i) == want)))                          \
            break;
#define SEEK_FLOAT(T, V, SAME)                                                                     \
    for (; i + (int64_t)(32 / sizeof(T)) <= n; i += 32 / sizeof(T)) {                              \
        V v = *(const V *)(x + i);                                                                 \
        if (_mm256_movemask_epi8(want == want ? (__m256i)(v == want) : (__m256i)(v != v)))         \
            break;                                                                                 \
    }
#define FIND(T, N, V, SEEK, BEATS, SAME)                                                           \
    static int64_t find_##N(const void *p, int64_t n, const void *v_)                              \
    {                                                                                              \
        const T *x = p, want = *(const T *)v_;                                                     \
        int64_t i = 0;                                                                             \
        SEEK(T, V, SAME)                                                                           \
        while (i < n && !SAME(x[i], want))                                                         \
            i++;                                                                                   \
        return i;                                                                                  \
    }                                                                                              \
    static int64_t first_##N(const void *p, int64_t n, bool max)                                   \
    {                                                                                              \
        const T *x = p;                                                                            \
        int64_t at = 0;                                                                            \
        for (int64_t i = 1; i < n; i++)                                                            \
            if (BEATS(x[i], x[at], max))                                                           \
                at = i;                                                                            \
        return at;                                                                                 \
    }
#define ARG_ONE(i, BEATS, SAME)                                                                    \
    if (pos[i] < 0 || BEATS(x[i], v[i], max) || (at < pos[i] && SAME(x[i], v[i]))) {               \
        v[i] = x[i];                                                                               \
        pos[i] = at;                                                                               \
    }
#define ARG(T, N, V, SEEK, BEATS, SAME)                                                            \
    FIND(T, N, V, SEEK, BEATS, SAME)                                                               \
    static void argrows_##N(void *value, int64_t *pos, const void *p, int64_t n, int64_t at,       \
                            bool max)                                                              \
    {                                                                                              \
        const T *x = p;                                                                            \
        T *v = value;                                                                              \
        for (int64_t i = 0; i < n; i++)                                                            \
            ARG_ONE(i, BEATS, SAME)                                                                \
    }
/* Four lanes at once: K is a vector of the type, I of integers as wide, for masks. */
#define VECTOR_FLOAT_BEATS(a, b, REL) (((a)REL(b)) | (((a) != (a)) & ((b) == (b))))
#define VECTOR_FLOAT_SAME(a, b)       (((a) == (b)) | (((a) != (a)) & ((b) != (b))))
#define VECTOR_INT_BEATS(a, b, REL)   ((a)REL(b))
#define VECTOR_INT_SAME(a, b)         ((a) == (b))
#define WIDE_LOOP(REL, VBEATS, VSAME)                                                              \
    for (; i + 4 <= n; i += 4) {                                                                   \
        K a = *(const K *)(x + i), b = *(K *)(v + i);                                              \
        Vint64 was = *(Vint64 *)(pos + i);                                                         \
        Vint64 better = __builtin_convertvector((I)(VBEATS(a, b, REL)), Vint64);                   \
        Vint64 same = __builtin_convertvector((I)(VSAME(a, b)), Vint64);                           \
        Vint64 m = (was < 0) | better | ((at < was) & same);                                       \
        I narrow = __builtin_convertvector(m, I);                                                  \
        *(K *)(v + i) = (K)((narrow & (I)a) | (~narrow & (I)b));                                   \
        *(Vint64 *)(pos + i) = (m & at) | (~m & was);                                              \
    }
#define WIDE_ARG(T, N, V, J, SEEK, BEATS, SAME, VBEATS, VSAME)                                     \
    FIND(T, N, V, SEEK, BEATS, SAME)                                                               \
    static void argrows_##N(void *value, int64_t *pos, const void *p, int64_t n, int64_t at,       \
                            bool max)                                                              \
    {                                                                                              \
        typedef T K __attribute__((vector_size(4 * sizeof(T)), aligned(sizeof(T)), may_alias));    \
        typedef J I __attribute__((vector_size(4 * sizeof(T)), aligned(sizeof(T)), may_alias));    \
        const T *x = p;                                                                            \
        T *v = value;                                                                              \
        int64_t i = 0;                                                                             \
        if (max)                                                                                   \
            WIDE_LOOP(>, VBEATS, VSAME)                                                            \
        else                                                                                       \
            WIDE_LOOP(<, VBEATS, VSAME)                                                            \
        for (; i < n; i++)                                                                         \
            ARG_ONE(i, BEATS, SAME)                                                                \
    }
#define INT_ARG(T, N, V) ARG(T, N, V, SEEK_INT, INT_BEATS, INT_SAME)
#define WIDE_INT_ARG(T, N, V, J)                                                                   \
    WIDE_ARG(T, N, V, J, SEEK_INT, INT_BEATS, INT_SAME, VECTOR_INT_BEATS, VECTOR_INT_SAME)
#define WIDE_FLOAT_ARG(T, N, V, J)                                                                 \
    WIDE_ARG(T, N, V, J, SEEK_FLOAT, FLT_BEATS, FLT_SAME, VECTOR_FLOAT_BEATS, VECTOR_FLOAT_SAME)
/* `bool` is a macro: it cannot go through others */
#define find_bool    find_uint8
#define first_bool   first_uint8
#define argrows_bool argrows_uint8
INT_ARG(int8_t, int8, Vint8)
INT_ARG(uint8_t, uint8, Vuint8)
INT_ARG(int16_t, int16, Vint16)
INT_ARG(uint16_t, uint16, Vuint16)
WIDE_INT_ARG(int32_t, int32, Vint32, int32_t)
WIDE_INT_ARG(uint32_t, uint32, Vuint32, int32_t)
WIDE_INT_ARG(int64_t, int64, Vint64, int64_t)
WIDE_INT_ARG(uint64_t, uint64, Vuint64, int64_t)
WIDE_FLOAT_ARG(float, float32, Vfloat32, int32_t)
WIDE_FLOAT_ARG(double, float64, Vfloat64, int64_t)
ARG(Complex64, complex64, Vfloat32, SEEK_NONE, CPX_BEATS, CPX_SAME)
ARG(Complex128, complex128, Vfloat64, SEEK_NONE, CPX_BEATS, CPX_SAME)

/* The extreme of a dense complex run: the first of equals. */
#define CRUN(C, N, FN, MAX)                                                                        \
    static void run_##FN##_##N(const void *p, int64_t n, void *acc)                                \
    {                                                                                              \
        const C *x = p;                                                                            \
        C v = *(C *)acc;                                                                           \
        for (int64_t i = 0; i < n; i++)                                                            \
            if (CPX_BEATS(x[i], v, MAX))                                                           \
                v = x[i];                                                                          \
        *(C *)acc = v;                                                                             \
    }
CRUN(Complex64, complex64, min, false)
CRUN(Complex64, complex64, max, true)
CRUN(Complex128, complex128, min, false)
CRUN(Complex128, complex128, max, true)

#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx2,fma")
/* Rows of complex numbers, though, NumPy folds by its elementwise product, which contracts. */
#define COMPLEX_FMA(C, N, FMA)                                                                     \
    static inline C cfma_##N(C a, C x)                                                             \
    {                                                                                              \
        return (C){FMA(a.re, x.re, -(a.im * x.im)), FMA(a.re, x.im, a.im * x.re)};                 \
    }                                                                                              \
    ROWS_PLAIN(cfma_##N, C, cfma_##N)
COMPLEX_FMA(Complex64, complex64, __builtin_fmaf)
COMPLEX_FMA(Complex128, complex128, __builtin_fma)
#pragma GCC pop_options

#define PAIR(FN)                                                                                   \
    {                                                                                              \
        run_##FN, rows_##FN                                                                        \
    }
#define BY_WIDTH(F)                                                                                \
    PAIR(F##_uint8), PAIR(F##_uint8), PAIR(F##_uint8), PAIR(F##_uint16), PAIR(F##_uint16),         \
        PAIR(F##_uint32), PAIR(F##_uint32), PAIR(F##_uint64), PAIR(F##_uint64)
#define INEXACT(F) PAIR(F##_float32), PAIR(F##_float64), PAIR(F##_complex64), PAIR(F##_complex128)
static const FoldKernel kernels[][DT_COUNT] = {
    [FOLD_SUM] = {BY_WIDTH(add), INEXACT(add)},
    [FOLD_PROD] = {BY_WIDTH(mul), INEXACT(mul)},
    [FOLD_MIN] = {[DT_COMPLEX64] = {run_min_complex64, NULL}, {run_min_complex128, NULL}},
    [FOLD_MAX] = {[DT_COMPLEX64] = {run_max_complex64, NULL}, {run_max_complex128, NULL}},
    [FOLD_AND] = {BY_WIDTH(and)},
    [FOLD_OR] = {BY_WIDTH(or)},
    [FOLD_XOR] = {BY_WIDTH(xor)},
};
static FindKernel *const finders[DT_COUNT] = {
#define DT(NAME, name, ctype, size, kind, code) find_##name,
#include "runtime/dtype.def"
#undef DT
};
static FirstKernel *const firsts[DT_COUNT] = {
#define DT(NAME, name, ctype, size, kind, code) first_##name,
#include "runtime/dtype.def"
#undef DT
};
static ArgKernel *const arg_rows[DT_COUNT] = {
#define DT(NAME, name, ctype, size, kind, code) argrows_##name,
#include "runtime/dtype.def"
#undef DT
};

const FoldKernel *fold_kernel(FoldOp op, DType t)
{
    bool extreme = (op == FOLD_MIN || op == FOLD_MAX) && !dtype_is_complex(t);
    const FoldKernel *k = extreme ? extreme_kernel(op, t, isa_best()) : &kernels[op][t];
    ASSERT(k->run, "no fold %d of %s", (int)op, dtype_name(t));
    return k;
}

FindKernel *fold_find(DType t)
{
    return finders[t];
}

FirstKernel *fold_first(DType t)
{
    return firsts[t];
}

ArgKernel *fold_arg(DType t)
{
    return arg_rows[t];
}

RowsKernel *fold_product_rows(DType t)
{
    return t == DT_COMPLEX64    ? rows_cfma_complex64
           : t == DT_COMPLEX128 ? rows_cfma_complex128
                                : fold_kernel(FOLD_PROD, t)->rows;
}

/* ---- scans ---- */

#define SCAN_ONE(T, S)                                                                             \
    for (int64_t i = 0; i < n; i++) {                                                              \
        T v;                                                                                       \
        r.v = S(r.v, ((const T *)x)[i]);                                                           \
        v = offset ? S(o.v, r.v) : r.v;                                                            \
        memcpy(y + i * ystride, &v, sizeof v);                                                     \
    }
#define SCAN_TYPE(CASE, T, ADD, MUL)                                                               \
    case CASE: {                                                                                   \
        union {                                                                                    \
            Scalar s;                                                                              \
            T v;                                                                                   \
        } r = {*running}, o = {{.u64 = 0}};                                                        \
        if (offset)                                                                                \
            memcpy(&o.v, offset, sizeof o.v);                                                      \
        if (op == FOLD_SUM)                                                                        \
            SCAN_ONE(T, ADD)                                                                       \
        else                                                                                       \
            SCAN_ONE(T, MUL)                                                                       \
        running->c128 = (Complex128){0, 0};                                                        \
        memcpy(running, &r.v, sizeof r.v);                                                         \
        break;                                                                                     \
    }

void fold_scan(FoldOp op, DType t, const void *x, int64_t n, Scalar *running, const void *offset,
               char *y, int64_t ystride)
{
    switch (t) {
    case DT_BOOL:
    case DT_INT8:
        SCAN_TYPE(DT_UINT8, uint8_t, S_ADD, S_MUL)
    case DT_INT16:
        SCAN_TYPE(DT_UINT16, uint16_t, S_ADD, S_MUL)
    case DT_INT32:
        SCAN_TYPE(DT_UINT32, uint32_t, S_ADD, S_MUL)
    case DT_INT64:
        SCAN_TYPE(DT_UINT64, uint64_t, S_ADD, S_MUL)
        SCAN_TYPE(DT_FLOAT32, float, S_ADD, S_MUL)
        SCAN_TYPE(DT_FLOAT64, double, S_ADD, S_MUL)
        SCAN_TYPE(DT_COMPLEX64, Complex64, cadd_complex64, cmul_complex64)
        SCAN_TYPE(DT_COMPLEX128, Complex128, cadd_complex128, cmul_complex128)
    default:
        ASSERT(false, "scan of type %d", (int)t);
    }
}
