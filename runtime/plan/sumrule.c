/* sumrule.c -- which elements of a float sum are added in which order.  Replicated. */
#include "runtime/plan/sumrule.h"

/* Whether axis a belongs inside axis b: 1 yes, -1 no, 0 when no operand can say. */
static int order_inside(int nops, const int64_t *const *stride, int a, int b)
{
    int verdict = 0;
    for (int k = 0; k < nops; k++) {
        int64_t s = stride[k][a], t = stride[k][b];
        if (s == 0 || t == 0)
            continue;
        if ((t < 0 ? -t : t) <= (s < 0 ? -s : s))
            verdict = -1;
        else if (verdict == 0)
            verdict = 1;
    }
    return verdict;
}

int sum_order(int ndim, const int64_t *shape, int nops, const int64_t *const *stride, int *order)
{
    int inner[NDIM_MAX], n = 0; /* innermost first; sorted by insertion, as far as axes say */
    for (int d = ndim - 1; d >= 0; d--) {
        int to = n;
        if (shape[d] == 1)
            continue;
        for (int j = n - 1; j >= 0; j--) {
            int verdict = order_inside(nops, stride, d, inner[j]);
            if (verdict < 0)
                break;
            if (verdict > 0)
                to = j;
        }
        memmove(inner + to + 1, inner + to, sizeof *inner * (size_t)(n - to));
        inner[to] = d;
        n++;
    }
    for (int i = 0; i < n; i++)
        order[i] = inner[n - 1 - i];
    return n;
}

static void rule_rows(SumRule *r, int ndim, const int64_t *shape, const bool *red)
{
    r->kind = SUM_ROWS;
    r->width = 1;
    for (int d = ndim - 1; d >= 0; d--)
        if (red[d] && (r->nwidth == 0 || r->width < SUM_LANES)) {
            r->width *= shape[d];
            r->nwidth++;
        }
    r->rows = r->terms / r->width;
    r->rows_per_leaf = r->width >= SUM_LEAF ? 1 : SUM_LEAF / r->width;
}

SumRule sum_rule(int ndim, const int64_t *shape, const bool *red)
{
    SumRule r = {.kind = SUM_SMALL, .terms = 1};
    int64_t size = 1, run = 1;
    int inner = ndim;
    bool outer_red = false;
    while (inner && red[inner - 1])
        run *= shape[--inner];
    for (int d = 0; d < ndim; d++) {
        size *= shape[d];
        r.terms *= red[d] ? shape[d] : 1;
        r.nred += red[d];
        outer_red |= d < inner && red[d];
    }
    if (size <= SUM_SMALL_MAX || (!outer_red && run <= SUM_SMALL_MAX))
        return r;
    if (red[ndim - 1]) {
        rule_rows(&r, ndim, shape, red);
    } else {
        r.kind = SUM_COLUMNS;
        r.nleaf = ceil_div(r.terms, SUM_COLUMN_LEAF);
    }
    return r;
}

SumRule dot_rule(int64_t terms)
{
    SumRule r = {SUM_ROWS, 1, 1, terms, terms, 1, 1, 0};
    return r;
}

/* The reduced axes [from, to) of a box: flat extent, and whether the box cuts only the outermost.
 */
typedef struct Flat {
    int64_t whole, lo, hi;
    bool is_range; /* the box is flat indices [lo, hi) */
    bool is_whole;
} Flat;

static Flat flat_of(int n, const int64_t *shape, const int64_t *lo, const int64_t *len)
{
    Flat f = {.whole = 1, .hi = 1, .is_range = true, .is_whole = true};
    for (int d = n - 1; d >= 0; d--) {
        bool whole = len[d] == shape[d];
        if (!f.is_whole && len[d] != 1)
            f.is_range = false;
        f.is_whole &= whole;
        f.lo += lo[d] * f.whole;
        f.hi += (lo[d] + len[d] - 1) * f.whole;
        f.whole *= shape[d];
    }
    return f;
}

