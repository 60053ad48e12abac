/* submit_kinds.c -- statements of the other kinds: folds, scans, products, indices, streams, files.
 * Replicated. */
#include "runtime/exec/direct.h"
#include "runtime/exec/exec.h"
#include "runtime/exec/net.h"
#include "runtime/exec/sort.h"
#include "runtime/plan/planner.h"
#include "runtime/plan/sumrule.h"
#include "runtime/submit.h"

static Status fresh(DType t, int ndim, const int64_t shape[], Operand *out)
{
    Store *s;
    TRY(store_new(t, ndim, shape, &s));
    View v = view_whole(ndim, shape);
    *out = operand_array(s, &v);
    return OK;
}

static bool same_store(const Operand *a, const Operand *b)
{
    return a->store && a->store == b->store && view_overlap(&a->view, &b->view);
}

/* Run a statement whose output must not share memory with its inputs; through a temporary when it
 * does. */
static Status submit_apart(Stmt *s)
{
    Operand *out = &s->req[s->nin].op;
    bool clash = false;
    for (int k = 0; k < s->nin + s->nout + s->masked; k++)
        clash |= k != s->nin && same_store(out, &s->req[k].op);
    if (!clash)
        return stmt_submit(s, false);
    Operand dst = *out;
    TRY(fresh(dst.dtype, dst.view.ndim, dst.view.shape, out));
    Operand temp = *out;
    Status st = stmt_submit(s, false);
    if (st == OK)
        st = rt_copy(&dst, &temp);
    store_release(temp.store);
    return st;
}

/* ----------------------------------------------------------------------- folds */

/* The operand with its axes in K order, those of length 1 dropped. */
static Operand in_order(const Operand *a, int n, const int order[])
{
    Operand r = *a;
    r.view.ndim = n;
    for (int k = 0; k < n; k++) {
        r.view.shape[k] = a->view.shape[order[k]];
        r.view.stride[k] = a->view.stride[order[k]];
    }
    return r;
}

static Status fill(const Operand *out, const Scalar *x, DType t)
{
    Operand c = operand_const(t, x ? *x : (Scalar){0});
    Operand o = *out;
    return rt_copy(&o, &c);
}

/* A constant operand as an array, where an op needs memory. */
static Status in_memory(const Operand *a, int ndim, const int64_t shape[], Operand *out, bool *made)
{
    *made = false;
    *out = *a;
    if (a->store)
        return OK;
    TRY(fresh(a->dtype, 0, shape, out));
    TRY(rt_set_value(out, a->value));
    bool ok = view_broadcast(&out->view, ndim, shape, &out->view);
    ASSERT(ok, "a scalar broadcasts");
    *made = true;
    return OK;
}

static Scalar identity(FoldOp op, DType t)
{
    Scalar one = {.i64 = 1};
    if (op == FOLD_PROD || op == FOLD_ALL)
        return dtype_cast(one, DT_INT64, t, NULL);
    if (op == FOLD_AND) {
        Scalar all = {.i64 = -1};
        return dtype_cast(all, DT_INT64, t, NULL);
    }
    return (Scalar){0};
}

/* A fold with a mask, but for small float sums: the elements left out become the fold's start. */
static Status fold_masked(FoldOp op, const Operand *in, uint32_t axes, DType acc,
                          const Operand *out, const Operand *where, const Scalar *initial)
{
    Scalar id = identity(op, acc);
    Operand t,
        c = operand_const(acc, initial && (op == FOLD_MIN || op == FOLD_MAX) ? *initial : id);
    DType dt = op >= FOLD_ANY ? DT_BOOL : acc;
    if (dt != acc)
        c = operand_const(DT_BOOL, identity(op, DT_BOOL));
    TRY(fresh(dt, in->view.ndim, in->view.shape, &t));
    Operand sel[3] = {*where, *in, c};
    Status st = rt_ew(OP_WHERE, dt, 3, sel, 1, &t, NULL);
    if (st == OK)
        st = rt_fold(op, &t, axes, acc, out, NULL, initial);
    store_release(t.store);
    return st;
}

