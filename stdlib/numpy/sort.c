/* sort.c -- sorting and what is built on it: unique, searchsorted, sets, bincount, histogram,
 * quantiles.  Replicated.
 *
 * The runtime sorts along the last axis and searches sorted vectors; everything else is that, masks
 * and indices.  Where a result's length depends on data, the count is observed.
 */
#include "stdlib/numpy/family.h"

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
        axis = v_int(-1);
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
    if (as_array(a[0])->readonly)
        return raise_fmt(&exc_ValueError, "sort array is read-only");
    return sort_into(a[0], axis, false, a[0]) ? V_NONE : V_ERROR;
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
        if (at[i] < -length || at[i] >= length) {
            raise_fmt(&exc_ValueError, "kth(=%lld) out of bounds (%lld)", (long long)at[i],
                      (long long)length);
            ok = false;
        }
    free(at);
    release(k);
    return ok;
}

/* (a, kth, axis, kind, order): a sorted array is partitioned at every kth. */
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
    return sorted(x, which, arg);
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
    return sort_into(a[0], axis, false, a[0]) ? V_NONE : V_ERROR;
}

/* The last key decides first: stable sorts from the first key to the last. */
static Value f_lexsort(Value *a, int n)
{
    Value keys = array_from_value(a[0], DT_NONE, 0, false), order = V_UNDEF;
    if (v_is_error(keys))
        return keys;
    if (array_ndim(keys) != 2 || !(a[1].tag == TAG_INT && a[1].i == -1)) {
        release(keys);
        return raise_unsupported("lexsort of keys with several axes", "NumPy");
    }
    for (int64_t k = 0; k < array_shape(keys)[0] && !v_is_error(order); k++) {
        Value key = array_getitem(keys, v_int(k));
        if (v_is_undef(order)) {
            order = array_argsorted(key, -1);
            continue;
        }
        Value by = v_is_error(key) ? key : array_getitem(key, order);
        release(key);
        Value next = array_argsorted(by, -1);
        order = array_take(order, next);
    }
    release(keys);
    return v_is_undef(order)
               ? raise_fmt(&exc_TypeError, "need sequence of keys with len > 0 in lexsort")
               : order;
}

static Value f_sort_complex(Value *a, int n)
{
    Value x = array_from_value(a[0], DT_NONE, 1, false);
    Value s = array_sorted(x, -1);
    return v_is_error(s)
               ? s
               : np_cast(s, dtype_is_complex(array_dtype(s)) ? array_dtype(s)
                                                             : dtype_complex(array_dtype(s)));
}

/* -------------------------------------------------------------------------- searching */

/* Positions of v in the sorted vector s (borrowed), of v's shape. */
static Value positions(Value s, Value v, bool right)
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
            r = np_result(positions(x, v, right));
    }
    release(x);
    release(v);
    return r;
}

