/* sort.h -- what sorting and counting share.  Replicated. */
#ifndef STDLIB_NUMPY_SORT_H
#define STDLIB_NUMPY_SORT_H

#include "stdlib/numpy/family.h"

/* Positions of v in the sorted vector s, of v's shape. */
Value sort_positions(Value s, Value v, bool right);
/* Elements start .. start + count - 1 of a vector, a view. */
Value sort_part(Value a, int64_t start, int64_t count);
/* Does op (LESS_EQUAL, ...) hold between all neighbours? */
bool sort_is_increasing(Value x, OpCode op);

#endif
