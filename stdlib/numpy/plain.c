/* plain.c -- the short way of element-wise calls.  Replicated.
 *
 * Most calls on small arrays are of one kind: numbers and dense arrays of one shape that are whole
 * with nothing pending.  They need no broadcasting, no K order, no statement.  Types are resolved
 * as for any call, from a table of answers given before; then the runtime runs the kernel at once.
 * Whatever is not so simple, errors included, is left to ufunc.c.
 *
 * Invariant: V_UNDEF is answered only before anything was done.
 */
#include "stdlib/numpy/plain.h"

#include "stdlib/numpy/family.h"

#include "interp/objects.h"

/* ------------------------------------------------------------------- operands */

typedef struct Plain {
    Dense in[OP_IN_MAX];
    DType type[OP_IN_MAX]; /* for op_resolve */
    bool weak[OP_IN_MAX], strong;
    const View *shape; /* of the arrays; NULL: numbers only */
    int64_t n;
} Plain;

static bool same_shape(const View *a, const View *b)
{
    if (a->ndim != b->ndim)
        return false;
    for (int d = 0; d < a->ndim; d++)
        if (a->shape[d] != b->shape[d])
            return false;
    return true;
}

static bool take_array(Plain *p, int k, Value v)
{
    array_refresh(v);
    const Array *a = as_array(v);
    if (a->view.ndim == 0 || (p->shape && !same_shape(p->shape, &a->view)))
        return false;
    int64_t n = view_run(&a->view);
    if (n < 0)
        return false;
    p->shape = &a->view;
    p->n = n;
    p->in[k].store = a->store;
    p->in[k].first = a->view.offset;
    p->in[k].dtype = p->type[k] = store_dtype(a->store);
    p->strong = true;
    return true;
}

static bool take(Plain *p, int k, Value v)
{
    p->weak[k] = false;
    if (is_array(v))
        return take_array(p, k, v);
    Dense *d = &p->in[k];
    d->store = NULL;
    d->value = (Scalar){.c128 = {0, 0}};
    switch (v.tag) {
    case TAG_FLOAT:
        d->value.f64 = v.f;
        p->weak[k] = true;
        d->dtype = p->type[k] = DT_FLOAT64;
        return true;
    case TAG_INT:
        d->value.i64 = v.i;
        p->weak[k] = true;
        d->dtype = p->type[k] = DT_INT64;
        return true;
    case TAG_BOOL:
        d->value.b = v.i != 0;
        break;
    case TAG_OBJ:
        if (!is_npscalar(v) || as_npscalar(v)->pending)
            return false;
        d->value = as_npscalar(v)->value;
        d->dtype = p->type[k] = as_npscalar(v)->dtype;
        p->strong = true;
        return true;
    default:
        return false;
    }
    d->dtype = p->type[k] = DT_BOOL;
    p->strong = true;
    return true;
}

/* A weak number as the loop's type; false where it does not fit, which has its own rules. */
static bool settle_number(Dense *d, DType to)
{
    if (d->dtype == to)
        return true;
    int flags = 0;
    Scalar x = dtype_cast(d->value, d->dtype, to, &flags);
    if (flags)
        return false;
    if (dtype_is_integer(to) && d->dtype == DT_INT64) {
        if (to == DT_UINT64 ? d->value.i64 < 0
                            : dtype_cast(x, to, DT_INT64, NULL).i64 != d->value.i64)
            return false;
    } else if (!dtype_is_inexact(to)) {
        return false;
    }
    d->value = x;
    d->dtype = to;
    return true;
}

/* --------------------------------------------------------------------- loops */

typedef struct Known {
    uint32_t key; /* 0: empty */
    OpLoop loop;
} Known;

enum { KNOWN = 256 };

/* NumPy's loop for the operands' types; NULL when there is none.  Answers are remembered: they
 * depend on the key alone. */
