/* scalarmath.c -- operators of NumPy scalars that have a value.  Replicated.
 *
 * Both operands become one type that is the type of one of them (Python numbers are weak), as in
 * NumPy's scalar arithmetic; conditions are told under the scalar's own names.  What has no such
 * type, and every future that need not be awaited, goes to the ufuncs.
 */
#include "stdlib/numpy/scalar.h"

#include "interp/numbers.h"
#include "interp/objects.h"

#include <float.h>
#include <math.h>
#include <xmmintrin.h>

/* ------------------------------------------------------------------- conditions */

static bool condition(const char *op, const char *what, ErrMode mode)
{
    if (mode == ERRMODE_RAISE) {
        raise_fmt(&exc_FloatingPointError, "%s encountered in scalar %s", what, op);
        return false;
    }
    if (mode == ERRMODE_WARN)
        return warn_fmt(&exc_RuntimeWarning, "%s encountered in scalar %s", what, op);
    return true;
}

static bool conditions(const char *op, int flags)
{
    const ErrState *e = &rt_errstate;
    return (!(flags & FLAG_DIVIDE) || condition(op, "divide by zero", (ErrMode)e->divide)) &&
           (!(flags & FLAG_OVERFLOW) || condition(op, "overflow", (ErrMode)e->over)) &&
           (!(flags & FLAG_UNDERFLOW) || condition(op, "underflow", (ErrMode)e->under)) &&
           (!(flags & FLAG_INVALID) || condition(op, "invalid value", (ErrMode)e->invalid));
}

/* The processor's conditions; all arithmetic of these types is SSE's. */
static void hardware_clear(void)
{
    _mm_setcsr(_mm_getcsr() & ~(unsigned)_MM_EXCEPT_MASK);
}

static int hardware_flags(const Scalar r[2])
{
    __asm__ volatile("" : : "r"(r) : "memory"); /* results before flags */
    unsigned f = _mm_getcsr();
    return (f & _MM_EXCEPT_DIV_ZERO ? FLAG_DIVIDE : 0) |
           (f & _MM_EXCEPT_OVERFLOW ? FLAG_OVERFLOW : 0) |
           (f & _MM_EXCEPT_UNDERFLOW ? FLAG_UNDERFLOW : 0) |
           (f & _MM_EXCEPT_INVALID ? FLAG_INVALID : 0);
}

/* ------------------------------------------------------------------ arithmetic */

static const char *const op_names[BIN_COUNT] = {
    [BIN_ADD] = "add",    [BIN_SUB] = "subtract",          [BIN_MUL] = "multiply",
    [BIN_DIV] = "divide", [BIN_FLOORDIV] = "floor_divide", [BIN_MOD] = "remainder",
    [BIN_POW] = "power",  [BIN_DIVMOD] = "divmod",
};

/* w in type t, wrapped; overflow is told. */
static Scalar narrow(Wide w, DType t, int *flags)
{
    Scalar r = t == DT_UINT64 ? (Scalar){.u64 = (uint64_t)w}
                              : dtype_cast((Scalar){.i64 = (int64_t)w}, DT_INT64, t, NULL);
    if (wide_of(r, t) != w)
        *flags |= FLAG_OVERFLOW;
    return r;
}

static Wide floor_quotient(Wide x, Wide y)
{
    Wide q = x / y;
    return q - (x % y != 0 && (x < 0) != (y < 0));
}

static Scalar int_power_of(Wide base, Wide exponent, DType t)
{
    uint64_t r = 1, b = (uint64_t)base;
    for (uint64_t e = (uint64_t)exponent; e; e >>= 1, b *= b)
        if (e & 1)
            r *= b;
    int ignored = 0;
    return dtype_cast((Scalar){.u64 = r}, t == DT_UINT64 ? DT_UINT64 : DT_INT64, t, &ignored);
}

static Wide shift(Wide x, Wide y, DType t, bool left)
{
    bool fits = y >= 0 && y < 8 * dtype_size(t);
    if (left)
        return fits ? (Wide)((unsigned __int128)x << (int)y) : 0;
    return fits ? x >> (int)y : x < 0 ? -1 : 0;
}

