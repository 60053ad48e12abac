/* window.c -- plan_window: statements to tasks.  Replicated and pure: no shard, no message, no
 * clock.
 *
 * In order: forward destinations, collect placement hints, then statement by statement place what
 * is new, choose the launch tiling and say how each operand is reached.  A task writes at the home
 * of what it writes: an output is whole (and all shards run all of the launch space) or lies in
 * place.  What does not fit that form is split into a task on a temporary and a copy.
 */
#include "runtime/plan/planner.h"

enum { REACH_LIMIT = 32 };

/* -------------------------------------------------------------------- forward */

static bool reads_store(const Stmt *s, const Store *store)
{
    for (int k = 0; k < stmt_nreqs(s); k++)
        if (s->req[k].op.store == store && s->req[k].privilege == READ)
            return true;
    return false;
}

bool stmt_mentions(const Stmt *s, const Store *store)
{
    for (int k = 0; k < stmt_nreqs(s); k++)
        if (s->req[k].op.store == store)
            return true;
    return false;
}

static void drop_hold(Store *s)
{
    s->pending--;
    store_release(s);
}

/* The maker writes dst instead of t: it takes over the copy's hold on dst, and t is gone. */
static void move_holds(Stmt *maker, Stmt *copy, Store *t, Store *dst)
{
    ASSERT(copy->nheld == 2 && copy->held[0] == t && copy->held[1] == dst, "%d stores of a copy",
           copy->nheld);
    copy->nheld = 0;
    for (int k = 0; k < maker->nheld; k++)
        if (maker->held[k] == t) {
            maker->held[k] = dst;
            drop_hold(t);
            drop_hold(t);
            return;
        }
    ASSERT(false, "%s does not hold what it makes", stmt_name(maker));
}

/* `dst[...] = t` where t was made by one earlier statement, is read by nobody else and dies here:
 * that statement may write dst itself, when nothing in between touches dst's store and its own
 * reads of it are element by element. */
static bool forward_one(Window *w, int64_t j)
{
    Stmt *copy = w->stmt.at[j];
    if (copy->kind != ST_EW || copy->op != OP_COPY || copy->masked || !copy->req[0].op.store)
        return false;
    Store *t = copy->req[0].op.store;
    Req *dst = stmt_out(copy, 0);
    if (t == dst->op.store || t->refs != t->pending || t->dtype != dst->op.dtype ||
        t->place != PLACE_NONE)
        return false;
    int64_t made = -1;
    for (int64_t i = 0; i < w->stmt.n; i++) {
        if (i == j || !w->stmt.at[i] || !stmt_mentions(w->stmt.at[i], t))
            continue;
        if (made >= 0 || i > j || reads_store(w->stmt.at[i], t))
            return false;
        made = i;
    }
    if (made < 0)
        return false;
    Stmt *maker = w->stmt.at[made];
    if (maker->kind != ST_EW || maker->masked ||
        !view_same(&stmt_out(maker, 0)->op.view, &copy->req[0].op.view))
        return false;
    for (int64_t i = made + 1; i < j; i++)
        if (w->stmt.at[i] && stmt_mentions(w->stmt.at[i], dst->op.store))
            return false;
    for (int k = 0; k < maker->nin; k++)
        if (maker->req[k].op.store == dst->op.store &&
            !view_same(&maker->req[k].op.view, &dst->op.view) &&
            view_overlap(&maker->req[k].op.view, &dst->op.view))
            return false;
    stmt_out(maker, 0)->op = dst->op;
    move_holds(maker, copy, t, dst->op.store);
    w->stmt.at[j] = NULL;
    return true;
}

/* -------------------------------------------------------------------- planner */

Stmt *planner_stmt(Planner *p, const Stmt *like, StmtKind kind)
{
    Stmt *s = ARENA_NEW(&p->w->arena, Stmt);
    s->req = s->room;
    s->index = p->current->index;
    s->kind = kind;
    s->file = like->file;
    s->line = like->line;
    s->err = like->err;
    s->number = like->number;
    s->cut_axis = -1;
    return s;
}

