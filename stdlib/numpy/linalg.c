/* linalg.c -- products of vectors and matrices, traces.  Replicated.
 *
 * Every product becomes one of two runtime operations on operands of one type: rt_dot (sums along
 * the last axis of two broadcast operands: vectors, matrix times vector) or rt_matmul (stacks of
 * matrices).  Results are new arrays: both operations need an output apart from their inputs.
 */
#include "stdlib/numpy/family.h"
#include "stdlib/numpy/plain.h"
#include "stdlib/numpy/ufunc.h"

#include "interp/objects.h"

/* -------------------------------------------------------------------------- primitives */

/* sum over the last axis of x * y, views of one shape (arrays taken). */
static Value dot_views(Value x, const View *vx, Value y, const View *vy, Product as)
{
    Value r = array_new(array_dtype(x), vx->ndim - 1, vx->shape);
    if (!v_is_error(r)) {
        Operand a = array_operand(x), b = array_operand(y), out = array_operand(r);
        a.view = *vx;
        b.view = *vy;
        if (!status_ok(rt_dot(&a, &b, &out, as))) {
            release(r);
            r = V_ERROR;
        }
    }
    release(x);
    release(y);
    return r;
}

static View swapped_last(const View *v)
{
    int perm[NDIM_MAX];
    for (int k = 0; k < v->ndim; k++)
        perm[k] = k;
    perm[v->ndim - 1] = v->ndim - 2;
    perm[v->ndim - 2] = v->ndim - 1;
    return view_transpose(v, perm);
}

/* m (..., p, k) with the vector v (k): each row's dot product. Arrays taken; `m` is seen through
 * vm. */
static Value rows_dot(Value m, const View *vm, Value v, bool vector_first, Product as)
{
    View wide;
    bool ok = view_broadcast(&as_array(v)->view, vm->ndim, vm->shape, &wide);
    ASSERT(ok, "vector and rows of %d axes", vm->ndim);
    View rows = *vm;
    return vector_first ? dot_views(v, &wide, m, &rows, as) : dot_views(m, &rows, v, &wide, as);
}

static Value matmul_views(Value x, const View *vx, Value y, const View *vy, int ndim,
                          const int64_t shape[], Product as)
{
    Value r = array_new(array_dtype(x), ndim, shape);
    if (!v_is_error(r)) {
        Operand a = array_operand(x), b = array_operand(y), out = array_operand(r);
        a.view = *vx;
        b.view = *vy;
        if (!status_ok(rt_matmul(&a, &b, &out, as))) {
            release(r);
            r = V_ERROR;
        }
    }
    release(x);
    release(y);
    return r;
}

/* ------------------------------------------------------------------------------ matmul */

#define MATMUL_SIGNATURE "(n?,k),(k,m?)->(n?,m?)"

static Value raise_core(int operand, int dim, int64_t got, int64_t want)
{
    return raise_fmt(&exc_ValueError,
                     "matmul: %s operand %d has a mismatch in its core dimension %d, with gufunc "
                     "signature " MATMUL_SIGNATURE " (size %lld is different from %lld)",
                     operand == 2 ? "Output" : "Input", operand == 2 ? 0 : operand, dim,
                     (long long)got, (long long)want);
}

static Value raise_scalar_operand(int operand)
{
    return raise_fmt(&exc_ValueError,
                     "matmul: Input operand %d does not have enough dimensions (has 0, gufunc core "
                     "with signature " MATMUL_SIGNATURE " requires 1)",
                     operand);
}

static void put_remapped(Buf *b, const View *v)
{
    shape_put(b, v->ndim, v->shape);
    buf_puts(b, "->(");
    for (int k = 0; k < v->ndim - 2; k++)
        buf_printf(b, "%lld,", (long long)v->shape[k]);
    buf_puts(b, "newaxis,newaxis) ");
}

