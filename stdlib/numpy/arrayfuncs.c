/* arrayfuncs.c -- functions of the module on arrays as objects.  Replicated.
 *
 * Shape, copies, layout and shared memory: what methods and attributes answer, for any value.
 */
#include "stdlib/numpy/family.h"

#include "interp/objects.h"

static Value of_array(Value v, Value (*get)(Value))
{
    Value a = array_from_value(v, DT_NONE, 0, false);
    if (v_is_error(a))
        return a;
    Value r = get(a);
    release(a);
    return r;
}
static Value np_ndim(Value *a, int n)
{
    return of_array(a[0], array_get_ndim);
}
static Value np_shape(Value *a, int n)
{
    return of_array(a[0], array_get_shape);
}
static Value np_size(Value *a, int n)
{
    if (v_is_none(a[1]))
        return of_array(a[0], array_get_size);
    Value v = array_from_value(a[0], DT_NONE, 0, false);
    int64_t axis;
    if (v_is_error(v))
        return v;
    int nd = as_array(v)->view.ndim;
    Value r = V_ERROR;
    if (!op_as_int64(a[1], &axis))
        ;
    else if (axis < -nd || axis >= nd)
        raise_fmt(&exc_IndexError, "tuple index out of range");
    else
        r = v_int(as_array(v)->view.shape[axis < 0 ? axis + nd : axis]);
    release(v);
    return r;
}
static Value np_copy(Value *a, int n)
{
    char order = 'K';
    if (!order_from_value(a[1], &order))
        return V_ERROR;
    Value v = array_from_value(a[0], DT_NONE, 0, false);
    Value r = v_is_error(v) ? v : array_copy(v, order);
    release(v);
    return r;
}
static Value np_astype(Value *a, int n)
{
    DType t;
    if (!is_array(a[0]))
        return raise_fmt(&exc_TypeError,
                         "Input should be a NumPy array. It is of type <class '%T'>.", a[0]);
    int copy = op_truth(a[2]);
    if (copy < 0 || !dtype_from_value(a[1], &t))
        return V_ERROR;
    return array_astype(a[0], t == DT_NONE ? DT_FLOAT64 : t, 'K', CAST_UNSAFE, copy);
}
static Value np_isfortran(Value *a, int n)
{
    return is_array(a[0])
               ? v_bool(view_is_f_contiguous(&as_array(a[0])->view) &&
                        !view_is_c_contiguous(&as_array(a[0])->view))
               : raise_fmt(&exc_AttributeError, "'%T' object has no attribute 'flags'", a[0]);
}
static Value shares(Value *a, int64_t work)
{
    Value x = array_from_value(a[0], DT_NONE, 0, false),
          y = array_from_value(a[1], DT_NONE, 0, false);
    Value r = V_ERROR;
    if (!v_is_error(x) && !v_is_error(y)) {
        const Array *p = as_array(x), *q = as_array(y);
        if (p->store != q->store)
            r = V_FALSE;
        else if (work)
            r = v_bool(view_overlap(&p->view, &q->view));
        else
            r = v_bool(view_shares(&p->view, &q->view, 0) == 1);
    }
    release(x);
    release(y);
    return r;
}
static Value np_shares_memory(Value *a, int n)
{
    return shares(a, 0);
}
/* NumPy's bounds alone decide. */
static Value np_may_share_memory(Value *a, int n)
{
    Value x = array_from_value(a[0], DT_NONE, 0, false),
          y = array_from_value(a[1], DT_NONE, 0, false);
    Value r = V_ERROR;
    if (!v_is_error(x) && !v_is_error(y)) {
        int64_t p[2], q[2];
        bool both = as_array(x)->store == as_array(y)->store &&
                    view_range(&as_array(x)->view, &p[0], &p[1]) &&
                    view_range(&as_array(y)->view, &q[0], &q[1]);
        r = v_bool(both && p[0] <= q[1] && q[0] <= p[1]);
    }
    release(x);
    release(y);
    return r;
}

const NativeDef numpy_array[] = {
    {"ndim", "def: a", np_ndim, "Number of axes."},
    {"shape", "def: a", np_shape, "Lengths along the axes."},
    {"size", "def: a, axis=None", np_size, "Number of elements, of all or along an axis."},
    {"copy", "def: a, order='K', subok=False", np_copy, "A copy as an array."},
    {"astype", "def: x, dtype, /, *, copy=True, device=None", np_astype,
     "An array's elements cast to a type."},
    {"isfortran", "def: a", np_isfortran, "Is the array Fortran contiguous but not C contiguous?"},
    {"shares_memory", "def: a, b, /, max_work=-1", np_shares_memory,
     "Do two arrays share an element?"},
    {"may_share_memory", "def: a, b, /, max_work=0", np_may_share_memory,
     "Do the memory ranges of two arrays overlap?"},
    {0},
};
