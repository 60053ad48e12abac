/* lower.c -- plan_lower: one shard's part of a task, for any shard of any machine.  No memory, no
 * messages.
 *
 * Both ends of a message come from the same closed forms: the receiver intersects the region its
 * tile needs with the homes that meet it; the sender asks which launch tiles may need something of
 * its home, and intersects the same way.  Pieces are sorted by one key on both sides, so that a
 * message is the concatenation of its pieces.
 */
#include "runtime/plan/plan.h"

int64_t region_size(const Region *r)
{
    int64_t n = 1;
    for (int d = 0; d < r->ndim; d++)
        n *= r->count[d];
    return n;
}

Box halo_box(const PlanReq *p, int64_t tile)
{
    return tiling_grown(&p->tiling, tile, p->below, p->above);
}

/* The part of `home` (of another tile) that tile j's halo still lacks; false when none. */
static bool halo_part(const PlanReq *p, int64_t j, const Box *home, Box *part)
{
    Box want = halo_box(p, j), have = tiling_grown(&p->tiling, j, p->have_below, p->have_above);
    return !box_empty(&want) && box_intersect(&want, home, part) &&
           !(box_contains(&have, part) && !box_empty(&have));
}

static Region box_region(const Box *b)
{
    Region g = {.ndim = b->ndim};
    for (int d = 0; d < b->ndim; d++) {
        g.lo[d] = b->lo[d];
        g.step[d] = 1;
        g.count[d] = b->hi[d] - b->lo[d];
    }
    return g;
}

/* Leading rows of a store that its linear elements [lo, hi] lie in. */
static Box linear_rows(const PlanReq *p, int64_t lo, int64_t hi)
{
    Box b = box_whole(p->ndim, p->extent);
    int64_t row = 1;
    for (int d = 1; d < p->ndim; d++)
        row *= p->extent[d];
    if (p->ndim > 0) {
        b.lo[0] = lo / row;
        b.hi[0] = hi / row + 1;
    }
    return b;
}

/* View indices of a spread's output that may fall into a box of its store. */
static bool spread_index(const PlanTask *t, const Box *home, Box *out)
{
    const PlanReq *p = &t->req[1];
    const View *v = &t->stmt->req[1].op.view;
    if (p->access != ACCESS_LINEAR)
        return map_preimage(&p->map, v->shape, home, out);
    int64_t row = 1;
    for (int d = 1; d < p->ndim; d++)
        row *= p->extent[d];
    Box line = {.ndim = 1, .lo = {home->lo[0] * row}, .hi = {home->hi[0] * row}};
    return map_preimage(&p->map, v->shape, &line, out);
}

Box req_index(const Req *r, const PlanTask *t, const Box *launch)
{
    const View *v = &r->op.view;
    Box b = box_whole(v->ndim, v->shape);
    if (t->stmt->kind == ST_SPREAD) {
        if (!spread_index(t, launch, &b))
            b.ndim = -1;
        return b;
    }
    for (int k = 0; k < v->ndim; k++) {
        int a = r->pair[k];
        if (a < 0)
            continue;
        int64_t scale = r->scale[k] ? r->scale[k] : 1;
        if (v->shape[k] == 1 && t->stmt->shape[a] != 1)
            continue; /* broadcast without a stride */
        b.lo[k] = int64_min(launch->lo[a] * scale, v->shape[k]);
        b.hi[k] = int64_min(launch->hi[a] * scale, v->shape[k]);
    }
    return b;
}

Region req_region(const PlanReq *p, const Req *r, const Box *index)
{
    Region g = {.ndim = p->ndim};
    Box b;
    int64_t step[NDIM_MAX];
    for (int d = 0; d < NDIM_MAX; d++)
        step[d] = 1;
    if (index->ndim < 0 || box_empty(index))
        return g.ndim ? g : (g.ndim = -1, g);
    if (p->access == ACCESS_LINEAR) {
        map_image(&p->map, index, &b, NULL);
        b = linear_rows(p, b.lo[0], b.hi[0] - 1);
    } else
        map_image(&p->map, index, &b, step);
    for (int d = 0; d < p->ndim; d++) {
        g.lo[d] = b.lo[d];
        g.step[d] = step[d];
        g.count[d] = (b.hi[d] - 1 - b.lo[d]) / step[d] + 1;
    }
    return g;
}

