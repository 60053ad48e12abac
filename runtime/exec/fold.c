/* fold.c -- minima, products, counts, positions of extremes and scans over this rank's memory.
 * Local.
 *
 * The loops themselves are fold_kernels.c's.  What is not dense or of another type goes through a
 * buffer, a strip at a time.
 */
#include "runtime/exec/fold_kernels.h"

#include <math.h>

enum { STRIP = 1024, FEW = 16, DIRECT_BYTES = 1 << 15 };

/* ---- order-free folds ---- */

/* The kernel operation that stands for op once elements are cast. */
static FoldOp fold_base(FoldOp op)
{
    switch (op) {
    case FOLD_ANY:
    case FOLD_ARGMAX:
        return FOLD_MAX;
    case FOLD_ALL:
    case FOLD_ARGMIN:
        return FOLD_MIN;
    case FOLD_COUNT:
        return FOLD_SUM;
    default:
        return op;
    }
}

static bool is_extreme(FoldOp op)
{
    FoldOp base = fold_base(op);
    return (base == FOLD_MIN || base == FOLD_MAX) && op != FOLD_ANY && op != FOLD_ALL;
}

static bool is_truth(FoldOp op)
{
    return op == FOLD_ANY || op == FOLD_ALL || op == FOLD_COUNT;
}

static bool is_arg(FoldOp op, DType t) /* folded with positions throughout */
{
    return op == FOLD_ARGMIN || op == FOLD_ARGMAX || (is_extreme(op) && dtype_is_complex(t));
}

bool fold_has_place(FoldOp op, DType t)
{
    return is_extreme(op) && (op == FOLD_ARGMIN || op == FOLD_ARGMAX || dtype_is_inexact(t));
}

static const FoldKernel *kernel_of(FoldOp op, DType t)
{
    return fold_kernel(fold_base(op), t);
}

/* The element that changes nothing. */
static Scalar neutral(FoldOp op, DType t)
{
    FoldOp base = fold_base(op);
    Scalar v = {.bytes = {0}};
    int size = dtype_size(t);
    bool max = base == FOLD_MAX, is_signed = dtype_kind(t) == 'i';
    if (base == FOLD_PROD) {
        v.u64 = 1;
        return dtype_cast(v, DT_UINT64, t, NULL);
    }
    if (base == FOLD_AND || (base == FOLD_MIN && !is_signed) || (base == FOLD_MAX && is_signed))
        memset(v.bytes, 0xff, (size_t)size);
    if (t == DT_BOOL)
        v.b = base == FOLD_AND || base == FOLD_MIN;
    else if ((base == FOLD_MIN || base == FOLD_MAX) && is_signed)
        v.u64 = base == FOLD_MAX ? UINT64_C(1) << (8 * size - 1) : UINT64_MAX >> (65 - 8 * size);
    else if ((base == FOLD_MIN || base == FOLD_MAX) && dtype_is_inexact(t)) {
        v = (Scalar){.f64 = max ? -INFINITY : INFINITY};
        v = dtype_cast(v, DT_FLOAT64, dtype_real(t), NULL);
        if (t == DT_COMPLEX64)
            v.c64.im = v.c64.re;
        if (t == DT_COMPLEX128)
            v.c128.im = v.c128.re;
    }
    return v;
}

static void fill(const Scalar *v, DType t, int64_t n, void *out)
{
    int size = dtype_size(t);
    for (int64_t i = 0; i < n; i++)
        memcpy((char *)out + i * size, v, (size_t)size);
}

void fold_empty(FoldOp op, DType t, int64_t n, void *value, int64_t *pos)
{
    Scalar v = neutral(op, t);
    fill(&v, t, n, value);
    for (int64_t i = 0; pos && i < n; i++)
        pos[i] = -1;
}

/* A box with neighbouring axes merged where memory, flag and position allow. */
typedef struct Fold {
    FoldOp op;
    Strided a;
    bool red[NDIM_MAX];
    int64_t place[NDIM_MAX], first;
    DType t;
    char *strip; /* STRIP elements of t, then as many of bool */
} Fold;

