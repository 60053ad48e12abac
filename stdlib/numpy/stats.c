/* stats.c -- averages, medians, the nan family, differences.  Replicated.
 *
 * Formulas of reductions and ufuncs, in NumPy's order of evaluation.
 */
#include "stdlib/numpy/reduce.h"
#include "stdlib/numpy/sort.h"

#include <math.h>

/* --------------------------------------------------------------------------- averages */

/* Weights of one axis as a view over a's axes. */
static Value weights_along(Value w, int ndim, int axis)
{
    View v = as_array(w)->view;
    for (int k = 0; k < ndim; k++)
        if (k != axis)
            v = view_newaxis(&v, k);
    return np_view(w, &v);
}

static bool same_shape(Value a, Value b)
{
    return array_ndim(a) == array_ndim(b) &&
           !memcmp(array_shape(a), array_shape(b), sizeof(int64_t) * (size_t)array_ndim(a));
}

static Value weights_fitted(Value x, Value w, Value axis)
{
    int which;
    w = np_array(w);
    if (v_is_error(w) || same_shape(x, w))
        return w;
    if (is_absent(axis))
        raise_fmt(&exc_TypeError, "Axis must be specified when shapes of a and weights differ.");
    else if (is_tuple(axis) || array_ndim(w) != 1)
        raise_unsupported("average(weights= of several axes)", "NumPy");
    else if (axis_from_value(axis, array_ndim(x), &which)) {
        if (array_shape(w)[0] == array_shape(x)[which])
            return weights_along(w, array_ndim(x), which);
        raise_fmt(&exc_ValueError,
                  "Shape of weights must be consistent with shape of a along specified axis.");
    }
    release(w);
    return V_ERROR;
}

static Value weighted(Value x, Value axis, Value weights, bool keep, Value *scale)
{
    Value w = weights_fitted(x, retain(weights), axis);
    *scale = V_ERROR;
    if (v_is_error(w))
        return w;
    DType t = dtype_promote(array_dtype(x), array_dtype(w));
    t = dtype_is_inexact(array_dtype(x)) ? t : dtype_promote(t, DT_FLOAT64);
    View v;
    bool fits = view_broadcast(&as_array(w)->view, array_ndim(x), array_shape(x), &v);
    Value wide = fits ? array_view(w, &v) : retain(w);
    *scale = array_reduce(FOLD_SUM, wide, axis, t, V_UNDEF, keep, V_UNDEF, V_UNDEF);
    release(wide);
    Value zero = v_is_error(*scale) ? V_ERROR : np_op2(OP_EQUAL, retain(*scale), v_float(0));
    Value any = v_is_error(zero) ? V_ERROR : np_fold(FOLD_ANY, zero);
    int truth = v_is_error(any) ? -1 : op_truth(any);
    release(zero);
    release(any);
    Value r = V_ERROR;
    if (truth > 0)
        raise_fmt(&exc_ZeroDivisionError, "Weights sum to zero, can't be normalized");
    if (truth == 0) {
        Value p = np_op2(OP_MULTIPLY, np_cast(retain(x), t), np_cast(retain(w), t));
        Value s =
            v_is_error(p) ? p : array_reduce(FOLD_SUM, p, axis, t, V_UNDEF, keep, V_UNDEF, V_UNDEF);
        release(p);
        r = np_op2(OP_DIVIDE, s, retain(*scale));
    }
    release(w);
    return r;
}

/* The axis argument of a function written in Python, as reductions take it; None stays. */
static Value checked_axes(const char *what, Value axis, int ndim)
{
    int at[NDIM_MAX], n;
    if (is_absent(axis))
        return V_NONE;
    if (!axes_listed_as(what, axis, ndim, at, &n))
        return V_ERROR;
    Value t = tuple_new(n);
    for (int k = 0; k < n; k++)
        as_tuple(t)->at[k] = v_int(at[k]);
    return t;
}

