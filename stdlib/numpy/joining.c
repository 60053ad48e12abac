/* joining.c -- arrays put together, taken apart, repeated, shifted and padded.  Replicated.
 *
 * Everything is slice assignments into a new array, so tiled operands move as boxes between ranks.
 * Only insert, delete and repeat by counts use index arrays.
 */
#include "stdlib/numpy/family.h"

#include "interp/objects.h"

/* r[start : start + n along axis] = x; x borrowed, of exactly that shape or broadcast to it. */
bool array_put_slice(Value r, int axis, int64_t start, int64_t n, Value x)
{
    Operand out = array_operand(r), in = array_operand(x);
    out.view = view_slice(&out.view, axis, start, 1, n);
    if (view_size(&out.view) == 0)
        return true;
    return view_broadcast(&in.view, out.view.ndim, out.view.shape, &in.view) &&
           status_ok(rt_copy(&out, &in));
}

Value array_get_slice(Value a, int axis, int64_t start, int64_t n)
{
    View v = view_slice(&as_array(a)->view, axis, start, 1, n);
    return array_view(a, &v);
}

/* -------------------------------------------------------------------- concatenate */

typedef struct Parts {
    Value list; /* arrays */
    int64_t n;
    Value *at;
} Parts;

/* Arrays of a sequence's items; ndim > 0 asks for at least so many axes through `shape_to`. */
static bool parts_from_value(Value v, bool stacking, Value (*shape_to)(Value), Parts *p)
{
    if (is_array(v) || is_list(v) || is_tuple(v)) {
        p->list = list_from_iterable(v);
    } else if (v.tag == TAG_OBJ && v.o->type->iter && !stacking) {
        raise_fmt(&exc_TypeError, "The first input argument needs to be a sequence");
        return false;
    } else if (stacking) {
        raise_fmt(&exc_TypeError,
                  "arrays to stack must be passed as a \"sequence\" type such as list or tuple.");
        return false;
    } else {
        raise_fmt(&exc_TypeError, "dispatcher for __array_function__ did not return an iterable");
        return false;
    }
    if (v_is_error(p->list))
        return false;
    p->n = as_list(p->list)->n;
    p->at = as_list(p->list)->at;
    for (int64_t k = 0; k < p->n; k++) {
        Value a = shape_to ? shape_to(p->at[k]) : array_asarray(p->at[k]);
        if (v_is_error(a)) {
            release(p->list);
            return false;
        }
        slot_set(&p->at[k], a);
    }
    return true;
}

static bool same_but_axis(const Parts *p, int axis)
{
    const View *first = &as_array(p->at[0])->view;
    for (int64_t k = 1; k < p->n; k++) {
        const View *v = &as_array(p->at[k])->view;
        if (v->ndim != first->ndim) {
            raise_fmt(&exc_ValueError,
                      "all the input arrays must have same number of dimensions, but the array at "
                      "index 0 has %d dimension(s) "
                      "and the array at index %lld has %d dimension(s)",
                      first->ndim, (long long)k, v->ndim);
            return false;
        }
        for (int d = 0; d < v->ndim; d++)
            if (d != axis && v->shape[d] != first->shape[d]) {
                raise_fmt(&exc_ValueError,
                          "all the input array dimensions except for the concatenation axis must "
                          "match exactly, but along "
                          "dimension %d, the array at index 0 has size %lld and the array at index "
                          "%lld has size %lld",
                          d, (long long)first->shape[d], (long long)k, (long long)v->shape[d]);
                return false;
            }
    }
    return true;
}

static DType parts_type(const Parts *p)
{
    DType t = array_dtype(p->at[0]);
    for (int64_t k = 1; k < p->n; k++)
        t = dtype_promote(t, array_dtype(p->at[k]));
    return t;
}

static bool may_cast(const Parts *p, DType t, Casting rule)
{
    static const char *const names[] = {"no", "equiv", "safe", "same_kind", "unsafe"};
    for (int64_t k = 0; k < p->n; k++) {
        DType from = array_dtype(p->at[k]);
        if (dtype_can_cast(from, t, rule))
            continue;
        raise_fmt(
            &exc_TypeError,
            "Cannot cast array data from dtype('%s') to dtype('%s') according to the rule '%s'",
            dtype_name(from), dtype_name(t), names[rule]);
        return false;
    }
    return true;
}

