/* divide.c -- integers divided by one number.  Local.
 *
 * What stands in the strip tables for // and % of integers: where the divisor is one number
 * elements are multiplied by its reciprocal, exactly; else, and for 0 and -1, which have
 * conditions, the op's own kernel runs.
 */
#include "runtime/exec/strips.h"

#include <immintrin.h>

#define AVX512 "avx2,fma,avx512f,avx512dq,avx512bw,avx512vl"
#define AVX2   "avx2,fma"
#define LOCAL  static inline __attribute__((always_inline

/* Whole blocks of LANES elements, then what is left of one. */
#define EACH_BLOCK(T, LANES, DO)                                                                   \
    for (; n >= LANES; n -= LANES, x += LANES, out += LANES)                                       \
        DO(x, out);                                                                                \
    if (n > 0) {                                                                                   \
        T some[LANES] = {0}, made[LANES];                                                          \
        memcpy(some, x, (size_t)n * sizeof *x);                                                    \
        DO(some, made);                                                                            \
        memcpy(out, made, (size_t)n * sizeof *x);                                                  \
    }

/* ---- 32 bits: no multiple of 1/d is nearer to (x + 1/2) / d than 1/2d, so that its floor in
 * float64 is the quotient's ---- */

typedef int32_t V8i __attribute__((vector_size(32), aligned(4), may_alias));
typedef uint32_t V8u __attribute__((vector_size(32), aligned(4), may_alias));
typedef double V8d __attribute__((vector_size(64)));
typedef double V4d __attribute__((vector_size(32)));

/* floor(x * inverse + half) */
#define FLOOR_AVX512(v)                                                                            \
    (V8d) _mm512_roundscale_pd(_mm512_fmadd_pd((__m512d)(v), inverse, half),                       \
                               _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC)
#define FLOOR_HALF(v, k)                                                                           \
    _mm256_floor_pd(_mm256_fmadd_pd(                                                               \
        (__m256d)__builtin_shufflevector(v, v, k, k + 1, k + 2, k + 3), inverse, half))
#define FLOOR_AVX2(v)                                                                              \
    __builtin_shufflevector((V4d)FLOOR_HALF(v, 0), (V4d)FLOOR_HALF(v, 4), 0, 1, 2, 3, 4, 5, 6, 7)

#define SIGNED_BLOCK(floor, from, to)                                                              \
    do {                                                                                           \
        V8i v = *(const V8i *)(from);                                                              \
        V8d f = floor(__builtin_convertvector(v, V8d));                                            \
        V8i q = __builtin_convertvector(f, V8i);                                                   \
        V8i r = v - q * by;                                                                        \
        *(V8i *)(to) = rest ? r : q;                                                               \
    } while (0)
#define UNSIGNED_BLOCK(floor, from, to)                                                            \
    do {                                                                                           \
        V8u v = *(const V8u *)(from), q = floor(v), r = v - q * by;                                \
        *(V8u *)(to) = rest ? r : q;                                                               \
    } while (0)
#define UFLOOR_AVX512(v)                                                                           \
    (V8u) _mm512_cvttpd_epu32((__m512d)FLOOR_AVX512(_mm512_cvtepu32_pd((__m256i)(v))))
/* 2^31 less, for the conversion is of signed numbers */
#define UFLOOR_AVX2(v)                                                                             \
    ({                                                                                             \
        V8d d_ = __builtin_convertvector((V8i)((v) ^ 0x80000000u), V8d) + 0x1p31;                  \
        (V8u) __builtin_convertvector(FLOOR_AVX2(d_) - 0x1p31, V8i) ^ 0x80000000u;                 \
    })
#define SIGNED_AVX512(from, to)   SIGNED_BLOCK(FLOOR_AVX512, from, to)
#define UNSIGNED_AVX512(from, to) UNSIGNED_BLOCK(UFLOOR_AVX512, from, to)
#define SIGNED_AVX2(from, to)     SIGNED_BLOCK(FLOOR_AVX2, from, to)
#define UNSIGNED_AVX2(from, to)   UNSIGNED_BLOCK(UFLOOR_AVX2, from, to)

#define BY_32(isa, target_, ISA, pd, s, T, DO)                                                     \
    LOCAL, target(target_))) void run_##isa##_##s(int64_t n, T *out, const T *x, T by, bool rest)  \
    {                                                                                              \
        double reciprocal = 1 / (double)by;                                                        \
        __m##pd##d inverse = _mm##pd##_set1_pd(reciprocal),                                        \
                   half = _mm##pd##_set1_pd(__builtin_fabs(reciprocal) / 2);                       \
        EACH_BLOCK(T, 8, DO)                                                                       \
    }

/* ---- 8 and 16 bits: the high half of a product with a reciprocal of 17 bits, of which the first
 * is put right by halving (Granlund and Montgomery, 1994); of signed numbers below zero the
 * complements are divided ---- */