static SumFit fit_range(Flat f, int64_t leaf)
{
    if (f.is_whole)
        return FIT_ALIGNED;
    if (!f.is_range)
        return FIT_NEVER;
    bool cut = f.lo % leaf || (f.hi % leaf && f.hi != f.whole);
    return cut ? FIT_CARRY : FIT_ALIGNED;
}

/* A box of rows is apart from others where every maximal stretch of rows inside it is aligned. */
static bool stretches_align(int n, const int64_t *shape, const int64_t *lo, const int64_t *len,
                            int64_t leaf)
{
    int64_t inner = 1;
    for (int d = n - 1; d >= 0; d--) {
        if (len[d] != shape[d])
            return (lo[d] * inner) % leaf == 0 && (len[d] * inner) % leaf == 0 &&
                   (shape[d] * inner) % leaf == 0;
        inner *= shape[d];
    }
    return true;
}

SumFit sum_fit(const SumRule *r, int ndim, const int64_t *shape, const bool *red, const int64_t *lo,
               const int64_t *n)
{
    int64_t rshape[NDIM_MAX], rlo[NDIM_MAX], rn[NDIM_MAX];
    int k = 0;
    for (int d = 0; d < ndim; d++)
        if (red[d]) {
            rshape[k] = shape[d];
            rlo[k] = lo[d];
            rn[k++] = n[d];
        }
    if (r->kind == SUM_SMALL)
        return flat_of(k, rshape, rlo, rn).is_whole ? FIT_ALIGNED : FIT_NEVER;
    if (r->kind == SUM_COLUMNS) {
        SumFit fit = fit_range(flat_of(k, rshape, rlo, rn), SUM_COLUMN_LEAF);
        bool apart = fit != FIT_ALIGNED && stretches_align(k, rshape, rlo, rn, SUM_COLUMN_LEAF);
        return apart ? FIT_ALIGNED : fit;
    }
    int nrow = k - r->nwidth;
    Flat cols = flat_of(r->nwidth, rshape + nrow, rlo + nrow, rn + nrow);
    if (r->rows_per_leaf == 1)
        return fit_range(cols, SUM_LEAF);
    if (!cols.is_whole)
        return FIT_NEVER;
    SumFit fit = fit_range(flat_of(nrow, rshape, rlo, rn), r->rows_per_leaf);
    bool apart = fit != FIT_ALIGNED && stretches_align(nrow, rshape, rlo, rn, r->rows_per_leaf);
    return apart ? FIT_ALIGNED : fit;
}

int sum_nodes(int64_t lo, int64_t hi, int64_t nleaf, SumNode *out)
{
    int n = 0;
    while (lo < hi) {
        int level = 0;
        while (lo % (INT64_C(2) << level) == 0 &&
               int64_min(lo + (INT64_C(2) << level), nleaf) <= hi && (INT64_C(1) << level) < nleaf)
            level++;
        ASSERT(n < SUM_NODES_MAX, "leaves [%ld, %ld)", (long)lo, (long)hi);
        out[n++] = (SumNode){level, lo >> level};
        lo = int64_min(lo + (INT64_C(1) << level), nleaf);
    }
    return n;
}

bool sum_node_is_last(SumNode node, int64_t nleaf)
{
    return node.index % 2 == 0 && (node.index + 1) << node.level >= nleaf;
}

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b) {
        int64_t t = a % b;
        a = b;
        b = t;
    }
    return a;
}

/* Along axis `axis` of axes [first, end), which count in units of `unit` a leaf. */
static int64_t granule_among(int first, int end, const int64_t *shape, int axis, int64_t unit)
{
    int64_t inner = 1;
    for (int k = axis + 1; k < end; k++)
        inner *= shape[k];
    if (axis > first && inner * shape[axis] % unit)
        return 0; /* the outer axes' steps are not whole leaves */
    return unit / common_divisor(unit, inner % unit ? inner % unit : unit);
}

int64_t sum_granule(const SumRule *r, int ndim, const int64_t *shape, int axis)
{
    int row = ndim - r->nwidth; /* the first axis within a row */
    if (axis < row)
        return granule_among(0, row, shape, axis, r->rows_per_leaf);
    return r->width < SUM_LEAF ? 0 : granule_among(row, ndim, shape, axis, SUM_LEAF);
}
