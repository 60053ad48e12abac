/* ufuncobj.c -- np.add and its like as objects: calls, reduce, accumulate, outer, at.  Replicated.
 *
 * One object an op of ops.def, shared by its other names (np.abs is np.absolute); divmod, modf,
 * frexp and matmul have C functions of their own.
 */
#include "stdlib/numpy/family.h"
#include "stdlib/numpy/ufunc.h"

#include "interp/objects.h"

typedef struct Ufunc {
    Object ob;
    const char *name;
    OpCode op; /* OP_NONE: special, or matmul when that is NULL */
    int nin, nout;
    UfuncSpecial special;
} Ufunc;

static Ufunc *as_ufunc(Value v)
{
    return (Ufunc *)v.o;
}

/* ------------------------------------------------------------------------------- calls */

typedef struct UfuncArgs {
    Value out[2], where, dtype;
    const char *casting;
    char order;
} UfuncArgs;

static bool outputs_from_value(const Ufunc *u, Value v, UfuncArgs *a)
{
    if (is_tuple(v)) {
        if (as_tuple(v)->n != u->nout) {
            raise_fmt(&exc_ValueError,
                      "The 'out' tuple must have exactly one entry per ufunc output");
            return false;
        }
        for (int k = 0; k < u->nout; k++)
            a->out[k] = as_tuple(v)->at[k];
        return true;
    }
    if (u->nout > 1 && !v_is_none(v)) {
        raise_fmt(&exc_TypeError, "'out' must be a tuple of arrays");
        return false;
    }
    a->out[0] = v;
    return true;
}

static bool keyword(const Ufunc *u, Str *name, Value v, bool had_out, UfuncArgs *a)
{
    if (str_equals(name, "out")) {
        if (had_out) {
            raise_fmt(&exc_TypeError,
                      "cannot specify 'out' as both a positional and keyword argument");
            return false;
        }
        return outputs_from_value(u, v, a);
    }
    if (str_equals(name, "where")) {
        a->where = v;
        return true;
    }
    if (str_equals(name, "dtype")) {
        a->dtype = v;
        return true;
    }
    if (str_equals(name, "casting")) {
        Casting c;
        a->casting = NULL;
        if (is_str(v)) {
            a->casting = str_cstr(v);
            return true;
        }
        return casting_from_value(v, &c);
    }
    if (str_equals(name, "order"))
        return order_from_value(v, &a->order);
    if (str_equals(name, "subok"))
        return true;
    if (str_equals(name, "signature") || str_equals(name, "sig"))
        return option_absent(v, "ufunc(signature=)");
    raise_fmt(&exc_TypeError, "%s() got an unexpected keyword argument '%U'", u->name, name);
    return false;
}

static Value special_call(const Ufunc *u, const Value *in, const UfuncArgs *a)
{
    if (u->special)
        return u->special(in, a->out[0], a->out[1], a->where, a->dtype);
    if (!is_absent(a->where) || !is_absent(a->dtype))
        return raise_unsupported("matmul(where=, dtype=)", "NumPy");
    return array_matmul(in[0], in[1], a->out[0]);
}

static Value ufunc_object_call(Value f, Value *args, int nargs, Value kwnames)
{
    const Ufunc *u = as_ufunc(f);
    UfuncArgs a = {{V_UNDEF, V_UNDEF}, V_UNDEF, V_UNDEF, NULL, 'K'};
    if (nargs < u->nin || nargs > u->nin + u->nout)
        return raise_fmt(&exc_TypeError,
                         "%s() takes from %d to %d positional arguments but %d were given", u->name,
                         u->nin, u->nin + u->nout, nargs);
    for (int k = u->nin; k < nargs; k++)
        a.out[k - u->nin] = args[k];
    int64_t nkw = kwnames.tag == TAG_OBJ ? as_tuple(kwnames)->n : 0;
    for (int64_t k = 0; k < nkw; k++)
        if (!keyword(u, as_tuple(kwnames)->at[k].s, args[nargs + k], nargs > u->nin, &a))
            return V_ERROR;
    if (u->op == OP_NONE)
        return special_call(u, args, &a);
    return ufunc_call_order(u->op, u->nin, args, a.out[0], a.where, a.dtype, a.casting, a.order);
}