/* concatenate's K order: as view_korder, but from the outermost axis inwards and with the strides
 * of axes of length 1, so that ties fall the other way. */
static void join_order(const Parts *p, int ndim, int order[])
{
    for (int i = 0; i < ndim; i++)
        order[i] = i;
    for (int i = 1; i < ndim; i++) {
        int to = i, x = order[i];
        for (int j = i - 1; j >= 0; j--) {
            bool ambiguous = true, swap = false;
            for (int64_t k = 0; k < p->n; k++) {
                const View *v = &as_array(p->at[k])->view;
                int64_t s0 = llabs(v->stride[x]), s1 = llabs(v->stride[order[j]]);
                if (!s0 || !s1)
                    continue;
                if (s0 <= s1)
                    swap = false;
                else if (ambiguous)
                    swap = true;
                ambiguous = false;
            }
            if (ambiguous)
                continue;
            if (!swap)
                break;
            to = j;
        }
        memmove(order + to + 1, order + to, sizeof *order * (size_t)(i - to));
        order[to] = x;
    }
}

/* A new array for the parts along axis, laid out by their order; or `out`, checked. */
static Value join_target(const Parts *p, int axis, int64_t total, DType t, Value out)
{
    const View *first = &as_array(p->at[0])->view;
    int64_t shape[NDIM_MAX];
    int order[NDIM_MAX];
    memcpy(shape, first->shape, sizeof shape);
    shape[axis] = total;
    join_order(p, first->ndim, order);
    if (is_absent(out))
        return array_new_ordered(t, first->ndim, shape, order);
    if (!is_array(out) || array_ndim(out) != first->ndim ||
        memcmp(array_shape(out), shape, sizeof *shape * (size_t)first->ndim))
        return raise_fmt(&exc_ValueError, "Output array is the wrong shape");
    return array_check_writable(out) ? retain(out) : V_ERROR;
}

static Value join(const Parts *p, int axis, DType want, Casting rule, Value out)
{
    if (!same_but_axis(p, axis))
        return V_ERROR;
    int64_t total = 0, at = 0;
    for (int64_t k = 0; k < p->n; k++)
        total += array_shape(p->at[k])[axis];
    DType t = is_array(out) ? array_dtype(out) : want == DT_NONE ? parts_type(p) : want;
    if (!may_cast(p, t, rule))
        return V_ERROR;
    Value r = join_target(p, axis, total, t, out);
    for (int64_t k = 0; k < p->n && !v_is_error(r); k++) {
        int64_t n = array_shape(p->at[k])[axis];
        if (!array_put_slice(r, axis, at, n, p->at[k])) {
            release(r);
            r = V_ERROR;
        }
        at += n;
    }
    return r;
}

/* Parts (released here) along an axis value; None joins them flat. */
static Value join_along(Parts *p, Value axis_value, Value dtype, Value casting, Value out)
{
    DType want;
    Casting rule = CAST_SAME_KIND;
    int axis = 0;
    Value r = V_ERROR;
    if (p->n == 0)
        raise_fmt(&exc_ValueError, "need at least one array to concatenate");
    else if (dtype_from_value(dtype, &want) && casting_from_value(casting, &rule)) {
        bool ok = true;
        if (v_is_none(axis_value)) {
            for (int64_t k = 0; k < p->n && ok; k++) {
                p->at[k] = np_flat(p->at[k]);
                ok = !v_is_error(p->at[k]);
            }
        } else if (array_ndim(p->at[0]) == 0) {
            raise_fmt(&exc_ValueError, "zero-dimensional arrays cannot be concatenated");
            ok = false;
        } else {
            ok = axis_from_value(axis_value, array_ndim(p->at[0]), &axis);
        }
        if (ok)
            r = join(p, axis, want, rule, out);
    }
    release(p->list);
    return r;
}

static Value f_concatenate(Value *s, int n)
{
    Parts p;
    return parts_from_value(s[0], false, NULL, &p) ? join_along(&p, s[1], s[3], s[4], s[2])
                                                   : V_ERROR;
}

