/* range.c -- range and slice.  Replicated.
 *
 * A range whose bounds and length fit 64 bits is `small` and computes on machine words; any other
 * does the same arithmetic on int values.
 *
 * Invariant: small implies that start, stop, step, n and every element fit int64_t.
 */
#include "interp/containers.h"

typedef struct Range {
    Object ob;
    bool small;
    int64_t start, stop, step, n;
    Value bstart, bstop, bstep, bn; /* ints, always set */
} Range;

static Range *as_range(Value v)
{
    return (Range *)v.o;
}

static bool is_range(Value v)
{
    return is_exact(v, &type_range);
}

/* Takes the four ints. */
static Value range_of(Value start, Value stop, Value step, Value n)
{
    Range *r = object_new(&type_range);
    r->bstart = start;
    r->bstop = stop;
    r->bstep = step;
    r->bn = n;
    r->small = int_as_int64(start, &r->start) && int_as_int64(stop, &r->stop) &&
               int_as_int64(step, &r->step) && int_as_int64(n, &r->n);
    return v_obj(r);
}

static int64_t small_count(int64_t start, int64_t stop, int64_t step, bool *fits)
{
    uint64_t span = 0, by = step > 0 ? (uint64_t)step : -(uint64_t)step;
    if (step > 0 && start < stop)
        span = (uint64_t)stop - (uint64_t)start;
    else if (step < 0 && start > stop)
        span = (uint64_t)start - (uint64_t)stop;
    uint64_t n = span ? (span - 1) / by + 1 : 0;
    *fits = n <= INT64_MAX;
    return (int64_t)n;
}

Value range_new(int64_t start, int64_t stop, int64_t step)
{
    bool fits;
    int64_t n = small_count(start, stop, step, &fits);
    if (fits)
        return range_of(v_int(start), v_int(stop), v_int(step), v_int(n));
    return range_of(v_int(start), v_int(stop), v_int(step), int_from_u64((uint64_t)n));
}

bool range_bounds(Value v, int64_t *start, int64_t *stop, int64_t *step)
{
    if (!is_range(v) || !as_range(v)->small)
        return false;
    *start = as_range(v)->start;
    *stop = as_range(v)->stop;
    *step = as_range(v)->step;
    return true;
}

/* a op b, releasing both. */
static Value eat(Value a, Value b, BinOp op)
{
    Value r = int_binary(a, b, op);
    release(a);
    release(b);
    return r;
}

/* Takes start, stop, step; counts as small_count does, on ints of any size. */
static Value range_build(Value start, Value stop, Value step)
{
    int64_t a, b, c;
    bool fits = false;
    if (int_as_int64(start, &a) && int_as_int64(stop, &b) && int_as_int64(step, &c)) {
        int64_t n = small_count(a, b, c, &fits);
        if (fits)
            return range_of(start, stop, step, v_int(n));
    }
    bool up = int_sign(step) > 0;
    Value span = up ? int_binary(stop, start, BIN_SUB) : int_binary(start, stop, BIN_SUB);
    Value n = v_int(0);
    if (int_sign(span) > 0) {
        Value by = up ? retain(step) : int_binary(v_int(0), step, BIN_SUB);
        n = eat(eat(eat(retain(span), v_int(1), BIN_SUB), by, BIN_FLOORDIV), v_int(1), BIN_ADD);
    }
    release(span);
    return range_of(start, stop, step, n);
}

static Value range_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    if (kwnames.tag == TAG_OBJ && as_tuple(kwnames)->n)
        return raise_fmt(&exc_TypeError, "range() takes no keyword arguments");
    if (nargs < 1 || nargs > 3)
        return raise_fmt(&exc_TypeError, "range expected at %s %d argument%s, got %d",
                         nargs ? "most" : "least", nargs ? 3 : 1, nargs ? "s" : "", nargs);
    Value v[3] = {v_int(0), v_int(0), v_int(1)};
    for (int i = 0; i < nargs; i++) {
        int to = nargs == 1 ? 1 : i;
        v[to] = op_index(args[i]);
        if (v_is_error(v[to])) {
            for (int k = 0; k < to; k++)
                release(v[k]);
            return V_ERROR;
        }
        if (v[to].tag == TAG_BOOL)
            v[to] = v_int(v[to].i);
    }
    if (int_sign(v[2]) == 0) {
        release(v[0]);
        release(v[1]);
        return raise_fmt(&exc_ValueError, "range() arg 3 must not be zero");
    }
    return range_build(v[0], v[1], v[2]);
}

static void range_free(Object *o)
{
    Range *r = (Range *)o;
    release(r->bstart);
    release(r->bstop);
    release(r->bstep);
    release(r->bn);
}

