/* fused.c -- a fused task that ends in reductions of everything.  All ranks together.
 *
 * A launch tile is run in blocks that stay in the cache: the body writes what is folded to scratch,
 * the folds take it from there.  Blocks follow the folds' K order and cut no leaf of a float sum,
 * so the bits are those of the sum alone.  At the end one all-reduce serves all folds of the task.
 */
#include <fenv.h>

#include "runtime/body.h"
#include "runtime/exec/fold.h"
#include "runtime/exec/net.h"
#include "runtime/exec/reduce.h"
#include "runtime/exec/strips.h"
#include "runtime/exec/sum.h"

enum {
    LEAST_BLOCK = 4096, /* elements, about */
    BLOCK = 32768,      /* the same of all folds: what they take stays in the second cache */
    POLL_WORK = 1 << 17 /* elements times ops between polls of the network */
};

/* What a rank has of one fold; a message holds these as they are. */
typedef struct FoldPart {
    int32_t op, type, exact, placed;
    union {
        ExactSum sum[2];
        struct {
            Scalar value;
            int64_t pos;
        } one;
    };
} FoldPart;

typedef struct FoldRun {
    const Stmt *stmt;
    const FusedFold *fold;
    bool small; /* NumPy's own order: the operand is one block */
    SumRule rule;
    bool red[NDIM_MAX];
    FoldPart *part;
    int conditions;
} FoldRun;

static void combine_parts(void *acc, const void *x, int64_t n)
{
    FoldPart *a = acc;
    const FoldPart *b = x;
    for (int64_t i = 0; i < n; i++)
        if (a[i].exact) {
            for (int c = 0; c < 2; c++)
                for (int k = 0; k < EXACT_WORDS; k++)
                    a[i].sum[c].w[k] += b[i].sum[c].w[k];
        } else {
            fold_combine((FoldOp)a[i].op, (DType)a[i].type, 1, &a[i].one.value,
                         a[i].placed ? &a[i].one.pos : NULL, &b[i].one.value,
                         a[i].placed ? &b[i].one.pos : NULL);
        }
}

static bool is_arg(int op)
{
    return op == FOLD_ARGMIN || op == FOLD_ARGMAX;
}

static void fold_begin(FoldRun *f, const FusedFold *fold, FoldPart *part)
{
    const Stmt *s = fold->stmt;
    const View *v = &s->req[0].op.view;
    bool sum = s->op == FOLD_SUM && dtype_is_inexact(s->loop);
    DType t = value_type(s);
    *f = (FoldRun){.stmt = s, .fold = fold, .part = part};
    for (int k = 0; k < v->ndim; k++)
        f->red[k] = true;
    if (sum)
        f->rule = sum_rule(v->ndim, v->shape, f->red);
    f->small = sum && f->rule.kind == SUM_SMALL;
    *part = (FoldPart){.op = s->op, .type = t, .exact = sum && !f->small};
    part->placed = !sum && (fold_has_place((FoldOp)s->op, t) || is_arg(s->op));
    if (!sum)
        fold_empty((FoldOp)s->op, t, 1, &part->one.value, part->placed ? &part->one.pos : NULL);
}

/* What the processor has met since feclearexcept. */
static void note_flags(FoldRun *f)
{
    int fe = fetestexcept(FE_OVERFLOW | FE_INVALID);
    if (f->stmt->op == FOLD_SUM && dtype_is_inexact(f->stmt->loop))
        f->conditions |=
            (fe & FE_OVERFLOW ? FLAG_OVERFLOW : 0) | (fe & FE_INVALID ? FLAG_INVALID : 0);
}

/* Fold a block: `a` in the operand's axes, `index` where it lies among them. */
static void fold_block(FoldRun *f, const Strided *a, const Box *index)
{
    const Stmt *s = f->stmt;
    FoldPart *p = f->part;
    feclearexcept(FE_ALL_EXCEPT);
    if (f->small) {
        Strided out = {.base = (char *)&p->one.value, .dtype = s->loop};
        sum_small(a, NULL, f->red, s->loop, &out);
    } else if (p->exact) {
        SumPart part = {.a = *a,
                        .red = f->red,
                        .rule = &f->rule,
                        .shape = s->req[0].op.view.shape,
                        .lo = index->lo,
                        .f = s->loop};
        sum_rows(&part, p->sum, NULL, NULL);
    } else {
        Scalar value;
        int64_t pos;
        fold_box(s, a, index, &value, p->placed ? &pos : NULL);
        fold_combine((FoldOp)s->op, (DType)p->type, 1, &p->one.value,
                     p->placed ? &p->one.pos : NULL, &value, p->placed ? &pos : NULL);
    }
    note_flags(f);
}