/* The part of a region inside a box, as a region of store coordinates; false when none. */
static bool region_clip(const Region *g, const Box *b, Region *out)
{
    if (g->ndim < 0 || b->ndim < 0)
        return false;
    out->ndim = g->ndim;
    for (int d = 0; d < g->ndim; d++) {
        int64_t first =
            b->lo[d] <= g->lo[d] ? 0 : ceil_div(b->lo[d] - g->lo[d], g->step[d] ? g->step[d] : 1);
        int64_t last = b->hi[d] <= g->lo[d]
                           ? 0
                           : (b->hi[d] - 1 - g->lo[d]) / (g->step[d] ? g->step[d] : 1) + 1;
        last = int64_min(last, g->count[d]);
        if (first >= last)
            return false;
        out->lo[d] = g->lo[d] + first * g->step[d];
        out->step[d] = g->step[d];
        out->count[d] = last - first;
    }
    return true;
}

static Box region_bounds(const Region *g)
{
    Box b = {.ndim = g->ndim};
    for (int d = 0; d < g->ndim; d++) {
        b.lo[d] = g->lo[d];
        b.hi[d] = g->count[d] ? g->lo[d] + (g->count[d] - 1) * g->step[d] + 1 : g->lo[d];
    }
    return b;
}

typedef struct Lower {
    const Machine *m;
    const PlanTask *t;
    int64_t shard;
    Vec(Piece) send, recv, local;
} Lower;

static void piece_add(Lower *l, bool sending, int req, int64_t launch_tile, int64_t store_tile,
                      int64_t peer, const Region *g)
{
    Piece p = {req, launch_tile, store_tile, peer, *g};
    if (peer == l->shard) {
        if (!sending)
            vec_push(&l->local, p);
    } else if (sending)
        vec_push(&l->send, p);
    else
        vec_push(&l->recv, p);
}

/* View indices of operand k that may touch a home box. */
static bool touched_index(const Lower *l, int k, const Box *home, Box *out)
{
    const PlanReq *p = &l->t->req[k];
    const View *v = &l->t->stmt->req[k].op.view;
    if (p->access != ACCESS_LINEAR)
        return map_preimage(&p->map, v->shape, home, out);
    int64_t row = 1;
    for (int d = 1; d < p->ndim; d++)
        row *= p->extent[d];
    Box line = {.ndim = 1, .lo = {home->lo[0] * row}, .hi = {home->hi[0] * row}};
    return map_preimage(&p->map, v->shape, &line, out);
}

/* Launch indices whose tiles may need something of view indices `b` of operand k. */
static Box launch_candidates(const Lower *l, int k, const Box *b)
{
    const Stmt *s = l->t->stmt;
    const Req *r = &s->req[k];
    Box out = box_whole(s->ndim, s->shape);
    for (int e = 0; e < r->op.view.ndim; e++) {
        int a = r->pair[e];
        if (a < 0 || (r->op.view.shape[e] == 1 && s->shape[a] != 1))
            continue;
        int64_t scale = r->scale[e] ? r->scale[e] : 1;
        out.lo[a] = int64_max(out.lo[a], b->lo[e] / scale);
        out.hi[a] = int64_min(out.hi[a], ceil_div(b->hi[e], scale));
    }
    return out;
}

/* Regions are bounding boxes, which may reach into a home that no index really touches.  A piece
 * moves only when what the home holds may be wanted by that launch tile; both ends ask this, so
 * that they agree. */
