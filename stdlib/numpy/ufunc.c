/* ufunc.c -- element-wise functions: operands, types, shapes, outputs, as NumPy's ufuncs.
 * Replicated.
 *
 * One call is: operands from values, a loop from their types (NEP 50), the broadcast shape, a
 * result in K order (or `out`, after NumPy's casting rules), then one statement.  Results without
 * axes become scalars, pending where the runtime defers. Which ops there are and their types is
 * ops.def's; only what NumPy says about wrong arguments is here.
 */
#include "stdlib/numpy/family.h"
#include "stdlib/numpy/ufunc.h"

#include "interp/objects.h"

/* ------------------------------------------------------------------ foreign operands */

/* What arrays cannot hold: text, or objects. */
typedef enum Foreign { FOREIGN_NO, FOREIGN_STR, FOREIGN_OBJECT } Foreign;

static Foreign foreign_kind(Value v)
{
    if (v.tag != TAG_OBJ)
        return v.tag == TAG_BOOL || v.tag == TAG_INT || v.tag == TAG_FLOAT ? FOREIGN_NO
                                                                           : FOREIGN_OBJECT;
    if (is_array(v) || is_npscalar(v) || is_list(v) || is_tuple(v) || is_int(v) || is_float(v) ||
        is_complex(v))
        return FOREIGN_NO;
    if (is_str(v))
        return FOREIGN_STR;
    if (is_exact(v, &type_range) || (type_of(v)->len && type_of(v)->getitem && !is_dict(v)))
        return FOREIGN_NO;
    return FOREIGN_OBJECT;
}

static DType dtype_of_value(Value v)
{
    if (is_array(v))
        return array_dtype(v);
    if (is_npscalar(v))
        return as_npscalar(v)->dtype;
    if (v.tag == TAG_BOOL)
        return DT_BOOL;
    if (is_float(v))
        return DT_FLOAT64;
    return is_complex(v) ? DT_COMPLEX128 : DT_INT64;
}

/* The Python class of an element, as object loops meet it. */
static const char *element_class(Value v)
{
    if (foreign_kind(v) == FOREIGN_OBJECT)
        return type_of(v)->name;
    switch (dtype_kind(dtype_of_value(v))) {
    case 'b':
        return "bool";
    case 'f':
        return "float";
    case 'c':
        return "complex";
    default:
        return "int";
    }
}

static void string_dtype(Value v, char text[48])
{
    if (foreign_kind(v) == FOREIGN_STR)
        snprintf(text, 48, "dtype('<U%lld')", (long long)int64_max(v.s->n, 1));
    else
        snprintf(text, 48, "dtype('%s')", dtype_name(dtype_of_value(v)));
}

static void class_dtype(Value v, char text[48])
{
    static const char *const names[DT_COUNT] = {
        "Bool",  "Int8",   "UInt8",   "Int16",   "UInt16",    "Int32",     "UInt32",
        "Int64", "UInt64", "Float32", "Float64", "Complex64", "Complex128"};
    const char *name = foreign_kind(v) == FOREIGN_STR ? "Str" : names[dtype_of_value(v)];
    snprintf(text, 48, "<class 'numpy.dtypes.%sDType'>", name);
}

static bool op_is_comparison(OpCode op)
{
    return op >= OP_EQUAL && op <= OP_GREATER_EQUAL;
}

/* NumPy tells text from the other absent loops by how the ufunc looks for its loop. */
static Value raise_text_operand(OpCode op, int nin, const Value in[])
{
    static const OpCode promoting[] = {OP_ADD, OP_SUBTRACT, OP_FMAX,    OP_FMIN,
                                       OP_GCD, OP_LCM,      OP_MAXIMUM, OP_MINIMUM};
    static const OpCode exact[] = {OP_ABSOLUTE, OP_NEGATIVE, OP_POSITIVE, OP_SIGN};
    const char *name = ops_info[op].name;
    char t[2][48];
    if (op == OP_MULTIPLY)
        return raise_fmt(
            &exc_TypeError,
            "The 'out' kwarg is necessary when using the string multiply ufunc directly. Use "
            "numpy.strings.multiply to multiply strings without specifying 'out'.");
    for (size_t i = 0; i < sizeof exact / sizeof *exact; i++)
        if (op == exact[i])
            return raise_fmt(&exc_UFuncTypeError,
                             "ufunc '%s' did not contain a loop with signature matching types "
                             "<class 'numpy.dtypes.StrDType'> -> None",
                             name);
    bool dtypes = false;
    for (size_t i = 0; i < sizeof promoting / sizeof *promoting; i++)
        dtypes |= op == promoting[i];
    if (nin == 2 && (dtypes || op_is_comparison(op))) {
        for (int k = 0; k < 2; k++)
            dtypes ? string_dtype(in[k], t[k]) : class_dtype(in[k], t[k]);
        return raise_fmt(
            &exc_UFuncTypeError,
            "ufunc '%s' did not contain a loop with signature matching types (%s, %s) -> None",
            name, t[0], t[1]);
    }
    return raise_fmt(&exc_TypeError,
                     "ufunc '%s' not supported for the input types, and the inputs could not be "
                     "safely coerced to any supported "
                     "types according to the casting rule ''safe''",
                     name);
}

