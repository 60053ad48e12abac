/* divide.c -- integers divided by one number.  Local.
 *
 * What stands in the strip tables for // and % of 32 and 64 bits: where the divisor is one number
 * the quotient is guessed by the product with its reciprocal in float64 and mended exactly, eight
 * elements at a time; else, and for 0 and -1, which have conditions, the op's own kernel runs.
 *
 * Invariant: a guess of a quotient q is off by less than |q| 2^-50 + 1, so that one more guess, of
 * the rest, leaves at most a step or two.
 */
#include "runtime/exec/strips.h"

#include <immintrin.h>

typedef int32_t V8i __attribute__((vector_size(32), aligned(4), may_alias));
typedef uint32_t V8u __attribute__((vector_size(32), aligned(4), may_alias));
typedef int64_t V8l __attribute__((vector_size(64)));
typedef double V8d __attribute__((vector_size(64)));

/* v = q d + r with r of d's sign, 0 <= r / d < 1; all of it exact in float64. */
#define MEND(v, q, r)                                                                              \
    do {                                                                                           \
        V8l unit_ = (V8l)((V8d){0} + 1), low_, high_;                                              \
        r = v - q * d;                                                                             \
        low_ = (r * sign < 0) & unit_;                                                             \
        q -= (V8d)low_;                                                                            \
        r += (V8d)low_ * d;                                                                        \
        high_ = (r * sign >= d * sign) & unit_;                                                    \
        q += (V8d)high_;                                                                           \
        r -= (V8d)high_ * d;                                                                       \
    } while (0)

/* A block of 8, or what is left of one. */
#define EACH_BLOCK(T, DO)                                                                          \
    for (; n >= 8; n -= 8, x += 8, out += 8)                                                       \
        DO(x, out);                                                                                \
    if (n > 0) {                                                                                   \
        T some[8] = {0}, made[8];                                                                  \
        memcpy(some, x, (size_t)n * sizeof *x);                                                    \
        DO(some, made);                                                                            \
        memcpy(out, made, (size_t)n * sizeof *x);                                                  \
    }

#define SIGNED_BLOCK(from, to)                                                                     \
    do {                                                                                           \
        V8d v = __builtin_convertvector(*(const V8i *)(from), V8d), r,                             \
            q = __builtin_convertvector(__builtin_convertvector(v * inverse, V8i), V8d);           \
        MEND(v, q, r);                                                                             \
        *(V8i *)(to) = __builtin_convertvector(rest ? r : q, V8i);                                 \
    } while (0)
/* 2^31 less, for the conversion is of signed numbers */
#define TO_UNSIGNED(v) ((V8u) __builtin_convertvector((v)-0x1p31, V8i) ^ 0x80000000u)
#define TO_DOUBLE(v)   (__builtin_convertvector((V8i)((v) ^ 0x80000000u), V8d) + 0x1p31)
#define UNSIGNED_BLOCK(from, to)                                                                   \
    do {                                                                                           \
        V8d v = TO_DOUBLE(*(const V8u *)(from)), r, q = TO_DOUBLE(TO_UNSIGNED(v * inverse));       \
        MEND(v, q, r);                                                                             \
        *(V8u *)(to) = rest ? TO_UNSIGNED(r) : TO_UNSIGNED(q);                                     \
    } while (0)

#define BY_32(isa, target_)                                                                        \
    static inline __attribute__((always_inline, target(target_))) void run_##isa##_i32(            \
        int64_t n, int32_t *out, const int32_t *x, int32_t by, bool rest)                          \
    {                                                                                              \
        double d = by, inverse = 1 / d, sign = d < 0 ? -1 : 1;                                     \
        EACH_BLOCK(int32_t, SIGNED_BLOCK)                                                          \
    }                                                                                              \
    static inline __attribute__((always_inline, target(target_))) void run_##isa##_u32(            \
        int64_t n, uint32_t *out, const uint32_t *x, uint32_t by, bool rest)                       \
    {                                                                                              \
        double d = by, inverse = 1 / d, sign = d < 0 ? -1 : 1;                                     \
        EACH_BLOCK(uint32_t, UNSIGNED_BLOCK)                                                       \
    }

#define AVX512 "avx2,fma,avx512f,avx512dq,avx512bw,avx512vl"
#define AVX2   "avx2,fma"
BY_32(avx2, AVX2)
BY_32(avx512, AVX512)

