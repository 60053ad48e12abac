/* history.c -- footprints of tasks, and who waits for whom.  Replicated; pure. */
#include "runtime/plan/history.h"

enum { KEPT = 512, REACH = 30, TILES = 24, MANY = 5 }; /* TILES: how many are looked at */

/* Bit REACH + s: tile j + s; the top bit: all tiles. */
typedef uint64_t Shifts;
static const Shifts all_tiles = (Shifts)1 << 63;

/* What one requirement touches.  ntiles 0: the same for all tiles, box[0]. */
typedef struct Footprint {
    int64_t store;
    bool write;
    View view;
    int64_t ntiles;
    Box *box;
} Footprint;

typedef struct Past {
    int64_t number;
    int nreqs;
    Footprint req[STMT_REQS]; /* of tasks of one statement */
    Shifts before[KEPT];      /* per kept task: what has run when a tile runs */
} Past;

struct History {
    int64_t count;
    Past *past[KEPT]; /* task n is at n % KEPT */
};

History *history_new(void)
{
    return xcalloc(1, sizeof(History));
}

static void past_free(Past *p)
{
    if (!p)
        return;
    for (int k = 0; k < p->nreqs; k++)
        free(p->req[k].box);
    free(p);
}

void history_free(History *h)
{
    for (int i = 0; i < KEPT; i++)
        past_free(h->past[i]);
    free(h);
}

/* --------------------------------------------------------------------- footprints */

static Box bounds_of(const PlanReq *q, const Req *r, const Box *index)
{
    Box b = {.ndim = -1};
    Region g = req_region(q, r, index);
    if (g.ndim < 0 || region_size(&g) == 0)
        return b;
    b.ndim = g.ndim;
    for (int d = 0; d < g.ndim; d++) {
        b.lo[d] = g.lo[d];
        b.hi[d] = g.lo[d] + (g.count[d] - 1) * g.step[d] + 1;
    }
    return b;
}

static bool by_tiles(const PlanTask *t, int k)
{
    Access a = t->req[k].access;
    return !t->whole && t->req[k].place == PLACE_TILED && a != ACCESS_ELEMENTS && a != ACCESS_WHOLE;
}

static void footprint(Footprint *f, const PlanTask *t, int k)
{
    const Req *r = &t->stmt->req[k];
    f->store = r->op.store ? r->op.store->id : 0;
    f->write = r->privilege == WRITE;
    f->view = r->op.view;
    if (!f->store)
        return;
    if (!by_tiles(t, k)) {
        f->box = xmalloc(sizeof *f->box);
        *f->box = box_whole(r->op.store->ndim, r->op.store->extent);
        return;
    }
    f->ntiles = int64_min(t->launch.ntiles, TILES);
    f->box = xmalloc(sizeof *f->box * (size_t)int64_max(f->ntiles, 1));
    for (int64_t j = 0; j < f->ntiles; j++) {
        Box launch = tiling_cut(&t->launch, j);
        f->box[j].ndim = -1;
        if (box_empty(&launch))
            continue;
        Box index = req_index(r, t, &launch);
        f->box[j] = bounds_of(&t->req[k], r, &index);
    }
}

/* Shifts at which a tile through `a` meets a tile through `b`. */
static Shifts meet(const Footprint *a, const Footprint *b)
{
    if (!a->store || a->store != b->store || !(a->write || b->write) ||
        !view_overlap(&a->view, &b->view))
        return 0;
    if (!a->ntiles || !b->ntiles)
        return all_tiles;
    Shifts s = 0;
    Box both;
    for (int64_t i = 0; i < a->ntiles; i++)
        for (int64_t j = int64_max(0, i - REACH); j < int64_min(b->ntiles, i + REACH + 1); j++)
            if (a->box[i].ndim >= 0 && b->box[j].ndim >= 0 &&
                box_intersect(&a->box[i], &b->box[j], &both))
                s |= (Shifts)1 << (j - i + REACH);
    return __builtin_popcountll(s) > MANY ? all_tiles : s;
}

/* --------------------------------------------------------------------------- order */

/* After `a` of a task of which each tile is after `b` of another. */
static Shifts chain(Shifts a, Shifts b)
{
    if (!a || !b)
        return 0;
    if ((a | b) & all_tiles)
        return all_tiles;
    Shifts s = 0;
    for (int i = 0; i <= 2 * REACH; i++) {
        int by = i - REACH;
        if (a >> i & 1)
            s |= by < 0 ? b >> -by : b << by;
    }
    return s & (((Shifts)1 << (2 * REACH + 1)) - 1);
}

/* What a task has in common with an earlier one. */
typedef struct Conflict {
    Shifts all, written;    /* written: since the earlier task writes */
    Shifts read[STMT_REQS]; /* since it reads, through this requirement, what is written now */
} Conflict;

static Conflict conflict(const Past *p, const Past *u)
{
    Conflict c = {0};
    for (int a = 0; a < p->nreqs; a++)
        for (int b = 0; b < u->nreqs; b++) {
            Shifts m = meet(&p->req[a], &u->req[b]);
            *(u->req[b].write ? &c.written : &c.read[b]) |= m;
            c.all |= m;
        }
    if (c.all & all_tiles)
        c.all = all_tiles;
    return c;
}

static Wait wait_for(int64_t number, int shift, Shifts bit, const Conflict *c)
{
    Wait w = {number, shift, bit == all_tiles, -1};
    for (int b = 0; b < STMT_REQS && w.reads < 0 && !(c->written & bit); b++)
        if (c->read[b] & bit)
            w.reads = b;
    return w;
}

/* The tiles of s, nearest first. */
static void add_waits(Waits *out, int64_t number, Shifts s, const Conflict *c)
{
    static const int side[] = {-1, 1};
    if (s & all_tiles) {
        Wait w = wait_for(number, 0, all_tiles, c);
        vec_push(out, w);
        return;
    }
    for (int d = 0; d <= REACH; d++)
        for (int k = d == 0; k < 2; k++) {
            Shifts bit = (Shifts)1 << (side[k] * d + REACH);
            if (s & bit) {
                Wait w = wait_for(number, side[k] * d, bit, c);
                vec_push(out, w);
            }
        }
}

int64_t history_add(History *h, const PlanTask *t, int64_t oldest, Waits *out)
{
    Past *p = xcalloc(1, sizeof *p), **at = &h->past[++h->count % KEPT];
    past_free(*at);
    *at = p;
    p->number = h->count;
    p->nreqs = stmt_nreqs(t->stmt);
    ASSERT(p->nreqs <= STMT_REQS, "%d requirements of one statement", p->nreqs);
    for (int k = 0; k < p->nreqs; k++)
        footprint(&p->req[k], t, k);
    int64_t first = int64_max(1, h->count - KEPT + 1);
    for (int64_t n = h->count - 1; n >= first; n--) {
        const Past *u = h->past[n % KEPT];
        Shifts known = p->before[n % KEPT];
        if (known & all_tiles)
            continue;
        Conflict c = conflict(p, u);
        Shifts s = c.all & ~known;
        if (!s)
            continue;
        if (n >= oldest)
            add_waits(out, n, s, &c);
        p->before[n % KEPT] |= s;
        for (int64_t m = n - 1; m >= first; m--)
            p->before[m % KEPT] |= chain(s, u->before[m % KEPT]);
    }
    return p->number;
}
