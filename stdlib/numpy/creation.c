/* creation.c -- arrays from values, shapes and ranges.  Replicated.
 *
 * Ranges, grids and identity matrices are made by the runtime's generators, so no rank holds more
 * than its part.
 */
#include "stdlib/numpy/creation.h"

#include "interp/objects.h"

#include <math.h>

DType dtype_or(DType t, DType other)
{
    return t == DT_NONE ? other : t;
}

/* like= and device= as every creation function has them. */
bool placed_here(Value device, Value like)
{
    if (!option_absent(like, "the option like="))
        return false;
    if (is_absent(device) || (is_str(device) && str_equals(device.s, "cpu")))
        return true;
    raise_fmt(&exc_ValueError, "Device not understood. Only \"cpu\" is allowed, but received: %S",
              device);
    return false;
}

/* The array in a memory order: itself when it fits. Takes a. */
Value in_order(Value a, char order)
{
    if (v_is_error(a) || order == 'K' || order == 'A')
        return a;
    Value r = array_astype(a, array_dtype(a), order, CAST_UNSAFE, false);
    release(a);
    return r;
}

/* --------------------------------------------------------------------- from values */

/* copy= : true, false (an error where one is needed) or None (where needed). */
static bool copy_from_value(Value v, bool *copy, bool *never)
{
    *copy = *never = false;
    if (is_absent(v))
        return true;
    int truth = op_truth(v);
    *copy = truth > 0;
    *never = truth == 0;
    return truth >= 0;
}

static Value fail_copy(void)
{
    return raise_fmt(&exc_ValueError,
                     "Unable to avoid copy while creating an array as requested.\nIf using "
                     "`np.array(obj, copy=False)` replace it "
                     "with `np.asarray(obj)` to allow a copy when needed (no behavior change in "
                     "NumPy 1.x).\nFor more details, see "
                     "https://numpy.org/devdocs/"
                     "numpy_2_0_migration_guide.html#adapting-to-changes-in-the-copy-keyword.");
}

static Value array_made(Value object, Value dtype, Value copy, char order, int ndmin)
{
    DType t;
    bool make, never;
    if (!dtype_from_value(dtype, &t) || !copy_from_value(copy, &make, &never))
        return V_ERROR;
    if (never && (!is_array(object) || (t != DT_NONE && t != array_dtype(object))))
        return fail_copy();
    if (is_array(object) && make && order != 'K') {
        Value c = array_copy(object, order);
        Value r = v_is_error(c) ? c : array_from_value(c, t, ndmin, false);
        release(c);
        return r;
    }
    Value r = array_from_value(object, t, ndmin, make);
    return in_order(r, order);
}

static Value f_array(Value *s, int n)
{
    char order = 'K';
    int64_t ndmin;
    if (!order_from_value(s[3], &order) || !op_as_int64(s[5], &ndmin) ||
        !placed_here(V_UNDEF, s[6]))
        return V_ERROR;
    return array_made(s[0], s[1], s[2], order, (int)ndmin);
}

static Value f_asarray(Value *s, int n)
{
    char order = 'K';
    if (!order_from_value(s[2], &order) || !placed_here(s[3], s[5]))
        return V_ERROR;
    return array_made(s[0], s[1], s[4], order, 0);
}

static Value f_ascontiguous(Value *s, int n)
{
    return placed_here(V_UNDEF, s[2]) ? array_made(s[0], s[1], V_NONE, 'C', 1) : V_ERROR;
}

static Value f_asfortran(Value *s, int n)
{
    return placed_here(V_UNDEF, s[2]) ? array_made(s[0], s[1], V_NONE, 'F', 1) : V_ERROR;
}

static Value f_asarray_chkfinite(Value *s, int n)
{
    char order = 'K';
    if (!order_from_value(s[2], &order))
        return V_ERROR;
    Value a = array_made(s[0], s[1], V_NONE, order, 0);
    if (v_is_error(a) || !dtype_is_inexact(array_dtype(a)))
        return a;
    Value all = np_op1(OP_ISFINITE, retain(a)),
          one = v_is_error(all) ? all : np_fold(FOLD_ALL, all);
    release(all);
    int truth = v_is_error(one) ? -1 : op_truth(one);
    release(one);
    if (truth == 1)
        return a;
    release(a);
    return truth < 0 ? V_ERROR : raise_fmt(&exc_ValueError, "array must not contain infs or NaNs");
}

