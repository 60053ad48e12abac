/* lower_expr.c -- expressions: each gives an operand.  Replicated.
 *
 * Operands are evaluated in Python's order; a local is named, not copied, since nothing inside the
 * expression can rebind it (where a walrus could, locals are copied).  `hint` is a register the
 * caller wants the result in; it is written by the last instruction only, so that an error leaves
 * it as it was.
 */
#include "interp/lower.h"

/* A register that may be written before the expression is complete. */
static Operand hint_scratch(Unit *u, Operand hint)
{
    return hint != NONE && is_temp(u, hint) ? hint : temp_new(u);
}

static bool no_walrus(Node *n, void *data)
{
    return n->kind != NODE_NamedExpr && ast_each_child(n, no_walrus, data);
}

void expr_root(Unit *u, Node *n)
{
    u->copy_locals = u->has_walrus && !no_walrus(n, NULL);
}

Operand expr(Unit *u, Node *n)
{
    return expr_hint(u, n, NONE);
}

void expr_into(Unit *u, Node *n, Operand reg)
{
    Operand r = expr_hint(u, n, reg);
    if (r != reg)
        unit_emit(u, n, INS_MOVE, reg, r, 0);
}

static Value constant_value(const Constant *k)
{
    switch (k->kind) {
    case CONSTANT_NONE:
        return V_NONE;
    case CONSTANT_TRUE:
        return V_TRUE;
    case CONSTANT_FALSE:
        return V_FALSE;
    case CONSTANT_ELLIPSIS:
        return V_ELLIPSIS;
    case CONSTANT_INT:
        return v_int(k->i);
    case CONSTANT_BIGINT:
        return int_from_text(k->text.at, k->text.nbytes, k->base);
    case CONSTANT_FLOAT:
        return v_float(k->f);
    case CONSTANT_IMAG:
        return complex_new(0.0, k->f);
    case CONSTANT_STR:
        break;
    }
    return str_new_n(k->text.at, k->text.nbytes);
}

static bool text_is_name(const Constant *k)
{
    for (int64_t i = 0; i < k->text.nbytes; i++) {
        char c = k->text.at[i];
        if (!(c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
              (c >= 'A' && c <= 'Z')))
            return false;
    }
    return true;
}

static Operand lower_constant(Unit *u, const Constant *k)
{
    Value v = constant_value(k);
    if (k->kind == CONSTANT_STR && text_is_name(k))
        v = str_intern_value(v);
    return const_value(u, v);
}

/* Truth of a constant expression. */
bool node_truth(const Node *n, bool *truth)
{
    if (n->kind != NODE_Constant)
        return false;
    const Constant *k = &n->u.Constant.value;
    *truth = k->kind == CONSTANT_TRUE || k->kind == CONSTANT_ELLIPSIS ||
             k->kind == CONSTANT_BIGINT || (k->kind == CONSTANT_INT && k->i != 0) ||
             ((k->kind == CONSTANT_FLOAT || k->kind == CONSTANT_IMAG) && k->f != 0) ||
             (k->kind == CONSTANT_STR && k->text.nbytes);
    return true;
}

/* ------------------------------------------------------------------- constants folded */

static bool number_constant(const Node *n, Value *v)
{
    if (n->kind != NODE_Constant)
        return false;
    const Constant *c = &n->u.Constant.value;
    if (c->kind == CONSTANT_INT)
        *v = v_int(c->i);
    else if (c->kind == CONSTANT_FLOAT)
        *v = v_float(c->f);
    else
        return false;
    return true;
}

static const BinOp binop_values[] = {
    [BINOP_Add] = BIN_ADD,          [BINOP_Sub] = BIN_SUB,       [BINOP_Mult] = BIN_MUL,
    [BINOP_MatMult] = BIN_MATMUL,   [BINOP_Div] = BIN_DIV,       [BINOP_Mod] = BIN_MOD,
    [BINOP_Pow] = BIN_POW,          [BINOP_LShift] = BIN_LSHIFT, [BINOP_RShift] = BIN_RSHIFT,
    [BINOP_BitOr] = BIN_OR,         [BINOP_BitXor] = BIN_XOR,    [BINOP_BitAnd] = BIN_AND,
    [BINOP_FloorDiv] = BIN_FLOORDIV};