static const OpLoop *loop_of(OpCode op, int nin, const Plain *p)
{
    static Known known[KNOWN];
    uint32_t key = 1;
    for (int k = 0; k < nin; k++)
        key = key << 5 | (uint32_t)p->type[k] << 1 | p->weak[k];
    key = key << 9 | (uint32_t)op;
    Known *e = &known[(key * 2654435761u) >> 24];
    if (e->key == key)
        return &e->loop;
    OpLoop loop;
    if (op_resolve(op, p->type, p->weak, &loop) != OK)
        return NULL;
    e->key = key;
    e->loop = loop;
    return &e->loop;
}

/* ------------------------------------------------------------------------- calls */

static Value scalar_call(const OpLoop *loop, int nin, Plain *p)
{
    Scalar x[OP_IN_MAX], r;
    for (int k = 0; k < nin; k++)
        x[k] = p->in[k].dtype == loop->in[k]
                   ? p->in[k].value
                   : dtype_cast(p->in[k].value, p->in[k].dtype, loop->in[k], NULL);
    return status_ok(rt_scalar(loop, x, &r)) ? scalar_new(loop->out, r) : V_ERROR;
}

static bool takes_output(Value out, const OpLoop *loop, const Plain *p)
{
    if (!is_array(out) || as_array(out)->readonly || as_array(out)->part_of.tag == TAG_OBJ)
        return false;
    const View *v = &as_array(out)->view;
    return array_dtype(out) == loop->out && same_shape(v, p->shape) && view_run(v) > 0;
}

Value plain_call(OpCode op, int nin, const Value in[], Value out)
{
    Plain p;
    p.shape = NULL;
    p.strong = false;
    if (nin > OP_IN_MAX)
        return V_UNDEF;
    for (int k = 0; k < nin; k++)
        if (!take(&p, k, in[k]))
            return V_UNDEF;
    const OpLoop *loop = loop_of(op, nin, &p);
    if (!loop || (op == OP_POWER && dtype_is_integer(loop->loop)))
        return V_UNDEF;
    for (int k = 0; k < nin; k++)
        if (p.weak[k] && !settle_number(&p.in[k], loop->in[k]))
            return V_UNDEF;
    if (!p.shape)
        return is_absent(out) ? scalar_call(loop, nin, &p) : V_UNDEF;
    bool fresh = is_absent(out);
    if (!fresh && !takes_output(out, loop, &p))
        return V_UNDEF;
    Value r = fresh ? array_new(loop->out, p.shape->ndim, p.shape->shape) : retain(out);
    if (v_is_error(r))
        return r;
    Dense dst = {as_array(r)->store, as_array(r)->view.offset, loop->out, {0}};
    Status st;
    bool done = rt_ew_dense(loop, nin, p.in, &dst, p.n, p.shape->ndim, p.shape->shape, &st);
    if (done && st == OK)
        return r;
    release(r);
    return done ? raise_status(st) : V_UNDEF;
}

/* --------------------------------------------------------------- folds and copies */

enum { COPY_MAX = 1 << 16 }; /* bytes */

static int64_t dense_operand(Value v, Dense *d)
{
    array_refresh(v);
    const Array *a = as_array(v);
    d->store = a->store;
    d->first = a->view.offset;
    d->dtype = store_dtype(a->store);
    return a->view.ndim ? view_run(&a->view) : -1;
}

Value plain_fold(FoldOp op, Value a)
{
    Dense d;
    Scalar x;
    Status st;
    int64_t n = dense_operand(a, &d);
    if (n < 0 || !rt_fold_dense(op, &d, n, &x, &st))
        return V_UNDEF;
    if (st != OK)
        return raise_status(st);
    bool arg = op == FOLD_ARGMIN || op == FOLD_ARGMAX;
    return scalar_new(arg ? DT_INT64 : d.dtype, x);
}

const void *plain_peek(Value a)
{
    Dense d;
    return dense_operand(a, &d) < 0 ? NULL : rt_peek(&d);
}

bool plain_copy(Value to, Value from)
{
    Dense x, y;
    int64_t n = dense_operand(from, &x), bytes = n * dtype_size(x.dtype);
    if (n < 0 || bytes > COPY_MAX || dense_operand(to, &y) != n || x.dtype != y.dtype ||
        x.store == y.store)
        return false;
    const void *src = rt_peek(&x);
    void *dst = src ? rt_poke(&y, n) : NULL;
    if (dst)
        memcpy(dst, src, (size_t)bytes);
    return dst != NULL;
}