static Value f_fromiter(Value *s, int n)
{
    int64_t count;
    DType t;
    if (!dtype_from_value(s[1], &t) || !op_as_int64(s[2], &count) || !placed_here(V_UNDEF, s[3]))
        return V_ERROR;
    Value it = op_iter(s[0]);
    if (v_is_error(it))
        return it;
    Value list = list_new(8), x = V_UNDEF;
    while ((count < 0 || as_list(list)->n < count) && !v_is_undef(x = op_next(it)) &&
           !v_is_error(x))
        list_push(list, x);
    release(it);
    Value r = V_ERROR;
    if (v_is_error(x))
        ;
    else if (count >= 0 && as_list(list)->n < count)
        raise_fmt(&exc_ValueError,
                  "iterator too short: Expected %lld but iterator had only %lld items.",
                  (long long)count, (long long)as_list(list)->n);
    else
        r = array_from_value(list, dtype_or(t, DT_FLOAT64), 0, false);
    release(list);
    return r;
}

/* ------------------------------------------------------------------------- filled */

/* Shape, type and order of zeros and its like; the fill is `x` of type `from`. */
static Value filled(Value shape, Value dtype, Value order, DType from, const Scalar *x)
{
    int ndim;
    int64_t n[NDIM_MAX];
    DType t;
    char how = 'C';
    if (!shape_from_value(shape, &ndim, n) || !dtype_from_value(dtype, &t) ||
        !order_from_value(order, &how))
        return V_ERROR;
    if (how != 'C' && how != 'F')
        return raise_fmt(&exc_ValueError, "only 'C' or 'F' order is permitted");
    int64_t reversed[NDIM_MAX];
    int perm[NDIM_MAX];
    for (int d = 0; d < ndim; d++) {
        reversed[d] = n[ndim - 1 - d];
        perm[d] = ndim - 1 - d;
    }
    t = dtype_or(t, from);
    Value r = array_new(t, ndim, how == 'F' ? reversed : n);
    if (v_is_error(r))
        return r;
    if (how == 'F')
        as_array(r)->view = view_transpose(&as_array(r)->view, perm);
    if (!x)
        return r;
    Operand out = array_operand(r), in = operand_const(from, *x);
    if (status_ok(rt_copy(&out, &in)))
        return r;
    release(r);
    return V_ERROR;
}

static Value f_zeros(Value *s, int n)
{
    return placed_here(s[3], s[4]) ? filled(s[0], s[1], s[2], DT_FLOAT64, NULL) : V_ERROR;
}

static Value f_ones(Value *s, int n)
{
    Scalar one = {.f64 = 1.0};
    return placed_here(s[3], s[4]) ? filled(s[0], s[1], s[2], DT_FLOAT64, &one) : V_ERROR;
}

/* Give `r` (taken) the value x everywhere. */
static Value fill_with(Value r, Value x)
{
    if (v_is_error(r))
        return r;
    bool nested = is_list(x) || is_tuple(x);
    int64_t i;
    if (array_dtype(r) == DT_BOOL && is_int(x) && !int_as_int64(x, &i)) {
        release(r);
        return raise_fmt(&exc_OverflowError, "Python int too large to convert to C long");
    }
    DType t = array_dtype(r), own = scalar_dtype(x); /* numbers are cast as an array's are */
    bool cast = is_npscalar(x) || (own == DT_FLOAT64 && dtype_is_integer(t)) ||
                (own == DT_COMPLEX128 && !dtype_is_complex(t));
    Value from = nested ? array_from_value(x, t, 0, false)
                 : cast ? array_from_value(x, DT_NONE, 0, false)
                        : retain(x);
    bool ok = !v_is_error(from) && array_assign(r, from);
    release(from);
    if (ok)
        return r;
    release(r);
    return V_ERROR;
}

