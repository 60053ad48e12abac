/* exchange.c -- elements by number: their homes, and gathering.  All ranks together.
 *
 * Requests go to the home of each element in two steps: counts, then data.  What is asked for is a
 * *unit*: as many elements as surely lie together at their home (a row whose axes are not cut), so
 * that a row costs one request.  A rank's own elements are read in place.
 */
#include "runtime/exec/exchange.h"

#include "runtime/gather.h"
#include "runtime/exec/net.h"
#include "runtime/exec/pack.h"
#include "runtime/plan/planner.h"

/* ------------------------------------------------------------------------ shared parts */

/* Bounds of a round; without messages its buffers stay in the cache. */
enum { ROUND_MIN = 4096, ROUND_MAX = 1 << 20, LOCAL_BYTES = 512 << 10 };

int64_t round_elements(const Run *r, int64_t mine, int64_t theirs)
{
    if (r->m->nshards == 1)
        return int64_max(1, LOCAL_BYTES / mine);
    int64_t n = r->m->slack / 2 / (mine + r->m->nshards * theirs);
    return int64_max(int64_min(n, ROUND_MAX), int64_max(1, ROUND_MIN * 64 / (64 + mine + theirs)));
}

static void max_int(void *acc, const void *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        ((int64_t *)acc)[i] = int64_max(((int64_t *)acc)[i], ((const int64_t *)x)[i]);
}

int64_t most_of_all(int64_t mine)
{
    net_allreduce(&mine, 1, 8, max_int);
    return mine;
}

int launch_axis(const PlanTask *t)
{
    for (int d = 0; d < t->stmt->ndim && !t->whole; d++)
        if (tiling_is_cut(&t->launch, d))
            return d;
    return 0;
}

int64_t *counts_new(int64_t nranks, int n)
{
    return xcalloc((size_t)(nranks * n), sizeof(int64_t));
}

Homes homes_of(Store *s, int64_t nshards, int64_t shard)
{
    Homes h = {.store = s,
               .nshards = nshards,
               .shard = shard,
               .nlead = s->ndim,
               .block = 1,
               .size = dtype_size(s->dtype)};
    while (h.nlead > 0 && !tiling_is_cut(&s->tiling, h.nlead - 1))
        h.block *= s->extent[--h.nlead];
    return h;
}

/* The axis along which a store's elements follow each other in C order: the first of several
 * indices. */
static int order_axis(const Store *s)
{
    int d = 0;
    while (d < s->ndim - 1 && s->extent[d] == 1)
        d++;
    return d;
}

void homes_bounds(Homes *h)
{
    int axis = order_axis(h->store);
    const Tiling *t = &h->store->tiling;
    int64_t row = 1;
    h->in_order = h->nshards <= HOMES_BOUNDS && h->store->ndim > 0 && tiling_cuts_only(t, axis);
    if (!h->in_order)
        return;
    for (int d = axis + 1; d < h->store->ndim; d++)
        row *= h->store->extent[d];
    for (int64_t r = 0; r < h->nshards; r++) {
        int64_t lo, hi;
        axis_stretch(t, axis, h->nshards, r, &lo, &hi);
        h->bound[r] = lo * row;
    }
    h->bound[h->nshards] = h->store->nelem;
}

/* Index of the block's leading axes, zeros behind them; the element's number inside the block. */
static int64_t homes_index(const Homes *h, int64_t linear, int64_t at[])
{
    if (h->nlead == 0) {
        memset(at, 0, sizeof *at * (size_t)h->store->ndim);
        return linear;
    }
    int64_t rest = linear % h->block, lead = linear / h->block;
    for (int d = h->store->ndim - 1; d >= h->nlead; d--)
        at[d] = 0;
    for (int d = h->nlead - 1; d >= 0; d--) {
        at[d] = lead % h->store->extent[d];
        lead /= h->store->extent[d];
    }
    return rest;
}