static Value raise_batches(const View *x, const View *y)
{
    Buf b = {0};
    buf_puts(
        &b, "operands could not be broadcast together with remapped shapes [original->remapped]: ");
    put_remapped(&b, x);
    put_remapped(&b, y);
    raise_fmt(&exc_ValueError, "%s and requested shape (%lld,%lld)", buf_text(&b),
              (long long)x->shape[x->ndim - 2], (long long)y->shape[y->ndim - 1]);
    buf_free(&b);
    return V_ERROR;
}

static Value stacks_product(Value x, Value y)
{
    View vx = as_array(x)->view, vy = as_array(y)->view, bx = vx, by = vy;
    int64_t shape[NDIM_MAX], full[NDIM_MAX];
    int ndim;
    const int64_t *const batch[2] = {vx.shape, vy.shape};
    if (!broadcast_shapes(2, (int[]){vx.ndim - 2, vy.ndim - 2}, batch, &ndim, shape)) {
        raise_batches(&vx, &vy);
        release(x);
        release(y);
        return V_ERROR;
    }
    memcpy(full, shape, sizeof shape);
    full[ndim] = vx.shape[vx.ndim - 2];
    full[ndim + 1] = vx.shape[vx.ndim - 1];
    view_broadcast(&vx, ndim + 2, full, &bx);
    full[ndim] = vy.shape[vy.ndim - 2];
    full[ndim + 1] = vy.shape[vy.ndim - 1];
    view_broadcast(&vy, ndim + 2, full, &by);
    shape[ndim] = bx.shape[ndim];
    shape[ndim + 1] = by.shape[ndim + 1];
    return matmul_views(x, &bx, y, &by, ndim + 2, shape, PRODUCT_MATMUL);
}

/* x @ y of one type; both taken. */
static Value matmul_typed(Value x, Value y)
{
    const View *vx = &as_array(x)->view, *vy = &as_array(y)->view;
    int nx = vx->ndim, ny = vy->ndim;
    int64_t k = vx->shape[nx - 1], rows = ny == 1 ? vy->shape[0] : vy->shape[ny - 2];
    if (rows != k) {
        release(x);
        release(y);
        return raise_core(1, 0, rows, k);
    }
    if (ny == 1)
        return rows_dot(x, vx, y, false, PRODUCT_MATMUL);
    if (nx == 1) {
        View t = swapped_last(vy);
        return rows_dot(y, &t, x, true, PRODUCT_MATMUL);
    }
    return stacks_product(x, y);
}

/* The result into out, by matmul's rules. */
static Value matmul_store(Value r, Value out)
{
    if (v_is_error(r) || is_absent(out))
        return r;
    if (!is_array(out)) {
        release(r);
        return raise_fmt(&exc_TypeError, "return arrays must be of ArrayType");
    }
    const View *v = &as_array(r)->view, *o = &as_array(out)->view;
    DType from = array_dtype(r), to = array_dtype(out);
    Value e = V_UNDEF;
    if (!dtype_can_cast(from, to, CAST_SAME_KIND))
        e = raise_fmt(&exc_UFuncOutputCastingError,
                      "Cannot cast ufunc 'matmul' output from dtype('%s') to dtype('%s') with "
                      "casting rule 'same_kind'",
                      dtype_name(from), dtype_name(to));
    for (int d = 0; d < v->ndim && d < 2 && d < o->ndim && v_is_undef(e); d++) {
        int i = v->ndim > 2 || o->ndim > 2 ? 2 - d : int64_min(v->ndim, o->ndim) - d;
        if (i <= v->ndim && i <= o->ndim && o->shape[o->ndim - i] != v->shape[v->ndim - i])
            e = raise_core(2, d, o->shape[o->ndim - i], v->shape[v->ndim - i]);
    }
    if (v_is_undef(e) && o->ndim < v->ndim)
        e = raise_fmt(&exc_ValueError,
                      "matmul: Output operand 0 does not have enough dimensions (has %d, gufunc "
                      "core with signature " MATMUL_SIGNATURE " requires %d)",
                      o->ndim, v->ndim);
    if (v_is_undef(e) && !array_check_writable(out))
        e = V_ERROR;
    View wide;
    if (v_is_undef(e) && view_broadcast(v, o->ndim, o->shape, &wide)) {
        Operand dst = array_operand(out), src = array_operand(r);
        src.view = wide;
        e = status_ok(rt_copy(&dst, &src)) && array_part_write(out) ? retain(out) : V_ERROR;
    } else if (v_is_undef(e)) {
        e = np_store(retain(r), out, "matmul");
    }
    release(r);
    return e;
}