/* The operator an object loop applies to each element. */
static const char *op_symbol(OpCode op)
{
    switch (op) {
    case OP_ADD:
        return "+";
    case OP_SUBTRACT:
        return "-";
    case OP_MULTIPLY:
        return "*";
    case OP_DIVIDE:
        return "/";
    case OP_FLOOR_DIVIDE:
        return "//";
    case OP_REMAINDER:
        return "%";
    case OP_POWER:
        return "** or pow()";
    case OP_LEFT_SHIFT:
        return "<<";
    case OP_RIGHT_SHIFT:
        return ">>";
    case OP_BITWISE_AND:
        return "&";
    case OP_BITWISE_OR:
        return "|";
    case OP_BITWISE_XOR:
        return "^";
    case OP_NEGATIVE:
        return "unary -";
    case OP_POSITIVE:
        return "unary +";
    case OP_INVERT:
        return "unary ~";
    case OP_ABSOLUTE:
        return "abs()";
    case OP_LESS:
        return "<";
    case OP_LESS_EQUAL:
    case OP_MINIMUM:
    case OP_FMIN:
        return "<=";
    case OP_GREATER:
        return ">";
    case OP_GREATER_EQUAL:
    case OP_MAXIMUM:
    case OP_FMAX:
        return ">=";
    default:
        return NULL;
    }
}

static Value raise_object_operand(OpCode op, int nin, const Value in[])
{
    for (int k = 0; k < nin; k++)
        if (foreign_kind(in[k]) == FOREIGN_OBJECT && type_of(in[k])->flags & TYPE_HEAP)
            return raise_unsupported("an array of objects", "NumPy");
    const char *symbol = op_symbol(op), *name = ops_info[op].name;
    if (nin == 2 &&
        (op_is_comparison(op) || op == OP_MINIMUM || op == OP_MAXIMUM || op == OP_FMIN ||
         op == OP_FMAX) &&
        symbol)
        return raise_fmt(&exc_TypeError, "'%s' not supported between instances of '%s' and '%s'",
                         symbol, element_class(in[0]), element_class(in[1]));
    if (nin == 2 && symbol)
        return raise_fmt(&exc_TypeError, "unsupported operand type(s) for %s: '%s' and '%s'",
                         symbol, element_class(in[0]), element_class(in[1]));
    if (nin == 1 && symbol)
        return raise_fmt(&exc_TypeError, "bad operand type for %s: '%s'", symbol,
                         element_class(in[0]));
    if (nin == 1 && strchr(ops_info[op].loops, 'e') && ops_info[op].out == '.')
        return raise_fmt(
            &exc_TypeError,
            "loop of ufunc does not support argument 0 of type %s which has no callable %s method",
            element_class(in[0]), name);
    return raise_fmt(&exc_TypeError,
                     "ufunc '%s' not supported for the input types, and the inputs could not be "
                     "safely coerced to any supported "
                     "types according to the casting rule ''safe''",
                     name);
}

/* 0 when all operands are numbers or arrays, else the exception is set. */
static bool operands_known(OpCode op, int nin, const Value in[])
{
    for (int k = 0; k < nin; k++) {
        Foreign f = foreign_kind(in[k]);
        if (f == FOREIGN_STR) {
            raise_text_operand(op, nin, in);
            return false;
        }
        if (f == FOREIGN_OBJECT) {
            raise_object_operand(op, nin, in);
            return false;
        }
    }
    return true;
}

/* --------------------------------------------------------------------------- a call */

typedef struct Call {
    OpCode op;
    int nin, nargs; /* nargs: inputs, then out and where as they take part in the shape */
    Arg arg[OP_IN_MAX + 2];
    int out, where; /* positions in arg, or -1 */
    Value out_value;
    OpLoop loop;
    Casting casting;
    char order;
    bool fixed, fixed_value; /* a comparison whose answer is known */
    int ndim;
    int64_t shape[NDIM_MAX];
    Operand in[OP_IN_MAX];
} Call;

static bool casting_parse(const char *word, Casting *out)
{
    static const char *const words[] = {"no", "equiv", "safe", "same_kind", "unsafe"};
    for (int i = 0; i < 5; i++)
        if (!strcmp(words[i], word)) {
            *out = (Casting)i;
            return true;
        }
    raise_fmt(&exc_ValueError,
              "casting must be one of 'no', 'equiv', 'safe', 'same_kind', or 'unsafe' (got '%s')",
              word);
    return false;
}

static const char *casting_name(Casting c)
{
    static const char *const words[] = {"no", "equiv", "safe", "same_kind", "unsafe"};
    return words[c];
}

static bool call_arg(Call *c, Value v)
{
    if (!arg_from_value(v, &c->arg[c->nargs]))
        return false;
    c->nargs++;
    return true;
}