static Value f_average(Value *a, int n)
{
    bool keep, returned;
    Value scale = V_UNDEF;
    if (!np_flag(a[4], false, &keep) || !np_flag(a[3], false, &returned))
        return V_ERROR;
    Value x = array_from_value(a[0], DT_NONE, 0, false);
    if (v_is_error(x))
        return x;
    Value r, axes = checked_axes("axis", a[1], array_ndim(x));
    if (v_is_error(axes)) {
        r = axes;
    } else if (is_absent(a[2])) {
        int64_t count = 0;
        r = array_mean(x, axes, DT_NONE, V_UNDEF, keep, V_UNDEF);
        if (!v_is_error(r) && is_array(r) && array_size(r) == 0) {
            release(r);
            r = raise_fmt(&exc_ZeroDivisionError, "division by zero");
        }
        if (!v_is_error(r) && reduce_count(x, axes, &count))
            scale = v_float((double)count);
    } else {
        r = weighted(x, is_tuple(axes) && as_tuple(axes)->n == 1 ? as_tuple(axes)->at[0] : axes,
                     a[2], keep, &scale);
    }
    release(axes);
    release(x);
    if (!returned || v_is_error(r)) {
        release(scale);
        return r;
    }
    if (is_array(r) && !is_array(scale)) {
        Scalar one = {.f64 = scale.f};
        scale = np_filled(DT_FLOAT64, array_ndim(r), array_shape(r), DT_FLOAT64, one);
    } else if (scale.tag == TAG_FLOAT) {
        scale = scalar_new(DT_FLOAT64, (Scalar){.f64 = scale.f});
    }
    return np_pair(r, scale);
}

/* x (taken) with the reduced axes moved behind the others and made one. */
static Value reduced_last(Value x, uint32_t mask)
{
    int perm[NDIM_MAX], n = 0, nd = array_ndim(x);
    int64_t shape[NDIM_MAX + 1], count = 1;
    for (int k = 0; k < nd; k++)
        if (!(mask >> k & 1)) {
            shape[n] = array_shape(x)[k];
            perm[n++] = k;
        }
    int kept = n;
    for (int k = 0; k < nd; k++)
        if (mask >> k & 1) {
            count *= array_shape(x)[k];
            perm[n++] = k;
        }
    shape[kept] = count;
    View v = view_transpose(&as_array(x)->view, perm);
    return np_reshape(np_view(x, &v), kept + 1, shape);
}

static Value with_kept_axes(Value r, int ndim, uint32_t mask)
{
    r = np_array(r);
    if (v_is_error(r))
        return r;
    View v = as_array(r)->view;
    for (int k = 0; k < ndim; k++)
        if (mask >> k & 1)
            v = view_newaxis(&v, k);
    return np_view(r, &v);
}

/* Mean of the middle two of the last axis in order; NaN where there is one.  Takes x. */
static Value middle_mean(Value x)
{
    int64_t n = array_shape(x)[array_ndim(x) - 1], i = n / 2, place[3] = {i - 1, i, n - 1};
    Ordered o;
    int first = n % 2, some = 2 - first + (n - 1 > i);
    if (!ordered_begin(x, some, place + first, &o))
        return V_ERROR;
    Value mid = ordered_part(&o, i - 1 + first, 2 - first);
    Value r = array_mean(mid, v_int(-1), DT_NONE, V_UNDEF, false, V_UNDEF);
    release(mid);
    r = ordered_or_nan(&o, r);
    release(o.s);
    return r;
}

static Value f_median(Value *a, int n)
{
    bool keep;
    uint32_t mask;
    Value x = array_from_value(a[0], DT_NONE, 0, false), r = V_ERROR;
    if (v_is_error(x))
        return x;
    Value axes = checked_axes(NULL, a[1], array_ndim(x));
    bool ok =
        !v_is_error(axes) && np_flag(a[4], false, &keep) && reduce_axes(axes, array_ndim(x), &mask);
    release(axes);
    if (!ok) {
        release(x);
        return V_ERROR;
    }
    int ndim = array_ndim(x);
    Value s = reduced_last(x, mask);
    if (v_is_error(s))
        return s;
    if (array_shape(s)[array_ndim(s) - 1] == 0) {
        r = array_mean(s, v_int(-1), DT_NONE, V_UNDEF, false, V_UNDEF);
        release(s);
    } else {
        r = middle_mean(s);
    }
    if (keep)
        r = with_kept_axes(r, ndim, mask);
    return np_store(r, a[2], "mean");
}

/* --------------------------------------------------------------------------- nan family */

