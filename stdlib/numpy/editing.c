/* editing.c -- pad, insert and delete: arrays with more or fewer slices.  Replicated.
 *
 * Constant borders and single insertions are slice assignments; the other modes choose the slices
 * of each axis by an index array made from its length alone.
 */
#include "stdlib/numpy/family.h"

#include "interp/objects.h"

/* ---------------------------------------------------------------------------- pad */

static bool is_fortran(Value a)
{
    return view_is_f_contiguous(&as_array(a)->view) && !view_is_c_contiguous(&as_array(a)->view);
}

/* As NumPy makes the results of pad, insert and delete: Fortran order for such arrays only. */
static Value edited_new(Value a, const int64_t shape[])
{
    int nd = array_ndim(a), order[NDIM_MAX];
    for (int d = 0; d < nd; d++)
        order[d] = is_fortran(a) ? nd - 1 - d : d;
    return array_new_ordered(array_dtype(a), nd, shape, order);
}

/* a's shape with n along the axis. */
static Value edited_along(Value a, int axis, int64_t n)
{
    int64_t shape[NDIM_MAX];
    memcpy(shape, array_shape(a), sizeof *shape * (size_t)array_ndim(a));
    shape[axis] = n;
    return edited_new(a, shape);
}

/* r (taken) in Fortran order when a is. */
static Value ordered_as(Value r, bool fortran)
{
    if (!fortran || v_is_error(r))
        return r;
    Value f = array_copy(r, 'F');
    release(r);
    return f;
}

/* Pairs per axis from n, (n,), (before, after), ((before, after), ...); false: exception. */
static bool pad_pairs(Value v, int ndim, Value out[][2])
{
    Value a = array_asarray(v);
    if (v_is_error(a))
        return false;
    int64_t want[2] = {ndim, 2};
    View pairs;
    if (!view_broadcast(&as_array(a)->view, 2, want, &pairs)) {
        Buf b = {0};
        buf_puts(
            &b,
            "operands could not be broadcast together with remapped shapes [original->remapped]: ");
        shape_put(&b, array_ndim(a), array_shape(a));
        buf_puts(&b, "  and requested shape ");
        shape_put(&b, 2, want);
        raise_fmt(&exc_ValueError, "%s", buf_text(&b));
        buf_free(&b);
        release(a);
        return false;
    }
    bool ok = true;
    for (int64_t d = 0; d < ndim; d++)
        for (int64_t e = 0; e < 2; e++) {
            View x = view_index(&pairs, 0, d);
            x = view_index(&x, 0, e);
            out[d][e] = ok ? array_element(as_array(a)->store, &x) : V_UNDEF;
            ok &= !v_is_error(out[d][e]);
        }
    release(a);
    return ok;
}

/* Position in [0, n) that place i of a padded axis repeats. */
static int64_t pad_source(int64_t i, int64_t n, char mode)
{
    if (mode == 'e')
        return i < 0 ? 0 : i >= n ? n - 1 : i;
    if (mode == 'w')
        return ((i % n) + n) % n;
    int64_t period = mode == 's' ? 2 * n : 2 * (n - 1);
    if (period == 0)
        return 0;
    i = ((i % period) + period) % period;
    if (i < n)
        return i;
    return mode == 's' ? period - 1 - i : period - i;
}

static Value pad_by_index(Value a /* taken */, const int64_t width[][2], char mode)
{
    int nd = array_ndim(a);
    bool fortran = is_fortran(a);
    for (int d = 0; d < nd && !v_is_error(a); d++) {
        int64_t n = array_shape(a)[d], total = n + width[d][0] + width[d][1];
        if (total == n)
            continue;
        if (n == 0) {
            release(a);
            return raise_fmt(
                &exc_ValueError,
                "can't extend empty axis %d using modes other than 'constant' or 'empty'", d);
        }
        int64_t *index = xcalloc((size_t)total, sizeof *index);
        for (int64_t i = 0; i < total; i++)
            index[i] = pad_source(i - width[d][0], n, mode);
        Value i = np_host(DT_INT64, 1, &total, index);
        free(index);
        a = array_choose(a, d, i);
    }
    return ordered_as(a, fortran);
}