static bool call_begin(Call *c, OpCode op, int nin, const Value in[], Value out, Value where)
{
    *c = (Call){.op = op,
                .nin = nin,
                .out = -1,
                .where = -1,
                .out_value = V_UNDEF,
                .casting = CAST_SAME_KIND,
                .order = 'K'};
    if (!operands_known(op, nin, in))
        return false;
    for (int k = 0; k < nin; k++)
        if (!call_arg(c, in[k]))
            return false;
    if (!is_absent(out)) {
        if (!is_array(out)) {
            raise_fmt(&exc_TypeError, "return arrays must be of ArrayType");
            return false;
        }
        if (as_array(out)->readonly) {
            raise_fmt(&exc_ValueError, "output array is read-only");
            return false;
        }
        c->out = c->nargs;
        c->out_value = out;
        if (!call_arg(c, out))
            return false;
    }
    if (is_absent(where) || (where.tag == TAG_BOOL && where.i))
        return true;
    c->where = c->nargs;
    Value mask = array_from_value(where, DT_BOOL, 0, false);
    if (v_is_error(mask))
        return false;
    bool ok = call_arg(c, mask);
    release(mask);
    return ok;
}

static void call_end(Call *c)
{
    for (int k = 0; k < c->nargs; k++)
        arg_fini(&c->arg[k]);
}

/* --------------------------------------------------------------------- types of a call */

static bool fits(Value v, DType t)
{
    int64_t i;
    uint64_t u;
    if (t == DT_UINT64)
        return int_as_u64(v, &u);
    if (!int_as_int64(v, &i))
        return false;
    if (t == DT_INT64)
        return true;
    if (dtype_kind(t) == 'u')
        return i >= 0 && (uint64_t)i >> (8 * dtype_size(t)) == 0;
    int bits = 8 * dtype_size(t) - 1;
    return i >= -((int64_t)1 << bits) && i < (int64_t)1 << bits;
}

/* Comparison of integers with a Python int that their type cannot hold: known without looking. */
static void settle_comparison(Call *c)
{
    if (!op_is_comparison(c->op) || c->nin != 2)
        return;
    for (int k = 0; k < 2; k++) {
        const Arg *a = &c->arg[k];
        DType other = c->arg[1 - k].op.dtype;
        if (a->weak != WEAK_INT || c->arg[1 - k].weak != WEAK_NO || dtype_is_inexact(other))
            continue;
        DType t = other == DT_BOOL ? DT_INT64 : other;
        if (fits(a->weak_value, t))
            continue;
        bool above =
            (int_sign(a->weak_value) > 0) == (k == 1); /* is the second operand the larger one? */
        c->fixed = true;
        c->fixed_value = c->op == OP_NOT_EQUAL ||
                         ((c->op == OP_LESS || c->op == OP_LESS_EQUAL) && above) ||
                         ((c->op == OP_GREATER || c->op == OP_GREATER_EQUAL) && !above);
    }
}

static bool input_casts(const Call *c, int k, DType to)
{
    const Arg *a = &c->arg[k];
    if (a->weak == WEAK_INT && dtype_kind(to) != 'b')
        return true;
    if (a->weak == WEAK_FLOAT && dtype_is_inexact(to))
        return true;
    if (a->weak == WEAK_COMPLEX && dtype_is_complex(to))
        return true;
    return dtype_can_cast(a->op.dtype, to, c->casting);
}

static bool fail_cast(const Call *c, const char *what, DType from, DType to)
{
    raise_fmt(&exc_UFuncTypeError,
              "Cannot cast ufunc '%s' %s from dtype('%s') to dtype('%s') with casting rule '%s'",
              ops_info[c->op].name, what, dtype_name(from), dtype_name(to),
              casting_name(c->casting));
    return false;
}

static bool check_inputs(const Call *c, const OpLoop *l)
{
    for (int k = 0; k < c->nin; k++)
        if (!input_casts(c, k, l->in[k])) {
            char what[24] = "input";
            if (c->nin > 1)
                snprintf(what, sizeof what, "input %d", k);
            return fail_cast(c, what, c->arg[k].op.dtype, l->in[k]);
        }
    return true;
}

/* The loop whose result has the type asked for by dtype=. */
static bool loop_of_result(Call *c, DType want)
{
    const OpInfo *info = &ops_info[c->op];
    OpLoop best = {.op = OP_NONE};
    for (const char *code = info->loops; *code; code++) {
        DType t = dtype_of_code(*code);
        if (t == DT_NONE || op_result(c->op, t) != want)
            continue;
        OpLoop l = {.op = c->op, .loop = t, .out = want};
        bool ok = true;
        for (int k = 0; k < c->nin; k++) {
            l.in[k] = op_operand(c->op, t, k);
            ok &= input_casts(c, k, l.in[k]);
        }
        if (best.op == OP_NONE || ok)
            best = l;
        if (ok)
            break;
    }
    if (best.op == OP_NONE) {
        raise_fmt(&exc_TypeError,
                  "No loop matching the specified signature and casting was found for ufunc %s",
                  info->name);
        return false;
    }
    c->loop = best;
    return true;
}