static Value f_full(Value *s, int n)
{
    DType own = DT_NONE;
    if (!placed_here(s[4], s[5]))
        return V_ERROR;
    if (v_is_none(s[2])) {
        Value probe = array_from_value(s[1], DT_NONE, 0, false);
        if (v_is_error(probe))
            return probe;
        own = array_dtype(probe);
        release(probe);
    }
    return fill_with(filled(s[0], s[2], s[3], dtype_or(own, DT_FLOAT64), NULL), s[1]);
}

/* a's shape, type and layout, each of which may be given instead. */
static Value like(Value v, Value dtype, Value order, Value shape)
{
    DType t;
    char how = 'K';
    if (!dtype_from_value(dtype, &t) || !order_from_value(order, &how))
        return V_ERROR;
    Value a = array_from_value(v, DT_NONE, 0, false);
    if (v_is_error(a))
        return a;
    t = dtype_or(t, array_dtype(a));
    const View *w = &as_array(a)->view;
    Value r;
    if (!is_absent(shape)) {
        int ndim;
        int64_t n[NDIM_MAX];
        r = shape_from_value(shape, &ndim, n) ? array_new(t, ndim, n) : V_ERROR;
    } else if (how == 'F' || (how == 'A' && view_is_f_contiguous(w) && !view_is_c_contiguous(w))) {
        int64_t reversed[NDIM_MAX];
        int perm[NDIM_MAX];
        for (int d = 0; d < w->ndim; d++) {
            perm[d] = w->ndim - 1 - d;
            reversed[d] = w->shape[perm[d]];
        }
        r = array_new(t, w->ndim, reversed);
        if (!v_is_error(r))
            as_array(r)->view = view_transpose(&as_array(r)->view, perm);
    } else if (how == 'K') {
        r = array_new_like(t, w->ndim, w->shape, 1, &w);
    } else {
        r = array_new(t, w->ndim, w->shape);
    }
    release(a);
    return r;
}

static Value f_zeros_like(Value *s, int n)
{
    return placed_here(s[5], V_UNDEF) ? like(s[0], s[1], s[2], s[4]) : V_ERROR;
}
static Value f_ones_like(Value *s, int n)
{
    return placed_here(s[5], V_UNDEF) ? fill_with(like(s[0], s[1], s[2], s[4]), v_int(1)) : V_ERROR;
}
static Value f_full_like(Value *s, int n)
{
    return placed_here(s[6], V_UNDEF) ? fill_with(like(s[0], s[2], s[3], s[5]), s[1]) : V_ERROR;
}

/* ------------------------------------------------------------------------- ranges */

static bool range_number(Value v, DType *t)
{
    DType own = is_array(v) && !as_array(v)->view.ndim ? array_dtype(v) : scalar_dtype(v);
    if (own == DT_NONE) {
        if (is_str(v))
            raise_fmt(
                &exc_TypeError,
                "arange() not supported for inputs with DType <class 'numpy.dtypes.StrDType'>.");
        else if (is_array(v))
            raise_fmt(&exc_TypeError, "only length-1 arrays can be converted to Python scalars");
        else if (is_int(v))
            raise_fmt(&exc_ValueError, "Maximum allowed size exceeded");
        else
            raise_fmt(&exc_TypeError, "unsupported operand type(s) for -: '%T' and 'int'", v);
        return false;
    }
    *t = *t == DT_NONE ? own : dtype_promote(*t, own);
    return true;
}

/* Elements in [start, stop) at the distance of step, by Python's arithmetic on the arguments. */
static bool range_length(Value start, Value stop, Value step, int64_t *n)
{
    Value span = op_binary(stop, start, BIN_SUB);
    Value q = v_is_error(span) ? span : op_binary(span, step, BIN_DIV);
    release(span);
    double x;
    bool ok = !v_is_error(q) && op_as_float(q, &x);
    release(q);
    if (!ok)
        return false;
    x = ceil(x);
    if (!(x < 9.2233720368547758e18)) {
        raise_fmt(&exc_ValueError,
                  isnan(x) ? "arange: cannot compute length" : "Maximum allowed size exceeded");
        return false;
    }
    *n = x > 0 ? (int64_t)x : 0;
    return true;
}

