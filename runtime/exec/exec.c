/* exec.c -- one in-order executor a rank: messages of a task, then its tiles.  All ranks together.
 */
#include "runtime/exec/exec.h"

#include <time.h>

#include "runtime/exec/net.h"
#include "runtime/exec/profile.h"

ExecStats exec_stats;

int64_t exec_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

Scratch *run_scratch(const Run *r, int k, int64_t i)
{
    return &r->scratch[(int64_t)k * r->low.ntiles + i];
}

Box run_index(Run *r, int k, int64_t i)
{
    return req_index(&run_stmt(r)->req[k], r->low.task, &r->low.tile[i].box);
}

static Strided of_linear(const View *v, const Box *index, char *base, int64_t first, int64_t size)
{
    Strided x = {.ndim = v->ndim};
    int64_t at = v->offset - first;
    for (int k = 0; k < v->ndim; k++) {
        x.shape[k] = index->hi[k] - index->lo[k];
        x.stride[k] = v->stride[k] * size;
        at += index->lo[k] * v->stride[k];
    }
    x.base = base + at * size;
    return x;
}

/* Through the per-axis map, onto memory with given origin, step and stride along each store axis.
 */
static Strided of_map(const Map *m, const Box *index, char *base, const int64_t origin[],
                      const int64_t step[], const int64_t stride[])
{
    Strided x = {.ndim = m->ndim_view, .base = base};
    int64_t at[NDIM_MAX];
    for (int k = 0; k < m->ndim_view; k++)
        x.shape[k] = index->hi[k] - index->lo[k];
    for (int d = 0; d < m->ndim_store; d++)
        at[d] = m->start[d];
    for (int t = 0; t < m->nterms; t++) {
        MapTerm e = m->term[t];
        at[e.store_axis] += e.coef * index->lo[e.view_axis];
        x.stride[e.view_axis] +=
            x.shape[e.view_axis] > 1 ? e.coef / step[e.store_axis] * stride[e.store_axis] : 0;
    }
    for (int d = 0; d < m->ndim_store; d++)
        x.base += (at[d] - origin[d]) / step[d] * stride[d];
    return x;
}

Strided run_operand(Run *r, int k, int64_t i)
{
    Req *q = &run_stmt(r)->req[k];
    const PlanReq *p = &r->low.task->req[k];
    int64_t size = dtype_size(q->op.dtype), origin[NDIM_MAX], step[NDIM_MAX], stride[NDIM_MAX],
            s = size;
    Strided x = {.dtype = q->op.dtype};
    if (p->access == ACCESS_CONST) {
        x.base = (char *)&q->op.value;
        return x;
    }
    if (r->all) {
        const View *v = &q->op.view;
        x.ndim = v->ndim;
        for (int d = 0; d < v->ndim; d++) {
            x.shape[d] = v->shape[d];
            x.stride[d] = v->stride[d] * size;
        }
        x.base = instance_whole(q->op.store)->data + v->offset * size;
        return x;
    }
    Box index = run_index(r, k, i);
    if (p->access == ACCESS_WHOLE) {
        Instance *in = instance_whole(q->op.store);
        char *data = p->renamed ? instance_spare(q->op.store, in) : in->data;
        x = of_linear(&q->op.view, &index, data, 0, size);
    } else if (p->access == ACCESS_IN_PLACE) {
        Instance *in = instance_tile(q->op.store, r->m->nshards, r->shard, r->low.tile[i].tile);
        for (int d = p->ndim - 1; d >= 0; d--) {
            origin[d] = in->box.lo[d];
            step[d] = 1;
            stride[d] = s;
            s *= in->box.hi[d] - in->box.lo[d];
        }
        char *data = p->renamed ? instance_spare(q->op.store, in) : in->data;
        x = of_map(&p->map, &index, data, origin, step, stride);
    } else {
        Scratch *c = run_scratch(r, k, i);
        if (p->access == ACCESS_LINEAR) {
            int64_t row = 1;
            for (int d = 1; d < p->ndim; d++)
                row *= p->extent[d];
            x = of_linear(&q->op.view, &index, c->data,
                          c->region.ndim > 0 ? c->region.lo[0] * row : 0, size);
        } else {
            for (int d = p->ndim - 1; d >= 0; d--) {
                origin[d] = c->region.lo[d];
                step[d] = c->region.step[d];
                stride[d] = s;
                s *= c->region.count[d];
            }
            x = of_map(&p->map, &index, c->data, origin, step, stride);
        }
    }
    x.dtype = q->op.dtype;
    return x;
}

