/* lower.c -- from a syntax tree to one-op code: units, names, regions, sealing.  Replicated.
 *
 * A Unit collects the instructions of one scope.  Names become registers, cells or namespace
 * entries as the scope tables say; in the program's own module (batch mode) names that no nested
 * scope mentions become registers too, so that they are as fast as locals and die after their last
 * use. Sealing resolves labels, gives temporaries their places, runs liveness and freezes the
 * arrays.
 */
#include "interp/lower.h"

/* -------------------------------------------------------------- instructions */

int unit_emit(Unit *u, const Node *at, Opcode op, int32_t a, int32_t b, int32_t c)
{
    vec_push(&u->at, ((Instr){.op = (uint16_t)op, .a = a, .b = b, .c = c}));
    if (at && at->span.lineno > 0)
        u->span = at->span;
    vec_push(&u->spans, u->span);
    return (int)u->at.n - 1;
}

Label label_new(Unit *u)
{
    vec_push(&u->labels, -1);
    return (Label)u->labels.n - 1;
}

void label_here(Unit *u, Label l)
{
    u->labels.at[l] = (int32_t)u->at.n;
}

bool is_temp(const Unit *u, Operand o)
{
    return o >= u->code->temp0;
}

static Operand temp_at(Unit *u, int count)
{
    vec_push(&u->slots, u->depth);
    u->depth += count;
    if (u->depth > u->maxdepth)
        u->maxdepth = u->depth;
    return u->code->temp0 + (Operand)u->slots.n - 1;
}

Operand temp_new(Unit *u)
{
    return temp_at(u, 1);
}

Operand temp_loop(Unit *u)
{
    Operand t = temp_at(u, 3);
    int32_t place = u->slots.at[u->slots.n - 1];
    vec_push(&u->slots, place + 1);
    vec_push(&u->slots, place + 2);
    return t;
}

int32_t list_row(Unit *u, int n, const Operand *at)
{
    int32_t row = (int32_t)u->lists.n;
    vec_push(&u->lists, n);
    for (int i = 0; i < n; i++)
        vec_push(&u->lists, at[i]);
    return row;
}

/* ------------------------------------------------------------------ constants */

static uint64_t const_hash(Value v)
{
    uint64_t h = (uint64_t)v.i * 0x9e3779b97f4a7c15u + v.tag * 0xff51afd7ed558ccdu;
    return h ^ (h >> 29);
}

static void const_table_grow(Unit *u)
{
    free(u->const_table);
    u->const_size = u->const_size ? 2 * u->const_size : 64;
    u->const_table = xmalloc(sizeof(int32_t) * (size_t)u->const_size);
    memset(u->const_table, 0xff, sizeof(int32_t) * (size_t)u->const_size);
    for (int64_t i = 0; i < u->consts.n; i++) {
        uint64_t h = const_hash(u->consts.at[i]) & (uint64_t)(u->const_size - 1);
        while (u->const_table[h] >= 0)
            h = (h + 1) & (uint64_t)(u->const_size - 1);
        u->const_table[h] = (int32_t)i;
    }
}

/* The operand of constant v (takes it); identical values share one. */
Operand const_value(Unit *u, Value v)
{
    if (2 * u->consts.n >= u->const_size)
        const_table_grow(u);
    uint64_t h = const_hash(v) & (uint64_t)(u->const_size - 1);
    for (; u->const_table[h] >= 0; h = (h + 1) & (uint64_t)(u->const_size - 1)) {
        Value have = u->consts.at[u->const_table[h]];
        if (have.tag == v.tag && have.i == v.i) {
            release(v);
            return -1 - u->const_table[h];
        }
    }
    u->const_table[h] = (int32_t)u->consts.n;
    vec_push(&u->consts, v);
    return -(Operand)u->consts.n;
}

Operand const_name(Unit *u, const char *s)
{
    return const_value(u, retain(v_obj(str_intern(s))));
}

/* ---------------------------------------------------------------------- names */

typedef enum NamePlace {
    PLACE_REGISTER,
    PLACE_CELL,
    PLACE_GLOBAL,
    PLACE_NAME,
    PLACE_CLASS_CELL
} NamePlace;

static bool scope_is_fast(const Scope *s)
{
    return s->kind != SCOPE_MODULE && s->kind != SCOPE_CLASS;
}