static bool call_resolve(Call *c, Value dtype)
{
    DType in[OP_IN_MAX], want = DT_NONE;
    bool weak[OP_IN_MAX], strong = false;
    if (!is_absent(dtype) && !dtype_from_value(dtype, &want))
        return false;
    for (int k = 0; k < c->nin; k++) {
        in[k] = c->arg[k].op.dtype;
        weak[k] = c->arg[k].weak != WEAK_NO && c->arg[k].weak != WEAK_BOOL;
        strong |= !weak[k];
    }
    for (int k = 0; k < c->nin; k++)
        if (strong && c->arg[k].weak == WEAK_INT)
            in[k] = DT_INT64;
    Status st = op_resolve(c->op, in, weak, &c->loop);
    if (want != DT_NONE && (st != OK || c->loop.out != want)) {
        if (!loop_of_result(c, want))
            return false;
    } else if (st != OK) {
        raise_status(st);
        return false;
    }
    if (!c->fixed && !check_inputs(c, &c->loop))
        return false;
    if (c->out >= 0 && !dtype_can_cast(c->loop.out, c->arg[c->out].op.dtype, c->casting))
        return fail_cast(c, "output", c->loop.out, c->arg[c->out].op.dtype);
    return true;
}

/* --------------------------------------------------------------------- shape of a call */

/* Broadcast the arguments' shapes; false when they do not agree (no exception). */
static bool shapes_meet(int n, const Arg args[], int *ndim, int64_t shape[])
{
    *ndim = 0;
    for (int k = 0; k < n; k++)
        *ndim = (int)int64_max(*ndim, args[k].op.view.ndim);
    for (int d = 0; d < *ndim; d++)
        shape[d] = 1;
    for (int k = 0; k < n; k++) {
        const View *v = &args[k].op.view;
        int shift = *ndim - v->ndim;
        for (int d = 0; d < v->ndim; d++) {
            if (v->shape[d] == 1)
                continue;
            if (shape[d + shift] != 1 && shape[d + shift] != v->shape[d])
                return false;
            shape[d + shift] = v->shape[d];
        }
    }
    return true;
}

static bool call_shape(Call *c)
{
    if (!shapes_meet(c->nargs, c->arg, &c->ndim, c->shape)) {
        raise_broadcast(c->nargs, c->arg);
        return false;
    }
    if (c->out < 0)
        return true;
    const View *v = &c->arg[c->out].op.view;
    if (v->ndim == c->ndim && !memcmp(v->shape, c->shape, sizeof *c->shape * (size_t)c->ndim))
        return true;
    Buf b = {0};
    buf_puts(&b, "non-broadcastable output operand with shape ");
    shape_put(&b, v->ndim, v->shape);
    buf_puts(&b, " doesn't match the broadcast shape ");
    shape_put(&b, c->ndim, c->shape);
    raise_fmt(&exc_ValueError, "%s", buf_text(&b));
    buf_free(&b);
    return false;
}

/* Operands in the call's space; constants of weak values in their loop's type. */
static bool call_operands(Call *c)
{
    for (int k = 0; k < c->nargs; k++) {
        Operand *o = &c->arg[k].op;
        if (o->store) {
            bool ok = o->view.ndim == c->ndim &&
                      !memcmp(o->view.shape, c->shape, sizeof *c->shape * (size_t)c->ndim);
            if (!ok)
                ok = view_broadcast(&o->view, c->ndim, c->shape, &o->view);
            ASSERT(ok, "operand %d of %s", k, ops_info[c->op].name);
        }
        if (k >= c->nin)
            continue;
        c->in[k] = *o;
        if (!o->store && c->arg[k].weak == WEAK_INT && !c->fixed) {
            Scalar x;
            int64_t i;
            if (dtype_is_integer(c->loop.in[k]) && c->loop.in[k] != DT_UINT64 &&
                !int_as_int64(c->arg[k].weak_value, &i)) {
                raise_fmt(&exc_OverflowError, "Python int too large to convert to C long");
                return false;
            }
            if (!weak_to_const(c->arg[k].weak_value, c->loop.in[k], &x))
                return false;
            c->in[k] = operand_const(c->loop.in[k], x);
        }
    }
    return true;
}

/* -------------------------------------------------------------------------- the result */

static Value result_array(const Call *c)
{
    if (c->order == 'C')
        return array_new(c->loop.out, c->ndim, c->shape);
    const View *views[OP_IN_MAX];
    int n = 0;
    for (int k = 0; k < c->nin; k++)
        if (c->arg[k].op.store)
            views[n++] = &c->arg[k].op.view;
    if (c->order == 'F') {
        int64_t stride = 1;
        static View f;
        f = view_whole(c->ndim, c->shape);
        for (int d = 0; d < c->ndim; d++) {
            f.stride[d] = stride;
            stride *= int64_max(c->shape[d], 1);
        }
        views[0] = &f;
        n = 1;
    }
    return array_new_like(c->loop.out, c->ndim, c->shape, n, views);
}

static int64_t space_size(const Call *c)
{
    int64_t n = 1;
    for (int d = 0; d < c->ndim; d++)
        n *= c->shape[d];
    return n;
}

