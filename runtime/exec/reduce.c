/* reduce.c -- reductions of a task: one launch tile at a time, or partial results combined over
 * ranks.  */
#include <fenv.h>

#include "runtime/exec/exec.h"
#include "runtime/exec/fold.h"
#include "runtime/exec/fold_kernels.h"
#include "runtime/exec/matmul.h"
#include "runtime/exec/net.h"
#include "runtime/exec/reduce.h"
#include "runtime/exec/strips.h"
#include "runtime/exec/sum.h"

typedef struct Red {
    bool flag[NDIM_MAX];
} Red;

static Red red_of(const Stmt *s)
{
    Red r = {{false}};
    for (int k = 0; k < s->req[0].op.view.ndim; k++)
        r.flag[k] = s->axes >> k & 1;
    return r;
}

static bool float_sum(const Stmt *s)
{
    return s->kind == ST_FOLD && s->op == FOLD_SUM && dtype_is_inexact(s->loop);
}

static bool float_prod(const Stmt *s)
{
    return s->op == FOLD_PROD && dtype_is_inexact(s->loop);
}

static bool is_arg(int op)
{
    return op == FOLD_ARGMIN || op == FOLD_ARGMAX;
}

/* The type that values are folded in. */
DType value_type(const Stmt *s)
{
    if (s->op == FOLD_ANY || s->op == FOLD_ALL)
        return DT_BOOL;
    if (s->op == FOLD_COUNT)
        return DT_INT64;
    return is_arg(s->op) ? s->req[0].op.dtype : s->loop;
}

/* Dense results of type t to the strided output. */
static void put_dense(const Strided *out, const char *dense, DType t)
{
    int64_t n = strided_size(out), size = dtype_size(out->dtype);
    if (out->dtype == t) {
        strided_scatter(out, dense);
        return;
    }
    char *cast = pool_alloc(n * size);
    run_cast(dense, dtype_size(t), n, t, cast, out->dtype);
    strided_scatter(out, cast);
    pool_free(cast, n * size);
}

/* value[i] = initial op value[i]. */
void with_initial(const Stmt *s, void *value, int64_t n)
{
    DType t = value_type(s);
    int64_t size = dtype_size(t);
    if (!s->has_initial || is_arg(s->op))
        return;
    for (int64_t i = 0; i < n; i++) {
        char *v = (char *)value + i * size;
        if (s->op == FOLD_SUM || s->op == FOLD_PROD) {
            Scalar in[2] = {s->initial, {0}};
            memcpy(&in[1], v, (size_t)size);
            Scalar x = strips_scalar(s->op == FOLD_SUM ? OP_ADD : OP_MULTIPLY, t, in, NULL);
            memcpy(v, &x, (size_t)size);
        } else {
            Scalar first = s->initial;
            int64_t before = 0, behind = 1;
            fold_combine(s->op, t, 1, &first, &before, v, &behind);
            memcpy(v, &first, (size_t)size);
        }
    }
}

/* Positions of elements: K order of the reduced axes for extremes, C order for arg folds. */
static void places(const Stmt *s, const Box *index, int64_t place[], int64_t *first)
{
    const View *v = &s->req[0].op.view;
    int64_t step = 1;
    *first = 0;
    for (int k = v->ndim - 1; k >= 0; k--) {
        place[k] = s->axes >> k & 1 ? step : 0;
        if (s->axes >> k & 1) {
            *first += index->lo[k] * step;
            step *= v->shape[k];
        }
    }
}

void fold_box(const Stmt *s, const Strided *a, const Box *index, void *value, int64_t *pos)
{
    int64_t place[NDIM_MAX], first;
    Red red = red_of(s);
    places(s, index, place, &first);
    FoldBox b = {.a = *a, .red = red.flag, .t = value_type(s), .first = first, .place = place};
    fold_part(s->op, &b, value, pos);
}

/* ------------------------------------------------------------- one tile, all terms */