/* a with NaN replaced; arrays that hold none by their type are as they are. */
static Value without_nan(Value a, Value by)
{
    Value x = array_from_value(a, DT_NONE, 0, false);
    if (v_is_error(x) || !dtype_is_inexact(array_dtype(x)))
        return x;
    return np_array(np_op3(OP_WHERE, np_op1(OP_ISNAN, retain(x)), by, x));
}

static Value nan_mask(Value a) /* where it is a number */
{
    Value x = array_from_value(a, DT_NONE, 0, false);
    return np_op1(OP_LOGICAL_NOT, np_op1(OP_ISNAN, x));
}

/* The array without NaN, x leaking no reference of where()'s operand. */
static Value nan_reduce(FoldOp op, Value *a, double by)
{
    Value x = array_from_value(a[0], DT_NONE, 0, false);
    if (v_is_error(x))
        return x;
    Value y = without_nan(x, v_float(by)), args[7] = {y, a[1], a[2], a[3], a[4], a[5], a[6]};
    release(x);
    Value r = v_is_error(y) ? y : reduce_general(op, args);
    release(y);
    return r;
}
static Value f_nansum(Value *a, int n)
{
    return nan_reduce(FOLD_SUM, a, 0);
}
static Value f_nanprod(Value *a, int n)
{
    return nan_reduce(FOLD_PROD, a, 1);
}

static bool truth_of(Value v) /* takes */
{
    int t = v_is_error(v) ? 0 : op_truth(v);
    release(v);
    return t > 0;
}

static Value nan_extreme(FoldOp op, Value *a)
{
    Value x = array_from_value(a[0], DT_NONE, 0, false);
    if (v_is_error(x) || !dtype_is_inexact(array_dtype(x)) || array_size(x) == 0) {
        Value args[6] = {x, a[1], a[2], a[3], a[4], a[5]};
        Value r = v_is_error(x) ? x : reduce_extreme(op, args);
        if (v_is_error(r) && is_array(a[0]) && !array_size(x) && error_matches(&exc_ValueError)) {
            error_clear();
            raise_fmt(&exc_ValueError,
                      "zero-size array to reduction operation %s which has no identity",
                      op == FOLD_MIN ? "fmin" : "fmax");
        }
        release(x);
        return r;
    }
    bool keep;
    Value y = without_nan(x, v_float(op == FOLD_MAX ? -INFINITY : INFINITY)),
          args[6] = {y, a[1], V_UNDEF, a[3], a[4], a[5]};
    Value r = v_is_error(y) || !np_flag(a[3], false, &keep) ? V_ERROR : reduce_extreme(op, args);
    release(y);
    if (!v_is_error(r)) {
        Value nan = np_op1(OP_ISNAN, retain(x));
        Value all = v_is_error(nan) ? nan
                                    : array_reduce(FOLD_ALL, nan, a[1], DT_NONE, V_UNDEF, keep,
                                                   V_UNDEF, V_UNDEF);
        release(nan);
        Value any = v_is_error(all) ? all : np_fold(FOLD_ANY, all);
        if (truth_of(any)) {
            r = np_op3(OP_WHERE, all, v_float(NAN), r);
            if (!warn_fmt(&exc_RuntimeWarning,
                          is_array(r) ? "All-NaN slice encountered" : "All-NaN axis encountered")) {
                release(r);
                r = V_ERROR;
            }
        } else {
            release(all);
        }
    }
    release(x);
    return np_store(r, a[2], fold_name(op));
}
static Value f_nanmin(Value *a, int n)
{
    return nan_extreme(FOLD_MIN, a);
}
static Value f_nanmax(Value *a, int n)
{
    return nan_extreme(FOLD_MAX, a);
}

