/* scalar.h -- what the two files on NumPy scalars share.  Replicated. */
#ifndef STDLIB_NUMPY_SCALAR_H
#define STDLIB_NUMPY_SCALAR_H

#include "stdlib/numpy/array.h"

/* Every integer element type fits. */
typedef __int128 Wide;

static inline Wide wide_of(Scalar x, DType t)
{
    return t == DT_UINT64 ? (Wide)x.u64 : (Wide)dtype_cast(x, t, DT_INT64, NULL).i64;
}
/* np.False_ or np.True_. */
Value truth_of(bool b);
/* The scalar as Python's bool, int, float or complex; observes a future. */
Value scalar_python(Value v);

/* ---- scalarmath.c: type slots ---- */
Value scalar_binary(Value a, Value b, BinOp op);
Value scalar_compare(Value a, Value b, CmpOp op);
Value scalar_unary(Value v, UnOp op);

#endif
