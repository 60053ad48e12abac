/* index.c -- a[key] and a[key] = x, and the functions that index.  Replicated.
 *
 * A key is read into one Index per part.  Integers, slices, None and Ellipsis alone give views.
 * With arrays among them (a boolean array becomes its positions), the view made by the basic parts
 * is transposed so that the indexed axes lead, rt_take or rt_put does the work, and the result's
 * axes go where NumPy puts them: in place of the index arrays when these stand together, else in
 * front.
 *
 * Invariant: index operands given to the runtime are int64, of one shape, and within bounds.
 */
#include "stdlib/numpy/plain.h"

#include "interp/objects.h"
#include "stdlib/numpy/family.h"

/* ------------------------------------------------------------------ reading keys */

typedef enum IndexKind { IX_INT, IX_SLICE, IX_NEW, IX_ELLIPSIS, IX_ARRAY, IX_BOOL } IndexKind;

typedef struct Index {
    IndexKind kind;
    int64_t i, step, count; /* IX_INT: i; IX_SLICE: start i */
    Value key;              /* IX_SLICE: the slice; IX_ARRAY, IX_BOOL: the array, owned */
    int ndim;               /* IX_BOOL: its axes; they index as many */
} Index;

enum { INDEX_MAX = 2 * NDIM_MAX };
typedef struct Key {
    Index at[INDEX_MAX];
    int n;
    bool advanced, ellipsis;
    bool copies; /* a 0-d integer array is among the parts: NumPy then copies */
    int used;    /* axes of the array that are indexed */
} Key;

static void key_fini(Key *k)
{
    for (int i = 0; i < k->n; i++)
        if (k->at[i].kind == IX_ARRAY || k->at[i].kind == IX_BOOL)
            release(k->at[i].key);
}

static bool fail_kind(void)
{
    raise_fmt(&exc_IndexError, "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis "
                               "(`None`) and integer or boolean "
                               "arrays are valid indices");
    return false;
}

static bool array_part(Value v, Index *x)
{
    bool list = is_list(v) || is_tuple(v);
    Value a = array_from_value(v, DT_NONE, 0, false);
    if (v_is_error(a)) { /* text and objects are no indices, whatever arrays of them may be */
        if (!error_matches(&exc_Unsupported))
            return false;
        error_clear();
        return fail_kind();
    }
    if (list && view_size(&as_array(a)->view) == 0 && array_dtype(a) == DT_FLOAT64) {
        Value empty = array_astype(a, DT_INT64, 'K', CAST_UNSAFE, true);
        release(a);
        a = empty;
    }
    DType t = array_dtype(a);
    x->key = a;
    x->ndim = as_array(a)->view.ndim;
    x->kind = t == DT_BOOL ? IX_BOOL : IX_ARRAY;
    if (t == DT_BOOL || dtype_is_integer(t))
        return true;
    release(a);
    if (list)
        return fail_kind();
    if (is_array(v))
        raise_fmt(&exc_IndexError, "arrays used as indices must be of integer (or boolean) type");
    else
        fail_kind();
    return false;
}

static bool part_read(Value v, Index *x)
{
    *x = (Index){.kind = IX_INT};
    switch (v.tag) {
    case TAG_INT:
        x->i = v.i;
        return true;
    case TAG_NONE:
        x->kind = IX_NEW;
        return true;
    case TAG_ELLIPSIS:
        x->kind = IX_ELLIPSIS;
        return true;
    case TAG_BOOL:
        return array_part(v, x);
    case TAG_OBJ:
        break;
    default:
        return fail_kind();
    }
    if (is_exact(v, &type_slice)) {
        x->kind = IX_SLICE;
        x->key = v;
        return true;
    }
    if (is_npscalar(v)) {
        DType t = as_npscalar(v)->dtype;
        if (t == DT_BOOL)
            return array_part(v, x);
        return dtype_is_integer(t) ? op_as_int64(v, &x->i) : fail_kind();
    }
    if (is_array(v) && !as_array(v)->view.ndim && dtype_is_integer(array_dtype(v)))
        return op_as_int64(v, &x->i);
    if (is_array(v) || is_list(v) || is_tuple(v) || is_instance(v, &type_range))
        return array_part(v, x);
    if (is_int(v)) {
        raise_fmt(&exc_IndexError, "cannot fit 'int' into an index-sized integer");
        return false;
    }
    if (is_str(v) || !v.o->type->index || !op_as_int64(v, &x->i)) {
        error_clear();
        return fail_kind();
    }
    return true;
}

