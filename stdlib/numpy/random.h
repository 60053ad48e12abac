/* random.h -- what the files of numpy.random share.  Replicated. */
#ifndef STDLIB_NUMPY_RANDOM_H
#define STDLIB_NUMPY_RANDOM_H

#include "stdlib/numpy/family.h"
#include "stdlib/rng/rng.h"

/* A bit generator seeded as NumPy's classes do; None: from entropy.  False: exception, *r
 * untouched. */
bool random_seed(Rng *r, RngKind kind, Value seed);
/* np.random.seed's rules: an int below 2**32, or several. */
bool random_seed_legacy(Rng *r, Value seed);
/* Uniform numbers in [0, 1) of type float64 or float32: an array, or without a size a float. */
Value random_doubles(Rng *r, DType t, Value size);
Value random_permutation(Rng *r, Value x);
Value random_shuffle(Rng *r, Value x);
/* a, size, replace, p */
Value random_choice(Rng *r, Value *a, bool shuffled, bool legacy);

#endif
