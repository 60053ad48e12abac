/* positions.c -- where an array is not zero.  All ranks together.
 *
 * A rank remembers its elements' truth as bits (an eighth of a byte each, however many are true)
 * and the positions are made from them when they are sent, in rounds, to the homes of the results.
 * Invariant: a rank's elements are one stretch in C order, ranks in order, so that its positions
 * are one run of the results.
 */
#include "runtime/exec/exchange.h"
#include "runtime/exec/net.h"

enum { STRIP = 1024 };

/* The truth of n dense elements (0 or 1) from number `at` on. */
static int64_t bits_add(NonzeroResult *r, int64_t at, const uint8_t *x, int64_t n)
{
    int64_t some = 0;
    while (n > 0) {
        int64_t m = int64_min(n, 8);
        uint64_t eight = 0;
        memcpy(&eight, x, (size_t)m);
        eight = eight * UINT64_C(0x0102040810204080) >> 56; /* byte i to bit i */
        some += __builtin_popcountll(eight);
        r->bits[at >> 6] |= eight << (at & 63);
        if ((at & 63) > 56 && eight >> (64 - (at & 63)))
            r->bits[(at >> 6) + 1] |= eight >> (64 - (at & 63));
        x += m;
        at += m;
        n -= m;
    }
    return some;
}

void nonzero_fini(NonzeroResult *r)
{
    pool_free(r->bits, r->nbytes);
    r->bits = NULL;
}

void exec_nonzero(Run *r)
{
    Stmt *s = run_stmt(r);
    NonzeroResult *res = s->result;
    uint8_t x[STRIP];
    int64_t at = 0, n = r->m->nshards;
    for (int64_t i = 0; i < r->low.ntiles; i++)
        res->n += box_size(&r->low.tile[i].box);
    res->ndim = s->ndim;
    memcpy(res->shape, s->shape, sizeof res->shape);
    res->everywhere = r->low.task->whole;
    res->nbytes = ceil_div(res->n, 64) * 8;
    res->bits = pool_alloc(res->nbytes);
    for (int64_t i = 0; i < r->low.ntiles; i++) {
        Strided a = run_operand(r, 0, i);
        const Box *b = &r->low.tile[i].box;
        int64_t size = strided_size(&a);
        if (i == 0)
            for (int d = 0; d < s->ndim; d++)
                res->start = res->start * s->shape[d] + b->lo[d];
        for (int64_t from = 0, m; from < size; from += m, at += m) {
            m = int64_min(STRIP, size - from);
            strided_gather(&a, from, m, x, DT_BOOL);
            res->mine += bits_add(res, at, x, m);
        }
    }
    res->count = res->mine;
    exec_stats.kernels += r->low.ntiles;
    if (res->everywhere)
        return;
    int64_t *all = xmalloc(sizeof *all * (size_t)n);
    net_allgather_int(&res->mine, 1, all);
    res->count = 0;
    for (int64_t k = 0; k < n; k++) {
        if (k == r->shard)
            res->first = res->count;
        res->count += all[k];
    }
    free(all);
}

/* The next m positions along an axis, from bit *at on. */
static void positions_next(const NonzeroResult *r, int axis, int64_t *at, int64_t m, int64_t *out)
{
    int64_t inner = 1, word = *at >> 6, k = 0;
    if (m == 0)
        return;
    for (int d = axis + 1; d < r->ndim; d++)
        inner *= r->shape[d];
    for (uint64_t left = r->bits[word] & ~UINT64_C(0) << (*at & 63);; left = r->bits[++word])
        for (; left; left &= left - 1) {
            *at = 64 * word + __builtin_ctzll(left);
            out[k] = r->start + *at;
            if (r->ndim > 1)
                out[k] = out[k] / inner % r->shape[axis];
            if (++k == m) {
                ++*at;
                return;
            }
        }
}