static Value f_stack(Value *s, int n)
{
    Parts p;
    int axis;
    if (!parts_from_value(s[0], true, NULL, &p))
        return V_ERROR;
    bool ok = p.n > 0;
    if (!ok)
        raise_fmt(&exc_ValueError, "need at least one array to stack");
    for (int64_t k = 1; k < p.n && ok; k++) {
        ok = array_ndim(p.at[k]) == array_ndim(p.at[0]) &&
             !memcmp(array_shape(p.at[k]), array_shape(p.at[0]),
                     sizeof(int64_t) * (size_t)array_ndim(p.at[0]));
        if (!ok)
            raise_fmt(&exc_ValueError, "all input arrays must have the same shape");
    }
    ok = ok && axis_from_value(s[1], array_ndim(p.at[0]) + 1, &axis);
    if (ok && array_ndim(p.at[0]) == NDIM_MAX) {
        raise_unsupported("an array of more than 16 axes", "NumPy");
        ok = false;
    }
    for (int64_t k = 0; k < p.n && ok; k++) {
        View v = view_newaxis(&as_array(p.at[k])->view, axis);
        p.at[k] = np_view(p.at[k], &v);
    }
    if (ok)
        return join_along(&p, v_int(axis), s[3], s[4], s[2]);
    release(p.list);
    return V_ERROR;
}

static Value to_1d(Value x)
{
    return array_from_value(x, DT_NONE, 1, false);
}
static Value to_2d(Value x)
{
    return array_from_value(x, DT_NONE, 2, false);
}
static Value to_3d(Value x)
{
    Value a = array_asarray(x);
    if (v_is_error(a) || array_ndim(a) >= 3)
        return a;
    View v = as_array(a)->view;
    if (v.ndim == 0)
        v = view_newaxis(&v, 0);
    if (v.ndim == 1)
        v = view_newaxis(&v, 0);
    v = view_newaxis(&v, 2);
    return np_view(a, &v);
}
/* 1-D as a column. */
static Value to_column(Value x)
{
    Value a = array_asarray(x);
    if (v_is_error(a) || array_ndim(a) >= 2)
        return a;
    View v = as_array(a)->view;
    while (v.ndim < 2)
        v = view_newaxis(&v, v.ndim);
    return np_view(a, &v);
}

static Value f_vstack(Value *s, int n)
{
    Parts p;
    return parts_from_value(s[0], true, to_2d, &p) ? join_along(&p, v_int(0), s[1], s[2], V_UNDEF)
                                                   : V_ERROR;
}
static Value f_row_stack(Value *s, int n)
{
    if (!warn_fmt(&exc_DeprecationWarning,
                  "`row_stack` alias is deprecated. Use `np.vstack` directly."))
        return V_ERROR;
    return f_vstack(s, n);
}
static Value f_hstack(Value *s, int n)
{
    Parts p;
    if (!parts_from_value(s[0], true, to_1d, &p))
        return V_ERROR;
    int axis = p.n && array_ndim(p.at[0]) > 1;
    return join_along(&p, v_int(axis), s[1], s[2], V_UNDEF);
}
static Value f_dstack(Value *s, int n)
{
    Parts p;
    return parts_from_value(s[0], true, to_3d, &p)
               ? join_along(&p, v_int(2), V_NONE, V_UNDEF, V_UNDEF)
               : V_ERROR;
}
static Value f_column_stack(Value *s, int n)
{
    Parts p;
    return parts_from_value(s[0], true, to_column, &p)
               ? join_along(&p, v_int(1), V_NONE, V_UNDEF, V_UNDEF)
               : V_ERROR;
}

static Value f_append(Value *s, int n)
{
    Value pair = tuple_of(2, retain(s[0]), retain(s[1]));
    Parts p;
    bool ok = parts_from_value(pair, false, NULL, &p);
    release(pair);
    return ok ? join_along(&p, s[2], V_NONE, V_UNDEF, V_UNDEF) : V_ERROR;
}

/* -------------------------------------------------------------------------- split */

enum { SPLIT_MAX = 1 << 30 }; /* more pieces are out of memory, on every machine */

/* The pieces between the bounds at[0..n], clipped as slices are. */
static Value pieces(Value a, int axis, const int64_t at[], int64_t n)
{
    Value list = list_new(n);
    int64_t len = array_shape(a)[axis];
    for (int64_t k = 0; k < n; k++) {
        int64_t lo = at[k], hi = at[k + 1];
        lo = lo < 0 ? int64_max(0, lo + len) : int64_min(lo, len);
        hi = hi < 0 ? int64_max(0, hi + len) : int64_min(hi, len);
        list_push(list, array_get_slice(a, axis, lo, int64_max(0, hi - lo)));
    }
    return list;
}

