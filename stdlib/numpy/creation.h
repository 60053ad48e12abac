/* creation.h -- what the functions that make arrays share.  Replicated. */
#ifndef STDLIB_NUMPY_CREATION_H
#define STDLIB_NUMPY_CREATION_H

#include "stdlib/numpy/family.h"

DType dtype_or(DType t, DType other);
/* like= and device= as every creation function has them. */
bool placed_here(Value device, Value like);
/* The array in a memory order: itself when it fits.  Takes a. */
Value in_order(Value a, char order);

#endif
