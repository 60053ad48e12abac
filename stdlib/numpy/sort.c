/* sort.c -- sorting and what is built on it: unique, searchsorted, sets, bincount, histogram,
 * quantiles.  Replicated.
 *
 * The runtime sorts along the last axis and searches sorted vectors; everything else is that, masks
 * and indices.  Where a result's length depends on data, the count is observed.
 */
#include "stdlib/numpy/sort.h"

#include "interp/objects.h"

#include <math.h>

/* ---------------------------------------------------------------------------- sorting */

/* The view with `axis` moved to the end, or back to where it was. */
static View axis_last(const View *v, int axis)
{
    int perm[NDIM_MAX], n = 0;
    for (int k = 0; k < v->ndim; k++)
        if (k != axis)
            perm[n++] = k;
    perm[n] = axis;
    return view_transpose(v, perm);
}

static bool sort_into(Value a, int axis, bool arg, Value out)
{
    Operand in = array_operand(a), dst = array_operand(out);
    in.view = axis_last(&in.view, axis);
    dst.view = axis_last(&dst.view, axis);
    return status_ok(rt_sort(&in, arg, &dst));
}

static Value sorted(Value a, int axis, bool arg) /* takes a; axis may be negative */
{
    if (v_is_error(a))
        return a;
    axis += axis < 0 ? array_ndim(a) : 0;
    const View *like = &as_array(a)->view;
    Value r = arg ? array_new(DT_INT64, array_ndim(a), array_shape(a))
                  : array_new_like(array_dtype(a), array_ndim(a), array_shape(a), 1, &like);
    if (!v_is_error(r) && !sort_into(a, axis, arg, r)) {
        release(r);
        r = V_ERROR;
    }
    release(a);
    return r;
}

Value array_sorted(Value a, int axis)
{
    return sorted(a, axis, false);
}

Value array_argsorted(Value a, int axis)
{
    return sorted(a, axis, true);
}

bool ordered_begin(Value x, int n, const int64_t place[], Ordered *out)
{
    int64_t shape[NDIM_MAX];
    int last = array_ndim(x) - 1;
    *out = (Ordered){.n = n, .length = array_shape(x)[last]};
    memcpy(out->place, place, sizeof *place * (size_t)n);
    memcpy(shape, array_shape(x), sizeof *shape * (size_t)(last + 1));
    shape[last] = n;
    Value r = array_new(array_dtype(x), last + 1, shape);
    bool done = false;
    if (!v_is_error(r)) {
        Operand in = array_operand(x), dst = array_operand(r);
        if (!status_ok(rt_select(&in, n, place, &dst, &done))) {
            release(r);
            r = V_ERROR;
        }
    }
    out->s = done ? r : V_ERROR;
    if (done || v_is_error(r)) {
        release(x);
        return done;
    }
    release(r);
    out->n = 0;
    out->s = array_sorted(x, -1);
    return !v_is_error(out->s);
}

Value ordered_part(const Ordered *o, int64_t place, int64_t count)
{
    int64_t at = o->n ? 0 : place;
    while (o->n && o->place[at] != place)
        at++;
    View v = view_slice(&as_array(o->s)->view, array_ndim(o->s) - 1, at, 1, count);
    return array_view(o->s, &v);
}

Value ordered_at(const Ordered *o, int64_t place)
{
    Value part = ordered_part(o, place, 1);
    View v = view_index(&as_array(part)->view, array_ndim(part) - 1, 0);
    return np_view(part, &v);
}

Value ordered_or_nan(const Ordered *o, Value r)
{
    if (!dtype_is_inexact(array_dtype(o->s)) || o->length < 2 || v_is_error(r))
        return r;
    Value high = ordered_at(o, o->length - 1);
    Value nan = np_op1(OP_ISNAN, retain(high));
    return np_op3(OP_WHERE, nan, high, r);
}

