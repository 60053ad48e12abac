/* sample_sort.c -- sorting a line that is cut over ranks.  All ranks together.
 *
 * Each rank sorts its stretch; then the ranks find, for every border between the homes of the
 * result, how many of each rank's elements come before it, exactly: samples bracket the border, and
 * the brackets shrink about 16-fold a round.  So every rank receives just its part of the result,
 * whatever the values are.  The order is by value, then rank, then place in the rank's sorted
 * stretch; stretches are in source order and local sorts stable, so it is the stable order.  What
 * arrives is merged in pieces that go straight home.
 */
#define _GNU_SOURCE
#include "runtime/exec/exchange.h"

#include "runtime/exec/net.h"
#include "runtime/exec/sort.h"

enum { SAMPLES = 16, MERGE_PIECES = 4, BID_BYTES = 4 << 20 };

/* This rank's sorted stretch. */
typedef struct Sorted {
    char *x;
    int64_t *tag; /* source positions, of an argsort */
    int64_t n, size;
    DType t;
    bool arg;
} Sorted;

typedef struct Sample {
    Scalar value;
    int64_t at; /* in its rank's stretch */
} Sample;

/* What a rank knows of one border: it falls between lo and hi of its stretch; and samples from
 * there. */
typedef struct Bid {
    int64_t lo, hi, n;
    Sample sample[SAMPLES];
} Bid;

typedef struct Key {
    const Sample *sample;
    int64_t rank, i;
} Key;

static Bid bid_make(const Sorted *s, int64_t lo, int64_t hi)
{
    Bid b = {.lo = lo, .hi = hi, .n = int64_min(hi - lo, SAMPLES)};
    for (int64_t i = 0; i < b.n; i++) {
        b.sample[i].at = lo + (hi - lo) * i / b.n;
        memcpy(&b.sample[i].value, s->x + b.sample[i].at * s->size, (size_t)s->size);
    }
    return b;
}

static int key_order(const void *a, const void *b, void *type)
{
    const Key *x = a, *y = b;
    DType t = *(DType *)type;
    if (sort_less(t, &x->sample->value, &y->sample->value))
        return -1;
    if (sort_less(t, &y->sample->value, &x->sample->value))
        return 1;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return x->sample->at < y->sample->at ? -1 : x->sample->at > y->sample->at;
}

/* How many of my elements come before a key (`after`: or are it). */
static int64_t before_key(const Sorted *s, const Key *k, int64_t me, bool after)
{
    int64_t n;
    if (k->rank == me)
        return k->sample->at + after;
    search_run(s->x, s->n, s->t, &k->sample->value, 1, me < k->rank, &n);
    return n;
}

/* Narrow one border: `target` elements come before it.  bid[r * step] is rank r's.  Returns whether
 * it is found.
 *
 * Walking the samples in order, between `least` and `most` elements come before each: surely those
 * before it in its own stretch; of another rank's, those up to its latest sample passed, and at
 * most those before its next one. */
static bool border_narrow(const Sorted *s, const Bid *bid, int64_t step, int64_t p, int64_t target,
                          int64_t me, int64_t *lo, int64_t *hi, Key *key)
{
    int64_t n = 0, least = 0, most = 0, open = 0;
    DType t = s->t;
    const Key *below = NULL, *above = NULL;
    bool all = true;
    for (int64_t r = 0; r < p; r++) {
        const Bid *b = &bid[r * step];
        open += b->hi - b->lo;
        least += b->lo;
        most += b->lo; /* the first sample is the first element */
        all &= b->n == b->hi - b->lo;
        for (int64_t i = 0; i < b->n; i++)
            key[n++] = (Key){&b->sample[i], r, i};
    }
    if (!open)
        return true;
    qsort_r(key, (size_t)n, sizeof *key, key_order, &t);
    for (int64_t j = 0; j < n && !above; j++) {
        const Bid *b = &bid[key[j].rank * step];
        int64_t i = key[j].i, at = key[j].sample->at;
        int64_t known = i ? b->sample[i - 1].at + 1 : b->lo,
                next = i + 1 < b->n ? b->sample[i + 1].at : b->hi;
        if (most < target)
            below = &key[j];
        if (least - known + at >= target)
            above = &key[j];
        least += at + 1 - known;
        most += next - at;
    }
    if (below)
        *lo = int64_max(*lo, before_key(s, below, me, true));
    if (above)
        *hi = int64_min(*hi, before_key(s, above, me, false));
    return all;
}

