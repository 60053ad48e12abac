/* bits.h -- one draw of each bit generator, inline for the loops of this folder.  Replicated. */
#ifndef STDLIB_RNG_BITS_H
#define STDLIB_RNG_BITS_H

#include "stdlib/rng/rng.h"

typedef unsigned __int128 Uint128;

#define UINT128(hi, lo) ((Uint128)(hi) << 64 | (lo))
#define PCG_MULTIPLIER  UINT128(0x2360ED051FC65DA4u, 0x4385DF649FCCF645u)
#define PCG_INVERSE     UINT128(0x07DDA22B93979860u, 0x98ABC8B0716EAC8Du) /* modulo 2**128 */

void mt19937_refill(Rng *r);
void philox_refill(Rng *r);

static inline uint32_t mt19937_next(Rng *r)
{
    if (r->u.mt.pos == MT19937_WORDS)
        mt19937_refill(r);
    uint32_t y = r->u.mt.key[r->u.mt.pos++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

/* The state steps first, then its halves are folded and rotated (XSL-RR). */
static inline uint64_t pcg64_output(Uint128 s)
{
    uint64_t folded = (uint64_t)(s >> 64) ^ (uint64_t)s;
    unsigned by = (unsigned)(s >> 122);
    return folded >> by | folded << (-by & 63);
}

static inline uint64_t pcg64_step(Uint128 *state, Uint128 inc)
{
    return pcg64_output(*state = *state * PCG_MULTIPLIER + inc);
}

static inline uint64_t pcg64_next(Rng *r)
{
    return pcg64_step(&r->u.pcg.state, r->u.pcg.inc);
}

static inline uint64_t philox_next(Rng *r)
{
    if (r->u.philox.pos == 4)
        philox_refill(r);
    return r->u.philox.buffer[r->u.philox.pos++];
}

static inline uint64_t next64(Rng *r)
{
    if (r->kind == RNG_PCG64)
        return pcg64_next(r);
    if (r->kind == RNG_PHILOX)
        return philox_next(r);
    uint64_t high = mt19937_next(r);
    return high << 32 | mt19937_next(r);
}

static inline uint32_t next32(Rng *r)
{
    if (r->kind == RNG_MT19937)
        return mt19937_next(r);
    if (r->has_uint32) {
        r->has_uint32 = false;
        return r->uint32;
    }
    uint64_t both = next64(r);
    r->has_uint32 = true;
    r->uint32 = (uint32_t)(both >> 32);
    return (uint32_t)both;
}

static inline double unit_double(uint64_t bits)
{
    return (double)(bits >> 11) * 0x1p-53;
}

static inline double next_double(Rng *r)
{
    if (r->kind != RNG_MT19937)
        return unit_double(next64(r));
    uint32_t a = mt19937_next(r) >> 5, b = mt19937_next(r) >> 6;
    return (a * 67108864.0 + b) / 9007199254740992.0;
}

static inline float next_float(Rng *r)
{
    return (float)(next32(r) >> 8) * 0x1p-24f;
}

/* The fewest low bits, all set, that cover x. */
static inline uint64_t mask_of(uint64_t x)
{
    return x ? UINT64_MAX >> __builtin_clzll(x) : 0;
}

/* Uniform in [0, most]: Lemire's multiplication, exact by rejection. */
static inline uint32_t lemire32(Rng *r, uint32_t most)
{
    uint32_t n = most + 1;
    uint64_t m = (uint64_t)next32(r) * n;
    if ((uint32_t)m < n) {
        uint32_t reject = (UINT32_MAX - most) % n;
        while ((uint32_t)m < reject)
            m = (uint64_t)next32(r) * n;
    }
    return (uint32_t)(m >> 32);
}

static inline uint64_t lemire64(Rng *r, uint64_t most)
{
    uint64_t n = most + 1;
    Uint128 m = (Uint128)next64(r) * n;
    if ((uint64_t)m < n) {
        uint64_t reject = (UINT64_MAX - most) % n;
        while ((uint64_t)m < reject)
            m = (Uint128)next64(r) * n;
    }
    return (uint64_t)(m >> 64);
}

/* Uniform in [0, most] as a Generator's integers are drawn. */
static inline uint64_t below(Rng *r, uint64_t most)
{
    if (most == 0)
        return 0;
    if (most < UINT32_MAX)
        return lemire32(r, (uint32_t)most);
    return most == UINT32_MAX ? next32(r) : most == UINT64_MAX ? next64(r) : lemire64(r, most);
}

/* The same by masks, as RandomState's integers and both families' shuffles are. */
static inline uint64_t masked_below(Rng *r, uint64_t most)
{
    uint64_t mask = mask_of(most), x;
    if (most == 0)
        return 0;
    do
        x = (most <= UINT32_MAX ? next32(r) : next64(r)) & mask;
    while (x > most);
    return x;
}

#endif
