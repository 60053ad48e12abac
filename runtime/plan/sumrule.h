/* sumrule.h -- which elements of a float sum are added in which order.  Replicated.
 *
 * The order depends on shape, NumPy's strides and which axes are reduced, on nothing else, so that
 * every rank count gives the same bits.  An operand comes in K order: axes outermost first by
 * NumPy's |stride|, axes of length 1 dropped (sum_order).  Three kinds:
 *   SMALL    NumPy's own order; the operand (or each result's run) lies whole on one rank
 *   ROWS     the innermost axis is reduced: the reduced axes form rows of `width` columns; a leaf
 * is 1024 columns of a row, or floor(1024 / width) whole rows; leaf sums are added exactly COLUMNS
 * the innermost axis is kept: a leaf is 128 reduced indices folded from the left; leaves are nodes
 * of level 0 of a binary tree over leaf numbers, whose odd last node moves up as it is A box of the
 * operand can be summed apart where it cuts no leaf (FIT_ALIGNED), or by handing the open leaf's
 * accumulators from the rank before to the rank after (FIT_CARRY).
 */
#ifndef RUNTIME_PLAN_SUMRULE_H
#define RUNTIME_PLAN_SUMRULE_H

#include "runtime/base.h"

enum {
    SUM_SMALL_MAX = 8192,
    SUM_LANES = 32,
    SUM_GROUP = 128,
    SUM_LEAF = 1024,
    SUM_COLUMN_LEAF = 128
};
enum { DOT_CHAIN_MAX = 32 };

typedef enum SumKind { SUM_SMALL, SUM_ROWS, SUM_COLUMNS } SumKind;

typedef struct SumRule {
    SumKind kind;
    int nred;              /* reduced axes */
    int nwidth;            /* ROWS: how many of them, the innermost, make one row */
    int64_t terms;         /* elements of each result */
    int64_t width, rows;   /* ROWS: terms = width * rows */
    int64_t rows_per_leaf; /* ROWS: 1 where width >= SUM_LEAF */
    int64_t nleaf;         /* COLUMNS: leaves of each result */
} SumRule;

/* K order of nops operands of one shape (the summed array, then its `where` mask if any) by their
 * NumPy strides in bytes: order[0..] are the axes outermost first, axes of length 1 left out.
 * Returns how many.  By |stride|; ties, zero strides and axes on which operands disagree keep their
 * place. */
int sum_order(int ndim, const int64_t *shape, int nops, const int64_t *const *stride, int *order);

/* The rule for an operand in K order.  Cost O(ndim). */
SumRule sum_rule(int ndim, const int64_t *shape, const bool *red);

/* The rule for a dot of `terms` >= DOT_CHAIN_MAX products: one row.  A shorter dot is one FMA
 * chain. */
SumRule dot_rule(int64_t terms);

/* Whether box [lo, lo + n) of an operand of `shape` holds whole leaves. */
typedef enum SumFit {
    FIT_ALIGNED, /* it does */
    FIT_CARRY,   /* only its first and last leaf (of each row, where width >= SUM_LEAF) are cut */
    FIT_NEVER    /* leaves lie across boxes in a way no carry can follow: bring the rows together */
} SumFit;
SumFit sum_fit(const SumRule *r, int ndim, const int64_t *shape, const bool *red, const int64_t *lo,
               const int64_t *n);

/* Cuts of a whole reduction's operand along `axis` at multiples of this many indices cut no leaf of
 * a ROWS sum; 0: there are none but the ends. */
int64_t sum_granule(const SumRule *r, int ndim, const int64_t *shape, int axis);

/* A node of COLUMNS' tree: leaves [index << level, (index + 1) << level), as far as there are. */
typedef struct SumNode {
    int level;
    int64_t index;
} SumNode;
enum { SUM_NODES_MAX = 128 };
/* The fewest nodes covering leaves [lo, hi) of nleaf, in order; returns how many. */
int sum_nodes(int64_t lo, int64_t hi, int64_t nleaf, SumNode *out);
/* Whether `node`, standing alone with no sibling to come, is its parent too. */
bool sum_node_is_last(SumNode node, int64_t nleaf);

#endif
