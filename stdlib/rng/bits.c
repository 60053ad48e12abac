/* bits.c -- the bit generators: seeding, blocks of numbers, jumps.  Replicated.
 *
 * Sources: Matsumoto and Nishimura 1998 (MT19937), O'Neill 2014 (PCG64 XSL-RR), Salmon et al. 2011
 * (Philox 4x64-10), O'Neill's seed_seq hash as NumPy's SeedSequence uses it.
 */
#include "stdlib/rng/bits.h"

/* ---- MT19937 --------------------------------------------------------------------------------- */

enum { MT_SHIFT = 397 };

static uint32_t mt_twist(uint32_t upper, uint32_t lower)
{
    uint32_t y = (upper & 0x80000000u) | (lower & 0x7fffffffu);
    return y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0);
}

void mt19937_refill(Rng *r)
{
    uint32_t *k = r->u.mt.key;
    int i = 0;
    for (; i < MT19937_WORDS - MT_SHIFT; i++)
        k[i] = k[i + MT_SHIFT] ^ mt_twist(k[i], k[i + 1]);
    for (; i < MT19937_WORDS - 1; i++)
        k[i] = k[i + MT_SHIFT - MT19937_WORDS] ^ mt_twist(k[i], k[i + 1]);
    k[i] = k[MT_SHIFT - 1] ^ mt_twist(k[i], k[0]);
    r->u.mt.pos = 0;
}

void rng_legacy_seed(Rng *r, uint32_t seed)
{
    memset(r, 0, sizeof *r);
    r->kind = RNG_MT19937;
    for (uint32_t i = 0; i < MT19937_WORDS; i++) {
        r->u.mt.key[i] = seed;
        seed = 1812433253u * (seed ^ seed >> 30) + i + 1;
    }
    r->u.mt.pos = MT19937_WORDS;
}

void rng_legacy_seed_array(Rng *r, const uint32_t *words, int64_t n)
{
    rng_legacy_seed(r, 19650218u);
    uint32_t *k = r->u.mt.key;
    int i = 1;
    int64_t j = 0;
    for (int64_t count = int64_max(n, MT19937_WORDS); count > 0; count--) {
        k[i] = (k[i] ^ (k[i - 1] ^ k[i - 1] >> 30) * 1664525u) + words[j] + (uint32_t)j;
        j = j + 1 < n ? j + 1 : 0;
        if (++i == MT19937_WORDS)
            k[0] = k[MT19937_WORDS - 1], i = 1;
    }
    for (int count = MT19937_WORDS - 1; count > 0; count--) {
        k[i] = (k[i] ^ (k[i - 1] ^ k[i - 1] >> 30) * 1566083941u) - (uint32_t)i;
        if (++i == MT19937_WORDS)
            k[0] = k[MT19937_WORDS - 1], i = 1;
    }
    k[0] = 0x80000000u;
}

/* ---- SeedSequence ---------------------------------------------------------------------------- */

static uint32_t seed_hash(uint32_t x, uint32_t *constant, uint32_t multiplier)
{
    x ^= *constant;
    *constant *= multiplier;
    x *= *constant;
    return x ^ x >> 16;
}

static uint32_t seed_mix(uint32_t x, uint32_t y)
{
    uint32_t z = 0xca01f9ddu * x - 0x4973f715u * y;
    return z ^ z >> 16;
}

void seed_sequence_init(SeedSequence *s, const uint32_t *entropy, int64_t nentropy,
                        const uint32_t *spawn_key, int64_t nspawn_key)
{
    /* a spawn key starts behind the pool's words at the earliest */
    int64_t start = nspawn_key ? int64_max(nentropy, 4) : nentropy;
    uint32_t constant = 0x43b0d7e5u, multiplier = 0x931e8875u;
    for (int i = 0; i < 4; i++)
        s->pool[i] = seed_hash(i < nentropy ? entropy[i] : 0, &constant, multiplier);
    for (int from = 0; from < 4; from++)
        for (int to = 0; to < 4; to++)
            if (from != to)
                s->pool[to] =
                    seed_mix(s->pool[to], seed_hash(s->pool[from], &constant, multiplier));
    for (int64_t i = 4; i < start + nspawn_key; i++) {
        uint32_t word = i >= start ? spawn_key[i - start] : entropy[i];
        for (int to = 0; to < 4; to++)
            s->pool[to] = seed_mix(s->pool[to], seed_hash(word, &constant, multiplier));
    }
}

void seed_sequence_words(const SeedSequence *s, uint32_t *out, int64_t n)
{
    uint32_t constant = 0x8b51f9ddu;
    for (int64_t i = 0; i < n; i++)
        out[i] = seed_hash(s->pool[i % 4], &constant, 0x58f38dedu);
}

void seed_sequence_words64(const SeedSequence *s, uint64_t *out, int64_t n)
{
    uint32_t constant = 0x8b51f9ddu;
    for (int64_t i = 0; i < n; i++) {
        uint64_t low = seed_hash(s->pool[2 * i % 4], &constant, 0x58f38dedu);
        out[i] = low | (uint64_t)seed_hash(s->pool[(2 * i + 1) % 4], &constant, 0x58f38dedu) << 32;
    }
}