/* The value of an operation on two numbers, where it is a plain number again. */
static bool fold_binop(const Node *n, Value a, Value b, Value *v)
{
    BinOp op = binop_values[n->u.BinOp.op];
    bool large = b.tag == TAG_FLOAT ? !(b.f >= -64 && b.f <= 64) : b.i < -64 || b.i > 64;
    if (op == BIN_MATMUL || ((op == BIN_POW || op == BIN_LSHIFT) && large))
        return false;
    *v = op_binary(a, b, op);
    if (v->tag == TAG_INT || v->tag == TAG_FLOAT)
        return true;
    error_clear(); /* it is raised when the program gets there */
    release(*v);
    return false;
}

enum { FOLD_DEPTH = 20 };

/* The value of a numeric expression of constants. */
static bool fold_number(const Node *n, int depth, Value *v)
{
    if (number_constant(n, v))
        return true;
    if (depth == 0)
        return false;
    Value a, b;
    if (n->kind == NODE_UnaryOp && n->u.UnaryOp.op == UNARYOP_USub &&
        fold_number(n->u.UnaryOp.operand, depth - 1, &a) &&
        !(a.tag == TAG_INT && a.i == INT64_MIN)) {
        *v = a.tag == TAG_INT ? v_int(-a.i) : v_float(-a.f);
        return true;
    }
    return n->kind == NODE_BinOp && fold_number(n->u.BinOp.left, depth - 1, &a) &&
           fold_number(n->u.BinOp.right, depth - 1, &b) && fold_binop(n, a, b, v);
}

/* ------------------------------------------------------------------- operators */

static const uint8_t binop_opcodes[] = {
    [BINOP_Add] = INS_ADD,          [BINOP_Sub] = INS_SUB,       [BINOP_Mult] = INS_MUL,
    [BINOP_MatMult] = INS_MATMUL,   [BINOP_Div] = INS_DIV,       [BINOP_Mod] = INS_MOD,
    [BINOP_Pow] = INS_POW,          [BINOP_LShift] = INS_LSHIFT, [BINOP_RShift] = INS_RSHIFT,
    [BINOP_BitOr] = INS_OR,         [BINOP_BitXor] = INS_XOR,    [BINOP_BitAnd] = INS_AND,
    [BINOP_FloorDiv] = INS_FLOORDIV};

static const uint8_t cmpop_opcodes[] = {
    [CMPOP_Eq] = INS_EQ, [CMPOP_NotEq] = INS_NE,    [CMPOP_Lt] = INS_LT, [CMPOP_LtE] = INS_LE,
    [CMPOP_Gt] = INS_GT, [CMPOP_GtE] = INS_GE,      [CMPOP_Is] = INS_IS, [CMPOP_IsNot] = INS_IS_NOT,
    [CMPOP_In] = INS_IN, [CMPOP_NotIn] = INS_NOT_IN};

/* a + a + ... + a nests to the left: walked down without recursion. */
static Operand lower_binop(Unit *u, Node *n, Operand hint)
{
    Value v;
    if (fold_number(n, FOLD_DEPTH, &v))
        return const_value(u, v);
    Vec(Node *) chain = {0};
    for (; n->kind == NODE_BinOp; n = n->u.BinOp.left)
        vec_push(&chain, n);
    int32_t depth = u->depth;
    Operand left = expr(u, n);
    while (chain.n) {
        Node *b = chain.at[--chain.n];
        Operand right = expr(u, b->u.BinOp.right);
        u->depth = depth;
        Operand dst = chain.n ? temp_new(u) : hint_dst(u, hint);
        unit_emit(u, b, (Opcode)binop_opcodes[b->u.BinOp.op], dst, left, right);
        left = dst;
    }
    vec_free(&chain);
    return left;
}