static void fold_end(FoldRun *f)
{
    const Stmt *s = f->stmt;
    FoldPart *p = f->part;
    Scalar x = p->exact ? (Scalar){0} : p->one.value;
    DType t = p->exact || f->small ? s->loop : (DType)p->type;
    feclearexcept(FE_ALL_EXCEPT);
    if (p->exact)
        sum_round(p->sum, 1, s->loop, &x);
    if (is_arg(s->op)) {
        x.i64 = p->one.pos;
        t = DT_INT64;
    } else
        with_initial(s, &x, 1);
    note_flags(f);
    dense_to_out(s, (char *)&x, t);
}

/* The smallest step along fold axis k that cuts no leaf of any sum; 0: none. */
static int64_t step_along(const FoldRun f[], int n, int k)
{
    int64_t step = 1;
    for (int j = 0; j < n; j++) {
        const View *v = &f[j].stmt->req[0].op.view;
        if (f[j].small)
            return 0;
        int64_t g = f[j].part->exact ? sum_granule(&f[j].rule, v->ndim, v->shape, k) : 1;
        if (g == 0)
            return 0;
        step = int64_max(step, g); /* of one shape: granules divide each other */
    }
    return step;
}

/* Cut a box of the operand: everything inside axis *axis, *step of that, one of those outside. */
static void choose_blocks(const FoldRun f[], int n, const Box *box, int *axis, int64_t *step)
{
    int64_t inner = 1, best = INT64_MAX, block = int64_max(BLOCK / n, LEAST_BLOCK);
    *axis = 0;
    *step = box->ndim ? box->hi[0] - box->lo[0] : 1;
    for (int k = box->ndim - 1; k >= 0; k--) {
        int64_t extent = box->hi[k] - box->lo[k], least = step_along(f, n, k);
        if (least && inner * least <= int64_max(best, block)) {
            *axis = k;
            *step = int64_max(1, block / (inner * least)) * least;
            best = inner * least;
        }
        inner *= extent;
    }
}

typedef struct FusedRun {
    Run *r;
    FoldRun *fold;
    int64_t tile; /* number of this rank's tile */
    char **scratch;
    int64_t until_poll;
    StripArg arg[BODY_ARG_MAX + BODY_OUT_MAX]; /* at the tile's first element */
} FusedRun;

/* Run the body on a block of launch indices and fold what it made. */
static void run_block(FusedRun *u, const Box *block)
{
    Run *r = u->r;
    Stmt *s = run_stmt(r);
    const Box *tile = &r->low.tile[u->tile].box;
    StripArg arg[BODY_ARG_MAX + BODY_OUT_MAX];
    int flags[BODY_OP_MAX] = {0};
    int64_t shape[NDIM_MAX];
    Strided a = {0};
    Box index = {0};
    const FusedFold *order = &s->fold[0];
    a.ndim = index.ndim = order->stmt->req[0].op.view.ndim;
    for (int d = 0; d < s->ndim; d++)
        shape[d] = block->hi[d] - block->lo[d];
    for (int k = 0; k < s->nin + s->nout; k++) {
        arg[k] = u->arg[k];
        for (int d = 0; d < s->ndim; d++)
            arg[k].base += (block->lo[d] - tile->lo[d]) * arg[k].stride[d];
    }
    int64_t dense[NDIM_MAX], n = 1;
    for (int k = a.ndim - 1; k >= 0; k--) {
        int d = order->axis[k];
        a.shape[k] = shape[d];
        index.lo[k] = block->lo[d];
        index.hi[k] = block->hi[d];
        dense[k] = n;
        n *= shape[d];
    }
    for (int j = 0; j < s->nfolds; j++) {
        StripArg *to = &arg[s->nin + s->nout + j];
        memset(to->stride, 0, sizeof to->stride);
        to->base = u->scratch[j];
        to->dtype = body_type(s->body, s->body->outs[s->nout + j]);
        for (int k = 0; k < a.ndim; k++)
            to->stride[order->axis[k]] = dense[k] * dtype_size(to->dtype);
    }
    strips_run(s->body, s->ndim, shape, arg, block->lo, NULL, flags);
    note_conditions(r, flags);
    u->until_poll -= n * s->body->nops;
    if (strips_poll && u->until_poll < 0) {
        strips_poll();
        u->until_poll = POLL_WORK;
    }
    for (int j = 0; j < s->nfolds; j++) {
        a.base = u->scratch[j];
        a.dtype = body_type(s->body, s->body->outs[s->nout + j]);
        for (int k = 0; k < a.ndim; k++)
            a.stride[k] = dense[k] * dtype_size(a.dtype);
        fold_block(&u->fold[j], &a, &index);
    }
}