static Value split_equal(Value a, int axis, int64_t n, bool strict)
{
    int64_t len = array_shape(a)[axis];
    if (n == 0 && strict)
        return raise_fmt(&exc_ZeroDivisionError, "integer modulo by zero");
    if (n <= 0)
        return raise_fmt(&exc_ValueError, "number sections must be larger than 0.");
    if (strict && len % n)
        return raise_fmt(&exc_ValueError, "array split does not result in an equal division");
    if (n > SPLIT_MAX)
        return raise_oom();
    int64_t *at = xcalloc((size_t)n + 1, sizeof *at);
    for (int64_t k = 0; k < n; k++)
        at[k + 1] = at[k] + len / n + (k < len % n);
    Value r = pieces(a, axis, at, n);
    free(at);
    return r;
}

static Value split(Value a /* taken */, Value where, Value axis_value, bool strict)
{
    int axis;
    int64_t n;
    if (v_is_error(a))
        return a;
    Value r = V_ERROR;
    int64_t at_axis;
    if (v_is_none(axis_value)) {
        release(a);
        return raise_fmt(&exc_TypeError, "tuple indices must be integers or slices, not NoneType");
    }
    if (!op_as_int64(axis_value, &at_axis)) {
        release(a);
        return V_ERROR;
    }
    axis = (int)(at_axis < 0 ? at_axis + array_ndim(a) : at_axis);
    if (axis < 0 || axis >= array_ndim(a))
        raise_fmt(&exc_IndexError, "tuple index out of range");
    else if (!is_list(where) && !is_tuple(where) && !(is_array(where) && array_ndim(where))) {
        if (op_as_int64(where, &n))
            r = split_equal(a, axis, n, strict);
    } else {
        Value list = list_from_iterable(where);
        int64_t m = v_is_error(list) ? 0 : as_list(list)->n;
        int64_t *at = xcalloc((size_t)m + 2, sizeof *at);
        bool ok = !v_is_error(list);
        for (int64_t k = 0; k < m && ok; k++)
            ok = op_as_int64(as_list(list)->at[k], &at[k + 1]);
        at[m + 1] = array_shape(a)[axis];
        if (ok)
            r = pieces(a, axis, at, m + 1);
        free(at);
        release(list);
    }
    release(a);
    return r;
}

static Value f_split(Value *s, int n)
{
    return split(array_asarray(s[0]), s[1], s[2], true);
}
static Value f_array_split(Value *s, int n)
{
    return split(array_asarray(s[0]), s[1], s[2], false);
}

static Value split_named(Value v, Value where, const char *name, int least, int axis)
{
    Value a = array_asarray(v);
    if (v_is_error(a))
        return a;
    if (array_ndim(a) < least) {
        release(a);
        return raise_fmt(&exc_ValueError, "%s only works on arrays of %d or more dimensions", name,
                         least);
    }
    return split(a, where, v_int(axis < 0 ? (array_ndim(a) > 1) : axis), true);
}
static Value f_hsplit(Value *s, int n)
{
    return split_named(s[0], s[1], "hsplit", 1, -1);
}
static Value f_vsplit(Value *s, int n)
{
    return split_named(s[0], s[1], "vsplit", 2, 0);
}
static Value f_dsplit(Value *s, int n)
{
    return split_named(s[0], s[1], "dsplit", 3, 2);
}

static Value f_unstack(Value *s, int n)
{
    int axis;
    Value a = array_asarray(s[0]);
    if (v_is_error(a))
        return a;
    Value r = V_ERROR;
    if (array_ndim(a) == 0)
        raise_fmt(&exc_ValueError, "Input array must be at least 1-d.");
    else if (axis_from_value(s[1], array_ndim(a), &axis)) {
        int64_t m = array_shape(a)[axis];
        r = tuple_new(m);
        for (int64_t k = 0; k < m; k++) {
            View v = view_index(&as_array(a)->view, axis, k);
            as_tuple(r)->at[k] = array_view(a, &v);
        }
    }
    release(a);
    return r;
}

/* ------------------------------------------------------------------- tile, repeat */