static Value range_repr(Value v)
{
    Range *r = as_range(v);
    if (r->bstep.tag == TAG_INT && r->bstep.i == 1)
        return str_fmt("range(%R, %R)", r->bstart, r->bstop);
    return str_fmt("range(%R, %R, %R)", r->bstart, r->bstop, r->bstep);
}

/* start + i * step for an int i of any size (borrowed). */
static Value element(Range *r, Value i)
{
    if (r->small && i.tag == TAG_INT && i.i >= 0 && i.i < r->n)
        return v_int(r->start + i.i * r->step);
    return eat(retain(r->bstart), int_binary(i, r->bstep, BIN_MUL), BIN_ADD);
}

static int64_t range_len(Value v)
{
    int64_t n;
    if (int_as_int64(as_range(v)->bn, &n))
        return n;
    raise_fmt(&exc_OverflowError, "Python int too large to convert to C ssize_t");
    return -1;
}

static Value range_slice(Range *r, Value key)
{
    int64_t start, stop, step, count;
    if (!r->small) {
        Value t = slice_indices_value(key, r->bn);
        if (v_is_error(t))
            return t;
        Value *b = as_tuple(t)->at;
        Value first = element(r, b[0]), last = element(r, b[1]);
        Value by = int_binary(r->bstep, b[2], BIN_MUL);
        release(t);
        return range_build(first, last, by);
    }
    if (!slice_indices(key, r->n, &start, &stop, &step, &count))
        return V_ERROR;
    Value first = eat(v_int(r->start), int_binary(v_int(start), r->bstep, BIN_MUL), BIN_ADD);
    Value last = eat(v_int(r->start), int_binary(v_int(stop), r->bstep, BIN_MUL), BIN_ADD);
    return range_build(first, last, int_binary(v_int(step), r->bstep, BIN_MUL));
}

static Value range_getitem(Value v, Value key)
{
    Range *r = as_range(v);
    if (is_exact(key, &type_slice))
        return range_slice(r, key);
    if (!type_of(key)->index)
        return raise_fmt(&exc_TypeError, "range indices must be integers or slices, not %T", key);
    Value i = op_index(key);
    if (v_is_error(i))
        return i;
    if (int_sign(i) < 0)
        i = eat(i, retain(r->bn), BIN_ADD);
    bool inside = int_sign(i) >= 0 && int_compare(i, r->bn) < 0;
    if (i.tag == TAG_BOOL)
        i = v_int(i.i);
    Value x =
        inside ? element(r, i) : raise_fmt(&exc_IndexError, "range object index out of range");
    release(i);
    return x;
}

/* Place of int x, owned; V_UNDEF when it is not an element. */
static Value place_of(Range *r, Value x)
{
    Value off = int_binary(x, r->bstart, BIN_SUB);
    Value rest = int_binary(off, r->bstep, BIN_MOD), i = V_UNDEF;
    if (int_sign(rest) == 0) {
        i = int_binary(off, r->bstep, BIN_FLOORDIV);
        if (int_sign(i) < 0 || int_compare(i, r->bn) >= 0) {
            release(i);
            i = V_UNDEF;
        }
    }
    release(off);
    release(rest);
    return i;
}

static bool plain_int(Value x)
{
    return x.tag == TAG_INT || x.tag == TAG_BOOL || is_exact(x, &type_int);
}

static int range_contains(Value v, Value x)
{
    Range *r = as_range(v);
    if (r->small && x.tag == TAG_INT) {
        int64_t i = x.i;
        bool inside = r->step > 0 ? i >= r->start && i < r->stop : i <= r->start && i > r->stop;
        uint64_t off = (uint64_t)i - (uint64_t)r->start;
        return inside &&
               (r->step > 0 ? off % (uint64_t)r->step == 0 : -off % -(uint64_t)r->step == 0);
    }
    if (plain_int(x)) {
        Value i = place_of(r, x);
        release(i);
        return !v_is_undef(i);
    }
    Value it = op_iter(v);
    int found = op_contains(it, x);
    release(it);
    return found;
}

static Value range_compare(Value a, Value b, CmpOp op)
{
    if (!is_range(b) || (op != CMP_EQ && op != CMP_NE))
        return V_NOTIMPL;
    Range *x = as_range(a), *y = as_range(b);
    bool same = int_compare(x->bn, y->bn) == 0;
    if (same && int_sign(x->bn))
        same = int_compare(x->bstart, y->bstart) == 0;
    if (same && int_compare(x->bn, v_int(1)) > 0)
        same = int_compare(x->bstep, y->bstep) == 0;
    return v_bool(same == (op == CMP_EQ));
}