/* --------------------------------------------------------------------------- reductions */

static bool fold_of(OpCode op, FoldOp *out)
{
    switch (op) {
    case OP_ADD:
        *out = FOLD_SUM;
        return true;
    case OP_MULTIPLY:
        *out = FOLD_PROD;
        return true;
    case OP_MAXIMUM:
        *out = FOLD_MAX;
        return true;
    case OP_MINIMUM:
        *out = FOLD_MIN;
        return true;
    case OP_BITWISE_AND:
        *out = FOLD_AND;
        return true;
    case OP_BITWISE_OR:
        *out = FOLD_OR;
        return true;
    case OP_BITWISE_XOR:
        *out = FOLD_XOR;
        return true;
    case OP_LOGICAL_AND:
        *out = FOLD_ALL;
        return true;
    case OP_LOGICAL_OR:
        *out = FOLD_ANY;
        return true;
    default:
        return false;
    }
}

/* Element i along an axis. */
static Value along(Value a, int axis, int64_t i)
{
    View v = view_index(&as_array(a)->view, axis, i);
    return array_view(a, &v);
}

/* The value a reduction of nothing has; V_UNDEF: none. */
static Value identity_of(OpCode op)
{
    switch (op) {
    case OP_ADD:
    case OP_LOGICAL_OR:
    case OP_LOGICAL_XOR:
    case OP_BITWISE_OR:
    case OP_BITWISE_XOR:
    case OP_GCD:
    case OP_HYPOT:
        return v_int(0);
    case OP_MULTIPLY:
    case OP_LOGICAL_AND:
        return v_int(1);
    case OP_BITWISE_AND:
        return v_int(-1);
    case OP_LOGADDEXP:
    case OP_LOGADDEXP2:
        return v_float(-__builtin_inf());
    default:
        return V_UNDEF;
    }
}

/* x (taken) in the type of what the ufunc answers for two of its elements. */
static Value in_loop_type(const Ufunc *u, Value x)
{
    if (v_is_error(x))
        return x;
    int64_t none = 0;
    Value e = array_new(array_dtype(x), 1, &none);
    e = v_is_error(e) ? e : np_op2(u->op, e, retain(e));
    DType t = v_is_error(e) ? DT_NONE : array_dtype(e);
    release(e);
    if (t == DT_NONE) {
        release(x);
        return V_ERROR;
    }
    return np_cast(x, t);
}

/* A fold no runtime reduction does: the ufunc between the slices of one axis, from the left. */
static Value fold_slices(const Ufunc *u, Value a, int axis, bool keepdims, Value initial)
{
    int64_t n = array_shape(a)[axis];
    Value r = v_is_undef(initial) ? V_UNDEF : retain(initial);
    if (n == 0 && v_is_undef(r)) {
        r = identity_of(u->op);
        if (v_is_undef(r))
            return raise_fmt(&exc_ValueError,
                             "zero-size array to reduction operation %s which has no identity",
                             u->name);
    }
    if (n == 0) {
        View v = view_slice(&as_array(a)->view, axis, 0, 1, 0);
        v.shape[axis] = 1;
        v = view_index(&v, axis, 0);
        DType t = r.tag == TAG_FLOAT ? DT_FLOAT64 : array_dtype(a);
        Scalar x;
        bool ok = element_from_value(r, t, &x, NULL);
        r = ok ? np_filled(t, v.ndim, v.shape, t, x) : V_ERROR;
    }
    for (int64_t i = 0; i < n && !v_is_error(r); i++)
        r = v_is_undef(r) ? along(a, axis, i) : np_op2(u->op, r, along(a, axis, i));
    if (v_is_error(r) || !keepdims)
        return v_is_error(r) ? r : array_or_scalar(n == 1 && is_array(r) ? np_op1(OP_COPY, r) : r);
    r = np_array(r);
    if (v_is_error(r))
        return r;
    View v = view_newaxis(&as_array(r)->view, axis);
    return np_view(r, &v);
}

