/* lower_call.c -- calls: of functions, of methods, of super(), with stars and keywords. Replicated.
 *
 * Plain arguments become one row of operands.  Where a star, or a keyword after `**`, makes their
 * number unknown, a tuple and a dict are built instead, in Python's order of evaluation.
 */
#include "interp/lower.h"

static bool has_double_star(NodeSeq kws)
{
    for (int64_t i = 0; i < kws.n; i++)
        if (!kws.at[i]->u.keyword.arg)
            return true;
    return false;
}

static Operand keyword_names(Unit *u, NodeSeq kws, int64_t from, int64_t to)
{
    Value t = tuple_new(to - from);
    for (int64_t i = from; i < to; i++)
        as_tuple(t)->at[i - from] = retain(v_obj(str_intern(kws.at[i]->u.keyword.arg)));
    return const_value(u, t);
}

/* {**a, k=v}: runs of plain keywords and mappings merged in order; `callee` is named in errors. */
static Operand keyword_dict(Unit *u, Node *at, NodeSeq kws, Operand callee)
{
    Operand dst = temp_new(u);
    int32_t depth = u->depth;
    unit_emit(u, at, INS_BUILD_DICT, dst, list_row(u, 0, NULL), 0);
    for (int64_t i = 0; i < kws.n; i++) {
        Node *k = kws.at[i];
        Operand v = expr(u, k->u.keyword.value);
        if (!k->u.keyword.arg) {
            unit_emit(u, at, INS_DICT_MERGE, dst, v, callee);
        } else {
            Operand one = temp_new(u);
            Operand row[2] = {const_name(u, k->u.keyword.arg), v};
            unit_emit(u, at, INS_BUILD_DICT, one, list_row(u, 2, row), 0);
            unit_emit(u, at, INS_DICT_MERGE, dst, one, callee);
        }
        u->depth = depth;
    }
    return dst;
}

static Operand call_ex(Unit *u, Node *at, Operand callee, NodeSeq args, NodeSeq kws, int32_t depth,
                       Operand hint)
{
    bool one_star = args.n == 1 && args.at[0]->kind == NODE_Starred;
    Operand row[2] = {
        one_star ? expr(u, args.at[0]->u.Starred.value) : build_tuple(u, at, args, NONE), NONE};
    if (kws.n)
        row[1] = keyword_dict(u, at, kws, callee);
    u->depth = depth;
    Operand dst = hint_dst(u, hint);
    unit_emit(u, at, INS_CALL_EX, dst, callee, list_row(u, 2, row));
    return dst;
}

/* Plain positional and keyword arguments after `row[0..n)`. */
static int args_row(Unit *u, NodeSeq args, NodeSeq kws, Operand *row, int n)
{
    for (int64_t i = 0; i < args.n; i++)
        row[n++] = expr(u, args.at[i]);
    for (int64_t i = 0; i < kws.n; i++)
        row[n++] = expr(u, kws.at[i]->u.keyword.value);
    return n;
}

static bool needs_ex(NodeSeq args, NodeSeq kws)
{
    return has_star(args) || has_double_star(kws) || args.n + kws.n > 30000;
}

Operand call_args(Unit *u, Node *at, Operand callee, NodeSeq args, NodeSeq kws, Operand hint)
{
    int32_t depth = u->depth;
    if (is_temp(u, callee) && depth > 0)
        depth = u->slots.at[callee - u->code->temp0];
    if (needs_ex(args, kws))
        return call_ex(u, at, callee, args, kws, depth, hint);
    Operand *row = xmalloc(sizeof(Operand) * (size_t)(args.n + kws.n + 1));
    int n = 0;
    if (kws.n)
        row[n++] = keyword_names(u, kws, 0, kws.n);
    n = args_row(u, args, kws, row, n);
    u->depth = depth;
    Operand dst = hint_dst(u, hint);
    unit_emit(u, at, kws.n ? INS_CALL_KW : INS_CALL, dst, callee, list_row(u, n, row));
    free(row);
    return dst;
}

static bool node_constant(const Node *n)
{
    if (n->kind == NODE_UnaryOp)
        return n->u.UnaryOp.operand->kind == NODE_Constant;
    if (n->kind != NODE_Tuple)
        return n->kind == NODE_Constant;
    for (int64_t i = 0; i < n->u.Tuple.elts.n; i++)
        if (!node_constant(n->u.Tuple.elts.at[i]))
            return false;
    return true;
}

/* Arguments whose evaluation cannot be seen: the method may be looked up after them. */
static bool args_plain(NodeSeq args, NodeSeq kws)
{
    for (int64_t i = 0; i < args.n; i++)
        if (args.at[i]->kind != NODE_Name && !node_constant(args.at[i]))
            return false;
    for (int64_t i = 0; i < kws.n; i++) {
        Node *v = kws.at[i]->u.keyword.value;
        if (v->kind != NODE_Name && !node_constant(v))
            return false;
    }
    return true;
}

