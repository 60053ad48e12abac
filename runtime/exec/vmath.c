/* vmath.c -- functions of one element: complex functions as libm has them, greatest common
 * divisors, neighbours of floating-point numbers.  Local.
 *
 * NumPy's complex loops call libm; where it composes (exp2, log2, log10, expm1, log1p, power) the
 * same composition is made here.  Conditions are the processor's, raised by libm and by the
 * arithmetic.
 */
#include "runtime/exec/vmath.h"

#include <complex.h>
#include <math.h>

uint64_t vmath_gcd(uint64_t x, uint64_t y)
{
    while (y) {
        uint64_t r = x % y;
        x = y;
        y = r;
    }
    return x;
}

double M_NEXTAFTER_f64(double x, double y, int *flags)
{
    return nextafter(x, y);
}

float M_NEXTAFTER_f32(float x, float y, int *flags)
{
    return nextafterf(x, y);
}

double M_SPACING_f64(double x, int *flags)
{
    if (isinf(x))
        return (double)NAN;
    if (x == 0)
        return 0x1p-1074;
    return isnan(x) ? x : nextafter(x, copysign((double)INFINITY, x)) - x;
}

float M_SPACING_f32(float x, int *flags)
{
    if (isinf(x))
        return NAN;
    if (x == 0)
        return 0x1p-149f;
    return isnan(x) ? x : nextafterf(x, copysignf(INFINITY, x)) - x;
}

double M_LDEXP_f64(double x, int32_t n, int *flags)
{
    return ldexp(x, n);
}

float M_LDEXP_f32(float x, int32_t n, int *flags)
{
    return ldexpf(x, n);
}

static int clamp_exponent(int64_t n)
{
    return n > INT32_MAX ? INT32_MAX : n < INT32_MIN ? INT32_MIN : (int)n;
}

double M_LDEXP_L_f64(double x, int64_t n, int *flags)
{
    return ldexp(x, clamp_exponent(n));
}

float M_LDEXP_L_f32(float x, int64_t n, int *flags)
{
    return ldexpf(x, clamp_exponent(n));
}

#define LN2    0.693147180559945309417232121458176568
#define LOG2E  1.442695040888963407359924681001892137
#define LOG10E 0.434294481903251827651128918916605082

/* Everything twice, for float and double: C is the struct, Z C's complex type, R the real type, f
 * libm's suffix. */