static void column_leaves(const Stmt *s, const Strided *a, const Strided *out)
{
    int64_t n = a->shape[1], rows = a->shape[0];
    DType f = s->loop;
    int parts = dtype_is_complex(f) ? 2 : 1;
    DType part = dtype_real(f);
    int64_t size = dtype_size(f), width = n * parts;
    char *row = pool_alloc(n * size), *acc = pool_alloc(n * size);
    for (int64_t leaf = 0; leaf < out->shape[0]; leaf++) {
        memset(acc, 0, (size_t)(n * size));
        for (int64_t i = leaf * SUM_COLUMN_LEAF; i < int64_min((leaf + 1) * SUM_COLUMN_LEAF, rows);
             i++) {
            run_cast(a->base + i * a->stride[0], a->stride[1], n, a->dtype, row, f);
            if (part == DT_FLOAT64)
                for (int64_t j = 0; j < width; j++)
                    ((double *)acc)[j] += ((double *)row)[j];
            else
                for (int64_t j = 0; j < width; j++)
                    ((float *)acc)[j] += ((float *)row)[j];
        }
        Strided line = *out;
        line.base += leaf * out->stride[0];
        line.ndim = 1;
        line.shape[0] = out->shape[1];
        line.stride[0] = out->stride[1];
        strided_scatter(&line, acc);
    }
    pool_free(row, n * size);
    pool_free(acc, n * size);
}

static void column_tree(const Stmt *s, const Strided *a, const Strided *out)
{
    int64_t n = a->shape[0], kept = a->shape[1], bytes = n * kept * dtype_size(s->loop);
    char *values = pool_alloc(bytes);
    SumNode *nodes = pool_alloc(n * (int64_t)sizeof *nodes);
    strided_gather(a, 0, n * kept, values, s->loop);
    for (int64_t i = 0; i < n; i++)
        nodes[i] = (SumNode){0, i};
    sum_columns_join(nodes, (int)n, n, values, kept, s->loop);
    put_dense(out, values, s->loop);
    pool_free(nodes, n * (int64_t)sizeof *nodes);
    pool_free(values, bytes);
}

static void tile_sum(Run *r, int64_t i, const Strided *a, const Strided *out)
{
    Stmt *s = run_stmt(r);
    Red red = red_of(s);
    if (s->step == STEP_LEAVES) {
        column_leaves(s, a, out);
        return;
    }
    if (s->step == STEP_TREE) {
        column_tree(s, a, out);
        return;
    }
    int64_t n = strided_size(out), size = dtype_size(s->loop);
    char *dense = pool_alloc(n * size);
    Strided d = strided_dense(dense, s->loop, out->ndim, out->shape);
    if (s->masked) {
        Strided mask = run_operand(r, 2, i);
        sum_small(a, &mask, red.flag, s->loop, &d);
    } else if (view_size(&s->req[0].op.view) <= SUM_SMALL_MAX)
        sum_small(a, NULL, red.flag, s->loop, &d);
    else { /* the rule is the whole operand's, whatever part of the results is here */
        const View *v = &s->req[0].op.view;
        SumRule rule = sum_rule(v->ndim, v->shape, red.flag);
        if (rule.kind == SUM_SMALL)
            sum_small(a, NULL, red.flag, s->loop, &d);
        else if (rule.kind == SUM_ROWS)
            sum_rows_whole(a, red.flag, &rule, s->loop, &d);
        else
            sum_columns_whole(a, red.flag, &rule, s->loop, &d);
    }
    with_initial(s, dense, n);
    put_dense(out, dense, s->loop);
    pool_free(dense, n * size);
}

