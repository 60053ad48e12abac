/* ufunc.c -- element-wise functions: operands, types, shapes, outputs, as NumPy's ufuncs.
 * Replicated.
 *
 * One call is: operands from values, a loop from their types (NEP 50), the broadcast shape, a
 * result in K order (or `out`, after NumPy's casting rules), then one statement.  Results without
 * axes become scalars, pending where the runtime defers. Which ops there are and their types is
 * ops.def's; only what NumPy says about wrong arguments is here.
 */
#include "stdlib/numpy/family.h"
#include "stdlib/numpy/plain.h"
#include "stdlib/numpy/ufunc.h"

#include "interp/objects.h"

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
    if (is_array(out) && nin == 2 && object_result(op, nin, in)) {
        raise_fmt(&exc_UFuncOutputCastingError,
                  "Cannot cast ufunc '%s' output from dtype('O') to dtype('%s') with casting rule "
                  "'same_kind'",
                  ops_info[op].name, dtype_name(array_dtype(out)));
        return false;
    }
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
        if (array_is_readonly(out)) {
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
    Value mask = mask_from_value(where);
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
        bool integer = dtype_is_integer(other); /* next to bools the int must fit int64 */
        if (a->weak != WEAK_INT || c->arg[1 - k].weak != WEAK_NO || !integer ||
            fits(a->weak_value, other))
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
    raise_fmt(*what == 'o' ? &exc_UFuncOutputCastingError : &exc_UFuncInputCastingError,
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

/* A Python int becomes an element of its loop before any cast is judged. */
static bool weak_ints_fit(const Call *c)
{
    Scalar x;
    for (int k = 0; k < c->nin; k++)
        if (c->arg[k].weak == WEAK_INT && !weak_to_const(c->arg[k].weak_value, c->loop.in[k], &x))
            return false;
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
        return weak_ints_fit(c) && fail_cast(c, "output", c->loop.out, c->arg[c->out].op.dtype);
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
        return status_ok(st) && array_part_write(c->out_value) ? retain(c->out_value) : V_ERROR;
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
        (operand_foreign(in[0]) == FOREIGN_OBJECT || operand_foreign(in[1]) == FOREIGN_OBJECT))
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
        operand_foreign(other) != FOREIGN_OBJECT)
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
    if ((op == CMP_EQ || op == CMP_NE) && operand_foreign(b) != FOREIGN_NO)
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