static Fold fold_of(FoldOp op, const FoldBox *b)
{
    Fold f = {.op = op, .first = b->place ? b->first : 0, .t = b->t};
    int64_t own[NDIM_MAX], step = 1;
    const int64_t *place = b->place ? b->place : own;
    for (int d = b->a.ndim - 1; d >= 0; d--) {
        own[d] = b->red[d] ? step : 0;
        step *= b->red[d] ? b->a.shape[d] : 1;
    }
    f.a.base = b->a.base;
    f.a.dtype = b->a.dtype;
    for (int d = 0; d < b->a.ndim; d++) {
        int last = f.a.ndim - 1;
        int64_t n = b->a.shape[d];
        if (n == 1)
            continue;
        bool join = last >= 0 && f.red[last] == b->red[d] &&
                    f.a.stride[last] == b->a.stride[d] * n &&
                    (!b->red[d] || f.place[last] == place[d] * n);
        if (!join) {
            last = f.a.ndim++;
            f.a.shape[last] = 1;
        }
        f.a.shape[last] *= n;
        f.a.stride[last] = b->a.stride[d];
        f.red[last] = b->red[d];
        f.place[last] = place[d];
    }
    bool any = false;
    for (int d = 0; d < f.a.ndim; d++)
        any |= f.red[d];
    if (!any) { /* only axes of one element are reduced; kernels need one to run along */
        ASSERT(f.a.ndim < NDIM_MAX, "%d axes, none of them reduced", f.a.ndim);
        f.a.shape[f.a.ndim] = 1;
        f.a.stride[f.a.ndim] = dtype_size(f.a.dtype);
        f.place[f.a.ndim] = 0;
        f.red[f.a.ndim++] = true;
    }
    return f;
}

/* n elements at x (n <= STRIP unless they lie so), dense and of the value type. */
static const void *strip_of(const Fold *f, const char *x, int64_t stride, int64_t n)
{
    DType from = f->a.dtype;
    if (is_truth(f->op)) {
        uint8_t *truth = (uint8_t *)f->strip + STRIP * sizeof(Complex128);
        if (from == DT_BOOL && f->t == DT_BOOL && stride == 1)
            return x;
        run_cast(x, stride, n, from, truth, DT_BOOL);
        if (f->t == DT_BOOL)
            return truth;
        run_cast((char *)truth, 1, n, DT_BOOL, f->strip, f->t);
        return f->strip;
    }
    if (from == f->t && stride == dtype_size(from))
        return x;
    run_cast(x, stride, n, from, f->strip, f->t);
    return f->strip;
}

static bool is_settled(const Fold *f, const void *v)
{
    return (f->op == FOLD_ANY && *(const uint8_t *)v) ||
           (f->op == FOLD_ALL && !*(const uint8_t *)v);
}

/* Truths of dense reals, and sums of narrow integers: read as they lie. */
static bool fold_at_once(const Fold *f, const char *x, int64_t stride, int64_t n, void *v)
{
    DType from = f->a.dtype;
    if (stride != dtype_size(from) || dtype_is_complex(from))
        return false;
    if (f->op == FOLD_COUNT && f->t == DT_INT64)
        *(int64_t *)v += count_true(from, x, n);
    else if ((f->op == FOLD_ANY || f->op == FOLD_ALL) && from == DT_BOOL && n > 0) {
        if (!is_settled(f, v) && memchr(x, f->op == FOLD_ANY, (size_t)n))
            *(uint8_t *)v = f->op == FOLD_ANY;
    } else if ((f->op == FOLD_ANY || f->op == FOLD_ALL) && f->t == DT_BOOL)
        *(uint8_t *)v = is_settled(f, v) || any_true(from, x, n, f->op == FOLD_ALL)
                            ? f->op == FOLD_ANY
                            : *(uint8_t *)v;
    else if (f->op == FOLD_SUM && narrow_sum(from) && from != f->t && dtype_size(f->t) == 8 &&
             !dtype_is_inexact(f->t))
        *(uint64_t *)v += (uint64_t)narrow_sum(from)(x, n);
    else
        return false;
    return true;
}

static void fold_run(const Fold *f, RunKernel *run, const char *x, int64_t stride, int64_t n,
                     void *v)
{
    if (fold_at_once(f, x, stride, n, v))
        return;
    bool direct = f->a.dtype == f->t && stride == dtype_size(f->t) && !is_truth(f->op);
    int64_t most = direct ? n : STRIP;
    for (int64_t i = 0; i < n && !is_settled(f, v); i += most) {
        int64_t some = int64_min(most, n - i);
        run(strip_of(f, x + i * stride, stride, some), some, v);
    }
}

/* The extreme of a run against the best so far; equals go to the lesser position.  Where it is in a
 * strip is found only if the strip has a better one. */