/* kind, order and stable say nothing new: every sort here is stable. */
static bool sort_options(Value kind, Value order, Value stable)
{
    static const char *const kinds[] = {"quicksort", "heapsort", "mergesort", "stable",
                                        "quick",     "heap",     "merge"};
    if (!option_absent(order, "sort(order=)"))
        return false;
    if (is_absent(kind))
        return true;
    if (!is_absent(stable)) {
        raise_fmt(&exc_ValueError, "`kind` and `stable` parameters can't be provided at the same "
                                   "time. Use only one of them.");
        return false;
    }
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds && is_str(kind); k++)
        if (str_equals(kind.s, kinds[k]))
            return true;
    if (is_str(kind))
        raise_fmt(&exc_ValueError, "sort kind must be one of 'quick', 'heap', or 'stable' (got %R)",
                  kind);
    else
        raise_fmt(&exc_TypeError, "sort kind must be str, not %T", kind);
    return false;
}

/* (a, axis, kind, order, stable) */
static Value sort_function(Value *a, bool arg)
{
    if (!sort_options(a[2], a[3], a[4]))
        return V_ERROR;
    Value x = array_from_value(a[0], DT_NONE, 0, false);
    if (v_is_error(x))
        return x;
    Value axis = a[1];
    if (v_is_none(axis) || (arg && array_ndim(x) == 0)) {
        x = np_flat(x);
        axis = v_is_none(axis) ? v_int(-1) : axis;
    }
    int which;
    if (v_is_error(x) || !axis_from_value(axis, array_ndim(x), &which)) {
        release(x);
        return V_ERROR;
    }
    return sorted(x, which, arg);
}
static Value f_sort(Value *a, int n)
{
    return sort_function(a, false);
}
static Value f_argsort(Value *a, int n)
{
    return sort_function(a, true);
}

static Value m_sort(Value *a, int n)
{
    int axis;
    if (!sort_options(a[2], a[3], a[4]) || !axis_from_value(a[1], array_ndim(a[0]), &axis))
        return V_ERROR;
    if (array_is_readonly(a[0]))
        return raise_fmt(&exc_ValueError, "sort array is read-only");
    return sort_into(a[0], axis, false, a[0]) && array_part_write(a[0]) ? V_NONE : V_ERROR;
}

/* kth elements must lie inside the axis. */
static bool check_kth(Value kth, int64_t length)
{
    Value k = array_from_value(kth, DT_INT64, 1, false);
    if (v_is_error(k))
        return false;
    int64_t n = array_size(k);
    int64_t *at = array_fetch(k);
    bool ok = at != NULL;
    for (int64_t i = 0; ok && i < n; i++)
        if (length && (at[i] < -length || at[i] >= length)) {
            raise_fmt(&exc_ValueError, "kth(=%lld) out of bounds (%lld)", (long long)at[i],
                      (long long)length);
            ok = false;
        }
    free(at);
    release(k);
    return ok;
}

/* Positions of the true elements of a vector (takes it). */
static Value true_positions(Value mask)
{
    if (v_is_error(mask))
        return mask;
    int64_t count;
    Store *s = NULL;
    Operand in = array_operand(mask);
    bool ok = status_ok(rt_nonzero(&in, &count, &s));
    release(mask);
    if (!ok)
        return V_ERROR;
    View v = view_whole(1, &count);
    return array_of(s, &v, V_UNDEF);
}

/* A vector's elements (or their positions) below the kth, its equals, and those above, each in the
 * order they came in; undefined where that is not known: there is a NaN, or the kth is. */
static Value parted(Value x, int64_t kth, bool arg)
{
    Ordered o;
    int64_t n = array_size(x), place[2] = {kth, n - 1};
    if (!ordered_begin(retain(x), 1 + (kth < n - 1), place, &o))
        return V_ERROR;
    Value v = ordered_at(&o, kth), top = ordered_at(&o, n - 1), r = V_UNDEF;
    Value same = np_op2(OP_EQUAL, top, retain(top));
    int truth = v_is_error(same) ? -1 : op_truth(same);
    release(same);
    release(o.s);
    static const OpCode side[3] = {OP_LESS, OP_EQUAL, OP_GREATER};
    for (int k = 0; k < 3 && truth > 0 && !v_is_error(r); k++) {
        Value m = np_op2(side[k], retain(x), retain(v));
        Value some = v_is_error(m) ? m : arg ? true_positions(retain(m)) : array_getitem(x, m);
        release(m);
        Value joined = v_is_undef(r) || v_is_error(some) ? retain(some) : np_join(r, retain(some));
        if (v_is_error(some))
            release(r);
        release(some);
        r = joined;
    }
    release(v);
    return truth < 0 ? V_ERROR : r;
}