static NamePlace name_place(Unit *u, ScopeName *n, Operand *reg)
{
    const Code *c = u->code;
    if (u->scope->kind == SCOPE_MODULE) {
        *reg = u->promoted ? u->promoted[n - u->scope->names] : -1;
        return *reg >= 0 ? PLACE_REGISTER : PLACE_GLOBAL;
    }
    switch ((NameKind)n->kind) {
    case NAME_LOCAL:
        *reg = n->slot;
        return scope_is_fast(u->scope) ? PLACE_REGISTER : PLACE_NAME;
    case NAME_CELL:
        *reg = c->nlocals + n->cell;
        return PLACE_CELL;
    case NAME_FREE:
        *reg = c->nlocals + c->ncells + n->cell;
        return scope_is_fast(u->scope) ? PLACE_CELL : PLACE_CLASS_CELL;
    case NAME_GLOBAL_EXPLICIT:
        return PLACE_GLOBAL;
    case NAME_GLOBAL_IMPLICIT:
        break;
    }
    return scope_is_fast(u->scope) ? PLACE_GLOBAL : PLACE_NAME;
}

Operand name_register(Unit *u, ScopeName *n)
{
    Operand reg = -1;
    return name_place(u, n, &reg) == PLACE_REGISTER ? reg : NONE;
}

static uint16_t name_cache(Unit *u)
{
    return u->nname < 65535 ? (uint16_t)u->nname++ : 65535;
}

Operand name_load(Unit *u, const Node *at, ScopeName *n, Operand hint)
{
    Operand reg = -1;
    NamePlace place = name_place(u, n, &reg);
    if (place == PLACE_REGISTER) {
        unit_emit(u, at, INS_CHECK, reg, 0, 0);
        if (!u->copy_locals)
            return reg;
        Operand t = hint != NONE ? hint : temp_new(u);
        unit_emit(u, at, INS_MOVE, t, reg, 0);
        return t;
    }
    Operand t = hint != NONE ? hint : temp_new(u);
    Operand name = const_name(u, n->name);
    if (place == PLACE_CELL)
        unit_emit(u, at, INS_LOAD_CELL, t, reg, 0);
    else if (place == PLACE_CLASS_CELL)
        unit_emit(u, at, INS_LOAD_CLASS_CELL, t, reg, name);
    else if (place == PLACE_NAME)
        unit_emit(u, at, INS_LOAD_NAME, t, name, 0);
    else
        unit_flag(u, unit_emit(u, at, INS_LOAD_GLOBAL, t, name, 0), name_cache(u));
    return t;
}

void name_store(Unit *u, const Node *at, ScopeName *n, Operand value)
{
    Operand reg = -1;
    NamePlace place = name_place(u, n, &reg);
    Operand name = const_name(u, n->name);
    if (place == PLACE_REGISTER) {
        if (value != reg)
            unit_emit(u, at, INS_MOVE, reg, value, 0);
    } else if (place == PLACE_CELL || place == PLACE_CLASS_CELL)
        unit_emit(u, at, INS_STORE_CELL, value, reg, 0);
    else if (place == PLACE_NAME)
        unit_emit(u, at, INS_STORE_NAME, value, name, 0);
    else
        unit_flag(u, unit_emit(u, at, INS_STORE_GLOBAL, value, name, 0), name_cache(u));
}

void name_delete(Unit *u, const Node *at, ScopeName *n)
{
    Operand reg = -1;
    NamePlace place = name_place(u, n, &reg);
    Operand name = const_name(u, n->name);
    if (place == PLACE_REGISTER)
        unit_emit(u, at, INS_DEL_LOCAL, reg, 0, 0);
    else if (place == PLACE_CELL || place == PLACE_CLASS_CELL)
        unit_emit(u, at, INS_DEL_CELL, reg, 0, 0);
    else
        unit_emit(u, at, place == PLACE_NAME ? INS_DEL_NAME : INS_DEL_GLOBAL, name, 0, 0);
}

/* The register of this unit that holds the cell of variable `name`, for a closure. */
Operand cell_register(Unit *u, const char *name)
{
    const Code *c = u->code;
    if (u->scope->kind == SCOPE_CLASS && u->scope->needs_class_cell && !strcmp(name, "__class__"))
        return c->nlocals;
    ScopeName *n = scope_find(u->scope, name);
    ASSERT(n && (n->kind == NAME_CELL || n->kind == NAME_FREE || (n->flags & NAME_PASSES_CELL)),
           "name=%s scope=%s", name, u->scope->name);
    return n->kind == NAME_CELL ? c->nlocals + n->cell : c->nlocals + c->ncells + n->cell;
}