int64_t homes_owner(const Homes *h, int64_t linear)
{
    int64_t at[NDIM_MAX];
    if (h->in_order) {
        int64_t r = 0;
        for (int64_t k = 1; k < h->nshards; k++)
            r += linear >= h->bound[k];
        return r;
    }
    homes_index(h, linear, at);
    return tiling_owner(&h->store->tiling, h->nshards, tiling_find(&h->store->tiling, at));
}

/* The latest instance's home, where it is one run of memory in C order. */
static void homes_run(Homes *h)
{
    const Instance *i = h->last;
    int axis = order_axis(h->store);
    int64_t row = 1;
    h->lo = h->hi = 0;
    for (int d = axis + 1; d < h->store->ndim; d++) {
        if (i->home.lo[d] != 0 || i->home.hi[d] != h->store->extent[d]) /* not its halo */
            return;
        row *= h->store->extent[d];
    }
    if (h->store->ndim == 0)
        return;
    h->lo = i->home.lo[axis] * row;
    h->hi = i->home.hi[axis] * row;
    h->place = (i->home.lo[axis] - i->box.lo[axis]) * row;
}

int64_t homes_seek(Homes *h, int64_t linear)
{
    int64_t at[NDIM_MAX], k = 0, rest = homes_index(h, linear, at);
    bool same = h->last != NULL;
    for (int d = 0; d < h->nlead && same; d++)
        same = at[d] >= h->last->home.lo[d] && at[d] < h->last->home.hi[d];
    if (!same) {
        h->last = instance_tile(h->store, h->nshards, h->shard, tiling_find(&h->store->tiling, at));
        homes_run(h);
    }
    const Box *b = &h->last->box;
    for (int d = 0; d < h->nlead; d++)
        k = k * (b->hi[d] - b->lo[d]) + at[d] - b->lo[d];
    return k * h->block + rest;
}

void axis_stretch(const Tiling *t, int axis, int64_t nshards, int64_t shard, int64_t *lo,
                  int64_t *hi)
{
    int64_t first, last;
    tiling_owned(t, nshards, shard, &first, &last);
    if (first >= last) { /* nothing: the empty stretch where its tiles would begin */
        *lo = *hi = first < t->ntiles ? tiling_cut(t, first).lo[axis] : t->extent[axis];
        return;
    }
    *lo = tiling_cut(t, first).lo[axis];
    *hi = int64_max(*lo, tiling_cut(t, last - 1).hi[axis]);
}

void axis_write(Store *s, int64_t nshards, int64_t shard, int64_t line, int64_t from, int64_t n,
                const void *data)
{
    int64_t size = dtype_size(s->dtype), first, last, axis = s->ndim - 1;
    tiling_owned(&s->tiling, nshards, shard, &first, &last);
    for (int64_t t = first; t < last && n > 0; t++) {
        Instance *i = instance_tile(s, nshards, shard, t);
        int64_t lo = int64_max(from, i->home.lo[axis]), hi = int64_min(from + n, i->home.hi[axis]);
        if (lo >= hi)
            continue;
        int64_t at = line * (i->box.hi[axis] - i->box.lo[axis]) + lo - i->box.lo[axis];
        memcpy(i->data + at * size, (const char *)data + (lo - from) * size,
               (size_t)((hi - lo) * size));
    }
}

bool exec_together(Run *r)
{
    const PlanTask *t = r->low.task;
    if (t->stmt->kind == ST_SEARCH && t->req[1].access == ACCESS_ELEMENTS)
        exec_search(r);
    else if (t->stmt->kind == ST_SORT && !t->whole && t->stmt->mode == FOLD_PARTIAL)
        exec_sort(r);
    else if (t->stmt->kind == ST_MATMUL && !t->whole && t->stmt->mode == FOLD_PARTIAL)
        exec_product(r);
    else
        return false;
    return true;
}

/* ----------------------------------------------------------------------------- units */

/* Are the borders across axis d, whose indices stand for `inner` elements, all at multiples of len?
 */
static bool borders_fit(const Tiling *t, int d, int64_t inner, int64_t len)
{
    for (int64_t j = 0; j < t->ntiles; j++)
        if (tiling_cut(t, j).lo[d] * inner % len)
            return false;
    return true;
}

