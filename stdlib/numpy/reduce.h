/* reduce.h -- what reductions and statistics share.  Replicated. */
#ifndef STDLIB_NUMPY_REDUCE_H
#define STDLIB_NUMPY_REDUCE_H

#include "stdlib/numpy/family.h"

#define SUM_SIG     "axis=None, dtype=None, out=None, keepdims=False, initial=?, where=?"
#define EXTREME_SIG "axis=None, out=None, keepdims=False, initial=?, where=?"
#define TRUTH_SIG   "axis=None, out=None, keepdims=False, *, where=?"
#define VAR_SIG                                                                                    \
    "axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=?, mean=?, correction=?"
#define MEAN_SIG "axis=None, dtype=None, out=None, keepdims=False, *, where=?"

/* NumPy's name of the ufunc that a fold reduces by. */
const char *fold_name(FoldOp op);
/* An axis argument as a set; scalars have an axis 0 here. */
bool reduce_axes(Value axis, int ndim, uint32_t *mask);
/* Elements that meet in one result. */
bool reduce_count(Value x, Value axis, int64_t *n);
/* argmin and argmax: along one axis, or the position in C order. */
Value reduce_arg(FoldOp op, Value a, Value axis, Value out, bool keepdims);
/* s / n in s's type; takes both; arrays in place. */
Value reduce_divide(Value s, Value n);
/* |x|**2 as var computes it (takes x). */
Value reduce_square(Value x);
/* Bodies of functions, by their arguments: (a, axis, dtype, out, keepdims, initial, where), (a,
 * axis, out, keepdims, initial, where), (a, axis, dtype, out, ddof, keepdims, where, mean,
 * correction). */
Value reduce_general(FoldOp op, Value *a);
Value reduce_extreme(FoldOp op, Value *a);
Value reduce_spread(Value *a, bool root);

#endif