/* --------------------------------------------------------------------- blocks */

void region_open(Unit *u, Block *b)
{
    b->start = (int)u->at.n;
}

void region_close(Unit *u, Block *b)
{
    if (b->start >= 0 && b->start < u->at.n) {
        CatchEntry e = {.start = b->start,
                        .end = (int32_t)u->at.n,
                        .handler = b->handler,
                        .reg = b->prev,
                        .ntemps = b->ntemps,
                        .kind = b->kind == BLOCK_CAUGHT ? CATCH_RESTORE : CATCH_HANDLER,
                        .level = (int16_t)b->level};
        vec_push(&u->table, e);
    }
    b->start = -1;
}

Block *block_push(Unit *u, Block *b, BlockKind kind, bool region)
{
    b->kind = kind;
    b->up = u->block;
    b->level = u->block ? u->block->level + 1 : 0;
    b->start = -1;
    b->ntemps = u->depth;
    u->block = b;
    if (region)
        region_open(u, b);
    return b;
}

void block_pop(Unit *u, Block *b)
{
    region_close(u, b);
    u->block = b->up;
}

/* The end of `except E as name`. */
void name_unbind(Unit *u, const Node *at, const char *name)
{
    ScopeName *n = scope_find(u->scope, name);
    name_store(u, at, n, const_value(u, V_NONE));
    name_delete(u, at, n);
}

static void leave_block(Unit *u, const Node *at, Block *b)
{
    switch (b->kind) {
    case BLOCK_LOOP:
        if (b->base != NONE)
            unit_emit(u, at, INS_FREE_LOOP, b->base, 0, 0);
        break;
    case BLOCK_TRY:
        break;
    case BLOCK_FINALLY:
        stmts(u, b->final);
        break;
    case BLOCK_WITH: {
        int32_t depth = u->depth;
        Operand none = const_value(u, V_NONE), t = temp_new(u);
        Operand args[3] = {none, none, none};
        unit_emit(u, b->node, INS_CALL, t, b->exit, list_row(u, 3, args));
        unit_emit(u, b->node, INS_FREE, t, 0, 0);
        u->depth = depth;
        break;
    }
    case BLOCK_CAUGHT:
        unit_emit(u, at, INS_UNCATCH, b->prev, 0, 0);
        unit_emit(u, at, INS_FREE, b->exc, 0, 0);
        break;
    case BLOCK_NAME:
        name_unbind(u, at, b->node->u.ExceptHandler.name);
        break;
    }
}

/* Code that leaves every block inside `stop`: return, break and continue.  The regions left are
 * closed meanwhile, so that a handler never sees errors of the code that runs on the way out. */
void unwind_blocks(Unit *u, const Node *at, Block *stop)
{
    Block *inner = u->block;
    for (Block *b = inner; b != stop; b = b->up) {
        int start = b->start;
        region_close(u, b);
        b->start = start < 0 ? -1 : 0; /* remember that it was open */
        u->block = b->up;
        leave_block(u, at, b);
    }
    u->block = inner;
}

/* After the jump that follows unwind_blocks: the regions cover what comes next. */
void unwind_done(Unit *u, Block *stop)
{
    for (Block *b = u->block; b != stop; b = b->up)
        if (b->start >= 0)
            b->start = (int)u->at.n;
}

/* -------------------------------------------------------------------- sealing */

static int entry_order(const void *a, const void *b)
{
    const CatchEntry *x = a, *y = b;
    if (x->level != y->level)
        return y->level - x->level;
    return x->start - y->start;
}

/* fn on every register or constant operand of an instruction, lists included. */
static void each_operand(Code *c, Instr *in, Operand (*fn)(void *ctx, Operand o), void *ctx)
{
    const char *roles = op_roles[in->op];
    int32_t *field[3] = {&in->a, &in->b, &in->c};
    for (int i = 0; i < 3; i++) {
        char r = roles[i];
        if (r == 'l' || r == 'L') {
            int32_t *row = c->lists + *field[i];
            for (int k = 1; k <= row[0]; k++)
                row[k] = fn(ctx, row[k]);
        } else if (strchr("dupxt", r)) {
            *field[i] = fn(ctx, *field[i]);
        }
    }
}

static Operand place_temp(void *ctx, Operand o)
{
    Unit *u = ctx;
    return o >= u->code->temp0 ? u->code->temp0 + u->slots.at[o - u->code->temp0] : o;
}