/* Integer operation; false: not done here. */
static bool int_op(BinOp op, Scalar a, Scalar b, DType t, Scalar r[2], int *flags)
{
    Wide x = wide_of(a, t), y = wide_of(b, t);
    int ignored = 0;
    switch (op) {
    case BIN_ADD:
        r[0] = narrow(x + y, t, flags);
        return true;
    case BIN_SUB:
        r[0] = narrow(x - y, t, flags);
        return true;
    case BIN_MUL:
        r[0] = narrow(t == DT_UINT64 ? (Wide)((unsigned __int128)x * (unsigned __int128)y) : x * y,
                      t, flags);
        if (t == DT_UINT64 && x && (unsigned __int128)y > UINT64_MAX / (unsigned __int128)x)
            *flags |= FLAG_OVERFLOW;
        return true;
    case BIN_FLOORDIV:
    case BIN_MOD:
    case BIN_DIVMOD: {
        bool zero = y == 0;
        *flags |= zero ? FLAG_DIVIDE : 0;
        Wide q = zero ? 0 : floor_quotient(x, y);
        Scalar quotient = narrow(q, t, op == BIN_MOD ? &ignored : flags),
               rest = narrow(zero ? 0 : x - q * y, t, &ignored);
        r[0] = op == BIN_MOD ? rest : quotient;
        r[1] = rest;
        return true;
    }
    case BIN_LSHIFT:
    case BIN_RSHIFT:
        r[0] = narrow(shift(x, y, t, op == BIN_LSHIFT), t, &ignored);
        return true;
    case BIN_AND:
        r[0] = narrow(x & y, t, &ignored);
        return true;
    case BIN_OR:
        r[0] = narrow(x | y, t, &ignored);
        return true;
    case BIN_XOR:
        r[0] = narrow(x ^ y, t, &ignored);
        return true;
    case BIN_POW:
        r[0] = int_power_of(x, y, t);
        return true;
    default:
        return false;
    }
}

#define FLOAT_DIVMOD(NAME, T, FMOD, FLOOR, COPYSIGN)                                               \
    static T NAME(T x, T y, T *rest)                                                               \
    {                                                                                              \
        T m = FMOD(x, y);                                                                          \
        if (y == 0) {                                                                              \
            *rest = m;                                                                             \
            return x / y;                                                                          \
        }                                                                                          \
        T q = (x - m) / y;                                                                         \
        if (m == 0)                                                                                \
            m = COPYSIGN((T)0, y);                                                                 \
        else if (isless(y, 0) != isless(m, 0)) { /* a NaN sets no flag */                          \
            m += y;                                                                                \
            q -= 1;                                                                                \
        }                                                                                          \
        *rest = m;                                                                                 \
        if (q == 0)                                                                                \
            return COPYSIGN((T)0, x / y);                                                          \
        T whole = FLOOR(q);                                                                        \
        return isgreater(q - whole, (T)0.5) ? whole + 1 : whole;                                   \
    }
FLOAT_DIVMOD(divmod_f64, double, fmod, floor, copysign)
FLOAT_DIVMOD(divmod_f32, float, fmodf, floorf, copysignf)

/* One operation on T; the quotient by zero takes no remainder, as NumPy does, so it is not invalid.
 */
#define FLOAT_OP(NAME, T, M, DIVMOD, FMOD, POW)                                                    \
    static bool NAME(BinOp op, Scalar a, Scalar b, Scalar r[2])                                    \
    {                                                                                              \
        volatile T x = a.M, y = b.M;                                                               \
        T rest;                                                                                    \
        switch (op) {                                                                              \
        case BIN_ADD:                                                                              \
            r[0].M = x + y;                                                                        \
            return true;                                                                           \
        case BIN_SUB:                                                                              \
            r[0].M = x - y;                                                                        \
            return true;                                                                           \
        case BIN_MUL:                                                                              \
            r[0].M = x * y;                                                                        \
            return true;                                                                           \
        case BIN_DIV:                                                                              \
            r[0].M = x / y;                                                                        \
            return true;                                                                           \
        case BIN_FLOORDIV:                                                                         \
            r[0].M = y == 0 ? x / y : DIVMOD(x, y, &rest);                                         \
            return true;                                                                           \
        case BIN_MOD:                                                                              \
            rest = y == 0 ? FMOD(x, y) : (DIVMOD(x, y, &rest), rest);                              \
            r[0].M = rest;                                                                         \
            return true;                                                                           \
        case BIN_DIVMOD:                                                                           \
            r[0].M = DIVMOD(x, y, &rest);                                                          \
            r[1].M = rest;                                                                         \
            return true;                                                                           \
        case BIN_POW:                                                                              \
            r[0].M = POW(x, y);                                                                    \
            return true;                                                                           \
        default:                                                                                   \
            return false;                                                                          \
        }                                                                                          \
    }
