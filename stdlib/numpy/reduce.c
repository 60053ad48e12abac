/* reduce.c -- sums, extremes, means and their like.  Replicated.
 *
 * array_reduce is NumPy's ufunc.reduce over the runtime's folds: types, axes, results in K order, out=, where=, initial=.
 * Means and variances are the formulas NumPy evaluates, step by step, since their last digits show.
 */
#include "stdlib/numpy/family.h"

#include <math.h>

/* ------------------------------------------------------------------------ reductions */

static const char *fold_name(FoldOp op)
{
    static const char *const names[] = {"add",        "multiply",    "minimum",    "maximum", "bitwise_and", "bitwise_or",
                                        "bitwise_xor", "logical_or", "logical_and", "count",  "argmin",      "argmax"};
    return names[op];
}

static bool is_sum(FoldOp op)
{
    return op == FOLD_SUM || op == FOLD_PROD;
}

/* The type add.reduce and multiply.reduce work in. */
static DType sum_type(DType t)
{
    if (dtype_kind(t) == 'b' || dtype_kind(t) == 'i')
        return DT_INT64;
    return dtype_kind(t) == 'u' ? DT_UINT64 : t;
}

static DType fold_type(FoldOp op, DType t, DType asked, Value out)
{
    if (op == FOLD_ANY || op == FOLD_ALL)
        return DT_BOOL;
    if (op == FOLD_COUNT)
        return DT_INT64;
    if (asked != DT_NONE)
        return asked;
    if (is_sum(op))
        return is_array(out) ? dtype_promote(array_dtype(out), t) : sum_type(t);
    return t;
}

/* A scalar may be reduced along axis 0 or -1. */
static bool reduce_axes(Value axis, int ndim, uint32_t *mask)
{
    *mask = 0;
    if (ndim == 0 && (axis.tag == TAG_INT && (axis.i == 0 || axis.i == -1)))
        return true;
    return axes_from_value(axis, ndim, mask);
}

typedef struct Reduction {
    Operand in, where, out;
    bool masked;
    uint32_t axes;
    DType acc;
    Scalar initial;
    bool has_initial;
    View kept;  /* in's view without the reduced axes, and with them as length 1 */
    View whole;
} Reduction;

static bool reduce_where(Reduction *r, Value x, Value where, Value *held)
{
    *held = V_UNDEF;
    r->masked = !is_absent(where) && !(where.tag == TAG_BOOL && where.i);
    if (!r->masked)
        return true;
    *held = array_from_value(where, DT_BOOL, 0, false);
    if (v_is_error(*held))
        return false;
    r->where = array_operand(*held);
    if (view_broadcast(&r->where.view, r->in.view.ndim, r->in.view.shape, &r->where.view))
        return true;
    Arg args[2] = {{.op = r->in}, {.op = r->where}};
    raise_broadcast(2, args);
    return false;
}

static void reduce_views(Reduction *r)
{
    r->kept = r->whole = r->in.view;
    for (int k = r->in.view.ndim - 1; k >= 0; k--)
        if (r->axes >> k & 1) {
            r->whole.shape[k] = 1;
            int n = --r->kept.ndim;
            memmove(&r->kept.shape[k], &r->kept.shape[k + 1], sizeof(int64_t) * (size_t)(n - k));
            memmove(&r->kept.stride[k], &r->kept.stride[k + 1], sizeof(int64_t) * (size_t)(n - k));
        }
}

static bool reduce_check(FoldOp op, const Reduction *r)
{
    if ((op != FOLD_MIN && op != FOLD_MAX) || r->has_initial)
        return true;
    if (r->masked) {
        raise_fmt(&exc_ValueError,
                  "reduction operation '%s' does not have an identity, so to use a where mask one has to specify 'initial'",
                  fold_name(op));
        return false;
    }
    if (view_size(&r->in.view) == 0 && view_size(&r->kept) > 0) {
        raise_fmt(&exc_ValueError, "zero-size array to reduction operation %s which has no identity", fold_name(op));
        return false;
    }
    return true;
}

