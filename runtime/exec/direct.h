/* direct.h -- kernels on a few dense elements, without a body, strips or a plan.  Local. */
#ifndef RUNTIME_EXEC_DIRECT_H
#define RUNTIME_EXEC_DIRECT_H

#include "runtime/ops.h"

enum { DIRECT_MAX = 1 << 16 }; /* elements of one call: nobody polls between */

/* An operand: n dense elements, or one that stands for all. */
typedef struct DirectArg {
    const void *at;
    DType dtype;
    bool fixed;
} DirectArg;

/* out[i] = op(in[0][i], ...) for n <= DIRECT_MAX dense elements of the loop's own result type;
 * operands of other types are cast.  `out` may be an operand exactly.  What conditions were met is
 * or-ed into *flags and *cast_flags; the thread's own are left as they were.  False when the op has
 * no kernel of its own: nothing was done. */
bool direct_ew(const OpLoop *loop, int nin, int64_t n, const DirectArg in[], void *out, int *flags,
               int *cast_flags);

#endif