static bool home_meets(const Lower *l, int k, const Box *source, int64_t launch_tile)
{
    const PlanTask *t = l->t;
    Box index, both;
    if (t->whole)
        return true;
    Box launch = tiling_cut(&t->launch, launch_tile);
    if (box_empty(&launch) || !touched_index(l, k, source, &index))
        return false;
    if (t->stmt->kind != ST_SPREAD) {
        Box cand = launch_candidates(l, k, &index);
        return box_intersect(&cand, &launch, &both);
    }
    Region g = req_region(&t->req[1], &t->stmt->req[1], &index);
    Box b = region_bounds(&g);
    return box_intersect(&b, &launch, &both);
}

/* What launch tile j (of this shard) needs of operand k, from every home. */
static void receive_region(Lower *l, int k, int64_t j, const Region *need)
{
    const PlanReq *p = &l->t->req[k];
    if (need->ndim < 0 || region_size(need) == 0)
        return;
    Box b = region_bounds(need);
    TileIter it = tiling_touch(&p->tiling, &b);
    int64_t src;
    while (tile_next(&it, &src)) {
        Box home = tiling_cut(&p->tiling, src);
        Region part;
        if (!box_empty(&home) && region_clip(need, &home, &part) && home_meets(l, k, &home, j))
            piece_add(l, false, k, j, src, tiling_owner(&p->tiling, l->m->nshards, src), &part);
    }
}

static Box launch_box(const PlanTask *t, int64_t j)
{
    if (t->whole)
        return box_whole(t->stmt->ndim, t->stmt->shape);
    return tiling_cut(&t->launch, j);
}

static void send_to_tile(Lower *l, int k, int64_t src, const Box *home, int64_t j, int64_t peer)
{
    const PlanTask *t = l->t;
    Box launch = launch_box(t, j);
    if (peer == l->shard || box_empty(&launch))
        return;
    Box index = req_index(&t->stmt->req[k], t, &launch);
    Region need = req_region(&t->req[k], &t->stmt->req[k], &index), part;
    if (need.ndim >= 0 && region_size(&need) > 0 && region_clip(&need, home, &part) &&
        home_meets(l, k, home, j))
        piece_add(l, true, k, j, src, peer, &part);
}

static void send_packed(Lower *l, int k)
{
    const PlanTask *t = l->t;
    const PlanReq *p = &t->req[k];
    int64_t first, last, j;
    tiling_owned(&p->tiling, l->m->nshards, l->shard, &first, &last);
    for (int64_t src = first; src < last; src++) {
        Box home = tiling_cut(&p->tiling, src), index;
        if (box_empty(&home))
            continue;
        if (t->whole) {
            for (int64_t peer = 0; peer < l->m->nshards; peer++)
                send_to_tile(l, k, src, &home, 0, peer);
            continue;
        }
        if (!touched_index(l, k, &home, &index))
            continue;
        TileIter it;
        if (t->stmt->kind == ST_SPREAD) {
            Region g = req_region(&t->req[1], &t->stmt->req[1], &index);
            Box b = region_bounds(&g);
            it = tiling_touch(&t->launch, &b);
        } else {
            Box cand = launch_candidates(l, k, &index);
            it = tiling_touch(&t->launch, &cand);
        }
        while (tile_next(&it, &j))
            send_to_tile(l, k, src, &home, j, tiling_owner(&t->launch, l->m->nshards, j));
    }
}

