/* lower_func.c -- functions, lambdas, classes, comprehensions.  Replicated.
 *
 * Each becomes a code object of its own; the code around it makes the function from defaults,
 * annotations and the cells it closes over.  A comprehension is a function called at once with its
 * first iterable.
 */
#include "interp/lower.h"

/* FUNCTION's row: defaults, keyword defaults, annotations, then the closure's cells. */
static Operand emit_function(Unit *u, Node *n, Operand defaults, Operand kwdefaults,
                             Operand annotations, int32_t depth, Operand hint)
{
    Scope *s = n->scope;
    Code *code = unit_child(u, s, n);
    Operand *row = xmalloc(sizeof(Operand) * (size_t)(3 + code->nfrees));
    row[0] = defaults;
    row[1] = kwdefaults;
    row[2] = annotations;
    for (int64_t i = 0; i < s->nnames; i++)
        if (s->names[i].kind == NAME_FREE || (s->names[i].flags & NAME_PASSES_CELL))
            row[3 + s->names[i].cell] = cell_register(u, s->names[i].name);
    u->depth = depth;
    Operand dst = hint != NONE ? hint : temp_new(u);
    unit_emit(u, n, INS_FUNCTION, dst, const_value(u, v_obj(code)),
              list_row(u, 3 + code->nfrees, row));
    free(row);
    return dst;
}

static Operand keyword_defaults(Unit *u, Node *args)
{
    NodeSeq names = args->u.arguments.kwonlyargs, values = args->u.arguments.kw_defaults;
    Vec(Operand) row = {0};
    int32_t depth = u->depth;
    for (int64_t i = 0; i < names.n; i++) {
        if (!values.at[i])
            continue;
        vec_push(&row, const_name(u, scope_mangle(u->scope, u->arena, names.at[i]->u.arg.arg)));
        vec_push(&row, expr(u, values.at[i]));
    }
    u->depth = depth;
    Operand dst = NONE;
    if (row.n) {
        dst = temp_new(u);
        unit_emit(u, args, INS_BUILD_DICT, dst, list_row(u, (int)row.n, row.at), 0);
    }
    vec_free(&row);
    return dst;
}

typedef Vec(Operand) OperandVec;

static void add_annotation(Unit *u, OperandVec *row, const char *name, Node *a)
{
    if (!a)
        return;
    vec_push(row, const_name(u, scope_mangle(u->scope, u->arena, name)));
    if (!u->future_annotations) {
        Node *star = a->kind == NODE_Starred ? a->u.Starred.value : a;
        vec_push(row, expr(u, star));
        return;
    }
    const Source *s = &u->text->source;
    int64_t from = s->line_at[a->span.lineno - 1] + a->span.col;
    int64_t to = s->line_at[a->span.end_lineno - 1] + a->span.end_col;
    vec_push(row, const_value(u, str_new_n(s->text + from, to - from)));
}

static void add_annotations(Unit *u, OperandVec *row, NodeSeq args)
{
    for (int64_t i = 0; i < args.n; i++)
        add_annotation(u, row, args.at[i]->u.arg.arg, args.at[i]->u.arg.annotation);
}

static Operand lower_annotations(Unit *u, Node *args, Node *returns)
{
    OperandVec row = {0};
    int32_t depth = u->depth;
    add_annotations(u, &row, args->u.arguments.posonlyargs);
    add_annotations(u, &row, args->u.arguments.args);
    if (args->u.arguments.vararg)
        add_annotation(u, &row, args->u.arguments.vararg->u.arg.arg,
                       args->u.arguments.vararg->u.arg.annotation);
    add_annotations(u, &row, args->u.arguments.kwonlyargs);
    if (args->u.arguments.kwarg)
        add_annotation(u, &row, args->u.arguments.kwarg->u.arg.arg,
                       args->u.arguments.kwarg->u.arg.annotation);
    add_annotation(u, &row, "return", returns);
    u->depth = depth;
    Operand dst = NONE;
    if (row.n) {
        dst = temp_new(u);
        unit_emit(u, args, INS_BUILD_DICT, dst, list_row(u, (int)row.n, row.at), 0);
    }
    vec_free(&row);
    return dst;
}

static Operand lower_callable(Unit *u, Node *n, Node *args, Node *returns, Operand hint)
{
    int32_t depth = u->depth;
    NodeSeq d = args->u.arguments.defaults;
    Operand defaults = d.n ? build_tuple(u, n, d, NONE) : NONE;
    Operand kwdefaults = keyword_defaults(u, args);
    Operand annotations = lower_annotations(u, args, returns);
    return emit_function(u, n, defaults, kwdefaults, annotations, depth, hint);
}