static Operand lower_unary(Unit *u, Node *n, Operand hint)
{
    static const uint8_t ops[] = {[UNARYOP_Invert] = INS_INVERT,
                                  [UNARYOP_Not] = INS_NOT,
                                  [UNARYOP_UAdd] = INS_POS,
                                  [UNARYOP_USub] = INS_NEG};
    Value v;
    if (fold_number(n, FOLD_DEPTH, &v))
        return const_value(u, v);
    int32_t depth = u->depth;
    Operand x = expr(u, n->u.UnaryOp.operand);
    u->depth = depth;
    Operand dst = hint_dst(u, hint);
    unit_emit(u, n, (Opcode)ops[n->u.UnaryOp.op], dst, x, 0);
    return dst;
}

static Operand lower_boolop(Unit *u, Node *n, Operand hint)
{
    Operand dst = hint_scratch(u, hint);
    int32_t depth = u->depth;
    Label end = label_new(u);
    NodeSeq values = n->u.BoolOp.values;
    for (int64_t i = 0; i < values.n; i++) {
        expr_into(u, values.at[i], dst);
        u->depth = depth;
        if (i + 1 < values.n) {
            int at = unit_emit(u, n, INS_JTRUTH_KEEP, end, dst, 0);
            u->at.at[at].x = n->u.BoolOp.op == BOOLOP_Or;
        }
    }
    label_here(u, end);
    return dst;
}

/* a < b < c: a middle operand is kept for the next comparison, and dropped where the chain ends
 * early. */
static Operand lower_chain(Unit *u, Node *n, Operand hint)
{
    CmpSeq ops = n->u.Compare.ops;
    NodeSeq right = n->u.Compare.comparators;
    Operand dst = hint_scratch(u, hint);
    int32_t depth = u->depth;
    Label end = label_new(u);
    Vec(struct {
        Label label;
        Operand keep;
    }) cleanups = {0};
    Operand left = expr(u, n->u.Compare.left);
    for (int64_t i = 0; i < ops.n; i++) {
        Operand b = expr(u, right.at[i]), keep = b;
        bool last = i + 1 == ops.n;
        if (!last && is_temp(u, b)) {
            keep = temp_new(u);
            unit_emit(u, n, INS_COPY, keep, b, 0);
        }
        unit_emit(u, n, (Opcode)cmpop_opcodes[ops.at[i]], dst, left, b);
        if (!last) {
            Label out = end;
            if (keep != b) {
                out = label_new(u);
                vec_push(&cleanups, ((__typeof__(*cleanups.at)){out, keep}));
            }
            unit_emit(u, n, INS_JTRUTH_KEEP, out, dst, 0);
        }
        left = keep;
    }
    if (cleanups.n)
        unit_emit(u, n, INS_JUMP, end, 0, 0);
    for (int64_t i = 0; i < cleanups.n; i++) {
        label_here(u, cleanups.at[i].label);
        unit_emit(u, n, INS_FREE, cleanups.at[i].keep, 0, 0);
        if (i + 1 < cleanups.n)
            unit_emit(u, n, INS_JUMP, end, 0, 0);
    }
    vec_free(&cleanups);
    label_here(u, end);
    u->depth = depth;
    return dst;
}

static Operand lower_compare(Unit *u, Node *n, Operand hint)
{
    if (n->u.Compare.ops.n > 1)
        return lower_chain(u, n, hint);
    int32_t depth = u->depth;
    Operand a = expr(u, n->u.Compare.left), b = expr(u, n->u.Compare.comparators.at[0]);
    u->depth = depth;
    Operand dst = hint_dst(u, hint);
    unit_emit(u, n, (Opcode)cmpop_opcodes[n->u.Compare.ops.at[0]], dst, a, b);
    return dst;
}

static Operand lower_ifexp(Unit *u, Node *n, Operand hint)
{
    Operand dst = hint_dst(u, hint);
    int32_t depth = u->depth;
    Label other = label_new(u), end = label_new(u);
    cond(u, n->u.IfExp.test, n, other, false);
    expr_into(u, n->u.IfExp.body, dst);
    unit_emit(u, n, INS_JUMP, end, 0, 0);
    u->depth = depth;
    label_here(u, other);
    expr_into(u, n->u.IfExp.orelse, dst);
    u->depth = depth;
    label_here(u, end);
    return dst;
}

/* ------------------------------------------------------------------ conditions */

static void jump_if(Unit *u, Node *n, const Node **at, Label to, bool sense);