static Scalar difference(Scalar second, Scalar first, DType t)
{
    if (t == DT_FLOAT64)
        return (Scalar){.f64 = second.f64 - first.f64};
    if (t == DT_FLOAT32)
        return (Scalar){.f32 = second.f32 - first.f32};
    return (Scalar){.u64 = second.u64 - first.u64};
}

static Value range_made(Value start, Value step, int64_t n, DType t)
{
    DType how = dtype_is_inexact(t) ? t : t == DT_UINT64 ? t : DT_INT64;
    Scalar first, second;
    Value r = array_new(t, 1, &n), next = V_UNDEF;
    bool ok = !v_is_error(r);
    if (ok && n > 0) {
        next = op_binary(start, step, BIN_ADD);
        /* both must fit the type of the result, though the elements wrap */
        ok = !v_is_error(next) && element_from_value(start, t, &first, NULL) &&
             (n == 1 || element_from_value(next, t, &second, NULL)) &&
             element_from_value(start, how, &first, NULL) &&
             (n == 1 || element_from_value(next, how, &second, NULL));
        if (n == 1)
            second = first;
        Operand out = ok ? array_operand(r) : (Operand){0};
        ok = ok && status_ok(rt_range(&out, how, first, difference(second, first, how)));
    }
    release(next);
    if (ok)
        return r;
    release(r);
    return V_ERROR;
}

static Value f_arange(Value *s, int nargs)
{
    Value start = v_int(0), stop = s[1], step = s[2];
    DType t = DT_INT64, want;
    int64_t n;
    if (!placed_here(s[4], s[5]) || !dtype_from_value(s[3], &want))
        return V_ERROR;
    if (v_is_undef(s[0]) && is_absent(stop))
        return raise_fmt(&exc_TypeError, "arange() requires stop to be specified.");
    if (is_absent(stop))
        stop = s[0];
    else if (v_is_none(s[0]))
        return raise_fmt(&exc_TypeError, "unsupported operand type(s) for -: '%T' and 'NoneType'",
                         stop);
    else if (!v_is_undef(s[0]))
        start = s[0];
    if (is_absent(step))
        step = v_int(1);
    if (!range_number(start, &t) || !range_number(stop, &t) || !range_number(step, &t))
        return V_ERROR;
    t = dtype_or(want, t);
    if (dtype_is_complex(t))
        return raise_unsupported("numpy.arange of complex numbers", "NumPy");
    if (!range_length(start, stop, step, &n))
        return V_ERROR;
    if (t == DT_BOOL && n > 2)
        return raise_fmt(
            &exc_TypeError,
            "arange() is only supported for booleans when the result has at most length 2.");
    return range_made(start, step, n, t);
}

/* NumPy's linspace for any operands, by its own formula. */
static Value linspace_general(Value start, Value stop, int64_t num, bool endpoint, DType dt,
                              Value *step)
{
    int64_t div = endpoint ? num - 1 : num;
    Value a = np_cast(array_from_value(start, DT_NONE, 0, false), dt),
          b = np_cast(array_from_value(stop, DT_NONE, 0, false), dt);
    Value delta = np_op2(OP_SUBTRACT, retain(b), retain(a));
    Value y = np_cast(np_arange(num), dt);
    int nd = v_is_error(delta) || !is_array(delta) ? 0 : array_ndim(delta);
    int64_t shape[NDIM_MAX] = {num};
    for (int d = 0; d < nd; d++)
        shape[d + 1] = 1;
    if (nd)
        y = np_reshape(y, nd + 1, shape);
    *step = v_float(NAN);
    if (div > 0) {
        *step = np_op2(OP_DIVIDE, retain(delta), v_int(div));
        Value zero = v_is_error(*step) ? V_ERROR : np_op2(OP_EQUAL, retain(*step), v_int(0));
        Value any = is_array(zero) ? np_fold(FOLD_ANY, zero) : retain(zero);
        int flat = v_is_error(any) ? -1 : op_truth(any);
        release(zero);
        release(any);
        if (flat > 0)
            y = np_op2(OP_MULTIPLY, np_op2(OP_DIVIDE, y, v_int(div)), retain(delta));
        else
            y = np_op2(OP_MULTIPLY, y, retain(*step));
    } else {
        y = np_op2(OP_MULTIPLY, y, retain(delta));
    }
    y = np_op2(OP_ADD, y, retain(a));
    if (endpoint && num > 1 && !v_is_error(y)) {
        View last = view_index(&as_array(y)->view, 0, num - 1);
        Value end = array_view(y, &last);
        if (!array_assign(end, b)) {
            release(y);
            y = V_ERROR;
        }
        release(end);
    }
    release(a);
    release(b);
    release(delta);
    return y;
}