static bool key_read(Value key, int ndim, Key *k)
{
    k->n = 0;
    k->advanced = k->ellipsis = k->copies = false;
    k->used = 0;
    int64_t n = is_tuple(key) ? as_tuple(key)->n : 1;
    if (n > INDEX_MAX - 1) {
        raise_unsupported("an index of more than 31 parts", "NumPy");
        return false;
    }
    for (int64_t i = 0; i < n; i++) {
        Index *x = &k->at[k->n];
        Value part = is_tuple(key) ? as_tuple(key)->at[i] : key;
        if (!part_read(part, x)) {
            key_fini(k);
            return false;
        }
        k->n++;
        k->copies |= x->kind == IX_INT && is_array(part);
        k->advanced |= x->kind >= IX_ARRAY;
        k->used += x->kind == IX_BOOL ? x->ndim : x->kind != IX_NEW && x->kind != IX_ELLIPSIS;
        if (x->kind == IX_ELLIPSIS && k->ellipsis) {
            raise_fmt(&exc_IndexError, "an index can only have a single ellipsis ('...')");
            key_fini(k);
            return false;
        }
        k->ellipsis |= x->kind == IX_ELLIPSIS;
    }
    if (k->used > ndim) {
        raise_fmt(&exc_IndexError,
                  "too many indices for array: array is %d-dimensional, but %d were indexed", ndim,
                  k->used);
        key_fini(k);
        return false;
    }
    if (!k->ellipsis)
        k->at[k->n++] = (Index){.kind = IX_ELLIPSIS};
    return true;
}

static bool in_bounds(int64_t *i, int64_t n, int axis)
{
    if (*i < -n || *i >= n) {
        raise_fmt(&exc_IndexError, "index %lld is out of bounds for axis %d with size %lld",
                  (long long)*i, axis, (long long)n);
        return false;
    }
    *i += *i < 0 ? n : 0;
    return true;
}

/* ------------------------------------------------------------------ basic parts */

/* What the key does to the array's axes, in order: basic parts are applied to *view, whose axes are
 * then those of the basic result with the axes that index arrays stand for among them. */
typedef struct Plan {
    View view;
    int nindex;            /* index arrays; a boolean one counts once per axis */
    int axis[NDIM_MAX];    /* view axis that index k stands for */
    int source[NDIM_MAX];  /* array axis, for messages */
    Value index[NDIM_MAX]; /* owned int64 arrays, or undefined: the integer below */
    int64_t integer[NDIM_MAX];
    bool within[NDIM_MAX]; /* index k is a mask's positions: within bounds */
    bool together;         /* the index parts are neighbours in the key */
} Plan;

static void plan_fini(Plan *p)
{
    for (int k = 0; k < p->nindex; k++)
        release(p->index[k]);
}

/* Masks are as long as the axes they stand for, or empty; checked before any integer is. */
static bool masks_fit(const View *v, const Key *k)
{
    int axis = 0;
    for (int i = 0; i < k->n; i++) {
        const Index *x = &k->at[i];
        const View *m = x->kind == IX_BOOL ? &as_array(x->key)->view : NULL;
        for (int d = 0; m && d < m->ndim; d++)
            if (m->shape[d] && m->shape[d] != v->shape[axis + d]) {
                raise_fmt(&exc_IndexError,
                          "boolean index did not match indexed array along axis %d; size of axis "
                          "is %lld but size of "
                          "corresponding boolean axis is %lld",
                          axis + d, (long long)v->shape[axis + d], (long long)m->shape[d]);
                return false;
            }
        axis += x->kind == IX_ELLIPSIS ? v->ndim - k->used
                : x->kind == IX_BOOL   ? x->ndim
                                       : x->kind != IX_NEW;
    }
    return true;
}

/* A boolean array's positions as index arrays for its axes. */
static bool plan_mask(Plan *p, Value mask, int axis, int source)
{
    const View *m = &as_array(mask)->view;
    int64_t count;
    Store *out[NDIM_MAX];
    Operand in = array_operand(mask);
    if (!status_ok(rt_nonzero(&in, &count, out)))
        return false;
    View v = view_whole(1, &count);
    for (int d = 0; d < m->ndim; d++) {
        p->axis[p->nindex] = axis + d;
        p->source[p->nindex] = source + d;
        p->within[p->nindex] = true;
        p->index[p->nindex++] = array_of(out[d], &v, V_UNDEF);
    }
    return true;
}

/* A 0-d boolean: a new axis of length 1, indexed by one zero or by none. */
static bool plan_truth(Plan *p, Value mask, int axis)
{
    int truth = op_truth(mask);
    if (truth < 0)
        return false;
    if (p->view.ndim == NDIM_MAX) {
        raise_unsupported("an array of more than 16 axes", "NumPy");
        return false;
    }
    int64_t n = truth;
    p->view = view_newaxis(&p->view, axis);
    for (int k = 0; k < p->nindex; k++)
        ASSERT(p->axis[k] < axis, "axis=%d", axis);
    p->axis[p->nindex] = axis;
    p->source[p->nindex] = 0;
    p->index[p->nindex] = array_new(DT_INT64, 1, &n);
    return !v_is_error(p->index[p->nindex++]);
}

