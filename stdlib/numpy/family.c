/* family.c -- the short words the numpy families are written in.  Replicated.  See family.h. */
#include "stdlib/numpy/family.h"

Value np_array(Value v)
{
    if (v_is_error(v) || is_array(v))
        return v;
    Value r = array_from_value(v, DT_NONE, 0, false);
    release(v);
    return r;
}

Value np_cast(Value a, DType t)
{
    if (v_is_error(a) || (is_array(a) && array_dtype(a) == t) ||
        (is_npscalar(a) && as_npscalar(a)->dtype == t))
        return a;
    bool scalar = !is_array(a);
    Value x = np_array(a);
    if (v_is_error(x))
        return x;
    Value r = array_astype(x, t, 'K', CAST_UNSAFE, false);
    release(x);
    return scalar ? array_or_scalar(r) : r;
}

Value np_view(Value a, const View *v)
{
    if (v_is_error(a))
        return a;
    Value r = array_view(a, v);
    release(a);
    return r;
}

Value np_reshape(Value a, int ndim, const int64_t shape[])
{
    if (v_is_error(a))
        return a;
    Value r = array_reshape(a, ndim, shape);
    release(a);
    return r;
}

Value np_flat(Value a)
{
    a = np_array(a);
    if (v_is_error(a))
        return a;
    int64_t n = array_size(a);
    return np_reshape(a, 1, &n);
}

Value np_result(Value a)
{
    if (!is_array(a) || array_ndim(a) || store_is_ready(as_array(a)->store) ||
        store_ndim(as_array(a)->store))
        return v_is_error(a) ? a : array_or_scalar(a);
    Store *s = store_retain(as_array(a)->store);
    release(a);
    return scalar_future(s);
}

Value np_fold(FoldOp op, Value a)
{
    return array_reduce(op, a, V_NONE, DT_NONE, V_UNDEF, false, V_UNDEF, V_UNDEF);
}

Value np_filled(DType t, int ndim, const int64_t shape[], DType from, Scalar x)
{
    Value r = array_new(t, ndim, shape);
    if (v_is_error(r))
        return r;
    Operand out = array_operand(r), in = operand_const(from, x);
    if (status_ok(rt_copy(&out, &in)))
        return r;
    release(r);
    return V_ERROR;
}

Value np_arange(int64_t n)
{
    Value r = array_new(DT_INT64, 1, &n);
    if (v_is_error(r) || n == 0)
        return r;
    Operand out = array_operand(r);
    if (status_ok(rt_range(&out, DT_INT64, (Scalar){.i64 = 0}, (Scalar){.i64 = 1})))
        return r;
    release(r);
    return V_ERROR;
}

Value np_host(DType t, int ndim, const int64_t shape[], const void *data)
{
    Value r = array_new(t, ndim, shape);
    if (v_is_error(r))
        return r;
    Operand out = array_operand(r);
    if (status_ok(rt_host(&out, data)))
        return r;
    release(r);
    return V_ERROR;
}

bool np_room(DType t, int ndim, const int64_t shape[])
{
    Value r = array_new(t, ndim, shape);
    release(r);
    return !v_is_error(r);
}

Value np_join(Value a, Value b)
{
    Value r = V_ERROR;
    a = np_array(a);
    b = np_array(b);
    if (!v_is_error(a) && !v_is_error(b)) {
        int64_t n = array_size(a), total = n + array_size(b);
        r = array_new(dtype_promote(array_dtype(a), array_dtype(b)), 1, &total);
        if (!v_is_error(r)) {
            Operand whole = array_operand(r), part = whole, x = array_operand(a),
                    y = array_operand(b);
            part.view = view_slice(&whole.view, 0, 0, 1, n);
            bool ok = n == 0 || status_ok(rt_copy(&part, &x));
            part.view = view_slice(&whole.view, 0, n, 1, total - n);
            ok = ok && (total == n || status_ok(rt_copy(&part, &y)));
            if (!ok) {
                release(r);
                r = V_ERROR;
            }
        }
    }
    release(a);
    release(b);
    return r;
}

Value np_pair(Value a, Value b)
{
    if (!v_is_error(a) && !v_is_error(b))
        return tuple_of(2, a, b);
    release(a);
    release(b);
    return V_ERROR;
}

Value np_store(Value r, Value out, const char *name)
{
    if (v_is_error(r) || is_absent(out))
        return r;
    if (!is_array(out)) {
        release(r);
        return raise_fmt(&exc_TypeError, "return arrays must be of ArrayType");
    }
    if (array_is_readonly(out)) {
        release(r);
        return raise_fmt(&exc_ValueError, "output array is read-only");
    }
    Value x = np_array(r);
    if (v_is_error(x))
        return x;
    const View *v = &as_array(x)->view, *o = &as_array(out)->view;
    bool ok = false;
    if (v->ndim != o->ndim) {
        raise_fmt(&exc_ValueError,
                  "output parameter for reduction operation %s has the wrong number of dimensions: "
                  "Found %d but expected %d",
                  name, o->ndim, v->ndim);
    } else if (memcmp(v->shape, o->shape, sizeof *v->shape * (size_t)v->ndim)) {
        Buf b = {0};
        buf_puts(&b, "non-broadcastable output operand with shape ");
        shape_put(&b, o->ndim, o->shape);
        buf_puts(&b, " doesn't match the broadcast shape ");
        shape_put(&b, v->ndim, v->shape);
        raise_fmt(&exc_ValueError, "%s", buf_text(&b));
        buf_free(&b);
    } else if (array_check_writable(out)) {
        Operand dst = array_operand(out), src = array_operand(x);
        ok = status_ok(rt_copy(&dst, &src)) && array_part_write(out);
    }
    release(x);
    return ok ? retain(out) : V_ERROR;
}

Value array_take(Value a, Value index)
{
    Value r = v_is_error(a) || v_is_error(index) ? V_ERROR : array_getitem(a, index);
    release(a);
    release(index);
    return r;
}

/* ------------------------------------------------------------------------- parameters */

bool np_flag(Value v, bool absent, bool *out)
{
    *out = absent;
    if (is_absent(v))
        return true;
    int truth = op_truth(v);
    *out = truth > 0;
    return truth >= 0;
}

bool np_axis(Value v, int ndim, int dflt, int *out)
{
    *out = dflt;
    return is_absent(v) || axis_from_value(v, ndim, out);
}
