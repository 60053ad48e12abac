/* vmath_arc.h -- inverse functions of angles and of hyperbolic functions, cube roots, tangents; at
 * most 1.5 units in the last place off.  Local.
 *
 * As vmath_exp.h: vector text over the typed helpers, fma written out, equal bits at every width.
 * SLEEF_ names do the lanes that are not everyday numbers; a lane never depends on its neighbours.
 * Polynomials are minimax fits of the function that their comment names.
 */

/* (atan(r) - r) / r**3 of q = r**2, |r| <= 7/16 */
#define POLY_ATAN_f64(q, p, f)                                                                     \
    FMA_f64(                                                                                       \
        f,                                                                                         \
        FMA_f64(f,                                                                                 \
                POLY3(f64, q, -0x1.9c5e7d5ef72cap-5, 0x1.35cf099f19cc7p-5, -0x1.1f525232011a0p-6), \
                POLY4(f64, q, p, -0x1.745cff8a534dfp-4, 0x1.3b1163a0eabe0p-4,                      \
                      -0x1.10ed2bb8e21a8p-4, 0x1.df0ba7e2519eep-5)),                               \
        POLY4(f64, q, p, -0x1.5555555555554p-2, 0x1.99999999988c9p-3, -0x1.24924923b42c8p-3,       \
              0x1.c71c7137e6548p-4))
#define POLY_ATAN_f32(q, p, f)                                                                     \
    FMA_f32(f, K_f32(-0x1.fdd58cp-5f),                                                             \
            POLY4(f32, q, p, -0x1.555554p-2f, 0x1.99961ep-3f, -0x1.23fc02p-3f, 0x1.b51e88p-4f))
/* (asin(x) - x) / x**3 of q = x**2 <= 1/4 */
#define POLY_ASIN_f64(q, p, f)                                                                     \
    FMA_f64(f,                                                                                     \
            FMA_f64(f, K_f64(0x1.db23ca79ebdb7p-6),                                                \
                    FMA_f64(p, POLY2(f64, q, 0x1.20fe0febcc6eap-6, -0x1.f28fc18dafa83p-7),         \
                            POLY2(f64, q, 0x1.52f52549bda46p-7, 0x1.5fcc634046368p-8))) *          \
                    f +                                                                            \
                POLY4(f64, q, p, 0x1.6e8bb2ee6ace9p-6, 0x1.1c4d1b929c524p-6, 0x1.c9d1fe614c834p-7, \
                      0x1.780a1a2c94043p-7),                                                       \
            POLY4(f64, q, p, 0x1.5555555555556p-3, 0x1.3333333332e3fp-4, 0x1.6db6db6e3eedcp-5,     \
                  0x1.f1c71c1615c25p-6))
#define POLY_ASIN_f32(q, p, f)                                                                     \
    FMA_f32(f, POLY2(f32, q, 0x1.16a284p-6f, 0x1.15df62p-5f),                                      \
            POLY4(f32, q, p, 0x1.555554p-3f, 0x1.333448p-4f, 0x1.6d55fp-5f, 0x1.fe1002p-6f))
/* x**(-1/3) in [1, 2), to 2**-15 (2**-12) */
#define POLY_CBRT_f64(x, q)                                                                        \
    FMA_f64((q) * (q), K_f64(0x1.dc95d0ff4d397p-6),                                                \
            POLY4(f64, x, q, 0x1.ac187b5e41016p+0, -0x1.2de17155b42aep+0, 0x1.67760f1625414p-1,    \
                  -0x1.cb34feeecdf7cp-3))
#define POLY_CBRT_f32(x, q)                                                                        \
    POLY4(f32, x, q, 0x1.8b618ap+0f, -0x1.a17dbcp-1f, 0x1.49365ep-2f, -0x1.9fe456p-5f)
/* (sin(r) - r) / r**3, (cos(r) - 1 + q / 2) / q**2, (tan(r) - r) / r**3 of q = r**2, |r| <= pi/4 */
#define POLY_SIN_f32(q) POLY3(f32, q, -0x1.555552p-3f, 0x1.110c24p-7f, -0x1.9ac6e6p-13f)
#define POLY_COS_f32(q) POLY3(f32, q, 0x1.555554p-5f, -0x1.6c12cep-10f, 0x1.9bd648p-16f)
#define POLY_TAN_f32(q, p, f)                                                                      \
    FMA_f32(f, POLY3(f32, q, 0x1.4881eep-7f, 0x1.1e68a2p-10f, 0x1.fe6c5ap-9f),                     \
            POLY4(f32, q, p, 0x1.555556p-2f, 0x1.111074p-3f, 0x1.ba5876p-5f, 0x1.61eaaep-6f))