static void cond_boolop(Unit *u, Node *n, const Node **at, Label to, bool sense)
{
    NodeSeq values = n->u.BoolOp.values;
    bool short_value = n->u.BoolOp.op == BOOLOP_Or; /* the truth that decides at once */
    if (short_value == sense) {
        for (int64_t i = 0; i < values.n; i++)
            jump_if(u, values.at[i], at, to, sense);
        return;
    }
    Label skip = label_new(u);
    for (int64_t i = 0; i + 1 < values.n; i++)
        jump_if(u, values.at[i], at, skip, short_value);
    jump_if(u, values.at[values.n - 1], at, to, sense);
    label_here(u, skip);
}

static bool cond_compare(Unit *u, Node *n, Label to, bool sense)
{
    if (n->u.Compare.ops.n > 1)
        return false;
    Opcode op = (Opcode)cmpop_opcodes[n->u.Compare.ops.at[0]];
    int32_t depth = u->depth;
    Operand a = expr(u, n->u.Compare.left), b = expr(u, n->u.Compare.comparators.at[0]);
    u->depth = depth;
    Opcode jump = op == INS_IS || op == INS_IS_NOT   ? INS_JIS
                  : op == INS_IN || op == INS_NOT_IN ? INS_JIN
                                                     : (Opcode)(INS_JLT + (op - INS_LT));
    bool flip = op == INS_IS_NOT || op == INS_NOT_IN;
    unit_flag(u, unit_emit(u, n, jump, to, a, b), sense != flip);
    return true;
}

/* *at: what a truth test that fails is blamed on; from a comparison on, it is that comparison. */
static void jump_if(Unit *u, Node *n, const Node **at, Label to, bool sense)
{
    bool truth;
    if (node_truth(n, &truth)) {
        if (truth == sense)
            unit_emit(u, n, INS_JUMP, to, 0, 0);
        return;
    }
    if (n->kind == NODE_UnaryOp && n->u.UnaryOp.op == UNARYOP_Not) {
        jump_if(u, n->u.UnaryOp.operand, at, to, !sense);
        return;
    }
    if (n->kind == NODE_BoolOp) {
        cond_boolop(u, n, at, to, sense);
        return;
    }
    if (n->kind == NODE_Compare)
        *at = n;
    if (n->kind == NODE_Compare && cond_compare(u, n, to, sense))
        return;
    int32_t depth = u->depth;
    Operand v = expr(u, n);
    u->depth = depth;
    unit_flag(u, unit_emit(u, *at, INS_JTRUTH, to, v, 0), sense);
}

/* Jump to `to` when the truth of n is `sense`; else go on.  at: the statement or expression that
 * asks, where CPython places a test that fails; the answer is where it then goes on. */
const Node *cond(Unit *u, Node *n, const Node *at, Label to, bool sense)
{
    jump_if(u, n, &at, to, sense);
    return at;
}

/* -------------------------------------------------------------------- displays */

bool has_star(NodeSeq items)
{
    for (int64_t i = 0; i < items.n; i++)
        if (items.at[i]->kind == NODE_Starred)
            return true;
    return false;
}

static Operand build_row(Unit *u, Node *at, Opcode op, NodeSeq items, Operand hint)
{
    int32_t depth = u->depth;
    Operand *row = xmalloc(sizeof(Operand) * (size_t)(items.n + 1));
    for (int64_t i = 0; i < items.n; i++)
        row[i] = expr(u, items.at[i]);
    u->depth = depth;
    Operand dst = hint_dst(u, hint);
    unit_emit(u, at, op, dst, list_row(u, (int)items.n, row), 0);
    free(row);
    return dst;
}

/* [a, *b, c]: an empty collection that grows.  Long displays too, so that they need few
 * temporaries. */
static void grow_row(Unit *u, Node *at, Opcode add, Opcode extend, NodeSeq items, Operand dst)
{
    int32_t depth = u->depth;
    for (int64_t i = 0; i < items.n; i++) {
        Node *item = items.at[i];
        bool star = item->kind == NODE_Starred;
        Operand v = expr(u, star ? item->u.Starred.value : item);
        unit_emit(u, star ? item : at, star ? extend : add, dst, v, 0);
        u->depth = depth;
    }
}

