/* counts.c -- dense elements counted, tested and added as integers.  Local.
 *
 * An element is true where it differs from zero, so NaN is true and -0.0 is not.
 */
#include <immintrin.h>

#include "runtime/exec/fold_kernels.h"

#pragma GCC push_options
#pragma GCC target("avx2")

enum { BLOCK = 16 }; /* vectors between two looks at what they had */

#define LD(V, p)   (*(const V *)(p))
#define ANY_SET(m) (!_mm256_testz_si256((__m256i)(m), (__m256i)(m)))

/* TRUE_COUNT(m): lanes of m, all ones or zero, as four sums of 64 bits. */
static inline __m256i ones8(__m256i m)
{
    return _mm256_sad_epu8(_mm256_sub_epi8(_mm256_setzero_si256(), m), _mm256_setzero_si256());
}
static inline __m256i ones16(__m256i m)
{
    return _mm256_srli_epi64(ones8(m), 1);
}
static inline __m256i ones32(__m256i m)
{
    return _mm256_srli_epi64(ones8(m), 2);
}
static inline __m256i ones64(__m256i m)
{
    return _mm256_sub_epi64(_mm256_setzero_si256(), m);
}

static int64_t four_sums(__m256i v)
{
    int64_t lane[4];
    _mm256_storeu_si256((__m256i *)lane, v);
    return (int64_t)((uint64_t)lane[0] + (uint64_t)lane[1] + (uint64_t)lane[2] + (uint64_t)lane[3]);
}

/* Whether an element is != 0, or == 0. */
#define SEARCH(NAME, T, V, REL)                                                                    \
    static bool NAME(const void *p, int64_t n)                                                     \
    {                                                                                              \
        enum { L = 32 / sizeof(T) };                                                               \
        const T *x = p;                                                                            \
        int64_t i = 0;                                                                             \
        for (; i + BLOCK * L <= n; i += BLOCK * L) {                                               \
            __m256i a = _mm256_setzero_si256(), b = a;                                             \
            for (int k = 0; k < BLOCK * (int)L; k += 2 * L) {                                      \
                __builtin_prefetch((const char *)(x + i + k) + 1024);                              \
                a = _mm256_or_si256(a, (__m256i)(LD(V, x + i + k) REL 0));                         \
                b = _mm256_or_si256(b, (__m256i)(LD(V, x + i + k + L) REL 0));                     \
            }                                                                                      \
            if (ANY_SET(_mm256_or_si256(a, b)))                                                    \
                return true;                                                                       \
        }                                                                                          \
        for (; i < n; i++)                                                                         \
            if (x[i] REL 0)                                                                        \
                return true;                                                                       \
        return false;                                                                              \
    }
