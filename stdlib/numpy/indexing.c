/* indexing.c -- the functions that choose, place and find elements: take, where, nonzero ...
 * Replicated.
 *
 * They are written with a[key] and a[key] = x wherever NumPy's rule is that of indexing; where and
 * putmask are element-wise and move nothing they need not.
 */
#include "stdlib/numpy/family.h"
#include "stdlib/numpy/plain.h"

#include "interp/objects.h"

/* ------------------------------------------------------------------------ keys */

/* a[key], both taken. */
static Value item_of(Value a, Value key)
{
    Value r = v_is_error(a) || v_is_error(key) ? V_ERROR : array_getitem(a, key);
    release(a);
    release(key);
    return r;
}

static Value done(bool ok)
{
    return ok ? V_NONE : V_ERROR;
}

/* Does `a` (taken) in C order; itself when it is. */
static Value in_c_order(Value a)
{
    if (!is_array(a) || view_is_c_contiguous(&as_array(a)->view))
        return a;
    Value r = array_copy(a, 'C');
    release(a);
    return r;
}

/* -------------------------------------------------------------------- take, put */

static bool mode_from_value(Value v, char *out)
{
    static const char *const names[] = {"raise", "wrap", "clip"};
    if (is_str(v))
        for (int k = 0; k < 3; k++)
            if (str_equals(v.s, names[k])) {
                *out = names[k][0];
                return true;
            }
    raise_fmt(&exc_ValueError, "clipmode must be one of 'clip', 'raise', or 'wrap' (got %R)", v);
    return false;
}

/* Indices (borrowed) as an int64 array that a mode has brought into [0, n). */
static Value indices_of(Value v, int64_t n, char mode)
{
    Value i = array_asarray(v);
    if (v_is_error(i))
        return i;
    bool empty = array_size(i) == 0 && (is_list(v) || is_tuple(v));
    Value r = array_astype(i, DT_INT64, 'K', empty ? CAST_UNSAFE : CAST_SAFE, false);
    release(i);
    if (v_is_error(r) || mode == 'r')
        return r;
    if (mode == 'w')
        return np_array(np_op2(OP_REMAINDER, r, v_int(n)));
    Value low = np_op2(OP_MAXIMUM, r, v_int(0));
    return np_op2(OP_MINIMUM, low, v_int(n - 1));
}

static Value take_axis(Value a /* taken */, Value indices, int axis, char mode)
{
    if (v_is_error(a))
        return a;
    if (array_ndim(a) == 0)
        a = np_flat(a);
    int64_t n = array_shape(a)[axis];
    if (n == 0) {
        Value probe = array_asarray(indices);
        bool some = !v_is_error(probe) && array_size(probe) > 0;
        release(probe);
        if (some) {
            release(a);
            return raise_fmt(&exc_IndexError, "cannot do a non-empty take from an empty axes.");
        }
    }
    return in_c_order(item_of(a, array_axis_key(axis, indices_of(indices, n, mode))));
}

static Value f_take(Value *s, int nargs)
{
    char mode;
    int axis = 0;
    if (!mode_from_value(s[4], &mode))
        return V_ERROR;
    Value a = array_asarray(s[0]);
    if (v_is_error(a))
        return a;
    if (mode == 'r' && is_array(s[1]) && array_dtype(s[1]) == DT_INT64 && is_absent(s[3]) &&
        array_ndim(a) == 1 && (v_is_none(s[2]) || (s[2].tag == TAG_INT && s[2].i == 0))) {
        Value r = plain_take(a, s[1]);
        if (!v_is_undef(r)) {
            release(a);
            return r;
        }
    }
    if (v_is_none(s[2])) {
        a = np_flat(a);
    } else if (!axis_from_value(s[2], array_ndim(a) ? array_ndim(a) : 1, &axis)) {
        release(a);
        return V_ERROR;
    }
    Value r = take_axis(a, s[1], axis, mode);
    if (is_absent(s[3]) || v_is_error(r))
        return r;
    return np_store(r, s[3], "take");
}

