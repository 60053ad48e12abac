/* elementwise.c -- functions that are formulas of ufuncs: clip, round, isclose, interp and their
 * like.  Replicated. */
#include "stdlib/numpy/family.h"
#include "stdlib/numpy/ufunc.h"

#include "interp/objects.h"

#include <math.h>

static bool known_true(Value v, bool *out) /* takes */
{
    int t = v_is_error(v) ? -1 : op_truth(v);
    release(v);
    *out = t > 0;
    return t >= 0;
}

/* ------------------------------------------------------------------------ clip and round */

/* A Python int that no element can pass limits nothing. */
static Value useful_bound(Value bound, DType t, bool low)
{
    if (bound.tag != TAG_OBJ && bound.tag != TAG_INT)
        return bound;
    if (!is_int(bound) || !dtype_is_integer(t))
        return bound;
    int bits = 8 * dtype_size(t);
    bool is_unsigned = dtype_kind(t) == 'u';
    Value edge = low ? (is_unsigned ? v_int(0) : v_int(-(int64_t)(1ull << (bits - 1))))
                     : int_from_u64(is_unsigned ? ~0ull >> (64 - bits) : ~0ull >> (65 - bits));
    int c = int_compare(bound, edge);
    release(edge);
    return (low ? c <= 0 : c >= 0) ? V_NONE : bound;
}

static bool is_zero(Value v)
{
    return (v.tag == TAG_INT && v.i == 0) || (v.tag == TAG_FLOAT && v.f == 0);
}

/* NumPy compares with constant bounds so that -0.0 stays between them. */
static Value clipped_at_zero(Value a, Value low, Value high)
{
    Value r = np_op3(OP_WHERE, np_op2(OP_LESS, retain(a), retain(low)), retain(low), retain(a));
    Value above = np_op2(OP_GREATER, retain(r), retain(high));
    return np_op3(OP_WHERE, above, retain(high), r);
}

/* (a, low, high, out, where, dtype, casting) */
static Value clipped(Value a, Value low, Value high, Value *more)
{
    if (is_array(a)) {
        low = useful_bound(low, array_dtype(a), true);
        high = useful_bound(high, array_dtype(a), false);
        if (dtype_kind(array_dtype(a)) == 'f' && (is_zero(low) || is_zero(high)) &&
            (low.tag == TAG_INT || low.tag == TAG_FLOAT) &&
            (high.tag == TAG_INT || high.tag == TAG_FLOAT) && is_absent(more[0]) &&
            is_absent(more[1]) && is_absent(more[2]))
            return clipped_at_zero(a, low, high);
    }
    OpCode op = is_absent(low) ? OP_MINIMUM : is_absent(high) ? OP_MAXIMUM : OP_CLIP;
    const char *casting = is_str(more[3]) ? str_cstr(more[3]) : NULL;
    if (is_absent(low) && is_absent(high))
        return ufunc_call(OP_POSITIVE, 1, &a, more[0], more[1], more[2], casting);
    Value in[3] = {a, is_absent(low) ? high : low, high};
    return ufunc_call(op, op == OP_CLIP ? 3 : 2, in, more[0], more[1], more[2], casting);
}

/* (a, a_min, a_max, out, min, max, where, dtype, casting) */
/* Keywords that nobody has come to the ufunc that does the work. */
static bool clip_keywords(Value kwargs, Value lo, Value hi)
{
    Value name, x;
    int64_t at = 0;
    if (!dict_next(kwargs, &at, &name, &x))
        return true;
    raise_fmt(&exc_TypeError, "%s() got an unexpected keyword argument '%S'",
              is_absent(lo)   ? is_absent(hi) ? "positive" : "minimum"
              : is_absent(hi) ? "maximum"
                              : "clip",
              name);
    return false;
}
static Value f_clip(Value *a, int n)
{
    bool old = !v_is_undef(a[1]) || !v_is_undef(a[2]),
         fresh = !v_is_undef(a[4]) || !v_is_undef(a[5]);
    if (old && fresh)
        return raise_fmt(&exc_ValueError, "Passing `min` or `max` keyword argument when `a_min` "
                                          "and `a_max` are provided is forbidden.");
    if (old && (v_is_undef(a[1]) || v_is_undef(a[2])))
        return raise_fmt(&exc_TypeError, "clip() missing 1 required positional argument: '%s'",
                         v_is_undef(a[1]) ? "a_min" : "a_max");
    if (!clip_keywords(a[9], fresh ? a[4] : a[1], fresh ? a[5] : a[2]))
        return V_ERROR;
    Value x = array_from_value(a[0], DT_NONE, 0, false);
    if (v_is_error(x))
        return x;
    Value more[4] = {a[3], a[6], a[7], a[8]};
    Value r = clipped(x, fresh ? a[4] : a[1], fresh ? a[5] : a[2], more);
    release(x);
    return r;
}

