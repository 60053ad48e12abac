/* scope.c -- from names as written to variables.  Replicated.
 *
 * Two steps, as in CPython's symbol table and with its errors in its order.  Collecting walks the
 * tree once in CPython's order and notes in each scope how names occur.  Resolving goes over the
 * scopes from the outside in: a name bound in its scope is local; otherwise the nearest
 * function-like scope around it that binds the name owns the variable (classes do not count), its
 * entry becomes a cell and every scope between hands it on.
 */
#include "parser/parse.h"

typedef struct NameRef {
    Node *node;
    Scope *scope;
    int64_t index;
} NameRef;

typedef struct Directive { /* a name in a global or nonlocal statement, or bound by a walrus from
                              inside */
    Scope *scope;
    const char *name;
    Span span;
} Directive;

typedef struct Builder {
    Arena *arena;
    const Source *source;
    SyntaxErr *err;
    Scope *current;
    const char *private_name;
    Vec(Scope *) all; /* in the order they open, which is from the outside in */
    Vec(NameRef) refs;
    Vec(Directive) directives;
    int iter_expr;    /* inside the iterable of a comprehension's for */
    bool iter_target; /* inside the target of one */
} Builder;

/* Names of one scope while they are collected; Scope.names and .table are made of it. */
enum { NAMES_FIRST_CAP = 8, BOUND = NAME_IS_PARAM | NAME_IS_ASSIGNED | NAME_IS_IMPORTED };

static bool visit(Builder *b, Node *n);

/* ---- tables ---- */

static uint64_t name_hash(const char *s)
{
    uint64_t h = 14695981039346656037u;
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * 1099511628211u;
    return h ^ h >> 31;
}

static int64_t table_slot(const Scope *s, const char *name)
{
    uint64_t mask = (uint64_t)(s->table_size - 1), k = name_hash(name);
    while (s->table[k & mask] >= 0 && strcmp(s->names[s->table[k & mask]].name, name) != 0)
        k++;
    return (int64_t)(k & mask);
}

static int64_t names_find(const Scope *s, const char *name)
{
    return s->table_size ? s->table[table_slot(s, name)] : -1;
}

/* Double the room; half of the table stays free. */
static void names_grow(Arena *arena, Scope *s)
{
    int64_t cap = s->table_size ? s->table_size : NAMES_FIRST_CAP;
    ScopeName *names = ARENA_ARRAY(arena, ScopeName, cap);
    if (s->nnames)
        memcpy(names, s->names, sizeof *names * (size_t)s->nnames);
    s->names = names;
    s->table_size = 2 * cap;
    s->table = ARENA_ARRAY(arena, int32_t, s->table_size);
    memset(s->table, -1, sizeof *s->table * (size_t)s->table_size);
    for (int64_t i = 0; i < s->nnames; i++)
        s->table[table_slot(s, names[i].name)] = (int32_t)i;
}

static int64_t names_add(Arena *arena, Scope *s, const char *name)
{
    int64_t i = names_find(s, name);
    if (i >= 0)
        return i;
    if (2 * s->nnames >= s->table_size)
        names_grow(arena, s);
    i = s->nnames++;
    s->names[i] = (ScopeName){.name = name, .slot = -1, .cell = -1};
    s->table[table_slot(s, name)] = (int32_t)i;
    return i;
}

/* ---- mangling ---- */

static const char *mangle(const char *private_name, Arena *arena, const char *id)
{
    size_t n = strlen(id);
    if (!private_name || id[0] != '_' || id[1] != '_' ||
        (n >= 2 && strcmp(id + n - 2, "__") == 0) || strchr(id, '.'))
        return id;
    while (*private_name == '_')
        private_name++;
    if (!*private_name)
        return id;
    char *text = arena_alloc(arena, n + strlen(private_name) + 2);
    text[0] = '_';
    strcpy(text + 1, private_name);
    strcat(text, id);
    return text;
}

const char *scope_mangle(const Scope *s, Arena *arena, const char *id)
{
    return mangle(s->private_name, arena, id);
}

ScopeName *scope_find(const Scope *s, const char *id)
{
    char text[512];
    const char *name = id;
    size_t n = strlen(id);
    if (s->private_name && id[0] == '_' && id[1] == '_' && n + strlen(s->private_name) < 500) {
        Arena arena;
        arena_init(&arena);
        snprintf(text, sizeof text, "%s", mangle(s->private_name, &arena, id));
        arena_fini(&arena);
        name = text;
    }
    int64_t i = names_find(s, name);
    return i < 0 ? NULL : &s->names[i];
}

