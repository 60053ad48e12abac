/* vmath_exp.h -- exponentials, logarithms, powers and hyperbolic functions, at most 1.5 units in
 * the last place off.  Local.
 *
 * Vector text over the typed helpers of prelude.h: fma is written out, nothing depends on LANES, so
 * every width gives the same bits.  Both families rest on 16 pieces: exp(x) = 2**(n/16) exp(r) with
 * |r| <= ln(2)/32, and log(x) = k ln(2) + log(c) + log1p(r) with r = z/c - 1 in [-1/34, 1/32];
 * powers of two and log(c) come from tables of 16 (PICK16), exp(r) and log1p(r) are polynomials.
 *
 * A function first asks whether all lanes are everyday numbers.  If not, a second text repairs the
 * others; a lane's result never depends on its neighbours, since the first text's result stays
 * where it holds.
 */
#include "runtime/exec/vmath_table.h"

/* -- constants by type: NAME_<type> -- */

#define MANTISSA_f64    52
#define MANTISSA_f32    23
#define BIAS_f64        1023
#define BIAS_f32        127
#define TINY_f64        0x1p-1022
#define TINY_f32        0x1p-126f
#define MAGIC_f64       0x1.8p52 /* integers show in its low bits */
#define MAGIC_f32       0x1.8p23f
#define MAGIC_BITS_f64  0x4338000000000000
#define MAGIC_BITS_f32  0x4b400000
#define SHOW_f64        0x1p52 /* the same for unsigned integers */
#define SHOW_f32        0x1p23f
#define SHOW_BITS_f64   0x4330000000000000
#define SHOW_BITS_f32   0x4b000000
#define LOW_BITS_f64    0x000fffffffffffff
#define LOW_BITS_f32    0x007fffff
#define FIRST_f64       0x3fe6800000000000 /* 0.703125, where the table of logarithms begins */
#define FIRST_f32       0x3f340000
#define SHIFTED_f64     1024 /* keeps exponents positive */
#define SHIFTED_f32     128
#define EXP_SAFE_f64    708.0 /* below this exp, exp2, sinh, cosh are neither huge nor tiny */
#define EXP_SAFE_f32    87.0f
#define EXP_ENOUGH_f64  1100.0 /* from here on infinite or 0; half the exponent is one */
#define EXP_ENOUGH_f32  150.0f
#define TANH_ENOUGH_f64 20.0
#define TANH_ENOUGH_f32 10.0f
#define LOG1P_SAFE_f64  0x1p1000
#define LOG1P_SAFE_f32  0x1p120f
#define BY_LN2_f64      0x1.71547652b82fep4 /* 16 / ln 2 */
#define BY_LN2_f32      0x1.715476p4f
#define LN2_16_f64      0x1.62e42fefa39efp-5 /* ln 2 / 16 in two parts */
#define LN2_16_LOW_f64  0x1.abc9e3b39803fp-60
#define LN2_16_f32      0x1.62e43p-5f
#define LN2_16_LOW_f32  -0x1.05c61p-33f
/* logarithms of 2, in two parts, the first times any exponent exact; 1 / ln(base) in two parts */
#define LN2_f64          0x1.62e42fefa38p-1
#define LN2_LOW_f64      0x1.ef35793c7673p-45
#define LN2_f32          0x1.62e4p-1f
#define LN2_LOW_f32      0x1.7f7d1cp-20f
#define LG2_f64          0x1.34413509f78p-2
#define LG2_LOW_f64      0x1.fef311f12b358p-46
#define LG2_f32          0x1.344p-2f
#define LG2_LOW_f32      0x1.3509f8p-18f
#define BY_LN_2_f64      0x1.71547652b82fep0
#define BY_LN_2_f32      0x1.715476p0f
#define BY_LN_10_f64     0x1.bcb7b1526e50ep-2
#define BY_LN_10_f32     0x1.bcb7b2p-2f
#define BY_LN_10_LOW_f64 0x1.95355baaafad3p-57
#define BY_LN_10_LOW_f32 -0x1.5b235ep-27f

