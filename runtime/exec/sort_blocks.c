/* sort_blocks.c -- sorting and selecting unsigned keys by vectors of eight.  Local.
 *
 * Quicksort: a range is parted at a pivot, eight elements at a time, from one buffer into the
 * other, the lesser ones upwards from its begin and the others downwards from its end; at most 64
 * elements are sorted in registers by bitonic networks.  The pivot is the middle of a sorted
 * sample.
 *
 * Invariant: pairs are ordered by key, then index, and are all different.
 */
#include "runtime/exec/sort_blocks.h"

#include <immintrin.h>

#include "runtime/exec/isa.h"

enum { LANES = 8, VECTORS = 8, BLOCK = LANES * VECTORS };

#define AVX512 __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,bmi2,popcnt")))
#define STEP                                                                                       \
    static inline                                                                                  \
        __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,bmi2,popcnt"), always_inline))

typedef struct Eight {
    __m512i key, index; /* the index is left alone where there are no pairs */
} Eight;

typedef struct Runs {
    uint64_t *key;
    int64_t *index;
} Runs;

/* Elements [at, at + n) of at most eight; the greatest fill up. */
STEP Eight load(const Runs *r, int64_t at, int64_t n, bool pairs)
{
    __mmask8 m = n >= LANES ? 0xff : (__mmask8)((1 << n) - 1);
    Eight v = {_mm512_mask_loadu_epi64(_mm512_set1_epi64(-1), m, r->key + at),
               _mm512_setzero_si512()};
    if (pairs)
        v.index = _mm512_mask_loadu_epi64(_mm512_set1_epi64(INT64_MAX), m, r->index + at);
    return v;
}

STEP void store(const Runs *r, int64_t at, int64_t n, Eight v, bool pairs)
{
    __mmask8 m = n >= LANES ? 0xff : (__mmask8)((1 << n) - 1);
    _mm512_mask_storeu_epi64(r->key + at, m, v.key);
    if (pairs)
        _mm512_mask_storeu_epi64(r->index + at, m, v.index);
}

/* Lanes in which b comes before a. */
STEP __mmask8 before(Eight a, Eight b, bool pairs)
{
    __mmask8 m = _mm512_cmplt_epu64_mask(b.key, a.key);
    if (pairs)
        m = _kor_mask8(m, _mm512_mask_cmplt_epi64_mask(_mm512_cmpeq_epi64_mask(a.key, b.key),
                                                       b.index, a.index));
    return m;
}

STEP Eight blend(Eight a, __mmask8 m, Eight b)
{
    return (Eight){_mm512_mask_mov_epi64(a.key, m, b.key),
                   _mm512_mask_mov_epi64(a.index, m, b.index)};
}

STEP Eight permute(Eight v, __m512i order, bool pairs)
{
    v.key = _mm512_permutexvar_epi64(order, v.key);
    if (pairs)
        v.index = _mm512_permutexvar_epi64(order, v.index);
    return v;
}

/* Lane by lane: the lesser to a. */
STEP void exchange(Eight *a, Eight *b, bool pairs)
{
    if (!pairs) {
        __m512i low = _mm512_min_epu64(a->key, b->key);
        b->key = _mm512_max_epu64(a->key, b->key);
        a->key = low;
        return;
    }
    __mmask8 m = before(*a, *b, true);
    Eight low = blend(*a, m, *b);
    *b = blend(*b, m, *a);
    *a = low;
}

/* Each lane against its partner: those of `high` keep the greater. */
STEP Eight compare(Eight v, __m512i partner, __mmask8 high, bool pairs)
{
    Eight p = permute(v, partner, pairs);
    if (pairs)
        return blend(v, _kxor_mask8(before(v, p, true), high), p);
    v.key = _mm512_mask_max_epu64(_mm512_min_epu64(v.key, p.key), high, v.key, p.key);
    return v;
}

#define BY_1  _mm512_setr_epi64(1, 0, 3, 2, 5, 4, 7, 6)
#define BY_2  _mm512_setr_epi64(2, 3, 0, 1, 6, 7, 4, 5)
#define BY_4  _mm512_setr_epi64(4, 5, 6, 7, 0, 1, 2, 3)
#define FLIP4 _mm512_setr_epi64(3, 2, 1, 0, 7, 6, 5, 4)
#define FLIP8 _mm512_setr_epi64(7, 6, 5, 4, 3, 2, 1, 0)

STEP Eight sort_lanes(Eight v, bool pairs)
{
    v = compare(v, BY_1, 0xaa, pairs);
    v = compare(v, FLIP4, 0xcc, pairs);
    v = compare(v, BY_1, 0xaa, pairs);
    v = compare(v, FLIP8, 0xf0, pairs);
    v = compare(v, BY_2, 0xcc, pairs);
    return compare(v, BY_1, 0xaa, pairs);
}

/* A vector that ascends and then descends. */
STEP Eight merge_lanes(Eight v, bool pairs)
{
    v = compare(v, BY_4, 0xf0, pairs);
    v = compare(v, BY_2, 0xcc, pairs);
    return compare(v, BY_1, 0xaa, pairs);
}