FLOAT_OP(op_f64, double, f64, divmod_f64, fmod, pow)
FLOAT_OP(op_f32, float, f32, divmod_f32, fmodf, powf)

/* Products plainly; quotients by Smith's rule with a reciprocal. */
#define COMPLEX_OP(NAME, C, T, M, FABS)                                                            \
    static bool NAME(BinOp op, Scalar a, Scalar b, Scalar r[2])                                    \
    {                                                                                              \
        volatile C x = a.M, y = b.M;                                                               \
        switch (op) {                                                                              \
        case BIN_ADD:                                                                              \
            r[0].M = (C){x.re + y.re, x.im + y.im};                                                \
            return true;                                                                           \
        case BIN_SUB:                                                                              \
            r[0].M = (C){x.re - y.re, x.im - y.im};                                                \
            return true;                                                                           \
        case BIN_MUL:                                                                              \
            r[0].M = (C){x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re};                    \
            return true;                                                                           \
        case BIN_DIV: {                                                                            \
            T p = FABS(y.re), q = FABS(y.im);                                                      \
            if (p == 0 && q == 0) {                                                                \
                r[0].M = (C){x.re / p, x.im / p};                                                  \
            } else if (p >= q) {                                                                   \
                T rat = y.im / y.re, scl = (T)1 / (y.re + y.im * rat);                             \
                r[0].M = (C){(x.re + x.im * rat) * scl, (x.im - x.re * rat) * scl};                \
            } else {                                                                               \
                T rat = y.re / y.im, scl = (T)1 / (y.im + y.re * rat);                             \
                r[0].M = (C){(x.re * rat + x.im) * scl, (x.im * rat - x.re) * scl};                \
            }                                                                                      \
            return true;                                                                           \
        }                                                                                          \
        default:                                                                                   \
            return false;                                                                          \
        }                                                                                          \
    }
COMPLEX_OP(op_c128, Complex128, double, c128, fabs)
COMPLEX_OP(op_c64, Complex64, float, c64, fabsf)

static Value scalar_results(BinOp op, DType t, const Scalar r[2], int flags)
{
    if (flags && !conditions(op_names[op], flags))
        return V_ERROR;
    if (op != BIN_DIVMOD)
        return scalar_new(t, r[0]);
    return tuple_of(2, scalar_new(t, r[0]), scalar_new(t, r[1]));
}

/* a op b, both of type t; V_NOTIMPL: a ufunc's work. */
static Value scalar_compute(BinOp op, Scalar a, Scalar b, DType t)
{
    Scalar r[2] = {{.i64 = 0}, {.i64 = 0}};
    int flags = 0;
    if (t == DT_BOOL) {
        if (op != BIN_AND && op != BIN_OR && op != BIN_XOR)
            return V_NOTIMPL;
        r[0].b = op == BIN_AND ? a.b & b.b : op == BIN_OR ? a.b | b.b : a.b ^ b.b;
        return scalar_new(t, r[0]);
    }
    if (dtype_is_integer(t)) {
        if (op == BIN_POW && wide_of(b, t) < 0)
            return raise_fmt(&exc_ValueError,
                             "Integers to negative integer powers are not allowed.");
        return int_op(op, a, b, t, r, &flags) ? scalar_results(op, t, r, flags) : V_NOTIMPL;
    }
    hardware_clear();
    bool done = t == DT_FLOAT64     ? op_f64(op, a, b, r)
                : t == DT_FLOAT32   ? op_f32(op, a, b, r)
                : t == DT_COMPLEX64 ? op_c64(op, a, b, r)
                                    : op_c128(op, a, b, r);
    flags = hardware_flags(r);
    return done ? scalar_results(op, t, r, flags) : V_NOTIMPL;
}