/* a with its axes as `outer` copies: [outer, shape] per axis, then flattened pairwise. */
static Value f_tile(Value *s, int n)
{
    int nreps, nd;
    int64_t reps[NDIM_MAX], wide[2 * NDIM_MAX], shape[NDIM_MAX];
    if (!ints_from_value(s[1], &nreps, reps))
        return V_ERROR;
    Value a = array_from_value(s[0], DT_NONE, nreps, false);
    if (v_is_error(a))
        return a;
    nd = array_ndim(a);
    if (2 * nd > NDIM_MAX) {
        release(a);
        return raise_unsupported("numpy.tile of more than 8 axes", "NumPy");
    }
    for (int d = 0; d < nd; d++) {
        int64_t r = d < nd - nreps ? 1 : reps[d - (nd - nreps)];
        if (r < 0) {
            release(a);
            return raise_fmt(&exc_ValueError, "negative dimensions are not allowed");
        }
        wide[2 * d] = r;
        wide[2 * d + 1] = array_shape(a)[d];
        shape[d] = r * array_shape(a)[d];
    }
    Value r = array_new(array_dtype(a), nd, shape);
    bool ok = !v_is_error(r);
    if (ok && array_size(r)) {
        Operand out = array_operand(r), in = array_operand(a);
        View spread = in.view;
        for (int d = 0; d < nd; d++)
            spread = view_newaxis(&spread, 2 * d);
        ok = view_reshape(&out.view, 2 * nd, wide, &out.view) &&
             view_broadcast(&spread, 2 * nd, wide, &in.view) && status_ok(rt_copy(&out, &in));
    }
    release(a);
    if (ok)
        return r;
    release(r);
    return V_ERROR;
}

static Value repeat_each(Value a /* taken */, int axis, int64_t times)
{
    int nd = array_ndim(a);
    int64_t shape[NDIM_MAX], wide[NDIM_MAX + 1];
    if (times < 0 || nd == NDIM_MAX) {
        release(a);
        return times < 0 ? raise_fmt(&exc_ValueError, "negative dimensions are not allowed")
                         : raise_unsupported("numpy.repeat of 16 axes", "NumPy");
    }
    memcpy(shape, array_shape(a), sizeof *shape * (size_t)nd);
    shape[axis] *= times;
    Value r = array_new(array_dtype(a), nd, shape);
    bool ok = !v_is_error(r);
    if (ok && array_size(r)) {
        Operand out = array_operand(r), in = array_operand(a);
        for (int d = 0; d < nd; d++)
            wide[d + (d > axis)] = array_shape(a)[d];
        wide[axis + 1] = times;
        View spread = view_newaxis(&in.view, axis + 1);
        ok = view_reshape(&out.view, nd + 1, wide, &out.view) &&
             view_broadcast(&spread, nd + 1, wide, &in.view) && status_ok(rt_copy(&out, &in));
    }
    release(a);
    if (ok)
        return r;
    release(r);
    return V_ERROR;
}

/* (:, :, ..., index), index taken. */
Value array_axis_key(int axis, Value index)
{
    Value key = tuple_new(axis + 1);
    for (int d = 0; d < axis; d++)
        as_tuple(key)->at[d] = slice_new(V_NONE, V_NONE, V_NONE);
    as_tuple(key)->at[axis] = index;
    return key;
}

/* a[..., index] in C order; both taken. */
Value array_choose(Value a, int axis, Value index)
{
    Value part = array_take(a, v_is_error(index) ? index : array_axis_key(axis, index));
    if (v_is_error(part) || view_is_c_contiguous(&as_array(part)->view))
        return part;
    Value r = array_copy(part, 'C');
    release(part);
    return r;
}

/* How often each: integers, or what casts to them safely.  Python's own numbers and strings are not
 * arrays yet and are asked as int() asks them. */
static Value repeat_numbers(Value counts)
{
    Value c = array_asarray(counts);
    if (v_is_error(c) || array_size(c) == 0 || dtype_can_cast(array_dtype(c), DT_INT64, CAST_SAFE))
        return np_cast(c, DT_INT64);
    if (!is_array(counts) && !is_npscalar(counts))
        return np_cast(c, DT_INT64);
    Value r = raise_fmt(&exc_TypeError,
                        "Cannot cast array data from dtype('%s') to dtype('int64') according to "
                        "the rule 'safe'",
                        dtype_name(array_dtype(c)));
    release(c);
    return r;
}

