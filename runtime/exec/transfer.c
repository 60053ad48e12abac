/* transfer.c -- filling halos and scratch copies: pack, exchange, unpack.  All ranks together.
 *
 * A message to a peer is the concatenation of the task's pieces for it, in plan_lower's order; each
 * piece is its region's elements in C order.
 */
#include "runtime/exec/exec.h"
#include "runtime/exec/net.h"
#include "runtime/exec/pack.h"

void copy_strided(int ndim, const int64_t count[], char *dst, const int64_t dstride[],
                  const char *src, const int64_t sstride[], int64_t size)
{
    int64_t at[NDIM_MAX] = {0};
    if (ndim == 0) {
        memcpy(dst, src, (size_t)size);
        return;
    }
    for (int d = 0; d < ndim; d++)
        if (count[d] == 0)
            return;
    int in = ndim - 1;
    for (;;) {
        if (dstride[in] == size && sstride[in] == size)
            copy_bytes(dst, src, count[in] * size);
        else if (size == 8)
            for (int64_t i = 0; i < count[in]; i++)
                memcpy(dst + i * dstride[in], src + i * sstride[in], 8);
        else
            for (int64_t i = 0; i < count[in]; i++)
                memcpy(dst + i * dstride[in], src + i * sstride[in], (size_t)size);
        int d = in - 1;
        for (; d >= 0; d--) {
            dst += dstride[d];
            src += sstride[d];
            if (++at[d] < count[d])
                break;
            dst -= at[d] * dstride[d];
            src -= at[d] * sstride[d];
            at[d] = 0;
        }
        if (d < 0)
            return;
    }
}

/* Address and byte strides, along store axes, of a region's elements inside a box of memory. */
static char *in_box(const Box *box, char *data, int64_t size, const Region *g, int64_t stride[])
{
    int64_t s = size;
    for (int d = g->ndim - 1; d >= 0; d--) {
        stride[d] = s * g->step[d];
        data += (g->lo[d] - box->lo[d]) * s;
        s *= box->hi[d] - box->lo[d];
    }
    return data;
}

static char *in_scratch(const Scratch *x, int64_t size, const Region *g, int64_t stride[])
{
    int64_t s = size;
    char *data = x->data;
    for (int d = g->ndim - 1; d >= 0; d--) {
        stride[d] = s;
        data += (g->lo[d] - x->region.lo[d]) / x->region.step[d] * s;
        s *= x->region.count[d];
    }
    return data;
}

static Store *piece_store(const Run *r, const Piece *p)
{
    return run_stmt(r)->req[p->req].op.store;
}

static char *piece_source(Run *r, const Piece *p, int64_t stride[])
{
    Store *s = piece_store(r, p);
    Instance *i = instance_tile(s, r->m->nshards, r->shard, p->store_tile);
    return in_box(&i->box, i->data, dtype_size(s->dtype), &p->region, stride);
}

static int64_t tile_slot(const Run *r, int64_t tile)
{
    for (int64_t i = 0; i < r->low.ntiles; i++)
        if (r->low.tile[i].tile == tile)
            return i;
    ASSERT(false, "launch tile %lld is not mine", (long long)tile);
    return -1;
}

static char *piece_target(Run *r, const Piece *p, int64_t stride[])
{
    Store *s = piece_store(r, p);
    if (r->low.task->req[p->req].access == ACCESS_IN_PLACE) {
        Instance *i = instance_tile(s, r->m->nshards, r->shard, p->launch_tile);
        return in_box(&i->box, i->data, dtype_size(s->dtype), &p->region, stride);
    }
    return in_scratch(run_scratch(r, p->req, tile_slot(r, p->launch_tile)), dtype_size(s->dtype),
                      &p->region, stride);
}

static int64_t piece_nbytes(const Run *r, const Piece *p)
{
    return region_size(&p->region) * dtype_size(piece_store(r, p)->dtype);
}

/* Move a piece between its place and a dense run of bytes. */
static void piece_move(Run *r, const Piece *p, char *bytes, bool packing)
{
    int64_t place[NDIM_MAX], dense[NDIM_MAX], size = dtype_size(piece_store(r, p)->dtype), s = size;
    char *at = packing ? piece_source(r, p, place) : piece_target(r, p, place);
    for (int d = p->region.ndim - 1; d >= 0; d--) {
        dense[d] = s;
        s *= p->region.count[d];
    }
    if (packing)
        copy_strided(p->region.ndim, p->region.count, bytes, dense, at, place, size);
    else
        copy_strided(p->region.ndim, p->region.count, at, place, bytes, dense, size);
    mem_stats.copied += s;
}