/* The one place asked for, of a vector that is worth it; -1: sort. */
static int64_t one_kth(Value x, Value kth)
{
    int64_t k, n = array_ndim(x) == 1 ? array_size(x) : 0;
    DType t = array_dtype(x);
    if (n < 64 || kth.tag != TAG_INT || dtype_is_complex(t) || t == DT_BOOL)
        return -1;
    k = kth.i + (kth.i < 0 ? n : 0);
    return k >= 0 && k < n ? k : -1;
}

/* (a, kth, axis, kind, order): what is sorted is partitioned at every kth. */
static Value partition(Value *a, bool arg)
{
    Value x = array_from_value(a[0], DT_NONE, 0, false), axis = a[2];
    int which;
    if (!v_is_error(x) && v_is_none(axis)) {
        x = np_flat(x);
        axis = v_int(-1);
    }
    if (v_is_error(x) || !axis_from_value(axis, array_ndim(x), &which) ||
        !check_kth(a[1], array_shape(x)[which])) {
        release(x);
        return V_ERROR;
    }
    int64_t k = one_kth(x, a[1]);
    Value r = k < 0 ? V_UNDEF : parted(x, k, arg);
    if (v_is_undef(r))
        return sorted(x, which, arg);
    release(x);
    return r;
}
static Value f_partition(Value *a, int n)
{
    return partition(a, false);
}
static Value f_argpartition(Value *a, int n)
{
    return partition(a, true);
}
static Value m_partition(Value *a, int n)
{
    int axis;
    if (!axis_from_value(a[2], array_ndim(a[0]), &axis) ||
        !check_kth(a[1], array_shape(a[0])[axis]))
        return V_ERROR;
    return sort_into(a[0], axis, false, a[0]) && array_part_write(a[0]) ? V_NONE : V_ERROR;
}

/* The last key decides first: stable sorts from the first key to the last. */
/* The keys, arrays of one shape; an array's first axis lists them. */
static Value lexsort_keys(Value v)
{
    Value keys = is_list(v) || is_tuple(v)
                     ? tuple_from_iterable(v)
                     : tuple_from_iterable(array_from_value(v, DT_NONE, 1, 0));
    for (int64_t k = 0; !v_is_error(keys) && k < as_tuple(keys)->n; k++) {
        Value *at = &as_tuple(keys)->at[k], key = array_asarray(*at);
        if (v_is_error(key)) {
            release(keys);
            return key;
        }
        slot_set(at, key);
        Value first = as_tuple(keys)->at[0];
        if (array_ndim(key) != array_ndim(first) ||
            memcmp(array_shape(key), array_shape(first),
                   sizeof(int64_t) * (size_t)array_ndim(key))) {
            release(keys);
            return raise_fmt(&exc_ValueError, "all keys need to be the same shape");
        }
    }
    return keys;
}

static Value f_lexsort(Value *a, int n)
{
    Value keys = lexsort_keys(a[0]), order = V_UNDEF;
    if (v_is_error(keys))
        return keys;
    int64_t count = as_tuple(keys)->n;
    if (count &&
        (array_ndim(as_tuple(keys)->at[0]) != 1 || !(a[1].tag == TAG_INT && a[1].i == -1))) {
        release(keys);
        return raise_unsupported("lexsort of keys with several axes", "NumPy");
    }
    for (int64_t k = 0; k < count && !v_is_error(order); k++) {
        Value key = as_tuple(keys)->at[k];
        if (v_is_undef(order)) {
            order = array_argsorted(retain(key), -1);
            continue;
        }
        Value by = array_getitem(key, order), next = v_is_error(by) ? by : array_argsorted(by, -1);
        order = array_take(order, next);
    }
    release(keys);
    return v_is_undef(order)
               ? raise_fmt(&exc_TypeError, "need sequence of keys with len > 0 in lexsort")
               : order;
}

static Value f_sort_complex(Value *a, int n)
{
    int axis;
    Value x = array_from_value(a[0], DT_NONE, 0, false);
    if (v_is_error(x) || !axis_from_value(v_int(-1), array_ndim(x), &axis)) {
        release(x);
        return V_ERROR;
    }
    Value s = array_sorted(x, axis);
    return v_is_error(s)
               ? s
               : np_cast(s, dtype_is_complex(array_dtype(s)) ? array_dtype(s)
                                                             : dtype_complex(array_dtype(s)));
}

