/* gather.c -- reading, writing and counting by number in memory.  Pure C on buffers. */
#include "runtime/gather.h"

#include <immintrin.h>

static inline int64_t number(Index x, int64_t k)
{
    int64_t v;
    memcpy(&v, x.at + k * x.step, 8);
    return v;
}

/* DO with a constant number of bytes, which becomes a load and a store. */
#define BY_BYTES(nbytes, DO)                                                                       \
    switch (nbytes) {                                                                              \
    case 1:                                                                                        \
        DO(1);                                                                                     \
        break;                                                                                     \
    case 2:                                                                                        \
        DO(2);                                                                                     \
        break;                                                                                     \
    case 4:                                                                                        \
        DO(4);                                                                                     \
        break;                                                                                     \
    case 8:                                                                                        \
        DO(8);                                                                                     \
        break;                                                                                     \
    case 16:                                                                                       \
        DO(16);                                                                                    \
        break;                                                                                     \
    default:                                                                                       \
        DO(nbytes);                                                                                \
    }

void gather_units(char *to, const char *from, int64_t stride, Index index, int64_t n,
                  int64_t nbytes)
{
#define GATHER(N)                                                                                  \
    for (int64_t k = 0; k < n; k++)                                                                \
    memcpy(to + k * (N), from + number(index, k) * stride, (size_t)(N))
    BY_BYTES(nbytes, GATHER)
#undef GATHER
}

void scatter_units(char *to, int64_t stride, const char *from, Index index, int64_t n,
                   int64_t nbytes)
{
#define SCATTER(N)                                                                                 \
    for (int64_t k = 0; k < n; k++)                                                                \
    memcpy(to + number(index, k) * stride, from + k * (N), (size_t)(N))
    BY_BYTES(nbytes, SCATTER)
#undef SCATTER
}

void fill_units(char *to, int64_t stride, const char *one, Index index, int64_t n, int64_t nbytes)
{
#define FILL(N)                                                                                    \
    for (int64_t k = 0; k < n; k++)                                                                \
    memcpy(to + number(index, k) * stride, one, (size_t)(N))
    BY_BYTES(nbytes, FILL)
#undef FILL
}

void count_units(int64_t *sums, Index index, int64_t n)
{
    for (int64_t k = 0; k < n; k++)
        sums[number(index, k)]++;
}

void add_units(double *sums, const char *x, int64_t step, Index index, int64_t n)
{
    for (int64_t k = 0; k < n; k++) {
        double v;
        memcpy(&v, x + k * step, 8);
        sums[number(index, k)] += v;
    }
}

__attribute__((target("avx2"))) void index_bounds(const int64_t *x, int64_t n, int64_t *low,
                                                  int64_t *high)
{
    typedef int64_t V __attribute__((vector_size(32), aligned(8), may_alias));
    V lo = (V){0} + *low, hi = (V){0} + *high;
    int64_t k = 0;
    for (; k + 4 <= n; k += 4) {
        V v = *(const V *)(x + k), less = v<lo, more = v> hi;
        lo = (less & v) | (~less & lo);
        hi = (more & v) | (~more & hi);
    }
    for (int j = 0; j < 4; j++) {
        *low = int64_min(*low, lo[j]);
        *high = int64_max(*high, hi[j]);
    }
    for (; k < n; k++) {
        *low = int64_min(*low, x[k]);
        *high = int64_max(*high, x[k]);
    }
}

__attribute__((target("avx2"))) uint64_t bits_of_64(const uint8_t *x)
{
    __m256i a = _mm256_loadu_si256((const __m256i *)x),
            b = _mm256_loadu_si256((const __m256i *)(x + 32)); /* 1 becomes a sign bit */
    return (uint32_t)_mm256_movemask_epi8(_mm256_slli_epi16(a, 7)) |
           (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_slli_epi16(b, 7)) << 32;
}

__attribute__((target("avx2,bmi2,popcnt"))) int64_t places_of_bits(uint64_t word, int64_t first,
                                                                   int64_t *out)
{
    int64_t *to = out;
    for (; word; word >>= 8, first += 8) {
        uint64_t wide = _pdep_u64(word & 0xff, UINT64_C(0x0101010101010101)) * 0xff;
        __m128i eight = _mm_cvtsi64_si128((int64_t)_pext_u64(UINT64_C(0x0706050403020100), wide));
        __m256i base = _mm256_set1_epi64x(first);
        _mm256_storeu_si256((__m256i *)to, _mm256_add_epi64(base, _mm256_cvtepu8_epi64(eight)));
        _mm256_storeu_si256(
            (__m256i *)(to + 4),
            _mm256_add_epi64(base, _mm256_cvtepu8_epi64(_mm_srli_epi64(eight, 32))));
        to += _mm_popcnt_u64(word & 0xff);
    }
    return to - out;
}

/* The truth of n < 64 bytes. */
static uint64_t bits_of_few(const uint8_t *x, int64_t n)
{
    uint8_t some[64] = {0};
    memcpy(some, x, (size_t)n);
    return bits_of_64(some);
}

/* DO(places, count) for the true places, some at a time. */
#define EACH_PLACE(mask, n, DO)                                                                    \
    do {                                                                                           \
        int64_t place_[64 + 8];                                                                    \
        for (int64_t first_ = 0; first_ < (n); first_ += 64) {                                     \
            int64_t left_ = (n)-first_;                                                            \
            uint64_t word_ =                                                                       \
                left_ < 64 ? bits_of_few((mask) + first_, left_) : bits_of_64((mask) + first_);    \
            int64_t count_ = places_of_bits(word_, first_, place_);                                \
            DO(((Index){(const char *)place_, 8}), count_);                                        \
        }                                                                                          \
    } while (0)

void gather_masked(char *to, const char *from, const uint8_t *mask, int64_t n, int64_t nbytes)
{
#define TAKE(index, count)                                                                         \
    gather_units(to, from, nbytes, index, count, nbytes);                                          \
    to += count * nbytes
    EACH_PLACE(mask, n, TAKE);
#undef TAKE
}

void scatter_masked(char *to, const char *from, const uint8_t *mask, int64_t n, int64_t nbytes)
{
#define PUT(index, count)                                                                          \
    scatter_units(to, nbytes, from, index, count, nbytes);                                         \
    from += count * nbytes
    EACH_PLACE(mask, n, PUT);
#undef PUT
}

void fill_masked(char *to, const char *one, const uint8_t *mask, int64_t n, int64_t nbytes)
{
#define FILL(index, count) fill_units(to, nbytes, one, index, count, nbytes)
    EACH_PLACE(mask, n, FILL);
#undef FILL
}

__attribute__((target("avx2"))) int64_t count_masked(const uint8_t *mask, int64_t n)
{
    __m256i sum = _mm256_setzero_si256();
    int64_t i = 0, count = 0;
    for (; i + 32 <= n; i += 32)
        sum = _mm256_add_epi64(sum, _mm256_sad_epu8(_mm256_loadu_si256((const __m256i *)(mask + i)),
                                                    _mm256_setzero_si256()));
    for (int k = 0; k < 4; k++)
        count += ((const int64_t *)&sum)[k];
    for (; i < n; i++)
        count += mask[i];
    return count;
}