typedef struct Reciprocal {
    uint16_t factor;
    int first, then; /* shifts */
} Reciprocal;

static inline Reciprocal reciprocal_of(uint32_t d)
{
    int l = d > 1 ? 32 - __builtin_clz(d - 1) : 0;
    uint32_t factor = (uint32_t)((((UINT64_C(1) << l) - d) << 16) / d + 1);
    return (Reciprocal){(uint16_t)factor, l > 0, l > 0 ? l - 1 : 0};
}

#define DIVIDE_16(P, v)                                                                            \
    ({                                                                                             \
        V16 t_ = (V16)P##_mulhi_epu16((R16)factor, (R16)(v));                                      \
        V16 u_ = (V16)P##_srl_epi16((R16)((v)-t_), first);                                         \
        (V16) P##_srl_epi16((R16)(t_ + u_), then);                                                 \
    })
/* `flip`: all ones where the complement is divided; `v`: as it is, or negated with the divisor */
#define FLOOR_16(P, v)                                                                             \
    ({                                                                                             \
        V16 flip_ = {0}, w_ = v;                                                                   \
        if (is_signed)                                                                             \
            flip_ = by > 0 ? (V16)((S16)w_ < 0) : (V16)((S16)w_ > 0);                              \
        if (by < 0)                                                                                \
            w_ = -w_;                                                                              \
        flip_ ^ DIVIDE_16(P, w_ ^ flip_);                                                          \
    })
#define WORDS(P, from, to)                                                                         \
    do {                                                                                           \
        V16 v = *(const V16 *)(from), q = FLOOR_16(P, v);                                          \
        V16 r = v - q * (uint16_t)by;                                                              \
        *(V16 *)(to) = rest ? r : q;                                                               \
    } while (0)
#define BYTES(P, from, to)                                                                         \
    do {                                                                                           \
        V16 v = __builtin_convertvector(*(const U8 *)(from), V16);                                 \
        if (is_signed)                                                                             \
            v = (V16) __builtin_convertvector(*(const S8 *)(from), S16);                           \
        V16 q = FLOOR_16(P, v), r = v - q * (uint16_t)by;                                          \
        if (rest)                                                                                  \
            q = r;                                                                                 \
        *(U8 *)(to) = __builtin_convertvector(q, U8);                                              \
    } while (0)

#define BY_16(isa, target_, P, raw, LANES)                                                         \
    LOCAL, target(target_))) void run_##isa##_16(int64_t n, void *to, const void *from, int by,    \
                                                 bool is_signed, bool wide, bool rest)             \
    {                                                                                              \
        typedef uint16_t V16 __attribute__((vector_size(2 * LANES), aligned(2), may_alias));       \
        typedef int16_t S16 __attribute__((vector_size(2 * LANES), aligned(2), may_alias));        \
        typedef uint8_t U8 __attribute__((vector_size(LANES), aligned(1), may_alias));             \
        typedef int8_t S8 __attribute__((vector_size(LANES), aligned(1), may_alias));              \
        typedef raw R16;                                                                           \
        Reciprocal r = reciprocal_of((uint32_t)(by < 0 ? -by : by));                               \
        V16 factor = (V16){0} + r.factor;                                                          \
        __m128i first = _mm_cvtsi32_si128(r.first), then = _mm_cvtsi32_si128(r.then);              \
        if (wide) {                                                                                \
            uint16_t *out = to;                                                                    \
            const uint16_t *x = from;                                                              \
            EACH_BLOCK(uint16_t, LANES, WORDS_##P)                                                 \
        } else {                                                                                   \
            uint8_t *out = to;                                                                     \
            const uint8_t *x = from;                                                               \
            EACH_BLOCK(uint8_t, LANES, BYTES_##P)                                                  \
        }                                                                                          \
    }                                                                                              \
    NARROW(isa, target_, i8, int8_t, true, false)                                                  \
    NARROW(isa, target_, u8, uint8_t, false, false)                                                \
    NARROW(isa, target_, i16, int16_t, true, true)                                                 \
    NARROW(isa, target_, u16, uint16_t, false, true)
#define NARROW(isa, target_, s, T, is_signed, wide)                                                \
    LOCAL, target(target_))) void run_##isa##_##s(int64_t n, T *out, const T *x, T by, bool rest)  \
    {                                                                                              \
        run_##isa##_16(n, out, x, by, is_signed, wide, rest);                                      \
    }
#define WORDS__mm512(from, to) WORDS(_mm512, from, to)
#define BYTES__mm512(from, to) BYTES(_mm512, from, to)
#define WORDS__mm256(from, to) WORDS(_mm256, from, to)
#define BYTES__mm256(from, to) BYTES(_mm256, from, to)