static bool plan_make(Value a, const Key *k, Plan *p)
{
    const View *v = &as_array(a)->view;
    memset(p, 0, sizeof *p);
    p->view = *v;
    p->together = true;
    if (!masks_fit(v, k))
        return false;
    int axis = 0, source = 0, last = -2;
    for (int i = 0; i < k->n; i++) {
        const Index *x = &k->at[i];
        bool indexing = k->advanced && (x->kind == IX_INT || x->kind >= IX_ARRAY);
        if (indexing) {
            p->together &= last == -2 || last == i - 1;
            last = i;
        }
        int64_t start, stop, step, count, at = x->i;
        switch (x->kind) {
        case IX_INT:
            if (!in_bounds(&at, v->shape[source], source))
                return false;
            if (k->advanced) {
                p->axis[p->nindex] = axis++;
                p->source[p->nindex] = source;
                p->integer[p->nindex] = at;
                p->index[p->nindex++] = V_UNDEF;
            } else {
                p->view = view_index(&p->view, axis, at);
            }
            source++;
            break;
        case IX_SLICE:
            if (!slice_indices(x->key, v->shape[source], &start, &stop, &step, &count))
                return false;
            p->view = view_slice(&p->view, axis++, start, step, count);
            source++;
            break;
        case IX_NEW:
            if (p->view.ndim == NDIM_MAX) {
                raise_unsupported("an array of more than 16 axes", "NumPy");
                return false;
            }
            p->view = view_newaxis(&p->view, axis++);
            break;
        case IX_ELLIPSIS:
            axis += v->ndim - k->used;
            source += v->ndim - k->used;
            break;
        case IX_ARRAY:
            p->axis[p->nindex] = axis++;
            p->source[p->nindex] = source++;
            p->index[p->nindex++] = retain(x->key);
            break;
        case IX_BOOL:
            if (!(x->ndim ? plan_mask(p, x->key, axis, source) : plan_truth(p, x->key, axis)))
                return false;
            axis += x->ndim ? x->ndim : 1;
            source += x->ndim;
        }
    }
    return true;
}

/* --------------------------------------------------------------- index operands */

typedef struct Gather {
    int nindex, bdim, rest; /* index arrays, their axes, remaining axes of the view */
    int64_t bshape[NDIM_MAX];
    Operand index[NDIM_MAX]; /* broadcast to bshape, wrapped */
    Store *held[NDIM_MAX];
    View lead;               /* the view with the indexed axes first */
    int64_t shape[NDIM_MAX]; /* bshape then the rest: what the runtime sees */
    int place;               /* where NumPy puts the index axes in the result */
} Gather;

static void gather_fini(Gather *g)
{
    for (int k = 0; k < g->nindex; k++)
        store_release(g->held[k]); /* those made so far */
}

static bool fail_mismatch(const Plan *p)
{
    Buf b = {0};
    for (int k = 0; k < p->nindex; k++) {
        if (v_is_undef(p->index[k]))
            continue;
        shape_put(&b, as_array(p->index[k])->view.ndim, as_array(p->index[k])->view.shape);
        buf_putc(&b, ' ');
    }
    raise_fmt(&exc_IndexError,
              "shape mismatch: indexing arrays could not be broadcast together with shapes %s",
              buf_text(&b));
    buf_free(&b);
    return false;
}

static bool gather_shape(const Plan *p, Gather *g)
{
    int ndim[NDIM_MAX];
    const int64_t *shape[NDIM_MAX];
    for (int k = 0; k < p->nindex; k++) {
        bool array = !v_is_undef(p->index[k]);
        ndim[k] = array ? as_array(p->index[k])->view.ndim : 0;
        shape[k] = array ? as_array(p->index[k])->view.shape : NULL;
    }
    return broadcast_shapes(p->nindex, ndim, shape, &g->bdim, g->bshape) || fail_mismatch(p);
}

