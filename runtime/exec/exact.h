/* exact.h -- a sum of floats without rounding.  Local; its words may be added across ranks.
 *
 * The sum is a fixed-point number over the whole range of double: limb i, an int64, weighs
 * 2^(32 i - 1074).  Adding a value touches three limbs by less than 2^32 each, so limbs hold 2^30
 * adds before a carry is due; exact_add sees to it.  Counts of infinities, NaNs, values and
 * negative zeros are words too.  So the sum of two ExactSums is the elementwise sum of their
 * words: one integer all-reduce combines the ranks, in any order, without rounding.
 *
 * Invariant: |limb| < 2^62.  After exact_normalise |limb| <= 2^32 (but the top one), which leaves
 * room for 2^20 ranks; normalise before words of several ranks are added.
 */
#ifndef RUNTIME_EXEC_EXACT_H
#define RUNTIME_EXEC_EXACT_H

#include "runtime/base.h"

enum {
    EXACT_LIMBS = 68,
    EXACT_COUNT = EXACT_LIMBS, /* values added */
    EXACT_MINUS_ZERO,          /* how many of them were -0.0 */
    EXACT_NAN,
    EXACT_PLUS_INF,
    EXACT_MINUS_INF,
    EXACT_WORDS
};

typedef struct ExactSum {
    int64_t w[EXACT_WORDS];
} ExactSum;

/* The empty sum; all words zero. */
static inline void exact_init(ExactSum *s)
{
    memset(s, 0, sizeof *s);
}

/* Carry, so that limbs are within 32 bits and the words of other ranks may be added. */
void exact_normalise(ExactSum *s);
/* s += t.  Both may have been combined before. */
void exact_combine(ExactSum *s, const ExactSum *t);
/* The rare values of exact_add: zeros, infinities, NaN. */
void exact_add_odd(ExactSum *s, double x);

/* s += x, any double. */
static inline void exact_add(ExactSum *s, double x)
{
    enum { CARRY_EVERY = 1 << 29 };
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    uint64_t expo = bits >> 52 & 0x7ff, frac = bits & ((UINT64_C(1) << 52) - 1);
    if (__builtin_expect(expo == 0x7ff || (expo | frac) == 0, 0)) {
        exact_add_odd(s, x);
        return;
    }
    frac |= (uint64_t)(expo != 0) << 52;
    uint64_t shift = expo - (expo != 0);
    int64_t neg = -(int64_t)(bits >> 63);
    int64_t *limb = s->w + (shift >> 5);
    unsigned __int128 m = (unsigned __int128)frac << (shift & 31);
    limb[0] += ((int64_t)(uint32_t)m ^ neg) - neg;
    limb[1] += ((int64_t)(uint32_t)(m >> 32) ^ neg) - neg;
    limb[2] += ((int64_t)(m >> 64) ^ neg) - neg;
    if (__builtin_expect(++s->w[EXACT_COUNT] % CARRY_EVERY == 0, 0))
        exact_normalise(s);
}

/* The sum rounded once, half to even; overflow gives an infinity.  Infinities and NaN as IEEE
 * addition of the values has them; a sum of zeros is +0.0 but for a single -0.0.  Raises
 * FE_OVERFLOW and FE_INVALID as an addition would. */
double exact_round_f64(const ExactSum *s);
float exact_round_f32(const ExactSum *s);

/* The same of n values, `step` apart, without the limbs: n < 1000 and every partial sum far from
 * overflow.  False, and *out untouched, where errors of the additions leave the last bit open. */
bool exact_few_f64(const double *x, int64_t n, int64_t step, double *out);
bool exact_few_f32(const float *x, int64_t n, int64_t step, float *out);

#endif