static void arg_run(const Fold *f, RunKernel *run, const char *x, int64_t stride, int64_t n,
                    int64_t at, int64_t step, char *value, int64_t *pos)
{
    bool max = fold_base(f->op) == FOLD_MAX;
    int64_t size = dtype_size(f->t), some;
    int64_t most = f->a.dtype == f->t && stride == size ? DIRECT_BYTES / size : STRIP;
    if (*pos < 0 && n > FEW && n <= most && f->a.dtype == f->t && stride == size) {
        Scalar best; /* all there is */
        memcpy(&best, x, (size_t)size);
        run(x, n, &best);
        some = fold_find(f->t)(x, n, &best);
        memcpy(value, x + some * size, (size_t)size);
        *pos = at + some * step;
        return;
    }
    for (int64_t i = 0; i < n; i += some) {
        int64_t first = at + i * step, where;
        some = int64_min(most, n - i);
        const char *p = strip_of(f, x + i * stride, stride, some);
        if (some <= FEW) {
            where = fold_first(f->t)(p, some, max);
        } else {
            Scalar best, known;
            int64_t known_pos = *pos;
            memcpy(&best, p, (size_t)size);
            memcpy(&known, value, (size_t)size);
            run(p, some, &best);
            fold_arg(f->t)(&known, &known_pos, &best, 1, first, max);
            if (known_pos == *pos)
                continue;
            where = fold_find(f->t)(p, some, &best);
        }
        fold_arg(f->t)(value, pos, p + where * size, 1, first + where * step, max);
        if (f->t == DT_BOOL && *(uint8_t *)value == max && step > 0)
            return; /* nothing beats it */
    }
}

static int64_t place_of(const Fold *f, const Walk *w)
{
    int64_t p = f->first;
    for (int d = 0; d < w->a->ndim; d++)
        p += w->index[d] * f->place[d];
    return p;
}

static bool is_zero(const void *v, DType t)
{
    return t == DT_FLOAT32 ? *(const float *)v == 0 : *(const double *)v == 0;
}

/* Index of the last zero of a run; -1 where there is none. */
static int64_t last_zero(const char *x, int64_t stride, int64_t n, DType t)
{
    while (n-- > 0)
        if (is_zero(x + n * stride, t))
            return n;
    return -1;
}

/* The last zero of one result in K order, whose sign the result takes. */
static void settle_zero(const Fold *f, const Strided *reduced, const int64_t *place, char *value,
                        int64_t *pos)
{
    int last = reduced->ndim - 1;
    int64_t run = reduced->shape[last], found = -1, i = strided_size(reduced);
    Walk w = {.a = reduced};
    while (found < 0 && i > 0) {
        i -= run;
        walk_seek(&w, i);
        found = last_zero(w.at, reduced->stride[last], run, f->t);
    }
    ASSERT(found >= 0, "a zero extreme of no zero of %s", dtype_name(f->t));
    memcpy(value, w.at + found * reduced->stride[last], (size_t)dtype_size(f->t));
    if (!pos)
        return;
    *pos = f->first + found * place[last];
    for (int d = 0; d < last; d++)
        *pos += w.index[d] * place[d];
}

static void settle_zeros(const Fold *f, char *value, int64_t *pos)
{
    int64_t place[NDIM_MAX], i = 0;
    int k = 0, size = dtype_size(f->t);
    Strided kept = strided_pick(&f->a, f->red, false), reduced = strided_pick(&f->a, f->red, true);
    for (int d = 0; d < f->a.ndim; d++)
        if (f->red[d])
            place[k++] = f->place[d];
    for (Walk w = walk_start(&kept); w.left; walk_next(&w), i++) {
        reduced.base = w.at;
        if (pos)
            pos[i] = -1;
        if (is_zero(value + i * size, f->t))
            settle_zero(f, &reduced, place, value + i * size, pos ? pos + i : NULL);
    }
}

/* Positions in short rows, one result each: true where that is all there is to do. */
static bool few_args(const Fold *f, char *value, int64_t *pos)
{
    int last = f->a.ndim - 1;
    int64_t size = dtype_size(f->t), n = f->a.shape[last], j = 0;
    FirstKernel *first = fold_first(f->t);
    bool max = fold_base(f->op) == FOLD_MAX;
    for (int d = 0; d < last; d++)
        if (f->red[d])
            return false;
    if (n > FEW || f->a.dtype != f->t || f->a.stride[last] != size)
        return false;
    Strided outer = strided_axes(&f->a, f->a.base, 0, last);
    for (Walk w = walk_start(&outer); w.left; walk_next(&w), j++) {
        int64_t where = first(w.at, n, max);
        memcpy(value + j * size, w.at + where * size, (size_t)size);
        pos[j] = f->first + where * f->place[last];
    }
    return true;
}

