/* scatter.c -- writes and additions by number.  All ranks together.
 *
 * Of equal targets of a scatter the last in C order of the source wins, as in NumPy.  A rank's part
 * of the source is one stretch of it inside each *block* (one index of the axes before the cut
 * one), ranks in order: what arrives in a round is in order already, and over several rounds a home
 * remembers which block and rank wrote a unit last.  Into a whole store each rank makes its part of
 * the writes apart, and the last of each element is agreed on.  Sums of floats are left folds in
 * the order of the source, one rank after the other; counts are free of order.
 */
#include "runtime/exec/exchange.h"

#include "runtime/gather.h"
#include "runtime/exec/net.h"

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
    uint32_t *by = &s->tile[k].by[s->grain == 1 ? place : place / s->grain];
    if (*by > writer)
        return false;
    *by = writer;
    return true;
}

static void add_double(char *to, const char *from)
{
    double x, y;
    memcpy(&x, to, 8);
    memcpy(&y, from, 8);
    x += y;
    memcpy(to, &x, 8);
}

static void add_one(char *to)
{
    int64_t x;
    memcpy(&x, to, 8);
    x++;
    memcpy(to, &x, 8);
}

/* What a unit that comes to its home does there. */
typedef struct Arrival {
    Stamps *stamps; /* NULL: nothing to compare */
    int64_t block;
    PutOp op; /* PUT_SET: it is written, else added */
} Arrival;

static inline void arrive(Homes *h, const Arrival *v, int64_t linear, const char *from,
                          int64_t nbytes, int64_t source)
{
    if (v->stamps) {
        int64_t place = homes_place(h, linear);
        if (stamp_take(v->stamps, h, place, (uint32_t)(v->block * h->nshards + source + 1)))
            memcpy(h->last->data + place * dtype_size(h->store->dtype), from, (size_t)nbytes);
    } else if (v->op == PUT_ADD)
        add_double(homes_address(h, linear), from);
    else if (v->op == PUT_COUNT)
        add_one(homes_address(h, linear));
    else
        unit_copy(homes_address(h, linear), from, nbytes);
}

static inline void arrive_ahead(const Homes *h, const Arrival *v, int64_t linear)
{
    homes_ahead(h, linear);
    if (v->stamps && v->stamps->grain == 1 && linear >= h->lo && linear < h->hi)
        __builtin_prefetch(
            &v->stamps->tile[h->last - h->store->local->tile].by[h->place + linear - h->lo]);
}

