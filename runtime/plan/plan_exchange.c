/* plan_exchange.c -- products, sorts, gathers and scatters as tasks.  Replicated.
 *
 * What can be cut along axes that its result does not mix is cut there; else the ranks work on one
 * line together (FOLD_PARTIAL stands for "all tiles at once, with messages inside the task").
 */
#include "runtime/plan/planner.h"

enum { K_BLOCK = 256 };

static int64_t tiles_of(const Planner *p)
{
    return p->m->nshards * p->m->tiles_per_shard;
}

bool tiling_cuts_only(const Tiling *t, int axis)
{
    for (int b = 0; b < t->nbase; b++)
        if (t->base[b].tiles > 1 && (t->base[b].axis != axis || t->base[b].step < 0))
            return false;
    return true;
}

Tiling axis_tiling(Planner *p, const Operand *op, int axis, int64_t granule)
{
    Tiling t;
    if (granule == 1 && op->store && place_through(op->store, &op->view, &t) &&
        place_balanced(&t) && tiling_cuts_only(&t, axis))
        return t;
    return tiling_axis(op->view.ndim, op->view.shape, axis, tiles_of(p), granule);
}

int view_outermost(const View *v)
{
    int best = -1;
    for (int k = 0; k < v->ndim; k++)
        if (v->shape[k] > 1 && (best < 0 || llabs(v->stride[k]) > llabs(v->stride[best])))
            best = k;
    return best;
}

static bool is_all(const Operand *op)
{
    View v = view_whole(op->store->ndim, op->store->extent);
    return view_same(&op->view, &v);
}

/* Does every tile border lie at a multiple of granule?  Tiles are of equal whole granules but for
 * the last. */
static bool granules_fit(const Tiling *t, int axis, int64_t granule)
{
    for (int b = 0; b < t->nbase; b++)
        if (t->base[b].tiles > 1 && t->base[b].axis == axis && t->base[b].granule % granule)
            return false;
    return true;
}

bool axis_output(Planner *p, const Operand *dst, int axis, int64_t granule)
{
    Store *s = dst->store;
    if (!is_all(dst))
        return false;
    if (s->place == PLACE_NONE && !store_is_small(s, p->m)) {
        s->place = PLACE_TILED;
        s->tiling = tiling_axis(s->ndim, s->extent, axis, tiles_of(p), granule);
    }
    return s->place == PLACE_TILED && tiling_cuts_only(&s->tiling, axis) &&
           granules_fit(&s->tiling, axis, granule);
}

static bool small_first(Planner *p, Store *s)
{
    if (s->place == PLACE_NONE && store_is_small(s, p->m))
        s->place = PLACE_WHOLE;
    return s->place == PLACE_WHOLE;
}

/* Launch space: of the operand. */
void plan_sort(Planner *p, Stmt *s)
{
    planner_place_inputs(p, s);
    Operand dst = stmt_out(s, 0)->op;
    const View *v = &s->req[0].op.view;
    int last = v->ndim - 1;
    if (small_first(p, dst.store) && s->req[0].op.store->place == PLACE_WHOLE) {
        planner_emit(p, s, true, NULL);
        return;
    }
    if (lines_suffice(p, v, last, dst.dtype)) {
        plan_uncut(p, s, last);
        return;
    }
    Tiling launch = axis_tiling(p, &s->req[0].op, last, 1);
    bool direct = axis_output(p, &dst, last, 1);
    if (!direct) {
        Operand *out = &stmt_out(s, 0)->op;
        *out = planner_temp(p, s, dst.dtype, dst.view.ndim, dst.view.shape);
        out->store->place = PLACE_TILED;
        out->store->tiling = tiling_axis(v->ndim, v->shape, last, tiles_of(p), 1);
    }
    s->mode = FOLD_PARTIAL;
    planner_emit(p, s, false, &launch);
    if (!direct)
        plan_copy(p, s, &dst, &stmt_out(s, 0)->op);
}