static bool has_axes(Value v)
{
    return is_array(v) || is_list(v) || is_tuple(v) ||
           (v.tag == TAG_OBJ && !is_str(v) && type_of(v)->len && type_of(v)->getitem);
}

static Value matmul_text(Value a, Value b)
{
    Value in[2] = {a, b};
    Value r = ufunc_call(OP_ADD, 2, in, V_UNDEF, V_UNDEF, V_UNDEF,
                         NULL); /* words the types as matmul would */
    if (!v_is_error(r)) {
        release(r);
        return raise_scalar_operand(1);
    }
    Value e = error_take();
    Value text = op_str(e);
    const char *rest = strstr(str_cstr(text), " did not contain");
    if (rest)
        raise_fmt(&exc_UFuncNoLoopError, "ufunc 'matmul'%s", rest);
    else
        raise_value(retain(e));
    release(text);
    release(e);
    return V_ERROR;
}

Value array_matmul(Value a, Value b, Value out)
{
    Value plain = is_absent(out) ? plain_dot(a, b, PRODUCT_MATMUL) : V_UNDEF;
    if (!v_is_undef(plain))
        return plain;
    if (is_str(a) || is_str(b))
        return matmul_text(a, b);
    if (!has_axes(a))
        return raise_scalar_operand(0);
    if (!has_axes(b))
        return raise_scalar_operand(1);
    Value x = array_from_value(a, DT_NONE, 0, false),
          y = v_is_error(x) ? V_ERROR : array_from_value(b, DT_NONE, 0, false);
    if (v_is_error(y) || array_ndim(x) == 0 || array_ndim(y) == 0) {
        Value r = v_is_error(y) ? y : raise_scalar_operand(array_ndim(x) == 0 ? 0 : 1);
        release(x);
        release(y);
        return r;
    }
    DType t = dtype_promote(array_dtype(x), array_dtype(y));
    x = np_cast(x, t);
    y = np_cast(y, t);
    Value r = V_ERROR;
    if (v_is_error(x) || v_is_error(y)) {
        release(x);
        release(y);
    } else {
        r = matmul_store(matmul_typed(x, y), out);
    }
    return v_is_error(r) || !is_absent(out) ? r : np_result(r);
}

/* --------------------------------------------------------------------------------- dot */

static Value raise_alignment(Value x, Value y, int dim)
{
    Buf b = {0};
    int nx = array_ndim(x);
    buf_puts(&b, "shapes ");
    shape_put(&b, nx, array_shape(x));
    buf_puts(&b, " and ");
    shape_put(&b, array_ndim(y), array_shape(y));
    raise_fmt(&exc_ValueError, "%s not aligned: %lld (dim %d) != %lld (dim %d)", buf_text(&b),
              (long long)array_shape(x)[nx - 1], nx - 1, (long long)array_shape(y)[dim], dim);
    buf_free(&b);
    return V_ERROR;
}

/* y (taken) with its next to last axis first and the others flat behind: (k, rest). */
static Value core_first(Value y, int axis)
{
    int perm[NDIM_MAX], n = 0, ny = array_ndim(y);
    perm[n++] = axis;
    for (int k = 0; k < ny; k++)
        if (k != axis)
            perm[n++] = k;
    int64_t k = array_shape(y)[axis], shape[2] = {k, 1};
    for (int d = 0; d < ny; d++)
        if (d != axis)
            shape[1] *= array_shape(y)[d];
    View v = view_transpose(&as_array(y)->view, perm);
    return np_reshape(np_view(y, &v), 2, shape);
}

/* x . y over x's last and y's next to last axis, both with at least two axes, of one type; taken.
 */