/* ---- scopes ---- */

static bool is_comprehension(const Scope *s)
{
    return s->kind >= SCOPE_LISTCOMP;
}

static bool is_function_like(const Scope *s)
{
    return s->kind != SCOPE_MODULE && s->kind != SCOPE_CLASS;
}

static int64_t flags_of(const Scope *s, const char *name)
{
    int64_t i = names_find(s, name);
    return i < 0 ? 0 : s->names[i].flags;
}

static const char *qualname_make(Builder *b, const Scope *parent, const Scope *s)
{
    bool is_def = s->kind == SCOPE_FUNCTION || s->kind == SCOPE_CLASS;
    if (!parent || parent->kind == SCOPE_MODULE)
        return s->name;
    if (is_def && (flags_of(parent, mangle(b->private_name, b->arena, s->name)) & NAME_IS_GLOBAL))
        return s->name;
    const char *middle = parent->kind == SCOPE_CLASS ? "." : ".<locals>.";
    size_t n = strlen(parent->qualname) + strlen(middle) + strlen(s->name) + 1;
    char *text = arena_alloc(b->arena, n);
    snprintf(text, n, "%s%s%s", parent->qualname, middle, s->name);
    return text;
}

static Scope *scope_open(Builder *b, ScopeKind kind, const char *name, Node *node)
{
    Scope *s = ARENA_NEW(b->arena, Scope), *parent = b->current;
    s->kind = kind;
    s->node = node;
    s->parent = parent;
    s->name = name;
    s->qualname = qualname_make(b, parent, s);
    s->is_nested = parent && (parent->is_nested || is_function_like(parent));
    s->private_name = b->private_name;
    node->scope = s;
    vec_push(&b->all, s);
    b->current = s;
    return s;
}

static bool docstring_has(const NodeSeq *body)
{
    if (body->n == 0 || body->at[0]->kind != NODE_Expr)
        return false;
    const Node *n = body->at[0]->u.Expr.value;
    return n->kind == NODE_Constant && n->u.Constant.value.kind == CONSTANT_STR;
}

__attribute__((format(printf, 3, 4))) static bool fail_span(Builder *b, Span span, const char *fmt,
                                                            ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    err_set(b->err, b->arena, b->source, "SyntaxError", span, "%s", text);
    return false;
}

/* ---- occurrences ---- */

/* Note in `s` that `id` occurs with `flag`; *index its entry. */
static bool occur_in(Builder *b, Scope *s, const char *id, int flag, Span span, int64_t *index)
{
    const char *name = mangle(b->private_name, b->arena, id);
    int64_t i = names_add(b->arena, s, name);
    int old = s->names[i].flags;
    if ((flag & NAME_IS_PARAM) && (old & NAME_IS_PARAM))
        return fail_span(b, span, "duplicate argument '%s' in function definition", name);
    if (b->iter_target && s == b->current && (flag & NAME_IS_ASSIGNED)) {
        if (old & (NAME_IS_GLOBAL | NAME_IS_NONLOCAL))
            return fail_span(
                b, span, "comprehension inner loop cannot rebind assignment expression target '%s'",
                name);
        flag |= NAME_IS_ITERATION;
    }
    s->names[i].flags = (uint16_t)(old | flag);
    if (flag & NAME_IS_GLOBAL) {
        Scope *top = b->all.at[0];
        int64_t k = names_add(b->arena, top, name);
        top->names[k].flags |= s == top ? NAME_IS_GLOBAL : 0;
    }
    if (index)
        *index = i;
    return true;
}

static bool occur(Builder *b, const char *id, int flag, Span span)
{
    return occur_in(b, b->current, id, flag, span, NULL);
}

static bool word_in(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(*words, word) == 0)
            return true;
    return false;
}

static bool visit_name(Builder *b, Node *n)
{
    static const char *const NAMESPACE_WORDS[] = {"locals", "globals", "vars", "dir",
                                                  "eval",   "exec",    NULL};
    const char *id = n->u.Name.id;
    bool load = n->u.Name.ctx == CTX_Load;
    int64_t index;
    if (!occur_in(b, b->current, id, load ? NAME_IS_USED : NAME_IS_ASSIGNED, n->span, &index))
        return false;
    NameRef ref = {n, b->current, index};
    vec_push(&b->refs, ref);
    if (!load)
        return true;
    b->current->uses_namespace |= word_in(id, NAMESPACE_WORDS);
    if (is_function_like(b->current) && strcmp(id, "super") == 0)
        return occur(b, "__class__", NAME_IS_USED, n->span);
    return true;
}

