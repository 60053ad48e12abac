/* prelude_avx512.h -- the parts of prelude.h that depend on the instruction set: AVX-512 F, DQ, BW,
 * VL.  Local.
 *
 * 64-bit types exist at 8 lanes, 32-bit ones at 8 and 16, and so on.  Short rows use the mask
 * registers at every width; vectors of 8 bytes are the low half of 16.
 */
#if LANES == 8
#define PS(op)         _mm256_##op##_ps
#define ROUND_PS(x, m) _mm256_round_ps(x, m)
#define CVTT_PS(x)     _mm256_cvttps_epi32(x)
#define EPI32(op)      _mm256_##op##_epi32
#define CMP_PS         _mm256_cmp_ps_mask
typedef __m256 RawPS;
#elif LANES == 16
#define PS(op)         _mm512_##op##_ps
#define ROUND_PS(x, m) _mm512_roundscale_ps(x, m)
#define CVTT_PS(x)     _mm512_cvttps_epi32(x)
#define EPI32(op)      _mm512_##op##_epi32
#define CMP_PS         _mm512_cmp_ps_mask
typedef __m512 RawPS;
#endif
typedef __m512d RawPD;
#define PD(op)         _mm512_##op##_pd
#define ROUND_PD(x, m) _mm512_roundscale_pd(x, m)
#define CVTT_PD(x)     _mm512_cvttpd_epi32(x)

/* SLEEF's functions of this many lanes. */
#define SLEEF64(name, u) Sleef_finz_##name##d8_##u##avx512f
#if LANES == 8
#define SLEEF32(name, u) Sleef_finz_##name##f8_##u##avx2
#else
#define SLEEF32(name, u) Sleef_finz_##name##f16_##u##avx512f
#endif

/* Even and odd elements of a pair of vectors, and the way back. */
#if LANES == 8
#define EVENS(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define ODDS(a, b)  __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
#define LOWS(a, b)  __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define HIGHS(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#elif LANES == 16
#define EVENS(a, b)                                                                                \
    __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
#define ODDS(a, b)                                                                                 \
    __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)
#define LOWS(a, b)                                                                                 \
    __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define HIGHS(a, b)                                                                                \
    __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#endif

/* A masked load and store of LANES elements of `size` bytes: mask type and intrinsics of the right
 * width. */
#define TAIL(size, i, Mask, Raw, prefix, suffix)                                                   \
    FN V##i tail_load##size(const void *p, int64_t n, V##i fill)                                   \
    {                                                                                              \
        Raw r = {0};                                                                               \
        memcpy(&r, &fill, sizeof fill);                                                            \
        r = prefix##_mask_loadu_##suffix(r, (Mask)((1ull << n) - 1), p);                           \
        V##i v;                                                                                    \
        memcpy(&v, &r, sizeof v);                                                                  \
        return v;                                                                                  \
    }                                                                                              \
    FN void tail_store##size(void *p, int64_t n, V##i v)                                           \
    {                                                                                              \
        Raw r = {0};                                                                               \
        memcpy(&r, &v, sizeof v);                                                                  \
        prefix##_mask_storeu_##suffix(p, (Mask)((1ull << n) - 1), r);                              \
    }
#if LANES == 8
TAIL(1, i8, __mmask16, __m128i, _mm, epi8)
TAIL(2, i16, __mmask8, __m128i, _mm, epi16)
TAIL(4, i32, __mmask8, __m256i, _mm256, epi32)
TAIL(8, i64, __mmask8, __m512i, _mm512, epi64)
#elif LANES == 16
TAIL(1, i8, __mmask16, __m128i, _mm, epi8)
TAIL(2, i16, __mmask16, __m256i, _mm256, epi16)
TAIL(4, i32, __mmask16, __m512i, _mm512, epi32)
#elif LANES == 32
TAIL(1, i8, __mmask32, __m256i, _mm256, epi8)
TAIL(2, i16, __mmask32, __m512i, _mm512, epi16)
#else
TAIL(1, i8, __mmask64, __m512i, _mm512, epi8)
#endif
#if HAVE8
FN Vi64 cvtt_f64_i64(Vf64 x)
{
    return (Vi64)_mm512_cvttpd_epi64((__m512d)x);
}
#endif

/* Narrowing casts, of the low bits; and the low 32 bits of floats as 64-bit integers. */
#define NARROW
#define NARROWING(name, from, to, instruction, Raw)                                                \
    FN V##to name(V##from x)                                                                       \
    {                                                                                              \
        __m128i low = instruction((Raw)x);                                                         \
        V##to r;                                                                                   \
        memcpy(&r, &low, sizeof r);                                                                \
        return r;                                                                                  \
    }