static void resolve_labels(Unit *u)
{
    for (int64_t i = 0; i < u->at.n; i++) {
        Instr *in = &u->at.at[i];
        const char *roles = op_roles[in->op];
        if (roles[0] == 'j')
            in->a = u->labels.at[in->a];
        if (roles[2] == 'j')
            in->c = u->labels.at[in->c];
    }
    for (int64_t i = 0; i < u->table.n; i++)
        if (u->table.at[i].kind == CATCH_HANDLER)
            u->table.at[i].handler = u->labels.at[u->table.at[i].handler];
}

static void freeze_constants(Unit *u)
{
    Code *c = u->code;
    c->nconsts = (int32_t)u->consts.n;
    Value *v = xmalloc(sizeof(Value) * (size_t)(c->nconsts + 1));
    for (int i = 0; i < c->nconsts; i++)
        v[c->nconsts - 1 - i] = u->consts.at[i];
    c->kend = v + c->nconsts;
}

static void freeze_arrays(Unit *u)
{
    Code *c = u->code;
    if (u->table.n)
        qsort(u->table.at, (size_t)u->table.n, sizeof(CatchEntry), entry_order);
    c->at = u->at.at;
    c->n = (int32_t)u->at.n;
    c->spans = u->spans.at;
    c->lists = u->lists.at;
    c->nlists = (int32_t)u->lists.n;
    c->table = u->table.at;
    c->ntable = (int32_t)u->table.n;
    c->nattr = u->nattr;
    c->nname = u->nname;
    c->attr = xcalloc((size_t)(u->nattr + 1), sizeof(AttrCache));
    c->names = xcalloc((size_t)(u->nname + 1), sizeof(NameCache));
}

/* A temporary's place, for code that is listed: each keeps its own register. */
static void spread_temps(Unit *u)
{
    for (int64_t i = 0; i < u->slots.n; i++)
        u->slots.at[i] = (int32_t)i;
    u->maxdepth = (int32_t)u->slots.n;
}

static bool unit_drops(const Unit *u)
{
    for (const Unit *up = u; up; up = up->up)
        if (up->scope->uses_namespace)
            return false;
    return u->scope->kind != SCOPE_CLASS && u->mode != LOWER_INTERACTIVE;
}

static void seal(Unit *u)
{
    Code *c = u->code;
    resolve_labels(u);
    freeze_constants(u);
    if (u->keep)
        spread_temps(u);
    freeze_arrays(u);
    for (int i = 0; i < c->ntable; i++)
        if (c->table[i].kind == CATCH_RESTORE)
            c->table[i].reg = place_temp(u, c->table[i].reg);
    for (int i = 0; i < c->n; i++)
        each_operand(c, &c->at[i], place_temp, u);
    c->ntemps = u->maxdepth;
    c->nregs = c->temp0 + c->ntemps;
    liveness_run(c, unit_drops(u));
    code_check(c);
    free(u->labels.at);
    free(u->slots.at);
    free(u->consts.at);
    free(u->const_table);
    free(u->promoted);
}

/* ---------------------------------------------------------------------- units */

static void code_name_registers(Unit *u)
{
    Code *c = u->code;
    Scope *s = u->scope;
    c->regnames = xcalloc((size_t)c->temp0 + 1, sizeof(Value));
    c->cell_param = xmalloc(sizeof(int32_t) * (size_t)(c->ncells + 1));
    for (int i = 0; i < c->ncells; i++)
        c->cell_param[i] = -1;
    for (int64_t i = 0; i < s->nnames; i++) {
        ScopeName *n = &s->names[i];
        Value name = v_obj(str_intern(n->name));
        Operand reg = -1;
        NamePlace place = name_place(u, n, &reg);
        bool slot = place == PLACE_REGISTER || place == PLACE_CELL || place == PLACE_CLASS_CELL;
        if (slot && reg >= 0)
            slot_set(&c->regnames[reg], retain(name));
        if (n->kind == NAME_CELL && n->slot >= 0) {
            slot_set(&c->regnames[n->slot], retain(name));
            c->cell_param[n->cell] = n->slot;
        }
    }
    if (s->kind == SCOPE_CLASS && s->needs_class_cell)
        c->regnames[c->nlocals] = retain(v_obj(str_intern("__class__")));
    for (int i = 0; i < c->temp0; i++)
        if (v_is_undef(c->regnames[i]))
            c->regnames[i] = retain(v_obj(str_intern("?")));
}