/* All blocks of a tile, in K order. */
static void run_tile(FusedRun *u)
{
    Run *r = u->r;
    Stmt *s = run_stmt(r);
    const Box *tile = &r->low.tile[u->tile].box;
    const FusedFold *order = &s->fold[0];
    Box box = {.ndim = order->stmt->req[0].op.view.ndim};
    int axis;
    int64_t step, size = 1;
    for (int k = 0; k < box.ndim; k++) {
        box.lo[k] = tile->lo[order->axis[k]];
        box.hi[k] = tile->hi[order->axis[k]];
    }
    choose_blocks(u->fold, s->nfolds, &box, &axis, &step);
    step = int64_min(step, box.hi[axis] - box.lo[axis]);
    for (int k = axis; k < box.ndim; k++)
        size *= k == axis ? step : box.hi[k] - box.lo[k];
    for (int j = 0; j < s->nfolds; j++)
        u->scratch[j] =
            pool_take(size * dtype_size(body_type(s->body, s->body->outs[s->nout + j])));
    Box block = *tile;
    int64_t at[NDIM_MAX];
    memcpy(at, box.lo, sizeof at);
    for (bool more = true; more;) {
        for (int k = 0; k <= axis; k++) {
            int d = order->axis[k];
            block.lo[d] = at[k];
            block.hi[d] = k < axis ? at[k] + 1 : int64_min(at[k] + step, box.hi[k]);
        }
        run_block(u, &block);
        more = false;
        for (int k = axis; k >= 0 && !more; k--) {
            at[k] += k == axis ? step : 1;
            more = at[k] < box.hi[k];
            if (!more)
                at[k] = box.lo[k];
        }
    }
    for (int j = 0; j < s->nfolds; j++)
        pool_free(u->scratch[j], size * dtype_size(body_type(s->body, s->body->outs[s->nout + j])));
}

void exec_fused(Run *r)
{
    Stmt *s = run_stmt(r);
    int n = s->nfolds;
    FoldPart *part = ARENA_ARRAY(r->arena, FoldPart, n);
    FusedRun u = {.r = r, .fold = ARENA_ARRAY(r->arena, FoldRun, n), .until_poll = POLL_WORK};
    u.scratch = ARENA_ARRAY(r->arena, char *, n);
    for (int j = 0; j < n; j++)
        fold_begin(&u.fold[j], &s->fold[j], &part[j]);
    for (u.tile = 0; u.tile < r->low.ntiles; u.tile++) {
        for (int k = 0; k < stmt_nreqs(s); k++)
            u.arg[k] = kernel_arg(r, k, u.tile);
        run_tile(&u);
        exec_stats.kernels++;
    }
    for (int j = 0; j < n; j++)
        for (int c = 0; c < 2 && part[j].exact; c++)
            exact_normalise(&part[j].sum[c]);
    if (!r->low.task->whole)
        net_allreduce(part, n, sizeof *part, combine_parts);
    for (int j = 0; j < n; j++) {
        fold_end(&u.fold[j]);
        r->conditions[2 * s->fold[j].stmt->index] |= (uint8_t)u.fold[j].conditions;
    }
}