/* ---- expressions ---- */

static bool visit_seq(Builder *b, const NodeSeq *seq)
{
    for (int64_t i = 0; i < seq->n; i++)
        if (seq->at[i] && !visit(b, seq->at[i]))
            return false;
    return true;
}

static bool visit_opt(Builder *b, Node *n)
{
    return !n || visit(b, n);
}

static bool param_occur(Builder *b, Node *arg)
{
    return !arg || occur(b, arg->u.arg.arg, NAME_IS_PARAM | NAME_IS_ASSIGNED, arg->span);
}

static bool params_occur(Builder *b, const NodeSeq *args)
{
    for (int64_t i = 0; i < args->n; i++)
        if (!param_occur(b, args->at[i]))
            return false;
    return true;
}

static bool visit_params(Builder *b, Node *n)
{
    return params_occur(b, &n->u.arguments.posonlyargs) && params_occur(b, &n->u.arguments.args) &&
           params_occur(b, &n->u.arguments.kwonlyargs) && param_occur(b, n->u.arguments.vararg) &&
           param_occur(b, n->u.arguments.kwarg);
}

static bool visit_defaults(Builder *b, Node *args)
{
    return visit_seq(b, &args->u.arguments.defaults) &&
           visit_seq(b, &args->u.arguments.kw_defaults);
}

static bool visit_lambda(Builder *b, Node *n)
{
    Scope *outer = b->current;
    if (!visit_defaults(b, n->u.Lambda.args))
        return false;
    scope_open(b, SCOPE_LAMBDA, "<lambda>", n);
    bool good = visit_params(b, n->u.Lambda.args) && visit(b, n->u.Lambda.body);
    b->current = outer;
    return good;
}

static bool visit_iter_target(Builder *b, Node *target)
{
    b->iter_target = true;
    bool good = visit(b, target);
    b->iter_target = false;
    return good;
}

/* A comprehension's for but the first. */
static bool visit_generator(Builder *b, Node *n)
{
    if (!visit_iter_target(b, n->u.comprehension.target))
        return false;
    b->iter_expr++;
    bool good = visit(b, n->u.comprehension.iter);
    b->iter_expr--;
    return good && visit_seq(b, &n->u.comprehension.ifs);
}

static bool visit_comprehension(Builder *b, Node *n, ScopeKind kind, const char *name, Node *elt,
                                Node *value, const NodeSeq *generators)
{
    Node *first = generators->at[0];
    Scope *outer = b->current;
    b->iter_expr++;
    bool good = visit(b, first->u.comprehension.iter);
    b->iter_expr--;
    if (!good)
        return false;
    Scope *s = scope_open(b, kind, name, n);
    good = occur(b, ".0", NAME_IS_PARAM | NAME_IS_ASSIGNED, n->span) &&
           visit_iter_target(b, first->u.comprehension.target) &&
           visit_seq(b, &first->u.comprehension.ifs);
    for (int64_t i = 1; good && i < generators->n; i++)
        good = visit_generator(b, generators->at[i]);
    good = good && visit_opt(b, value) && visit(b, elt);
    s->is_generator = kind == SCOPE_GENEXPR;
    b->current = outer;
    return good;
}

static void directive_add(Builder *b, Scope *s, const char *id, Span span)
{
    Directive d = {s, mangle(b->private_name, b->arena, id), span};
    vec_push(&b->directives, d);
}

/* A walrus inside comprehensions binds in the scope around them. */
static bool walrus_extend(Builder *b, Node *target)
{
    const char *id = target->u.Name.id, *name = mangle(b->private_name, b->arena, id);
    for (Scope *s = b->current; s; s = s->parent) {
        int64_t flags = flags_of(s, name);
        if (is_comprehension(s)) {
            if ((flags & NAME_IS_ITERATION) && (flags & (NAME_IS_ASSIGNED | NAME_IS_GLOBAL)))
                return fail_span(
                    b, target->span,
                    "assignment expression cannot rebind comprehension iteration variable '%s'",
                    name);
            continue;
        }
        if (s->kind == SCOPE_CLASS)
            return fail_span(
                b, target->span,
                "assignment expression within a comprehension cannot be used in a class body");
        bool global = s->kind == SCOPE_MODULE || (flags & NAME_IS_GLOBAL);
        directive_add(b, b->current, id, target->span);
        return occur(b, id, global ? NAME_IS_GLOBAL : NAME_IS_NONLOCAL, target->span) &&
               occur_in(b, s, id, NAME_IS_ASSIGNED, target->span, NULL);
    }
    return true;
}