/* Nothing is reduced: each element converted, joined with the start value. */
static Status reduce_nothing(FoldOp op, const Reduction *r)
{
    static const OpCode ops[] = {OP_ADD, OP_MULTIPLY, OP_MINIMUM, OP_MAXIMUM, OP_BITWISE_AND, OP_BITWISE_OR, OP_BITWISE_XOR};
    if (op >= FOLD_ANY) {
        Operand in[2] = {r->in, operand_const(r->in.dtype, (Scalar){0})};
        return rt_ew(OP_NOT_EQUAL, r->in.dtype, 2, in, 1, &r->out, r->masked ? &r->where : NULL);
    }
    if (r->masked) {
        Scalar id = op == FOLD_PROD ? dtype_cast((Scalar){.i64 = 1}, DT_INT64, r->acc, NULL) : (Scalar){0};
        Operand start = operand_const(r->acc, r->has_initial ? r->initial : id);
        TRY(rt_copy(&r->out, &start));
    }
    Operand in[2] = {r->in, operand_const(r->acc, r->initial)};
    if (r->has_initial)
        return rt_ew(ops[op], r->acc, 2, in, 1, &r->out, r->masked ? &r->where : NULL);
    return rt_ew(OP_COPY, r->in.dtype, 1, in, 1, &r->out, r->masked ? &r->where : NULL);
}

/* The fold into a new array of the kept axes. */
static Value reduce_run(FoldOp op, Reduction *r, bool keepdims)
{
    const View *like = keepdims ? &r->whole : &r->kept;
    Value a = like->ndim ? array_new_like(r->acc, like->ndim, like->shape, 1, &like) : array_new(r->acc, 0, NULL);
    if (v_is_error(a))
        return a;
    r->out = array_operand(a);
    for (int k = r->in.view.ndim - 1; keepdims && k >= 0; k--)
        if (r->axes >> k & 1)
            r->out.view = view_index(&r->out.view, k, 0);
    Status st = r->axes == 0 ? reduce_nothing(op, r)
                             : rt_fold(op, &r->in, r->axes, r->acc, &r->out, r->masked ? &r->where : NULL,
                                       r->has_initial ? &r->initial : NULL);
    if (!status_ok(st)) {
        release(a);
        return V_ERROR;
    }
    return a;
}

/* Text has sums in NumPy, of a kind that is refused later. */
static bool refuse_text(FoldOp op, Value v, const char *method)
{
    if (!is_str(v) || !is_sum(op))
        return true;
    long long n = (long long)int64_max(v.s->n, 1);
    raise_fmt(&exc_TypeError, "the resolved dtypes are not compatible with %s.%s. Resolved (dtype('<U%lld'), dtype('<U%lld'), dtype('<U%lld'))",
              fold_name(op), method, n, n, 2 * n);
    return false;
}

Value array_reduce(FoldOp op, Value a, Value axis, DType dtype, Value out, bool keepdims, Value initial, Value where)
{
    if (!refuse_text(op, a, "reduce"))
        return V_ERROR;
    Value x = array_from_value(a, DT_NONE, 0, false), held = V_UNDEF, result = V_ERROR;
    if (v_is_error(x))
        return x;
    Reduction r = {.in = array_operand(x)};
    r.acc = fold_type(op, r.in.dtype, dtype, out);
    r.has_initial = !is_absent(initial);
    bool ok = reduce_axes(axis, r.in.view.ndim, &r.axes) && reduce_where(&r, x, where, &held) &&
              (!r.has_initial || element_from_value(initial, r.acc, &r.initial, NULL));
    if (ok && (op == FOLD_AND || op == FOLD_OR || op == FOLD_XOR) && dtype_is_inexact(r.acc)) {
        raise_fmt(&exc_TypeError,
                  "ufunc '%s' not supported for the input types, and the inputs could not be safely coerced to any supported "
                  "types according to the casting rule ''safe''", fold_name(op));
        ok = false;
    }
    if (ok) {
        reduce_views(&r);
        ok = reduce_check(op, &r);
    }
    if (ok)
        result = reduce_run(op, &r, keepdims);
    release(x);
    release(held);
    if (!v_is_error(result) && !is_absent(out))
        return np_store(result, out, fold_name(op));
    return np_result(result);
}