typedef void (*TileKernel)(Run *r, int64_t i);

static TileKernel kernel_of(const Stmt *s)
{
    switch (s->kind) {
    case ST_EW:
        return kernel_ew;
    case ST_SPREAD:
        return kernel_spread;
    case ST_HOST:
        return kernel_host;
    case ST_STREAM:
        return kernel_stream;
    case ST_MATMUL:
        return kernel_matmul;
    case ST_SORT:
        return kernel_sort;
    case ST_SEARCH:
        return kernel_search;
    case ST_SCAN:
    case ST_SCAN_LEAF:
    case ST_SCAN_FINISH:
        return kernel_scan;
    case ST_FOLD:
    case ST_DOT:
        return kernel_fold;
    default:
        return NULL;
    }
}

static Status run_kernels(Run *r)
{
    const Stmt *s = run_stmt(r);
    TileKernel k = kernel_of(s);
    if (exec_together(r))
        return OK;
    if (s->nfolds) {
        exec_fused(r);
        return OK;
    }
    if (s->mode == FOLD_PARTIAL && !r->low.task->whole) {
        exec_partial(r);
        return OK;
    }
    if (k) {
        for (int64_t i = 0; i < r->low.ntiles; i++)
            k(r, i);
        return OK;
    }
    switch (s->kind) {
    case ST_TAKE:
        exec_take(r);
        return OK;
    case ST_PUT:
        exec_put(r);
        return OK;
    case ST_NONZERO:
        exec_nonzero(r);
        return OK;
    case ST_CHECK_INDEX:
        exec_check_index(r);
        return OK;
    case ST_LOAD:
        return exec_load(r);
    case ST_SAVE:
        return exec_save(r);
    case ST_FETCH: {
        Strided x = run_operand(r, 0, 0);
        int64_t dense[NDIM_MAX], b = dtype_size(x.dtype);
        for (int d = x.ndim - 1; d >= 0; d--) {
            dense[d] = b;
            b *= x.shape[d];
        }
        copy_strided(x.ndim, x.shape, s->result, dense, x.base, x.stride, dtype_size(x.dtype));
        return OK;
    }
    default:
        ASSERT(false, "no kernel for %s", stmt_name(s));
    }
    return OK;
}

/* Bytes that tile i reads of a store through all views from operand k on: what they show together
 * lies in one box, and no cell comes from memory twice. */
static int64_t read_together(Run *r, int k, int64_t i)
{
    const Stmt *s = run_stmt(r);
    const Store *store = s->req[k].op.store;
    Box all = {0};
    int64_t each = 0;
    for (int j = k; j < s->nin; j++) {
        if (s->req[j].op.store != store)
            continue;
        Box index = run_index(r, j, i), b;
        if (index.ndim < 0 || box_empty(&index))
            continue;
        Map map;
        each += box_size(&index);
        if (view_map(&s->req[j].op.view, store->ndim, store->extent, &map) == OK)
            map_image(&map, &index, &b, NULL);
        else
            b = box_whole(store->ndim, store->extent);
        for (int d = 0; d < b.ndim && all.ndim; d++) {
            all.lo[d] = int64_min(all.lo[d], b.lo[d]);
            all.hi[d] = int64_max(all.hi[d], b.hi[d]);
        }
        if (!all.ndim)
            all = b;
    }
    return (all.ndim ? int64_min(each, box_size(&all)) : each) * dtype_size(store->dtype);
}

