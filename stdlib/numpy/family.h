/* family.h -- short words the numpy families are written in.  Replicated.
 *
 * Functions named np_* take over the references they are given and answer V_ERROR when one of those
 * is V_ERROR, so calls nest like formulas: np_op2(OP_MULTIPLY, np_op1(OP_SQRT, x), y).  Arguments
 * may be arrays, scalars or Python values.
 */
#ifndef STDLIB_NUMPY_FAMILY_H
#define STDLIB_NUMPY_FAMILY_H

#include "stdlib/numpy/array.h"

static inline bool is_absent(Value v)
{
    return v_is_undef(v) || v_is_none(v);
}
static inline int array_ndim(Value a)
{
    return as_array(a)->view.ndim;
}
static inline const int64_t *array_shape(Value a)
{
    return as_array(a)->view.shape;
}
static inline int64_t array_size(Value a)
{
    return view_size(&as_array(a)->view);
}
/* ---- formulas (ufunc.c) ---- */
Value np_op1(OpCode op, Value a);
Value np_op2(OpCode op, Value a, Value b);
Value np_op3(OpCode op, Value a, Value b, Value c);
/* As np_op2, into the array `out` (borrowed). */
bool np_into(OpCode op, Value a, Value b, Value out);
/* np.asarray(v). */
Value np_array(Value v);
/* Converted to t, itself when it has that type. */
Value np_cast(Value a, DType t);
/* array_view and array_reshape that take `a`. */
Value np_view(Value a, const View *v);
Value np_reshape(Value a, int ndim, const int64_t shape[]);
Value np_flat(Value a);
/* Borrowed arguments, new results: reductions over all axes or some. */
Value np_fold(FoldOp op, Value a);
/* What NumPy's functions return for a new array: as array_or_scalar, without a copy of a pending
 * element. */
Value np_result(Value a);
/* One element of type t everywhere. */
Value np_filled(DType t, int ndim, const int64_t shape[], DType from, Scalar x);
Value np_arange(int64_t n);
/* New 1-D array of n elements from memory. */
Value np_host(DType t, int ndim, const int64_t shape[], const void *data);
/* Would an array of this type and shape fit?  Asked before a buffer of the host of the same size is
 * made; false: raised, as making the array raises. */
bool np_room(DType t, int ndim, const int64_t shape[]);
/* In C order: b behind a, both 1-D, of one type. */
Value np_join(Value a, Value b);
/* Tuple of two, or V_ERROR. */
Value np_pair(Value a, Value b);
/* The result r of a reduction into `out` (absent: r itself), converted without question; shapes
 * must agree. */
Value np_store(Value r, Value out, const char *name);

/* ---- parameters ---- */
bool np_flag(Value v, bool absent, bool *out);
/* An axis argument for arrays of ndim axes; absent gives `dflt`. */
bool np_axis(Value v, int ndim, int dflt, int *out);

/* ---- other families ---- */
Value array_matmul(Value a, Value b, Value out);
Value array_dot(Value a, Value b, Value out);
Value array_cumulate(FoldOp op, Value a, Value axis, DType dtype, Value out);
Value array_sorted(Value a /* taken */, int axis);
Value array_argsorted(Value a /* taken */, int axis);
Value array_mean(Value a, Value axis, DType dtype, Value out, bool keepdims, Value where);
/* An axis or a sequence of axes, in order. */
bool axes_listed(Value v, int ndim, int axes[], int *n);
/* The body of np.linalg.norm: x, ord, axis, keepdims. */
Value linalg_norm(Value *a, int n);
Value array_take(Value a, Value index); /* a[index], both taken */

/* ---- modules and types made here ---- */
extern const NativeDef numpy_stats[], numpy_histogram[], numpy_linalg_functions[],
    numpy_random_functions[], ndarray_methods_linalg[], ndarray_methods_sort[];
/* The objects of the families that are no functions: ufuncs, errstate, printoptions. */
void numpy_families_init(Value numpy);
void numpy_random_init(Value random);
void ufunc_init(Value numpy);
void errstate_init(Value numpy);
void printing_init(Value numpy);

#endif