static bool is_future(Value v)
{
    return is_npscalar(v) && as_npscalar(v)->pending;
}

/* The type in which NumPy's scalar arithmetic computes a op b, or DT_NONE. */
static DType common_type(Value a, Value b)
{
    bool na = is_npscalar(a), nb = is_npscalar(b);
    if (na && nb) {
        DType x = as_npscalar(a)->dtype, y = as_npscalar(b)->dtype,
              p = x == y ? x : dtype_promote(x, y);
        return p == x || p == y ? p : DT_NONE;
    }
    DType own = as_npscalar(na ? a : b)->dtype;
    Value other = na ? b : a;
    if (other.tag == TAG_BOOL)
        return own == DT_BOOL ? DT_BOOL : own;
    if (other.tag == TAG_FLOAT)
        return dtype_is_inexact(own) ? own : DT_NONE;
    if (is_int(other))
        return own == DT_BOOL ? DT_NONE : own;
    if (other.tag != TAG_OBJ)
        return DT_NONE;
    if (is_float(other))
        return dtype_is_inexact(own) ? own : DT_NONE;
    return is_exact(other, &type_complex) && dtype_is_complex(own) ? own : DT_NONE;
}

/* Complex scalars have no //, % and divmod; but where the types must be promoted first, ufuncs say
 * so. */
static bool lacks_operator(Value a, Value b, BinOp op, DType common)
{
    bool na = is_npscalar(a), nb = is_npscalar(b);
    if (op != BIN_FLOORDIV && op != BIN_MOD && op != BIN_DIVMOD)
        return false;
    bool ca = na && dtype_is_complex(as_npscalar(a)->dtype),
         cb = nb && dtype_is_complex(as_npscalar(b)->dtype);
    if (!ca && !cb)
        return false;
    bool truth =
        (na && as_npscalar(a)->dtype == DT_BOOL) || (nb && as_npscalar(b)->dtype == DT_BOOL);
    return !(na && nb) || (common != DT_NONE && !truth);
}

static bool repeats(Value v)
{
    return v.tag == TAG_OBJ &&
           (is_exact(v, &type_list) || is_exact(v, &type_tuple) || is_exact(v, &type_str));
}

/* A float64 operand: a scalar of that type, or a Python float or int. */
static inline bool as_f64(Value v, double *x)
{
    if (v.tag == TAG_FLOAT) {
        *x = v.f;
        return true;
    }
    if (v.tag == TAG_INT) {
        *x = (double)v.i;
        return true;
    }
    if (v.tag != TAG_OBJ || v.o->type != &type_npscalar[DT_FLOAT64] || as_npscalar(v)->pending)
        return false;
    *x = as_npscalar(v)->value.f64;
    return true;
}

static inline bool as_i64(Value v, int64_t *x)
{
    if (v.tag == TAG_INT) {
        *x = v.i;
        return true;
    }
    if (v.tag != TAG_OBJ || v.o->type != &type_npscalar[DT_INT64] || as_npscalar(v)->pending)
        return false;
    *x = as_npscalar(v)->value.i64;
    return true;
}

/* The four operations where no condition can arise; V_UNDEF: it may, or other types. */
static Value scalar_quick(Value a, Value b, BinOp op)
{
    int64_t i, j, k;
    double x, y, r;
    if (as_i64(a, &i) && as_i64(b, &j)) {
        bool over = op == BIN_ADD   ? __builtin_add_overflow(i, j, &k)
                    : op == BIN_SUB ? __builtin_sub_overflow(i, j, &k)
                    : op == BIN_MUL ? __builtin_mul_overflow(i, j, &k)
                                    : true;
        return over ? V_UNDEF : scalar_new(DT_INT64, (Scalar){.i64 = k});
    }
    if (op > BIN_DIV || !as_f64(a, &x) || !as_f64(b, &y) || (op == BIN_DIV && y == 0))
        return V_UNDEF;
    r = op == BIN_ADD ? x + y : op == BIN_SUB ? x - y : op == BIN_MUL ? x * y : x / y;
    if (!isfinite(r) || (op >= BIN_MUL && fabs(r) < DBL_MIN && x != 0))
        return V_UNDEF;
    return scalar_new(DT_FLOAT64, (Scalar){.f64 = r});
}