#define TRUTHS(N, T, ONES)                                                                         \
    typedef T V##N __attribute__((vector_size(32), aligned(sizeof(T)), may_alias));                \
    static int64_t count_##N(const void *p, int64_t n)                                             \
    {                                                                                              \
        enum { L = 32 / sizeof(T) };                                                               \
        const T *x = p;                                                                            \
        __m256i a = _mm256_setzero_si256(), b = a;                                                 \
        int64_t i = 0, rest = 0;                                                                   \
        for (; i + 2 * L <= n; i += 2 * L) {                                                       \
            __builtin_prefetch((const char *)(x + i) + 1024);                                      \
            a = _mm256_add_epi64(a, ONES((__m256i)(LD(V##N, x + i) != 0)));                        \
            b = _mm256_add_epi64(b, ONES((__m256i)(LD(V##N, x + i + L) != 0)));                    \
        }                                                                                          \
        for (; i < n; i++)                                                                         \
            rest += x[i] != 0;                                                                     \
        return rest + four_sums(_mm256_add_epi64(a, b));                                           \
    }                                                                                              \
    SEARCH(any_##N, T, V##N, !=)                                                                   \
    SEARCH(zero_##N, T, V##N, ==)
TRUTHS(uint8, uint8_t, ones8)
TRUTHS(uint16, uint16_t, ones16)
TRUTHS(uint32, uint32_t, ones32)
TRUTHS(uint64, uint64_t, ones64)
TRUTHS(float32, float, ones32)
TRUTHS(float64, double, ones64)

/* Sums of narrow integers in 64 bits. */
static inline __m256i wide_uint8(const uint8_t *x)
{
    return _mm256_sad_epu8(_mm256_loadu_si256((const __m256i *)x), _mm256_setzero_si256());
}
static inline __m256i wide_int8(const int8_t *x) /* by 128 more, which is taken off at the end */
{
    __m256i v = _mm256_loadu_si256((const __m256i *)x);
    v = _mm256_xor_si256(v, _mm256_set1_epi8((char)0x80));
    return _mm256_sub_epi64(_mm256_sad_epu8(v, _mm256_setzero_si256()), _mm256_set1_epi64x(1024));
}
static inline __m256i wide_pairs(__m256i v) /* eight signed numbers of 32 bits */
{
    return _mm256_add_epi64(_mm256_cvtepi32_epi64(_mm256_castsi256_si128(v)),
                            _mm256_cvtepi32_epi64(_mm256_extracti128_si256(v, 1)));
}
static inline __m256i wide_int16(const int16_t *x)
{
    __m256i v = _mm256_loadu_si256((const __m256i *)x);
    return wide_pairs(_mm256_madd_epi16(v, _mm256_set1_epi16(1)));
}
static inline __m256i wide_uint16(const uint16_t *x)
{
    __m256i v = _mm256_loadu_si256((const __m256i *)x), low = _mm256_set1_epi32(0xffff);
    return wide_pairs(_mm256_add_epi32(_mm256_and_si256(v, low), _mm256_srli_epi32(v, 16)));
}
static inline __m256i wide_int32(const int32_t *x)
{
    return wide_pairs(_mm256_loadu_si256((const __m256i *)x));
}
static inline __m256i wide_uint32(const uint32_t *x)
{
    __m256i v = _mm256_loadu_si256((const __m256i *)x), low = _mm256_set1_epi64x(0xffffffff);
    return _mm256_add_epi64(_mm256_and_si256(v, low), _mm256_srli_epi64(v, 32));
}

#define NARROW(N, T)                                                                               \
    static int64_t total_##N(const void *p, int64_t n)                                             \
    {                                                                                              \
        enum { L = 32 / sizeof(T) };                                                               \
        const T *x = p;                                                                            \
        __m256i a = _mm256_setzero_si256(), b = a;                                                 \
        int64_t i = 0, rest = 0;                                                                   \
        for (; i + 2 * L <= n; i += 2 * L) {                                                       \
            __builtin_prefetch((const char *)(x + i) + 1024);                                      \
            a = _mm256_add_epi64(a, wide_##N(x + i));                                              \
            b = _mm256_add_epi64(b, wide_##N(x + i + L));                                          \
        }                                                                                          \
        for (; i < n; i++)                                                                         \
            rest += x[i];                                                                          \
        return rest + four_sums(_mm256_add_epi64(a, b));                                           \
    }
NARROW(int8, int8_t)
NARROW(uint8, uint8_t)
NARROW(int16, int16_t)
NARROW(uint16, uint16_t)
NARROW(int32, int32_t)
NARROW(uint32, uint32_t)
#pragma GCC pop_options

int64_t count_true(DType t, const void *x, int64_t n)
{
    static int64_t (*const by_size[9])(const void *, int64_t) = {
        [1] = count_uint8, [2] = count_uint16, [4] = count_uint32, [8] = count_uint64};
    return t == DT_FLOAT32   ? count_float32(x, n)
           : t == DT_FLOAT64 ? count_float64(x, n)
                             : by_size[dtype_size(t)](x, n);
}

bool any_true(DType t, const void *x, int64_t n, bool zero)
{
    typedef bool Search(const void *, int64_t);
    static Search *const by_size[2][9] = {
        {[1] = any_uint8, [2] = any_uint16, [4] = any_uint32, [8] = any_uint64},
        {[1] = zero_uint8, [2] = zero_uint16, [4] = zero_uint32, [8] = zero_uint64}};
    static Search *const floats[2][2] = {{any_float32, any_float64}, {zero_float32, zero_float64}};
    bool inexact = t == DT_FLOAT32 || t == DT_FLOAT64;
    return inexact ? floats[zero][t == DT_FLOAT64](x, n) : by_size[zero][dtype_size(t)](x, n);
}

SumKernel *narrow_sum(DType t)
{
    static SumKernel *const table[DT_COUNT] = {
        [DT_BOOL] = total_uint8,   [DT_INT8] = total_int8,     [DT_UINT8] = total_uint8,
        [DT_INT16] = total_int16,  [DT_UINT16] = total_uint16, [DT_INT32] = total_int32,
        [DT_UINT32] = total_uint32};
    return table[t];
}

/* ---- products of two rows ---- */

#define PRODUCTS(N, T)                                                                             \
    static uint64_t products_##N(const void *p, const void *q, int64_t n)                          \
    {                                                                                              \
        const T *x = p, *y = q;                                                                    \
        T a = 0, b = 0, c = 0, d = 0;                                                              \
        int64_t i = 0;                                                                             \
        for (; i + 4 <= n; i += 4) {                                                               \
            a = (T)(a + (T)(x[i] * y[i]));                                                         \
            b = (T)(b + (T)(x[i + 1] * y[i + 1]));                                                 \
            c = (T)(c + (T)(x[i + 2] * y[i + 2]));                                                 \
            d = (T)(d + (T)(x[i + 3] * y[i + 3]));                                                 \
        }                                                                                          \
        for (; i < n; i++)                                                                         \
            a = (T)(a + (T)(x[i] * y[i]));                                                         \
        return (T)(a + b + c + d);                                                                 \
    }
PRODUCTS(8, uint8_t)
PRODUCTS(16, uint16_t)
PRODUCTS(32, uint32_t)
PRODUCTS(64, uint64_t)

uint64_t integer_products(DType t, const void *x, const void *y, int64_t n)
{
    if (t == DT_BOOL) {
        const uint8_t *p = x, *q = y;
        while (n > 0 && !(p[n - 1] && q[n - 1]))
            n--;
        return n > 0;
    }
    switch (dtype_size(t)) {
    case 1:
        return products_8(x, y, n);
    case 2:
        return products_16(x, y, n);
    case 4:
        return products_32(x, y, n);
    default:
        return products_64(x, y, n);
    }
}