/* Index k as a wrapped int64 operand of the common shape. */
static bool gather_index(const Plan *p, int k, Gather *g)
{
    int64_t n = p->view.shape[p->axis[k]], bad;
    if (v_is_undef(p->index[k])) {
        Scalar i = {.i64 = p->integer[k]};
        Store *cell;
        if (!status_ok(store_new(DT_INT64, 0, NULL, &cell)))
            return false;
        View v = view_whole(0, NULL);
        g->held[g->nindex] = cell;
        g->index[g->nindex] = operand_array(cell, &v);
        g->nindex++;
        Operand *o = &g->index[k];
        if (!status_ok(rt_set_value(o, i)))
            return false;
        return view_broadcast(&v, g->bdim, g->bshape, &o->view);
    }
    Value own = p->index[k], wide = V_UNDEF;
    if (array_dtype(own) != DT_INT64)
        own = wide = array_astype(own, DT_INT64, 'K', CAST_UNSAFE, true);
    if (v_is_error(own))
        return false;
    Operand in = array_operand(own);
    View wrapped = in.view;
    Status st = OK;
    if (p->within[k])
        g->held[g->nindex] = store_retain(in.store);
    else
        st = rt_check_index(&in, n, &bad, &g->held[g->nindex], &wrapped);
    release(wide);
    if (st == ERR_INDEX) {
        raise_fmt(&exc_IndexError, "index %lld is out of bounds for axis %d with size %lld",
                  (long long)bad, p->source[k], (long long)n);
        return false;
    }
    if (!status_ok(st))
        return false;
    g->index[g->nindex] = operand_array(g->held[g->nindex], &wrapped);
    g->nindex++;
    return view_broadcast(&wrapped, g->bdim, g->bshape, &g->index[k].view);
}

/* The remaining axes of the view behind the indexed ones; those in K order when `ordered`. */
static void gather_lead(const Plan *p, Gather *g)
{
    int perm[NDIM_MAX], n = 0;
    uint32_t taken = 0;
    for (int k = 0; k < p->nindex; k++) {
        perm[n++] = p->axis[k];
        taken |= 1u << p->axis[k];
    }
    for (int d = 0; d < p->view.ndim; d++)
        if (!(taken >> d & 1))
            perm[n++] = d;
    g->lead = view_transpose(&p->view, perm);
    g->rest = p->view.ndim - p->nindex;
    memcpy(g->shape, g->bshape, sizeof *g->shape * (size_t)g->bdim);
    for (int d = 0; d < g->rest; d++)
        g->shape[g->bdim + d] = g->lead.shape[p->nindex + d];
    g->place = p->together ? p->axis[0] : 0;
}

/* Shapes first, then the indices: an assignment's value is judged between the two. */
static bool gather_begin(const Plan *p, Gather *g)
{
    memset(g, 0, sizeof *g);
    if (!gather_shape(p, g))
        return false;
    if (g->bdim + p->view.ndim - p->nindex > NDIM_MAX) {
        raise_unsupported("an array of more than 16 axes", "NumPy");
        return false;
    }
    gather_lead(p, g);
    return true;
}

static bool gather_indices(const Plan *p, Gather *g)
{
    for (int k = 0; k < p->nindex; k++)
        if (!gather_index(p, k, g))
            return false;
    return true;
}

/* A statement takes only so many index arrays: with more, the lead is copied with its indexed axes
 * made one, and the indices become one.  `lead` answers the copy as it lies, `flat` that form. */
enum { INDICES_MOST = 4 };

static bool gather_merge(Gather *g, const Operand *in, Value *lead, Value *flat)
{
    int64_t shape[NDIM_MAX] = {1};
    const View *v = &in->view;
    *flat = V_UNDEF;
    *lead = array_new(in->dtype, v->ndim, v->shape);
    if (v_is_error(*lead))
        return false;
    Operand out = array_operand(*lead);
    if (!status_ok(rt_copy(&out, in)))
        return false;
    Value at = V_UNDEF;
    for (int k = 0; k < g->nindex; k++) {
        Value i = array_of(store_retain(g->index[k].store), &g->index[k].view, V_UNDEF);
        at = k ? np_op2(OP_ADD, np_op2(OP_MULTIPLY, at, v_int(v->shape[k])), i) : i;
        shape[0] *= v->shape[k];
        store_release(g->held[k]);
    }
    g->nindex = 0;
    at = v_is_error(at) ? at : np_array(at);
    if (v_is_error(at))
        return false;
    g->held[0] = store_retain(as_array(at)->store);
    g->index[0] = array_operand(at);
    g->nindex = 1;
    release(at);
    memcpy(shape + 1, g->shape + g->bdim, sizeof *shape * (size_t)g->rest);
    *flat = np_reshape(retain(*lead), 1 + g->rest, shape);
    return !v_is_error(*flat);
}

static bool gather_take(Gather *g, const Operand *in, const Operand *out)
{
    if (g->nindex <= INDICES_MOST)
        return status_ok(rt_take(in, g->nindex, g->index, out));
    Value lead, flat;
    bool ok = gather_merge(g, in, &lead, &flat);
    Operand from = ok ? array_operand(flat) : *in;
    ok = ok && status_ok(rt_take(&from, 1, g->index, out));
    release(lead);
    release(flat);
    return ok;
}

