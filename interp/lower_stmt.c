/* lower_stmt.c -- statements.  Replicated.
 *
 * A value is computed before its targets are looked at, as Python does.  try, with and loops are
 * Blocks: what leaves them (return, break, continue) emits their way out on the spot, so `finally`
 * bodies appear once per exit and never need a return address.
 */
#include "interp/lower.h"

/* ----------------------------------------------------------------- assignment */

static int64_t star_index(NodeSeq items)
{
    for (int64_t i = 0; i < items.n; i++)
        if (items.at[i]->kind == NODE_Starred)
            return i;
    return -1;
}

/* A target that is a plain register can be written by the unpacking itself. */
static Operand target_register(Unit *u, Node *t)
{
    if (t->kind == NODE_Starred)
        t = t->u.Starred.value;
    return t->kind == NODE_Name ? name_register(u, t->name) : NONE;
}

/* The registers to unpack into, where every target is one and none comes twice. */
static bool plain_targets(Unit *u, NodeSeq items, Operand *row)
{
    for (int64_t i = 0; i < items.n; i++) {
        row[i] = target_register(u, items.at[i]);
        if (row[i] == NONE)
            return false;
        for (int64_t k = 0; k < i; k++)
            if (row[k] == row[i])
                return false;
    }
    return true;
}

static void store_unpacked(Unit *u, Node *at, NodeSeq items, Operand value)
{
    int32_t depth = u->depth;
    int64_t star = star_index(items);
    Operand *row = xmalloc(sizeof(Operand) * (size_t)(items.n + 1));
    bool plain = plain_targets(u, items, row);
    for (int64_t i = 0; i < items.n && !plain; i++)
        row[i] = temp_new(u);
    int32_t list = list_row(u, (int)items.n, row);
    unit_emit(u, at, star >= 0 ? INS_UNPACK_STAR : INS_UNPACK, value, list, (int32_t)star);
    for (int64_t i = 0; i < items.n && !plain; i++)
        store_target(u, items.at[i], row[i]);
    free(row);
    u->depth = depth;
}

/* target = value, consuming the operand. */
void store_target(Unit *u, Node *t, Operand value)
{
    int32_t depth = u->depth;
    switch ((NodeKind)t->kind) {
    case NODE_Name:
        name_store(u, t, t->name, value);
        break;
    case NODE_Attribute: {
        Operand obj = expr(u, t->u.Attribute.value);
        Operand name = const_name(u, scope_mangle(u->scope, u->arena, t->u.Attribute.attr));
        int at = unit_emit(u, t, INS_SETATTR, obj, value, name);
        u->at.at[at].x = u->nattr < 65535 ? (uint16_t)u->nattr++ : 65535;
        break;
    }
    case NODE_Subscript: {
        Operand obj = expr(u, t->u.Subscript.value), key = expr(u, t->u.Subscript.slice);
        unit_emit(u, t, INS_SETITEM, obj, key, value);
        break;
    }
    case NODE_Tuple:
        store_unpacked(u, t, t->u.Tuple.elts, value);
        break;
    case NODE_List:
        store_unpacked(u, t, t->u.List.elts, value);
        break;
    case NODE_Starred:
        store_target(u, t->u.Starred.value, value);
        break;
    default:
        ASSERT(false, "target kind %s", ast_kinds[t->kind].name);
    }
    u->depth = depth;
}

/* a, b = b, a: displays of equal length need no tuple. */
static bool assign_parallel(Unit *u, Node *n)
{
    Node *t = n->u.Assign.targets.at[0], *v = n->u.Assign.value;
    if (n->u.Assign.targets.n != 1 || t->kind != NODE_Tuple || v->kind != NODE_Tuple)
        return false;
    NodeSeq to = t->u.Tuple.elts, from = v->u.Tuple.elts;
    if (to.n != from.n || to.n > 8 || star_index(to) >= 0 || star_index(from) >= 0)
        return false;
    Operand row[8];
    for (int64_t i = 0; i < from.n; i++) {
        row[i] = expr(u, from.at[i]);
        if (row[i] >= 0 && !is_temp(u, row[i])) {
            Operand t1 = temp_new(u);
            unit_emit(u, from.at[i], INS_MOVE, t1, row[i], 0);
            row[i] = t1;
        }
    }
    for (int64_t i = 0; i < to.n; i++)
        store_target(u, to.at[i], row[i]);
    return true;
}