Status rt_fold(FoldOp op, const Operand *in, uint32_t axes, DType acc, const Operand *out,
               const Operand *where, const Scalar *initial)
{
    bool small_sum =
        op == FOLD_SUM && dtype_is_inexact(acc) && view_size(&in->view) <= SUM_SMALL_MAX;
    if (where && !small_sum)
        return fold_masked(op, in, axes, acc, out, where, initial);
    Operand a, o = *out;
    bool made;
    const View *v = &in->view;
    TRY(in_memory(in, v->ndim, v->shape, &a, &made));
    if (view_size(v) == 0) {
        Scalar id = identity(op, acc);
        Status st = fill(out, initial ? initial : &id, initial || op <= FOLD_MAX ? acc : o.dtype);
        if (made)
            store_release(a.store);
        return st;
    }
    Stmt s;
    stmt_init(&s, ST_FOLD, op, acc);
    int order[NDIM_MAX], n = 0, kept[NDIM_MAX], nkept = 0;
    bool arg = op == FOLD_ARGMIN || op == FOLD_ARGMAX;
    if (arg) {
        n = v->ndim;
        for (int k = 0; k < n; k++)
            order[k] = k;
    } else {
        const int64_t *strides[2] = {v->stride, where ? where->view.stride : NULL};
        n = sum_order(v->ndim, v->shape, where ? 2 : 1, strides, order);
    }
    int rank_of_kept[NDIM_MAX], j = 0;
    for (int k = 0; k < v->ndim; k++)
        rank_of_kept[k] = axes >> k & 1 ? -1 : j++;
    s.axes = 0;
    for (int k = 0; k < n; k++)
        if (axes >> order[k] & 1)
            s.axes |= 1u << k;
        else
            kept[nkept++] = rank_of_kept[order[k]];
    Operand ka = in_order(&a, n, order), ko = in_order(&o, nkept, kept);
    stmt_req(&s, 0, &ka, READ);
    stmt_req(&s, 1, &ko, WRITE);
    s.nin = s.nout = 1;
    if (where) {
        Operand m = in_order(where, n, order);
        stmt_req(&s, 2, &m, READ);
        s.masked = true;
    }
    s.has_initial = initial != NULL;
    if (initial)
        s.initial = *initial;
    stmt_space(&s, n, ka.view.shape);
    Status st = submit_apart(&s);
    if (made)
        store_release(a.store);
    return st;
}

Status rt_scan(FoldOp op, const Operand *in, int axis, DType acc, const Operand *out)
{
    Stmt s;
    if (view_size(&in->view) == 0)
        return OK;
    stmt_init(&s, ST_SCAN, op, acc);
    s.nin = s.nout = 1;
    s.axes = 1u << axis;
    stmt_req(&s, 0, in, READ);
    stmt_req(&s, 1, out, WRITE);
    stmt_space(&s, in->view.ndim, in->view.shape);
    return submit_apart(&s);
}

/* --------------------------------------------------------------------- products */

enum { K_BLOCK = 256, MATMUL_NOW = 1 << 18 };

/* A matrix where it lies. */
static Strided matrix_at(const Operand *a, const void *at)
{
    Strided x = {.ndim = 2, .dtype = a->dtype, .base = (char *)at};
    for (int d = 0; d < 2; d++) {
        x.shape[d] = a->view.shape[d];
        x.stride[d] = a->view.stride[d] * dtype_size(a->dtype);
    }
    return x;
}

/* Conditions of a product that was made at once. */
static Status now_flags(StmtKind kind, const Operand *out, Product as, int flags)
{
    Stmt s;
    stmt_init(&s, kind, kind == ST_DOT ? FOLD_SUM : 0, out->dtype);
    s.param[3] = as;
    TRY(rt_flush()); /* statements overtaken speak first */
    return stmt_conditions(&s, flags, 0);
}

