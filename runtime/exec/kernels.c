/* kernels.c -- a task's kernel on one launch tile: element-wise bodies, data from outside, scans.
 * Local. */
#include <fenv.h>

#include "runtime/body.h"
#include "runtime/exec/exec.h"
#include "runtime/exec/fold.h"
#include "runtime/exec/strips.h"

static StripArg strip_arg(const Strided *x)
{
    StripArg a = {.base = x->base, .dtype = x->dtype};
    memcpy(a.stride, x->stride, sizeof *x->stride * (size_t)x->ndim);
    return a;
}

StripArg kernel_arg(Run *r, int k, int64_t i)
{
    Strided x = run_operand(r, k, i);
    StripArg a = strip_arg(&x);
    if (r->low.task->req[k].access == ACCESS_CONST)
        memset(a.stride, 0, sizeof a.stride);
    return a;
}

void note_conditions(Run *r, const int flags[])
{
    Stmt *s = run_stmt(r);
    int part = 0;
    for (int k = 0; k < s->body->nops; k++) {
        while (part + 1 < s->nparts && s->part[part + 1].first_op <= k)
            part++;
        bool cast = body_is_copy(s->body, s->nparts ? s->part[part].first_op : 0, k);
        if (s->nparts)
            r->conditions[2 * s->part[part].stmt->index + cast] |= (uint8_t)flags[k];
        else
            *(cast ? &r->cast_flags : &r->flags) |= flags[k];
    }
}

void kernel_ew(Run *r, int64_t i)
{
    Stmt *s = run_stmt(r);
    StripArg arg[BODY_ARG_MAX + BODY_OUT_MAX];
    int flags[BODY_OP_MAX] = {0};
    Box *b = &r->low.tile[i].box;
    int64_t shape[NDIM_MAX];
    for (int k = 0; k < stmt_nreqs(s); k++)
        arg[k] = kernel_arg(r, k, i);
    for (int d = 0; d < s->ndim; d++)
        shape[d] = b->hi[d] - b->lo[d];
    int mask = s->nin + s->nout;
    strips_run(s->body, s->ndim, shape, arg, b->lo, s->masked ? &arg[mask] : NULL, flags);
    note_conditions(r, flags);
}

/* Elements of in whose places in out lie in this home tile. */
void kernel_spread(Run *r, int64_t i)
{
    Stmt *s = run_stmt(r);
    const PlanReq *p = &r->low.task->req[1];
    const View *v = &s->req[1].op.view;
    Box index = run_index(r, 0, i);
    if (index.ndim < 0 || box_empty(&index))
        return;
    Strided in = run_operand(r, 0, i), mask = {0};
    if (s->masked)
        mask = run_operand(r, 2, i);
    Instance *home =
        instance_tile(s->req[1].op.store, r->m->nshards, r->shard, r->low.tile[i].tile);
    int64_t size = dtype_size(s->req[1].op.dtype);
    Walk w = walk_start(&in), m = s->masked ? walk_start(&mask) : (Walk){0};
    for (; w.left; walk_next(&w)) {
        bool take = !s->masked || *m.at;
        if (s->masked)
            walk_next(&m);
        int64_t linear = v->offset, at = 0, stride = 1;
        for (int k = 0; k < v->ndim; k++)
            linear += (index.lo[k] + w.index[k]) * v->stride[k];
        for (int d = p->ndim - 1; d >= 0 && take; d--) {
            int64_t c = linear % p->extent[d];
            linear /= p->extent[d];
            take = c >= home->home.lo[d] && c < home->home.hi[d];
            at += (c - home->box.lo[d]) * stride;
            stride *= home->box.hi[d] - home->box.lo[d];
        }
        if (take)
            memcpy(home->data + at * size, w.at, (size_t)size);
    }
    exec_stats.kernels++;
}

/* The part of a dense array over the whole launch space that belongs to tile i. */
static Strided part_of(const Run *r, int64_t i, void *dense, DType t)
{
    const Stmt *s = run_stmt(r);
    Strided x = strided_dense(dense, t, s->ndim, s->shape);
    const Box *b = &r->low.tile[i].box;
    for (int d = 0; d < s->ndim; d++) {
        x.base += b->lo[d] * x.stride[d];
        x.shape[d] = b->hi[d] - b->lo[d];
    }
    return x;
}

static void copy_into(const Strided *out, const Strided *in)
{
    copy_strided(out->ndim, out->shape, out->base, out->stride, in->base, in->stride,
                 dtype_size(out->dtype));
}

void kernel_host(Run *r, int64_t i)
{
    Stmt *s = run_stmt(r);
    Strided out = run_operand(r, 0, i), in = part_of(r, i, s->extra, out.dtype);
    copy_into(&out, &in);
}

/* Number in C order of the launch space of an index. */
static int64_t flat_index(const Stmt *s, const int64_t at[])
{
    int64_t n = 0;
    for (int d = 0; d < s->ndim; d++)
        n = n * s->shape[d] + at[d];
    return n;
}