static Status call_submit(Call *c, const Operand *out)
{
    const Operand *where = c->where >= 0 ? &c->arg[c->where].op : NULL;
    if (c->fixed) {
        Operand x = operand_const(DT_BOOL, (Scalar){.b = c->fixed_value});
        return rt_ew(OP_COPY, DT_BOOL, 1, &x, 1, out, where);
    }
    const Operand *e = &c->in[1];
    if (c->loop.op == OP_POWER && dtype_is_integer(c->loop.loop) && !e->store &&
        dtype_kind(e->dtype) == 'i' && space_size(c)) {
        Scalar x = dtype_cast(e->value, e->dtype, DT_INT64, NULL);
        if (x.i64 < 0)
            return fail(ERR_VALUE, "Integers to negative integer powers are not allowed.");
    }
    return rt_ew(c->loop.op, c->loop.loop, c->nin, c->in, 1, out, where);
}

static Value call_scalar(Call *c)
{
    Store *s;
    Status st = store_new(c->loop.out, 0, NULL, &s);
    if (st != OK)
        return raise_status(st);
    View v = {0};
    Operand out = operand_array(s, &v);
    st = call_submit(c, &out);
    if (st == OK && !store_is_ready(s))
        return scalar_future(s);
    Value r = st == OK ? array_element(s, &v) : raise_status(st);
    store_release(s);
    return r;
}

static Value call_result(Call *c)
{
    if (c->out >= 0) {
        Status st = call_submit(c, &c->arg[c->out].op);
        return st == OK ? retain(c->out_value) : raise_status(st);
    }
    if (c->ndim == 0)
        return call_scalar(c);
    Value r = result_array(c);
    if (v_is_error(r))
        return r;
    Operand out = array_operand(r);
    Status st = call_submit(c, &out);
    if (st == OK)
        return r;
    release(r);
    return raise_status(st);
}

static Value call_run(Call *c, Value dtype)
{
    settle_comparison(c);
    if (!call_resolve(c, dtype) || !call_shape(c) || !call_operands(c))
        return V_ERROR;
    return call_result(c);
}

/* ---------------------------------------------------------------------- the usual call */

/* An operand of type t that needs no conversion: an array of the shape (the first sets it), or a
 * number. */
static bool plain_operand(Value v, DType t, const View **shape, Operand *out)
{
    if (is_array(v)) {
        const View *view = &as_array(v)->view;
        if (array_dtype(v) != t || view->ndim == 0)
            return false;
        if (*shape && (view->ndim != (*shape)->ndim ||
                       memcmp(view->shape, (*shape)->shape, sizeof(int64_t) * (size_t)view->ndim)))
            return false;
        *shape = view;
        out->store = as_array(v)->store;
        out->dtype = t;
        out->view = *view;
        return true;
    }
    out->store = NULL;
    out->dtype = t;
    out->value = (Scalar){0};
    if (v.tag == TAG_FLOAT && t == DT_FLOAT64)
        out->value.f64 = v.f;
    else if (v.tag == TAG_INT && t == DT_FLOAT64)
        out->value.f64 = (double)v.i;
    else if (v.tag == TAG_INT && t == DT_INT64)
        out->value.i64 = v.i;
    else
        return false;
    return true;
}

/* Arrays of one type and shape, or an array and a number: no search, no broadcast.  V_UNDEF: not
 * such a call. */
static Value plain_call(OpCode op, int nin, const Value in[], Value out)
{
    Operand arg[2], dst;
    const View *shape = NULL;
    DType t = is_array(in[0])               ? array_dtype(in[0])
              : nin == 2 && is_array(in[1]) ? array_dtype(in[1])
                                            : DT_BOOL;
    if (nin > 2 || t == DT_BOOL || !op_has_loop(op, t) || op_operand(op, t, 0) != t ||
        (op == OP_POWER && dtype_is_integer(t)))
        return V_UNDEF;
    for (int k = 0; k < nin; k++)
        if (!plain_operand(in[k], t, &shape, &arg[k]))
            return V_UNDEF;
    DType res = op_result(op, t);
    Value r;
    if (is_absent(out)) {
        const View *views[2];
        int n = 0;
        bool flat = true;
        for (int k = 0; k < nin; k++)
            if (arg[k].store) {
                views[n++] = &arg[k].view;
                flat &= view_is_c_contiguous(&arg[k].view);
            }
        r = flat ? array_new(res, shape->ndim, shape->shape)
                 : array_new_like(res, shape->ndim, shape->shape, n, views);
        if (v_is_error(r))
            return r;
    } else {
        if (!is_array(out) || as_array(out)->readonly || !plain_operand(out, res, &shape, &dst))
            return V_UNDEF;
        r = retain(out);
    }
    dst = array_operand(r);
    if (status_ok(rt_ew(op, t, nin, arg, 1, &dst, NULL)))
        return r;
    release(r);
    return V_ERROR;
}

/* == and != with what no array holds: all different. */
static Value compare_foreign(Value a, bool differ)
{
    Scalar x = {.b = differ};
    if (!is_array(a) || array_ndim(a) == 0)
        return scalar_new(DT_BOOL, x);
    return np_filled(DT_BOOL, array_ndim(a), array_shape(a), DT_BOOL, x);
}