static Value nan_arg(FoldOp op, Value *a)
{
    bool keep;
    Value x = array_from_value(a[0], DT_NONE, 0, false);
    if (v_is_error(x) || !np_flag(a[3], false, &keep)) {
        release(x);
        return V_ERROR;
    }
    Value y = without_nan(x, v_float(op == FOLD_ARGMAX ? -INFINITY : INFINITY)), r = V_ERROR;
    if (!v_is_error(y)) {
        Value nan = np_op1(OP_ISNAN, retain(x));
        Value all = v_is_error(nan) ? nan
                                    : array_reduce(FOLD_ALL, nan, a[1], DT_NONE, V_UNDEF, false,
                                                   V_UNDEF, V_UNDEF);
        release(nan);
        Value any = v_is_error(all) ? all : np_fold(FOLD_ANY, all);
        release(all);
        if (array_size(x) && truth_of(any))
            raise_fmt(&exc_ValueError, "All-NaN slice encountered");
        else
            r = reduce_arg(op, y, a[1], a[2], keep);
    }
    release(x);
    release(y);
    return r;
}
static Value f_nanargmin(Value *a, int n)
{
    return nan_arg(FOLD_ARGMIN, a);
}
static Value f_nanargmax(Value *a, int n)
{
    return nan_arg(FOLD_ARGMAX, a);
}

static Value nan_cumulate(FoldOp op, Value *a, double by)
{
    DType t;
    if (!dtype_from_value(a[2], &t))
        return V_ERROR;
    Value y = without_nan(a[0], v_float(by));
    Value r = v_is_error(y) ? y : array_cumulate(op, y, a[1], t, a[3]);
    release(y);
    return r;
}
static Value f_nancumsum(Value *a, int n)
{
    return nan_cumulate(FOLD_SUM, a, 0);
}
static Value f_nancumprod(Value *a, int n)
{
    return nan_cumulate(FOLD_PROD, a, 1);
}

/* Counts of numbers along an axis. */
static Value number_count(Value a, Value axis, bool keep)
{
    Value m = nan_mask(a);
    Value r = v_is_error(m)
                  ? m
                  : array_reduce(FOLD_SUM, m, axis, DT_INT64, V_UNDEF, keep, V_UNDEF, V_UNDEF);
    release(m);
    return r;
}

/* s / counts without a word about 0 / 0, which has its own. */
static Value quiet_divide(Value s, Value counts)
{
    ErrState saved = rt_errstate;
    rt_errstate.divide = rt_errstate.invalid = ERRMODE_IGNORE;
    Value r = reduce_divide(s, counts);
    rt_errstate = saved;
    return r;
}

static bool some_not_above(Value counts, Value limit)
{
    Value few = np_op2(OP_LESS_EQUAL, retain(counts), retain(limit));
    Value any = v_is_error(few) ? few : np_fold(FOLD_ANY, few);
    release(few);
    return truth_of(any);
}

static Value f_nanmean(Value *a, int n)
{
    DType t;
    bool keep;
    if (!dtype_from_value(a[2], &t) || !np_flag(a[4], false, &keep))
        return V_ERROR;
    Value x = array_from_value(a[0], DT_NONE, 0, false);
    if (v_is_error(x))
        return x;
    Value r = V_ERROR;
    if (!dtype_is_inexact(array_dtype(x))) {
        r = array_mean(x, a[1], t, a[3], keep, a[5]);
    } else if (!is_absent(a[5])) {
        r = raise_unsupported("nanmean(where=)", "NumPy");
    } else {
        Value counts = number_count(x, a[1], keep), y = without_nan(x, v_int(0));
        Value s =
            v_is_error(y) ? y : array_reduce(FOLD_SUM, y, a[1], t, V_UNDEF, keep, V_UNDEF, V_UNDEF);
        release(y);
        bool none = !v_is_error(counts) && some_not_above(counts, v_int(0));
        r = np_store(quiet_divide(s, counts), a[3], "divide");
        if (none && !warn_fmt(&exc_RuntimeWarning, "Mean of empty slice")) {
            release(r);
            r = V_ERROR;
        }
    }
    release(x);
    return r;
}