/* a + b x + ..., with q = x * x */
#define POLY2(s, x, a, b)                FMA_##s(x, K_##s(b), K_##s(a))
#define POLY3(s, x, a, b, c)             FMA_##s(x, POLY2(s, x, b, c), K_##s(a))
#define POLY4(s, x, q, a, b, c, d)       FMA_##s(q, POLY2(s, x, c, d), POLY2(s, x, a, b))
#define POLY6(s, x, q, a, b, c, d, e, f) FMA_##s(q, POLY4(s, x, q, c, d, e, f), POLY2(s, x, a, b))
#define POLY8(s, x, q, a, b, c, d, e, f, g, h)                                                     \
    FMA_##s((q) * (q), POLY4(s, x, q, e, f, g, h), POLY4(s, x, q, a, b, c, d))

/* (exp(r) - 1 - r) / r**2: to some 2**-57 (2**-29) of exp(r); of r in EXPM1 */
#define POLY_EXP_f64(r, q)                                                                         \
    FMA_f64(q,                                                                                     \
            FMA_f64(q, K_f64(0x1.6c185de1a0d0dp-10),                                               \
                    POLY2(f64, r, 0x1.555555545efd5p-5, 0x1.11123afcd8802p-7)),                    \
            POLY2(f64, r, 0x1.0000000000005p-1, 0x1.555555548f1ffp-3))
#define POLY_EXP_f32(r, q) POLY2(f32, r, 0x1.00022p-1f, 0x1.555762p-3f)
#define POLY_EXPM1_f64(r, q)                                                                       \
    POLY6(f64, r, q, 0x1.0000000000003p-1, 0x1.5555555555559p-3, 0x1.55555554acf70p-5,             \
          0x1.111111108eecfp-7, 0x1.6c181f96796a1p-10, 0x1.a01b899987100p-13)
#define POLY_EXPM1_f32(r, q) POLY3(f32, r, 0.5f, 0x1.555708p-3f, 0x1.555744p-5f)
/* (2**r - 1) / r */
#define POLY_EXP2_f64(r, q)                                                                        \
    POLY6(f64, r, q, 0x1.62e42fefa39fdp-1, 0x1.ebfbdff82c59dp-3, 0x1.c6b08d6e8a37dp-5,             \
          0x1.3b2ab6fa96f72p-7, 0x1.5d89be534a9c3p-10, 0x1.430a99e82898ap-13)
#define POLY_EXP2_f32(r, q) POLY3(f32, r, 0x1.62e43p-1f, 0x1.ebfff4p-3f, 0x1.c6b46ap-5f)
/* (sinh(r) - r) / r**3, (cosh(r) - 1) / r**2 */
#define POLY_SINH_f64(q) POLY3(f64, q, 1.0 / 6, 1.0 / 120, 1.0 / 5040)
#define POLY_SINH_f32(q) POLY2(f32, q, 1.0f / 6, 1.0f / 120)
#define POLY_COSH_f64(q) POLY3(f64, q, 0.5, 1.0 / 24, 1.0 / 720)
#define POLY_COSH_f32(q) POLY2(f32, q, 0.5f, 1.0f / 24)
/* (log1p(r) - r) / r**2, and that over ln(2) and ln(10) */
#define POLY_LOG_f64(r, q)                                                                         \
    POLY8(f64, r, q, -0x1.fffffffffffd3p-2, 0x1.55555555558b2p-2, -0x1.00000000a3036p-2,           \
          0x1.9999998dcb47bp-3, -0x1.555541e0e52e6p-3, 0x1.2492a2c57cc1ap-3,                       \
          -0x1.006d74233f25bp-3, 0x1.c5d27365350e2p-4)
#define POLY_LOG_f32(r, q)                                                                         \
    POLY4(f32, r, q, -0x1.fffffep-2f, 0x1.5555a2p-2f, -0x1.003058p-2f, 0x1.95e78ap-3f)