/* Units to their homes, where they arrive in the order of ranks. */
static void put_round(Homes *h, const int64_t linear[], const char *value, int64_t n, const Unit *u,
                      const Arrival *v)
{
    int64_t p = h->nshards, me = h->shard, size = u->nbytes, *order = pool_take(n * 8);
    int64_t *count = counts_new(p, 4), *theirs = count + p, *a = count + 2 * p, *b = count + 3 * p;
    int64_t own = by_owner(h, linear, n, order, count), nown = count[me], far = n - nown, at = 0;
    int64_t *key = pool_take(far * 8);
    char *send = pool_take(far * size);
    count[me] = 0;
    for (int64_t j = 0; j < far; j++) {
        int64_t i = order[j < own ? j : j + nown];
        key[j] = linear[i];
        unit_copy(send + j * size, value + i * size, size);
    }
    net_alltoall_int(count, theirs);
    scale_counts(p, count, 8, a);
    int64_t m = scale_counts(p, theirs, 8, b);
    int64_t *keys = pool_take(m * 8);
    net_alltoall(key, a, keys, b);
    pool_free(key, far * 8);
    char *data = pool_take(m * size);
    scale_counts(p, count, size, a);
    scale_counts(p, theirs, size, b);
    net_alltoall(send, a, data, b);
    pool_free(send, far * size);
    for (int64_t src = 0; src < p; src++) {
        for (int64_t j = 0; j < theirs[src]; j++, at++) {
            if (at + AHEAD < m)
                arrive_ahead(h, v, keys[at + AHEAD]);
            arrive(h, v, keys[at], data + at * size, size, src);
        }
        for (int64_t j = own; src == me && j < own + nown; j++) {
            if (j + AHEAD < own + nown)
                arrive_ahead(h, v, linear[order[j + AHEAD]]);
            arrive(h, v, linear[order[j]], value + order[j] * size, size, src);
        }
    }
    pool_free(data, m * size);
    pool_free(keys, m * 8);
    pool_free(order, n * 8);
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

/* This rank's part of the additions, or what of it one round takes; false when there is no more.
 * `sums`: a vector in memory. */
static bool add_some(Run *r, int64_t most, Stretch *st, Homes *h, char *sums, bool exchange)
{
    static const Unit u = {0, 1, 8, 1};
    PutOp op = (PutOp)run_stmt(r)->op;
    bool some = stretch_next(r, 0, &u, most, st);
    int64_t n = some ? st->to - st->from : 0, *linear = pool_take(n * 8);
    char *value = pool_take(n * 8);
    if (some)
        put_read(r, &u, st->from, st, linear, value);
    if (exchange)
        put_round(h, linear, value, n, &u, &(Arrival){.op = op});
    for (int64_t k = 0; k < n && !exchange; k++) {
        char *to = sums ? sums + linear[k] * 8 : homes_address(h, linear[k]);
        if (op == PUT_ADD)
            add_double(to, value + 8 * k);
        else
            add_one(to);
    }
    pool_free(value, n * 8);
    pool_free(linear, n * 8);
    return some;
}

/* Into a cut vector, in rounds: of all ranks at once, or, to add in order, of one after the other.
 */
static void add_by_exchange(Run *r, Homes *h, int64_t most)
{
    int64_t p = r->m->nshards, *rounds = counts_new(p, 1), mine = 0;
    bool ordered = run_stmt(r)->op == PUT_ADD;
    Stretch st = {0};
    homes_bounds(h);
    for (int64_t i = 0; i < r->low.ntiles; i++)
        mine += ceil_div(box_size(&r->low.tile[i].box), most);
    net_allgather_int(&mine, 1, rounds);
    if (!ordered)
        for (int64_t k = 1; k < p; k++)
            rounds[0] = int64_max(rounds[0], rounds[k]);
    for (int64_t turn = 0; turn < (ordered ? p : 1); turn++)
        for (int64_t k = 0; k < rounds[turn]; k++) {
            Stretch none = {.tile = r->low.ntiles};
            add_some(r, most, ordered && turn != r->shard ? &none : &st, h, NULL, true);
        }
    free(rounds);
}

static void sum_int(void *acc, const void *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        ((int64_t *)acc)[i] += ((const int64_t *)x)[i];
}

/* Counts of a whole vector: each rank's part, then all together. */
static void count_shared(Run *r, int64_t most, Store *out)
{
    Stretch st = {0};
    int64_t n = out->nelem, *mine = pool_alloc(n * 8), *sums = (int64_t *)instance_whole(out)->data;
    while (add_some(r, most, &st, NULL, (char *)mine, false))
        ;
    net_allreduce(mine, n, 8, sum_int);
    sum_int(sums, mine, n);
    pool_free(mine, n * 8);
}

/* Each element of a whole vector is a left fold over all ranks: the sums so far go from one to the
 * next. */
static void add_in_turn(Run *r, int64_t most, Store *out)
{
    int64_t p = r->m->nshards, me = r->shard, nbytes = out->nelem * 8;
    char *sums = instance_whole(out)->data;
    NetMsg before = {(int)me - 1, sums, nbytes}, after = {(int)me + 1, sums, nbytes};
    Stretch st = {0};
    if (me > 0)
        net_exchange(0, NULL, 1, &before);
    while (add_some(r, most, &st, NULL, sums, false))
        ;
    if (me < p - 1)
        net_exchange(1, &after, 0, NULL);
    net_bcast(sums, nbytes, (int)p - 1);
}

/* A tile's additions straight into a whole vector. */
static bool add_line(Run *r, int64_t i, char *sums)
{
    static const Unit u = {0, 1, 8, 1};
    Index index;
    Addresses a = addresses(r, i, 2, &u);
    Strided in = run_operand(r, 0, i), x = strided_merge(&in);
    int64_t n = box_size(&r->low.tile[i].box);
    if (!addresses_line(&a, &index) || x.ndim > 1)
        return false;
    if (run_stmt(r)->op == PUT_COUNT)
        count_units((int64_t *)sums, index, n);
    else
        add_units((double *)sums, x.base, x.ndim ? x.stride[0] : 0, index, n);
    return true;
}

static void put_sums(Run *r)
{
    const PlanTask *t = r->low.task;
    Store *out = t->stmt->req[2].op.store;
    int64_t most = round_elements(r, 44, 16);
    bool whole = out->place == PLACE_WHOLE, shared = !t->whole && r->m->nshards > 1;
    Homes h = whole ? (Homes){0} : homes_of(out, r->m->nshards, r->shard);
    Stretch st = {0};
    if (shared && !whole)
        add_by_exchange(r, &h, most);
    else if (shared && t->stmt->op == PUT_COUNT)
        count_shared(r, most, out);
    else if (shared)
        add_in_turn(r, most, out);
    else if (!whole || r->low.ntiles != 1 || !add_line(r, 0, instance_whole(out)->data))
        while (add_some(r, most, &st, &h, whole ? instance_whole(out)->data : NULL, false))
            ;
}

/* One tile of elements written straight into a whole store. */
static bool put_line(Run *r, const Unit *u, char *whole, int64_t item)
{
    Index index;
    Strided in = run_operand(r, 0, 0);
    if (r->low.ntiles != 1 || in.dtype != run_stmt(r)->req[run_stmt(r)->nin].op.dtype)
        return false;
    Addresses a = addresses(r, 0, run_stmt(r)->nin, u);
    if (!strided_is_dense(&in, 0) || !addresses_line(&a, &index))
        return u->naxes == 0 && move_lines(r, 0, run_stmt(r)->nin, whole, &in, true);
    scatter_units(whole + a.v->offset * item, a.v->stride[0] * item, in.base, index,
                  units_from(&r->low.tile[0].box, 0, u->naxes), u->nbytes);
    return true;
}

void exec_put(Run *r)
{
    Stmt *s = run_stmt(r);
    if (s->op != PUT_SET) {
        put_sums(r);
        return;
    }
    int which = s->nin, c = launch_axis(r->low.task);
    Store *out = s->req[which].op.store;
    bool tiled = out->place == PLACE_TILED, shared = !r->low.task->whole && r->m->nshards > 1,
         exchange = tiled && shared;
    Unit u = unit_of_req(r, which);
    int64_t most = round_elements(r, 28 + 2 * u.nbytes, 8 + u.nbytes), blocks = 1,
            item = dtype_size(out->dtype);
    for (int d = 0; d < c; d++)
        blocks *= s->shape[d];
    int64_t rounds = INT64_MAX;
    Homes h = {0};
    Writes w = {0};
    if (!tiled && !shared && put_line(r, &u, instance_whole(out)->data, item)) {
        exec_stats.kernels++;
        return;
    }
    if (tiled)
        h = homes_of(out, r->m->nshards, r->shard);
    else if (shared)
        w = writes_new(out);
    if (exchange) {
        homes_bounds(&h);
        rounds = rounds_of(r, which, c, &u, most, &h);
        exchange = rounds > 0;
        rounds = exchange ? rounds : INT64_MAX;
    }
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
                put_round(&h, linear, value, n, &u, &(Arrival){.stamps = stamps, .block = block});
            else if (shared && !tiled)
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