static Value repeat_counts(Value a /* taken */, int axis, Value counts)
{
    Value c = repeat_numbers(counts);
    int64_t *n = v_is_error(c) ? NULL : array_fetch(c), len = array_shape(a)[axis], total = 0;
    if (n && array_size(c) == 1) {
        int64_t times = *n;
        free(n);
        release(c);
        return repeat_each(a, axis, times);
    }
    if (n && array_size(c) != len) {
        raise_fmt(&exc_ValueError,
                  "operands could not be broadcast together with shape (%lld,) (%lld,)",
                  (long long)len, (long long)array_size(c));
        free(n);
        n = NULL;
    }
    for (int64_t k = 0; n && k < len; k++) {
        total += n[k];
        if (n[k] < 0) {
            raise_fmt(&exc_ValueError, "repeats may not contain negative values.");
            free(n);
            n = NULL;
        }
    }
    release(c);
    if (!n) {
        release(a);
        return V_ERROR;
    }
    int64_t *index = xcalloc((size_t)total + 1, sizeof *index), at = 0;
    for (int64_t k = 0; k < len; k++)
        for (int64_t j = 0; j < n[k]; j++)
            index[at++] = k;
    Value i = np_host(DT_INT64, 1, &total, index);
    free(index);
    free(n);
    return array_choose(a, axis, i);
}

static Value f_repeat(Value *s, int nargs)
{
    int axis = 0;
    Value a = array_asarray(s[0]);
    if (v_is_error(a))
        return a;
    if (is_absent(s[2]) || array_ndim(a) == 0)
        a = np_flat(a);
    if (!is_absent(s[2]) && !axis_from_value(s[2], array_ndim(a), &axis)) {
        release(a);
        return V_ERROR;
    }
    int64_t times;
    if (s[1].tag == TAG_INT)
        return repeat_each(a, axis, s[1].i);
    if (is_npscalar(s[1]) && dtype_is_integer(as_npscalar(s[1])->dtype)) {
        if (op_as_int64(s[1], &times))
            return repeat_each(a, axis, times);
        release(a);
        return V_ERROR;
    }
    return repeat_counts(a, axis, s[1]);
}

static Value f_resize(Value *s, int nargs)
{
    int nd;
    int64_t shape[NDIM_MAX], n = 1;
    if (!shape_from_value(s[1], &nd, shape))
        return V_ERROR;
    for (int d = 0; d < nd; d++) {
        if (shape[d] < 0)
            return raise_fmt(&exc_ValueError, "all elements of `new_shape` must be non-negative");
        n *= shape[d];
    }
    Value a = np_flat(array_asarray(s[0]));
    if (v_is_error(a))
        return a;
    int64_t m = array_size(a), at = 0;
    Value r = array_new(array_dtype(a), 1, &n);
    bool ok = !v_is_error(r);
    while (ok && m && at < n) {
        int64_t k = int64_min(m, n - at);
        Value part = array_get_slice(a, 0, 0, k);
        ok = array_put_slice(r, 0, at, k, part);
        release(part);
        at += k;
    }
    release(a);
    if (!ok) {
        release(r);
        return V_ERROR;
    }
    as_array(r)->view = view_whole(nd, shape);
    return r;
}

/* --------------------------------------------------------------------------- roll */

/* a shifted along one axis; a taken. */
static Value rolled(Value a, int axis, int64_t shift)
{
    const View *v = &as_array(a)->view;
    int64_t n = v->shape[axis];
    Value r = array_new_like(array_dtype(a), v->ndim, v->shape, 1, &v);
    if (!v_is_error(r) && view_size(v)) {
        rt_will_fill(as_array(r)->store);
        shift = ((shift % n) + n) % n;
        Value head = array_get_slice(a, axis, 0, n - shift),
              tail = array_get_slice(a, axis, n - shift, shift);
        if (!array_put_slice(r, axis, shift, n - shift, head) ||
            !array_put_slice(r, axis, 0, shift, tail)) {
            release(r);
            r = V_ERROR;
        }
        release(head);
        release(tail);
    }
    release(a);
    return r;
}

