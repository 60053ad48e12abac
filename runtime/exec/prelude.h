/* prelude.h -- what emitted kernels are written in: typed helpers over GNU vectors of LANES
 * elements.  Local.
 *
 * Included by emitted text after `#define LANES n`.  The one header that depends on the instruction
 * set is prelude_avx2.h or prelude_avx512.h; all else is here, once.  LANES is the vector's bytes
 * over the widest element in the kernel, so every variable of a kernel has as many lanes and no
 * helper mixes lanes.
 *
 * Types: Vf64, Vi32, ... vectors; Vb8 bool as 0 and 1; Vc128 = {re, im}.  A mask for type t is the
 * signed integer vector of its width (Mf64 = Vi64), lanes all ones or zero.  Helpers are
 * NAME_<type>.
 *
 * Invariant: in a row's last, short vector the lanes past the end repeat lane 0, so nothing a
 * helper does there can raise a floating-point condition that a real element does not raise.
 */
#ifndef RUNTIME_EXEC_PRELUDE_H
#define RUNTIME_EXEC_PRELUDE_H

#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#define FN static inline __attribute__((always_inline, unused))

#ifdef __AVX512F__
#define VBYTES 64
#else
#define VBYTES 32
#endif
#define HAVE8 (LANES * 8 <= VBYTES)
#define HAVE4 (LANES * 4 <= VBYTES)
#define HAVE2 (LANES * 2 <= VBYTES)

#define VECTOR(s, c, mask)                                                                         \
    typedef c V##s __attribute__((vector_size(LANES * sizeof(c))));                                \
    typedef c E##s;
VECTOR(i8, int8_t, i8)
VECTOR(u8, uint8_t, i8)
typedef Vu8 Vb8;
typedef Vi8 Mi8, Mu8, Mb8;
typedef uint8_t Eb8;
#if HAVE2
VECTOR(i16, int16_t, i16)
VECTOR(u16, uint16_t, i16)
typedef Vi16 Mi16, Mu16;
#endif
#if HAVE4
VECTOR(i32, int32_t, i32)
VECTOR(u32, uint32_t, i32)
VECTOR(f32, float, i32)
typedef Vi32 Mi32, Mu32, Mf32, Mc64;
typedef struct {
    Vf32 re, im;
} Vc64;
#endif
#if HAVE8
VECTOR(i64, int64_t, i64)
VECTOR(u64, uint64_t, i64)
VECTOR(f64, double, i64)
typedef Vi64 Mi64, Mu64, Mf64, Mc128;
typedef struct {
    Vf64 re, im;
} Vc128;
#endif

enum { F_DIVIDE = 1, F_OVERFLOW = 2, F_UNDERFLOW = 4, F_INVALID = 8, F_NEGATIVE_POWER = 16 };

#ifdef __AVX512F__
#include "runtime/exec/prelude_avx512.h"
#else
#include "runtime/exec/prelude_avx2.h"
#endif

/* A helper of one line, giving a vector or a mask. */
#define UNARY(NAME, s, expr)                                                                       \
    FN V##s NAME##_##s(V##s x)                                                                     \
    {                                                                                              \
        return expr;                                                                               \
    }
#define BINARY(NAME, s, expr)                                                                      \
    FN V##s NAME##_##s(V##s x, V##s y)                                                             \
    {                                                                                              \
        return expr;                                                                               \
    }
#define TEST(NAME, s, expr)                                                                        \
    FN M##s NAME##_##s(V##s x)                                                                     \
    {                                                                                              \
        return expr;                                                                               \
    }
#define RELATION(NAME, s, expr)                                                                    \
    FN M##s NAME##_##s(V##s x, V##s y)                                                             \
    {                                                                                              \
        return expr;                                                                               \
    }

/* ---- every type: load, store, constants, selection ---- */

