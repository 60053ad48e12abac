/* exchange.c -- elements by number: gather and scatter.  All ranks together.
 *
 * Requests go to the home of each element in two steps: counts, then data.  What is asked for is a
 * *unit*: as many elements as surely lie together at their home (a row whose axes are not cut), so
 * that a row costs one request.  Of equal targets of a scatter the last in C order of the source
 * wins, as in NumPy.  A rank's part of the source is one stretch of it inside each *block* (one
 * index of the axes before the cut one), ranks in order: what arrives in a round is in order
 * already, and over several rounds a home remembers which block and rank wrote a unit last.
 */
#include "runtime/exec/exchange.h"

#include "runtime/exec/net.h"

/* ------------------------------------------------------------------------ shared parts */

/* Bounds of a round; without messages its buffers stay in the cache. */
enum { ROUND_MIN = 4096, ROUND_MAX = 1 << 18, ROUND_BYTES = 16 << 20, LOCAL_BYTES = 512 << 10 };

int64_t round_elements(const Run *r, int64_t nbytes)
{
    if (r->m->nshards == 1)
        return int64_max(1, LOCAL_BYTES / nbytes);
    int64_t n = int64_min(ROUND_BYTES, r->m->slack / 2 / (r->m->nshards + 1)) / nbytes;
    return int64_max(int64_min(n, ROUND_MAX), int64_max(1, ROUND_MIN * 64 / (64 + nbytes)));
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
    Homes h = {.store = s, .nshards = nshards, .shard = shard, .nlead = s->ndim, .block = 1};
    while (h.nlead > 0 && !tiling_is_cut(&s->tiling, h.nlead - 1))
        h.block *= s->extent[--h.nlead];
    return h;
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
    homes_index(h, linear, at);
    return tiling_owner(&h->store->tiling, h->nshards, tiling_find(&h->store->tiling, at));
}

/* Number of the element in its instance, which is left in h->last. */
static int64_t homes_place(Homes *h, int64_t linear)
{
    int64_t at[NDIM_MAX], k = 0, rest = homes_index(h, linear, at);
    bool same = h->last != NULL;
    for (int d = 0; d < h->nlead && same; d++)
        same = at[d] >= h->last->home.lo[d] && at[d] < h->last->home.hi[d];
    if (!same)
        h->last = instance_tile(h->store, h->nshards, h->shard, tiling_find(&h->store->tiling, at));
    const Box *b = &h->last->box;
    for (int d = 0; d < h->nlead; d++)
        k = k * (b->hi[d] - b->lo[d]) + at[d] - b->lo[d];
    return k * h->block + rest;
}

