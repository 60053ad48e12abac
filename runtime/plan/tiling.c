/* tiling.c -- cutting an index space into tiles.  Replicated. */
#include "runtime/plan/tiling.h"

int64_t tiling_cuts_evaluated;

/* First base coordinate of piece j: granules are dealt out evenly. */
static int64_t axis_cut(int64_t extent, int64_t tiles, int64_t granule, int64_t j)
{
    tiling_cuts_evaluated++;
    int64_t granules = ceil_div(extent, granule);
    int64_t at = (int64_t)((__int128)j * granules / tiles) * granule;
    return at < extent ? at : extent;
}

/* The piece that holds base coordinate x: the largest j whose cut is at or below x. */
static int64_t axis_find(int64_t extent, int64_t tiles, int64_t granule, int64_t x)
{
    int64_t granules = ceil_div(extent, granule);
    if (granules == 0)
        return 0;
    return (int64_t)((((__int128)(x / granule) + 1) * tiles - 1) / granules);
}

static void identity(Tiling *t, int ndim, const int64_t extent[])
{
    memset(t, 0, sizeof *t);
    t->ndim = t->nbase = ndim;
    t->ntiles = 1;
    for (int d = 0; d < ndim; d++) {
        t->extent[d] = extent[d];
        t->base[d].extent = extent[d];
        t->base[d].tiles = t->base[d].granule = t->base[d].step = 1;
        t->base[d].axis = d;
    }
}

Tiling tiling_axis(int ndim, const int64_t extent[], int axis, int64_t ntiles, int64_t granule)
{
    Tiling t;
    identity(&t, ndim, extent);
    if (ndim > 0) {
        t.base[axis].tiles = ntiles;
        t.base[axis].granule = granule;
        t.ntiles = ntiles;
    }
    return t;
}

/* Choose pieces per axis for the axes below `last` with the least surface between tiles;
 * depth-first over divisors. */
typedef struct Grid {
    int naxes;
    const int64_t *extent;
    int64_t pieces[NDIM_MAX], best[NDIM_MAX];
    double cost;
} Grid;

static void grid_search(Grid *g, int d, int64_t left, double cost)
{
    if (cost >= g->cost)
        return;
    if (d == g->naxes) {
        if (left == 1) {
            g->cost = cost;
            memcpy(g->best, g->pieces, sizeof g->best);
        }
        return;
    }
    for (int64_t p = left; p >= 1; p--)
        if (left % p == 0 && (p == 1 || p <= g->extent[d])) {
            g->pieces[d] = p;
            double border = g->extent[d] > 0 ? (double)(p - 1) / (double)g->extent[d] : 0;
            grid_search(g, d + 1, left / p, cost + border);
        }
}

Tiling tiling_even(int ndim, const int64_t extent[], int64_t ntiles, int64_t leaf)
{
    Tiling t;
    identity(&t, ndim, extent);
    if (ndim == 0)
        return t;
    Grid g = {.naxes = ndim > 1 ? ndim - 1 : 1, .extent = extent, .cost = 1e300};
    if (ndim > 1)
        grid_search(&g, 0, ntiles, 0);
    if (g.cost == 1e300 && ndim > 1) {
        g.naxes = ndim;
        grid_search(&g, 0, ntiles, 0);
    }
    if (g.cost ==
        1e300) { /* 1-D, or no axis pair is long enough: the longest axis, tiles may be empty */
        int longest = 0;
        for (int d = 1; d < ndim; d++)
            if (extent[d] > extent[longest])
                longest = d;
        for (int d = 0; d < ndim; d++)
            g.best[d] = 1;
        g.best[longest] = ntiles;
    }
    for (int d = 0; d < ndim; d++)
        t.base[d].tiles = d < g.naxes || g.best[d] ? int64_max(g.best[d], 1) : 1;
    int in = ndim - 1;
    if (t.base[in].tiles > 1 && leaf > 1 && extent[in] / t.base[in].tiles >= 8 * leaf)
        t.base[in].granule = leaf;
    t.ntiles = ntiles;
    return t;
}