/* at[j] = how many of this rank's elements are among the first target[j] of all, for n borders. */
static void borders_find(const Sorted *s, const int64_t target[], int64_t n, int64_t p, int64_t me,
                         int64_t at[])
{
    int64_t nbytes = n * (int64_t)sizeof(Bid);
    Bid *mine = pool_alloc(nbytes), *all = pool_alloc(nbytes * p);
    int64_t *counts = counts_new(p, 1), *hi = counts_new(n, 1);
    Key *key = pool_alloc(p * SAMPLES * (int64_t)sizeof *key);
    for (int64_t r = 0; r < p; r++)
        counts[r] = nbytes;
    for (int64_t j = 0; j < n; j++) {
        at[j] = 0;
        hi[j] = s->n;
    }
    for (bool found = false; !found;) {
        for (int64_t j = 0; j < n; j++)
            mine[j] = bid_make(s, at[j], hi[j]);
        net_allgather(mine, counts, all);
        found = true;
        for (int64_t j = 0; j < n; j++)
            found &= border_narrow(s, all + j, n, p, target[j], me, &at[j], &hi[j], key);
    }
    pool_free(key, p * SAMPLES * (int64_t)sizeof *key);
    free(hi);
    free(counts);
    pool_free(all, nbytes * p);
    pool_free(mine, nbytes);
}

/* cut[r] = where my elements for rank r begin: the homes of the result along its last axis say how
 * many go where. */
static void cuts_find(const Sorted *s, const Tiling *out, int64_t p, int64_t me, int64_t cut[])
{
    int64_t *target = counts_new(p, 1), hi,
            batch = int64_max(1, BID_BYTES / (p * (int64_t)sizeof(Bid)));
    for (int64_t r = 0; r < p; r++)
        axis_stretch(out, out->ndim - 1, p, r, &target[r], &hi);
    cut[0] = 0;
    cut[p] = s->n;
    for (int64_t r = 1; r < p; r += batch)
        borders_find(s, target + r, int64_min(batch, p - r), p, me, cut + r);
    free(target);
}

/* ---------------------------------------------------------------------------- pieces */

/* This rank's elements of one line, in source order. */
static void line_gather(Run *r, int64_t line, char *x)
{
    for (int64_t i = 0; i < r->low.ntiles; i++) {
        Strided a = run_operand(r, 0, i);
        int64_t n = a.shape[a.ndim - 1];
        strided_gather(&a, line * n, n, x, a.dtype);
        x += n * dtype_size(a.dtype);
    }
}

/* Sort the stretch that begins at position `first` of a line of `all` elements; tags are made for
 * an argsort. */
static void line_sort(Sorted *s, int64_t first, int64_t all)
{
    if (!s->arg && s->n == 1 &&
        all > 1) { /* sort_run leaves one element alone; of more it makes the NaNs canonical */
        char two[2 * sizeof(Scalar)];
        memcpy(two, s->x, (size_t)s->size);
        memcpy(two + s->size, s->x, (size_t)s->size);
        sort_run(two, 2, s->t);
        memcpy(s->x, two, (size_t)s->size);
    } else if (!s->arg)
        sort_run(s->x, s->n, s->t);
    if (!s->arg)
        return;
    s->tag = pool_alloc(s->n * 8);
    argsort_run(s->x, s->n, s->t, first, s->tag);
    char *x = pool_alloc(s->n * s->size);
    for (int64_t i = 0; i < s->n; i++)
        memcpy(x + i * s->size, s->x + (s->tag[i] - first) * s->size, (size_t)s->size);
    pool_free(s->x, s->n * s->size);
    s->x = x;
}

static void sorted_free(Sorted *s)
{
    pool_free(s->x, s->n * s->size);
    pool_free(s->tag, s->n * 8);
}

/* Sorted runs from every rank, in rank order. */
typedef struct Runs {
    Sorted all;
    int64_t *at, *end; /* of each rank's run: what is left of it */
    int64_t p;
} Runs;