static bool force_both(Value a, Value b)
{
    Scalar x;
    return (!is_npscalar(a) || scalar_force(a, &x)) && (!is_npscalar(b) || scalar_force(b, &x));
}

/* Powers, and products and quotients of complex numbers, have other bits as scalars than in arrays,
 * and integers of scalars tell their overflow: a future is awaited for them, and for divmod, which
 * waits anyway.  False: exception. */
static bool force_futures(Value a, Value b, BinOp op, DType t)
{
    bool tells = t != DT_NONE && dtype_is_integer(t) && rt_errstate.over != ERRMODE_IGNORE &&
                 (op == BIN_ADD || op == BIN_SUB || op == BIN_MUL);
    if (tells || op == BIN_DIVMOD)
        return force_both(a, b);
    Value both[2] = {a, b};
    bool complex = is_exact(a, &type_complex) || is_exact(b, &type_complex);
    for (int k = 0; k < 2; k++)
        complex |= is_npscalar(both[k]) && dtype_is_complex(as_npscalar(both[k])->dtype);
    if (op != BIN_POW && !(complex && (op == BIN_MUL || op == BIN_DIV)))
        return true;
    return force_both(a, b);
}

/* a op b of what is not yet known; a common type makes it an operator of scalars. */
static Value future_binary(Value a, Value b, BinOp op, DType t)
{
    rt_errstate.scalar = t != DT_NONE;
    Value r = array_binary(a, b, op);
    rt_errstate.scalar = false;
    return r;
}

Value scalar_binary(Value a, Value b, BinOp op)
{
    Value quick = scalar_quick(a, b, op);
    if (!v_is_undef(quick))
        return quick;
    Value lone = is_npscalar(a) ? b : a;
    if (op == BIN_MATMUL && !is_array(lone))
        return V_NOTIMPL;
    if (op == BIN_MUL && repeats(lone)) /* the sequence repeats itself, or refuses */
        return V_NOTIMPL;
    if (op == BIN_ADD && is_str(a))
        return V_NOTIMPL;
    if (is_array(a) || is_array(b))
        return array_binary(a, b, op);
    DType t = common_type(a, b);
    if (lacks_operator(a, b, op, t))
        return V_NOTIMPL;
    if (is_npscalar(a) && as_npscalar(a)->dtype == DT_BOOL)
        t = DT_NONE; /* a bool on the left has no arithmetic of scalars: it is an array's */
    if (!force_futures(a, b, op, t))
        return V_ERROR;
    if (t == DT_NONE || is_future(a) || is_future(b))
        return future_binary(a, b, op, t);
    if (op == BIN_DIV && dtype_is_integer(t))
        t = DT_FLOAT64;
    Scalar x, y;
    if (!element_from_value(a, t, &x, NULL) || !element_from_value(b, t, &y, NULL))
        return V_ERROR;
    Value r = scalar_compute(op, x, y, t);
    return r.tag == TAG_NOTIMPL ? future_binary(a, b, op, t) : r;
}

/* ------------------------------------------------------------------ comparison */

static bool holds(CmpOp op, int order)
{
    switch (op) {
    case CMP_LT:
        return order < 0;
    case CMP_LE:
        return order <= 0;
    case CMP_EQ:
        return order == 0;
    case CMP_NE:
        return order != 0;
    case CMP_GT:
        return order > 0;
    default:
        return order >= 0;
    }
}

static bool holds_f64(CmpOp op, double x, double y)
{
    switch (op) {
    case CMP_LT:
        return x < y;
    case CMP_LE:
        return x <= y;
    case CMP_EQ:
        return x == y;
    case CMP_NE:
        return x != y;
    case CMP_GT:
        return x > y;
    default:
        return x >= y;
    }
}

static bool is_integral(Value v)
{
    return is_int(v) || (is_npscalar(v) && (dtype_is_integer(as_npscalar(v)->dtype) ||
                                            as_npscalar(v)->dtype == DT_BOOL));
}