void kernel_stream(Run *r, int64_t i)
{
    Stmt *s = run_stmt(r);
    Strided out = run_operand(r, 0, i);
    int64_t size = dtype_size(out.dtype), n = 1;
    for (int d = 0; d < s->ndim; d++)
        n *= s->shape[d];
    if (!s->op) { /* from the start, redundantly */
        if (strided_size(&out) == n && strided_is_dense(&out, 0)) {
            s->stream(s->extra, 0, n, out.base);
            return;
        }
        char *all = pool_take(n * size);
        s->stream(s->extra, 0, n, all);
        Strided in = part_of(r, i, all, out.dtype);
        copy_into(&out, &in);
        pool_free(all, n * size);
        return;
    }
    /* runs that are contiguous in the launch space */
    const Box *b = &r->low.tile[i].box;
    int inner = s->ndim;
    int64_t run = 1;
    while (inner > 0 &&
           (inner == s->ndim || (b->lo[inner] == 0 && b->hi[inner] == s->shape[inner]))) {
        inner--;
        run *= b->hi[inner] - b->lo[inner];
    }
    bool dense = strided_is_dense(&out, inner);
    char *line = dense ? NULL : pool_take(run * size);
    Strided outer = out;
    outer.ndim = inner;
    for (Walk w = walk_start(&outer); w.left; walk_next(&w)) {
        int64_t at[NDIM_MAX] = {0};
        for (int d = 0; d < s->ndim; d++)
            at[d] = b->lo[d] + (d < inner ? w.index[d] : 0);
        s->stream(s->extra, flat_index(s, at), run, dense ? w.at : line);
        if (dense)
            continue;
        Strided place = out;
        place.base = w.at;
        place.ndim = s->ndim - inner;
        memcpy(place.shape, out.shape + inner, sizeof *out.shape * (size_t)place.ndim);
        memcpy(place.stride, out.stride + inner, sizeof *out.stride * (size_t)place.ndim);
        strided_scatter(&place, line);
    }
    if (line)
        pool_free(line, run * size);
}

/* ----------------------------------------------------------------------- scans */

/* Totals [leaf, lines] of the leaves of one axis. */
static void scan_leaf(Run *r, int64_t i)
{
    Stmt *s = run_stmt(r);
    Strided a = run_operand(r, 0, i), out = run_operand(r, 1, i);
    Box index = run_index(r, 0, i);
    bool red[NDIM_MAX] = {false};
    red[__builtin_ctz(s->axes)] = true;
    LeafBox b = {
        .a = a, .red = red, .shape = s->req[0].op.view.shape, .lo = index.lo, .t = s->loop};
    int64_t n = out.shape[0], row = strided_size(&out) / int64_max(1, n) * dtype_size(s->loop);
    char *totals = pool_alloc((n + 1) * row), *left = totals + n * row;
    fold_leaves(s->op, &b, totals, NULL, left);
    int64_t first, end;
    bool open;
    fold_leaf_range(&b, &first, &end, &open);
    if (open && end - first < n) /* the last leaf of all is short */
        memcpy(totals + (n - 1) * row, left, (size_t)row);
    strided_scatter(&out, totals);
    pool_free(totals, (n + 1) * row);
}

static void scan_finish_tile(Run *r, int64_t i)
{
    Stmt *s = run_stmt(r);
    Strided a = run_operand(r, 0, i), totals = run_operand(r, 1, i), out = run_operand(r, 2, i);
    int axis = __builtin_ctz(s->axes);
    int64_t all = strided_size(&totals), n = totals.shape[0], lines = all / int64_max(1, n),
            size = dtype_size(s->loop);
    int64_t lo = r->low.tile[i].box.lo[axis], row = lines * size;
    char *offsets = pool_alloc((n + 1) * row);
    strided_gather(&totals, 0, all, offsets + row, s->loop);
    scan_offsets(s->op, s->loop, n, lines, offsets + row);
    scan_finish(s->op, &a, axis, lo, s->loop, NULL, offsets + lo / FOLD_LEAF * row, &out);
    pool_free(offsets, (n + 1) * row);
}

void kernel_scan(Run *r, int64_t i)
{
    Stmt *s = run_stmt(r);
    feclearexcept(FE_ALL_EXCEPT);
    exec_stats.kernels++;
    if (s->kind == ST_SCAN_LEAF)
        scan_leaf(r, i);
    else if (s->kind == ST_SCAN_FINISH)
        scan_finish_tile(r, i);
    else {
        Strided a = run_operand(r, 0, i), out = run_operand(r, 1, i);
        ASSERT(out.dtype == s->loop, "scan in %s into %s", dtype_name(s->loop),
               dtype_name(out.dtype));
        scan_whole(s->op, &a, __builtin_ctz(s->axes), s->loop, &out);
    }
    if (dtype_is_inexact(s->loop)) {
        int fe = fetestexcept(FE_OVERFLOW | FE_INVALID);
        r->flags |= (fe & FE_OVERFLOW ? FLAG_OVERFLOW : 0) | (fe & FE_INVALID ? FLAG_INVALID : 0);
    }
}