#define COMPLEX_FUNCTIONS(s, C, Z, R, f, MAKE)                                                     \
    static Z z_##s(C x)                                                                            \
    {                                                                                              \
        return MAKE(x.re, x.im);                                                                   \
    }                                                                                              \
    static C c_##s(Z x)                                                                            \
    {                                                                                              \
        return (C){creal##f(x), cimag##f(x)};                                                      \
    }                                                                                              \
    static C scaled_##s(C x, R by)                                                                 \
    {                                                                                              \
        return (C){x.re * by, x.im * by};                                                          \
    }                                                                                              \
    /* x / |x|; an infinite part alone decides, even beside a NaN */                               \
    C M_SIGN_##s(C x, int *flags)                                                                  \
    {                                                                                              \
        R d = hypot##f(x.re, x.im);                                                                \
        if (isnan(d) || (isinf(x.re) && isinf(x.im)))                                              \
            return (C){(R)NAN, (R)NAN};                                                            \
        if (isinf(d))                                                                              \
            return isinf(x.re) ? (C){copysign##f(1, x.re), 0} : (C){0, copysign##f(1, x.im)};      \
        return d == 0 ? (C){0, 0} : (C){x.re / d, x.im / d};                                       \
    }                                                                                              \
    C M_SQRT_##s(C x, int *flags)                                                                  \
    {                                                                                              \
        return c_##s(csqrt##f(z_##s(x)));                                                          \
    }                                                                                              \
    C M_EXP_##s(C x, int *flags)                                                                   \
    {                                                                                              \
        return c_##s(cexp##f(z_##s(x)));                                                           \
    }                                                                                              \
    C M_EXP2_##s(C x, int *flags)                                                                  \
    {                                                                                              \
        return c_##s(cexp##f(z_##s(scaled_##s(x, (R)LN2))));                                       \
    }                                                                                              \
    C M_EXPM1_##s(C x, int *flags)                                                                 \
    {                                                                                              \
        R a = sin##f(x.im / 2);                                                                    \
        return (C){expm1##f(x.re) * cos##f(x.im) - 2 * a * a, exp##f(x.re) * sin##f(x.im)};        \
    }                                                                                              \
    C M_LOG_##s(C x, int *flags)                                                                   \
    {                                                                                              \
        return c_##s(clog##f(z_##s(x)));                                                           \
    }                                                                                              \
    C M_LOG2_##s(C x, int *flags)                                                                  \
    {                                                                                              \
        return scaled_##s(M_LOG_##s(x, flags), (R)LOG2E);                                          \
    }                                                                                              \
    C M_LOG10_##s(C x, int *flags)                                                                 \
    {                                                                                              \
        return scaled_##s(M_LOG_##s(x, flags), (R)LOG10E);                                         \
    }                                                                                              \
    C M_LOG1P_##s(C x, int *flags)                                                                 \
    {                                                                                              \
        R l = hypot##f(x.re + 1, x.im);                                                            \
        return (C){log##f(l), atan2##f(x.im, x.re + 1)};                                           \
    }                                                                                              \
    C M_SIN_##s(C x, int *flags)                                                                   \
    {                                                                                              \
        return c_##s(csin##f(z_##s(x)));                                                           \
    }                                                                                              \
    C M_COS_##s(C x, int *flags)                                                                   \
    {                                                                                              \
        return c_##s(ccos##f(z_##s(x)));                                                           \
    }                                                                                              \
    C M_TAN_##s(C x, int *flags)                                                                   \
    {                                                                                              \
        return c_##s(ctan##f(z_##s(x)));                                                           \
    }                                                                                              \
    C M_ARCSIN_##s(C x, int *flags)                                                                \
    {                                                                                              \
        return c_##s(casin##f(z_##s(x)));                                                          \
    }                                                                                              \
    C M_ARCCOS_##s(C x, int *flags)                                                                \
    {                                                                                              \
        return c_##s(cacos##f(z_##s(x)));                                                          \
    }                                                                                              \
    C M_ARCTAN_##s(C x, int *flags)                                                                \
    {                                                                                              \
        return c_##s(catan##f(z_##s(x)));                                                          \
    }                                                                                              \
    C M_SINH_##s(C x, int *flags)                                                                  \
    {                                                                                              \
        return c_##s(csinh##f(z_##s(x)));                                                          \
    }                                                                                              \
    C M_COSH_##s(C x, int *flags)                                                                  \
    {                                                                                              \
        return c_##s(ccosh##f(z_##s(x)));                                                          \
    }                                                                                              \
    C M_TANH_##s(C x, int *flags)                                                                  \
    {                                                                                              \
        return c_##s(ctanh##f(z_##s(x)));                                                          \
    }                                                                                              \
    C M_ARCSINH_##s(C x, int *flags)                                                               \
    {                                                                                              \
        return c_##s(casinh##f(z_##s(x)));                                                         \
    }                                                                                              \
    C M_ARCCOSH_##s(C x, int *flags)                                                               \
    {                                                                                              \
        return c_##s(cacosh##f(z_##s(x)));                                                         \
    }                                                                                              \
    C M_ARCTANH_##s(C x, int *flags)                                                               \
    {                                                                                              \
        return c_##s(catanh##f(z_##s(x)));                                                         \
    }                                                                                              \
    static C product_##s(C x, C y)                                                                 \
    {                                                                                              \
        return (C){x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re};                          \
    }                                                                                              \
    static C reciprocal_##s(C x)                                                                   \
    {                                                                                              \
        if (x.re == 0 && x.im == 0)                                                                \
            return (C){1 / fabs##f(x.re), 0 / fabs##f(x.re)};                                      \
        if (fabs##f(x.im) <= fabs##f(x.re)) {                                                      \
            R ratio = x.im / x.re, d = 1 / (x.re + x.im * ratio);                                  \
            return (C){(1 + 0 * ratio) * d, (0 - ratio) * d};                                      \
        }                                                                                          \
        R ratio = x.re / x.im, d = 1 / (x.im + x.re * ratio);                                      \
        return (C){(1 * ratio + 0) * d, (0 * ratio - 1) * d};                                      \
    }                                                                                              \
    /* x to the n, 1 <= n < 100, in NumPy's order of products */                                   \
    static C integer_power_##s(C x, int n)                                                         \
    {                                                                                              \
        C r = {1, 0};                                                                              \
        for (int mask = 1;; x = product_##s(x, x)) {                                               \
            if (n & mask)                                                                          \
                r = product_##s(r, x);                                                             \
            mask <<= 1;                                                                            \
            if (n < mask || mask <= 0)                                                             \
                return r;                                                                          \
        }                                                                                          \
    }                                                                                              \
    C M_POWER_##s(C x, C y, int *flags)                                                            \
    {                                                                                              \
        if (y.re == 0 && y.im == 0)                                                                \
            return (C){1, 0};                                                                      \
        if (x.re == 0 && x.im == 0) {                                                              \
            if (y.re > 0)                                                                          \
                return (C){0, 0};                                                                  \
            *flags |= FLAG_INVALID;                                                                \
            return (C){(R)NAN, (R)NAN};                                                            \
        }                                                                                          \
        if (y.im == 0 && y.re > -100 && y.re < 100 && y.re == (R)(int)y.re) {                      \
            int n = (int)y.re;                                                                     \
            if (n == 1)                                                                            \
                return x;                                                                          \
            if (n == 2)                                                                            \
                return product_##s(x, x);                                                          \
            if (n == 3)                                                                            \
                return product_##s(x, product_##s(x, x));                                          \
            C r = integer_power_##s(x, n < 0 ? -n : n);                                            \
            return n < 0 ? reciprocal_##s(r) : r;                                                  \
        }                                                                                          \
        return c_##s(cpow##f(z_##s(x), z_##s(y)));                                                 \
    }

COMPLEX_FUNCTIONS(c64, Complex64, float complex, float, f, CMPLXF)
COMPLEX_FUNCTIONS(c128, Complex128, double complex, double, , CMPLX)

Complex128 M_FLOAT_POWER_c128(Complex128 x, Complex128 y, int *flags)
{
    return M_POWER_c128(x, y, flags);
}
