/* reduce.c -- sums, extremes, means and their like.  Replicated.
 *
 * array_reduce is NumPy's ufunc.reduce over the runtime's folds: types, axes, results in K order,
 * out=, where=, initial=. Means and variances are the formulas NumPy evaluates, step by step, since
 * their last digits show.
 */
#include "stdlib/numpy/plain.h"
#include "stdlib/numpy/reduce.h"

#include <math.h>

/* ------------------------------------------------------------------------ reductions */

const char *fold_name(FoldOp op)
{
    static const char *const names[] = {"add",         "multiply",   "minimum",     "maximum",
                                        "bitwise_and", "bitwise_or", "bitwise_xor", "logical_or",
                                        "logical_and", "count",      "argmin",      "argmax"};
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
bool reduce_axes(Value axis, int ndim, uint32_t *mask)
{
    *mask = 0;
    if (axis.tag == TAG_BOOL || is_list(axis)) {
        if (is_list(axis))
            raise_fmt(&exc_TypeError, "'list' object cannot be interpreted as an integer");
        else
            raise_fmt(&exc_TypeError, "an integer is required");
        return false;
    }
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
    View kept; /* in's view without the reduced axes, and with them as length 1 */
    View whole;
} Reduction;

static bool reduce_where(Reduction *r, Value x, Value where, Value *held)
{
    *held = V_UNDEF;
    r->masked = !is_absent(where) && !(where.tag == TAG_BOOL && where.i);
    if (!r->masked)
        return true;
    *held = mask_from_value(where);
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
                  "reduction operation '%s' does not have an identity, so to use a where mask one "
                  "has to specify 'initial'",
                  fold_name(op));
        return false;
    }
    bool none = false;
    for (int k = 0; k < r->in.view.ndim; k++)
        none |= (r->axes >> k & 1) && r->in.view.shape[k] == 0;
    if (none) {
        raise_fmt(&exc_ValueError,
                  "zero-size array to reduction operation %s which has no identity", fold_name(op));
        return false;
    }
    return true;
}

/* Nothing is reduced: each element converted, joined with the start value. */
static Status reduce_nothing(FoldOp op, const Reduction *r)
{
    static const OpCode ops[] = {OP_ADD,         OP_MULTIPLY,   OP_MINIMUM,    OP_MAXIMUM,
                                 OP_BITWISE_AND, OP_BITWISE_OR, OP_BITWISE_XOR};
    if (op >= FOLD_ANY) {
        Operand in[2] = {r->in, operand_const(r->in.dtype, (Scalar){0})};
        return rt_ew(OP_NOT_EQUAL, r->in.dtype, 2, in, 1, &r->out, r->masked ? &r->where : NULL);
    }
    if (r->masked) {
        Scalar id =
            op == FOLD_PROD ? dtype_cast((Scalar){.i64 = 1}, DT_INT64, r->acc, NULL) : (Scalar){0};
        Operand start = operand_const(r->acc, r->has_initial ? r->initial : id);
        TRY(rt_copy(&r->out, &start));
    }
    Operand in[2] = {r->in, operand_const(r->acc, r->initial)};
    if (r->has_initial)
        return rt_ew(ops[op], r->acc, 2, in, 1, &r->out, r->masked ? &r->where : NULL);
    if (op == FOLD_SUM && dtype_is_inexact(r->acc)) { /* 0 + -0.0 */
        in[1] = operand_const(r->acc, (Scalar){0});
        return rt_ew(OP_ADD, r->acc, 2, in, 1, &r->out, r->masked ? &r->where : NULL);
    }
    return rt_ew(OP_COPY, r->in.dtype, 1, in, 1, &r->out, r->masked ? &r->where : NULL);
}

/* A result with all axes, in the K order of the operand: its lengths of 1 keep the place of what
 * was reduced. */
static Value result_kept(const Reduction *r)
{
    const View *in = &r->in.view;
    int perm[NDIM_MAX], back[NDIM_MAX], n = in->ndim;
    int64_t extent[NDIM_MAX];
    view_korder(1, &in, n, perm);
    for (int k = 0; k < n; k++) {
        extent[k] = r->whole.shape[perm[k]];
        back[perm[k]] = k;
    }
    Value a = array_new(r->acc, n, extent);
    if (!v_is_error(a))
        as_array(a)->view = view_transpose(&as_array(a)->view, back);
    return a;
}