/* Work on a's elements as a 1-D array: fn(flat, ctx), stored back when flat is a copy. */
static bool on_flat(Value a, bool (*fn)(Value flat, void *ctx), void *ctx)
{
    int64_t n = array_size(a);
    if (!array_check_writable(a))
        return false;
    Value flat = array_reshape(a, 1, &n);
    if (v_is_error(flat))
        return false;
    bool ok = fn(flat, ctx);
    if (ok && as_array(flat)->store != as_array(a)->store) {
        Value back = array_reshape(flat, array_ndim(a), array_shape(a));
        ok = array_assign(a, back);
        release(back);
    }
    release(flat);
    return ok;
}

/* `n` elements of x (1-D array) from its start, over and over; new. */
static Value cycle(Value x, int64_t n)
{
    int64_t m = array_size(x);
    if (m == n || m == 1)
        return retain(x);
    Value i = np_op2(OP_REMAINDER, np_arange(n), v_int(m));
    return item_of(retain(x), i);
}

typedef struct PutArgs {
    Value index, values;
} PutArgs;

static bool put_flat(Value flat, void *ctx)
{
    PutArgs *p = ctx;
    if (array_size(p->index) == 0 || array_size(p->values) == 0)
        return true;
    Value v = cycle(p->values, array_size(p->index));
    bool ok = !v_is_error(v) && array_setitem(flat, p->index, v);
    release(v);
    return ok;
}

static Value put_values(Value a, Value index /* taken, 1-D */, Value values)
{
    PutArgs p = {index, np_flat(array_asarray(values))};
    bool ok = !v_is_error(p.index) && !v_is_error(p.values) && on_flat(a, put_flat, &p);
    release(p.index);
    release(p.values);
    return done(ok);
}

static bool need_array(Value a, const char *function)
{
    if (!is_array(a))
        raise_fmt(&exc_TypeError, "argument 1 must be numpy.ndarray, not %T", a);
    return is_array(a);
}

static Value f_put(Value *s, int nargs)
{
    char mode;
    if (!mode_from_value(s[3], &mode))
        return V_ERROR;
    if (!is_array(s[0]))
        return raise_fmt(&exc_TypeError, "argument 1 must be numpy.ndarray, not %T", s[0]);
    return put_values(s[0], np_flat(indices_of(s[1], array_size(s[0]), mode)), s[2]);
}

/* ---------------------------------------------------------------------- nonzero */

/* The positions of a's true elements, an array per axis. */
static Value positions(Value a /* taken */)
{
    if (v_is_error(a))
        return a;
    int nd = array_ndim(a);
    if (nd == 0) {
        bool truth = array_dtype(a) == DT_BOOL;
        release(a);
        return raise_fmt(&exc_ValueError,
                         "Calling nonzero on 0d arrays is not allowed. Use "
                         "np.atleast_1d(scalar).nonzero() instead.%s",
                         truth ? " If the context of this error is of the form "
                                 "`arr[nonzero(cond)]`, just use `arr[cond]`."
                               : "");
    }
    Operand in = array_operand(a);
    int64_t count;
    Store *out[NDIM_MAX];
    bool ok = status_ok(rt_nonzero(&in, &count, out));
    release(a);
    if (!ok)
        return V_ERROR;
    Value t = tuple_new(nd);
    View v = view_whole(1, &count);
    for (int d = 0; d < nd; d++)
        as_tuple(t)->at[d] = array_of(out[d], &v, V_UNDEF);
    return t;
}

static Value first_of(Value t /* taken */)
{
    if (v_is_error(t))
        return t;
    Value r = retain(as_tuple(t)->at[0]);
    release(t);
    return r;
}

static Value f_nonzero(Value *s, int nargs)
{
    return positions(array_asarray(s[0]));
}

static Value f_flatnonzero(Value *s, int nargs)
{
    return first_of(positions(np_flat(array_asarray(s[0]))));
}