/* Both ends plain float64 numbers: one generator. V_UNDEF: not this case. */
static Value linspace_scalar(Value start, Value stop, int64_t num, bool endpoint, Value *step)
{
    double a, b;
    int64_t div = endpoint ? num - 1 : num;
    if (is_array(start) || is_array(stop) || scalar_dtype(start) == DT_NONE ||
        scalar_dtype(stop) == DT_NONE)
        return V_UNDEF;
    if (!op_as_float(start, &a) || !op_as_float(stop, &b))
        return V_ERROR;
    double each = (b - a) / (double)div;
    if (div <= 0 || each == 0 || !isfinite(each))
        return V_UNDEF;
    Value r = array_new(DT_FLOAT64, 1, &num);
    if (v_is_error(r))
        return r;
    Operand out = array_operand(r);
    *step = scalar_new(DT_FLOAT64, (Scalar){.f64 = each});
    if (status_ok(rt_linspace(&out, a, each, endpoint && num > 1 ? num - 1 : -1, b)))
        return r;
    release(r);
    return V_ERROR;
}

static DType ends_type(Value start, Value stop)
{
    Arg x, y;
    DType t = DT_NONE;
    if (arg_from_value(start, &x)) {
        if (arg_from_value(stop, &y)) {
            DType a = x.op.dtype, b = y.op.dtype;
            bool wx = x.weak > WEAK_BOOL, wy = y.weak > WEAK_BOOL;
            if (wx && !wy)
                a = op_weak_type(a, b);
            else if (wy && !wx)
                b = op_weak_type(b, a);
            t = dtype_promote(a, b);
            arg_fini(&y);
        }
        arg_fini(&x);
    }
    return t == DT_NONE || dtype_is_inexact(t) ? t : DT_FLOAT64;
}

static Value moved_first(Value y, int axis)
{
    int perm[NDIM_MAX], n = array_ndim(y), k = 1;
    for (int d = 0; d < n; d++)
        perm[d] = d == axis ? 0 : k++;
    View v = view_transpose(&as_array(y)->view, perm);
    return np_view(y, &v);
}

static Value linspace(Value start, Value stop, Value count, Value ends, Value dtype, Value axis,
                      Value *step)
{
    DType want, dt;
    int64_t num;
    int at = 0, endpoint = op_truth(ends);
    *step = V_UNDEF;
    if (endpoint < 0)
        return V_ERROR;
    if (!op_as_int64(count, &num)) {
        if (!error_matches(&exc_OverflowError))
            return V_ERROR;
        error_clear();
        return raise_fmt(&exc_ValueError, "Maximum allowed size exceeded");
    }
    if (num < 0)
        return raise_fmt(&exc_ValueError, "Number of samples, %lld, must be non-negative.",
                         (long long)num);
    if (!dtype_from_value(dtype, &want) || (dt = ends_type(start, stop)) == DT_NONE)
        return V_ERROR;
    Value y = dt == DT_FLOAT64 ? linspace_scalar(start, stop, num, endpoint, step) : V_UNDEF;
    if (v_is_undef(y))
        y = linspace_general(start, stop, num, endpoint, dt, step);
    if (v_is_error(y))
        return y;
    if (array_ndim(y) > 1 && axis_from_value(axis, array_ndim(y), &at) && at)
        y = moved_first(y, at);
    if (error_is_set()) {
        release(y);
        return V_ERROR;
    }
    if (want != DT_NONE && dtype_is_integer(want))
        y = np_op1(OP_FLOOR, y);
    return want == DT_NONE ? y : np_cast(y, want);
}