enum { LONG_DISPLAY = 200 };

static Operand constant_tuple(Unit *u, NodeSeq items);

/* A set display of constants grows from a frozen set of them, which CPython's compiler makes twice
 * over: that decides its order. */
static Operand constant_set(Unit *u, Node *n, NodeSeq items, Operand hint)
{
    Operand k = items.n >= 3 ? constant_tuple(u, items) : NONE;
    if (k == NONE)
        return NONE;
    Value first = frozenset_from_iterable(u->consts.at[-1 - k]);
    if (v_is_error(first)) {
        error_clear();
        return NONE;
    }
    Value row = tuple_from_iterable(first), frozen = frozenset_from_iterable(row);
    release(first);
    release(row);
    Operand dst = hint_scratch(u, hint);
    unit_emit(u, n, INS_BUILD_SET, dst, list_row(u, 0, NULL), 0);
    unit_emit(u, n, INS_SET_UPDATE, dst, const_value(u, frozen), 0);
    return dst;
}

static Operand lower_list(Unit *u, Node *n, NodeSeq items, bool set, Operand hint)
{
    Operand made = set ? constant_set(u, n, items, hint) : NONE;
    if (made != NONE)
        return made;
    if (!has_star(items) && items.n < LONG_DISPLAY)
        return build_row(u, n, set ? INS_BUILD_SET : INS_BUILD_LIST, items, hint);
    Operand dst = hint_scratch(u, hint);
    unit_emit(u, n, set ? INS_BUILD_SET : INS_BUILD_LIST, dst, list_row(u, 0, NULL), 0);
    grow_row(u, n, set ? INS_SET_ADD : INS_LIST_APPEND, set ? INS_SET_UPDATE : INS_LIST_EXTEND,
             items, dst);
    return dst;
}

static bool slice_part_constant(Unit *u, Node *n, Operand *out)
{
    Value v;
    if (!n)
        *out = const_value(u, V_NONE);
    else if (n->kind == NODE_Constant)
        *out = lower_constant(u, &n->u.Constant.value);
    else if (n->kind == NODE_UnaryOp && fold_number(n, FOLD_DEPTH, &v))
        *out = const_value(u, v);
    else
        return false;
    return true;
}

/* A slice whose parts are constants is one. */
static Operand constant_slice(Unit *u, Node *n)
{
    Node *part[3] = {n->u.Slice.lower, n->u.Slice.upper, n->u.Slice.step};
    Operand row[3];
    for (int i = 0; i < 3; i++)
        if (!slice_part_constant(u, part[i], &row[i]))
            return NONE;
    Value *k = u->consts.at;
    return const_value(u, slice_new(k[-1 - row[0]], k[-1 - row[1]], k[-1 - row[2]]));
}

/* A constant expression's operand: a constant, folded numbers, a tuple of constants; else NONE. */
static Operand constant_operand(Unit *u, Node *n)
{
    Value v;
    if (n->kind == NODE_Constant)
        return lower_constant(u, &n->u.Constant.value);
    if ((n->kind == NODE_UnaryOp || n->kind == NODE_BinOp) && fold_number(n, FOLD_DEPTH, &v))
        return const_value(u, v);
    if (n->kind == NODE_Slice)
        return constant_slice(u, n);
    return n->kind == NODE_Tuple ? constant_tuple(u, n->u.Tuple.elts) : NONE;
}

/* A tuple of constants is one constant. */
static Operand constant_tuple(Unit *u, NodeSeq items)
{
    Value t = tuple_new(items.n);
    for (int64_t i = 0; i < items.n; i++) {
        Operand k = constant_operand(u, items.at[i]);
        if (k == NONE) {
            release(t);
            return NONE;
        }
        as_tuple(t)->at[i] = retain(u->consts.at[-1 - k]);
    }
    return const_value(u, t);
}