/* Comparisons join results, which are bools, with elements: elements must be bools too. */
static bool no_scan_loop(const Ufunc *u, DType t)
{
    FoldOp fold;
    return op_result(u->op, DT_FLOAT64) == DT_BOOL && !fold_of(u->op, &fold) &&
           u->op != OP_LOGICAL_XOR && t != DT_BOOL;
}

/* A dtype= that the ufunc has no loop for. */
static bool no_fold_type(const Ufunc *u, DType t)
{
    FoldOp fold;
    if (t == DT_NONE || !fold_of(u->op, &fold))
        return false;
    bool bits = fold == FOLD_AND || fold == FOLD_OR || fold == FOLD_XOR;
    return ((fold == FOLD_ANY || fold == FOLD_ALL) && t != DT_BOOL) ||
           (bits && dtype_is_inexact(t));
}

/* An array of no axes has 0 and -1 all the same. */
static bool reduce_axis(Value v, int ndim)
{
    int axis;
    return (!ndim && v.tag == TAG_INT && (v.i == 0 || v.i == -1)) ||
           axis_from_value(v, ndim, &axis);
}

static Value m_reduce(Value *a, int n)
{
    const Ufunc *u = as_ufunc(a[0]);
    FoldOp fold;
    DType dtype;
    bool keepdims;
    if (u->nin != 2)
        return raise_fmt(&exc_ValueError, "reduce only supported for binary functions");
    if (u->nout != 1 || u->op == OP_NONE)
        return raise_fmt(&exc_RuntimeError, "Reduction not defined on ufunc with signature");
    if (!dtype_from_value(a[3], &dtype) || !np_flag(a[5], false, &keepdims))
        return V_ERROR;
    Value x = array_from_value(a[1], DT_NONE, 0, false);
    if (v_is_error(x))
        return x;
    Value r;
    int axis;
    if (!is_absent(a[2]) && !is_tuple(a[2]) && !reduce_axis(a[2], array_ndim(x))) {
        r = V_ERROR;
    } else if (no_scan_loop(u, array_dtype(x)) || no_fold_type(u, dtype)) {
        r = raise_fmt(&exc_TypeError,
                      "No loop matching the specified signature and casting was found for ufunc %s",
                      u->name);
    } else if (fold_of(u->op, &fold)) {
        r = array_reduce(fold, x, a[2], dtype, a[4], keepdims, a[6], a[7]);
    } else if (!v_is_undef(a[7]) || dtype != DT_NONE || is_tuple(a[2]) ||
               (v_is_none(a[2]) && array_ndim(x) > 1)) {
        r = raise_unsupported("reduce(where=, dtype=, several axes) of this ufunc", "NumPy");
    } else if (array_ndim(x) == 0) {
        r = np_result(in_loop_type(u, retain(x)));
    } else {
        Value y = in_loop_type(u, retain(x));
        r = !v_is_error(y) && np_axis(a[2], array_ndim(x), 0, &axis)
                ? np_store(fold_slices(u, y, axis, keepdims, a[6]), a[4], u->name)
                : V_ERROR;
        release(y);
    }
    release(x);
    return r;
}

/* out[i] = op(out[i - 1], a[i]) along the axis. */
static Value scan_slices(const Ufunc *u, Value a, int axis)
{
    Value r = array_copy(a, 'K');
    int64_t n = array_shape(a)[axis];
    r = in_loop_type(u, r);
    if (v_is_error(r))
        return r;
    for (int64_t i = 1; i < n && !v_is_error(r); i++) {
        Value at = along(r, axis, i);
        if (!np_into(u->op, along(r, axis, i - 1), along(a, axis, i), at)) {
            release(r);
            r = V_ERROR;
        }
        release(at);
    }
    return r;
}