/* Launch space: of the values and of out; the haystack stays where it is, unless it is whole. */
void plan_search(Planner *p, Stmt *s)
{
    planner_place_inputs(p, s);
    Req *hay = &s->req[1], *out = stmt_out(s, 0);
    if (hay->op.store->place == PLACE_WHOLE) {
        plan_pointwise(p, s);
        return;
    }
    if (!axis_output(p, &hay->op, 0, 1)) {
        Operand from = hay->op;
        hay->op = planner_temp(p, s, from.dtype, 1, from.view.shape);
        hay->op.store->place = PLACE_TILED;
        hay->op.store->tiling = tiling_axis(1, from.view.shape, 0, tiles_of(p), 1);
        plan_copy(p, s, &hay->op, &from);
    }
    Tiling launch;
    bool whole = small_first(p, out->op.store);
    if (!whole && out->op.store->place == PLACE_NONE) {
        const Operand *v = &s->req[0].op;
        bool follow = place_through(v->store, &v->view, &launch) && place_balanced(&launch);
        place_store(p->m, out->op.store, &out->op.view, follow ? &launch : NULL);
    }
    Operand dst = out->op;
    bool direct = whole || planner_boxes(&dst, &launch);
    if (!direct) {
        out->op = planner_temp(p, s, dst.dtype, s->ndim, s->shape);
        launch = place_even(p->m, s->ndim, s->shape);
        out->op.store->place = PLACE_TILED;
        out->op.store->tiling = launch;
    }
    planner_emit(p, s, whole, &launch);
    if (!direct)
        plan_copy(p, s, &dst, &out->op);
}

/* ---------------------------------------------------------------------- products */

/* Is the operand cut along this axis, or will it be?  Where its axes share one of the store, the
 * outermost is. */
static bool will_cut(const Machine *m, const Operand *a, int axis)
{
    Store s = *a->store;
    Tiling t;
    place_store(m, &s, NULL, NULL);
    if (s.place != PLACE_TILED)
        return false;
    return place_through(&s, &a->view, &t) ? tiling_is_cut(&t, axis)
                                           : view_outermost(&a->view) == axis;
}

bool matmul_is_long(const Machine *m, const Operand *a, const Operand *b, const Operand *out)
{
    int64_t results = view_size(&out->view), rows = out->view.shape[out->view.ndim - 2],
            columns = out->view.shape[out->view.ndim - 1], k = a->view.shape[a->view.ndim - 1];
    int64_t line = results / (rows * columns) * (rows + columns); /* operand elements of one k */
    if (m->nshards * m->tiles_per_shard == 1 || k < 2 * K_BLOCK || !a->store || !b->store)
        return false;
    bool left = view_size(&a->view) >= view_size(&b->view);
    if (!will_cut(m, left ? a : b, out->view.ndim - (left ? 1 : 2)))
        return false;
    return results <= K_BLOCK / 2 * line && results <= k / m->nshards * line;
}

/* Launch space: k.  Each rank makes the block results of its stretch, and they are added in order
 * into a whole result. */
static void plan_long(Planner *p, Stmt *s)
{
    Operand dst = stmt_out(s, 0)->op, acc = dst;
    int n = dst.view.ndim;
    int64_t k = s->req[0].op.view.shape[n - 1];
    if (!small_first(p, dst.store)) {
        place_store(p->m, dst.store, NULL, NULL);
        acc = planner_temp(p, s, dst.dtype, n, dst.view.shape);
        acc.store->place = PLACE_WHOLE;
        if (s->accumulate)
            plan_copy(p, s, &acc, &dst);
    }
    stmt_out(s, 0)->op = acc;
    s->mode = FOLD_PARTIAL;
    s->ndim = 1;
    s->shape[0] = k;
    for (int d = 0; d < NDIM_MAX; d++)
        s->req[0].pair[d] = s->req[1].pair[d] = s->req[2].pair[d] = -1;
    s->req[0].pair[n - 1] = 0;
    s->req[1].pair[n - 2] = 0;
    Tiling launch = tiling_axis(1, &k, 0, tiles_of(p), K_BLOCK);
    planner_emit(p, s, false, &launch);
    if (acc.store != dst.store)
        plan_copy(p, s, &dst, &acc);
}