static void tile_prod(Run *r, int64_t i, const Strided *a, const Strided *out)
{
    Stmt *s = run_stmt(r);
    Red red = red_of(s);
    int64_t n = strided_size(out), size = dtype_size(s->loop);
    if (s->step == STEP_LEAVES) {
        Box index = run_index(r, 0, i);
        LeafBox b = {.a = *a,
                     .red = red.flag,
                     .shape = s->req[0].op.view.shape,
                     .lo = index.lo,
                     .t = s->loop};
        char *totals = pool_alloc((n + 1) * size);
        fold_leaves(s->op, &b, totals, NULL, totals + n * size);
        int64_t first, end;
        bool open;
        fold_leaf_range(&b, &first, &end, &open);
        if (open && end - first < n)
            memcpy(totals + (n - 1) * size, totals + n * size, (size_t)size);
        strided_scatter(out, totals);
        pool_free(totals, (n + 1) * size);
        return;
    }
    int64_t terms = strided_size(a);
    char *dense = pool_alloc(int64_max(n, s->step == STEP_TREE ? terms : 0) * size);
    if (s->step == STEP_TREE) {
        strided_gather(a, 0, terms, dense, s->loop);
        fold_join(s->op, s->loop, terms, 1, dense);
    } else
        fold_prod_whole(a, red.flag, s->loop, dense);
    with_initial(s, dense, n);
    put_dense(out, dense, s->loop);
    pool_free(dense, int64_max(n, s->step == STEP_TREE ? terms : 0) * size);
}

/* Sum of products of integers (wrapping) or truth values: rows of any stride, a strip at a time. */
static void integer_dot(const char *x, int64_t xstride, DType xt, const char *y, int64_t ystride,
                        DType yt, int64_t n, DType t, void *out)
{
    enum { STRIP = 1024 };
    int64_t size = dtype_size(t), some;
    uint64_t acc = 0, xs[STRIP], ys[STRIP];
    bool xdense = xt == t && xstride == size, ydense = yt == t && ystride == size;
    for (int64_t i = 0; i < n; i += some) {
        const char *p = x + i * xstride, *q = y + i * ystride;
        some = xdense && ydense ? n : int64_min(STRIP, n - i);
        if (!xdense)
            run_cast(p, xstride, some, xt, xs, t);
        if (!ydense)
            run_cast(q, ystride, some, yt, ys, t);
        uint64_t part = integer_products(t, xdense ? p : (char *)xs, ydense ? q : (char *)ys, some);
        acc = t == DT_BOOL ? acc | part : acc + part;
    }
    memcpy(out, &acc, (size_t)size);
}

/* One row of an operand, its last axis. */
static Strided row_at(const Strided *a, char *at)
{
    return strided_axes(a, at, a->ndim - 1, a->ndim);
}

/* The factor that all rows share in a product of a matrix and a vector, and whether that is the
 * first one; false where there is none. */
static bool is_matvec(const Stmt *s, const Strided *a, const Strided *b, bool *x_first)
{
    *x_first = b->stride[0] != 0;
    return a->ndim == 2 && a->dtype == s->loop && b->dtype == s->loop &&
           dtype_is_inexact(s->loop) && (b->stride[0] == 0 || a->stride[0] == 0);
}

/* Element-wise walk over kept axes of two operands: line pointers. */
static void tile_dot(Run *r, int64_t i)
{
    Stmt *s = run_stmt(r);
    Strided a = run_operand(r, 0, i), b = run_operand(r, 1, i), out = run_operand(r, 2, i);
    int last = a.ndim - 1;
    int64_t n = a.shape[last], size = dtype_size(s->loop);
    Strided ak = a, bk = b;
    bool first;
    if (out.dtype == s->loop && is_matvec(s, &a, &b, &first)) {
        Strided x = row_at(first ? &a : &b, first ? a.base : b.base);
        matvec_run(first ? &b : &a, &x, &out, first);
        return;
    }
    ak.ndim = bk.ndim = last;
    bool cast = dtype_is_inexact(s->loop) && (a.dtype != s->loop || b.dtype != s->loop);
    int64_t bytes = cast ? n * size : 0;
    char *x = pool_alloc(bytes), *y = pool_alloc(bytes);
    Walk wa = walk_start(&ak), wb = walk_start(&bk), wo = walk_start(&out);
    for (; wa.left; walk_next(&wa), walk_next(&wb), walk_next(&wo)) {
        bool direct = a.dtype == s->loop && b.dtype == s->loop && dtype_is_inexact(s->loop);
        Scalar v = {0};
        if (!dtype_is_inexact(s->loop)) {
            integer_dot(wa.at, a.stride[last], a.dtype, wb.at, b.stride[last], b.dtype, n, s->loop,
                        &v);
        } else if (direct) {
            dot_whole(wa.at, a.stride[last], wb.at, b.stride[last], n, s->loop, &v);
        } else {
            run_cast(wa.at, a.stride[last], n, a.dtype, x, s->loop);
            run_cast(wb.at, b.stride[last], n, b.dtype, y, s->loop);
            dot_whole(x, size, y, size, n, s->loop, &v);
        }
        v = dtype_cast(v, s->loop, out.dtype, NULL);
        memcpy(wo.at, &v, (size_t)dtype_size(out.dtype));
    }
    pool_free(x, bytes);
    pool_free(y, bytes);
}