static Value nan_spread(Value *a, bool root)
{
    DType t;
    bool keep;
    if (!dtype_from_value(a[2], &t) || !np_flag(a[5], false, &keep))
        return V_ERROR;
    Value x = array_from_value(a[0], DT_NONE, 0, false);
    if (v_is_error(x))
        return x;
    if (!dtype_is_inexact(array_dtype(x))) {
        Value args[9] = {x, a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8]};
        Value r = reduce_spread(args, root);
        release(x);
        return r;
    }
    if (!is_absent(a[6]) || !is_absent(a[7]) || !is_absent(a[8])) {
        release(x);
        return raise_unsupported("nanvar(where=, mean=, correction=)", "NumPy");
    }
    Value y = without_nan(x, v_int(0)), counts = number_count(x, a[1], true);
    Value s =
        v_is_error(y) ? y : array_reduce(FOLD_SUM, y, a[1], t, V_UNDEF, true, V_UNDEF, V_UNDEF);
    Value mean = quiet_divide(s, counts);
    Value d = np_op2(OP_SUBTRACT, y, mean);
    d = np_op3(OP_WHERE, nan_mask(x), d, v_int(0));
    d = reduce_square(d);
    Value total =
        v_is_error(d) ? d : array_reduce(FOLD_SUM, d, a[1], t, V_UNDEF, keep, V_UNDEF, V_UNDEF);
    release(d);
    counts = number_count(x, a[1], keep);
    bool few = !v_is_error(counts) && some_not_above(counts, a[4]);
    Value r = quiet_divide(total, np_op2(OP_SUBTRACT, counts, retain(a[4])));
    if (few && !v_is_error(r)) {
        counts = number_count(x, a[1], keep);
        r = np_op3(OP_WHERE, np_op2(OP_LESS_EQUAL, counts, retain(a[4])), v_float(NAN), r);
        if (!warn_fmt(&exc_RuntimeWarning, "Degrees of freedom <= 0 for slice.")) {
            release(r);
            r = V_ERROR;
        }
    }
    release(x);
    return np_store(root ? np_op1(OP_SQRT, r) : r, a[3], "divide");
}
static Value f_nanvar(Value *a, int n)
{
    return nan_spread(a, false);
}
static Value f_nanstd(Value *a, int n)
{
    return nan_spread(a, true);
}

/* ---------------------------------------------------------------------------- differences */

static Value piece(Value a, int axis, int64_t start, int64_t count)
{
    View v = view_slice(&as_array(a)->view, axis, start, 1, count);
    return array_view(a, &v);
}

/* a[1:] - a[:-1] along an axis (takes a). */
static Value diff_once(Value a, int axis)
{
    int64_t n = array_shape(a)[axis];
    int64_t m = n > 0 ? n - 1 : 0;
    OpCode op = array_dtype(a) == DT_BOOL ? OP_NOT_EQUAL : OP_SUBTRACT;
    Value r = np_op2(op, piece(a, axis, n - m, m), piece(a, axis, 0, m));
    release(a);
    return r;
}

static Value with_ends(Value x, int axis, Value before, Value after);

static Value f_diff(Value *a, int n)
{
    int64_t times;
    int axis;
    if (!op_as_int64(a[1], &times))
        return V_ERROR;
    if (times == 0)
        return retain(a[0]);
    if (times < 0)
        return raise_fmt(&exc_ValueError, "order must be non-negative but got %S", a[1]);
    Value x = array_from_value(a[0], DT_NONE, 0, false);
    if (v_is_error(x))
        return x;
    if (array_ndim(x) == 0) {
        release(x);
        return raise_fmt(&exc_ValueError, "diff requires input that is at least one dimensional");
    }
    if (!axis_from_value(a[2], array_ndim(x), &axis)) {
        release(x);
        return V_ERROR;
    }
    x = with_ends(x, axis, a[3], a[4]);
    /* of nothing the difference is nothing, however often */
    for (int64_t k = 0; k < times && !v_is_error(x) && (k == 0 || array_shape(x)[axis]); k++)
        x = diff_once(x, axis);
    return x;
}