static void pcg64_init(Rng *r, const SeedSequence *s)
{
    uint64_t w[4];
    seed_sequence_words64(s, w, 4);
    r->u.pcg.inc = UINT128(w[2], w[3]) << 1 | 1;
    r->u.pcg.state = (r->u.pcg.inc + UINT128(w[0], w[1])) * PCG_MULTIPLIER + r->u.pcg.inc;
}

void rng_init(Rng *r, RngKind kind, const SeedSequence *s)
{
    memset(r, 0, sizeof *r);
    r->kind = kind;
    if (kind == RNG_PCG64) {
        pcg64_init(r, s);
    } else if (kind == RNG_PHILOX) {
        seed_sequence_words64(s, r->u.philox.key, 2);
        r->u.philox.pos = 4;
    } else {
        seed_sequence_words(s, r->u.mt.key, MT19937_WORDS);
        r->u.mt.key[0] = 0x80000000u;
        r->u.mt.pos = MT19937_WORDS - 1; /* as NumPy leaves it */
    }
}

/* ---- Philox ---------------------------------------------------------------------------------- */

/* Add to the 256-bit counter, words lowest first. */
static void philox_count(Rng *r, const uint64_t by[4])
{
    Uint128 carry = 0;
    for (int i = 0; i < 4; i++) {
        carry += (Uint128)r->u.philox.counter[i] + by[i];
        r->u.philox.counter[i] = (uint64_t)carry;
        carry >>= 64;
    }
}

void philox_refill(Rng *r)
{
    static const uint64_t one[4] = {1};
    philox_count(r, one);
    uint64_t a = r->u.philox.counter[0], b = r->u.philox.counter[1];
    uint64_t c = r->u.philox.counter[2], d = r->u.philox.counter[3];
    uint64_t k0 = r->u.philox.key[0], k1 = r->u.philox.key[1];
    for (int round = 0; round < 10; round++) {
        Uint128 p = (Uint128)0xD2E7470EE14C6C93u * a, q = (Uint128)0xCA5A826395121157u * c;
        a = (uint64_t)(q >> 64) ^ b ^ k0;
        b = (uint64_t)q;
        c = (uint64_t)(p >> 64) ^ d ^ k1;
        d = (uint64_t)p;
        k0 += 0x9E3779B97F4A7C15u;
        k1 += 0xBB67AE8584CAA73Bu;
    }
    uint64_t *out = r->u.philox.buffer;
    out[0] = a, out[1] = b, out[2] = c, out[3] = d;
    r->u.philox.pos = 0;
}

/* ---- jumps ----------------------------------------------------------------------------------- */

/* The affine step composed with itself `n` times, by squaring. */
static void pcg64_skip(Rng *r, Uint128 n)
{
    Uint128 mul = PCG_MULTIPLIER, add = r->u.pcg.inc;
    Uint128 total_mul = 1, total_add = 0;
    for (; n; n >>= 1) {
        if (n & 1) {
            total_mul *= mul;
            total_add = total_add * mul + add;
        }
        add *= mul + 1;
        mul *= mul;
    }
    r->u.pcg.state = total_mul * r->u.pcg.state + total_add;
}

/* pos draws of the buffer are used; it belongs to the counter's value. */
static void philox_skip(Rng *r, Uint128 n)
{
    n += (Uint128)(unsigned)r->u.philox.pos;
    if (n <= 4) {
        r->u.philox.pos = (int)n;
        return;
    }
    Uint128 blocks = (n - 1) / 4 - 1;
    uint64_t by[4] = {(uint64_t)blocks, (uint64_t)(blocks >> 64)};
    philox_count(r, by);
    philox_refill(r);
    r->u.philox.pos = (int)((n - 1) % 4) + 1;
}

void rng_skip(Rng *r, unsigned __int128 draws)
{
    ASSERT(r->kind != RNG_MT19937, "kind=%d", (int)r->kind);
    r->has_uint32 = false;
    if (r->kind == RNG_PCG64)
        pcg64_skip(r, draws);
    else
        philox_skip(r, draws);
}

void rng_advance(Rng *r, const uint64_t delta[4])
{
    ASSERT(r->kind != RNG_MT19937, "kind=%d", (int)r->kind);
    r->has_uint32 = false;
    if (r->kind == RNG_PCG64) {
        pcg64_skip(r, UINT128(delta[1], delta[0]));
    } else {
        philox_count(r, delta);
        r->u.philox.pos = 4;
    }
}

void rng_jump(Rng *r, uint64_t jumps)
{
    uint64_t by[4] = {0, 0, jumps, 0}; /* 2^128 units each */
    if (r->kind == RNG_PCG64) {        /* the golden ratio of the period */
        Uint128 delta = UINT128(0x9e3779b97f4a7c15u, 0xf39cc0605cedc835u) * jumps;
        by[0] = (uint64_t)delta;
        by[1] = (uint64_t)(delta >> 64);
    }
    rng_advance(r, by);
}

uint32_t rng_next32(Rng *r)
{
    return next32(r);
}

uint64_t rng_next64(Rng *r)
{
    return next64(r);
}

double rng_next_double(Rng *r)
{
    return next_double(r);
}
