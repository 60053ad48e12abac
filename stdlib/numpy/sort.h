/* sort.h -- what sorting and counting share.  Replicated. */
#ifndef STDLIB_NUMPY_SORT_H
#define STDLIB_NUMPY_SORT_H

#include "stdlib/numpy/family.h"

/* The last axis of an array in order: all of it, or what stands at some places alone. */
enum { PLACES_MAX = 32 };
typedef struct Ordered {
    Value s;
    int n; /* places; 0: all */
    int64_t place[PLACES_MAX], length;
} Ordered;
/* x (taken), for ordered_part to be asked for the n places (ascending, different). */
bool ordered_begin(Value x, int n, const int64_t place[], Ordered *out);
/* Elements from `place` on, `count` neighbours: a view. */
Value ordered_part(const Ordered *o, int64_t place, int64_t count);
/* Those at one place, without the last axis. */
Value ordered_at(const Ordered *o, int64_t place);
/* NaN (of a vector's elements, or of rows') where there is one in the axis; else r (taken). */
Value ordered_or_nan(const Ordered *o, Value r);

/* How often each of the numbers below `length` is in x, int64 within these bounds. */
Value array_counts(Value x, int64_t length);
/* Positions of v in the sorted vector s, of v's shape. */
Value sort_positions(Value s, Value v, bool right);
/* Elements start .. start + count - 1 of a vector, a view. */
Value sort_part(Value a, int64_t start, int64_t count);
/* Does op (LESS_EQUAL, ...) hold between all neighbours? */
bool sort_is_increasing(Value x, OpCode op);

#endif