/* x (taken) with `before` and `after` (undefined: nothing) put at its ends along an axis. */
static Value with_ends(Value x, int axis, Value before, Value after)
{
    if (v_is_undef(before) && v_is_undef(after))
        return x;
    Value part[3] = {V_UNDEF, x, V_UNDEF}, r = V_ERROR;
    int64_t length = 0, shape[NDIM_MAX];
    DType t = array_dtype(x);
    bool ok = true;
    for (int k = 0; k < 3; k++) {
        Value v = k == 0 ? before : after;
        if (k != 1 && v_is_undef(v))
            continue;
        if (k != 1) {
            part[k] = array_from_value(v, DT_NONE, 0, false);
            ok &= !v_is_error(part[k]);
            if (!ok)
                break;
            if (array_ndim(part[k]) == 0) {
                memcpy(shape, array_shape(x), sizeof shape);
                shape[axis] = 1;
                View w;
                view_broadcast(&as_array(part[k])->view, array_ndim(x), shape, &w);
                part[k] = np_view(part[k], &w);
            }
            ok &= array_ndim(part[k]) == array_ndim(x);
        }
        if (ok) {
            length += array_shape(part[k])[axis];
            t = dtype_promote(t, array_dtype(part[k]));
        }
    }
    if (ok) {
        memcpy(shape, array_shape(x), sizeof shape);
        shape[axis] = length;
        r = array_new(t, array_ndim(x), shape);
        int64_t at = 0;
        for (int k = 0; k < 3 && !v_is_error(r); k++) {
            if (v_is_undef(part[k]))
                continue;
            int64_t m = array_shape(part[k])[axis];
            Value dst = piece(r, axis, at, m);
            if (!array_assign(dst, part[k])) {
                release(r);
                r = V_ERROR;
            }
            release(dst);
            at += m;
        }
    } else if (!error_is_set()) {
        raise_fmt(
            &exc_ValueError,
            "all the input array dimensions except for the concatenation axis must match exactly");
    }
    for (int k = 0; k < 3; k++)
        release(part[k]);
    return r;
}

static Value f_ediff1d(Value *a, int n)
{
    Value x = np_flat(retain(a[0]));
    if (v_is_error(x))
        return x;
    Value d = diff_once(x, 0);
    if (!is_absent(a[2]) && !v_is_error(d))
        d = np_join(np_flat(retain(a[2])), d);
    if (!is_absent(a[1]) && !v_is_error(d))
        d = np_join(d, np_flat(retain(a[1])));
    return d;
}

/* Sum of d * (y[1:] + y[:-1]) / 2 along an axis. */
static Value f_trapezoid(Value *a, int n)
{
    int axis;
    Value y = array_from_value(a[0], DT_NONE, 0, false), d;
    if (v_is_error(y))
        return y;
    if (!axis_from_value(a[3], array_ndim(y), &axis)) {
        release(y);
        return V_ERROR;
    }
    if (is_absent(a[1])) {
        d = retain(a[2]);
    } else {
        Value x = array_from_value(a[1], DT_NONE, 0, false);
        if (!v_is_error(x) && array_ndim(x) == 1)
            d = diff_once(x, 0);
        else
            d = v_is_error(x) ? x : diff_once(x, axis);
        if (!v_is_error(d) && array_ndim(d) == 1 && array_ndim(y) > 1)
            d = weights_along(d, array_ndim(y), axis);
    }
    int64_t m = int64_max(array_shape(y)[axis] - 1, 0);
    Value s = np_op2(OP_ADD, piece(y, axis, 1, m), piece(y, axis, 0, m));
    Value p = np_op2(OP_DIVIDE, np_op2(OP_MULTIPLY, d, s), v_float(2));
    Value r = v_is_error(p) ? p
                            : array_reduce(FOLD_SUM, p, v_int(axis), DT_NONE, V_UNDEF, false,
                                           V_UNDEF, V_UNDEF);
    release(p);
    release(y);
    return r;
}

/* Central differences with step h, one-sided at the ends. */
static Value gradient_along(Value f, int axis, Value h)
{
    int64_t n = array_shape(f)[axis];
    Value r = array_new(dtype_is_inexact(array_dtype(f)) ? array_dtype(f) : DT_FLOAT64,
                        array_ndim(f), array_shape(f));
    if (v_is_error(r))
        return r;
    Value at[3] = {piece(r, axis, 1, n - 2), piece(r, axis, 0, 1), piece(r, axis, n - 1, 1)};
    Value twice = np_op2(OP_MULTIPLY, v_float(2), retain(h));
    bool ok =
        np_into(OP_DIVIDE, np_op2(OP_SUBTRACT, piece(f, axis, 2, n - 2), piece(f, axis, 0, n - 2)),
                twice, at[0]) &&
        np_into(OP_DIVIDE, np_op2(OP_SUBTRACT, piece(f, axis, 1, 1), piece(f, axis, 0, 1)),
                retain(h), at[1]) &&
        np_into(OP_DIVIDE, np_op2(OP_SUBTRACT, piece(f, axis, n - 1, 1), piece(f, axis, n - 2, 1)),
                retain(h), at[2]);
    for (int k = 0; k < 3; k++)
        release(at[k]);
    if (ok)
        return r;
    release(r);
    return V_ERROR;
}

