/* integers.c -- bounded integers, orders and choices.  Replicated.
 *
 * 8- and 16-bit integers and bools take pieces of one 32-bit draw, lowest first; the rest of the
 * piece is dropped at the end of a call, as NumPy does.
 */
#include "stdlib/rng/bits.h"

/* ---- ranges ---------------------------------------------------------------------------------- */

static void dtype_limits(DType t, __int128 *least, __int128 *most)
{
    int bits = 8 * dtype_size(t);
    bool is_signed = dtype_kind(t) == 'i';
    *least = is_signed ? -((__int128)1 << (bits - 1)) : 0;
    *most = t == DT_BOOL ? 1 : ((__int128)1 << (bits - is_signed)) - 1;
}

Status int_range_init(IntRange *range, DType t, __int128 low, __int128 high, bool endpoint)
{
    __int128 least, most;
    dtype_limits(t, &least, &most);
    high -= !endpoint;
    if (low < least)
        return fail(ERR_VALUE, "low is out of bounds for %s", dtype_name(t));
    if (high > most)
        return fail(ERR_VALUE, "high is out of bounds for %s", dtype_name(t));
    if (low > high)
        return fail(ERR_VALUE, low == 0 ? "high %s 0" : "low %s high",
                    low == 0 ? (endpoint ? "<" : "<=") : (endpoint ? ">" : ">="));
    range->dtype = t;
    range->low = (uint64_t)low;
    range->span = (uint64_t)(high - low);
    return OK;
}

/* ---- draws ----------------------------------------------------------------------------------- */

/* What is left of a 32-bit draw cut into pieces of `bits`. */
typedef struct Pieces {
    uint32_t rest;
    int left, bits;
} Pieces;

static uint32_t next_piece(Rng *r, Pieces *p)
{
    if (p->left == 0) {
        p->rest = next32(r);
        p->left = 32 / p->bits - 1;
    } else {
        p->rest >>= p->bits;
        p->left--;
    }
    return p->rest & ((1u << p->bits) - 1);
}

static uint32_t piece_below(Rng *r, Pieces *p, uint32_t most, bool legacy)
{
    uint32_t full = (1u << p->bits) - 1, x;
    if (most == 0)
        return 0;
    if (most == full)
        return next_piece(r, p);
    if (legacy) {
        uint32_t mask = (uint32_t)mask_of(most);
        do
            x = next_piece(r, p) & mask;
        while (x > most);
        return x;
    }
    uint32_t n = most + 1, m = next_piece(r, p) * n;
    if ((m & full) < n) {
        uint32_t reject = (full - most) % n;
        while ((m & full) < reject)
            m = next_piece(r, p) * n;
    }
    return m >> p->bits;
}

static void fill_pieces(Rng *r, const IntRange *range, bool legacy, int64_t n, void *out)
{
    Pieces p = {.bits = range->dtype == DT_BOOL ? 1 : 8 * dtype_size(range->dtype)};
    uint32_t low = (uint32_t)range->low, span = (uint32_t)range->span;
    if (p.bits == 16) {
        uint16_t *o = out;
        for (int64_t i = 0; i < n; i++)
            o[i] = (uint16_t)(low + piece_below(r, &p, span, legacy));
    } else {
        uint8_t *o = out;
        for (int64_t i = 0; i < n; i++)
            o[i] = (uint8_t)(low + piece_below(r, &p, span, legacy));
    }
}

/* Generator's integers below 2**32 - 1 and beyond 2**32 from PCG64, whose state stays in registers:
 * as below() of bits.h draws them. */
static bool fill_pcg64(Rng *r, const IntRange *range, int64_t n, void *out)
{
    uint64_t most = range->span;
    bool wide = dtype_size(range->dtype) == 8, half = most < UINT32_MAX;
    if (r->kind != RNG_PCG64 || most == 0 || most == UINT32_MAX || most == UINT64_MAX)
        return false;
    Uint128 state = r->u.pcg.state, inc = r->u.pcg.inc;
    uint64_t bound = most + 1, kept = r->uint32;
    uint64_t reject = half ? (UINT32_MAX - most) % bound : (UINT64_MAX - most) % bound;
    bool has = r->has_uint32;
    for (int64_t i = 0; i < n; i++) {
        uint64_t x, low;
        do {
            if (half) {
                uint64_t both = has ? kept : pcg64_step(&state, inc);
                kept = both >> 32;
                has = !has;
                x = (uint64_t)(uint32_t)both * bound;
                low = (uint32_t)x;
                x >>= 32;
            } else {
                Uint128 m = (Uint128)pcg64_step(&state, inc) * bound;
                low = (uint64_t)m;
                x = (uint64_t)(m >> 64);
            }
        } while (low < reject);
        if (wide)
            ((uint64_t *)out)[i] = range->low + x;
        else
            ((uint32_t *)out)[i] = (uint32_t)(range->low + x);
    }
    r->u.pcg.state = state;
    if (half) {
        r->has_uint32 = has;
        if (has)
            r->uint32 = (uint32_t)kept;
    }
    return true;
}