Status tiling_through(const Tiling *base, const Map *map, const int64_t shape[], Tiling *out)
{
    if (!map->paired)
        return ERR_NDIM;
    Tiling t = *base;
    t.ndim = map->ndim_view;
    for (int k = 0; k < map->ndim_view; k++)
        t.extent[k] = shape[k];
    for (int b = 0; b < base->nbase; b++) {
        int d = base->base[b].axis;
        if (d < 0)
            continue;
        t.base[b].axis = -1; /* base = start + step * (mstart + coef * i) */
        t.base[b].start = base->base[b].start + base->base[b].step * map->start[d];
        for (int e = 0; e < map->nterms; e++)
            if (map->term[e].store_axis == d) {
                t.base[b].axis = map->term[e].view_axis;
                t.base[b].step = base->base[b].step * map->term[e].coef;
            }
    }
    *out = t;
    return OK;
}

Status tiling_rename(const Tiling *t, int ndim, const int from[], const int64_t extent[],
                     Tiling *out)
{
    Tiling r = *t;
    r.ndim = ndim;
    for (int k = 0; k < ndim; k++)
        r.extent[k] = extent[k];
    for (int b = 0; b < t->nbase; b++) {
        int to = -1;
        for (int k = 0; k < ndim && t->base[b].axis >= 0; k++)
            if (from[k] == t->base[b].axis)
                to = k;
        if (to < 0 && t->base[b].axis >= 0 && t->base[b].tiles > 1)
            return ERR_NDIM;
        if (to < 0 && t->base[b].axis >= 0) { /* uncut: any coordinate of its single piece does */
            r.base[b].start = 0;
            r.base[b].step = 1;
        }
        r.base[b].axis = to;
    }
    *out = r;
    return OK;
}

bool tiling_same(const Tiling *a, const Tiling *b)
{
    if (a->ndim != b->ndim || a->nbase != b->nbase || a->ntiles != b->ntiles)
        return false;
    for (int d = 0; d < a->ndim; d++)
        if (a->extent[d] != b->extent[d])
            return false;
    for (int i = 0; i < a->nbase; i++) {
        if (a->base[i].tiles == 1 && b->base[i].tiles == 1)
            continue;
        if (a->base[i].extent != b->base[i].extent || a->base[i].tiles != b->base[i].tiles ||
            a->base[i].granule != b->base[i].granule || a->base[i].axis != b->base[i].axis ||
            a->base[i].start != b->base[i].start)
            return false;
        if (a->base[i].axis >= 0 && a->base[i].step != b->base[i].step)
            return false;
    }
    return true;
}

bool tiling_is_cut(const Tiling *t, int axis)
{
    for (int b = 0; b < t->nbase; b++)
        if (t->base[b].axis == axis && t->base[b].tiles > 1)
            return true;
    return false;
}

/* Indices i with lo <= start + step*i < hi, as a half-open range. */
static void preimage(int64_t start, int64_t step, int64_t lo, int64_t hi, int64_t *first,
                     int64_t *last)
{
    if (step > 0) {
        *first = -floor_div(-(lo - start), step);
        *last = -floor_div(-(hi - start), step);
    } else if (step < 0) {
        *first = floor_div(start - hi, -step) + 1;
        *last = floor_div(start - lo, -step) + 1;
    } else
        ASSERT(false, "a tiling with step %d", 0);
}

/* Where tile j lies, not limited to the index space: intervals may be empty, reversed or beyond it.
 * False: not in this space. */
static bool tile_place(const Tiling *t, int64_t j, Box *box)
{
    *box = box_whole(t->ndim, t->extent);
    bool bound[NDIM_MAX] = {false}, inside = true;
    for (int b = t->nbase - 1; b >= 0; b--) {
        int64_t p = j % t->base[b].tiles;
        j /= t->base[b].tiles;
        if (t->base[b].tiles == 1)
            continue;
        int64_t lo = axis_cut(t->base[b].extent, t->base[b].tiles, t->base[b].granule, p);
        int64_t hi = axis_cut(t->base[b].extent, t->base[b].tiles, t->base[b].granule, p + 1);
        int d = t->base[b].axis;
        if (d < 0) {
            inside &= t->base[b].start >= lo && t->base[b].start < hi;
            continue;
        }
        int64_t first, last;
        preimage(t->base[b].start, t->base[b].step, lo, hi, &first, &last);
        box->lo[d] = bound[d] ? int64_max(box->lo[d], first) : first;
        box->hi[d] = bound[d] ? int64_min(box->hi[d], last) : last;
        bound[d] = true;
    }
    return inside;
}

