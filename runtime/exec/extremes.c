/* extremes.c -- minima and maxima of dense real elements, by AVX2 and AVX-512.  Local.
 *
 * A NaN wins, the first of several in a run.  Which of two equal zeros comes out does not matter:
 * exec/fold.c settles the sign.
 */
#include <immintrin.h>

#include "runtime/exec/fold_kernels.h"

#define PASTE_(a, b, c) a##_##b##_##c
#define PASTE(a, b, c)  PASTE_(a, b, c)

#pragma GCC push_options
#pragma GCC target("avx2")
static inline __m256i lesser_i64(__m256i a, __m256i b)
{
    return _mm256_blendv_epi8(a, b, _mm256_cmpgt_epi64(a, b));
}
static inline __m256i larger_i64(__m256i a, __m256i b)
{
    return _mm256_blendv_epi8(b, a, _mm256_cmpgt_epi64(a, b));
}
static inline __m256i above_u64(__m256i a, __m256i b)
{
    __m256i sign = _mm256_set1_epi64x(INT64_MIN);
    return _mm256_cmpgt_epi64(_mm256_xor_si256(a, sign), _mm256_xor_si256(b, sign));
}
static inline __m256i lesser_u64(__m256i a, __m256i b)
{
    return _mm256_blendv_epi8(a, b, above_u64(a, b));
}
static inline __m256i larger_u64(__m256i a, __m256i b)
{
    return _mm256_blendv_epi8(b, a, above_u64(a, b));
}
#define SET               avx2
#define VBYTES            32
#define VI                __m256i
#define LOAD_INT(p)       _mm256_loadu_si256((const __m256i *)(p))
#define STORE_INT(p, v)   _mm256_storeu_si256((__m256i *)(p), v)
#define VF_f32            __m256
#define VF_f64            __m256d
#define MASK_f32          __m256
#define MASK_f64          __m256d
#define LOAD_f32          _mm256_loadu_ps
#define LOAD_f64          _mm256_loadu_pd
#define STORE_f32         _mm256_storeu_ps
#define STORE_f64         _mm256_storeu_pd
#define EITHER_f32(a, b)  _mm256_cmp_ps(a, b, _CMP_UNORD_Q)
#define EITHER_f64(a, b)  _mm256_cmp_pd(a, b, _CMP_UNORD_Q)
#define OR_f32            _mm256_or_ps
#define OR_f64            _mm256_or_pd
#define ANY_f32           _mm256_movemask_ps
#define ANY_f64           _mm256_movemask_pd
#define PICK_f32(m, a, b) _mm256_blendv_ps(b, a, m)
#define PICK_f64(m, a, b) _mm256_blendv_pd(b, a, m)
#define MIN_int8          _mm256_min_epi8
#define MAX_int8          _mm256_max_epi8
#define MIN_uint8         _mm256_min_epu8
#define MAX_uint8         _mm256_max_epu8
#define MIN_int16         _mm256_min_epi16
#define MAX_int16         _mm256_max_epi16
#define MIN_uint16        _mm256_min_epu16
#define MAX_uint16        _mm256_max_epu16
#define MIN_int32         _mm256_min_epi32
#define MAX_int32         _mm256_max_epi32
#define MIN_uint32        _mm256_min_epu32
#define MAX_uint32        _mm256_max_epu32
#define MIN_int64         lesser_i64
#define MAX_int64         larger_i64
#define MIN_uint64        lesser_u64
#define MAX_uint64        larger_u64
#define MIN_float32       _mm256_min_ps
#define MAX_float32       _mm256_max_ps
#define MIN_float64       _mm256_min_pd
#define MAX_float64       _mm256_max_pd
#define NAN_f32(x)        EITHER_f32(x, x)
#define NAN_f64(x)        EITHER_f64(x, x)
#include "runtime/exec/extremes.h"
#undef SET
#undef VBYTES
#undef VI
#undef LOAD_INT
#undef STORE_INT
#undef VF_f32
#undef VF_f64
#undef MASK_f32
#undef MASK_f64
#undef LOAD_f32
#undef LOAD_f64
#undef STORE_f32
#undef STORE_f64
#undef EITHER_f32
#undef EITHER_f64
#undef OR_f32
#undef OR_f64
#undef ANY_f32
#undef ANY_f64
#undef PICK_f32
#undef PICK_f64
#undef MIN_int8
#undef MAX_int8
#undef MIN_uint8
#undef MAX_uint8
#undef MIN_int16
#undef MAX_int16
#undef MIN_uint16
#undef MAX_uint16
#undef MIN_int32
#undef MAX_int32
#undef MIN_uint32
#undef MAX_uint32
#undef MIN_int64
#undef MAX_int64
#undef MIN_uint64
#undef MAX_uint64
#undef MIN_float32
#undef MAX_float32
#undef MIN_float64
#undef MAX_float64
#undef NAN_f32
#undef NAN_f64
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512vl,avx512bw,prefer-vector-width=512")
#define SET               avx512
#define VBYTES            64
#define VI                __m512i
#define LOAD_INT(p)       _mm512_loadu_si512(p)
#define STORE_INT(p, v)   _mm512_storeu_si512(p, v)
#define VF_f32            __m512
#define VF_f64            __m512d
#define MASK_f32          __mmask16
#define MASK_f64          __mmask8
#define LOAD_f32          _mm512_loadu_ps
#define LOAD_f64          _mm512_loadu_pd
#define STORE_f32         _mm512_storeu_ps
#define STORE_f64         _mm512_storeu_pd
#define EITHER_f32(a, b)  _mm512_cmp_ps_mask(a, b, _CMP_UNORD_Q)
#define EITHER_f64(a, b)  _mm512_cmp_pd_mask(a, b, _CMP_UNORD_Q)
#define OR_f32(a, b)      ((__mmask16)((a) | (b)))
#define OR_f64(a, b)      ((__mmask8)((a) | (b)))
#define ANY_f32(m)        (m)
#define ANY_f64(m)        (m)
#define PICK_f32(m, a, b) _mm512_mask_blend_ps(m, b, a)
#define PICK_f64(m, a, b) _mm512_mask_blend_pd(m, b, a)
#define MIN_int8          _mm512_min_epi8
#define MAX_int8          _mm512_max_epi8
#define MIN_uint8         _mm512_min_epu8
#define MAX_uint8         _mm512_max_epu8
#define MIN_int16         _mm512_min_epi16
#define MAX_int16         _mm512_max_epi16
#define MIN_uint16        _mm512_min_epu16
#define MAX_uint16        _mm512_max_epu16
#define MIN_int32         _mm512_min_epi32
#define MAX_int32         _mm512_max_epi32
#define MIN_uint32        _mm512_min_epu32
#define MAX_uint32        _mm512_max_epu32
#define MIN_int64         _mm512_min_epi64
#define MAX_int64         _mm512_max_epi64
#define MIN_uint64        _mm512_min_epu64
#define MAX_uint64        _mm512_max_epu64
#define MIN_float32       _mm512_min_ps
#define MAX_float32       _mm512_max_ps
#define MIN_float64       _mm512_min_pd
#define MAX_float64       _mm512_max_pd
#define NAN_f32(x)        EITHER_f32(x, x)
#define NAN_f64(x)        EITHER_f64(x, x)
#include "runtime/exec/extremes.h"
#pragma GCC pop_options

const FoldKernel *extreme_kernel(FoldOp op, DType t, Isa isa)
{
    static const FoldKernel(*const tables[ISA_COUNT])[DT_COUNT] = {extreme_table_avx2,
                                                                   extreme_table_avx512};
    return &tables[isa][op == FOLD_MAX][t];
}