Value ufunc_call_order(OpCode op, int nin, const Value in[], Value out, Value where, Value dtype,
                       const char *casting, char order)
{
    if (order == 'K' && v_is_undef(where) && is_absent(dtype) && !casting) {
        Value r = plain_call(op, nin, in, out);
        if (!v_is_undef(r))
            return r;
    }
    if ((op == OP_EQUAL || op == OP_NOT_EQUAL) && is_absent(out) &&
        (foreign_kind(in[0]) == FOREIGN_OBJECT || foreign_kind(in[1]) == FOREIGN_OBJECT))
        return compare_foreign(is_array(in[0]) ? in[0] : in[1], op == OP_NOT_EQUAL);
    Call c;
    bool ok =
        call_begin(&c, op, nin, in, out, where) && (!casting || casting_parse(casting, &c.casting));
    c.order = order;
    Value r = ok ? call_run(&c, dtype) : V_ERROR;
    call_end(&c);
    return r;
}

Value ufunc_call(OpCode op, int nin, const Value in[], Value out, Value where, Value dtype,
                 const char *casting)
{
    return ufunc_call_order(op, nin, in, out, where, dtype, casting, 'K');
}

/* ---------------------------------------------------------------------------- formulas */

static Value np_opn(OpCode op, int n, Value in[])
{
    Value r = V_ERROR;
    bool ok = true;
    for (int k = 0; k < n; k++)
        ok &= !v_is_error(in[k]);
    if (ok)
        r = ufunc_call(op, n, in, V_UNDEF, V_UNDEF, V_UNDEF, NULL);
    for (int k = 0; k < n; k++)
        release(in[k]);
    return r;
}

Value np_op1(OpCode op, Value a)
{
    return np_opn(op, 1, &a);
}

Value np_op2(OpCode op, Value a, Value b)
{
    return np_opn(op, 2, (Value[]){a, b});
}

Value np_op3(OpCode op, Value a, Value b, Value c)
{
    return np_opn(op, 3, (Value[]){a, b, c});
}

bool np_into(OpCode op, Value a, Value b, Value out)
{
    Value in[2] = {a, b};
    Value r = v_is_error(a) || v_is_error(b)
                  ? V_ERROR
                  : ufunc_call(op, op_nin(op), in, out, V_UNDEF, V_UNDEF, "unsafe");
    release(a);
    release(b);
    release(r);
    return !v_is_error(r);
}

/* --------------------------------------------------------------------------- operators */

static const OpCode binary_ops[BIN_COUNT] = {
    [BIN_ADD] = OP_ADD,
    [BIN_SUB] = OP_SUBTRACT,
    [BIN_MUL] = OP_MULTIPLY,
    [BIN_DIV] = OP_DIVIDE,
    [BIN_FLOORDIV] = OP_FLOOR_DIVIDE,
    [BIN_MOD] = OP_REMAINDER,
    [BIN_POW] = OP_POWER,
    [BIN_MATMUL] = OP_NONE,
    [BIN_LSHIFT] = OP_LEFT_SHIFT,
    [BIN_RSHIFT] = OP_RIGHT_SHIFT,
    [BIN_AND] = OP_BITWISE_AND,
    [BIN_OR] = OP_BITWISE_OR,
    [BIN_XOR] = OP_BITWISE_XOR,
    [BIN_DIVMOD] = OP_DIVMOD,
};

/* Does `other`, an instance of a class of the program, want the operation for itself? */
static bool gives_up(Value self, Value other)
{
    if (other.tag != TAG_OBJ || !(type_of(other)->flags & TYPE_HEAP) ||
        foreign_kind(other) != FOREIGN_OBJECT)
        return false;
    if (!is_array(self))
        return true;
    Value f = type_lookup(type_of(other), str_intern("__array_ufunc__"));
    if (v_is_none(f))
        return true;
    Value p = type_lookup(type_of(other), str_intern("__array_priority__"));
    return p.tag == TAG_INT ? p.i > 0 : p.tag == TAG_FLOAT && p.f > 0;
}

/* array ** scalar as NumPy shortens it; V_UNDEF: no shorter way. */
static Value power_shortcut(Value a, Value b, Value out)
{
    if (!(b.tag == TAG_INT || b.tag == TAG_FLOAT) || !is_array(a))
        return V_UNDEF;
    OpCode op =
        op_power_shortcut(array_dtype(a), b.tag == TAG_INT, b.tag == TAG_INT ? (double)b.i : b.f);
    return op == OP_POWER ? V_UNDEF : ufunc_call(op, 1, &a, out, V_UNDEF, V_UNDEF, NULL);
}