Operand lower_lambda(Unit *u, Node *n, Operand hint)
{
    return lower_callable(u, n, n->u.Lambda.args, NULL, hint);
}

/* Decorators are evaluated in order, before the def; then applied from the last to the first. */
static int64_t lower_decorators(Unit *u, NodeSeq list, Operand **out)
{
    *out = xmalloc(sizeof(Operand) * (size_t)(list.n + 1));
    for (int64_t i = 0; i < list.n; i++)
        (*out)[i] = expr(u, list.at[i]);
    return list.n;
}

static void apply_decorators(Unit *u, NodeSeq list, Operand *decorators, Operand *value)
{
    for (int64_t i = list.n - 1; i >= 0; i--) {
        Operand t = temp_new(u);
        unit_emit(u, list.at[i], INS_CALL, t, decorators[i], list_row(u, 1, value));
        *value = t;
    }
    free(decorators);
}

void lower_function(Unit *u, Node *n)
{
    NodeSeq list = n->u.FunctionDef.decorator_list;
    Operand *decorators;
    lower_decorators(u, list, &decorators);
    ScopeName *name = scope_find(u->scope, n->u.FunctionDef.name);
    Operand reg = list.n ? NONE : name_register(u, name);
    Operand f = lower_callable(u, n, n->u.FunctionDef.args, n->u.FunctionDef.returns, reg);
    apply_decorators(u, list, decorators, &f);
    name_store(u, n, name, f);
}

void lower_class(Unit *u, Node *n)
{
    NodeSeq list = n->u.ClassDef.decorator_list;
    Operand *decorators;
    lower_decorators(u, list, &decorators);
    Operand row[2];
    Node head = *n;
    Operand pending = temp_new(u);
    int32_t depth = u->depth;
    bases_and_kwargs(u, &head, n->u.ClassDef.bases, n->u.ClassDef.keywords, &row[0], &row[1]);
    Operand name = const_name(u, n->u.ClassDef.name);
    unit_emit(u, n, INS_CLASS_BEGIN, pending, name, list_row(u, 2, row));
    u->depth = depth;
    Operand body = emit_function(u, n, NONE, NONE, NONE, depth, NONE);
    u->depth = depth;
    Operand cell = temp_new(u);
    unit_emit(u, n, INS_CLASS_BODY, cell, body, pending);
    u->depth = depth;
    ScopeName *name_entry = scope_find(u->scope, n->u.ClassDef.name);
    Operand reg = list.n ? NONE : name_register(u, name_entry);
    Operand cls = reg != NONE ? reg : temp_new(u);
    unit_emit(u, n, INS_CLASS_END, cls, pending, cell);
    apply_decorators(u, list, decorators, &cls);
    name_store(u, n, name_entry, cls);
}

/* ------------------------------------------------------------------ comprehensions */

static NodeSeq generators_of(const Node *n)
{
    switch ((NodeKind)n->kind) {
    case NODE_ListComp:
        return n->u.ListComp.generators;
    case NODE_SetComp:
        return n->u.SetComp.generators;
    case NODE_DictComp:
        return n->u.DictComp.generators;
    default:
        return n->u.GeneratorExp.generators;
    }
}

Operand lower_comprehension(Unit *u, Node *n, Operand hint)
{
    int32_t depth = u->depth;
    Operand f = emit_function(u, n, NONE, NONE, NONE, depth, NONE);
    Node *first = generators_of(n).at[0]->u.comprehension.iter;
    Operand it = expr(u, first), iter = temp_new(u);
    unit_emit(u, n, INS_ITER, iter, it, 0);
    u->depth = depth;
    Operand dst = hint != NONE ? hint : temp_new(u);
    unit_emit(u, n, INS_CALL, dst, f, list_row(u, 1, &iter));
    return dst;
}

static void comprehension_item(Unit *u, Node *n, Operand acc)
{
    int32_t depth = u->depth;
    expr_root(u, n);
    if (n->kind == NODE_DictComp) {
        Operand k = expr(u, n->u.DictComp.key), v = expr(u, n->u.DictComp.value);
        unit_emit(u, n, INS_DICT_SET, acc, k, v);
    } else if (n->kind == NODE_GeneratorExp) {
        Operand v = expr(u, n->u.GeneratorExp.elt), t = temp_new(u);
        unit_emit(u, n->u.GeneratorExp.elt, INS_YIELD, t, v, 0);
        unit_emit(u, n, INS_FREE, t, 0, 0);
    } else {
        Operand v = expr(u, n->kind == NODE_ListComp ? n->u.ListComp.elt : n->u.SetComp.elt);
        unit_emit(u, n, n->kind == NODE_ListComp ? INS_LIST_APPEND : INS_SET_ADD, acc, v, 0);
    }
    u->depth = depth;
}