static void float_flags(Run *r)
{
    Stmt *s = run_stmt(r);
    int fe = fetestexcept(FE_OVERFLOW | FE_INVALID);
    if (dtype_is_inexact(s->loop) && (s->op == FOLD_SUM || s->op == FOLD_PROD || s->kind == ST_DOT))
        r->flags |= (fe & FE_OVERFLOW ? FLAG_OVERFLOW : 0) | (fe & FE_INVALID ? FLAG_INVALID : 0);
}

void kernel_fold(Run *r, int64_t i)
{
    Stmt *s = run_stmt(r);
    exec_stats.kernels++;
    feclearexcept(FE_ALL_EXCEPT);
    if (s->kind == ST_DOT) {
        tile_dot(r, i);
        float_flags(r);
        return;
    }
    Strided a = run_operand(r, 0, i), out = run_operand(r, 1, i);
    if (float_sum(s))
        tile_sum(r, i, &a, &out);
    else if (float_prod(s))
        tile_prod(r, i, &a, &out);
    else {
        int64_t n = strided_size(&out);
        DType t = value_type(s);
        Box index = run_index(r, 0, i);
        char *value = pool_alloc(n * 16);
        int64_t *pos = pool_alloc(n * 8);
        fold_box(s, &a, &index, value, pos);
        with_initial(s, value, n);
        put_dense(&out, is_arg(s->op) ? (char *)pos : value, is_arg(s->op) ? DT_INT64 : t);
        pool_free(value, n * 16);
        pool_free(pos, n * 8);
    }
    float_flags(r);
}

/* ----------------------------------------------------------- partial, then combined */

static void add_words(void *acc, const void *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        ((int64_t *)acc)[i] += ((const int64_t *)x)[i];
}

/* Where result j of a tile's kept box lies among all results (C order). */
typedef struct Kept {
    Strided box; /* base: number of the first result; strides in results */
} Kept;

static Kept kept_of(const Stmt *s, const Box *index)
{
    Kept k = {0};
    const View *v = &s->req[0].op.view;
    int64_t step = 1, first = 0;
    int n = 0;
    for (int d = 0; d < v->ndim; d++)
        n += !(s->axes >> d & 1);
    k.box.ndim = n;
    for (int d = v->ndim - 1; d >= 0; d--)
        if (!(s->axes >> d & 1)) {
            n--;
            k.box.shape[n] = index->hi[d] - index->lo[d];
            k.box.stride[n] = step;
            first += index->lo[d] * step;
            step *= v->shape[d];
        }
    k.box.base = (char *)(intptr_t)first;
    return k;
}

static int64_t results_of(const Stmt *s)
{
    int64_t n = 1;
    for (int d = 0; d < s->req[0].op.view.ndim; d++)
        if (!(s->axes >> d & 1))
            n *= s->req[0].op.view.shape[d];
    return n;
}

void dense_to_out(const Stmt *s, char *dense, DType t)
{
    const Req *q = &s->req[s->nin];
    Strided out = {.ndim = q->op.view.ndim, .dtype = q->op.dtype};
    int64_t size = dtype_size(q->op.dtype);
    out.base = instance_whole(q->op.store)->data + q->op.view.offset * size;
    for (int d = 0; d < out.ndim; d++) {
        out.shape[d] = q->op.view.shape[d];
        out.stride[d] = q->op.view.stride[d] * size;
    }
    put_dense(&out, dense, t);
}

/* Element 0 of a dense pair or one of type f, part k. */
static double part_at(const Scalar *v, int k, DType f)
{
    return dtype_real(f) == DT_FLOAT32 ? (double)(k ? v->c64.im : v->c64.re)
                                       : (k ? v->c128.im : v->c128.re);
}

