/* manipulate.c -- shapes and axes: reshape, transpose, squeeze, broadcast_to ...  Replicated.
 *
 * All of these give views where NumPy does; nothing here moves an element except ravel, flatten and
 * reshapes that no view can show.
 */
#include "stdlib/numpy/family.h"

#include "interp/objects.h"

static Value transposed(Value a, const int perm[])
{
    View v = view_transpose(&as_array(a)->view, perm);
    return array_view(a, &v);
}

static void reversed(int n, int perm[])
{
    for (int k = 0; k < n; k++)
        perm[k] = n - 1 - k;
}

/* Apply fn to the array made of v, released after. */
static Value on_array(Value v, Value (*fn)(Value a, Value *s), Value *s)
{
    Value a = array_asarray(v);
    Value r = v_is_error(a) ? a : fn(a, s);
    release(a);
    return r;
}

/* ------------------------------------------------------------------------ reshape */

static Value fail_reshape(int64_t size, int ndim, const int64_t shape[])
{
    Buf b = {0};
    int first = 0; /* NumPy leaves out an unknown length in front */
    while (first < ndim && shape[first] < 0)
        first++;
    buf_putc(&b, '(');
    for (int k = first; k < ndim; k++) {
        buf_puts(&b, k > first ? "," : "");
        if (shape[k] < 0)
            buf_puts(&b, "newaxis");
        else
            buf_printf(&b, "%lld", (long long)shape[k]);
    }
    buf_puts(&b, ndim == 1 ? ",)" : ")");
    raise_fmt(&exc_ValueError, "cannot reshape array of size %lld into shape %s", (long long)size,
              buf_text(&b));
    buf_free(&b);
    return V_ERROR;
}

/* Fill in a -1; false: exception. */
static bool shape_complete(int64_t size, int ndim, int64_t shape[])
{
    int unknown = -1;
    int64_t known = 1;
    for (int k = 0; k < ndim; k++) {
        if (shape[k] >= 0) {
            if (__builtin_mul_overflow(known, shape[k], &known))
                known = INT64_MAX;
            continue;
        }
        if (unknown >= 0 || shape[k] != -1) {
            raise_fmt(&exc_ValueError, unknown < 0 ? "negative dimensions not allowed"
                                                   : "can only specify one unknown dimension");
            return false;
        }
        unknown = k;
    }
    bool fits = unknown >= 0 ? known != 0 && size % known == 0 : known == size;
    if (!fits)
        return fail_reshape(size, ndim, shape), false;
    if (unknown >= 0)
        shape[unknown] = size / known;
    return true;
}

static Value reshape_order(Value a, int ndim, int64_t shape[], char order, bool never)
{
    const View *v = &as_array(a)->view;
    if (!shape_complete(view_size(v), ndim, shape))
        return V_ERROR;
    if (order == 'A')
        order = view_is_f_contiguous(v) && !view_is_c_contiguous(v) ? 'F' : 'C';
    View probe;
    int perm[NDIM_MAX];
    int64_t back[NDIM_MAX];
    Value base = retain(a);
    if (order == 'F') {
        release(base);
        reversed(v->ndim, perm);
        base = transposed(a, perm);
        reversed(ndim, perm);
        for (int k = 0; k < ndim; k++)
            back[k] = shape[perm[k]];
        shape = back;
    }
    Value r;
    if (never && !view_reshape(&as_array(base)->view, ndim, shape, &probe))
        r = raise_fmt(&exc_ValueError, "Unable to avoid creating a copy while reshaping.");
    else
        r = array_reshape(base, ndim, shape);
    release(base);
    if (order == 'F' && !v_is_error(r)) {
        reversed(ndim, perm);
        as_array(r)->view = view_transpose(&as_array(r)->view, perm);
    }
    return r;
}