/* Do the last n axes of the indexed view lie together at one home, wherever they begin? */
static bool unit_fits(const PlanTask *t, int which, int n, Unit *out)
{
    const Stmt *s = t->stmt;
    const PlanReq *p = &t->req[which];
    const View *v = &s->req[which].op.view;
    int64_t len = 1, grain = 1;
    for (int k = v->ndim - 1; k >= v->ndim - n; k--) {
        if (v->shape[k] > 1 && v->stride[k] != len)
            return false;
        len *= v->shape[k];
        if (!t->whole && tiling_is_cut(&t->launch, s->ndim - (v->ndim - k)))
            return false;
    }
    if (p->place == PLACE_TILED) {
        for (int d = p->ndim; grain < len; grain *= p->extent[d]) {
            if (d-- == 0)
                return false;
            if (!tiling_is_cut(&p->tiling, d))
                continue;
            if (!borders_fit(&p->tiling, d, grain, len))
                return false;
            if (d > 0 && grain * p->extent[d] % len) /* the next row's borders are elsewhere */
                return false;
            grain = len;
            break;
        }
        for (int k = 0; k < v->ndim - n; k++)
            if (v->stride[k] % grain != 0 && v->shape[k] > 1)
                return false;
        if (v->offset % grain + len > grain)
            return false;
    }
    *out = (Unit){n, len, len * dtype_size(s->req[which].op.dtype), grain};
    return true;
}

Unit unit_of_req(const Run *r, int which)
{
    const PlanTask *t = r->low.task;
    const Stmt *s = t->stmt;
    int n = s->req[which].op.view.ndim - (s->nin - 1);
    Unit u = {0, 1, dtype_size(s->req[which].op.dtype), 1};
    while (n > 0 && !unit_fits(t, which, n, &u))
        n--;
    return u;
}

Addresses addresses(Run *r, int64_t i, int which, const Unit *u)
{
    Stmt *s = run_stmt(r);
    Addresses a = {.v = &s->req[which].op.view};
    a.nindex = s->nin - 1;
    for (int k = 0; k < a.nindex; k++)
        a.idx[k] = run_operand(r, 1 + k, i);
    a.nb = s->ndim - (a.v->ndim - a.nindex);
    a.nd = s->ndim - u->naxes;
    a.box = r->low.tile[i].box;
    a.box.ndim = a.nd;
    return a;
}

/* The numbers of m units along the last axis from index at[] on. */
static void address_row(const Addresses *a, const int64_t at[], int64_t m, int64_t out[])
{
    int last = a->nd - 1;
    bool rest = last >= a->nb;
    int64_t linear = a->v->offset, step = rest ? a->v->stride[a->nindex + last - a->nb] : 0;
    for (int d = a->nb; d < a->nd; d++)
        linear += (a->box.lo[d] + at[d]) * a->v->stride[a->nindex + d - a->nb];
    for (int64_t j = 0; j < m; j++)
        out[j] = linear + j * step;
    for (int k = 0; k < a->nindex; k++) {
        const char *p = a->idx[k].base;
        int64_t along = rest || last < 0 ? 0 : a->idx[k].stride[last], by = a->v->stride[k], x;
        for (int d = 0; d < a->nb; d++)
            p += at[d] * a->idx[k].stride[d];
        for (int64_t j = 0; j < m; j++, p += along) {
            memcpy(&x, p, 8);
            out[j] += x * by;
        }
    }
}

void address_range(const Addresses *a, int64_t from, int64_t to, int64_t out[])
{
    int64_t at[NDIM_MAX], len[NDIM_MAX], rest = from;
    for (int d = a->nd - 1; d >= 0; d--) {
        len[d] = a->box.hi[d] - a->box.lo[d];
        at[d] = rest % len[d];
        rest /= len[d];
    }
    for (int last = a->nd - 1; from < to;) {
        int64_t m = last < 0 ? 1 : int64_min(to - from, len[last] - at[last]);
        address_row(a, at, m, out);
        out += m;
        from += m;
        if (last < 0)
            break;
        at[last] += m;
        for (int d = last; d > 0 && at[d] == len[d]; d--) {
            at[d] = 0;
            at[d - 1]++;
        }
    }
}

