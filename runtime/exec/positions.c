/* positions.c -- where an array is not zero.  All ranks together.
 *
 * A rank remembers its elements' truth as bits (an eighth of a byte each, however many are true)
 * and the positions are made from them when they are sent, in rounds, to the homes of the results.
 * Invariant: of each block (one index of the axes before the cut one) a rank's elements are one
 * stretch in C order, ranks in order, so that its positions there are one run of the results.
 */
#include "runtime/exec/exchange.h"
#include "runtime/gather.h"
#include "runtime/exec/net.h"

enum { STRIP = 1024 };

/* The truth of n dense elements (0 or 1) from number `at` on. */
static int64_t bits_add(NonzeroResult *r, int64_t at, const uint8_t *x, int64_t n)
{
    int64_t some = 0;
    for (; n >= 64 && !(at & 63); x += 64, at += 64, n -= 64) {
        r->bits[at >> 6] = bits_of_64(x);
        some += __builtin_popcountll(r->bits[at >> 6]);
    }
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
    free(r->some);
    r->bits = NULL;
    r->some = NULL;
}

/* The part of the array that this rank looks at. */
static void nonzero_begin(const Run *r, NonzeroResult *res)
{
    const Stmt *s = run_stmt(r);
    int c = launch_axis(r->low.task);
    int64_t inner = 1, rows = 0;
    res->blocks = res->length = 1;
    for (int d = 0; d < s->ndim; d++) {
        *(d < c ? &res->blocks : &res->length) *= s->shape[d];
        inner *= d > c ? s->shape[d] : 1;
    }
    for (int64_t i = 0; i < r->low.ntiles && s->ndim > 0; i++)
        rows += r->low.tile[i].box.hi[c] - r->low.tile[i].box.lo[c];
    res->n = s->ndim > 0 ? rows * inner : 1;
    res->start = s->ndim > 0 && r->low.ntiles ? r->low.tile[0].box.lo[c] * inner : 0;
    res->ndim = s->ndim;
    memcpy(res->shape, s->shape, sizeof res->shape);
    res->everywhere = r->low.task->whole;
    res->nbytes = (ceil_div(res->n * res->blocks, 64) + 1) * 8;
    res->bits = pool_alloc(res->nbytes);
    res->some = counts_new(r->m->nshards * res->blocks, 1);
}

/* A tile's truth: its part of each block, `at` elements into this rank's. */
static void tile_bits(const Strided *a, int64_t at, NonzeroResult *res, int64_t some[])
{
    uint8_t x[STRIP];
    int64_t len = strided_size(a) / res->blocks;
    bool bools = a->dtype == DT_BOOL && strided_is_dense(a, 0);
    for (int64_t b = 0; b < res->blocks; b++)
        for (int64_t from = 0, m; from < len; from += m) {
            m = bools ? len : int64_min(STRIP, len - from);
            if (!bools)
                strided_gather(a, b * len + from, m, x, DT_BOOL);
            const uint8_t *truth = bools ? (const uint8_t *)a->base + b * len + from : x;
            some[b] += bits_add(res, b * res->n + at + from, truth, m);
        }
}

void exec_nonzero(Run *r)
{
    NonzeroResult *res = run_stmt(r)->result;
    nonzero_begin(r, res);
    int64_t at = 0, p = r->m->nshards, *mine = counts_new(res->blocks, 1);
    for (int64_t i = 0; i < r->low.ntiles; i++) {
        Strided a = run_operand(r, 0, i);
        tile_bits(&a, at, res, mine);
        at += strided_size(&a) / res->blocks;
    }
    if (res->everywhere) {
        p = 1;
        res->some[0] = mine[0];
    } else
        net_allgather_int(mine, res->blocks, res->some);
    for (int64_t k = 0; k < p * res->blocks; k++)
        res->count += res->some[k];
    free(mine);
    exec_stats.kernels += r->low.ntiles;
}

/* The next m positions of block b along an axis, from bit *at on. */
static void positions_next(const NonzeroResult *r, int axis, int64_t b, int64_t *at, int64_t m,
                           int64_t *out)
{
    int64_t inner = 1, word = *at >> 6, k = 0, first = b * (r->length - r->n) + r->start;
    if (m == 0)
        return;
    for (int d = axis + 1; d < r->ndim; d++)
        inner *= r->shape[d];
    for (; r->ndim == 1 && !(*at & 63) && k + 64 + 8 <= m; word++, *at += 64)
        k += places_of_bits(r->bits[word], first + *at, out + k);
    if (k == m)
        return;
    for (uint64_t left = r->bits[word] & ~UINT64_C(0) << (*at & 63);; left = r->bits[++word])
        for (; left; left &= left - 1) {
            *at = 64 * word + __builtin_ctzll(left);
            out[k] = first + *at;
            if (r->ndim > 1)
                out[k] = out[k] / inner % r->shape[axis];
            if (++k == m) {
                ++*at;
                return;
            }
        }
}