static Value reshape(Value a, Value shape_value_, Value order_value, Value copy)
{
    int ndim;
    int64_t shape[NDIM_MAX];
    char order = 'C';
    if (!shape_from_value(shape_value_, &ndim, shape) || !order_from_value(order_value, &order))
        return V_ERROR;
    if (order == 'K')
        return raise_fmt(&exc_ValueError, "order 'K' is not permitted for reshaping");
    bool make = false, never = false;
    if (!is_absent(copy)) {
        int truth = op_truth(copy);
        if (truth < 0)
            return V_ERROR;
        make = truth;
        never = !truth;
    }
    Value r = reshape_order(a, ndim, shape, order, never);
    if (!make || v_is_error(r) || as_array(r)->store != as_array(a)->store)
        return r;
    Value c = array_copy(r, 'K');
    release(r);
    return c;
}

static Value m_reshape(Value *s, int n)
{
    Tuple *args = as_tuple(s[1]);
    if (args->n == 0)
        return raise_fmt(&exc_TypeError, "reshape() takes exactly 1 argument (0 given)");
    if (args->n == 1 && v_is_none(args->at[0]))
        return array_view(s[0], &as_array(s[0])->view);
    return reshape(s[0], args->n == 1 ? args->at[0] : s[1], s[2], s[3]);
}

static Value reshape_of(Value a, Value *s)
{
    return reshape(a, s[1], s[2], s[3]);
}
static Value f_reshape(Value *s, int n)
{
    if (v_is_none(s[1]))
        return raise_fmt(&exc_TypeError,
                         "reshape() missing 1 required positional argument: 'shape'");
    return on_array(s[0], reshape_of, s);
}

/* The elements in an order as 1-D: a view when that order is the memory's (unless `copy`). */
static Value raveled(Value a, char order, bool copy)
{
    const View *v = &as_array(a)->view;
    int perm[NDIM_MAX];
    int64_t n = view_size(v);
    if (order == 'A')
        order = view_is_f_contiguous(v) && !view_is_c_contiguous(v) ? 'F' : 'C';
    for (int k = 0; k < v->ndim; k++)
        perm[k] = k;
    if (order == 'F')
        reversed(v->ndim, perm);
    if (order == 'K')
        view_korder(1, &v, v->ndim, perm);
    View t = view_transpose(v, perm), flat;
    if (!copy && view_is_c_contiguous(&t) && view_reshape(&t, 1, &n, &flat))
        return array_view(a, &flat);
    Value turned = array_view(a, &t), c = array_copy(turned, 'C');
    release(turned);
    if (v_is_error(c))
        return c;
    flat = view_whole(1, &n);
    as_array(c)->view = flat;
    return c;
}

static Value ravel_with(Value a, Value order_value, bool copy)
{
    char order = 'C';
    return order_from_value(order_value, &order) ? raveled(a, order, copy) : V_ERROR;
}
static Value ravel_of(Value a, Value *s)
{
    return ravel_with(a, s[1], false);
}
static Value f_ravel(Value *s, int n)
{
    return on_array(s[0], ravel_of, s);
}
static Value m_flatten(Value *s, int n)
{
    return ravel_with(s[0], s[1], true);
}

/* ---------------------------------------------------------------------- transpose */

static Value transpose(Value a, Value axes)
{
    int nd = array_ndim(a), perm[NDIM_MAX], count;
    int64_t given[NDIM_MAX];
    uint32_t seen = 0;
    if (is_absent(axes)) {
        reversed(nd, perm);
        return transposed(a, perm);
    }
    if (!shape_from_value(axes, &count, given))
        return V_ERROR;
    if (count != nd)
        return raise_fmt(&exc_ValueError, "axes don't match array");
    for (int k = 0; k < nd; k++) {
        if (!axis_from_value(v_int(given[k]), nd, &perm[k]))
            return V_ERROR;
        if (seen >> perm[k] & 1)
            return raise_fmt(&exc_ValueError, "repeated axis in transpose");
        seen |= 1u << perm[k];
    }
    return transposed(a, perm);
}

static Value m_transpose(Value *s, int n)
{
    Tuple *args = as_tuple(s[1]);
    if (args->n == 0)
        return transpose(s[0], V_NONE);
    return transpose(s[0], args->n == 1 ? args->at[0] : s[1]);
}
static Value transpose_of(Value a, Value *s)
{
    return transpose(a, s[1]);
}
static Value f_transpose(Value *s, int n)
{
    Value r = on_array(s[0], transpose_of, s);
    return is_npscalar(s[0]) && !v_is_error(r) ? np_result(r) : r;
}

