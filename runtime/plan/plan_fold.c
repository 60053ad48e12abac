/* plan_fold.c -- reductions and scans as tasks.  Replicated.
 *
 * A fold comes with its input in K order, axes of length 1 dropped (submit.c), out and mask
 * likewise.  Whatever the cut, the bits are those of plan/sumrule.h: a task's tile either holds all
 * terms of its results (FOLD_LOCAL, launch space: the results), or whole leaves of them
 * (FOLD_PARTIAL, launch space: the operand; exact sums and order-free folds combine over shards),
 * or, for column sums, makes leaves that a second task joins.
 */
#include "runtime/plan/planner.h"
#include "runtime/plan/sumrule.h"

enum { SCAN_LEAF = 8192 };

static bool all_whole(const Stmt *s)
{
    for (int k = 0; k < stmt_nreqs(s); k++)
        if (s->req[k].op.store && s->req[k].privilege == READ &&
            s->req[k].op.store->place != PLACE_WHOLE)
            return false;
    return true;
}

static void launch_like(Stmt *s, const View *v)
{
    s->ndim = v->ndim;
    memcpy(s->shape, v->shape, sizeof s->shape);
}

/* Run the statement whole, everywhere; a tiled output gets a copy. */
static void plan_whole(Planner *p, Stmt *s)
{
    Req *out = stmt_out(s, 0);
    Operand dst = out->op;
    for (int d = 0; d < NDIM_MAX; d++) /* all of the output, whatever the launch space */
        out->pair[d] = -1;
    place_store(p->m, dst.store, NULL, NULL);
    if (dst.store->place == PLACE_WHOLE) {
        planner_emit(p, s, true, NULL);
        return;
    }
    out->op = planner_temp(p, s, dst.dtype, dst.view.ndim, dst.view.shape);
    out->op.store->place = PLACE_WHOLE;
    planner_emit(p, s, true, NULL);
    plan_copy(p, s, &dst, &out->op);
}

static int64_t gcd(int64_t a, int64_t b)
{
    while (b) {
        int64_t t = a % b;
        a = b;
        b = t;
    }
    return a;
}

static int kept_axes(const View *v, uint32_t axes, int kept[])
{
    int n = 0;
    for (int k = 0; k < v->ndim; k++)
        if (!(axes >> k & 1))
            kept[n++] = k;
    return n;
}

/* The input's tiling as seen from the results, when it cuts kept axes only; else an even one. */
static Tiling results_tiling(Planner *p, const Stmt *s, const View *out)
{
    const Operand *in = &s->req[0].op;
    int kept[NDIM_MAX];
    int n = kept_axes(&in->view, s->axes, kept);
    Tiling t, r;
    if (in->store && place_through(in->store, &in->view, &t) && place_balanced(&t) &&
        tiling_rename(&t, n, kept, out->shape, &r) == OK)
        return r;
    return place_even(p->m, n, out->shape);
}

/* Each launch tile has all terms of its results.  Launch space: the results. */
static void plan_local(Planner *p, Stmt *s)
{
    Req *out = stmt_out(s, 0);
    Operand dst = out->op;
    Tiling launch;
    int kept[NDIM_MAX];
    int n = kept_axes(&s->req[0].op.view, s->axes, kept);
    s->mode = FOLD_LOCAL;
    launch_like(s, &dst.view);
    for (int d = 0; d < NDIM_MAX; d++)
        out->pair[d] = (int8_t)d;
    for (int k = 0; k < stmt_nreqs(s); k++) {
        if (s->req[k].privilege == WRITE)
            continue;
        for (int d = 0; d < NDIM_MAX; d++)
            s->req[k].pair[d] = -1;
        for (int i = 0; i < n; i++)
            s->req[k].pair[kept[i]] = (int8_t)i;
    }
    if (dst.store->place == PLACE_NONE && !store_is_small(dst.store, p->m)) {
        launch = results_tiling(p, s, &dst.view);
        place_store(p->m, dst.store, &dst.view, &launch);
    }
    if (dst.store->place == PLACE_TILED && planner_boxes(&dst, &launch)) {
        planner_emit(p, s, false, &launch);
        return;
    }
    out->op = planner_temp(p, s, dst.dtype, dst.view.ndim, dst.view.shape);
    out->op.store->place = PLACE_TILED;
    out->op.store->tiling = results_tiling(p, s, &dst.view);
    planner_emit_home(p, s);
    plan_copy(p, s, &dst, &out->op);
}