static Value dot_general(Value x, Value y, Product as)
{
    int nx = array_ndim(x), ny = array_ndim(y), n = 0;
    int64_t shape[2 * NDIM_MAX], flat[2] = {1, array_shape(x)[nx - 1]};
    for (int d = 0; d < nx - 1; d++) {
        flat[0] *= array_shape(x)[d];
        shape[n++] = array_shape(x)[d];
    }
    for (int d = 0; d < ny; d++)
        if (d != ny - 2)
            shape[n++] = array_shape(y)[d];
    if (n > NDIM_MAX) {
        release(x);
        release(y);
        return raise_unsupported("an array of more than 16 axes", "NumPy");
    }
    x = nx == 2 ? x : np_reshape(x, 2, flat);
    y = ny == 2 ? y : core_first(y, ny - 2);
    if (v_is_error(x) || v_is_error(y)) {
        release(x);
        release(y);
        return V_ERROR;
    }
    int64_t two[2] = {flat[0], array_shape(y)[1]};
    Value r = matmul_views(x, &as_array(x)->view, y, &as_array(y)->view, 2, two, as);
    return n == 2 ? r : np_reshape(r, n, shape);
}

static Value dot_typed(Value x, Value y, Product as)
{
    const View *vx = &as_array(x)->view, *vy = &as_array(y)->view;
    int dim = vy->ndim == 1 ? 0 : vy->ndim - 2;
    if (vx->shape[vx->ndim - 1] != vy->shape[dim]) {
        raise_alignment(x, y, dim);
        release(x);
        release(y);
        return V_ERROR;
    }
    if (vy->ndim == 1)
        return rows_dot(x, vx, y, false, as);
    if (vx->ndim == 1) {
        View t = swapped_last(vy);
        return rows_dot(y, &t, x, true, as);
    }
    return dot_general(x, y, as);
}

static Value dot_store(Value r, Value out)
{
    if (v_is_error(r) || is_absent(out))
        return v_is_error(r) ? r : np_result(r);
    if (!is_array(out) || array_dtype(out) != array_dtype(r) || array_ndim(out) != array_ndim(r) ||
        !view_is_c_contiguous(&as_array(out)->view)) {
        release(r);
        return raise_fmt(&exc_ValueError, "output array is not acceptable (must have the right "
                                          "datatype, number of dimensions, and be a C-Array)");
    }
    if (memcmp(array_shape(out), array_shape(r), sizeof(int64_t) * (size_t)array_ndim(r))) {
        release(r);
        return raise_fmt(&exc_ValueError, "output array has wrong dimensions");
    }
    return np_store(r, out, "dot");
}

/* BLAS adds a multiple of an array to zeros: no -0.0 comes of it. */
static Value onto_zeros(Value r)
{
    bool floats =
        is_array(r) && array_ndim(r) > 0 && array_ndim(r) <= 2 && dtype_is_inexact(array_dtype(r));
    return floats ? np_op2(OP_ADD, r, v_float(0)) : r;
}

static Value dot_as(Value a, Value b, Value out, Product as)
{
    Value plain = is_absent(out) ? plain_dot(a, b, as) : V_UNDEF;
    if (!v_is_undef(plain))
        return plain;
    if (!has_axes(a) && !has_axes(b) && !is_absent(out))
        return ufunc_call(OP_MULTIPLY, 2, (Value[]){a, b}, out, V_UNDEF, V_UNDEF, NULL);
    if (!has_axes(a) || !has_axes(b)) { /* a scalar: strong, as in NumPy */
        Value x = has_axes(a) || is_str(a) || v_is_none(a) ? retain(a)
                                                           : array_from_value(a, DT_NONE, 0, false);
        Value y = has_axes(b) || is_str(b) || v_is_none(b) ? retain(b)
                                                           : array_from_value(b, DT_NONE, 0, false);
        Value r = v_is_error(x) || v_is_error(y)
                      ? V_ERROR
                      : ufunc_call(OP_MULTIPLY, 2, (Value[]){x, y}, out, V_UNDEF, V_UNDEF, NULL);
        release(x);
        release(y);
        return is_absent(out) ? onto_zeros(r) : r;
    }
    Value x = array_from_value(a, DT_NONE, 0, false),
          y = v_is_error(x) ? V_ERROR : array_from_value(b, DT_NONE, 0, false);
    if (v_is_error(y)) {
        release(x);
        return y;
    }
    if (array_ndim(x) == 0 || array_ndim(y) == 0)
        return dot_store(onto_zeros(np_array(np_op2(OP_MULTIPLY, x, y))), out);
    DType t = dtype_promote(array_dtype(x), array_dtype(y));
    x = np_cast(x, t);
    y = np_cast(y, t);
    if (v_is_error(x) || v_is_error(y)) {
        release(x);
        release(y);
        return V_ERROR;
    }
    return dot_store(dot_typed(x, y, as), out);
}