static Value matrix_transpose_of(Value a, Value *s)
{
    int nd = array_ndim(a), perm[NDIM_MAX];
    if (nd < 2)
        return raise_fmt(&exc_ValueError,
                         "Input array must be at least 2-dimensional, but it is %d", nd);
    for (int k = 0; k < nd; k++)
        perm[k] = k;
    perm[nd - 1] = nd - 2;
    perm[nd - 2] = nd - 1;
    return transposed(a, perm);
}
static Value f_matrix_transpose(Value *s, int n)
{
    return on_array(s[0], matrix_transpose_of, s);
}

/* An axis whose error says which argument it is. */
static bool named_axis(const char *what, Value v, int ndim, int *axis)
{
    int64_t i;
    if (!op_as_int64(v, &i))
        return false;
    if (i < -ndim || i >= ndim) {
        raise_axis(what, i, ndim);
        return false;
    }
    *axis = (int)(i < 0 ? i + ndim : i);
    return true;
}

static Value swapaxes_of(Value a, Value *s)
{
    int nd = array_ndim(a), perm[NDIM_MAX], x, y;
    if (!named_axis("axis1", s[1], nd, &x) || !named_axis("axis2", s[2], nd, &y))
        return V_ERROR;
    for (int k = 0; k < nd; k++)
        perm[k] = k == x ? y : k == y ? x : k;
    return transposed(a, perm);
}
static Value f_swapaxes(Value *s, int n)
{
    return on_array(s[0], swapaxes_of, s);
}

bool axes_listed_as(const char *what, Value v, int ndim, int out[], int *n)
{
    *n = 0;
    bool one = v.tag == TAG_INT || v.tag == TAG_BOOL || is_npscalar(v);
    Value items = one ? tuple_of(1, retain(v)) : tuple_from_iterable(v);
    if (v_is_error(items))
        return false;
    bool ok = as_tuple(items)->n <= NDIM_MAX;
    if (!ok)
        raise_unsupported("an array of more than 16 axes", "NumPy");
    for (int64_t k = 0; ok && k < as_tuple(items)->n; k++) {
        ok = named_axis(what, as_tuple(items)->at[k], ndim, &out[*n]);
        for (int j = 0; ok && j < *n; j++)
            if (out[j] == out[*n]) {
                raise_fmt(&exc_ValueError,
                          what ? "repeated axis in `%s` argument" : "repeated axis", what);
                ok = false;
            }
        ++*n;
    }
    release(items);
    return ok;
}

static Value moveaxis_of(Value a, Value *s)
{
    int nd = array_ndim(a), from[NDIM_MAX], to[NDIM_MAX], nfrom, nto, perm[NDIM_MAX];
    if (!axes_listed_as("source", s[1], nd, from, &nfrom) ||
        !axes_listed_as("destination", s[2], nd, to, &nto))
        return V_ERROR;
    if (nfrom != nto)
        return raise_fmt(
            &exc_ValueError,
            "`source` and `destination` arguments must have the same number of elements");
    for (int k = 0; k < nd; k++)
        perm[k] = -1;
    uint32_t moved = 0;
    for (int k = 0; k < nfrom; k++) {
        perm[to[k]] = from[k];
        moved |= 1u << from[k];
    }
    int next = 0;
    for (int k = 0; k < nd; k++) {
        if (perm[k] >= 0)
            continue;
        while (moved >> next & 1)
            next++;
        perm[k] = next++;
    }
    return transposed(a, perm);
}
static Value f_moveaxis(Value *s, int n)
{
    return on_array(s[0], moveaxis_of, s);
}

static Value rollaxis_of(Value a, Value *s)
{
    int nd = array_ndim(a), axis, perm[NDIM_MAX], k = 0;
    int64_t start;
    if (!axis_from_value(s[1], nd, &axis) || !op_as_int64(s[2], &start))
        return V_ERROR;
    if (start < -nd || start > nd)
        return raise_fmt(&exc_AxisError,
                         "'start' arg requires %d <= start < %d, but %lld was passed in", -nd,
                         nd + 1, (long long)start);
    start += start < 0 ? nd : 0;
    start -= axis < start;
    for (int d = 0; d < nd; d++) {
        if (d == axis)
            continue;
        if (k == start)
            k++;
        perm[k++] = d;
    }
    perm[start] = axis;
    return transposed(a, perm);
}
static Value f_rollaxis(Value *s, int n)
{
    return on_array(s[0], rollaxis_of, s);
}

