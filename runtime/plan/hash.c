/* hash.c -- one number for a statement or a plan: equal on all ranks, or they go different ways.
 * Replicated.
 *
 * It covers what plan_lower and the executor read of a task: the statement, its views and
 * constants, and how each operand is reached.  Only used entries of fixed-size arrays count; no
 * address does.
 */
#include "runtime/body.h"
#include "runtime/plan/plan.h"

static uint64_t mix(uint64_t h, uint64_t x)
{
    h = (h ^ x) * 0x9e3779b97f4a7c15u;
    return h ^ (h >> 29);
}

static uint64_t mix_ints(uint64_t h, int n, const int64_t x[])
{
    for (int i = 0; i < n; i++)
        h = mix(h, (uint64_t)x[i]);
    return h;
}

static uint64_t mix_tiling(uint64_t h, const Tiling *t)
{
    h = mix_ints(mix(h, (uint64_t)t->ndim), t->ndim, t->extent);
    for (int b = 0; b < t->nbase; b++) {
        const int64_t x[] = {t->base[b].extent, t->base[b].tiles, t->base[b].granule,
                             t->base[b].axis,   t->base[b].start, t->base[b].step};
        h = mix_ints(h, 6, x);
    }
    return h;
}

uint64_t operand_hash(uint64_t h, const Operand *o)
{
    h = mix(h, (uint64_t)o->dtype);
    if (!o->store) {
        uint64_t bits[2] = {0};
        memcpy(bits, &o->value, (size_t)dtype_size(o->dtype));
        return mix(mix(h, bits[0]), bits[1]);
    }
    h = mix(mix(h, (uint64_t)o->store->id), (uint64_t)o->view.offset);
    h = mix_ints(mix(h, (uint64_t)o->view.ndim), o->view.ndim, o->view.shape);
    return mix_ints(h, o->view.ndim, o->view.stride);
}

static uint64_t mix_req(uint64_t h, const Req *r, const PlanReq *q)
{
    h = operand_hash(h, &r->op);
    h = mix(h, (uint64_t)r->privilege << 8 | (uint64_t)q->access << 4 | (uint64_t)q->halo |
                   (uint64_t)q->renamed << 1 | (uint64_t)q->kept << 2 | (uint64_t)q->drops << 3);
    if (q->access == ACCESS_CONST)
        return h;
    for (int k = 0; k < r->op.view.ndim; k++)
        h = mix(mix(h, (uint64_t)r->pair[k]), (uint64_t)r->scale[k]);
    h = mix_ints(mix(h, (uint64_t)q->place), q->ndim, q->extent);
    if (q->place == PLACE_TILED)
        h = mix_tiling(h, &q->tiling);
    if (q->access != ACCESS_IN_PLACE)
        return h;
    h = mix_ints(mix_ints(h, q->ndim, q->below), q->ndim, q->above);
    return q->halo ? mix_ints(mix_ints(h, q->ndim, q->have_below), q->ndim, q->have_above) : h;
}

static uint64_t mix_bytes(uint64_t h, const void *data, size_t n)
{
    const char *at = data;
    uint64_t word;
    for (h = mix(h, n); n >= sizeof word; at += sizeof word, n -= sizeof word) {
        memcpy(&word, at, sizeof word);
        h = mix(h, word);
    }
    word = 0;
    memcpy(&word, at, n);
    return mix(h, word);
}

static uint64_t mix_stmt(uint64_t h, const Stmt *s)
{
    const int64_t x[] = {s->kind, s->op,          s->loop,       s->nin,    s->nout,   s->masked,
                         s->axes, s->mode,        s->accumulate, s->step,   s->ndim,   s->granule,
                         s->line, s->has_initial, s->cut_axis,   s->number, s->renames};
    h = mix_ints(h, (int)(sizeof x / sizeof *x), x);
    h = mix_ints(h, s->ndim, s->shape);
    const int64_t err[] = {s->err.divide, s->err.over, s->err.under, s->err.invalid, s->err.scalar};
    h = mix_ints(h, 5, err);
    for (int j = 0; j < s->nparts; j++)
        h = mix(mix(h, (uint64_t)s->part[j].first_op), (uint64_t)s->part[j].stmt->number);
    for (int j = 0; j < s->nfolds; j++) {
        const Stmt *f = s->fold[j].stmt;
        h = mix_stmt(h, f);
        for (int k = 0; k < stmt_nreqs(f); k++)
            h = mix(operand_hash(h, &f->req[k].op), (uint64_t)f->req[k].privilege);
        for (int k = 0; k < f->req[0].op.view.ndim; k++)
            h = mix(h, (uint64_t)s->fold[j].axis[k]);
        if (f->has_initial)
            h = mix_bytes(h, &f->initial, (size_t)dtype_size(f->loop));
    }
    return mix_ints(h, 4, s->param);
}

/* Variables of a body are numbers; its arguments are the statement's operands. */
static uint64_t mix_body(uint64_t h, const Body *b)
{
    h = mix(mix(mix(h, (uint64_t)b->nargs), (uint64_t)b->nops), (uint64_t)b->nouts);
    for (int k = 0; k < b->nouts; k++)
        h = mix(h, (uint64_t)b->outs[k]);
    for (int i = 0; i < b->nops; i++) {
        const BodyOp *o = &b->ops[i];
        const int64_t x[] = {o->op, o->loop, o->out, o->dst};
        h = mix_ints(h, (int)(sizeof x / sizeof *x), x);
        for (int k = 0; k < OP_IN_MAX; k++)
            h = mix(h, (uint64_t)o->src[k]);
    }
    return h;
}

uint64_t stmt_hash(const Stmt *s)
{
    uint64_t h = mix_stmt((uint64_t)s->kind, s);
    for (int k = 0; k < stmt_nreqs(s); k++)
        h = mix(operand_hash(h, &s->req[k].op), (uint64_t)s->req[k].privilege);
    if (s->has_initial)
        h = mix_bytes(h, &s->initial, (size_t)dtype_size(s->loop));
    if (s->body)
        h = mix_body(h, s->body);
    if (s->kind == ST_HOST || s->kind == ST_LOAD || s->kind == ST_SAVE)
        h = mix_bytes(h, s->extra, s->nextra);
    return h;
}

uint64_t plan_hash(const Plan *p)
{
    uint64_t h = (uint64_t)p->ntasks;
    for (int64_t i = 0; i < p->ntasks; i++) {
        const PlanTask *t = &p->task[i];
        h = mix(mix_stmt(h, t->stmt), (uint64_t)t->whole << 8 | (uint64_t)(t->reuse + 1));
        if (!t->whole)
            h = mix_tiling(h, &t->launch);
        for (int k = 0; k < stmt_nreqs(t->stmt); k++)
            h = mix_req(h, &t->stmt->req[k], &t->req[k]);
        if (t->stmt->has_initial)
            h = mix_bytes(h, &t->stmt->initial, (size_t)dtype_size(t->stmt->loop));
        if (t->stmt->body)
            h = mix_body(h, t->stmt->body);
    }
    return h;
}