/* argmin and argmax: along one axis, or the position in C order. */
static Value arg_reduce(FoldOp op, Value a, Value axis, Value out, bool keepdims)
{
    Value x = array_from_value(a, DT_NONE, 0, false);
    int which = 0;
    if (v_is_error(x))
        return x;
    int ndim = array_ndim(x);
    if (ndim == 0) {
        int64_t one = 1;
        x = np_reshape(x, 1, &one);
    }
    if (v_is_error(x) || !np_axis(axis, array_ndim(x), -1, &which)) {
        release(x);
        return V_ERROR;
    }
    Reduction r = {.in = array_operand(x), .acc = DT_INT64};
    r.axes = which < 0 ? (uint32_t)((1ull << array_ndim(x)) - 1) : 1u << which;
    reduce_views(&r);
    int64_t n = which < 0 ? array_size(x) : array_shape(x)[which];
    Value result = V_ERROR;
    if (n == 0)
        raise_fmt(&exc_ValueError, "attempt to get %s of an empty sequence", fold_name(op));
    else
        result = reduce_run(op, &r, keepdims && ndim);
    release(x);
    if (!v_is_error(result) && !is_absent(out))
        return np_store(result, out, fold_name(op));
    return np_result(result);
}

/* ------------------------------------------------------------------------------- scans */

Value array_cumulate(FoldOp op, Value a, Value axis, DType dtype, Value out)
{
    if (!refuse_text(op, a, "accumulate"))
        return V_ERROR;
    Value x = array_from_value(a, DT_NONE, 0, false), r = V_ERROR;
    int which = 0;
    if (v_is_error(x))
        return x;
    if (is_absent(axis) || array_ndim(x) == 0)
        x = np_flat(x);
    if (v_is_error(x) || !np_axis(axis, array_ndim(x), 0, &which)) {
        release(x);
        return V_ERROR;
    }
    DType t = array_dtype(x), acc = fold_type(op, t, dtype, out);
    const View *like = &as_array(x)->view;
    r = array_new_like(acc, array_ndim(x), array_shape(x), 1, &like);
    if (!v_is_error(r)) {
        Operand in = array_operand(x), res = array_operand(r);
        if (!status_ok(rt_scan(op, &in, which, acc, &res))) {
            release(r);
            r = V_ERROR;
        }
    }
    release(x);
    return np_store(r, out, fold_name(op));
}

/* ------------------------------------------------------------------------ mean, variance */

/* Elements that meet in one result. */
static bool reduced_count(Value x, Value axis, int64_t *n)
{
    uint32_t mask;
    if (!reduce_axes(axis, array_ndim(x), &mask))
        return false;
    *n = 1;
    for (int k = 0; k < array_ndim(x); k++)
        if (mask >> k & 1)
            *n *= array_shape(x)[k];
    return true;
}

/* The divisor: an int, or with a mask an array of counts; `none` is set when it is zero somewhere. */
static Value divisor(Value x, Value axis, bool keepdims, Value where, int64_t less, bool *none)
{
    int64_t n;
    if (is_absent(where) || (where.tag == TAG_BOOL && where.i)) {
        if (!reduced_count(x, axis, &n))
            return V_ERROR;
        *none = n <= less;
        return v_int(n);
    }
    Value mask = array_from_value(where, DT_BOOL, 0, false);
    View v;
    if (v_is_error(mask))
        return mask;
    if (!view_broadcast(&as_array(mask)->view, array_ndim(x), array_shape(x), &v)) {
        Arg args[2] = {{.op = array_operand(x)}, {.op = array_operand(mask)}};
        release(mask);
        return raise_broadcast(2, args);
    }
    mask = np_view(mask, &v);
    Value count = array_reduce(FOLD_SUM, mask, axis, DT_INT64, V_UNDEF, keepdims, V_UNDEF, V_UNDEF);
    release(mask);
    if (v_is_error(count))
        return count;
    Value few = np_op2(OP_LESS_EQUAL, retain(count), v_int(less));
    Value any = v_is_error(few) ? few : np_fold(FOLD_ANY, few);
    release(few);
    int truth = v_is_error(any) ? -1 : op_truth(any);
    release(any);
    *none = truth > 0;
    if (truth >= 0)
        return count;
    release(count);
    return V_ERROR;
}

/* s / n in s's type; takes both; arrays in place. */
static Value divided(Value s, Value n)
{
    Value r = V_ERROR;
    if (!v_is_error(s) && !v_is_error(n) && is_array(s)) {
        r = ufunc_call(OP_DIVIDE, 2, (Value[]){s, n}, s, V_UNDEF, V_UNDEF, "unsafe");
    } else if (!v_is_error(s) && !v_is_error(n)) {
        Scalar known; /* complex scalars divide otherwise than arrays do */
        if (is_npscalar(s) && dtype_is_complex(as_npscalar(s)->dtype) && scalar_force(s, &known))
            slot_set(&s, scalar_new(as_npscalar(s)->dtype, known));
        r = op_binary(s, n, BIN_DIV);
        if (!v_is_error(r) && is_npscalar(s))
            r = np_cast(r, as_npscalar(s)->dtype);
    }
    release(s);
    release(n);
    return r;
}

