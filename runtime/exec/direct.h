/* direct.h -- kernels on a few dense elements, without a body, strips or a plan.  Local. */
#ifndef RUNTIME_EXEC_DIRECT_H
#define RUNTIME_EXEC_DIRECT_H

#include "runtime/exec/strided.h"
#include "runtime/fold_op.h"
#include "runtime/ops.h"

enum { DIRECT_MAX = 1 << 16 }; /* elements of one call: nobody polls between */

/* An operand: n dense elements, or one that stands for all. */
typedef struct DirectArg {
    const void *at;
    DType dtype;
    bool fixed;
    int64_t step; /* bytes from element to element; 0 where they are dense */
} DirectArg;

/* out[i] = op(in[0][i], ...) for n dense elements of the loop's own result type; operands of other
 * types are cast, those that are not dense packed.  `out` may be an operand exactly.  What
 * conditions were met is or-ed into *flags and *cast_flags; the thread's own are left as they were.
 * False when the op has no kernel of its own: nothing was done. */
bool direct_ew(const OpLoop *loop, int nin, int64_t n, const DirectArg in[], void *out, int *flags,
               int *cast_flags);

/* out[i] = in[i] for n dense elements, cast to `to`. */
void direct_copy(int64_t n, const DirectArg *in, void *out, DType to, int *cast_flags);

/* Strided elements of one size from place to place that do not overlap. */
void direct_move(int ndim, const int64_t shape[], char *to, const int64_t to_stride[],
                 const char *from, const int64_t stride[], int size);

/* The fold of n > 0 dense elements of type t into one value of type t (a position for arg folds),
 * for folds carried in their operand's own type; sums of floats at most SUM_SMALL_MAX.  False:
 * not such a fold. */
bool direct_fold(FoldOp op, DType t, int64_t n, const void *x, Scalar *out, int *flags);
/* The dot product of n > 0 dense elements of an inexact type. */
void direct_dot(DType t, int64_t n, const void *x, const void *y, Scalar *out, int *flags);
/* c = a b of whole matrices of one type; c overlaps neither. */
void direct_matmul(const Strided *a, const Strided *b, const Strided *c, int *flags);
/* y = a x, by matvec_run. */
void direct_matvec(const Strided *a, const Strided *x, const Strided *y, bool x_first, int *flags);

#endif
