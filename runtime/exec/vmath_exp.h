/* vmath_exp.h -- exponentials, logarithms, powers and hyperbolic functions, at most 1.5 units in the
 * last place off.  Local.
 *
 * Vector text over the typed helpers of prelude.h: fma is written out, nothing depends on LANES, so
 * every width gives the same bits.  Both families rest on 16 pieces: exp(x) = 2**(n/16) exp(r) with
 * |r| <= ln(2)/32, and log(x) = k ln(2) + log(c) + log1p(r) with r = z/c - 1 in [-1/34, 1/32]; powers
 * of two and log(c) come from tables of 16 (PICK16), exp(r) and log1p(r) are polynomials.
 *
 * A function first asks whether all lanes are everyday numbers.  If not, a second text repairs the
 * others; a lane's result never depends on its neighbours, since the first text's result stays where
 * it holds.
 */
#include "runtime/exec/vmath_table.h"

/* -- constants by type: NAME_<type> -- */

#define MANTISSA_f64     52
#define MANTISSA_f32     23
#define BIAS_f64         1023
#define BIAS_f32         127
#define TINY_f64         0x1p-1022
#define TINY_f32         0x1p-126f
#define MAGIC_f64        0x1.8p52 /* integers show in its low bits */
#define MAGIC_f32        0x1.8p23f
#define MAGIC_BITS_f64   0x4338000000000000
#define MAGIC_BITS_f32   0x4b400000
#define SHOW_f64         0x1p52 /* the same for unsigned integers */
#define SHOW_f32         0x1p23f
#define SHOW_BITS_f64    0x4330000000000000
#define SHOW_BITS_f32    0x4b000000
#define LOW_BITS_f64     0x000fffffffffffff
#define LOW_BITS_f32     0x007fffff
#define FIRST_f64        0x3fe6800000000000 /* 0.703125, where the table of logarithms begins */
#define FIRST_f32        0x3f340000
#define SHIFTED_f64      1024 /* keeps exponents positive */
#define SHIFTED_f32      128
#define EXP_SAFE_f64     708.0 /* below this exp, exp2, sinh, cosh are neither huge nor tiny */
#define EXP_SAFE_f32     87.0f
#define EXP_ENOUGH_f64   1100.0 /* from here on infinite or 0; half the exponent is one */
#define EXP_ENOUGH_f32   150.0f
#define TANH_ENOUGH_f64  20.0
#define TANH_ENOUGH_f32  10.0f
#define LOG1P_SAFE_f64   0x1p1000
#define LOG1P_SAFE_f32   0x1p120f
#define BY_LN2_f64       0x1.71547652b82fep4 /* 16 / ln 2 */
#define BY_LN2_f32       0x1.715476p4f
#define LN2_16_f64       0x1.62e42fefa39efp-5 /* ln 2 / 16 in two parts */
#define LN2_16_LOW_f64   0x1.abc9e3b39803fp-60
#define LN2_16_f32       0x1.62e43p-5f
#define LN2_16_LOW_f32   -0x1.05c61p-33f
#define LN2_f64          0x1.62e42fefa38p-1 /* ln 2 in two parts, the first times any exponent exact */
#define LN2_LOW_f64      0x1.ef35793c7673p-45
#define LN2_f32          0x1.62e4p-1f
#define LN2_LOW_f32      0x1.7f7d1cp-20f
#define OF_TWO_2_f64         1.0, 0.0
#define OF_TWO_2_f32         1.0f, 0.0f
#define BY_LN_2_f64      0x1.71547652b82fep0, 0x1.777d0ffda0d24p-56 /* 1 / ln 2 in two parts */
#define BY_LN_2_f32      0x1.715476p0f, 0x1.4ae0cp-26f
#define OF_TWO_10_f64        0x1.34413509f7p-2, 0x1.3fde623e2566bp-43 /* log10(2) in two parts */
#define OF_TWO_10_f32        0x1.344p-2f, 0x1.3509f8p-18f
#define BY_LN_10_f64     0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57 /* 1 / ln 10 in two parts */
#define BY_LN_10_f32     0x1.bcb7b2p-2f, -0x1.5b235ep-27f