/* -------------------------------------------------------------------------- searching */

/* Positions of v in the sorted vector s (borrowed), of v's shape. */
Value sort_positions(Value s, Value v, bool right)
{
    DType t = dtype_promote(array_dtype(s), array_dtype(v));
    Value x = np_cast(retain(s), t), y = np_cast(retain(v), t), r = V_ERROR;
    if (!v_is_error(x) && !v_is_error(y)) {
        r = array_new(DT_INT64, array_ndim(y), array_shape(y));
        Operand a = array_operand(x), b = array_operand(y),
                out = v_is_error(r) ? (Operand){0} : array_operand(r);
        if (!v_is_error(r) && !status_ok(rt_searchsorted(&a, &b, right, &out))) {
            release(r);
            r = V_ERROR;
        }
    }
    release(x);
    release(y);
    return r;
}

static bool side_parse(Value side, bool *right)
{
    if (is_str(side) && (str_equals(side.s, "left") || str_equals(side.s, "right"))) {
        *right = str_equals(side.s, "right");
        return true;
    }
    if (is_str(side))
        raise_fmt(&exc_ValueError, "search side must be 'left' or 'right' (got %R)", side);
    else
        raise_fmt(&exc_TypeError, "search side must be str, not %T", side);
    return false;
}

/* (a, v, side, sorter) */
static Value f_searchsorted(Value *a, int n)
{
    bool right;
    if (!side_parse(a[2], &right))
        return V_ERROR;
    Value x = array_from_value(a[0], DT_NONE, 0, false);
    if (!v_is_error(x) && !is_absent(a[3])) {
        Value sorter = array_from_value(a[3], DT_INT64, 0, false);
        x = array_take(x, sorter);
    }
    Value v = v_is_error(x) ? x : array_from_value(a[1], DT_NONE, 0, false), r = V_ERROR;
    if (!v_is_error(v)) {
        if (array_ndim(x) != 1)
            raise_fmt(&exc_ValueError, array_ndim(x) > 1
                                           ? "object too deep for desired array"
                                           : "object of too small depth for desired array");
        else
            r = np_result(sort_positions(x, v, right));
    }
    release(x);
    release(v);
    return r;
}

bool sort_is_increasing(Value x, OpCode op)
{
    int64_t n = array_size(x);
    if (n < 2)
        return true;
    View lo = view_slice(&as_array(x)->view, 0, 0, 1, n - 1),
         hi = view_slice(&as_array(x)->view, 0, 1, 1, n - 1);
    Value m = np_op2(op, array_view(x, &lo), array_view(x, &hi));
    Value all = v_is_error(m) ? m : np_fold(FOLD_ALL, m);
    release(m);
    int t = v_is_error(all) ? 0 : op_truth(all);
    release(all);
    return t > 0;
}

static Value f_digitize(Value *a, int n)
{
    bool right;
    if (!np_flag(a[2], false, &right))
        return V_ERROR;
    Value x = array_from_value(a[0], DT_NONE, 0, false),
          bins = v_is_error(x) ? V_ERROR : array_from_value(a[1], DT_NONE, 0, false);
    Value r = V_ERROR;
    if (!v_is_error(bins)) {
        if (array_ndim(bins) != 1) {
            raise_fmt(&exc_ValueError, array_ndim(bins)
                                           ? "object too deep for desired array"
                                           : "object of too small depth for desired array");
        } else if (sort_is_increasing(bins, OP_LESS_EQUAL)) {
            r = np_result(sort_positions(bins, x, !right));
        } else if (sort_is_increasing(bins, OP_GREATER_EQUAL)) {
            View back =
                view_slice(&as_array(bins)->view, 0, array_size(bins) - 1, -1, array_size(bins));
            Value rev = array_view(bins, &back);
            r = np_op2(OP_SUBTRACT, v_int(array_size(bins)),
                       np_result(sort_positions(rev, x, !right)));
            release(rev);
        } else {
            raise_fmt(&exc_ValueError, "bins must be monotonically increasing or decreasing");
        }
    }
    release(x);
    release(bins);
    return r;
}

/* ----------------------------------------------------------------------------- unique */

Value sort_part(Value a, int64_t start, int64_t count)
{
    View v = view_slice(&as_array(a)->view, 0, start, 1, count);
    return array_view(a, &v);
}