/* Next to a NumPy bool a Python int becomes an int64, next to an integer it is compared as it is.
 */
static bool fits_beside(Value s, Value other)
{
    int64_t i;
    return as_npscalar(s)->dtype != DT_BOOL || is_npscalar(other) || int_as_int64(other, &i);
}

Value scalar_compare(Value a, Value b, CmpOp op)
{
    int64_t i, j;
    double p, q;
    if (as_i64(a, &i) && as_i64(b, &j))
        return truth_of(holds(op, (i > j) - (i < j)));
    if (a.tag != TAG_INT && b.tag != TAG_INT && as_f64(a, &p) && as_f64(b, &q))
        return truth_of(holds_f64(op, p, q));
    bool na = is_npscalar(a), nb = is_npscalar(b);
    if ((v_is_none(a) || v_is_none(b)) && (op == CMP_EQ || op == CMP_NE))
        return v_bool(op == CMP_NE);
    if (is_future(a) || is_future(b))
        return array_compare(a, b, op);
    if (is_integral(a) && is_integral(b)) {
        if ((na && !fits_beside(a, b)) || (nb && !fits_beside(b, a)))
            return array_compare(a, b, op);
        Value x = na ? scalar_python(a) : retain(a), y = nb ? scalar_python(b) : retain(b);
        int order = int_compare(x, y);
        release(x);
        release(y);
        return truth_of(holds(op, order));
    }
    DType t = common_type(a, b);
    if (t != DT_FLOAT64 && t != DT_FLOAT32)
        return array_compare(a, b, op);
    Scalar x, y;
    if (!element_from_value(a, t, &x, NULL) || !element_from_value(b, t, &y, NULL))
        return V_ERROR;
    if (t == DT_FLOAT32)
        return truth_of(holds_f64(op, x.f32, y.f32));
    return truth_of(holds_f64(op, x.f64, y.f64));
}

/* ----------------------------------------------------------------------- unary */

static Value int_unary(UnOp op, Scalar x, DType t)
{
    int flags = 0;
    Wide w = wide_of(x, t), r = op == UN_INVERT ? ~w : op == UN_NEG || w < 0 ? -w : w;
    int *told = op == UN_INVERT ? &(int){0} : &flags;
    Scalar out = narrow(r, t, told);
    if (flags && !conditions(op == UN_NEG ? "negative" : "absolute", flags))
        return V_ERROR;
    return scalar_new(t, out);
}

Value scalar_unary(Value v, UnOp op)
{
    NpScalar *s = as_npscalar(v);
    DType t = s->dtype;
    Scalar x = s->value;
    bool tells = dtype_is_integer(t) && op != UN_INVERT && op != UN_POS &&
                 rt_errstate.over != ERRMODE_IGNORE;
    if ((tells || (op == UN_ABS && dtype_is_complex(t))) &&
        !scalar_force(v, &x)) /* see force_futures; hypot */
        return V_ERROR;
    if (s->pending || (t == DT_BOOL && op != UN_INVERT && op != UN_ABS) ||
        (dtype_is_inexact(t) && op == UN_INVERT))
        return array_unary(v, op);
    if (op == UN_POS)
        return retain(v);
    if (t == DT_BOOL)
        return truth_of(op == UN_INVERT ? !x.b : x.b);
    if (dtype_is_integer(t))
        return int_unary(op, x, t);
    if (t == DT_FLOAT64)
        x.f64 = op == UN_NEG ? -x.f64 : fabs(x.f64);
    else if (t == DT_FLOAT32)
        x.f32 = op == UN_NEG ? -x.f32 : fabsf(x.f32);
    else if (op == UN_NEG && t == DT_COMPLEX64)
        x.c64 = (Complex64){-x.c64.re, -x.c64.im};
    else if (op == UN_NEG)
        x.c128 = (Complex128){-x.c128.re, -x.c128.im};
    else if (t == DT_COMPLEX64)
        return scalar_new(DT_FLOAT32, (Scalar){.f32 = hypotf(x.c64.re, x.c64.im)});
    else
        return scalar_new(DT_FLOAT64, (Scalar){.f64 = hypot(x.c128.re, x.c128.im)});
    return scalar_new(t, x);
}