static Value m_accumulate(Value *a, int n)
{
    const Ufunc *u = as_ufunc(a[0]);
    DType dtype;
    int axis;
    if (u->nin != 2)
        return raise_fmt(&exc_ValueError, "accumulate only supported for binary functions");
    if (u->nout != 1 || u->op == OP_NONE)
        return raise_fmt(&exc_ValueError,
                         "accumulate only supported for functions returning a single value");
    if (!dtype_from_value(a[3], &dtype))
        return V_ERROR;
    Value x = array_from_value(a[1], DT_NONE, 0, false);
    if (v_is_error(x))
        return x;
    Value r = V_ERROR, at = is_tuple(a[2]) && as_tuple(a[2])->n == 1 ? as_tuple(a[2])->at[0] : a[2];
    if (array_ndim(x) == 0)
        raise_fmt(&exc_TypeError, "cannot accumulate on a scalar");
    else if (is_tuple(at) || (v_is_none(at) && array_ndim(x) > 1))
        raise_fmt(&exc_ValueError, "accumulate does not allow multiple axes");
    else if (no_scan_loop(u, array_dtype(x)))
        raise_fmt(&exc_TypeError,
                  "No loop matching the specified signature and casting was found for ufunc %s",
                  u->name);
    else if (u->op == OP_ADD || u->op == OP_MULTIPLY)
        r = array_cumulate(u->op == OP_ADD ? FOLD_SUM : FOLD_PROD, x, is_absent(at) ? v_int(0) : at,
                           dtype, a[4]);
    else if (dtype != DT_NONE)
        r = raise_unsupported("accumulate(dtype=) of this ufunc", "NumPy");
    else if (np_axis(at, array_ndim(x), 0, &axis))
        r = np_store(scan_slices(u, x, axis), a[4], u->name);
    release(x);
    return r;
}

/* a[..., None, None] op b: each element of a with each of b. */
static Value m_outer(Value *a, int n)
{
    const Ufunc *u = as_ufunc(a[0]);
    if (u->nin != 2)
        return raise_fmt(&exc_ValueError, "outer product only supported for binary functions");
    if (as_tuple(a[1])->n != 2)
        return raise_fmt(&exc_TypeError, "exactly two arguments expected");
    const Value *pair = as_tuple(a[1])->at;
    Value x = array_from_value(pair[0], DT_NONE, 0, false),
          y = array_from_value(pair[1], DT_NONE, 0, false);
    Value r = V_ERROR;
    if (!v_is_error(x) && !v_is_error(y)) {
        View v = as_array(x)->view;
        if (v.ndim + array_ndim(y) > NDIM_MAX) {
            r = raise_unsupported("an array of more than 16 axes", "NumPy");
        } else {
            for (int k = array_ndim(y); k > 0; k--)
                v = view_newaxis(&v, v.ndim);
            Value args[8] = {array_view(x, &v), y};
            int64_t nkw = dict_len(a[2]), at = 0;
            Value names = tuple_new(nkw), key, val;
            for (int k = 0; dict_next(a[2], &at, &key, &val) && k < 6; k++) {
                as_tuple(names)->at[k] = retain(key);
                args[2 + k] = val;
            }
            r = nkw > 6 ? V_ERROR : ufunc_object_call(a[0], args, 2, names);
            release(names);
            release(args[0]);
        }
    }
    release(x);
    release(y);
    return r;
}

/* a[i] = op(a[i], b) for one index. */
static bool at_one(const Ufunc *u, Value a, Value i, Value b)
{
    Value old = array_getitem(a, i);
    Value x = v_is_error(old) ? old
              : u->nin == 1   ? np_op1(u->op, old)
                              : np_op2(u->op, old, retain(b));
    bool ok = !v_is_error(x) && array_setitem(a, i, x);
    release(x);
    return ok;
}