void planner_req(Stmt *s, int k, const Operand *op, Privilege privilege)
{
    Req *r = &s->req[k];
    r->op = *op;
    r->privilege = privilege;
    for (int d = 0; d < NDIM_MAX; d++)
        r->pair[d] = (int8_t)d;
}

Operand planner_temp(Planner *p, Stmt *like, DType t, int ndim, const int64_t shape[])
{
    Store *s = store_make(t, ndim, shape);
    p->ntemps++;
    Stmt *owner = p->current;
    ASSERT(owner->nheld < (int)(sizeof owner->held / sizeof owner->held[0]), "temporaries of %s",
           stmt_name(like));
    owner->held[owner->nheld++] = s;
    s->pending++;
    View v = view_whole(ndim, shape);
    return operand_array(s, &v);
}

static void copy_stmt(Stmt *s, const Operand *out, const Operand *in)
{
    s->op = OP_COPY;
    s->loop = in->dtype;
    s->body = body_of_op(OP_COPY, in->dtype, 1, in, out->dtype);
    s->nin = s->nout = 1;
    s->ndim = out->view.ndim;
    memcpy(s->shape, out->view.shape, sizeof s->shape);
    planner_req(s, 0, in, READ);
    planner_req(s, 1, out, WRITE);
}

/* Do the operand's axes follow the launch axes one to one? */
static bool launch_is_plain(const Req *r)
{
    for (int k = 0; k < r->op.view.ndim; k++)
        if (r->pair[k] != k || r->scale[k] > 1)
            return false;
    return true;
}

/* Fill in how the task reaches operand k. */
static void reach(Planner *p, PlanTask *t, int k)
{
    Req *r = &t->stmt->req[k];
    PlanReq *q = &t->req[k];
    Store *s = r->op.store;
    memset(q, 0, sizeof *q);
    if (!s) {
        q->access = ACCESS_CONST;
        return;
    }
    place_store(p->m, s, NULL, NULL);
    if (r->privilege == READ && s->version == 0)
        s->read_zero = true;
    q->place = s->place;
    q->tiling = s->tiling;
    q->ndim = s->ndim;
    memcpy(q->extent, s->extent, sizeof q->extent);
    if (s->place == PLACE_WHOLE) {
        q->access = ACCESS_WHOLE;
        return;
    }
    if (planner_by_elements(t->stmt, k)) {
        q->access = ACCESS_ELEMENTS;
        return;
    }
    if (view_map(&r->op.view, s->ndim, s->extent, &q->map) != OK) {
        int64_t n = s->nelem;
        q->access = ACCESS_LINEAR;
        Status st = view_map(&r->op.view, 1, &n, &q->map);
        ASSERT(st == OK, "linear map of store %lld", (long long)s->id);
        return;
    }
    q->access = ACCESS_PACKED;
    if (t->whole || !q->map.paired)
        return;
    /* Through the pairing of axes: launch -> operand's view -> store. */
    Map m = q->map;
    for (int e = 0; e < m.nterms; e++) {
        int a = r->pair[m.term[e].view_axis];
        if (a < 0 || r->scale[m.term[e].view_axis] > 1) {
            if (tiling_is_cut(&s->tiling, m.term[e].store_axis))
                return;
            m.term[e--] = m.term[--m.nterms];
            continue;
        }
        m.term[e].view_axis = (int8_t)a;
    }
    int64_t below[NDIM_MAX] = {0}, above[NDIM_MAX] = {0};
    Tiling
        through; /* the launch tiles are this operand's home tiles themselves, whatever its map */
    if (launch_is_plain(r) &&
        tiling_through(&s->tiling, &q->map, r->op.view.shape, &through) == OK &&
        tiling_same(&through, &t->launch))
        ;
    else if (!tiling_reach(&t->launch, &m, &s->tiling, REACH_LIMIT, below, above))
        return;
    q->access = ACCESS_IN_PLACE;
    for (int d = 0; d < s->ndim; d++) {
        q->below[d] = below[d];
        q->above[d] = above[d];
    }
    if (r->privilege == WRITE)
        return;
    for (int d = 0; d < s->ndim; d++) {
        if (below[d] > s->valid_below[d] || above[d] > s->valid_above[d])
            q->halo = true;
    }
    if (q->halo)
        for (int d = 0; d < s->ndim; d++) {
            q->have_below[d] = s->valid_below[d];
            q->have_above[d] = s->valid_above[d];
            s->valid_below[d] = q->below[d] = int64_max(below[d], s->valid_below[d]);
            s->valid_above[d] = q->above[d] = int64_max(above[d], s->valid_above[d]);
            s->below[d] = int64_max(s->below[d], q->below[d]);
            s->above[d] = int64_max(s->above[d], q->above[d]);
        }
}