static DType mean_type(Value x, DType asked)
{
    return asked == DT_NONE && !dtype_is_inexact(array_dtype(x)) ? DT_FLOAT64 : asked;
}

Value array_mean(Value a, Value axis, DType dtype, Value out, bool keepdims, Value where)
{
    Value x = array_from_value(a, DT_NONE, 0, false);
    bool none;
    if (v_is_error(x))
        return x;
    Value n = divisor(x, axis, keepdims, where, 0, &none);
    Value r = V_ERROR;
    if (!v_is_error(n) && (!none || warn_fmt(&exc_RuntimeWarning, "Mean of empty slice.")))
        r = array_reduce(FOLD_SUM, x, axis, mean_type(x, dtype), out, keepdims, V_UNDEF, where);
    else
        release(n);
    release(x);
    return v_is_error(r) ? r : divided(r, n);
}

/* Squared distance from the mean, which x (taken) already is. */
static Value squared(Value x)
{
    if (v_is_error(x))
        return x;
    DType t = is_array(x) ? array_dtype(x) : as_npscalar(x)->dtype;
    if (!dtype_is_complex(t))
        return np_op2(OP_MULTIPLY, retain(x), x);
    Value re = np_op1(OP_REAL, retain(x)), im = np_op1(OP_IMAG, x);
    Value re2 = np_op2(OP_MULTIPLY, retain(re), re), im2 = np_op2(OP_MULTIPLY, retain(im), im);
    return np_op2(OP_ADD, re2, im2);
}

/* The divisor less ddof, not below 0.  Takes n. */
static Value less_ddof(Value n, Value ddof)
{
    if (n.tag != TAG_INT)
        return np_op2(OP_MAXIMUM, np_op2(OP_SUBTRACT, n, retain(ddof)), v_int(0));
    Value d = op_binary(n, ddof, BIN_SUB);
    int negative = v_is_error(d) ? -1 : op_truth(op_compare(d, v_int(0), CMP_LT));
    if (negative > 0) {
        release(d);
        return v_int(0);
    }
    return d;
}

static Value array_var(Value a, Value axis, DType dtype, Value out, Value ddof, bool keepdims, Value where, Value given)
{
    Value x = array_from_value(a, DT_NONE, 0, false), r = V_ERROR, mean = V_ERROR;
    bool none = false;
    double less;
    if (v_is_error(x))
        return x;
    Value n = op_as_float(ddof, &less) ? divisor(x, axis, keepdims, where, (int64_t)floor(less), &none) : V_ERROR;
    if (v_is_error(n) || (none && !warn_fmt(&exc_RuntimeWarning, "Degrees of freedom <= 0 for slice")))
        goto done;
    DType t = mean_type(x, dtype);
    if (!is_absent(given)) {
        mean = retain(given);
    } else {
        bool unused;
        mean = array_reduce(FOLD_SUM, x, axis, t, V_UNDEF, true, V_UNDEF, where);
        mean = divided(mean, divisor(x, axis, true, where, 0, &unused));
    }
    if (v_is_error(mean))
        goto done;
    Value d = squared(np_op2(OP_SUBTRACT, retain(x), mean));
    if (dtype_is_complex(array_dtype(x)) && t != DT_NONE)
        t = dtype_real(t);
    if (!v_is_error(d))
        r = array_reduce(FOLD_SUM, d, axis, t, out, keepdims, V_UNDEF, where);
    release(d);
    n = less_ddof(n, ddof);
    r = divided(r, n);
    n = V_UNDEF;
done:
    release(n);
    release(x);
    return r;
}

static Value array_std(Value a, Value axis, DType dtype, Value out, Value ddof, bool keepdims, Value where, Value given)
{
    Value v = array_var(a, axis, dtype, out, ddof, keepdims, where, given);
    if (v_is_error(v) || !is_array(v))
        return np_op1(OP_SQRT, v);
    Value r = ufunc_call(OP_SQRT, 1, &v, v, V_UNDEF, V_UNDEF, "unsafe");
    release(v);
    return r;
}

/* ----------------------------------------------------------------------------- functions */

