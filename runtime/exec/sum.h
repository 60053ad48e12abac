/* sum.h -- sums and dots of float and complex elements over this rank's memory.  Local.
 *
 * plan/sumrule.h says in which order elements are added; this file does it, at memory speed on
 * dense operands.  Operands come in K order (sum_order), axes of length 1 dropped; `red` flags the
 * reduced axes; `f` is the type the sum is carried in (float32, float64, complex64, complex128) and
 * elements of another type are cast one by one first.  "Kept" is the number of results in the box,
 * in C order of the kept axes.  Parts of a complex sum are summed apart: results have dtype_size(f)
 * bytes but exact sums come one a part, real then imaginary.
 *
 * Dots: below DOT_CHAIN_MAX terms acc = fma(x, y, acc) from +0.0, left to right; above, lanes
 * collect fma(x, y, lane) in the groups and leaves of a ROWS sum of one row, and leaf sums are
 * added exactly. Complex terms: re = fma(xr, yr, re), re = fma(-xi, yi, re), im = fma(xr, yi, im),
 * im = fma(xi, yr, im).
 */
#ifndef RUNTIME_EXEC_SUM_H
#define RUNTIME_EXEC_SUM_H

#include "runtime/exec/exact.h"
#include "runtime/exec/isa.h"
#include "runtime/exec/strided.h"
#include "runtime/plan/sumrule.h"

/* Inner loops of one inexact type; all operands dense in that type, `stride` in bytes between rows.
 */
typedef struct SumLanes {
    void (*leaf)(const void *x, int64_t rows, int64_t width, int64_t stride, void *out);
    /* sums of `count` leaves of SUM_LEAF elements that follow each other */
    void (*leaves)(const void *x, int64_t count, void *out);
    void (*dot)(const void *x, const void *y, int64_t n, void *out); /* n <= SUM_LEAF */
    void (*chain)(const void *x, const void *y, int64_t n, void *out);
    void (*pairwise)(const void *x, int64_t n, void *acc); /* acc += NumPy's pairwise sum */
    void (*columns)(void *acc, const void *x, int64_t n, int64_t rows, int64_t stride);
    /* One leaf (n <= SUM_LEAF terms) of the dots of x with m rows of a matrix, dense each: to
     * `out`, `apart` bytes from dot to dot.  swap: the row's element is the first factor. */
    void (*dot_rows)(const void *x, const void *a, int64_t m, int64_t n, int64_t stride, bool swap,
                     void *out, int64_t apart);
    void (*chain_rows)(const void *x, const void *a, int64_t m, int64_t n, int64_t stride,
                       bool swap, void *out, int64_t apart);
    /* The same with n columns that lie side by side, `rows` terms: to dense `out`; room for
     * SUM_LANES x n elements.  far: the matrix lies in no cache. */
    void (*dot_columns)(void *out, void *room, const void *x, const void *a, int64_t n,
                        int64_t rows, int64_t stride, bool swap, bool far);
    void (*chain_columns)(void *out, const void *x, const void *a, int64_t n, int64_t rows,
                          int64_t stride, bool swap);
} SumLanes;
const SumLanes *sum_lanes(DType f, Isa isa);

/* SMALL: NumPy's own bits.
 *   mask   NULL, or bool of a's shape: elements to take; every run of them is a pairwise tree of
 * its own out    the kept axes in K order, of type f, any strides; written */
void sum_small(const Strided *a, const Strided *mask, const bool *red, DType f, const Strided *out);

/* A box of the operand of a ROWS or COLUMNS sum. */
typedef struct SumPart {
    Strided a;            /* the box's elements */
    const Strided *times; /* NULL, or the other factor of a dot: one axis as `a` */
    const bool *red;
    const SumRule *rule;
    const int64_t *shape; /* of the whole operand */
    const int64_t *lo;    /* where the box begins in it */
    DType f;
} SumPart;

/* What a box hands to the next when it ends within a leaf of a ROWS sum: the leaf's lanes and the
 * open group's, parts interleaved, in type f widened to double. */
typedef struct SumCarry {
    double leaf[2 * SUM_LANES], group[2 * SUM_LANES];
} SumCarry;

/* How many carries a box of a ROWS sum takes or leaves: one a result, one a row where rows are
 * longer than leaves. */
int64_t sum_carries(const SumPart *p);

/* ROWS: add the box's leaf sums to out[kept * parts], which the caller has begun with exact_init.
 *   in, left   carries of the box before and for the box after; may be NULL where no leaf is cut.
 *              Only the first leaf depends on `in`: to send `left` early, sum the box in two
 * halves. */
void sum_rows(const SumPart *p, ExactSum *out, const SumCarry *in, SumCarry *left);
/* ROWS over a whole operand, rounded into out (the kept axes, type f, any strides). */
void sum_rows_whole(const Strided *a, const bool *red, const SumRule *rule, DType f,
                    const Strided *out);
/* Exact sums to `kept` dense results of type f. */
void sum_round(const ExactSum *s, int64_t kept, DType f, void *out);

/* COLUMNS: the tree nodes that the leaves ending in the box make up; returns how many. */
int sum_columns_nodes(const SumPart *p, SumNode *nodes);
/* COLUMNS: values of those nodes, [node][kept] dense of type f.
 *   in, left   [kept] dense of type f: the fold of a leaf cut at the box's begin and at its end; or
 * NULL */
void sum_columns(const SumPart *p, void *values, const void *in, void *left);
/* Join nodes that cover all leaves, in order; the results are left in values[0][kept]. */
void sum_columns_join(SumNode *nodes, int n, int64_t nleaf, void *values, int64_t kept, DType f);
/* COLUMNS over a whole operand, into out (the kept axes, type f, any strides). */
void sum_columns_whole(const Strided *a, const bool *red, const SumRule *rule, DType f,
                       const Strided *out);

/* Any kind, the whole operand here. */
void sum_whole(const Strided *a, const bool *red, DType f, const Strided *out);

/* A whole dot of n terms, strides in bytes, both operands of type f; one element of type f to out.
 */
void dot_whole(const char *x, int64_t xstride, const char *y, int64_t ystride, int64_t n, DType f,
               void *out);
/* The exact sum of n leaf sums (PARTS interleaved) rounded to one element of type f. */
void leaves_round(const void *leaves, int64_t n, DType f, void *out);

#endif