/* (self, min, max, out, where, dtype, casting) */
static Value m_clip(Value *a, int n)
{
    if (!clip_keywords(a[7], a[1], a[2]))
        return V_ERROR;
    return clipped(a[0], a[1], a[2], a + 3);
}

/* x (taken) times or by a power of ten, rounded, and back. */
static Value scaled_round(Value x, int64_t places, bool whole)
{
    DType t = is_array(x) ? array_dtype(x) : as_npscalar(x)->dtype;
    double f = 1;
    for (int64_t k = places < 0 ? -places : places; k > 0 && f < 1e300; k--)
        f *= 10;
    OpCode there = places < 0 ? OP_DIVIDE : OP_MULTIPLY,
           back = places < 0 ? OP_MULTIPLY : OP_DIVIDE;
    Value r = np_op2(back, np_op1(OP_RINT, np_op2(there, x, v_float(f))), v_float(f));
    return whole ? np_cast(r, t) : r;
}

/* Both parts of the complex x (taken) for themselves. */
static Value parts_rounded(Value x, int64_t places)
{
    x = np_array(x);
    Value r = v_is_error(x) ? x : array_copy(x, 'K');
    release(x);
    for (int k = 0; k < 2 && !v_is_error(r); k++) {
        Value part = array_part_of(retain(r), k == 1),
              value = v_is_error(part) ? part : scaled_round(retain(part), places, false);
        bool ok = !v_is_error(value) && array_assign(part, value);
        release(value);
        release(part);
        if (!ok) {
            release(r);
            return V_ERROR;
        }
    }
    return np_result(r);
}

static Value rounded(Value a, Value decimals, Value out)
{
    int64_t places;
    if (!op_as_int64(decimals, &places))
        return V_ERROR;
    Value x = is_array(a) ? retain(a) : array_or_scalar(array_from_value(a, DT_NONE, 0, false));
    if (v_is_error(x))
        return x;
    DType t = is_array(x) ? array_dtype(x) : as_npscalar(x)->dtype;
    Value r;
    if (!dtype_is_inexact(t))
        r = places >= 0 || t == DT_BOOL ? np_op1(OP_COPY, x) : scaled_round(x, places, true);
    else
        r = places == 0           ? np_op1(OP_RINT, x)
            : dtype_is_complex(t) ? parts_rounded(x, places)
                                  : scaled_round(x, places, false);
    return np_store(r, out, "rint");
}

static Value f_round(Value *a, int n)
{
    return rounded(a[0], a[1], a[2]);
}

static Value f_fix(Value *a, int n)
{
    Value x = array_from_value(a[0], DT_NONE, 0, false);
    Value r = v_is_error(x) ? x : ufunc_call(OP_TRUNC, 1, &x, a[1], V_UNDEF, V_UNDEF, NULL);
    release(x);
    return r;
}

/* ---------------------------------------------------------------------------- complex */

static Value part(Value v, const char *name)
{
    Value r = op_getattr_opt(v, str_intern(name));
    if (!v_is_undef(r))
        return r;
    Value x = array_from_value(v, DT_NONE, 0, false);
    if (v_is_error(x))
        return x;
    r = op_getattr(x, str_intern(name));
    release(x);
    return r;
}
static Value f_real(Value *a, int n)
{
    return part(a[0], "real");
}
static Value f_imag(Value *a, int n)
{
    return part(a[0], "imag");
}

