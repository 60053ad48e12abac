/* convert.c -- from Python values to arrays, operands, types, shapes and axes.  Replicated.
 *
 * Nested sequences are read twice: once for shape and type (NumPy's discovery), once to fill host
 * bytes that go to the runtime in one piece; arrays and futures among the leaves are copied into
 * their place by statements, so that nothing is observed.
 */
#include "stdlib/numpy/array.h"

#include "interp/objects.h"
#include "runtime/text/number.h"

#include <math.h>

/* --------------------------------------------------------------------- scalars */

DType scalar_dtype(Value v)
{
    switch (v.tag) {
    case TAG_BOOL:
        return DT_BOOL;
    case TAG_INT:
        return DT_INT64;
    case TAG_FLOAT:
        return DT_FLOAT64;
    case TAG_OBJ:
        break;
    default:
        return DT_NONE;
    }
    if (is_npscalar(v))
        return as_npscalar(v)->dtype;
    uint64_t u;
    int64_t i;
    if (is_int(v))
        return int_as_int64(v, &i) ? DT_INT64 : int_as_u64(v, &u) ? DT_UINT64 : DT_NONE;
    if (is_float(v))
        return DT_FLOAT64;
    return is_complex(v) ? DT_COMPLEX128 : DT_NONE;
}

static bool fail_bounds(Value v, DType t)
{
    int64_t i;
    uint64_t u;
    bool wide = t == DT_UINT64 || t == DT_UINT32; /* these go through C's unsigned long */
    if (!int_as_int64(v, &i) && (!wide || !int_as_u64(v, &u)))
        raise_fmt(&exc_OverflowError, "Python int too large to convert to C long");
    else
        raise_fmt(&exc_OverflowError, "Python integer %S out of bounds for %s", v, dtype_name(t));
    return false;
}

/* A Python int into an integer type, checked. */
static bool int_to_element(Value v, DType t, Scalar *out)
{
    int64_t i;
    uint64_t u;
    memset(out, 0, sizeof *out);
    if (t == DT_UINT64) {
        if (!int_as_u64(v, &u))
            return fail_bounds(v, t);
        out->u64 = u;
        return true;
    }
    if (!int_as_int64(v, &i))
        return fail_bounds(v, t);
    int bits = 8 * dtype_size(t);
    int64_t low = dtype_kind(t) == 'u' ? 0 : -(int64_t)(1ull << (bits - 1));
    int64_t high =
        dtype_kind(t) == 'u' ? (int64_t)((1ull << bits) - 1) : (int64_t)((1ull << (bits - 1)) - 1);
    if (bits < 64 && (i < low || i > high))
        return fail_bounds(v, t);
    *out = dtype_cast((Scalar){.i64 = i}, DT_INT64, t, NULL);
    return true;
}

bool weak_to_const(Value v, DType t, Scalar *out)
{
    memset(out, 0, sizeof *out);
    if (is_int(v) && dtype_is_integer(t)) {
        return int_to_element(v, t, out);
    }
    Scalar x = {.i64 = 0};
    if (is_int(v)) {
        bool overflow = false;
        x.f64 = int_as_double(v, &overflow);
        if (overflow) {
            raise_fmt(&exc_OverflowError, "int too large to convert to float");
            return false;
        }
        *out = dtype_cast(x, DT_FLOAT64, t, NULL);
        return true;
    }
    if (is_float(v)) {
        int flags = 0;
        x.f64 = float_value(v);
        *out = dtype_cast(x, DT_FLOAT64, t, &flags);
        if (flags & FLAG_OVERFLOW)
            return warn_fmt(&exc_RuntimeWarning, "overflow encountered in cast");
        return true;
    }
    complex_value(v, &x.c128.re, &x.c128.im);
    *out = dtype_cast(x, DT_COMPLEX128, t, NULL);
    return true;
}

static bool warn_flags(int flags)
{
    if ((flags & FLAG_OVERFLOW) && rt_errstate.over == ERRMODE_WARN)
        return warn_fmt(&exc_RuntimeWarning, "overflow encountered in cast");
    if ((flags & FLAG_INVALID) && rt_errstate.invalid == ERRMODE_WARN)
        return warn_fmt(&exc_RuntimeWarning, "invalid value encountered in cast");
    return true;
}