Operand build_tuple(Unit *u, Node *at, NodeSeq items, Operand hint)
{
    Operand k = constant_tuple(u, items);
    if (k != NONE)
        return k;
    if (!has_star(items) && items.n < LONG_DISPLAY)
        return build_row(u, at, INS_BUILD_TUPLE, items, hint);
    int32_t depth = u->depth;
    Operand list = temp_new(u);
    unit_emit(u, at, INS_BUILD_LIST, list, list_row(u, 0, NULL), 0);
    grow_row(u, at, INS_LIST_APPEND, INS_LIST_EXTEND, items, list);
    u->depth = depth;
    Operand dst = hint_dst(u, hint);
    unit_emit(u, at, INS_LIST_TUPLE, dst, list, 0);
    return dst;
}

static bool dict_is_plain(Node *n)
{
    for (int64_t i = 0; i < n->u.Dict.keys.n; i++)
        if (!n->u.Dict.keys.at[i])
            return false;
    return n->u.Dict.keys.n < LONG_DISPLAY;
}

static Operand lower_dict(Unit *u, Node *n, Operand hint)
{
    NodeSeq keys = n->u.Dict.keys, values = n->u.Dict.values;
    if (dict_is_plain(n)) {
        int32_t depth = u->depth;
        Operand *row = xmalloc(sizeof(Operand) * (size_t)(2 * keys.n + 1));
        for (int64_t i = 0; i < keys.n; i++) {
            row[2 * i] = expr(u, keys.at[i]);
            row[2 * i + 1] = expr(u, values.at[i]);
        }
        u->depth = depth;
        Operand dst = hint_dst(u, hint);
        unit_emit(u, n, INS_BUILD_DICT, dst, list_row(u, 2 * (int)keys.n, row), 0);
        free(row);
        return dst;
    }
    Operand dst = hint_scratch(u, hint);
    int32_t depth = u->depth;
    unit_emit(u, n, INS_BUILD_DICT, dst, list_row(u, 0, NULL), 0);
    for (int64_t i = 0; i < keys.n; i++) {
        Operand k = keys.at[i] ? expr(u, keys.at[i]) : NONE;
        Operand v = expr(u, values.at[i]);
        unit_emit(u, n, k == NONE ? INS_DICT_UPDATE : INS_DICT_SET, dst, k == NONE ? v : k,
                  k == NONE ? 0 : v);
        u->depth = depth;
    }
    return dst;
}

static Operand lower_slice(Unit *u, Node *n, Operand hint)
{
    Operand k = constant_slice(u, n);
    if (k != NONE)
        return k;
    Node *part[3] = {n->u.Slice.lower, n->u.Slice.upper, n->u.Slice.step};
    Operand row[3];
    int32_t depth = u->depth;
    for (int i = 0; i < 3; i++)
        row[i] = part[i] ? expr(u, part[i]) : const_value(u, V_NONE);
    u->depth = depth;
    Operand dst = hint_dst(u, hint);
    unit_emit(u, n, INS_BUILD_SLICE, dst, list_row(u, 3, row), 0);
    return dst;
}

/* -------------------------------------------------------------------- f-strings */

static Operand lower_formatted(Unit *u, Node *n, Operand hint)
{
    int32_t depth = u->depth;
    Operand v = expr(u, n->u.FormattedValue.value);
    Operand spec =
        n->u.FormattedValue.format_spec ? expr(u, n->u.FormattedValue.format_spec) : NONE;
    u->depth = depth;
    Operand dst = hint_dst(u, hint);
    int at = unit_emit(u, n, INS_FORMAT, dst, v, spec);
    u->at.at[at].x =
        n->u.FormattedValue.conversion < 0 ? 0 : (uint16_t)n->u.FormattedValue.conversion;
    return dst;
}

static Operand lower_joined(Unit *u, Node *n, Operand hint)
{
    NodeSeq parts = n->u.JoinedStr.values;
    if (!parts.n)
        return const_value(u, str_new(""));
    if (parts.n == 1)
        return expr_hint(u, parts.at[0], hint);
    return build_row(u, n, INS_BUILD_STRING, parts, hint);
}

/* ------------------------------------------------------------------------- the rest */