/* A product of small matrices that may be made at once. */
static bool matmul_now(const Operand *a, const Operand *b, const Operand *out, Product as,
                       Status *st)
{
    int64_t results = view_size(&out->view);
    if (out->view.ndim != 2 || results * a->view.shape[1] > MATMUL_NOW || rt_plan_seen)
        return false;
    Dense x = {a->store, a->view.offset, a->dtype, {0}, 0},
          y = {b->store, b->view.offset, b->dtype, {0}, 0},
          z = {out->store, out->view.offset, out->dtype, {0}, 0};
    const void *p = rt_peek(&x), *q = p ? rt_peek(&y) : NULL;
    void *to = q ? rt_poke(&z, results) : NULL;
    if (!to)
        return false;
    Strided m = matrix_at(a, p), n = matrix_at(b, q), c = matrix_at(out, to);
    int flags = 0;
    direct_matmul(&m, &n, &c, &flags);
    *st = flags ? now_flags(ST_MATMUL, out, as, flags) : OK;
    return true;
}

Status rt_matmul(const Operand *a, const Operand *b, const Operand *out, Product as)
{
    int n = out->view.ndim;
    int64_t k = a->view.shape[n - 1];
    Status done;
    if (view_size(&out->view) == 0)
        return OK;
    if (k == 0)
        return fill(out, NULL, out->dtype);
    if (matmul_now(a, b, out, as, &done))
        return done;
    int64_t row = int64_max(1, int64_max(view_size(&b->view), view_size(&a->view)) / k) *
                  dtype_size(out->dtype);
    int64_t step = int64_max(1, rt_machine.slack / 4 / row / K_BLOCK) * K_BLOCK;
    if ((store_is_ready(a->store) && store_is_ready(b->store)) ||
        matmul_is_long(&rt_machine, a, b, out))
        step = k;
    for (int64_t at = 0; at < k; at += step) {
        Stmt s;
        int64_t m = int64_min(step, k - at);
        Operand x = *a, y = *b;
        x.view = view_slice(&a->view, n - 1, at, 1, m);
        y.view = view_slice(&b->view, n - 2, at, 1, m);
        stmt_init(&s, ST_MATMUL, 0, out->dtype);
        s.nin = 2;
        s.nout = 1;
        s.accumulate = at > 0;
        s.param[3] = as;
        stmt_req(&s, 0, &x, READ);
        stmt_req(&s, 1, &y, READ);
        stmt_req(&s, 2, out, WRITE);
        stmt_space(&s, n, out->view.shape);
        ASSERT(!same_store(out, a) && !same_store(out, b), "a product onto its operand");
        TRY(stmt_submit(&s, false));
    }
    return OK;
}

/* A product of a small matrix and a vector that may be made at once: one operand's rows are all the
 * other's. */
static bool matvec_now(const Operand *a, const Operand *b, const Operand *out, Product as,
                       Status *st)
{
    int64_t rows = out->view.shape[0];
    bool x_first = b->view.ndim == 2 && b->view.stride[0] != 0;
    const Operand *m = x_first ? b : a, *v = x_first ? a : b;
    if (out->view.ndim != 1 || a->view.ndim != 2 || v->view.stride[0] != 0 ||
        m->dtype != v->dtype || m->dtype != out->dtype || !dtype_is_inexact(m->dtype) ||
        rows * m->view.shape[1] > MATMUL_NOW / 4 || rt_plan_seen || !m->store || !v->store)
        return false;
    Dense x = {.store = m->store, .first = m->view.offset, .dtype = m->dtype},
          y = {.store = v->store, .first = v->view.offset, .dtype = v->dtype},
          z = {.store = out->store, .first = out->view.offset, .dtype = out->dtype};
    const void *p = rt_peek(&x), *q = p ? rt_peek(&y) : NULL;
    void *to = q ? rt_poke(&z, rows) : NULL;
    if (!to)
        return false;
    Strided mat = matrix_at(m, p), vec = matrix_at(v, q), c = {.ndim = 1, .dtype = out->dtype};
    vec.ndim = 1;
    vec.shape[0] = vec.shape[1];
    vec.stride[0] = vec.stride[1];
    c.base = to;
    c.shape[0] = rows;
    c.stride[0] = out->view.stride[0] * dtype_size(out->dtype);
    int flags = 0;
    direct_matvec(&mat, &vec, &c, x_first, &flags);
    *st = flags ? now_flags(ST_DOT, out, as, flags) : OK;
    return true;
}