/* Text as a number of type t: what int(s) and float(s) read. */
static bool text_to_element(Value v, DType t, Scalar *out)
{
    Type *cls = dtype_is_complex(t)    ? &type_complex
                : dtype_kind(t) == 'f' ? &type_float
                                       : &type_int;
    if (t == DT_BOOL) {
        *out = (Scalar){.b = v.s->n != 0};
        return true;
    }
    Value x = op_call1(v_obj(cls), v);
    if (v_is_error(x) && cls == &type_float && error_matches(&exc_ValueError)) {
        error_clear();
        raise_fmt(&exc_ValueError, "could not convert string to float: %R", v);
    }
    bool ok = !v_is_error(x) && element_from_value(x, t, out, NULL);
    release(x);
    return ok;
}

static bool fail_argument(DType t, Value v)
{
    const char *what = dtype_is_integer(t)
                           ? "int() argument must be a string, a bytes-like object or a real number"
                       : dtype_kind(t) == 'f' ? "float() argument must be a string or a real number"
                                              : "must be real number";
    raise_fmt(&exc_TypeError, dtype_is_complex(t) ? "%s, not %T" : "%s, not '%T'", what, v);
    return false;
}

/* A Python float in an integer type: int(x), then the range check. */
static bool float_to_element(double x, DType t, Scalar *out)
{
    if (!dtype_is_integer(t)) {
        int flags = 0;
        *out = dtype_cast((Scalar){.f64 = x}, DT_FLOAT64, t, &flags);
        return warn_flags(flags);
    }
    Value i = int_from_double(x);
    bool ok = !v_is_error(i) && int_to_element(i, t, out);
    release(i);
    return ok;
}

static bool python_to_element(Value v, DType t, Scalar *out, bool *sequence)
{
    if (v.tag == TAG_BOOL) {
        *out = dtype_cast((Scalar){.b = (uint8_t)v.i}, DT_BOOL, t, NULL);
        return true;
    }
    if (is_int(v)) {
        if (t == DT_BOOL) {
            *out = (Scalar){.b = int_sign(v) != 0};
            return true;
        }
        return dtype_is_integer(t) ? int_to_element(v, t, out) : weak_to_const(v, t, out);
    }
    if (is_float(v))
        return float_to_element(float_value(v), t, out);
    if (is_complex(v)) {
        if (!dtype_is_complex(t) && t != DT_BOOL) {
            raise_fmt(&exc_TypeError,
                      dtype_is_integer(t)
                          ? "int() argument must be a string, a bytes-like object or a real "
                            "number, not 'complex'"
                          : "float() argument must be a string or a real number, not 'complex'");
            return false;
        }
        Scalar x = {.i64 = 0};
        complex_value(v, &x.c128.re, &x.c128.im);
        int flags = 0;
        *out = dtype_cast(x, DT_COMPLEX128, t, &flags);
        return warn_flags(flags);
    }
    if (is_str(v))
        return text_to_element(v, t, out);
    if (v_is_none(v) && dtype_is_inexact(t)) {
        Scalar none = {.c128 = {NAN, NAN}};
        *out = dtype_is_complex(t) ? dtype_cast(none, DT_COMPLEX128, t, NULL)
                                   : dtype_cast(none, DT_FLOAT64, t, NULL);
        return true;
    }
    if (sequence && !v_is_none(v)) {
        *sequence = true;
        return false;
    }
    double d;
    if (t == DT_BOOL) {
        int truth = op_truth(v);
        *out = (Scalar){.b = truth > 0};
        return truth >= 0;
    }
    if (dtype_kind(t) == 'f' && (is_list(v) || is_tuple(v))) {
        raise_fmt(&exc_ValueError, "setting an array element with a sequence.");
        return false;
    }
    if (v_is_none(v) || is_list(v) || is_tuple(v))
        return fail_argument(t, v);
    if (!op_as_float(v, &d)) {
        if (error_matches(&exc_TypeError)) {
            error_clear();
            fail_argument(t, v);
        }
        return false;
    }
    return float_to_element(d, t, out);
}