#define EVERY(s, c, size, i)                                                                       \
    FN V##s LD_##s(const void *p)                                                                  \
    {                                                                                              \
        V##s v;                                                                                    \
        memcpy(&v, p, sizeof v);                                                                   \
        return v;                                                                                  \
    }                                                                                              \
    FN void ST_##s(void *p, V##s v)                                                                \
    {                                                                                              \
        memcpy(p, &v, sizeof v);                                                                   \
    }                                                                                              \
    FN V##s LDT_##s(const void *p, int64_t n)                                                      \
    {                                                                                              \
        V##i first = {0};                                                                          \
        E##i e;                                                                                    \
        memcpy(&e, p, sizeof e);                                                                   \
        return (V##s)tail_load##size(p, n, first + e);                                             \
    }                                                                                              \
    FN V##s LDF_##s(const void *p) /* the one element, in all lanes */                             \
    {                                                                                              \
        V##i first = {0};                                                                          \
        E##i e;                                                                                    \
        memcpy(&e, p, sizeof e);                                                                   \
        return (V##s)(first + e);                                                                  \
    }                                                                                              \
    FN void STT_##s(void *p, int64_t n, V##s v)                                                    \
    {                                                                                              \
        tail_store##size(p, n, (V##i)v);                                                           \
    }                                                                                              \
    /* v, and the compiler knows nothing of it: neither left out nor joined with others */         \
    FN V##s KEEP_##s(V##s v)                                                                       \
    {                                                                                              \
        if (sizeof v >= 16)                                                                        \
            __asm__ volatile("" : "+v"(v));                                                        \
        else                                                                                       \
            __asm__ volatile("" : "+m"(v));                                                        \
        return v;                                                                                  \
    }                                                                                              \
    FN V##s K_##s(c x)                                                                             \
    {                                                                                              \
        return x - (V##s){0}; /* -0.0 stays */                                                     \
    }                                                                                              \
    FN V##s SEL_##s(M##s m, V##s a, V##s b)                                                        \
    {                                                                                              \
        return (V##s)((m & (V##i)a) | (~m & (V##i)b));                                             \
    }                                                                                              \
    UNARY(COPY, s, x)                                                                              \
    UNARY(CONJ, s, x)                                                                              \
    RELATION(EQ, s, (M##s)(x == y))                                                                \
    RELATION(NE, s, (M##s)(x != y))                                                                \
    RELATION(LT, s, (M##s)(x < y))                                                                 \
    RELATION(LE, s, (M##s)(x <= y))                                                                \
    TEST(TRUE, s, (M##s)(x != (V##s){0}))                                                          \
    FN Vb8 BOOL_##s(M##s m)                                                                        \
    {                                                                                              \
        return bool_of##size(m);                                                                   \
    }                                                                                              \
    FN M##s MASK_##s(Vb8 b)                                                                        \
    {                                                                                              \
        return (M##s) __builtin_convertvector((Vi8)(b != 0), V##i);                                \
    }                                                                                              \
    FN V##s SELB_##s(Vb8 b, V##s x, V##s y)                                                        \
    {                                                                                              \
        return SEL_##s(MASK_##s(b), x, y);                                                         \
    }                                                                                              \
    FN int ANY_##s(M##s m)                                                                         \
    {                                                                                              \
        return any_of##size(m);                                                                    \
    }                                                                                              \
    FN int ALL_##s(M##s m)                                                                         \
    {                                                                                              \
        return !any_of##size(~m);                                                                  \
    }

/* ---- integers ---- */

#define INTEGER(s, c, size, i, bits)                                                               \
    EVERY(s, c, size, i)                                                                           \
    BINARY(ADD, s, x + y)                                                                          \
    BINARY(SUB, s, x - y)                                                                          \
    BINARY(MUL, s, x *y)                                                                           \
    UNARY(SQUARE, s, x *x)                                                                         \
    UNARY(NEG, s, -x)                                                                              \
    BINARY(AND, s, x &y)                                                                           \
    BINARY(OR, s, x | y)                                                                           \
    BINARY(XOR, s, x ^ y)                                                                          \
    UNARY(NOT, s, ~x)                                                                              \
    BINARY(MAX, s, SEL_##s((M##s)(x > y), x, y))                                                   \
    BINARY(MIN, s, SEL_##s((M##s)(x < y), x, y))                                                   \
    BINARY(FMAX, s, MAX_##s(x, y))                                                                 \
    BINARY(FMIN, s, MIN_##s(x, y))                                                                 \
    UNARY(FLOOR, s, x)                                                                             \
    UNARY(CEIL, s, x)                                                                              \
    UNARY(TRUNC, s, x)                                                                             \
    TEST(ISNAN, s, (M##s){0})                                                                      \
    TEST(ISINF, s, (M##s){0})                                                                      \
    TEST(ISFINITE, s, ~(M##s){0})                                                                  \
    /* Square and multiply; lanes whose exponent is used up multiply by 1. */                      \
    FN V##s POW_##s(V##s x, V##s y)                                                                \
    {                                                                                              \
        V##s r = K_##s(1), one = K_##s(1);                                                         \
        for (int bit = 0; bit < bits && ANY_##s((M##s)(y != 0)); bit++) {                          \
            r *= SEL_##s((M##s)((y & 1) != 0), x, one);                                            \
            x *= x;                                                                                \
            y >>= 1;                                                                               \
        }                                                                                          \
        return r;                                                                                  \
    }                                                                                              \
    FN void JUDGE_RECIP_##s(int *f, V##s r, V##s x)                                                \
    {                                                                                              \
        if (ANY_##s((M##s)(x == 0)))                                                               \
            *f |= F_DIVIDE | F_INVALID;                                                            \
    }                                                                                              \
    FN void JUDGE_INTMOD_##s(int *f, V##s r, V##s x, V##s y)                                       \
    {                                                                                              \
        if (ANY_##s((M##s)(y == 0)))                                                               \
            *f |= F_DIVIDE;                                                                        \
    }

#define UNSIGNED(u, c, size, i, bits)                                                              \
    INTEGER(u, c, size, i, bits)                                                                   \
    FN V##u RECIP_##u(V##u x)                                                                      \
    {                                                                                              \
        V##u unit = SEL_##u((M##u)(x == 1), x, (V##u){0});                                         \
        return SEL_##u((M##u)(x == 0), K_##u(RECIP_OF_ZERO_##u), unit);                            \
    }                                                                                              \
    UNARY(ABS, u, x)                                                                               \
    UNARY(SIGN, u, SEL_##u((M##u)(x != 0), K_##u(1), x))                                           \
    BINARY(SHL, u, SEL_##u((M##u)(y < bits), x << (y & (bits - 1)), (V##u){0}))                    \
    BINARY(SHR, u, SEL_##u((M##u)(y < bits), x >> (y & (bits - 1)), (V##u){0}))                    \
    FN Vu8 BITS_##u(V##u x)                                                                        \
    {                                                                                              \
        V##u n = x - ((x >> 1) & (E##u)0x5555555555555555ull);                                     \
        n = (n & (E##u)0x3333333333333333ull) + ((n >> 2) & (E##u)0x3333333333333333ull);          \
        n = (n + (n >> 4)) & (E##u)0x0f0f0f0f0f0f0f0full;                                          \
        for (int s = 8; s < bits; s *= 2)                                                          \
            n += n >> s;                                                                           \
        return __builtin_convertvector(n & 0x7f, Vu8);                                             \
    }                                                                                              \
    FN void JUDGE_POW_##u(int *f, V##u r, V##u x, V##u y) {}                                       \
    FN void JUDGE_FLOORDIV_##u(int *f, V##u r, V##u x, V##u y)                                     \
    {                                                                                              \
        JUDGE_INTMOD_##u(f, r, x, y);                                                              \
    }

#define SIGNED(s, u, c, size, bits)                                                                \
    INTEGER(s, c, size, s, bits)                                                                   \
    FN V##s RECIP_##s(V##s x)                                                                      \
    {                                                                                              \
        V##s unit = SEL_##s((M##s)((x == 1) | (x == -1)), x, (V##s){0});                           \
        return SEL_##s((M##s)(x == 0), K_##s(RECIP_OF_ZERO_##s), unit);                            \
    }                                                                                              \
    UNARY(ABS, s, SEL_##s((M##s)(x < 0), -x, x))                                                   \
    UNARY(SIGN, s, (V##s)(x < 0) - (V##s)(x > 0)) /* masks are -1 */                               \
    BINARY(SHL, s, (V##s)SHL_##u((V##u)x, (V##u)y))                                                \
    FN V##s SHR_##s(V##s x, V##s y)                                                                \
    {                                                                                              \
        V##s n = SEL_##s((M##s)((V##u)y < bits), y, K_##s(bits - 1));                              \
        return x >> n;                                                                             \
    }                                                                                              \
    FN Vu8 BITS_##s(V##s x)                                                                        \
    {                                                                                              \
        return BITS_##u((V##u)ABS_##s(x));                                                         \
    }                                                                                              \
    FN void JUDGE_POW_##s(int *f, V##s r, V##s x, V##s y)                                          \
    {                                                                                              \
        if (ANY_##s((M##s)(y < 0)))                                                                \
            *f |= F_NEGATIVE_POWER;                                                                \
    }                                                                                              \
    FN void JUDGE_FLOORDIV_##s(int *f, V##s r, V##s x, V##s y)                                     \
    {                                                                                              \
        JUDGE_INTMOD_##s(f, r, x, y);                                                              \
        if (ANY_##s((M##s)((y == -1) & (x == (c)((E##u)1 << (bits - 1))))))                        \
            *f |= F_OVERFLOW;                                                                      \
    }

/* 1 / 0 by way of double: the "integer indefinite" cut to size. */
#define RECIP_OF_ZERO_i8  0
#define RECIP_OF_ZERO_u8  0
#define RECIP_OF_ZERO_i16 0
#define RECIP_OF_ZERO_u16 0
#define RECIP_OF_ZERO_i32 INT32_MIN
#define RECIP_OF_ZERO_u32 0
#define RECIP_OF_ZERO_i64 INT64_MIN
#define RECIP_OF_ZERO_u64 0

/* Division by way of a float type wide enough that the truncated quotient is exact. */
#define DIVIDING(s, t)                                                                             \
    FN V##s QUOTIENT_##s(V##s x, V##s y)                                                           \
    {                                                                                              \
        V##s safe = SEL_##s((M##s)(y == 0), K_##s(1), y);                                          \
        V##t q = CAST_##s##_##t(x) / CAST_##s##_##t(safe);                                         \
        return QUOTIENT_OF_##t##_##s(q);                                                           \
    }                                                                                              \
    BINARY(FMOD, s, SEL_##s((M##s)(y == 0), (V##s){0}, x - QUOTIENT_##s(x, y) * y))                \
    FN V##s REM_##s(V##s x, V##s y)                                                                \
    {                                                                                              \
        V##s r = FMOD_##s(x, y);                                                                   \
        return SEL_##s((M##s)((r != 0) & ((r < 0) != (y < 0))), r + y, r);                         \
    }                                                                                              \
    FN V##s FLOORDIV_##s(V##s x, V##s y)                                                           \
    {                                                                                              \
        V##s q = QUOTIENT_##s(x, y), r = x - q * y;                                                \
        q += (V##s)((r != 0) & ((r < 0) != (y < 0))); /* a mask is -1 */                           \
        return SEL_##s((M##s)(y == 0), (V##s){0}, q);                                              \
    }

/* ---- bool ---- */

#define BOOLEAN(s)                                                                                 \
    EVERY(b8, uint8_t, 1, i8)                                                                      \
    BINARY(ADD, b8, x | y)                                                                         \
    BINARY(MUL, b8, x &y)                                                                          \
    BINARY(AND, b8, x &y)                                                                          \
    BINARY(OR, b8, x | y)                                                                          \
    BINARY(XOR, b8, x ^ y)                                                                         \
    UNARY(NOT, b8, x ^ 1)                                                                          \
    BINARY(MAX, b8, x | y)                                                                         \
    BINARY(MIN, b8, x &y)                                                                          \
    BINARY(FMAX, b8, x | y)                                                                        \
    BINARY(FMIN, b8, x &y)                                                                         \
    UNARY(ABS, b8, x)                                                                              \
    UNARY(FLOOR, b8, x)                                                                            \
    UNARY(CEIL, b8, x)                                                                             \
    UNARY(TRUNC, b8, x)                                                                            \
    TEST(ISNAN, b8, (Mb8){0})                                                                      \
    TEST(ISINF, b8, (Mb8){0})                                                                      \
    TEST(ISFINITE, b8, ~(Mb8){0})

/* ---- floats ---- */

/* Commutative operations and the fused one by instruction: of two NaNs the first is the result, and
 * a compiler would exchange them at will. */
#define SUFFIX_f64 "pd"
#define SUFFIX_f32 "ps"
#define ORDERED(NAME, instruction, s)                                                              \
    FN V##s NAME##_##s(V##s x, V##s y)                                                             \
    {                                                                                              \
        V##s r;                                                                                    \
        __asm__(instruction SUFFIX_##s " %2, %1, %0" : "=v"(r) : "v"(x), "vm"(y));                 \
        return r;                                                                                  \
    }

/* i: integer type of the same width; big: numbers from here on have no fraction. */
#define FLOATING(s, c, size, i, signbits, big, tiny)                                               \
    EVERY(s, c, size, i)                                                                           \
    UNARY(ABS, s, (V##s)((V##i)x & ~(E##i)signbits))                                               \
    UNARY(NEG, s, (V##s)((V##i)x ^ (E##i)signbits))                                                \
    BINARY(COPYSIGN, s, (V##s)(((V##i)x & ~(E##i)signbits) | ((V##i)y & (E##i)signbits)))          \
    TEST(SIGNBIT, s, (M##s)((V##i)x < 0))                                                          \
    TEST(ISNAN, s, (M##s)(x != x))                                                                 \
    TEST(ISINF, s, (M##s)(ABS_##s(x) == (c)INFINITY))                                              \
    TEST(ISFINITE, s, (M##s)(ABS_##s(x) < (c)INFINITY))                                            \
    ORDERED(ADD, "vadd", s)                                                                        \
    BINARY(SUB, s, x - y)                                                                          \
    ORDERED(MUL, "vmul", s)                                                                        \
    BINARY(DIV, s, x / y)                                                                          \
    UNARY(SQUARE, s, x *x)                                                                         \
    FN V##s FMA3_##s(V##s x, V##s y, V##s z)                                                       \
    {                                                                                              \
        __asm__("vfmadd213" SUFFIX_##s " %2, %1, %0" : "+v"(x) : "v"(y), "vm"(z));                 \
        return x;                                                                                  \
    }                                                                                              \
    UNARY(RECIP, s, (c)1 / x)                                                                      \
    UNARY(DEG2RAD, s, x *((c)3.14159265358979323846264338327950288 / 180))                         \
    UNARY(RAD2DEG, s, x *(180 / (c)3.14159265358979323846264338327950288))                         \
    FN V##s SIGN_##s(V##s x)                                                                       \
    {                                                                                              \
        V##s r = SEL_##s((M##s)(x < 0), K_##s(-1), SEL_##s((M##s)(x > 0), K_##s(1), (V##s){0}));   \
        return SEL_##s(ISNAN_##s(x), x, r);                                                        \
    }                                                                                              \
    BINARY(MAX, s, SEL_##s((M##s)(x > y) | ISNAN_##s(x), x, y))                                    \
    BINARY(MIN, s, SEL_##s((M##s)(x < y) | ISNAN_##s(x), x, y))                                    \
    BINARY(FMAX, s, SEL_##s((M##s)(x > y) | ISNAN_##s(y), x, y))                                   \
    BINARY(FMIN, s, SEL_##s((M##s)(x < y) | ISNAN_##s(y), x, y))                                   \
    FN V##s HEAVISIDE_##s(V##s x, V##s y)                                                          \
    {                                                                                              \
        V##s r = SEL_##s((M##s)(x > 0), K_##s(1), SEL_##s((M##s)(x == 0), y, (V##s){0}));          \
        return SEL_##s(ISNAN_##s(x), x, r);                                                        \
    }                                                                                              \
    /* |x| - trunc(|x|/|y|) |y| is exact by fma; the quotient can only have been rounded up. */    \
    FN V##s FMOD_##s(V##s x, V##s y)                                                               \
    {                                                                                              \
        V##s ax = ABS_##s(x), ay = ABS_##s(y), q = ax / ay;                                        \
        M##s fast = (M##s)(q < (c)big) & (M##s)(ay < (c)INFINITY);                                 \
        q = TRUNC_##s(q);                                                                          \
        V##s r = FMA_##s(-q, ay, ax);                                                              \
        r = SEL_##s((M##s)(r < 0), r + ay, r);                                                     \
        r = COPYSIGN_##s(r, x);                                                                    \
        if (!ALL_##s(fast))                                                                        \
            for (int l = 0; l < LANES; l++)                                                        \
                if (!fast[l])                                                                      \
                    r[l] = (c)FMOD_OF_##s(x[l], y[l]);                                             \
        return r;                                                                                  \
    }                                                                                              \
    FN V##s REM_##s(V##s x, V##s y)                                                                \
    {                                                                                              \
        V##s r = FMOD_##s(x, y);                                                                   \
        V##s s = SEL_##s((M##s)(y < 0) ^ (M##s)(r < 0), r + y, r);                                 \
        return SEL_##s((M##s)(r == 0), COPYSIGN_##s((V##s){0}, y), s);                             \
    }                                                                                              \
    FN V##s FLOORDIV_##s(V##s x, V##s y)                                                           \
    {                                                                                              \
        V##s r = FMOD_##s(x, y), d = (x - r) / y, q = x / y;                                       \
        M##s other = ((M##s)(y < 0) ^ (M##s)(r < 0)) & (M##s)(r != 0);                             \
        d = SEL_##s(other, d - 1, d);                                                              \
        V##s f = FLOOR_##s(d);                                                                     \
        f = SEL_##s((M##s)(d - f > (c)0.5), f + 1, f);                                             \
        f = SEL_##s((M##s)(d != 0), f, COPYSIGN_##s((V##s){0}, q));                                \
        return SEL_##s((M##s)(y == 0), q, f);                                                      \
    }                                                                                              \
    FN void JUDGE_OVER2_##s(int *f, V##s r, V##s x, V##s y, int infinite)                          \
    {                                                                                              \
        if (ALL_BELOW_##s(r, (c)INFINITY))                                                         \
            return;                                                                                \
        M##s finite = ISFINITE_##s(x) & ISFINITE_##s(y);                                           \
        if (ANY_##s(ISNAN_##s(r) & ~ISNAN_##s(x) & ~ISNAN_##s(y)))                                 \
            *f |= F_INVALID;                                                                       \
        if (ANY_##s(ISINF_##s(r) & finite))                                                        \
            *f |= infinite;                                                                        \
    }                                                                                              \
    FN void JUDGE_OVER_##s(int *f, V##s r, V##s x)                                                 \
    {                                                                                              \
        JUDGE_OVER2_##s(f, r, x, x, F_OVERFLOW);                                                   \
    }                                                                                              \
    FN void JUDGE_POLE_##s(int *f, V##s r, V##s x)                                                 \
    {                                                                                              \
        JUDGE_OVER2_##s(f, r, x, x, F_DIVIDE);                                                     \
    }                                                                                              \
    FN void JUDGE_LOG_##s(int *f, V##s r, V##s x)                                                  \
    {                                                                                              \
        if (!ALL_IN_##s(x, (c)tiny, (c)INFINITY))                                                  \
            JUDGE_POLE_##s(f, r, x);                                                               \
    }                                                                                              \
    FN void JUDGE_EXP_##s(int *f, V##s r, V##s x)                                                  \
    {                                                                                              \
        if (ALL_IN_##s(r, (c)tiny, (c)INFINITY))                                                   \
            return;                                                                                \
        JUDGE_OVER_##s(f, r, x);                                                                   \
        if (ANY_##s((M##s)(r < (c)tiny) & ISFINITE_##s(x)))                                        \
            *f |= F_UNDERFLOW;                                                                     \
    }                                                                                              \
    FN void JUDGE_ANGLE_##s(int *f, V##s r, V##s x, V##s y)                                        \
    {                                                                                              \
        JUDGE_OVER2_##s(f, r, x, y, F_OVERFLOW);                                                   \
        if (ANY_##s((M##s)(ABS_##s(r) < (c)tiny) & (M##s)(r != 0)))                                \
            *f |= F_UNDERFLOW;                                                                     \
    }                                                                                              \
    FN void JUDGE_SINE_##s(int *f, V##s r, V##s x)                                                 \
    {                                                                                              \
        JUDGE_ANGLE_##s(f, r, x, x);                                                               \
    }                                                                                              \
    FN void JUDGE_LOGADD_##s(int *f, V##s r, V##s x, V##s y)                                       \
    {                                                                                              \
        if (ANY_##s(ISNAN_##s(r)))                                                                 \
            *f |= F_INVALID;                                                                       \
        if (ANY_##s(ISINF_##s(r) & ISFINITE_##s(x) & ISFINITE_##s(y)))                             \
            *f |= F_OVERFLOW;                                                                      \
    }                                                                                              \
    FN void JUDGE_POW_##s(int *f, V##s r, V##s x, V##s y)                                          \
    {                                                                                              \
        if (ALL_IN_##s(ABS_##s(r), (c)tiny, (c)INFINITY))                                          \
            return;                                                                                \
        M##s finite = ISFINITE_##s(x) & ISFINITE_##s(y);                                           \
        if (!ALL_##s(ISFINITE_##s(r))) {                                                           \
            if (ANY_##s(ISNAN_##s(r) & ~ISNAN_##s(x) & ~ISNAN_##s(y)))                             \
                *f |= F_INVALID;                                                                   \
            if (ANY_##s(ISINF_##s(r) & (M##s)(x == 0)))                                            \
                *f |= F_DIVIDE;                                                                    \
            if (ANY_##s(ISINF_##s(r) & (M##s)(x != 0) & finite))                                   \
                *f |= F_OVERFLOW;                                                                  \
        }                                                                                          \
        if (ANY_##s((M##s)(ABS_##s(r) < (c)tiny) & (M##s)(x != 0) & finite))                       \
            *f |= F_UNDERFLOW;                                                                     \
    }                                                                                              \
    FN void JUDGE_INTMOD_##s(int *f, V##s r, V##s x, V##s y)                                       \
    {                                                                                              \
        if (ANY_##s(ISNAN_##s(r) & ~ISNAN_##s(x) & ~ISNAN_##s(y)))                                 \
            *f |= F_INVALID;                                                                       \
    }                                                                                              \
    FN void JUDGE_FLOORDIV_##s(int *f, V##s r, V##s x, V##s y)                                     \
    {                                                                                              \
        JUDGE_INTMOD_##s(f, r, x, y);                                                              \
        M##s inf = ISINF_##s(r) & ISFINITE_##s(x);                                                 \
        if (ANY_##s(inf)) {                                                                        \
            if (ANY_##s(inf & (M##s)(y == 0)))                                                     \
                *f |= F_DIVIDE;                                                                    \
            if (ANY_##s(inf & (M##s)(y != 0)))                                                     \
                *f |= F_OVERFLOW | F_INVALID;                                                      \
        }                                                                                          \
        M##s zero = (M##s)(r == 0) & (M##s)(x != 0) & ISFINITE_##s(y);                             \
        if (ANY_##s(zero)) {                                                                       \
            V##s q = x / y;                                                                        \
            M##s inexact = (M##s)(FMA_##s(q * (c)0x1p110, y, x * (c)-0x1p110) != 0);               \
            if (ANY_##s(zero & inexact & (M##s)(ABS_##s(q) < (c)tiny)))                            \
                *f |= F_UNDERFLOW;                                                                 \
        }                                                                                          \
    }

#define FMOD_OF_f64(x, y) fmod(x, y)
#define FMOD_OF_f32(x, y) fmodf(x, y)

/* ---- complex numbers: pairs of real vectors ---- */

#define COMPLEX(s, t, c, size)                                                                     \
    FN V##s PAIR_##s(V##t re, V##t im)                                                             \
    {                                                                                              \
        return (V##s){re, im};                                                                     \
    }                                                                                              \
    FN V##s LD_##s(const void *p)                                                                  \
    {                                                                                              \
        return split_##s(LD_##t(p), LD_##t((const char *)p + sizeof(V##t)));                       \
    }                                                                                              \
    FN void ST_##s(void *p, V##s v)                                                                \
    {                                                                                              \
        V##t low, high;                                                                            \
        join_##s(v, &low, &high);                                                                  \
        ST_##t(p, low);                                                                            \
        ST_##t((char *)p + sizeof(V##t), high);                                                    \
    }                                                                                              \
    FN V##s LDF_##s(const void *p)                                                                 \
    {                                                                                              \
        return PAIR_##s(LDF_##t(p), LDF_##t((const c *)p + 1));                                    \
    }                                                                                              \
    FN V##s KEEP_##s(V##s v)                                                                       \
    {                                                                                              \
        return PAIR_##s(KEEP_##t(v.re), KEEP_##t(v.im));                                           \
    }                                                                                              \
    FN V##s LDT_##s(const void *p, int64_t n)                                                      \
    {                                                                                              \
        c buffer[2 * LANES];                                                                       \
        for (int l = 0; l < LANES; l++)                                                            \
            memcpy(buffer + 2 * l, (const c *)p + (l < n ? 2 * l : 0), 2 * sizeof(c));             \
        return LD_##s(buffer);                                                                     \
    }                                                                                              \
    FN void STT_##s(void *p, int64_t n, V##s v)                                                    \
    {                                                                                              \
        c buffer[2 * LANES];                                                                       \
        ST_##s(buffer, v);                                                                         \
        for (int64_t l = 0; l < n; l++)                                                            \
            memcpy((c *)p + 2 * l, buffer + 2 * l, 2 * sizeof(c));                                 \
    }                                                                                              \
    FN V##s SEL_##s(M##s m, V##s a, V##s b)                                                        \
    {                                                                                              \
        return PAIR_##s(SEL_##t(m, a.re, b.re), SEL_##t(m, a.im, b.im));                           \
    }                                                                                              \
    FN V##s SELB_##s(Vb8 b, V##s x, V##s y)                                                        \
    {                                                                                              \
        return SEL_##s(MASK_##t(b), x, y);                                                         \
    }                                                                                              \
    FN Vb8 BOOL_##s(M##s m)                                                                        \
    {                                                                                              \
        return BOOL_##t(m);                                                                        \
    }                                                                                              \
    UNARY(COPY, s, x)                                                                              \
    UNARY(CONJ, s, PAIR_##s(x.re, NEG_##t(x.im)))                                                  \
    UNARY(NEG, s, PAIR_##s(NEG_##t(x.re), NEG_##t(x.im)))                                          \
    FN V##t REAL_##s(V##s x)                                                                       \
    {                                                                                              \
        return x.re;                                                                               \
    }                                                                                              \
    FN V##t IMAG_##s(V##s x)                                                                       \
    {                                                                                              \
        return x.im;                                                                               \
    }                                                                                              \
    BINARY(WITHRE, s, PAIR_##s(y.re, x.im))                                                        \
    BINARY(WITHIM, s, PAIR_##s(x.re, y.re))                                                        \
    UNARY(RINT, s, PAIR_##s(RINT_##t(x.re), RINT_##t(x.im)))                                       \
    BINARY(ADD, s, PAIR_##s(ADD_##t(x.re, y.re), ADD_##t(x.im, y.im)))                             \
    BINARY(SUB, s, PAIR_##s(x.re - y.re, x.im - y.im))                                             \
    BINARY(MUL, s,                                                                                 \
           PAIR_##s(FMA3_##t(x.re, y.re, NEG_##t(MUL_##t(x.im, y.im))),                            \
                    FMA3_##t(x.re, y.im, MUL_##t(x.im, y.re))))                                    \
    UNARY(SQUARE, s, MUL_##s(x, x))                                                                \
    /* Smith's quotient with the larger part of y as the pivot p; both branches in one text. */    \
    FN V##s DIV_##s(V##s x, V##s y)                                                                \
    {                                                                                              \
        V##t ar = ABS_##t(y.re), ai = ABS_##t(y.im);                                               \
        M##s first = (M##s)(ar >= ai), zero = (M##s)(ar == 0) & (M##s)(ai == 0);                   \
        V##t p = SEL_##t(zero, K_##t(1), SEL_##t(first, y.re, y.im)),                              \
             q = SEL_##t(first, y.im, y.re);                                                       \
        V##t ratio = q / p, scale = (c)1 / ADD_##t(p, MUL_##t(q, ratio));                          \
        V##t u = SEL_##t(first, x.re, x.im), v = SEL_##t(first, x.im, x.re);                       \
        V##t w = MUL_##t(u, ratio);                                                                \
        V##s r = PAIR_##s(MUL_##t(ADD_##t(u, MUL_##t(v, ratio)), scale),                           \
                          MUL_##t(SEL_##t(first, x.im, w) - SEL_##t(first, w, x.re), scale));      \
        if (ANY_##t(zero)) {                                                                       \
            V##t d = SEL_##t(zero, ar, K_##t(1));                                                  \
            r = SEL_##s(                                                                           \
                zero,                                                                              \
                PAIR_##s(SEL_##t(zero, x.re, K_##t(1)) / d, SEL_##t(zero, x.im, K_##t(1)) / d),    \
                r);                                                                                \
        }                                                                                          \
        return r;                                                                                  \
    }                                                                                              \
    FN V##s RECIP_##s(V##s x)                                                                      \
    {                                                                                              \
        M##s first = (M##s)(ABS_##t(x.im) <= ABS_##t(x.re));                                       \
        V##t p = SEL_##t(first, x.re, x.im), q = SEL_##t(first, x.im, x.re);                       \
        V##t ratio = q / p, d = ADD_##t(p, MUL_##t(q, ratio));                                     \
        return PAIR_##s(SEL_##t(first, K_##t(1), ratio) / d,                                       \
                        SEL_##t(first, NEG_##t(ratio), K_##t(-1)) / d);                            \
    }                                                                                              \
    TEST(ISNAN, s, ISNAN_##t(x.re) | ISNAN_##t(x.im))                                              \
    TEST(ISINF, s, ISINF_##t(x.re) | ISINF_##t(x.im))                                              \
    TEST(ISFINITE, s, ISFINITE_##t(x.re) & ISFINITE_##t(x.im))                                     \
    TEST(TRUE, s, TRUE_##t(x.re) | TRUE_##t(x.im))                                                 \
    RELATION(EQ, s, EQ_##t(x.re, y.re) & EQ_##t(x.im, y.im))                                       \
    RELATION(NE, s, ~EQ_##s(x, y))                                                                 \
    FN M##s LT_##s(V##s x, V##s y)                                                                 \
    {                                                                                              \
        M##s ordered = ~ISNAN_##t(x.im) & ~ISNAN_##t(y.im);                                        \
        return (LT_##t(x.re, y.re) & ordered) | (EQ_##t(x.re, y.re) & LT_##t(x.im, y.im));         \
    }                                                                                              \
    FN M##s LE_##s(V##s x, V##s y)                                                                 \
    {                                                                                              \
        M##s ordered = ~ISNAN_##t(x.im) & ~ISNAN_##t(y.im);                                        \
        return (LT_##t(x.re, y.re) & ordered) | (EQ_##t(x.re, y.re) & LE_##t(x.im, y.im));         \
    }                                                                                              \
    BINARY(MAX, s, SEL_##s(LE_##s(y, x) | ISNAN_##s(x), x, y))                                     \
    BINARY(MIN, s, SEL_##s(LE_##s(x, y) | ISNAN_##s(x), x, y))                                     \
    BINARY(FMAX, s, SEL_##s(LE_##s(y, x) | ISNAN_##s(y), x, y))                                    \
    BINARY(FMIN, s, SEL_##s(LE_##s(x, y) | ISNAN_##s(y), x, y))                                    \
    /* larger part * sqrt(1 + ratio**2), as NumPy's vector loops have it */                        \
    FN V##t ABS_##s(V##s x)                                                                        \
    {                                                                                              \
        V##t ar = ABS_##t(x.re), ai = ABS_##t(x.im);                                               \
        M##s inf = (M##s)(ar == (c)INFINITY) | (M##s)(ai == (c)INFINITY);                          \
        V##t big = SEL_##t((M##s)(ar > ai), ar, ai), small = SEL_##t((M##s)(ar > ai), ai, ar);     \
        M##s plain = (M##s)(big != 0) & ~inf;                                                      \
        V##t ratio = SEL_##t(plain, small, (V##t){0}) / SEL_##t(plain, big, K_##t(1));             \
        V##t r = big * SQRT_##t(FMA_##t(ratio, ratio, K_##t(1)));                                  \
        r = SEL_##t(ISNAN_##t(x.re) | ISNAN_##t(x.im), K_##t((c)NAN), r);                          \
        return SEL_##t(inf, K_##t((c)INFINITY), r);                                                \
    }                                                                                              \
    FN void JUDGE_COMPARE_##s(int *f, Vb8 r, V##s x, V##s y)                                       \
    {                                                                                              \
        M##s nan = ISNAN_##t(x.re) | ISNAN_##t(y.re);                                              \
        nan |= EQ_##t(x.re, y.re) & (ISNAN_##t(x.im) | ISNAN_##t(y.im));                           \
        if (ANY_##t(nan))                                                                          \
            *f |= F_INVALID;                                                                       \
    }

/* ---- casts ---- */

/* Narrowing by instruction where there is one: compilers make scalars of short vectors. */
#ifndef NARROW
#define NARROW_i32_i8(x)  __builtin_convertvector(x, Vi8)
#define NARROW_i64_i8(x)  __builtin_convertvector(x, Vi8)
#define NARROW_i64_i16(x) __builtin_convertvector(x, Vi16)
#endif
#define CAST_NARROW(f, i, t, via)                                                                  \
    FN V##t CAST_##f##_##t(V##f x)                                                                 \
    {                                                                                              \
        return (V##t)NARROW_##i##_##via((V##i)x);                                                  \
    }
#define CAST_PLAIN(f, t)                                                                           \
    FN V##t CAST_##f##_##t(V##f x)                                                                 \
    {                                                                                              \
        return __builtin_convertvector(x, V##t);                                                   \
    }
#define CAST_VIA(f, m, t)                                                                          \
    FN V##t CAST_##f##_##t(V##f x)                                                                 \
    {                                                                                              \
        return CAST_##m##_##t(CAST_##f##_##m(x));                                                  \
    }
#define CAST_BOOL(f)                                                                               \
    FN Vb8 CAST_##f##_b8(V##f x)                                                                   \
    {                                                                                              \
        return BOOL_##f(TRUE_##f(x));                                                              \
    }
#define TO1(M, f) M(f, i8) M(f, u8)
#if HAVE2
#define TO2(M, f) M(f, i16) M(f, u16)
#else
#define TO2(M, f)
#endif
#if HAVE4
#define TO4(M, f) M(f, i32) M(f, u32) M(f, f32)
#else
#define TO4(M, f)
#endif
#if HAVE8
#define TO8(M, f) M(f, i64) M(f, u64) M(f, f64)
#else
#define TO8(M, f)
#endif
/* From below 32 bits by way of int32, bytes by instruction: compilers make scalars of vectors below
 * 16 bytes. */
#if HAVE4
#define WIDEN(f, instruction)                                                                      \
    FN Vi32 widen_##f(V##f x)                                                                      \
    {                                                                                              \
        __m128i r = {0};                                                                           \
        memcpy(&r, &x, sizeof x);                                                                  \
        return (Vi32)EPI32(instruction)(r);                                                        \
    }
WIDEN(i8, cvtepi8)
WIDEN(u8, cvtepu8)
WIDEN(b8, cvtepu8)
#define widen_i16(x) __builtin_convertvector(x, Vi32)
#define widen_u16(x) __builtin_convertvector(x, Vi32)
#endif
#define CAST_WIDEN(f, t)                                                                           \
    FN V##t CAST_##f##_##t(V##f x)                                                                 \
    {                                                                                              \
        return __builtin_convertvector(widen_##f(x), V##t);                                        \
    }
#define CASTS_OF_SMALL(f)                                                                          \
    TO1(CAST_PLAIN, f) TO2(CAST_PLAIN, f) TO4(CAST_WIDEN, f) TO8(CAST_WIDEN, f) CAST_BOOL(f)
#define CASTS_OF_32(f)                                                                             \
    CAST_NARROW(f, i32, i8, i8)                                                                    \
    CAST_NARROW(f, i32, u8, i8)                                                                    \
    TO2(CAST_PLAIN, f)                                                                             \
    TO4(CAST_PLAIN, f) TO8(CAST_PLAIN, f) CAST_BOOL(f)
#define CASTS_OF_64(f)                                                                             \
    CAST_NARROW(f, i64, i8, i8)                                                                    \
    CAST_NARROW(f, i64, u8, i8)                                                                    \
    CAST_NARROW(f, i64, i16, i16)                                                                  \
    CAST_NARROW(f, i64, u16, i16)                                                                  \
    TO4(CAST_PLAIN, f) TO8(CAST_PLAIN, f) CAST_BOOL(f)

/* ---- the types this kernel's lanes allow ---- */

UNSIGNED(u8, uint8_t, 1, i8, 8)
SIGNED(i8, u8, int8_t, 1, 8)
BOOLEAN(b8)
#if HAVE2
UNSIGNED(u16, uint16_t, 2, i16, 16)
SIGNED(i16, u16, int16_t, 2, 16)
#endif
#if HAVE4
UNSIGNED(u32, uint32_t, 4, i32, 32)
SIGNED(i32, u32, int32_t, 4, 32)
FN Vf32 FMA_f32(Vf32 x, Vf32 y, Vf32 z)
{
    return (Vf32)PS(fmadd)(x, y, z);
}
FN Vf32 SQRT_f32(Vf32 x)
{
    return (Vf32)PS(sqrt)(x);
}
FN Vf32 FLOOR_f32(Vf32 x)
{
    return (Vf32)ROUND_PS(x, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
}
FN Vf32 CEIL_f32(Vf32 x)
{
    return (Vf32)ROUND_PS(x, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC);
}
FN Vf32 TRUNC_f32(Vf32 x)
{
    return (Vf32)ROUND_PS(x, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
}
FN Vf32 RINT_f32(Vf32 x)
{
    return (Vf32)ROUND_PS(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
FLOATING(f32, float, 4, i32, 0x80000000u, 8388608.0f, 0x1p-126f)
FN Vc64 split_c64(Vf32 low, Vf32 high)
{
    return (Vc64){EVENS(low, high), ODDS(low, high)};
}
FN void join_c64(Vc64 v, Vf32 *low, Vf32 *high)
{
    *low = LOWS(v.re, v.im);
    *high = HIGHS(v.re, v.im);
}
#endif
#if HAVE8
UNSIGNED(u64, uint64_t, 8, i64, 64)
SIGNED(i64, u64, int64_t, 8, 64)
FN Vf64 FMA_f64(Vf64 x, Vf64 y, Vf64 z)
{
    return (Vf64)PD(fmadd)(x, y, z);
}
FN Vf64 SQRT_f64(Vf64 x)
{
    return (Vf64)PD(sqrt)(x);
}
FN Vf64 FLOOR_f64(Vf64 x)
{
    return (Vf64)ROUND_PD(x, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
}
FN Vf64 CEIL_f64(Vf64 x)
{
    return (Vf64)ROUND_PD(x, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC);
}
FN Vf64 TRUNC_f64(Vf64 x)
{
    return (Vf64)ROUND_PD(x, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
}
FN Vf64 RINT_f64(Vf64 x)
{
    return (Vf64)ROUND_PD(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
FLOATING(f64, double, 8, i64, 0x8000000000000000ull, 4503599627370496.0, 0x1p-1022)
FN Vc128 split_c128(Vf64 low, Vf64 high)
{
    return (Vc128){EVENS(low, high), ODDS(low, high)};
}
FN void join_c128(Vc128 v, Vf64 *low, Vf64 *high)
{
    *low = LOWS(v.re, v.im);
    *high = HIGHS(v.re, v.im);
}
/* Logical indices from `first`, `step` (0 or 1) apart. */
FN Vi64 INDEX_i64(int64_t first, int64_t step)
{
    Vi64 r;
    for (int l = 0; l < LANES; l++)
        r[l] = first + l * step;
    return r;
}
/* int64 x against uint64 y, exactly */
FN Mi64 EQ_IU_i64(Vi64 x, Vu64 y)
{
    return (Mi64)(x >= 0) & (Mi64)((Vu64)x == y);
}
FN Mi64 LT_IU_i64(Vi64 x, Vu64 y)
{
    return (Mi64)(x < 0) | (Mi64)((Vu64)x < y);
}
FN Mi64 LE_IU_i64(Vi64 x, Vu64 y)
{
    return (Mi64)(x < 0) | (Mi64)((Vu64)x <= y);
}
#endif

CASTS_OF_SMALL(b8)
CASTS_OF_SMALL(i8)
CASTS_OF_SMALL(u8)
#if HAVE2
CASTS_OF_SMALL(i16)
CASTS_OF_SMALL(u16)
#endif
#if HAVE4
CASTS_OF_32(i32)
CASTS_OF_32(u32)
/* Floats reach integers below 32 bits through int32, uint32 through int64. */
FN Vi32 CAST_f32_i32(Vf32 x)
{
    return (Vi32)CVTT_PS(x);
}
#ifndef NARROW
FN Vu32 CAST_f32_u32(Vf32 x)
{
    Vu32 r;
    for (int l = 0; l < LANES; l++)
        r[l] = (uint32_t)_mm_cvttss_si64(_mm_set_ss(x[l]));
    return r;
}
#else
FN Vu32 CAST_f32_u32(Vf32 x)
{
    return (Vu32)low_half_of_i64(x);
}
#endif
#define CAST_VIA_i32(f, t) CAST_VIA(f, i32, t)
TO1(CAST_VIA_i32, f32)
TO2(CAST_VIA_i32, f32)
CAST_BOOL(f32)
CAST_PLAIN(f32, f32)
COMPLEX(c64, f32, float, 4)
#endif
#if HAVE8
CASTS_OF_64(i64)
CASTS_OF_64(u64)
CAST_PLAIN(f32, f64)
CAST_PLAIN(f64, f32)
CAST_PLAIN(f64, f64)
FN Vi32 CAST_f64_i32(Vf64 x)
{
    return (Vi32)CVTT_PD(x);
}
FN Vi64 CAST_f64_i64(Vf64 x)
{
    return cvtt_f64_i64(x);
}
FN Vu64 CAST_f64_u64(Vf64 x)
{
    Mf64 high = (Mf64)(x >= 0x1p63);
    Vu64 r = (Vu64)cvtt_f64_i64(SEL_f64(high, x - 0x1p63, x));
    return r ^ ((Vu64)high & (1ull << 63));
}
FN Vu32 CAST_f64_u32(Vf64 x)
{
    return __builtin_convertvector(cvtt_f64_i64(x), Vu32);
}
TO1(CAST_VIA_i32, f64)
TO2(CAST_VIA_i32, f64)
CAST_BOOL(f64)
CAST_VIA(f32, f64, i64)
CAST_VIA(f32, f64, u64)
COMPLEX(c128, f64, double, 8)
#endif

/* Complex numbers lose their imaginary part, but for bool. */
#define CAST_FROM_COMPLEX(f, t, r)                                                                 \
    FN V##r CAST_##f##_##r(V##f x)                                                                 \
    {                                                                                              \
        return CAST_##t##_##r(x.re);                                                               \
    }
#define CAST_TO_COMPLEX(f, t, r)                                                                   \
    FN V##r CAST_##f##_##r(V##f x)                                                                 \
    {                                                                                              \
        return PAIR_##r(CAST_##f##_##t(x), (V##t){0});                                             \
    }
#if HAVE4
#define FROM_c64(f, r) CAST_FROM_COMPLEX(f, f32, r)
#define TO_c64(f)      CAST_TO_COMPLEX(f, f32, c64)
TO1(FROM_c64, c64)
TO2(FROM_c64, c64)
TO4(FROM_c64, c64)
TO8(FROM_c64, c64)
CAST_BOOL(c64)
TO_c64(b8) TO_c64(i8) TO_c64(u8) TO_c64(i16) TO_c64(u16) TO_c64(i32) TO_c64(u32) TO_c64(f32)
#endif
#if HAVE8
#define FROM_c128(f, r) CAST_FROM_COMPLEX(f, f64, r)
#define TO_c128(f)      CAST_TO_COMPLEX(f, f64, c128)
    TO1(FROM_c128, c128) TO2(FROM_c128, c128) TO4(FROM_c128, c128) TO8(FROM_c128, c128)
        CAST_BOOL(c128) TO_c64(i64) TO_c64(u64) TO_c64(f64) TO_c128(b8) TO_c128(i8) TO_c128(u8)
            TO_c128(i16) TO_c128(u16) TO_c128(i32) TO_c128(u32) TO_c128(f32) TO_c128(i64)
                TO_c128(u64) TO_c128(f64) FN Vc128 CAST_c64_c128(Vc64 x)
{
    return PAIR_c128(CAST_f32_f64(x.re), CAST_f32_f64(x.im));
}
FN Vc64 CAST_c128_c64(Vc128 x)
{
    return PAIR_c64(CAST_f64_f32(x.re), CAST_f64_f32(x.im));
}
#endif

/* Small integers divide by way of floats. */
#if HAVE4
#define QUOTIENT_OF_f32_i8(q)  CAST_f32_i8(q)
#define QUOTIENT_OF_f32_u8(q)  CAST_f32_u8(q)
#define QUOTIENT_OF_f32_i16(q) CAST_f32_i16(q)
#define QUOTIENT_OF_f32_u16(q) CAST_f32_u16(q)
DIVIDING(i8, f32)
DIVIDING(u8, f32)
DIVIDING(i16, f32)
DIVIDING(u16, f32)
#endif
#if HAVE8
#define QUOTIENT_OF_f64_i32(q) CAST_f64_i32(q) /* MIN // -1 is the indefinite, MIN */
FN Vu32 QUOTIENT_OF_f64_u32(Vf64 q)
{
    Mf64 high = (Mf64)(q >= 0x1p31);
    Vu32 r = (Vu32)CAST_f64_i32(SEL_f64(high, q - 0x1p31, q));
    return r ^ (__builtin_convertvector(high, Vu32) & 0x80000000u);
}
DIVIDING(i32, f64)
DIVIDING(u32, f64)
#endif

#include "runtime/exec/vmath.h"

#endif