uint16_t attr_cache(Unit *u)
{
    return u->nattr < 65535 ? (uint16_t)u->nattr++ : 65535;
}

/* Calls are reported at the line of the method's name, where a chain spans lines. */
Span method_span(const Node *n, const Node *attr)
{
    Span s = n->span;
    if (attr->span.end_lineno != s.lineno) {
        s.lineno = attr->span.end_lineno;
        s.col = attr->span.end_col - (int32_t)strlen(attr->u.Attribute.attr);
    }
    return s;
}

static Operand lower_method_call(Unit *u, Node *n, Operand hint)
{
    Node *attr = n->u.Call.func;
    NodeSeq args = n->u.Call.args, kws = n->u.Call.keywords;
    int32_t depth = u->depth;
    Operand obj = expr(u, attr->u.Attribute.value);
    Operand *row = xmalloc(sizeof(Operand) * (size_t)(args.n + kws.n + 3));
    const char *name = scope_mangle(u->scope, u->arena, attr->u.Attribute.attr);
    int k = 0;
    bool plain = args_plain(args, kws);
    Operand callee = obj;
    Node call = *n, lookup = *attr;
    call.span = lookup.span = method_span(n, attr);
    lookup.span.end_lineno = attr->span.end_lineno;
    lookup.span.end_col = attr->span.end_col;
    if (plain) {
        row[k++] = const_name(u, name);
    } else {
        u->depth = depth;
        callee = temp_new(u);
        Operand self = temp_new(u); /* the place after the callee's */
        int at = unit_emit(u, &lookup, INS_LOAD_METHOD, callee, obj, const_name(u, name));
        u->at.at[at].x = attr_cache(u);
        row[k++] = self;
    }
    if (kws.n)
        row[k++] = keyword_names(u, kws, 0, kws.n);
    k = args_row(u, args, kws, row, k);
    u->depth = depth;
    Operand dst = hint_dst(u, hint);
    Opcode op = plain ? (kws.n ? INS_CALL_METHOD_KW : INS_CALL_METHOD)
                      : (kws.n ? INS_CALL_BOUND_KW : INS_CALL_BOUND);
    int at = unit_emit(u, &call, op, dst, callee, list_row(u, k, row));
    if (plain) { /* behind the row: where the method's name ends, for errors of the lookup */
        vec_push(&u->lists, lookup.span.end_lineno);
        vec_push(&u->lists, lookup.span.end_col);
    }
    if (plain)
        u->at.at[at].x = attr_cache(u);
    free(row);
    return dst;
}

static Operand lower_super(Unit *u, Node *n, Operand hint)
{
    int32_t depth = u->depth;
    Operand callee = expr(u, n->u.Call.func);
    ScopeName *first = &u->scope->names[0];
    Operand row[2] = {cell_register(u, "__class__"), name_register(u, first)};
    if (row[1] == NONE)
        row[1] = cell_register(u, first->name);
    u->depth = depth;
    Operand dst = hint_dst(u, hint);
    unit_emit(u, n, INS_CALL_SUPER, dst, callee, list_row(u, 2, row));
    return dst;
}

static bool is_plain_super(Unit *u, const Node *n)
{
    const Node *f = n->u.Call.func;
    if (f->kind != NODE_Name || strcmp(f->u.Name.id, "super") || n->u.Call.args.n ||
        n->u.Call.keywords.n)
        return false;
    ScopeName *cls = scope_find(u->scope, "__class__");
    return u->scope->kind == SCOPE_FUNCTION && u->code->nargs > 0 && cls &&
           (cls->kind == NAME_FREE || cls->kind == NAME_CELL);
}

Operand lower_call(Unit *u, Node *n, Operand hint)
{
    Node *f = n->u.Call.func;
    if (f->kind == NODE_Attribute && !needs_ex(n->u.Call.args, n->u.Call.keywords))
        return lower_method_call(u, n, hint);
    if (is_plain_super(u, n))
        return lower_super(u, n, hint);
    int32_t depth = u->depth;
    Operand callee = expr(u, f);
    Operand r = call_args(u, n, callee, n->u.Call.args, n->u.Call.keywords, hint);
    u->depth = r == hint || !is_temp(u, r) ? depth : depth + 1;
    return r;
}

/* Positional arguments as one tuple, keywords as one dict (NONE without any): for class statements.
 */
void bases_and_kwargs(Unit *u, Node *at, NodeSeq args, NodeSeq kws, Operand *tuple, Operand *dict)
{
    *tuple = build_tuple(u, at, args, NONE);
    *dict = kws.n ? keyword_dict(u, at, kws, NONE) : NONE;
}
