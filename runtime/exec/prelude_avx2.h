/* prelude_avx2.h -- the parts of prelude.h that depend on the instruction set: AVX2 with FMA.
 * Local.
 *
 * 64-bit types exist at 4 lanes, 32-bit ones at 4 and 8, and so on; narrower vectors than the
 * machine's are GNU vectors of 4, 8 or 16 bytes.
 */
#if LANES == 4
#define PS(op)         _mm_##op##_ps
#define ROUND_PS(x, m) _mm_round_ps(x, m)
#define CVTT_PS(x)     _mm_cvttps_epi32(x)
#define EPI32(op)      _mm_##op##_epi32
typedef __m128 RawPS;
#elif LANES == 8
#define PS(op)         _mm256_##op##_ps
#define ROUND_PS(x, m) _mm256_round_ps(x, m)
#define CVTT_PS(x)     _mm256_cvttps_epi32(x)
#define EPI32(op)      _mm256_##op##_epi32
typedef __m256 RawPS;
#endif
typedef __m256d RawPD;
#define PD(op)         _mm256_##op##_pd
#define ROUND_PD(x, m) _mm256_round_pd(x, m)
#define CVTT_PD(x)     _mm256_cvttpd_epi32(x)

/* SLEEF's functions of this many lanes. */
#define SLEEF64(name, u) Sleef_finz_##name##d4_##u##avx2
#if LANES == 4
#define SLEEF32(name, u) Sleef_finz_##name##f4_##u##avx2128
#else
#define SLEEF32(name, u) Sleef_finz_##name##f8_##u##avx2
#endif

/* Even and odd elements of a pair of vectors, and the way back. */
#if LANES == 4
#define EVENS(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6)
#define ODDS(a, b)  __builtin_shufflevector(a, b, 1, 3, 5, 7)
#define LOWS(a, b)  __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define HIGHS(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#elif LANES == 8
#define EVENS(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define ODDS(a, b)  __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
#define LOWS(a, b)  __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define HIGHS(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#endif

/* n < 32 bytes without a loop and without touching a byte outside. */
FN void copy_bytes(char *to, const char *from, int64_t n)
{
#define COPY_PART(size)                                                                            \
    if (n & size) {                                                                                \
        memcpy(to, from, size);                                                                    \
        to += size, from += size;                                                                  \
    }
    COPY_PART(16)
    COPY_PART(8)
    COPY_PART(4)
    COPY_PART(2)
    COPY_PART(1)
#undef COPY_PART
}

#define TAIL_BY_COPY(size, i)                                                                      \
    FN V##i tail_load##size(const void *p, int64_t n, V##i fill)                                   \
    {                                                                                              \
        copy_bytes((char *)&fill, p, n *size);                                                     \
        return fill;                                                                               \
    }                                                                                              \
    FN void tail_store##size(void *p, int64_t n, V##i v)                                           \
    {                                                                                              \
        copy_bytes(p, (const char *)&v, n *size);                                                  \
    }