/* Fold along the innermost axis, which is reduced. */
static void fold_inner(Fold *f, char *value, int64_t *pos)
{
    int last = f->a.ndim - 1;
    const FoldKernel *k = kernel_of(f->op, f->t);
    Strided outer = strided_axes(&f->a, f->a.base, 0, last);
    Strided dst = strided_results(&f->a, f->red, last, value, f->t);
    bool arg = is_arg(f->op, f->t);
    if (arg && few_args(f, value, pos))
        return;
    Walk to = walk_start(&dst);
    for (Walk w = walk_start(&outer); w.left; walk_next(&w), walk_next(&to)) {
        int64_t i = (to.at - value) / dtype_size(f->t);
        if (arg)
            arg_run(f, k->run, w.at, f->a.stride[last], f->a.shape[last], place_of(f, &w),
                    f->place[last], to.at, pos + i);
        else
            fold_run(f, k->run, w.at, f->a.stride[last], f->a.shape[last], to.at);
    }
}

/* Fold rows of the innermost axis, which is kept, into rows of results: a strip of columns through
 * all rows of the axis before it, so that its results stay near. */
static void fold_rows(Fold *f, char *value, int64_t *pos)
{
    int last = f->a.ndim - 1, size = dtype_size(f->t), side = last - 1;
    int64_t n = f->a.shape[last], stride = f->a.stride[last], rows = f->a.shape[side];
    const FoldKernel *k = kernel_of(f->op, f->t);
    Strided outer = strided_axes(&f->a, f->a.base, 0, side);
    Strided dst = strided_results(&f->a, f->red, f->a.ndim, value, f->t);
    dst.ndim = side;
    bool arg = is_arg(f->op, f->t), max = fold_base(f->op) == FOLD_MAX;
    int64_t most = f->a.dtype == f->t && stride == size ? DIRECT_BYTES / size : STRIP;
    Walk to = walk_start(&dst);
    for (Walk w = walk_start(&outer); w.left; walk_next(&w), walk_next(&to)) {
        int64_t place = place_of(f, &w);
        for (int64_t j = 0; j < n; j += most)
            for (int64_t r = 0; r < rows; r++) {
                char *v = to.at + r * dst.stride[side] + j * size;
                int64_t some = int64_min(most, n - j), i = (v - value) / size;
                const void *x =
                    strip_of(f, w.at + r * f->a.stride[side] + j * stride, stride, some);
                if (arg)
                    fold_arg(f->t)(v, pos + i, x, some, place + r * f->place[side], max);
                else
                    k->rows(v, x, some);
            }
    }
}

void fold_part(FoldOp op, const FoldBox *box, void *value, int64_t *pos)
{
    Strided kept = strided_pick(&box->a, box->red, false);
    int64_t nkept = strided_size(&kept);
    fold_empty(op, box->t, nkept, value, pos);
    if (strided_size(&box->a) == 0)
        return;
    Fold f = fold_of(op, box);
    bool own = is_arg(op, box->t) && !pos;
    ASSERT(!is_extreme(op) || box->a.dtype == box->t, "extremes of %s as %s",
           dtype_name(box->a.dtype), dtype_name(box->t));
    f.strip = xmalloc(STRIP * (sizeof(Complex128) + 1) + (own ? (size_t)nkept * 8 : 0));
    if (own) {
        pos = (int64_t *)(f.strip + STRIP * (sizeof(Complex128) + 1));
        for (int64_t i = 0; i < nkept; i++)
            pos[i] = -1;
    }
    if (f.red[f.a.ndim - 1])
        fold_inner(&f, value, pos);
    else
        fold_rows(&f, value, pos);
    if (is_extreme(op) && !is_arg(op, box->t) && dtype_is_inexact(box->t))
        settle_zeros(&f, value, pos);
    free(f.strip);
}