/* The axes after d keep their full padded length, so that later axes win the corners, as NumPy's
 * do. */
static bool pad_border(Value r, const int64_t width[][2], Value fill[][2])
{
    const View *v = &as_array(r)->view;
    for (int d = 0; d < v->ndim; d++)
        for (int e = 0; e < 2; e++) {
            View part = view_slice(v, d, e ? v->shape[d] - width[d][1] : 0, 1, width[d][e]);
            Value border = array_view(r, &part);
            bool ok = array_assign(border, fill[d][e]);
            release(border);
            if (!ok)
                return false;
        }
    return true;
}

static Value pad_constant(Value a /* taken */, const int64_t width[][2], Value fill[][2])
{
    int nd = array_ndim(a);
    int64_t shape[NDIM_MAX];
    for (int d = 0; d < nd; d++)
        shape[d] = array_shape(a)[d] + width[d][0] + width[d][1];
    Value r = edited_new(a, shape);
    bool ok = !v_is_error(r);
    if (ok) {
        Operand out = array_operand(r), in = array_operand(a);
        for (int d = 0; d < nd; d++)
            out.view = view_slice(&out.view, d, width[d][0], 1, in.view.shape[d]);
        ok = view_size(&in.view) == 0 || status_ok(rt_copy(&out, &in));
        ok = ok && (!fill || pad_border(r, width, fill));
    }
    release(a);
    if (ok)
        return r;
    release(r);
    return V_ERROR;
}

static bool pad_widths(Value v, int nd, int64_t width[][2])
{
    Value probe = array_asarray(v), pairs[NDIM_MAX][2];
    bool whole = !v_is_error(probe) && dtype_is_integer(array_dtype(probe)),
         failed = v_is_error(probe);
    release(probe);
    if (failed)
        return false;
    if (!whole) {
        raise_fmt(&exc_TypeError, "`pad_width` must be of integral type.");
        return false;
    }
    if (!pad_pairs(v, nd, pairs))
        return false;
    bool ok = true;
    for (int d = 0; d < nd; d++)
        for (int e = 0; e < 2; e++) {
            ok = ok && op_as_int64(pairs[d][e], &width[d][e]);
            release(pairs[d][e]);
            if (ok && width[d][e] < 0) {
                raise_fmt(&exc_ValueError, "index can't contain negative values");
                ok = false;
            }
        }
    return ok;
}

static Value f_pad(Value *s, int nargs)
{
    /* array, pad_width, mode, constant_values, kwargs */
    static const char *const modes[] = {"constant", "edge",      "wrap",
                                        "reflect",  "symmetric", "empty"};
    static const char *const lacking[] = {"linear_ramp", "maximum", "mean", "median", "minimum"};
    int64_t width[NDIM_MAX][2];
    if (!is_str(s[2]))
        return raise_unsupported("numpy.pad by a function", "NumPy");
    char mode = 0;
    for (int k = 0; k < 6; k++)
        if (str_equals(s[2].s, modes[k]))
            mode = modes[k][0] == 'e' && k == 5 ? '0' : modes[k][0];
    for (int k = 0; k < 5; k++)
        if (str_equals(s[2].s, lacking[k]))
            return raise_unsupported("numpy.pad in this mode", "NumPy");
    if (!mode)
        return raise_fmt(&exc_ValueError, "mode '%S' is not supported", s[2]);
    if (mode != 'c' && !is_absent(s[3]))
        return raise_fmt(&exc_ValueError,
                         "unsupported keyword arguments for mode '%S': {'constant_values'}", s[2]);
    if (dict_len(s[4]) > 0)
        return raise_unsupported("numpy.pad with this option", "NumPy");
    Value a = array_asarray(s[0]);
    if (v_is_error(a))
        return a;
    int nd = array_ndim(a);
    if (!pad_widths(s[1], nd, width)) {
        release(a);
        return V_ERROR;
    }
    if (mode == '0')
        return pad_constant(a, width, NULL);
    if (mode != 'c')
        return pad_by_index(a, width, mode);
    Value fill[NDIM_MAX][2];
    if (is_absent(s[3]))
        return pad_constant(a, width, NULL);
    if (!pad_pairs(s[3], nd, fill)) {
        release(a);
        return V_ERROR;
    }
    Value r = pad_constant(a, width, fill);
    for (int d = 0; d < nd; d++)
        for (int e = 0; e < 2; e++)
            release(fill[d][e]);
    return r;
}