bool addresses_line(const Addresses *a, Index *index)
{
    Strided m = strided_merge(&a->idx[0]);
    if (a->nindex != 1 || a->nb != a->nd || m.ndim > 1)
        return false;
    *index = (Index){m.base, m.ndim ? m.stride[0] : 0};
    return true;
}

/* The last axes of `a` from axis `from` on, and those before them as one line if they are one. */
static bool split_axes(const Strided *a, int from, Strided *rest, int64_t *step)
{
    Strided lead = strided_axes(a, a->base, 0, from), m = strided_merge(&lead);
    *rest = strided_axes(a, a->base, from, a->ndim);
    *step = m.ndim ? m.stride[0] : 0;
    return m.ndim <= 1;
}

bool move_lines(Run *r, int64_t i, int which, char *x, const Strided *dense, bool put)
{
    enum { SOME = 512, COLUMNS = 64 };
    const Unit one = {0, 1, dtype_size(dense->dtype), 1};
    Addresses a = addresses(r, i, which, &one);
    int64_t size = one.nbytes, n = 1, step, base[SOME];
    Strided rest;
    int last = a.nd - a.nb - 1;
    if (last < 0 || !split_axes(dense, a.nb, &rest, &step))
        return false;
    for (int d = 0; d < a.nb; d++)
        n *= a.box.hi[d] - a.box.lo[d];
    const int64_t *stride = a.v->stride + a.nindex;
    int64_t by = stride[last] * size, off = 0;
    for (int d = 0; d <= last; d++)
        off += a.box.lo[a.nb + d] * stride[d] * size;
    Strided outer = strided_axes(&rest, rest.base, 0, last);
    a.nd = a.nb;
    for (int64_t from = 0; from < n; from += SOME) {
        int64_t m = int64_min(SOME, n - from);
        address_range(&a, from, from + m, base);
        for (Walk w = walk_start(&outer); w.left; walk_next(&w)) {
            int64_t at = off;
            for (int d = 0; d < last; d++)
                at += w.index[d] * stride[d] * size;
            for (int64_t c = 0, some; c < rest.shape[last]; c += some) {
                some = int64_min(COLUMNS, rest.shape[last] - c);
                for (int64_t k = 0; k < m; k++) {
                    char *there = x + base[k] * size + at + c * by,
                         *here = w.at + (from + k) * step + c * rest.stride[last];
                    if (put)
                        pack_row(there, by, here, rest.stride[last], some, (int)size);
                    else
                        pack_row(here, rest.stride[last], there, by, some, (int)size);
                }
            }
        }
    }
    return true;
}

int64_t by_owner(const Homes *h, const int64_t linear[], int64_t n, int64_t order[],
                 int64_t count[])
{
    int64_t p = h->nshards;
    int32_t *owner = pool_take(n * 4);
    int64_t *at = counts_new(p + 1, 1);
    memset(count, 0, sizeof *count * (size_t)p);
    for (int64_t i = 0; i < n; i++) {
        owner[i] = (int32_t)homes_owner(h, linear[i]);
        count[owner[i]]++;
    }
    for (int64_t k = 0; k < p; k++)
        at[k + 1] = at[k] + count[k];
    int64_t own = at[h->shard];
    for (int64_t i = 0; i < n; i++)
        order[at[owner[i]]++] = i;
    free(at);
    pool_free(owner, n * 4);
    return own;
}

int64_t scale_counts(int64_t p, const int64_t count[], int64_t size, int64_t out[])
{
    int64_t total = 0;
    for (int64_t k = 0; k < p; k++) {
        out[k] = count[k] * size;
        total += count[k];
    }
    return total;
}

int64_t units_from(const Box *b, int c, int naxes)
{
    int64_t n = 1;
    for (int d = c; d < b->ndim - naxes; d++)
        n *= b->hi[d] - b->lo[d];
    return n;
}