bool element_from_value(Value v, DType t, Scalar *out, bool *sequence)
{
    Scalar x;
    DType from;
    memset(out, 0, sizeof *out);
    if (is_npscalar(v)) {
        from = as_npscalar(v)->dtype;
        if (!scalar_force(v, &x))
            return false;
    } else if (is_array(v)) {
        if (as_array(v)->view.ndim && sequence) {
            *sequence = true;
            return false;
        }
        from = array_dtype(v);
        Operand in = array_operand(v);
        if (view_size(&in.view) != 1) {
            raise_fmt(&exc_ValueError, "setting an array element with a sequence.");
            return false;
        }
        in.view = (View){.ndim = 0, .offset = in.view.offset};
        if (!status_ok(rt_value(&in, &x)))
            return false;
    } else {
        return python_to_element(v, t, out, sequence);
    }
    if (dtype_is_complex(from) && !dtype_is_complex(t) && t != DT_BOOL &&
        !warn_fmt(&exc_ComplexWarning,
                  "Casting complex values to real discards the imaginary part"))
        return false;
    int flags = 0;
    *out = dtype_cast(x, from, t, &flags);
    return warn_flags(flags);
}

bool element_is_checked(Value v, DType t)
{
    return is_npscalar(v) && dtype_kind(t) == 'i' &&
           !dtype_can_cast(as_npscalar(v)->dtype, t, CAST_SAFE);
}

bool element_store_value(Value v, DType t, Scalar *out, bool *sequence)
{
    Scalar x;
    if (!element_is_checked(v, t))
        return element_from_value(v, t, out, sequence);
    DType from = as_npscalar(v)->dtype;
    if (!scalar_force(v, &x))
        return false;
    if (dtype_is_complex(from) &&
        !warn_fmt(&exc_ComplexWarning,
                  "Casting complex values to real discards the imaginary part"))
        return false;
    if (dtype_is_inexact(from))
        return float_to_element(dtype_cast(x, from, DT_FLOAT64, NULL).f64, t, out);
    Value i = element_to_python(from, &x);
    bool ok = int_to_element(i, t, out);
    release(i);
    return ok;
}

/* ------------------------------------------------------------------- discovery */

typedef struct Found {
    int ndim;
    int64_t shape[NDIM_MAX + 1];
    DType dtype;
    bool ragged;
    int leaf_depth; /* -1: no scalar leaf yet */
    bool failed;    /* an exception is set */
} Found;

static bool is_sequence(Value v)
{
    return v.tag == TAG_OBJ && (is_list(v) || is_tuple(v) || is_instance(v, &type_range) ||
                                is_instance(v, &type_flatiter));
}

/* Items of a sequence as a tuple or list; new reference. */
static Value items_of(Value v)
{
    return is_list(v) || is_tuple(v) ? retain(v) : list_from_iterable(v);
}
static inline int64_t items_count(Value items)
{
    return is_list(items) ? as_list(items)->n : as_tuple(items)->n;
}
static inline Value items_at(Value items, int64_t i)
{
    return is_list(items) ? as_list(items)->at[i] : as_tuple(items)->at[i];
}

static void found_type(Found *f, DType t)
{
    f->dtype = f->dtype == DT_NONE ? t : dtype_promote(f->dtype, t);
}

/* A leaf with axes of its own (array or scalar) at this depth. */
static void found_leaf(Found *f, int depth, int ndim, const int64_t shape[])
{
    if (f->leaf_depth < 0) {
        f->leaf_depth = depth + ndim;
        f->ndim = depth + ndim;
        for (int k = 0; k < ndim; k++)
            f->shape[depth + k] = shape[k];
        return;
    }
    int most = depth + ndim < f->ndim ? depth + ndim : f->ndim;
    for (int k = 0; k < ndim && depth + k < most; k++)
        if (f->shape[depth + k] != shape[k])
            most = depth + k;
    if (most < f->ndim || depth + ndim != f->ndim) {
        f->ragged = true;
        f->ndim = most;
    }
}

static void discover(Found *f, Value v, int depth, DType want);

static void discover_items(Found *f, Value v, int depth, DType want)
{
    Value items = items_of(v);
    if (v_is_error(items)) {
        f->failed = true;
        return;
    }
    int64_t n = items_count(items);
    if (depth >= NDIM_MAX) {
        raise_unsupported("an array of more than 16 axes", "NumPy");
        f->failed = true;
    } else if (f->leaf_depth < 0 && depth == f->ndim) {
        f->shape[depth] = n;
        f->ndim = depth + 1;
    } else if (depth >= f->ndim || f->shape[depth] != n) {
        f->ragged = true;
        f->ndim = depth < f->ndim ? depth : f->ndim;
    }
    if (n == 0 && f->leaf_depth < 0 && !f->failed && !f->ragged)
        f->leaf_depth = depth + 1;
    for (int64_t i = 0; i < n && !f->failed && !f->ragged; i++)
        discover(f, items_at(items, i), depth + 1, want);
    release(items);
}