static void lower_assign(Unit *u, Node *n)
{
    NodeSeq targets = n->u.Assign.targets;
    if (assign_parallel(u, n))
        return;
    Operand reg = targets.n == 1 ? target_register(u, targets.at[0]) : NONE;
    if (reg != NONE) {
        expr_into(u, n->u.Assign.value, reg);
        return;
    }
    Operand v = expr(u, n->u.Assign.value);
    for (int64_t i = 0; i < targets.n; i++) {
        Operand one = v;
        if (i + 1 < targets.n && is_temp(u, v)) {
            one = temp_new(u);
            unit_emit(u, targets.at[i], INS_COPY, one, v, 0);
        }
        store_target(u, targets.at[i], one);
    }
}

static Operand inplace(Unit *u, Node *n, Operand dst, Operand left)
{
    static const uint8_t ops[] = {
        [BINOP_Add] = INS_ADD,          [BINOP_Sub] = INS_SUB,       [BINOP_Mult] = INS_MUL,
        [BINOP_MatMult] = INS_MATMUL,   [BINOP_Div] = INS_DIV,       [BINOP_Mod] = INS_MOD,
        [BINOP_Pow] = INS_POW,          [BINOP_LShift] = INS_LSHIFT, [BINOP_RShift] = INS_RSHIFT,
        [BINOP_BitOr] = INS_OR,         [BINOP_BitXor] = INS_XOR,    [BINOP_BitAnd] = INS_AND,
        [BINOP_FloorDiv] = INS_FLOORDIV};
    Operand right = expr(u, n->u.AugAssign.value);
    if (dst == NONE)
        dst = temp_new(u);
    int at = unit_emit(u, n, (Opcode)ops[n->u.AugAssign.op], dst, left, right);
    u->at.at[at].x = 1;
    return dst;
}

/* The same operand for a second reader. */
static Operand again(Unit *u, Node *at, Operand o)
{
    if (!is_temp(u, o))
        return o;
    Operand t = temp_new(u);
    unit_emit(u, at, INS_COPY, t, o, 0);
    return t;
}

static void lower_augassign(Unit *u, Node *n)
{
    Node *t = n->u.AugAssign.target;
    if (t->kind == NODE_Name) {
        Operand reg = name_register(u, t->name);
        bool copy = u->copy_locals;
        Operand left = name_load(u, t, t->name, NONE);
        Operand v = inplace(u, n, copy ? NONE : reg, left);
        if (v != reg)
            name_store(u, t, t->name, v);
    } else if (t->kind == NODE_Subscript) {
        Operand obj = expr(u, t->u.Subscript.value), key = expr(u, t->u.Subscript.slice);
        Operand o2 = again(u, t, obj), k2 = again(u, t, key), left = temp_new(u);
        unit_emit(u, t, INS_GETITEM, left, o2, k2);
        unit_emit(u, t, INS_SETITEM, obj, key, inplace(u, n, NONE, left));
    } else {
        Operand obj = expr(u, t->u.Attribute.value), o2 = again(u, t, obj), left = temp_new(u);
        Operand name = const_name(u, scope_mangle(u->scope, u->arena, t->u.Attribute.attr));
        unit_flag(u, unit_emit(u, t, INS_GETATTR, left, o2, name),
                  u->nattr < 65535 ? (uint16_t)u->nattr++ : 65535);
        Operand v = inplace(u, n, NONE, left);
        int at = unit_emit(u, t, INS_SETATTR, obj, v, name);
        u->at.at[at].x = u->nattr < 65535 ? (uint16_t)u->nattr++ : 65535;
    }
}

static Operand annotation_value(Unit *u, Node *a)
{
    if (!u->future_annotations)
        return expr(u, a);
    const Source *s = &u->text->source;
    int64_t from = s->line_at[a->span.lineno - 1] + a->span.col;
    int64_t to = s->line_at[a->span.end_lineno - 1] + a->span.end_col;
    return const_value(u, str_new_n(s->text + from, to - from));
}

static void lower_annassign(Unit *u, Node *n)
{
    Node *t = n->u.AnnAssign.target;
    if (n->u.AnnAssign.value) {
        Operand v = expr(u, n->u.AnnAssign.value);
        store_target(u, t, v);
    }
    bool evaluated = u->scope->kind == SCOPE_MODULE || u->scope->kind == SCOPE_CLASS;
    if (evaluated && t->kind == NODE_Name && n->u.AnnAssign.simple) {
        Operand v = annotation_value(u, n->u.AnnAssign.annotation), map = temp_new(u);
        Operand name = const_name(u, "__annotations__");
        if (u->scope->kind == SCOPE_CLASS)
            unit_emit(u, n, INS_LOAD_NAME, map, name, 0);
        else
            unit_flag(u, unit_emit(u, n, INS_LOAD_GLOBAL, map, name, 0),
                      u->nname < 65535 ? (uint16_t)u->nname++ : 65535);
        unit_emit(u, n, INS_SETITEM, map, const_name(u, t->name->name), v);
    } else if (evaluated && t->kind != NODE_Name) {
        unit_emit(u, n, INS_FREE, annotation_value(u, n->u.AnnAssign.annotation), 0, 0);
    }
}