/* A small whole result of cut operands: each rank makes a part of it. */
static void plan_parts(Planner *p, Stmt *s)
{
    Operand dst = stmt_out(s, 0)->op, part = planner_temp(p, s, dst.dtype, s->ndim, s->shape);
    int axis = s->ndim - (s->shape[s->ndim - 2] < s->shape[s->ndim - 1] ? 1 : 2);
    part.store->place = PLACE_TILED;
    part.store->tiling = tiling_axis(s->ndim, s->shape, axis, tiles_of(p), 1);
    if (s->accumulate)
        plan_copy(p, s, &part, &dst);
    stmt_out(s, 0)->op = part;
    planner_emit_home(p, s);
    plan_copy(p, s, &dst, &part);
}

/* Launch space: of out.  Rows of a follow out's rows, columns of b its columns; k is all there. */
void plan_matmul(Planner *p, Stmt *s)
{
    planner_place_inputs(p, s);
    int n = s->ndim;
    const Operand *a = &s->req[0].op, *b = &s->req[1].op;
    ASSERT(a->store && b->store, "constant operand of a matrix product");
    if ((a->store->place == PLACE_TILED || b->store->place == PLACE_TILED) &&
        matmul_is_long(p->m, a, b, &stmt_out(s, 0)->op)) {
        plan_long(p, s);
        return;
    }
    s->req[0].pair[n - 1] = -1;
    s->req[1].pair[n - 2] = -1;
    bool cut = a->store->place == PLACE_TILED || b->store->place == PLACE_TILED;
    bool parts = s->shape[n - 2] > 1 || s->shape[n - 1] > 1;
    if (small_first(p, stmt_out(s, 0)->op.store) && cut && parts && p->m->nshards > 1)
        plan_parts(p, s);
    else
        plan_pointwise(p, s);
}

/* ----------------------------------------------------------------------- indices */

/* Launch space: of out [b..., r...]; the indices follow b; in is read whole, or by exchange of
 * elements. */
void plan_take(Planner *p, Stmt *s)
{
    planner_place_inputs(p, s);
    Req *out = stmt_out(s, 0), *in = &s->req[0];
    place_store(p->m, out->op.store, NULL, NULL);
    int nindex = s->nin - 1, nb = out->op.view.ndim - (in->op.view.ndim - nindex);
    for (int k = 0; k < in->op.view.ndim; k++)
        in->pair[k] = (int8_t)(k < nindex ? -1 : nb + k - nindex);
    Tiling launch;
    bool whole = out->op.store->place == PLACE_WHOLE;
    if (!whole && !planner_boxes(&out->op, &launch)) {
        Operand dst = out->op;
        out->op = planner_temp(p, s, dst.dtype, s->ndim, s->shape);
        plan_take(p, s);
        plan_copy(p, s, &dst, &out->op);
        return;
    }
    planner_emit(p, s, whole, &launch);
}

bool planner_by_elements(const Stmt *s, int k)
{
    return (s->kind == ST_TAKE && k == 0) || (s->kind == ST_PUT && k == s->nin) ||
           (s->kind == ST_SEARCH && k == 1);
}

/* A tiling of the operand's view that follows the launch tiling. */
static Tiling follow_launch(Planner *p, const PlanTask *t, const Req *r)
{
    const View *v = &r->op.view;
    Tiling out;
    int from[NDIM_MAX];
    for (int k = 0; k < v->ndim; k++) {
        from[k] = r->pair[k];
        if (from[k] >= 0 && r->scale[k] > 1 && tiling_is_cut(&t->launch, from[k]))
            return tiling_axis(v->ndim, v->shape, k, tiles_of(p), r->scale[k]);
        if (from[k] >= 0 && v->shape[k] != t->launch.extent[from[k]])
            from[k] = -1;
    }
    if (tiling_rename(&t->launch, v->ndim, from, v->shape, &out) == OK)
        return out;
    return place_even(p->m, v->ndim, v->shape);
}

/* Is what a middling tile needs of the operand less than three quarters of the region that a
 * scratch copy of it would hold? */
static bool is_wasteful(const Planner *p, const PlanTask *t, int k)
{
    const Req *r = &t->stmt->req[k];
    Box launch = tiling_cut(&t->launch, t->launch.ntiles / 2);
    if (box_empty(&launch))
        return false;
    Box index = req_index(r, t, &launch);
    Region g = req_region(&t->req[k], r, &index);
    int64_t holds = g.ndim < 0 ? 0 : region_size(&g);
    return 3 * holds > 4 * box_size(&index) && holds * dtype_size(r->op.dtype) > p->m->slack / 16;
}