static Value complex_or(Value v, OpCode op, Value *zero)
{
    Value x = array_from_value(v, DT_NONE, 0, false);
    if (v_is_error(x))
        return x;
    if (dtype_is_complex(array_dtype(x)))
        return np_op1(op, x);
    *zero = x;
    return V_UNDEF;
}

static Value f_angle(Value *a, int n)
{
    bool degrees;
    Value x = V_UNDEF, r;
    if (!np_flag(a[1], false, &degrees))
        return V_ERROR;
    Value im = complex_or(a[0], OP_IMAG, &x);
    if (v_is_undef(im))
        r = np_op2(OP_ARCTAN2, v_int(0), x);
    else
        r = v_is_error(im) ? im : np_op2(OP_ARCTAN2, im, complex_or(a[0], OP_REAL, &x));
    return degrees ? np_op2(OP_MULTIPLY, r, v_float(180 / M_PI)) : r;
}

static Value f_iscomplex(Value *a, int n)
{
    Value x = V_UNDEF;
    Value im = complex_or(a[0], OP_IMAG, &x);
    if (!v_is_undef(im))
        return np_op2(OP_NOT_EQUAL, im, v_int(0));
    Value r = np_filled(DT_BOOL, array_ndim(x), array_shape(x), DT_BOOL, (Scalar){0});
    release(x);
    return array_or_scalar(r);
}
static Value f_isreal(Value *a, int n)
{
    return np_op1(OP_LOGICAL_NOT, f_iscomplex(a, n));
}

static Value m_conjugate(Value *a, int n)
{
    if (!v_is_none(a[1]) && !is_array(a[1]))
        return raise_fmt(&exc_TypeError, "output must be an array");
    if (v_is_none(a[1]) && !dtype_is_complex(array_dtype(a[0])))
        return retain(a[0]);
    return ufunc_call(OP_CONJUGATE, 1, a, v_is_none(a[1]) ? V_UNDEF : a[1], V_UNDEF, V_UNDEF, NULL);
}

/* ------------------------------------------------------------------------- infinities */

static Value signed_infinity(Value *a, bool negative)
{
    Value x = array_from_value(a[0], DT_NONE, 0, false);
    if (v_is_error(x))
        return x;
    if (dtype_is_complex(array_dtype(x))) {
        DType t = array_dtype(x);
        release(x);
        return raise_fmt(
            &exc_TypeError,
            "This operation is not supported for %s values because it would be ambiguous.",
            dtype_name(t));
    }
    Value inf = np_op1(OP_ISINF, retain(x)), sign = np_op1(OP_SIGNBIT, np_cast(x, DT_FLOAT64));
    Value in[2] = {inf, negative ? sign : np_op1(OP_LOGICAL_NOT, sign)};
    Value r = v_is_error(in[0]) || v_is_error(in[1])
                  ? V_ERROR
                  : ufunc_call(OP_LOGICAL_AND, 2, in, a[1], V_UNDEF, V_UNDEF, NULL);
    release(in[0]);
    release(in[1]);
    return r;
}
static Value f_isposinf(Value *a, int n)
{
    return signed_infinity(a, false);
}
static Value f_isneginf(Value *a, int n)
{
    return signed_infinity(a, true);
}

static Value replaced(Value x, Value where, Value given, double dflt)
{
    return np_op3(OP_WHERE, where, is_absent(given) ? v_float(dflt) : retain(given), x);
}

