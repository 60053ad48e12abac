/* fuse.c -- statements with one launch space become one task and one body.  Replicated.
 *
 * A group starts at a statement and takes in later ones whose dependences on it are pointwise and
 * that are independent of what stays behind.  In the fused body a value is one variable: read again
 * through the same view it is that variable; an output that nobody reads any more is no output.
 * Ops keep their order within each statement and the statements' order, so conditions belong to the
 * statement whose op met them.
 *
 * Invariant: every surviving output runs at the same launch tiles (or whole); what does not agree
 * ends the group before the statement that wrote it.
 */
#include "runtime/body.h"
#include "runtime/plan/depend.h"
#include "runtime/plan/planner.h"

enum {
    FUSE_STMTS = 48,
    FUSE_OPS = BODY_OP_MAX,
    FUSE_STREAMS = 20 /* arrays read: more would crowd the address translation */
};

/* What a view of a store holds inside the group. */
typedef struct Value {
    Operand op;
    int arg;     /* input of the body; -1: the group makes it */
    int var;     /* that holds it now */
    Stmt *maker; /* the last statement that wrote it, or NULL */
} Value;

struct Group {
    Stmt *stmt[FUSE_STMTS];
    int n;
    Value value[BODY_ARG_MAX + FUSE_STMTS];
    int nvalues, nargs, nops, nstreams;
    Value *out[BODY_OUT_MAX]; /* that survive */
    int nouts;
};

static void group_empty(Group *g)
{
    g->n = g->nvalues = g->nargs = g->nops = g->nstreams = g->nouts = 0;
}

static bool fusable(const Stmt *s)
{
    if (s->kind != ST_EW || s->masked || s->nout != 1 || !s->req[s->nin].op.store)
        return false;
    for (int d = 0; d < s->ndim; d++)
        if (s->shape[d] == 0)
            return false;
    return true;
}

static bool same_space(const Stmt *a, const Stmt *b)
{
    return a->ndim == b->ndim && !memcmp(a->shape, b->shape, sizeof *a->shape * (size_t)a->ndim);
}

static bool same_constant(const Operand *a, const Operand *b)
{
    return !a->store && !b->store && a->dtype == b->dtype &&
           !memcmp(&a->value, &b->value, (size_t)dtype_size(a->dtype));
}

static Value *find_value(Group *g, const Operand *op)
{
    for (int i = g->nvalues - 1; i >= 0; i--) {
        const Operand *x = &g->value[i].op;
        if (op->store
                ? x->store == op->store && x->dtype == op->dtype && view_same(&x->view, &op->view)
                : same_constant(x, op))
            return &g->value[i];
    }
    return NULL;
}

static void add_value(Group *g, const Operand *op, int arg)
{
    g->value[g->nvalues++] = (Value){.op = *op, .arg = arg, .var = arg};
}

/* Note what a statement reads and writes; false, leaving the group as it was, when that is too much
 * for one body. */
static bool take_in(Group *g, Stmt *s)
{
    int nvalues = g->nvalues, nargs = g->nargs, nstreams = g->nstreams;
    for (int k = 0; k < s->nin; k++) {
        const Operand *op = &s->req[k].op;
        if (find_value(g, op))
            continue;
        if (g->nargs == BODY_ARG_MAX || (op->store && g->nstreams == FUSE_STREAMS))
            goto full;
        add_value(g, op, g->nargs++);
        g->nstreams += op->store != NULL;
    }
    if (g->n == FUSE_STMTS || g->nops + s->body->nops + 1 > FUSE_OPS)
        goto full;
    if (!find_value(g, &s->req[s->nin].op))
        add_value(g, &s->req[s->nin].op, -1);
    g->nops += s->body->nops + 1; /* one more: an output is never an input */
    g->stmt[g->n++] = s;
    return true;
full:
    g->nvalues = nvalues;
    g->nargs = nargs;
    g->nstreams = nstreams;
    return false;
}

static bool joins(const Group *g, const Stmt *s, Stmt *const behind[], int nbehind)
{
    for (int i = 0; i < nbehind; i++)
        if (stmt_depend(behind[i], s) != DEPEND_NONE)
            return false;
    for (int i = 0; i < g->n; i++)
        if (stmt_depend(g->stmt[i], s) == DEPEND_CROSS)
            return false;
    return true;
}

