/* pack.c -- moving elements between strided memory, buffers and blocks.  Local.
 *
 * Bytes only: an element is its size, 1, 2, 4, 8 or 16.  What is dense, every other, reversed or
 * turned goes by vectors of AVX2, which every processor here has; the rest element by element.
 */
#include "runtime/exec/pack.h"

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

#define BY_SIZE(size, DO)                                                                          \
    switch (size) {                                                                                \
    case 1:                                                                                        \
        DO(uint8_t);                                                                               \
        break;                                                                                     \
    case 2:                                                                                        \
        DO(uint16_t);                                                                              \
        break;                                                                                     \
    case 4:                                                                                        \
        DO(uint32_t);                                                                              \
        break;                                                                                     \
    case 8:                                                                                        \
        DO(uint64_t);                                                                              \
        break;                                                                                     \
    default:                                                                                       \
        DO(__m128i);                                                                               \
    }

/* MOVE(T, k) for k from i to n, by fours. */
#define MOVE_ALL(T)                                                                                \
    do {                                                                                           \
        for (; i + 4 <= n; i += 4) {                                                               \
            MOVE(T, i);                                                                            \
            MOVE(T, i + 1);                                                                        \
            MOVE(T, i + 2);                                                                        \
            MOVE(T, i + 3);                                                                        \
        }                                                                                          \
        for (; i < n; i++)                                                                         \
            MOVE(T, i);                                                                            \
    } while (0)

/* to[k] = the element at from + k * stride, for k from i on */
static void pack_from(char *to, const char *from, int64_t stride, int64_t i, int64_t n, int size)
{
#define MOVE(T, k) memcpy(to + (k) * (int64_t)sizeof(T), from + (k)*stride, sizeof(T))
    BY_SIZE(size, MOVE_ALL)
#undef MOVE
}

/* Every other element, and elements in reverse: whole vectors of 4- and 8-byte elements; answers
 * how many are done. */
static AVX2 int64_t pack_vectors(char *to, const char *from, int64_t stride, int64_t n, int size)
{
    int64_t i = 0, lanes = 32 / size;
    __m256i back = _mm256_setr_epi32(7, 6, 5, 4, 3, 2, 1, 0);
    if (stride == 2 * size)
        for (; i + lanes < n; i += lanes) { /* the second load ends after element i + lanes */
            __builtin_prefetch(from + i * stride + 1024);
            __m256 a = _mm256_loadu_ps((const float *)(from + i * stride)),
                   b = _mm256_loadu_ps((const float *)(from + i * stride + 32));
            __m256d evens = size == 8 ? (__m256d)_mm256_unpacklo_pd((__m256d)a, (__m256d)b)
                                      : (__m256d)_mm256_shuffle_ps(a, b, 0x88);
            _mm256_storeu_pd((double *)(to + i * size), _mm256_permute4x64_pd(evens, 0xd8));
        }
    if (stride == -size)
        for (; i + lanes <= n; i += lanes) {
            __m256i v = _mm256_loadu_si256((const __m256i *)(from - (i + lanes - 1) * size));
            v = size == 8 ? _mm256_permute4x64_epi64(v, 0x1b)
                          : _mm256_permutevar8x32_epi32(v, back);
            _mm256_storeu_si256((__m256i *)(to + i * size), v);
        }
    return i;
}

/* to[i] = the element at from + i * stride */
void pack_gather(char *to, const char *from, int64_t stride, int64_t n, int size)
{
    bool vectors = (size == 4 || size == 8) && (stride == 2 * size || stride == -size);
    pack_from(to, from, stride, vectors ? pack_vectors(to, from, stride, n, size) : 0, n, size);
}

void pack_scatter(char *to, int64_t stride, const char *from, int64_t n, int size)
{
    int64_t i = 0;
#define MOVE(T, k) memcpy(to + (k)*stride, from + (k) * (int64_t)sizeof(T), sizeof(T))
    BY_SIZE(size, MOVE_ALL)
#undef MOVE
}

/* The same for chosen positions of the strip. */
void pack_gather_chosen(char *to, const char *from, int64_t stride, const int16_t *at, int64_t n,
                        int size)
{
#define PACK(T)                                                                                    \
    for (int64_t i = 0; i < n; i++)                                                                \
    memcpy(to + i * (int64_t)sizeof(T), from + at[i] * stride, sizeof(T))
    BY_SIZE(size, PACK)
#undef PACK
}

void pack_scatter_chosen(char *to, int64_t stride, const char *from, const int16_t *at, int64_t n,
                         int size)
{
#define UNPACK(T)                                                                                  \
    for (int64_t i = 0; i < n; i++)                                                                \
    memcpy(to + at[i] * stride, from + i * (int64_t)sizeof(T), sizeof(T))
    BY_SIZE(size, UNPACK)
#undef UNPACK
}

AVX2 void pack_range(int64_t *to, int64_t first, int64_t step, int64_t n)
{
    int64_t i = 0;
    __m256i v = _mm256_setr_epi64x(first, first + step, first + 2 * step, first + 3 * step),
            four = _mm256_set1_epi64x(4 * step);
    for (; i + 4 <= n; i += 4, v = _mm256_add_epi64(v, four))
        _mm256_storeu_si256((__m256i *)(to + i), v);
    for (; i < n; i++)
        to[i] = first + i * step;
}