static bool visit_walrus(Builder *b, Node *n)
{
    if (b->iter_expr > 0)
        return fail_span(
            b, n->span,
            "assignment expression cannot be used in a comprehension iterable expression");
    if (is_comprehension(b->current) && !walrus_extend(b, n->u.NamedExpr.target))
        return false;
    return visit(b, n->u.NamedExpr.value) && visit(b, n->u.NamedExpr.target);
}

static bool visit_yield(Builder *b, Node *n, Node *value)
{
    static const char *const WHERE[] = {"list comprehension", "set comprehension",
                                        "dict comprehension", "generator expression"};
    if (!visit_opt(b, value))
        return false;
    b->current->is_generator = true;
    if (is_comprehension(b->current))
        return fail_span(b, n->span, "'yield' inside %s", WHERE[b->current->kind - SCOPE_LISTCOMP]);
    return true;
}

/* ---- statements ---- */

static bool annotation_visit(Builder *b, Node *arg)
{
    return !arg || visit_opt(b, arg->u.arg.annotation);
}

static bool annotations_visit(Builder *b, const NodeSeq *args)
{
    for (int64_t i = 0; i < args->n; i++)
        if (!annotation_visit(b, args->at[i]))
            return false;
    return true;
}

static bool visit_annotations(Builder *b, Node *a, Node *returns)
{
    return annotations_visit(b, &a->u.arguments.posonlyargs) &&
           annotations_visit(b, &a->u.arguments.args) &&
           annotation_visit(b, a->u.arguments.vararg) &&
           annotation_visit(b, a->u.arguments.kwarg) &&
           annotations_visit(b, &a->u.arguments.kwonlyargs) && visit_opt(b, returns);
}

static bool visit_def(Builder *b, Node *n)
{
    Scope *outer = b->current;
    Node *args = n->u.FunctionDef.args;
    if (!occur(b, n->u.FunctionDef.name, NAME_IS_ASSIGNED, n->span) || !visit_defaults(b, args) ||
        !visit_annotations(b, args, n->u.FunctionDef.returns) ||
        !visit_seq(b, &n->u.FunctionDef.decorator_list))
        return false;
    Scope *s = scope_open(b, SCOPE_FUNCTION, n->u.FunctionDef.name, n);
    s->has_docstring = docstring_has(&n->u.FunctionDef.body);
    bool good = visit_params(b, args) && visit_seq(b, &n->u.FunctionDef.body);
    b->current = outer;
    return good;
}

static bool visit_class(Builder *b, Node *n)
{
    Scope *outer = b->current;
    const char *private_name = b->private_name;
    if (!occur(b, n->u.ClassDef.name, NAME_IS_ASSIGNED, n->span) ||
        !visit_seq(b, &n->u.ClassDef.bases) || !visit_seq(b, &n->u.ClassDef.keywords) ||
        !visit_seq(b, &n->u.ClassDef.decorator_list))
        return false;
    Scope *s = scope_open(b, SCOPE_CLASS, n->u.ClassDef.name, n);
    s->private_name = b->private_name = n->u.ClassDef.name;
    s->has_docstring = docstring_has(&n->u.ClassDef.body);
    bool good = visit_seq(b, &n->u.ClassDef.body);
    b->private_name = private_name;
    b->current = outer;
    return good;
}

static bool visit_directive(Builder *b, Node *n, const char *word, int flag)
{
    for (int64_t i = 0; i < n->u.Global.names.n; i++) {
        const char *id = n->u.Global.names.at[i], *name = mangle(b->private_name, b->arena, id);
        int64_t flags = flags_of(b->current, name);
        if (flags & NAME_IS_PARAM)
            return fail_span(b, n->span, "name '%s' is parameter and %s", name, word);
        if (flags & NAME_IS_USED)
            return fail_span(b, n->span, "name '%s' is used prior to %s declaration", name, word);
        if (flags & NAME_IS_ANNOTATED)
            return fail_span(b, n->span, "annotated name '%s' can't be %s", name, word);
        if (flags & NAME_IS_ASSIGNED)
            return fail_span(b, n->span, "name '%s' is assigned to before %s declaration", name,
                             word);
        directive_add(b, b->current, id, n->span);
        if (!occur(b, id, flag, n->span))
            return false;
    }
    return true;
}