/* The largest group that starts at statement i of the window, by dependences alone. */
static void gather(Planner *p, int64_t i, Group *g)
{
    Stmt *first = p->w->stmt.at[i], *behind[WINDOW_STMTS];
    int nbehind = 0;
    group_empty(g);
    take_in(g, first);
    for (int64_t j = i + 1; j < p->w->stmt.n; j++) {
        Stmt *s = p->w->stmt.at[j];
        if (p->done[j])
            continue;
        if (fusable(s) && same_space(first, s) && joins(g, s, behind, nbehind) && take_in(g, s))
            continue;
        if (nbehind == WINDOW_STMTS)
            return;
        behind[nbehind++] = s;
    }
}

static bool in_group(const Group *g, const Stmt *s)
{
    for (int i = 0; i < g->n; i++)
        if (g->stmt[i] == s)
            return true;
    return false;
}

/* Does anybody outside the group still see the store? */
static bool survives(const Planner *p, const Group *g, const Store *s)
{
    if (s->refs != s->pending)
        return true;
    for (int64_t j = 0; j < p->w->stmt.n; j++)
        if (!p->done[j] && !in_group(g, p->w->stmt.at[j]) && stmt_mentions(p->w->stmt.at[j], s))
            return true;
    return false;
}

/* ---------------------------------------------------------------------------- the body */

static int16_t mapped(const int16_t map[], const BodyOp *o, int k)
{
    return o->op == OP_INDEX || o->src[k] < 0 ? o->src[k] : map[o->src[k]];
}

/* The ops of one statement; answers the variable of its result. */
static int append_stmt(Body *b, Group *g, const Stmt *s)
{
    int16_t map[BODY_ARG_MAX + BODY_OP_MAX];
    const Body *from = s->body;
    for (int k = 0; k < s->nin; k++)
        map[k] = (int16_t)find_value(g, &s->req[k].op)->var;
    for (int i = 0; i < from->nops; i++) {
        const BodyOp *o = &from->ops[i];
        if (o->op == OP_COPY && o->loop == o->out && map[o->src[0]] >= b->nargs) {
            map[from->nargs + i] = map[o->src[0]];
            continue;
        }
        BodyOp *to = &b->ops[b->nops];
        *to = *o;
        to->dst = (int16_t)(b->nargs + b->nops);
        for (int k = 0; k < OP_IN_MAX; k++)
            to->src[k] = mapped(map, o, k);
        map[from->nargs + i] = to->dst;
        b->nops++;
    }
    return map[from->outs[0]];
}

/* Values that somebody still reads become outputs; false when there are too many. */
static bool add_outputs(const Planner *p, Group *g, Body *b)
{
    Value *last = find_value(g, &stmt_out(g->stmt[g->n - 1], 0)->op);
    for (int v = 0; v < g->nvalues; v++) {
        Value *x = &g->value[v];
        bool only = x == last && v == g->nvalues - 1 && !g->nouts;
        if (!x->maker || !(only || survives(p, g, x->op.store)))
            continue;
        if (g->nouts == BODY_OUT_MAX)
            return false;
        g->out[g->nouts++] = x;
        if (x->var < b->nargs) /* an output is never an input */
            x->var = body_op(b, OP_COPY, body_type(b, x->var), x->var, -1, -1);
        body_out(b, x->var);
    }
    return b->nouts > 0;
}

/* The body of the group's statements one after the other, and where each begins; NULL when it does
 * not fit. */
static Body *merge(Planner *p, Group *g, Part part[])
{
    Body *b = ARENA_NEW(&p->w->arena, Body);
    int n = g->n;
    body_init(b);
    group_empty(g);
    while (g->n < n) {
        bool fits = take_in(g, g->stmt[g->n]);
        ASSERT(fits, "statement %d of a group", g->n);
    }
    for (int v = 0; v < g->nvalues; v++) /* inputs come first */
        if (g->value[v].arg >= 0)
            body_arg(b, g->value[v].op.dtype, !g->value[v].op.store);
    for (int i = 0; i < n; i++) {
        Stmt *s = g->stmt[i];
        part[i] = (Part){s, b->nops};
        int var = append_stmt(b, g, s);
        Value *out = find_value(g, &stmt_out(s, 0)->op);
        out->var = var;
        out->maker = s;
    }
    return add_outputs(p, g, b) ? b : NULL;
}

/* ------------------------------------------------------------------------ the placement */