/* (exp(r) - 1 - r) / r**2, (2**r - 1) / r, (log1p(r) - r) / r**2, (sinh(r) - r) / r**3, (cosh(r) - 1) / r**2 */
#define POLY2(s, x, a, b)       FMA_##s(x, K_##s(b), K_##s(a))
#define POLY3(s, x, a, b, c)    FMA_##s(x, POLY2(s, x, b, c), K_##s(a))
#define POLY4(s, x, q, a, b, c, d) FMA_##s(q, POLY2(s, x, c, d), POLY2(s, x, a, b))
#define POLY_EXP_f64(r, q)                                                                         \
    FMA_f64(q, FMA_f64(q, K_f64(0x1.6c185de1a0d0dp-10), POLY2(f64, r, 0x1.555555545efd5p-5,        \
                                                              0x1.11123afcd8802p-7)),              \
            POLY2(f64, r, 0x1.0000000000005p-1, 0x1.555555548f1ffp-3))
#define POLY_EXP_f32(r, q) POLY2(f32, r, 0x1.00022p-1f, 0x1.555762p-3f)
#define POLY_EXP2_f64(r, q)                                                                        \
    FMA_f64(q, POLY4(f64, r, q, 0x1.c6b08d6e8a37dp-5, 0x1.3b2ab6fa96f72p-7, 0x1.5d89be534a9c3p-10, \
                     0x1.430a99e82898ap-13),                                                       \
            POLY2(f64, r, 0x1.62e42fefa39fdp-1, 0x1.ebfbdff82c59dp-3))
#define POLY_EXP2_f32(r, q) POLY3(f32, r, 0x1.62e43p-1f, 0x1.ebfff4p-3f, 0x1.c6b46ap-5f)
#define POLY_LOG_f64(r, q)                                                                         \
    FMA_f64(q *q, POLY4(f64, r, q, -0x1.555541dd5af34p-3, 0x1.2492a4acf93f1p-3,                    \
                        -0x1.006d7e1935f47p-3, 0x1.c5c97126009b1p-4),                              \
            POLY4(f64, r, q, -0x1.fffffffffffd3p-2, 0x1.55555555558c3p-2, -0x1.00000000a32d2p-2,   \
                  0x1.9999998d8ddeap-3))
#define POLY_LOG_f32(r, q)                                                                         \
    POLY4(f32, r, q, -0x1.fffffep-2f, 0x1.555572p-2f, -0x1.003024p-2f, 0x1.983b18p-3f)
#define POLY_SINH_f64(q) POLY3(f64, q, 1.0 / 6, 1.0 / 120, 1.0 / 5040)
#define POLY_SINH_f32(q) POLY2(f32, q, 1.0f / 6, 1.0f / 120)
#define POLY_COSH_f64(q) POLY3(f64, q, 0.5, 1.0 / 24, 1.0 / 720)
#define POLY_COSH_f32(q) POLY2(f32, q, 0.5f, 1.0f / 24)

/* -- exponentials -- */

