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
#include "runtime/gather.h"

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
    p->in[k].apart = 0;
    if (n < 0 && a->view.ndim == 1 && a->view.stride[0]) {
        n = a->view.shape[0];
        p->in[k].apart = a->view.stride[0];
    }
    if (n <= 0)
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
    d->apart = 0;
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
    Dense dst = {as_array(r)->store, as_array(r)->view.offset, loop->out, {0}, 0};
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
    d->apart = 0;
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
    bool arg = op == FOLD_ARGMIN || op == FOLD_ARGMAX || op == FOLD_COUNT;
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

enum { TAKE_MAX = 1 << 12 }; /* positions, where other ranks would wait for a message meanwhile */

/* Are n positions for an axis of `length`, and is none counted from the end? */
static bool within(const int64_t *key, int64_t n, int64_t length, bool *plain)
{
    int64_t low = 0, high = -1;
    index_bounds(key, n, &low, &high);
    *plain = low >= 0;
    return low >= -length && high < length;
}

/* n rows of `size` bytes each, picked from `x`, or put there. */
static void move_rows(char *x, char *rows, const int64_t *key, int64_t n, int64_t length,
                      int64_t size, bool plain, bool put)
{
    int64_t at[512], some;
    for (int64_t first = 0; first < n; first += some) {
        some = plain ? n : int64_min(512, n - first);
        for (int64_t k = 0; k < some && !plain; k++)
            at[k] = key[first + k] + (key[first + k] < 0 ? length : 0);
        Index index = {(const char *)(plain ? key : at), 8};
        if (put)
            scatter_units(x, size, rows + first * size, index, some, size);
        else
            gather_units(rows + first * size, x, size, index, some, size);
    }
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

/* What a key of positions or truth values names of a dense array, ready to be moved. */
typedef struct Picked {
    Dense x, key;
    const void *keys;
    char *at; /* of a */
    bool mask, plain;
    int64_t n, length, count, row; /* of the key, the axis; units and their bytes */
} Picked;

static bool pick(Value a, Value key, Picked *p)
{
    int64_t size = dense_operand(a, &p->x);
    const View *v = &as_array(a)->view, *m = &as_array(key)->view;
    p->n = dense_operand(key, &p->key);
    p->mask = p->key.dtype == DT_BOOL;
    p->length = v->shape[0];
    p->plain = true;
    if (size < 0 || p->n < 0 || (p->n > TAKE_MAX && rt_nranks() > 1) ||
        (!p->mask && p->key.dtype != DT_INT64) || (p->mask && !mask_fits(m, v)))
        return false;
    p->keys = rt_peek(&p->key);
    p->at = p->keys ? (char *)rt_peek(&p->x) : NULL;
    if (!p->at || (!p->mask && !within(p->keys, p->n, p->length, &p->plain)))
        return false;
    p->count = p->mask ? count_masked(p->keys, p->n) : p->n;
    p->row = dtype_size(p->x.dtype);
    for (int d = p->mask ? m->ndim : 1; d < v->ndim; d++)
        p->row *= v->shape[d];
    return p->count > 0;
}

Value plain_take(Value a, Value key)
{
    Picked p;
    int64_t shape[NDIM_MAX];
    const View *v = &as_array(a)->view, *m = &as_array(key)->view;
    Store *waits = as_array(key)->store;
    if (array_dtype(key) == DT_BOOL && rt_nranks() == 1 && !store_is_ready(waits)) {
        Status st = rt_flush(); /* the number of elements is asked for in any case */
        if (st != OK)
            return raise_status(st);
    }
    if (!pick(a, key, &p))
        return V_UNDEF;
    int lead = p.mask ? 1 : m->ndim, used = p.mask ? m->ndim : 1;
    if (lead + v->ndim - used > NDIM_MAX)
        return V_UNDEF;
    for (int d = 0; d < lead; d++)
        shape[d] = p.mask ? p.count : m->shape[d];
    for (int d = used; d < v->ndim; d++)
        shape[lead + d - used] = v->shape[d];
    Value r = array_new(p.x.dtype, lead + v->ndim - used, shape);
    if (v_is_error(r))
        return r;
    Dense dst = {as_array(r)->store, 0, p.x.dtype, {0}, 0};
    char *to = rt_poke(&dst, p.count * (p.row / dtype_size(p.x.dtype)));
    if (!to) {
        release(r);
        return V_UNDEF;
    }
    if (p.mask)
        gather_masked(to, p.at, p.keys, p.n, p.row);
    else
        move_rows(p.at, to, p.keys, p.n, p.length, p.row, p.plain, false);
    return r;
}

/* A number that is an element of type t as it is. */
static bool plain_element(Value x, DType t, Scalar *out)
{
    *out = (Scalar){.c128 = {0, 0}};
    if (x.tag == TAG_FLOAT && (t == DT_FLOAT64 || t == DT_FLOAT32)) {
        int flags = 0;
        *out = dtype_cast((Scalar){.f64 = x.f}, DT_FLOAT64, t, &flags);
        return !flags;
    }
    if (x.tag == TAG_INT && (t == DT_FLOAT64 || t == DT_INT64)) {
        *out = dtype_cast((Scalar){.i64 = x.i}, DT_INT64, t, NULL);
        return true;
    }
    return false;
}

/* n picked elements of one type become the vector's, or one number. */
static bool put_values(Picked *p, const char *rows, const Scalar *one)
{
    if (!rt_poke(&p->x, 0))
        return false;
    if (p->mask && one)
        fill_masked(p->at, (const char *)one, p->keys, p->n, p->row);
    else if (p->mask)
        scatter_masked(p->at, rows, p->keys, p->n, p->row);
    else if (one && p->plain)
        fill_units(p->at, p->row, (const char *)one, (Index){p->keys, 8}, p->n, p->row);
    else
        move_rows(p->at, (char *)rows, p->keys, p->n, p->length, p->row, p->plain, true);
    return true;
}

bool plain_put(Value a, Value key, Value x)
{
    Picked p;
    Dense from;
    Scalar one;
    bool number = plain_element(x, array_dtype(a), &one);
    if (rt_nranks() > 1 || as_array(a)->part_of.tag == TAG_OBJ ||
        !(number || (is_array(x) && array_ndim(x) == 1)) || !pick(a, key, &p) ||
        p.row != dtype_size(p.x.dtype) || array_ndim(key) != (p.mask ? array_ndim(a) : 1) ||
        p.key.store == p.x.store)
        return false;
    if (number)
        return (p.mask || p.plain) && put_values(&p, NULL, &one);
    if (dense_operand(x, &from) != p.count || from.dtype != p.x.dtype || from.store == p.x.store)
        return false;
    const char *rows = rt_peek(&from);
    return rows && put_values(&p, rows, NULL);
}

/* ------------------------------------------------ one index array for each axis */

enum { SOME = 512 };

/* The places of n elements from the k-th on, index arrays for all axes; false: out of bounds. */
static bool places(const View *v, const int64_t *const key[], int64_t k, int64_t n, int64_t out[])
{
    for (int64_t j = 0; j < n; j++)
        out[j] = v->offset;
    for (int d = 0; d < v->ndim; d++) {
        int64_t low = 0, high = -1, length = v->shape[d], by = v->stride[d];
        const int64_t *x = key[d] + k;
        index_bounds(x, n, &low, &high);
        if (low < -length || high >= length)
            return false;
        for (int64_t j = 0; j < n; j++)
            out[j] += (x[j] + (x[j] < 0 ? length : 0)) * by;
    }
    return true;
}

/* The index vectors of a key for all axes of a, of one length, where they lie; that length, or -1.
 */
static int64_t read_vectors(Value a, Value key, const int64_t *at[])
{
    const Value *part = as_tuple(key)->at;
    int64_t n = -1;
    if (as_tuple(key)->n != array_ndim(a) || array_ndim(a) == 0)
        return -1;
    for (int d = 0; d < array_ndim(a); d++) {
        Dense k;
        if (!is_array(part[d]) || array_ndim(part[d]) != 1 || array_dtype(part[d]) != DT_INT64)
            return -1;
        int64_t m = dense_operand(part[d], &k);
        if (m <= 0 || (n >= 0 && m != n) || k.store == as_array(a)->store)
            return -1;
        at[d] = rt_peek(&k);
        if (!at[d])
            return -1;
        n = m;
    }
    return n > TAKE_MAX && rt_nranks() > 1 ? -1 : n;
}

/* Where a store's first element lies, when its elements may be read. */
static char *store_at(Value a)
{
    array_refresh(a);
    Dense d = {as_array(a)->store, 0, array_dtype(a), {0}, 0};
    return (char *)rt_peek(&d);
}

Value plain_take_each(Value a, Value key)
{
    const int64_t *index[NDIM_MAX];
    int64_t n = read_vectors(a, key, index), at[SOME], size = dtype_size(array_dtype(a));
    const char *x = n > 0 ? store_at(a) : NULL;
    if (!x)
        return V_UNDEF;
    Value r = array_new(array_dtype(a), 1, &n);
    if (v_is_error(r))
        return r;
    Dense dst = {as_array(r)->store, 0, array_dtype(a), {0}, 0};
    char *to = rt_poke(&dst, n);
    for (int64_t k = 0, some; to && k < n; k += some) {
        some = int64_min(SOME, n - k);
        if (places(&as_array(a)->view, index, k, some, at))
            gather_units(to + k * size, x, size, (Index){(const char *)at, 8}, some, size);
        else
            to = NULL;
    }
    if (to)
        return r;
    release(r);
    return V_UNDEF;
}

bool plain_put_each(Value a, Value key, Value x)
{
    const int64_t *index[NDIM_MAX];
    int64_t at[SOME], size = dtype_size(array_dtype(a)), n;
    Dense from = {0}, to = {as_array(a)->store, 0, array_dtype(a), {0}, 0};
    Scalar one;
    bool number = plain_element(x, array_dtype(a), &one);
    if (rt_nranks() > 1 || as_array(a)->part_of.tag == TAG_OBJ || !(number || is_array(x)))
        return false;
    n = read_vectors(a, key, index);
    if (n <= 0 || (!number && (array_ndim(x) != 1 || dense_operand(x, &from) != n ||
                               from.dtype != to.dtype || from.store == to.store)))
        return false;
    const char *rows = number ? (char *)&one : rt_peek(&from);
    char *p = rows ? store_at(a) : NULL;
    for (int64_t k = 0; p && k < n; k += SOME) /* nothing is written before all are known good */
        if (!places(&as_array(a)->view, index, k, int64_min(SOME, n - k), at))
            return false;
    if (!p || !rt_poke(&to, 0))
        return false;
    for (int64_t k = 0, some; k < n; k += some) {
        some = int64_min(SOME, n - k);
        if (n > SOME)
            places(&as_array(a)->view, index, k, some, at);
        Index places_ = {(const char *)at, 8};
        if (number)
            fill_units(p, size, rows, places_, some, size);
        else
            scatter_units(p, size, rows + k * size, places_, some, size);
    }
    return true;
}