/* ------------------------------------------------------------- axes of length one */

static Value squeeze_of(Value a, Value *s)
{
    const View *v = &as_array(a)->view;
    uint32_t mask = 0;
    if (is_absent(s[1])) {
        for (int k = 0; k < v->ndim; k++)
            mask |= (uint32_t)(v->shape[k] == 1) << k;
    } else if (v->ndim == 0 && s[1].tag == TAG_INT && (s[1].i == 0 || s[1].i == -1)) {
        return array_view(a, v);
    } else if (!axes_from_value(s[1], v->ndim, &mask)) {
        return V_ERROR;
    }
    View r = *v;
    for (int k = v->ndim - 1; k >= 0; k--) {
        if (!(mask >> k & 1))
            continue;
        if (v->shape[k] != 1)
            return raise_fmt(
                &exc_ValueError,
                "cannot select an axis to squeeze out which has size not equal to one");
        r = view_index(&r, k, 0);
    }
    return array_view(a, &r);
}
static Value f_squeeze(Value *s, int n)
{
    Value r = on_array(s[0], squeeze_of, s);
    return is_npscalar(s[0]) && !v_is_error(r) ? np_result(r) : r;
}

static Value expand_dims_of(Value a, Value *s)
{
    bool many = is_tuple(s[1]) || is_list(s[1]);
    Value axes = many ? tuple_from_iterable(s[1]) : tuple_of(1, retain(s[1]));
    if (v_is_error(axes))
        return axes;
    int nd = array_ndim(a) + (int)as_tuple(axes)->n, axis;
    uint32_t mask = 0;
    bool ok = nd <= NDIM_MAX;
    if (!ok)
        raise_unsupported("an array of more than 16 axes", "NumPy");
    for (int64_t k = 0; ok && k < as_tuple(axes)->n; k++) {
        ok = axis_from_value(as_tuple(axes)->at[k], nd, &axis);
        if (ok && mask >> axis & 1) {
            raise_fmt(&exc_ValueError, "repeated axis");
            ok = false;
        }
        mask |= ok ? 1u << axis : 0;
    }
    release(axes);
    if (!ok)
        return V_ERROR;
    int64_t shape[NDIM_MAX];
    for (int k = 0, j = 0; k < nd; k++)
        shape[k] = mask >> k & 1 ? 1 : array_shape(a)[j++];
    return np_reshape(retain(a), nd, shape);
}

static Value f_expand_dims(Value *s, int n)
{
    return on_array(s[0], expand_dims_of, s);
}

static Value at_least(Value x, int ndim)
{
    Value a = array_asarray(x);
    if (v_is_error(a) || array_ndim(a) >= ndim)
        return a;
    View v = as_array(a)->view;
    if (ndim == 3 && v.ndim == 2)
        v = view_newaxis(&v, 2);
    else if (ndim == 3 && v.ndim == 1) {
        v = view_newaxis(&v, 0);
        v = view_newaxis(&v, 2);
    }
    while (v.ndim < ndim)
        v = view_newaxis(&v, 0);
    return np_view(a, &v);
}

static Value all_at_least(Tuple *args, int ndim)
{
    if (args->n == 1)
        return at_least(args->at[0], ndim);
    Value t = tuple_new(args->n);
    for (int64_t k = 0; k < args->n; k++) {
        Value a = at_least(args->at[k], ndim);
        if (v_is_error(a)) {
            release(t);
            return a;
        }
        as_tuple(t)->at[k] = a;
    }
    return t;
}
static Value f_atleast_1d(Value *s, int n)
{
    return all_at_least(as_tuple(s[0]), 1);
}
static Value f_atleast_2d(Value *s, int n)
{
    return all_at_least(as_tuple(s[0]), 2);
}
static Value f_atleast_3d(Value *s, int n)
{
    return all_at_least(as_tuple(s[0]), 3);
}