static Value doc_of(Node *n)
{
    NodeSeq body = {0};
    if (n->kind == NODE_FunctionDef)
        body = n->u.FunctionDef.body;
    else if (n->kind == NODE_ClassDef)
        body = n->u.ClassDef.body;
    else if (n->kind == NODE_Module)
        body = n->u.Module.body;
    if (!n->scope || !n->scope->has_docstring || !body.n)
        return V_NONE;
    Constant *k = &body.at[0]->u.Expr.value->u.Constant.value;
    return str_new_n(k->text.at, k->text.nbytes);
}

static void code_parameters(Code *c, Node *n)
{
    Node *a = n->kind == NODE_FunctionDef ? n->u.FunctionDef.args
              : n->kind == NODE_Lambda    ? n->u.Lambda.args
                                          : NULL;
    if (a) {
        c->nposonly = (int32_t)a->u.arguments.posonlyargs.n;
        c->nargs = c->nposonly + (int32_t)a->u.arguments.args.n;
        c->nkwonly = (int32_t)a->u.arguments.kwonlyargs.n;
        c->flags |=
            (a->u.arguments.vararg ? CODE_VARARGS : 0) | (a->u.arguments.kwarg ? CODE_KWARGS : 0);
    } else if (c->flags & CODE_COMPREHENSION) {
        c->nargs = 1;
    }
    c->nparams = c->nargs + c->nkwonly + !!(c->flags & CODE_VARARGS) + !!(c->flags & CODE_KWARGS);
}

static Value filename_value(const SourceText *t)
{
    return str_new(t->source.filename);
}

static Code *code_new(Unit *u, Scope *s, Node *node)
{
    Code *c = object_new(&type_code);
    u->code = c;
    c->text = u->text;
    u->text->refs++;
    c->name = str_intern_value(str_new(s->name));
    c->qualname = str_new(s->qualname);
    c->filename = filename_value(u->text);
    c->doc = doc_of(node);
    c->line = node->span.lineno > 0 ? node->span.lineno : 1;
    if (node->kind == NODE_FunctionDef && node->u.FunctionDef.decorator_list.n)
        c->line = node->u.FunctionDef.decorator_list.at[0]->span.lineno;
    c->flags = (s->is_generator ? CODE_GENERATOR : 0) | (s->kind == SCOPE_CLASS ? CODE_CLASS : 0) |
               (s->kind == SCOPE_MODULE ? CODE_MODULE : 0) |
               (s->uses_namespace ? CODE_NAMESPACE : 0) |
               (s->kind >= SCOPE_LISTCOMP ? CODE_COMPREHENSION : 0) |
               (u->mode == LOWER_INTERACTIVE ? CODE_INTERACTIVE : 0);
    code_parameters(c, node);
    return c;
}

static void count_registers(Unit *u, int npromoted)
{
    Code *c = u->code;
    Scope *s = u->scope;
    bool fast = scope_is_fast(s);
    c->nlocals = fast ? s->nlocals : npromoted;
    if (fast && c->nparams > c->nlocals)
        c->nlocals = c->nparams;
    c->ncells = fast ? s->ncells : s->kind == SCOPE_CLASS && s->needs_class_cell;
    c->nfrees = s->nfrees;
    c->temp0 = c->nlocals + c->ncells + c->nfrees;
    if (!c->ncells && !c->nfrees)
        c->flags |= CODE_NOCELLS;
    if (fast && !c->ncells && !c->nkwonly && !(c->flags & (CODE_VARARGS | CODE_KWARGS)))
        c->flags |= CODE_SIMPLE;
}

static void make_cells(Unit *u, Node *node)
{
    Code *c = u->code;
    for (int i = 0; i < c->ncells; i++)
        unit_emit(u, node, INS_MAKE_CELL, c->nlocals + i, c->cell_param[i], 0);
}

/* The code object of a scope inside `u`. */
Code *unit_child(Unit *up, Scope *scope, Node *node)
{
    Unit u = {.up = up,
              .text = up->text,
              .scope = scope,
              .mode = up->mode,
              .keep = up->keep,
              .future_annotations = up->future_annotations,
              .has_walrus = up->has_walrus,
              .span = node->span,
              .arena = up->arena};
    code_new(&u, scope, node);
    count_registers(&u, 0);
    code_name_registers(&u);
    make_cells(&u, node);
    lower_body(&u, node);
    seal(&u);
    return u.code;
}

/* -------------------------------------------------------------------- modules */