Value array_dot(Value a, Value b, Value out)
{
    return dot_as(a, b, out, PRODUCT_DOT);
}

static Value f_dot(Value *a, int n)
{
    return array_dot(a[0], a[1], a[2]);
}

static Value f_vdot(Value *a, int n)
{
    Value x = np_flat(retain(a[0])), y = v_is_error(x) ? V_ERROR : np_flat(retain(a[1]));
    Value r = V_ERROR;
    if (!v_is_error(y) && array_size(x) != array_size(y)) {
        raise_fmt(&exc_ValueError, "cannot reshape array of size %lld into shape (%lld,)",
                  (long long)array_size(y), (long long)array_size(x));
    } else if (!v_is_error(y)) {
        if (dtype_is_complex(array_dtype(x)))
            x = np_op1(OP_CONJUGATE, x);
        r = v_is_error(x) ? x : dot_as(x, y, V_UNDEF, PRODUCT_SILENT);
    }
    release(x);
    release(y);
    return r;
}

static Value f_inner(Value *a, int n)
{
    Value x = array_from_value(a[0], DT_NONE, 0, false),
          y = v_is_error(x) ? V_ERROR : array_from_value(a[1], DT_NONE, 0, false);
    Value r = V_ERROR;
    if (!v_is_error(y)) {
        if (array_ndim(y) >= 2 && array_ndim(x) > 0) {
            View v = swapped_last(&as_array(y)->view);
            y = np_view(y, &v);
        }
        r = array_dot(x, y, V_UNDEF);
    }
    release(x);
    release(y);
    return r;
}

static Value f_outer(Value *a, int n)
{
    Value x = np_flat(retain(a[0])), y = v_is_error(x) ? V_ERROR : np_flat(retain(a[1]));
    if (v_is_error(y)) {
        release(x);
        return y;
    }
    View vx = view_newaxis(&as_array(x)->view, 1);
    Value in[2] = {np_view(x, &vx), y};
    Value r = ufunc_call(OP_MULTIPLY, 2, in, a[2], V_UNDEF, V_UNDEF, NULL);
    release(in[0]);
    release(y);
    return r;
}

/* The last axes of both are there and equally long. */
static bool vecdot_fit(Value x, Value y)
{
    const int nd[2] = {array_ndim(x), array_ndim(y)};
    for (int i = 0; i < 2; i++)
        if (nd[i] == 0) {
            raise_fmt(
                &exc_ValueError,
                "vecdot: Input operand %d does not have enough dimensions (has 0, gufunc core "
                "with signature (n),(n)->() requires 1)",
                i);
            return false;
        }
    int64_t n = array_shape(x)[nd[0] - 1], m = array_shape(y)[nd[1] - 1];
    if (n != m)
        raise_fmt(&exc_ValueError,
                  "vecdot: Input operand 1 has a mismatch in its core dimension 0, with gufunc "
                  "signature (n),(n)->() (size %lld is different from %lld)",
                  (long long)m, (long long)n);
    return n == m;
}

