/* histogram.c -- counts and quantiles: bincount, histogram, percentile.  Replicated.
 *
 * All by sorting: a count is a difference of positions in the sorted elements, a quantile an
 * element there.
 */
#include "stdlib/numpy/sort.h"

#include <math.h>

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
    Value low = v_is_error(numbers) ? V_ERROR : sort_positions(s, numbers, false),
          high = v_is_error(low) ? V_ERROR : sort_positions(s, numbers, true);
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
    if (array_ndim(e) == 1 && sort_is_increasing(e, OP_LESS_EQUAL))
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
    Value low = sort_part(edges, 0, n - 1), top = sort_part(edges, n - 1, 1);
    Value r = np_join(sort_positions(s, low, false), sort_positions(s, top, true));
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
    Value d = np_op2(OP_SUBTRACT, sort_part(r, 1, m), sort_part(r, 0, m));
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
        Value widths = np_cast(np_op2(OP_SUBTRACT, sort_part(edges, 1, m), sort_part(edges, 0, m)),
                               DT_FLOAT64);
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

const NativeDef numpy_histogram[] = {
    {"bincount", "def: x, /, weights=None, minlength=0", f_bincount,
     "How often each small integer occurs."},
    {"histogram", "def: a, bins=10, range=None, density=None, weights=None", f_histogram,
     "Counts in bins, and the bins' edges."},
    {"histogram_bin_edges", "def: a, bins=10, range=None, weights=None", f_histogram_bin_edges,
     "The edges histogram uses."},
    {"quantile", "def: " QUANTILE_SIG, f_quantile, "Quantiles, interpolated linearly."},
    {"percentile", "def: " QUANTILE_SIG, f_percentile, "Percentiles, interpolated linearly."},
    {0}};