Status rt_dot(const Operand *a, const Operand *b, const Operand *out, Product as)
{
    Stmt s;
    Status done;
    if (view_size(&out->view) == 0)
        return OK;
    if (view_size(&a->view) == 0)
        return fill(out, NULL, out->dtype);
    if (matvec_now(a, b, out, as, &done))
        return done;
    stmt_init(&s, ST_DOT, FOLD_SUM, out->dtype);
    s.nin = 2;
    s.nout = 1;
    s.axes = 1u << (a->view.ndim - 1);
    s.param[3] = as;
    stmt_req(&s, 0, a, READ);
    stmt_req(&s, 1, b, READ);
    stmt_req(&s, 2, out, WRITE);
    stmt_space(&s, a->view.ndim, a->view.shape);
    return submit_apart(&s);
}

/* ---------------------------------------------------------------------- indices */

Status rt_take(const Operand *in, int nindex, const Operand index[], const Operand *out)
{
    Stmt s;
    if (view_size(&out->view) == 0)
        return OK;
    stmt_init(&s, ST_TAKE, 0, out->dtype);
    ASSERT(nindex + 2 <= STMT_REQS, "%d index arrays", nindex);
    s.nin = 1 + nindex;
    s.nout = 1;
    stmt_req(&s, 0, in, READ);
    for (int k = 0; k < nindex; k++)
        stmt_req(&s, 1 + k, &index[k], READ);
    stmt_req(&s, 1 + nindex, out, WRITE);
    stmt_space(&s, out->view.ndim, out->view.shape);
    return submit_apart(&s);
}

Status rt_put(const Operand *out, int nindex, const Operand index[], const Operand *in)
{
    Stmt s;
    if (view_size(&in->view) == 0)
        return OK;
    bool made;
    Operand x, moved = {0};
    TRY(in_memory(in, in->view.ndim, in->view.shape, &x, &made));
    if (same_store(out, &x) || x.dtype != out->dtype) {
        TRY(fresh(out->dtype, x.view.ndim, x.view.shape, &moved));
        TRY(rt_copy(&moved, &x));
        if (made)
            store_release(x.store);
        x = moved;
        made = true;
    }
    stmt_init(&s, ST_PUT, PUT_SET, out->dtype);
    ASSERT(nindex + 2 <= STMT_REQS, "%d index arrays", nindex);
    s.nin = 1 + nindex;
    s.nout = 1;
    stmt_req(&s, 0, &x, READ);
    Store *apart[STMT_REQS] = {0}; /* copies of indices that the output overlaps */
    Status st = OK;
    for (int k = 0; k < nindex && st == OK; k++) {
        Operand i = index[k];
        if (same_store(out, &i)) {
            st = fresh(i.dtype, i.view.ndim, i.view.shape, &i);
            apart[k] = st == OK ? i.store : NULL;
            st = st == OK ? rt_copy(&i, &index[k]) : st;
        }
        stmt_req(&s, 1 + k, &i, READ);
    }
    stmt_req(&s, 1 + nindex, out, WRITE);
    stmt_space(&s, x.view.ndim, x.view.shape);
    if (st == OK)
        st = stmt_submit(&s, false);
    for (int k = 0; k < nindex; k++)
        store_release(apart[k]);
    if (made)
        store_release(x.store);
    return st;
}

static Status put_sums(PutOp op, const Operand *out, const Operand *index, const Operand *in)
{
    Stmt s;
    View whole = view_whole(1, out->store->extent);
    ASSERT(out->dtype == in->dtype && view_same(&out->view, &whole) && out->store != in->store &&
               out->store != index->store,
           "sums into a part of store %lld", (long long)out->store->id);
    stmt_init(&s, ST_PUT, op, out->dtype);
    s.nin = 2;
    s.nout = 1;
    stmt_req(&s, 0, in, READ);
    stmt_req(&s, 1, index, READ);
    stmt_req(&s, 2, out, WRITE);
    stmt_space(&s, 1, index->view.shape);
    return stmt_submit(&s, false);
}

Status rt_put_add(const Operand *out, const Operand *index, const Operand *in)
{
    return view_size(&index->view) ? put_sums(PUT_ADD, out, index, in) : OK;
}

