/* exact.c -- a sum of floats without rounding.  Local. */
#include "runtime/exec/exact.h"

#include <xmmintrin.h>

#include <math.h>

void exact_normalise(ExactSum *s)
{
    int64_t carry = 0;
    for (int i = 0; i < EXACT_LIMBS - 1; i++) {
        int64_t v = s->w[i] + carry;
        carry = v >> 32;
        s->w[i] = v & 0xffffffff;
    }
    s->w[EXACT_LIMBS - 1] += carry;
}

void exact_combine(ExactSum *s, const ExactSum *t)
{
    ExactSum other = *t;
    exact_normalise(s);
    exact_normalise(&other);
    for (int i = 0; i < EXACT_WORDS; i++)
        s->w[i] += other.w[i];
}

void exact_add_odd(ExactSum *s, double x)
{
    s->w[EXACT_COUNT]++;
    if (x == 0)
        s->w[EXACT_MINUS_ZERO] += signbit(x) != 0;
    else if (isnan(x))
        s->w[EXACT_NAN]++;
    else
        s->w[x > 0 ? EXACT_PLUS_INF : EXACT_MINUS_INF]++;
}

/* Bits [lo, lo + 64) of a magnitude in 32-bit limbs, lo >= 0; bits above the top limb are zero. */
static uint64_t limbs_bits(const int64_t *w, int lo)
{
    int i = lo >> 5, shift = lo & 31;
    unsigned __int128 v = (uint64_t)w[i];
    if (i + 1 < EXACT_LIMBS)
        v |= (unsigned __int128)(uint64_t)w[i + 1] << 32;
    if (i + 2 < EXACT_LIMBS)
        v |= (unsigned __int128)(uint64_t)w[i + 2] << 64;
    return (uint64_t)(v >> shift);
}

static bool limbs_any_below(const int64_t *w, int hi)
{
    for (int i = 0; i < hi >> 5; i++)
        if (w[i])
            return true;
    return (hi & 31) && ((uint64_t)w[hi >> 5] & ((UINT64_C(1) << (hi & 31)) - 1));
}

/* Carry and take the magnitude, every limb within 32 bits; returns whether the sum is negative. */
static bool limbs_magnitude(ExactSum *s)
{
    exact_normalise(s);
    bool negative = s->w[EXACT_LIMBS - 1] < 0;
    if (negative) {
        for (int i = 0; i < EXACT_LIMBS; i++)
            s->w[i] = -s->w[i];
        exact_normalise(s);
    }
    return negative;
}

/* The magnitude rounded to a binary format of `digits` bits whose least subnormal is bit `low`, as
 * that format's encoding without sign: a carry out of the fraction goes into the exponent. */
static uint64_t limbs_round(const int64_t *w, int low, int digits, uint64_t infinity)
{
    int top = EXACT_LIMBS - 1;
    while (top >= 0 && w[top] == 0)
        top--;
    if (top < 0)
        return 0;
    int high = 32 * top + 63 - __builtin_clzll((uint64_t)w[top]);
    int lo = high - digits + 1 > low ? high - digits + 1 : low;
    if (high < lo - 1)
        return 0;
    uint64_t m = limbs_bits(w, lo) & (UINT64_MAX >> (64 - digits));
    bool half = lo > 0 && (limbs_bits(w, lo - 1) & 1);
    bool up = half && ((m & 1) || limbs_any_below(w, lo - 1));
    uint64_t code = ((uint64_t)(lo - low) << (digits - 1)) + m + up;
    return code < infinity ? code : infinity;
}

/* Infinities, NaN and zeros, which the limbs do not hold: whether the sum is one of them. */
static bool sum_is_odd(const ExactSum *s, double *out)
{
    if (s->w[EXACT_NAN] || (s->w[EXACT_PLUS_INF] && s->w[EXACT_MINUS_INF]))
        *out = NAN;
    else if (s->w[EXACT_PLUS_INF])
        *out = INFINITY;
    else if (s->w[EXACT_MINUS_INF])
        *out = -INFINITY;
    else if (s->w[EXACT_COUNT] == 1 && s->w[EXACT_MINUS_ZERO] == 1)
        *out = -0.0;
    else
        return false;
    return true;
}