static Value f_vecdot(Value *a, int n)
{
    if (!(a[2].tag == TAG_INT && a[2].i == -1))
        return raise_unsupported("vecdot(axis=)", "NumPy");
    Value x = array_from_value(a[0], DT_NONE, 0, false),
          y = v_is_error(x) ? V_ERROR : array_from_value(a[1], DT_NONE, 0, false);
    Value r = V_ERROR;
    if (!v_is_error(y) && vecdot_fit(x, y)) {
        DType t = dtype_promote(array_dtype(x), array_dtype(y));
        int nd;
        int64_t shape[NDIM_MAX];
        const int64_t *const shapes[2] = {array_shape(x), array_shape(y)};
        Arg args[2] = {{.op = array_operand(x)}, {.op = array_operand(y)}};
        if (!broadcast_shapes(2, (int[]){array_ndim(x), array_ndim(y)}, shapes, &nd, shape)) {
            raise_broadcast(2, args);
        } else {
            View vx, vy;
            x = np_cast(dtype_is_complex(array_dtype(x)) ? np_op1(OP_CONJUGATE, x) : x, t);
            y = np_cast(y, t);
            if (!v_is_error(x) && !v_is_error(y)) {
                view_broadcast(&as_array(x)->view, nd, shape, &vx);
                view_broadcast(&as_array(y)->view, nd, shape, &vy);
                return np_result(dot_views(x, &vx, y, &vy, PRODUCT_VECDOT));
            }
        }
    }
    release(x);
    release(y);
    return r;
}

/* --------------------------------------------------------------------- general products */

bool axes_listed(Value v, int ndim, int axes[], int *n)
{
    *n = 0;
    if (!is_list(v) && !is_tuple(v)) {
        *n = 1;
        return axis_from_value(v, ndim, &axes[0]);
    }
    Value t = tuple_from_iterable(v);
    bool ok = !v_is_error(t) && as_tuple(t)->n <= NDIM_MAX;
    for (int64_t k = 0; ok && k < as_tuple(t)->n; k++)
        ok = axis_from_value(as_tuple(t)->at[k], ndim, &axes[(*n)++]);
    release(t);
    return ok;
}

/* The axes to sum over: a count, or a pair of axes or lists of axes. */
static bool tensordot_axes(Value v, Value x, Value y, int ax[], int ay[], int *n)
{
    int64_t count;
    int m;
    if (is_list(v) || is_tuple(v)) {
        Value p = tuple_from_iterable(v);
        bool ok = !v_is_error(p) && as_tuple(p)->n == 2 &&
                  axes_listed(as_tuple(p)->at[0], array_ndim(x), ax, n) &&
                  axes_listed(as_tuple(p)->at[1], array_ndim(y), ay, &m);
        release(p);
        if (ok && *n == m)
            return true;
        if (!error_is_set())
            raise_fmt(&exc_ValueError, "shape-mismatch for sum");
        return false;
    }
    if (!op_as_int64(v, &count))
        return false;
    *n = (int)count;
    for (int k = 0; k < count && k < NDIM_MAX; k++) {
        ax[k] = array_ndim(x) - (int)count + k;
        ay[k] = k;
    }
    if (count >= 0 && count <= array_ndim(x) && count <= array_ndim(y))
        return true;
    raise_fmt(&exc_ValueError, "shape-mismatch for sum");
    return false;
}

/* x (taken) as a matrix: the listed axes last (or first), flat; the others' lengths are added to
 * shape. */
static Value as_matrix(Value x, int n, const int axes[], bool last, int64_t shape[], int *ndim)
{
    int perm[NDIM_MAX], free_axes[NDIM_MAX], m = 0, nd = array_ndim(x);
    int64_t kept = 1, summed = 1;
    for (int d = 0; d < nd; d++) {
        bool listed = false;
        for (int k = 0; k < n; k++)
            listed |= axes[k] == d;
        if (!listed) {
            free_axes[m++] = d;
            kept *= array_shape(x)[d];
            shape[(*ndim)++] = array_shape(x)[d];
        }
    }
    for (int k = 0; k < n; k++) {
        perm[last ? m + k : k] = axes[k];
        summed *= array_shape(x)[axes[k]];
    }
    for (int k = 0; k < m; k++)
        perm[last ? k : n + k] = free_axes[k];
    View v = view_transpose(&as_array(x)->view, perm);
    int64_t two[2] = {last ? kept : summed, last ? summed : kept};
    return np_reshape(np_view(x, &v), 2, two);
}

