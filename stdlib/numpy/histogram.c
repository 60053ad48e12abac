/* histogram.c -- counts and quantiles: bincount, histogram, percentile.  Replicated.
 *
 * Elements are numbered by their bins, and the numbers counted; a quantile is an element of the
 * sorted ones.
 */
#include "runtime/gather.h"
#include "stdlib/numpy/plain.h"
#include "stdlib/numpy/sort.h"

#include <math.h>

/* --------------------------------------------------------------------------- counting */

static bool as_count(Value v, int64_t *out) /* takes a scalar */
{
    bool ok = !v_is_error(v) && op_as_int64(v, out);
    release(v);
    return ok;
}

/* Sums of the weights (float64, borrowed) of each number in x (int64, within [0, length)), each
 * from 0.0 in order. */
static Value weight_sums(Value x, Value w, int64_t length)
{
    Value r = array_new(DT_FLOAT64, 1, &length);
    if (v_is_error(r))
        return r;
    Operand out = array_operand(r), at = array_operand(x), in = array_operand(w);
    if (status_ok(rt_put_add(&out, &at, &in)))
        return r;
    release(r);
    return V_ERROR;
}

static Value weighted_counts(Value x, Value weights, int64_t length)
{
    Value w = array_from_value(weights, DT_NONE, 0, false);
    if (v_is_error(w))
        return w;
    DType t = array_dtype(w);
    Value r = V_ERROR;
    if (!dtype_can_cast(t, DT_FLOAT64, CAST_SAFE)) {
        raise_fmt(&exc_TypeError,
                  "Cannot cast array data from dtype('%s') to dtype('float64') according to the "
                  "rule 'safe'",
                  dtype_name(t));
    } else if (array_ndim(w) != 1) {
        raise_fmt(&exc_ValueError, array_ndim(w) > 1
                                       ? "object too deep for desired array"
                                       : "object of too small depth for desired array");
    } else if (array_size(w) != array_size(x)) {
        raise_fmt(&exc_ValueError, "The weights and list don't have the same length.");
    } else {
        w = np_cast(w, DT_FLOAT64);
        r = v_is_error(w) ? w : weight_sums(x, w, length);
    }
    release(w);
    return r;
}

Value array_counts(Value x, int64_t length)
{
    Value r = array_new(DT_INT64, 1, &length);
    if (v_is_error(r))
        return r;
    Operand out = array_operand(r), at = array_operand(x);
    if (status_ok(rt_put_count(&out, &at)))
        return r;
    release(r);
    return V_ERROR;
}

/* The same of an array that is ready, in one go; V_UNDEF: it is not, or has negative elements. */
static Value counts_at_once(Value x, int64_t least)
{
    enum { MOST = 1 << 12 }; /* where other ranks would wait */
    if (!is_array(x) || array_dtype(x) != DT_INT64 || array_ndim(x) != 1 ||
        (array_size(x) > MOST && rt_nranks() > 1))
        return V_UNDEF;
    int64_t n = array_size(x), low = 0, high = -1;
    const int64_t *at = plain_peek(x);
    if (!at)
        return V_UNDEF;
    index_bounds(at, n, &low, &high);
    int64_t length = int64_max(high + 1, least);
    if (low < 0 || length > 4 * n + 1024)
        return V_UNDEF;
    Value r = array_new(DT_INT64, 1, &length);
    if (v_is_error(r))
        return r;
    Dense dst = {as_array(r)->store, 0, DT_INT64, {0}, 0};
    int64_t *to = rt_poke(&dst, length);
    if (!to) {
        release(r);
        return V_UNDEF;
    }
    memset(to, 0, (size_t)length * sizeof *to);
    count_units(to, (Index){(const char *)at, 8}, n);
    return r;
}

/* (x, weights, minlength) */
static Value f_bincount(Value *a, int n)
{
    int64_t least, top = -1, bottom = 0;
    if (!op_as_int64(a[2], &least))
        return V_ERROR;
    if (least < 0)
        return raise_fmt(&exc_ValueError, "'minlength' must not be negative");
    Value counts = is_absent(a[1]) ? counts_at_once(a[0], least) : V_UNDEF;
    if (!v_is_undef(counts))
        return counts;
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
            r = is_absent(a[1]) || !array_size(x) ? array_counts(x, length)
                                                  : weighted_counts(x, a[1], length);
    }
    release(x);
    return r;
}