static bool gather_put(Gather *g, const Operand *out, const Operand *in)
{
    if (g->nindex <= INDICES_MOST)
        return status_ok(rt_put(out, g->nindex, g->index, in));
    Value lead, flat;
    bool ok = gather_merge(g, out, &lead, &flat);
    Operand to = ok ? array_operand(flat) : *out, back = ok ? array_operand(lead) : *out;
    ok = ok && status_ok(rt_put(&to, 1, g->index, in)) && status_ok(rt_copy(out, &back));
    release(lead);
    release(flat);
    return ok;
}

/* Result axes in NumPy's order from the runtime's (index axes first): perm for view_transpose. */
static void gather_perm(const Gather *g, int perm[])
{
    int n = 0;
    for (int d = 0; d < g->place; d++)
        perm[n++] = g->bdim + d;
    for (int d = 0; d < g->bdim; d++)
        perm[n++] = d;
    for (int d = g->place; d < g->rest; d++)
        perm[n++] = g->bdim + d;
}

/* ------------------------------------------------------------------------- get */

/* An array of shape bshape + rest whose rest lies in the source's K order. */
static Value gather_result(const Plan *p, const Gather *g, DType t)
{
    int nd = g->bdim + g->rest, order[NDIM_MAX], inner[NDIM_MAX], place[NDIM_MAX];
    int64_t extent[NDIM_MAX];
    View rest = {.ndim = g->rest};
    for (int d = 0; d < g->rest; d++) {
        rest.shape[d] = g->lead.shape[p->nindex + d];
        rest.stride[d] = g->lead.stride[p->nindex + d];
    }
    const View *one[1] = {&rest};
    view_korder(1, one, g->rest, inner);
    for (int d = 0; d < g->bdim; d++)
        order[d] = d;
    for (int d = 0; d < g->rest; d++)
        order[g->bdim + d] = g->bdim + inner[d];
    for (int d = 0; d < nd; d++) {
        extent[d] = g->shape[order[d]];
        place[order[d]] = d;
    }
    Store *s;
    if (!status_ok(store_new(t, nd, extent, &s)))
        return V_ERROR;
    View whole = view_whole(nd, extent), v = view_transpose(&whole, place);
    return array_of(s, &v, V_UNDEF);
}

static Value gather_get(Value a, const Plan *p)
{
    Gather g;
    if (!gather_begin(p, &g))
        return V_ERROR;
    Value r = gather_indices(p, &g) ? gather_result(p, &g, array_dtype(a)) : V_ERROR;
    bool ok = !v_is_error(r);
    if (ok) {
        Operand in = operand_array(as_array(a)->store, &g.lead), out = array_operand(r);
        ok = gather_take(&g, &in, &out);
    }
    if (ok) {
        int perm[NDIM_MAX];
        gather_perm(&g, perm);
        View turned = view_transpose(&as_array(r)->view, perm);
        if (g.place > 0) { /* NumPy gives a view of the array it filled */
            Value v = array_view(r, &turned);
            release(r);
            r = v;
        } else {
            as_array(r)->view = turned;
        }
    }
    gather_fini(&g);
    if (ok)
        return r;
    release(r);
    return V_ERROR;
}

static Value slow_get(Value a, Value key)
{
    Key k;
    Plan p;
    if (!key_read(key, as_array(a)->view.ndim, &k))
        return V_ERROR;
    Value r = V_ERROR;
    bool whole = k.n == 1 || k.used == as_array(a)->view.ndim;
    for (int i = 0; i < k.n; i++)
        whole &= k.at[i].kind == IX_INT || (k.at[i].kind == IX_ELLIPSIS && !k.ellipsis);
    if (plan_make(a, &k, &p)) {
        if (p.nindex)
            r = gather_get(a, &p);
        else if (whole && p.view.ndim == 0 && k.used == as_array(a)->view.ndim)
            r = array_element(as_array(a)->store, &p.view);
        else
            r = array_view(a, &p.view);
        if (k.copies && is_array(r) && !p.nindex) {
            Value view = r;
            r = array_copy(view, 'K');
            release(view);
        }
    }
    plan_fini(&p);
    key_fini(&k);
    return r;
}

/* A plain integer, Python's or NumPy's. */
static inline bool plain_integer(Value v, int64_t *i)
{
    if (v.tag == TAG_INT) {
        *i = v.i;
        return true;
    }
    if (v.tag != TAG_OBJ || !is_npscalar(v) || as_npscalar(v)->pending ||
        !dtype_is_integer(as_npscalar(v)->dtype) || as_npscalar(v)->dtype == DT_UINT64 ||
        as_npscalar(v)->dtype == DT_BOOL)
        return false;
    *i = dtype_cast(as_npscalar(v)->value, as_npscalar(v)->dtype, DT_INT64, NULL).i64;
    return true;
}