/* (x, copy, nan, posinf, neginf) */
static Value real_nan_to_num(Value x, Value *a)
{
    DType t = is_array(x) ? array_dtype(x) : as_npscalar(x)->dtype;
    double top = t == DT_FLOAT32 || t == DT_COMPLEX64 ? __FLT_MAX__ : __DBL_MAX__;
    Value nan = np_op1(OP_ISNAN, retain(x)), inf = np_op1(OP_ISINF, retain(x)),
          minus = np_op1(OP_SIGNBIT, retain(x));
    Value high = np_op2(OP_LOGICAL_AND, retain(inf), np_op1(OP_LOGICAL_NOT, retain(minus)));
    Value low = np_op2(OP_LOGICAL_AND, inf, minus);
    x = replaced(x, nan, a[2], 0);
    x = replaced(x, high, a[3], top);
    return replaced(x, low, a[4], -top);
}

static Value f_nan_to_num(Value *a, int n)
{
    bool copy;
    if (!np_flag(a[1], true, &copy))
        return V_ERROR;
    Value x = array_from_value(a[0], DT_NONE, 0, false);
    if (v_is_error(x))
        return x;
    Value keep = retain(x), r;
    DType t = array_dtype(x);
    if (!dtype_is_inexact(t)) {
        r = np_op1(OP_COPY, x);
    } else if (dtype_is_complex(t)) {
        Value re = real_nan_to_num(np_op1(OP_REAL, retain(x)), a),
              im = real_nan_to_num(np_op1(OP_IMAG, x), a);
        r = np_op2(OP_ADD, re, np_op2(OP_MULTIPLY, im, complex_new(0, 1)));
        r = np_cast(r, t);
    } else {
        r = real_nan_to_num(x, a);
    }
    if (!copy && !v_is_error(r) && is_array(a[0]))
        r = np_store(r, a[0], "copyto");
    release(keep);
    return r;
}

/* --------------------------------------------------------------------------- closeness */

static Value closeness(Value a, Value b, Value rtol, Value atol, bool equal_nan)
{
    Value x = array_from_value(a, DT_NONE, 0, false),
          y = v_is_error(x) ? V_ERROR : array_from_value(b, DT_NONE, 0, false);
    if (v_is_error(y)) {
        release(x);
        return y;
    }
    if (!dtype_is_inexact(array_dtype(y)))
        y = np_cast(y, DT_FLOAT64);
    ErrState saved = rt_errstate;
    rt_errstate.invalid = ERRMODE_IGNORE;
    Value bound = np_op2(OP_ADD, retain(atol),
                         np_op2(OP_MULTIPLY, retain(rtol), np_op1(OP_ABSOLUTE, retain(y))));
    Value near = np_op2(OP_LESS_EQUAL,
                        np_op1(OP_ABSOLUTE, np_op2(OP_SUBTRACT, retain(x), retain(y))), bound);
    Value r = np_op2(OP_LOGICAL_AND, near, np_op1(OP_ISFINITE, retain(y)));
    r = np_op2(OP_LOGICAL_OR, r, np_op2(OP_EQUAL, retain(x), retain(y)));
    if (equal_nan)
        r = np_op2(
            OP_LOGICAL_OR, r,
            np_op2(OP_LOGICAL_AND, np_op1(OP_ISNAN, retain(x)), np_op1(OP_ISNAN, retain(y))));
    rt_errstate = saved;
    release(x);
    release(y);
    return r;
}

/* (a, b, rtol, atol, equal_nan) */
static Value f_isclose(Value *a, int n)
{
    bool nan;
    return np_flag(a[4], false, &nan) ? closeness(a[0], a[1], a[2], a[3], nan) : V_ERROR;
}

static Value all_of(Value v) /* takes; Python's bool */
{
    Value r = v_is_error(v) ? v : np_fold(FOLD_ALL, v);
    bool yes;
    release(v);
    return known_true(r, &yes) ? v_bool(yes) : V_ERROR;
}

static Value f_allclose(Value *a, int n)
{
    return all_of(f_isclose(a, n));
}

static bool same_shapes(Value x, Value y)
{
    return array_ndim(x) == array_ndim(y) &&
           !memcmp(array_shape(x), array_shape(y), sizeof(int64_t) * (size_t)array_ndim(x));
}

