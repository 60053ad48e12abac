/* order.c -- sorting, searching and matrix products.
 *
 * The kernels work on one launch tile: local.  exec_search and exec_product work with the other
 * ranks: each searched value goes to the one rank whose part of the haystack it falls in; of a
 * product whose k is cut each rank makes the block results of its stretch of k, and the blocks are
 * added in order by an accumulator that goes from rank to rank.
 */
#include <fenv.h>

#include "runtime/exec/exchange.h"
#include "runtime/exec/matmul.h"
#include "runtime/exec/net.h"
#include "runtime/exec/sort.h"

void kernel_sort(Run *r, int64_t i)
{
    Strided a = run_operand(r, 0, i), out = run_operand(r, 1, i);
    exec_stats.kernels++;
    if (run_stmt(r)->op)
        argsort_last(&a, &out);
    else
        sort_last(&a, &out);
}

void kernel_search(Run *r, int64_t i)
{
    enum { STRIP = 2048 };
    Stmt *s = run_stmt(r);
    Strided v = run_operand(r, 0, i), a = run_operand(r, 1, i), out = run_operand(r, 2, i);
    int64_t n = strided_size(&a), m = strided_size(&v), size = dtype_size(s->loop), at[STRIP];
    bool dense = strided_is_dense(&a, 0) && a.dtype == s->loop;
    char *x = dense ? a.base : pool_take(n * size), *y = pool_take(STRIP * size);
    if (!dense)
        strided_gather(&a, 0, n, x, s->loop);
    Walk w = walk_start(&out);
    for (int64_t from = 0, k; from < m; from += k) {
        k = int64_min(STRIP, m - from);
        strided_gather(&v, from, k, y, s->loop);
        search_run(x, n, s->loop, y, k, s->op, at);
        for (int64_t j = 0; j < k; j++, walk_next(&w))
            memcpy(w.at, &at[j], 8);
    }
    pool_free(y, STRIP * size);
    if (!dense)
        pool_free(x, n * size);
    exec_stats.kernels++;
}

/* ------------------------------------------------------------- a haystack that is cut */

/* The parts of the haystack: this rank's, and everybody's last element. */
typedef struct Haystack {
    char *x;             /* my part, dense */
    int64_t n, first;    /* its length and place */
    char *last;          /* of the parts that are not empty, in order */
    int64_t *rank, some; /* whose they are; how many */
    int64_t size;
    DType t;
} Haystack;

static Haystack haystack_of(Run *r)
{
    Stmt *s = run_stmt(r);
    Store *a = s->req[1].op.store;
    int64_t p = r->m->nshards, first, last, hi, at = 0;
    Haystack h = {.t = s->loop, .size = dtype_size(s->loop), .rank = counts_new(p, 1)};
    axis_stretch(&a->tiling, 0, p, r->shard, &h.first, &hi);
    h.n = hi - h.first;
    h.x = pool_alloc(h.n * h.size);
    tiling_owned(&a->tiling, p, r->shard, &first, &last);
    for (int64_t t = first; t < last; t++) {
        Instance *i = instance_tile(a, p, r->shard, t);
        int64_t size = dtype_size(a->dtype),
                m = box_empty(&i->home) ? 0 : i->home.hi[0] - i->home.lo[0];
        run_cast(m ? i->data + (i->home.lo[0] - i->box.lo[0]) * size : NULL, size, m, a->dtype,
                 h.x + at * h.size, h.t);
        at += m;
    }
    struct {
        int64_t n;
        Scalar x;
    } mine = {.n = h.n}, *all = xcalloc((size_t)p, sizeof *all);
    int64_t *counts = counts_new(p, 1);
    if (h.n)
        memcpy(&mine.x, h.x + (h.n - 1) * h.size, (size_t)h.size);
    for (int64_t k = 0; k < p; k++)
        counts[k] = sizeof mine;
    net_allgather(&mine, counts, all);
    h.last = xmalloc((size_t)(p * h.size));
    for (int64_t k = 0; k < p; k++)
        if (all[k].n) {
            memcpy(h.last + h.some * h.size, &all[k].x, (size_t)h.size);
            h.rank[h.some++] = k;
        }
    free(counts);
    free(all);
    return h;
}