char *homes_address(Homes *h, int64_t linear)
{
    int64_t k = homes_place(h, linear);
    return h->last->data + k * dtype_size(h->store->dtype);
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

/* Elements that every request names at once: the last `naxes` axes of the launch space. */
typedef struct Unit {
    int naxes;
    int64_t len, nbytes;
    int64_t grain; /* starts of different units are in different multiples of it */
} Unit;

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

static Unit unit_of(const Run *r, int which)
{
    const PlanTask *t = r->low.task;
    const Stmt *s = t->stmt;
    int n = s->req[which].op.view.ndim - (s->nin - 1);
    Unit u = {0, 1, dtype_size(s->req[which].op.dtype), 1};
    while (n > 0 && !unit_fits(t, which, n, &u))
        n--;
    return u;
}

/* The unit that each index of a launch box, its unit axes left out, names: numbers of first
 * elements in the store. */
typedef struct Addresses {
    Strided idx[STMT_REQS];
    int nindex, nb, nd; /* index arrays, their axes, axes in all */
    const View *v;      /* of the indexed array: [F..., R...] */
    Box box;            /* launch box, unit axes left out */
} Addresses;

static Addresses addresses(Run *r, int64_t i, int which, const Unit *u)
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

static void address_range(const Addresses *a, int64_t from, int64_t to, int64_t out[])
{
    int64_t at[NDIM_MAX], len[NDIM_MAX], rest = from;
    for (int d = a->nd - 1; d >= 0; d--) {
        len[d] = a->box.hi[d] - a->box.lo[d];
        at[d] = rest % len[d];
        rest /= len[d];
    }
    if (a->nd == 1 && a->nb == 1 && a->nindex == 1) {
        const char *p = a->idx[0].base + from * a->idx[0].stride[0];
        for (int64_t j = from; j < to; j++, p += a->idx[0].stride[0]) {
            int64_t x;
            memcpy(&x, p, 8);
            out[j - from] = a->v->offset + x * a->v->stride[0];
        }
        return;
    }
    for (int64_t j = from; j < to; j++) {
        int64_t linear = a->v->offset;
        for (int k = 0; k < a->nindex; k++) {
            const char *p = a->idx[k].base;
            for (int d = 0; d < a->nb; d++)
                p += at[d] * a->idx[k].stride[d];
            int64_t x;
            memcpy(&x, p, 8);
            linear += x * a->v->stride[k];
        }
        for (int d = a->nb; d < a->nd; d++)
            linear += (a->box.lo[d] + at[d]) * a->v->stride[a->nindex + d - a->nb];
        out[j - from] = linear;
        for (int d = a->nd - 1; d >= 0 && ++at[d] == len[d]; d--)
            at[d] = 0;
    }
}

/* n units ordered by owner: order[k] is the k-th unit's number, count[r] how many belong to rank r.
 */
static void by_owner(const Homes *h, const int64_t linear[], int64_t n, int64_t order[],
                     int64_t count[])
{
    int64_t p = h->nshards;
    int64_t *owner = pool_alloc(n * 8), *at = counts_new(p + 1, 1);
    memset(count, 0, sizeof *count * (size_t)p);
    for (int64_t i = 0; i < n; i++) {
        owner[i] = homes_owner(h, linear[i]);
        count[owner[i]]++;
    }
    for (int64_t k = 0; k < p; k++)
        at[k + 1] = at[k] + count[k];
    for (int64_t i = 0; i < n; i++)
        order[at[owner[i]]++] = i;
    free(at);
    pool_free(owner, n * 8);
}

static int64_t scale_counts(int64_t p, const int64_t count[], int64_t size, int64_t out[])
{
    int64_t total = 0;
    for (int64_t k = 0; k < p; k++) {
        out[k] = count[k] * size;
        total += count[k];
    }
    return total;
}

/* The next stretch of a block's launch units on this rank; false when there is none left. */
typedef struct Stretch {
    int64_t tile, from, to; /* units of the block inside the tile */
} Stretch;

/* Units of a launch box from axis `c` on: those of one block. */
static int64_t units_from(const Box *b, int c, int naxes)
{
    int64_t n = 1;
    for (int d = c; d < b->ndim - naxes; d++)
        n *= b->hi[d] - b->lo[d];
    return n;
}

static bool stretch_next(const Run *r, int c, const Unit *u, int64_t most, Stretch *s)
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

static int64_t rounds_of(const Run *r, int c, const Unit *u, int64_t most)
{
    int64_t n = 0;
    for (int64_t i = 0; i < r->low.ntiles; i++)
        n += ceil_div(units_from(&r->low.tile[i].box, c, u->naxes), most);
    return most_of_all(n);
}

/* --------------------------------------------------------------------------- gather */

/* dst[i] = unit linear[i] of a tiled store. */
static void gather_round(Homes *h, const int64_t linear[], int64_t n, const Unit *u, char *dst)
{
    int64_t p = h->nshards, size = u->nbytes;
    int64_t *order = pool_alloc(n * 8), *ask = pool_alloc(n * 8);
    int64_t *count = counts_new(p, 4), *theirs = count + p, *a = count + 2 * p, *b = count + 3 * p;
    by_owner(h, linear, n, order, count);
    for (int64_t k = 0; k < n; k++)
        ask[k] = linear[order[k]];
    net_alltoall_int(count, theirs);
    scale_counts(p, count, 8, a);
    int64_t m = scale_counts(p, theirs, 8, b);
    int64_t *asked = pool_alloc(m * 8);
    net_alltoall(ask, a, asked, b);
    pool_free(ask, n * 8);
    char *answer = pool_alloc(m * size), *mine = pool_alloc(n * size);
    for (int64_t k = 0; k < m; k++)
        memcpy(answer + k * size, homes_address(h, asked[k]), (size_t)size);
    pool_free(asked, m * 8);
    scale_counts(p, count, size, a);
    scale_counts(p, theirs, size, b);
    net_alltoall(answer, b, mine, a);
    pool_free(answer, m * size);
    for (int64_t k = 0; k < n; k++)
        memcpy(dst + order[k] * size, mine + k * size, (size_t)size);
    pool_free(mine, n * size);
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

void exec_take(Run *r)
{
    Stmt *s = run_stmt(r);
    Store *in = s->req[0].op.store;
    Unit u = unit_of(r, 0);
    int64_t size = dtype_size(in->dtype), most = round_elements(r, 40 + 2 * u.nbytes);
    bool tiled = r->low.task->req[0].access == ACCESS_ELEMENTS,
         exchange = tiled && r->m->nshards > 1;
    int64_t rounds = exchange ? rounds_of(r, 0, &u, most) : INT64_MAX;
    Homes h = {0};
    Stretch st = {0};
    char *whole = tiled ? NULL : instance_whole(in)->data;
    if (tiled)
        h = homes_of(in, r->m->nshards, r->shard);
    for (int64_t round = 0; round < rounds; round++) {
        bool some = stretch_next(r, 0, &u, most, &st);
        if (!some && !exchange)
            break;
        int64_t n = some ? st.to - st.from : 0;
        int64_t *linear = pool_alloc(n * 8);
        char *data = pool_alloc(n * u.nbytes);
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

/* -------------------------------------------------------------------------- scatter */

/* Who wrote each unit of this rank's homes last, when a scatter takes several rounds. */
typedef struct Stamps {
    int64_t first, n, grain;
    struct {
        uint32_t *by;
        int64_t nbytes;
    } tile[];
} Stamps;

static Stamps *stamps_new(Homes *h, const Unit *u)
{
    int64_t first, last;
    tiling_owned(&h->store->tiling, h->nshards, h->shard, &first, &last);
    Stamps *s = xcalloc(1, sizeof *s + sizeof s->tile[0] * (size_t)(last - first));
    s->first = first;
    s->n = last - first;
    s->grain = u->grain;
    for (int64_t t = first; t < last; t++) {
        Instance *i = instance_tile(h->store, h->nshards, h->shard, t);
        s->tile[t - first].nbytes =
            box_empty(&i->box) ? 0 : ceil_div(box_size(&i->box), u->grain) * 4;
        s->tile[t - first].by = pool_alloc(s->tile[t - first].nbytes);
    }
    return s;
}

static void stamps_free(Stamps *s)
{
    for (int64_t k = 0; s && k < s->n; k++)
        pool_free(s->tile[k].by, s->tile[k].nbytes);
    free(s);
}

/* May this writer overwrite a unit?  Writers are numbered in the source's order. */
static bool stamp_take(Stamps *s, const Homes *h, int64_t place, uint32_t writer)
{
    int64_t k = h->last - h->store->local->tile;
    uint32_t *by = &s->tile[k].by[place / s->grain];
    if (*by > writer)
        return false;
    *by = writer;
    return true;
}

/* Units to their homes; `block` of the source is written. */
static void put_round(Homes *h, const int64_t linear[], const char *value, int64_t n, const Unit *u,
                      int64_t block, Stamps *stamps)
{
    int64_t p = h->nshards, size = u->nbytes, item = dtype_size(h->store->dtype);
    int64_t *count = counts_new(p, 4), *theirs = count + p, *a = count + 2 * p, *b = count + 3 * p;
    int64_t *order = pool_alloc(n * 8), *key = pool_alloc(n * 8);
    char *send = pool_alloc(n * size);
    by_owner(h, linear, n, order, count);
    for (int64_t j = 0; j < n; j++) {
        key[j] = linear[order[j]];
        memcpy(send + j * size, value + order[j] * size, (size_t)size);
    }
    pool_free(order, n * 8);
    net_alltoall_int(count, theirs);
    scale_counts(p, count, 8, a);
    int64_t m = scale_counts(p, theirs, 8, b), at = 0;
    int64_t *keys = pool_alloc(m * 8);
    net_alltoall(key, a, keys, b);
    pool_free(key, n * 8);
    char *data = pool_alloc(m * size);
    scale_counts(p, count, size, a);
    scale_counts(p, theirs, size, b);
    net_alltoall(send, a, data, b);
    pool_free(send, n * size);
    for (int64_t src = 0; src < p; src++)
        for (int64_t j = 0; j < theirs[src]; j++, at++) {
            int64_t place = homes_place(h, keys[at]);
            if (!stamps || stamp_take(stamps, h, place, (uint32_t)(block * p + src + 1)))
                memcpy(h->last->data + place * item, data + at * size, (size_t)size);
        }
    pool_free(data, m * size);
    pool_free(keys, m * 8);
    free(count);
}

/* Without messages: whole memory, or homes that are all here. */
static void put_here(Homes *h, char *whole, const int64_t linear[], const char *value, int64_t n,
                     const Unit *u, int64_t item)
{
    if (!whole && h->nlead == 0)
        whole = homes_address(h, 0);
    if (whole && u->nbytes == 8)
        for (int64_t k = 0; k < n; k++)
            memcpy(whole + linear[k] * item, value + 8 * k, 8);
    else if (whole)
        for (int64_t k = 0; k < n; k++)
            memcpy(whole + linear[k] * item, value + k * u->nbytes, (size_t)u->nbytes);
    else
        for (int64_t k = 0; k < n; k++)
            memcpy(homes_address(h, linear[k]), value + k * u->nbytes, (size_t)u->nbytes);
}

/* The last write of an element of a whole store that each rank makes a part of the writes to, and
 * its number in the source's order; 0: none. */
typedef struct Write16 {
    int64_t number;
    char value[8];
} Write16;
typedef struct Write24 {
    int64_t number;
    char value[16];
} Write24;

static void later_16(void *acc, const void *x, int64_t n)
{
    Write16 *a = acc;
    const Write16 *b = x;
    for (int64_t i = 0; i < n; i++)
        if (b[i].number > a[i].number)
            a[i] = b[i];
}

static void later_24(void *acc, const void *x, int64_t n)
{
    Write24 *a = acc;
    const Write24 *b = x;
    for (int64_t i = 0; i < n; i++)
        if (b[i].number > a[i].number)
            a[i] = b[i];
}

typedef struct Writes {
    char *at;
    int64_t n, size, item; /* of the store; of a write, of an element */
} Writes;

static Writes writes_new(const Store *s)
{
    Writes w = {.n = s->nelem, .item = dtype_size(s->dtype)};
    w.size = w.item > 8 ? sizeof(Write24) : sizeof(Write16);
    w.at = pool_alloc(w.n * w.size);
    return w;
}

/* Units whose writes are numbered from `number` on; as they come, not by number. */
static void writes_add(Writes *w, const int64_t linear[], const char *value, int64_t n,
                       const Unit *u, int64_t number)
{
    for (int64_t k = 0; k < n; k++, number++) {
        char *to = w->at + linear[k] * w->size;
        for (int64_t j = 0; j < u->len; j++, to += w->size, value += w->item) {
            int64_t old;
            memcpy(&old, to, 8);
            if (old > number)
                continue;
            memcpy(to, &number, 8);
            memcpy(to + 8, value, (size_t)w->item);
        }
    }
}

/* Agree on the last writes and make them. */
static void writes_end(Writes *w, char *whole)
{
    net_allreduce(w->at, w->n, w->size, w->size == sizeof(Write16) ? later_16 : later_24);
    for (int64_t k = 0; k < w->n; k++) {
        int64_t number;
        memcpy(&number, w->at + k * w->size, 8);
        if (number)
            memcpy(whole + k * w->item, w->at + k * w->size + 8, (size_t)w->item);
    }
    pool_free(w->at, w->n * w->size);
}

/* A stretch of a block of the source: which units, and their values. */
static void put_read(Run *r, const Unit *u, int64_t from, const Stretch *st, int64_t linear[],
                     char *value)
{
    Stmt *s = run_stmt(r);
    int64_t n = st->to - st->from;
    Addresses a = addresses(r, st->tile, s->nin, u);
    Strided in = run_operand(r, 0, st->tile);
    address_range(&a, from, from + n, linear);
    strided_gather(&in, from * u->len, n * u->len, value, s->req[s->nin].op.dtype);
}

/* The number of a unit of a tile among the units of the launch: `from` of a block's. */
static int64_t unit_number(const Run *r, int64_t tile, int c, int naxes, int64_t block,
                           int64_t from)
{
    const Stmt *s = run_stmt(r);
    int64_t inner = 1;
    for (int d = c + 1; d < s->ndim - naxes; d++)
        inner *= s->shape[d];
    return (block * s->shape[c] + r->low.tile[tile].box.lo[c]) * inner + from;
}

void exec_put(Run *r)
{
    Stmt *s = run_stmt(r);
    int which = s->nin, c = launch_axis(r->low.task);
    Store *out = s->req[which].op.store;
    bool tiled = out->place == PLACE_TILED, shared = !r->low.task->whole && r->m->nshards > 1,
         exchange = tiled && shared;
    Unit u = unit_of(r, which);
    int64_t most = round_elements(r, 32 + 3 * u.nbytes), blocks = 1, item = dtype_size(out->dtype);
    for (int d = 0; d < c; d++)
        blocks *= s->shape[d];
    int64_t rounds = exchange ? rounds_of(r, c, &u, most) : INT64_MAX;
    Homes h = {0};
    Writes w = {0};
    if (tiled)
        h = homes_of(out, r->m->nshards, r->shard);
    else if (shared)
        w = writes_new(out);
    ASSERT(!exchange || blocks < UINT32_MAX / r->m->nshards, "%lld blocks of a scatter",
           (long long)blocks);
    Stamps *stamps = exchange && blocks * rounds > 1 ? stamps_new(&h, &u) : NULL;
    for (int64_t block = 0; block < blocks; block++) {
        Stretch st = {0};
        for (int64_t round = 0; round < rounds; round++) {
            bool some = stretch_next(r, c, &u, most, &st);
            if (!some && !exchange)
                break;
            int64_t n = some ? st.to - st.from : 0;
            int64_t *linear = pool_take(n * 8);
            char *value = pool_take(n * u.nbytes);
            if (some)
                put_read(r, &u, block * units_from(&r->low.tile[st.tile].box, c, u.naxes) + st.from,
                         &st, linear, value);
            if (exchange)
                put_round(&h, linear, value, n, &u, block, stamps);
            else if (shared)
                writes_add(&w, linear, value, n, &u,
                           1 + unit_number(r, st.tile, c, u.naxes, block, st.from));
            else
                put_here(&h, tiled ? NULL : instance_whole(out)->data, linear, value, n, &u, item);
            pool_free(value, n * u.nbytes);
            pool_free(linear, n * 8);
        }
    }
    stamps_free(stamps);
    if (shared && !tiled)
        writes_end(&w, instance_whole(out)->data);
    exec_stats.kernels += r->low.ntiles;
}

/* --------------------------------------------------------------------- index checks */

enum { STRIP = 1024 };

static int64_t flat_position(const Stmt *s, const Box *box, int64_t j)
{
    int64_t at[NDIM_MAX], n = 0;
    for (int d = s->ndim - 1; d >= 0; d--) {
        int64_t len = box->hi[d] - box->lo[d];
        at[d] = box->lo[d] + j % len;
        j /= len;
    }
    for (int d = 0; d < s->ndim; d++)
        n = n * s->shape[d] + at[d];
    return n;
}

typedef struct Offender {
    int64_t pos, value;
} Offender;

static void first_offender(void *acc, const void *x, int64_t n)
{
    Offender *a = acc;
    const Offender *b = x;
    for (int64_t i = 0; i < n; i++)
        if (b[i].pos < a[i].pos)
            a[i] = b[i];
}

void exec_check_index(Run *r)
{
    Stmt *s = run_stmt(r);
    Offender o = {INT64_MAX, 0};
    int64_t n = s->param[0];
    int64_t v[STRIP];
    for (int64_t i = 0; i < r->low.ntiles; i++) {
        Strided a = run_operand(r, 0, i);
        int64_t size = strided_size(&a), bad = -1;
        for (int64_t from = 0; from < size && bad < 0; from += STRIP) {
            int64_t m = int64_min(STRIP, size - from);
            strided_gather(&a, from, m, v, DT_INT64);
            for (int64_t j = m - 1; j >= 0; j--)
                if (v[j] < -n || v[j] >= n)
                    bad = j;
            int64_t pos = bad < 0 ? INT64_MAX : flat_position(s, &r->low.tile[i].box, from + bad);
            if (pos < o.pos)
                o = (Offender){pos, v[bad]};
        }
    }
    if (!r->low.task->whole)
        net_allreduce(&o, 1, sizeof o, first_offender);
    memcpy(s->result, &o, sizeof o);
}