static void lower_delete(Unit *u, Node *t)
{
    int32_t depth = u->depth;
    if (t->kind == NODE_Name) {
        name_delete(u, t, t->name);
    } else if (t->kind == NODE_Attribute) {
        Operand obj = expr(u, t->u.Attribute.value);
        unit_emit(u, t, INS_DELATTR, obj,
                  const_name(u, scope_mangle(u->scope, u->arena, t->u.Attribute.attr)), 0);
    } else if (t->kind == NODE_Subscript) {
        Operand obj = expr(u, t->u.Subscript.value), key = expr(u, t->u.Subscript.slice);
        unit_emit(u, t, INS_DELITEM, obj, key, 0);
    } else {
        NodeSeq items = t->kind == NODE_Tuple ? t->u.Tuple.elts : t->u.List.elts;
        for (int64_t i = 0; i < items.n; i++)
            lower_delete(u, items.at[i]);
    }
    u->depth = depth;
}

/* ------------------------------------------------------------------ simple flow */

static Block *loop_of(Unit *u)
{
    Block *b = u->block;
    while (b && b->kind != BLOCK_LOOP)
        b = b->up;
    return b;
}

static void lower_jump(Unit *u, Node *n, bool is_break)
{
    Block *loop = loop_of(u);
    unwind_blocks(u, n, loop);
    if (is_break && loop->base != NONE)
        unit_emit(u, n, INS_FREE_LOOP, loop->base, 0, 0);
    bool turn = !is_break && loop->base != NONE;
    unit_emit(u, n, turn ? INS_LOOP : INS_JUMP, is_break ? loop->brk : loop->cont, 0, 0);
    unwind_done(u, loop);
}

static void lower_return(Unit *u, Node *n)
{
    Node *value = n->u.Return.value;
    Operand v = value ? expr(u, value) : const_value(u, V_NONE);
    if (u->block) {
        if (v >= 0 && !is_temp(u, v)) { /* a final body may rebind the local */
            Operand t = temp_new(u);
            unit_emit(u, n, INS_MOVE, t, v, 0);
            v = t;
        }
        unwind_blocks(u, n, NULL);
    }
    unit_emit(u, n, INS_RETURN, v, 0, 0);
    unwind_done(u, NULL);
}

static void lower_if(Unit *u, Node *n)
{
    Label end = label_new(u);
    for (;;) {
        Label other = n->u.If.orelse.n ? label_new(u) : end;
        expr_root(u, n->u.If.test);
        cond(u, n->u.If.test, n, other, false);
        stmts(u, n->u.If.body);
        NodeSeq rest = n->u.If.orelse;
        if (!rest.n)
            break;
        unit_emit(u, n->u.If.body.at[n->u.If.body.n - 1], INS_JUMP, end, 0, 0);
        label_here(u, other);
        if (rest.n != 1 || rest.at[0]->kind != NODE_If) {
            stmts(u, rest);
            break;
        }
        n = rest.at[0];
    }
    label_here(u, end);
}

static void lower_while(Unit *u, Node *n)
{
    Label top = label_new(u), other = label_new(u), end = label_new(u), again = label_new(u);
    Block b = {.brk = end, .cont = again, .base = NONE};
    expr_root(u, n->u.While.test);
    cond(u, n->u.While.test, n, other, false);
    label_here(u, top);
    block_push(u, &b, BLOCK_LOOP, false);
    stmts(u, n->u.While.body);
    block_pop(u, &b);
    label_here(u, again);
    /* The condition again at the bottom: one jump a turn. */
    Label leave = label_new(u);
    expr_root(u, n->u.While.test);
    cond(u, n->u.While.test, n, leave, false);
    unit_emit(u, n->u.While.test, INS_LOOP, top, 0, 0);
    label_here(u, leave);
    label_here(u, other);
    stmts(u, n->u.While.orelse);
    label_here(u, end);
}