bool planner_collect(Planner *p, PlanTask *t, int k)
{
    Req *r = &t->stmt->req[k];
    const View *v = &r->op.view;
    Access a = t->req[k].access;
    if (t->whole || r->privilege == WRITE || (a != ACCESS_PACKED && a != ACCESS_LINEAR) ||
        t->stmt->kind == ST_SPREAD)
        return false;
    for (int d = 0; d < v->ndim; d++)
        if (v->stride[d] == 0 && v->shape[d] > 1)
            return false;
    if (!is_wasteful(p, t, k))
        return false;
    Operand temp = planner_temp(p, t->stmt, r->op.dtype, v->ndim, v->shape);
    temp.store->place = PLACE_TILED;
    temp.store->tiling = follow_launch(p, t, r);
    Stmt *s = planner_stmt(p, t->stmt, ST_TAKE);
    s->loop = r->op.dtype;
    s->nin = s->nout = 1;
    s->ndim = v->ndim;
    memcpy(s->shape, v->shape, sizeof s->shape);
    planner_req(s, 0, &r->op, READ);
    planner_req(s, 1, &temp, WRITE);
    planner_emit_home(p, s);
    r->op = temp;
    return true;
}

/* The first axis that is long enough to share, else the longest: what comes before it is done block
 * by block. */
static int block_axis(const Planner *p, const Stmt *s)
{
    int longest = 0;
    for (int k = 0; k < s->ndim; k++) {
        if (s->shape[k] >= 4 * tiles_of(p))
            return k;
        if (s->shape[k] > s->shape[longest])
            longest = k;
    }
    return longest;
}

static bool inputs_whole(const Stmt *s)
{
    for (int k = 0; k < s->nin; k++)
        if (s->req[k].op.store && s->req[k].op.store->place != PLACE_WHOLE)
            return false;
    return true;
}

/* Launch space: of the values [b..., r...]; elements go to their homes; into a whole store each
 * rank puts its part, and the last write of each element is agreed on. */
void plan_put(Planner *p, Stmt *s)
{
    planner_place_inputs(p, s);
    Req *out = stmt_out(s, 0);
    place_store(p->m, out->op.store, NULL, NULL);
    for (int k = 0; k < NDIM_MAX; k++)
        out->pair[k] = -1;
    bool whole = out->op.store->place == PLACE_WHOLE;
    if (s->ndim == 0 || (whole && inputs_whole(s))) {
        Tiling launch = place_even(p->m, s->ndim, s->shape);
        planner_emit(p, s, whole, &launch);
        return;
    }
    Tiling launch = axis_tiling(p, &s->req[0].op, block_axis(p, s), 1);
    planner_emit(p, s, false, &launch);
}

static bool in_whole(Planner *p, Stmt *s)
{
    planner_place_inputs(p, s);
    if (s->req[0].op.store->place != PLACE_WHOLE && s->ndim > 0)
        return false;
    planner_emit(p, s, true, NULL);
    return true;
}

/* Launch space: of in, cut along one axis so that a rank's tiles are, in each block of it, one
 * stretch in C order. */
void plan_in_order(Planner *p, Stmt *s)
{
    if (in_whole(p, s))
        return;
    Tiling launch = axis_tiling(p, &s->req[0].op, block_axis(p, s), 1);
    planner_emit(p, s, false, &launch);
}

/* Launch space: of in, cut as it lies when its tiles are fair and have long rows, else evenly. */
void plan_anywhere(Planner *p, Stmt *s)
{
    enum { LONG = 512 };
    if (in_whole(p, s))
        return;
    const Operand *in = &s->req[0].op;
    Tiling launch;
    int last = s->ndim - 1;
    if (!place_through(in->store, &in->view, &launch) || !place_balanced(&launch) ||
        (tiling_is_cut(&launch, last) && s->shape[last] < LONG * launch.ntiles))
        launch = place_even(p->m, s->ndim, s->shape);
    planner_emit(p, s, false, &launch);
}
