/* sampling.c -- random orders and choices: permutation, shuffle, choice.  Replicated.
 *
 * Positions are drawn by the family's algorithm on every rank; elements are then taken by index.
 */
#include "stdlib/numpy/random.h"

#include "interp/objects.h"

#include <math.h>

static Value permutation_array(Rng *r, int64_t n)
{
    if (!np_room(DT_INT64, 1, &n))
        return V_ERROR;
    int64_t *at = xmalloc(sizeof *at * (size_t)(n + 1));
    rng_permutation(r, n, at);
    Value p = np_host(DT_INT64, 1, &n, at);
    free(at);
    return p;
}

Value random_permutation(Rng *r, Value x)
{
    int64_t n;
    if (is_int(x) || (is_npscalar(x) && dtype_is_integer(as_npscalar(x)->dtype))) {
        if (!op_as_int64(x, &n))
            return V_ERROR;
        return n < 0 ? raise_fmt(&exc_ValueError, "negative dimensions are not allowed")
                     : permutation_array(r, n);
    }
    Value a = array_from_value(x, DT_NONE, 0, false);
    if (v_is_error(a))
        return a;
    if (array_ndim(a) == 0) {
        release(a);
        return raise_fmt(&exc_IndexError, "x must be an integer or at least 1-dimensional");
    }
    return array_take(a, permutation_array(r, array_shape(a)[0]));
}

Value random_shuffle(Rng *r, Value x)
{
    if (is_list(x)) {
        int64_t n = as_list(x)->n;
        int64_t *order = xmalloc(sizeof *order * (size_t)(n + 1));
        Value *old = xmalloc(sizeof *old * (size_t)(n + 1));
        rng_permutation(r, n, order);
        memcpy(old, as_list(x)->at, sizeof *old * (size_t)n);
        for (int64_t i = 0; i < n; i++)
            as_list(x)->at[i] = old[order[i]];
        free(order);
        free(old);
        return V_NONE;
    }
    if (!is_array(x)) {
        if (op_len(x) < 0)
            return V_ERROR;
        return raise_fmt(&exc_TypeError, "'%T' object does not support item assignment", x);
    }
    if (array_ndim(x) == 0)
        return raise_fmt(&exc_TypeError, "len() of unsized object");
    if (!array_check_writable(x))
        return V_ERROR;
    Value moved = array_take(retain(x), permutation_array(r, array_shape(x)[0]));
    bool ok = !v_is_error(moved) && array_assign(x, moved);
    release(moved);
    return ok ? V_NONE : V_ERROR;
}

/* Positions drawn by probabilities: where uniforms fall among the running sums. */
static Value weighted_positions(Rng *r, Value probabilities, int64_t population, Value size)
{
    Value p = array_from_value(probabilities, DT_FLOAT64, 0, false);
    if (v_is_error(p))
        return p;
    if (array_ndim(p) != 1 || array_size(p) != population) {
        bool flat = array_ndim(p) == 1;
        release(p);
        return raise_fmt(&exc_ValueError,
                         flat ? "'a' and 'p' must have same size" : "'p' must be 1-dimensional");
    }
    double *at = array_fetch(p), sum = 0, lost = 0;
    bool negative = false;
    for (int64_t i = 0; at && i < population; i++) { /* Kahan's sum, as NumPy checks it */
        double y = at[i] - lost, t = sum + y;
        lost = (t - sum) - y;
        sum = t;
        negative |= at[i] < 0;
    }
    free(at);
    if (!at || negative || isnan(sum) || fabs(sum - 1) > 1.4901161193847656e-08) {
        release(p);
        return !at ? V_ERROR
               : negative
                   ? raise_fmt(&exc_ValueError, "probabilities are not non-negative")
                   : raise_fmt(&exc_ValueError, isnan(sum) ? "probabilities contain NaN"
                                                           : "probabilities do not sum to 1");
    }
    Value cdf = array_cumulate(FOLD_SUM, p, v_int(0), DT_NONE, V_UNDEF);
    release(p);
    Value total = v_is_error(cdf) ? cdf : array_getitem(cdf, v_int(-1));
    cdf = np_op2(OP_DIVIDE, cdf, total);
    Value u = v_is_error(cdf) ? cdf : random_doubles(r, DT_FLOAT64, size);
    Value side = str_new("right");
    Value pos = v_is_error(u) ? u : op_call_method(cdf, "searchsorted", (Value[]){u, side}, 2);
    release(side);
    release(u);
    release(cdf);
    return pos;
}

static int64_t count_of(int ndim, const int64_t shape[])
{
    int64_t n = 1;
    for (int k = 0; k < ndim; k++)
        n *= shape[k];
    return n;
}

/* What choice takes from: positions, by the family's own draws. */
static Value choice_positions(Rng *r, int64_t population, Value size, bool replace, bool shuffled,
                              Value p, bool legacy)
{
    int ndim = 0;
    int64_t shape[NDIM_MAX];
    if (!is_absent(size) && !shape_from_value(size, &ndim, shape))
        return V_ERROR;
    if (!np_room(DT_INT64, ndim, shape))
        return V_ERROR;
    int64_t n = count_of(ndim, shape);
    if (!is_absent(p))
        return replace ? weighted_positions(r, p, population, size)
                       : raise_unsupported("random.random_choice(replace=False, p=)", "NumPy");
    if (!replace && n > population)
        return raise_fmt(&exc_ValueError,
                         legacy
                             ? "Cannot take a larger sample than population when 'replace=False'"
                             : "Cannot take a larger sample than population when replace is False");
    if (!replace && (legacy || n > population / 50) && !np_room(DT_INT64, 1, &population))
        return V_ERROR; /* these orders are of the whole population */
    int64_t *at = xmalloc(sizeof *at * (size_t)(n + 1));
    Status st = legacy ? rng_legacy_choice(r, population, n, replace, at)
                       : rng_choice(r, population, n, replace, shuffled, at);
    Value v = st != OK           ? raise_status(st)
              : !is_absent(size) ? np_host(DT_INT64, ndim, shape, at)
              : legacy           ? v_int(at[0])
                                 : scalar_new(DT_INT64, (Scalar){.i64 = at[0]});
    free(at);
    return v;
}

/* a, size, replace, p */
Value random_choice(Rng *r, Value *a, bool shuffled, bool legacy)
{
    bool replace;
    int64_t n;
    if (!np_flag(a[2], true, &replace))
        return V_ERROR;
    if (is_int(a[0]) || (is_npscalar(a[0]) && dtype_is_integer(as_npscalar(a[0])->dtype))) {
        if (!op_as_int64(a[0], &n))
            return V_ERROR;
        if (n <= 0)
            return raise_fmt(&exc_ValueError,
                             legacy ? "a must be greater than 0 unless no samples are taken"
                                    : "a must be a positive integer unless no samples are taken");
        return choice_positions(r, n, a[1], replace, shuffled, a[3], legacy);
    }
    Value x = array_from_value(a[0], DT_NONE, 0, false);
    if (v_is_error(x))
        return x;
    if (array_ndim(x) == 0 || (legacy && array_ndim(x) != 1)) {
        release(x);
        return raise_fmt(&exc_ValueError,
                         legacy ? "a must be 1-dimensional" : "a must be a sequence or an integer");
    }
    n = array_shape(x)[0];
    if (n == 0) {
        release(x);
        return raise_fmt(&exc_ValueError, legacy ? "'a' cannot be empty unless no samples are taken"
                                                 : "a cannot be empty unless no samples are taken");
    }
    return array_take(x, choice_positions(r, n, a[1], replace, shuffled, a[3], legacy));
}