AVX2 void pack_block(char *block, const char *from, int size)
{
    __m256i v;
    uint64_t word = 0;
    memcpy(&word, from, size < 8 ? (size_t)size : 8);
    if (size == 16)
        v = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)from));
    else if (size == 8)
        v = _mm256_set1_epi64x((int64_t)word);
    else if (size == 4)
        v = _mm256_set1_epi32((int32_t)word);
    else
        v = size == 2 ? _mm256_set1_epi16((int16_t)word) : _mm256_set1_epi8((int8_t)word);
    for (int i = 0; i < PACK_BLOCK_BYTES; i += 32)
        _mm256_storeu_si256((__m256i *)(block + i), v);
}

/* n equal elements side by side. */
static AVX2 void pack_fill(char *to, const char *from, int64_t n, int size)
{
    char block[PACK_BLOCK_BYTES];
    int64_t nbytes = n * size, i = 0;
    pack_block(block, from, size);
    __m256i v = _mm256_loadu_si256((const __m256i *)block);
    for (; i + 64 <= nbytes; i += 64) {
        _mm256_storeu_si256((__m256i *)(to + i), v);
        _mm256_storeu_si256((__m256i *)(to + i + 32), v);
    }
    memcpy(to + i, block, (size_t)(nbytes - i));
}

__attribute__((target("avx2"))) void copy_bytes(void *to, const void *from, int64_t nbytes)
{
    enum { LEAST = 2048, MOST = 1 << 20, STEP = 64 };
    typedef char Vector __attribute__((vector_size(32), aligned(1), may_alias));
    int64_t i = 0;
    if (nbytes >= LEAST && nbytes <= MOST && ((uintptr_t)to - (uintptr_t)from) % STEP != 0)
        for (; i + STEP <= nbytes; i += STEP) {
            const Vector *in = (const Vector *)((const char *)from + i);
            Vector *out = (Vector *)((char *)to + i), a = in[0], b = in[1];
            out[0] = a;
            out[1] = b;
        }
    memcpy((char *)to + i, (const char *)from + i, (size_t)(nbytes - i));
}

void pack_row(char *to, int64_t to_stride, const char *from, int64_t stride, int64_t n, int size)
{
    if (to_stride == size && stride == 0 && n * size >= 64) {
        pack_fill(to, from, n, size);
    } else if (to_stride == size && stride == size) {
        copy_bytes(to, from, n * size);
    } else if (to_stride == size) {
        pack_gather(to, from, stride, n, size);
    } else if (stride == size) {
        pack_scatter(to, to_stride, from, n, size);
    } else {
#define MOVE(T, k) memcpy(to + (k)*to_stride, from + (k)*stride, sizeof(T))
        int64_t i = 0;
        BY_SIZE(size, MOVE_ALL)
#undef MOVE
    }
}

/* Turning squares of elements whose rows ascend: `square` lines of `from`, `stride` apart, become
 * columns of `to`, whose lines are `pitch` apart. */
static inline AVX2 void turn_square8(char *to, int64_t pitch, const char *from, int64_t stride)
{
    __m256d a = _mm256_loadu_pd((const double *)from),
            b = _mm256_loadu_pd((const double *)(from + stride)),
            c = _mm256_loadu_pd((const double *)(from + 2 * stride)),
            d = _mm256_loadu_pd((const double *)(from + 3 * stride));
    __m256d ab = _mm256_unpacklo_pd(a, b), cd = _mm256_unpacklo_pd(c, d);
    _mm256_storeu_pd((double *)to, _mm256_permute2f128_pd(ab, cd, 0x20));
    _mm256_storeu_pd((double *)(to + 2 * pitch), _mm256_permute2f128_pd(ab, cd, 0x31));
    ab = _mm256_unpackhi_pd(a, b), cd = _mm256_unpackhi_pd(c, d);
    _mm256_storeu_pd((double *)(to + pitch), _mm256_permute2f128_pd(ab, cd, 0x20));
    _mm256_storeu_pd((double *)(to + 3 * pitch), _mm256_permute2f128_pd(ab, cd, 0x31));
}

static inline AVX2 void turn_square4(char *to, int64_t pitch, const char *from, int64_t stride)
{
    __m256 line[8], pair[8];
    for (int k = 0; k < 4; k++) /* lines k and k + 4 side by side */
        for (int half = 0; half < 2; half++) {
            const float *at = (const float *)(from + k * stride) + 4 * half;
            __m128 low = _mm_loadu_ps(at),
                   high = _mm_loadu_ps((const float *)((const char *)at + 4 * stride));
            line[k + 4 * half] = _mm256_set_m128(high, low);
        }
    for (int k = 0; k < 8; k += 4) {
        pair[k] = _mm256_unpacklo_ps(line[k], line[k + 1]);
        pair[k + 1] = _mm256_unpackhi_ps(line[k], line[k + 1]);
        pair[k + 2] = _mm256_unpacklo_ps(line[k + 2], line[k + 3]);
        pair[k + 3] = _mm256_unpackhi_ps(line[k + 2], line[k + 3]);
        float *out = (float *)(to + k * pitch);
        int64_t step = pitch / 4;
        _mm256_storeu_ps(out, _mm256_shuffle_ps(pair[k], pair[k + 2], 0x44));
        _mm256_storeu_ps(out + step, _mm256_shuffle_ps(pair[k], pair[k + 2], 0xee));
        _mm256_storeu_ps(out + 2 * step, _mm256_shuffle_ps(pair[k + 1], pair[k + 3], 0x44));
        _mm256_storeu_ps(out + 3 * step, _mm256_shuffle_ps(pair[k + 1], pair[k + 3], 0xee));
    }
}