/* Launch tiling of the operand whose tiles hold whole leaves of a ROWS sum. */
static Tiling leaf_tiling(Planner *p, const Stmt *s, const SumRule *r)
{
    const Operand *in = &s->req[0].op;
    const View *v = &in->view;
    int64_t ntiles = p->m->nshards * p->m->tiles_per_shard, granule = 1;
    Tiling t;
    int last = v->ndim - 1;
    if (s->axes & 1) {
        int64_t e = v->shape[0];
        if (r->nwidth == r->nred)
            granule = SUM_LEAF / gcd(SUM_LEAF, r->width / e);
        else
            granule = r->rows_per_leaf / gcd(r->rows_per_leaf, r->rows / e);
    }
    if (granule == 1 && in->store && place_through(in->store, v, &t) && place_balanced(&t) &&
        !tiling_is_cut(&t, last)) {
        bool leading = true;
        for (int d = 1; d < v->ndim; d++)
            leading &= !tiling_is_cut(&t, d) || (s->axes >> d & 1) == 0;
        if (leading)
            return t;
    }
    bool short_axis = ceil_div(v->shape[0], granule) < ntiles;
    if (short_axis && r->nwidth == 1 && last > 0 &&
        v->shape[last] / SUM_LEAF > ceil_div(v->shape[0], granule))
        return tiling_axis(v->ndim, v->shape, last, ntiles, SUM_LEAF);
    return tiling_axis(v->ndim, v->shape, 0, ntiles, granule);
}

/* Launch tiles of the operand fold into a whole result, combined over shards. */
static void plan_partial(Planner *p, Stmt *s, const Tiling *launch)
{
    Req *out = stmt_out(s, 0);
    Operand dst = out->op;
    place_store(p->m, dst.store, NULL, NULL);
    s->mode = FOLD_PARTIAL;
    launch_like(s, &s->req[0].op.view);
    for (int d = 0; d < NDIM_MAX; d++)
        out->pair[d] = -1;
    if (dst.store->place != PLACE_WHOLE) {
        out->op = planner_temp(p, s, dst.dtype, dst.view.ndim, dst.view.shape);
        out->op.store->place = PLACE_WHOLE;
    }
    planner_emit(p, s, false, launch);
    if (dst.store->place != PLACE_WHOLE)
        plan_copy(p, s, &dst, &out->op);
}

/* in as [R, K]: reduced axes flattened in K order, then kept axes flattened; copied when no view
 * does it. */
static Operand flatten_columns(Planner *p, Stmt *s, int64_t *nkept)
{
    Operand in = s->req[0].op;
    int perm[NDIM_MAX], n = 0;
    int64_t shape[2] = {1, 1};
    for (int pass = 0; pass < 2; pass++)
        for (int k = 0; k < in.view.ndim; k++)
            if ((s->axes >> k & 1) == (pass == 0)) {
                perm[n++] = k;
                shape[pass] *= in.view.shape[k];
            }
    View v = view_transpose(&in.view, perm), flat;
    *nkept = shape[1];
    if (!view_reshape(&v, 2, shape, &flat)) {
        Operand t = planner_temp(p, s, in.dtype, v.ndim, v.shape), src = in;
        src.view = v;
        t.store->place = PLACE_TILED;
        t.store->tiling = place_even(p->m, v.ndim, v.shape);
        plan_copy(p, s, &t, &src);
        in = t;
        bool ok = view_reshape(&t.view, 2, shape, &flat);
        ASSERT(ok, "a dense array reshapes");
    }
    in.view = flat;
    return in;
}

/* A column sum with few results and a cut operand: leaves where their rows are, then the tree
 * everywhere. */