static Value f_linspace(Value *s, int n)
{
    Value step;
    if (!placed_here(s[7], V_UNDEF))
        return V_ERROR;
    int pair = op_truth(s[4]);
    Value y = pair < 0 ? V_ERROR : linspace(s[0], s[1], s[2], s[3], s[5], s[6], &step);
    if (pair < 0)
        return V_ERROR;
    if (pair && !v_is_error(y))
        return tuple_of(2, y, step);
    release(step);
    return y;
}

static Value f_logspace(Value *s, int n)
{
    Value step, y = linspace(s[0], s[1], s[2], s[3], V_NONE, s[6], &step);
    release(step);
    if (v_is_error(y))
        return y;
    DType t;
    y = np_op2(OP_POWER, retain(s[4]), y);
    if (v_is_error(y) || !dtype_from_value(s[5], &t)) {
        release(y);
        return V_ERROR;
    }
    return t == DT_NONE ? y : np_cast(y, t);
}

/* -------------------------------------------------------------------------- grids */

/* 1-D `a` (borrowed) along axis k of an ndim-axes grid. */
static Value along_axis(Value a, int k, int ndim)
{
    int64_t shape[NDIM_MAX];
    for (int d = 0; d < ndim; d++)
        shape[d] = d == k ? array_size(a) : 1;
    return array_reshape(a, ndim, shape);
}

static Value full_grid(Value a /* taken */, int ndim, const int64_t shape[], bool copy)
{
    View v;
    if (v_is_error(a) || !view_broadcast(&as_array(a)->view, ndim, shape, &v))
        return a;
    a = np_view(a, &v);
    if (!copy)
        return a;
    Value r = array_copy(a, 'C');
    release(a);
    return r;
}

static Value f_meshgrid(Value *s, int n)
{
    Tuple *xs = as_tuple(s[0]);
    int copy = op_truth(s[1]), sparse = op_truth(s[2]), nd = (int)xs->n;
    bool xy = is_str(s[3]) && str_equals(s[3].s, "xy");
    if (copy < 0 || sparse < 0)
        return V_ERROR;
    if (!is_str(s[3]) || (!xy && !str_equals(s[3].s, "ij")))
        return raise_fmt(&exc_ValueError, "Valid values for `indexing` are 'xy' and 'ij'.");
    if (nd > NDIM_MAX)
        return raise_unsupported("an array of more than 16 axes", "NumPy");
    Value t = tuple_new(nd);
    int64_t shape[NDIM_MAX];
    bool ok = true;
    for (int k = 0; k < nd && ok; k++) {
        Value a = np_flat(array_from_value(xs->at[k], DT_NONE, 0, false));
        int axis = xy && nd > 1 && k < 2 ? 1 - k : k;
        ok = !v_is_error(a);
        if (!ok)
            break;
        shape[axis] = array_size(a);
        as_tuple(t)->at[k] = along_axis(a, axis, nd);
        release(a);
    }
    for (int k = 0; k < nd && ok; k++) {
        Value *at = &as_tuple(t)->at[k];
        if (!sparse)
            *at = full_grid(*at, nd, shape, copy);
        else if (copy) {
            Value c = array_copy(*at, 'C');
            release(*at);
            *at = c;
        }
        ok = !v_is_error(*at);
    }
    if (ok)
        return t;
    release(t);
    return V_ERROR;
}

static Value f_indices(Value *s, int n)
{
    int nd, sparse = op_truth(s[2]);
    int64_t shape[NDIM_MAX], full[NDIM_MAX + 1];
    DType t;
    if (s[0].tag == TAG_INT)
        return raise_fmt(&exc_TypeError, "'int' object is not iterable");
    if (sparse < 0 || !shape_from_value(s[0], &nd, shape) || !dtype_from_value(s[1], &t))
        return V_ERROR;
    t = v_is_undef(s[1]) ? DT_INT64 : dtype_or(t, DT_FLOAT64);
    if (nd == NDIM_MAX)
        return raise_unsupported("an array of more than 16 axes", "NumPy");
    full[0] = nd;
    memcpy(full + 1, shape, sizeof *shape * (size_t)nd);
    Value r = sparse ? tuple_new(nd) : array_new(t, nd + 1, full);
    bool ok = !v_is_error(r);
    for (int k = 0; k < nd && ok; k++) {
        Value i = np_cast(np_arange(shape[k]), t);
        Value g = v_is_error(i) ? i : along_axis(i, k, nd);
        release(i);
        ok = !v_is_error(g);
        if (ok && sparse) {
            as_tuple(r)->at[k] = g;
            continue;
        }
        if (ok) {
            View v = view_index(&as_array(r)->view, 0, k);
            Value part = array_view(r, &v);
            ok = array_assign(part, g);
            release(part);
        }
        release(g);
    }
    if (ok)
        return r;
    release(r);
    return V_ERROR;
}