/* Integers for all axes: the element's place; false: not such a key (no exception). */
static bool element_key(const View *v, Value key, View *out)
{
    const Value *at = is_exact(key, &type_tuple) ? as_tuple(key)->at : &key;
    int64_t n = is_exact(key, &type_tuple) ? as_tuple(key)->n : 1;
    if (n != v->ndim || n == 0)
        return false;
    int64_t offset = v->offset;
    for (int64_t d = 0; d < n; d++) {
        int64_t i;
        if (!plain_integer(at[d], &i))
            return false;
        i += i < 0 ? v->shape[d] : 0;
        if (i < 0 || i >= v->shape[d])
            return false;
        offset += i * v->stride[d];
    }
    out->ndim = 0;
    out->offset = offset;
    return true;
}

/* A slice of plain numbers along an axis of n; false: it needs more care. */
static bool plain_slice(const Slice *s, int64_t n, int64_t *start, int64_t *step, int64_t *count)
{
    int64_t by = s->step.tag == TAG_INT ? s->step.i : 1, lo = by < 0 ? -1 : 0, hi = lo + n;
    if ((s->step.tag != TAG_INT && s->step.tag != TAG_NONE) || by == 0 || by < -n || by > n)
        return false;
    int64_t end[2] = {by < 0 ? hi : lo, by < 0 ? lo : hi};
    const Value *at[2] = {&s->start, &s->stop};
    for (int k = 0; k < 2; k++) {
        if (at[k]->tag == TAG_NONE)
            continue;
        if (at[k]->tag != TAG_INT)
            return false;
        int64_t i = at[k]->i;
        i += i < 0 ? n : 0;
        end[k] = i < lo ? lo : i > hi ? hi : i;
    }
    int64_t gap = by < 0 ? end[0] - end[1] : end[1] - end[0], size = by < 0 ? -by : by;
    *start = end[0];
    *step = by;
    *count = gap > 0 ? (gap - 1) / size + 1 : 0;
    return true;
}

/* Integers and plain slices for the leading axes: the view; false: not such a key (no exception),
 * or an element. */
static bool plain_key(const View *v, Value key, View *out)
{
    bool tuple = is_exact(key, &type_tuple);
    const Value *at = tuple ? as_tuple(key)->at : &key;
    int64_t n = tuple ? as_tuple(key)->n : 1, start, step, count;
    if (n > v->ndim || n == 0)
        return false;
    out->ndim = 0;
    out->offset = v->offset;
    for (int d = 0; d < v->ndim; d++) {
        int k = out->ndim;
        out->shape[k] = v->shape[d];
        out->stride[k] = v->stride[d];
        if (d < n && at[d].tag == TAG_INT) {
            int64_t i = at[d].i + (at[d].i < 0 ? v->shape[d] : 0);
            if (i < 0 || i >= v->shape[d])
                return false;
            out->offset += i * v->stride[d];
            continue;
        }
        if (d < n) {
            if (!is_exact(at[d], &type_slice) ||
                !plain_slice((const Slice *)at[d].o, v->shape[d], &start, &step, &count))
                return false;
            out->offset += count > 0 ? start * v->stride[d] : 0;
            out->shape[k] = count;
            out->stride[k] = v->stride[d] * step;
        }
        out->ndim++;
    }
    return out->ndim > 0;
}

static Value getitem(Value a, Value key)
{
    array_refresh(a);
    const View *v = &as_array(a)->view;
    View at;
    if (element_key(v, key, &at))
        return array_element(as_array(a)->store, &at);
    if (plain_key(v, key, &at))
        return array_view(a, &at);
    Value r = is_array(key)                ? plain_take(a, key)
              : is_exact(key, &type_tuple) ? plain_take_each(a, key)
                                           : V_UNDEF;
    return v_is_undef(r) ? slow_get(a, key) : r;
}

Value array_getitem(Value a, Value key)
{
    Value r = getitem(a, key), z = as_array(a)->part_of;
    if (v_is_undef(z) || !is_array(r) || as_array(r)->store != as_array(a)->store)
        return r;
    release(r); /* a view of z.real is the part of a view of z, and can be written as it can */
    return array_part_of(getitem(z, key), as_array(a)->part_imag);
}

/* ------------------------------------------------------------------------- set */

static bool fail_assign_shape(const View *from, const View *to)
{
    Buf b = {0};
    buf_puts(&b, "could not broadcast input array from shape ");
    shape_put(&b, from->ndim, from->shape);
    buf_puts(&b, " into shape ");
    shape_put(&b, to->ndim, to->shape);
    raise_fmt(&exc_ValueError, "%s", buf_text(&b));
    buf_free(&b);
    return false;
}