static bool visit_ann_assign(Builder *b, Node *n)
{
    Node *target = n->u.AnnAssign.target;
    if (target->kind == NODE_Name) {
        const char *id = target->u.Name.id;
        int64_t flags = flags_of(b->current, mangle(b->private_name, b->arena, id)), index;
        if ((flags & (NAME_IS_GLOBAL | NAME_IS_NONLOCAL)) && b->current->kind != SCOPE_MODULE &&
            n->u.AnnAssign.simple)
            return fail_span(b, n->span, "annotated name '%s' can't be %s", id,
                             flags & NAME_IS_GLOBAL ? "global" : "nonlocal");
        int flag = n->u.AnnAssign.simple  ? NAME_IS_ANNOTATED | NAME_IS_ASSIGNED
                   : n->u.AnnAssign.value ? NAME_IS_ASSIGNED
                                          : 0;
        if (!occur_in(b, b->current, id, flag, target->span, &index))
            return false;
        NameRef ref = {target, b->current, index};
        vec_push(&b->refs, ref);
    } else if (!visit(b, target)) {
        return false;
    }
    return visit(b, n->u.AnnAssign.annotation) && visit_opt(b, n->u.AnnAssign.value);
}

static bool visit_aliases(Builder *b, const NodeSeq *names)
{
    for (int64_t i = 0; i < names->n; i++) {
        Node *n = names->at[i];
        const char *name = n->u.alias.asname ? n->u.alias.asname : n->u.alias.name;
        const char *dot = strchr(name, '.');
        if (strcmp(name, "*") == 0) {
            if (b->current->kind != SCOPE_MODULE)
                return fail_span(b, n->span, "import * only allowed at module level");
            continue;
        }
        if (dot)
            name = arena_strndup(b->arena, name, (size_t)(dot - name));
        if (!occur(b, name, NAME_IS_IMPORTED, n->span))
            return false;
    }
    return true;
}

static bool visit_child(Node *child, void *data)
{
    return visit(data, child);
}

static bool visit_try(Builder *b, Node *n)
{
    return visit_seq(b, &n->u.Try.body) && visit_seq(b, &n->u.Try.orelse) &&
           visit_seq(b, &n->u.Try.handlers) && visit_seq(b, &n->u.Try.finalbody);
}

static bool visit_handler(Builder *b, Node *n)
{
    return visit_opt(b, n->u.ExceptHandler.type) &&
           (!n->u.ExceptHandler.name ||
            occur(b, n->u.ExceptHandler.name, NAME_IS_ASSIGNED, n->span)) &&
           visit_seq(b, &n->u.ExceptHandler.body);
}

static bool visit(Builder *b, Node *n)
{
    switch (n->kind) {
    case NODE_Name:
        return visit_name(b, n);
    case NODE_FunctionDef:
        return visit_def(b, n);
    case NODE_ClassDef:
        return visit_class(b, n);
    case NODE_Lambda:
        return visit_lambda(b, n);
    case NODE_ListComp:
        return visit_comprehension(b, n, SCOPE_LISTCOMP, "<listcomp>", n->u.ListComp.elt, NULL,
                                   &n->u.ListComp.generators);
    case NODE_SetComp:
        return visit_comprehension(b, n, SCOPE_SETCOMP, "<setcomp>", n->u.SetComp.elt, NULL,
                                   &n->u.SetComp.generators);
    case NODE_GeneratorExp:
        return visit_comprehension(b, n, SCOPE_GENEXPR, "<genexpr>", n->u.GeneratorExp.elt, NULL,
                                   &n->u.GeneratorExp.generators);
    case NODE_DictComp:
        return visit_comprehension(b, n, SCOPE_DICTCOMP, "<dictcomp>", n->u.DictComp.key,
                                   n->u.DictComp.value, &n->u.DictComp.generators);
    case NODE_NamedExpr:
        return visit_walrus(b, n);
    case NODE_Yield:
        return visit_yield(b, n, n->u.Yield.value);
    case NODE_YieldFrom:
        return visit_yield(b, n, n->u.YieldFrom.value);
    case NODE_Global:
        return visit_directive(b, n, "global", NAME_IS_GLOBAL);
    case NODE_Nonlocal:
        return visit_directive(b, n, "nonlocal", NAME_IS_NONLOCAL);
    case NODE_AnnAssign:
        return visit_ann_assign(b, n);
    case NODE_Import:
        return visit_aliases(b, &n->u.Import.names);
    case NODE_ImportFrom:
        return visit_aliases(b, &n->u.ImportFrom.names);
    case NODE_Try:
        return visit_try(b, n);
    case NODE_ExceptHandler:
        return visit_handler(b, n);
    case NODE_IfExp:
        return visit(b, n->u.IfExp.test) && visit(b, n->u.IfExp.body) &&
               visit(b, n->u.IfExp.orelse);
    case NODE_Return:
        b->current->has_return_value |= n->u.Return.value != NULL;
        break;
    default:
        break;
    }
    return ast_each_child(n, visit_child, b);
}