static Value f_fromfunction(Value *s, int n)
{
    /* function, shape, dtype, like, kwargs */
    Value grid[3] = {s[1], v_is_undef(s[2]) ? V_NONE : s[2], V_FALSE};
    if (!placed_here(V_UNDEF, s[3]))
        return V_ERROR;
    Value g = f_indices(grid, 3);
    if (v_is_error(g))
        return g;
    Value args = tuple_from_iterable(g);
    release(g);
    Value r = v_is_error(args) ? args : op_call_ex(s[0], args, s[4]);
    release(args);
    return r;
}

const NativeDef numpy_creation[] = {
    {"array", "npy: object, dtype=None, *, copy=True, order='K', subok=False, ndmin=0, like=None",
     f_array, "An array of values."},
    {"asarray", "npy: a, dtype=None, order=None, *, device=None, copy=None, like=None", f_asarray,
     "Values as an array."},
    {"asanyarray", "npy: a, dtype=None, order=None, *, device=None, copy=None, like=None",
     f_asarray, "Values as an array."},
    {"ascontiguousarray", "npy: a, dtype=None, *, like=None", f_ascontiguous,
     "A C-contiguous array of values."},
    {"asfortranarray", "npy: a, dtype=None, *, like=None", f_asfortran,
     "A Fortran-contiguous array of values."},
    {"asarray_chkfinite", "def: a, dtype=None, order=None", f_asarray_chkfinite,
     "Values as an array without inf or NaN."},
    {"fromiter", "iter, dtype, count=-1, *, like=None", f_fromiter,
     "A 1-D array of an iterable's values."},
    {"zeros", "npy: shape, dtype=None, order='C', *, device=None, like=None", f_zeros,
     "An array of zeros."},
    {"empty", "npy: shape, dtype=None, order='C', *, device=None, like=None", f_zeros,
     "A new array; its elements are zero."},
    {"ones", "def: shape, dtype=None, order='C', *, device=None, like=None", f_ones,
     "An array of ones."},
    {"full", "def: shape, fill_value, dtype=None, order='C', *, device=None, like=None", f_full,
     "An array of one value."},
    {"zeros_like", "def: a, dtype=None, order='K', subok=True, shape=None, *, device=None",
     f_zeros_like, "Zeros in the shape of an array."},
    {"empty_like", "def: prototype, dtype=None, order='K', subok=True, shape=None, *, device=None",
     f_zeros_like, "A new array in the shape of another."},
    {"ones_like", "def: a, dtype=None, order='K', subok=True, shape=None, *, device=None",
     f_ones_like, "Ones in the shape of an array."},
    {"full_like",
     "def: a, fill_value, dtype=None, order='K', subok=True, shape=None, *, device=None",
     f_full_like, "One value in the shape of an array."},
    {"arange", "npy: start=?, stop=?, step=?, dtype=None, *, device=None, like=None", f_arange,
     "Numbers at equal steps."},
    {"linspace",
     "def: start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, *, device=None",
     f_linspace, "Numbers at equal steps between two ends."},
    {"logspace", "def: start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0",
     f_logspace, "Powers at equal steps of the exponent."},
    {"meshgrid", "def: *xi, copy=True, sparse=False, indexing='xy'", f_meshgrid,
     "Coordinate arrays of a grid."},
    {"indices", "def: dimensions, dtype=?, sparse=False", f_indices, "Index arrays of a grid."},
    {"fromfunction", "def: function, shape, *, dtype=?, like=None, **kwargs", f_fromfunction,
     "An array computed from its indices."},
    {0},
};