BY_32(avx512, AVX512, AVX512, 512, i32, int32_t, SIGNED_AVX512)
BY_32(avx512, AVX512, AVX512, 512, u32, uint32_t, UNSIGNED_AVX512)
BY_32(avx2, AVX2, AVX2, 256, i32, int32_t, SIGNED_AVX2)
BY_32(avx2, AVX2, AVX2, 256, u32, uint32_t, UNSIGNED_AVX2)
BY_16(avx512, AVX512, _mm512, __m512i, 32)
BY_16(avx2, AVX2, _mm256, __m256i, 16)

/* ---- 64 bits ---- */

/* A guess of a quotient q in float64 is off by less than |q| 2^-50 + 1, so that one more guess, of
 * the rest, leaves at most a step or two.  `to_double` and `to_int` are those of the signedness. */
#define BLOCK_64(from, to, to_double, to_int, below, above)                                        \
    do {                                                                                           \
        __m512i v = _mm512_loadu_si512(from);                                                      \
        __m512i q = to_int(_mm512_mul_pd(to_double(v), inverse));                                  \
        __m512i r = _mm512_sub_epi64(v, _mm512_mullo_epi64(q, d));                                 \
        /* what is exact in float64 needs one guess */                                             \
        if (_mm512_cmplt_epu64_mask(_mm512_add_epi64(v, shift), bound) != 0xff) {                  \
            __m512i more = _mm512_cvttpd_epi64(_mm512_mul_pd(_mm512_cvtepi64_pd(r), inverse));     \
            q = _mm512_add_epi64(q, more);                                                         \
            r = _mm512_sub_epi64(r, _mm512_mullo_epi64(more, d));                                  \
            __mmask8 low = below(r, _mm512_setzero_si512());                                       \
            q = _mm512_mask_sub_epi64(q, low, q, one);                                             \
            r = _mm512_mask_add_epi64(r, low, r, d);                                               \
        }                                                                                          \
        __mmask8 low = below(r, _mm512_setzero_si512());                                           \
        q = _mm512_mask_sub_epi64(q, low, q, one);                                                 \
        r = _mm512_mask_add_epi64(r, low, r, d);                                                   \
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

LOCAL, target(AVX512))) void
run_avx512_i64(int64_t n, int64_t *out, const int64_t *x, int64_t by, bool rest)
{
    __m512i d = _mm512_set1_epi64(by), one = _mm512_set1_epi64(1),
            shift = _mm512_set1_epi64(INT64_C(1) << 50),
            bound = _mm512_set1_epi64(INT64_C(1) << 51);
    __m512d inverse = _mm512_set1_pd(1 / (double)by);
    if (by > 0) {
        EACH_BLOCK(int64_t, 8, POSITIVE)
    } else {
        EACH_BLOCK(int64_t, 8, NEGATIVE)
    }
}

LOCAL, target(AVX512))) void
run_avx512_u64(int64_t n, uint64_t *out, const uint64_t *x, uint64_t by, bool rest)
{
    __m512i d = _mm512_set1_epi64((int64_t)by), one = _mm512_set1_epi64(1),
            shift = _mm512_setzero_si512(), bound = _mm512_set1_epi64(INT64_C(1) << 51);
    __m512d inverse = _mm512_set1_pd(1 / (double)by);
    EACH_BLOCK(uint64_t, 8, NATURAL)
}

/* Divisors whose multiples near any element fit into its type, with a bit to spare. */
#define SUITS_i32(d) ((d) > 0 || (d) < -1)
#define SUITS_u32(d) ((d) != 0)
#define SUITS_i64(d) SUITS_i32(d)
#define SUITS_i8(d)  SUITS_i32(d)
#define SUITS_i16(d) SUITS_i32(d)
#define SUITS_u8(d)  SUITS_u32(d)
#define SUITS_u16(d) SUITS_u32(d)
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
BOTH(avx2, AVX2, avx2, i8, int8_t)
BOTH(avx2, AVX2, avx2, u8, uint8_t)
BOTH(avx2, AVX2, avx2, i16, int16_t)
BOTH(avx2, AVX2, avx2, u16, uint16_t)
BOTH(avx512, AVX512, avx512, i8, int8_t)
BOTH(avx512, AVX512, avx512, u8, uint8_t)
BOTH(avx512, AVX512, avx512, i16, int16_t)
BOTH(avx512, AVX512, avx512, u16, uint16_t)
BOTH(avx2, AVX2, avx2, i32, int32_t)
BOTH(avx2, AVX2, avx2, u32, uint32_t)
BOTH(avx512, AVX512, avx512, i32, int32_t)
BOTH(avx512, AVX512, avx512, u32, uint32_t)
BOTH(avx512, AVX512, map, i64, int64_t)
BOTH(avx512, AVX512, map, u64, uint64_t)