void planner_emit(Planner *p, Stmt *s, bool whole, const Tiling *launch)
{
    PlanTask t = {.stmt = s, .whole = whole, .reuse = -1};
    t.req = ARENA_ARRAY(&p->w->arena, PlanReq, stmt_nreqs(s));
    if (!whole)
        t.launch = *launch;
    for (int k = 0; k < stmt_nreqs(s); k++) {
        reach(p, &t, k);
        if (planner_collect(p, &t, k))
            reach(p, &t, k);
    }
    for (int i = 0; i < s->nout; i++) {
        Req *r = stmt_out(s, i);
        if (!r->op.store)
            continue;
        Access a = t.req[s->nin + i].access;
        ASSERT(whole ? a == ACCESS_WHOLE
                     : a == ACCESS_IN_PLACE || a == ACCESS_ELEMENTS || s->mode == FOLD_PARTIAL ||
                           (s->kind == ST_PUT && a != ACCESS_CONST),
               "statement %s writes where it does not run", stmt_name(s));
        if (r->op.store->version == 0 && !r->op.store->read_zero && !s->masked && !s->accumulate &&
            s->kind != ST_PUT && view_size(&r->op.view) == r->op.store->nelem)
            r->op.store->made_whole = true;
        rename_write(s, i, &t.req[s->nin + i]);
        r->op.store->version++;
        store_forget_cache(r->op.store);
    }
    vec_push(&p->task, t);
}

void planner_emit_home(Planner *p, Stmt *s)
{
    Tiling launch;
    bool boxes = planner_boxes(&stmt_out(s, 0)->op, &launch);
    ASSERT(boxes, "the homes of %s are no launch tiles", stmt_name(s));
    planner_emit(p, s, false, &launch);
}

bool planner_lead(Planner *p, const Stmt *s, Tiling *out)
{
    int64_t best = -1;
    for (int k = 0; k < s->nin; k++) {
        const Store *in = s->req[k].op.store;
        Tiling t;
        if (!in || in->place != PLACE_TILED || in->nelem <= best ||
            !place_through(in, &s->req[k].op.view, &t) || !place_balanced(&t))
            continue;
        best = in->nelem;
        *out = t;
    }
    return best >= 0;
}

void planner_place_inputs(Planner *p, const Stmt *s)
{
    for (int k = 0; k < stmt_nreqs(s); k++)
        if (s->req[k].op.store && s->req[k].privilege == READ)
            place_store(p->m, s->req[k].op.store, NULL, NULL);
}

/* Place the output of a statement whose launch space is its own index space. */
static void place_output(Planner *p, Stmt *s)
{
    Req *out = stmt_out(s, 0);
    const Tiling *hint = hint_for(&p->hints, out->op.store);
    Tiling t;
    if (out->op.store->place != PLACE_NONE)
        return;
    if (hint && !store_is_small(out->op.store, p->m)) {
        out->op.store->place = PLACE_TILED;
        out->op.store->tiling = *hint;
    } else if (s->kind == ST_EW && planner_lead(p, s, &t))
        place_store(p->m, out->op.store, &out->op.view, &t);
    else
        place_store(p->m, out->op.store, NULL, NULL);
}

/* Can the home tiles of operand op's store, seen through its view, be a launch tiling? */
bool planner_boxes(const Operand *op, Tiling *launch)
{
    Map map;
    Store *s = op->store;
    return view_map(&op->view, s->ndim, s->extent, &map) == OK &&
           tiling_through(&s->tiling, &map, op->view.shape, launch) == OK;
}

/* Write `in` (and mask) into a view that has no boxes: by the homes of out, each pulls what it may
 * need. */