static void combine_places(FoldOp op, DType t, int64_t n, char *value, int64_t *pos,
                           const char *more, const int64_t *more_pos)
{
    int size = dtype_size(t);
    bool max = fold_base(op) == FOLD_MAX;
    for (int64_t i = 0; i < n; i++)
        if (more_pos[i] >= 0)
            fold_arg(t)(value + i * size, pos + i, more + i * size, 1, more_pos[i], max);
}

/* Equal zeros: the later one's sign. */
static void combine_zeros(FoldOp op, DType t, int64_t n, char *value, int64_t *pos,
                          const char *more, const int64_t *more_pos)
{
    int size = dtype_size(t);
    RowsKernel *rows = kernel_of(op, t)->rows;
    for (int64_t i = 0; i < n; i++) {
        char *v = value + i * size;
        const char *m = more + i * size;
        bool later = !pos || more_pos[i] > pos[i];
        if (is_zero(v, t) && is_zero(m, t)) {
            if (later)
                memcpy(v, m, (size_t)size);
        } else {
            rows(v, m, 1);
        }
        if (pos)
            pos[i] = is_zero(v, t) ? int64_max(pos[i], more_pos[i]) : -1;
    }
}

void fold_combine(FoldOp op, DType t, int64_t n, void *value, int64_t *pos, const void *more,
                  const int64_t *more_pos)
{
    if (is_arg(op, t)) {
        ASSERT(pos && more_pos, "fold %d of %s combines by position", (int)op, dtype_name(t));
        combine_places(op, t, n, value, pos, more, more_pos);
    } else if (is_extreme(op) && dtype_is_inexact(t)) {
        combine_zeros(op, t, n, value, pos, more, more_pos);
    } else {
        kernel_of(op, t)->rows(value, more, n);
    }
}

/* ---- ordered folds ---- */

/* -0.0 for sums, so that the first element comes through as it is, -0.0 too. */
static Scalar start_of(FoldOp op, DType t)
{
    Scalar v = {.bytes = {0}};
    if (op == FOLD_PROD)
        return neutral(op, t);
    if (t == DT_FLOAT32 || t == DT_COMPLEX64)
        v.c64 = (Complex64){-0.0f, t == DT_COMPLEX64 ? -0.0f : 0};
    if (t == DT_FLOAT64 || t == DT_COMPLEX128)
        v.c128 = (Complex128){-0.0, t == DT_COMPLEX128 ? -0.0 : 0};
    return v;
}

/* The reduced axes' flat extent [*lo, *hi) of *whole. */
static bool flat_range(const LeafBox *b, int64_t *lo, int64_t *hi, int64_t *whole)
{
    bool range = true, full = true;
    int64_t count = 1;
    *whole = 1;
    *lo = 0;
    for (int d = b->a.ndim - 1; d >= 0; d--)
        if (b->red[d]) {
            range &= full || b->a.shape[d] == 1;
            full &= b->a.shape[d] == b->shape[d];
            *lo += b->lo[d] * *whole;
            *whole *= b->shape[d];
            count *= b->a.shape[d];
        }
    *hi = *lo + count;
    return range;
}

bool fold_fits(const LeafBox *b)
{
    int64_t lo, hi, whole;
    return flat_range(b, &lo, &hi, &whole);
}

void fold_leaf_range(const LeafBox *b, int64_t *first, int64_t *end, bool *open)
{
    int64_t lo, hi, whole;
    ASSERT(flat_range(b, &lo, &hi, &whole), "an ordered fold of %d axes is cut inside", b->a.ndim);
    *first = lo / FOLD_LEAF;
    *end = hi == whole ? ceil_div(whole, FOLD_LEAF) : hi / FOLD_LEAF;
    *open = hi % FOLD_LEAF && hi != whole;
    if (lo == hi) {
        *end = *first;
        *open = false;
    }
}

/* Flat reduced index of a walk over all axes but, maybe, the innermost. */
static int64_t flat_at(const LeafBox *b, const Walk *w)
{
    int64_t g = 0;
    for (int d = 0; d < b->a.ndim; d++)
        if (b->red[d])
            g = g * b->shape[d] + b->lo[d] + (d < w->a->ndim ? w->index[d] : 0);
    return g;
}

/* `n` elements of a strip folded in order, whatever their type and stride. */
static void ordered_run(const FoldKernel *k, DType from, DType t, const char *x, int64_t stride,
                        int64_t n, char *strip, void *v)
{
    if (from == t && stride == dtype_size(t)) {
        k->run(x, n, v);
        return;
    }
    for (int64_t i = 0; i < n; i += STRIP) {
        int64_t some = int64_min(STRIP, n - i);
        run_cast(x + i * stride, stride, some, from, strip, t);
        k->run(strip, some, v);
    }
}

