/* norm.c -- numpy.linalg.norm.  Replicated.
 *
 * NumPy's formula for each order, evaluated as it does.  Orders that need singular values are
 * Unsupported.
 */
#include "stdlib/numpy/family.h"

#include <math.h>

static Value fold_over(FoldOp op, Value x, Value axis, bool keep) /* takes x */
{
    Value r =
        v_is_error(x) ? x : array_reduce(op, x, axis, DT_NONE, V_UNDEF, keep, V_UNDEF, V_UNDEF);
    release(x);
    return r;
}

static Value extreme_over(FoldOp op, Value x, int axis, bool keep, bool from_zero) /* takes x */
{
    Value r = v_is_error(x) ? x
                            : array_reduce(op, x, v_int(axis), DT_NONE, V_UNDEF, keep,
                                           from_zero ? v_int(0) : V_UNDEF, V_UNDEF);
    release(x);
    return r;
}

static Value magnitudes(Value x)
{
    return np_op1(OP_ABSOLUTE, retain(x));
}

/* (conj(x) * x).real */
static Value squares(Value x)
{
    if (!dtype_is_complex(array_dtype(x)))
        return np_op2(OP_MULTIPLY, retain(x), retain(x));
    return np_op1(OP_REAL, np_op2(OP_MULTIPLY, np_op1(OP_CONJUGATE, retain(x)), retain(x)));
}

/* All elements in memory order, as one vector (takes x). */
static Value flat_in_memory(Value x)
{
    int perm[NDIM_MAX];
    const View *v = &as_array(x)->view;
    view_korder(1, &v, v->ndim, perm);
    View t = view_transpose(v, perm);
    return np_flat(np_view(x, &t));
}

static Value root_of_squares(Value x, bool keep)
{
    int nd = array_ndim(x);
    Value flat = flat_in_memory(retain(x)), s;
    if (v_is_error(flat))
        return flat;
    if (dtype_is_complex(array_dtype(flat))) {
        Value re = np_op1(OP_REAL, retain(flat)), im = np_op1(OP_IMAG, retain(flat));
        s = v_is_error(re) || v_is_error(im)
                ? V_ERROR
                : np_op2(OP_ADD, array_dot(re, re, V_UNDEF), array_dot(im, im, V_UNDEF));
        release(re);
        release(im);
    } else {
        s = array_dot(flat, flat, V_UNDEF);
    }
    release(flat);
    Value r = np_op1(OP_SQRT, s);
    if (!keep)
        return r;
    int64_t ones[NDIM_MAX];
    for (int k = 0; k < nd; k++)
        ones[k] = 1;
    return nd ? np_reshape(np_array(r), nd, ones) : r;
}

typedef struct Order {
    bool none, text, fro;
    double p;
    Value value;
} Order;

static bool order_parse(Value v, Order *o)
{
    *o = (Order){.none = is_absent(v), .text = is_str(v), .value = v};
    if (o->text)
        o->fro = str_equals(v.s, "fro") || str_equals(v.s, "f");
    return o->none || o->text || op_as_float(v, &o->p);
}

static Value vector_norm(Value x, const Order *o, int axis, bool keep)
{
    Value at = v_int(axis);
    if (o->text)
        return raise_fmt(&exc_ValueError, "Invalid norm order '%S' for vectors", o->value);
    if (o->none || o->p == 2)
        return np_op1(OP_SQRT, fold_over(FOLD_SUM, squares(x), at, keep));
    if (o->p == INFINITY)
        return extreme_over(FOLD_MAX, magnitudes(x), axis, keep, true);
    if (o->p == -INFINITY)
        return extreme_over(FOLD_MIN, magnitudes(x), axis, keep, false);
    if (o->p == 0)
        return fold_over(
            FOLD_SUM,
            np_cast(np_op2(OP_NOT_EQUAL, retain(x), v_int(0)), dtype_real(array_dtype(x))), at,
            keep);
    if (o->p == 1)
        return fold_over(FOLD_SUM, magnitudes(x), at, keep);
    Value powers = np_op2(OP_POWER, magnitudes(x), retain(o->value));
    Value r = fold_over(FOLD_SUM, powers, at, keep);
    if (v_is_error(r))
        return r;
    DType t = is_array(r) ? array_dtype(r) : as_npscalar(r)->dtype;
    Value root = np_cast(np_op1(OP_RECIPROCAL, v_float(o->p)), t);
    Value e = v_is_error(root) ? root : op_binary(r, root, BIN_POW);
    release(r);
    release(root);
    return e;
}

/* Sums along one axis, then an extreme along the other. */
static Value matrix_sums(Value x, int sum, int other, FoldOp op)
{
    return extreme_over(op, fold_over(FOLD_SUM, magnitudes(x), v_int(sum), false),
                        other - (other > sum), false, op == FOLD_MAX);
}

static Value matrix_norm(Value x, const Order *o, int row, int col, bool keep)
{
    Value r = V_ERROR;
    if (row == col)
        return raise_fmt(&exc_ValueError, "Duplicate axes given.");
    if (o->none || o->fro) {
        Value axes = tuple_of(2, v_int(row), v_int(col));
        r = np_op1(OP_SQRT, fold_over(FOLD_SUM, squares(x), axes, false));
        release(axes);
    } else if (!o->text && (o->p == 1 || o->p == -1)) {
        r = matrix_sums(x, row, col, o->p > 0 ? FOLD_MAX : FOLD_MIN);
    } else if (!o->text && isinf(o->p)) {
        r = matrix_sums(x, col, row, o->p > 0 ? FOLD_MAX : FOLD_MIN);
    } else if ((!o->text && (o->p == 2 || o->p == -2)) ||
               (o->text && str_equals(o->value.s, "nuc"))) {
        return raise_unsupported("linalg.norm by singular values", "NumPy");
    } else {
        return raise_fmt(&exc_ValueError, "Invalid norm order for matrices.");
    }
    if (!keep || v_is_error(r))
        return r;
    r = np_array(r);
    int low = (int)int64_min(row, col), high = (int)int64_max(row, col);
    View v = view_newaxis(&as_array(r)->view, low);
    v = view_newaxis(&v, high);
    return np_view(r, &v);
}

static Value norm(Value x, const Order *o, Value axis, bool keep)
{
    int nd = array_ndim(x), axes[NDIM_MAX], n;
    if (is_absent(axis)) {
        if (o->none || (o->fro && nd == 2) || (!o->text && o->p == 2 && nd == 1))
            return root_of_squares(x, keep);
        n = nd;
        for (int k = 0; k < nd; k++)
            axes[k] = k;
    } else if (o->text && axis.tag == TAG_INT) {
        return vector_norm(x, o, 0, keep); /* told before the axis is looked at */
    } else if (!axes_listed(axis, nd, axes, &n)) {
        return V_ERROR;
    }
    if (n == 1)
        return vector_norm(x, o, axes[0], keep);
    if (n == 2)
        return matrix_norm(x, o, axes[0], axes[1], keep);
    return raise_fmt(&exc_ValueError, "Improper number of dimensions to norm.");
}

Value linalg_norm(Value *a, int n)
{
    Order o;
    bool keep;
    if (!order_parse(a[1], &o) || !np_flag(a[3], false, &keep))
        return V_ERROR;
    Value x = array_from_value(a[0], DT_NONE, 0, false);
    if (!v_is_error(x) && !dtype_is_inexact(array_dtype(x)))
        x = np_cast(x, DT_FLOAT64);
    Value r = v_is_error(x) ? x : norm(x, &o, a[2], keep);
    release(x);
    return r;
}