static void comprehension_loop(Unit *u, Node *n, int64_t i, Operand acc)
{
    NodeSeq gens = generators_of(n);
    if (i == gens.n) {
        comprehension_item(u, n, acc);
        return;
    }
    Node *g = gens.at[i];
    int32_t depth = u->depth;
    Label top = label_new(u), end = label_new(u);
    expr_root(u, g);
    Operand it = i == 0 ? 0 : expr(u, g->u.comprehension.iter); /* register 0 is the parameter */
    u->depth = depth;
    Operand base = temp_loop(u), item = temp_new(u);
    unit_emit(u, n, INS_FOR_PREP, base, it, 0);
    label_here(u, top);
    Operand reg = g->u.comprehension.target->kind == NODE_Name
                      ? name_register(u, g->u.comprehension.target->name)
                      : NONE;
    unit_emit(u, n, INS_FOR_ITER, reg != NONE ? reg : item, base, end);
    if (reg == NONE)
        store_target(u, g->u.comprehension.target, item);
    for (int64_t k = 0; k < g->u.comprehension.ifs.n; k++) {
        expr_root(u, g->u.comprehension.ifs.at[k]);
        cond(u, g->u.comprehension.ifs.at[k], n, top, false);
    }
    comprehension_loop(u, n, i + 1, acc);
    unit_emit(u, n, INS_LOOP, top, 0, 0);
    label_here(u, end);
    u->depth = depth;
}

static void comprehension_body(Unit *u, Node *n)
{
    Operand acc = NONE;
    if (n->kind != NODE_GeneratorExp) {
        acc = temp_new(u);
        Opcode op = n->kind == NODE_ListComp  ? INS_BUILD_LIST
                    : n->kind == NODE_SetComp ? INS_BUILD_SET
                                              : INS_BUILD_DICT;
        unit_emit(u, n, op, acc, list_row(u, 0, NULL), 0);
    }
    comprehension_loop(u, n, 0, acc);
    unit_emit(u, n, INS_RETURN, acc == NONE ? const_value(u, V_NONE) : acc, 0, 0);
}

/* --------------------------------------------------------------------------- bodies */

static void class_store(Unit *u, Node *n, const char *name, Operand v)
{
    unit_emit(u, n, INS_STORE_NAME, v, const_name(u, name), 0);
}

static void class_body(Unit *u, Node *n)
{
    Operand t = temp_new(u);
    Span first = {n->span.lineno, 0, n->span.lineno, 0};
    Node at = *n;
    at.span = first;
    unit_emit(u, &at, INS_LOAD_NAME, t, const_name(u, "__name__"), 0);
    class_store(u, &at, "__module__", t);
    u->depth--;
    class_store(u, &at, "__qualname__", const_value(u, retain(u->code->qualname)));
    if (has_annotations(n->u.ClassDef.body))
        unit_emit(u, n, INS_ANNOTATIONS, 0, 0, 0);
    if (!v_is_none(u->code->doc))
        class_store(u, n, "__doc__", const_value(u, retain(u->code->doc)));
    stmts(u, n->u.ClassDef.body);
    Operand result = const_value(u, V_NONE);
    if (u->scope->needs_class_cell) {
        Operand cell = temp_new(u);
        unit_emit(u, n, INS_MOVE, cell, u->code->nlocals, 0);
        class_store(u, n, "__classcell__", cell);
        result = u->code->nlocals;
    }
    unit_emit(u, n, INS_RETURN, result, 0, 0);
}

void lower_body(Unit *u, Node *n)
{
    if (n->kind == NODE_ClassDef) {
        class_body(u, n);
        return;
    }
    if (n->kind == NODE_Lambda) {
        expr_root(u, n->u.Lambda.body);
        unit_emit(u, n->u.Lambda.body, INS_RETURN, expr(u, n->u.Lambda.body), 0, 0);
        return;
    }
    if (n->kind != NODE_FunctionDef) {
        comprehension_body(u, n);
        return;
    }
    stmts(u, n->u.FunctionDef.body);
    unit_emit(u, NULL, INS_RETURN, const_value(u, V_NONE), 0, 0);
}