/* The conditions that adding up to `x` meets, but for those of values that were odd before; where
 * those who read the vector unit's state alone see them too. */
static void raise_conditions(const ExactSum *s, double x)
{
    if (isnan(x) && !s->w[EXACT_NAN])
        _mm_setcsr(_mm_getcsr() | _MM_EXCEPT_INVALID);
    if (isinf(x) && !s->w[EXACT_PLUS_INF] && !s->w[EXACT_MINUS_INF])
        _mm_setcsr(_mm_getcsr() | _MM_EXCEPT_OVERFLOW);
}

double exact_round_f64(const ExactSum *s)
{
    double x;
    if (sum_is_odd(s, &x)) {
        raise_conditions(s, x);
        return x;
    }
    ExactSum t = *s;
    bool negative = limbs_magnitude(&t);
    uint64_t code = limbs_round(t.w, 0, 53, UINT64_C(0x7ff) << 52);
    code |= (uint64_t)negative << 63;
    memcpy(&x, &code, sizeof x);
    raise_conditions(s, x);
    return x;
}

float exact_round_f32(const ExactSum *s)
{
    double odd;
    if (sum_is_odd(s, &odd)) {
        raise_conditions(s, odd);
        return (float)odd;
    }
    ExactSum t = *s;
    bool negative = limbs_magnitude(&t);
    uint32_t code = (uint32_t)limbs_round(t.w, 1074 - 149, 24, UINT64_C(0xff) << 23);
    code |= (uint32_t)negative << 31;
    float x;
    memcpy(&x, &code, sizeof x);
    raise_conditions(s, x);
    return x;
}

/* ---- few values ---- */

enum { ULPS = 4096 }; /* more than the roundings of a thousand errors make up */

/* a + b is exactly the result and *err. */
static inline double two_sum(double a, double b, double *err)
{
    double s = a + b, z = s - a;
    *err = (a - (s - z)) + (b - z);
    return s;
}

/* x + *rest, give or take *open, is the sum of n values whose magnitudes add up to < 1e290. */
static double few_sum(const double *x, int64_t n, int64_t step, double *rest, double *open)
{
    double hi = 0, err = 0, size = 0, e;
    for (int64_t i = 0; i < n; i++) {
        hi = two_sum(hi, x[i * step], &e);
        err += e;
        size += fabs(e);
    }
    *open = size * ULPS * 0x1p-53;
    return two_sum(hi, err, rest);
}

bool exact_few_f64(const double *x, int64_t n, int64_t step, double *out)
{
    double most = 0, rest, open;
    for (int64_t i = 0; i < n; i++)
        most += fabs(x[i * step]);
    if (!(most < 1e290))
        return false;
    double r = few_sum(x, n, step, &rest, &open);
    if (open > 0 && (r + (rest - open) != r || r + (rest + open) != r))
        return false;
    *out = r;
    return true;
}

bool exact_few_f32(const float *x, int64_t n, int64_t step, float *out)
{
    enum { MOST = 64 };
    double wide[MOST], most = 0, rest, open;
    if (n > MOST)
        return false;
    for (int64_t i = 0; i < n; i++) {
        wide[i] = (double)x[i * step];
        most += fabs(wide[i]);
    }
    if (!(most < 1e38))
        return false;
    double r = few_sum(wide, n, 1, &rest, &open);
    if (fabs(r) < 1e-30 && (r != 0 || open != 0))
        return false;
    float low = (float)(r * (1 - 0x1p-52)), high = (float)(r * (1 + 0x1p-52));
    if (low != high)
        return false;
    *out = low;
    return true;
}