/* Repeated indices count each time: element after element for a 1-D array of indices. */
static bool at_each(const Ufunc *u, Value a, Value index, Value b)
{
    if (!is_array(index) && !is_list(index) && !is_npscalar(index))
        return at_one(u, a, index, b);
    Value idx = array_from_value(index, DT_NONE, 0, false), vals = V_UNDEF;
    if (v_is_error(idx))
        return false;
    bool ok = true;
    int64_t n = array_size(idx);
    if (array_dtype(idx) == DT_BOOL || array_ndim(idx) == 0) {
        release(idx);
        return at_one(u, a, index, b);
    }
    if (array_ndim(idx) != 1 || array_ndim(a) != 1) {
        release(idx);
        raise_unsupported("ufunc.at with indices of several axes", "NumPy");
        return false;
    }
    if (u->nin == 2) {
        Value bv = array_from_value(b, DT_NONE, 0, false);
        View v;
        ok = !v_is_error(bv) && view_broadcast(&as_array(bv)->view, 1, &n, &v);
        if (!ok && !v_is_error(bv))
            raise_fmt(&exc_ValueError, "array is not broadcastable to correct shape");
        vals = ok ? array_view(bv, &v) : V_UNDEF;
        release(bv);
    }
    for (int64_t k = 0; k < n && ok; k++) {
        Value i = array_getitem(idx, v_int(k)),
              x = v_is_undef(vals) ? V_UNDEF : array_getitem(vals, v_int(k));
        ok = !v_is_error(i) && !v_is_error(x) && at_one(u, a, i, x);
        release(i);
        release(x);
    }
    release(idx);
    release(vals);
    return ok;
}

static Value m_at(Value *a, int n)
{
    const Ufunc *u = as_ufunc(a[0]);
    if (u->nin > 2 || u->nout != 1 || u->op == OP_NONE)
        return raise_fmt(&exc_ValueError, "Only unary and binary ufuncs supported at this time");
    if (u->nin == 2 && v_is_undef(a[3]))
        return raise_fmt(&exc_ValueError, "second operand needed for ufunc");
    if (u->nin == 1 && !v_is_undef(a[3]))
        return raise_fmt(&exc_ValueError, "second operand provided when ufunc is unary");
    if (!is_array(a[1]))
        return raise_fmt(&exc_TypeError, "first operand must be array");
    return at_each(u, a[1], a[2], a[3]) ? V_NONE : V_ERROR;
}

static Value m_reduceat(Value *a, int n)
{
    return raise_unsupported("ufunc.reduceat", "NumPy");
}

/* --------------------------------------------------------------------------- attributes */

static Value get_name(Value v)
{
    return str_new(as_ufunc(v)->name);
}
static Value get_nin(Value v)
{
    return v_int(as_ufunc(v)->nin);
}
static Value get_nout(Value v)
{
    return v_int(as_ufunc(v)->nout);
}
static Value get_nargs(Value v)
{
    return v_int(as_ufunc(v)->nin + as_ufunc(v)->nout);
}
static Value get_doc(Value v)
{
    OpCode op = as_ufunc(v)->op;
    return op == OP_NONE ? V_NONE : str_new(ops_info[op].doc);
}
static Value get_signature(Value v)
{
    Ufunc *u = as_ufunc(v);
    return u->op == OP_NONE && !u->special ? str_new("(n?,k),(k,m?)->(n?,m?)") : V_NONE;
}
static Value get_identity(Value v)
{
    Value r = identity_of(as_ufunc(v)->op);
    if (as_ufunc(v)->op == OP_LOGICAL_AND || as_ufunc(v)->op == OP_LOGICAL_OR ||
        as_ufunc(v)->op == OP_LOGICAL_XOR)
        return v_bool(r.i);
    return v_is_undef(r) ? V_NONE : r;
}

static const GetSetDef ufunc_getsets[] = {
    {"__name__", get_name, NULL, NULL},
    {"__qualname__", get_name, NULL, NULL},
    {"__doc__", get_doc, NULL, NULL},
    {"nin", get_nin, NULL, "Number of inputs."},
    {"nout", get_nout, NULL, "Number of outputs."},
    {"nargs", get_nargs, NULL, "Number of operands."},
    {"signature", get_signature, NULL, "Core axes, or None."},
    {"identity", get_identity, NULL, "What reducing nothing gives."},
    {0}};