/* Equal steps from low to high as np.linspace has them for float32: each operation rounds. */
static Value float32_edges(float low, float high, int64_t bins)
{
    int64_t n = bins + 1;
    float *at = xmalloc(sizeof *at * (size_t)n);
    volatile float step = (high - low) / (float)bins;
    for (int64_t k = 0; k < bins; k++) {
        volatile float far = (float)k * step;
        at[k] = far + low;
    }
    at[bins] = high;
    Value r = np_host(DT_FLOAT32, 1, &n, at);
    free(at);
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
    bool single = array_dtype(x) == DT_FLOAT32;
    if (lo == hi) {
        lo -= 0.5;
        hi += 0.5;
    }
    if (single && is_absent(range) && array_size(x))
        return float32_edges((float)lo, (float)hi, bins);
    int64_t n = bins + 1;
    Value r = array_new(DT_FLOAT64, 1, &n);
    if (v_is_error(r))
        return r;
    Operand out = array_operand(r);
    if (status_ok(rt_linspace(&out, lo, (hi - lo) / (double)bins, bins, hi)))
        return single ? np_cast(r, DT_FLOAT32) : r;
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

/* How many edges lie at or below each element: the number of its bin plus one, 0 or the number of
 * edges where there is none.  The last edge is inside. */
static Value bin_numbers(Value x, Value edges)
{
    Value above = sort_positions(edges, x, true),
          last = np_op2(OP_EQUAL, retain(x), sort_part(edges, array_size(edges) - 1, 1));
    return np_op2(OP_SUBTRACT, above, last);
}

/* Sums of real weights in n equal bins: of BLOCK elements in order, then of the blocks, in type t;
 * each addition in type `add`.  NumPy's order. */
static Value block_sums(Value bins, Value w, int64_t n, DType t, DType add)
{
    enum { BLOCK = 65536 };
    Value total = np_filled(t, 1, &n, DT_INT64, (Scalar){0});
    for (int64_t at = 0; at < array_size(bins) && !v_is_error(total); at += BLOCK) {
        int64_t m = int64_min(BLOCK, array_size(bins) - at);
        Value b = sort_part(bins, at, m), v = sort_part(w, at, m);
        Value sums = v_is_error(b) || v_is_error(v) ? V_ERROR : weight_sums(b, v, n + 2);
        Value part = v_is_error(sums) ? sums : sort_part(sums, 1, n);
        total = np_cast(np_op2(OP_ADD, np_cast(total, add), np_cast(part, add)), t);
        release(sums);
        release(v);
        release(b);
    }
    return total;
}

static Value equal_sums(Value x, Value edges, Value w)
{
    int64_t n = array_size(edges) - 1;
    DType t = array_dtype(w);
    Value bins = bin_numbers(x, edges), r = V_ERROR;
    if (v_is_error(bins))
        return bins;
    if (dtype_is_complex(t)) {
        Value re = np_cast(np_op1(OP_REAL, retain(w)), DT_FLOAT64),
              im = np_cast(np_op1(OP_IMAG, retain(w)), DT_FLOAT64);
        DType part = dtype_real(t);
        if (!v_is_error(re) && !v_is_error(im))
            r = np_op2(OP_WITH_IMAG, np_cast(block_sums(bins, re, n, part, DT_FLOAT64), t),
                       np_cast(block_sums(bins, im, n, part, DT_FLOAT64), t));
        release(re);
        release(im);
    } else {
        Value real = np_cast(retain(w), DT_FLOAT64);
        r = v_is_error(real) ? real : block_sums(bins, real, n, t, t);
        release(real);
    }
    release(bins);
    return r;
}

/* Differences of the running sum of the weights in sorted order. */
static Value sorted_sums(Value x, Value edges, Value w)
{
    Value perm = array_argsorted(retain(x), 0);
    Value s = v_is_error(perm) ? perm : array_getitem(x, perm);
    w = array_take(retain(w), perm);
    int64_t one = 1;
    Value sums = v_is_error(w) ? w : array_cumulate(FOLD_SUM, w, v_int(0), DT_NONE, V_UNDEF);
    sums = v_is_error(sums)
               ? sums
               : np_join(np_filled(array_dtype(sums), 1, &one, DT_INT64, (Scalar){0}), sums);
    Value r = v_is_error(sums) || v_is_error(s) ? V_ERROR : array_take(sums, below_edges(s, edges));
    release(s);
    release(w);
    return r;
}

static Value bin_counts(Value x, Value edges)
{
    int64_t n = array_size(edges);
    Value bins = bin_numbers(x, edges);
    Value all = v_is_error(bins) ? bins : array_counts(bins, n + 1);
    release(bins);
    Value r = v_is_error(all) ? all : sort_part(all, 1, n - 1);
    release(all);
    return r;
}

static Value bin_sums(Value x, Value edges, Value w, bool equal)
{
    int64_t none = 0;
    if (array_size(edges) == 0)
        return np_filled(v_is_undef(w) ? DT_INT64 : array_dtype(w), 1, &none, DT_INT64,
                         (Scalar){0});
    if (v_is_undef(w))
        return bin_counts(x, edges);
    if (equal)
        return equal_sums(x, edges, w);
    Value r = sorted_sums(x, edges, w);
    if (v_is_error(r))
        return r;
    int64_t m = array_size(r) - 1;
    Value d = np_op2(OP_SUBTRACT, sort_part(r, 1, m), sort_part(r, 0, m));
    release(r);
    return d;
}

/* Weights of a's shape, flat; undefined: none. */
static Value histogram_weights(Value a, Value weights)
{
    if (is_absent(weights))
        return V_UNDEF;
    Value x = array_asarray(a), w = v_is_error(x) ? x : array_asarray(weights);
    bool same = !v_is_error(w) && array_ndim(x) == array_ndim(w);
    for (int k = 0; same && k < array_ndim(x); k++)
        same = array_shape(x)[k] == array_shape(w)[k];
    release(x);
    if (same || v_is_error(w))
        return v_is_error(w) ? w : np_flat(w);
    release(w);
    return raise_fmt(&exc_ValueError, "weights should have the same shape as a.");
}

/* (a, bins, range, density, weights) */
static Value f_histogram(Value *a, int n)
{
    bool density;
    if (!np_flag(a[3], false, &density))
        return V_ERROR;
    Value w = histogram_weights(a[0], a[4]);
    if (v_is_error(w))
        return w;
    Value x = np_flat(retain(a[0]));
    if (!v_is_error(x) && array_dtype(x) == DT_BOOL &&
        !warn_fmt(&exc_RuntimeWarning,
                  "Converting input from bool to <class 'numpy.uint8'> for compatibility.")) {
        release(x);
        release(w);
        return V_ERROR;
    }
    Value edges = v_is_error(x) ? x : histogram_edges(x, a[1], a[2]);
    Value h = v_is_error(edges) ? edges : bin_sums(x, edges, w, is_int(a[1]) || is_npscalar(a[1]));
    release(x);
    release(w);
    if (density && !v_is_error(h)) {
        int64_t m = int64_max(0, array_size(edges) - 1);
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

/* How q is given: as Python's number or a float32, which takes the elements' type; as float64 of
 * its own; as integers, which pick elements. */
typedef enum QKind { Q_WEAK, Q_STRONG, Q_PICKS } QKind;

/* The place in order below a quantile, and how far above it; `single`: in float32. */
static int64_t quantile_place(double q, int64_t n, bool single, double *t)
{
    double at = q * (double)(n - 1);
    at = single ? (double)(float)at : at;
    double low = floor(at);
    *t = at - low;
    return (int64_t)low;
}

/* Between the two nearest elements of the last axis, as NumPy's linear method rounds it. */
static Value quantile_at(const Ordered *o, double q, QKind kind)
{
    double t;
    bool single = kind == Q_WEAK && array_dtype(o->s) == DT_FLOAT32;
    int64_t i = quantile_place(q, o->length, single, &t), j = int64_min(i + 1, o->length - 1);
    if (kind == Q_PICKS)
        return ordered_or_nan(o, np_op1(OP_COPY, ordered_at(o, i)));
    Value a = ordered_at(o, i), b = ordered_at(o, j);
    Value d = np_op2(OP_SUBTRACT, retain(b), retain(a)), r;
    double part = t >= 0.5 ? 1 - t : t;
    Value by = kind == Q_STRONG ? scalar_new(DT_FLOAT64, (Scalar){.f64 = part}) : v_float(part);
    if (t >= 0.5)
        r = np_op2(OP_SUBTRACT, b, np_op2(OP_MULTIPLY, d, by));
    else
        r = np_op2(OP_ADD, retain(a), np_op2(OP_MULTIPLY, d, by));
    if (t < 0.5)
        release(b);
    release(a);
    return ordered_or_nan(o, r);
}

/* x (taken) in order at the places that the quantiles need, or everywhere when they are many. */
static bool quantile_order(Value x, const double q[], int64_t nq, bool single, Ordered *out)
{
    int64_t n = array_shape(x)[array_ndim(x) - 1], place[PLACES_MAX];
    int m = 0;
    double t;
    for (int64_t k = 0; k < nq && 2 * nq + 1 <= PLACES_MAX; k++) {
        int64_t i = quantile_place(q[k], n, single, &t),
                want[3] = {i, int64_min(i + 1, n - 1), n - 1};
        for (int w = 0; w < 3; w++) {
            int at = m;
            while (at > 0 && place[at - 1] >= want[w])
                at--;
            if (at < m && place[at] == want[w])
                continue;
            memmove(place + at + 1, place + at, sizeof *place * (size_t)(m++ - at));
            place[at] = want[w];
        }
    }
    if (m)
        return ordered_begin(x, m, place, out);
    *out = (Ordered){.s = array_sorted(x, -1), .length = n};
    return !v_is_error(out->s);
}

/* With the reduced axes last, as one (takes x). */
static Value reduced_over(Value x, Value axis, int *ndim, uint32_t *mask)
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
    return np_reshape(np_view(x, &v), kept + 1, shape);
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
    Value q = array_from_value(a[1], DT_NONE, 0, false),
          x = v_is_error(q) ? q : array_from_value(a[0], DT_NONE, 0, false);
    if (v_is_error(x)) {
        release(q);
        return x;
    }
    bool integers = array_dtype(q) == DT_BOOL || dtype_is_integer(array_dtype(q));
    bool weak = is_float(a[1]) || is_int(a[1]) || array_dtype(q) == DT_FLOAT32;
    QKind kind = scale == 1 && integers ? Q_PICKS : weak ? Q_WEAK : Q_STRONG;
    q = np_cast(q, DT_FLOAT64);
    if (v_is_error(q)) {
        release(x);
        return q;
    }
    if (dtype_is_complex(array_dtype(x)) || (array_dtype(x) == DT_BOOL && kind != Q_PICKS)) {
        bool number = array_dtype(x) != DT_BOOL;
        release(x);
        release(q);
        return number ? raise_fmt(&exc_TypeError, "a must be an array of real numbers")
                      : raise_fmt(&exc_TypeError,
                                  "numpy boolean subtract, the `-` operator, is not supported, use "
                                  "the bitwise_xor, the `^` operator, or the logical_xor function "
                                  "instead.");
    }
    bool whole = !dtype_is_inexact(array_dtype(x));
    bool single = array_dtype(x) == DT_FLOAT32 && kind == Q_WEAK;
    Value s = v_is_error(x) ? x : reduced_over(x, a[2], &ndim, &mask), r = V_ERROR;
    double *at = v_is_error(s) ? NULL : array_fetch(q);
    int64_t nq = array_size(q);
    bool ok = at != NULL;
    for (int64_t i = 0; ok && i < nq; i++) {
        at[i] = single ? (double)((float)at[i] / (float)scale) : at[i] / scale;
        if (!(at[i] >= 0 && at[i] <= 1)) {
            raise_fmt(&exc_ValueError, "%s", range);
            ok = false;
        }
    }
    if (ok && array_shape(s)[ndim] == 0) {
        raise_fmt(&exc_IndexError, "index %d is out of bounds for axis 0 with size 0",
                  whole ? 0 : -1);
        ok = false;
    }
    Ordered o = {.s = V_UNDEF};
    if (ok && array_ndim(q) <= 1) {
        ok = quantile_order(s, at, nq, single, &o);
        s = ok ? o.s : V_UNDEF;
    }
    if (ok && array_ndim(q) == 0) {
        r = quantile_at(&o, at[0], kind);
    } else if (ok && array_ndim(q) == 1) {
        int64_t shape[NDIM_MAX];
        shape[0] = nq;
        for (int k = 0; k < ndim; k++)
            shape[1 + k] = array_shape(s)[k];
        DType t = array_dtype(s);
        t = kind == Q_PICKS || (kind == Q_WEAK && dtype_is_inexact(t))
                ? t
                : dtype_promote(t, DT_FLOAT64);
        r = array_new(t, 1 + ndim, shape);
        for (int64_t i = 0; i < nq && !v_is_error(r); i++) {
            View row = view_index(&as_array(r)->view, 0, i);
            Value dst = array_view(r, &row), v = quantile_at(&o, at[i], kind);
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