static Value equal_arrays(Value *a, bool broadcast, bool equal_nan)
{
    Value x = array_from_value(a[0], DT_NONE, 0, false),
          y = v_is_error(x) ? V_ERROR : array_from_value(a[1], DT_NONE, 0, false);
    if (v_is_error(y)) {
        release(x);
        if (error_matches(&exc_Unsupported))
            return V_ERROR;
        error_clear();
        return V_FALSE;
    }
    int nd;
    int64_t shape[NDIM_MAX];
    const int64_t *const shapes[2] = {array_shape(x), array_shape(y)};
    bool fits = broadcast
                    ? broadcast_shapes(2, (int[]){array_ndim(x), array_ndim(y)}, shapes, &nd, shape)
                    : same_shapes(x, y);
    Value r = V_FALSE;
    if (fits) {
        Value same = np_op2(OP_EQUAL, retain(x), retain(y));
        if (equal_nan)
            same = np_op2(
                OP_LOGICAL_OR, same,
                np_op2(OP_LOGICAL_AND, np_op1(OP_ISNAN, retain(x)), np_op1(OP_ISNAN, retain(y))));
        r = all_of(same);
    }
    release(x);
    release(y);
    return r;
}
static Value f_array_equal(Value *a, int n)
{
    bool nan;
    return np_flag(a[2], false, &nan) ? equal_arrays(a, false, nan) : V_ERROR;
}
static Value f_array_equiv(Value *a, int n)
{
    return equal_arrays(a, true, false);
}

/* ------------------------------------------------------------------- numerical functions */

/* sin(pi x) / (pi x), 1 at 0. */
static Value f_sinc(Value *a, int n)
{
    Value x = array_from_value(a[0], DT_NONE, 0, false);
    if (v_is_error(x))
        return x;
    if (!dtype_is_inexact(array_dtype(x)))
        x = np_cast(x, DT_FLOAT64);
    Value zero = np_op2(OP_EQUAL, retain(x), v_int(0));
    Value y = np_op2(OP_MULTIPLY, v_float(M_PI), np_op3(OP_WHERE, zero, v_float(1.0e-20), x));
    return np_op2(OP_DIVIDE, np_op1(OP_SIN, retain(y)), y);
}

/* Element i of each of the 1-D arrays, through an array of positions. */
static Value at_positions(Value a, Value index)
{
    return array_getitem(a, index);
}

/* Piecewise linear: slope of the interval times the distance from its left end. */
static Value interpolate(Value x, Value xp, Value fp, Value left, Value right)
{
    int64_t n = array_size(xp);
    if (n == 0)
        return raise_fmt(&exc_ValueError, "array of sample points is empty");
    if (array_size(fp) != n)
        return raise_fmt(&exc_ValueError, "fp and xp are not of the same length.");
    Value pos = array_new(DT_INT64, array_ndim(x), array_shape(x));
    if (v_is_error(pos))
        return pos;
    Operand a = array_operand(xp), v = array_operand(x), o = array_operand(pos);
    if (!status_ok(rt_searchsorted(&a, &v, true, &o))) {
        release(pos);
        return V_ERROR;
    }
    Value top = v_int(int64_max(n - 2, 0)), next = v_int(n > 1);
    Value j = np_op3(OP_CLIP, np_op2(OP_SUBTRACT, pos, v_int(1)), v_int(0), top);
    Value k = np_op2(OP_ADD, retain(j), next);
    if (v_is_error(j) || v_is_error(k)) {
        release(j);
        release(k);
        return V_ERROR;
    }
    Value x0 = at_positions(xp, j), x1 = at_positions(xp, k), f0 = at_positions(fp, j),
          f1 = at_positions(fp, k);
    release(j);
    release(k);
    ErrState saved = rt_errstate;
    rt_errstate = (ErrState){0};
    Value slope = np_op2(OP_DIVIDE, np_op2(OP_SUBTRACT, retain(f1), retain(f0)),
                         np_op2(OP_SUBTRACT, x1, retain(x0)));
    Value r = np_op2(OP_ADD, np_op2(OP_MULTIPLY, slope, np_op2(OP_SUBTRACT, retain(x), retain(x0))),
                     retain(f0));
    r = np_op3(OP_WHERE, np_op2(OP_EQUAL, retain(x), x0), f0, r);
    release(f1);
    rt_errstate = saved;
    Value ends[2] = {array_getitem(xp, v_int(0)), array_getitem(xp, v_int(-1))};
    Value low = is_absent(left) ? array_getitem(fp, v_int(0)) : retain(left);
    Value high = is_absent(right) ? array_getitem(fp, v_int(-1)) : retain(right);
    Value last = array_getitem(fp, v_int(-1));
    r = np_op3(OP_WHERE, np_op2(OP_GREATER_EQUAL, retain(x), retain(ends[1])), last, r);
    r = np_op3(OP_WHERE, np_op2(OP_GREATER, retain(x), ends[1]), high, r);
    r = np_op3(OP_WHERE, np_op2(OP_LESS, retain(x), ends[0]), low, r);
    return np_op3(OP_WHERE, np_op1(OP_ISNAN, retain(x)), retain(x), r);
}