/* Value operands: a constant of the array's type or an array; `held` is released by the caller. */
static bool value_operand(Value x, DType t, bool checked, Operand *out, Value *held)
{
    Scalar s;
    bool sequence = false;
    *held = V_UNDEF;
    checked = checked && element_is_checked(x, t);
    bool future = is_npscalar(x) && as_npscalar(x)->pending && !checked;
    if (!future && !is_array(x)) {
        if ((checked ? element_store_value : element_from_value)(x, t, &s, &sequence)) {
            *out = operand_const(t, s);
            return true;
        }
        if (!sequence)
            return false;
    }
    bool nested = is_list(x) || is_tuple(x);
    *held = array_from_value(x, nested ? t : DT_NONE, 0, false);
    if (v_is_error(*held)) {
        *held = V_UNDEF;
        return false;
    }
    *out = array_operand(*held);
    return true;
}

/* What a cast of the operand to t says, once the shapes fit. */
static bool warn_cast(const Operand *in, DType t)
{
    if (!in->store || !dtype_is_complex(in->dtype) || dtype_is_complex(t) || t == DT_BOOL)
        return true;
    return warn_fmt(&exc_ComplexWarning,
                    "Casting complex values to real discards the imaginary part");
}

/* The value's view spread over `to`: leading axes of length 1 too many are dropped, as NumPy's
 * assignment does. */
static bool spread(Operand *x, const View *to)
{
    if (!x->store)
        return true;
    while (x->view.ndim > to->ndim && x->view.shape[0] == 1)
        x->view = view_index(&x->view, 0, 0);
    View full = x->view;
    if (view_broadcast(&x->view, to->ndim, to->shape, &x->view))
        return true;
    return fail_assign_shape(&full, to);
}

static bool assign_view(Value a, const View *v, Value x)
{
    Operand out = operand_array(as_array(a)->store, v), in;
    Value held;
    if (!value_operand(x, out.dtype, true, &in, &held))
        return false;
    bool ok = true;
    if ((is_list(x) || is_tuple(x)) && in.view.ndim > v->ndim) {
        raise_fmt(&exc_ValueError,
                  "setting an array element with a sequence. The requested array would exceed the "
                  "maximum number of dimension "
                  "of %d.",
                  v->ndim);
        ok = false;
    }
    ok = ok && spread(&in, v) && warn_cast(&in, out.dtype) && status_ok(rt_copy(&out, &in));
    release(held);
    return ok;
}

bool array_assign(Value a, Value x)
{
    return array_check_writable(a) && assign_view(a, &as_array(a)->view, x) && array_part_write(a);
}

/* One element: a plain value is written at once, a future by a statement. */
static bool assign_element(Value a, const View *at, Value x)
{
    DType t = array_dtype(a);
    Scalar s;
    if (x.tag == TAG_FLOAT && t == DT_FLOAT64)
        return status_ok(rt_set_element(as_array(a)->store, at->offset, (Scalar){.f64 = x.f}));
    if (is_array(x) || (is_npscalar(x) && as_npscalar(x)->pending && !element_is_checked(x, t))) {
        if (is_array(x) && view_size(&as_array(x)->view) != 1) {
            if (dtype_is_complex(t))
                raise_fmt(&exc_TypeError,
                          "only length-1 arrays can be converted to Python scalars");
            else
                raise_fmt(&exc_ValueError, "setting an array element with a sequence.");
            return false;
        }
        if (is_array(x) && as_array(x)->view.ndim &&
            !warn_fmt(&exc_DeprecationWarning,
                      "Conversion of an array with ndim > 0 to a scalar is deprecated, and will "
                      "error in future. Ensure you "
                      "extract a single element from your array before performing this operation. "
                      "(Deprecated NumPy 1.25.)"))
            return false;
        return assign_view(a, at, x);
    }
    return element_store_value(x, t, &s, NULL) &&
           status_ok(rt_set_element(as_array(a)->store, at->offset, s));
}

/* x over the gathered space: NumPy's order of axes, then transposed to the runtime's. */
static bool gather_value(const Gather *g, Operand *x, bool mask)
{
    int nd = g->bdim + g->rest, perm[NDIM_MAX], back[NDIM_MAX];
    if (!x->store)
        return true;
    View full = x->view, to = {.ndim = nd};
    gather_perm(g, perm);
    for (int d = 0; d < nd; d++) {
        to.shape[d] = g->shape[perm[d]];
        back[perm[d]] = d;
    }
    while (x->view.ndim > nd && x->view.shape[0] == 1)
        x->view = view_index(&x->view, 0, 0);
    if (view_broadcast(&x->view, nd, to.shape, &x->view)) {
        x->view = view_transpose(&x->view, back);
        return true;
    }
    Buf b = {0};
    buf_puts(&b, "shape mismatch: value array of shape ");
    shape_put(&b, full.ndim, full.shape);
    buf_puts(&b, " could not be broadcast to indexing result of shape ");
    shape_put(&b, nd, to.shape);
    if (mask && full.ndim <= 1 && g->rest == 0)
        raise_fmt(&exc_ValueError,
                  "NumPy boolean array indexing assignment cannot assign %lld input values to the "
                  "%lld output values where the "
                  "mask is true",
                  (long long)view_size(&full), (long long)g->bshape[0]);
    else
        raise_fmt(&exc_ValueError, "%s", buf_text(&b));
    buf_free(&b);
    return false;
}