static bool range_hash(Value v, int64_t *out)
{
    Range *r = as_range(v);
    bool some = int_sign(r->bn) != 0, many = int_compare(r->bn, v_int(1)) > 0;
    Value t = tuple_of(3, retain(r->bn), some ? retain(r->bstart) : V_NONE,
                       many ? retain(r->bstep) : V_NONE);
    bool ok = op_hash(t, out);
    release(t);
    return ok;
}

static int range_truth(Value v)
{
    return int_sign(as_range(v)->bn) != 0;
}

/* ------------------------------------------------------------------- iterators */

typedef struct RangeBigIter {
    Object ob;
    Value at, step, left;
} RangeBigIter;

extern Type type_range_big_iter;

static Value rangeiter_next(Value v)
{
    RangeIter *it = (RangeIter *)v.o;
    if (it->left <= 0)
        return V_UNDEF;
    it->left--;
    int64_t x = it->at;
    it->at = (int64_t)((uint64_t)it->at + (uint64_t)it->step);
    return v_int(x);
}

static Value bigiter_next(Value v)
{
    RangeBigIter *it = (RangeBigIter *)v.o;
    if (int_sign(it->left) <= 0)
        return V_UNDEF;
    it->left = eat(it->left, v_int(1), BIN_SUB);
    Value x = it->at;
    it->at = int_binary(x, it->step, BIN_ADD);
    return x;
}

static void bigiter_free(Object *o)
{
    RangeBigIter *it = (RangeBigIter *)o;
    release(it->at);
    release(it->step);
    release(it->left);
}

static Value range_iterate(Range *r, bool reverse)
{
    if (r->small) {
        RangeIter *it = object_new(&type_range_iter);
        uint64_t last = (uint64_t)r->start + (uint64_t)(r->n - 1) * (uint64_t)r->step;
        it->at = reverse ? (int64_t)last : r->start;
        it->step = reverse ? (int64_t) - (uint64_t)r->step : r->step;
        it->left = r->n;
        return v_obj(it);
    }
    RangeBigIter *it = object_new(&type_range_big_iter);
    Value last = eat(retain(r->bn), v_int(1), BIN_SUB);
    it->at = reverse ? element(r, last) : retain(r->bstart);
    it->step = reverse ? int_binary(v_int(0), r->bstep, BIN_SUB) : retain(r->bstep);
    it->left = retain(r->bn);
    release(last);
    return v_obj(it);
}

static Value range_iter(Value v)
{
    return range_iterate(as_range(v), false);
}

static Value iter_self(Value v)
{
    return retain(v);
}

static Value rangeiter_hint(Value *a, int n)
{
    return v_int(((RangeIter *)a[0].o)->left);
}

static Value bigiter_hint(Value *a, int n)
{
    return retain(((RangeBigIter *)a[0].o)->left);
}

static const NativeDef rangeiter_methods[] = {
    {"__length_hint__", "self, /", rangeiter_hint, NULL},
    {0},
};

static const NativeDef bigiter_methods[] = {
    {"__length_hint__", "self, /", bigiter_hint, NULL},
    {0},
};

Type type_range_iter = {
    .name = "range_iterator",
    .size = sizeof(RangeIter),
    .methods = rangeiter_methods,
    .iter = iter_self,
    .next = rangeiter_next,
};

Type type_range_big_iter = {
    .name = "longrange_iterator",
    .size = sizeof(RangeBigIter),
    .methods = bigiter_methods,
    .free = bigiter_free,
    .iter = iter_self,
    .next = bigiter_next,
};

/* --------------------------------------------------------------------- methods */

static Value range_m_index(Value *a, int n)
{
    Range *r = as_range(a[0]);
    if (plain_int(a[1])) {
        Value i = place_of(r, a[1]);
        return v_is_undef(i) ? raise_fmt(&exc_ValueError, "%R is not in range", a[1]) : i;
    }
    Value it = op_iter(a[0]);
    for (int64_t i = 0;; i++) {
        Value x = op_next(it);
        int same = v_is_undef(x) ? -2 : op_equal(x, a[1]);
        release(x);
        if (same == 0)
            continue;
        release(it);
        if (same == -2)
            return raise_fmt(&exc_ValueError, "sequence.index(x): x not in sequence");
        return same < 0 ? V_ERROR : v_int(i);
    }
}