static Value f_gradient(Value *a, int n)
{
    Value f = array_from_value(a[0], DT_NONE, 0, false);
    if (!v_is_error(f) && dtype_is_integer(array_dtype(f)))
        f = np_cast(f, DT_FLOAT64);
    if (v_is_error(f))
        return f;
    int nd = array_ndim(f), which = 0;
    int64_t nh = as_tuple(a[1])->n;
    bool one = !is_absent(a[2]) && !is_tuple(a[2]);
    Value r = V_ERROR;
    if ((!is_absent(a[2]) && is_tuple(a[2])) || !(a[3].tag == TAG_INT && a[3].i == 1)) {
        r = raise_unsupported("gradient(axis=tuple, edge_order=2)", "NumPy");
    } else if (one && !axis_from_value(a[2], nd, &which)) {
        r = V_ERROR;
    } else if (nh > 1 && nh != (one ? 1 : nd)) {
        r = raise_fmt(&exc_TypeError, "invalid number of arguments");
    } else {
        int count = one ? 1 : nd;
        r = tuple_new(count);
        for (int k = 0; k < count; k++) {
            int axis = one ? which : k;
            Value h = nh == 0 ? v_float(1) : as_tuple(a[1])->at[nh == 1 ? 0 : k];
            Value g = V_ERROR;
            if (array_shape(f)[axis] < 2)
                raise_fmt(&exc_ValueError, "Shape of array too small to calculate a numerical "
                                           "gradient, at least (edge_order + 1) "
                                           "elements are required.");
            else if (is_array(h) || is_list(h) || is_tuple(h))
                raise_unsupported("gradient(f, coordinates)", "NumPy");
            else
                g = gradient_along(f, axis, h);
            if (v_is_error(g)) {
                release(r);
                r = g;
                break;
            }
            as_tuple(r)->at[k] = g;
        }
        if (!v_is_error(r) && count == 1) {
            Value only = retain(as_tuple(r)->at[0]);
            release(r);
            r = only;
        }
    }
    release(f);
    return r;
}

/* -------------------------------------------------------------------------------- tables */

const NativeDef numpy_stats[] = {
    {"average", "def: a, axis=None, weights=None, returned=False, *, keepdims=False", f_average,
     "Mean with weights."},
    {"median", "def: a, axis=None, out=None, overwrite_input=False, keepdims=False", f_median,
     "Middle of the sorted elements."},
    {"nansum", "def: a, " SUM_SIG, f_nansum, "Sum with NaN as 0."},
    {"nanprod", "def: a, " SUM_SIG, f_nanprod, "Product with NaN as 1."},
    {"nanmin", "def: a, " EXTREME_SIG, f_nanmin, "Smallest number."},
    {"nanmax", "def: a, " EXTREME_SIG, f_nanmax, "Largest number."},
    {"nanargmin", "def: a, axis=None, out=None, *, keepdims=False", f_nanargmin,
     "Position of the smallest number."},
    {"nanargmax", "def: a, axis=None, out=None, *, keepdims=False", f_nanargmax,
     "Position of the largest number."},
    {"nancumsum", "def: a, axis=None, dtype=None, out=None", f_nancumsum,
     "Running sums with NaN as 0."},
    {"nancumprod", "def: a, axis=None, dtype=None, out=None", f_nancumprod,
     "Running products with NaN as 1."},
    {"nanmean", "def: a, " MEAN_SIG, f_nanmean, "Mean of the numbers."},
    {"nanvar", "def: a, " VAR_SIG, f_nanvar, "Variance of the numbers."},
    {"nanstd", "def: a, " VAR_SIG, f_nanstd, "Standard deviation of the numbers."},
    {"diff", "def: a, n=1, axis=-1, prepend=?, append=?", f_diff,
     "Differences of neighbours along an axis."},
    {"ediff1d", "def: ary, to_end=None, to_begin=None", f_ediff1d,
     "Differences of neighbours of the flat array."},
    {"trapezoid", "def: y, x=None, dx=1.0, axis=-1", f_trapezoid,
     "Integral by the trapezoidal rule."},
    {"gradient", "def: f, *varargs, axis=None, edge_order=1", f_gradient, "Central differences."},
    {0}};