#if LANES == 8
NARROWING(NARROW_i64_i8, i64, i8, _mm512_cvtepi64_epi8, __m512i)
NARROWING(NARROW_i64_i16, i64, i16, _mm512_cvtepi64_epi16, __m512i)
NARROWING(NARROW_i32_i8, i32, i8, _mm256_cvtepi32_epi8, __m256i)
FN Vi32 low_half_of_i64(Vf32 x)
{
    return (Vi32)_mm512_cvtepi64_epi32(_mm512_cvttps_epi64((__m256)x));
}
#elif LANES == 16
NARROWING(NARROW_i32_i8, i32, i8, _mm512_cvtepi32_epi8, __m512i)
FN Vi32 low_half_of_i64(Vf32 x)
{
    __m256 low = _mm512_castps512_ps256((__m512)x), high = _mm512_extractf32x8_ps((__m512)x, 1);
    __m256i a = _mm512_cvtepi64_epi32(_mm512_cvttps_epi64(low)),
            b = _mm512_cvtepi64_epi32(_mm512_cvttps_epi64(high));
    return (Vi32)_mm512_inserti64x4(_mm512_castsi256_si512(a), b, 1);
}
#endif

/* Is any lane set?  Vectors below 16 bytes are looked at as one integer. */
FN int any_bytes(const void *p, size_t n)
{
    uint64_t word = 0;
    memcpy(&word, p, n < 8 ? n : 8);
    return word != 0;
}
#define ANY_OF(size, i)                                                                            \
    FN int any_of##size(V##i m)                                                                    \
    {                                                                                              \
        if (sizeof m == 64)                                                                        \
            return _mm512_movepi8_mask(*(__m512i *)&m) != 0;                                       \
        if (sizeof m == 32)                                                                        \
            return _mm256_movemask_epi8(*(__m256i *)&m) != 0;                                      \
        if (sizeof m == 16)                                                                        \
            return _mm_movemask_epi8(*(__m128i *)&m) != 0;                                         \
        return any_bytes(&m, sizeof m);                                                            \
    }                                                                                              \
    FN Vb8 bool_of##size(V##i m)                                                                   \
    {                                                                                              \
        return (Vb8)(__builtin_convertvector(m, Vi8) & 1);                                         \
    }
ANY_OF(1, i8)
#if HAVE2
ANY_OF(2, i16)
#endif
#if HAVE4
ANY_OF(4, i32)
#endif
#if HAVE8
ANY_OF(8, i64)
#endif
#undef ANY_OF

/* Entry n & 15 of a table of 16, for every lane's n; are all lanes below a bound in magnitude, or
 * in [low, high)? */
#if LANES == 8
FN Vf64 PICK16_f64(const void *table, Vi64 n)
{
    __m512d low = _mm512_loadu_pd(table), high = _mm512_loadu_pd((const double *)table + 8);
    return (Vf64)_mm512_permutex2var_pd(low, (__m512i)n, high);
}
FN int ALL_BELOW_f64(Vf64 x, double bound)
{
    return _mm512_cmp_pd_mask(_mm512_abs_pd((__m512d)x), _mm512_set1_pd(bound), _CMP_LT_OQ) == 255;
}
FN int ALL_IN_f64(Vf64 x, double low, double high)
{
    __mmask8 above = _mm512_cmp_pd_mask((__m512d)x, _mm512_set1_pd(low), _CMP_GE_OQ);
    return _mm512_mask_cmp_pd_mask(above, (__m512d)x, _mm512_set1_pd(high), _CMP_LT_OQ) == 255;
}
FN Vf32 PICK16_f32(const void *table, Vi32 n)
{
    __m256 low = _mm256_loadu_ps(table), high = _mm256_loadu_ps((const float *)table + 8);
    return (Vf32)_mm256_permutex2var_ps(low, (__m256i)n, high);
}
#elif LANES == 16
FN Vf32 PICK16_f32(const void *table, Vi32 n)
{
    return (Vf32)_mm512_permutexvar_ps((__m512i)n, _mm512_loadu_ps(table));
}
#endif
#if HAVE4
FN int ALL_BELOW_f32(Vf32 x, float bound)
{
    Vf32 size = (Vf32)((Vi32)x & INT32_MAX);
    return CMP_PS((RawPS)size, PS(set1)(bound), _CMP_LT_OQ) == (1 << LANES) - 1;
}
FN int ALL_IN_f32(Vf32 x, float low, float high)
{
    return (CMP_PS((RawPS)x, PS(set1)(low), _CMP_GE_OQ) &
            CMP_PS((RawPS)x, PS(set1)(high), _CMP_LT_OQ)) == (1 << LANES) - 1;
}
#endif