/* Places of m values: to their ranks, searched there, and back. */
static void search_round(const Haystack *h, int64_t p, const char *v, int64_t m, bool right,
                         int64_t *place)
{
    int64_t *count = counts_new(p, 5), *theirs = count + p, *a = count + 2 * p, *b = count + 3 * p,
            *at = count + 4 * p;
    int64_t *part = pool_alloc(m * 8), *back = pool_alloc(m * 8), got = 0, sum = 0;
    char *send = pool_alloc(m * h->size);
    search_run(h->last, h->some, h->t, v, m, right, part);
    for (int64_t i = 0; i < m; i++) {
        part[i] = h->rank[int64_min(part[i], h->some - 1)];
        count[part[i]]++;
    }
    for (int64_t k = 0; k < p; sum += count[k++])
        at[k] = sum;
    for (int64_t i = 0; i < m; i++)
        memcpy(send + at[part[i]]++ * h->size, v + i * h->size, (size_t)h->size);
    net_alltoall_int(count, theirs);
    for (int64_t k = 0; k < p; k++) {
        a[k] = count[k] * h->size;
        b[k] = theirs[k] * h->size;
        got += theirs[k];
    }
    char *want = pool_alloc(got * h->size);
    int64_t *answer = pool_alloc(got * 8);
    net_alltoall(send, a, want, b);
    search_run(h->x, h->n, h->t, want, got, right, answer);
    for (int64_t i = 0; i < got; i++)
        answer[i] += h->first;
    for (int64_t k = 0; k < p; k++) {
        a[k] = count[k] * 8;
        b[k] = theirs[k] * 8;
        at[k] -= count[k];
    }
    net_alltoall(answer, b, back, a);
    for (int64_t i = 0; i < m; i++)
        place[i] = back[at[part[i]]++];
    pool_free(answer, got * 8);
    pool_free(want, got * h->size);
    pool_free(send, m * h->size);
    pool_free(back, m * 8);
    pool_free(part, m * 8);
    free(count);
}

void exec_search(Run *r)
{
    Stmt *s = run_stmt(r);
    int64_t p = r->m->nshards, size = dtype_size(s->loop),
            most = round_elements(r, 40 + 2 * size, 40 + 2 * size), rounds = 0;
    Haystack h = haystack_of(r);
    for (int64_t i = 0; i < r->low.ntiles; i++)
        rounds += ceil_div(box_size(&r->low.tile[i].box), most);
    rounds = most_of_all(rounds);
    for (int64_t i = 0, from = 0; rounds > 0; rounds--) {
        Strided v, out;
        int64_t m = 0;
        for (; i < r->low.ntiles && m == 0; i += m == 0, from = m ? from : 0)
            m = int64_min(most, box_size(&r->low.tile[i].box) - from);
        char *x = pool_alloc(m * size);
        int64_t *place = pool_alloc(m * 8);
        if (m) {
            v = run_operand(r, 0, i);
            strided_gather(&v, from, m, x, s->loop);
        }
        search_round(&h, p, x, m, s->op, place);
        if (m) {
            out = run_operand(r, 2, i);
            Walk w = walk_start(&out);
            walk_seek(&w, from);
            for (int64_t k = 0; k < m; k++, walk_next(&w))
                memcpy(w.at, &place[k], 8);
            from += m;
        }
        pool_free(place, m * 8);
        pool_free(x, m * size);
    }
    exec_stats.kernels += r->low.ntiles;
    free(h.last);
    free(h.rank);
    pool_free(h.x, h.n * h.size);
}

/* ---------------------------------------------------------------------- products */

static void product_flags(Run *r)
{
    int fe = fetestexcept(FE_OVERFLOW | FE_INVALID);
    if (dtype_is_inexact(run_stmt(r)->loop))
        r->flags |= (fe & FE_OVERFLOW ? FLAG_OVERFLOW : 0) | (fe & FE_INVALID ? FLAG_INVALID : 0);
}

/* One matrix of a stack; its memory is yet to be told. */
static Strided last_two(const Strided *a)
{
    Strided m = {.ndim = 2, .dtype = a->dtype};
    for (int d = 0; d < 2; d++) {
        m.shape[d] = a->shape[a->ndim - 2 + d];
        m.stride[d] = a->stride[a->ndim - 2 + d];
    }
    return m;
}

/* c (+)= a b, matrix by matrix over the batch axes. */
static void product_batch(const Strided *a, const Strided *b, const Strided *c, bool add)
{
    const Strided *x[3] = {a, b, c};
    Strided outer[3] = {*a, *b, *c}, m[3];
    Walk w[3];
    for (int k = 0; k < 3; k++) {
        outer[k].ndim = c->ndim - 2;
        m[k] = last_two(x[k]);
        w[k] = walk_start(&outer[k]);
    }
    for (; w[2].left; walk_next(&w[0]), walk_next(&w[1]), walk_next(&w[2])) {
        for (int k = 0; k < 3; k++)
            m[k].base = w[k].at;
        matmul_run(&m[0], &m[1], &m[2], add);
    }
}

void kernel_matmul(Run *r, int64_t i)
{
    Strided a = run_operand(r, 0, i), b = run_operand(r, 1, i), c = run_operand(r, 2, i);
    exec_stats.kernels++;
    feclearexcept(FE_ALL_EXCEPT);
    product_batch(&a, &b, &c, run_stmt(r)->accumulate);
    product_flags(r);
}