static void plan_spread(Planner *p, const Stmt *like, const Operand *out, const Operand *in,
                        const Operand *mask)
{
    Stmt *s = planner_stmt(p, like, ST_SPREAD);
    copy_stmt(s, out, in);
    s->kind = ST_SPREAD;
    if (mask) {
        s->masked = true;
        planner_req(s, 2, mask, READ);
    }
    PlanTask t = {.stmt = s, .launch = out->store->tiling, .reuse = -1};
    t.req = ARENA_ARRAY(&p->w->arena, PlanReq, stmt_nreqs(s));
    planner_place_inputs(p, s);
    for (int k = 0; k < stmt_nreqs(s); k++)
        reach(p, &t, k);
    for (int k = 0; k < stmt_nreqs(s); k++)
        if (k != 1 && t.req[k].access == ACCESS_IN_PLACE) {
            t.req[k].access = ACCESS_PACKED;
            t.req[k].halo = false;
        }
    rename_write(s, 0, &t.req[1]);
    out->store->version++;
    store_forget_cache(out->store);
    vec_push(&p->task, t);
}

/* Does a store die with the statement being planned: no name holds it and no later statement
 * mentions it? */
static bool dies_here(const Planner *p, const Store *s)
{
    if (s->refs != s->pending)
        return false;
    for (int64_t j = 0; j < p->w->stmt.n; j++)
        if (!p->done[j] && j != p->index && stmt_mentions(p->w->stmt.at[j], s))
            return false;
    return true;
}

/* An operand of the task just emitted whose memory its output may take over: read element by
 * element, dying, laid out alike. */
void planner_reuse(Planner *p, const Stmt *s)
{
    PlanTask *t = &p->task.at[p->task.n - 1];
    Store *out = s->req[s->nin].op.store;
    if (s->kind != ST_EW || s->masked || !out->made_whole || out->version != 1)
        return;
    for (int k = 0; k < s->nin && t->reuse < 0; k++) {
        Store *in = s->req[k].op.store;
        if (!in || in == out || s->renames || in->dtype != out->dtype || in->ndim != out->ndim ||
            in->place != out->place ||
            (in->place == PLACE_TILED &&
             (t->req[k].access != ACCESS_IN_PLACE || !tiling_same(&in->tiling, &out->tiling))) ||
            !view_same(&s->req[k].op.view, &s->req[s->nin].op.view) ||
            view_size(&s->req[k].op.view) != in->nelem || !dies_here(p, in))
            continue;
        bool pointwise = true;
        for (int j = 0; j < s->nin; j++)
            pointwise &=
                s->req[j].op.store != in || view_same(&s->req[j].op.view, &s->req[k].op.view);
        if (!pointwise)
            continue;
        t->reuse = k;
        memcpy(out->below, in->below, sizeof out->below);
        memcpy(out->above, in->above, sizeof out->above);
    }
}

/* Statements whose launch space is the index space of their output. */
void plan_pointwise(Planner *p, Stmt *s)
{
    planner_place_inputs(p, s);
    place_output(p, s);
    Req *out = stmt_out(s, 0);
    Tiling launch;
    if (out->op.store->place == PLACE_WHOLE) {
        planner_emit(p, s, true, NULL);
        planner_reuse(p, s);
    } else if (planner_boxes(&out->op, &launch)) {
        planner_emit(p, s, false, &launch);
        planner_reuse(p, s);
    } else {
        Operand dst = out->op, temp = planner_temp(p, s, dst.dtype, s->ndim, s->shape), mask = {0};
        if (s->masked) /* still masked itself: no conditions where nothing is written */
            mask = stmt_mask(s)->op;
        out->op = temp;
        temp.store->place = PLACE_TILED;
        temp.store->tiling = place_even(p->m, s->ndim, s->shape);
        planner_emit_home(p, s);
        plan_spread(p, s, &dst, &temp, s->masked ? &mask : NULL);
    }
}

/* A copy that the planner adds. */
void plan_copy(Planner *p, const Stmt *like, const Operand *out, const Operand *in)
{
    Stmt *s = planner_stmt(p, like, ST_EW);
    copy_stmt(s, out, in);
    plan_pointwise(p, s);
}