static void fail_object(Found *f, Value v)
{
    Value what = is_str(v) ? str_fmt("an array of strings")
                           : str_fmt("an array of dtype object (from '%T')", v);
    raise_unsupported(str_cstr(what), "NumPy");
    release(what);
    f->failed = true;
}

static void discover(Found *f, Value v, int depth, DType want)
{
    DType t = scalar_dtype(v);
    if (t != DT_NONE) {
        found_type(f, t);
        found_leaf(f, depth, 0, NULL);
    } else if (is_array(v)) {
        found_type(f, array_dtype(v));
        found_leaf(f, depth, as_array(v)->view.ndim, as_array(v)->view.shape);
    } else if (is_sequence(v)) {
        if (is_instance(v, &type_flatiter)) {
            Value a = op_call_method(v, "copy", NULL, 0);
            discover(f, a, depth, want);
            release(a);
        } else {
            discover_items(f, v, depth, want);
        }
    } else if (want != DT_NONE && (is_int(v) || is_str(v) || v_is_none(v))) {
        found_leaf(f, depth, 0, NULL);
    } else {
        fail_object(f, v);
    }
}

static Value raise_ragged(const Found *f)
{
    Value shape = shape_value(f->ndim, f->shape);
    raise_fmt(&exc_ValueError,
              "setting an array element with a sequence. The requested array has an inhomogeneous "
              "shape after %d dimensions. "
              "The detected shape was %S + inhomogeneous part.",
              f->ndim, shape);
    release(shape);
    return V_ERROR;
}

/* --------------------------------------------------------------------- filling */

typedef struct Later { /* an array leaf copied into its place by a statement */
    Value array;
    View view;
} Later;

typedef struct Fill {
    DType t;
    char *data;
    Vec(Later) later;
    const View *whole;
    bool host; /* some element came from the host */
} Fill;

static bool fill(Fill *f, Value v, int axis, View at)
{
    bool checked = axis > 0 && element_is_checked(v, f->t);
    if (is_array(v) || (is_npscalar(v) && as_npscalar(v)->pending && !checked)) {
        Later l = {retain(v), at};
        vec_push(&f->later, l);
        return true;
    }
    if (!is_sequence(v)) {
        Scalar x;
        if (!(axis ? element_store_value : element_from_value)(v, f->t, &x, NULL))
            return false;
        memcpy(f->data + at.offset * dtype_size(f->t), &x, (size_t)dtype_size(f->t));
        f->host = true;
        return true;
    }
    Value items = items_of(v);
    bool ok = !v_is_error(items);
    int64_t n = ok ? items_count(items) : 0;
    for (int64_t i = 0; i < n && ok; i++) {
        Value x = items_at(items, i);
        if (at.ndim == 1 && x.tag == TAG_FLOAT && f->t == DT_FLOAT64) {
            ((double *)(void *)f->data)[at.offset + i * at.stride[0]] = x.f;
            f->host = true;
            continue;
        }
        ok = fill(f, x, axis + 1, view_index(&at, 0, i));
    }
    release(items);
    return ok;
}

/* The pending store of a future, or the array's own operand. */
static Operand leaf_operand(Value v)
{
    if (is_array(v))
        return array_operand(v);
    View w = view_whole(0, NULL);
    return operand_array(as_npscalar(v)->pending, &w);
}

static bool fill_later(const Fill *f, Store *s)
{
    for (int64_t i = 0; i < f->later.n; i++) {
        Operand in = leaf_operand(f->later.at[i].array),
                out = operand_array(s, &f->later.at[i].view);
        if (dtype_is_complex(in.dtype) && !dtype_is_complex(f->t) && f->t != DT_BOOL &&
            !warn_fmt(&exc_ComplexWarning,
                      "Casting complex values to real discards the imaginary part"))
            return false;
        if (!status_ok(rt_copy(&out, &in)))
            return false;
    }
    return true;
}