/* ----------------------------------------------------------------- insert, delete */

/* Positions that a key (int, slice, sequence, mask) names on an axis of n; malloc'ed; *scalar: a
 * lone int. */
static int64_t *places(Value key, int axis, int64_t n, int64_t end, int64_t *count, bool *scalar)
{
    int64_t start, stop, step, one;
    *scalar = false;
    if (is_exact(key, &type_slice)) {
        if (!slice_indices(key, n, &start, &stop, &step, count))
            return NULL;
        int64_t *at = xcalloc((size_t)*count + 1, sizeof *at);
        for (int64_t k = 0; k < *count; k++)
            at[k] = start + k * step;
        return at;
    }
    Value a = array_asarray(key);
    if (v_is_error(a))
        return NULL;
    if (array_dtype(a) == DT_BOOL && array_ndim(a) == 1) {
        if (end == n && array_size(a) != n) { /* insert takes a mask of any length */
            release(a);
            raise_fmt(&exc_ValueError,
                      "boolean array argument obj to delete must be one dimensional and match the "
                      "axis length of %lld",
                      (long long)n);
            return NULL;
        }
        Value t = op_call_method(a, "nonzero", NULL, 0);
        release(a);
        if (v_is_error(t))
            return NULL;
        a = retain(as_tuple(t)->at[0]);
        release(t);
    }
    *scalar = array_ndim(a) == 0;
    *count = array_size(a);
    a = np_cast(a, DT_INT64);
    int64_t *at = v_is_error(a) ? NULL : array_fetch(a);
    release(a);
    for (int64_t k = 0; at && k < *count; k++) {
        one = at[k];
        if (one < -n || one >= end) {
            raise_fmt(&exc_IndexError, "index %lld is out of bounds for axis %d with size %lld",
                      (long long)one, axis, (long long)n);
            free(at);
            return NULL;
        }
        at[k] += one < 0 ? n : 0;
    }
    return at;
}

/* Array and axis that insert and delete work on; None flattens.  False: exception. */
static bool edited(Value v, Value axis_value, Value *a, int *axis)
{
    *axis = 0;
    *a = array_asarray(v);
    if (v_is_error(*a))
        return false;
    if (is_absent(axis_value)) {
        if (array_ndim(*a) != 1)
            *a = np_flat(*a);
        return !v_is_error(*a);
    }
    if (axis_from_value(axis_value, array_ndim(*a), axis))
        return true;
    release(*a);
    return false;
}

static Value f_delete(Value *s, int nargs)
{
    Value a;
    int axis;
    int64_t count;
    bool scalar;
    if (!edited(s[0], s[2], &a, &axis))
        return V_ERROR;
    int64_t n = array_shape(a)[axis], *at = places(s[1], axis, n, n, &count, &scalar);
    if (!at) {
        release(a);
        return V_ERROR;
    }
    char *gone = xcalloc((size_t)n + 1, 1);
    for (int64_t k = 0; k < count; k++)
        gone[at[k]] = 1;
    int64_t *keep = xcalloc((size_t)n + 1, sizeof *keep), m = 0;
    for (int64_t k = 0; k < n; k++)
        if (!gone[k])
            keep[m++] = k;
    Value i = np_host(DT_INT64, 1, &m, keep);
    free(keep);
    free(gone);
    free(at);
    bool fortran = is_fortran(a);
    if (scalar || is_exact(s[1], &type_slice))
        return ordered_as(array_choose(a, axis, i), fortran);
    return array_take(a, v_is_error(i) ? i : array_axis_key(axis, i));
}