/* Columns side by side as an array of shape (n, k). */
static Value columns(Value t /* taken */)
{
    if (v_is_error(t))
        return t;
    Tuple *c = as_tuple(t);
    int64_t shape[2] = {c->n, array_size(c->at[0])};
    int turn[2] = {1, 0};
    Value r = array_new(DT_INT64, 2, shape);
    bool ok = !v_is_error(r);
    for (int64_t k = 0; k < c->n && ok; k++) {
        Operand in = array_operand(c->at[k]), out = array_operand(r);
        out.view = view_index(&out.view, 0, k);
        ok = status_ok(rt_copy(&out, &in));
    }
    release(t);
    if (ok) {
        View v = view_transpose(&as_array(r)->view, turn);
        return np_view(r, &v);
    }
    release(r);
    return V_ERROR;
}

static Value f_argwhere(Value *s, int nargs)
{
    Value a = array_asarray(s[0]);
    if (v_is_error(a) || array_ndim(a))
        return columns(positions(a));
    int truth = op_truth(a);
    release(a);
    int64_t shape[2] = {truth, 0};
    return truth < 0 ? V_ERROR : array_new(DT_INT64, 2, shape);
}

/* ------------------------------------------------------------------------ where */

/* NumPy's common type of two operands, weak ones included. */
static bool common_type(const Arg *x, const Arg *y, DType *t)
{
    bool wx = x->weak > WEAK_BOOL, wy = y->weak > WEAK_BOOL;
    DType a = x->op.dtype, b = y->op.dtype;
    if (wx && !wy)
        a = op_weak_type(a, b);
    else if (wy && !wx)
        b = op_weak_type(b, a);
    *t = dtype_promote(a, b);
    return true;
}

/* A weak number in the common type; ints wrap, as where() makes arrays of them first. */
static bool settle(Arg *x, DType t)
{
    Scalar c;
    int64_t i;
    if (x->weak <= WEAK_BOOL)
        return true;
    if (x->weak == WEAK_INT && dtype_is_integer(t) && int_as_int64(x->weak_value, &i))
        c = dtype_cast((Scalar){.i64 = i}, DT_INT64, t, NULL);
    else if (!weak_to_const(x->weak_value, t, &c))
        return false;
    x->op = operand_const(t, c);
    return true;
}

static Value where_args(Arg args[3])
{
    int ndim[3], nd;
    const int64_t *shape[3];
    int64_t out_shape[NDIM_MAX];
    DType t;
    for (int k = 0; k < 3; k++) {
        ndim[k] = args[k].op.view.ndim;
        shape[k] = args[k].op.view.shape;
    }
    if (!broadcast_shapes(3, ndim, shape, &nd, out_shape))
        return raise_broadcast(3, args);
    if (!common_type(&args[1], &args[2], &t) || !settle(&args[1], t) || !settle(&args[2], t))
        return V_ERROR;
    Operand in[3];
    const View *views[3];
    int n = 0;
    for (int k = 0; k < 3; k++) {
        in[k] = args[k].op;
        if (!in[k].store)
            continue;
        view_broadcast(&args[k].op.view, nd, out_shape, &in[k].view);
        views[n++] = &in[k].view;
    }
    Value r = array_new_like(t, nd, out_shape, n, views);
    if (v_is_error(r))
        return r;
    Operand out = array_operand(r);
    if (status_ok(rt_ew(OP_WHERE, t, 3, in, 1, &out, NULL)))
        return r;
    release(r);
    return V_ERROR;
}

static Value where_of(Value c, Value x, Value y)
{
    Value given[3] = {c, x, y};
    Arg args[3];
    int n = 0;
    while (n < 3 && arg_from_value(given[n], &args[n]))
        n++;
    Value r = n == 3 ? where_args(args) : V_ERROR;
    while (n--)
        arg_fini(&args[n]);
    return r;
}

static Value f_where(Value *s, int nargs)
{
    if (v_is_undef(s[1]) && v_is_undef(s[2]))
        return positions(array_asarray(s[0]));
    if (v_is_undef(s[1]) || v_is_undef(s[2]))
        return raise_fmt(&exc_ValueError, "either both or neither of x and y should be given");
    return where_of(s[0], s[1], s[2]);
}

/* ------------------------------------------------------------ compress, extract ... */