/* ---------------------------------------------------------------------- broadcast */

/* Is the number of elements an int64? */
static bool extents_fit(int nd, const int64_t shape[])
{
    int64_t n = 1;
    bool over = false;
    for (int k = 0; k < nd; k++)
        if (shape[k] == 0)
            return true;
        else
            over |= __builtin_mul_overflow(n, shape[k], &n);
    return !over;
}

static Value broadcast_to_of(Value a, Value *s)
{
    int nd;
    int64_t shape[NDIM_MAX];
    View v;
    if (!shape_from_value(s[1], &nd, shape))
        return V_ERROR;
    for (int k = 0; k < nd; k++)
        if (shape[k] < 0)
            return raise_fmt(&exc_ValueError,
                             "all elements of broadcast shape must be non-negative");
    if (nd == 0 && array_ndim(a))
        return raise_fmt(&exc_ValueError, "cannot broadcast a non-scalar to a scalar array");
    if (nd < array_ndim(a))
        return raise_fmt(&exc_ValueError,
                         "input operand has more dimensions than allowed by the axis remapping");
    if (!view_broadcast(&as_array(a)->view, nd, shape, &v)) {
        Buf b = {0};
        buf_puts(
            &b,
            "operands could not be broadcast together with remapped shapes [original->remapped]: ");
        shape_put(&b, array_ndim(a), array_shape(a));
        buf_puts(&b, "  and requested shape ");
        shape_put(&b, nd, shape);
        raise_fmt(&exc_ValueError, "%s", buf_text(&b));
        buf_free(&b);
        return V_ERROR;
    }
    if (!extents_fit(nd, shape))
        return raise_fmt(&exc_ValueError, "iterator is too large");
    Value r = array_view(a, &v);
    as_array(r)->readonly = true;
    return r;
}
static Value f_broadcast_to(Value *s, int n)
{
    return on_array(s[0], broadcast_to_of, s);
}

/* "shape mismatch: ... Mismatch is between arg 0 with shape (3,) and arg 1 with shape (2,)." */
Value raise_mismatch(int n, const int ndim[], const int64_t *const shape[])
{
    int nd;
    int64_t out[NDIM_MAX];
    int bad = 1, with = 0;
    while (bad < n && broadcast_shapes(bad + 1, ndim, shape, &nd, out))
        bad++;
    for (with = 0; with < bad; with++) {
        const int pair[2] = {ndim[with], ndim[bad]};
        const int64_t *const two[2] = {shape[with], shape[bad]};
        if (!broadcast_shapes(2, pair, two, &nd, out))
            break;
    }
    Value x = shape_value(ndim[with], shape[with]), y = shape_value(ndim[bad], shape[bad]);
    raise_fmt(&exc_ValueError,
              "shape mismatch: objects cannot be broadcast to a single shape.  Mismatch is between "
              "arg %d with shape %S and arg "
              "%d with shape %S.",
              with, x, bad, y);
    release(x);
    release(y);
    return V_ERROR;
}

enum { MANY = 64 };

static Value f_broadcast_arrays(Value *s, int nargs)
{
    Tuple *args = as_tuple(s[0]);
    int n = (int)args->n, ndim[MANY], nd;
    const int64_t *shape[MANY];
    int64_t out[NDIM_MAX];
    if (n > MANY)
        return raise_unsupported("numpy.broadcast_arrays of more than 64 arrays", "NumPy");
    Value t = tuple_new(n), r = V_ERROR;
    for (int k = 0; k < n; k++) {
        Value a = array_asarray(args->at[k]);
        if (v_is_error(a))
            goto out;
        as_tuple(t)->at[k] = a;
        ndim[k] = array_ndim(a);
        shape[k] = array_shape(a);
    }
    if (!broadcast_shapes(n, ndim, shape, &nd, out)) {
        raise_mismatch(n, ndim, shape);
        goto out;
    }
    for (int k = 0; k < n; k++) {
        Value *at = &as_tuple(t)->at[k];
        View v;
        if (array_ndim(*at) == nd && !memcmp(array_shape(*at), out, sizeof *out * (size_t)nd))
            continue;
        view_broadcast(&as_array(*at)->view, nd, out, &v);
        *at = np_view(*at, &v);
    }
    r = retain(t);
out:
    release(t);
    return r;
}