/* acc += x, n elements, as the product adds its blocks. */
static void block_add(DType t, char *acc, const char *x, int64_t n)
{
#define ADD_CASE(NAME, T)                                                                          \
    case DT_##NAME:                                                                                \
        for (int64_t i = 0; i < n; i++)                                                            \
            ((T *)(void *)acc)[i] = (T)(((T *)(void *)acc)[i] + ((const T *)(const void *)x)[i]);  \
        return;
    if (dtype_is_complex(t)) {
        block_add(t == DT_COMPLEX64 ? DT_FLOAT32 : DT_FLOAT64, acc, x, 2 * n);
        return;
    }
    switch (t) {
    case DT_BOOL:
        for (int64_t i = 0; i < n; i++)
            acc[i] |= x[i];
        return;
        ADD_CASE(INT8, uint8_t)
        ADD_CASE(UINT8, uint8_t)
        ADD_CASE(INT16, uint16_t)
        ADD_CASE(UINT16, uint16_t)
        ADD_CASE(INT32, uint32_t)
        ADD_CASE(UINT32, uint32_t)
        ADD_CASE(INT64, uint64_t)
        ADD_CASE(UINT64, uint64_t)
        ADD_CASE(FLOAT32, float)
        ADD_CASE(FLOAT64, double)
    default:
        ASSERT(false, "a product of %s", dtype_name(t));
    }
#undef ADD_CASE
}

/* Elements [at, at + n) of axis `axis`. */
static Strided axis_part(const Strided *a, int axis, int64_t at, int64_t n)
{
    Strided x = *a;
    x.base += at * x.stride[axis];
    x.shape[axis] = n;
    return x;
}

/* The block results of my stretch of k, one after the other. */
static void product_blocks(Run *r, char *block, int64_t nbytes)
{
    Stmt *s = run_stmt(r);
    const View *v = &s->req[2].op.view;
    for (int64_t i = 0; i < r->low.ntiles; i++) {
        Strided a = run_operand(r, 0, i), b = run_operand(r, 1, i);
        int64_t k = a.shape[a.ndim - 1];
        for (int64_t at = 0; at < k; at += MATMUL_BLOCK, block += nbytes) {
            int64_t n = int64_min(MATMUL_BLOCK, k - at);
            Strided x = axis_part(&a, a.ndim - 1, at, n), y = axis_part(&b, b.ndim - 2, at, n);
            Strided c = strided_dense(block, s->loop, v->ndim, v->shape);
            product_batch(&x, &y, &c, false);
        }
    }
}

/* Launch space: k, cut at whole blocks; the output is whole.  `accumulate` begins with what it
 * holds. */
void exec_product(Run *r)
{
    Stmt *s = run_stmt(r);
    Req *q = &s->req[2];
    int64_t p = r->m->nshards, me = r->shard, n = view_size(&q->op.view),
            nbytes = n * dtype_size(s->loop), blocks = 0;
    Strided out = {.ndim = q->op.view.ndim, .dtype = q->op.dtype};
    char *acc = pool_alloc(nbytes);
    bool begun = s->accumulate;
    ASSERT(q->op.dtype == s->loop, "a product of %s into %s", dtype_name(s->loop),
           dtype_name(q->op.dtype));
    out.base = instance_whole(q->op.store)->data + q->op.view.offset * dtype_size(s->loop);
    for (int d = 0; d < out.ndim; d++) {
        out.shape[d] = q->op.view.shape[d];
        out.stride[d] = q->op.view.stride[d] * dtype_size(s->loop);
    }
    if (begun)
        strided_gather(&out, 0, n, acc, s->loop);
    for (int64_t i = 0; i < r->low.ntiles; i++)
        blocks += ceil_div(r->low.tile[i].box.hi[0] - r->low.tile[i].box.lo[0], MATMUL_BLOCK);
    char *block = pool_alloc(blocks * nbytes);
    feclearexcept(FE_ALL_EXCEPT);
    product_blocks(r, block, nbytes);
    NetMsg in = {(int)me - 1, acc, nbytes}, on = {(int)me + 1, acc, nbytes};
    net_exchange(0, NULL, me > 0, &in);
    int64_t zero = 0;
    begun |= me > tiling_owner(&r->low.task->launch, p, tiling_find(&r->low.task->launch, &zero));
    for (int64_t i = 0; i < blocks; i++, begun = true)
        if (begun)
            block_add(s->loop, acc, block + i * nbytes, n);
        else
            memcpy(acc, block, (size_t)nbytes);
    net_exchange(me + 1 < p, &on, 0, NULL);
    product_flags(r);
    net_bcast(acc, nbytes, (int)p - 1);
    strided_scatter(&out, acc);
    pool_free(block, blocks * nbytes);
    pool_free(acc, nbytes);
    exec_stats.kernels += r->low.ntiles;
}