/* Where a sorted vector begins a new value; of several NaN the first. */
static Value first_of_equals(Value s, bool equal_nan)
{
    int64_t n = array_size(s);
    Value r = np_filled(DT_BOOL, 1, &n, DT_BOOL, (Scalar){.b = 1});
    if (n < 2 || v_is_error(r))
        return r;
    Value a = sort_part(s, 1, n - 1), b = sort_part(s, 0, n - 1);
    Value differ = np_op2(OP_NOT_EQUAL, retain(a), retain(b));
    if (equal_nan && dtype_is_inexact(array_dtype(s))) {
        Value both =
            np_op2(OP_LOGICAL_AND, np_op1(OP_ISNAN, retain(a)), np_op1(OP_ISNAN, retain(b)));
        differ = np_op2(OP_LOGICAL_AND, differ, np_op1(OP_LOGICAL_NOT, both));
    }
    release(a);
    release(b);
    Value dst = sort_part(r, 1, n - 1);
    bool ok = !v_is_error(differ) && array_assign(dst, differ);
    release(dst);
    release(differ);
    if (ok)
        return r;
    release(r);
    return V_ERROR;
}

/* inverse[perm] = running number of the value. */
static Value inverse_of(Value perm, Value mask, Value like)
{
    int64_t n = array_size(perm);
    Value r = array_new(DT_INT64, 1, &n);
    Value number = array_cumulate(FOLD_SUM, mask, v_int(0), DT_INT64, V_UNDEF);
    number = np_op2(OP_SUBTRACT, number, v_int(1));
    bool ok = !v_is_error(r) && !v_is_error(number) && array_setitem(r, perm, number);
    release(number);
    if (ok)
        return np_reshape(r, array_ndim(like), array_shape(like));
    release(r);
    return V_ERROR;
}

static Value counts_of(Value first, int64_t n)
{
    Value ends =
        np_join(sort_part(first, array_size(first) > 0, int64_max(array_size(first) - 1, 0)),
                np_host(DT_INT64, 1, &(int64_t){1}, &n));
    if (array_size(first) == 0) {
        release(ends);
        return retain(first);
    }
    return np_op2(OP_SUBTRACT, ends, retain(first));
}

typedef struct Unique {
    bool index, inverse, counts, equal_nan;
} Unique;

static bool as_number(Value v, int64_t *out) /* takes a scalar */
{
    bool ok = !v_is_error(v) && op_as_int64(v, out);
    release(v);
    return ok;
}

/* Integers that lie close together are counted.  V_UNDEF: they do not. */
static Value unique_counted(Value flat, bool counts)
{
    DType t = array_dtype(flat);
    int64_t n = array_size(flat), least, most;
    if (dtype_kind(t) != 'i' && dtype_kind(t) != 'u')
        return V_UNDEF;
    enum { WIDENED = 1 << 22 }; /* that many narrow ones are made int64, not more */
    if (t == DT_UINT64 || n < 256 || (dtype_size(t) < 8 && n > WIDENED) ||
        !as_number(np_fold(FOLD_MIN, flat), &least) || !as_number(np_fold(FOLD_MAX, flat), &most))
        return error_is_set() ? V_ERROR : V_UNDEF;
    if ((uint64_t)most - (uint64_t)least > (uint64_t)n / 4)
        return V_UNDEF;
    int64_t length = most - least + 1;
    Value at = np_cast(retain(flat), DT_INT64);
    at = least ? np_op2(OP_SUBTRACT, at, v_int(least)) : at;
    Value c = v_is_error(at) ? at : array_counts(at, length);
    release(at);
    Value some = v_is_error(c) ? c : np_op2(OP_NOT_EQUAL, retain(c), v_int(0));
    Value first = v_is_error(some) ? some : true_positions(some);
    Value values = v_is_error(first) ? first : np_op2(OP_ADD, retain(first), v_int(least));
    values = np_cast(values, t);
    if (!counts || v_is_error(values)) {
        release(first);
        release(c);
        return values;
    }
    return np_pair(values, array_take(c, first));
}