bool stretch_next(const Run *r, int c, const Unit *u, int64_t most, Stretch *s)
{
    s->from = s->to;
    while (s->tile < r->low.ntiles &&
           s->from >= units_from(&r->low.tile[s->tile].box, c, u->naxes)) {
        s->tile++;
        s->from = s->to = 0;
    }
    if (s->tile >= r->low.ntiles)
        return false;
    s->to = int64_min(s->from + most, units_from(&r->low.tile[s->tile].box, c, u->naxes));
    return true;
}

/* Does a launch tile name a unit that lives elsewhere? */
static bool names_far(Run *r, int64_t tile, int which, const Unit *u, const Homes *h)
{
    int64_t linear[1024];
    Addresses a = addresses(r, tile, which, u);
    int64_t n = units_from(&r->low.tile[tile].box, 0, u->naxes);
    for (int64_t from = 0, to; from < n; from = to) {
        to = int64_min(from + 1024, n);
        address_range(&a, from, to, linear);
        for (int64_t k = 0; k < to - from; k++)
            if (homes_owner(h, linear[k]) != h->shard)
                return true;
    }
    return false;
}

int64_t rounds_of(Run *r, int which, int c, const Unit *u, int64_t most, const Homes *h)
{
    int64_t all[2] = {0, 0}; /* rounds; is any unit far? */
    for (int64_t i = 0; i < r->low.ntiles; i++) {
        all[0] += ceil_div(units_from(&r->low.tile[i].box, c, u->naxes), most);
        all[1] = all[1] || names_far(r, i, which, u, h);
    }
    net_allreduce(all, 2, 8, max_int);
    return all[1] ? all[0] : 0;
}

/* --------------------------------------------------------------------------- gather */

/* dst[i] = unit linear[i] of a tiled store. */
static void gather_round(Homes *h, const int64_t linear[], int64_t n, const Unit *u, char *dst)
{
    int64_t p = h->nshards, size = u->nbytes, *order = pool_take(n * 8);
    int64_t *count = counts_new(p, 4), *theirs = count + p, *a = count + 2 * p, *b = count + 3 * p;
    int64_t own = by_owner(h, linear, n, order, count), nown = count[h->shard], far = n - nown;
    for (int64_t k = own; k < own + nown; k++) {
        if (k + AHEAD < own + nown)
            homes_ahead(h, linear[order[k + AHEAD]]);
        unit_copy(dst + order[k] * size, homes_address(h, linear[order[k]]), size);
    }
    if (n > own + nown)
        memmove(order + own, order + own + nown, sizeof *order * (size_t)(n - own - nown));
    count[h->shard] = 0;
    int64_t *ask = pool_take(far * 8);
    for (int64_t k = 0; k < far; k++)
        ask[k] = linear[order[k]];
    net_alltoall_int(count, theirs);
    scale_counts(p, count, 8, a);
    int64_t m = scale_counts(p, theirs, 8, b);
    int64_t *asked = pool_take(m * 8);
    net_alltoall(ask, a, asked, b);
    pool_free(ask, far * 8);
    char *answer = pool_take(m * size), *mine = pool_take(far * size);
    for (int64_t k = 0; k < m; k++) {
        if (k + AHEAD < m)
            homes_ahead(h, asked[k + AHEAD]);
        unit_copy(answer + k * size, homes_address(h, asked[k]), size);
    }
    pool_free(asked, m * 8);
    scale_counts(p, count, size, a);
    scale_counts(p, theirs, size, b);
    net_alltoall(answer, b, mine, a);
    pool_free(answer, m * size);
    for (int64_t k = 0; k < far; k++)
        unit_copy(dst + order[k] * size, mine + k * size, size);
    pool_free(mine, far * size);
    pool_free(order, n * 8);
    free(count);
}