static Value range_m_count(Value *a, int n)
{
    if (plain_int(a[1]))
        return v_int(range_contains(a[0], a[1]));
    Value it = op_iter(a[0]);
    int64_t count = 0;
    for (;;) {
        Value x = op_next(it);
        if (v_is_undef(x))
            break;
        int same = op_equal(x, a[1]);
        release(x);
        if (same < 0) {
            release(it);
            return V_ERROR;
        }
        count += same;
    }
    release(it);
    return v_int(count);
}

static Value range_m_reversed(Value *a, int n)
{
    return range_iterate(as_range(a[0]), true);
}

static Value range_get_start(Value v)
{
    return retain(as_range(v)->bstart);
}

static Value range_get_stop(Value v)
{
    return retain(as_range(v)->bstop);
}

static Value range_get_step(Value v)
{
    return retain(as_range(v)->bstep);
}

static const NativeDef range_methods[] = {
    {"index", "self, value, /", range_m_index, "The place of a value."},
    {"count", "self, value, /", range_m_count, "Is the value an element: 1 or 0."},
    {"__reversed__", "self, /", range_m_reversed, "An iterator from the end to the beginning."},
    {0},
};

static const GetSetDef range_getsets[] = {
    {"start", range_get_start, NULL, NULL},
    {"stop", range_get_stop, NULL, NULL},
    {"step", range_get_step, NULL, NULL},
    {0},
};

Type type_range = {
    .name = "range",
    .size = sizeof(Range),
    .doc = "Integers at equal steps: range(stop) or range(start, stop[, step]).",
    .methods = range_methods,
    .getsets = range_getsets,
    .free = range_free,
    .repr = range_repr,
    .hash = range_hash,
    .compare = range_compare,
    .iter = range_iter,
    .len = range_len,
    .getitem = range_getitem,
    .contains = range_contains,
    .truth = range_truth,
    .make = range_make,
};

/* ----------------------------------------------------------------------- slice */

Value slice_new(Value start, Value stop, Value step)
{
    Slice *s = object_new(&type_slice);
    s->start = retain(start);
    s->stop = retain(stop);
    s->step = retain(step);
    return v_obj(s);
}

static Slice *as_slice(Value v)
{
    return (Slice *)v.o;
}

/* An index as int64, out-of-range ones clipped. */
static bool clip(Value v, const char *complaint, int64_t *out)
{
    if (v.tag == TAG_INT) {
        *out = v.i;
        return true;
    }
    if (!type_of(v)->index) {
        raise_fmt(&exc_TypeError, "%s", complaint);
        return false;
    }
    Value i = op_index(v);
    if (v_is_error(i))
        return false;
    if (!int_as_int64(i, out))
        *out = int_sign(i) < 0 ? INT64_MIN : INT64_MAX;
    release(i);
    return true;
}

bool index_clipped(Value v, int64_t *out)
{
    return clip(v, "slice indices must be integers or have an __index__ method", out);
}

static bool slice_part(Value v, int64_t when_none, int64_t *out)
{
    *out = when_none;
    return v_is_none(v) ||
           clip(v, "slice indices must be integers or None or have an __index__ method", out);
}

static int64_t bound(int64_t i, int64_t n, bool down)
{
    if (i < 0) {
        i += n;
        return i < 0 ? (down ? -1 : 0) : i;
    }
    return i >= n ? (down ? n - 1 : n) : i;
}

bool slice_parts(Value v, int64_t *start, int64_t *stop, int64_t *step)
{
    Slice *s = as_slice(v);
    if (!slice_part(s->step, 1, step))
        return false;
    if (*step == 0) {
        raise_fmt(&exc_ValueError, "slice step cannot be zero");
        return false;
    }
    if (*step < -INT64_MAX)
        *step = -INT64_MAX;
    bool down = *step < 0;
    return slice_part(s->start, down ? INT64_MAX : 0, start) &&
           slice_part(s->stop, down ? INT64_MIN : INT64_MAX, stop);
}

int64_t slice_clip(int64_t n, int64_t *start, int64_t *stop, int64_t step)
{
    bool down = step < 0;
    *start = bound(*start, n, down);
    *stop = bound(*stop, n, down);
    if (down)
        return *stop < *start ? (*start - *stop - 1) / -step + 1 : 0;
    return *start < *stop ? (*stop - *start - 1) / step + 1 : 0;
}

bool slice_indices(Value v, int64_t n, int64_t *start, int64_t *stop, int64_t *step, int64_t *count)
{
    if (!slice_parts(v, start, stop, step))
        return false;
    *count = slice_clip(n, start, stop, *step);
    return true;
}