static const NativeDef ufunc_methods[] = {
    {"reduce", "npy: self, array, axis=0, dtype=None, out=None, keepdims=False, initial=?, where=?",
     m_reduce, "The ufunc between all elements along an axis."},
    {"accumulate", "npy: self, array, axis=0, dtype=None, out=None", m_accumulate,
     "As reduce, keeping every step."},
    {"outer", "self, *args, **kwargs", m_outer, "The ufunc of each element of A with each of B."},
    {"at", "vararg: self, a, indices, b=?, /", m_at,
     "In place at the indices, repeated ones each time."},
    {"reduceat", "npy: self, array, indices, axis=0, dtype=None, out=None", m_reduceat, NULL},
    {0}};

static Value ufunc_repr(Value v)
{
    return str_fmt("<ufunc '%s'>", as_ufunc(v)->name);
}

static bool ufunc_hash(Value v, int64_t *out)
{
    *out = object_id(v);
    return true;
}

Type type_ufunc = {
    .gc = {.ob = {.type = &type_type, .refs = 1}},
    .name = "ufunc",
    .module = "numpy",
    .base = &type_object,
    .size = sizeof(Ufunc),
    .flags = TYPE_ABSTRACT,
    .doc = "Functions that operate element by element on whole arrays.",
    .methods = ufunc_methods,
    .getsets = ufunc_getsets,
    .repr = ufunc_repr,
    .str = ufunc_repr,
    .hash = ufunc_hash,
    .call = ufunc_object_call,
};

/* ------------------------------------------------------------------------------- module */

static Value ufunc_new(const char *name, OpCode op, int nin, int nout, UfuncSpecial special)
{
    Ufunc *u = object_new(&type_ufunc);
    u->name = name;
    u->op = op;
    u->nin = nin;
    u->nout = nout;
    u->special = special;
    return v_obj(u);
}

/* Ops that are no ufuncs, or variants of others. */
static bool op_is_inner(int op)
{
    return op == OP_REAL || op == OP_IMAG || op == OP_CLIP || op >= OP_WHERE || op == OP_DIVMOD ||
           op_find(ops_info[op].name) != (OpCode)op;
}

void ufunc_init(Value numpy)
{
    static const char *const aliases[] = {"abs",
                                          "mod",
                                          "true_divide",
                                          "pow",
                                          "conj",
                                          "bitwise_not",
                                          "acos",
                                          "asin",
                                          "atan",
                                          "acosh",
                                          "asinh",
                                          "atanh",
                                          "atan2",
                                          "bitwise_invert",
                                          "bitwise_left_shift",
                                          "bitwise_right_shift"};
    type_ready(&type_ufunc);
    Value made[OP_COUNT];
    for (int op = 0; op < OP_COUNT; op++) {
        made[op] = op_is_inner(op)
                       ? V_UNDEF
                       : ufunc_new(ops_info[op].name, (OpCode)op, op_nin((OpCode)op), 1, NULL);
        if (!v_is_undef(made[op]))
            module_add(numpy, ops_info[op].name, made[op]);
    }
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++) {
        OpCode op = op_find(aliases[i]);
        ASSERT(op != OP_NONE && !v_is_undef(made[op]), "no ufunc %s", aliases[i]);
        module_add(numpy, aliases[i], retain(made[op]));
    }
    module_add(numpy, "divmod", ufunc_new("divmod", OP_NONE, 2, 2, ufunc_divmod));
    module_add(numpy, "modf", ufunc_new("modf", OP_NONE, 1, 2, ufunc_modf));
    module_add(numpy, "frexp", ufunc_new("frexp", OP_NONE, 1, 2, ufunc_frexp));
    module_add(numpy, "matmul", ufunc_new("matmul", OP_NONE, 2, 1, NULL));
    module_add(numpy, "ufunc", retain(v_obj(&type_ufunc)));
}