#define POLY_TAN_f64(q, p, f)                                                                      \
    FMA_f64(f,                                                                                     \
            FMA_f64(f,                                                                             \
                    FMA_f64(f,                                                                     \
                            POLY3(f64, q, 0x1.3bd17d82021f4p-15, -0x1.3d43700ffe887p-16,           \
                                  0x1.215637d0c33dcp-17),                                          \
                            POLY4(f64, q, p, 0x1.fa3bc076e89d9p-13, 0x1.7777aa377f9f1p-14,         \
                                  0x1.da1865ea5e540p-15, -0x1.9c1d27a9373cfp-17)),                 \
                    POLY4(f64, q, p, 0x1.226e368550036p-7, 0x1.d6d38d2921516p-9,                   \
                          0x1.7da873dd63efcp-10, 0x1.351604717dde1p-11)),                          \
            POLY4(f64, q, p, 0x1.5555555555555p-2, 0x1.1111111111083p-3, 0x1.ba1ba1ba2c22cp-5,     \
                  0x1.664f487cb98abp-6))

#define PI_2_f64     0x1.921fb54442d18p+0 /* pi / 2 in two parts */
#define PI_2_LOW_f64 0x1.1a62633145c07p-54
#define PI_2_f32     0x1.921fb6p+0f
#define PI_2_LOW_f32 -0x1.777a5cp-25f
/* and in three, the first two times an everyday quadrant exact */
#define QUARTER_f64      0x1.921fb544p+0
#define QUARTER_LOW_f64  0x1.0b4611a6p-34
#define QUARTER_REST_f64 0x1.3198a2e037073p-69
#define QUARTER_f32      0x1.921fp+0f
#define QUARTER_LOW_f32  0x1.6a88p-17f
#define QUARTER_REST_f32 0x1.0b4612p-34f
#define BY_QUARTER_f64   0x1.45f306dc9c883p-1
#define BY_QUARTER_f32   0x1.45f306p-1f
#define ANGLE_SAFE_f64   0x1p20 /* quadrants have 20 bits at most, 7 in float32 */
#define ANGLE_SAFE_f32   0x1p7f
#define ARC_LEAST_f64    0x1p-500 /* between these a quotient is an everyday number */
#define ARC_MOST_f64     0x1p500
#define ARC_LEAST_f32    0x1p-60f
#define ARC_MOST_f32     0x1p60f