/* Halo of operand k: tile j of the store itself needs its surroundings. */
static void lower_halo(Lower *l, int k)
{
    const PlanReq *p = &l->t->req[k];
    int64_t first, last, j;
    tiling_owned(&p->tiling, l->m->nshards, l->shard, &first, &last);
    for (int64_t tile = first; tile < last; tile++) {
        Box around = halo_box(p, tile), home = tiling_cut(&p->tiling, tile), part;
        if (box_empty(&around))
            continue;
        TileIter it = tiling_touch(&p->tiling, &around); /* whom I receive from */
        while (tile_next(&it, &j)) {
            Box other = tiling_cut(&p->tiling, j);
            if (j == tile || box_empty(&other) || !halo_part(p, tile, &other, &part))
                continue;
            Region g = box_region(&part);
            piece_add(l, false, k, tile, j, tiling_owner(&p->tiling, l->m->nshards, j), &g);
        }
        if (box_empty(&home))
            continue;
        Box reach = home; /* whose halo holds some of my home: the mirror image */
        for (int d = 0; d < home.ndim; d++) {
            reach.lo[d] =
                home.lo[d] - p->above[d]; /* beyond the space too: empty tiles have a place there */
            reach.hi[d] = home.hi[d] + p->below[d];
        }
        it = tiling_touch(&p->tiling, &reach);
        while (tile_next(&it, &j)) {
            int64_t peer = tiling_owner(&p->tiling, l->m->nshards, j);
            if (j == tile || peer == l->shard || !halo_part(p, j, &home, &part))
                continue;
            Region g = box_region(&part);
            piece_add(l, true, k, j, tile, peer, &g);
        }
    }
}

static int piece_order(const void *a, const void *b)
{
    const Piece *p = a, *q = b;
    if (p->peer != q->peer)
        return p->peer < q->peer ? -1 : 1;
    if (p->req != q->req)
        return p->req < q->req ? -1 : 1;
    if (p->launch_tile != q->launch_tile)
        return p->launch_tile < q->launch_tile ? -1 : 1;
    return p->store_tile < q->store_tile ? -1 : p->store_tile > q->store_tile;
}

static Piece *sorted_pieces(Arena *arena, Piece *at, int64_t n)
{
    Piece *r = ARENA_ARRAY(arena, Piece, n);
    if (n) {
        memcpy(r, at, sizeof *r * (size_t)n);
        qsort(r, (size_t)n, sizeof *r, piece_order);
    }
    free(at);
    return r;
}

void plan_lower(const Machine *m, const PlanTask *t, int64_t shard, Arena *arena, LowTask *out)
{
    Lower l = {.m = m, .t = t, .shard = shard};
    Vec(TileWork) tiles = {0};
    const Stmt *s = t->stmt;
    memset(out, 0, sizeof *out);
    if (t->whole) {
        TileWork w = {0, launch_box(t, 0)};
        vec_push(&tiles, w);
    } else {
        int64_t first, last;
        tiling_owned(&t->launch, m->nshards, shard, &first, &last);
        for (int64_t j = first; j < last; j++) {
            TileWork w = {j, tiling_cut(&t->launch, j)};
            if (!box_empty(&w.box))
                vec_push(&tiles, w);
        }
    }
    for (int k = 0; k < stmt_nreqs(s); k++) {
        const PlanReq *p = &t->req[k];
        if (s->req[k].privilege == WRITE)
            continue;
        if (p->access == ACCESS_IN_PLACE && p->halo)
            lower_halo(&l, k);
        if (p->access != ACCESS_PACKED && p->access != ACCESS_LINEAR)
            continue;
        for (int64_t i = 0; i < tiles.n; i++) {
            Box index = req_index(&s->req[k], t, &tiles.at[i].box);
            Region need = req_region(p, &s->req[k], &index);
            receive_region(&l, k, tiles.at[i].tile, &need);
        }
        send_packed(&l, k);
    }
    out->task = (PlanTask *)t;
    out->ntiles = tiles.n;
    out->tile = ARENA_ARRAY(arena, TileWork, tiles.n);
    if (tiles.n)
        memcpy(out->tile, tiles.at, sizeof(TileWork) * (size_t)tiles.n);
    vec_free(&tiles);
    out->nsend = l.send.n;
    out->send = sorted_pieces(arena, l.send.at, l.send.n);
    out->nrecv = l.recv.n;
    out->recv = sorted_pieces(arena, l.recv.at, l.recv.n);
    out->nlocal = l.local.n;
    out->local = sorted_pieces(arena, l.local.at, l.local.n);
}