/* State of an ordered fold: results in the making, and where finished leaves go. */
typedef struct Leaves {
    const LeafBox *b;
    const FoldKernel *k;
    RowsKernel *rows;
    Scalar start;
    int64_t whole, first, nkept;
    char *acc, *totals, *strip;
} Leaves;

/* Results [i, i + n) have reached flat index g: where that ends a leaf, put the leaf's totals away.
 */
static void leaves_close(const Leaves *s, int64_t i, int64_t n, int64_t g)
{
    int64_t size = dtype_size(s->b->t);
    if (g % FOLD_LEAF && g != s->whole)
        return;
    int64_t leaf = (g - 1) / FOLD_LEAF - s->first;
    memcpy(s->totals + (leaf * s->nkept + i) * size, s->acc + i * size, (size_t)(n * size));
    fill(&s->start, s->b->t, n, s->acc + i * size);
}

static void leaves_runs(const Leaves *s)
{
    const Strided *a = &s->b->a;
    int last = a->ndim - 1;
    int64_t stride = a->stride[last];
    Strided outer = strided_axes(a, a->base, 0, last);
    Strided dst = strided_results(a, s->b->red, last, s->acc, s->b->t);
    Walk to = walk_start(&dst);
    for (Walk w = walk_start(&outer); w.left; walk_next(&w), walk_next(&to)) {
        int64_t g = flat_at(s->b, &w), i = (to.at - s->acc) / dtype_size(s->b->t), take;
        for (int64_t j = 0; j < a->shape[last]; j += take, g += take) {
            take = int64_min(a->shape[last] - j, FOLD_LEAF - g % FOLD_LEAF);
            ordered_run(s->k, a->dtype, s->b->t, w.at + j * stride, stride, take, s->strip, to.at);
            leaves_close(s, i, 1, g + take);
        }
    }
}

static void leaves_rows(const Leaves *s)
{
    const Strided *a = &s->b->a;
    int last = a->ndim - 1, size = dtype_size(s->b->t);
    int64_t n = a->shape[last], stride = a->stride[last];
    Strided outer = strided_axes(a, a->base, 0, last);
    Strided dst = strided_results(a, s->b->red, a->ndim, s->acc, s->b->t);
    dst.ndim = last;
    Walk to = walk_start(&dst);
    for (Walk w = walk_start(&outer); w.left; walk_next(&w), walk_next(&to)) {
        for (int64_t j = 0; j < n; j += STRIP) {
            int64_t some = int64_min(STRIP, n - j);
            const char *x = w.at + j * stride;
            if (a->dtype != s->b->t || stride != size) {
                run_cast(x, stride, some, a->dtype, s->strip, s->b->t);
                x = s->strip;
            }
            s->rows(to.at + j * size, x, some);
        }
        leaves_close(s, (to.at - s->acc) / size, n, flat_at(s->b, &w) + 1);
    }
}

void fold_leaves(FoldOp op, const LeafBox *b, void *totals, const void *in, void *left)
{
    int64_t lo, hi, end;
    bool open;
    Strided kept = strided_pick(&b->a, b->red, false);
    size_t size = (size_t)dtype_size(b->t);
    Leaves s = {.b = b, .k = kernel_of(op, b->t), .start = start_of(op, b->t), .totals = totals};
    if (strided_size(&b->a) == 0)
        return;
    s.nkept = strided_size(&kept);
    s.rows = op == FOLD_PROD ? fold_product_rows(b->t) : s.k->rows;
    fold_leaf_range(b, &s.first, &end, &open);
    flat_range(b, &lo, &hi, &s.whole);
    ASSERT(in || lo % FOLD_LEAF == 0, "a box begins at %ld, inside a leaf, without a carry",
           (long)lo);
    ASSERT(left || !open, "a box ends at %ld, inside a leaf", (long)hi);
    s.strip = xmalloc(STRIP * sizeof(Complex128) + (size_t)s.nkept * size);
    s.acc = s.strip + STRIP * sizeof(Complex128);
    fill(&s.start, b->t, s.nkept, s.acc);
    if (lo % FOLD_LEAF)
        memcpy(s.acc, in, (size_t)s.nkept * size);
    if (b->a.ndim == 0) {
        ordered_run(s.k, b->a.dtype, b->t, b->a.base, 0, 1, s.strip, s.acc);
        leaves_close(&s, 0, 1, 1);
    } else if (b->red[b->a.ndim - 1]) {
        leaves_runs(&s);
    } else {
        leaves_rows(&s);
    }
    if (open)
        memcpy(left, s.acc, (size_t)s.nkept * size);
    free(s.strip);
}