/* (a, axis, dtype, out, keepdims, initial, where) */
static Value reduce7(FoldOp op, Value *a)
{
    DType t;
    bool keep;
    if (!dtype_from_value(a[2], &t) || !np_flag(a[4], false, &keep))
        return V_ERROR;
    return array_reduce(op, a[0], a[1], t, a[3], keep, a[5], a[6]);
}
static Value f_sum(Value *a, int n)
{
    return reduce7(FOLD_SUM, a);
}
static Value f_prod(Value *a, int n)
{
    return reduce7(FOLD_PROD, a);
}

/* (a, axis, out, keepdims, initial, where) */
static Value extreme(FoldOp op, Value *a)
{
    bool keep;
    if (!np_flag(a[3], false, &keep))
        return V_ERROR;
    return array_reduce(op, a[0], a[1], DT_NONE, a[2], keep, a[4], a[5]);
}
static Value f_min(Value *a, int n)
{
    return extreme(FOLD_MIN, a);
}
static Value f_max(Value *a, int n)
{
    return extreme(FOLD_MAX, a);
}

/* (a, axis, out, keepdims, where) */
static Value truth_fold(FoldOp op, Value *a)
{
    bool keep;
    if (!np_flag(a[3], false, &keep))
        return V_ERROR;
    return array_reduce(op, a[0], a[1], DT_NONE, a[2], keep, V_UNDEF, a[4]);
}
static Value f_any(Value *a, int n)
{
    return truth_fold(FOLD_ANY, a);
}
static Value f_all(Value *a, int n)
{
    return truth_fold(FOLD_ALL, a);
}

static Value f_count_nonzero(Value *a, int n)
{
    bool keep;
    if (!np_flag(a[2], false, &keep))
        return V_ERROR;
    return array_reduce(FOLD_COUNT, a[0], a[1], DT_NONE, V_UNDEF, keep, V_UNDEF, V_UNDEF);
}

/* (a, axis, out, keepdims) */
static Value f_argmin(Value *a, int n)
{
    bool keep;
    return np_flag(a[3], false, &keep) ? arg_reduce(FOLD_ARGMIN, a[0], a[1], a[2], keep) : V_ERROR;
}
static Value f_argmax(Value *a, int n)
{
    bool keep;
    return np_flag(a[3], false, &keep) ? arg_reduce(FOLD_ARGMAX, a[0], a[1], a[2], keep) : V_ERROR;
}

/* (a, axis, dtype, out) */
static Value f_cumsum(Value *a, int n)
{
    DType t;
    return dtype_from_value(a[2], &t) ? array_cumulate(FOLD_SUM, a[0], a[1], t, a[3]) : V_ERROR;
}
static Value f_cumprod(Value *a, int n)
{
    DType t;
    return dtype_from_value(a[2], &t) ? array_cumulate(FOLD_PROD, a[0], a[1], t, a[3]) : V_ERROR;
}

/* (a, axis, dtype, out, keepdims, where) */
static Value f_mean(Value *a, int n)
{
    DType t;
    bool keep;
    if (!dtype_from_value(a[2], &t) || !np_flag(a[4], false, &keep))
        return V_ERROR;
    return array_mean(a[0], a[1], t, a[3], keep, a[5]);
}

/* (a, axis, dtype, out, ddof, keepdims, where, mean, correction) */
static Value spread(Value *a, bool root)
{
    DType t;
    bool keep;
    if (!v_is_undef(a[8]) && !(a[4].tag == TAG_INT && a[4].i == 0))
        return raise_fmt(&exc_ValueError, "ddof and correction can't be provided simultaneously.");
    if (!dtype_from_value(a[2], &t) || !np_flag(a[5], false, &keep))
        return V_ERROR;
    Value ddof = v_is_undef(a[8]) ? a[4] : a[8];
    return (root ? array_std : array_var)(a[0], a[1], t, a[3], ddof, keep, a[6], a[7]);
}
static Value f_var(Value *a, int n)
{
    return spread(a, false);
}
static Value f_std(Value *a, int n)
{
    return spread(a, true);
}

