/* sum.c -- sums and dots of float and complex elements over this rank's memory.  Local.
 *
 * Rows and columns are met as strides allow: a dense stretch goes to the lane kernels as it lies,
 * another is first packed into a buffer of one leaf.  Leaves cut by a box are continued element by
 * element (leaf_feed), which gives the lane kernels' bits.
 */
#include "runtime/exec/sum.h"

#include <immintrin.h>
#include <math.h>

#pragma GCC push_options
#pragma GCC target("avx2,fma")
static const int32_t tail_mask[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
static inline __m256 load_some_f32(const float *p, int n)
{
    return _mm256_maskload_ps(p, _mm256_loadu_si256((const __m256i_u *)(tail_mask + 8 - n)));
}
static inline __m256d load_some_f64(const double *p, int n)
{
    return _mm256_maskload_pd(p, _mm256_loadu_si256((const __m256i_u *)(tail_mask + 8 - 2 * n)));
}
#define SET           avx2
#define VBYTES        32
#define FMA_f32       _mm256_fmadd_ps
#define FMA_f64       _mm256_fmadd_pd
#define LOADM_f32     load_some_f32
#define LOADM_f64     load_some_f64
#define DUP_RE_f32    _mm256_moveldup_ps
#define DUP_RE_f64    _mm256_movedup_pd
#define DUP_IM_f32    _mm256_movehdup_ps
#define DUP_IM_f64(x) _mm256_permute_pd(x, 0xf)
#define SWAP_f32(x)   _mm256_permute_ps(x, 0xb1)
#define SWAP_f64(x)   _mm256_permute_pd(x, 0x5)
#define UPPER(x)      _mm256_permute2f128_pd((__m256d)(x), (__m256d)(x), 1)
#define EIGHT(x)      _mm256_permute_pd((__m256d)(x), 0x5)
#define FOUR(x)       _mm256_permute_ps((__m256)(x), 0xb1)
#include "runtime/exec/sum_isa.h"
#undef SET
#undef VBYTES
#undef FMA_f32
#undef FMA_f64
#undef LOADM_f32
#undef LOADM_f64
#undef DUP_RE_f32
#undef DUP_RE_f64
#undef DUP_IM_f32
#undef DUP_IM_f64
#undef SWAP_f32
#undef SWAP_f64
#undef UPPER
#undef EIGHT
#undef FOUR
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512vl,avx512bw,fma,prefer-vector-width=512")
#define SET             avx512
#define VBYTES          64
#define FMA_f32         _mm512_fmadd_ps
#define FMA_f64         _mm512_fmadd_pd
#define LOADM_f32(p, n) _mm512_maskz_loadu_ps((__mmask16)((1u << (n)) - 1), (p))
#define LOADM_f64(p, n) _mm512_maskz_loadu_pd((__mmask8)((1u << (n)) - 1), (p))
#define DUP_RE_f32      _mm512_moveldup_ps
#define DUP_RE_f64      _mm512_movedup_pd
#define DUP_IM_f32      _mm512_movehdup_ps
#define DUP_IM_f64(x)   _mm512_permute_pd(x, 0xff)
#define SWAP_f32(x)     _mm512_permute_ps(x, 0xb1)
#define SWAP_f64(x)     _mm512_permute_pd(x, 0x55)
#define UPPER(x)        _mm512_shuffle_f64x2((__m512d)(x), (__m512d)(x), 0x4e)
#define QUARTER(x)      _mm512_shuffle_f64x2((__m512d)(x), (__m512d)(x), 0xb1)
#define EIGHT(x)        _mm512_permute_pd((__m512d)(x), 0x55)
#define FOUR(x)         _mm512_permute_ps((__m512)(x), 0xb1)
#include "runtime/exec/sum_isa.h"
#undef SET
#undef VBYTES
#pragma GCC pop_options

const SumLanes *sum_lanes(DType f, Isa isa)
{
    static const SumLanes *const table[ISA_COUNT][4] = {
        {&lanes_f32_avx2, &lanes_f64_avx2, &lanes_c64_avx2, &lanes_c128_avx2},
        {&lanes_f32_avx512, &lanes_f64_avx512, &lanes_c64_avx512, &lanes_c128_avx512}};
    ASSERT(dtype_is_inexact(f), "sum carried in %s", dtype_name(f));
    return table[isa][f - DT_FLOAT32];
}

static int parts_of(DType f)
{
    return dtype_is_complex(f) ? 2 : 1;
}

static bool is_single(DType f)
{
    return dtype_real(f) == DT_FLOAT32;
}

/* Part k of a dense element of type f. */
static double part_of(const void *x, int k, DType f)
{
    return is_single(f) ? (double)((const float *)x)[k] : ((const double *)x)[k];
}

static void put_exact(ExactSum *out, const void *leaf, DType f)
{
    for (int k = 0; k < parts_of(f); k++)
        exact_add(out + k, part_of(leaf, k, f));
}

enum { LEAVES = 32 }; /* that are summed at once */

static void put_leaves(ExactSum *out, const void *leaves, int64_t n, DType f)
{
    for (int64_t i = 0; i < n; i++)
        put_exact(out, (const char *)leaves + i * dtype_size(f), f);
}

static void round_exact(const ExactSum *s, DType f, void *out)
{
    for (int k = 0; k < parts_of(f); k++)
        if (is_single(f))
            ((float *)out)[k] = exact_round_f32(s + k);
        else
            ((double *)out)[k] = exact_round_f64(s + k);
}

void sum_round(const ExactSum *s, int64_t kept, DType f, void *out)
{
    for (int64_t i = 0; i < kept; i++)
        round_exact(s + i * parts_of(f), f, (char *)out + i * dtype_size(f));
}

/* Few leaves, one element each, whose sum rounds beyond doubt without limbs. */
static bool few_round(const void *leaves, int64_t n, DType f, void *out)
{
    enum { MOST = 64 };
    int64_t parts = parts_of(f);
    if (n > MOST)
        return false;
    for (int64_t k = 0; k < parts; k++)
        if (!(is_single(f)
                  ? exact_few_f32((const float *)leaves + k, n, parts, (float *)out + k)
                  : exact_few_f64((const double *)leaves + k, n, parts, (double *)out + k)))
            return false;
    return true;
}

/* Two leaves need no exact sum: IEEE addition rounds correctly, and a leaf sum is never -0.0. */
void leaves_round(const void *leaves, int64_t n, DType f, void *out)
{
    int parts = parts_of(f);
    if (n > 2 && few_round(leaves, n, f, out))
        return;
    if (n > 2) {
        ExactSum s[2];
        exact_init(s);
        if (parts == 2)
            exact_init(s + 1);
        for (int64_t i = 0; i < n; i++)
            put_exact(s, (const char *)leaves + i * dtype_size(f), f);
        round_exact(s, f, out);
        return;
    }
    for (int k = 0; k < parts; k++)
        if (is_single(f))
            ((float *)out)[k] =
                ((const float *)leaves)[k] + (n == 2 ? ((const float *)leaves)[parts + k] : 0);
        else
            ((double *)out)[k] =
                ((const double *)leaves)[k] + (n == 2 ? ((const double *)leaves)[parts + k] : 0);
}

/* ---- SMALL ---- */

/* Work of a small sum: results are made in `acc`, dense in C order of the kept axes. */
typedef struct Small {
    const Strided *a, *mask;
    DType f;
    const SumLanes *lanes;
    int inner;   /* the first axis of the innermost run of reduced axes; ndim where there is none */
    Strided to;  /* acc seen through the axes outside the run: stride 0 along reduced ones */
    char *x;     /* packed elements of a run, or NULL while not needed */
    uint8_t *on; /* packed mask of a run */
} Small;

/* Add the taken stretches of a packed run, each its own pairwise tree. */
static void add_masked(const Small *s, const char *x, int64_t n, char *acc)
{
    int size = dtype_size(s->f);
    for (int64_t i = 0; i < n; i++) {
        int64_t begin = i;
        while (i < n && s->on[i])
            i++;
        if (i > begin)
            s->lanes->pairwise(x + begin * size, i - begin, acc);
    }
}

static void small_runs(Small *s)
{
    const Strided *a = s->a;
    Strided outer = strided_axes(a, a->base, 0, s->inner);
    Strided run = strided_axes(a, a->base, s->inner, a->ndim);
    int64_t n = strided_size(&run);
    bool dense = a->dtype == s->f && strided_is_dense(&run, 0);
    Walk to = walk_start(&s->to);
    for (Walk w = walk_start(&outer); w.left; walk_next(&w), walk_next(&to)) {
        const char *x = w.at;
        run.base = w.at;
        if (!dense) {
            strided_gather(&run, 0, n, s->x, s->f);
            x = s->x;
        }
        if (s->mask) {
            Strided on = strided_axes(s->mask, s->mask->base, s->inner, a->ndim);
            for (int d = 0; d < s->inner; d++)
                on.base += w.index[d] * s->mask->stride[d];
            strided_gather(&on, 0, n, s->on, DT_BOOL);
            add_masked(s, x, n, to.at);
        } else {
            s->lanes->pairwise(x, n, to.at);
        }
    }
}

/* One row of kept elements under a mask. */
static void small_row_masked(const Small *s, const char *on, const char *x, char *acc)
{
    int d = s->a->ndim - 1, size = dtype_size(s->f);
    for (int64_t j = 0; j < s->a->shape[d]; j++)
        if (on[j * s->mask->stride[d]])
            s->lanes->columns(acc + j * size, x + j * size, 1, 1, 0);
}

/* The innermost axis is kept: rows of it are added to the results one after the other. */
static void small_rows(Small *s)
{
    const Strided *a = s->a;
    int last = a->ndim - 1, size = dtype_size(s->f);
    int64_t n = a->shape[last];
    bool dense = a->dtype == s->f && a->stride[last] == size;
    bool block = last > 0 && s->to.stride[last - 1] == 0 && dense && !s->mask;
    int split = block ? last - 1 : last;
    Strided outer = strided_axes(a, a->base, 0, split),
            dst = strided_axes(&s->to, s->to.base, 0, split);
    Walk to = walk_start(&dst);
    for (Walk w = walk_start(&outer); w.left; walk_next(&w), walk_next(&to)) {
        const char *x = w.at;
        if (!dense) {
            run_cast(w.at, a->stride[last], n, a->dtype, s->x, s->f);
            x = s->x;
        }
        if (s->mask) {
            const char *on = s->mask->base;
            for (int d = 0; d < split; d++)
                on += w.index[d] * s->mask->stride[d];
            small_row_masked(s, on, x, to.at);
        } else {
            s->lanes->columns(to.at, x, n, block ? a->shape[last - 1] : 1,
                              block ? a->stride[last - 1] : 0);
        }
    }
}

void sum_small(const Strided *a, const Strided *mask, const bool *red, DType f, const Strided *out)
{
    int inner = a->ndim;
    int64_t run = 1, size = dtype_size(f), kept = strided_size(out);
    while (inner && red[inner - 1])
        run *= a->shape[--inner];
    bool rows = inner == a->ndim && inner > 0;
    bool direct = strided_is_dense(out, 0);
    char *acc = direct ? out->base : xmalloc((size_t)(kept * size) + 1);
    memset(acc, 0, (size_t)(kept * size));
    if (rows)
        run = a->shape[a->ndim - 1];
    Small s = {a, mask, f, sum_lanes(f, isa_best()), inner, {0}, NULL, NULL};
    s.to = strided_results(a, red, rows ? a->ndim : inner, acc, f);
    s.x = xmalloc((size_t)(run * (size + 1)) + 1);
    s.on = (uint8_t *)s.x + run * size;
    if (rows)
        small_rows(&s);
    else
        small_runs(&s);
    free(s.x);
    if (!direct) {
        strided_scatter(out, acc);
        free(acc);
    }
}

/* ---- ROWS ---- */

/* A box of rows, seen from one result. */
typedef struct Rows {
    const SumPart *p;
    const SumLanes *lanes;
    int parts, size;
    Strided row;       /* the box's row axes, outermost first */
    Strided col, ycol; /* its column axes; of the other factor too */
    bool dense, ydense;
    int64_t rlo[NDIM_MAX], rshape[NDIM_MAX]; /* row axes: the box's begin, whole lengths */
    int64_t c0, c1;                          /* columns of the box */
    char *x, *y;                             /* buffers of one leaf */
} Rows;

static double add_in(DType f, double a, double b)
{
    return is_single(f) ? (double)(float)(a + b) : a + b; /* no double rounding: 53 >= 2 * 24 + 2 */
}

static double fma_in(DType f, double a, double b, double c)
{
    return is_single(f) ? (double)fmaf((float)a, (float)b, (float)c) : fma(a, b, c);
}

static void close_group(SumCarry *s, int parts, DType f)
{
    for (int i = 0; i < SUM_LANES * parts; i++)
        s->leaf[i] = add_in(f, s->leaf[i], s->group[i]);
    memset(s->group, 0, sizeof s->group);
}

/* Continue a leaf with columns [c, c + n) of a row of `width`. */
static void leaf_feed(SumCarry *s, const char *x, const char *y, int64_t n, int64_t c,
                      int64_t width, DType f)
{
    int parts = parts_of(f), size = dtype_size(f);
    for (int64_t i = 0; i < n; i++, c++, x += size, y += y ? size : 0) {
        double *lane = s->group + c % SUM_LANES * parts, xr = part_of(x, 0, f);
        if (!y) {
            for (int k = 0; k < parts; k++)
                lane[k] = add_in(f, lane[k], part_of(x, k, f));
        } else if (parts == 1) {
            lane[0] = fma_in(f, xr, part_of(y, 0, f), lane[0]);
        } else {
            double xi = part_of(x, 1, f), yr = part_of(y, 0, f), yi = part_of(y, 1, f);
            lane[0] = fma_in(f, -xi, yi, fma_in(f, xr, yr, lane[0]));
            lane[1] = fma_in(f, xi, yr, fma_in(f, xr, yi, lane[1]));
        }
        if ((c + 1) % SUM_GROUP == 0 || c + 1 == width)
            close_group(s, parts, f);
    }
}

static void leaf_close(SumCarry *s, DType f, ExactSum *out)
{
    int parts = parts_of(f);
    for (int half = SUM_LANES * parts / 2; half >= parts; half /= 2)
        for (int i = 0; i < half; i++)
            s->leaf[i] = add_in(f, s->leaf[i], s->leaf[i + half]);
    for (int k = 0; k < parts; k++)
        exact_add(out + k, s->leaf[k]);
}

/* Dense columns [c, c + n) of the row at `at`, in type f: as they lie or packed into `buffer`. */
static const char *row_columns(const Rows *r, const Strided *col, bool dense, char *at, int64_t c,
                               int64_t n, char *buffer)
{
    Strided v = *col;
    v.base = at;
    if (dense)
        return at + (c - r->c0) * r->size;
    strided_gather(&v, c - r->c0, n, buffer, r->p->f);
    return buffer;
}

/* Whole leaves that follow each other; all are summed before any is added, which hides their ends.
 */
static void dense_leaves(const Rows *r, const char *x, const char *y, int64_t count, ExactSum *out)
{
    Scalar sums[LEAVES];
    int64_t step = SUM_LEAF * r->size;
    if (!y)
        r->lanes->leaves(x, count, sums);
    for (int64_t i = 0; y && i < count; i++)
        r->lanes->dot(x + i * step, y + i * step, SUM_LEAF, (char *)sums + i * r->size);
    put_leaves(out, sums, count, r->p->f);
}

/* A row whose leaves are its own. */
static void long_row(const Rows *r, char *at, ExactSum *out, const SumCarry *in, SumCarry *left)
{
    int64_t width = r->p->rule->width, take;
    DType f = r->p->f;
    for (int64_t c = r->c0; c < r->c1; c += take) {
        int64_t whole = int64_min((r->c1 - c) / SUM_LEAF, LEAVES);
        if (r->dense && (!r->p->times || r->ydense) && c % SUM_LEAF == 0 && whole) {
            take = whole * SUM_LEAF;
            dense_leaves(r, at + (c - r->c0) * r->size,
                         r->p->times ? r->p->times->base + (c - r->c0) * r->size : NULL, whole,
                         out);
            continue;
        }
        int64_t begin = c - c % SUM_LEAF, end = int64_min(begin + SUM_LEAF, width);
        take = int64_min(end, r->c1) - c;
        const char *x = row_columns(r, &r->col, r->dense, at, c, take, r->x), *y = NULL;
        if (r->p->times)
            y = row_columns(r, &r->ycol, r->ydense, r->p->times->base, c, take, r->y);
        if (take == end - begin) {
            Scalar sum;
            if (y)
                r->lanes->dot(x, y, take, &sum);
            else
                r->lanes->leaf(x, 1, take, 0, &sum);
            put_exact(out, &sum, f);
            continue;
        }
        SumCarry s = {{0}, {0}};
        if (c > begin) {
            ASSERT(in, "a box begins at column %ld, inside a leaf, without a carry", (long)c);
            s = *in;
        }
        leaf_feed(&s, x, y, take, c, width, f);
        ASSERT(c + take == end || left, "a box ends at column %ld, inside a leaf",
               (long)(c + take));
        if (c + take == end)
            leaf_close(&s, f, out);
        else
            *left = s;
    }
}

static int64_t row_number(const Rows *r, const Walk *w)
{
    int64_t g = 0;
    for (int d = 0; d < r->row.ndim; d++)
        g = g * r->rshape[d] + r->rlo[d] + w->index[d];
    return g;
}

/* The next `rows` rows (whole, one after the other in the operand) packed, as far as the box has
 * them; the walk moves past them.  Returns how many. */
static int64_t pack_rows(const Rows *r, Walk *w, int64_t rows, int64_t g)
{
    int64_t done = 0, nbytes = r->p->rule->width * r->size;
    for (; done < rows && w->left; done++, walk_next(w)) {
        ASSERT(row_number(r, w) == g + done, "row %ld of a leaf lies in another box",
               (long)(g + done));
        const char *x = row_columns(r, &r->col, r->dense, w->at, 0, r->c1, r->x + done * nbytes);
        if (r->dense)
            memcpy(r->x + done * nbytes, x, (size_t)nbytes);
    }
    return done;
}

/* Leaves of several whole rows each. */
static void short_rows(const Rows *r, const Walk *start, ExactSum *out, const SumCarry *in,
                       SumCarry *left)
{
    const SumRule *rule = r->p->rule;
    DType f = r->p->f;
    int last = r->row.ndim - 1;
    Walk w = *start;
    while (w.left) {
        int64_t g = row_number(r, &w), begin = g - g % rule->rows_per_leaf;
        int64_t end = int64_min(begin + rule->rows_per_leaf, rule->rows), need = end - g;
        Scalar sum;
        if (g == begin && r->dense && last >= 0 && r->row.shape[last] - w.index[last] >= need) {
            r->lanes->leaf(w.at, need, rule->width, r->row.stride[last], &sum);
            put_exact(out, &sum, f);
            walk_seek(&w, strided_size(&r->row) - w.left + need);
            continue;
        }
        int64_t got = pack_rows(r, &w, need, g);
        if (g == begin && got == need) {
            r->lanes->leaf(r->x, need, rule->width, rule->width * r->size, &sum);
            put_exact(out, &sum, f);
            continue;
        }
        SumCarry s = {{0}, {0}};
        ASSERT(g == begin || in, "a box begins at row %ld, inside a leaf, without a carry",
               (long)g);
        ASSERT(got == need || left, "a box ends at row %ld, inside a leaf", (long)(g + got));
        if (g > begin)
            s = *in;
        for (int64_t i = 0; i < got; i++)
            leaf_feed(&s, r->x + i * rule->width * r->size, NULL, rule->width, 0, rule->width, f);
        if (got == need)
            leaf_close(&s, f, out);
        else
            *left = s;
    }
}

/* Where the box's row axes are one stretch of rows a single stride walks through, make them one
 * axis. */
static void merge_rows(Rows *r)
{
    int64_t lo = 0, whole = 1;
    Strided one = strided_merge(&r->row);
    for (int d = 0; d < r->row.ndim; d++) {
        if (d && r->row.shape[d] != r->rshape[d])
            return;
        lo = lo * r->rshape[d] + r->rlo[d];
        whole *= r->rshape[d];
    }
    if (one.ndim > 1)
        return;
    if (one.ndim == 0) {
        one.ndim = 1;
        one.shape[0] = 1;
        one.stride[0] = 0;
    }
    r->row = one;
    r->rlo[0] = lo;
    r->rshape[0] = whole;
}

static Rows rows_of(const SumPart *p)
{
    Rows r = {.p = p, .lanes = sum_lanes(p->f, isa_best()), .parts = parts_of(p->f)};
    const SumRule *rule = p->rule;
    int nrow = rule->nred - rule->nwidth, k = 0;
    int64_t first = 0, count = 1;
    Strided reduced = strided_pick(&p->a, p->red, true);
    r.size = dtype_size(p->f);
    r.row = strided_axes(&reduced, p->a.base, 0, nrow);
    r.col = strided_axes(&reduced, p->a.base, nrow, rule->nred);
    for (int d = 0; d < p->a.ndim; d++)
        if (p->red[d]) {
            if (k < nrow) {
                r.rlo[k] = p->lo[d];
                r.rshape[k] = p->shape[d];
            } else {
                ASSERT(k == nrow || p->a.shape[d] == p->shape[d] || count == 1,
                       "a box cuts axis %d inside its rows", d);
                first = first * p->shape[d] + p->lo[d];
                count *= p->a.shape[d];
            }
            k++;
        }
    r.c0 = first;
    r.c1 = first + count;
    r.dense = p->a.dtype == p->f && strided_is_dense(&r.col, 0);
    if (p->times) {
        r.ycol = *p->times;
        r.ydense = p->times->dtype == p->f && strided_is_dense(&r.ycol, 0);
    }
    merge_rows(&r);
    return r;
}

static void rows_result(Rows *r, char *at, ExactSum *out, const SumCarry *in, SumCarry *left)
{
    const SumRule *rule = r->p->rule;
    r->row.base = at;
    Walk w = walk_start(&r->row);
    if (rule->rows_per_leaf > 1) {
        ASSERT(r->c0 == 0 && r->c1 == rule->width, "columns [%ld, %ld) of rows shorter than a leaf",
               (long)r->c0, (long)r->c1);
        short_rows(r, &w, out, in, left);
        return;
    }
    for (int64_t i = 0; w.left; walk_next(&w), i++)
        long_row(r, w.at, out, in ? in + i : NULL, left ? left + i : NULL);
}

int64_t sum_carries(const SumPart *p)
{
    Strided kept = strided_pick(&p->a, p->red, false);
    Strided reduced = strided_pick(&p->a, p->red, true);
    Strided row = strided_axes(&reduced, p->a.base, 0, p->rule->nred - p->rule->nwidth);
    return strided_size(&kept) * (p->rule->rows_per_leaf > 1 ? 1 : strided_size(&row));
}

void sum_rows(const SumPart *p, ExactSum *out, const SumCarry *in, SumCarry *left)
{
    if (strided_size(&p->a) == 0)
        return;
    Rows r = rows_of(p);
    Strided kept = strided_pick(&p->a, p->red, false);
    int64_t each = sum_carries(p) / strided_size(&kept);
    char *buffer = xmalloc((size_t)(2 * SUM_LEAF * r.size));
    r.x = buffer;
    r.y = buffer + SUM_LEAF * r.size;
    for (Walk w = walk_start(&kept); w.left; walk_next(&w)) {
        rows_result(&r, w.at, out, in, left);
        out += r.parts;
        in += in ? each : 0;
        left += left ? each : 0;
    }
    free(buffer);
}

static const int64_t no_offset[NDIM_MAX];

void sum_rows_whole(const Strided *a, const bool *red, const SumRule *rule, DType f,
                    const Strided *out)
{
    SumPart p = {*a, NULL, red, rule, a->shape, no_offset, f};
    Rows r = rows_of(&p);
    Strided kept = strided_pick(a, red, false);
    r.x = xmalloc((size_t)(SUM_LEAF * r.size));
    Walk to = walk_start(out);
    for (Walk w = walk_start(&kept); w.left; walk_next(&w), walk_next(&to)) {
        ExactSum s[2];
        exact_init(s);
        exact_init(s + 1);
        rows_result(&r, w.at, s, NULL, NULL);
        round_exact(s, f, to.at);
    }
    free(r.x);
}

/* ---- COLUMNS ---- */

enum { COLUMN_BLOCK = 512, LEVELS_MAX = 64, PACK_ROWS = 8 };

/* One block of columns while its leaves go by. */
typedef struct Columns {
    const SumPart *p;
    const SumLanes *lanes;
    int64_t n; /* columns, at most COLUMN_BLOCK */
    bool dense;
    char *acc;   /* the open leaf */
    char *pack;  /* PACK_ROWS rows */
    char *stack; /* finished nodes waiting for their right sibling: LEVELS_MAX blocks */
    SumNode node[LEVELS_MAX];
    int top;
} Columns;

static char *stack_at(const Columns *c, int i)
{
    return c->stack + (int64_t)i * COLUMN_BLOCK * dtype_size(c->p->f);
}

/* Add `rows` rows at x, the open leaf continuing. */
static void columns_fold(Columns *c, const char *x, int64_t rows, int64_t stride)
{
    const Strided *a = &c->p->a;
    int64_t wide = c->n * dtype_size(c->p->f);
    if (c->dense) {
        c->lanes->columns(c->acc, x, c->n, rows, stride);
        return;
    }
    for (int64_t r = 0; r < rows; r += PACK_ROWS) {
        int64_t some = int64_min(PACK_ROWS, rows - r);
        for (int64_t i = 0; i < some; i++)
            run_cast(x + (r + i) * stride, a->stride[a->ndim - 1], c->n, a->dtype,
                     c->pack + i * wide, c->p->f);
        c->lanes->columns(c->acc, c->pack, c->n, some, wide);
    }
}

/* A leaf is done: it joins the nodes before it as far as they are siblings. */
static void columns_push(Columns *c, int64_t leaf)
{
    int64_t wide = c->n * dtype_size(c->p->f);
    memcpy(stack_at(c, c->top), c->acc, (size_t)wide);
    c->node[c->top++] = (SumNode){0, leaf};
    while (c->top > 1 && c->node[c->top - 2].level == c->node[c->top - 1].level &&
           c->node[c->top - 2].index % 2 == 0) {
        c->top--;
        c->lanes->columns(stack_at(c, c->top - 1), stack_at(c, c->top), c->n, 1, 0);
        c->node[c->top - 1].level++;
        c->node[c->top - 1].index /= 2;
    }
    memset(c->acc, 0, (size_t)wide);
}

/* What has been pushed becomes one node: the last, incomplete ones join from the right. */
static void columns_collapse(Columns *c, char *to)
{
    for (; c->top > 1; c->top--)
        c->lanes->columns(stack_at(c, c->top - 2), stack_at(c, c->top - 1), c->n, 1, 0);
    memcpy(to, stack_at(c, 0), (size_t)(c->n * dtype_size(c->p->f)));
    c->top = 0;
}

static int64_t flat_number(const SumPart *p, const Walk *w)
{
    int64_t g = 0;
    int k = 0;
    for (int d = 0; d < p->a.ndim; d++)
        if (p->red[d])
            g = g * p->shape[d] + p->lo[d] + w->index[k++];
    return g;
}

/* First and last-but-one leaf that ends in the box; and whether its first continues one. */
static void columns_leaves(const SumPart *p, int64_t *first, int64_t *end)
{
    Strided reduced = strided_pick(&p->a, p->red, true);
    Walk w = walk_start(&reduced);
    *first = *end = 0;
    if (strided_size(&p->a) == 0)
        return;
    *first = flat_number(p, &w) / SUM_COLUMN_LEAF;
    walk_seek(&w, w.left - 1);
    int64_t next = flat_number(p, &w) + 1;
    *end = next == p->rule->terms ? p->rule->nleaf : next / SUM_COLUMN_LEAF;
}

int sum_columns_nodes(const SumPart *p, SumNode *nodes)
{
    int64_t first, end;
    columns_leaves(p, &first, &end);
    return sum_nodes(first, end, p->rule->nleaf, nodes);
}

/* One block of columns whose first element is at `at`.  `values` is this block of node 0, nodes lie
 * `apart` bytes from each other. */
static void columns_block(Columns *c, char *at, const SumNode *nodes, char *values, int64_t apart,
                          const char *in, char *left)
{
    const SumPart *p = c->p;
    int64_t wide = c->n * dtype_size(p->f), take, expect = -1;
    Strided reduced = strided_pick(&p->a, p->red, true);
    int last = reduced.ndim - 1;
    reduced.base = at;
    Walk w = walk_start(&reduced);
    memset(c->acc, 0, (size_t)wide);
    for (int64_t size = w.left; w.left; walk_seek(&w, size - w.left + take)) {
        int64_t g = flat_number(p, &w), begin = g - g % SUM_COLUMN_LEAF;
        int64_t end = int64_min(begin + SUM_COLUMN_LEAF, p->rule->terms);
        take = int64_min(end - g, reduced.shape[last] - w.index[last]);
        ASSERT(g == begin || g == expect || (w.left == size && in),
               "a box begins at index %ld, inside a leaf, without a carry", (long)g);
        if (w.left == size && g > begin)
            memcpy(c->acc, in, (size_t)wide);
        columns_fold(c, w.at, take, reduced.stride[last]);
        expect = g + take;
        if (expect < end) {
            if (take == w.left) {
                ASSERT(left, "a box ends at index %ld, inside a leaf", (long)expect);
                memcpy(left, c->acc, (size_t)wide);
            }
            continue;
        }
        int64_t leaf = begin / SUM_COLUMN_LEAF;
        columns_push(c, leaf);
        if (leaf + 1 == int64_min((nodes->index + 1) << nodes->level, p->rule->nleaf)) {
            columns_collapse(c, values);
            values += apart;
            nodes++;
        }
    }
}

/* Where the box goes on at another stretch of rows, aligned though not adjoining, leaves in between
 * are not ours: then its nodes are not those of one range. */
static void columns_check(const SumPart *p)
{
    Strided reduced = strided_pick(&p->a, p->red, true);
    Walk w = walk_start(&reduced), end = w;
    walk_seek(&end, w.left - 1);
    ASSERT(flat_number(p, &end) - flat_number(p, &w) + 1 == w.left,
           "a box of a COLUMNS sum is cut along an inner reduced axis (%ld rows)", (long)w.left);
}

void sum_columns(const SumPart *p, void *values, const void *in, void *left)
{
    SumNode nodes[SUM_NODES_MAX + 1];
    int last = p->a.ndim - 1, size = dtype_size(p->f);
    if (strided_size(&p->a) == 0)
        return;
    columns_check(p);
    nodes[sum_columns_nodes(p, nodes)] = (SumNode){0, -1};
    Strided kept = strided_pick(&p->a, p->red, false);
    int64_t apart = strided_size(&kept) * size, wide = p->a.shape[last];
    int64_t block = COLUMN_BLOCK * (int64_t)size;
    char *memory = xmalloc((size_t)(block * (1 + PACK_ROWS + LEVELS_MAX)));
    Columns c = {.p = p, .lanes = sum_lanes(p->f, isa_best()), .acc = memory};
    c.pack = memory + block;
    c.stack = c.pack + PACK_ROWS * block;
    c.dense = p->a.dtype == p->f && (p->a.stride[last] == size || wide == 1);
    Strided outer = strided_axes(&kept, kept.base, 0, kept.ndim - 1);
    int64_t at = 0;
    for (Walk w = walk_start(&outer); w.left; walk_next(&w))
        for (int64_t j = 0; j < wide; j += c.n, at += c.n * size) {
            c.n = int64_min(COLUMN_BLOCK, wide - j);
            columns_block(&c, w.at + j * p->a.stride[last], nodes, (char *)values + at, apart,
                          in ? (const char *)in + at : NULL, left ? (char *)left + at : NULL);
        }
    free(memory);
}

void sum_columns_join(SumNode *nodes, int n, int64_t nleaf, void *values, int64_t kept, DType f)
{
    const SumLanes *lanes = sum_lanes(f, isa_best());
    int64_t wide = kept * dtype_size(f);
    char *v = values;
    int top = 0;
    for (int i = 0; i < n; i++) {
        nodes[top] = nodes[i];
        if (top != i)
            memcpy(v + top * wide, v + i * wide, (size_t)wide);
        top++;
        while (top > 1 && nodes[top - 1].level <= nodes[top - 2].level) {
            SumNode *l = nodes + top - 2, *r = nodes + top - 1;
            while (r->level < l->level && sum_node_is_last(*r, nleaf))
                *r = (SumNode){r->level + 1, r->index / 2};
            if (r->level != l->level || l->index % 2 || r->index != l->index + 1)
                break;
            lanes->columns(v + (top - 2) * wide, v + (top - 1) * wide, kept, 1, 0);
            *l = (SumNode){l->level + 1, l->index / 2};
            top--;
        }
    }
    ASSERT(top == 1 && nodes[0].index == 0, "%d nodes do not cover %ld leaves", n, (long)nleaf);
}

void sum_columns_whole(const Strided *a, const bool *red, const SumRule *rule, DType f,
                       const Strided *out)
{
    SumPart p = {*a, NULL, red, rule, a->shape, no_offset, f};
    if (strided_is_dense(out, 0)) {
        sum_columns(&p, out->base, NULL, NULL);
        return;
    }
    char *values = xmalloc((size_t)(strided_size(out) * dtype_size(f)));
    sum_columns(&p, values, NULL, NULL);
    strided_scatter(out, values);
    free(values);
}

void sum_whole(const Strided *a, const bool *red, DType f, const Strided *out)
{
    SumRule rule = sum_rule(a->ndim, a->shape, red);
    if (rule.kind == SUM_SMALL)
        sum_small(a, NULL, red, f, out);
    else if (rule.kind == SUM_ROWS)
        sum_rows_whole(a, red, &rule, f, out);
    else
        sum_columns_whole(a, red, &rule, f, out);
}

/* ---- dots ---- */

void dot_whole(const char *x, int64_t xstride, const char *y, int64_t ystride, int64_t n, DType f,
               void *out)
{
    const SumLanes *lanes = sum_lanes(f, isa_best());
    int size = dtype_size(f);
    char xs[SUM_LEAF * sizeof(Complex128)], ys[SUM_LEAF * sizeof(Complex128)];
    Scalar few[2];
    ExactSum s[2];
    if (n > 2 * SUM_LEAF) {
        exact_init(s);
        exact_init(s + 1);
    }
    for (int64_t i = 0; i < n || i == 0; i += SUM_LEAF) {
        int64_t some = int64_min(SUM_LEAF, n - i);
        const char *p = x + i * xstride, *q = y + i * ystride;
        if (xstride != size) {
            run_cast(p, xstride, some, f, xs, f);
            p = xs;
        }
        if (ystride != size) {
            run_cast(q, ystride, some, f, ys, f);
            q = ys;
        }
        char *to = (char *)few + (n > 2 * SUM_LEAF ? 0 : i / SUM_LEAF * size);
        if (n < DOT_CHAIN_MAX)
            lanes->chain(p, q, some, to);
        else
            lanes->dot(p, q, some, to);
        if (n > 2 * SUM_LEAF)
            put_exact(s, to, f);
    }
    if (n < DOT_CHAIN_MAX)
        memcpy(out, few, (size_t)size);
    else if (n > 2 * SUM_LEAF)
        round_exact(s, f, out);
    else
        leaves_round(few, ceil_div(n, SUM_LEAF), f, out);
}