static Value f_compress(Value *s, int nargs)
{
    Value a = array_asarray(s[1]), c = array_asarray(s[0]);
    int axis = 0;
    if (v_is_error(a) || v_is_error(c))
        goto fail;
    if (array_ndim(c) != 1) {
        raise_fmt(&exc_ValueError, "condition must be a 1-d array");
        goto fail;
    }
    if (v_is_none(s[2]) || array_ndim(a) == 0)
        a = np_flat(a);
    if (!v_is_none(s[2]) && !axis_from_value(s[2], array_ndim(a), &axis))
        goto fail;
    return in_c_order(item_of(a, array_axis_key(axis, first_of(positions(c)))));
fail:
    release(a);
    release(c);
    return V_ERROR;
}

static Value m_compress(Value *s, int nargs)
{
    Value swapped[4] = {s[1], s[0], s[2], s[3]};
    return f_compress(swapped, nargs);
}

static Value f_extract(Value *s, int nargs)
{
    Value at = first_of(positions(np_flat(array_asarray(s[0]))));
    if (v_is_error(at))
        return at;
    Value r = take_axis(np_flat(array_asarray(s[1])), at, 0, 'r');
    release(at);
    return r;
}

static Value f_place(Value *s, int nargs)
{
    if (!need_array(s[0], "place"))
        return V_ERROR;
    Value at = first_of(positions(np_flat(array_asarray(s[1])))), v = array_asarray(s[2]);
    bool none = !v_is_error(v) && array_size(v) == 0;
    bool some = !v_is_error(at) && array_size(at) > 0;
    release(v);
    if (none && some) {
        release(at);
        return raise_fmt(&exc_ValueError, "Cannot insert from an empty array!");
    }
    return put_values(s[0], at, s[2]);
}

/* a.flat[i] = values[i mod n] where the mask is true. */
static Value f_putmask(Value *s, int nargs)
{
    if (!need_array(s[0], "putmask"))
        return V_ERROR;
    Value a = s[0], mask = np_cast(array_asarray(s[1]), DT_BOOL),
          v = np_cast(array_asarray(s[2]), array_dtype(a)), full = V_UNDEF;
    bool ok = !v_is_error(mask) && !v_is_error(v) && array_check_writable(a);
    if (ok && array_size(mask) != array_size(a)) {
        raise_fmt(&exc_ValueError, "putmask: mask and data must be the same size");
        ok = false;
    }
    if (ok && array_size(v) > 0) {
        v = np_flat(v);
        full = cycle(v, array_size(a));
        ok = !v_is_error(full);
    }
    if (ok && array_size(v) > 0) {
        mask = np_reshape(mask, array_ndim(a), array_shape(a));
        Operand m = array_operand(mask), in = array_operand(full), out = array_operand(a);
        int64_t n = array_size(full);
        if (n == 1) {
            in.view.ndim = 0;
            view_broadcast(&in.view, array_ndim(a), array_shape(a), &in.view);
        } else {
            view_reshape(&in.view, array_ndim(a), array_shape(a), &in.view);
        }
        ok = status_ok(rt_ew(OP_COPY, in.dtype, 1, &in, 1, &out, &m));
    }
    release(mask);
    release(v);
    release(full);
    return done(ok);
}

/* (arange per axis, shaped to broadcast; `indices` at the axis) */
static Value along_key(Value a, Value indices, int axis)
{
    const View *v = &as_array(a)->view;
    Value key = tuple_new(v->ndim);
    for (int d = 0; d < v->ndim; d++) {
        if (d == axis) {
            as_tuple(key)->at[d] = retain(indices);
            continue;
        }
        int64_t shape[NDIM_MAX];
        for (int k = 0; k < v->ndim; k++)
            shape[k] = k == d ? v->shape[d] : 1;
        Value i = np_reshape(np_arange(v->shape[d]), v->ndim, shape);
        if (v_is_error(i)) {
            release(key);
            return i;
        }
        as_tuple(key)->at[d] = i;
    }
    return key;
}

