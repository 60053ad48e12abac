/* copies.c -- reads of a copy that dies are reads of what was copied.  Replicated.
 *
 * `un = u.copy()` at the head of a turn, and then `u[1:-1] = ... un ...`: the copy need not exist
 * when what it was made of is not overwritten before its last read.  The write that follows is
 * renamed.
 */
#include "runtime/plan/planner.h"

typedef struct Copy {
    int64_t at; /* in the window */
    Store *store;
    const Operand *source;
    int64_t stride[NDIM_MAX]; /* in the source's store, along the axes of the copy's store */
} Copy;

/* Is statement i a copy, in memory order, of all of a store that nobody names? */
static bool is_copy(const Window *w, int64_t i, Copy *c)
{
    const Stmt *s = w->stmt.at[i];
    if (!s || s->kind != ST_EW || s->op != OP_COPY || s->masked || !s->req[0].op.store)
        return false;
    const Operand *in = &s->req[0].op, *out = &s->req[1].op;
    Store *t = out->store;
    Map map;
    if (t == in->store || t->dtype != in->dtype || t->refs != t->pending ||
        t->place != PLACE_NONE || t->version || view_size(&out->view) != t->nelem ||
        view_map(&out->view, t->ndim, t->extent, &map) != OK || !map.paired)
        return false;
    *c = (Copy){.at = i, .store = t, .source = in};
    for (int e = 0; e < map.nterms; e++) {
        if (map.term[e].coef != 1)
            return false;
        c->stride[map.term[e].store_axis] = in->view.stride[map.term[e].view_axis];
    }
    for (int64_t j = 0; j < i; j++)
        if (w->stmt.at[j] && stmt_mentions(w->stmt.at[j], t))
            return false;
    return true;
}

/* What a view of the copy shows, in the source; false when it has no such form. */
static bool seen_through(const Copy *c, const View *v, View *out)
{
    Map map;
    if (view_map(v, c->store->ndim, c->store->extent, &map) != OK)
        return false;
    *out = *v;
    out->offset = c->source->view.offset;
    memset(out->stride, 0, sizeof out->stride);
    for (int d = 0; d < map.ndim_store; d++)
        out->offset += map.start[d] * c->stride[d];
    for (int e = 0; e < map.nterms; e++)
        out->stride[map.term[e].view_axis] += map.term[e].coef * c->stride[map.term[e].store_axis];
    return true;
}

/* Is what the view shows of the source overwritten before statement j reads it? */
static bool overwritten(const Window *w, const Copy *c, const View *v, int64_t j)
{
    for (int64_t i = c->at + 1; i <= j; i++) {
        const Stmt *s = w->stmt.at[i];
        for (int k = 0; s && k < stmt_nreqs(s); k++) {
            const Req *r = &s->req[k];
            if (r->privilege == WRITE && r->op.store == c->source->store &&
                !(i == j && view_same(&r->op.view, v)) && view_overlap(&r->op.view, v))
                return true;
        }
    }
    return false;
}

static bool can_read_source(const Window *w, const Copy *c)
{
    for (int64_t j = c->at + 1; j < w->stmt.n; j++) {
        const Stmt *s = w->stmt.at[j];
        for (int k = 0; s && k < stmt_nreqs(s); k++) {
            View v;
            if (s->req[k].op.store != c->store)
                continue;
            if (s->req[k].privilege != READ || (s->kind != ST_EW && s->kind != ST_FOLD) ||
                !seen_through(c, &s->req[k].op.view, &v) || overwritten(w, c, &v, j))
                return false;
        }
    }
    return true;
}

static void hold_instead(Stmt *s, Store *old, Store *new)
{
    for (int k = 0; k < s->nheld; k++)
        if (s->held[k] == old) {
            s->held[k] = store_retain(new);
            new->pending++;
            old->pending--;
            store_release(old);
        }
}

static void read_source(Window *w, const Copy *c)
{
    Stmt *copy = w->stmt.at[c->at];
    Operand source = *c->source;
    for (int64_t j = c->at + 1; j < w->stmt.n; j++) {
        Stmt *s = w->stmt.at[j];
        bool reads = false;
        for (int k = 0; s && k < stmt_nreqs(s); k++) {
            Operand *op = &s->req[k].op;
            View v;
            if (op->store != c->store || !seen_through(c, &op->view, &v))
                continue;
            op->store = source.store;
            op->view = v;
            reads = true;
        }
        if (reads)
            hold_instead(s, c->store, source.store);
    }
    w->stmt.at[c->at] = NULL;
    for (int k = 0; k < copy->nheld; k++) {
        copy->held[k]->pending--;
        store_release(copy->held[k]);
    }
    copy->nheld = 0;
}

void plan_copies(Window *w)
{
    Copy c;
    for (int64_t i = 0; i < w->stmt.n; i++)
        if (is_copy(w, i, &c) && can_read_source(w, &c))
            read_source(w, &c);
}