#define ARCS(s, c, i, u, one)                                                                      \
    /* Interval of y / x for x, y >= 0 by its ends 7/16, 11/16, 19/16, 39/16, as 0 to 4. */        \
    FN V##i ARC_INTERVAL_##s(V##s y, V##s x)                                                       \
    {                                                                                              \
        return -((V##i)(y >= x * (c)0.4375) + (V##i)(y >= x * (c)0.6875) +                         \
                 (V##i)(y >= x * (c)1.1875) + (V##i)(y >= x * (c)2.4375));                         \
    }                                                                                              \
    /* tan of atan(y / x) less the arc `at`: 0, atan(1/2), atan(1), atan(3/2), pi/2. */            \
    FN V##s ARC_REST_##s(V##s y, V##s x, V##i at)                                                  \
    {                                                                                              \
        M##s last = (M##s)(at == 4);                                                               \
        V##s tangent = PICK16_##s(vmath_arc_tan_##s, at);                                          \
        V##s num = SEL_##s(last, NEG_##s(x), FMA_##s(NEG_##s(tangent), x, y));                     \
        return num / SEL_##s(last, y, FMA_##s(tangent, y, x));                                     \
    }                                                                                              \
    /* atan(r) - r, on top of `low` */                                                             \
    FN V##s ARC_OF_REST_##s(V##s r, V##s low)                                                      \
    {                                                                                              \
        V##s q = r * r, p = q * q, f = p * p;                                                      \
        return FMA_##s(q * r, POLY_ATAN_##s(q, p, f), low);                                        \
    }                                                                                              \
    FN V##s ATAN_##s(V##s x)                                                                       \
    {                                                                                              \
        V##s a = ABS_##s(x), one_ = K_##s(1);                                                      \
        V##i at = ARC_INTERVAL_##s(a, one_);                                                       \
        V##s r = ARC_REST_##s(a, one_, at);                                                        \
        r = r + ARC_OF_REST_##s(r, PICK16_##s(vmath_arc_low_##s, at));                             \
        return NAN1_##s(COPYSIGN_##s(PICK16_##s(vmath_arc_##s, at) + r, x), x);                    \
    }                                                                                              \
    FN V##s ATAN2_##s(V##s y, V##s x)                                                              \
    {                                                                                              \
        V##s a = ABS_##s(y), b = ABS_##s(x), sign = (V##s)((V##i)x & ~(V##i)b);                    \
        V##i at = ARC_INTERVAL_##s(a, b);                                                          \
        V##s r = ARC_REST_##s(a, b, at);                                                           \
        r = (V##s)((V##i)r ^ (V##i)sign);                                                          \
        at += (V##i)(x < 0) & 8;                                                                   \
        r = r + ARC_OF_REST_##s(r, PICK16_##s(vmath_arc_low_##s, at));                             \
        r = COPYSIGN_##s(PICK16_##s(vmath_arc_##s, at) + r, y);                                    \
        if (__builtin_expect(ALL_IN_##s(a, ARC_LEAST_##s, ARC_MOST_##s) &&                         \
                                 ALL_IN_##s(b, ARC_LEAST_##s, ARC_MOST_##s),                       \
                             1))                                                                   \
            return r;                                                                              \
        M##s usual = (M##s)(a >= ARC_LEAST_##s) & (M##s)(a < ARC_MOST_##s) &                       \
                     (M##s)(b >= ARC_LEAST_##s) & (M##s)(b < ARC_MOST_##s);                        \
        return SEL_##s(usual, r, SLEEF_ATAN2_##s(y, x));                                           \
    }                                                                                              \
    /* s + *low with asin(|x|) = s + *low where |x| < 1/2, else pi/2 less twice that. */           \
    FN V##s ARC_OF_SINE_##s(V##s a, M##s large, V##s *low)                                         \
    {                                                                                              \
        V##s w = (1 - a) * (c)0.5, root = SQRT_##s(w);                                             \
        V##s lost = FMA_##s(NEG_##s(root), root, w) / (root + root);                               \
        V##s x = SEL_##s(large, root, a), q = SEL_##s(large, w, a * a), p = q * q, f = p * p;      \
        lost = SEL_##s(large & (M##s)(w > 0), lost, (V##s){0});                                    \
        *low = FMA_##s(q * x, POLY_ASIN_##s(q, p, f), lost);                                       \
        return x;                                                                                  \
    }                                                                                              \
    FN V##s ASIN_##s(V##s x)                                                                       \
    {                                                                                              \
        V##s a = ABS_##s(x), low;                                                                  \
        M##s large = (M##s)(a >= (c)0.5);                                                          \
        V##s r = ARC_OF_SINE_##s(a, large, &low);                                                  \
        V##s y = PI_2_##s - (r + r), rest = (PI_2_##s - y) - (r + r);                              \
        y = y + (rest + (PI_2_LOW_##s - (low + low)));                                             \
        return NAN1_##s(COPYSIGN_##s(SEL_##s(large, y, r + low), x), x);                           \
    }                                                                                              \
    FN V##s ACOS_##s(V##s x)                                                                       \
    {                                                                                              \
        V##s a = ABS_##s(x), low;                                                                  \
        M##s large = (M##s)(a >= (c)0.5), negative = (M##s)(x < 0);                                \
        V##s r = ARC_OF_SINE_##s(a, large, &low);                                                  \
        r = SEL_##s(large, r + r, COPYSIGN_##s(r, x));                                             \
        low = SEL_##s(large, low + low, COPYSIGN_##s(low, x));                                     \
        V##s from = SEL_##s(large, K_##s(2 * PI_2_##s), K_##s(PI_2_##s));                          \
        V##s from_low = SEL_##s(large, K_##s(2 * PI_2_LOW_##s), K_##s(PI_2_LOW_##s));              \
        V##s y = from - r, rest = (from - y) - r;                                                  \
        y = y + (rest + (from_low - low));                                                         \
        return NAN1_##s(SEL_##s(large & ~negative, r + low, y), x);                                \
    }                                                                                              \
    FN V##s RAW_ASINH_##s(V##s x)                                                                  \
    {                                                                                              \
        V##s a = ABS_##s(x), w = a * a, q = w / (1 + SQRT_##s(w + 1));                             \
        V##s sum = a + q, low = (a - sum) + q;                                                     \
        return NAN1_##s(COPYSIGN_##s(LOG1P_OF_##s(sum, low), x), x);                               \
    }                                                                                              \
    FN V##s RAW_ACOSH_##s(V##s x)                                                                  \
    {                                                                                              \
        V##s t = x - 1, y = x + 1, y_low = (x - y) + 1;                                            \
        V##s w = t * y, w_low = FMA_##s(t, y_low, FMA_##s(t, y, NEG_##s(w)));                      \
        V##s root = SQRT_##s(SEL_##s((M##s)(t < 0), t, w));                                        \
        V##s rest = (FMA_##s(NEG_##s(root), root, w) + w_low) / (root + root);                     \
        rest = SEL_##s((M##s)(root > 0), rest, (V##s){0});                                         \
        V##s sum = root + t, low = ((root - sum) + t) + rest;                                      \
        return NAN1_##s(LOG1P_OF_##s(sum, low), x);                                                \
    }                                                                                              \
    FN V##s ATANH_##s(V##s x)                                                                      \
    {                                                                                              \
        V##s a = ABS_##s(x), d = 1 - a, d_low = (1 - d) - a, by = 1 / d, q = (a + a) * by;         \
        V##s low = FMA_##s(NEG_##s(q), d_low, FMA_##s(NEG_##s(q), d, a + a)) * by;                 \
        return NAN1_##s(COPYSIGN_##s(LOG1P_OF_##s(q, low) * (c)0.5, x), x);                        \
    }                                                                                              \
    /* |x| = 2**(3 k) m, m in [1, 8): y = m r**2 for r about m**(-1/3), then corrected once. */    \
    FN V##s CBRT_##s(V##s x)                                                                       \
    {                                                                                              \
        V##s a = ABS_##s(x);                                                                       \
        V##u shown = ((V##u)a >> MANTISSA_##s) | SHOW_BITS_##s;                                    \
        V##s e = (V##s)shown - (SHOW_##s + BIAS_##s);                                              \
        V##s m = (V##s)(((V##i)a & LOW_BITS_##s) | (E##i)one);                                     \
        V##s k = FLOOR_##s((e + (c)0.5) * (c)(1.0 / 3)), j = FMA_##s(k, K_##s(-3), e);             \
        M##s some = (M##s)(j > (c)0.5), more = (M##s)(j > (c)1.5);                                 \
        V##s scale = SEL_##s(more, K_##s((c)0x1.428a2f98d728bp-1),                                 \
                             SEL_##s(some, K_##s((c)0x1.965fea53d6e3dp-1), K_##s(1)));             \
        V##s r = POLY_CBRT_##s(m, m * m) * scale;                                                  \
        m *= SEL_##s(more, K_##s(4), SEL_##s(some, K_##s(2), K_##s(1)));                           \
        V##s h = FMA_##s(NEG_##s(m * r), r * r, K_##s(1));                                         \
        r = FMA_##s(r * h, FMA_##s(h, K_##s((c)(2.0 / 9)), K_##s((c)(1.0 / 3))), r);               \
        V##s y = m * r * r, w = y * y, w_low = FMA_##s(y, y, NEG_##s(w));                          \
        V##s over = FMA_##s(w, y, NEG_##s(m)) + w_low * y;                                         \
        y = FMA_##s(NEG_##s(over), r * r * (c)(1.0 / 3), y);                                       \
        V##i n = (V##i)(k + MAGIC_##s) - MAGIC_BITS_##s;                                           \
        y = COPYSIGN_##s(y * TWO_TO_THE_##s(n), x);                                                \
        if (__builtin_expect(ALL_IN_##s(a, TINY_##s, (c)INFINITY), 1))                             \
            return y;                                                                              \
        M##s usual = (M##s)(a >= TINY_##s) & (M##s)(a < (c)INFINITY);                              \
        return SEL_##s(usual, y, SLEEF_CBRT_##s(x));                                               \
    }                                                                                              \
    /* x = n pi/2 + r + *low for |x| < ANGLE_SAFE; n in the low bits of *n. */                     \
    FN V##s ANGLE_REST_##s(V##s x, V##i *n, V##s *low)                                             \
    {                                                                                              \
        V##s t = FMA_##s(x, K_##s(BY_QUARTER_##s), K_##s(MAGIC_##s)), k = t - MAGIC_##s;           \
        V##s first = FMA_##s(k, K_##s(-QUARTER_##s), x), w = k * QUARTER_LOW_##s; /* exact */      \
        V##s r = first - w, back = first - r;                                                      \
        V##s lost = (first - (r + back)) + (back - w);                                             \
        lost = FMA_##s(k, K_##s(-QUARTER_REST_##s), lost);                                         \
        V##s y = r + lost;                                                                         \
        *low = (r - y) + lost;                                                                     \
        *n = (V##i)t;                                                                              \
        return y;                                                                                  \
    }                                                                                              \
    FN V##s TAN_##s(V##s x)                                                                        \
    {                                                                                              \
        V##i n;                                                                                    \
        V##s low, r = ANGLE_REST_##s(x, &n, &low), q = r * r, p = q * q, f = p * p;                \
        V##s t = FMA_##s(q * r, POLY_TAN_##s(q, p, f), FMA_##s(low, q, low));                      \
        V##s y = r + t, y_low = (r - y) + t, by = -1 / y;                                          \
        V##s turned = FMA_##s(by, FMA_##s(by, y_low, FMA_##s(by, y, K_##s(1))), by);               \
        y = SEL_##s((M##s)((n & 1) != 0), turned, y);                                              \
        y = SEL_##s((M##s)(x == 0), x, y);                                                         \
        if (__builtin_expect(ALL_BELOW_##s(x, ANGLE_SAFE_##s), 1))                                 \
            return y;                                                                              \
        return SEL_##s((M##s)(ABS_##s(x) < ANGLE_SAFE_##s), y, SLEEF_TAN_##s(x));                  \
    }

#if HAVE4
ARCS(f32, float, i32, u32, 0x3f800000)

/* sin(r + low) or cos(r + low) for n even or odd, negative for n & 2 */
FN Vf32 SINE_OF_REST_f32(Vf32 r, Vf32 low, Vi32 n)
{
    Vf32 q = r * r, half = q * 0.5f, sine = FMA_f32(q * r, POLY_SIN_f32(q), low) + r;
    Vf32 w = 1 - half, lost = (1 - w) - half;
    Vf32 cosine = w + FMA_f32(q * q, POLY_COS_f32(q), FMA_f32(-r, low, lost));
    Vf32 y = SEL_f32((Mf32)((n & 1) != 0), cosine, sine);
    return (Vf32)((Vi32)y ^ ((n & 2) << 30));
}
FN Vf32 SIN_f32(Vf32 x)
{
    Vi32 n;
    Vf32 low, r = ANGLE_REST_f32(x, &n, &low), y = SINE_OF_REST_f32(r, low, n);
    y = SEL_f32((Mf32)(x == 0), x, y);
    if (__builtin_expect(ALL_BELOW_f32(x, ANGLE_SAFE_f32), 1))
        return y;
    return SEL_f32((Mf32)(ABS_f32(x) < ANGLE_SAFE_f32), y, SLEEF_SIN_f32(x));
}
FN Vf32 COS_f32(Vf32 x)
{
    Vi32 n;
    Vf32 low, r = ANGLE_REST_f32(x, &n, &low), y = SINE_OF_REST_f32(r, low, n + 1);
    if (__builtin_expect(ALL_BELOW_f32(x, ANGLE_SAFE_f32), 1))
        return y;
    return SEL_f32((Mf32)(ABS_f32(x) < ANGLE_SAFE_f32), y, SLEEF_COS_f32(x));
}
#endif
#if HAVE8
ARCS(f64, double, i64, u64, 0x3ff0000000000000)
FN Vf64 SIN_f64(Vf64 x)
{
    return SLEEF_SIN_f64(x);
}
FN Vf64 COS_f64(Vf64 x)
{
    return SLEEF_COS_f64(x);
}
#endif