static Value f_tensordot(Value *a, int nargs)
{
    int ax[NDIM_MAX], ay[NDIM_MAX], n, ndim = 0;
    int64_t shape[2 * NDIM_MAX];
    Value x = array_from_value(a[0], DT_NONE, 0, false),
          y = v_is_error(x) ? V_ERROR : array_from_value(a[1], DT_NONE, 0, false);
    bool ok = !v_is_error(y) && tensordot_axes(a[2], x, y, ax, ay, &n);
    for (int k = 0; ok && k < n; k++)
        if (array_shape(x)[ax[k]] != array_shape(y)[ay[k]]) {
            raise_fmt(&exc_ValueError, "shape-mismatch for sum");
            ok = false;
        }
    if (ok && array_ndim(x) + array_ndim(y) - 2 * n > NDIM_MAX) {
        raise_unsupported("an array of more than 16 axes", "NumPy");
        ok = false;
    }
    if (!ok) {
        release(x);
        release(y);
        return V_ERROR;
    }
    x = as_matrix(x, n, ax, true, shape, &ndim);
    y = as_matrix(y, n, ay, false, shape, &ndim);
    Value r = v_is_error(x) || v_is_error(y) ? V_ERROR : array_dot(x, y, V_UNDEF);
    release(x);
    release(y);
    return np_reshape(r, ndim, shape);
}

static Value f_kron(Value *a, int nargs)
{
    Value x = array_from_value(a[0], DT_NONE, 0, false),
          y = v_is_error(x) ? V_ERROR : array_from_value(a[1], DT_NONE, 0, false);
    if (v_is_error(y)) {
        release(x);
        return y;
    }
    View vx = as_array(x)->view, vy = as_array(y)->view;
    while (vx.ndim < vy.ndim)
        vx = view_newaxis(&vx, 0);
    while (vy.ndim < vx.ndim)
        vy = view_newaxis(&vy, 0);
    int nd = vx.ndim;
    int64_t shape[NDIM_MAX];
    for (int k = 0; k < nd; k++)
        shape[k] = vx.shape[k] * vy.shape[k];
    if (2 * nd > NDIM_MAX) {
        release(x);
        release(y);
        return raise_unsupported("kron of more than 8 axes", "NumPy");
    }
    for (int k = nd - 1; k >= 0; k--) {
        vx = view_newaxis(&vx, k + 1);
        vy = view_newaxis(&vy, k);
    }
    Value r = np_op2(OP_MULTIPLY, np_view(x, &vx), np_view(y, &vy));
    return nd ? np_reshape(np_array(r), nd, shape) : r;
}

static Value f_trace(Value *a, int n)
{
    int64_t offset;
    int p, q;
    DType t;
    Value x = array_from_value(a[0], DT_NONE, 0, false);
    if (v_is_error(x))
        return x;
    Value r = V_ERROR;
    if (array_ndim(x) < 2)
        raise_fmt(&exc_ValueError, "diag requires an array of at least two dimensions");
    else if (op_as_int64(a[1], &offset) && axis_from_value(a[2], array_ndim(x), &p) &&
             axis_from_value(a[3], array_ndim(x), &q) && dtype_from_value(a[4], &t)) {
        if (p == q) {
            raise_fmt(&exc_ValueError, "axis1 and axis2 cannot be the same");
        } else {
            View v = view_diagonal(&as_array(x)->view, offset, p, q);
            Value d = array_view(x, &v);
            r = array_reduce(FOLD_SUM, d, v_int(-1), t, a[5], false, V_UNDEF, V_UNDEF);
            release(d);
        }
    }
    release(x);
    return r;
}

/* ------------------------------------------------------------------------------ powers */