#define POLY_LOG2_f64(r, q)                                                                        \
    POLY8(f64, r, q, -0x1.71547652b82dep-1, 0x1.ec709dc3a08d7p-2, -0x1.71547653a35d8p-2,           \
          0x1.2776c506759b5p-2, -0x1.ec7081b25f64fp-3, 0x1.a617e3f6321f6p-3,                       \
          -0x1.71f25ed638ac1p-3, 0x1.475d099231e64p-3)
#define POLY_LOG2_f32(r, q)                                                                        \
    POLY4(f32, r, q, -0x1.715474p-1f, 0x1.ec712p-2f, -0x1.71947cp-2f, 0x1.24165ep-2f)
#define POLY_LOG10_f64(r, q)                                                                       \
    POLY8(f64, r, q, -0x1.bcb7b1526e4e7p-3, 0x1.287a7636f464ap-3, -0x1.bcb7b153897fbp-4,           \
          0x1.63c6276ae3e62p-4, -0x1.287a655100193p-4, 0x1.fc4041c877223p-5,                       \
          -0x1.bd75d54965931p-5, 0x1.8a2f51f6540fap-5)
#define POLY_LOG10_f32(r, q)                                                                       \
    POLY4(f32, r, q, -0x1.bcb7bp-3f, 0x1.287ac4p-3f, -0x1.bd06c2p-4f, 0x1.5fcba6p-4f)
/* k times the logarithm of 2 and log(c); r over ln(base) on top; what the sums lost */
#define WHOLE_LOG(s, k, of)     FMA_##s(k, K_##s(LN2_##s), of)
#define WHOLE_LOG2(s, k, of)    ((k) + (of))
#define WHOLE_LOG10(s, k, of)   FMA_##s(k, K_##s(LG2_##s), of)
#define ONTO_LOG(s, r, w)       ((w) + (r))
#define ONTO_LOG2(s, r, w)      FMA_##s(r, K_##s(BY_LN_2_##s), w)
#define ONTO_LOG10(s, r, w)     FMA_##s(r, K_##s(BY_LN_10_##s), w)
#define REST_LOG(s, k, r, low)  FMA_##s(k, K_##s(LN2_LOW_##s), low)
#define REST_LOG2(s, k, r, low) (low)
#define REST_LOG10(s, k, r, low)                                                                   \
    FMA_##s(r, K_##s(BY_LN_10_LOW_##s), FMA_##s(k, K_##s(LG2_LOW_##s), low))

/* -- exponentials -- */