Value array_binary(Value a, Value b, BinOp op)
{
    if (gives_up(a, b) || gives_up(b, a))
        return V_NOTIMPL;
    if (op == BIN_MATMUL)
        return array_matmul(a, b, V_UNDEF);
    Value in[2] = {a, b};
    if (op == BIN_DIVMOD)
        return ufunc_divmod(in, V_UNDEF, V_UNDEF, V_UNDEF, V_UNDEF);
    if (op == BIN_POW) {
        Value r = power_shortcut(a, b, V_UNDEF);
        if (!v_is_undef(r))
            return r;
    }
    return ufunc_call(binary_ops[op], 2, in, V_UNDEF, V_UNDEF, V_UNDEF, NULL);
}

Value array_inplace(Value a, Value b, BinOp op)
{
    if (!is_array(a) || gives_up(a, b) || op == BIN_DIVMOD)
        return V_NOTIMPL;
    if (op == BIN_MATMUL)
        return array_matmul(a, b, a);
    if (op == BIN_POW) {
        Value r = power_shortcut(a, b, a);
        if (!v_is_undef(r))
            return r;
    }
    return ufunc_call(binary_ops[op], 2, (Value[]){a, b}, a, V_UNDEF, V_UNDEF, NULL);
}

Value array_compare(Value a, Value b, CmpOp op)
{
    static const OpCode ops[] = {
        [CMP_LT] = OP_LESS,      [CMP_LE] = OP_LESS_EQUAL, [CMP_EQ] = OP_EQUAL,
        [CMP_NE] = OP_NOT_EQUAL, [CMP_GT] = OP_GREATER,    [CMP_GE] = OP_GREATER_EQUAL};
    if (gives_up(a, b))
        return V_NOTIMPL;
    if ((op == CMP_EQ || op == CMP_NE) && foreign_kind(b) != FOREIGN_NO)
        return compare_foreign(a, op == CMP_NE);
    return ufunc_call(ops[op], 2, (Value[]){a, b}, V_UNDEF, V_UNDEF, V_UNDEF, NULL);
}

Value array_unary(Value a, UnOp op)
{
    static const OpCode ops[] = {[UN_NEG] = OP_NEGATIVE,
                                 [UN_POS] = OP_POSITIVE,
                                 [UN_INVERT] = OP_INVERT,
                                 [UN_ABS] = OP_ABSOLUTE};
    return ufunc_call(ops[op], 1, &a, V_UNDEF, V_UNDEF, V_UNDEF, NULL);
}

/* ------------------------------------------------------------------- ufuncs of two results */

/* Two element-wise results. */
static Value two_results(Value (*first)(const Value *, Value, Value, Value, Value),
                         Value (*second)(const Value *, Value, Value, Value, Value),
                         const Value in[], Value out1, Value out2, Value where, Value dtype)
{
    Value a = first(in, out1, where, dtype, V_UNDEF);
    if (v_is_error(a))
        return a;
    return np_pair(a, second(in, out2, where, dtype, V_UNDEF));
}

static Value quotient(const Value *in, Value out, Value where, Value dtype, Value unused)
{
    return ufunc_call(OP_FLOOR_DIVIDE, 2, in, out, where, dtype, NULL);
}

static Value modulus(const Value *in, Value out, Value where, Value dtype, Value unused)
{
    return ufunc_call(OP_REMAINDER, 2, in, out, where, dtype, NULL);
}

/* Conditions of the quotient are divmod's: its statement runs at once under a name of our own. */
static void (*warn_before)(const char *file, int line, const char *text);

static bool renamed(const char *text, Buf *out)
{
    const char *at = strstr(text, " in floor_divide");
    at = at ? at : strstr(text, " in remainder");
    if (!at)
        return false;
    buf_add(out, text, (size_t)(at - text));
    buf_puts(out, " in divmod");
    return true;
}

static void warn_as_divmod(const char *file, int line, const char *text)
{
    Buf b = {0};
    bool other = renamed(text, &b);
    warn_before(file, line, other ? buf_text(&b) : text);
    buf_free(&b);
}

static Value raise_as_divmod(void)
{
    if (!error_matches(&exc_FloatingPointError))
        return V_ERROR;
    Value e = error_take(), text = op_str(e);
    Buf b = {0};
    if (renamed(str_cstr(text), &b))
        raise_fmt(&exc_FloatingPointError, "%s", buf_text(&b));
    else
        raise_value(retain(e));
    buf_free(&b);
    release(text);
    release(e);
    return V_ERROR;
}

static Value divmod_named(const Value in[], Value out1, Value out2, Value where, Value dtype)
{
    if (!status_ok(rt_flush()))
        return V_ERROR;
    warn_before = rt_warn;
    rt_warn = rt_warn ? warn_as_divmod : NULL;
    Value r = two_results(quotient, modulus, in, out1, out2, where, dtype);
    if (!v_is_error(r) && !status_ok(rt_flush())) {
        release(r);
        r = V_ERROR;
    }
    rt_warn = warn_before;
    return v_is_error(r) ? raise_as_divmod() : r;
}