static void plan_columns(Planner *p, Stmt *s)
{
    Operand dst = stmt_out(s, 0)->op;
    int64_t kept;
    Operand in = flatten_columns(p, s, &kept);
    int64_t shape[2] = {ceil_div(in.view.shape[0], SUM_COLUMN_LEAF), kept};
    Operand leaves = planner_temp(p, s, s->loop, 2, shape);
    leaves.store->place = PLACE_TILED;
    leaves.store->tiling = tiling_axis(2, shape, 0, p->m->nshards * p->m->tiles_per_shard, 1);
    Stmt *a = planner_stmt(p, s, ST_FOLD);
    a->op = s->op;
    a->loop = s->loop;
    a->nin = a->nout = 1;
    a->step = STEP_LEAVES;
    a->axes = 1;
    planner_req(a, 0, &in, READ);
    a->req[0].scale[0] = SUM_COLUMN_LEAF;
    planner_req(a, 1, &leaves, WRITE);
    launch_like(a, &leaves.view);
    planner_emit_home(p, a);
    Stmt *b = planner_stmt(p, s, ST_FOLD);
    Operand flat = planner_temp(p, s, s->loop, 1, &kept);
    b->op = s->op;
    b->loop = s->loop;
    b->nin = b->nout = 1;
    b->step = STEP_TREE;
    b->axes = 1;
    planner_req(b, 0, &leaves, READ);
    planner_req(b, 1, &flat, WRITE);
    flat.store->place = PLACE_WHOLE;
    launch_like(b, &leaves.view);
    plan_whole(p, b);
    View v;
    bool ok = view_reshape(&flat.view, dst.view.ndim, dst.view.shape, &v);
    ASSERT(ok, "a dense array reshapes");
    flat.view = v;
    plan_copy(p, s, &dst, &flat);
}

static bool reduced_axis_cut(const Stmt *s)
{
    const Operand *in = &s->req[0].op;
    Tiling t;
    if (!in->store || in->store->place != PLACE_TILED)
        return true;
    if (!place_through(in->store, &in->view,
                       &t)) { /* axes that share one of the store: the outermost is cut */
        int axis = view_outermost(&in->view);
        return axis < 0 || (s->axes >> axis & 1);
    }
    for (int k = 0; k < in->view.ndim; k++)
        if ((s->axes >> k & 1) && tiling_is_cut(&t, k))
            return true;
    return false;
}

/* Has a column sum fewer leaves than there are tiles, and columns enough, or one leaf? */
static bool few_leaves(const Planner *p, const View *v, uint32_t axes)
{
    int64_t rows = 1, ntiles = p->m->nshards * p->m->tiles_per_shard;
    for (int k = 0; k < v->ndim; k++)
        if (axes >> k & 1)
            rows *= v->shape[k];
    int64_t leaves = ceil_div(rows, SUM_COLUMN_LEAF);
    return leaves == 1 || (leaves < ntiles && view_size(v) / rows >= ntiles);
}

static void plan_float_sum(Planner *p, Stmt *s)
{
    const View *v = &s->req[0].op.view;
    bool red[NDIM_MAX], kept = false;
    for (int k = 0; k < v->ndim; k++) {
        red[k] = s->axes >> k & 1;
        kept |= !red[k];
    }
    SumRule r = sum_rule(v->ndim, v->shape, red);
    if (view_size(v) <= SUM_SMALL_MAX)
        plan_whole(p, s);
    else if (r.kind == SUM_SMALL || (kept && !reduced_axis_cut(s)) ||
             !store_is_small(stmt_out(s, 0)->op.store, p->m))
        plan_local(p, s);
    else if (r.kind == SUM_COLUMNS && few_leaves(p, v, s->axes))
        plan_local(p, s);
    else if (r.kind == SUM_COLUMNS)
        plan_columns(p, s);
    else {
        Tiling t = leaf_tiling(p, s, &r);
        plan_partial(p, s, &t);
    }
}

/* Leaves of a product, of a scan: totals [leaf, other axes] of fixed pieces of one axis. */
static Operand leaf_totals(Planner *p, Stmt *s, const Operand *in, int axis, StmtKind kind)
{
    int64_t shape[NDIM_MAX] = {ceil_div(in->view.shape[axis], SCAN_LEAF)};
    int n = 1, from[NDIM_MAX];
    for (int k = 0; k < in->view.ndim; k++) {
        from[k] = k == axis ? 0 : n;
        if (k != axis)
            shape[n++] = in->view.shape[k];
    }
    Operand totals = planner_temp(p, s, s->loop, n, shape);
    totals.store->place = PLACE_TILED;
    totals.store->tiling = tiling_axis(n, shape, 0, p->m->nshards * p->m->tiles_per_shard, 1);
    Stmt *a = planner_stmt(p, s, kind);
    a->op = s->op;
    a->loop = s->loop;
    a->nin = a->nout = 1;
    a->step = STEP_LEAVES;
    a->axes = 1u << axis;
    planner_req(a, 0, in, READ);
    for (int k = 0; k < n; k++)
        a->req[0].pair[k] = (int8_t)from[k];
    a->req[0].scale[axis] = SCAN_LEAF;
    planner_req(a, 1, &totals, WRITE);
    launch_like(a, &totals.view);
    planner_emit_home(p, a);
    return totals;
}