static Value array_filled(Value v, const Found *f, DType t)
{
    Value r = array_new(t, f->ndim, f->shape);
    if (v_is_error(r))
        return r;
    const View *whole = &as_array(r)->view;
    int64_t n = view_size(whole) * dtype_size(t);
    Fill fl = {.t = t, .whole = whole, .data = xcalloc(1, (size_t)(n ? n : 1))};
    Operand out = array_operand(r);
    bool ok = fill(&fl, v, 0, *whole);
    if (ok && fl.host)
        ok = status_ok(rt_host(&out, fl.data));
    ok = ok && fill_later(&fl, as_array(r)->store);
    for (int64_t i = 0; i < fl.later.n; i++)
        release(fl.later.at[i].array);
    vec_free(&fl.later);
    free(fl.data);
    if (ok)
        return r;
    release(r);
    return V_ERROR;
}

/* Leading axes of length 1 up to ndmin. */
static Value with_ndmin(Value a, int ndmin)
{
    if (v_is_error(a) || as_array(a)->view.ndim >= ndmin)
        return a;
    View v = as_array(a)->view;
    while (v.ndim < ndmin)
        v = view_newaxis(&v, 0);
    bool fresh = a.o->refs == 1 && v_is_undef(as_array(a)->base);
    Value r = fresh ? array_of(store_retain(as_array(a)->store), &v, V_UNDEF) : array_view(a, &v);
    release(a);
    return r;
}

static Value array_of_array(Value v, DType want, bool copy)
{
    if (want != DT_NONE && want != array_dtype(v))
        return array_astype(v, want, 'K', CAST_UNSAFE, true);
    return copy ? array_copy(v, 'K') : retain(v);
}

static Value array_of_scalar(Value v, DType own, DType want)
{
    DType t = want == DT_NONE ? own : want;
    Value r = array_new(t, 0, NULL);
    if (v_is_error(r))
        return r;
    Operand out = array_operand(r);
    bool ok;
    if (is_npscalar(v) && as_npscalar(v)->pending) {
        Operand in = leaf_operand(v);
        ok = status_ok(rt_copy(&out, &in));
    } else {
        Scalar x;
        ok = element_from_value(v, t, &x, NULL) && status_ok(rt_set_value(&out, x));
    }
    if (ok)
        return r;
    release(r);
    return V_ERROR;
}

Value array_from_value(Value v, DType want, int ndmin, bool copy)
{
    if (is_array(v))
        return with_ndmin(array_of_array(v, want, copy), ndmin);
    DType own = scalar_dtype(v);
    if (own != DT_NONE)
        return with_ndmin(array_of_scalar(v, own, want), ndmin);
    if (v.tag == TAG_OBJ && is_instance(v, &type_flatiter)) {
        Value flat = op_call_method(v, "copy", NULL, 0);
        Value r = v_is_error(flat) ? flat : array_of_array(flat, want, false);
        release(flat);
        return with_ndmin(r, ndmin);
    }
    Found f = {.dtype = DT_NONE, .leaf_depth = -1};
    discover(&f, v, 0, want);
    if (f.failed)
        return V_ERROR;
    if (f.ragged)
        return raise_ragged(&f);
    if (!is_sequence(v))
        return with_ndmin(array_of_scalar(v, want, want), ndmin);
    DType t = want != DT_NONE ? want : f.dtype != DT_NONE ? f.dtype : DT_FLOAT64;
    return with_ndmin(array_filled(v, &f, t), ndmin);
}

/* -------------------------------------------------------------------- operands */

static const DType weak_default[] = {[WEAK_NO] = DT_NONE,
                                     [WEAK_BOOL] = DT_BOOL,
                                     [WEAK_INT] = DT_INT64,
                                     [WEAK_FLOAT] = DT_FLOAT64,
                                     [WEAK_COMPLEX] = DT_COMPLEX128};

static Weak weak_kind(Value v)
{
    if (v.tag == TAG_BOOL)
        return WEAK_BOOL;
    if (v.tag == TAG_INT)
        return WEAK_INT;
    if (v.tag == TAG_FLOAT)
        return WEAK_FLOAT;
    if (v.tag != TAG_OBJ || is_npscalar(v))
        return WEAK_NO;
    return is_int(v) ? WEAK_INT : is_float(v) ? WEAK_FLOAT : is_complex(v) ? WEAK_COMPLEX : WEAK_NO;
}