static void fill_words(Rng *r, const IntRange *range, bool legacy, int64_t n, void *out)
{
    uint64_t low = range->low, span = range->span;
    bool wide = dtype_size(range->dtype) == 8;
    if (!legacy && fill_pcg64(r, range, n, out))
        return;
    for (int64_t i = 0; i < n; i++) {
        uint64_t x = low + (legacy ? masked_below(r, span) : below(r, span));
        if (wide)
            ((uint64_t *)out)[i] = x;
        else
            ((uint32_t *)out)[i] = (uint32_t)x;
    }
}

void rng_integers(Rng *r, const IntRange *range, int64_t n, void *out)
{
    (dtype_size(range->dtype) < 4 ? fill_pieces : fill_words)(r, range, false, n, out);
}

void rng_legacy_integers(Rng *r, const IntRange *range, int64_t n, void *out)
{
    (dtype_size(range->dtype) < 4 ? fill_pieces : fill_words)(r, range, true, n, out);
}

/* ---- orders ---------------------------------------------------------------------------------- */

void rng_shuffle_swaps(Rng *r, int64_t n, int64_t *swap_with)
{
    for (int64_t i = n - 1; i > 0; i--)
        swap_with[i] = (int64_t)masked_below(r, (uint64_t)i);
}

static void swap_items(int64_t *items, int64_t i, int64_t j)
{
    int64_t x = items[i];
    items[i] = items[j];
    items[j] = x;
}

void rng_permutation(Rng *r, int64_t n, int64_t *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = i;
    for (int64_t i = n - 1; i > 0; i--)
        swap_items(out, i, (int64_t)masked_below(r, (uint64_t)i));
}

/* ---- choices --------------------------------------------------------------------------------- */

/* Where `value` is in a table of 1 + mask slots, or the free slot for it. */
static uint64_t find_slot(const uint64_t *table, uint64_t mask, uint64_t value)
{
    uint64_t at = value & mask;
    while (table[at] != UINT64_MAX && table[at] != value)
        at = (at + 1) & mask;
    return at;
}

/* Swap items n - 1 down to `first`, each with one at or below it. */
static void shuffle_down(Rng *r, int64_t n, int64_t first, int64_t *items)
{
    for (int64_t i = n - 1; i >= first; i--)
        swap_items(items, i, (int64_t)below(r, (uint64_t)i));
}

/* Floyd's sample: a value drawn twice is replaced by the newest candidate. */
static void sample_floyd(Rng *r, int64_t population, int64_t n, int64_t *out)
{
    uint64_t mask = mask_of((uint64_t)(1.2 * (double)n));
    uint64_t *table = xmalloc((mask + 1) * sizeof *table);
    memset(table, 0xff, (mask + 1) * sizeof *table);
    for (int64_t i = 0; i < n; i++) {
        uint64_t newest = (uint64_t)(population - n + i);
        uint64_t value = below(r, newest);
        uint64_t at = find_slot(table, mask, value);
        if (table[at] == value) {
            value = newest;
            at = find_slot(table, mask, value);
        }
        table[at] = value;
        out[i] = (int64_t)value;
    }
    free(table);
}

/* The tail of a partial shuffle, for samples that are a good part of a large population. */
static void sample_tail(Rng *r, int64_t population, int64_t n, int64_t *out)
{
    int64_t *all = xmalloc((size_t)population * sizeof *all);
    for (int64_t i = 0; i < population; i++)
        all[i] = i;
    shuffle_down(r, population, int64_max(population - n, 1), all);
    memcpy(out, all + population - n, (size_t)n * sizeof *out);
    free(all);
}

Status rng_choice(Rng *r, int64_t population, int64_t n, bool replace, bool shuffle, int64_t *out)
{
    if (population <= 0 && n > 0)
        return fail(ERR_VALUE, "a must be a positive integer unless no samples are taken");
    if (n == 0)
        return OK;
    if (replace) {
        IntRange range;
        TRY(int_range_init(&range, DT_INT64, 0, population, false));
        rng_integers(r, &range, n, out);
        return OK;
    }
    if (n > population)
        return fail(ERR_VALUE, "Cannot take a larger sample than population when replace is False");
    if (population > 10000 && n > population / (shuffle ? 50 : 20)) {
        sample_tail(r, population, n, out);
        return OK;
    }
    sample_floyd(r, population, n, out);
    if (shuffle)
        shuffle_down(r, n, 1, out);
    return OK;
}

Status rng_legacy_choice(Rng *r, int64_t population, int64_t n, bool replace, int64_t *out)
{
    if (population <= 0 && n > 0)
        return fail(ERR_VALUE, "a must be greater than 0 unless no samples are taken");
    if (n == 0 && replace)
        return OK;
    if (replace) {
        IntRange range;
        TRY(int_range_init(&range, DT_INT64, 0, population, false));
        rng_legacy_integers(r, &range, n, out);
        return OK;
    }
    if (n > population)
        return fail(ERR_VALUE, "Cannot take a larger sample than population when 'replace=False'");
    int64_t *all = xmalloc((size_t)population * sizeof *all);
    rng_permutation(r, population, all);
    memcpy(out, all, (size_t)n * sizeof *out);
    free(all);
    return OK;
}