/* ---- resolving ---- */

static bool directive_fail(Builder *b, const Scope *s, const char *name, const char *fmt)
{
    char text[512];
    snprintf(text, sizeof text, fmt, name);
    for (int64_t i = 0; i < b->directives.n; i++) {
        const Directive *d = &b->directives.at[i];
        if (d->scope == s && strcmp(d->name, name) == 0)
            return fail_span(b, d->span, "%s", text);
    }
    return fail_span(b, s->node->span, "%s", text);
}

/* The scope outside `s` whose variable an unbound `name` in `s` is; NULL: a global. */
static Scope *owner_find(const Scope *s, const char *name)
{
    for (Scope *o = s->parent; o; o = o->parent) {
        if (o->kind == SCOPE_CLASS && strcmp(name, "__class__") == 0)
            return o;
        if (!is_function_like(o))
            continue;
        int64_t flags = flags_of(o, name);
        if (flags & NAME_IS_GLOBAL)
            return NULL;
        if ((flags & BOUND) && !(flags & NAME_IS_NONLOCAL))
            return o;
    }
    return NULL;
}

/* Make `name` of `owner` reach `s` through every scope between. */
static void free_thread(Builder *b, Scope *s, Scope *owner, const char *name)
{
    for (Scope *m = s; m != owner; m = m->parent) {
        int64_t i = names_add(b->arena, m, name);
        int flags = m->names[i].flags;
        bool own = m != s && m->kind == SCOPE_CLASS && (flags & (BOUND | NAME_IS_GLOBAL)) &&
                   !(flags & NAME_IS_NONLOCAL);
        if (own)
            m->names[i].flags |= NAME_PASSES_CELL;
        else
            m->names[i].kind = NAME_FREE;
        m->names[i].flags |= m != s ? NAME_IN_NESTED : 0;
        m->parent->has_free_children = true;
    }
    if (owner->kind == SCOPE_CLASS) {
        owner->needs_class_cell = true;
        return;
    }
    ScopeName *cell = &owner->names[names_find(owner, name)];
    cell->kind = NAME_CELL;
    cell->flags |= NAME_IN_NESTED;
}

static bool name_resolve(Builder *b, Scope *s, int64_t i)
{
    const char *name = s->names[i].name;
    int flags = s->names[i].flags;
    if (flags & NAME_IS_GLOBAL) {
        if (flags & NAME_IS_NONLOCAL)
            return directive_fail(b, s, name, "name '%s' is nonlocal and global");
        s->names[i].kind = NAME_GLOBAL_EXPLICIT;
        return true;
    }
    if ((flags & NAME_IS_NONLOCAL) && s->kind == SCOPE_MODULE)
        return directive_fail(b, s, name, "nonlocal declaration not allowed at module level");
    if ((flags & BOUND) && !(flags & NAME_IS_NONLOCAL)) {
        s->names[i].kind = s->names[i].kind == NAME_CELL ? NAME_CELL : NAME_LOCAL;
        return true;
    }
    if (s->names[i].kind == NAME_FREE)
        return true;
    Scope *owner = owner_find(s, name);
    if (owner)
        free_thread(b, s, owner, name);
    else if (flags & NAME_IS_NONLOCAL)
        return directive_fail(b, s, name, "no binding for nonlocal '%s' found");
    else
        s->names[i].kind = NAME_GLOBAL_IMPLICIT;
    return true;
}