Box tiling_cut(const Tiling *t, int64_t j)
{
    Box box;
    bool empty = !tile_place(t, j, &box);
    if (empty && t->ndim == 0)
        box.ndim = -1; /* a 0-d space lives in one tile only */
    for (int d = 0; d < t->ndim; d++) {
        box.lo[d] = int64_min(int64_max(box.lo[d], 0), t->extent[d]);
        box.hi[d] = int64_min(box.hi[d], t->extent[d]);
        empty |= box.hi[d] <= box.lo[d];
    }
    if (empty && t->ndim > 0)
        box.hi[0] = box.lo[0];
    return box;
}

Box tiling_grown(const Tiling *t, int64_t j, const int64_t below[], const int64_t above[])
{
    Box box;
    bool empty = !tile_place(t, j, &box);
    for (int d = 0; d < t->ndim; d++) {
        box.lo[d] = int64_min(int64_max(box.lo[d] - below[d], 0), t->extent[d]);
        box.hi[d] = int64_min(box.hi[d] + above[d], t->extent[d]);
        empty |= box.hi[d] <= box.lo[d];
    }
    if (empty)
        box.hi[0] = box.lo[0];
    return box;
}

int64_t tiling_find(const Tiling *t, const int64_t at[])
{
    int64_t j = 0;
    for (int b = 0; b < t->nbase; b++) {
        int64_t x = t->base[b].start;
        if (t->base[b].axis >= 0)
            x += t->base[b].step * at[t->base[b].axis];
        j = j * t->base[b].tiles;
        if (t->base[b].tiles > 1)
            j += axis_find(t->base[b].extent, t->base[b].tiles, t->base[b].granule, x);
    }
    return j;
}

int64_t tiling_owner(const Tiling *t, int64_t nshards, int64_t j)
{
    return axis_find(t->ntiles, nshards, 1, j);
}

void tiling_owned(const Tiling *t, int64_t nshards, int64_t shard, int64_t *first, int64_t *last)
{
    *first = (int64_t)((__int128)shard * t->ntiles / nshards);
    *last = (int64_t)((__int128)(shard + 1) * t->ntiles / nshards);
}

TileIter tiling_touch(const Tiling *t, const Box *box)
{
    TileIter it = {.t = t};
    it.done = box->ndim < 0 || box_empty(box);
    for (int b = 0; b < t->nbase && !it.done; b++) {
        it.lo[b] = 0;
        it.hi[b] = t->base[b].tiles - 1;
        if (t->base[b].tiles == 1)
            continue;
        int64_t x = t->base[b].start, y = x;
        int d = t->base[b].axis;
        if (d >= 0) {
            x += t->base[b].step * box->lo[d];
            y += t->base[b].step * (box->hi[d] - 1);
        }
        int64_t e = t->base[b].extent - 1, lo = int64_min(x, y), hi = int64_max(x, y);
        if (lo > 0) /* beyond the grid: from its first tile, empty ones too */
            it.lo[b] = axis_find(t->base[b].extent, t->base[b].tiles, t->base[b].granule,
                                 int64_min(lo, e));
        if (hi < e)
            it.hi[b] = axis_find(t->base[b].extent, t->base[b].tiles, t->base[b].granule,
                                 int64_max(hi, 0));
    }
    memcpy(it.at, it.lo, sizeof it.at);
    return it;
}

bool tile_next(TileIter *it, int64_t *j)
{
    if (it->done)
        return false;
    int64_t n = 0;
    for (int b = 0; b < it->t->nbase; b++)
        n = n * it->t->base[b].tiles + it->at[b];
    *j = n;
    int b = it->t->nbase - 1;
    for (; b >= 0; b--) {
        if (it->at[b] < it->hi[b]) {
            it->at[b]++;
            break;
        }
        it->at[b] = it->lo[b];
    }
    it->done = b < 0;
    return true;
}

/* The base axes that are cut, in order: tiles are numbered along these. */
static int cut_axes(const Tiling *t, int cut[])
{
    int n = 0;
    for (int b = 0; b < t->nbase; b++)
        if (t->base[b].tiles != 1)
            cut[n++] = b;
    return n;
}