#define EXPONENTIALS(s, c, i)                                                                      \
    /* 2**(n/16) for n in the low bits, where it is an everyday number. */                         \
    FN V##s ROOT_OF_TWO_##s(V##i n)                                                                \
    {                                                                                              \
        return (V##s)((V##i)PICK16_##s(vmath_exp_##s, n) + (n << (MANTISSA_##s - 4)));             \
    }                                                                                              \
    FN V##s TWO_TO_THE_##s(V##i k)                                                                 \
    {                                                                                              \
        return (V##s)((k + BIAS_##s) << MANTISSA_##s);                                             \
    }                                                                                              \
    /* x = n ln(2)/16 + r; answers r and n in the low bits of *n. */                               \
    FN V##s EXP_SPLIT_##s(V##s x, V##i *n)                                                         \
    {                                                                                              \
        V##s t = FMA_##s(x, K_##s(BY_LN2_##s), K_##s(MAGIC_##s)), d = t - MAGIC_##s;               \
        *n = (V##i)t;                                                                              \
        return FMA_##s(d, K_##s(-LN2_16_LOW_##s), FMA_##s(d, K_##s(-LN2_16_##s), x));              \
    }                                                                                              \
    FN V##s EXPM1_OF_REST_##s(V##s r)                                                              \
    {                                                                                              \
        V##s q = r * r;                                                                            \
        return FMA_##s(q, POLY_EXP_##s(r, q), r);                                                  \
    }                                                                                              \
    /* 2**(n/16) (1 + p) by way of two halves of the exponent, so that it may be huge or tiny. */  \
    FN V##s EXP_JOIN_##s(V##i n, V##s p)                                                           \
    {                                                                                              \
        V##i m = n - MAGIC_BITS_##s, k = m >> 4, half = k >> 1;                                    \
        V##s t = ROOT_OF_TWO_##s(m & 15);                                                          \
        return FMA_##s(t, p, t) * TWO_TO_THE_##s(half) * TWO_TO_THE_##s(k - half);                 \
    }                                                                                              \
    FN V##s EXP_LIMIT_##s(V##s x)                                                                  \
    {                                                                                              \
        M##s large = ~(M##s)(ABS_##s(x) < EXP_ENOUGH_##s);                                         \
        return SEL_##s(large, COPYSIGN_##s(K_##s(EXP_ENOUGH_##s), x), x);                          \
    }                                                                                              \
    FN V##s EXP_##s(V##s x)                                                                        \
    {                                                                                              \
        V##i n;                                                                                    \
        V##s p = EXPM1_OF_REST_##s(EXP_SPLIT_##s(x, &n)), t = ROOT_OF_TWO_##s(n);                  \
        V##s y = FMA_##s(t, p, t);                                                                 \
        if (__builtin_expect(ALL_BELOW_##s(x, EXP_SAFE_##s), 1))                                   \
            return y;                                                                              \
        M##s safe = (M##s)(ABS_##s(x) < EXP_SAFE_##s);                                             \
        p = EXPM1_OF_REST_##s(EXP_SPLIT_##s(EXP_LIMIT_##s(x), &n));                                \
        y = SEL_##s(safe, y, EXP_JOIN_##s(n, p));                                                  \
        return SEL_##s(ISNAN_##s(x), x, y);                                                        \
    }                                                                                              \
    FN V##s EXP2_OF_REST_##s(V##s x, V##i *n)                                                      \
    {                                                                                              \
        V##s t = FMA_##s(x, K_##s(16), K_##s(MAGIC_##s));                                          \
        V##s r = FMA_##s(t - MAGIC_##s, K_##s(-0.0625f), x), q = r * r;                            \
        *n = (V##i)t;                                                                              \
        return r * POLY_EXP2_##s(r, q);                                                            \
    }                                                                                              \
    FN V##s EXP2_##s(V##s x)                                                                       \
    {                                                                                              \
        V##i n;                                                                                    \
        V##s p = EXP2_OF_REST_##s(x, &n), t = ROOT_OF_TWO_##s(n), y = FMA_##s(t, p, t);            \
        if (__builtin_expect(ALL_BELOW_##s(x, EXP_SAFE_##s), 1))                                   \
            return y;                                                                              \
        M##s safe = (M##s)(ABS_##s(x) < EXP_SAFE_##s);                                             \
        p = EXP2_OF_REST_##s(EXP_LIMIT_##s(x), &n);                                                \
        y = SEL_##s(safe, y, EXP_JOIN_##s(n, p));                                                  \
        return SEL_##s(ISNAN_##s(x), x, y);                                                        \
    }                                                                                              \
    /* (t - 1) + t p, and what the table's t lacks. */                                             \
    FN V##s EXPM1_##s(V##s x)                                                                      \
    {                                                                                              \
        V##i n;                                                                                    \
        V##s p = EXPM1_OF_REST_##s(EXP_SPLIT_##s(x, &n)), t = ROOT_OF_TWO_##s(n);                  \
        V##s y = FMA_##s(t, p + PICK16_##s(vmath_tail_##s, n), t - 1);                             \
        y = COPYSIGN_##s(y, x); /* -0.0 stays */                                                   \
        if (__builtin_expect(ALL_BELOW_##s(x, EXP_SAFE_##s), 1))                                   \
            return y;                                                                              \
        M##s safe = (M##s)(ABS_##s(x) < EXP_SAFE_##s);                                             \
        p = EXPM1_OF_REST_##s(EXP_SPLIT_##s(EXP_LIMIT_##s(x), &n));                                \
        y = SEL_##s(safe, y, EXP_JOIN_##s(n, p) - 1);                                              \
        return SEL_##s(ISNAN_##s(x), x, y);                                                        \
    }                                                                                              \
    /* exp(|x|) / 2, also where exp(|x|) is infinite */                                            \
    FN V##s HALF_EXP_##s(V##s x)                                                                   \
    {                                                                                              \
        V##i n;                                                                                    \
        V##s p = EXPM1_OF_REST_##s(EXP_SPLIT_##s(EXP_LIMIT_##s(ABS_##s(x)), &n));                  \
        return EXP_JOIN_##s(n - 16, p);                                                            \
    }                                                                                              \
    /* With t = 2**(n/16), u = 1/t: 2 sinh(x) = (t - u) cosh(r) + (t + u) sinh(r). */              \
    FN V##s SINH_##s(V##s x)                                                                       \
    {                                                                                              \
        V##i n;                                                                                    \
        V##s r = EXP_SPLIT_##s(x, &n), q = r * r;                                                  \
        V##s t = ROOT_OF_TWO_##s(n), u = ROOT_OF_TWO_##s(-n);                                      \
        M##s less = (M##s)(t < u);                                                                 \
        V##s big = SEL_##s(less, u, t), a = t - u;                                                 \
        V##s low = SEL_##s(less, t, u), back = SEL_##s(less, NEG_##s(a), a);                       \
        low = (big - back) - low;                                                                  \
        low = SEL_##s(less, NEG_##s(low), low);                                                    \
        low = FMA_##s(t, PICK16_##s(vmath_tail_##s, n), low);                                      \
        low = FMA_##s(u, NEG_##s(PICK16_##s(vmath_tail_##s, -n)), low);                            \
        low = FMA_##s(a, q * POLY_COSH_##s(q), low);                                               \
        low = FMA_##s(t + u, FMA_##s(r * q, POLY_SINH_##s(q), r), low);                            \
        V##s y = COPYSIGN_##s((a + low) * (c)0.5, x);                                              \
        if (__builtin_expect(ALL_BELOW_##s(x, EXP_SAFE_##s), 1))                                   \
            return y;                                                                              \
        M##s safe = (M##s)(ABS_##s(x) < EXP_SAFE_##s);                                             \
        y = SEL_##s(safe, y, COPYSIGN_##s(HALF_EXP_##s(x), x));                                    \
        return SEL_##s(ISNAN_##s(x), x, y);                                                        \
    }                                                                                              \
    FN V##s COSH_##s(V##s x)                                                                       \
    {                                                                                              \
        V##i n;                                                                                    \
        V##s r = EXP_SPLIT_##s(ABS_##s(x), &n), q = r * r;                                         \
        V##s t = ROOT_OF_TWO_##s(n), u = ROOT_OF_TWO_##s(-n);                                      \
        V##s b = t + u, low = (t - b) + u;                                                         \
        low = FMA_##s(b, q * POLY_COSH_##s(q), low);                                               \
        low = FMA_##s(t - u, FMA_##s(r * q, POLY_SINH_##s(q), r), low);                            \
        V##s y = (b + low) * (c)0.5;                                                               \
        if (__builtin_expect(ALL_BELOW_##s(x, EXP_SAFE_##s), 1))                                   \
            return y;                                                                              \
        M##s safe = (M##s)(ABS_##s(x) < EXP_SAFE_##s);                                             \
        y = SEL_##s(safe, y, HALF_EXP_##s(x));                                                     \
        return SEL_##s(ISNAN_##s(x), x, y);                                                        \
    }                                                                                              \
    /* (e - 1) / (e + 1) with e = exp(2 |x|), both in two parts, the quotient corrected once. */   \
    FN V##s TANH_##s(V##s x)                                                                       \
    {                                                                                              \
        V##i n;                                                                                    \
        V##s a = ABS_##s(x);                                                                       \
        a = SEL_##s((M##s)(a < TANH_ENOUGH_##s), a, K_##s(TANH_ENOUGH_##s));                       \
        V##s p = EXPM1_OF_REST_##s(EXP_SPLIT_##s(a + a, &n)), t = ROOT_OF_TWO_##s(n);              \
        V##s m = t * (p + PICK16_##s(vmath_tail_##s, n)), first = t - 1;                           \
        V##s num = first + m, num_low = (first - num) + m;                                         \
        V##s den = num + 2, den_low = (2 - den) + num + num_low;                                   \
        V##s by = 1 / den, y = num * by;                                                           \
        V##s rest = FMA_##s(NEG_##s(y), den_low, FMA_##s(NEG_##s(y), den, num) + num_low);         \
        y = COPYSIGN_##s(FMA_##s(rest, by, y), x);                                                 \
        if (__builtin_expect(ALL_BELOW_##s(x, (c)INFINITY), 1))                                    \
            return y;                                                                              \
        return SEL_##s(ISNAN_##s(x), x, y);                                                        \
    }

/* -- logarithms -- */

#define LOGARITHMS(s, c, i, u, nan)                                                                \
    /* x = 2**k z with z in [0.703125, 1.40625); answers z and, in *at, its interval.              \
     * x is an everyday number above 0. */                                                         \
    FN V##s LOG_SPLIT_##s(V##s x, V##s *k, V##i *at)                                               \
    {                                                                                              \
        V##i bits = (V##i)x + (((E##i)SHIFTED_##s << MANTISSA_##s) - FIRST_##s);                   \
        V##u shown = ((V##u)bits >> MANTISSA_##s) | SHOW_BITS_##s;                                 \
        *k = (V##s)shown - (SHOW_##s + SHIFTED_##s);                                               \
        *at = (V##i)((V##u)bits >> (MANTISSA_##s - 4));                                            \
        return (V##s)((bits & LOW_BITS_##s) + FIRST_##s);                                          \
    }                                                                                              \
    FN V##s LOG_OF_##s(V##s x, V##s shift)                                                         \
    {                                                                                              \
        V##i at;                                                                                   \
        V##s k, z = LOG_SPLIT_##s(x, &k, &at);                                                     \
        k += shift;                                                                                \
        V##s r = FMA_##s(z, PICK16_##s(vmath_inverse_##s, at), K_##s(-1)), q = r * r;              \
        V##s w = FMA_##s(k, K_##s(LN2_##s), PICK16_##s(vmath_log_##s, at)); /* exact */            \
        V##s high = w + r, low = FMA_##s(k, K_##s(LN2_LOW_##s), (w - high) + r);                   \
        return high + FMA_##s(q, POLY_LOG_##s(r, q), low);                                         \
    }                                                                                              \
    /* To another base: one = its logarithm of 2, by = 1 / ln(base), each in two parts. */         \
    FN V##s LOG_BASE_OF_##s(V##s x, V##s shift, c one, c one_low, c by, c by_low)                  \
    {                                                                                              \
        V##i at;                                                                                   \
        V##s k, z = LOG_SPLIT_##s(x, &k, &at);                                                     \
        k += shift;                                                                                \
        V##s r = FMA_##s(z, PICK16_##s(vmath_inverse_##s, at), K_##s(-1)), q = r * r;              \
        V##s w = PICK16_##s(vmath_log_##s, at), high = w + r;                                      \
        V##s low = FMA_##s(q, POLY_LOG_##s(r, q), (w - high) + r);                                 \
        V##s a = high * by, rest = FMA_##s(high, K_##s(by), NEG_##s(a));                           \
        rest = FMA_##s(low, K_##s(by), FMA_##s(high, K_##s(by_low), rest));                        \
        V##s b = k * one, sum = b + a;                                                             \
        rest = FMA_##s(k, K_##s(one_low), rest) + ((b - sum) + a);                                 \
        return sum + rest;                                                                         \
    }                                                                                              \
    FN V##s LOG_REPAIR_##s(V##s y, V##s x)                                                         \
    {                                                                                              \
        y = SEL_##s((M##s)(x == (c)INFINITY), x, y);                                               \
        y = SEL_##s((M##s)(x == 0), K_##s(-(c)INFINITY), y);                                       \
        y = SEL_##s((M##s)(x < 0), (V##s)K_##i((E##i)nan), y);                                     \
        return SEL_##s(ISNAN_##s(x), x, y);                                                        \
    }                                                                                              \
    FN V##s LOG_ENLARGE_##s(V##s x, V##s *shift)                                                   \
    {                                                                                              \
        M##s small = (M##s)(ABS_##s(x) < TINY_##s);                                                \
        *shift = SEL_##s(small, K_##s(-MANTISSA_##s), (V##s){0});                                  \
        return SEL_##s(small, x * SHOW_##s, x);                                                    \
    }                                                                                              \
    FN V##s LOG_##s(V##s x)                                                                        \
    {                                                                                              \
        V##s shift;                                                                                \
        if (__builtin_expect(ALL_IN_##s(x, TINY_##s, (c)INFINITY), 1))                             \
            return LOG_OF_##s(x, (V##s){0});                                                       \
        V##s large = LOG_ENLARGE_##s(x, &shift);                                                   \
        return LOG_REPAIR_##s(LOG_OF_##s(large, shift), x);                                        \
    }                                                                                              \
    FN V##s LOG_BASE_##s(V##s x, c one, c one_low, c by, c by_low)                                 \
    {                                                                                              \
        V##s shift;                                                                                \
        if (__builtin_expect(ALL_IN_##s(x, TINY_##s, (c)INFINITY), 1))                             \
            return LOG_BASE_OF_##s(x, (V##s){0}, one, one_low, by, by_low);                        \
        V##s large = LOG_ENLARGE_##s(x, &shift);                                                   \
        return LOG_REPAIR_##s(LOG_BASE_OF_##s(large, shift, one, one_low, by, by_low), x);         \
    }                                                                                              \
    FN V##s LOG2_##s(V##s x)                                                                       \
    {                                                                                              \
        return LOG_BASE_##s(x, OF_TWO_2_##s, BY_LN_2_##s);                                         \
    }                                                                                              \
    FN V##s LOG10_##s(V##s x)                                                                      \
    {                                                                                              \
        return LOG_BASE_##s(x, OF_TWO_10_##s, BY_LN_10_##s);                                       \
    }                                                                                              \
    /* log(y) with y = 1 + x rounded, and what the rounding lost added to r. */                    \
    FN V##s LOG1P_##s(V##s x)                                                                      \
    {                                                                                              \
        V##i at;                                                                                   \
        V##s y = x + 1, lost = x - (y - 1), k;                                                     \
        M##s usual = (M##s)(x > -1) & (M##s)(x < LOG1P_SAFE_##s);                                  \
        V##s z = LOG_SPLIT_##s(y, &k, &at), by = PICK16_##s(vmath_inverse_##s, at);                \
        lost *= (V##s)((V##i)z - (V##i)y + ((E##i)BIAS_##s << MANTISSA_##s)); /* 2**-k */          \
        V##s r = FMA_##s(z, by, K_##s(-1));                                                        \
        V##s w = FMA_##s(k, K_##s(LN2_##s), PICK16_##s(vmath_log_##s, at));                        \
        r = FMA_##s(lost, by, r);                                                                  \
        V##s q = r * r, high = w + r;                                                              \
        V##s low = FMA_##s(k, K_##s(LN2_LOW_##s), (w - high) + r);                                 \
        V##s v = COPYSIGN_##s(high + FMA_##s(q, POLY_LOG_##s(r, q), low), x);                      \
        if (__builtin_expect(ALL_##s(usual), 1))                                                   \
            return v;                                                                              \
        return SEL_##s(usual, v, LOG_##s(y));                                                      \
    }

#if HAVE4
EXPONENTIALS(f32, float, i32)
LOGARITHMS(f32, float, i32, u32, 0xffc00000u)
#endif
#if HAVE8
EXPONENTIALS(f64, double, i64)
LOGARITHMS(f64, double, i64, u64, 0xfff8000000000000u)

/* -- powers -- */

/* (log1p(r) - r + r**2 / 2) / r**3 */
FN Vf64 POLY_POW_LOG(Vf64 r, Vf64 q)
{
    Vf64 a = POLY4(f64, r, q, 0x1.5555555555555p-2, -0x1.fffffffffff0ap-3, 0x1.999999999b0cap-3,
                   -0x1.555555575e91dp-3);
    Vf64 b = POLY4(f64, r, q, 0x1.2492490e72ae7p-3, -0x1.ffffd22be9512p-4, 0x1.c71d6535f350cp-4,
                   -0x1.9a6c53ecd05cep-4);
    Vf64 f = q * q;
    return FMA_f64(f, FMA_f64(f, K_f64(0x1.72e7c683ec80cp-4), b), a);
}
/* log(x) as a sum of two numbers, to some 2**-65 of itself. */
FN Vf64 POW_LOG_f64(Vf64 x, Vf64 shift, Vf64 *low)
{
    Vi64 at;
    Vf64 k, z = LOG_SPLIT_f64(x, &k, &at), by = PICK16_f64(vmath_inverse_f64, at);
    k += shift;
    Vf64 product = z * by, r_low = FMA_f64(z, by, NEG_f64(product)), r = product - 1;
    Vf64 w = FMA_f64(k, K_f64(LN2_f64), PICK16_f64(vmath_log_f64, at));
    Vf64 sum = w + r, low1 = (w - sum) + r, half = r * -0.5, square = r * half;
    Vf64 high = sum + square, low2 = FMA_f64(half, r, NEG_f64(square)), low3 = (sum - high) + square;
    Vf64 q = r * r, p = (q * r) * POLY_POW_LOG(r, q);
    Vf64 rest = FMA_f64(r_low, 1 - r, FMA_f64(k, K_f64(LN2_LOW_f64), low1));
    rest += low2 + low3 + p;
    Vf64 y = high + rest;
    *low = (high - y) + rest;
    return y;
}
/* exp(e + low) / 2**(n/16) - 1 */
FN Vf64 POW_EXP_REST_f64(Vf64 e, Vf64 low, Vi64 *n)
{
    Vf64 r = EXP_SPLIT_f64(e, n) + low;
    return EXPM1_OF_REST_f64(r);
}
/* x**y of everyday numbers in float64 for float32: some 2**-36 off. */
FN Vf64 POW_LOG2_f32(Vf64 x)
{
    Vi64 at;
    Vf64 k, z = LOG_SPLIT_f64(x, &k, &at);
    Vf64 r = FMA_f64(z, PICK16_f64(vmath_inverse_f64, at), K_f64(-1)), q = r * r;
    Vf64 p = FMA_f64(q, POLY2(f64, r, 0x1.27c28d614430ap-2, -0x1.eb8682c6ec79dp-3),
                     POLY2(f64, r, 0x1.ec7096f409027p-2, -0x1.71549b0aa4e9bp-2));
    p = FMA_f64(q, p, POLY2(f64, r, 0x1.71547652be002p+0, -0x1.71547651d92b2p-1));
    return FMA_f64(r, p, k + PICK16_f64(vmath_log2_f64, at));
}
FN Vf64 POW_EXP2_f32(Vf64 e, Vi64 *n)
{
    Vf64 t = FMA_f64(e, K_f64(16), K_f64(MAGIC_f64)), r = FMA_f64(t - MAGIC_f64, K_f64(-0.0625), e);
    *n = (Vi64)t;
    return r * POLY4(f64, r, r * r, 0x1.62e42fec3a7eep-1, 0x1.ebfbdff4de479p-3,
                     0x1.c6b3f722fb782p-5, 0x1.3b2ccd8f77373p-7);
}

/* What C and NumPy want where x is 0, infinite, negative or NaN, or y is infinite or NaN; r is |x|**y. */
#define POW_REPAIR(s, c, i, nan)                                                                   \
    FN V##s POW_REPAIR_##s(V##s r, V##s x, V##s y)                                                 \
    {                                                                                              \
        V##s ax = ABS_##s(x), half = y * (c)0.5, inf = K_##s((c)INFINITY), zero = {0};             \
        M##s whole = (M##s)(RINT_##s(y) == y), odd = whole & (M##s)(RINT_##s(half) != half);       \
        M##s grows = (M##s)(ax > 1) ^ (M##s)(y < 0); /* away from 1 */                             \
        M##s edge = (M##s)(x == 0) | ISINF_##s(x) | ISINF_##s(y);                                  \
        r = SEL_##s(edge, SEL_##s(grows, inf, zero), r);                                           \
        r = SEL_##s(ISINF_##s(y) & (M##s)(ax == 1), K_##s(1), r);                                  \
        r = SEL_##s(SIGNBIT_##s(x) & odd, NEG_##s(r), r);                                          \
        M##s bad = (M##s)(x < 0) & ISFINITE_##s(x) & ~whole;                                       \
        r = SEL_##s(bad, (V##s)K_##i((E##i)nan), r);                                               \
        r = SEL_##s(ISNAN_##s(y), y, r);                                                           \
        r = SEL_##s(ISNAN_##s(x), x, r);                                                           \
        return SEL_##s((M##s)(x == 1) | (M##s)(y == 0), K_##s(1), r);                              \
    }                                                                                              \
    /* Exponents 1 and 2 with one rounding, as NumPy's loop. */                                    \
    FN V##s POW_SIMPLE_##s(V##s r, V##s x, V##s y)                                                 \
    {                                                                                              \
        r = SEL_##s((M##s)(y == 1), x, r);                                                         \
        return SEL_##s((M##s)(y == 2), x * x, r);                                                  \
    }
POW_REPAIR(f64, double, i64, 0xfff8000000000000u)
POW_REPAIR(f32, float, i32, 0xffc00000u)

FN Vf64 POW_OTHERS_f64(Vf64 x, Vf64 y)
{
    Vi64 n;
    Vf64 shift, low, ax = ABS_f64(x);
    ax = SEL_f64((Mf64)(ax > 0) & (Mf64)(ax < (double)INFINITY), ax, K_f64(1));
    Vf64 large = LOG_ENLARGE_f64(ax, &shift), l = POW_LOG_f64(large, shift, &low);
    Vf64 e = y * l, e_low = FMA_f64(y, low, FMA_f64(y, l, NEG_f64(e)));
    Mf64 usual = (Mf64)(ABS_f64(e) < EXP_ENOUGH_f64);
    e = EXP_LIMIT_f64(SEL_f64(ISNAN_f64(e), (Vf64){0}, e));
    Vf64 p = POW_EXP_REST_f64(e, SEL_f64(usual, e_low, (Vf64){0}), &n);
    return POW_REPAIR_f64(EXP_JOIN_f64(n, p), x, y);
}
FN Vf64 POW_f64(Vf64 x, Vf64 y)
{
    Vi64 n;
    Vf64 low, l = POW_LOG_f64(x, (Vf64){0}, &low), e = y * l;
    Vf64 p = POW_EXP_REST_f64(e, FMA_f64(y, low, FMA_f64(y, l, NEG_f64(e))), &n);
    Vf64 t = ROOT_OF_TWO_f64(n), r = FMA_f64(t, p, t);
    if (__builtin_expect(!ALL_IN_f64(x, TINY_f64, (double)INFINITY) ||
                             !ALL_BELOW_f64(e, EXP_SAFE_f64),
                         0)) {
        Mf64 usual = (Mf64)(x >= TINY_f64) & (Mf64)(x < (double)INFINITY) &
                     (Mf64)(ABS_f64(e) < EXP_SAFE_f64);
        r = SEL_f64(usual, r, POW_OTHERS_f64(x, y));
    }
    return POW_SIMPLE_f64(r, x, y);
}
FN Vf32 POW_f32(Vf32 x, Vf32 y)
{
    Vi64 n;
    Vf64 a = CAST_f32_f64(x), b = CAST_f32_f64(y), e = b * POW_LOG2_f32(a);
    Vf64 p = POW_EXP2_f32(e, &n), t = ROOT_OF_TWO_f64(n);
    Vf32 r = CAST_f64_f32(FMA_f64(t, p, t));
    if (__builtin_expect(!ALL_IN_f64(a, 0x1p-149, (double)INFINITY) || !ALL_BELOW_f64(e, 150.0), 0)) {
        a = ABS_f64(a);
        a = SEL_f64((Mf64)(a > 0) & (Mf64)(a < (double)INFINITY), a, K_f64(1));
        e = b * POW_LOG2_f32(a);
        e = SEL_f64(ISNAN_f64(e), (Vf64){0}, e);
        e = SEL_f64((Mf64)(ABS_f64(e) < 300), e, COPYSIGN_f64(K_f64(300), e));
        p = POW_EXP2_f32(e, &n), t = ROOT_OF_TWO_f64(n);
        r = POW_REPAIR_f32(CAST_f64_f32(FMA_f64(t, p, t)), x, y);
    }
    return POW_SIMPLE_f32(r, x, y);
}
#endif