/* One bound on ints of any size: n and i borrowed, owned result. */
static Value bound_value(Value i, Value n, bool down)
{
    Value r = int_sign(i) < 0 ? int_binary(i, n, BIN_ADD) : retain(i);
    if (int_sign(r) < 0) {
        release(r);
        return v_int(down ? -1 : 0);
    }
    if (int_compare(r, n) < 0)
        return r;
    release(r);
    return down ? int_binary(n, v_int(1), BIN_SUB) : retain(n);
}

static Value part_value(Value v)
{
    if (!v_is_none(v) && !type_of(v)->index)
        return raise_fmt(&exc_TypeError,
                         "slice indices must be integers or None or have an __index__ method");
    return v_is_none(v) ? v : op_index(v);
}

Value slice_indices_value(Value v, Value n)
{
    Slice *s = as_slice(v);
    Value p[3] = {part_value(s->step), V_NONE, V_NONE}, r = V_ERROR;
    if (!v_is_error(p[0]))
        p[1] = part_value(s->start);
    if (!v_is_error(p[0]) && !v_is_error(p[1]))
        p[2] = part_value(s->stop);
    if (error_is_set())
        goto done;
    if (v_is_none(p[0]))
        p[0] = v_int(1);
    if (int_sign(p[0]) == 0) {
        raise_fmt(&exc_ValueError, "slice step cannot be zero");
        goto done;
    }
    bool down = int_sign(p[0]) < 0;
    Value start, stop;
    if (v_is_none(p[1]))
        start = down ? int_binary(n, v_int(1), BIN_SUB) : v_int(0);
    else
        start = bound_value(p[1], n, down);
    if (v_is_none(p[2]))
        stop = down ? v_int(-1) : retain(n);
    else
        stop = bound_value(p[2], n, down);
    r = tuple_of(3, start, stop, retain(p[0]));
done:
    for (int i = 0; i < 3; i++)
        release(p[i]);
    return r;
}

static Value slice_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    if (kwnames.tag == TAG_OBJ && as_tuple(kwnames)->n)
        return raise_fmt(&exc_TypeError, "slice() takes no keyword arguments");
    if (nargs < 1 || nargs > 3)
        return raise_fmt(&exc_TypeError, "slice expected at %s %d argument%s, got %d",
                         nargs ? "most" : "least", nargs ? 3 : 1, nargs ? "s" : "", nargs);
    if (nargs == 1)
        return slice_new(V_NONE, args[0], V_NONE);
    return slice_new(args[0], args[1], nargs > 2 ? args[2] : V_NONE);
}

static void slice_free(Object *o)
{
    Slice *s = (Slice *)o;
    release(s->start);
    release(s->stop);
    release(s->step);
}

static Value slice_repr(Value v)
{
    Slice *s = as_slice(v);
    if (!depth_enter(" while getting the repr of an object"))
        return V_ERROR;
    Value r = str_fmt("slice(%R, %R, %R)", s->start, s->stop, s->step);
    depth_leave();
    return r;
}

static Value slice_tuple(Value v)
{
    Slice *s = as_slice(v);
    return tuple_of(3, retain(s->start), retain(s->stop), retain(s->step));
}

static Value slice_compare(Value a, Value b, CmpOp op)
{
    if (!is_exact(b, &type_slice))
        return V_NOTIMPL;
    Value x = slice_tuple(a), y = slice_tuple(b);
    Value r = op_compare(x, y, op);
    release(x);
    release(y);
    return r;
}

static Value slice_m_indices(Value *a, int n)
{
    Value len = op_index(a[1]), r = V_ERROR;
    if (v_is_error(len))
        return len;
    if (int_sign(len) < 0)
        raise_fmt(&exc_ValueError, "length should not be negative");
    else
        r = slice_indices_value(a[0], len);
    release(len);
    return r;
}

static Value slice_get_start(Value v)
{
    return retain(as_slice(v)->start);
}

static Value slice_get_stop(Value v)
{
    return retain(as_slice(v)->stop);
}

static Value slice_get_step(Value v)
{
    return retain(as_slice(v)->step);
}

static const NativeDef slice_methods[] = {
    {"indices", "self, len, /", slice_m_indices, NULL},
    {0},
};

static const GetSetDef slice_getsets[] = {
    {"start", slice_get_start, NULL, NULL},
    {"stop", slice_get_stop, NULL, NULL},
    {"step", slice_get_step, NULL, NULL},
    {0},
};

Type type_slice = {
    .name = "slice",
    .size = sizeof(Slice),
    .doc = "Start, stop and step of an index: slice(stop) or slice(start, stop[, step]).",
    .methods = slice_methods,
    .getsets = slice_getsets,
    .free = slice_free,
    .repr = slice_repr,
    .compare = slice_compare,
    .make = slice_make,
};
