/* place.c -- where a store's cells live.  Replicated.
 *
 * A temporary follows its consumer: hints run backwards through the window from stores that are
 * placed already.  Else the largest tiled input leads, when its tiling shares the work fairly; else
 * tiles are even.
 */
#include "runtime/plan/place.h"

enum { SUM_LEAF = 1024 };

bool place_through(const Store *s, const View *v, Tiling *out)
{
    Map map;
    return s->place == PLACE_TILED && view_map(v, s->ndim, s->extent, &map) == OK &&
           tiling_through(&s->tiling, &map, v->shape, out) == OK;
}

bool place_balanced(const Tiling *t)
{
    for (int b = 0; b < t->nbase; b++) {
        if (t->base[b].tiles == 1)
            continue;
        int d = t->base[b].axis;
        if (d < 0)
            return false;
        int64_t step = t->base[b].step < 0 ? -t->base[b].step : t->base[b].step;
        if (4 * step * t->extent[d] < 3 * t->base[b].extent)
            return false;
    }
    return true;
}

Tiling place_even(const Machine *m, int ndim, const int64_t extent[])
{
    return tiling_even(ndim, extent, m->nshards * m->tiles_per_shard, SUM_LEAF);
}

/* The launch tiling carried over to a store that `v` shows entirely, axes permuted; false
 * otherwise. */
static bool store_tiling(const Store *s, const View *v, const Tiling *launch, Tiling *out)
{
    if (view_size(v) != s->nelem || v->offset != 0)
        return false;
    Map map;
    if (view_map(v, s->ndim, s->extent, &map) != OK || !map.paired)
        return false;
    int from[NDIM_MAX];
    for (int d = 0; d < s->ndim; d++)
        from[d] = -1;
    for (int t = 0; t < map.nterms; t++) {
        if (map.term[t].coef != 1)
            return false;
        from[map.term[t].store_axis] = map.term[t].view_axis;
    }
    return tiling_rename(launch, s->ndim, from, s->extent, out) == OK;
}

void place_store(const Machine *m, Store *s, const View *v, const Tiling *launch)
{
    if (s->place != PLACE_NONE)
        return;
    if (store_is_small(s, m)) {
        s->place = PLACE_WHOLE;
        return;
    }
    s->place = PLACE_TILED;
    if (!launch || !v || !store_tiling(s, v, launch, &s->tiling))
        s->tiling = place_even(m, s->ndim, s->extent);
}

const Tiling *hint_for(const Hints *h, const Store *s)
{
    for (int64_t i = 0; i < h->n; i++)
        if (h->at[i].store == s)
            return &h->at[i].tiling;
    return NULL;
}

void place_hints(const Machine *m, Stmt *const stmt[], int64_t n, Hints *h)
{
    for (int64_t i = n - 1; i >= 0; i--) {
        Stmt *st = stmt[i];
        if (st->kind != ST_EW)
            continue;
        Req *out = stmt_out(st, 0);
        Store *s = out->op.store;
        Tiling launch;
        if (s->place == PLACE_TILED) {
            if (!place_through(s, &out->op.view, &launch))
                continue;
        } else if (s->place == PLACE_NONE && hint_for(h, s)) {
            Map map;
            if (view_map(&out->op.view, s->ndim, s->extent, &map) != OK ||
                tiling_through(hint_for(h, s), &map, out->op.view.shape, &launch) != OK)
                continue;
        } else
            continue;
        for (int k = 0; k < st->nin; k++) {
            Store *in = st->req[k].op.store;
            Tiling t;
            if (in && in->place == PLACE_NONE && !store_is_small(in, m) && !hint_for(h, in) &&
                store_tiling(in, &st->req[k].op.view, &launch, &t)) {
                Hint hint = {in, t};
                vec_push(h, hint);
            }
        }
    }
}