static Value f_roll(Value *s, int nargs)
{
    int ns, na, axis;
    int64_t shift[NDIM_MAX], at[NDIM_MAX];
    Value a = array_asarray(s[0]);
    if (v_is_error(a))
        return a;
    if (!ints_from_value(s[1], &ns, shift)) {
        release(a);
        return V_ERROR;
    }
    if (is_absent(s[2])) {
        int nd = array_ndim(a);
        int64_t shape[NDIM_MAX], all = 0;
        memcpy(shape, array_shape(a), sizeof shape);
        for (int k = 0; k < ns; k++)
            all += shift[k];
        a = np_flat(a);
        return v_is_error(a) ? a : np_reshape(rolled(a, 0, all), nd, shape);
    }
    bool ok = ints_from_value(s[2], &na, at);
    int n = !ok || ns == 0 || na == 0 ? 0 : ns > na ? ns : na;
    if (ok && ns != na && ns != 1 && na != 1) {
        raise_fmt(&exc_ValueError,
                  "shape mismatch: objects cannot be broadcast to a single shape.  Mismatch is "
                  "between arg 0 with "
                  "shape (%d,) and arg 1 with shape (%d,).",
                  ns, na);
        ok = false;
    }
    int64_t by[NDIM_MAX] = {0};
    for (int k = 0; k < n && ok; k++) {
        ok = axis_from_value(v_int(at[na == 1 ? 0 : k]), array_ndim(a), &axis);
        if (ok)
            by[axis] += shift[ns == 1 ? 0 : k];
    }
    bool moved = false;
    for (int d = 0; ok && d < array_ndim(a); d++)
        if (by[d] && !v_is_error(a)) {
            a = rolled(a, d, by[d]);
            moved = true;
            ok = !v_is_error(a);
        }
    if (!ok) {
        release(a);
        return V_ERROR;
    }
    if (moved)
        return a;
    Value r = array_copy(a, 'K');
    release(a);
    return r;
}

/* ------------------------------------------------------------------ copyto, trim */

static Value f_copyto(Value *s, int nargs)
{
    Casting rule = CAST_SAME_KIND;
    static const char *const names[] = {"no", "equiv", "safe", "same_kind", "unsafe"};
    if (!is_array(s[0]))
        return raise_fmt(&exc_TypeError, "copyto() argument 1 must be a numpy.ndarray, not %T",
                         s[0]);
    if (!casting_from_value(s[2], &rule) || !array_check_writable(s[0]))
        return V_ERROR;
    Arg x;
    if (!arg_from_value(s[1], &x))
        return V_ERROR;
    DType t = array_dtype(s[0]);
    bool fits = dtype_can_cast(x.op.dtype, t, rule) ||
                (x.weak == WEAK_INT && dtype_is_integer(t) && rule >= CAST_SAME_KIND) ||
                (x.weak == WEAK_INT && dtype_is_inexact(t)) ||
                (x.weak == WEAK_FLOAT && dtype_is_inexact(t));
    bool ok = fits;
    if (!fits)
        raise_fmt(&exc_TypeError,
                  "Cannot cast %s from dtype('%s') to dtype('%s') according to the rule '%s'",
                  x.op.store && x.op.view.ndim ? "array data" : "scalar", dtype_name(x.op.dtype),
                  dtype_name(t), names[rule]);
    arg_fini(&x);
    if (!ok)
        return V_ERROR;
    if (v_is_undef(s[3]) || (s[3].tag == TAG_BOOL && s[3].i))
        return array_assign(s[0], s[1]) ? V_NONE : V_ERROR;
    Value mask = np_cast(array_asarray(s[3]), DT_BOOL), value = array_asarray(s[1]);
    ok = !v_is_error(mask) && !v_is_error(value);
    if (ok) {
        Operand out = array_operand(s[0]), in = array_operand(value), m = array_operand(mask);
        const View *v = &out.view;
        if (!view_broadcast(&m.view, v->ndim, v->shape, &m.view) ||
            !view_broadcast(&in.view, v->ndim, v->shape, &in.view)) {
            Buf b = {0};
            bool bad_mask = !view_broadcast(&as_array(mask)->view, v->ndim, v->shape, &m.view);
            Value from = bad_mask ? mask : value;
            buf_puts(&b, bad_mask ? "could not broadcast where mask from shape "
                                  : "could not broadcast input array from shape ");
            shape_put(&b, array_ndim(from), array_shape(from));
            buf_puts(&b, " into shape ");
            shape_put(&b, v->ndim, v->shape);
            raise_fmt(&exc_ValueError, "%s", buf_text(&b));
            buf_free(&b);
            ok = false;
        }
        ok = ok && status_ok(rt_ew(OP_COPY, in.dtype, 1, &in, 1, &out, &m));
    }
    release(mask);
    release(value);
    return ok ? V_NONE : V_ERROR;
}