/* Powers of a square matrix by squaring. */
static Value f_matrix_power(Value *a, int nargs)
{
    int64_t n;
    Value x = array_from_value(a[0], DT_NONE, 0, false), r = V_UNDEF;
    if (v_is_error(x) || !op_as_int64(a[1], &n)) {
        release(x);
        return V_ERROR;
    }
    int nd = array_ndim(x);
    if (nd < 2 || array_shape(x)[nd - 1] != array_shape(x)[nd - 2]) {
        release(x);
        return nd < 2
                   ? raise_fmt(&exc_LinAlgError,
                               "%d-dimensional array given. Array must be at least two-dimensional",
                               nd)
                   : raise_fmt(&exc_LinAlgError, "Last 2 dimensions of the array must be square");
    }
    if (n <= 0) {
        if (n == 0 && nd == 2) {
            Value e = array_new(array_dtype(x), 2, array_shape(x));
            Operand out = v_is_error(e) ? (Operand){0} : array_operand(e);
            if (!v_is_error(e) && !status_ok(rt_eye(&out, 0))) {
                release(e);
                e = V_ERROR;
            }
            release(x);
            return e;
        }
        release(x);
        return raise_unsupported("linalg.matrix_power with this exponent", "NumPy");
    }
    for (; n && !v_is_error(x) && !v_is_error(r); n >>= 1) {
        if (n & 1) {
            Value next = v_is_undef(r) ? retain(x) : array_matmul(r, x, V_UNDEF);
            release(r);
            r = next;
        }
        if (n > 1) {
            Value next = array_matmul(x, x, V_UNDEF);
            release(x);
            x = next;
        }
    }
    if (v_is_error(x)) {
        release(r);
        return x;
    }
    release(x);
    return r;
}

static Value f_matrix_transpose(Value *a, int n)
{
    Value x = array_from_value(a[0], DT_NONE, 0, false);
    if (v_is_error(x))
        return x;
    if (array_ndim(x) < 2) {
        int nd = array_ndim(x);
        release(x);
        return raise_fmt(&exc_ValueError,
                         "Input array must be at least 2-dimensional, but it is %d", nd);
    }
    View v = swapped_last(&as_array(x)->view);
    return np_view(x, &v);
}

static Value f_matmul(Value *a, int n)
{
    return array_matmul(a[0], a[1], V_UNDEF);
}

/* ------------------------------------------------------------------------------- tables */

#define TRACE_SIG "offset=0, axis1=0, axis2=1, dtype=None, out=None"

const NativeDef numpy_linalg[] = {
    {"dot", "def: a, b, out=None", f_dot,
     "Product of arrays: sums over a's last and b's next to last axis."},
    {"vdot", "def: a, b, /", f_vdot, "Dot product of the flat arrays, the first conjugated."},
    {"inner", "def: a, b, /", f_inner, "Sums over the last axes."},
    {"outer", "def: a, b, out=None", f_outer, "Products of each element with each."},
    {"tensordot", "def: a, b, axes=2", f_tensordot, "Sums over any axes."},
    {"kron", "def: a, b", f_kron, "Kronecker product."},
    {"trace", "def: a, " TRACE_SIG, f_trace, "Sum of a diagonal."},
    {"vecdot", "def: x1, x2, /, *, axis=-1", f_vecdot, "Dot products along the last axes."},
    {"matrix_transpose", "def: x, /", f_matrix_transpose, "The last two axes exchanged."},
    {0}};

const NativeDef numpy_linalg_functions[] = {
    {"norm", "def: x, ord=None, axis=None, keepdims=False", linalg_norm,
     "Norm of vectors or matrices."},
    {"matrix_power", "def: a, n", f_matrix_power, "A square matrix to a power."},
    {"matrix_transpose", "def: x, /", f_matrix_transpose, "The last two axes exchanged."},
    {"matmul", "def: x1, x2, /", f_matmul, "Matrix product."},
    {"tensordot", "def: x1, x2, /, *, axes=2", f_tensordot, "Sums over any axes."},
    {"vecdot", "def: x1, x2, /, *, axis=-1", f_vecdot, "Dot products along the last axes."},
    {0}};

const NativeDef ndarray_methods_linalg[] = {
    {"dot", "npy: self, b, out=None", f_dot, "Product with another array."},
    {"trace", "npy: self, " TRACE_SIG, f_trace, "Sum of a diagonal."},
    {0}};