static Stmt *fused_stmt(Planner *p, const Group *g, const Body *b, Part *part)
{
    Stmt *s = planner_stmt(p, g->stmt[0], ST_EW);
    s->op = -1;
    s->loop = g->stmt[0]->loop;
    s->body = b;
    s->ndim = g->stmt[0]->ndim;
    memcpy(s->shape, g->stmt[0]->shape, sizeof s->shape);
    s->nin = b->nargs;
    s->nout = b->nouts;
    s->nparts = g->n;
    s->part = part;
    s->req = ARENA_ARRAY(&p->w->arena, Req, s->nin + s->nout);
    for (int v = 0; v < g->nvalues; v++)
        if (g->value[v].arg >= 0)
            planner_req(s, g->value[v].arg, &g->value[v].op, READ);
    for (int k = 0; k < s->nout; k++)
        planner_req(s, s->nin + k, &g->out[k]->op, WRITE);
    return s;
}

typedef struct Agreed {
    bool known, whole;
    Tiling launch;
} Agreed;

/* Where an output that has a place, or a hint, wants to run.  false: nowhere as one task. */
static bool wants(const Planner *p, const Operand *op, Agreed *a)
{
    Store *s = op->store;
    const Tiling *hint = hint_for(&p->hints, s);
    a->known = true;
    a->whole = s->place == PLACE_WHOLE || (s->place == PLACE_NONE && store_is_small(s, p->m));
    if (a->whole)
        return true;
    if (s->place == PLACE_TILED)
        return planner_boxes(op, &a->launch);
    Map map;
    a->known = hint && view_map(&op->view, s->ndim, s->extent, &map) == OK &&
               tiling_through(hint, &map, op->view.shape, &a->launch) == OK;
    return true;
}

static bool agree(const Agreed *a, const Agreed *b)
{
    return a->whole == b->whole && (a->whole || tiling_same(&a->launch, &b->launch));
}

/* The first statement, by its number in the group, whose output runs elsewhere than those before;
 * g->n when all agree. */
static int first_odd(const Planner *p, const Group *g, Agreed *all)
{
    int odd = g->n;
    all->known = all->whole = false;
    for (int i = 0; i < g->n; i++)
        for (int k = 0; k < g->nouts; k++) {
            Agreed one;
            if (g->out[k]->maker != g->stmt[i] || odd < g->n)
                continue;
            bool can = wants(p, &g->out[k]->op, &one);
            if (!can || (one.known && all->known && !agree(&one, all)))
                odd = i;
            else if (one.known)
                *all = one;
        }
    return odd;
}

/* Give every output a place at the agreed launch tiles; false when one cannot follow. */
static bool place_outputs(Planner *p, Stmt *s, Agreed *a)
{
    for (int k = 0; k < s->nout; k++) {
        Operand *op = &stmt_out(s, k)->op;
        if (op->store->place != PLACE_NONE)
            continue;
        if (a->known && !a->whole && store_is_small(op->store, p->m))
            return false;
        if (a->known && a->whole && !store_is_small(op->store, p->m))
            return false;
        if (!a->known)
            a->known = planner_lead(p, s, &a->launch);
        place_store(p->m, op->store, &op->view, a->known && !a->whole ? &a->launch : NULL);
        Agreed one;
        if (!wants(p, op, &one) || (a->known && !agree(&one, a)))
            return false;
        *a = one;
    }
    return true;
}

static void finish_group(Planner *p, Group *g)
{
    PlanTask *t = &p->task.at[p->task.n - 1];
    t->nfinishes = g->n;
    t->finishes = ARENA_ARRAY(&p->w->arena, Stmt *, g->n);
    memcpy(t->finishes, g->stmt, sizeof *t->finishes * (size_t)g->n);
    for (int64_t j = 0; j < p->w->stmt.n; j++)
        if (in_group(g, p->w->stmt.at[j]))
            p->done[j] = true;
}

bool plan_group(Planner *p, int64_t i)
{
    if (!fusable(p->w->stmt.at[i]))
        return false;
    if (!p->group)
        p->group = ARENA_NEW(&p->w->arena, Group);
    Group *g = p->group;
    gather(p, i, g);
    Part *part = ARENA_ARRAY(&p->w->arena, Part, g->n);
    while (g->n > 1) {
        int n = g->n;
        Agreed all;
        Body *b = merge(p, g, part);
        g->n = b ? first_odd(p, g, &all) : n - 1;
        if (g->n < n)
            continue;
        Stmt *s = fused_stmt(p, g, b, part);
        planner_place_inputs(p, s);
        if (!place_outputs(p, s, &all)) {
            g->n = n - 1;
            continue;
        }
        planner_emit(p, s, all.whole, &all.launch);
        finish_group(p, g);
        if (!all.whole)
            planner_reuse(p, s);
        return true;
    }
    return false;
}
