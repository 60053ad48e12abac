/* fold_kernels.h -- the inner loops of exec/fold.c, one set for each operation and type.  Local.
 *
 * `run` folds dense elements into one value, `rows` folds a dense row elementwise into a row of
 * values.  Sums and products of floats are folded from the left; what may be reassociated runs in
 * lanes.  Only for exec/fold.c and exec/reduce.c.
 */
#ifndef RUNTIME_EXEC_FOLD_KERNELS_H
#define RUNTIME_EXEC_FOLD_KERNELS_H

#include "runtime/exec/fold.h"
#include "runtime/exec/isa.h"

typedef void RunKernel(const void *x, int64_t n, void *acc);
typedef void RowsKernel(void *acc, const void *x, int64_t n);
/* Index of the first element that is `v` (for NaN: any NaN). */
typedef int64_t FindKernel(const void *x, int64_t n, const void *v);
/* Index of the extreme of n > 0 elements, the first of equals. */
typedef int64_t FirstKernel(const void *x, int64_t n, bool max);
/* value[i], pos[i] against x[i] at position `at`: the better one, or of equals the lesser position.
 */
typedef void ArgKernel(void *value, int64_t *pos, const void *x, int64_t n, int64_t at, bool max);

typedef struct FoldKernel {
    RunKernel *run;
    RowsKernel *rows; /* NULL for extremes of complex elements, which need positions */
} FoldKernel;

typedef int64_t SumKernel(const void *x, int64_t n);

/* exec/counts.c, of n dense elements of a real type: how many are true; whether one is (`zero`:
 * whether one is not); their sum in 64 bits (NULL for types that have as many or are no integers);
 * the sum of products of two rows, wrapping, of bools whether both are true anywhere. */
int64_t count_true(DType t, const void *x, int64_t n);
bool any_true(DType t, const void *x, int64_t n, bool zero);
SumKernel *narrow_sum(DType t);
uint64_t integer_products(DType t, const void *x, const void *y, int64_t n);

/* op is SUM, PROD, MIN, MAX, AND, OR or XOR; others stand on these. */
const FoldKernel *fold_kernel(FoldOp op, DType t);
/* MIN or MAX of a real type (exec/extremes.c). */
const FoldKernel *extreme_kernel(FoldOp op, DType t, Isa isa);
FindKernel *fold_find(DType t);
FirstKernel *fold_first(DType t);
ArgKernel *fold_arg(DType t);
/* Rows of elements into rows of products, as NumPy multiplies elementwise. */
RowsKernel *fold_product_rows(DType t);
/* n dense elements of a line scanned into y, `ystride` bytes apart, from and into *running; each
 * value is put behind `offset` where that is given. */
void fold_scan(FoldOp op, DType t, const void *x, int64_t n, Scalar *running, const void *offset,
               char *y, int64_t ystride);

#endif