static Value unique(Value x, const Unique *u) /* takes x */
{
    Value flat = np_flat(retain(x)), perm = V_UNDEF, s;
    if (v_is_error(flat)) {
        release(x);
        return flat;
    }
    int64_t n = array_size(flat);
    Value few = u->index || u->inverse ? V_UNDEF : unique_counted(flat, u->counts);
    if (!v_is_undef(few)) {
        release(flat);
        release(x);
        return few;
    }
    if (u->index || u->inverse) {
        perm = array_argsorted(retain(flat), 0);
        s = v_is_error(perm) ? perm : array_take(flat, retain(perm));
    } else {
        s = array_sorted(flat, 0);
    }
    Value mask = v_is_error(s) ? s : first_of_equals(s, u->equal_nan);
    Value first = v_is_error(mask) ? mask : true_positions(retain(mask));
    Value values = v_is_error(first) ? first : array_take(s, retain(first));
    if (v_is_error(first))
        release(s);
    if (!(u->index || u->inverse || u->counts) || v_is_error(values)) {
        release(x);
        release(perm);
        release(mask);
        release(first);
        return values;
    }
    Value out[4] = {values};
    int m = 1;
    if (u->index)
        out[m++] = array_getitem(perm, first);
    if (u->inverse)
        out[m++] = inverse_of(perm, mask, x);
    if (u->counts)
        out[m++] = counts_of(first, n);
    Value r = tuple_new(m);
    bool ok = true;
    for (int k = 0; k < m; k++) {
        ok &= !v_is_error(out[k]);
        as_tuple(r)->at[k] = v_is_error(out[k]) ? V_NONE : out[k];
    }
    release(x);
    release(perm);
    release(mask);
    release(first);
    if (ok)
        return r;
    release(r);
    return V_ERROR;
}

static Value unique_values(Value x) /* takes x; distinct sorted elements */
{
    Unique u = {.equal_nan = true};
    return v_is_error(x) ? x : unique(x, &u);
}

/* (ar, return_index, return_inverse, return_counts, axis, equal_nan, sorted) */
static Value f_unique(Value *a, int n)
{
    Unique u;
    if (!np_flag(a[1], false, &u.index) || !np_flag(a[2], false, &u.inverse) ||
        !np_flag(a[3], false, &u.counts) || !np_flag(a[5], true, &u.equal_nan))
        return V_ERROR;
    Value x = array_from_value(a[0], DT_NONE, 0, false);
    if (v_is_error(x))
        return x;
    if (!is_absent(a[4]) && array_ndim(x) != 1) {
        release(x);
        return raise_unsupported("unique(axis=)", "NumPy");
    }
    return unique(x, &u);
}

static Value f_unique_values(Value *a, int n)
{
    return unique_values(array_from_value(a[0], DT_NONE, 0, false));
}

/* ------------------------------------------------------------------------------- sets */

/* Which elements of x are in y; both borrowed. */
static Value members(Value x, Value y)
{
    Value s = array_sorted(np_flat(retain(y)), 0);
    if (v_is_error(s))
        return s;
    int64_t n = array_size(s);
    Value r;
    if (n == 0) {
        r = np_filled(DT_BOOL, array_ndim(x), array_shape(x), DT_BOOL, (Scalar){0});
    } else {
        Value at = sort_positions(s, x, false);
        at = v_is_error(at) ? at : np_op2(OP_MINIMUM, at, v_int(n - 1));
        r = v_is_error(at) ? at : np_op2(OP_EQUAL, array_getitem(s, at), retain(x));
        release(at);
    }
    release(s);
    return np_array(r);
}

/* (element, test_elements, assume_unique, invert, kind) */
static Value f_isin(Value *a, int n)
{
    bool invert;
    if (!np_flag(a[3], false, &invert))
        return V_ERROR;
    Value x = array_from_value(a[0], DT_NONE, 0, false),
          y = v_is_error(x) ? V_ERROR : array_from_value(a[1], DT_NONE, 0, false);
    Value r = v_is_error(y) ? y : members(x, y);
    release(x);
    release(y);
    return invert ? np_op1(OP_LOGICAL_NOT, r) : r;
}

static Value f_union1d(Value *a, int n)
{
    return unique_values(np_join(np_flat(retain(a[0])), np_flat(retain(a[1]))));
}