Value plain_dot(Value a, Value b, Product as)
{
    Dense d[2];
    Scalar x;
    Status st;
    if (!is_array(a) || !is_array(b) || array_dtype(a) != array_dtype(b) ||
        !dtype_is_inexact(array_dtype(a)) || as_array(a)->view.ndim != 1 ||
        as_array(b)->view.ndim != 1)
        return V_UNDEF;
    int64_t n = dense_operand(a, &d[0]);
    if (n < 0 || dense_operand(b, &d[1]) != n || !rt_dot_dense(d, n, as, &x, &st))
        return V_UNDEF;
    return st == OK ? scalar_new(d->dtype, x) : raise_status(st);
}

/* ----------------------------------------------------------------------- indexing */

enum { TAKE_MAX = 1 << 12 }; /* positions */

/* n rows of `size` bytes each, picked from `x`. */
static void take_rows(char *to, const char *x, const int64_t at[], int64_t n, int64_t size)
{
    if (size == 8)
        for (int64_t k = 0; k < n; k++)
            memcpy(to + 8 * k, x + 8 * at[k], 8);
    else
        for (int64_t k = 0; k < n; k++)
            memcpy(to + size * k, x + size * at[k], (size_t)size);
}

/* Positions as the key gives them, wrapped; -1: out of bounds, or too many. */
static int64_t read_positions(const int64_t *key, int64_t n, int64_t length, int64_t at[])
{
    if (n > TAKE_MAX)
        return -1;
    for (int64_t k = 0; k < n; k++) {
        at[k] = key[k] + (key[k] < 0 ? length : 0);
        if ((uint64_t)at[k] >= (uint64_t)length)
            return -1;
    }
    return n;
}

static int64_t read_mask(const uint8_t *key, int64_t n, int64_t at[])
{
    int64_t count = 0;
    if (n > TAKE_MAX)
        return -1;
    for (int64_t k = 0; k < n; k++) {
        at[count] = k;
        count += key[k] != 0;
    }
    return count;
}

/* The first `n` axes of a's view are those of the mask. */
static bool mask_fits(const View *m, const View *a)
{
    if (m->ndim > a->ndim)
        return false;
    for (int d = 0; d < m->ndim; d++)
        if (m->shape[d] != a->shape[d])
            return false;
    return true;
}

Value plain_take(Value a, Value key)
{
    Dense x, k;
    int64_t at[TAKE_MAX], shape[NDIM_MAX], row = dtype_size(array_dtype(a));
    int64_t size = dense_operand(a, &x), n = dense_operand(key, &k), count;
    const View *v = &as_array(a)->view, *m = &as_array(key)->view;
    bool mask = k.dtype == DT_BOOL;
    int lead = mask ? 1 : m->ndim, used = mask ? m->ndim : 1;
    if (size < 0 || n < 0 || (!mask && k.dtype != DT_INT64) || (mask && !mask_fits(m, v)) ||
        lead + v->ndim - used > NDIM_MAX)
        return V_UNDEF;
    const void *keys = rt_peek(&k), *from = keys ? rt_peek(&x) : NULL;
    if (!from)
        return V_UNDEF;
    count = mask ? read_mask(keys, n, at) : read_positions(keys, n, v->shape[0], at);
    if (count <= 0)
        return V_UNDEF;
    for (int d = 0; d < lead; d++)
        shape[d] = mask ? count : m->shape[d];
    for (int d = used; d < v->ndim; d++) {
        shape[lead + d - used] = v->shape[d];
        row *= v->shape[d];
    }
    Value r = array_new(x.dtype, lead + v->ndim - used, shape);
    if (v_is_error(r))
        return r;
    Dense dst = {as_array(r)->store, 0, x.dtype, {0}};
    char *to = rt_poke(&dst, count * (row / dtype_size(x.dtype)));
    if (to) {
        take_rows(to, from, at, count, row);
        return r;
    }
    release(r);
    return V_UNDEF;
}