static Value f_broadcast_shapes(Value *s, int nargs)
{
    Tuple *args = as_tuple(s[0]);
    int n = (int)args->n, ndim[MANY], nd;
    int64_t shapes[MANY][NDIM_MAX], out[NDIM_MAX];
    const int64_t *shape[MANY];
    if (n > MANY)
        return raise_unsupported("numpy.broadcast_shapes of more than 64 shapes", "NumPy");
    for (int k = 0; k < n; k++) {
        if (!shape_from_value(args->at[k], &ndim[k], shapes[k]))
            return V_ERROR;
        shape[k] = shapes[k];
    }
    if (!broadcast_shapes(n, ndim, shape, &nd, out))
        return raise_mismatch(n, ndim, shape);
    if (!extents_fit(nd, out))
        return raise_fmt(&exc_ValueError, "broadcast dimensions too large.");
    return shape_value(nd, out);
}

/* ----------------------------------------------------------------------- diagonal */

static Value diagonal_of(Value a, Value *s)
{
    int nd = array_ndim(a), x, y;
    int64_t offset;
    if (nd < 2)
        return raise_fmt(&exc_ValueError, "diag requires an array of at least two dimensions");
    if (!op_as_int64(s[1], &offset) || !axis_from_value(s[2], nd, &x) ||
        !axis_from_value(s[3], nd, &y))
        return V_ERROR;
    if (x == y)
        return raise_fmt(&exc_ValueError, "axis1 and axis2 cannot be the same");
    View v = view_diagonal(&as_array(a)->view, offset, x, y);
    Value r = array_view(a, &v);
    as_array(r)->readonly = true;
    return r;
}
static Value f_diagonal(Value *s, int n)
{
    return on_array(s[0], diagonal_of, s);
}

/* -------------------------------------------------------------------------- flips */

static Value flipped(Value a, uint32_t mask)
{
    View v = as_array(a)->view;
    for (int k = 0; k < v.ndim; k++)
        if (mask >> k & 1)
            v = view_slice(&v, k, v.shape[k] ? v.shape[k] - 1 : 0, -1, v.shape[k]);
    return array_view(a, &v);
}
static Value flip_of(Value a, Value *s)
{
    uint32_t mask;
    if (!axes_from_value(s[1], array_ndim(a), &mask))
        return V_ERROR;
    return array_ndim(a) ? flipped(a, mask) : array_or_scalar(retain(a));
}
static Value f_flip(Value *s, int n)
{
    return on_array(s[0], flip_of, s);
}
static Value fliplr_of(Value a, Value *s)
{
    return array_ndim(a) < 2 ? raise_fmt(&exc_ValueError, "Input must be >= 2-d.") : flipped(a, 2);
}
static Value f_fliplr(Value *s, int n)
{
    return on_array(s[0], fliplr_of, s);
}
static Value flipud_of(Value a, Value *s)
{
    return array_ndim(a) < 1 ? raise_fmt(&exc_ValueError, "Input must be >= 1-d.") : flipped(a, 1);
}
static Value f_flipud(Value *s, int n)
{
    return on_array(s[0], flipud_of, s);
}

