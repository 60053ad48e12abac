/* fold.h -- minima, products, counts, positions of extremes and scans over this rank's memory.
 * Local.
 *
 * Three families.
 *   fold_part      folds whose parts may be made anywhere and combined in any order: integer sums
 *                  and products (they wrap), min, max, any, all, counts, bits, argmin, argmax
 *   fold_leaves    folds whose order shows: products of floats.  A leaf is 8192 elements of a
 * result, in K order of the reduced axes, folded from the left as NumPy does; leaf totals are
 * folded in order (fold_join) scan_finish    cumsum and cumprod: inside a leaf of 8192 a left fold
 * as NumPy's; every leaf but the first is offset by the fold of the totals before it Elements are
 * cast to the value type `t` one by one first (to bool for any, all and count).
 *
 * The extremes of equal elements: NaN wins over all; for real types the sign of a zero extreme is
 * that of the last zero in K order; for complex types, which compare by real part first, the first
 * in K order of equal or NaN elements wins.  argmin and argmax: the first NaN, else the first
 * extreme.  So a part of such a fold carries positions, and then parts combine in any order to the
 * same bits.
 */
#ifndef RUNTIME_EXEC_FOLD_H
#define RUNTIME_EXEC_FOLD_H

#include "runtime/exec/strided.h"
#include "runtime/fold_op.h"

enum { FOLD_LEAF = 8192 };

/* A box to fold: axes outermost first in K order. */
typedef struct FoldBox {
    Strided a;
    const bool *red;
    DType t;              /* of the values: BOOL for any and all, INT64 for count */
    int64_t first;        /* position of the box's first element ... */
    const int64_t *place; /* ... and what a step along each axis adds to it: K order of the whole
                           * operand's reduced axes for min and max, logical order for arg folds */
} FoldBox;

/* Whether parts of the fold need positions to combine in any order. */
bool fold_has_place(FoldOp op, DType t);
/* What nothing folds to: values (and positions -1, where pos is given) of n results. */
void fold_empty(FoldOp op, DType t, int64_t n, void *value, int64_t *pos);
/* Fold a box to dense value[kept] and pos[kept] in C order of the kept axes.  `pos` may be NULL but
 * for arg folds (whose result it is); `place` may be NULL where pos is. */
void fold_part(FoldOp op, const FoldBox *box, void *value, int64_t *pos);
/* value = value with more.  Without positions, `more` must come after `value` in K order. */
void fold_combine(FoldOp op, DType t, int64_t n, void *value, int64_t *pos, const void *more,
                  const int64_t *more_pos);

/* A box of an ordered fold, op SUM or PROD of any type.  The box must be a stretch of the flat
 * reduced indices: cut along the outermost reduced axis only (fold_fits). */
typedef struct LeafBox {
    Strided a; /* K order */
    const bool *red;
    const int64_t *shape; /* of the whole operand */
    const int64_t *lo;    /* where the box begins in it */
    DType t;
} LeafBox;

bool fold_fits(const LeafBox *b);
/* Leaves [*first, *end) end in the box; *open, whether a leaf begins or goes on that does not. */
void fold_leaf_range(const LeafBox *b, int64_t *first, int64_t *end, bool *open);
/* Totals of those leaves, [leaf][kept] dense of type t.
 *   in     [kept] the fold so far of a leaf cut at the box's begin; else NULL
 *   left   [kept] receives the fold of a leaf cut at its end; may be NULL where none is */
void fold_leaves(FoldOp op, const LeafBox *b, void *totals, const void *in, void *left);
/* The left fold of n >= 1 leaf totals; left in totals[0][kept]. */
void fold_join(FoldOp op, DType t, int64_t n, int64_t kept, void *totals);
/* A product over a whole operand, into dense out[kept]. */
void fold_prod_whole(const Strided *a, const bool *red, DType t, void *out);

/* cumsum (FOLD_SUM) and cumprod: totals by fold_leaves with the scanned axis reduced (unless there
 * is one leaf), of all leaves in order; then offsets; then every box is finished where it lies.
 *
 * In place: totals of leaves 0 .. n - 1 become the offsets of leaves 1 .. n. */
void scan_offsets(FoldOp op, DType t, int64_t n, int64_t lines, void *totals);
/* Scan the box along its axis, element `lo` of the line first, into `out` (type t, a's shape).
 *   in        [lines] the fold of the open leaf before the box, where lo is inside a leaf; else
 * NULL offsets   [leaf][lines] offsets of the leaves from lo / FOLD_LEAF on; that of leaf 0 is not
 * read; NULL where leaf 0 is the only one.  Lines are in C order of the other axes.  `out` may be a
 * itself. */
void scan_finish(FoldOp op, const Strided *a, int axis, int64_t lo, DType t, const void *in,
                 const void *offsets, const Strided *out);
/* A whole scan. */
void scan_whole(FoldOp op, const Strided *a, int axis, DType t, const Strided *out);
/* One dense line of a type, all of it, but for products of complex numbers and types of less than
 * 16 bytes among them: false. */
bool scan_line(FoldOp op, DType t, const void *x, int64_t n, void *y);

#endif
