/* panel.c -- packing of panels: dense rows are copied, dense lines turned four by four.  Local. */
#include "runtime/exec/panel.h"

#include <immintrin.h>

enum { LINES_MAX = 64 };

#pragma GCC push_options
#pragma GCC target("avx2")

/* One element of each line, which lie side by side. */
static inline void copy_row(char *to, const char *x, int64_t nbytes)
{
    int64_t i = 0;
    for (; i + 32 <= nbytes; i += 32)
        _mm256_storeu_si256((__m256i_u *)(to + i), _mm256_loadu_si256((const __m256i_u *)(x + i)));
    for (; i + 8 <= nbytes; i += 8)
        memcpy(to + i, x + i, 8);
    if (i < nbytes)
        memcpy(to + i, x + i, 4);
}

/* The same of `count` elements, then the first again: whole vectors. */
static inline void fill_row(char *to, const char *x, int size, int64_t count, int64_t wide)
{
    int64_t have = count * size;
    __m256i one = size == 8 ? _mm256_set1_epi64x(*(const int64_t *)x)
                            : _mm256_set1_epi32(*(const int32_t *)x);
    for (int64_t i = 0; i < wide * size; i += 32) {
        __m256i v = one;
        if (have - i >= 32) {
            v = _mm256_loadu_si256((const __m256i_u *)(x + i));
        } else if (have > i) {
            __m256i some = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)(have - i) / 4),
                                              _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
            v = _mm256_blendv_epi8(v, _mm256_maskload_epi32((const int *)(x + i), some), some);
        }
        _mm256_storeu_si256((__m256i_u *)(to + i), v);
    }
}

/* Four elements of four lines. */
static inline void turn_8(char *to, const char *const x[], int64_t at, int64_t row)
{
    __m256i a = _mm256_loadu_si256((const __m256i_u *)(x[0] + at)),
            b = _mm256_loadu_si256((const __m256i_u *)(x[1] + at)),
            c = _mm256_loadu_si256((const __m256i_u *)(x[2] + at)),
            d = _mm256_loadu_si256((const __m256i_u *)(x[3] + at));
    __m256i ab = _mm256_unpacklo_epi64(a, b), ba = _mm256_unpackhi_epi64(a, b),
            cd = _mm256_unpacklo_epi64(c, d), dc = _mm256_unpackhi_epi64(c, d);
    _mm256_storeu_si256((__m256i_u *)to, _mm256_permute2x128_si256(ab, cd, 0x20));
    _mm256_storeu_si256((__m256i_u *)(to + row), _mm256_permute2x128_si256(ba, dc, 0x20));
    _mm256_storeu_si256((__m256i_u *)(to + 2 * row), _mm256_permute2x128_si256(ab, cd, 0x31));
    _mm256_storeu_si256((__m256i_u *)(to + 3 * row), _mm256_permute2x128_si256(ba, dc, 0x31));
}

static inline void turn_4(char *to, const char *const x[], int64_t at, int64_t row)
{
    __m128i a = _mm_loadu_si128((const __m128i_u *)(x[0] + at)),
            b = _mm_loadu_si128((const __m128i_u *)(x[1] + at)),
            c = _mm_loadu_si128((const __m128i_u *)(x[2] + at)),
            d = _mm_loadu_si128((const __m128i_u *)(x[3] + at));
    __m128i ab = _mm_unpacklo_epi32(a, b), ba = _mm_unpackhi_epi32(a, b),
            cd = _mm_unpacklo_epi32(c, d), dc = _mm_unpackhi_epi32(c, d);
    _mm_storeu_si128((__m128i_u *)to, _mm_unpacklo_epi64(ab, cd));
    _mm_storeu_si128((__m128i_u *)(to + row), _mm_unpackhi_epi64(ab, cd));
    _mm_storeu_si128((__m128i_u *)(to + 2 * row), _mm_unpacklo_epi64(ba, dc));
    _mm_storeu_si128((__m128i_u *)(to + 3 * row), _mm_unpackhi_epi64(ba, dc));
}

/* Element by element, lines [i, wide). */
static inline void pack_each(char *to, int size, const char *const x[], int64_t along, int i,
                             int wide, int64_t from, int64_t k)
{
    for (int64_t j = from; j < k; j++)
        for (int l = i; l < wide; l++)
            memcpy(to + (j * wide + l) * size, x[l] + j * along, (size_t)size);
}

static inline void pack_sized(char *to, int size, const char *const x[], int64_t along, int wide,
                              int64_t k)
{
    int64_t row = (int64_t)wide * size, whole = along == size && size < 16 ? k - k % 4 : 0;
    int i = 0;
    for (; i + 4 <= wide && whole; i += 4)
        for (int64_t j = 0; j < whole; j += 4)
            if (size == 8)
                turn_8(to + j * row + i * size, x + i, j * size, row);
            else
                turn_4(to + j * row + i * size, x + i, j * size, row);
    pack_each(to, size, x, along, i, wide, 0, whole);
    pack_each(to, size, x, along, 0, wide, whole, k);
}

static void lines_of(const char *line[], const char *x, int64_t across, int count, int wide)
{
    ASSERT(wide <= LINES_MAX, "a panel of %d lines", wide);
    for (int i = 0; i < wide; i++)
        line[i] = x + (i < count ? i : 0) * across;
}

void panel_pack(void *to, int size, const char *x, int64_t across, int64_t along, int count,
                int wide, int64_t k)
{
    const char *line[LINES_MAX];
    char *out = to;
    if (across == size && count == wide) {
        for (int64_t j = 0; j < k; j++, out += (int64_t)wide * size, x += along)
            copy_row(out, x, (int64_t)count * size);
        return;
    }
    if (across == size && size < 16 && wide * size % 32 == 0) {
        for (int64_t j = 0; j < k; j++, out += (int64_t)wide * size, x += along)
            fill_row(out, x, size, count, wide);
        return;
    }
    lines_of(line, x, across, count, wide);
    if (size == 4) {
        pack_sized(out, 4, line, along, wide, k);
    } else if (size == 8) {
        pack_sized(out, 8, line, along, wide, k);
    } else {
        pack_sized(out, 16, line, along, wide, k);
    }
}

#define PACK_PARTS(NAME, T)                                                                        \
    static void NAME(T *to, const char *const line[], int64_t along, int wide, int64_t k)          \
    {                                                                                              \
        for (int64_t j = 0; j < k; j++, to += 2 * wide)                                            \
            for (int i = 0; i < wide; i++) {                                                       \
                const T *x = (const T *)(line[i] + j * along);                                     \
                to[i] = x[0];                                                                      \
                to[wide + i] = x[1];                                                               \
            }                                                                                      \
    }
PACK_PARTS(pack_parts_4, float)
PACK_PARTS(pack_parts_8, double)

void panel_pack_parts(void *to, int part, const char *x, int64_t across, int64_t along, int count,
                      int wide, int64_t k)
{
    const char *line[LINES_MAX];
    lines_of(line, x, across, count, wide);
    if (part == 4)
        pack_parts_4(to, line, along, wide, k);
    else
        pack_parts_8(to, line, along, wide, k);
}
#pragma GCC pop_options
