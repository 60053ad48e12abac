/* matrices.c -- matrices of a rule: identities, triangles, diagonals, and their indices.
 * Replicated.
 *
 * Made by the runtime's generators and masks, so no rank holds more than its part.
 */
#include "stdlib/numpy/creation.h"

/* -------------------------------------------------------------- matrices of a rule */

static Value eye(int64_t rows, int64_t cols, int64_t k, DType t)
{
    int64_t shape[2] = {rows < 0 ? 0 : rows, cols < 0 ? 0 : cols};
    Value r = array_new(t, 2, shape);
    if (v_is_error(r) || !shape[0] || !shape[1])
        return r;
    Operand out = array_operand(r), one = operand_const(DT_INT64, (Scalar){.i64 = 1});
    Status st;
    if (rt_nranks() == 1) { /* zeros are there */
        out.view = view_diagonal(&out.view, k, 0, 1);
        one = operand_const(t, dtype_cast(one.value, DT_INT64, t, NULL));
        st = view_size(&out.view) ? rt_copy(&out, &one) : OK;
    } else {
        st = rt_eye(&out, k);
    }
    if (status_ok(st))
        return r;
    release(r);
    return V_ERROR;
}

static Value f_eye(Value *s, int n)
{
    int64_t rows, cols, k;
    DType t;
    char order = 'C';
    if (!extent_from_value(s[0], &rows) || !op_as_int64(s[2], &k) || !dtype_from_value(s[3], &t) ||
        !order_from_value(s[4], &order) || !placed_here(s[5], s[6]))
        return V_ERROR;
    cols = rows;
    if (!v_is_none(s[1]) && !extent_from_value(s[1], &cols))
        return V_ERROR;
    if (rows < 0 || cols < 0)
        return raise_fmt(&exc_ValueError, "negative dimensions are not allowed");
    return in_order(eye(rows, cols, k, dtype_or(t, DT_FLOAT64)), order);
}

static Value f_identity(Value *s, int n)
{
    int64_t rows;
    DType t;
    if (!extent_from_value(s[0], &rows) || !dtype_from_value(s[1], &t) ||
        !placed_here(V_UNDEF, s[2]))
        return V_ERROR;
    if (rows < 0)
        return raise_fmt(&exc_ValueError, "negative dimensions are not allowed");
    return eye(rows, rows, 0, dtype_or(t, DT_FLOAT64));
}

/* Where column <= row + k, as bool. */
static Value lower(int64_t rows, int64_t cols, int64_t k)
{
    int64_t shape[2] = {rows, 1};
    Value i = np_reshape(np_arange(rows), 2, shape);
    i = np_op2(OP_ADD, i, v_int(k));
    return np_op2(OP_GREATER_EQUAL, i, np_arange(cols));
}

static Value f_tri(Value *s, int n)
{
    int64_t rows, cols, k;
    DType t;
    if (!op_as_int64(s[0], &rows) || !op_as_int64(s[2], &k) || !dtype_from_value(s[3], &t) ||
        !placed_here(V_UNDEF, s[4]))
        return V_ERROR;
    cols = rows;
    if (!v_is_none(s[1]) && !op_as_int64(s[1], &cols))
        return V_ERROR;
    return np_cast(lower(rows, cols, k), dtype_or(t, DT_FLOAT64));
}

static Value triangle(Value v, Value diagonal, bool upper)
{
    int64_t k;
    if (!op_as_int64(diagonal, &k))
        return V_ERROR;
    Value m = array_from_value(v, DT_NONE, 0, false);
    if (v_is_error(m))
        return m;
    int nd = array_ndim(m);
    if (nd == 0) {
        release(m);
        return raise_fmt(&exc_TypeError, "tri() missing 1 required positional argument: 'N'");
    }
    const int64_t *shape = array_shape(m);
    int64_t rows = nd == 1 ? shape[0] : shape[nd - 2], cols = shape[nd - 1];
    DType t = array_dtype(m);
    Value zero = scalar_new(t, (Scalar){.i64 = 0});
    Value mask = lower(rows, cols, upper ? k - 1 : k);
    return upper ? np_op3(OP_WHERE, mask, zero, m) : np_op3(OP_WHERE, mask, m, zero);
}

static Value f_tril(Value *s, int n)
{
    return triangle(s[0], s[1], false);
}
static Value f_triu(Value *s, int n)
{
    return triangle(s[0], s[1], true);
}

static Value diagonal_matrix(Value v /* 1-D, taken */, int64_t k)
{
    int64_t len = array_size(v), n = len + (k < 0 ? -k : k), shape[2] = {n, n};
    Value r = array_new(array_dtype(v), 2, shape);
    if (!v_is_error(r) && len) {
        Operand out = array_operand(r), in = array_operand(v);
        out.view = view_diagonal(&out.view, k, 0, 1);
        if (!status_ok(rt_copy(&out, &in))) {
            release(r);
            r = V_ERROR;
        }
    }
    release(v);
    return r;
}