static void piece_local(Run *r, const Piece *p)
{
    int64_t from[NDIM_MAX], to[NDIM_MAX], size = dtype_size(piece_store(r, p)->dtype);
    char *dst =
        piece_target(r, p, to); /* first: it may move the instance that source points into */
    char *src = piece_source(r, p, from);
    dst = piece_target(r, p, to);
    copy_strided(p->region.ndim, p->region.count, dst, to, src, from, size);
    mem_stats.copied += region_size(&p->region) * size;
}

/* One message a peer, from sorted pieces. */
static int64_t messages(const Run *r, const Piece *p, int64_t n, NetMsg *out)
{
    int64_t k = 0;
    for (int64_t i = 0; i < n; i++) {
        if (i == 0 || p[i].peer != p[i - 1].peer) {
            out[k].peer = (int)p[i].peer;
            out[k].nbytes = 0;
            k++;
        }
        out[k - 1].nbytes += piece_nbytes(r, &p[i]);
    }
    return k;
}

static void pack_all(Run *r, const Piece *p, int64_t n, NetMsg *msg, bool packing)
{
    int64_t k = -1, at = 0;
    for (int64_t i = 0; i < n; i++) {
        if (i == 0 || p[i].peer != p[i - 1].peer) {
            k++;
            at = 0;
        }
        piece_move(r, &p[i], (char *)msg[k].data + at, packing);
        at += piece_nbytes(r, &p[i]);
    }
}

static void scratch_alloc(Run *r)
{
    const Stmt *s = run_stmt(r);
    int n = stmt_nreqs(s);
    r->scratch = ARENA_ARRAY(r->arena, Scratch, n * (r->low.ntiles ? r->low.ntiles : 1));
    for (int k = 0; k < n; k++) {
        const PlanReq *p = &r->low.task->req[k];
        if (p->access != ACCESS_PACKED && p->access != ACCESS_LINEAR)
            continue;
        if (s->req[k].privilege == WRITE)
            continue;
        for (int64_t i = 0; i < r->low.ntiles; i++) {
            Scratch *x = run_scratch(r, k, i);
            Box index = req_index(&s->req[k], r->low.task, &r->low.tile[i].box);
            x->region = req_region(p, &s->req[k], &index);
            x->nbytes =
                x->region.ndim < 0 ? 0 : region_size(&x->region) * dtype_size(s->req[k].op.dtype);
            x->data = pool_take(x->nbytes);
        }
    }
}

void transfer_run(Run *r)
{
    LowTask *l = &r->low;
    scratch_alloc(r);
    if (!l->nsend && !l->nrecv && !l->nlocal)
        return;
    NetMsg *out = ARENA_ARRAY(r->arena, NetMsg, l->nsend + 1),
           *in = ARENA_ARRAY(r->arena, NetMsg, l->nrecv + 1);
    int64_t nout = messages(r, l->send, l->nsend, out), nin = messages(r, l->recv, l->nrecv, in);
    for (int64_t i = 0; i < nout; i++)
        out[i].data = pool_take(out[i].nbytes);
    for (int64_t i = 0; i < nin; i++)
        in[i].data = pool_take(in[i].nbytes);
    pack_all(r, l->send, l->nsend, out, true);
    for (int64_t i = 0; i < l->nlocal; i++)
        piece_local(r, &l->local[i]);
    net_exchange(nout, out, nin, in);
    pack_all(r, l->recv, l->nrecv, in, false);
    for (int64_t i = 0; i < nout; i++)
        pool_free(out[i].data, out[i].nbytes);
    for (int64_t i = 0; i < nin; i++)
        pool_free(in[i].data, in[i].nbytes);
}

void transfer_fini(Run *r)
{
    int n = stmt_nreqs(run_stmt(r));
    for (int64_t i = 0; i < n * r->low.ntiles; i++)
        pool_free(r->scratch[i].data, r->scratch[i].nbytes);
}