Value ufunc_divmod(const Value in[], Value out1, Value out2, Value where, Value dtype)
{
    if (!operands_known(OP_DIVMOD, 2, in))
        return V_ERROR;
    bool clash = !is_absent(out1) && (op_same(out1, in[0]) || op_same(out1, in[1]));
    Value x[2] = {clash ? np_op1(OP_COPY, retain(in[0])) : retain(in[0]),
                  clash ? np_op1(OP_COPY, retain(in[1])) : retain(in[1])};
    Value r = V_ERROR;
    if (!v_is_error(x[0]) && !v_is_error(x[1]))
        r = divmod_named(x, out1, out2, where, dtype);
    release(x[0]);
    release(x[1]);
    return r;
}

/* A float array or scalar of x by the loop of op. */
static Value as_float(OpCode op, Value x)
{
    Arg a;
    OpLoop l;
    if (!operands_known(op, 1, &x) || !arg_from_value(x, &a))
        return V_ERROR;
    DType t = a.op.dtype;
    arg_fini(&a);
    Status st = op_resolve(op, &t, NULL, &l);
    if (st != OK)
        return raise_status(st);
    Value v = array_from_value(x, l.loop, 0, false);
    return v;
}

/* The fraction keeps x's sign, and is 0 for infinities. */
static Value modf_fraction(const Value *in, Value out, Value where, Value dtype, Value unused)
{
    Value whole = np_op1(OP_TRUNC, retain(in[0]));
    Value rest = np_op2(OP_SUBTRACT, retain(in[0]), whole);
    rest = np_op3(OP_WHERE, np_op1(OP_ISINF, retain(in[0])), v_int(0), rest);
    Value x[2] = {rest, in[0]};
    Value r = v_is_error(rest) ? rest : ufunc_call(OP_COPYSIGN, 2, x, out, where, dtype, NULL);
    release(rest);
    return r;
}

static Value modf_whole(const Value *in, Value out, Value where, Value dtype, Value unused)
{
    return ufunc_call(OP_TRUNC, 1, in, out, where, dtype, NULL);
}

Value ufunc_modf(const Value in[], Value out1, Value out2, Value where, Value dtype)
{
    Value x = as_float(OP_RINT, in[0]);
    if (v_is_error(x))
        return x;
    if (dtype_is_complex(array_dtype(x))) {
        release(x);
        return raise_text_operand(OP_SPACING, 1, in);
    }
    ErrState saved = rt_errstate;
    rt_errstate = (ErrState){0, 0, 0, 0};
    Value r = two_results(modf_fraction, modf_whole, &x, out1, out2, where, dtype);
    rt_errstate = saved;
    release(x);
    return r;
}

/* Exponent by the distance to the next number, which is a power of two; subnormals are scaled
 * first. */
static Value exponent_of(Value x)
{
    DType t = array_dtype(x);
    int digits = t == DT_FLOAT32 ? 24 : 53, low = t == DT_FLOAT32 ? -125 : -1021;
    Value small =
        np_op2(OP_LESS, np_op1(OP_ABSOLUTE, retain(x)),
               np_op2(OP_LDEXP, scalar_new(t, dtype_cast((Scalar){.i64 = 1}, DT_INT64, t, NULL)),
                      v_int(low)));
    Value shift = np_op3(OP_WHERE, small, v_int(digits), v_int(0));
    shift = v_is_error(shift) ? shift : np_cast(np_array(shift), DT_INT32);
    Value scaled = np_op2(OP_LDEXP, retain(x), retain(shift));
    Value ulp = np_op1(OP_LOG2, np_op1(OP_ABSOLUTE, np_op1(OP_SPACING, scaled)));
    Value e = np_op2(OP_SUBTRACT, np_op2(OP_ADD, np_op1(OP_RINT, ulp), v_int(digits)), shift);
    Value odd = np_op2(OP_LOGICAL_OR, np_op2(OP_EQUAL, retain(x), v_int(0)),
                       np_op1(OP_LOGICAL_NOT, np_op1(OP_ISFINITE, retain(x))));
    e = np_op3(OP_WHERE, odd, v_int(0), e);
    return v_is_error(e) ? e : np_cast(np_array(e), DT_INT32);
}

static Value frexp_exponent(const Value *in, Value out, Value where, Value dtype, Value unused)
{
    Value e = exponent_of(in[0]);
    Value r = v_is_error(e) ? e : ufunc_call(OP_COPY, 1, &e, out, where, V_UNDEF, "same_kind");
    release(e);
    return r;
}

static Value frexp_fraction(const Value *in, Value out, Value where, Value dtype, Value unused)
{
    Value e = exponent_of(in[0]);
    Value arg[2] = {in[0], np_op1(OP_NEGATIVE, e)};
    Value r =
        v_is_error(arg[1]) ? V_ERROR : ufunc_call(OP_LDEXP, 2, arg, out, where, V_UNDEF, NULL);
    release(arg[1]);
    return r;
}

Value ufunc_frexp(const Value in[], Value out1, Value out2, Value where, Value dtype)
{
    Value x = as_float(OP_SPACING, in[0]);
    if (v_is_error(x))
        return x;
    ErrState saved = rt_errstate;
    rt_errstate = (ErrState){0, 0, 0, 0};
    Value r = two_results(frexp_fraction, frexp_exponent, &x, out1, out2, where, dtype);
    rt_errstate = saved;
    release(x);
    return r;
}