static Value f_diag(Value *s, int n)
{
    int64_t k;
    if (!op_as_int64(s[1], &k))
        return V_ERROR;
    Value v = array_from_value(s[0], DT_NONE, 0, false);
    if (v_is_error(v))
        return v;
    if (array_ndim(v) == 1)
        return diagonal_matrix(v, k);
    if (array_ndim(v) != 2) {
        release(v);
        return raise_fmt(&exc_ValueError, "Input must be 1- or 2-d.");
    }
    View d = view_diagonal(&as_array(v)->view, k, 0, 1);
    v = np_view(v, &d);
    as_array(v)->readonly = true;
    return v;
}

static Value f_diagflat(Value *s, int n)
{
    int64_t k;
    if (!op_as_int64(s[1], &k))
        return V_ERROR;
    Value v = np_flat(array_from_value(s[0], DT_NONE, 0, false));
    return v_is_error(v) ? v : diagonal_matrix(v, k);
}

static Value f_fill_diagonal(Value *s, int n)
{
    if (!is_array(s[0]))
        return raise_fmt(&exc_ValueError, "array must be at least 2-d");
    Value a = s[0];
    int nd = array_ndim(a), wrap = op_truth(s[2]);
    if (nd < 2 || wrap < 0)
        return wrap < 0 ? V_ERROR : raise_fmt(&exc_ValueError, "array must be at least 2-d");
    if (wrap)
        return raise_unsupported("numpy.fill_diagonal's option wrap=", "NumPy");
    View d = as_array(a)->view;
    for (int k = 1; k < nd; k++)
        if (nd > 2 && d.shape[k] != d.shape[0])
            return raise_fmt(&exc_ValueError, "All dimensions of input must be of equal length");
    View v = {.ndim = 1, .offset = d.offset, .shape = {d.shape[0]}};
    for (int k = 0; k < nd; k++) {
        v.stride[0] += d.stride[k];
        v.shape[0] = int64_min(v.shape[0], d.shape[k]);
    }
    Value diagonal = array_view(a, &v);
    Value x = np_flat(array_from_value(s[1], DT_NONE, 0, false));
    int64_t m = v_is_error(x) ? 0 : array_size(x), len = v.shape[0];
    if (m > 1 && m < len)
        x = array_take(x, np_op2(OP_REMAINDER, np_arange(len), v_int(m)));
    else if (m > len) {
        View part = view_slice(&as_array(x)->view, 0, 0, 1, len);
        x = np_view(x, &part);
    }
    bool ok = !v_is_error(x) && array_assign(diagonal, x);
    release(x);
    release(diagonal);
    return ok ? V_NONE : V_ERROR;
}

/* ------------------------------------------------------------- indices of matrices */

static Value mask_indices(Value mask /* taken */)
{
    if (v_is_error(mask))
        return mask;
    Value r = op_call_method(mask, "nonzero", NULL, 0);
    release(mask);
    return r;
}

static Value triangle_indices(Value rows, Value k, Value cols, bool upper)
{
    int64_t n, d, m;
    if (!op_as_int64(rows, &n) || !op_as_int64(k, &d))
        return V_ERROR;
    m = n;
    if (!is_absent(cols) && !op_as_int64(cols, &m))
        return V_ERROR;
    Value mask = lower(n, m, upper ? d - 1 : d);
    return mask_indices(upper ? np_op1(OP_LOGICAL_NOT, mask) : mask);
}
static Value f_tril_indices(Value *s, int n)
{
    return triangle_indices(s[0], s[1], s[2], false);
}
static Value f_triu_indices(Value *s, int n)
{
    return triangle_indices(s[0], s[1], s[2], true);
}

static Value f_diag_indices(Value *s, int n)
{
    int64_t len;
    if (!op_as_int64(s[0], &len))
        return V_ERROR;
    Value i = np_arange(len);
    if (v_is_error(i))
        return i;
    Value one = tuple_of(1, i), r = op_binary(one, s[1], BIN_MUL);
    release(one);
    return r;
}

const NativeDef numpy_matrices[] = {
    {"eye", "def: N, M=None, k=0, dtype=None, order='C', *, device=None, like=None", f_eye,
     "Ones on a diagonal."},
    {"identity", "def: n, dtype=None, *, like=None", f_identity, "The identity matrix."},
    {"tri", "def: N, M=None, k=0, dtype=None, *, like=None", f_tri,
     "Ones at and below a diagonal."},
    {"tril", "def: m, k=0", f_tril, "The lower triangle of an array."},
    {"triu", "def: m, k=0", f_triu, "The upper triangle of an array."},
    {"diag", "def: v, k=0", f_diag, "A diagonal of a matrix, or a matrix of a diagonal."},
    {"diagflat", "def: v, k=0", f_diagflat, "A matrix with the values on a diagonal."},
    {"fill_diagonal", "def: a, val, wrap=False", f_fill_diagonal, "Assign to the main diagonal."},
    {"tril_indices", "def: n, k=0, m=None", f_tril_indices, "Indices of the lower triangle."},
    {"triu_indices", "def: n, k=0, m=None", f_triu_indices, "Indices of the upper triangle."},
    {"diag_indices", "def: n, ndim=2", f_diag_indices, "Indices of the main diagonal."},
    {0},
};