static void lower_for(Unit *u, Node *n)
{
    int32_t depth = u->depth;
    Label top = label_new(u), other = label_new(u), end = label_new(u);
    Operand it = expr(u, n->u.For.iter);
    u->depth = depth;
    Operand base = temp_loop(u);
    unit_emit(u, n, INS_FOR_PREP, base, it, 0);
    label_here(u, top);
    Block b = {.brk = end, .cont = top, .base = base};
    block_push(u, &b, BLOCK_LOOP, false);
    Operand reg = target_register(u, n->u.For.target);
    int32_t inner = u->depth;
    Operand item = reg != NONE ? reg : temp_new(u);
    unit_emit(u, n, INS_FOR_ITER, item, base, other);
    if (reg == NONE)
        store_target(u, n->u.For.target, item);
    u->depth = inner;
    stmts(u, n->u.For.body);
    unit_emit(u, n, INS_LOOP, top, 0, 0);
    block_pop(u, &b);
    u->depth = depth;
    label_here(u, other);
    stmts(u, n->u.For.orelse);
    label_here(u, end);
}

/* ------------------------------------------------------------------- exceptions */

/* At a handler's entry: the exception and what was handled before it, in two temporaries. */
static void catch_enter(Unit *u, const Node *at, Block *b)
{
    b->prev = temp_new(u);
    b->exc = temp_new(u);
    unit_emit(u, at, INS_CATCH, b->prev, b->exc, 0);
    block_push(u, b, BLOCK_CAUGHT, true);
}

static void catch_reraise(Unit *u, const Node *at, Block *b)
{
    block_pop(u, b);
    unit_emit(u, at, INS_UNCATCH, b->prev, 0, 0);
    unit_emit(u, at, INS_RERAISE, b->exc, 0, 0);
}

static void catch_leave(Unit *u, const Node *at, Block *b)
{
    unit_emit(u, at, INS_UNCATCH, b->prev, 0, 0);
    unit_emit(u, at, INS_FREE, b->exc, 0, 0);
}

static void lower_named_handler(Unit *u, Node *h, Operand exc)
{
    const char *name = h->u.ExceptHandler.name;
    Operand copy = temp_new(u);
    unit_emit(u, h, INS_COPY, copy, exc, 0);
    name_store(u, h, scope_find(u->scope, name), copy);
    u->depth--;
    Label cleanup = label_new(u), end = label_new(u);
    Block b = {.handler = cleanup, .node = h};
    block_push(u, &b, BLOCK_NAME, true);
    stmts(u, h->u.ExceptHandler.body);
    block_pop(u, &b);
    name_unbind(u, h, name);
    unit_emit(u, h, INS_JUMP, end, 0, 0);
    int32_t depth = u->depth;
    label_here(u, cleanup);
    Block c = {0};
    catch_enter(u, h, &c);
    name_unbind(u, h, name);
    catch_reraise(u, h, &c);
    u->depth = depth;
    label_here(u, end);
}

static void lower_handlers(Unit *u, Node *n, Label end)
{
    Block caught = {0};
    int32_t depth = u->depth;
    catch_enter(u, n->u.Try.handlers.at[0], &caught);
    for (int64_t i = 0; i < n->u.Try.handlers.n; i++) {
        Node *h = n->u.Try.handlers.at[i];
        Label next = label_new(u);
        int32_t inner = u->depth;
        u->copy_locals = false;
        Operand type = h->u.ExceptHandler.type ? expr(u, h->u.ExceptHandler.type) : NONE;
        unit_emit(u, h, INS_JNOMATCH, next, caught.exc, type);
        u->depth = inner;
        if (h->u.ExceptHandler.name)
            lower_named_handler(u, h, caught.exc);
        else
            stmts(u, h->u.ExceptHandler.body);
        region_close(u, &caught);
        catch_leave(u, h, &caught);
        unit_emit(u, h, INS_JUMP, end, 0, 0);
        region_open(u, &caught);
        u->depth = inner;
        label_here(u, next);
    }
    catch_reraise(u, n->u.Try.handlers.at[0], &caught);
    u->depth = depth;
}

static void lower_try_except(Unit *u, Node *n)
{
    Label handler = label_new(u), end = label_new(u);
    Block b = {.handler = handler};
    block_push(u, &b, BLOCK_TRY, true);
    stmts(u, n->u.Try.body);
    block_pop(u, &b);
    stmts(u, n->u.Try.orelse);
    unit_emit(u, n, INS_JUMP, end, 0, 0);
    label_here(u, handler);
    lower_handlers(u, n, end);
    label_here(u, end);
}