/* Dots of a tile: leaf sums of its rows added to out. */
static void exact_dots(Run *r, int64_t i, const SumRule *rule, ExactSum *out)
{
    Stmt *s = run_stmt(r);
    Strided a = run_operand(r, 0, i), b = run_operand(r, 1, i), ak = a, bk = b;
    int last = a.ndim - 1, parts = dtype_is_complex(s->loop) ? 2 : 1;
    Box index = run_index(r, 0, i);
    bool one[1] = {true}, x_first;
    if (rule->terms >= DOT_CHAIN_MAX && is_matvec(s, &a, &b, &x_first)) {
        Strided x = row_at(x_first ? &a : &b, x_first ? a.base : b.base);
        matvec_part(x_first ? &b : &a, &x, x_first, rule->terms, index.lo[last], out, NULL, NULL);
        return;
    }
    ak.ndim = bk.ndim = last;
    Walk wa = walk_start(&ak), wb = walk_start(&bk);
    for (; wa.left; walk_next(&wa), walk_next(&wb), out += parts) {
        Strided x = row_at(&a, wa.at), y = row_at(&b, wb.at);
        if (rule->terms < DOT_CHAIN_MAX) {
            Scalar v = {0};
            ASSERT(a.dtype == s->loop && b.dtype == s->loop, "a short dot in another type");
            dot_whole(x.base, x.stride[0], y.base, y.stride[0], x.shape[0], s->loop, &v);
            for (int k = 0; k < parts; k++)
                exact_add(out + k, part_at(&v, k, s->loop));
            continue;
        }
        SumPart p = {.a = x,
                     .times = &y,
                     .red = one,
                     .rule = rule,
                     .shape = &s->req[0].op.view.shape[last],
                     .lo = &index.lo[last],
                     .f = s->loop};
        sum_rows(&p, out, NULL, NULL);
    }
}

static void exact_rows(Run *r, int64_t i, const SumRule *rule, ExactSum *out)
{
    Stmt *s = run_stmt(r);
    Red red = red_of(s);
    Box index = run_index(r, 0, i);
    SumPart p = {.a = run_operand(r, 0, i),
                 .red = red.flag,
                 .rule = rule,
                 .shape = s->req[0].op.view.shape,
                 .lo = index.lo,
                 .f = s->loop};
    sum_rows(&p, out, NULL, NULL);
}

/* A tile's leaf sums added to those of all results: straight, where the tile has part in every
 * result. */
static void exact_tile(Run *r, int64_t i, ExactSum *all, const SumRule *rule)
{
    Stmt *s = run_stmt(r);
    int parts = dtype_is_complex(s->loop) ? 2 : 1;
    Box index = run_index(r, 0, i);
    Kept k = kept_of(s, &index);
    int64_t n = strided_size(&k.box), j = 0, bytes = n * parts * (int64_t)sizeof *all;
    ExactSum *mine = n == results_of(s) ? all : pool_alloc(bytes);
    if (s->kind == ST_FOLD)
        exact_rows(r, i, rule, mine);
    else
        exact_dots(r, i, rule, mine);
    if (mine == all)
        return;
    for (Walk w = walk_start(&k.box); w.left; walk_next(&w), j++)
        for (int c = 0; c < parts; c++)
            exact_combine(&all[(int64_t)(intptr_t)w.at * parts + c], &mine[j * parts + c]);
    pool_free(mine, bytes);
}

static void or_words(void *acc, const void *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        ((uint64_t *)acc)[i] |= ((const uint64_t *)x)[i];
}

/* A tile's leaf sums to their places among all of them: [result][leaf]. */
static void dots_tile(Run *r, int64_t i, char *all, int64_t apart)
{
    Stmt *s = run_stmt(r);
    Strided a = run_operand(r, 0, i), b = run_operand(r, 1, i);
    Box index = run_index(r, 0, i);
    bool x_first, yes = is_matvec(s, &a, &b, &x_first);
    ASSERT(yes && index.lo[1] % SUM_LEAF == 0, "a tile that begins at term %ld", (long)index.lo[1]);
    Strided x = row_at(x_first ? &a : &b, x_first ? a.base : b.base);
    matvec_leaves(x_first ? &b : &a, &x, x_first,
                  all + index.lo[0] * apart + index.lo[1] / SUM_LEAF * dtype_size(s->loop), apart);
}