/* Runs [range[2k], range[2k + 1]) of a tiled store, rank k's, go to their homes. */
static void push_round(Store *s, const int64_t range[], const int64_t *data)
{
    int64_t p = net_nranks(), me = net_rank(), nout = 0, nin = 0, lo, hi, got = 0, at = 0,
            first = range[2 * me], end = range[2 * me + 1];
    NetMsg *out = xmalloc(sizeof *out * (size_t)p), *in = xmalloc(sizeof *in * (size_t)p);
    axis_stretch(&s->tiling, 0, p, me, &lo, &hi);
    for (int64_t k = 0; k < p; k++)
        got += k == me
                   ? 0
                   : int64_max(0, int64_min(range[2 * k + 1], hi) - int64_max(range[2 * k], lo));
    int64_t *come = pool_alloc(got * 8);
    for (int64_t k = 0; k < p; k++) {
        int64_t a, b, c = int64_max(range[2 * k], lo), d = int64_min(range[2 * k + 1], hi);
        axis_stretch(&s->tiling, 0, p, k, &a, &b);
        a = int64_max(first, a);
        b = int64_min(end, b);
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
}

/* Every rank has all positions: what belongs here of them. */
static void keep_positions(Store *s, int axis, const NonzeroResult *r, int64_t most, int64_t *data)
{
    int64_t at = 0, lo = 0, hi = r->count, p = net_nranks(), me = net_rank();
    bool tiled = s->place == PLACE_TILED;
    if (tiled)
        axis_stretch(&s->tiling, 0, p, me, &lo, &hi);
    for (int64_t k = 0; k < r->count; k += most) {
        int64_t m = int64_min(most, r->count - k), a = int64_max(k, lo), b = int64_min(k + m, hi);
        int64_t *to = tiled ? data : (int64_t *)instance_whole(s)->data + k;
        positions_next(r, axis, 0, &at, m, to);
        if (tiled && a < b)
            axis_write(s, p, me, 0, a, b - a, data + (a - k));
    }
}

/* One block's positions: result `first` on, rank after rank, in rounds of `most` a rank. */
static void push_block(Store *s, int axis, const NonzeroResult *r, int64_t b, int64_t first,
                       int64_t most, int64_t *data)
{
    int64_t p = net_nranks(), me = net_rank(), at = b * r->n, top = 0;
    int64_t *range = counts_new(p, 4), *begin = range + 2 * p, *some = range + 3 * p;
    for (int64_t k = 0; k < p; k++) {
        some[k] = r->some[k * r->blocks + b];
        begin[k] = first;
        first += some[k];
        top = int64_max(top, some[k]);
    }
    for (int64_t from = 0; from < top; from += most) {
        for (int64_t k = 0; k < p; k++) {
            range[2 * k] = begin[k] + int64_min(from, some[k]);
            range[2 * k + 1] = begin[k] + int64_min(from + most, some[k]);
        }
        positions_next(r, axis, b, &at, range[2 * me + 1] - range[2 * me], data);
        if (s->place == PLACE_TILED) {
            push_round(s, range, data);
            continue;
        }
        for (int64_t k = 0; k < p; k++)
            some[k] *= 8;
        net_allgather(data, some, instance_whole(s)->data + begin[0] * 8);
    }
    free(range);
}

void exec_push_positions(Store *s, int axis, const NonzeroResult *r, int64_t slack)
{
    int64_t p = net_nranks(), first = 0,
            most = s->place == PLACE_WHOLE
                       ? r->count
                       : int64_max(4096, int64_min(1 << 20, slack / (16 * (p + 1))));
    most = int64_min(most, r->count);
    s->made_whole |= s->version == 0;
    bool straight = r->everywhere && s->place == PLACE_WHOLE;
    int64_t *data = straight ? NULL : pool_take(most * 8);
    if (r->everywhere)
        keep_positions(s, axis, r, most, data);
    for (int64_t b = 0; b < r->blocks && !r->everywhere; b++) {
        push_block(s, axis, r, b, first, most, data);
        for (int64_t k = 0; k < p; k++)
            first += r->some[k * r->blocks + b];
    }
    pool_free(data, straight ? 0 : most * 8);
}