static bool scopes_resolve(Builder *b)
{
    for (int64_t k = 0; k < b->all.n; k++) {
        Scope *s = b->all.at[k];
        for (int64_t i = 0; i < s->nnames; i++)
            if (!name_resolve(b, s, i))
                return false;
    }
    return true;
}

static int name_order(const void *a, const void *b)
{
    return strcmp((*(ScopeName *const *)a)->name, (*(ScopeName *const *)b)->name);
}

/* Free variables in the order of their names, so that a closure and its code agree. */
static void frees_number(Scope *s)
{
    Vec(ScopeName *) frees = {0};
    for (int64_t i = 0; i < s->nnames; i++)
        if (s->names[i].kind == NAME_FREE || (s->names[i].flags & NAME_PASSES_CELL))
            vec_push(&frees, &s->names[i]);
    if (frees.n)
        qsort(frees.at, (size_t)frees.n, sizeof *frees.at, name_order);
    for (int64_t i = 0; i < frees.n; i++)
        frees.at[i]->cell = (int32_t)i;
    s->nfrees = (int32_t)frees.n;
    vec_free(&frees);
}

/* Slots and cells; the module's entries learn which of them inner scopes mention. */
static void scope_number(Builder *b, Scope *s)
{
    Scope *top = b->all.at[0];
    for (int64_t i = 0; i < s->nnames; i++) {
        ScopeName *n = &s->names[i];
        bool param = n->flags & NAME_IS_PARAM;
        s->nparams += param;
        if (is_function_like(s) && (n->kind == NAME_LOCAL || (n->kind == NAME_CELL && param)))
            n->slot = s->nlocals++;
        if (n->kind == NAME_CELL)
            n->cell = s->ncells++;
        int64_t k = s != top && (n->kind == NAME_GLOBAL_EXPLICIT || n->kind == NAME_GLOBAL_IMPLICIT)
                        ? names_find(top, n->name)
                        : -1;
        if (k >= 0)
            top->names[k].flags |= NAME_IN_NESTED;
    }
    frees_number(s);
}

static void children_link(Builder *b)
{
    for (int64_t k = 1; k < b->all.n; k++)
        b->all.at[k]->parent->nchildren++;
    for (int64_t k = 0; k < b->all.n; k++) {
        Scope *s = b->all.at[k];
        s->children = ARENA_ARRAY(b->arena, Scope *, s->nchildren);
        s->nchildren = 0;
    }
    for (int64_t k = 1; k < b->all.n; k++) {
        Scope *s = b->all.at[k];
        s->parent->children[s->parent->nchildren++] = s;
    }
}

static bool builder_run(Builder *b, Node *tree)
{
    Scope *top = scope_open(b, SCOPE_MODULE, "<module>", tree);
    top->has_docstring = tree->kind == NODE_Module && docstring_has(&tree->u.Module.body);
    if (!visit(b, tree) || !scopes_resolve(b))
        return false;
    for (int64_t k = 0; k < b->all.n; k++)
        scope_number(b, b->all.at[k]);
    for (int64_t i = 0; i < b->refs.n; i++)
        b->refs.at[i].node->name = &b->refs.at[i].scope->names[b->refs.at[i].index];
    children_link(b);
    return true;
}

Scope *scope_build(Arena *arena, const Source *source, Node *tree, SyntaxErr *err)
{
    Builder b = {.arena = arena, .source = source, .err = err};
    bool good = builder_run(&b, tree);
    vec_free(&b.all);
    vec_free(&b.refs);
    vec_free(&b.directives);
    return good ? tree->scope : NULL;
}

/* ---- text form ---- */

static void scope_dump_at(const Scope *s, int depth, Buf *out)
{
    static const char *const KINDS[] = {"module",   "function", "lambda",   "class",
                                        "listcomp", "setcomp",  "dictcomp", "genexpr"};
    static const char *const NAMES[] = {"local", "cell", "free", "global", "implicit"};
    buf_printf(out, "%*s%s %s\n", 2 * depth, "", KINDS[s->kind], s->qualname);
    for (int64_t i = 0; i < s->nnames; i++)
        buf_printf(out, "%*s%s: %s%s\n", 2 * depth + 2, "", s->names[i].name,
                   NAMES[s->names[i].kind], s->names[i].flags & NAME_PASSES_CELL ? " passes" : "");
    for (int64_t i = 0; i < s->nchildren; i++)
        scope_dump_at(s->children[i], depth + 1, out);
}

void scope_dump(const Scope *s, Buf *out)
{
    scope_dump_at(s, 0, out);
}