static Operand lower_attribute(Unit *u, Node *n, Operand hint)
{
    int32_t depth = u->depth;
    Operand v = expr(u, n->u.Attribute.value);
    u->depth = depth;
    Operand dst = hint_dst(u, hint);
    Operand name = const_name(u, scope_mangle(u->scope, u->arena, n->u.Attribute.attr));
    Node at = *n;
    at.span = method_span(n, n);
    int i = unit_emit(u, &at, INS_GETATTR, dst, v, name);
    u->at.at[i].x = attr_cache(u);
    return dst;
}

static Operand lower_subscript(Unit *u, Node *n, Operand hint)
{
    int32_t depth = u->depth;
    Operand v = expr(u, n->u.Subscript.value), key = expr(u, n->u.Subscript.slice);
    u->depth = depth;
    Operand dst = hint_dst(u, hint);
    unit_emit(u, n, INS_GETITEM, dst, v, key);
    return dst;
}

static Operand lower_walrus(Unit *u, Node *n, Operand hint)
{
    Operand t = hint_scratch(u, hint);
    int32_t depth = u->depth;
    expr_into(u, n->u.NamedExpr.value, t);
    u->depth = depth;
    Operand copy = temp_new(u);
    unit_emit(u, n, INS_COPY, copy, t, 0);
    name_store(u, n, n->u.NamedExpr.target->name, copy);
    u->depth = depth;
    return t;
}

static Operand lower_yield(Unit *u, Node *n, Operand hint)
{
    int32_t depth = u->depth;
    Operand v = n->u.Yield.value ? expr(u, n->u.Yield.value) : const_value(u, V_NONE);
    u->depth = depth;
    Operand dst = hint_dst(u, hint);
    unit_emit(u, n, INS_YIELD, dst, v, 0);
    return dst;
}

static Operand lower_yield_from(Unit *u, Node *n, Operand hint)
{
    int32_t depth = u->depth;
    Operand v = expr(u, n->u.YieldFrom.value);
    u->depth = depth;
    Operand it = temp_new(u);
    unit_flag(u, unit_emit(u, n, INS_ITER, it, v, 0),
              1); /* keeps an iterator object for any kind */
    u->depth = depth;
    Operand dst = hint_dst(u, hint);
    unit_emit(u, n, INS_YIELD_FROM, dst, it, 0);
    return dst;
}

Operand expr_hint(Unit *u, Node *n, Operand hint)
{
    switch ((NodeKind)n->kind) {
    case NODE_Constant:
        return lower_constant(u, &n->u.Constant.value);
    case NODE_Name:
        return name_load(u, n, n->name, hint);
    case NODE_BinOp:
        return lower_binop(u, n, hint);
    case NODE_UnaryOp:
        return lower_unary(u, n, hint);
    case NODE_BoolOp:
        return lower_boolop(u, n, hint);
    case NODE_Compare:
        return lower_compare(u, n, hint);
    case NODE_IfExp:
        return lower_ifexp(u, n, hint);
    case NODE_Tuple:
        return build_tuple(u, n, n->u.Tuple.elts, hint);
    case NODE_List:
        return lower_list(u, n, n->u.List.elts, false, hint);
    case NODE_Set:
        return lower_list(u, n, n->u.Set.elts, true, hint);
    case NODE_Dict:
        return lower_dict(u, n, hint);
    case NODE_Slice:
        return lower_slice(u, n, hint);
    case NODE_JoinedStr:
        return lower_joined(u, n, hint);
    case NODE_FormattedValue:
        return lower_formatted(u, n, hint);
    case NODE_Call:
        return lower_call(u, n, hint);
    case NODE_Attribute:
        return lower_attribute(u, n, hint);
    case NODE_Subscript:
        return lower_subscript(u, n, hint);
    case NODE_NamedExpr:
        return lower_walrus(u, n, hint);
    case NODE_Lambda:
        return lower_lambda(u, n, hint);
    case NODE_ListComp:
    case NODE_SetComp:
    case NODE_DictComp:
    case NODE_GeneratorExp:
        return lower_comprehension(u, n, hint);
    case NODE_Yield:
        return lower_yield(u, n, hint);
    case NODE_YieldFrom:
        return lower_yield_from(u, n, hint);
    default:
        ASSERT(false, "expression kind %s", ast_kinds[n->kind].name);
        return NONE;
    }
}