/* Units [from, from + n) of a tile into its output. */
static void take_store(const Strided *out, const Unit *u, int64_t from, int64_t n, const char *data)
{
    int64_t size = dtype_size(out->dtype);
    if (strided_is_dense(out, 0)) {
        memcpy(out->base + from * u->nbytes, data, (size_t)(n * u->nbytes));
        return;
    }
    Strided x = *out;
    int64_t step = size, k = n * u->len;
    if (strided_is_dense(out, out->ndim - u->naxes)) {
        x.ndim -= u->naxes;
        step = u->nbytes;
        k = n;
    } else
        from *= u->len;
    Walk w = walk_start(&x);
    for (walk_seek(&w, from); k > 0; k--, data += step, walk_next(&w))
        memcpy(w.at, data, (size_t)step);
}

/* Units of memory in C order. */
static void units_here(const char *x, const int64_t linear[], int64_t n, int64_t item,
                       const Unit *u, char *data)
{
    if (u->nbytes == 8)
        for (int64_t k = 0; k < n; k++)
            memcpy(data + 8 * k, x + linear[k] * item, 8);
    else
        for (int64_t k = 0; k < n; k++)
            memcpy(data + k * u->nbytes, x + linear[k] * item, (size_t)u->nbytes);
}

/* A tile whose elements all lie here, from memory to memory; `x`: the indexed store's. */
static bool take_line(Run *r, int64_t i, const Unit *u, const char *x, int64_t size)
{
    Index index;
    Addresses a = addresses(r, i, 0, u);
    Strided out = run_operand(r, run_stmt(r)->nin, i);
    if (!strided_is_dense(&out, 0) || !addresses_line(&a, &index))
        return u->naxes == 0 && move_lines(r, i, 0, (char *)x, &out, false);
    gather_units(out.base, x + a.v->offset * size, a.v->stride[0] * size, index,
                 units_from(&r->low.tile[i].box, 0, u->naxes), u->nbytes);
    return true;
}

void exec_take(Run *r)
{
    Stmt *s = run_stmt(r);
    Store *in = s->req[0].op.store;
    Unit u = unit_of_req(r, 0);
    int64_t size = dtype_size(in->dtype), most = round_elements(r, 28 + 2 * u.nbytes, 8 + u.nbytes);
    bool tiled = r->low.task->req[0].access == ACCESS_ELEMENTS,
         exchange = tiled && r->m->nshards > 1;
    int64_t rounds = INT64_MAX;
    Homes h = {0};
    Stretch st = {0};
    char *whole = tiled ? NULL : instance_whole(in)->data;
    if (tiled)
        h = homes_of(in, r->m->nshards, r->shard);
    if (exchange) {
        homes_bounds(&h);
        rounds = rounds_of(r, 0, 0, &u, most, &h);
        exchange = rounds > 0;
        rounds = exchange ? rounds : INT64_MAX;
    }
    bool here = !exchange && !(tiled && h.nlead > 0);
    for (int64_t round = 0; round < rounds; round++) {
        bool some = stretch_next(r, 0, &u, most, &st);
        if (!some && !exchange)
            break;
        if (here && st.from == 0 &&
            take_line(r, st.tile, &u, tiled ? homes_address(&h, 0) : whole, size)) {
            st.to = units_from(&r->low.tile[st.tile].box, 0, u.naxes);
            continue;
        }
        int64_t n = some ? st.to - st.from : 0;
        int64_t *linear = pool_take(n * 8);
        char *data = pool_take(n * u.nbytes);
        if (some) {
            Addresses a = addresses(r, st.tile, 0, &u);
            address_range(&a, st.from, st.to, linear);
        }
        if (exchange)
            gather_round(&h, linear, n, &u, data);
        else if (tiled && h.nlead > 0)
            for (int64_t k = 0; k < n; k++)
                memcpy(data + k * u.nbytes, homes_address(&h, linear[k]), (size_t)u.nbytes);
        else
            units_here(tiled ? homes_address(&h, 0) : whole, linear, n, size, &u, data);
        if (some) {
            Strided out = run_operand(r, s->nin, st.tile);
            take_store(&out, &u, st.from, n, data);
        }
        pool_free(data, n * u.nbytes);
        pool_free(linear, n * 8);
    }
    exec_stats.kernels += r->low.ntiles;
}