/* p and what rounding the table's 2**(n/16) lost; float32 does without. */
#define WITH_TAIL_f64(p, n) ((p) + PICK16_f64(vmath_tail_f64, n))
#define WITH_TAIL_f32(p, n) (p)

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
        t = FMA_##s(t, WITH_TAIL_##s(p, m), t);                                                    \
        return t * TWO_TO_THE_##s(half) * TWO_TO_THE_##s(k - half);                                \
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
        V##s y = FMA_##s(t, WITH_TAIL_##s(p, n), t);                                               \
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
        V##s p = EXP2_OF_REST_##s(x, &n), t = ROOT_OF_TWO_##s(n);                                  \
        V##s y = FMA_##s(t, WITH_TAIL_##s(p, n), t);                                               \
        if (__builtin_expect(ALL_BELOW_##s(x, EXP_SAFE_##s), 1))                                   \
            return y;                                                                              \
        M##s safe = (M##s)(ABS_##s(x) < EXP_SAFE_##s);                                             \
        p = EXP2_OF_REST_##s(EXP_LIMIT_##s(x), &n);                                                \
        y = SEL_##s(safe, y, EXP_JOIN_##s(n, p));                                                  \
        return SEL_##s(ISNAN_##s(x), x, y);                                                        \
    }                                                                                              \
    /* exp(x) - 1 = (t - 1) + t r + ..., and what the table's t lacks, in two parts. */            \
    FN V##s EXPM1_SUM_##s(V##s x, V##i *n, V##s *low)                                              \
    {                                                                                              \
        V##s r = EXP_SPLIT_##s(x, n), q = r * r, t = ROOT_OF_TWO_##s(*n);                          \
        V##s first = t - 1, y = FMA_##s(t, r, first), lost = FMA_##s(t, r, first - y);             \
        V##s rest = FMA_##s(q, POLY_EXPM1_##s(r, q), PICK16_##s(vmath_tail_##s, *n));              \
        *low = FMA_##s(t, rest, lost);                                                             \
        return y;                                                                                  \
    }                                                                                              \
    FN V##s EXPM1_##s(V##s x)                                                                      \
    {                                                                                              \
        V##i n;                                                                                    \
        V##s low, y = EXPM1_SUM_##s(x, &n, &low);                                                  \
        y = COPYSIGN_##s(y + low, x); /* -0.0 stays */                                             \
        if (__builtin_expect(ALL_BELOW_##s(x, EXP_SAFE_##s), 1))                                   \
            return y;                                                                              \
        M##s safe = (M##s)(ABS_##s(x) < EXP_SAFE_##s);                                             \
        V##s p = EXPM1_OF_REST_##s(EXP_SPLIT_##s(EXP_LIMIT_##s(x), &n));                           \
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
    FN V##s COSH_##s(V##s x)                                                                       \
    {                                                                                              \
        V##i n;                                                                                    \
        V##s r = EXP_SPLIT_##s(ABS_##s(x), &n), q = r * r;                                         \
        V##s t = ROOT_OF_TWO_##s(n), u = ROOT_OF_TWO_##s(-n);                                      \
        V##s b = t + u, low = (t - b) + u;                                                         \
        low = FMA_##s(t, WITH_TAIL_##s(K_##s(0), n), low);                                         \
        low = FMA_##s(u, WITH_TAIL_##s(K_##s(0), -n), low);                                        \
        low = FMA_##s(b, q * POLY_COSH_##s(q), low);                                               \
        low = FMA_##s(t - u, FMA_##s(r * q, POLY_SINH_##s(q), r), low);                            \
        V##s y = (b + low) * (c)0.5;                                                               \
        if (__builtin_expect(ALL_BELOW_##s(x, EXP_SAFE_##s), 1))                                   \
            return y;                                                                              \
        M##s safe = (M##s)(ABS_##s(x) < EXP_SAFE_##s);                                             \
        y = SEL_##s(safe, y, HALF_EXP_##s(x));                                                     \
        return SEL_##s(ISNAN_##s(x), x, y);                                                        \
    }

/* -- logarithms -- */

#define LOGARITHM_PARTS(s, c, i, u, nan)                                                           \
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
    }
#define LOGARITHM(NAME, name, s, c, i)                                                             \
    FN V##s NAME##_OF_##s(V##s x, const V##s *shift)                                               \
    {                                                                                              \
        V##i at;                                                                                   \
        V##s k, z = LOG_SPLIT_##s(x, &k, &at);                                                     \
        if (shift)                                                                                 \
            k += *shift;                                                                           \
        V##s r = FMA_##s(z, PICK16_##s(vmath_##name##_by_##s, at), K_##s(-1)), q = r * r;          \
        V##s w = WHOLE_##NAME(s, k, PICK16_##s(vmath_##name##_of_##s, at)); /* exact */            \
        V##s high = ONTO_##NAME(s, r, w), low = ONTO_##NAME(s, r, w - high);                       \
        return high + FMA_##s(q, POLY_##NAME##_##s(r, q), REST_##NAME(s, k, r, low));              \
    }                                                                                              \
    FN V##s NAME##_##s(V##s x)                                                                     \
    {                                                                                              \
        V##s shift;                                                                                \
        if (__builtin_expect(ALL_IN_##s(x, TINY_##s, (c)INFINITY), 1))                             \
            return NAME##_OF_##s(x, NULL);                                                         \
        V##s large = LOG_ENLARGE_##s(x, &shift);                                                   \
        return LOG_REPAIR_##s(NAME##_OF_##s(large, &shift), x);                                    \
    }
#define LOG1P(s, c, i)                                                                             \
    /* log(1 + x + more), more far less than x: log(y) with y = 1 + x rounded, and what the        \
     * rounding lost. */                                                                           \
    FN V##s LOG1P_OF_##s(V##s x, V##s more)                                                        \
    {                                                                                              \
        V##i at;                                                                                   \
        V##s y = x + 1, lost = (x - (y - 1)) + more, k;                                            \
        M##s usual = (M##s)(x > -1) & (M##s)(x < LOG1P_SAFE_##s);                                  \
        V##s z = LOG_SPLIT_##s(y, &k, &at), by = PICK16_##s(vmath_log_by_##s, at);                 \
        lost *= (V##s)((V##i)z - (V##i)y + ((E##i)BIAS_##s << MANTISSA_##s)); /* 2**-k */          \
        V##s r = FMA_##s(z, by, K_##s(-1)), q = r * r;                                             \
        V##s w = WHOLE_LOG(s, k, PICK16_##s(vmath_log_of_##s, at)), high = w + r;                  \
        V##s low = REST_LOG(s, k, r, (w - high) + r);                                              \
        low = FMA_##s(lost * by, 1 - r, low);                                                      \
        V##s v = COPYSIGN_##s(high + FMA_##s(q, POLY_LOG_##s(r, q), low), x);                      \
        if (__builtin_expect(ALL_##s(usual), 1))                                                   \
            return v;                                                                              \
        return SEL_##s(usual, v, LOG_##s(y));                                                      \
    }                                                                                              \
    FN V##s LOG1P_##s(V##s x)                                                                      \
    {                                                                                              \
        return LOG1P_OF_##s(x, K_##s(0));                                                          \
    }

#if HAVE4
EXPONENTIALS(f32, float, i32)
LOGARITHM_PARTS(f32, float, i32, u32, 0xffc00000u)
LOGARITHM(LOG, log, f32, float, i32)
LOGARITHM(LOG2, log2, f32, float, i32)
LOGARITHM(LOG10, log10, f32, float, i32)
LOG1P(f32, float, i32)
#endif
#if HAVE8
EXPONENTIALS(f64, double, i64)
LOGARITHM_PARTS(f64, double, i64, u64, 0xfff8000000000000u)
LOGARITHM(LOG, log, f64, double, i64)
LOGARITHM(LOG2, log2, f64, double, i64)
LOGARITHM(LOG10, log10, f64, double, i64)
LOG1P(f64, double, i64)
#endif

/* -- hyperbolic functions that differ by type: float32 is a polynomial near 0 -- */

#if HAVE8
/* With t = 2**(n/16), u = 1/t: 2 sinh(x) = (t - u) cosh(r) + (t + u) sinh(r). */
FN Vf64 SINH_f64(Vf64 x)
{
    Vi64 n;
    Vf64 r = EXP_SPLIT_f64(ABS_f64(x), &n), q = r * r;
    Vf64 t = ROOT_OF_TWO_f64(n), u = ROOT_OF_TWO_f64(-n), a = t - u, b = t + u;
    Vf64 low = (t - a) - u;
    low = FMA_f64(t, PICK16_f64(vmath_tail_f64, n), low);
    low = FMA_f64(-u, PICK16_f64(vmath_tail_f64, -n), low);
    low = FMA_f64(a, q * POLY_COSH_f64(q), low);
    Vf64 main = FMA_f64(b, r, a);
    low += FMA_f64(b, r, a - main);
    low = FMA_f64(b, r * q * POLY_SINH_f64(q), low);
    Vf64 y = COPYSIGN_f64((main + low) * 0.5, x);
    if (__builtin_expect(ALL_BELOW_f64(x, EXP_SAFE_f64), 1))
        return y;
    y = SEL_f64((Mf64)(ABS_f64(x) < EXP_SAFE_f64), y, COPYSIGN_f64(HALF_EXP_f64(x), x));
    return SEL_f64(ISNAN_f64(x), x, y);
}
/* m / (m + 2) with m = exp(2 |x|) - 1 in two parts, the quotient corrected once. */
FN Vf64 TANH_f64(Vf64 x)
{
    Vi64 n;
    Vf64 a = ABS_f64(x);
    a = SEL_f64((Mf64)(a < TANH_ENOUGH_f64), a, K_f64(TANH_ENOUGH_f64));
    Vf64 low, m = EXPM1_SUM_f64(a + a, &n, &low);
    Vf64 sum = m + low;
    low = (m - sum) + low;
    m = sum;
    Vf64 den = m + 2, den_low = (2 - den) + m + low, by = 1 / den, y = m * by;
    y = FMA_f64(FMA_f64(-y, den_low, FMA_f64(-y, den, m) + low), by, y);
    y = COPYSIGN_f64(y, x);
    if (__builtin_expect(ALL_BELOW_f64(x, (double)INFINITY), 1))
        return y;
    return SEL_f64(ISNAN_f64(x), x, y);
}
#endif
#if HAVE4
FN Vf32 SINH_f32(Vf32 x)
{
    Vi32 n;
    Vf32 a = ABS_f32(x), w = x * x;
    Vf32 near =
        POLY4(f32, w, w * w, 0x1.55554ap-3f, 0x1.11139p-7f, 0x1.9f5edp-13f, 0x1.876c9ap-19f);
    near = FMA_f32(x * w, near, x);
    Vf32 p = EXPM1_OF_REST_f32(EXP_SPLIT_f32(a, &n)), t = ROOT_OF_TWO_f32(n - 16);
    Vf32 less = 0.25f / FMA_f32(t, p, t), tail = PICK16_f32(vmath_tail_f32, n);
    Vf32 far = t + FMA_f32(t, p + tail, -less); /* exp(x) / 2 - exp(-x) / 2 */
    Vf32 y = SEL_f32((Mf32)(a < 1.6f), near, COPYSIGN_f32(far, x));
    if (__builtin_expect(ALL_BELOW_f32(x, EXP_SAFE_f32), 1))
        return y;
    y = SEL_f32((Mf32)(a < EXP_SAFE_f32), y, COPYSIGN_f32(HALF_EXP_f32(x), x));
    return SEL_f32(ISNAN_f32(x), x, y);
}
FN Vf32 TANH_f32(Vf32 x)
{
    Vi32 n;
    Vf32 a = ABS_f32(x), w = x * x;
    Vf32 near =
        FMA_f32(w * w, K_f32(-0x1.51d88cp-8f), POLY2(f32, w, -0x1.b6d22p-5f, 0x1.49827p-6f));
    near = FMA_f32(w * w, near, POLY2(f32, w, -0x1.5554fap-2f, 0x1.10fbap-3f));
    near = FMA_f32(x * w, near, x);
    a = SEL_f32((Mf32)(a < TANH_ENOUGH_f32), a, K_f32(TANH_ENOUGH_f32));
    Vf32 p = EXPM1_OF_REST_f32(EXP_SPLIT_f32(a + a, &n)), t = ROOT_OF_TWO_f32(n);
    Vf32 far = 1 - 2 / (FMA_f32(t, p, t) + 1);
    Vf32 y = SEL_f32((Mf32)(a < 0.7f), near, far);
    y = COPYSIGN_f32(y, x);
    if (__builtin_expect(ALL_BELOW_f32(x, (float)INFINITY), 1))
        return y;
    return SEL_f32(ISNAN_f32(x), x, y);
}
#endif

#if HAVE8

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
FN Vf64 POW_LOG_f64(Vf64 x, const Vf64 *shift, Vf64 *low)
{
    Vi64 at;
    Vf64 k, z = LOG_SPLIT_f64(x, &k, &at), by = PICK16_f64(vmath_log_by_f64, at);
    if (shift)
        k += *shift;
    Vf64 product = z * by, r_low = FMA_f64(z, by, NEG_f64(product)), r = product - 1;
    Vf64 w = FMA_f64(k, K_f64(LN2_f64), PICK16_f64(vmath_log_of_f64, at));
    Vf64 sum = w + r, low1 = (w - sum) + r, half = r * -0.5, square = r * half;
    Vf64 high = sum + square, low2 = FMA_f64(half, r, NEG_f64(square)),
         low3 = (sum - high) + square;
    Vf64 q = r * r, p = (q * r) * POLY_POW_LOG(r, q);
    Vf64 rest = FMA_f64(r_low, 1 - r + q, FMA_f64(k, K_f64(LN2_LOW_f64), low1));
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
/* For float32: the logarithm of x to base 2 in float64, to some 2**-31 of itself, and 2**e - 1. */
FN Vf64 POW_LOG2_f32(Vf64 x)
{
    Vi64 at;
    Vf64 k, z = LOG_SPLIT_f64(x, &k, &at);
    Vf64 r = FMA_f64(z, PICK16_f64(vmath_log2_by_f64, at), K_f64(-1)), q = r * r;
    Vf64 p = FMA_f64(q, K_f64(0x1.27077123ea371p-2),
                     POLY2(f64, r, 0x1.ec70b7e06443bp-2, -0x1.719e313f36cc9p-2));
    p = FMA_f64(q, p, POLY2(f64, r, 0x1.7154765295c6cp+0, -0x1.7154741cd2308p-1));
    return FMA_f64(r, p, k + PICK16_f64(vmath_log2_of_f64, at));
}
FN Vf64 POW_EXP2_f32(Vf64 e, Vi64 *n)
{
    Vf64 t = FMA_f64(e, K_f64(16), K_f64(MAGIC_f64)), r = FMA_f64(t - MAGIC_f64, K_f64(-0.0625), e);
    *n = (Vi64)t;
    return r * POLY3(f64, r, 0x1.62e42feb1d649p-1, 0x1.ebfff4907a207p-3, 0x1.c6b46a25d7527p-5);
}

/* What C and NumPy want where x is 0, infinite, negative or NaN, or y is infinite or NaN; r is
 * |x|**y. */
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
    Vf64 large = LOG_ENLARGE_f64(ax, &shift), l = POW_LOG_f64(large, &shift, &low);
    Vf64 e = y * l, e_low = FMA_f64(y, low, FMA_f64(y, l, NEG_f64(e)));
    Mf64 usual = (Mf64)(ABS_f64(e) < EXP_ENOUGH_f64);
    e = EXP_LIMIT_f64(SEL_f64(ISNAN_f64(e), (Vf64){0}, e));
    Vf64 p = POW_EXP_REST_f64(e, SEL_f64(usual, e_low, (Vf64){0}), &n);
    return POW_REPAIR_f64(EXP_JOIN_f64(n, p), x, y);
}
FN Vf64 POW_f64(Vf64 x, Vf64 y)
{
    Vi64 n;
    Vf64 low, l = POW_LOG_f64(x, NULL, &low), e = y * l;
    Vf64 p = POW_EXP_REST_f64(e, FMA_f64(y, low, FMA_f64(y, l, NEG_f64(e))), &n);
    Vf64 t = ROOT_OF_TWO_f64(n), r = FMA_f64(t, WITH_TAIL_f64(p, n), t);
    if (__builtin_expect(
            !ALL_IN_f64(x, TINY_f64, (double)INFINITY) || !ALL_BELOW_f64(e, EXP_SAFE_f64), 0)) {
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
    if (__builtin_expect(!ALL_IN_f64(a, 0x1p-149, (double)INFINITY) || !ALL_BELOW_f64(e, 150.0),
                         0)) {
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