/* x's distinct elements that are (or are not) in y. */
static Value chosen(Value *a, bool inside)
{
    bool distinct;
    if (!np_flag(a[2], false, &distinct))
        return V_ERROR;
    Value x = np_flat(retain(a[0])), y = v_is_error(x) ? V_ERROR : np_flat(retain(a[1]));
    if (v_is_error(y)) {
        release(x);
        return y;
    }
    if (!distinct)
        x = unique_values(x);
    if (inside && distinct)
        x = array_sorted(x, 0);
    Value m = v_is_error(x) ? x : members(x, y);
    release(y);
    if (!inside)
        m = np_op1(OP_LOGICAL_NOT, m);
    return array_take(x, m);
}

static Value f_intersect1d(Value *a, int n)
{
    bool indices;
    if (!np_flag(a[3], false, &indices))
        return V_ERROR;
    if (indices)
        return raise_unsupported("intersect1d(return_indices=True)", "NumPy");
    Value r = chosen(a, true), y = v_is_error(r) ? r : array_from_value(a[1], DT_NONE, 0, false);
    if (v_is_error(y)) {
        release(r);
        return y;
    }
    DType t = dtype_promote(array_dtype(r), array_dtype(y));
    release(y);
    return np_cast(r, t);
}
static Value f_setdiff1d(Value *a, int n)
{
    return chosen(a, false);
}
static Value f_setxor1d(Value *a, int n)
{
    Value swapped[3] = {a[1], a[0], a[2]};
    Value x = chosen(a, false), y = v_is_error(x) ? V_ERROR : chosen(swapped, false);
    return array_sorted(np_join(x, y), 0);
}

/* ----------------------------------------------------------------------------- tables */

const NativeDef numpy_sort[] = {
    {"sort", "def: a, axis=-1, kind=None, order=None, *, stable=None", f_sort,
     "A sorted copy; NaN last."},
    {"argsort", "def: a, axis=-1, kind=None, order=None, *, stable=None", f_argsort,
     "Positions that would sort."},
    {"partition", "def: a, kth, axis=-1, kind='introselect', order=None", f_partition,
     "A copy with the kth elements in place."},
    {"argpartition", "def: a, kth, axis=-1, kind='introselect', order=None", f_argpartition,
     "Positions that would partition."},
    {"lexsort", "def: keys, axis=-1", f_lexsort,
     "Positions that sort by several keys, the last first."},
    {"sort_complex", "def: a", f_sort_complex, "Sorted as complex numbers."},
    {"searchsorted", "def: a, v, side='left', sorter=None", f_searchsorted,
     "Where to insert into a sorted vector."},
    {"digitize", "def: x, bins, right=False", f_digitize, "The bin each element falls in."},
    {"unique",
     "def: ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, "
     "equal_nan=True, sorted=True",
     f_unique, "Distinct elements, sorted."},
    {"unique_values", "def: x", f_unique_values, "Distinct elements."},
    {"isin", "def: element, test_elements, assume_unique=False, invert=False, *, kind=None", f_isin,
     "Which elements are among others."},
    {"in1d", "def: ar1, ar2, assume_unique=False, invert=False, *, kind=None", f_isin,
     "Which elements are among others."},
    {"union1d", "def: ar1, ar2", f_union1d, "Distinct elements of both."},
    {"intersect1d", "def: ar1, ar2, assume_unique=False, return_indices=False", f_intersect1d,
     "Distinct elements in both."},
    {"setdiff1d", "def: ar1, ar2, assume_unique=False", f_setdiff1d,
     "Distinct elements of the first not in the second."},
    {"setxor1d", "def: ar1, ar2, assume_unique=False", f_setxor1d,
     "Distinct elements in exactly one."},
    {0}};

const NativeDef ndarray_methods_sort[] = {
    {"sort", "npy: self, axis=-1, kind=None, order=None, *, stable=None", m_sort,
     "Sort in place; NaN last."},
    {"argsort", "npy: self, axis=-1, kind=None, order=None, *, stable=None", f_argsort,
     "Positions that would sort."},
    {"partition", "npy: self, kth, axis=-1, kind='introselect', order=None", m_partition,
     "Put the kth elements in place."},
    {"argpartition", "npy: self, kth, axis=-1, kind='introselect', order=None", f_argpartition,
     "Positions that would partition."},
    {"searchsorted", "npy: self, v, side='left', sorter=None", f_searchsorted,
     "Where to insert into this sorted vector."},
    {0}};