static bool gather_set(Value a, const Plan *p, Value x, bool mask)
{
    Gather g;
    Operand in;
    Value held;
    if (!gather_begin(p, &g))
        return false;
    bool ok = value_operand(x, array_dtype(a), false, &in, &held);
    if (ok && !in.store) { /* a constant everywhere */
        in.view = (View){.ndim = g.bdim + g.rest};
        memcpy(in.view.shape, g.shape, sizeof g.shape);
    }
    if (ok && gather_value(&g, &in, mask) && gather_indices(p, &g) &&
        warn_cast(&in, array_dtype(a))) {
        Operand out = operand_array(as_array(a)->store, &g.lead);
        ok = gather_put(&g, &out, &in);
    } else {
        ok = false;
    }
    release(held);
    gather_fini(&g);
    return ok;
}

/* a[mask] = scalar for a mask of a's leading axes: a masked copy, nothing is counted.  1 done, 0
 * not this case, -1. */
static int masked_fill(Value a, const Key *k, Value x)
{
    const View *v = &as_array(a)->view;
    if (k->n < 1 || k->at[0].kind != IX_BOOL || k->at[0].ndim == 0 || k->n > 2 ||
        (k->n == 2 && k->at[1].kind != IX_ELLIPSIS))
        return 0;
    Operand mask = array_operand(k->at[0].key), in;
    Value held;
    for (int d = 0; d < mask.view.ndim; d++)
        if (mask.view.shape[d] != v->shape[d])
            return 0;
    if (!value_operand(x, array_dtype(a), false, &in, &held))
        return -1;
    if (in.store && in.view.ndim > 1 && k->at[0].ndim == v->ndim && !k->ellipsis) {
        raise_fmt(&exc_TypeError,
                  "NumPy boolean array indexing assignment requires a 0 or 1-dimensional input, "
                  "input has %d dimensions",
                  in.view.ndim);
        release(held);
        return -1;
    }
    if (in.store && (view_size(&in.view) != 1 || in.view.ndim > 1)) {
        release(held);
        return 0;
    }
    if (in.store) {
        in.view = (View){.ndim = 0, .offset = in.view.offset};
        view_broadcast(&in.view, v->ndim, v->shape, &in.view);
    }
    for (int d = mask.view.ndim; d < v->ndim; d++) {
        mask.view.shape[d] = v->shape[d];
        mask.view.stride[d] = 0;
    }
    mask.view.ndim = v->ndim;
    Operand out = array_operand(a);
    bool ok =
        warn_cast(&in, out.dtype) && status_ok(rt_ew(OP_COPY, in.dtype, 1, &in, 1, &out, &mask));
    release(held);
    return ok ? 1 : -1;
}

static bool slow_set(Value a, Value key, Value x)
{
    Key k;
    Plan p;
    if (!key_read(key, as_array(a)->view.ndim, &k))
        return false;
    int done = masked_fill(a, &k, x);
    if (done) {
        key_fini(&k);
        return done > 0;
    }
    bool ok = false,
         mask = !k.ellipsis && k.at[0].kind == IX_BOOL && k.at[0].ndim == as_array(a)->view.ndim;
    if (plan_make(a, &k, &p)) {
        if (p.nindex)
            ok = gather_set(a, &p, x, mask);
        else if (p.view.ndim == 0 && !k.ellipsis && as_array(a)->view.ndim)
            ok = assign_element(a, &p.view, x);
        else
            ok = assign_view(a, &p.view, x);
    }
    plan_fini(&p);
    key_fini(&k);
    return ok;
}

bool array_setitem(Value a, Value key, Value x)
{
    View at;
    if (v_is_undef(x)) {
        raise_fmt(&exc_ValueError, "cannot delete array elements");
        return false;
    }
    if (!array_check_writable(a))
        return false;
    array_refresh(a);
    bool ok;
    if (element_key(&as_array(a)->view, key, &at))
        ok = assign_element(a, &at, x);
    else if (key.tag == TAG_ELLIPSIS)
        ok = assign_view(a, &as_array(a)->view, x);
    else if (plain_key(&as_array(a)->view, key, &at))
        ok = assign_view(a, &at, x);
    else
        ok = (is_array(key) && plain_put(a, key, x)) ||
             (is_exact(key, &type_tuple) && plain_put_each(a, key, x)) || slow_set(a, key, x);
    return ok && array_part_write(a);
}