static void lower_try_finally(Unit *u, Node *n)
{
    Label handler = label_new(u), end = label_new(u);
    Block b = {.handler = handler, .final = n->u.Try.finalbody};
    block_push(u, &b, BLOCK_FINALLY, true);
    if (n->u.Try.handlers.n)
        lower_try_except(u, n);
    else
        stmts(u, n->u.Try.body);
    block_pop(u, &b);
    stmts(u, n->u.Try.finalbody);
    unit_emit(u, n, INS_JUMP, end, 0, 0);
    label_here(u, handler);
    int32_t depth = u->depth;
    Block caught = {0};
    catch_enter(u, n, &caught);
    stmts(u, n->u.Try.finalbody);
    catch_reraise(u, n, &caught);
    u->depth = depth;
    label_here(u, end);
}

static void lower_with(Unit *u, Node *n, int64_t i)
{
    if (i == n->u.With.items.n) {
        stmts(u, n->u.With.body);
        return;
    }
    Node *item = n->u.With.items.at[i], *ctx = item->u.withitem.context_expr;
    Node *target = item->u.withitem.optional_vars;
    int32_t depth = u->depth;
    Label handler = label_new(u), end = label_new(u), suppressed = label_new(u);
    expr_root(u, ctx);
    Operand manager = expr(u, ctx);
    u->depth = depth;
    Block b = {.handler = handler, .node = n};
    b.exit = temp_new(u);
    Operand enter = temp_new(u);
    unit_emit(u, n, INS_WITH, enter, manager, b.exit);
    u->depth--;
    Operand value = temp_new(u);
    unit_emit(u, n, INS_CALL, value, enter, list_row(u, 0, NULL));
    u->depth--;
    block_push(u, &b, BLOCK_WITH, true);
    u->depth++;
    if (target)
        store_target(u, target, value);
    else
        unit_emit(u, n, INS_FREE, value, 0, 0);
    u->depth--;
    lower_with(u, n, i + 1);
    unwind_blocks(u, n, b.up); /* the ordinary exit */
    u->block = b.up;
    unit_emit(u, n, INS_JUMP, end, 0, 0);
    label_here(u, handler);
    Block caught = {0};
    catch_enter(u, n, &caught);
    Operand t = temp_new(u);
    unit_emit(u, n, INS_WITH_EXIT, t, b.exit, caught.exc);
    unit_emit(u, n, INS_JSUPPRESS, suppressed, t, caught.exc);
    catch_reraise(u, n, &caught);
    label_here(u, suppressed);
    catch_leave(u, n, &caught);
    u->depth = depth;
    label_here(u, end);
}

static void lower_raise(Unit *u, Node *n)
{
    Operand exc = n->u.Raise.exc ? expr(u, n->u.Raise.exc) : NONE;
    Operand cause = n->u.Raise.cause ? expr(u, n->u.Raise.cause) : NONE;
    unit_emit(u, n, INS_RAISE, exc, cause, 0);
}

static void lower_assert(Unit *u, Node *n)
{
    Label fine = label_new(u);
    const Node *at = cond(u, n->u.Assert.test, n, fine, true);
    Operand msg = n->u.Assert.msg ? expr(u, n->u.Assert.msg) : NONE;
    unit_emit(u, at, INS_ASSERT_FAIL, msg, 0, 0);
    label_here(u, fine);
}

/* --------------------------------------------------------------------- imports */

static void lower_import(Unit *u, Node *n)
{
    for (int64_t i = 0; i < n->u.Import.names.n; i++) {
        Node *a = n->u.Import.names.at[i];
        const char *dotted = a->u.alias.name, *as = a->u.alias.asname, *dot = strchr(dotted, '.');
        int32_t depth = u->depth;
        Operand row[2] = {const_value(u, V_NONE), const_value(u, v_int(0))};
        const char *first =
            arena_strndup(u->arena, dotted, dot ? (size_t)(dot - dotted) : strlen(dotted));
        ScopeName *name = scope_find(u->scope, as ? as : first);
        Operand reg = name_register(u, name), m = reg != NONE && !(as && dot) ? reg : temp_new(u);
        unit_emit(u, n, INS_IMPORT, m, const_name(u, dotted), list_row(u, 2, row));
        while (as && dot) {
            const char *part = dot + 1;
            dot = strchr(part, '.');
            const char *one =
                arena_strndup(u->arena, part, dot ? (size_t)(dot - part) : strlen(part));
            Operand sub = temp_new(u);
            unit_emit(u, n, INS_IMPORT_FROM, sub, m, const_name(u, one));
            unit_emit(u, n, INS_FREE, m, 0, 0);
            m = sub;
        }
        name_store(u, n, name, m);
        u->depth = depth;
    }
}