STEP Eight flip(Eight v, bool pairs)
{
    return permute(v, FLIP8, pairs);
}

/* Sorted vectors a and b become one sorted run. */
STEP void merge_two(Eight *a, Eight *b, bool pairs)
{
    *b = flip(*b, pairs);
    exchange(a, b, pairs);
    *a = merge_lanes(*a, pairs);
    *b = merge_lanes(*b, pairs);
}

/* What ascends and then descends, over two, over four vectors. */
STEP void settle_two(Eight *a, Eight *b, bool pairs)
{
    exchange(a, b, pairs);
    *a = merge_lanes(*a, pairs);
    *b = merge_lanes(*b, pairs);
}

STEP void settle_four(Eight *a, Eight *b, Eight *c, Eight *d, bool pairs)
{
    exchange(a, c, pairs);
    exchange(b, d, pairs);
    settle_two(a, b, pairs);
    settle_two(c, d, pairs);
}

/* Sorted runs (a, b) and (c, d). */
STEP void merge_four(Eight *a, Eight *b, Eight *c, Eight *d, bool pairs)
{
    Eight x = flip(*d, pairs), y = flip(*c, pairs);
    *c = x;
    *d = y;
    settle_four(a, b, c, d, pairs);
}

/* At most eight vectors' elements, from one place to another. */
STEP void sort_few(const Runs *from, const Runs *to, int64_t at, int64_t n, bool pairs)
{
    Eight a, b, c, d, e, f, g, h;
#define LOAD(v, k)  v = sort_lanes(load(from, at + 8 * (k), int64_max(0, n - 8 * (k)), pairs), pairs)
#define STORE(v, k) store(to, at + 8 * (k), int64_max(0, n - 8 * (k)), v, pairs)
    LOAD(a, 0);
    if (n <= 8) {
        STORE(a, 0);
        return;
    }
    LOAD(b, 1);
    merge_two(&a, &b, pairs);
    if (n <= 16) {
        STORE(a, 0);
        STORE(b, 1);
        return;
    }
    LOAD(c, 2);
    LOAD(d, 3);
    merge_two(&c, &d, pairs);
    merge_four(&a, &b, &c, &d, pairs);
    if (n > 32) {
        LOAD(e, 4);
        LOAD(f, 5);
        LOAD(g, 6);
        LOAD(h, 7);
        merge_two(&e, &f, pairs);
        merge_two(&g, &h, pairs);
        merge_four(&e, &f, &g, &h, pairs);
        Eight w = flip(h, pairs), x = flip(g, pairs), y = flip(f, pairs), z = flip(e, pairs);
        exchange(&a, &w, pairs);
        exchange(&b, &x, pairs);
        exchange(&c, &y, pairs);
        exchange(&d, &z, pairs);
        settle_four(&a, &b, &c, &d, pairs);
        settle_four(&w, &x, &y, &z, pairs);
        STORE(w, 4);
        STORE(x, 5);
        STORE(y, 6);
        STORE(z, 7);
    }
    STORE(a, 0);
    STORE(b, 1);
    STORE(c, 2);
    STORE(d, 3);
#undef LOAD
#undef STORE
}

/* The order that brings the lanes of `m` to the front and the others behind them. */
STEP __m512i front_order(unsigned m)
{
    const uint64_t lanes = UINT64_C(0x0706050403020100);
    uint64_t wide = _pdep_u64(m, UINT64_C(0x0101010101010101)) * 0xff;
    uint64_t some = _pext_u64(lanes, wide), rest = _pext_u64(lanes, ~wide);
    int bits = 8 * __builtin_popcount(m);
    uint64_t order = bits == 64 ? some : some | rest << bits;
    return _mm512_cvtepu8_epi64(_mm_cvtsi64_si128((int64_t)order));
}

STEP unsigned lesser(Eight v, Eight pivot, bool equal, bool pairs)
{
    return equal ? ~(unsigned)before(v, pivot, pairs) & 0xff : before(pivot, v, pairs);
}

/* Elements [at, at + n) to the same range of `to`: those before the pivot (or that are the pivot's
 * equals, when `equal`) first; answers how many.  While there is room for sixteen a vector is
 * written to both ends, where only what belongs there is not written again. */
STEP int64_t part(const Runs *from_, const Runs *to_, int64_t at, int64_t n, Eight pivot,
                  bool equal, bool pairs)
{
    const Runs here = *from_, there = *to_, *from = &here, *to = &there;
    int64_t low = at, high = at + n, k = 0;
    for (; n - k >= 2 * LANES; k += LANES) {
        Eight v = load(from, at + k, LANES, pairs);
        unsigned m = lesser(v, pivot, equal, pairs);
        v = permute(v, front_order(m), pairs);
        store(to, low, LANES, v, pairs);
        store(to, high - LANES, LANES, v, pairs);
        low += __builtin_popcount(m);
        high -= LANES - __builtin_popcount(m);
    }
    for (; k < n; k++) {
        uint64_t key = from->key[at + k];
        Eight one = {_mm512_set1_epi64((int64_t)key), _mm512_setzero_si512()};
        if (pairs)
            one.index = _mm512_set1_epi64(from->index[at + k]);
        int64_t place = lesser(one, pivot, equal, pairs) & 1 ? low++ : --high;
        to->key[place] = key;
        if (pairs)
            to->index[place] = from->index[at + k];
    }
    return low - at;
}

