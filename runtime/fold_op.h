/* fold_op.h -- the reductions there are.  */
#ifndef RUNTIME_FOLD_OP_H
#define RUNTIME_FOLD_OP_H

typedef enum FoldOp {
    FOLD_SUM,
    FOLD_PROD,
    FOLD_MIN,
    FOLD_MAX,
    FOLD_AND, /* bits of integers and bool */
    FOLD_OR,
    FOLD_XOR,
    FOLD_ANY,
    FOLD_ALL,
    FOLD_COUNT, /* nonzero elements, int64 */
    FOLD_ARGMIN,
    FOLD_ARGMAX
} FoldOp;

#endif