static void plan_stmt(Planner *p, Stmt *s)
{
    switch (s->kind) {
    case ST_FOLD:
    case ST_DOT:
        plan_fold(p, s);
        break;
    case ST_SCAN:
        plan_scan(p, s);
        break;
    case ST_SORT:
        plan_sort(p, s);
        break;
    case ST_MATMUL:
        plan_matmul(p, s);
        break;
    case ST_PUT:
        plan_put(p, s);
        break;
    case ST_TAKE:
        plan_take(p, s);
        break;
    case ST_SEARCH:
        plan_search(p, s);
        break;
    case ST_FETCH:
        planner_place_inputs(p, s);
        planner_emit(p, s, true, NULL);
        break;
    case ST_NONZERO:
        plan_in_order(p, s);
        break;
    case ST_CHECK_INDEX:
    case ST_SAVE:
        plan_anywhere(p, s);
        break;
    default:
        plan_pointwise(p, s);
        break;
    }
}

/* Stores that this window reads or writes in part before it makes them are placed at once, so that
 * temporaries may follow them. */
static void place_outside(const Machine *m, Window *w)
{
    for (int64_t i = 0; i < w->stmt.n; i++) {
        const Stmt *s = w->stmt.at[i];
        for (int k = 0; k < stmt_nreqs(s); k++) {
            Store *store = s->req[k].op.store;
            if (!store || store->place != PLACE_NONE)
                continue;
            bool made =
                s->req[k].privilege == WRITE && view_size(&s->req[k].op.view) == store->nelem;
            for (int64_t j = 0; j < i && !made; j++)
                made = stmt_mentions(w->stmt.at[j], store);
            if (!made)
                place_store(m, store, NULL, NULL);
        }
    }
}

/* What is made from nothing and follows nobody has a place at once, for others to follow. */
static bool place_sources(Planner *p)
{
    bool placed = false;
    for (int64_t i = 0; i < p->w->stmt.n; i++) {
        Stmt *s = p->w->stmt.at[i];
        bool reads = s->kind != ST_EW;
        for (int k = 0; k < s->nin; k++)
            reads |= s->req[k].op.store != NULL;
        Store *made = s->nout ? stmt_out(s, 0)->op.store : NULL;
        if (reads || !made || made->place != PLACE_NONE || store_is_small(made, p->m) ||
            hint_for(&p->hints, made))
            continue;
        place_store(p->m, made, NULL, NULL);
        placed = true;
    }
    return placed;
}

void plan_window(const Machine *m, Window *w, Plan *out)
{
    Planner p = {.m = m, .w = w};
    out->nstmts = w->stmt.n;
    ASSERT(w->stmt.n <= WINDOW_STMTS, "a window of %lld", (long long)w->stmt.n);
    if (m->fuse && m->rename)
        plan_copies(w);
    for (int64_t j = 1; j < w->stmt.n; j++)
        if (w->stmt.at[j])
            forward_one(w, j);
    int64_t n = 0;
    for (int64_t i = 0; i < w->stmt.n; i++)
        if (w->stmt.at[i])
            w->stmt.at[n++] = w->stmt.at[i];
    w->stmt.n = n;
    place_outside(m, w);
    place_hints(m, w->stmt.at, n, &p.hints);
    if (place_sources(&p))
        place_hints(m, w->stmt.at, n, &p.hints);
    for (int64_t i = 0; i < n; i++) {
        p.current = w->stmt.at[i];
        p.index = i;
        if (p.done[i] || (m->fuse && plan_group(&p, i)))
            continue;
        plan_stmt(&p, w->stmt.at[i]);
        PlanTask *t = &p.task.at[p.task.n - 1];
        t->nfinishes = 1;
        t->finishes = &w->stmt.at[i];
        p.done[i] = true;
    }
    out->ntemps = p.ntemps;
    out->ntasks = p.task.n;
    out->task = ARENA_ARRAY(&w->arena, PlanTask, p.task.n);
    if (p.task.n)
        memcpy(out->task, p.task.at, sizeof *out->task * (size_t)p.task.n);
    vec_free(&p.task);
    vec_free(&p.hints);
}