/* The array and key that take_along_axis and put_along_axis work on; false: exception. */
static bool along(Value v, Value indices, Value axis, Value *a, Value *key)
{
    int at = 0;
    *a = *key = V_ERROR;
    if (!is_array(v) && !is_npscalar(v)) {
        raise_fmt(&exc_AttributeError, "'%T' object has no attribute '%s'", v,
                  v_is_none(axis) && is_array(indices) ? "flat" : "ndim");
        return false;
    }
    if (!is_array(indices) && !is_npscalar(indices)) {
        raise_fmt(&exc_AttributeError, "'%T' object has no attribute '%s'", indices,
                  v_is_none(axis) ? "ndim" : "dtype");
        return false;
    }
    *a = array_asarray(v);
    Value i = array_asarray(indices);
    *key = V_ERROR;
    bool ok = !v_is_error(*a) && !v_is_error(i);
    if (ok && v_is_none(axis)) {
        if (array_ndim(i) != 1) {
            raise_fmt(&exc_ValueError, "when axis=None, `indices` must have a single dimension.");
            ok = false;
        } else
            *a = np_flat(*a);
    } else if (ok) {
        ok = axis_from_value(axis, array_ndim(*a), &at);
    }
    if (ok && !dtype_is_integer(array_dtype(i))) {
        raise_fmt(&exc_IndexError, "`indices` must be an integer array");
        ok = false;
    }
    if (ok && array_ndim(i) != array_ndim(*a)) {
        raise_fmt(&exc_ValueError, "`indices` and `arr` must have the same number of dimensions");
        ok = false;
    }
    if (ok) {
        *key = along_key(*a, i, at);
    }
    release(i);
    return ok && !v_is_error(*key);
}

static Value f_take_along_axis(Value *s, int nargs)
{
    Value a, key;
    if (along(s[0], s[1], s[2], &a, &key))
        return item_of(a, key);
    release(a);
    release(key);
    return V_ERROR;
}

static Value f_put_along_axis(Value *s, int nargs)
{
    Value a, key;
    bool ok = along(s[0], s[1], s[3], &a, &key) && array_setitem(a, key, s[2]);
    release(a);
    release(key);
    return done(ok);
}

/* ---------------------------------------------------------------- choose, select */

/* The items as np.broadcast_arrays takes them, `last` (or undefined) after them: their common
 * shape, or its error. */
static bool shapes_of(Value list, Value last, int *nd, int64_t shape[])
{
    int64_t n = as_list(list)->n + !v_is_undef(last), k = 0;
    int *ndim = xmalloc(sizeof *ndim * (size_t)(n + 1));
    const int64_t **shapes = xmalloc(sizeof *shapes * (size_t)(n + 1));
    Value held = tuple_new(n);
    for (; k < n; k++) {
        Value v = array_asarray(k < as_list(list)->n ? as_list(list)->at[k] : last);
        if (v_is_error(v))
            break;
        as_tuple(held)->at[k] = v;
        ndim[k] = array_ndim(v);
        shapes[k] = array_shape(v);
    }
    bool ok = k == n;
    if (ok && !broadcast_shapes((int)n, ndim, shapes, nd, shape)) {
        raise_mismatch((int)n, ndim, shapes);
        ok = false;
    }
    release(held);
    free(ndim);
    free(shapes);
    return ok;
}