static Value f_trim_zeros(Value *s, int nargs)
{
    char front = 'f', back = 'b';
    if (!is_absent(s[1])) {
        if (!is_str(s[1]))
            return raise_fmt(&exc_TypeError, "unexpected character(s) in `trim`: %R", s[1]);
        const char *t = str_cstr(s[1]);
        front = strpbrk(t, "fF") ? 'f' : 0;
        back = strpbrk(t, "bB") ? 'b' : 0;
    }
    Value a = array_asarray(s[0]);
    if (v_is_error(a))
        return a;
    if (array_ndim(a) != 1 || !is_absent(s[2])) {
        release(a);
        return raise_unsupported("numpy.trim_zeros of several axes", "NumPy");
    }
    int64_t n = array_size(a), lo = 0, hi = n;
    Value t = op_call_method(a, "nonzero", NULL, 0);
    int64_t *at = v_is_error(t) ? NULL : array_fetch(as_tuple(t)->at[0]);
    int64_t m = at ? array_size(as_tuple(t)->at[0]) : 0;
    release(t);
    release(a);
    if (!at)
        return V_ERROR;
    if (m == 0) {
        lo = hi = n;
    } else {
        lo = front ? at[0] : 0;
        hi = back ? at[m - 1] + 1 : n;
    }
    free(at);
    Value part = slice_new(v_int(m ? lo : 0), v_int(m ? hi : 0), V_NONE),
          r = op_getitem(s[0], part);
    release(part);
    return r;
}

const NativeDef numpy_joining[] = {
    {"concatenate", "def: arrays, /, axis=0, out=None, *, dtype=None, casting='same_kind'",
     f_concatenate, "Arrays joined along an axis."},
    {"concat", "def concatenate: arrays, /, axis=0, out=None, *, dtype=None, casting='same_kind'",
     f_concatenate, "Arrays joined along an axis."},
    {"stack", "def: arrays, axis=0, out=None, *, dtype=None, casting='same_kind'", f_stack,
     "Arrays joined along a new axis."},
    {"vstack", "def: tup, *, dtype=None, casting='same_kind'", f_vstack, "Arrays joined as rows."},
    {"row_stack", "def: tup, *, dtype=None, casting='same_kind'", f_row_stack,
     "Arrays joined as rows."},
    {"hstack", "def: tup, *, dtype=None, casting='same_kind'", f_hstack,
     "Arrays joined side by side."},
    {"dstack", "def: tup", f_dstack, "Arrays joined along the third axis."},
    {"column_stack", "def: tup", f_column_stack, "1-D arrays as the columns of a matrix."},
    {"append", "def: arr, values, axis=None", f_append, "Values joined to the end."},
    {"split", "def: ary, indices_or_sections, axis=0", f_split, "Views of equal parts."},
    {"array_split", "def: ary, indices_or_sections, axis=0", f_array_split,
     "Views of nearly equal parts."},
    {"hsplit", "def: ary, indices_or_sections", f_hsplit, "Views of parts side by side."},
    {"vsplit", "def: ary, indices_or_sections", f_vsplit, "Views of parts by rows."},
    {"dsplit", "def: ary, indices_or_sections", f_dsplit, "Views of parts along the third axis."},
    {"unstack", "def: x, /, *, axis=0", f_unstack, "Views of the slices along an axis."},
    {"tile", "def: A, reps", f_tile, "Copies of an array side by side."},
    {"repeat", "def: a, repeats, axis=None", f_repeat, "Each element several times."},
    {"resize", "def: a, new_shape", f_resize, "The elements over and over in a new shape."},
    {"roll", "def: a, shift, axis=None", f_roll, "Elements shifted around an axis."},
    {"copyto", "def: dst, src, casting='same_kind', where=?", f_copyto,
     "Assign with a casting rule and a mask."},
    {"trim_zeros", "def: filt, trim=None, axis=None", f_trim_zeros, "Without zeros at the ends."},
    {0},
};

const NativeDef ndarray_methods_joining[] = {
    {"repeat", "self, repeats, axis=None", f_repeat, "Each element several times."},
    {0},
};