Status rt_put_count(const Operand *out, const Operand *index)
{
    Operand one = operand_const(DT_INT64, (Scalar){.i64 = 1}), in;
    bool made;
    if (view_size(&index->view) == 0)
        return OK;
    TRY(in_memory(&one, 1, index->view.shape, &in, &made));
    Status st = put_sums(PUT_COUNT, out, index, &in);
    store_release(in.store);
    return st;
}

Status rt_check_index(const Operand *index, int64_t n, int64_t *bad, Store **wrapped,
                      View *wrapped_view)
{
    IndexCheck c = {.pos = INT64_MAX};
    if (view_size(&index->view) > 0) {
        Stmt s;
        stmt_init(&s, ST_CHECK_INDEX, 0, DT_INT64);
        s.nin = 1;
        stmt_req(&s, 0, index, READ);
        stmt_space(&s, index->view.ndim, index->view.shape);
        s.param[0] = n;
        s.result = &c;
        TRY(stmt_submit(&s, true));
    }
    if (c.pos != INT64_MAX) {
        *bad = c.value;
        return ERR_INDEX;
    }
    *wrapped = index->store;
    *wrapped_view = index->view;
    if (!c.negative) {
        store_retain(index->store);
        return OK;
    }
    /* index + n where negative, by arithmetic the runtime has: (index mod n). */
    Operand out, in[2] = {*index, operand_const(DT_INT64, (Scalar){.i64 = n})};
    TRY(fresh(DT_INT64, index->view.ndim, index->view.shape, &out));
    *wrapped = out.store;
    *wrapped_view = out.view;
    Status st = rt_ew(OP_REMAINDER, DT_INT64, 2, in, 1, &out, NULL);
    if (st != OK)
        store_release(out.store);
    return st;
}

Status rt_nonzero(const Operand *in, int64_t *count, Store *out[])
{
    Stmt s;
    int64_t n = 0;
    int nd = in->view.ndim;
    *count = 0;
    stmt_init(&s, ST_NONZERO, 0, in->dtype);
    s.nin = 1;
    stmt_req(&s, 0, in, READ);
    stmt_space(&s, nd, in->view.shape);
    NonzeroResult r = {0};
    s.result = &r;
    if (view_size(&in->view) > 0) {
        TRY(stmt_submit(&s, true));
        n = r.count;
    }
    *count = n;
    for (int k = 0; k < nd; k++) {
        Operand o;
        TRY(fresh(DT_INT64, 1, &n, &o));
        out[k] = o.store;
        if (n) {
            place_store(&rt_machine, o.store, NULL, NULL);
            exec_push_positions(o.store, k, &r, rt_machine.slack);
        }
    }
    nonzero_fini(&r);
    return OK;
}

Status rt_sort(const Operand *in, bool arg, const Operand *out)
{
    Stmt s;
    if (view_size(&in->view) == 0)
        return OK;
    stmt_init(&s, ST_SORT, arg, in->dtype);
    s.nin = s.nout = 1;
    stmt_req(&s, 0, in, READ);
    stmt_req(&s, 1, out, WRITE);
    stmt_space(&s, in->view.ndim, in->view.shape);
    return submit_apart(&s);
}

/* An operand in a store that is ready. */
static Strided ready_operand(const Operand *o, const void *at)
{
    Strided x = {.base = (char *)at, .ndim = o->view.ndim, .dtype = o->dtype};
    for (int d = 0; d < x.ndim; d++) {
        x.shape[d] = o->view.shape[d];
        x.stride[d] = o->view.stride[d] * dtype_size(o->dtype);
    }
    return x;
}

Status rt_select(const Operand *in, int m, const int64_t kth[], const Operand *out, bool *done)
{
    int last = in->view.ndim - 1;
    *done = false;
    if (dtype_is_complex(in->dtype) || in->dtype == DT_BOOL || rt_plan_seen ||
        view_size(&out->view) == 0 || in->view.shape[last] < 2 ||
        /* keys of a line, twice, beside the operand */
        in->view.shape[last] * 16 >
            2 * view_size(&in->view) * dtype_size(in->dtype) + rt_machine.slack)
        return OK;
    if (rt_machine.nshards == 1)
        TRY(rt_flush());
    Dense x = {in->store, in->view.offset, in->dtype, {0}, 0},
          y = {out->store, out->view.offset, out->dtype, {0}, 0};
    const void *from = rt_peek(&x);
    void *to = from ? rt_poke(&y, view_size(&out->view)) : NULL;
    if (!to)
        return OK;
    Strided a = ready_operand(in, from), o = ready_operand(out, to);
    *done = select_last(&a, m, kth, &o);
    return OK;
}