static Value f_choose(Value *s, int nargs)
{
    Value list = list_from_iterable(s[1]), a = array_asarray(s[0]);
    if (v_is_error(list) || v_is_error(a)) {
        release(list);
        release(a);
        return V_ERROR;
    }
    int64_t n = as_list(list)->n, shape[NDIM_MAX];
    int nd;
    if (n && !shapes_of(list, a, &nd, shape)) {
        release(list);
        release(a);
        return V_ERROR;
    }
    Value i = indices_of(a, n, 'r');
    release(a);
    char mode;
    if (v_is_error(i) || !mode_from_value(s[3], &mode)) {
        release(list);
        release(i);
        return V_ERROR;
    }
    if (mode == 'r') {
        Value bad = np_op2(OP_LOGICAL_OR, np_op2(OP_LESS, retain(i), v_int(0)),
                           np_op2(OP_GREATER_EQUAL, retain(i), v_int(n)));
        Value any = v_is_error(bad) ? bad : np_fold(FOLD_ANY, bad);
        release(bad);
        int truth = v_is_error(any) ? -1 : op_truth(any);
        release(any);
        if (truth > 0)
            raise_fmt(&exc_ValueError, "invalid entry in choice array");
        if (truth) {
            release(list);
            release(i);
            return V_ERROR;
        }
    } else {
        Value mapped = indices_of(i, n, mode);
        release(i);
        i = mapped;
    }
    Value r = n ? array_asarray(as_list(list)->at[n - 1])
                : raise_fmt(&exc_ValueError, "Need between 1 and 64 array objects (inclusive).");
    for (int64_t k = n - 2; k >= 0 && !v_is_error(r); k--) {
        Value same = np_op2(OP_EQUAL, retain(i), v_int(k));
        Value next = v_is_error(same) ? same : where_of(same, as_list(list)->at[k], r);
        release(same);
        release(r);
        r = next;
    }
    if (!v_is_error(r) && n == 1) { /* broadcast against the indices */
        Value all = np_op2(OP_GREATER_EQUAL, retain(i), v_int(0));
        Value next = v_is_error(all) ? all : where_of(all, r, r);
        release(all);
        release(r);
        r = next;
    }
    release(list);
    release(i);
    if (v_is_error(r) || is_absent(s[2]))
        return v_is_error(r) ? r : array_or_scalar(r);
    return np_store(r, s[2], "choose");
}

/* np.result_type of the choices and the default. */
static bool select_type(Value choices, Value dflt, DType *t)
{
    DType weak = DT_NONE;
    *t = DT_NONE;
    for (int64_t k = 0; k <= as_list(choices)->n; k++) {
        Arg x;
        if (!arg_from_value(k < as_list(choices)->n ? as_list(choices)->at[k] : dflt, &x))
            return false;
        DType *into = x.weak > WEAK_BOOL ? &weak : t;
        *into = *into == DT_NONE ? x.op.dtype : dtype_promote(*into, x.op.dtype);
        arg_fini(&x);
    }
    if (weak != DT_NONE)
        *t = *t == DT_NONE ? weak : dtype_promote(*t, op_weak_type(weak, *t));
    return true;
}

/* Conditions and choices fit each other, as np.select asks in turn. */
static bool select_fits(Value conds, Value choices, Value dflt)
{
    int ndim[2];
    int64_t shape[2][NDIM_MAX], out[NDIM_MAX];
    const int64_t *const two[2] = {shape[0], shape[1]};
    int nd;
    if (!shapes_of(conds, V_UNDEF, &ndim[0], shape[0]) ||
        !shapes_of(choices, dflt, &ndim[1], shape[1]))
        return false;
    for (int64_t k = 0; k < as_list(conds)->n; k++) {
        Value c = as_list(conds)->at[k];
        Value a = array_asarray(c);
        bool fits = !v_is_error(a) && array_dtype(a) == DT_BOOL;
        release(a);
        if (!fits) {
            raise_fmt(&exc_TypeError, "invalid entry %lld in condlist: should be boolean ndarray",
                      (long long)k);
            return false;
        }
    }
    if (!broadcast_shapes(2, ndim, two, &nd, out)) {
        raise_mismatch(2, ndim, two);
        return false;
    }
    return true;
}

static Value f_select(Value *s, int nargs)
{
    Value conds = list_from_iterable(s[0]), choices = list_from_iterable(s[1]);
    Value r = V_ERROR;
    DType t;
    if (v_is_error(conds) || v_is_error(choices))
        goto out;
    int64_t n = as_list(conds)->n;
    if (n != as_list(choices)->n) {
        raise_fmt(&exc_ValueError, "list of cases must be same length as list of conditions");
        goto out;
    }
    if (n == 0) {
        raise_fmt(&exc_ValueError, "select with an empty condition list is not possible");
        goto out;
    }
    if (!select_type(choices, s[2], &t) || !select_fits(conds, choices, s[2]))
        goto out;
    r = np_cast(array_asarray(s[2]), t);
    for (int64_t k = n - 1; k >= 0 && !v_is_error(r); k--) {
        Value choice = np_cast(array_asarray(as_list(choices)->at[k]), t);
        Value next = v_is_error(choice) ? choice : where_of(as_list(conds)->at[k], choice, r);
        release(choice);
        release(r);
        r = next;
    }
out:
    release(conds);
    release(choices);
    return r;
}

