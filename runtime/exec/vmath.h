/* vmath.h -- mathematical functions: vectors of our own and SLEEF's, and functions of one element.
 * Local.
 *
 * With LANES defined (emitted text, through prelude.h) this gives the vector helpers EXP_f64,
 * POW_f32, ...: vmath_exp.h, vmath_arc.h and for the rest (hypot, sin and cos of float64, lanes out
 * of the ordinary) SLEEF's `finz` family.  Their bits are the same at every width, so AVX2, AVX-512
 * and a single element agree.  Without it, the functions that mapped loops call, M_<OP>_<type>(x,
 * y, flags): integer division of 64 bits, complex functions (libm's, as the oracle's), and what
 * works on a number's representation.
 */
#ifdef LANES

/* A NaN that an operand brings stays as it is; one that is made is the processor's, with the sign
 * set. */
#define VMATH_NAN(s, i, bits)                                                                      \
    FN V##s NAN1_##s(V##s r, V##s x)                                                               \
    {                                                                                              \
        M##s nan = ISNAN_##s(r);                                                                   \
        if (ANY_##s(nan))                                                                          \
            r = SEL_##s(nan, SEL_##s(ISNAN_##s(x), x, (V##s)K_##i((E##i)bits)), r);                \
        return r;                                                                                  \
    }                                                                                              \
    FN V##s NAN2_##s(V##s r, V##s x, V##s y)                                                       \
    {                                                                                              \
        return NAN1_##s(r, SEL_##s(ISNAN_##s(x), x, y));                                           \
    }

/* SLEEF's functions, declared here: emitted text needs its library and no header of it. */
#define VM1(NAME, name, u)                                                                         \
    RawPD SLEEF64(name, u)(RawPD) __attribute__((const));                                          \
    FN Vf64 NAME##_f64(Vf64 x)                                                                     \
    {                                                                                              \
        return NAN1_f64((Vf64)SLEEF64(name, u)((RawPD)x), x);                                      \
    }
#define VM1F(NAME, name, u)                                                                        \
    RawPS SLEEF32(name, u)(RawPS) __attribute__((const));                                          \
    FN Vf32 NAME##_f32(Vf32 x)                                                                     \
    {                                                                                              \
        return NAN1_f32((Vf32)SLEEF32(name, u)((RawPS)x), x);                                      \
    }
#define VM2(NAME, name, u)                                                                         \
    RawPD SLEEF64(name, u)(RawPD, RawPD) __attribute__((const));                                   \
    FN Vf64 NAME##_f64(Vf64 x, Vf64 y)                                                             \
    {                                                                                              \
        return NAN2_f64((Vf64)SLEEF64(name, u)((RawPD)x, (RawPD)y), x, y);                         \
    }
#define VM2F(NAME, name, u)                                                                        \
    RawPS SLEEF32(name, u)(RawPS, RawPS) __attribute__((const));                                   \
    FN Vf32 NAME##_f32(Vf32 x, Vf32 y)                                                             \
    {                                                                                              \
        return NAN2_f32((Vf32)SLEEF32(name, u)((RawPS)x, (RawPS)y), x, y);                         \
    }

/* The functions as SLEEF has them; vmath_arc.h uses them for lanes that are no everyday numbers. */
#define SLEEF_UNARY(M)                                                                             \
    M(SLEEF_SIN, sin, u10)                                                                         \
    M(SLEEF_COS, cos, u10)                                                                         \
    M(SLEEF_TAN, tan, u10)                                                                         \
    M(SLEEF_CBRT, cbrt, u10)
#define SLEEF_BINARY(M)                                                                            \
    M(SLEEF_ATAN2, atan2, u10)                                                                     \
    M(HYPOT, hypot, u05)

#define VMATH_OF(s, c, tiny, huge)                                                                 \
    FN V##s ASINH_##s(V##s x)                                                                      \
    {                                                                                              \
        V##s r = RAW_ASINH_##s(x);                                                                 \
        M##s large = (M##s)(ABS_##s(x) > (c)huge);                                                 \
        if (ANY_##s(large)) {                                                                      \
            V##s e = LOG_##s(ABS_##s(x)) + (c)0.693147180559945309417232121458176568;              \
            r = SEL_##s(large, COPYSIGN_##s(e, x), r);                                             \
        }                                                                                          \
        return r;                                                                                  \
    }                                                                                              \
    FN V##s ACOSH_##s(V##s x)                                                                      \
    {                                                                                              \
        V##s r = RAW_ACOSH_##s(x);                                                                 \
        M##s large = (M##s)(x > (c)huge);                                                          \
        if (ANY_##s(large)) {                                                                      \
            V##s e = LOG_##s(ABS_##s(x)) + (c)0.693147180559945309417232121458176568;              \
            r = SEL_##s(large, e, r);                                                              \
        }                                                                                          \
        return r;                                                                                  \
    }                                                                                              \
    FN V##s LOGADDEXP_##s(V##s x, V##s y)                                                          \
    {                                                                                              \
        M##s less = (M##s)(x < y);                                                                 \
        V##s big = SEL_##s(less, y, x), d = SEL_##s(less, x - y, y - x);                           \
        V##s r = big + LOG1P_##s(EXP_##s(d));                                                      \
        r = SEL_##s((M##s)(x == y), x + (c)0.693147180559945309417232121458176568, r);             \
        return SEL_##s(ISNAN_##s(x) | ISNAN_##s(y), ADD_##s(x, y), r);                             \
    }                                                                                              \
    FN V##s LOGADDEXP2_##s(V##s x, V##s y)                                                         \
    {                                                                                              \
        M##s less = (M##s)(x < y);                                                                 \
        V##s big = SEL_##s(less, y, x), d = SEL_##s(less, x - y, y - x);                           \
        V##s r = big + LOG1P_##s(EXP2_##s(d)) * (c)1.442695040888963407359924681001892137;         \
        r = SEL_##s((M##s)(x == y), x + 1, r);                                                     \
        return SEL_##s(ISNAN_##s(x) | ISNAN_##s(y), ADD_##s(x, y), r);                             \
    }

#if HAVE4
VMATH_NAN(f32, i32, 0xffc00000u)
SLEEF_UNARY(VM1F)
SLEEF_BINARY(VM2F)
#endif
#if HAVE8
VMATH_NAN(f64, i64, 0xfff8000000000000u)
SLEEF_UNARY(VM1)
SLEEF_BINARY(VM2)
#endif

#include "runtime/exec/vmath_exp.h"

#include "runtime/exec/vmath_arc.h"

#if HAVE4
VMATH_OF(f32, float, 0x1p-126f, 0x1p30f)
#endif
#if HAVE8
VMATH_OF(f64, double, 0x1p-1022, 0x1p60)
#endif

#else /* functions of one element */

#ifndef RUNTIME_EXEC_VMATH_H
#define RUNTIME_EXEC_VMATH_H

#include "runtime/dtype.h"

/* NumPy's rules for integers of 64 bits: x // 0 = x % 0 = 0 with FLAG_DIVIDE, MIN // -1 = MIN with
 * FLAG_OVERFLOW. */
static inline int64_t M_FLOOR_DIVIDE_i64(int64_t x, int64_t y, int *flags)
{
    if (y == 0) {
        *flags |= FLAG_DIVIDE;
        return 0;
    }
    if (y == -1) {
        *flags |= x == INT64_MIN ? FLAG_OVERFLOW : 0;
        return (int64_t)(0 - (uint64_t)x);
    }
    int64_t q = x / y;
    return q - (q * y != x && (x < 0) != (y < 0));
}
static inline uint64_t M_FLOOR_DIVIDE_u64(uint64_t x, uint64_t y, int *flags)
{
    *flags |= y == 0 ? FLAG_DIVIDE : 0;
    return y ? x / y : 0;
}
static inline int64_t M_FMOD_i64(int64_t x, int64_t y, int *flags)
{
    *flags |= y == 0 ? FLAG_DIVIDE : 0;
    return y == 0 || y == -1 ? 0 : x % y;
}
static inline uint64_t M_FMOD_u64(uint64_t x, uint64_t y, int *flags)
{
    *flags |= y == 0 ? FLAG_DIVIDE : 0;
    return y ? x % y : 0;
}
static inline int64_t M_REMAINDER_i64(int64_t x, int64_t y, int *flags)
{
    int64_t r = M_FMOD_i64(x, y, flags);
    return r && (r < 0) != (y < 0) ? r + y : r;
}
static inline uint64_t M_REMAINDER_u64(uint64_t x, uint64_t y, int *flags)
{
    return M_FMOD_u64(x, y, flags);
}

uint64_t vmath_gcd(uint64_t x, uint64_t y);

/* gcd and lcm of magnitudes, cut to the type. */
static inline uint64_t vmath_magnitude(int64_t x)
{
    return x < 0 ? 0 - (uint64_t)x : (uint64_t)x;
}
static inline uint64_t vmath_lcm(uint64_t x, uint64_t y)
{
    uint64_t g = vmath_gcd(x, y);
    return g ? x / g * y : 0;
}
#define VMATH_GCD(s, c, magnitude)                                                                 \
    static inline c M_GCD_##s(c x, c y, int *flags)                                                \
    {                                                                                              \
        return (c)vmath_gcd(magnitude(x), magnitude(y));                                           \
    }                                                                                              \
    static inline c M_LCM_##s(c x, c y, int *flags)                                                \
    {                                                                                              \
        return (c)vmath_lcm(magnitude(x), magnitude(y));                                           \
    }
VMATH_GCD(i8, int8_t, vmath_magnitude)
VMATH_GCD(u8, uint8_t, )
VMATH_GCD(i16, int16_t, vmath_magnitude)
VMATH_GCD(u16, uint16_t, )
VMATH_GCD(i32, int32_t, vmath_magnitude)
VMATH_GCD(u32, uint32_t, )
VMATH_GCD(i64, int64_t, vmath_magnitude)
VMATH_GCD(u64, uint64_t, )
#undef VMATH_GCD

double M_NEXTAFTER_f64(double x, double y, int *flags);
float M_NEXTAFTER_f32(float x, float y, int *flags);
double M_SPACING_f64(double x, int *flags);
float M_SPACING_f32(float x, int *flags);
double M_LDEXP_f64(double x, int32_t n, int *flags);
float M_LDEXP_f32(float x, int32_t n, int *flags);
double M_LDEXP_L_f64(double x, int64_t n, int *flags);
float M_LDEXP_L_f32(float x, int64_t n, int *flags);

/* Complex functions of one element. */
/* clang-format off */
#define VMATH_COMPLEX(M)                                                                           \
    M(SIGN) M(SQRT) M(EXP) M(EXP2) M(EXPM1) M(LOG) M(LOG2) M(LOG10) M(LOG1P) M(SIN) M(COS) M(TAN)   \
    M(ARCSIN) M(ARCCOS) M(ARCTAN) M(SINH) M(COSH) M(TANH) M(ARCSINH) M(ARCCOSH) M(ARCTANH)
/* clang-format on */
#define VMATH_DECLARE(NAME)                                                                        \
    Complex64 M_##NAME##_c64(Complex64 x, int *flags);                                             \
    Complex128 M_##NAME##_c128(Complex128 x, int *flags);
VMATH_COMPLEX(VMATH_DECLARE)
#undef VMATH_DECLARE
/* NumPy's complex power: small integer exponents by multiplication, else cpow. */
Complex64 M_POWER_c64(Complex64 x, Complex64 y, int *flags);
Complex128 M_POWER_c128(Complex128 x, Complex128 y, int *flags);
Complex128 M_FLOAT_POWER_c128(Complex128 x, Complex128 y, int *flags);

#endif
#endif