static void lower_import_from(Unit *u, Node *n)
{
    NodeSeq names = n->u.ImportFrom.names;
    Value list = tuple_new(names.n);
    for (int64_t i = 0; i < names.n; i++)
        as_tuple(list)->at[i] = retain(v_obj(str_intern(names.at[i]->u.alias.name)));
    Operand row[2] = {const_value(u, list), const_value(u, v_int(n->u.ImportFrom.level))};
    const char *module = n->u.ImportFrom.module ? n->u.ImportFrom.module : "";
    Operand m = temp_new(u);
    unit_emit(u, n, INS_IMPORT, m, const_name(u, module), list_row(u, 2, row));
    if (names.n == 1 && !strcmp(names.at[0]->u.alias.name, "*")) {
        unit_emit(u, n, INS_IMPORT_STAR, m, 0, 0);
        return;
    }
    for (int64_t i = 0; i < names.n; i++) {
        Node *a = names.at[i];
        Operand t = temp_new(u);
        unit_emit(u, n, INS_IMPORT_FROM, t, m, const_name(u, a->u.alias.name));
        const char *as = a->u.alias.asname ? a->u.alias.asname : a->u.alias.name;
        name_store(u, n, scope_find(u->scope, as), t);
        u->depth--;
    }
    unit_emit(u, n, INS_FREE, m, 0, 0);
}

static void lower_expr_stmt(Unit *u, Node *n)
{
    Node *v = n->u.Expr.value;
    if (u->mode == LOWER_INTERACTIVE && u->scope->kind == SCOPE_MODULE) {
        unit_emit(u, n, INS_PRINT, expr(u, v), 0, 0);
        return;
    }
    if (v->kind == NODE_Constant)
        return;
    Operand t = expr(u, v);
    if (is_temp(u, t))
        unit_emit(u, n, INS_FREE, t, 0, 0);
}

static void stmt(Unit *u, Node *n)
{
    bool compound = n->kind == NODE_If || n->kind == NODE_While || n->kind == NODE_Try ||
                    n->kind == NODE_FunctionDef || n->kind == NODE_ClassDef || n->kind == NODE_With;
    if (n->kind == NODE_For)
        expr_root(u, n->u.For.iter);
    else if (compound)
        u->copy_locals = false;
    else
        expr_root(u, n);
    switch ((NodeKind)n->kind) {
    case NODE_Expr:
        lower_expr_stmt(u, n);
        break;
    case NODE_Assign:
        lower_assign(u, n);
        break;
    case NODE_AugAssign:
        lower_augassign(u, n);
        break;
    case NODE_AnnAssign:
        lower_annassign(u, n);
        break;
    case NODE_If:
        lower_if(u, n);
        break;
    case NODE_For:
        lower_for(u, n);
        break;
    case NODE_While:
        lower_while(u, n);
        break;
    case NODE_Return:
        lower_return(u, n);
        break;
    case NODE_Break:
    case NODE_Continue:
        lower_jump(u, n, n->kind == NODE_Break);
        break;
    case NODE_Try:
        (n->u.Try.finalbody.n ? lower_try_finally : lower_try_except)(u, n);
        break;
    case NODE_With:
        lower_with(u, n, 0);
        break;
    case NODE_Raise:
        lower_raise(u, n);
        break;
    case NODE_Assert:
        lower_assert(u, n);
        break;
    case NODE_Delete:
        for (int64_t i = 0; i < n->u.Delete.targets.n; i++)
            lower_delete(u, n->u.Delete.targets.at[i]);
        break;
    case NODE_Import:
        lower_import(u, n);
        break;
    case NODE_ImportFrom:
        lower_import_from(u, n);
        break;
    case NODE_FunctionDef:
        lower_function(u, n);
        break;
    case NODE_ClassDef:
        lower_class(u, n);
        break;
    case NODE_Pass:
    case NODE_Global:
    case NODE_Nonlocal:
        break;
    default:
        ASSERT(false, "statement kind %s", ast_kinds[n->kind].name);
    }
}

void stmts(Unit *u, NodeSeq body)
{
    for (int64_t i = 0; i < body.n; i++) {
        int32_t depth = u->depth;
        stmt(u, body.at[i]);
        u->depth = depth;
    }
}