Status rt_searchsorted(const Operand *a, const Operand *v, bool right, const Operand *out)
{
    Stmt s;
    if (view_size(&out->view) == 0)
        return OK;
    if (view_size(&a->view) == 0)
        return fill(out, NULL, out->dtype);
    stmt_init(&s, ST_SEARCH, right, a->dtype);
    s.nin = 2;
    s.nout = 1;
    stmt_req(&s, 0, v, READ);
    stmt_req(&s, 1, a, READ);
    s.req[1].pair[0] = -1;
    stmt_req(&s, 2, out, WRITE);
    stmt_space(&s, out->view.ndim, out->view.shape);
    return submit_apart(&s);
}

/* ------------------------------------------------------------- data from outside */

/* Elements put straight into memory, where a plain write may do that. */
static bool host_poke(const Operand *out, int64_t n, const void *data)
{
    Dense to = {out->store, out->view.offset, out->dtype, {0}, 0};
    void *at = view_run(&out->view) == n ? rt_poke(&to, n) : NULL;
    if (!at)
        return false;
    net_mix_bytes(data, n * dtype_size(out->dtype));
    memcpy(at, data, (size_t)(n * dtype_size(out->dtype)));
    return true;
}

Status rt_host_taken(const Operand *out, void *data)
{
    Stmt s;
    int64_t n = view_size(&out->view);
    if (n == 0 || host_poke(out, n, data)) {
        free(data);
        return OK;
    }
    stmt_init(&s, ST_HOST, 0, out->dtype);
    s.nout = 1;
    stmt_req(&s, 0, out, WRITE);
    stmt_space(&s, out->view.ndim, out->view.shape);
    s.nextra = (size_t)(n * dtype_size(out->dtype));
    s.extra = data;
    return stmt_submit(&s, false);
}

Status rt_host(const Operand *out, const void *data)
{
    int64_t n = view_size(&out->view);
    size_t nbytes = (size_t)(n * dtype_size(out->dtype));
    if (n == 0 || host_poke(out, n, data))
        return OK;
    return rt_host_taken(out, memcpy(xmalloc(nbytes), data, nbytes));
}

Status rt_stream(const Operand *out, StreamFn fn, const void *ctx, size_t nctx, bool jumps)
{
    Stmt s;
    if (view_size(&out->view) == 0)
        return OK;
    stmt_init(&s, ST_STREAM, jumps, out->dtype);
    s.nout = 1;
    stmt_req(&s, 0, out, WRITE);
    stmt_space(&s, out->view.ndim, out->view.shape);
    s.nextra = nctx;
    s.extra = memcpy(xmalloc(nctx), ctx, nctx);
    s.stream = fn;
    return stmt_submit(&s, false);
}

Status rt_load_raw(const char *path, int64_t at, bool swapped, const Operand *out)
{
    Stmt s;
    if (view_size(&out->view) == 0)
        return OK;
    stmt_init(&s, ST_LOAD, swapped, out->dtype);
    s.nout = 1;
    stmt_req(&s, 0, out, WRITE);
    stmt_space(&s, out->view.ndim, out->view.shape);
    s.param[0] = at;
    s.extra = xstrdup(path);
    return stmt_submit(&s, true);
}

Status rt_save_raw(const char *path, const char *header, int64_t nheader, const Operand *in)
{
    Stmt s;
    TRY(rt_flush());
    stmt_init(&s, ST_SAVE, 0, in->dtype);
    s.nin = 1;
    stmt_req(&s, 0, in, READ);
    stmt_space(&s, in->view.ndim, in->view.shape);
    s.param[0] = nheader;
    size_t np = strlen(path) + 1;
    s.nextra = np + (size_t)nheader;
    s.extra = xmalloc(s.nextra);
    memcpy(s.extra, path, np);
    memcpy((char *)s.extra + np, header, (size_t)nheader);
    return stmt_submit(&s, true);
}