static Value rot90_of(Value a, Value *s)
{
    int nd = array_ndim(a), perm[NDIM_MAX], count;
    int64_t axes[NDIM_MAX] = {0, 1}, k;
    if (!op_as_int64(s[1], &k))
        return V_ERROR;
    if (v_is_undef(s[2]))
        count = 2;
    else if (!shape_from_value(s[2], &count, axes))
        return V_ERROR;
    if (count != 2)
        return raise_fmt(&exc_ValueError, "len(axes) must be 2.");
    if (axes[0] == axes[1] || (axes[0] - axes[1] == nd) || (axes[1] - axes[0] == nd))
        return raise_fmt(&exc_ValueError, "Axes must be different.");
    if (axes[0] >= nd || axes[0] < -nd || axes[1] >= nd || axes[1] < -nd)
        return raise_fmt(&exc_ValueError, "Axes=(%lld, %lld) out of range for array of ndim=%d.",
                         (long long)axes[0], (long long)axes[1], nd);
    int x = (int)(axes[0] < 0 ? axes[0] + nd : axes[0]),
        y = (int)(axes[1] < 0 ? axes[1] + nd : axes[1]);
    k = ((k % 4) + 4) % 4;
    if (k == 0)
        return array_view(a, &as_array(a)->view);
    if (k == 2)
        return flipped(a, 1u << x | 1u << y);
    for (int d = 0; d < nd; d++)
        perm[d] = d == x ? y : d == y ? x : d;
    Value first = k == 1 ? flipped(a, 1u << y) : transposed(a, perm);
    Value r = k == 1 ? transposed(first, perm) : flipped(first, 1u << y);
    release(first);
    return r;
}
static Value f_rot90(Value *s, int n)
{
    return on_array(s[0], rot90_of, s);
}

const NativeDef numpy_manipulate[] = {
    {"reshape", "def: a, shape=None, order='C', *, copy=None", f_reshape,
     "The elements in another shape."},
    {"ravel", "def: a, order='C'", f_ravel, "The elements as one axis."},
    {"transpose", "def: a, axes=None", f_transpose, "The axes in another order; a view."},
    {"permute_dims", "def transpose: a, axes=None", f_transpose,
     "The axes in another order; a view."},
    {"matrix_transpose", "def: x, /", f_matrix_transpose, "The last two axes exchanged; a view."},
    {"swapaxes", "def: a, axis1, axis2", f_swapaxes, "Two axes exchanged; a view."},
    {"moveaxis", "def: a, source, destination", f_moveaxis, "Axes moved to other places; a view."},
    {"rollaxis", "def: a, axis, start=0", f_rollaxis, "An axis moved before another; a view."},
    {"squeeze", "def: a, axis=None", f_squeeze, "Axes of length one left out; a view."},
    {"expand_dims", "def: a, axis", f_expand_dims, "New axes of length one; a view."},
    {"atleast_1d", "def: *arys", f_atleast_1d, "Arrays of at least one axis."},
    {"atleast_2d", "def: *arys", f_atleast_2d, "Arrays of at least two axes."},
    {"atleast_3d", "def: *arys", f_atleast_3d, "Arrays of at least three axes."},
    {"broadcast_to", "def: array, shape, subok=False", f_broadcast_to,
     "A read-only view in a larger shape."},
    {"broadcast_arrays", "def: *args, subok=False", f_broadcast_arrays,
     "Views in the common shape."},
    {"broadcast_shapes", "def: *args", f_broadcast_shapes, "The common shape."},
    {"diagonal", "def: a, offset=0, axis1=0, axis2=1", f_diagonal, "A diagonal; a read-only view."},
    {"flip", "def: m, axis=None", f_flip, "Axes reversed; a view."},
    {"fliplr", "def: m", f_fliplr, "The second axis reversed; a view."},
    {"flipud", "def: m", f_flipud, "The first axis reversed; a view."},
    {"rot90", "def: m, k=1, axes=?", f_rot90, "A plane turned by quarter turns; a view."},
    {0},
};

const NativeDef ndarray_methods_manipulate[] = {
    {"reshape", "vararg: self, *shape, order='C', copy=None", m_reshape,
     "The elements in another shape."},
    {"ravel", "npy: self, order='C'", f_ravel, "The elements as one axis."},
    {"flatten", "npy: self, order='C'", m_flatten, "A copy of the elements as one axis."},
    {"transpose", "vararg: self, *axes", m_transpose, "The axes in another order; a view."},
    {"swapaxes", "vararg: self, axis1, axis2, /", f_swapaxes, "Two axes exchanged; a view."},
    {"squeeze", "npy: self, axis=None", f_squeeze, "Axes of length one left out; a view."},
    {"diagonal", "self, offset=0, axis1=0, axis2=1", f_diagonal, "A diagonal; a read-only view."},
    {0},
};