/* Old and new elements along the axis: where each comes from. `at` sorted stably by position. */
static Value inserted(Value a /* taken */, int axis, const int64_t at[], int64_t count,
                      Value values)
{
    int64_t n = array_shape(a)[axis], total = n + count, where = 0, k = 0;
    int64_t *fresh = xcalloc((size_t)count + 1, sizeof *fresh),
            *old = xcalloc((size_t)n + 1, sizeof *old), m = 0;
    int64_t *order = xcalloc((size_t)count + 1, sizeof *order);
    for (int64_t j = 0; j < count; j++)
        order[j] = j;
    for (int64_t j = 1; j < count; j++) /* stable insertion sort: counts are small */
        for (int64_t i = j; i > 0 && at[order[i - 1]] > at[order[i]]; i--) {
            int64_t swap = order[i];
            order[i] = order[i - 1];
            order[i - 1] = swap;
        }
    for (int64_t i = 0; i <= n; i++) {
        while (k < count && at[order[k]] == i)
            fresh[order[k++]] = where++;
        if (i < n)
            old[m++] = where++;
    }
    Value r = edited_along(a, axis, total);
    Value i = np_host(DT_INT64, 1, &count, fresh), j = np_host(DT_INT64, 1, &n, old);
    bool ok = !v_is_error(r) && !v_is_error(i) && !v_is_error(j);
    if (ok) {
        Value to_new = array_axis_key(axis, i), to_old = array_axis_key(axis, j);
        ok = array_setitem(r, to_old, a) && array_setitem(r, to_new, values);
        release(to_new);
        release(to_old);
    }
    free(fresh);
    free(old);
    free(order);
    release(a);
    if (ok)
        return r;
    release(r);
    return V_ERROR;
}

/* All the values at one place: three slice assignments. */
static Value inserted_once(Value a, int axis, int64_t at, Value values)
{
    int64_t n = array_shape(a)[axis], m = array_shape(values)[axis];
    Value r = edited_along(a, axis, n + m);
    if (v_is_error(r))
        return r;
    Value head = array_get_slice(a, axis, 0, at), tail = array_get_slice(a, axis, at, n - at),
          place = array_get_slice(r, axis, at, m);
    bool ok = array_put_slice(r, axis, 0, at, head) &&
              array_put_slice(r, axis, at + m, n - at, tail) && array_assign(place, values);
    release(head);
    release(tail);
    release(place);
    if (ok)
        return r;
    release(r);
    return V_ERROR;
}

static Value f_insert(Value *s, int nargs)
{
    Value a;
    int axis;
    int64_t count;
    bool scalar;
    if (!edited(s[0], s[3], &a, &axis))
        return V_ERROR;
    int64_t n = array_shape(a)[axis], *at = places(s[1], axis, n, n + 1, &count, &scalar);
    bool once = scalar || count == 1;
    Value values = !at    ? V_ERROR
                   : once ? array_from_value(s[2], array_dtype(a), array_ndim(a), false)
                          : retain(s[2]);
    if (v_is_error(values)) {
        free(at);
        release(a);
        return V_ERROR;
    }
    if (scalar) { /* the first axis of the values goes along the axis */
        int perm[NDIM_MAX], k = 1;
        for (int d = 0; d < array_ndim(values); d++)
            perm[d] = d == axis ? 0 : k++;
        View v = view_transpose(&as_array(values)->view, perm);
        values = np_view(values, &v);
    }
    Value r;
    if (once) {
        r = inserted_once(a, axis, at[0], values);
        release(a);
    } else {
        r = inserted(a, axis, at, count, values);
    }
    release(values);
    free(at);
    return r;
}

const NativeDef numpy_editing[] = {
    {"pad", "def: array, pad_width, mode='constant', *, constant_values=None, **kwargs", f_pad,
     "An array with a border."},
    {"delete", "def: arr, obj, axis=None", f_delete, "An array without some slices."},
    {"insert", "def: arr, obj, values, axis=None", f_insert, "An array with new slices."},
    {0},
};