static bool looks_outside(Node *n, void *data)
{
    static const char *const names[] = {"modules", "__dict__", "__globals__", "f_globals",
                                        "f_locals"};
    if (n->kind == NODE_Attribute)
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (!strcmp(n->u.Attribute.attr, names[i]))
                return false;
    if (n->kind == NODE_ImportFrom)
        for (int64_t i = 0; i < n->u.ImportFrom.names.n; i++)
            if (!strcmp(n->u.ImportFrom.names.at[i]->u.alias.name, "*") ||
                !strcmp(n->u.ImportFrom.names.at[i]->u.alias.name, "modules"))
                return false;
    return ast_each_child(n, looks_outside, data);
}

static bool scopes_plain(const Scope *s)
{
    if (s->uses_namespace)
        return false;
    for (int64_t i = 0; i < s->nchildren; i++)
        if (!scopes_plain(s->children[i]))
            return false;
    return true;
}

static bool name_promotable(const ScopeName *n)
{
    if (!(n->flags & (NAME_IS_ASSIGNED | NAME_IS_IMPORTED)) ||
        (n->flags & (NAME_IN_NESTED | NAME_IS_ANNOTATED)))
        return false;
    if (n->name[0] == '_' && n->name[1] == '_')
        return false;
    return v_is_undef(dict_get_str(interp.builtins, str_intern(n->name)));
}

/* Registers for the program's own names that nobody else can see. */
static int promote_names(Unit *u, Node *tree)
{
    Scope *s = u->scope;
    if (u->mode != LOWER_BATCH || !scopes_plain(s) || !looks_outside(tree, NULL))
        return 0;
    u->promoted = xmalloc(sizeof(int32_t) * (size_t)(s->nnames + 1));
    int n = 0;
    for (int64_t i = 0; i < s->nnames; i++)
        u->promoted[i] = name_promotable(&s->names[i]) ? n++ : -1;
    return n;
}

static bool has_future_annotations(NodeSeq body)
{
    for (int64_t i = 0; i < body.n; i++) {
        Node *n = body.at[i];
        if (n->kind != NODE_ImportFrom || !n->u.ImportFrom.module ||
            strcmp(n->u.ImportFrom.module, "__future__"))
            continue;
        for (int64_t k = 0; k < n->u.ImportFrom.names.n; k++)
            if (!strcmp(n->u.ImportFrom.names.at[k]->u.alias.name, "annotations"))
                return true;
    }
    return false;
}

static bool node_annotates(Node *n, void *data)
{
    if (n->kind == NODE_AnnAssign)
        return false;
    if (n->kind == NODE_FunctionDef || n->kind == NODE_ClassDef ||
        ast_kinds[n->kind].group == GROUP_EXPR)
        return true;
    return ast_each_child(n, node_annotates, data);
}
bool has_annotations(NodeSeq body)
{
    for (int64_t i = 0; i < body.n; i++)
        if (!node_annotates(body.at[i], NULL))
            return true;
    return false;
}

static void module_prologue(Unit *u, Node *tree, NodeSeq body)
{
    if (u->mode == LOWER_INTERACTIVE || tree->kind != NODE_Module)
        return;
    if (!v_is_none(u->code->doc)) {
        Operand name = const_name(u, "__doc__");
        int at =
            unit_emit(u, NULL, INS_STORE_GLOBAL, const_value(u, retain(u->code->doc)), name, 0);
        u->at.at[at].x = name_cache(u);
    }
    if (has_annotations(body))
        unit_emit(u, NULL, INS_ANNOTATIONS, 0, 0, 0);
}

Code *code_lower(SourceText *text, Node *tree, LowerMode mode, bool keep)
{
    Arena arena;
    arena_init(&arena);
    NodeSeq body = tree->kind == NODE_Module ? tree->u.Module.body : tree->u.Interactive.body;
    Unit u = {.text = text,
              .scope = tree->scope,
              .mode = mode,
              .keep = keep,
              .future_annotations = has_future_annotations(body),
              .has_walrus = strstr(text->source.text, ":=") != NULL,
              .span = {1, 0, 1, 0},
              .arena = &arena};
    code_new(&u, tree->scope, tree);
    count_registers(&u, promote_names(&u, tree));
    code_name_registers(&u);
    module_prologue(&u, tree, body);
    stmts(&u, body);
    unit_emit(&u, NULL, INS_RETURN, const_value(&u, V_NONE), 0, 0);
    seal(&u);
    arena_fini(&arena);
    return u.code;
}