static inline AVX2 void turn_square2(char *to, int64_t pitch, const char *from, int64_t stride)
{
    __m128i a[8], b[8];
    for (int k = 0; k < 8; k++)
        a[k] = _mm_loadu_si128((const __m128i *)(from + k * stride));
    for (int k = 0; k < 4; k++) {
        b[2 * k] = _mm_unpacklo_epi16(a[k], a[k + 4]);
        b[2 * k + 1] = _mm_unpackhi_epi16(a[k], a[k + 4]);
    }
    for (int k = 0; k < 4; k++) {
        a[2 * k] = _mm_unpacklo_epi16(b[k], b[k + 4]);
        a[2 * k + 1] = _mm_unpackhi_epi16(b[k], b[k + 4]);
    }
    for (int k = 0; k < 4; k++) {
        _mm_storeu_si128((__m128i *)(to + 2 * k * pitch), _mm_unpacklo_epi16(a[k], a[k + 4]));
        _mm_storeu_si128((__m128i *)(to + (2 * k + 1) * pitch), _mm_unpackhi_epi16(a[k], a[k + 4]));
    }
}

static inline AVX2 void turn_square1(char *to, int64_t pitch, const char *from, int64_t stride)
{
    __m128i a[16], b[16];
    for (int k = 0; k < 16; k++)
        a[k] = _mm_loadu_si128((const __m128i *)(from + k * stride));
    for (int round = 0; round < 4; round++) {
        for (int k = 0; k < 8; k++) {
            b[2 * k] = _mm_unpacklo_epi8(a[k], a[k + 8]);
            b[2 * k + 1] = _mm_unpackhi_epi8(a[k], a[k + 8]);
        }
        memcpy(a, b, sizeof a);
    }
    for (int k = 0; k < 16; k++)
        _mm_storeu_si128((__m128i *)(to + k * pitch), a[k]);
}

static inline AVX2 void turn_square16(char *to, int64_t pitch, const char *from, int64_t stride)
{
    __m256i a = _mm256_loadu_si256((const __m256i *)from),
            b = _mm256_loadu_si256((const __m256i *)(from + stride));
    _mm256_storeu_si256((__m256i *)to, _mm256_permute2x128_si256(a, b, 0x20));
    _mm256_storeu_si256((__m256i *)(to + pitch), _mm256_permute2x128_si256(a, b, 0x31));
}

/* to[k * pitch + i * size] = the element i along the inner axis of row k, for i < n, k < rows */
static void turn_singly(char *to, int64_t pitch, const char *from, int64_t stride,
                        int64_t row_stride, int64_t n, int64_t rows, int size)
{
#define TURN(T)                                                                                    \
    for (int64_t i = 0; i < n; i++)                                                                \
        for (int64_t k = 0; k < rows; k++)                                                         \
    memcpy(to + k * pitch + i * (int64_t)sizeof(T), from + i * stride + k * row_stride, sizeof(T))
    BY_SIZE(size, TURN)
#undef TURN
}

/* The same; squares where rows ascend by one element. */
AVX2 void pack_turned(char *to, int64_t pitch, const char *from, int64_t stride, int64_t row_stride,
                      int64_t n, int64_t rows, int size)
{
    int64_t square = size == 16  ? 2
                     : size == 8 ? 4
                     : size == 1 ? 16
                                 : 8,
            whole_n = 0, whole_rows = 0;
#define SQUARES(T)                                                                                 \
    for (int64_t i = 0; i < whole_n; i += square)                                                  \
        for (int64_t k = 0; k < whole_rows; k += square)                                           \
    T(to + k * pitch + i * size, pitch, from + i * stride + k * size, stride)
    if (row_stride == size) {
        whole_n = n / square * square;
        whole_rows = rows / square * square;
        if (size == 8)
            SQUARES(turn_square8);
        else if (size == 4)
            SQUARES(turn_square4);
        else if (size == 2)
            SQUARES(turn_square2);
        else if (size == 1)
            SQUARES(turn_square1);
        else
            SQUARES(turn_square16);
    }
#undef SQUARES
    turn_singly(to + whole_rows * pitch, pitch, from + whole_rows * row_stride, stride, row_stride,
                whole_n, rows - whole_rows, size);
    turn_singly(to + whole_n * size, pitch, from + whole_n * stride, stride, row_stride,
                n - whole_n, rows, size);
}