TAIL_BY_COPY(1, i8)
#if HAVE2
TAIL_BY_COPY(2, i16)
#endif
#if HAVE4
FN Vi32 lanes_below4(int64_t n)
{
    Vi32 index;
    for (int l = 0; l < LANES; l++)
        index[l] = l;
    return (Vi32)(index < (int32_t)n);
}
#if LANES == 4
#define MASKLOAD4(p, m)     _mm_maskload_epi32((const int *)(p), m)
#define MASKSTORE4(p, m, v) _mm_maskstore_epi32((int *)(p), m, v)
typedef __m128i Raw4;
#else
#define MASKLOAD4(p, m)     _mm256_maskload_epi32((const int *)(p), m)
#define MASKSTORE4(p, m, v) _mm256_maskstore_epi32((int *)(p), m, v)
typedef __m256i Raw4;
#endif
FN Vi32 tail_load4(const void *p, int64_t n, Vi32 fill)
{
    Vi32 m = lanes_below4(n);
    return ((Vi32)MASKLOAD4(p, (Raw4)m) & m) | (fill & ~m);
}
FN void tail_store4(void *p, int64_t n, Vi32 v)
{
    MASKSTORE4(p, (Raw4)lanes_below4(n), (Raw4)v);
}
#endif
#if HAVE8
FN Vi64 lanes_below8(int64_t n)
{
    return (Vi64)((Vi64){0, 1, 2, 3} < n);
}
FN Vi64 tail_load8(const void *p, int64_t n, Vi64 fill)
{
    Vi64 m = lanes_below8(n);
    return ((Vi64)_mm256_maskload_epi64(p, (__m256i)m) & m) | (fill & ~m);
}
FN void tail_store8(void *p, int64_t n, Vi64 v)
{
    _mm256_maskstore_epi64(p, (__m256i)lanes_below8(n), (__m256i)v);
}
FN Vi64 cvtt_f64_i64(Vf64 x)
{
    Vf64 t = (Vf64)_mm256_round_pd(x, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
    Vf64 size = (Vf64)((Vi64)t & INT64_MAX), magic = {0x1.8p52, 0x1.8p52, 0x1.8p52, 0x1.8p52},
         limit = {0x1p51, 0x1p51, 0x1p51, 0x1p51};
    Vi64 r = (Vi64)(t + magic) - (Vi64)magic; /* the integer shows in the low bits */
    if (_mm256_movemask_pd(_mm256_cmp_pd(size, limit, _CMP_LT_OQ)) != 15)
        for (int l = 0; l < LANES; l++)
            r[l] = _mm_cvttsd_si64(_mm_set_sd(x[l]));
    return r;
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
        if (sizeof m == 32)                                                                        \
            return _mm256_movemask_epi8(*(__m256i *)&m) != 0;                                      \
        if (sizeof m == 16)                                                                        \
            return _mm_movemask_epi8(*(__m128i *)&m) != 0;                                         \
        return any_bytes(&m, sizeof m);                                                            \
    }

/* 0 and 1 of a mask.  Four lanes: sign bits gathered, then spread to bytes by a product. */
FN Vb8 bool_of_bits(int bits)
{
    uint32_t bytes = (uint32_t)bits * 0x204081u & 0x01010101u;
    Vb8 r = {0};
    memcpy(&r, &bytes, sizeof bytes);
    return r;
}
FN Vb8 bool_of1(Vi8 m)
{
    return (Vb8)(m & 1);
}
#if HAVE2
FN Vb8 bool_of2(Vi16 m)
{
    return (Vb8)(__builtin_convertvector(m, Vi8) & 1);
}
#endif
#if HAVE4
FN Vb8 bool_of4(Vi32 m)
{
#if LANES == 4
    return bool_of_bits(_mm_movemask_ps((__m128)m));
#else
    __m128i low = _mm256_castsi256_si128((__m256i)m),
            high = _mm256_extracti128_si256((__m256i)m, 1);
    __m128i half = _mm_packs_epi32(low, high);
    int64_t bytes = _mm_cvtsi128_si64(_mm_packs_epi16(half, half)) & 0x0101010101010101;
    Vb8 r;
    memcpy(&r, &bytes, sizeof r);
    return r;
#endif
}
#endif
#if HAVE8
FN Vb8 bool_of8(Vi64 m)
{
    return bool_of_bits(_mm256_movemask_pd((__m256d)m));
}
#endif
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
#if HAVE8
FN Vf64 PICK16_f64(const void *table, Vi64 n)
{
    return (Vf64)_mm256_i64gather_pd(table, (__m256i)(n & 15), 8);
}
FN int ALL_BELOW_f64(Vf64 x, double bound)
{
    Vi64 below = (Vi64)((Vf64)((Vi64)x & INT64_MAX) < bound);
    return _mm256_movemask_pd((__m256d)below) == 15;
}
FN int ALL_IN_f64(Vf64 x, double low, double high)
{
    Vi64 in = (Vi64)(x >= low) & (Vi64)(x < high);
    return _mm256_movemask_pd((__m256d)in) == 15;
}
#endif
#if HAVE4
FN Vf32 PICK16_f32(const void *table, Vi32 n)
{
#if LANES == 4
    return (Vf32)_mm_i32gather_ps(table, (__m128i)(n & 15), 4);
#else
    __m256 low = _mm256_loadu_ps(table), high = _mm256_loadu_ps((const float *)table + 8);
    low = _mm256_permutevar8x32_ps(low, (__m256i)n);
    high = _mm256_permutevar8x32_ps(high, (__m256i)n);
    return (Vf32)_mm256_blendv_ps(low, high, (__m256)(n << 28));
#endif
}
FN int ALL_BELOW_f32(Vf32 x, float bound)
{
    Vi32 below = (Vi32)((Vf32)((Vi32)x & INT32_MAX) < bound);
    return PS(movemask)((RawPS)below) == (1 << LANES) - 1;
}
FN int ALL_IN_f32(Vf32 x, float low, float high)
{
    Vi32 in = (Vi32)(x >= low) & (Vi32)(x < high);
    return PS(movemask)((RawPS)in) == (1 << LANES) - 1;
}
#endif