/* ----------------------------------------------------------- grids and flat indices */

static Value f_ix_(Value *s, int nargs)
{
    Tuple *args = as_tuple(s[0]);
    Value t = tuple_new(args->n);
    for (int64_t k = 0; k < args->n; k++) {
        Value a = array_asarray(args->at[k]);
        if (!v_is_error(a) && array_ndim(a) != 1) {
            release(a);
            a = raise_fmt(&exc_ValueError, "Cross index must be 1 dimensional");
        }
        if (!v_is_error(a) && array_size(a) == 0)
            a = np_cast(a, DT_INT64);
        if (!v_is_error(a) && array_dtype(a) == DT_BOOL)
            a = first_of(positions(a));
        if (v_is_error(a)) {
            release(t);
            return a;
        }
        int64_t shape[NDIM_MAX];
        for (int64_t d = 0; d < args->n; d++)
            shape[d] = d == k ? array_size(a) : 1;
        as_tuple(t)->at[k] = np_reshape(a, (int)args->n, shape);
    }
    return t;
}

/* The choices as one sequence or as arguments. */
static Value m_choose(Value *s, int nargs)
{
    Tuple *choices = as_tuple(s[1]);
    if (choices->n == 0)
        return raise_fmt(&exc_TypeError, "choose() takes exactly 1 argument (0 given)");
    Value all[4] = {s[0], choices->n == 1 ? choices->at[0] : s[1], s[2], s[3]};
    return f_choose(all, 4);
}

static Value f_unravel_index(Value *s, int nargs)
{
    int nd;
    int64_t shape[NDIM_MAX], total = 1, bad;
    char order = 'C';
    if (v_is_undef(s[1]))
        return raise_fmt(&exc_TypeError,
                         "unravel_index() missing required argument 'shape' (pos 2)");
    if (!shape_from_value(s[1], &nd, shape) || !order_from_value(s[2], &order))
        return V_ERROR;
    for (int d = 0; d < nd; d++)
        total *= shape[d];
    Value i = indices_of(s[0], total, 'r');
    if (v_is_error(i))
        return i;
    Operand in = array_operand(i);
    Store *wrapped = NULL;
    View v;
    Value low = first_of(positions(np_flat(np_array(np_op2(OP_LESS, retain(i), v_int(0))))));
    int negative = v_is_error(low) ? -1 : array_size(low) > 0;
    Value first = negative > 0 ? array_getitem(low, v_int(0)) : V_UNDEF;
    if (negative > 0)
        first = array_take(np_flat(retain(i)), first);
    if (negative > 0 && !op_as_int64(first, &bad))
        negative = -1;
    release(first);
    release(low);
    Status st = negative ? OK : rt_check_index(&in, total, &bad, &wrapped, &v);
    store_release(wrapped);
    if (negative > 0)
        raise_fmt(&exc_ValueError, "index %lld is out of bounds for array with size %lld",
                  (long long)bad, (long long)total);
    else if (st == ERR_INDEX)
        raise_fmt(&exc_ValueError, "index %lld is out of bounds for array with size %lld",
                  (long long)bad, (long long)total);
    if (negative || !(st == ERR_INDEX || status_ok(st)) || st == ERR_INDEX) {
        release(i);
        return V_ERROR;
    }
    Value t = tuple_new(nd);
    for (int k = 0; k < nd; k++) {
        int d = order == 'F' ? k : nd - 1 - k;
        as_tuple(t)->at[d] = np_op2(OP_REMAINDER, retain(i), v_int(shape[d]));
        i = np_op2(OP_FLOOR_DIVIDE, i, v_int(shape[d]));
    }
    release(i);
    return t;
}