static void weak_operand(Value v, Weak kind, Arg *out)
{
    DType t = weak_default[kind];
    Scalar x = {.i64 = 0};
    if (kind == WEAK_BOOL) {
        x.b = (uint8_t)v.i;
    } else if (kind == WEAK_INT) {
        uint64_t u;
        if (!int_as_int64(v, &x.i64) && int_as_u64(v, &u)) {
            t = DT_UINT64;
            x.u64 = u;
        }
    } else if (kind == WEAK_FLOAT) {
        x.f64 = float_value(v);
    } else {
        complex_value(v, &x.c128.re, &x.c128.im);
    }
    out->op = operand_const(t, x);
}

bool arg_from_value(Value v, Arg *out)
{
    memset(out, 0, sizeof *out);
    out->weak_value = v;
    if (is_array(v)) {
        out->held = retain(v);
        out->op = array_operand(v);
        out->is_array = true;
        return true;
    }
    out->weak = weak_kind(v);
    if (out->weak) {
        weak_operand(v, out->weak, out);
        return true;
    }
    if (is_npscalar(v)) {
        NpScalar *s = as_npscalar(v);
        out->held = retain(v);
        out->op = s->pending ? leaf_operand(v) : operand_const(s->dtype, s->value);
        return true;
    }
    out->held = array_from_value(v, DT_NONE, 0, false);
    if (v_is_error(out->held)) {
        out->held = V_UNDEF;
        return false;
    }
    out->op = array_operand(out->held);
    out->is_array = as_array(out->held)->view.ndim > 0;
    return true;
}

void arg_fini(Arg *a)
{
    release(a->held);
    a->held = V_UNDEF;
}

/* --------------------------------------------------------------- shapes and axes */

static bool too_many_axes(int64_t n)
{
    if (n > 64)
        raise_fmt(&exc_ValueError,
                  "maximum supported dimension for an ndarray is currently 64, found %lld",
                  (long long)n);
    else
        raise_unsupported("an array of more than 16 axes", "NumPy");
    return false;
}

bool extent_from_value(Value v, int64_t *out)
{
    if (op_as_int64(v, out))
        return true;
    if (error_matches(&exc_OverflowError)) {
        error_clear();
        raise_fmt(&exc_ValueError, "Maximum allowed dimension exceeded");
    }
    return false;
}

/* Truth values are no extents. */
static bool is_truth(Value v)
{
    return v.tag == TAG_BOOL || (is_npscalar(v) && as_npscalar(v)->dtype == DT_BOOL);
}

static bool is_whole(Value v)
{
    if (is_npscalar(v))
        return dtype_is_integer(as_npscalar(v)->dtype);
    if (is_array(v))
        return !as_array(v)->view.ndim && dtype_is_integer(array_dtype(v));
    return is_int(v) && !is_truth(v);
}

/* strict: an array's extents, where truth values and single floats are refused. */
static bool ints_of(Value v, bool strict, int *ndim, int64_t shape[])
{
    if (v_is_none(v)) {
        raise_fmt(&exc_TypeError, "Use () not None as shape arguments");
        return false;
    }
    if (is_whole(v) || (!strict && (is_truth(v) || is_npscalar(v)))) {
        *ndim = 1;
        return extent_from_value(v, shape);
    }
    if (!is_sequence(v) && !(is_array(v) && as_array(v)->view.ndim) && !is_str(v)) {
        raise_fmt(&exc_TypeError, "expected a sequence of integers or a single integer, got '%R'",
                  v);
        return false;
    }
    Value items = is_array(v) || is_str(v) ? list_from_iterable(v) : items_of(v);
    if (v_is_error(items))
        return false;
    int64_t n = items_count(items);
    bool ok = n <= NDIM_MAX || too_many_axes(n);
    for (int64_t k = 0; ok && k < n; k++) {
        ok = !strict || !is_truth(items_at(items, k));
        if (ok)
            ok = extent_from_value(items_at(items, k), &shape[k]);
        else
            raise_fmt(&exc_TypeError, "an integer is required");
    }
    *ndim = (int)n;
    release(items);
    return ok;
}

bool shape_from_value(Value v, int *ndim, int64_t shape[])
{
    return ints_of(v, true, ndim, shape);
}

bool ints_from_value(Value v, int *ndim, int64_t shape[])
{
    return ints_of(v, false, ndim, shape);
}