static bool is_increasing(Value x, OpCode op)
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
          bins = v_is_error(x) ? V_ERROR : array_from_value(a[1], DT_NONE, 1, false);
    Value r = V_ERROR;
    if (!v_is_error(bins)) {
        if (is_increasing(bins, OP_LESS_EQUAL)) {
            r = np_result(positions(bins, x, !right));
        } else if (is_increasing(bins, OP_GREATER_EQUAL)) {
            View back =
                view_slice(&as_array(bins)->view, 0, array_size(bins) - 1, -1, array_size(bins));
            Value rev = array_view(bins, &back);
            r = np_op2(OP_SUBTRACT, v_int(array_size(bins)), np_result(positions(rev, x, right)));
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

static Value part_of(Value a, int64_t start, int64_t count)
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
    Value a = part_of(s, 1, n - 1), b = part_of(s, 0, n - 1);
    Value differ = np_op2(OP_NOT_EQUAL, retain(a), retain(b));
    if (equal_nan && dtype_is_inexact(array_dtype(s))) {
        Value both =
            np_op2(OP_LOGICAL_AND, np_op1(OP_ISNAN, retain(a)), np_op1(OP_ISNAN, retain(b)));
        differ = np_op2(OP_LOGICAL_AND, differ, np_op1(OP_LOGICAL_NOT, both));
    }
    release(a);
    release(b);
    Value dst = part_of(r, 1, n - 1);
    bool ok = !v_is_error(differ) && array_assign(dst, differ);
    release(dst);
    release(differ);
    if (ok)
        return r;
    release(r);
    return V_ERROR;
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
    Value ends = np_join(part_of(first, array_size(first) > 0, int64_max(array_size(first) - 1, 0)),
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

static Value unique(Value x, const Unique *u) /* takes x */
{
    Value flat = np_flat(retain(x)), perm = V_UNDEF, s;
    if (v_is_error(flat)) {
        release(x);
        return flat;
    }
    int64_t n = array_size(flat);
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
        Value at = positions(s, x, false);
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
    return chosen(a, true);
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

/* --------------------------------------------------------------------------- counting */

static bool as_count(Value v, int64_t *out) /* takes a scalar */
{
    bool ok = !v_is_error(v) && op_as_int64(v, out);
    release(v);
    return ok;
}

/* Weights are added in order, on every rank. */
static Value weighted_counts(Value x, Value weights, int64_t length)
{
    Value w = array_from_value(weights, DT_FLOAT64, 0, false);
    if (v_is_error(w))
        return w;
    int64_t n = array_size(x);
    if (array_size(w) != n) {
        release(w);
        return raise_fmt(&exc_ValueError, "The weights and list don't have the same length.");
    }
    int64_t *at = array_fetch(x);
    double *add = at ? array_fetch(w) : NULL, *sum = xcalloc((size_t)length + 1, sizeof *sum);
    for (int64_t i = 0; add && i < n; i++)
        sum[at[i]] += add[i];
    Value r = add ? np_host(DT_FLOAT64, 1, &length, sum) : V_ERROR;
    free(at);
    free(add);
    free(sum);
    release(w);
    return r;
}

/* counts[i] = end[i] - start[i] in the sorted vector. */
static Value plain_counts(Value x, int64_t length)
{
    Value s = array_sorted(retain(x), 0);
    Value numbers = v_is_error(s) ? V_ERROR : np_arange(length);
    Value low = v_is_error(numbers) ? V_ERROR : positions(s, numbers, false),
          high = v_is_error(low) ? V_ERROR : positions(s, numbers, true);
    release(s);
    release(numbers);
    return np_op2(OP_SUBTRACT, high, low);
}

/* (x, weights, minlength) */
static Value f_bincount(Value *a, int n)
{
    int64_t least, top = -1, bottom = 0;
    if (!op_as_int64(a[2], &least))
        return V_ERROR;
    if (least < 0)
        return raise_fmt(&exc_ValueError, "'minlength' must not be negative");
    Value x = array_from_value(a[0], DT_NONE, 0, false);
    if (v_is_error(x))
        return x;
    Value r = V_ERROR;
    DType t = array_dtype(x);
    if (array_ndim(x) != 1) {
        raise_fmt(&exc_ValueError, array_ndim(x) > 1
                                       ? "object too deep for desired array"
                                       : "object of too small depth for desired array");
    } else if (array_size(x) && (dtype_is_complex(t) ||
                                 (is_array(a[0]) && !dtype_can_cast(t, DT_INT64, CAST_SAFE)))) {
        raise_fmt(&exc_TypeError,
                  "Cannot cast array data from dtype('%s') to dtype('int64') according to the rule "
                  "'safe'",
                  dtype_name(t));
    } else {
        x = np_cast(x, DT_INT64);
        if (v_is_error(x))
            return x;
        bool ok = array_size(x) == 0 ||
                  (as_count(np_fold(FOLD_MAX, x), &top) && as_count(np_fold(FOLD_MIN, x), &bottom));
        int64_t length = int64_max(top + 1, least);
        if (ok && bottom < 0)
            raise_fmt(&exc_ValueError, "'list' argument must have no negative elements");
        else if (ok)
            r = is_absent(a[1]) ? plain_counts(x, length) : weighted_counts(x, a[1], length);
    }
    release(x);
    return r;
}

/* The edges np.histogram uses for a number of equal bins. */
static Value equal_edges(Value x, int64_t bins, Value range)
{
    double lo = 0, hi = 1;
    if (!is_absent(range)) {
        Value t = tuple_from_iterable(range);
        bool ok = !v_is_error(t) && as_tuple(t)->n == 2 && op_as_float(as_tuple(t)->at[0], &lo) &&
                  op_as_float(as_tuple(t)->at[1], &hi);
        release(t);
        if (!ok)
            return error_is_set() ? V_ERROR : raise_fmt(&exc_ValueError, "range must be a pair");
        if (lo > hi)
            return raise_fmt(&exc_ValueError, "max must be larger than min in range parameter.");
    } else if (array_size(x)) {
        Value low = np_fold(FOLD_MIN, x), high = v_is_error(low) ? low : np_fold(FOLD_MAX, x);
        bool ok = !v_is_error(high) && op_as_float(low, &lo) && op_as_float(high, &hi);
        release(low);
        release(high);
        if (!ok)
            return V_ERROR;
    }
    if (!isfinite(lo) || !isfinite(hi))
        return raise_fmt(&exc_ValueError, "%s range of [%s, %s] is not finite",
                         is_absent(range) ? "autodetected" : "supplied", isnan(lo) ? "nan" : "inf",
                         isnan(hi) ? "nan" : "inf");
    if (lo == hi) {
        lo -= 0.5;
        hi += 0.5;
    }
    int64_t n = bins + 1;
    Value r = array_new(DT_FLOAT64, 1, &n);
    if (v_is_error(r))
        return r;
    Operand out = array_operand(r);
    if (status_ok(rt_linspace(&out, lo, (hi - lo) / (double)bins, bins, hi)))
        return r;
    release(r);
    return V_ERROR;
}

static Value histogram_edges(Value x, Value bins, Value range)
{
    if (is_str(bins))
        return raise_unsupported("histogram(bins='auto' and other rules)", "NumPy");
    int64_t n;
    if (is_int(bins) || is_npscalar(bins)) {
        if (!op_as_int64(bins, &n))
            return V_ERROR;
        return n < 1 ? raise_fmt(&exc_ValueError, "`bins` must be positive, when an integer")
                     : equal_edges(x, n, range);
    }
    Value e = array_from_value(bins, DT_NONE, 0, false);
    if (v_is_error(e))
        return e;
    if (array_ndim(e) == 1 && is_increasing(e, OP_LESS_EQUAL))
        return e;
    bool flat = array_ndim(e) == 1;
    release(e);
    return raise_fmt(&exc_ValueError, flat ? "`bins` must increase monotonically, when an array"
                                           : "`bins` must be 1d, when an array");
}

/* How many elements lie below each edge; the last edge is inside. */
static Value below_edges(Value s, Value edges)
{
    int64_t n = array_size(edges);
    Value low = part_of(edges, 0, n - 1), top = part_of(edges, n - 1, 1);
    Value r = np_join(positions(s, low, false), positions(s, top, true));
    release(low);
    release(top);
    return r;
}

static Value bin_sums(Value x, Value edges, Value weights)
{
    Value r;
    if (is_absent(weights)) {
        Value s = array_sorted(retain(x), 0);
        r = v_is_error(s) ? s : below_edges(s, edges);
        release(s);
    } else {
        Value perm = array_argsorted(retain(x), 0), w = np_flat(retain(weights));
        Value s = v_is_error(perm) ? perm : array_getitem(x, perm);
        w = array_take(w, perm);
        int64_t one = 1;
        Value sums = v_is_error(w) ? w : array_cumulate(FOLD_SUM, w, v_int(0), DT_NONE, V_UNDEF);
        sums = v_is_error(sums)
                   ? sums
                   : np_join(np_filled(array_dtype(sums), 1, &one, DT_INT64, (Scalar){0}), sums);
        r = v_is_error(sums) || v_is_error(s) ? V_ERROR : array_take(sums, below_edges(s, edges));
        release(s);
        release(w);
    }
    if (v_is_error(r))
        return r;
    int64_t m = array_size(r) - 1;
    Value d = np_op2(OP_SUBTRACT, part_of(r, 1, m), part_of(r, 0, m));
    release(r);
    return d;
}

/* (a, bins, range, density, weights) */
static Value f_histogram(Value *a, int n)
{
    bool density;
    if (!np_flag(a[3], false, &density))
        return V_ERROR;
    Value x = np_flat(retain(a[0])), edges = v_is_error(x) ? x : histogram_edges(x, a[1], a[2]);
    Value h = v_is_error(edges) ? edges : bin_sums(x, edges, a[4]);
    release(x);
    if (density && !v_is_error(h)) {
        int64_t m = array_size(edges) - 1;
        Value widths =
            np_cast(np_op2(OP_SUBTRACT, part_of(edges, 1, m), part_of(edges, 0, m)), DT_FLOAT64);
        Value total = np_fold(FOLD_SUM, h);
        h = np_op2(OP_DIVIDE, np_op2(OP_DIVIDE, h, widths), total);
    }
    return np_pair(h, edges);
}

static Value f_histogram_bin_edges(Value *a, int n)
{
    Value x = np_flat(retain(a[0]));
    Value e = v_is_error(x) ? x : histogram_edges(x, a[1], a[2]);
    release(x);
    return e;
}

/* -------------------------------------------------------------------------- quantiles */

/* Between the two nearest elements of the sorted last axis, as NumPy's linear method rounds it. */
static Value quantile_at(Value s, double q)
{
    int last = array_ndim(s) - 1;
    int64_t n = array_shape(s)[last];
    double at = q * (double)(n - 1), low = floor(at), t = at - low;
    int64_t i = (int64_t)low, j = int64_min(i + 1, n - 1);
    View vi = view_index(&as_array(s)->view, last, i), vj = view_index(&as_array(s)->view, last, j);
    Value a = array_view(s, &vi), b = array_view(s, &vj);
    Value d = np_op2(OP_SUBTRACT, retain(b), retain(a)), r;
    if (t >= 0.5)
        r = np_op2(OP_SUBTRACT, b, np_op2(OP_MULTIPLY, d, v_float(1 - t)));
    else
        r = np_op2(OP_ADD, retain(a), np_op2(OP_MULTIPLY, d, v_float(t)));
    if (t < 0.5)
        release(b);
    release(a);
    return r;
}

/* Sorted with the reduced axes last (takes x). */
static Value sorted_over(Value x, Value axis, int *ndim, uint32_t *mask)
{
    int perm[NDIM_MAX], n = 0, nd = array_ndim(x);
    int64_t shape[NDIM_MAX + 1], count = 1;
    if (!axes_from_value(axis, nd, mask)) {
        release(x);
        return V_ERROR;
    }
    for (int pass = 0; pass < 2; pass++)
        for (int k = 0; k < nd; k++)
            if ((*mask >> k & 1) == (unsigned)pass) {
                if (!pass)
                    shape[n] = array_shape(x)[k];
                else
                    count *= array_shape(x)[k];
                perm[n++] = k;
            }
    int kept = nd - __builtin_popcount(*mask);
    shape[kept] = count;
    *ndim = kept;
    View v = view_transpose(&as_array(x)->view, perm);
    return array_sorted(np_reshape(np_view(x, &v), kept + 1, shape), -1);
}

/* (a, q, axis, out, overwrite_input, method, keepdims) */
static Value quantiles(Value *a, double scale, const char *range)
{
    bool keep;
    int ndim;
    uint32_t mask;
    if (!is_absent(a[3]) || !(is_str(a[5]) && str_equals(a[5].s, "linear")))
        return raise_unsupported("quantile(out=, method=)", "NumPy");
    if (!np_flag(a[6], false, &keep))
        return V_ERROR;
    if (keep)
        return raise_unsupported("quantile(keepdims=True)", "NumPy");
    Value q = array_from_value(a[1], DT_FLOAT64, 0, false),
          x = v_is_error(q) ? q : array_from_value(a[0], DT_NONE, 0, false);
    if (v_is_error(x)) {
        release(q);
        return x;
    }
    if (!dtype_is_inexact(array_dtype(x)))
        x = np_cast(x, DT_FLOAT64);
    Value s = v_is_error(x) ? x : sorted_over(x, a[2], &ndim, &mask), r = V_ERROR;
    double *at = v_is_error(s) ? NULL : array_fetch(q);
    int64_t nq = array_size(q);
    bool ok = at != NULL;
    for (int64_t i = 0; ok && i < nq; i++) {
        at[i] /= scale;
        if (!(at[i] >= 0 && at[i] <= 1)) {
            raise_fmt(&exc_ValueError, "%s", range);
            ok = false;
        }
    }
    if (ok && array_shape(s)[ndim] == 0) {
        raise_fmt(&exc_IndexError, "index -1 is out of bounds for axis 0 with size 0");
        ok = false;
    }
    if (ok && array_ndim(q) == 0) {
        r = quantile_at(s, at[0]);
    } else if (ok && array_ndim(q) == 1) {
        int64_t shape[NDIM_MAX];
        shape[0] = nq;
        for (int k = 0; k < ndim; k++)
            shape[1 + k] = array_shape(s)[k];
        r = array_new(array_dtype(s), 1 + ndim, shape);
        for (int64_t i = 0; i < nq && !v_is_error(r); i++) {
            View row = view_index(&as_array(r)->view, 0, i);
            Value dst = array_view(r, &row), v = quantile_at(s, at[i]);
            if (v_is_error(v) || !array_assign(dst, v)) {
                release(r);
                r = V_ERROR;
            }
            release(dst);
            release(v);
        }
    } else if (ok) {
        raise_unsupported("quantile(q of several axes)", "NumPy");
    }
    free(at);
    release(q);
    release(s);
    return r;
}
static Value f_quantile(Value *a, int n)
{
    return quantiles(a, 1, "Quantiles must be in the range [0, 1]");
}
static Value f_percentile(Value *a, int n)
{
    return quantiles(a, 100, "Percentiles must be in the range [0, 100]");
}

/* ----------------------------------------------------------------------------- tables */

#define QUANTILE_SIG                                                                               \
    "a, q, axis=None, out=None, overwrite_input=False, method='linear', keepdims=False"

const NativeDef numpy_sort[] = {
    {"sort", "a, axis=-1, kind=None, order=None, *, stable=None", f_sort,
     "A sorted copy; NaN last."},
    {"argsort", "a, axis=-1, kind=None, order=None, *, stable=None", f_argsort,
     "Positions that would sort."},
    {"partition", "a, kth, axis=-1, kind='introselect', order=None", f_partition,
     "A copy with the kth elements in place."},
    {"argpartition", "a, kth, axis=-1, kind='introselect', order=None", f_argpartition,
     "Positions that would partition."},
    {"lexsort", "keys, axis=-1", f_lexsort, "Positions that sort by several keys, the last first."},
    {"sort_complex", "a", f_sort_complex, "Sorted as complex numbers."},
    {"searchsorted", "a, v, side='left', sorter=None", f_searchsorted,
     "Where to insert into a sorted vector."},
    {"digitize", "x, bins, right=False", f_digitize, "The bin each element falls in."},
    {"unique",
     "ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, "
     "equal_nan=True, sorted=True",
     f_unique, "Distinct elements, sorted."},
    {"unique_values", "x", f_unique_values, "Distinct elements."},
    {"isin", "element, test_elements, assume_unique=False, invert=False, *, kind=None", f_isin,
     "Which elements are among others."},
    {"in1d", "ar1, ar2, assume_unique=False, invert=False, *, kind=None", f_isin,
     "Which elements are among others."},
    {"union1d", "ar1, ar2", f_union1d, "Distinct elements of both."},
    {"intersect1d", "ar1, ar2, assume_unique=False, return_indices=False", f_intersect1d,
     "Distinct elements in both."},
    {"setdiff1d", "ar1, ar2, assume_unique=False", f_setdiff1d,
     "Distinct elements of the first not in the second."},
    {"setxor1d", "ar1, ar2, assume_unique=False", f_setxor1d, "Distinct elements in exactly one."},
    {"bincount", "x, /, weights=None, minlength=0", f_bincount,
     "How often each small integer occurs."},
    {"histogram", "a, bins=10, range=None, density=None, weights=None", f_histogram,
     "Counts in bins, and the bins' edges."},
    {"histogram_bin_edges", "a, bins=10, range=None, weights=None", f_histogram_bin_edges,
     "The edges histogram uses."},
    {"quantile", QUANTILE_SIG, f_quantile, "Quantiles, interpolated linearly."},
    {"percentile", QUANTILE_SIG, f_percentile, "Percentiles, interpolated linearly."},
    {0}};

const NativeDef ndarray_methods_sort[] = {
    {"sort", "self, axis=-1, kind=None, order=None, *, stable=None", m_sort,
     "Sort in place; NaN last."},
    {"argsort", "self, axis=-1, kind=None, order=None, *, stable=None", f_argsort,
     "Positions that would sort."},
    {"partition", "self, kth, axis=-1, kind='introselect', order=None", m_partition,
     "Put the kth elements in place."},
    {"argpartition", "self, kth, axis=-1, kind='introselect', order=None", f_argpartition,
     "Positions that would partition."},
    {"searchsorted", "self, v, side='left', sorter=None", f_searchsorted,
     "Where to insert into this sorted vector."},
    {0}};