static bool read_before(const Run *r, int k)
{
    const Stmt *s = run_stmt(r);
    for (int j = 0; j < k; j++)
        if (s->req[j].op.store == s->req[k].op.store)
            return true;
    return false;
}

/* Bytes of the elements that the tiles touch; of element-wise ops without a plan the strips count
 * them. */
static int64_t moved_by(Run *r)
{
    const Stmt *s = run_stmt(r);
    int64_t moved = 0;
    for (int k = 0; k < stmt_nreqs(s); k++) {
        Access a = r->low.task->req[k].access;
        if (a == ACCESS_CONST || a == ACCESS_ELEMENTS || (s->kind == ST_EW && r->all))
            continue;
        if (s->kind == ST_EW && k < s->nin && (a == ACCESS_IN_PLACE || a == ACCESS_WHOLE)) {
            for (int64_t i = 0; i < r->low.ntiles && !read_before(r, k); i++)
                moved += read_together(r, k, i);
            continue;
        }
        for (int64_t i = 0; i < r->low.ntiles; i++) {
            Box index = run_index(r, k, i);
            if (index.ndim >= 0)
                moved += box_size(&index) * dtype_size(s->req[k].op.dtype);
        }
    }
    return moved;
}

static void count_task(Run *r, int64_t moved_before)
{
    const Stmt *s = run_stmt(r);
    const PlanTask *t = r->low.task;
    int64_t cells = 0;
    for (int64_t i = 0; i < r->low.ntiles; i++)
        cells += box_size(&r->low.tile[i].box);
    exec_stats.tasks++;
    exec_stats.tiles += r->low.ntiles;
    exec_stats.tiles_max = int64_max(exec_stats.tiles_max, t->whole ? 1 : t->launch.ntiles);
    exec_stats.split += !t->whole && t->launch.ntiles > 1;
    profile_move(moved_by(r));
    profile_task(s->file, s->line, t->whole, cells, profile_moved() - moved_before);
}

/* How a statement's operands follow its launch space when all of it runs here: what the planner
 * settles for tasks that are not cut. */
static void pair_whole(Stmt *s)
{
    int n = s->req[0].op.view.ndim;
    switch (s->kind) {
    case ST_FOLD:
    case ST_DOT:
    case ST_PUT:
        for (int d = 0; d < NDIM_MAX; d++)
            s->req[s->nin].pair[d] = -1;
        break;
    case ST_TAKE:
        for (int d = 0; d < n; d++)
            s->req[0].pair[d] = (int8_t)(d < s->nin - 1 ? -1 : s->ndim - n + d);
        break;
    case ST_MATMUL:
        s->req[0].pair[s->ndim - 1] = -1;
        s->req[1].pair[s->ndim - 2] = -1;
        break;
    default:
        break;
    }
}

/* The stores' state after it, as a plan leaves it; and how the task reaches them. */
static void reach_whole(Stmt *s, PlanTask *t)
{
    for (int k = 0; k < stmt_nreqs(s); k++) {
        Store *x = s->req[k].op.store;
        t->req[k].access = x ? ACCESS_WHOLE : ACCESS_CONST;
        t->req[k].place = PLACE_WHOLE;
        if (!x)
            continue;
        x->place = PLACE_WHOLE;
        if (s->req[k].privilege == READ)
            x->read_zero |= x->version == 0;
    }
    for (int i = 0; i < s->nout; i++) {
        Store *x = stmt_out(s, i)->op.store;
        if (x->version == 0 && !x->read_zero && !s->masked && !s->accumulate && s->kind != ST_PUT &&
            view_size(&stmt_out(s, i)->op.view) == x->nelem)
            x->made_whole = true;
        x->version++;
    }
}