/* Send what lies between my cuts to its ranks; my stretch is freed. */
static Runs runs_exchange(Sorted *s, const int64_t cut[], int64_t p)
{
    int64_t *send = counts_new(p, 4), *recv = send + p, *a = send + 2 * p, *b = send + 3 * p;
    Runs u = {.all = {.size = s->size, .t = s->t, .arg = s->arg}, .p = p};
    u.at = counts_new(p, 2);
    u.end = u.at + p;
    for (int64_t r = 0; r < p; r++)
        send[r] = cut[r + 1] - cut[r];
    net_alltoall_int(send, recv);
    for (int64_t r = 0; r < p; r++) {
        u.at[r] = u.all.n;
        u.end[r] = u.all.n += recv[r];
        a[r] = send[r] * s->size;
        b[r] = recv[r] * s->size;
    }
    u.all.x = pool_alloc(u.all.n * s->size);
    net_alltoall(s->x, a, u.all.x, b);
    pool_free(s->x, s->n * s->size);
    s->x = NULL;
    if (s->arg) {
        for (int64_t r = 0; r < p; r++) {
            a[r] = send[r] * 8;
            b[r] = recv[r] * 8;
        }
        u.all.tag = pool_alloc(u.all.n * 8);
        net_alltoall(s->tag, a, u.all.tag, b);
        pool_free(s->tag, s->n * 8);
        s->tag = NULL;
    }
    free(send);
    return u;
}

/* The next piece of every run, n[r] elements, such that all of them come before all that stays: at
 * most `step` of a run. */
static void piece_next(const Runs *u, int64_t step, int64_t n[])
{
    const Sorted *s = &u->all;
    const char *key = NULL;
    int64_t owner = -1;
    for (int64_t r = 0; r < u->p; r++) {
        const char *x = s->x + (u->at[r] + step) * s->size;
        if (u->end[r] - u->at[r] > step && (!key || sort_less(s->t, x, key))) {
            key = x;
            owner = r;
        }
    }
    for (int64_t r = 0; r < u->p; r++) {
        n[r] = int64_min(step, u->end[r] - u->at[r]);
        if (key && r != owner)
            search_run(s->x + u->at[r] * s->size, n[r], s->t, key, 1, r < owner, &n[r]);
    }
}

/* Merge the runs, in pieces, into the homes of a line of the result, from its element `first` on.
 */
static void runs_merge(Runs *u, Run *r, Store *out, int64_t line, int64_t first)
{
    int64_t step = int64_max(64, u->all.n / (MERGE_PIECES * u->p)), *n = counts_new(u->p, 1);
    const void **run = xcalloc((size_t)u->p, sizeof *run);
    const int64_t **tag = xcalloc((size_t)u->p, sizeof *tag);
    for (int64_t left = u->all.n, m; left > 0; left -= m, first += m) {
        piece_next(u, step, n);
        m = 0;
        for (int64_t k = 0; k < u->p; k++) {
            run[k] = u->all.x + u->at[k] * u->all.size;
            tag[k] = u->all.arg ? u->all.tag + u->at[k] : NULL;
            u->at[k] += n[k];
            m += n[k];
        }
        char *x = pool_alloc(m * u->all.size);
        int64_t *t = u->all.arg ? pool_alloc(m * 8) : NULL;
        merge_runs((int)u->p, run, n, u->all.t, x, t ? tag : NULL, t);
        axis_write(out, r->m->nshards, r->shard, line, first, m, t ? (void *)t : x);
        pool_free(x, m * u->all.size);
        pool_free(t, m * 8);
    }
    free(tag);
    free(run);
    free(n);
}

/* Launch space: of the operand, cut along its last axis alone, as the output's store is; so are a
 * rank's elements of a line one stretch of it, and its results. */
void exec_sort(Run *r)
{
    Stmt *s = run_stmt(r);
    Store *out = s->req[1].op.store;
    int last = s->ndim - 1;
    int64_t lines = 1, n = 0, lo, hi, p = r->m->nshards,
            first = r->low.ntiles ? r->low.tile[0].box.lo[last] : 0;
    for (int d = 0; d < last; d++)
        lines *= s->shape[d];
    for (int64_t i = 0; i < r->low.ntiles; i++)
        n += r->low.tile[i].box.hi[last] - r->low.tile[i].box.lo[last];
    axis_stretch(&out->tiling, last, p, r->shard, &lo, &hi);
    int64_t *cut = counts_new(p + 1, 1);
    for (int64_t line = 0; line < lines; line++) {
        Sorted mine = {.n = n, .t = s->loop, .size = dtype_size(s->loop), .arg = s->op};
        mine.x = pool_alloc(n * mine.size);
        line_gather(r, line, mine.x);
        line_sort(&mine, first, s->shape[last]);
        cuts_find(&mine, &out->tiling, p, r->shard, cut);
        Runs runs = runs_exchange(&mine, cut, p);
        ASSERT(runs.all.n == hi - lo, "%lld elements for %lld places", (long long)runs.all.n,
               (long long)(hi - lo));
        runs_merge(&runs, r, out, line, lo);
        sorted_free(&runs.all);
        free(runs.at);
    }
    free(cut);
    exec_stats.kernels += r->low.ntiles;
}