static Value f_ptp(Value *a, int n)
{
    bool keep;
    if (!np_flag(a[3], false, &keep))
        return V_ERROR;
    Value high = array_reduce(FOLD_MAX, a[0], a[1], DT_NONE, V_UNDEF, keep, V_UNDEF, V_UNDEF);
    Value low = v_is_error(high) ? V_ERROR : array_reduce(FOLD_MIN, a[0], a[1], DT_NONE, V_UNDEF, keep, V_UNDEF, V_UNDEF);
    return np_store(np_op2(OP_SUBTRACT, high, low), a[2], "subtract");
}

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
    return array_ndim(a) == array_ndim(b) && !memcmp(array_shape(a), array_shape(b), sizeof(int64_t) * (size_t)array_ndim(a));
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
        raise_fmt(&exc_ValueError, "Shape of weights must be consistent with shape of a along specified axis.");
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
        Value s = v_is_error(p) ? p : array_reduce(FOLD_SUM, p, axis, t, V_UNDEF, keep, V_UNDEF, V_UNDEF);
        release(p);
        r = np_op2(OP_DIVIDE, s, retain(*scale));
    }
    release(w);
    return r;
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
    Value r;
    if (is_absent(a[2])) {
        int64_t count = 0;
        r = array_mean(x, a[1], DT_NONE, V_UNDEF, keep, V_UNDEF);
        if (reduced_count(x, a[1], &count))
            scale = v_float((double)count);
    } else {
        r = weighted(x, a[1], a[2], keep, &scale);
    }
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

/* Mean of the middle two of the sorted last axis; NaN where there is one (it sorts last). */
static Value middle_mean(Value s)
{
    int last = array_ndim(s) - 1;
    int64_t n = array_shape(s)[last], i = n / 2;
    View v = view_slice(&as_array(s)->view, last, n % 2 ? i : i - 1, 1, n % 2 ? 1 : 2);
    Value mid = array_view(s, &v);
    Value r = array_mean(mid, v_int(-1), DT_NONE, V_UNDEF, false, V_UNDEF);
    release(mid);
    if (dtype_is_inexact(array_dtype(s)) && n > 1) {
        View top = view_index(&as_array(s)->view, last, n - 1);
        Value high = array_view(s, &top);
        r = np_op3(OP_WHERE, np_op1(OP_ISNAN, retain(high)), retain(high), r);
        release(high);
    }
    return r;
}