/* The value of a where= that says more than True. */
Value mask_from_value(Value where)
{
    if (is_array(where) && array_dtype(where) != DT_BOOL)
        return raise_fmt(&exc_TypeError,
                         "Cannot cast %s from dtype('%s') to dtype('bool') according to the rule "
                         "'safe'",
                         as_array(where)->view.ndim ? "array data" : "scalar",
                         dtype_name(array_dtype(where)));
    return array_from_value(where, DT_BOOL, 0, false);
}

bool axis_from_value(Value v, int ndim, int *axis)
{
    int64_t i;
    if (!op_as_int64(v, &i))
        return false;
    if (i < -ndim || i >= ndim) {
        raise_axis(NULL, i, ndim);
        return false;
    }
    *axis = (int)(i < 0 ? i + ndim : i);
    return true;
}

bool axes_from_value(Value v, int ndim, uint32_t *mask)
{
    int axis;
    if (v_is_none(v) || v_is_undef(v)) {
        *mask = (uint32_t)((1ull << ndim) - 1);
        return true;
    }
    *mask = 0;
    if (!is_tuple(v) && !is_list(v)) {
        if (!axis_from_value(v, ndim, &axis))
            return false;
        *mask = 1u << axis;
        return true;
    }
    for (int64_t k = 0; k < items_count(v); k++) {
        if (!axis_from_value(items_at(v, k), ndim, &axis))
            return false;
        if (*mask >> axis & 1) {
            raise_fmt(&exc_ValueError, "duplicate value in 'axis'");
            return false;
        }
        *mask |= 1u << axis;
    }
    return true;
}

bool broadcast_shapes(int n, const int ndim[], const int64_t *const shape[], int *out_ndim,
                      int64_t out[])
{
    *out_ndim = 0;
    for (int i = 0; i < n; i++)
        *out_ndim = ndim[i] > *out_ndim ? ndim[i] : *out_ndim;
    for (int d = 0; d < *out_ndim; d++) {
        int64_t len = 1;
        for (int i = 0; i < n; i++) {
            int k = d - (*out_ndim - ndim[i]);
            if (k < 0 || shape[i][k] == 1)
                continue;
            if (len != 1 && len != shape[i][k])
                return false;
            len = shape[i][k];
        }
        out[d] = len;
    }
    return true;
}

void shape_put(Buf *b, int ndim, const int64_t shape[])
{
    buf_putc(b, '(');
    for (int k = 0; k < ndim; k++)
        buf_printf(b, k ? ",%lld" : "%lld", (long long)shape[k]);
    buf_puts(b, ndim == 1 ? ",)" : ")");
}

Value raise_broadcast(int n, const Arg args[])
{
    Buf b = {0};
    buf_puts(&b, "operands could not be broadcast together with shapes ");
    for (int i = 0; i < n; i++) {
        shape_put(&b, args[i].op.view.ndim, args[i].op.view.shape);
        buf_putc(&b, ' ');
    }
    raise_fmt(&exc_ValueError, "%s", buf_text(&b));
    buf_free(&b);
    return V_ERROR;
}

/* --------------------------------------------------------------------- options */

static bool fail_option(const char *what)
{
    raise_unsupported(what, "NumPy");
    return false;
}

bool option_absent(Value v, const char *what)
{
    return v_is_undef(v) || v_is_none(v) || fail_option(what);
}

bool casting_from_value(Value v, Casting *out)
{
    static const char *const names[] = {"no", "equiv", "safe", "same_kind", "unsafe"};
    if (v_is_undef(v))
        return true;
    if (!is_str(v)) {
        raise_fmt(&exc_TypeError, "casting must be str, not %T", v);
        return false;
    }
    for (int k = 0; k < 5; k++)
        if (str_equals(v.s, names[k])) {
            *out = (Casting)k;
            return true;
        }
    raise_fmt(&exc_ValueError,
              "casting must be one of 'no', 'equiv', 'safe', 'same_kind', 'unsafe' (got %R)", v);
    return false;
}

bool order_from_value(Value v, char *out)
{
    if (v_is_undef(v) || v_is_none(v))
        return true;
    if (!is_str(v)) {
        raise_fmt(&exc_TypeError, "order must be str, not %T", v);
        return false;
    }
    char c = v.s->n == 1 ? (char)str_at(v.s, 0) : 0;
    c = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
    if (!c || !strchr("CFAK", c)) {
        raise_fmt(&exc_ValueError, "order must be one of 'C', 'F', 'A', or 'K' (got %R)", v);
        return false;
    }
    *out = c;
    return true;
}