bool tiling_reach(const Tiling *t, const Map *map, const Tiling *home, int64_t limit,
                  int64_t below[], int64_t above[])
{
    int cut[NDIM_MAX], home_cut[NDIM_MAX], n = cut_axes(t, cut);
    if (n != cut_axes(home, home_cut) || t->ntiles != home->ntiles || !map->paired)
        return false;
    for (int d = 0; d < home->ndim; d++)
        below[d] = above[d] = 0;
    bool bound[NDIM_MAX] = {false};
    for (int k = 0; k < n; k++) {
        int b = home_cut[k], l = cut[k];
        int64_t tiles = home->base[b].tiles;
        if (t->base[l].tiles != tiles)
            return false;
        int d = home->base[b].axis;
        if (d < 0 || bound[d])
            return false;
        bound[d] = true;
        /* home coordinate h of d: base = hs + hp * h.  Launch index i of axis a: base = ts + tp *
         * i.  The map says h = ms + mc * i.  With equal granules and hp * mc == tp, both run
         * through the base at one pace. */
        int64_t hs = home->base[b].start, hp = home->base[b].step, ts = t->base[l].start,
                tp = t->base[l].step;
        int a = t->base[l].axis;
        int64_t ms = map->start[d], mc = 0;
        int ma = -1;
        for (int e = 0; e < map->nterms; e++)
            if (map->term[e].store_axis == d) {
                ma = map->term[e].view_axis;
                mc = map->term[e].coef;
            }
        if (a < 0 || ma != a || hp * mc != tp)
            return false;
        /* base coordinate reached - base coordinate of the same piece = hs + hp*ms - ts, plus the
         * drift of cuts when the grids differ in extent or granule: at most one granule either way
         * beyond the difference of extents. */
        int64_t shift = hs + hp * ms - ts, lo = shift, hi = shift;
        int64_t gt = t->base[l].granule, gh = home->base[b].granule;
        if (t->base[l].extent != home->base[b].extent || gt != gh) {
            int64_t drift = t->base[l].extent - home->base[b].extent;
            lo = shift + int64_min(0, drift) - int64_max(gt, gh);
            hi = shift + int64_max(0, drift) + int64_max(gt, gh);
        }
        int64_t down = int64_max(0, -lo), up = int64_max(0, hi);
        if (hp < 0) {
            int64_t x = down;
            down = up;
            up = x;
        }
        int64_t scale = hp < 0 ? -hp : hp;
        below[d] = ceil_div(down, scale);
        above[d] = ceil_div(up, scale);
        int64_t fair = int64_max(limit, home->base[b].extent / (8 * tiles));
        if (below[d] > fair || above[d] > fair)
            return false;
    }
    /* Axes of home that are not cut hold everything: no reach. */
    return true;
}

void tiling_print(Buf *out, const Tiling *t)
{
    buf_printf(out, "%lld tiles", (long long)t->ntiles);
    for (int b = 0; b < t->nbase; b++)
        if (t->base[b].tiles > 1)
            buf_printf(out, " axis %d: %lld/%lld granule %lld at %lld step %lld", t->base[b].axis,
                       (long long)t->base[b].extent, (long long)t->base[b].tiles,
                       (long long)t->base[b].granule, (long long)t->base[b].start,
                       (long long)t->base[b].step);
}

void tiling_check(const Tiling *t, int64_t nshards)
{
    Box all = box_whole(t->ndim, t->extent);
    int64_t covered = 0;
    for (int64_t j = 0; j < t->ntiles; j++) {
        Box b = tiling_cut(t, j);
        if (b.ndim < 0 || box_empty(&b))
            continue;
        covered += box_size(&b);
        ASSERT(box_contains(&all, &b), "tile %lld leaves the space", (long long)j);
        ASSERT(tiling_find(t, b.lo) == j, "tile %lld is not found at its start", (long long)j);
        int64_t last[NDIM_MAX];
        for (int d = 0; d < t->ndim; d++)
            last[d] = b.hi[d] - 1;
        ASSERT(tiling_find(t, last) == j, "tile %lld is not found at its end", (long long)j);
        int64_t s = tiling_owner(t, nshards, j), first, end;
        tiling_owned(t, nshards, s, &first, &end);
        ASSERT(first <= j && j < end, "owner of tile %lld", (long long)j);
    }
    ASSERT(covered == box_size(&all), "tiles cover %lld of %lld", (long long)covered,
           (long long)box_size(&all));
}