/* Everybody's run [first, first + n) of a tiled store goes to its homes. */
static void push_round(Store *s, int64_t first, int64_t n, const int64_t *data)
{
    int64_t p = net_nranks(), me = net_rank(), nout = 0, nin = 0, lo, hi,
            mine[2] = {first, first + n}, got = 0;
    int64_t *range = counts_new(p, 2);
    NetMsg *out = xmalloc(sizeof *out * (size_t)p), *in = xmalloc(sizeof *in * (size_t)p);
    net_allgather_int(mine, 2, range);
    axis_stretch(&s->tiling, 0, p, me, &lo, &hi);
    for (int64_t k = 0; k < p; k++)
        got += k == me
                   ? 0
                   : int64_max(0, int64_min(range[2 * k + 1], hi) - int64_max(range[2 * k], lo));
    int64_t *come = pool_alloc(got * 8), at = 0;
    for (int64_t k = 0; k < p; k++) {
        int64_t a, b, c = int64_max(range[2 * k], lo), d = int64_min(range[2 * k + 1], hi);
        axis_stretch(&s->tiling, 0, p, k, &a, &b);
        a = int64_max(first, a);
        b = int64_min(first + n, b);
        if (k == me && a < b)
            axis_write(s, p, me, 0, a, b - a, data + (a - first));
        if (k == me)
            continue;
        if (a < b)
            out[nout++] = (NetMsg){(int)k, (void *)(data + (a - first)), (b - a) * 8};
        if (c < d) {
            in[nin++] = (NetMsg){(int)k, come + at, (d - c) * 8};
            at += d - c;
        }
    }
    net_exchange(nout, out, nin, in);
    for (int64_t k = 0; k < nin; k++) {
        int64_t c = int64_max(range[2 * in[k].peer], lo);
        axis_write(s, p, me, 0, c, in[k].nbytes / 8, in[k].data);
    }
    pool_free(come, got * 8);
    free(in);
    free(out);
    free(range);
}

static void push_whole(Store *s, const int64_t *data, int64_t n)
{
    int64_t p = net_nranks(), *counts = counts_new(p, 1);
    net_allgather_int(&n, 1, counts);
    for (int64_t k = 0; k < p; k++)
        counts[k] *= 8;
    net_allgather(data, counts, instance_whole(s)->data);
    free(counts);
}

void exec_push_positions(Store *s, int axis, const NonzeroResult *r, int64_t slack)
{
    int64_t at = 0, p = net_nranks(), me = net_rank(), lo = 0, hi = r->count;
    int64_t most = s->place == PLACE_WHOLE
                       ? r->mine
                       : int64_max(4096, int64_min(1 << 20, slack / (16 * (p + 1))));
    int64_t *data = pool_alloc(int64_min(r->mine, most) * 8);
    if (r->everywhere || s->place == PLACE_WHOLE) {
        if (s->place == PLACE_TILED)
            axis_stretch(&s->tiling, 0, p, me, &lo, &hi);
        for (int64_t k = 0; k < r->mine; k += most) {
            int64_t m = int64_min(most, r->mine - k), a = int64_max(k, lo),
                    b = int64_min(k + m, hi);
            positions_next(r, axis, &at, m, data);
            if (s->place == PLACE_TILED && a < b)
                axis_write(s, p, me, 0, a, b - a, data + (a - k));
        }
        if (s->place == PLACE_WHOLE && r->everywhere)
            memcpy(instance_whole(s)->data, data, (size_t)r->mine * 8);
        else if (s->place == PLACE_WHOLE)
            push_whole(s, data, r->mine);
    } else {
        int64_t rounds = most_of_all(ceil_div(r->mine, most));
        for (int64_t k = 0; k < rounds; k++) {
            int64_t from = int64_min(k * most, r->mine), m = int64_min(most, r->mine - from);
            positions_next(r, axis, &at, m, data);
            push_round(s, r->first + from, m, data);
        }
    }
    pool_free(data, int64_min(r->mine, most) * 8);
}