void fold_join(FoldOp op, DType t, int64_t n, int64_t kept, void *totals)
{
    const FoldKernel *k = kernel_of(op, t);
    for (int64_t i = 1; i < n; i++)
        k->rows(totals, (char *)totals + i * kept * dtype_size(t), kept);
}

static const int64_t no_offset[NDIM_MAX];

void fold_prod_whole(const Strided *a, const bool *red, DType t, void *out)
{
    LeafBox b = {*a, red, a->shape, no_offset, t};
    Strided kept = strided_pick(a, red, false);
    int64_t first, end, n = strided_size(&kept);
    bool open;
    fold_leaf_range(&b, &first, &end, &open);
    if (strided_size(a) == 0) {
        fold_empty(FOLD_PROD, t, n, out, NULL);
    } else if (end == 1) {
        fold_leaves(FOLD_PROD, &b, out, NULL, NULL);
    } else {
        char *totals = xmalloc((size_t)(end * n * dtype_size(t)));
        fold_leaves(FOLD_PROD, &b, totals, NULL, NULL);
        fold_join(FOLD_PROD, t, end, n, totals);
        memcpy(out, totals, (size_t)(n * dtype_size(t)));
        free(totals);
    }
}

/* ---- scans ---- */

void scan_offsets(FoldOp op, DType t, int64_t n, int64_t lines, void *totals)
{
    const FoldKernel *k = kernel_of(op, t);
    int64_t wide = lines * dtype_size(t);
    char *v = totals, *last = xmalloc((size_t)wide + 1);
    for (int64_t i = 1; i < n; i++) { /* offset * total, in that order */
        memcpy(last, v + (i - 1) * wide, (size_t)wide);
        k->rows(last, v + i * wide, lines);
        memcpy(v + i * wide, last, (size_t)wide);
    }
    free(last);
}

/* A scan of lines side by side: `wide` lines whose elements are `step` bytes apart, at most STRIP.
 */
typedef struct Scan {
    FoldOp op;
    const FoldKernel *k;
    const Strided *a, *out;
    int axis;
    DType t;
    int64_t lo, lines;
    const char *in, *offsets;
    char *running, *x, *y; /* STRIP values each */
} Scan;

/* Lines [line, line + n) at x, the output at y; `step` between lines. */
static void scan_lines(const Scan *s, const char *x, int64_t xstep, char *y, int64_t ystep,
                       int64_t line, int64_t n)
{
    int64_t size = dtype_size(s->t), length = s->a->shape[s->axis];
    Scalar start = start_of(s->op, s->t);
    for (int64_t i = 0; i < length; i++) {
        int64_t g = s->lo + i, leaf = g / FOLD_LEAF;
        if (g % FOLD_LEAF == 0)
            fill(&start, s->t, n, s->running);
        else if (i == 0)
            memcpy(s->running, s->in + line * size, (size_t)(n * size));
        run_cast(x + i * s->a->stride[s->axis], xstep, n, s->a->dtype, s->x, s->t);
        s->k->rows(s->running, s->x, n);
        const char *value = s->running;
        if (leaf > 0) {
            memcpy(s->y, s->offsets + ((leaf - s->lo / FOLD_LEAF) * s->lines + line) * size,
                   (size_t)(n * size));
            s->k->rows(s->y, s->running, n);
            value = s->y;
        }
        Strided to = {.base = y + i * s->out->stride[s->axis], .ndim = 1, .dtype = s->t};
        to.shape[0] = n;
        to.stride[0] = ystep;
        strided_scatter(&to, value);
    }
}