Status exec_whole(const Machine *m, int64_t shard, Stmt *s, Arena *arena, int *flags,
                  int *cast_flags)
{
    static PlanTask task; /* one at a time, and only what is set here is looked at */
    static PlanReq req[STMT_REQS];
    TileWork all = {.box.ndim = s->ndim};
    Run r = {.m = m, .shard = shard, .arena = arena, .all = true};
    for (int d = 0; d < s->ndim; d++)
        all.box.hi[d] = s->shape[d];
    pair_whole(s);
    task.stmt = s;
    task.req = req;
    task.whole = true;
    task.reuse = -1;
    reach_whole(s, &task);
    r.low.task = &task;
    r.low.ntiles = 1;
    r.low.tile = &all;
    int64_t moved = profile_moved();
    Status st = run_kernels(&r);
    count_task(&r, moved);
    *flags = r.flags;
    *cast_flags = r.cast_flags;
    return st;
}

/* Spares go before the task, or become current after it. */
static void drop_spares(const PlanTask *t)
{
    for (int k = t->stmt->nin; k < t->stmt->nin + t->stmt->nout; k++)
        if (t->req[k].drops)
            instances_drop_spares(t->stmt->req[k].op.store);
}

static void make_current(Run *r)
{
    const PlanTask *t = r->low.task;
    for (int k = t->stmt->nin; k < t->stmt->nin + t->stmt->nout; k++)
        for (int64_t i = 0; t->req[k].renamed && i < r->low.ntiles; i++) {
            const Operand *out = &t->stmt->req[k].op;
            Store *s = out->store;
            Instance *in = t->whole
                               ? instance_whole(s)
                               : instance_tile(s, r->m->nshards, r->shard, r->low.tile[i].tile);
            Box index = run_index(r, k, i), written;
            Map map;
            Status boxes = view_map(&out->view, s->ndim, s->extent, &map);
            ASSERT(boxes == OK, "a renamed output that is no box");
            map_image(&map, &index, &written, NULL);
            instance_rename(s, in, &written, t->req[k].kept);
        }
}

Status exec_task(const Machine *m, int64_t shard, const PlanTask *t, Arena *arena,
                 uint8_t *conditions)
{
    const Stmt *stmt = t->stmt;
    Store *from = t->reuse >= 0 ? stmt->req[t->reuse].op.store : NULL,
          *to = from ? stmt->req[stmt->nin].op.store : NULL;
    bool shared = from && from->local && !memcmp(from->below, to->below, sizeof to->below) &&
                  !memcmp(from->above, to->above, sizeof to->above);
    drop_spares(t);
    if (shared) { /* both names for one memory while the task runs */
        instances_drop_spares(from);
        to->local = from->local;
    }
    Run r = {.m = m, .shard = shard, .arena = arena, .conditions = conditions};
    if (!t->lowered) {
        plan_lower(m, t, shard, arena, &r.low);
    } else {
        if (!t->lowered->known)
            plan_lower(m, t, shard, t->lowered->arena, &t->lowered->low);
        t->lowered->known = true;
        r.low = t->lowered->low;
        r.low.task = (PlanTask *)t;
    }
    transfer_run(&r);
    int64_t t0 = exec_now_ns(), waited = net_stats.wait_ns, moved = profile_moved();
    StripsCount strips = strips_count;
    Status st = run_kernels(&r);
    if (stmt->kind == ST_EW) { /* counted here */
        exec_stats.kernels += stmt->nfolds ? 0 : r.low.ntiles;
        strips_count = strips;
    }
    exec_stats.kernel_ns += exec_now_ns() - t0 - (net_stats.wait_ns - waited);
    count_task(&r, moved);
    make_current(&r);
    transfer_fini(&r);
    if (shared)
        from->local = NULL;
    conditions[2 * stmt->index] |= (uint8_t)r.flags;
    conditions[2 * stmt->index + 1] |= (uint8_t)r.cast_flags;
    return st;
}
