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
#include "runtime/plan/sumrule.h"

enum {
    FUSE_STMTS = 48,
    FUSE_OPS = BODY_OP_MAX,
    FUSE_FOLDS = 8,
    FUSE_STREAMS = 20 /* arrays read: more would crowd the address translation */
};

/* What a view of a store holds inside the group. */
typedef struct Value {
    Operand op;
    int arg;     /* input of the body; -1: the group makes it */
    int var;     /* that holds it now */
    bool made;   /* by a statement of the group */
    Stmt *maker; /* the last statement that wrote it, or NULL */
} Value;

struct Group {
    Stmt *stmt[FUSE_STMTS];
    int n;
    Value value[BODY_ARG_MAX + FUSE_STMTS];
    int nvalues, nargs, nops, nstreams;
    Value *out[BODY_OUT_MAX]; /* that survive */
    int nouts;
    FusedFold fold[FUSE_FOLDS];
    int fold_var[FUSE_FOLDS], nfolds;
    const Store *renamed[FUSE_STMTS]; /* written after shifted reads, through one view each */
    int nrenamed;
    int64_t rename_bytes; /* that their spares take */
};

static void group_empty(Group *g)
{
    g->n = g->nvalues = g->nargs = g->nops = g->nstreams = g->nouts = g->nfolds = 0;
    g->nrenamed = 0;
    g->rename_bytes = 0;
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

/* The launch axis of each axis of a fold's operand, which is the value seen in K order; false when
 * it is not. */
static bool fold_axes(const View *value, const View *operand, int8_t axis[])
{
    uint32_t used = 0;
    if (view_size(value) != view_size(operand) || value->offset != operand->offset)
        return false;
    for (int k = 0; k < operand->ndim; k++) {
        axis[k] = -1;
        for (int d = 0; d < value->ndim && axis[k] < 0; d++)
            if (!(used >> d & 1) && value->shape[d] == operand->shape[k] &&
                (value->shape[d] == 1 || value->stride[d] == operand->stride[k]))
                axis[k] = (int8_t)d;
        if (axis[k] < 0)
            return false;
        used |= 1u << axis[k];
    }
    return true;
}

/* Does the statement reduce all of a value that the group makes, in an order that blocks of whole
 * leaves keep? */
static Value *folded_value(Group *g, const Stmt *s, FusedFold *f)
{
    const Operand *in = &s->req[0].op, *out = &s->req[1].op;
    if (s->kind != ST_FOLD || s->masked || s->step != STEP_ALL || !in->store || !out->store ||
        out->view.ndim || out->store->ndim || out->store->place == PLACE_TILED ||
        in->view.ndim == 0 || s->axes != (1u << in->view.ndim) - 1 ||
        (s->op == FOLD_PROD && dtype_is_inexact(s->loop)))
        return NULL;
    for (int v = 0; v < g->nvalues; v++) {
        Value *x = &g->value[v];
        if (x->made && x->op.store == in->store && x->op.dtype == in->dtype &&
            fold_axes(&x->op.view, &in->view, f->axis) &&
            (!g->nfolds || !memcmp(f->axis, g->fold[0].axis, (size_t)in->view.ndim)))
            return x;
    }
    return NULL;
}

/* A fold at the end of the group, like take_in. */
static bool take_fold(Group *g, Stmt *s)
{
    FusedFold f = {.stmt = s};
    if (g->n == FUSE_STMTS || g->nfolds == FUSE_FOLDS || g->nops == FUSE_OPS ||
        !folded_value(g, s, &f))
        return false;
    g->nops++;
    g->fold[g->nfolds++] = f;
    g->stmt[g->n++] = s;
    return true;
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
    find_value(g, &s->req[s->nin].op)->made = true;
    g->nops += s->body->nops + 1; /* one more: an output is never an input */
    g->stmt[g->n++] = s;
    return true;
full:
    g->nvalues = nvalues;
    g->nargs = nargs;
    g->nstreams = nstreams;
    return false;
}

static bool independent(const Stmt *s, Stmt *const behind[], int nbehind)
{
    for (int i = 0; i < nbehind; i++)
        if (stmt_depend(behind[i], s) != DEPEND_NONE)
            return false;
    return true;
}

/* A fold reads what one statement of the group makes and meets the others nowhere. */
static bool folds_here(const Group *g, const Stmt *s)
{
    for (int i = 0; i < g->n; i++)
        for (int k = 0; k < stmt_nreqs(g->stmt[i]); k++)
            if (req_depend(&g->stmt[i]->req[k], &s->req[1]) != DEPEND_NONE)
                return false;
    return true;
}

static bool is_renamed(const Group *g, const Store *s)
{
    for (int i = 0; i < g->nrenamed; i++)
        if (g->renamed[i] == s)
            return true;
    return false;
}

/* Is what the operand's store holds in the group made through this very view, if at all? */
static bool written_alike(const Group *g, const Operand *out)
{
    for (int v = 0; v < g->nvalues; v++) {
        const Value *x = &g->value[v];
        if (x->made && x->op.store == out->store && !view_same(&x->op.view, &out->view))
            return false;
    }
    return true;
}

/* Let the operand be written to a spare instance, if it may and is not so already. */
static bool rename_here(const Machine *m, Group *g, const Operand *out)
{
    if (is_renamed(g, out->store))
        return true;
    if (!rename_can(m, out, g->rename_bytes))
        return false;
    g->rename_bytes += store_share(out->store);
    g->renamed[g->nrenamed++] = out->store;
    return true;
}

/* How requirements of the group meet those of a later statement: in no other way than element by
 * element, or (*after) it writes what the group reads elsewhere. */
static bool meets_well(const Group *g, const Stmt *s, bool *after)
{
    *after = false;
    for (int i = 0; i < g->n; i++)
        for (int j = 0; j < stmt_nreqs(g->stmt[i]); j++)
            for (int k = 0; k < stmt_nreqs(s); k++) {
                const Req *a = &g->stmt[i]->req[j], *b = &s->req[k];
                if (req_depend(a, b) != DEPEND_CROSS)
                    continue;
                if (a->privilege != READ || b->privilege != WRITE)
                    return false;
                *after = true;
            }
    return true;
}

static bool joins(const Machine *m, Group *g, const Stmt *s, Stmt *const behind[], int nbehind)
{
    const Operand *out = &s->req[s->nin].op;
    bool after;
    if (!independent(s, behind, nbehind) || !meets_well(g, s, &after))
        return false;
    if (!after && !is_renamed(g, out->store))
        return true;
    return written_alike(g, out) && (!after || rename_here(m, g, out));
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
        if (s->kind == ST_FOLD
                ? folds_here(g, s) && independent(s, behind, nbehind) && take_fold(g, s)
                : fusable(s) && same_space(first, s) && joins(p->m, g, s, behind, nbehind) &&
                      take_in(g, s))
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

/* Is a temporary read outside the group only, where its maker could go too? */
static bool made_for_others(const Planner *p, const Group *g, int i)
{
    const Stmt *maker = g->stmt[i];
    const Store *t = maker->req[maker->nin].op.store;
    bool read = false;
    if (t->refs != t->pending || t->version)
        return false;
    for (int64_t j = 0; j < p->w->stmt.n; j++) {
        const Stmt *s = p->w->stmt.at[j];
        if (p->done[j] || s == maker || !stmt_mentions(s, t))
            continue;
        bool folds = s->kind == ST_FOLD && !s->masked && s->step == STEP_ALL;
        if (in_group(g, s) || !(folds || (fusable(s) && same_space(s, maker))) ||
            (!folds && s->req[s->nin].op.store == t))
            return false;
        read = true;
    }
    return read;
}

/* May member i run after the group: it reads little, nothing that dies here, and no later member
 * stands in its way? */
static bool may_wait(const Planner *p, const Group *g, int i)
{
    const Stmt *s = g->stmt[i];
    int stores = 0;
    for (int k = 0; k < s->nin; k++) {
        const Store *in = s->req[k].op.store;
        if (!in)
            continue;
        for (int j = 0; j < i; j++)
            if (g->stmt[j]->kind == ST_EW && stmt_out(g->stmt[j], 0)->op.store == in &&
                !survives(p, g, in))
                return false;
        stores += k == 0 || in != s->req[0].op.store;
    }
    for (int j = i + 1; j < g->n; j++)
        if (stmt_depend(s, g->stmt[j]) != DEPEND_NONE)
            return false;
    return stores <= 2;
}

/* A statement that joined only because it could, and whose result would go through memory to those
 * who need it, rather runs with them. */
static void trim(const Planner *p, Group *g)
{
    for (int i = g->n - 1; i > 0; i--) {
        if (g->stmt[i]->kind != ST_EW || !made_for_others(p, g, i) || !may_wait(p, g, i))
            continue;
        memmove(&g->stmt[i], &g->stmt[i + 1], sizeof *g->stmt * (size_t)(g->n - i - 1));
        g->n--;
    }
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

static int add_output(Body *b, int var)
{
    if (var < b->nargs) /* an output is never an input */
        var = body_op(b, OP_COPY, body_type(b, var), var, -1, -1);
    return body_out(b, var);
}

/* Values that somebody still reads become outputs; false when there are too many. */
static bool add_outputs(const Planner *p, Group *g, Body *b)
{
    Stmt *end = g->stmt[g->n - 1];
    Value *last = end->kind == ST_EW ? find_value(g, &stmt_out(end, 0)->op) : NULL;
    for (int v = 0; v < g->nvalues; v++) {
        Value *x = &g->value[v];
        bool only = x == last && !g->nfolds && v == g->nvalues - 1 && !g->nouts;
        if (!x->maker || !(only || survives(p, g, x->op.store)))
            continue;
        if (g->nouts == BODY_OUT_MAX)
            return false;
        g->out[g->nouts++] = x;
        add_output(b, x->var);
    }
    for (int j = 0; j < g->nfolds; j++)
        if (add_output(b, g->fold_var[j]) < 0)
            return false;
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
        Stmt *s = g->stmt[g->n];
        bool fits = s->kind == ST_FOLD ? take_fold(g, s) : take_in(g, s);
        ASSERT(fits, "statement %d of a group", g->n);
    }
    for (int v = 0; v < g->nvalues; v++) /* inputs come first */
        if (g->value[v].arg >= 0)
            body_arg(b, g->value[v].op.dtype, !g->value[v].op.store);
    for (int i = 0, j = 0; i < n; i++) {
        Stmt *s = g->stmt[i];
        part[i] = (Part){s, b->nops};
        if (s->kind == ST_FOLD) {
            FusedFold f;
            g->fold_var[j++] = folded_value(g, s, &f)->var;
            continue;
        }
        int var = append_stmt(b, g, s);
        Value *out = find_value(g, &stmt_out(s, 0)->op);
        out->var = var;
        out->maker = s;
    }
    return add_outputs(p, g, b) ? b : NULL;
}

/* ------------------------------------------------------------------------ the placement */

/* Does the group read the output's store elsewhere than where it writes? */
static bool reads_elsewhere(const Group *g, const Req *out)
{
    for (int i = 0; i < g->n; i++)
        for (int k = 0; k < g->stmt[i]->nin; k++)
            if (g->stmt[i]->kind == ST_EW && req_depend(&g->stmt[i]->req[k], out) == DEPEND_CROSS)
                return true;
    return false;
}

static Stmt *fused_stmt(Planner *p, const Group *g, const Body *b, Part *part)
{
    Stmt *s = planner_stmt(p, g->stmt[0], ST_EW);
    s->op = -1;
    s->loop = g->stmt[0]->loop;
    s->body = b;
    s->ndim = g->stmt[0]->ndim;
    memcpy(s->shape, g->stmt[0]->shape, sizeof s->shape);
    s->nin = b->nargs;
    s->nout = g->nouts;
    s->nfolds = g->nfolds;
    s->fold = ARENA_ARRAY(&p->w->arena, FusedFold, g->nfolds);
    memcpy(s->fold, g->fold, sizeof *s->fold * (size_t)g->nfolds);
    s->nparts = g->n;
    s->part = part;
    s->req = ARENA_ARRAY(&p->w->arena, Req, s->nin + s->nout);
    for (int v = 0; v < g->nvalues; v++)
        if (g->value[v].arg >= 0)
            planner_req(s, g->value[v].arg, &g->value[v].op, READ);
    for (int k = 0; k < s->nout; k++) {
        planner_req(s, s->nin + k, &g->out[k]->op, WRITE);
        s->renames |= reads_elsewhere(g, stmt_out(s, k)) ? 1u << k : 0;
    }
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

/* Launch tiles of a group without outputs: by its inputs. */
static void place_launch(Planner *p, const Stmt *s, Agreed *a)
{
    int64_t bytes = dtype_size(DT_FLOAT64);
    bool tiled = false, read = false;
    for (int k = 0; k < s->nin; k++) {
        const Store *in = s->req[k].op.store;
        read |= in != NULL;
        tiled |= in && in->place == PLACE_TILED;
    }
    for (int d = 0; d < s->ndim; d++)
        bytes *= s->shape[d];
    a->known = true;
    a->whole = !tiled && (read || bytes < p->m->whole_below);
    if (!a->whole && !planner_lead(p, s, &a->launch))
        a->launch = place_even(p->m, s->ndim, s->shape);
}

/* Do the launch tiles cut no leaf of the fold? */
static bool fold_fits_tiles(const Agreed *a, const FusedFold *f)
{
    const Stmt *s = f->stmt;
    const View *v = &s->req[0].op.view;
    bool red[NDIM_MAX];
    if (a->whole || a->launch.ntiles == 1 || s->op != FOLD_SUM || !dtype_is_inexact(s->loop))
        return true;
    for (int k = 0; k < v->ndim; k++)
        red[k] = true;
    SumRule r = sum_rule(v->ndim, v->shape, red);
    if (r.kind != SUM_ROWS)
        return false;
    for (int b = 0; b < a->launch.nbase; b++) {
        if (a->launch.base[b].tiles == 1)
            continue;
        for (int k = 0; k < v->ndim; k++) {
            if (f->axis[k] != a->launch.base[b].axis)
                continue;
            int64_t g = sum_granule(&r, v->ndim, v->shape, k);
            if (g == 0 || a->launch.base[b].step < 1 ||
                (g > 1 && (a->launch.base[b].step != 1 || a->launch.base[b].start != 0 ||
                           a->launch.base[b].granule % g)))
                return false;
        }
    }
    return true;
}

/* The number of the first fold's statement that the launch tiles do not suit; g->n when all fit. */
static int first_misfit(const Group *g, const Agreed *a)
{
    for (int j = 0; j < g->nfolds; j++)
        for (int i = 0; i < g->n; i++)
            if (g->stmt[i] == g->fold[j].stmt && !fold_fits_tiles(a, &g->fold[j]))
                return i;
    return g->n;
}

static void place_folds(Planner *p, const Group *g)
{
    for (int j = 0; j < g->nfolds; j++) {
        Store *out = g->fold[j].stmt->req[1].op.store;
        place_store(p->m, out, NULL, NULL);
        ASSERT(out->place == PLACE_WHOLE, "a sum that is tiled");
        out->made_whole |= out->version == 0 && !out->read_zero;
        out->version++;
    }
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
    trim(p, g);
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
        if (!all.known)
            place_launch(p, s, &all);
        g->n = first_misfit(g, &all);
        if (g->n < n)
            continue;
        planner_emit(p, s, all.whole, &all.launch);
        place_folds(p, g);
        finish_group(p, g);
        if (s->nout)
            planner_reuse(p, s);
        return true;
    }
    return false;
}