/* The fold into a new array of the kept axes. */
static Value reduce_run(FoldOp op, Reduction *r, bool keepdims)
{
    const View *like = &r->kept;
    bool positions = op == FOLD_ARGMIN || op == FOLD_ARGMAX; /* NumPy's lie in C order */
    Value a = positions    ? array_new(r->acc, keepdims ? r->whole.ndim : like->ndim,
                                    keepdims ? r->whole.shape : like->shape)
              : keepdims   ? result_kept(r)
              : like->ndim ? array_new_like(r->acc, like->ndim, like->shape, 1, &like)
                           : array_new(r->acc, 0, NULL);
    if (v_is_error(a))
        return a;
    r->out = array_operand(a);
    for (int k = r->in.view.ndim - 1; keepdims && k >= 0; k--)
        if (r->axes >> k & 1)
            r->out.view = view_index(&r->out.view, k, 0);
    Status st = r->axes == 0
                    ? reduce_nothing(op, r)
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
    raise_fmt(&exc_TypeError,
              "the resolved dtypes are not compatible with %s.%s. Resolved (dtype('<U%lld'), "
              "dtype('<U%lld'), dtype('<U%lld'))",
              fold_name(op), method, n, n, 2 * n);
    return false;
}

Value array_reduce(FoldOp op, Value a, Value axis, DType dtype, Value out, bool keepdims,
                   Value initial, Value where)
{
    bool all = is_absent(axis) && is_absent(out) && !keepdims && is_absent(initial) &&
               is_absent(where) && dtype == DT_NONE && is_array(a);
    if (all && fold_type(op, array_dtype(a), dtype, out) == array_dtype(a)) {
        Value r = plain_fold(op, a);
        if (!v_is_undef(r))
            return r;
    }
    if (!refuse_text(op, a, "reduce"))
        return V_ERROR;
    Value x = array_from_value(a, DT_NONE, 0, false), held = V_UNDEF, result = V_ERROR;
    if (v_is_error(x))
        return x;
    if ((op == FOLD_MIN || op == FOLD_MAX) && dtype != DT_NONE && dtype != array_dtype(x)) {
        x = np_cast(x, dtype);
        if (v_is_error(x))
            return x;
    }
    Reduction r = {.in = array_operand(x)};
    r.acc = fold_type(op, r.in.dtype, dtype, out);
    r.has_initial = !is_absent(initial);
    bool ok = reduce_axes(axis, r.in.view.ndim, &r.axes) && reduce_where(&r, x, where, &held) &&
              (!r.has_initial || element_store_value(initial, r.acc, &r.initial, NULL));
    if (ok && (op == FOLD_AND || op == FOLD_OR || op == FOLD_XOR) && dtype_is_inexact(r.acc)) {
        raise_fmt(&exc_TypeError,
                  "ufunc '%s' not supported for the input types, and the inputs could not be "
                  "safely coerced to any supported "
                  "types according to the casting rule ''safe''",
                  fold_name(op));
        ok = false;
    }
    if (ok && op <= FOLD_MAX && dtype_is_complex(r.in.dtype) && !dtype_is_complex(r.acc) &&
        dtype_kind(r.acc) != 'b')
        ok = warn_fmt(&exc_ComplexWarning,
                      "Casting complex values to real discards the imaginary part");
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
Value reduce_arg(FoldOp op, Value a, Value axis, Value out, bool keepdims)
{
    if (is_array(a) && is_absent(axis) && is_absent(out) && !keepdims) {
        Value r = plain_fold(op, a);
        if (!v_is_undef(r))
            return r;
    }
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
    if (dtype_is_complex(t) && !dtype_is_complex(acc) && acc != DT_BOOL &&
        !warn_fmt(&exc_ComplexWarning,
                  "Casting complex values to real discards the imaginary part")) {
        release(x);
        return V_ERROR;
    }
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
bool reduce_count(Value x, Value axis, int64_t *n)
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

/* The divisor: a NumPy int, or with a mask an array of counts; `none` is set when it is zero
 * somewhere. */
static Value divisor(Value x, Value axis, bool keepdims, Value where, int64_t less, bool *none)
{
    int64_t n;
    if (is_absent(where) || (where.tag == TAG_BOOL && where.i)) {
        uint32_t mask; /* the count is strict about axes of a 0-d array, the sum is not */
        if (!axes_from_value(axis, array_ndim(x), &mask) || !reduce_count(x, axis, &n))
            return V_ERROR;
        *none = n <= less;
        return scalar_new(DT_INT64,
                          (Scalar){.i64 = n}); /* strong, so a float32 sum is divided in float64 */
    }
    Value mask = mask_from_value(where);
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
Value reduce_divide(Value s, Value n)
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
    return v_is_error(r) ? r : reduce_divide(r, n);
}

/* Squared distance from the mean, which x (taken) already is. */
Value reduce_square(Value x)
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
    return np_op2(OP_MAXIMUM, np_op2(OP_SUBTRACT, n, retain(ddof)), v_int(0));
}

static Value array_var(Value a, Value axis, DType dtype, Value out, Value ddof, bool keepdims,
                       Value where, Value given)
{
    Value x = array_from_value(a, DT_NONE, 0, false), r = V_ERROR, mean = V_ERROR;
    bool none = false;
    double less;
    if (v_is_error(x))
        return x;
    Value n = op_as_float(ddof, &less)
                  ? divisor(x, axis, keepdims, where, (int64_t)floor(less), &none)
                  : V_ERROR;
    if (v_is_error(n) ||
        (none && !warn_fmt(&exc_RuntimeWarning, "Degrees of freedom <= 0 for slice")))
        goto done;
    DType t = mean_type(x, dtype);
    if (!is_absent(given)) {
        mean = retain(given);
    } else {
        bool unused;
        mean = array_reduce(FOLD_SUM, x, axis, t, V_UNDEF, true, V_UNDEF, where);
        mean = reduce_divide(mean, divisor(x, axis, true, where, 0, &unused));
    }
    if (v_is_error(mean))
        goto done;
    Value d = reduce_square(np_op2(OP_SUBTRACT, retain(x), mean));
    if (dtype_is_complex(array_dtype(x)) && t != DT_NONE)
        t = dtype_real(t);
    if (!v_is_error(d))
        r = array_reduce(FOLD_SUM, d, axis, t, out, keepdims, V_UNDEF, where);
    release(d);
    n = less_ddof(n, ddof);
    r = reduce_divide(r, n);
    n = V_UNDEF;
done:
    release(n);
    release(x);
    return r;
}

static Value array_std(Value a, Value axis, DType dtype, Value out, Value ddof, bool keepdims,
                       Value where, Value given)
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
Value reduce_general(FoldOp op, Value *a)
{
    DType t;
    bool keep;
    if (!dtype_from_value(a[2], &t) || !np_flag(a[4], false, &keep))
        return V_ERROR;
    return array_reduce(op, a[0], a[1], t, a[3], keep, a[5], a[6]);
}
static Value f_sum(Value *a, int n)
{
    return reduce_general(FOLD_SUM, a);
}
static Value f_prod(Value *a, int n)
{
    return reduce_general(FOLD_PROD, a);
}

/* (a, axis, out, keepdims, initial, where) */
Value reduce_extreme(FoldOp op, Value *a)
{
    bool keep;
    if (!np_flag(a[3], false, &keep))
        return V_ERROR;
    return array_reduce(op, a[0], a[1], DT_NONE, a[2], keep, a[4], a[5]);
}
static Value f_min(Value *a, int n)
{
    return reduce_extreme(FOLD_MIN, a);
}
static Value f_max(Value *a, int n)
{
    return reduce_extreme(FOLD_MAX, a);
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

/* (a, axis, dtype, out, keepdims, where) */
static Value truth_method(FoldOp op, Value *a)
{
    DType t;
    Value rest[5] = {a[0], a[1], a[3], a[4], a[5]};
    if (!dtype_from_value(a[2], &t) || (t != DT_NONE && t != DT_BOOL))
        return t == DT_NONE ? V_ERROR : raise_unsupported("any(dtype=), all(dtype=)", "NumPy");
    return truth_fold(op, rest);
}
static Value m_any(Value *a, int n)
{
    return truth_method(FOLD_ANY, a);
}
static Value m_all(Value *a, int n)
{
    return truth_method(FOLD_ALL, a);
}

static Value f_count_nonzero(Value *a, int n)
{
    bool keep;
    if (!np_flag(a[2], false, &keep))
        return V_ERROR;
    Value r = is_array(a[0]) && is_absent(a[1]) && !keep ? plain_fold(FOLD_COUNT, a[0]) : V_UNDEF;
    if (!v_is_undef(r))
        return r;
    return array_reduce(FOLD_COUNT, a[0], a[1], DT_NONE, V_UNDEF, keep, V_UNDEF, V_UNDEF);
}

/* (a, axis, out, keepdims) */
static Value f_argmin(Value *a, int n)
{
    bool keep;
    return np_flag(a[3], false, &keep) ? reduce_arg(FOLD_ARGMIN, a[0], a[1], a[2], keep) : V_ERROR;
}
static Value f_argmax(Value *a, int n)
{
    bool keep;
    return np_flag(a[3], false, &keep) ? reduce_arg(FOLD_ARGMAX, a[0], a[1], a[2], keep) : V_ERROR;
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
Value reduce_spread(Value *a, bool root)
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
    return reduce_spread(a, false);
}
static Value f_std(Value *a, int n)
{
    return reduce_spread(a, true);
}

static Value f_ptp(Value *a, int n)
{
    bool keep;
    if (!np_flag(a[3], false, &keep))
        return V_ERROR;
    Value high = array_reduce(FOLD_MAX, a[0], a[1], DT_NONE, V_UNDEF, keep, V_UNDEF, V_UNDEF);
    Value low = v_is_error(high)
                    ? V_ERROR
                    : array_reduce(FOLD_MIN, a[0], a[1], DT_NONE, V_UNDEF, keep, V_UNDEF, V_UNDEF);
    return np_store(np_op2(OP_SUBTRACT, high, low), a[2], "subtract");
}

/* -------------------------------------------------------------------------------- tables */

const NativeDef numpy_reduce[] = {
    {"sum", "def: a, " SUM_SIG, f_sum, "Sum of the elements, over all axes or some."},
    {"prod", "def: a, " SUM_SIG, f_prod, "Product of the elements, over all axes or some."},
    {"min", "def: a, " EXTREME_SIG, f_min, "Smallest element; NaN wins."},
    {"max", "def: a, " EXTREME_SIG, f_max, "Largest element; NaN wins."},
    {"amin", "def: a, " EXTREME_SIG, f_min, "Smallest element; NaN wins."},
    {"amax", "def: a, " EXTREME_SIG, f_max, "Largest element; NaN wins."},
    {"any", "def: a, " TRUTH_SIG, f_any, "Is some element true?"},
    {"all", "def: a, " TRUTH_SIG, f_all, "Are all elements true?"},
    {"count_nonzero", "def: a, axis=None, *, keepdims=False", f_count_nonzero,
     "How many elements are not zero."},
    {"argmin", "def: a, axis=None, out=None, *, keepdims=False", f_argmin,
     "Position of the smallest element, the first of equals."},
    {"argmax", "def: a, axis=None, out=None, *, keepdims=False", f_argmax,
     "Position of the largest element, the first of equals."},
    {"cumsum", "def: a, axis=None, dtype=None, out=None", f_cumsum,
     "Sums of the elements up to each."},
    {"cumprod", "def: a, axis=None, dtype=None, out=None", f_cumprod,
     "Products of the elements up to each."},
    {"mean", "def: a, " MEAN_SIG, f_mean, "Sum divided by count."},
    {"var", "def: a, " VAR_SIG, f_var, "Mean squared distance from the mean."},
    {"std", "def: a, " VAR_SIG, f_std, "Square root of the variance."},
    {"ptp", "def: a, axis=None, out=None, keepdims=False", f_ptp, "Largest less smallest element."},
    {0}};

#define TRUTH_METHOD_SIG "axis=None, dtype=None, out=None, keepdims=False, *, where=?"

const NativeDef ndarray_methods_reduce[] = {
    {"sum", "def _sum: a, " SUM_SIG, f_sum, "Sum of the elements, over all axes or some."},
    {"prod", "def _prod: a, " SUM_SIG, f_prod, "Product of the elements, over all axes or some."},
    {"min", "def _amin: a, " EXTREME_SIG, f_min, "Smallest element; NaN wins."},
    {"max", "def _amax: a, " EXTREME_SIG, f_max, "Largest element; NaN wins."},
    {"any", "def _any: a, " TRUTH_METHOD_SIG, m_any, "Is some element true?"},
    {"all", "def _all: a, " TRUTH_METHOD_SIG, m_all, "Are all elements true?"},
    {"argmin", "npy: self, axis=None, out=None, *, keepdims=False", f_argmin,
     "Position of the smallest element."},
    {"argmax", "npy: self, axis=None, out=None, *, keepdims=False", f_argmax,
     "Position of the largest element."},
    {"cumsum", "self, axis=None, dtype=None, out=None", f_cumsum,
     "Sums of the elements up to each."},
    {"cumprod", "self, axis=None, dtype=None, out=None", f_cumprod,
     "Products of the elements up to each."},
    {"mean", "def _mean: a, " MEAN_SIG, f_mean, "Sum divided by count."},
    {"var", "def _var: a, " VAR_SIG, f_var, "Mean squared distance from the mean."},
    {"std", "def _std: a, " VAR_SIG, f_std, "Square root of the variance."},
    {0}};