static bool is_1d(Value a)
{
    if (array_ndim(a) != 1)
        raise_fmt(&exc_ValueError, array_ndim(a) ? "object too deep for desired array"
                                                 : "object of too small depth for desired array");
    return array_ndim(a) == 1;
}

static Value f_interp(Value *a, int n)
{
    if (!is_absent(a[5]))
        return raise_unsupported("interp(period=)", "NumPy");
    for (int k = 0; k < 2; k++)
        if (is_array(a[k]) && dtype_is_complex(array_dtype(a[k])))
            return raise_fmt(&exc_TypeError,
                             "Cannot cast array data from dtype('%s') to dtype('float64') "
                             "according to the rule 'safe'",
                             dtype_name(array_dtype(a[k])));
    Value x = array_from_value(a[0], DT_FLOAT64, 0, false),
          xp = array_from_value(a[1], DT_FLOAT64, 0, false);
    Value fp = array_from_value(a[2], DT_FLOAT64, 0, false), r = V_ERROR;
    if (!v_is_error(x) && !v_is_error(xp) && !v_is_error(fp) && is_1d(fp) && is_1d(xp))
        r = array_or_scalar(interpolate(x, xp, fp, a[3], a[4]));
    release(x);
    release(xp);
    release(fp);
    return r;
}

/* Sum of the shorter array's elements times the longer one, shifted. */
static Value convolve(Value x, Value y, int64_t first, int64_t count)
{
    if (array_size(y) > array_size(x)) {
        Value t = x;
        x = y;
        y = t;
    }
    int64_t n = array_size(x), m = array_size(y), full = n + m - 1;
    Value r = array_new(dtype_promote(array_dtype(x), array_dtype(y)), 1, &full);
    for (int64_t k = 0; k < m && !v_is_error(r); k++) {
        View v = view_slice(&as_array(r)->view, 0, k, 1, n);
        Value at = array_view(r, &v);
        Value p = np_op2(OP_MULTIPLY, retain(x), array_getitem(y, v_int(k)));
        if (!np_into(OP_ADD, retain(at), p, at)) {
            release(r);
            r = V_ERROR;
        }
        release(at);
    }
    if (v_is_error(r))
        return r;
    View v = view_slice(&as_array(r)->view, 0, first, 1, count);
    return first == 0 && count == full ? r : np_view(r, &v);
}

static Value f_convolve(Value *a, int n)
{
    static const char *const modes[] = {"valid", "same", "full"};
    int mode = -1;
    for (int k = 0; k < 3; k++)
        if (is_str(a[2]) && str_equals(a[2].s, modes[k]))
            mode = k;
    if (mode < 0)
        return raise_fmt(&exc_ValueError, "mode must be one of 'valid', 'same', or 'full' (got %R)",
                         a[2]);
    Value x = array_from_value(a[0], DT_NONE, 1, false),
          y = v_is_error(x) ? V_ERROR : array_from_value(a[1], DT_NONE, 1, false);
    Value r = V_ERROR;
    if (v_is_error(y)) {
        release(x);
        return y;
    }
    int64_t p = array_size(x), q = array_size(y), big = int64_max(p, q), small = int64_min(p, q);
    if (array_ndim(x) != 1 || array_ndim(y) != 1)
        raise_fmt(&exc_ValueError, "object too deep for desired array");
    else if (p == 0 || q == 0)
        raise_fmt(&exc_ValueError, "%s cannot be empty", p == q ? "a" : "v");
    else if (mode == 2)
        r = convolve(x, y, 0, p + q - 1);
    else
        r = convolve(x, y, mode == 1 ? (small - 1) / 2 : small - 1,
                     mode == 1 ? big : big - small + 1);
    release(x);
    release(y);
    return r;
}

