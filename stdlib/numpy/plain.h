/* plain.h -- the short way of element-wise calls.  Replicated. */
#ifndef STDLIB_NUMPY_PLAIN_H
#define STDLIB_NUMPY_PLAIN_H

#include "stdlib/numpy/array.h"

/* op of nin operands into `out` (absent: a new array or scalar) where that is a plain call: numbers
 * and dense arrays of one shape, ready where they lie.  V_UNDEF: it is not, nothing was done. */
Value plain_call(OpCode op, int nin, const Value in[], Value out);

/* The fold of all elements of an array, carried in the array's own type, and the dot product of two
 * vectors, on the same terms. */
Value plain_fold(FoldOp op, Value a);
Value plain_dot(Value a, Value b, Product as);
/* to[...] = from between dense arrays of one type and shape; false: it is rt_copy's work. */
bool plain_copy(Value to, Value from);
/* Where a dense array's elements lie, NULL where they cannot be read at once. */
const void *plain_peek(Value a);
/* a[key] for an array of positions or truth values for a's leading axes, on the same terms. */
Value plain_take(Value a, Value key);
/* a[key] = x for a number, or a vector x of a's type with one element for each that the key names;
 * false: it is not such a case, nothing was done. */
bool plain_put(Value a, Value key, Value x);
/* The same for a tuple of vectors of positions, one for each axis of a. */
Value plain_take_each(Value a, Value key);
bool plain_put_each(Value a, Value key, Value x);

#endif