static void plan_float_prod(Planner *p, Stmt *s)
{
    Operand in = s->req[0].op;
    if (view_size(&in.view) <= SCAN_LEAF) {
        plan_whole(p, s);
        return;
    }
    for (int k = 0; k < in.view.ndim; k++)
        if (!(s->axes >> k & 1)) {
            plan_local(p, s);
            return;
        }
    Operand dst = stmt_out(s, 0)->op;
    int64_t one;
    in = flatten_columns(p, s, &one);
    in.view = view_index(&in.view, 1, 0);
    Operand totals = leaf_totals(p, s, &in, 0, ST_FOLD);
    Stmt *b = planner_stmt(p, s, ST_FOLD);
    b->op = s->op;
    b->loop = s->loop;
    b->nin = b->nout = 1;
    b->axes = 1;
    b->step = STEP_TREE;
    b->has_initial = s->has_initial;
    b->initial = s->initial;
    planner_req(b, 0, &totals, READ);
    planner_req(b, 1, &dst, WRITE);
    launch_like(b, &totals.view);
    plan_whole(p, b);
}

static bool is_arg(int op)
{
    return op == FOLD_ARGMIN || op == FOLD_ARGMAX;
}

void plan_fold(Planner *p, Stmt *s)
{
    planner_place_inputs(p, s);
    Req *out = stmt_out(s, 0);
    if (all_whole(s)) {
        plan_whole(p, s);
        return;
    }
    if (s->kind == ST_DOT) {
        const View *v = &s->req[0].op.view;
        int64_t leaves = ceil_div(v->shape[v->ndim - 1], SUM_LEAF),
                ntiles = p->m->nshards * p->m->tiles_per_shard;
        if (v->ndim > 1 &&
            (!store_is_small(out->op.store, p->m) || !reduced_axis_cut(s) || leaves < ntiles))
            plan_local(p, s);
        else {
            Tiling t = tiling_axis(v->ndim, v->shape, v->ndim - 1,
                                   p->m->nshards * p->m->tiles_per_shard, SUM_LEAF);
            plan_partial(p, s, &t);
        }
        return;
    }
    if (s->op == FOLD_SUM && dtype_is_inexact(s->loop))
        plan_float_sum(p, s);
    else if (s->op == FOLD_PROD && dtype_is_inexact(s->loop))
        plan_float_prod(p, s);
    else if (out->op.view.ndim > 0 &&
             (!store_is_small(out->op.store, p->m) || !reduced_axis_cut(s)))
        plan_local(p, s);
    else {
        const Operand *in = &s->req[0].op;
        Tiling t;
        if (!place_through(in->store, &in->view, &t) ||
            (is_arg(s->op) && tiling_is_cut(&t, in->view.ndim - 1)))
            t = tiling_axis(in->view.ndim, in->view.shape, 0, p->m->nshards * p->m->tiles_per_shard,
                            1);
        plan_partial(p, s, &t);
    }
}

/* ---------------------------------------------------------------------- scans */

static int scan_axis(const Stmt *s)
{
    return __builtin_ctz(s->axes);
}

/* The longest axis but `axis`, or -1. */
static int other_axis(const View *v, int axis)
{
    int best = -1;
    for (int k = 0; k < v->ndim; k++)
        if (k != axis && v->shape[k] > 1 && (best < 0 || v->shape[k] > v->shape[best]))
            best = k;
    return best;
}

/* The longest other axis is cut, or several when it has few indices a tile. */
Tiling uncut_tiling(const Machine *m, const View *v, int axis)
{
    int64_t ntiles = m->nshards * m->tiles_per_shard, extent[NDIM_MAX];
    int other = other_axis(v, axis), from[NDIM_MAX], n = 0;
    if (v->shape[other] >= 4 * ntiles)
        return tiling_axis(v->ndim, v->shape, other, ntiles, 1);
    for (int k = 0; k < v->ndim; k++) {
        from[k] = k == axis ? -1 : n;
        if (k != axis)
            extent[n++] = v->shape[k];
    }
    Tiling t = tiling_even(n, extent, ntiles, 1), out;
    Status st = tiling_rename(&t, v->ndim, from, v->shape, &out);
    ASSERT(st == OK, "a new axis %d", axis);
    return out;
}