/* Component k of the last axis. */
static Value component(Value a, int64_t k)
{
    View v = view_index(&as_array(a)->view, array_ndim(a) - 1, k);
    return array_view(a, &v);
}

static Value minor(Value a, Value b, int64_t i, int64_t j) /* a_i b_j - a_j b_i */
{
    return np_op2(OP_SUBTRACT, np_op2(OP_MULTIPLY, component(a, i), component(b, j)),
                  np_op2(OP_MULTIPLY, component(a, j), component(b, i)));
}

static Value cross(Value a, Value b)
{
    int na = array_ndim(a), nb = array_ndim(b), nd;
    int64_t shape[NDIM_MAX], la = array_shape(a)[na - 1], lb = array_shape(b)[nb - 1];
    const int64_t *const shapes[2] = {array_shape(a), array_shape(b)};
    if ((la != 2 && la != 3) || (lb != 2 && lb != 3))
        return raise_fmt(&exc_ValueError,
                         "incompatible dimensions for cross product\n(dimension must be 2 or 3)");
    if (la == 2 && lb == 2) {
        if (!warn_fmt(&exc_DeprecationWarning, "Arrays of 2-dimensional vectors are deprecated. "
                                               "Use arrays of 3-dimensional vectors "
                                               "instead. (deprecated in NumPy 2.0)"))
            return V_ERROR;
        return np_array(minor(a, b, 0, 1));
    }
    if (la != 3 || lb != 3)
        return raise_unsupported("cross of a 2-vector with a 3-vector", "NumPy");
    if (!broadcast_shapes(2, (int[]){na, nb}, shapes, &nd, shape)) {
        Arg args[2] = {{.op = array_operand(a)}, {.op = array_operand(b)}};
        return raise_broadcast(2, args);
    }
    Value r = array_new(dtype_promote(array_dtype(a), array_dtype(b)), nd, shape);
    for (int k = 0; k < 3 && !v_is_error(r); k++) {
        Value at = component(r, k), m = minor(a, b, (k + 1) % 3, (k + 2) % 3);
        if (v_is_error(m) || !array_assign(at, m)) {
            release(r);
            r = V_ERROR;
        }
        release(at);
        release(m);
    }
    return r;
}

static Value f_cross(Value *a, int n)
{
    if (!(a[2].tag == TAG_INT && a[2].i == -1) || !(a[3].tag == TAG_INT && a[3].i == -1) ||
        !(a[4].tag == TAG_INT && a[4].i == -1) ||
        !(is_absent(a[5]) || (a[5].tag == TAG_INT && a[5].i == -1)))
        return raise_unsupported("cross(axis=)", "NumPy");
    Value x = array_from_value(a[0], DT_NONE, 0, false),
          y = v_is_error(x) ? V_ERROR : array_from_value(a[1], DT_NONE, 0, false);
    Value r = V_ERROR;
    if (!v_is_error(y))
        r = array_ndim(x) && array_ndim(y)
                ? cross(x, y)
                : raise_fmt(&exc_ValueError, "At least one array has zero dimension");
    release(x);
    release(y);
    return r;
}