static Value f_ravel_multi_index(Value *s, int nargs)
{
    int nd;
    int64_t shape[NDIM_MAX];
    char mode, order = 'C';
    if (!shape_from_value(s[1], &nd, shape) || !mode_from_value(s[2], &mode) ||
        !order_from_value(s[3], &order))
        return V_ERROR;
    Value parts = list_from_iterable(s[0]);
    if (v_is_error(parts))
        return parts;
    if (as_list(parts)->n != nd) {
        int64_t n = as_list(parts)->n;
        release(parts);
        return raise_fmt(&exc_ValueError, "parameter multi_index must be a sequence of length %d",
                         nd, (long long)n);
    }
    Value sum = v_int(0);
    for (int k = 0; k < nd && !v_is_error(sum); k++) {
        int d = order == 'F' ? nd - 1 - k : k;
        Value i = indices_of(as_list(parts)->at[d], shape[d], mode);
        if (!v_is_error(i) && mode == 'r') {
            Value out = np_op2(OP_LOGICAL_OR, np_op2(OP_LESS, retain(i), v_int(0)),
                               np_op2(OP_GREATER_EQUAL, retain(i), v_int(shape[d])));
            Value any = v_is_error(out) ? out : np_fold(FOLD_ANY, out);
            release(out);
            int truth = v_is_error(any) ? -1 : op_truth(any);
            release(any);
            if (truth > 0)
                raise_fmt(&exc_ValueError, "invalid entry in coordinates array");
            if (truth) {
                release(i);
                i = V_ERROR;
            }
        }
        sum = np_op2(OP_ADD, np_op2(OP_MULTIPLY, sum, v_int(shape[d])), i);
    }
    release(parts);
    return sum;
}

/* ------------------------------------------------------------------------ tables */

const NativeDef numpy_index[] = {
    {"take", "def: a, indices, axis=None, out=None, mode='raise'", f_take,
     "Elements at indices along an axis."},
    {"put", "def: a, ind, v, mode='raise'", f_put, "Assign to elements by flat index."},
    {"nonzero", "def: a", f_nonzero, "Indices of the elements that are not zero."},
    {"flatnonzero", "def: a", f_flatnonzero, "Flat indices of the elements that are not zero."},
    {"argwhere", "def: a", f_argwhere, "Indices of the elements that are not zero, a row each."},
    {"where", "def: condition, x=?, y=?, /", f_where, "x where the condition holds, else y."},
    {"compress", "def: condition, a, axis=None, out=None", f_compress,
     "Slices along an axis where a condition holds."},
    {"extract", "def: condition, arr", f_extract, "Elements where a condition holds."},
    {"place", "def: arr, mask, vals", f_place, "Assign values in turn where a mask is true."},
    {"putmask", "def: a, mask, values", f_putmask,
     "Assign the values of the same places where a mask is true."},
    {"take_along_axis", "def: arr, indices, axis=-1", f_take_along_axis,
     "Elements by an index array of matching shape."},
    {"put_along_axis", "def: arr, indices, values, axis", f_put_along_axis,
     "Assign by an index array of matching shape."},
    {"choose", "def: a, choices, out=None, mode='raise'", f_choose,
     "Elements from the array that an index names."},
    {"select", "def: condlist, choicelist, default=0", f_select,
     "Elements from the first choice whose condition holds."},
    {"ix_", "def: *args", f_ix_, "Open grid of index arrays."},
    {"unravel_index", "def: indices, shape=?, order='C'", f_unravel_index,
     "Index arrays of flat indices."},
    {"ravel_multi_index", "def: multi_index, dims, mode='raise', order='C'", f_ravel_multi_index,
     "Flat indices of index arrays."},
    {0},
};

const NativeDef ndarray_methods_index[] = {
    {"take", "npy: self, indices, axis=None, out=None, mode='raise'", f_take,
     "Elements at indices along an axis."},
    {"put", "self, indices, values, mode='raise'", f_put, "Assign to elements by flat index."},
    {"nonzero", "vararg: self, /", f_nonzero, "Indices of the elements that are not zero."},
    {"compress", "self, condition, axis=None, out=None", m_compress,
     "Slices along an axis where a condition holds."},
    {"choose", "vararg: self, *choices, out=None, mode='raise'", m_choose,
     "Elements from the array that an index names."},
    {0},
};