bool lines_suffice(const Planner *p, const View *v, int axis, DType loop)
{
    if (other_axis(v, axis) < 0)
        return false;
    if (view_size(v) * dtype_size(loop) <= p->m->slack / 4)
        return true;
    Tiling t = uncut_tiling(p->m, v, axis);
    double most = 1; /* elements of the largest tile */
    for (int b = 0; b < t.nbase; b++)
        most *= (double)ceil_div(t.base[b].extent, t.base[b].tiles);
    most *= (double)v->shape[axis];
    return 2 * most * (double)t.ntiles <= 3 * (double)view_size(v);
}

/* A statement whose launch space is its output's and whose axis `axis` must not be cut. */
void plan_uncut(Planner *p, Stmt *s, int axis)
{
    Req *out = stmt_out(s, 0);
    Operand dst = out->op;
    Tiling launch;
    for (int k = 0; k < s->nin; k++)
        s->req[k].pair[axis] = -1;
    launch_like(s, &dst.view);
    if (other_axis(&dst.view, axis) < 0) {
        plan_whole(p, s);
        return;
    }
    bool fits = dst.store->place == PLACE_TILED && planner_boxes(&dst, &launch) &&
                !tiling_is_cut(&launch, axis);
    if (!fits && dst.store->place == PLACE_NONE && !store_is_small(dst.store, p->m)) {
        launch = uncut_tiling(p->m, &dst.view, axis);
        place_store(p->m, dst.store, &dst.view, &launch);
        fits = planner_boxes(&dst, &launch) && !tiling_is_cut(&launch, axis);
    }
    if (fits) {
        planner_emit(p, s, false, &launch);
        return;
    }
    out->op = planner_temp(p, s, dst.dtype, dst.view.ndim, dst.view.shape);
    out->op.store->place = PLACE_TILED;
    out->op.store->tiling = uncut_tiling(p->m, &dst.view, axis);
    planner_emit_home(p, s);
    plan_copy(p, s, &dst, &out->op);
}

/* One long axis: leaf totals, then each leaf scanned from what came before it. */
static void plan_leaf_scan(Planner *p, Stmt *s, int axis)
{
    Operand in = s->req[0].op, dst = stmt_out(s, 0)->op, scan = dst;
    int64_t ntiles = p->m->nshards * p->m->tiles_per_shard;
    Operand totals = leaf_totals(p, s, &in, axis, ST_SCAN_LEAF);
    bool direct = axis_output(p, &dst, axis, SCAN_LEAF);
    if (!direct) {
        scan = planner_temp(p, s, dst.dtype, dst.view.ndim, dst.view.shape);
        scan.store->place = PLACE_TILED;
        scan.store->tiling = tiling_axis(dst.view.ndim, dst.view.shape, axis, ntiles, SCAN_LEAF);
    }
    Stmt *b = planner_stmt(p, s, ST_SCAN_FINISH);
    b->op = s->op;
    b->loop = s->loop;
    b->nin = 2;
    b->nout = 1;
    b->axes = 1u << axis;
    planner_req(b, 0, &in, READ);
    planner_req(b, 1, &totals, READ);
    for (int k = 0; k < NDIM_MAX; k++)
        b->req[1].pair[k] = -1;
    planner_req(b, 2, &scan, WRITE);
    launch_like(b, &scan.view);
    planner_emit_home(p, b);
    if (!direct)
        plan_copy(p, s, &dst, &scan);
}

void plan_scan(Planner *p, Stmt *s)
{
    planner_place_inputs(p, s);
    Operand *out = &stmt_out(s, 0)->op;
    const View *v = &s->req[0].op.view;
    int axis = scan_axis(s);
    bool small = store_is_small(out->store, p->m);
    if (out->store->place == PLACE_NONE && small)
        out->store->place = PLACE_WHOLE;
    if (all_whole(s) && out->store->place == PLACE_WHOLE)
        planner_emit(p, s, true, NULL);
    else if (v->shape[axis] <= SCAN_LEAF || lines_suffice(p, v, axis, s->loop))
        plan_uncut(p, s, axis);
    else
        plan_leaf_scan(p, s, axis);
}