/* Polynomial by Horner's rule. */
static Value f_polyval(Value *a, int n)
{
    Value p = array_from_value(a[0], DT_NONE, 0, false);
    Value x = v_is_error(p) ? V_ERROR : array_from_value(a[1], DT_NONE, 0, false);
    if (!v_is_error(x) && array_ndim(p) == 0) {
        release(x);
        x = raise_fmt(&exc_TypeError, "iteration over a 0-d array");
    }
    if (v_is_error(x)) {
        release(p);
        return x;
    }
    Value y = np_filled(array_dtype(x), array_ndim(x), array_shape(x), DT_INT64, (Scalar){0});
    for (int64_t k = 0; k < array_shape(p)[0]; k++)
        y = np_op2(OP_ADD, np_op2(OP_MULTIPLY, y, retain(x)), array_getitem(p, v_int(k)));
    release(p);
    release(x);
    return y;
}

#define CLIP_MORE "out=None, *, where=?, dtype=None, casting=?, **kwargs"

const NativeDef numpy_ufunc[] = {
    {"clip",
     "def: a, a_min=?, a_max=?, out=None, *, min=?, max=?, where=?, dtype=None, casting=?, "
     "**kwargs",
     f_clip, "Limited to [a_min, a_max]."},
    {"round", "def: a, decimals=0, out=None", f_round, "Rounded to decimals, half to even."},
    {"around", "def: a, decimals=0, out=None", f_round, "Rounded to decimals, half to even."},
    {"fix", "def: x, out=None", f_fix, "Rounded towards zero."},
    {"real", "def: val", f_real, "Real part."},
    {"imag", "def: val", f_imag, "Imaginary part."},
    {"angle", "def: z, deg=False", f_angle, "Angle of complex numbers."},
    {"isreal", "def: x", f_isreal, "Is the imaginary part zero?"},
    {"iscomplex", "def: x", f_iscomplex, "Is the imaginary part not zero?"},
    {"isposinf", "def: x, out=None", f_isposinf, "Is x positive infinity?"},
    {"isneginf", "def: x, out=None", f_isneginf, "Is x negative infinity?"},
    {"nan_to_num", "def: x, copy=True, nan=0.0, posinf=None, neginf=None", f_nan_to_num,
     "NaN and infinities replaced by numbers."},
    {"isclose", "def: a, b, rtol=1e-05, atol=1e-08, equal_nan=False", f_isclose,
     "Are elements equal within tolerances?"},
    {"allclose", "def: a, b, rtol=1e-05, atol=1e-08, equal_nan=False", f_allclose,
     "Are all elements equal within tolerances?"},
    {"array_equal", "def: a1, a2, equal_nan=False", f_array_equal, "Same shape and elements?"},
    {"array_equiv", "def: a1, a2", f_array_equiv, "Equal after broadcasting?"},
    {"sinc", "def: x", f_sinc, "sin(pi x) / (pi x)."},
    {"interp", "def: x, xp, fp, left=None, right=None, period=None", f_interp,
     "Piecewise linear interpolation."},
    {"convolve", "def: a, v, mode='full'", f_convolve, "Discrete convolution of two sequences."},
    {"cross", "def: a, b, axisa=-1, axisb=-1, axisc=-1, axis=None", f_cross, "Vector product."},
    {"polyval", "def: p, x", f_polyval, "Value of a polynomial, highest power first."},
    {0}};

static const NativeDef elementwise_methods[] = {
    {"clip", "def _clip: a, min=None, max=None, " CLIP_MORE, m_clip, "Limited to [min, max]."},
    {"round", "self, decimals=0, out=None", f_round, "Rounded to decimals, half to even."},
    {"conj", "vararg conjugate: self, out=None, /", m_conjugate, "Complex conjugate."},
    {"conjugate", "vararg: self, out=None, /", m_conjugate, "Complex conjugate."},
    {0}};

void numpy_families_init(Value numpy)
{
    static bool done;
    if (!done)
        for (const NativeDef *d = elementwise_methods; d->name; d++)
            type_add(&type_ndarray, d->name, native_new(d, &type_ndarray, 0));
    done = true;
    ufunc_init(numpy);
    module_add_natives(numpy, numpy_stats);
    module_add_natives(numpy, numpy_histogram);
    errstate_init(numpy);
    printing_init(numpy);
}
