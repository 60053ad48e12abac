/* dtype.c -- NumPy's promotion and casting tables, derived from kind and size.  Replicated.
 *
 * The order of kinds is bool < unsigned < signed < float < complex.  Invariant: promotion is
 * commutative, and both arguments can be cast to the result under CAST_SAFE.
 *
 * Casts of floats to integers follow the x86-64 instructions NumPy's C casts become: types below
 * 32 bits go through int32, uint32 through int64, and an impossible value is the "integer
 * indefinite" of that width.
 */
#include "runtime/dtype.h"

#include <math.h>

const DTypeInfo dtype_info[DT_COUNT] = {
#define DT(NAME, name, ctype, size, kind, code) [DT_##NAME] = {#name, size, kind, code},
#include "runtime/dtype.def"
#undef DT
};

/* Integers of up to this many bytes fit the significand of the float. */
static DType float_holding(int int_size)
{
    return int_size <= 2 ? DT_FLOAT32 : DT_FLOAT64;
}

static DType signed_of_size(int size)
{
    return size == 1 ? DT_INT8 : size == 2 ? DT_INT16 : size == 4 ? DT_INT32 : DT_INT64;
}

static int kind_rank(DType t)
{
    switch (dtype_kind(t)) {
    case 'b':
        return 0;
    case 'u':
        return 1;
    case 'i':
        return 2;
    case 'f':
        return 3;
    default:
        return 4;
    }
}

static DType larger(DType a, DType b)
{
    return dtype_size(a) >= dtype_size(b) ? a : b;
}

DType dtype_promote(DType a, DType b)
{
    if (kind_rank(a) > kind_rank(b)) { /* a is the lesser kind from here on */
        DType t = a;
        a = b;
        b = t;
    }
    if (a == b || kind_rank(a) == 0)
        return b;
    if (dtype_kind(a) == dtype_kind(b))
        return larger(a, b);
    if (kind_rank(b) == 2) /* unsigned with signed */
        return dtype_size(a) < dtype_size(b) ? b
               : dtype_size(a) == 8          ? DT_FLOAT64
                                             : signed_of_size(2 * dtype_size(a));
    DType real = kind_rank(a) <= 2 ? float_holding(dtype_size(a)) : a;
    if (dtype_kind(b) == 'f')
        return larger(real, b);
    return larger(dtype_complex(real), b);
}

DType dtype_real(DType t)
{
    return t == DT_COMPLEX128 ? DT_FLOAT64 : t == DT_COMPLEX64 ? DT_FLOAT32 : t;
}

DType dtype_complex(DType t)
{
    return t == DT_FLOAT32 || t == DT_COMPLEX64 ? DT_COMPLEX64 : DT_COMPLEX128;
}

bool dtype_can_cast(DType from, DType to, Casting rule)
{
    switch (rule) {
    case CAST_NO:
    case CAST_EQUIV:
        return from == to;
    case CAST_SAFE:
        return dtype_promote(from, to) == to;
    case CAST_SAME_KIND:
        /* any loss is allowed inside a kind and towards a greater one; signed to unsigned is not */
        return dtype_promote(from, to) == to || kind_rank(from) <= kind_rank(to);
    default:
        return true;
    }
}

/* ---- one element ---- */

typedef enum Repr { REPR_INT, REPR_UINT, REPR_FLOAT } Repr;

/* Any element as one of three wide forms; exact. */
typedef struct Wide {
    Repr repr;
    int64_t i;
    uint64_t u;
    double re, im;
} Wide;