/* A matrix and a vector whose terms are cut at leaves: few leaf sums a result cost less to send
 * than exact sums. */
static void partial_leaves(Run *r, int64_t leaves)
{
    Stmt *s = run_stmt(r);
    int64_t n = results_of(s), size = dtype_size(s->loop), apart = leaves * size,
            nbytes = ceil_div(n * apart, 8) * 8;
    char *all = pool_alloc(nbytes), *dense = pool_take(n * size);
    for (int64_t i = 0; i < r->low.ntiles; i++)
        dots_tile(r, i, all, apart);
    net_allreduce(all, nbytes / 8, 8, or_words);
    for (int64_t i = 0; i < n; i++)
        leaves_round(all + i * apart, leaves, s->loop, dense + i * size);
    dense_to_out(s, dense, s->loop);
    pool_free(dense, n * size);
    pool_free(all, nbytes);
}

/* Are there so few leaves, here and wherever else it is asked? */
static bool few_leaves(const Stmt *s)
{
    const Operand *a = &s->req[0].op, *b = &s->req[1].op;
    int64_t k = a->view.shape[a->view.ndim - 1];
    return a->view.ndim == 2 && a->dtype == s->loop && b->dtype == s->loop &&
           a->view.shape[0] > 1 && (a->view.stride[0] == 0 || b->view.stride[0] == 0) &&
           k >= DOT_CHAIN_MAX &&
           ceil_div(k, SUM_LEAF) * dtype_size(s->loop) <= (int64_t)sizeof(ExactSum);
}

static void partial_exact(Run *r)
{
    Stmt *s = run_stmt(r);
    Red red = red_of(s);
    const View *v = &s->req[0].op.view;
    int parts = dtype_is_complex(s->loop) ? 2 : 1;
    int64_t n = results_of(s), bytes = n * parts * (int64_t)sizeof(ExactSum);
    int last = v->ndim - 1;
    SumRule rule;
    if (s->kind == ST_DOT) {
        bool one[1] = {true};
        rule = sum_rule(1, &v->shape[last], one);
        rule.kind = SUM_ROWS;
        rule.nred = rule.nwidth = 1;
        rule.terms = rule.width = v->shape[last];
        rule.rows = rule.rows_per_leaf = 1;
    } else
        rule = sum_rule(v->ndim, v->shape, red.flag);
    ExactSum *all = pool_alloc(bytes);
    for (int64_t i = 0; i < r->low.ntiles; i++)
        exact_tile(r, i, all, &rule);
    for (int64_t i = 0; i < n * parts; i++)
        exact_normalise(&all[i]);
    net_allreduce(all, n * parts * EXACT_WORDS, 8, add_words);
    char *dense = pool_alloc(n * dtype_size(s->loop));
    sum_round(all, n, s->loop, dense);
    with_initial(s, dense, n);
    dense_to_out(s, dense, s->loop);
    pool_free(dense, n * dtype_size(s->loop));
    pool_free(all, bytes);
}

typedef struct PartialRecord {
    Scalar value;
    int64_t pos;
} PartialRecord;

static FoldOp combining_op;
static DType combining_type;
static bool combining_pos;

static void combine_records(void *acc, const void *x, int64_t n)
{
    PartialRecord *a = acc;
    const PartialRecord *b = x;
    for (int64_t i = 0; i < n; i++)
        fold_combine(combining_op, combining_type, 1, &a[i].value, combining_pos ? &a[i].pos : NULL,
                     &b[i].value, combining_pos ? &b[i].pos : NULL);
}