static void scan_along(const Scan *s, const char *x, char *y, int64_t line)
{
    int64_t size = dtype_size(s->t), length = s->a->shape[s->axis], take;
    int64_t xstride = s->a->stride[s->axis], ystride = s->out->stride[s->axis];
    Scalar running = start_of(s->op, s->t);
    for (int64_t i = 0; i < length; i += take) {
        int64_t g = s->lo + i, leaf = g / FOLD_LEAF;
        take = int64_min(int64_min(STRIP, length - i), FOLD_LEAF - g % FOLD_LEAF);
        if (g % FOLD_LEAF == 0)
            running = start_of(s->op, s->t);
        else if (i == 0)
            memcpy(&running, s->in + line * size, (size_t)size);
        run_cast(x + i * xstride, xstride, take, s->a->dtype, s->x, s->t);
        const char *offset = NULL;
        if (leaf > 0)
            offset = s->offsets + ((leaf - s->lo / FOLD_LEAF) * s->lines + line) * size;
        fold_scan(s->op, s->t, s->x, take, &running, offset, y + i * ystride, ystride);
    }
}

void scan_finish(FoldOp op, const Strided *a, int axis, int64_t lo, DType t, const void *in,
                 const void *offsets, const Strided *out)
{
    bool across[NDIM_MAX] = {false};
    across[axis] = true;
    Strided from = strided_pick(a, across, false), to = strided_pick(out, across, false);
    Scan s = {op, kernel_of(op, t), a,    out,  axis, t, lo, strided_size(&from),
              in, offsets,          NULL, NULL, NULL};
    if (strided_size(a) == 0)
        return;
    ASSERT(in || lo % FOLD_LEAF == 0, "a scan begins at %ld, inside a leaf, without a carry",
           (long)lo);
    ASSERT(offsets || lo + a->shape[axis] <= FOLD_LEAF, "leaves after the first need offsets (%ld)",
           (long)lo);
    s.running = xmalloc(3 * STRIP * sizeof(Complex128));
    s.x = s.running + STRIP * sizeof(Complex128);
    s.y = s.x + STRIP * sizeof(Complex128);
    int last = from.ndim - 1;
    int64_t wide = last >= 0 && axis != a->ndim - 1 ? from.shape[last] : 1, line = 0;
    if (wide >= 8) {
        from.ndim = to.ndim = last;
        Walk y = walk_start(&to);
        for (Walk x = walk_start(&from); x.left; walk_next(&x), walk_next(&y), line += wide)
            for (int64_t j = 0; j < wide; j += STRIP)
                scan_lines(&s, x.at + j * from.stride[last], from.stride[last],
                           y.at + j * to.stride[last], to.stride[last], line + j,
                           int64_min(STRIP, wide - j));
    } else {
        Walk y = walk_start(&to);
        for (Walk x = walk_start(&from); x.left; walk_next(&x), walk_next(&y), line++)
            scan_along(&s, x.at, y.at, line);
    }
    free(s.running);
}

/* Lines that lie dense in memory, one after the other; false, with nothing done: not these. */
static bool dense_lines(FoldOp op, const Strided *a, int axis, DType t, const Strided *out)
{
    int64_t n = a->shape[axis];
    if (axis != a->ndim - 1 || a->dtype != t || n == 0 || a->stride[axis] != dtype_size(t) ||
        out->stride[axis] != dtype_size(t) || (op == FOLD_PROD && dtype_is_complex(t)) ||
        t == DT_COMPLEX64 || t == DT_BOOL)
        return false;
    Strided from = strided_axes(a, a->base, 0, axis), to = strided_axes(out, out->base, 0, axis);
    Walk y = walk_start(&to);
    for (Walk x = walk_start(&from); x.left; walk_next(&x), walk_next(&y)) {
        bool done = scan_line(op, t, x.at, n, y.at);
        ASSERT(done, "a scan of %s", dtype_name(t));
    }
    return true;
}

void scan_whole(FoldOp op, const Strided *a, int axis, DType t, const Strided *out)
{
    bool red[NDIM_MAX] = {false};
    int64_t leaves = ceil_div(a->shape[axis], FOLD_LEAF), lines = 1;
    char *totals = NULL;
    red[axis] = true;
    if (dense_lines(op, a, axis, t, out))
        return;
    if (leaves > 1 && strided_size(a) > 0) {
        LeafBox b = {*a, red, a->shape, no_offset, t};
        lines = strided_size(a) / a->shape[axis];
        /* one more in front: leaf i's offset is the fold of totals before it */
        int64_t wide = lines * dtype_size(t);
        totals = xmalloc((size_t)((leaves + 1) * wide));
        fold_leaves(op, &b, totals + wide, NULL, NULL);
        scan_offsets(op, t, leaves - 1, lines, totals + wide);
    }
    scan_finish(op, a, axis, 0, t, NULL, totals, out);
    free(totals);
}