static Wide wide_of(Scalar x, DType t)
{
    Wide w = {.repr = REPR_INT};
    switch (t) {
    case DT_BOOL:
        w.i = x.b != 0;
        break;
    case DT_INT8:
        w.i = x.i8;
        break;
    case DT_UINT8:
        w.i = x.u8;
        break;
    case DT_INT16:
        w.i = x.i16;
        break;
    case DT_UINT16:
        w.i = x.u16;
        break;
    case DT_INT32:
        w.i = x.i32;
        break;
    case DT_UINT32:
        w.i = x.u32;
        break;
    case DT_INT64:
        w.i = x.i64;
        break;
    case DT_UINT64:
        w.repr = REPR_UINT;
        w.u = x.u64;
        break;
    case DT_FLOAT32:
        w.re = x.f32;
        w.repr = REPR_FLOAT;
        break;
    case DT_FLOAT64:
        w.re = x.f64;
        w.repr = REPR_FLOAT;
        break;
    case DT_COMPLEX64:
        w.re = x.c64.re, w.im = x.c64.im;
        w.repr = REPR_FLOAT;
        break;
    default:
        w.re = x.c128.re, w.im = x.c128.im;
        w.repr = REPR_FLOAT;
    }
    return w;
}

static int64_t float_to_i64(double x, int *flags)
{
    if (x >= -0x1p63 && x < 0x1p63)
        return (int64_t)x;
    *flags |= FLAG_INVALID;
    return INT64_MIN;
}

static int32_t float_to_i32(double x, int *flags)
{
    if (x > -2147483649.0 && x < 2147483648.0)
        return (int32_t)x;
    *flags |= FLAG_INVALID;
    return INT32_MIN;
}

static uint64_t float_to_u64(double x, int *flags)
{
    if (x >= 0x1p63)
        return (uint64_t)float_to_i64(x - 0x1p63, flags) ^ (1ull << 63);
    return (uint64_t)float_to_i64(x, flags);
}

/* The integer bits that `w` becomes in an integer type of `size` bytes. */
static uint64_t wide_bits(const Wide *w, DType to, int *flags)
{
    if (w->repr == REPR_UINT)
        return w->u;
    if (w->repr == REPR_INT)
        return (uint64_t)w->i;
    if (to == DT_UINT64)
        return float_to_u64(w->re, flags);
    if (to == DT_INT64 || to == DT_UINT32)
        return (uint64_t)float_to_i64(w->re, flags);
    return (uint64_t)(int64_t)float_to_i32(w->re, flags);
}

static double wide_f64(const Wide *w)
{
    return w->repr == REPR_FLOAT ? w->re : w->repr == REPR_UINT ? (double)w->u : (double)w->i;
}

/* Narrowing of a double to float, with the conditions it raises. */
static float narrow(double x, int *flags)
{
    float r = (float)x;
    if (isinf(r) && !isinf(x))
        *flags |= FLAG_OVERFLOW;
    if (fabsf(r) < 0x1p-126f && (double)r != x && x == x)
        *flags |= FLAG_UNDERFLOW;
    return r;
}

static float wide_f32(const Wide *w, int *flags)
{
    if (w->repr == REPR_FLOAT)
        return narrow(w->re, flags);
    return w->repr == REPR_UINT ? (float)w->u : (float)w->i; /* rounded once */
}

Scalar dtype_cast(Scalar x, DType from, DType to, int *flags)
{
    int ignored = 0;
    if (!flags)
        flags = &ignored;
    if (from == to)
        return x;
    Wide w = wide_of(x, from);
    Scalar r;
    memset(&r, 0, sizeof r);
    switch (to) {
    case DT_BOOL:
        r.b = w.repr == REPR_INT    ? w.i != 0
              : w.repr == REPR_UINT ? w.u != 0
                                    : w.re != 0 || w.im != 0;
        break;
    case DT_FLOAT32:
        r.f32 = wide_f32(&w, flags);
        break;
    case DT_FLOAT64:
        r.f64 = wide_f64(&w);
        break;
    case DT_COMPLEX64:
        r.c64 = (Complex64){wide_f32(&w, flags), narrow(w.im, flags)};
        break;
    case DT_COMPLEX128:
        r.c128 = (Complex128){wide_f64(&w), w.im};
        break;
    default:
        r.u64 = wide_bits(&w, to, flags);
        memset(r.bytes + dtype_size(to), 0, sizeof r.bytes - (size_t)dtype_size(to));
    }
    return r;
}