static Value f_median(Value *a, int n)
{
    bool keep;
    uint32_t mask;
    Value x = array_from_value(a[0], DT_NONE, 0, false), r = V_ERROR;
    if (v_is_error(x))
        return x;
    if (!np_flag(a[4], false, &keep) || !reduce_axes(a[1], array_ndim(x), &mask)) {
        release(x);
        return V_ERROR;
    }
    int ndim = array_ndim(x);
    Value s = array_sorted(reduced_last(x, mask), -1);
    if (v_is_error(s))
        return s;
    if (array_shape(s)[array_ndim(s) - 1] == 0)
        r = array_mean(s, v_int(-1), DT_NONE, V_UNDEF, false, V_UNDEF);
    else
        r = middle_mean(s);
    release(s);
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
    return np_array(np_op3(OP_WHERE, np_op1(OP_ISNAN, retain(x)), by, retain(x)));
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
    Value r = v_is_error(y) ? y : reduce7(op, args);
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
        Value r = v_is_error(x) ? x : extreme(op, args);
        release(x);
        return r;
    }
    bool keep;
    Value y = without_nan(x, v_float(op == FOLD_MAX ? -INFINITY : INFINITY)), args[6] = {y, a[1], V_UNDEF, a[3], a[4], a[5]};
    Value r = v_is_error(y) || !np_flag(a[3], false, &keep) ? V_ERROR : extreme(op, args);
    release(y);
    if (!v_is_error(r)) {
        Value nan = np_op1(OP_ISNAN, retain(x));
        Value all = v_is_error(nan) ? nan : array_reduce(FOLD_ALL, nan, a[1], DT_NONE, V_UNDEF, keep, V_UNDEF, V_UNDEF);
        release(nan);
        Value any = v_is_error(all) ? all : np_fold(FOLD_ANY, all);
        if (truth_of(any)) {
            r = np_op3(OP_WHERE, all, v_float(NAN), r);
            if (!warn_fmt(&exc_RuntimeWarning, is_array(r) ? "All-NaN slice encountered" : "All-NaN axis encountered")) {
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
        Value all = v_is_error(nan) ? nan : array_reduce(FOLD_ALL, nan, a[1], DT_NONE, V_UNDEF, false, V_UNDEF, V_UNDEF);
        release(nan);
        Value any = v_is_error(all) ? all : np_fold(FOLD_ANY, all);
        release(all);
        if (array_size(x) && truth_of(any))
            raise_fmt(&exc_ValueError, "All-NaN slice encountered");
        else
            r = arg_reduce(op, y, a[1], a[2], keep);
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
    Value r = v_is_error(m) ? m : array_reduce(FOLD_SUM, m, axis, DT_INT64, V_UNDEF, keep, V_UNDEF, V_UNDEF);
    release(m);
    return r;
}

/* s / counts without a word about 0 / 0, which has its own. */
static Value quiet_divide(Value s, Value counts)
{
    ErrState saved = rt_errstate;
    rt_errstate.divide = rt_errstate.invalid = ERRMODE_IGNORE;
    Value r = divided(s, counts);
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
        Value s = v_is_error(y) ? y : array_reduce(FOLD_SUM, y, a[1], t, V_UNDEF, keep, V_UNDEF, V_UNDEF);
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
        Value r = spread(args, root);
        release(x);
        return r;
    }
    if (!is_absent(a[6]) || !is_absent(a[7]) || !is_absent(a[8])) {
        release(x);
        return raise_unsupported("nanvar(where=, mean=, correction=)", "NumPy");
    }
    Value y = without_nan(x, v_int(0)), counts = number_count(x, a[1], true);
    Value s = v_is_error(y) ? y : array_reduce(FOLD_SUM, y, a[1], t, V_UNDEF, true, V_UNDEF, V_UNDEF);
    Value mean = quiet_divide(s, counts);
    Value d = np_op2(OP_SUBTRACT, y, mean);
    d = np_op3(OP_WHERE, nan_mask(x), d, v_int(0));
    d = squared(d);
    Value total = v_is_error(d) ? d : array_reduce(FOLD_SUM, d, a[1], t, V_UNDEF, keep, V_UNDEF, V_UNDEF);
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
    for (int64_t k = 0; k < times && !v_is_error(x); k++)
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
        raise_fmt(&exc_ValueError, "all the input array dimensions except for the concatenation axis must match exactly");
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
    Value r = v_is_error(p) ? p : array_reduce(FOLD_SUM, p, v_int(axis), DT_NONE, V_UNDEF, false, V_UNDEF, V_UNDEF);
    release(p);
    release(y);
    return r;
}

/* Central differences with step h, one-sided at the ends. */
static Value gradient_along(Value f, int axis, Value h)
{
    int64_t n = array_shape(f)[axis];
    Value r = array_new(dtype_is_inexact(array_dtype(f)) ? array_dtype(f) : DT_FLOAT64, array_ndim(f), array_shape(f));
    if (v_is_error(r))
        return r;
    Value at[3] = {piece(r, axis, 1, n - 2), piece(r, axis, 0, 1), piece(r, axis, n - 1, 1)};
    Value twice = np_op2(OP_MULTIPLY, v_float(2), retain(h));
    bool ok = np_into(OP_DIVIDE, np_op2(OP_SUBTRACT, piece(f, axis, 2, n - 2), piece(f, axis, 0, n - 2)), twice, at[0]) &&
              np_into(OP_DIVIDE, np_op2(OP_SUBTRACT, piece(f, axis, 1, 1), piece(f, axis, 0, 1)), retain(h), at[1]) &&
              np_into(OP_DIVIDE, np_op2(OP_SUBTRACT, piece(f, axis, n - 1, 1), piece(f, axis, n - 2, 1)), retain(h), at[2]);
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
                raise_fmt(&exc_ValueError, "Shape of array too small to calculate a numerical gradient, at least (edge_order + 1) "
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

#define SUM_SIG     "axis=None, dtype=None, out=None, keepdims=False, initial=?, where=?"
#define EXTREME_SIG "axis=None, out=None, keepdims=False, initial=?, where=?"
#define TRUTH_SIG   "axis=None, out=None, keepdims=False, *, where=?"
#define VAR_SIG     "axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=?, mean=?, correction=?"
#define MEAN_SIG    "axis=None, dtype=None, out=None, keepdims=False, *, where=?"

const NativeDef numpy_reduce[] = {
    {"sum", "a, " SUM_SIG, f_sum, "Sum of the elements, over all axes or some."},
    {"prod", "a, " SUM_SIG, f_prod, "Product of the elements, over all axes or some."},
    {"min", "a, " EXTREME_SIG, f_min, "Smallest element; NaN wins."},
    {"max", "a, " EXTREME_SIG, f_max, "Largest element; NaN wins."},
    {"amin", "a, " EXTREME_SIG, f_min, "Smallest element; NaN wins."},
    {"amax", "a, " EXTREME_SIG, f_max, "Largest element; NaN wins."},
    {"any", "a, " TRUTH_SIG, f_any, "Is some element true?"},
    {"all", "a, " TRUTH_SIG, f_all, "Are all elements true?"},
    {"count_nonzero", "a, axis=None, *, keepdims=False", f_count_nonzero, "How many elements are not zero."},
    {"argmin", "a, axis=None, out=None, *, keepdims=False", f_argmin, "Position of the smallest element, the first of equals."},
    {"argmax", "a, axis=None, out=None, *, keepdims=False", f_argmax, "Position of the largest element, the first of equals."},
    {"cumsum", "a, axis=None, dtype=None, out=None", f_cumsum, "Sums of the elements up to each."},
    {"cumprod", "a, axis=None, dtype=None, out=None", f_cumprod, "Products of the elements up to each."},
    {"mean", "a, " MEAN_SIG, f_mean, "Sum divided by count."},
    {"var", "a, " VAR_SIG, f_var, "Mean squared distance from the mean."},
    {"std", "a, " VAR_SIG, f_std, "Square root of the variance."},
    {"ptp", "a, axis=None, out=None, keepdims=False", f_ptp, "Largest less smallest element."},
    {"average", "a, axis=None, weights=None, returned=False, *, keepdims=False", f_average, "Mean with weights."},
    {"median", "a, axis=None, out=None, overwrite_input=False, keepdims=False", f_median, "Middle of the sorted elements."},
    {"nansum", "a, " SUM_SIG, f_nansum, "Sum with NaN as 0."},
    {"nanprod", "a, " SUM_SIG, f_nanprod, "Product with NaN as 1."},
    {"nanmin", "a, " EXTREME_SIG, f_nanmin, "Smallest number."},
    {"nanmax", "a, " EXTREME_SIG, f_nanmax, "Largest number."},
    {"nanargmin", "a, axis=None, out=None, *, keepdims=False", f_nanargmin, "Position of the smallest number."},
    {"nanargmax", "a, axis=None, out=None, *, keepdims=False", f_nanargmax, "Position of the largest number."},
    {"nancumsum", "a, axis=None, dtype=None, out=None", f_nancumsum, "Running sums with NaN as 0."},
    {"nancumprod", "a, axis=None, dtype=None, out=None", f_nancumprod, "Running products with NaN as 1."},
    {"nanmean", "a, " MEAN_SIG, f_nanmean, "Mean of the numbers."},
    {"nanvar", "a, " VAR_SIG, f_nanvar, "Variance of the numbers."},
    {"nanstd", "a, " VAR_SIG, f_nanstd, "Standard deviation of the numbers."},
    {"diff", "a, n=1, axis=-1, prepend=?, append=?", f_diff, "Differences of neighbours along an axis."},
    {"ediff1d", "ary, to_end=None, to_begin=None", f_ediff1d, "Differences of neighbours of the flat array."},
    {"trapezoid", "y, x=None, dx=1.0, axis=-1", f_trapezoid, "Integral by the trapezoidal rule."},
    {"gradient", "f, *varargs, axis=None, edge_order=1", f_gradient, "Central differences."},
    {0}};

const NativeDef ndarray_methods_reduce[] = {
    {"sum", "self, " SUM_SIG, f_sum, "Sum of the elements, over all axes or some."},
    {"prod", "self, " SUM_SIG, f_prod, "Product of the elements, over all axes or some."},
    {"min", "self, " EXTREME_SIG, f_min, "Smallest element; NaN wins."},
    {"max", "self, " EXTREME_SIG, f_max, "Largest element; NaN wins."},
    {"any", "self, " TRUTH_SIG, f_any, "Is some element true?"},
    {"all", "self, " TRUTH_SIG, f_all, "Are all elements true?"},
    {"argmin", "self, axis=None, out=None, *, keepdims=False", f_argmin, "Position of the smallest element."},
    {"argmax", "self, axis=None, out=None, *, keepdims=False", f_argmax, "Position of the largest element."},
    {"cumsum", "self, axis=None, dtype=None, out=None", f_cumsum, "Sums of the elements up to each."},
    {"cumprod", "self, axis=None, dtype=None, out=None", f_cumprod, "Products of the elements up to each."},
    {"mean", "self, " MEAN_SIG, f_mean, "Sum divided by count."},
    {"var", "self, " VAR_SIG, f_var, "Mean squared distance from the mean."},
    {"std", "self, " VAR_SIG, f_std, "Square root of the variance."},
    {0}};