/* The middle of a sample, sorted. */
STEP Eight pivot_of(const Runs *r, int64_t at, int64_t n, bool pairs)
{
    uint64_t key[BLOCK];
    int64_t index[BLOCK], some = n < 1024 ? 16 : BLOCK;
    Runs sample = {key, index};
    for (int64_t k = 0, from = at + n / 128; k < some;
         k++, from += some == 16 ? n / 16 : n / BLOCK) {
        key[k] = r->key[from];
        index[k] = pairs ? r->index[from] : 0;
    }
    sort_few(&sample, &sample, 0, some, pairs);
    return (Eight){_mm512_set1_epi64((int64_t)key[some / 2]), _mm512_set1_epi64(index[some / 2])};
}

/* Elements [at, at + n) of run[buffer], to be sorted. */
typedef struct Range {
    int64_t at, n;
    int buffer, depth;
} Range;

enum { DEPTH_MAX = 96 };

STEP void gather_ranges(const Runs run[2], const Range stack[], int n, bool pairs)
{
    for (int k = 0; k < n; k++) {
        int64_t at = stack[k].at, m = stack[k].buffer ? stack[k].n : 0;
        memcpy(run[0].key + at, run[1].key + at, (size_t)m * sizeof(uint64_t));
        if (pairs)
            memcpy(run[0].index + at, run[1].index + at, (size_t)m * sizeof(int64_t));
    }
}

/* The result lies in run[0].  Where `kth` is not negative, ranges that it is not in are left where
 * they are.  False when the pivots were bad too often: all elements are in run[0] then, but for
 * those left. */
STEP bool sort_all(const Runs run[2], int64_t n, int64_t kth, bool pairs)
{
    Range stack[DEPTH_MAX + 2];
    int top = 0;
    stack[top++] = (Range){0, n, 0, 0};
    while (top) {
        Range r = stack[--top];
        const Runs *from = &run[r.buffer], *to = &run[!r.buffer];
        if (kth >= 0 && (kth < r.at || kth >= r.at + r.n))
            continue;
        if (r.n <= BLOCK) {
            sort_few(from, &run[0], r.at, r.n, pairs);
            continue;
        }
        if (r.depth == DEPTH_MAX) {
            stack[top++] = r;
            gather_ranges(run, stack, top, pairs);
            return false;
        }
        Eight pivot = pivot_of(from, r.at, r.n, pairs);
        int64_t less = part(from, to, r.at, r.n, pivot, false, pairs);
        int64_t first = r.at, rest = r.at + less;
        if (less == 0) { /* the pivot is the least: it and its equals are in place */
            int64_t same = part(from, to, r.at, r.n, pivot, true, pairs);
            Range equals = {first, same, 1, 0};
            if (!r.buffer)
                gather_ranges(run, &equals, 1, pairs);
            rest = r.at + same;
        }
        int64_t more = r.at + r.n - rest;
        Range a = {first, less, !r.buffer, r.depth + 1}, b = {rest, more, !r.buffer, r.depth + 1};
        stack[top++] = less > more ? a : b; /* the smaller one is next, and the stack stays low */
        stack[top++] = less > more ? b : a;
    }
    return true;
}

static AVX512 bool sort_keys(const Runs run[2], int64_t n)
{
    return sort_all(run, n, -1, false);
}

static AVX512 bool sort_pairs(const Runs run[2], int64_t n)
{
    return sort_all(run, n, -1, true);
}

static AVX512 bool select_key(const Runs run[2], int64_t n, int64_t kth)
{
    return sort_all(run, n, kth, false);
}

/* With a second buffer for run[1]. */
static bool with_keys(uint64_t *key, int64_t n, int64_t kth)
{
    enum { FEW = 1024 };
    uint64_t few[FEW], *other = n <= FEW ? few : xmalloc((size_t)n * sizeof *other);
    const Runs run[2] = {{key, NULL}, {other, NULL}};
    bool ok = kth < 0 ? sort_keys(run, n) : select_key(run, n, kth);
    if (other != few)
        free(other);
    return ok;
}

bool blocks_sort(uint64_t *key, int64_t n)
{
    return isa_best() == ISA_AVX512 && with_keys(key, n, -1);
}

bool blocks_select(uint64_t *key, int64_t n, int64_t kth, uint64_t *out)
{
    if (isa_best() != ISA_AVX512 || !with_keys(key, n, kth))
        return false;
    *out = key[kth];
    return true;
}

bool blocks_sort_pairs(uint64_t *key, int64_t *index, int64_t n)
{
    if (isa_best() != ISA_AVX512)
        return false;
    uint64_t *other = xmalloc(2 * (size_t)n * sizeof *other + 1);
    const Runs run[2] = {{key, index}, {other, (int64_t *)other + n}};
    bool ok = sort_pairs(run, n);
    free(other);
    return ok;
}