static void partial_fold(Run *r)
{
    Stmt *s = run_stmt(r);
    DType t = value_type(s);
    int64_t n = results_of(s), size = dtype_size(t);
    bool with_pos = fold_has_place(s->op, t) || is_arg(s->op);
    PartialRecord *all = pool_alloc(n * (int64_t)sizeof *all);
    combining_op = s->op;
    combining_type = t;
    combining_pos = with_pos;
    for (int64_t i = 0; i < n; i++)
        fold_empty(s->op, t, 1, &all[i].value, with_pos ? &all[i].pos : NULL);
    for (int64_t i = 0; i < r->low.ntiles; i++) {
        Box index = run_index(r, 0, i);
        Kept k = kept_of(s, &index);
        int64_t m = strided_size(&k.box), j = 0;
        Strided a = run_operand(r, 0, i);
        char *value = pool_alloc(m * size);
        int64_t *pos = pool_alloc(m * 8);
        fold_box(s, &a, &index, value, with_pos ? pos : NULL);
        for (Walk w = walk_start(&k.box); w.left; walk_next(&w), j++) {
            PartialRecord *to = &all[(int64_t)(intptr_t)w.at];
            fold_combine(s->op, t, 1, &to->value, with_pos ? &to->pos : NULL, value + j * size,
                         with_pos ? &pos[j] : NULL);
        }
        pool_free(value, m * size);
        pool_free(pos, m * 8);
    }
    net_allreduce(all, n, sizeof *all, combine_records);
    char *dense = pool_alloc(n * 16);
    for (int64_t i = 0; i < n; i++)
        if (is_arg(s->op))
            memcpy(dense + i * 8, &all[i].pos, 8);
        else
            memcpy(dense + i * size, &all[i].value, (size_t)size);
    with_initial(s, dense, n);
    dense_to_out(s, dense, is_arg(s->op) ? DT_INT64 : t);
    pool_free(dense, n * 16);
    pool_free(all, n * (int64_t)sizeof *all);
}

/* Integer dots over a cut axis. */
static void partial_integer_dot(Run *r)
{
    Stmt *s = run_stmt(r);
    int64_t n = results_of(s), size = dtype_size(s->loop);
    PartialRecord *all = pool_alloc(n * (int64_t)sizeof *all);
    for (int64_t i = 0; i < r->low.ntiles; i++) {
        Strided a = run_operand(r, 0, i), b = run_operand(r, 1, i);
        int last = a.ndim - 1;
        int64_t m = a.shape[last];
        Box index = run_index(r, 0, i);
        Kept k = kept_of(s, &index);
        Strided ak = a, bk = b;
        ak.ndim = bk.ndim = last;
        Walk wa = walk_start(&ak), wb = walk_start(&bk);
        for (Walk w = walk_start(&k.box); w.left; walk_next(&w), walk_next(&wa), walk_next(&wb)) {
            PartialRecord *to = &all[(int64_t)(intptr_t)w.at];
            Scalar v = {0};
            integer_dot(wa.at, a.stride[last], a.dtype, wb.at, b.stride[last], b.dtype, m, s->loop,
                        &v);
            fold_combine(s->loop == DT_BOOL ? FOLD_OR : FOLD_SUM, s->loop, 1, &to->value, NULL, &v,
                         NULL);
        }
    }
    combining_op = s->loop == DT_BOOL ? FOLD_OR : FOLD_SUM;
    combining_type = s->loop;
    combining_pos = false;
    net_allreduce(all, n, sizeof *all, combine_records);
    char *dense = pool_alloc(n * 16);
    for (int64_t i = 0; i < n; i++)
        memcpy(dense + i * size, &all[i].value, (size_t)size);
    dense_to_out(s, dense, s->loop);
    pool_free(dense, n * 16);
    pool_free(all, n * (int64_t)sizeof *all);
}

void exec_partial(Run *r)
{
    Stmt *s = run_stmt(r);
    exec_stats.kernels += r->low.ntiles;
    feclearexcept(FE_ALL_EXCEPT);
    if (s->kind == ST_DOT && !dtype_is_inexact(s->loop))
        partial_integer_dot(r);
    else if (s->kind == ST_DOT && few_leaves(s))
        partial_leaves(r, ceil_div(s->req[0].op.view.shape[1], SUM_LEAF));
    else if (s->kind == ST_DOT || float_sum(s))
        partial_exact(r);
    else
        partial_fold(r);
    float_flags(r);
}