/* Eight of 64 bits; `to_double` and `to_int` are those of the signedness. */
#define BLOCK_64(from, to, to_double, to_int, below, above)                                        \
    do {                                                                                           \
        __m512i v = _mm512_loadu_si512(from);                                                      \
        __m512i q = to_int(_mm512_mul_pd(to_double(v), inverse));                                  \
        __m512i r = _mm512_sub_epi64(v, _mm512_mullo_epi64(q, d));                                 \
        __m512i more = _mm512_cvttpd_epi64(_mm512_mul_pd(_mm512_cvtepi64_pd(r), inverse));         \
        q = _mm512_add_epi64(q, more);                                                             \
        r = _mm512_sub_epi64(r, _mm512_mullo_epi64(more, d));                                      \
        for (int twice = 0; twice < 2; twice++) {                                                  \
            __mmask8 low = below(r, _mm512_setzero_si512());                                       \
            q = _mm512_mask_sub_epi64(q, low, q, one);                                             \
            r = _mm512_mask_add_epi64(r, low, r, d);                                               \
        }                                                                                          \
        __mmask8 high = above(r, d);                                                               \
        q = _mm512_mask_add_epi64(q, high, q, one);                                                \
        r = _mm512_mask_sub_epi64(r, high, r, d);                                                  \
        _mm512_storeu_si512(to, rest ? r : q);                                                     \
    } while (0)
#define POSITIVE(from, to)                                                                         \
    BLOCK_64(from, to, _mm512_cvtepi64_pd, _mm512_cvttpd_epi64, _mm512_cmplt_epi64_mask,           \
             _mm512_cmpge_epi64_mask)
#define NEGATIVE(from, to)                                                                         \
    BLOCK_64(from, to, _mm512_cvtepi64_pd, _mm512_cvttpd_epi64, _mm512_cmpgt_epi64_mask,           \
             _mm512_cmple_epi64_mask)
#define NATURAL(from, to)                                                                          \
    BLOCK_64(from, to, _mm512_cvtepu64_pd, _mm512_cvttpd_epu64, _mm512_cmplt_epi64_mask,           \
             _mm512_cmpge_epi64_mask)

static inline __attribute__((always_inline, target(AVX512))) void
run_avx512_i64(int64_t n, int64_t *out, const int64_t *x, int64_t by, bool rest)
{
    __m512i d = _mm512_set1_epi64(by), one = _mm512_set1_epi64(1);
    __m512d inverse = _mm512_set1_pd(1 / (double)by);
    if (by > 0) {
        EACH_BLOCK(int64_t, POSITIVE)
    } else {
        EACH_BLOCK(int64_t, NEGATIVE)
    }
}

static inline __attribute__((always_inline, target(AVX512))) void
run_avx512_u64(int64_t n, uint64_t *out, const uint64_t *x, uint64_t by, bool rest)
{
    __m512i d = _mm512_set1_epi64((int64_t)by), one = _mm512_set1_epi64(1);
    __m512d inverse = _mm512_set1_pd(1 / (double)by);
    EACH_BLOCK(uint64_t, NATURAL)
}

/* Divisors whose multiples near any element fit into its type, with a bit to spare. */
#define SUITS_i32(d) ((d) > 0 || (d) < -1)
#define SUITS_u32(d) ((d) != 0)
#define SUITS_i64(d) SUITS_i32(d)
#define SUITS_u64(d) ((d) != 0 && (d) < UINT64_C(1) << 62)

#define ENTRY(isa, target_, kernels, OP, s, T, rest)                                               \
    StripKernel strip_##kernels##_##OP##_##s, divide_##isa##_##OP##_##s;                           \
    __attribute__((target(target_))) void divide_##isa##_##OP##_##s(                               \
        int64_t n, void *const out[], const void *const in[], unsigned fixed, int *flags)          \
    {                                                                                              \
        T d = *(const T *)in[1];                                                                   \
        if (fixed == 2 && SUITS_##s(d)) { /* guesses have no conditions */                         \
            unsigned csr = _mm_getcsr();                                                           \
            run_##isa##_##s(n, out[0], in[0], d, rest);                                            \
            if (_mm_getcsr() != csr)                                                               \
                _mm_setcsr(csr);                                                                   \
        } else                                                                                     \
            strip_##kernels##_##OP##_##s(n, out, in, fixed, flags);                                \
    }
#define BOTH(isa, target_, kernels, s, T)                                                          \
    ENTRY(isa, target_, kernels, FLOOR_DIVIDE, s, T, false)                                        \
    ENTRY(isa, target_, kernels, REMAINDER, s, T, true)
BOTH(avx2, AVX2, avx2, i32, int32_t)
BOTH(avx2, AVX2, avx2, u32, uint32_t)
BOTH(avx512, AVX512, avx512, i32, int32_t)
BOTH(avx512, AVX512, avx512, u32, uint32_t)
BOTH(avx512, AVX512, map, i64, int64_t)
BOTH(avx512, AVX512, map, u64, uint64_t)
